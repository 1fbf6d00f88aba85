/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files of this folder share: the cluster's tables, and the state
 * that a planner changes while it tries moves.
 *
 * The cluster is what the snapshot said. A state is where everything is now;
 * planners own theirs, so a cluster can be planned for many times.
 */
#ifndef RACKHOP_SCHEDULER_IMPL_H
#define RACKHOP_SCHEDULER_IMPL_H

#include "scheduler/cpu.h"
#include "scheduler/scheduler.h"
#include "topology/topology.h"

/* uthash then leaves hh.tbl NULL instead of exiting */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define NONE PLAN_NONE

/* --- intern.c: strings and small keys to numbers ----------------------------- */

struct intern {
    struct intern_entry *hash;
    struct intern_entry **entry; /* by id */
    uint32_t n, cap;
};
struct intern_entry {
    UT_hash_handle hh;
    uint32_t id;
    uint32_t len;
    char key[];
};

/* The id of these bytes, a new one if need be; NONE: out of memory. A NUL is
 * put behind the copy. */
uint32_t intern_key(struct intern *t, const void *key, size_t len);
uint32_t intern_str(struct intern *t, const char *s); /* NULL: NONE */
uint32_t intern_find(const struct intern *t, const char *s);
const char *intern_get(const struct intern *t, uint32_t id);
void intern_dispose(struct intern *t);

/* array of n elements (size bytes each) grows so that one more fits; 0 or
 * -ENOMEM */
int plan_grow(void *array, uint32_t n, uint32_t *cap, size_t size);
char *plan_asprintf(const char *fmt, ...)
    __attribute__((format(printf, 1, 2))); /* NULL: out of memory */

/* --- the cluster ----------------------------------------------------------------- */

struct span { /* of cluster->pool */
    uint32_t at, n;
};

/* What decides where a domain may go, apart from room and company. */
struct dom_sig {
    uint32_t policy, pv, vendor, xen, networks, storage;
};
struct host_sig {
    uint32_t max_pv, max_hvm, vendor, xen, networks, storage;
};

struct host {
    uint32_t name; /* id of cluster->host_name, the same as its index */
    enum plan_host_state state;
    int64_t memory, reserved, cap; /* MiB; cap: for guests */
    uint32_t cpus;
    int32_t vcap;
    uint32_t node;
    uint32_t cls; /* route class; NONE: not on the map */
    uint32_t sig;
    uint32_t dfl_pv, dfl_hvm;
    struct host_sig says;
    double cpu_sample_ms;
};

struct dom {
    uint32_t name; /* id of cluster->name */
    uint32_t host;
    uint32_t host_name; /* id of cluster->wanted, before index */
    enum plan_type type;
    int64_t mem;
    int32_t vcpus;
    double cpu, dirty, writable;
    uint32_t sig;
    uint32_t policy, networks, storage;
    uint32_t pinned; /* id of cluster->word; NONE: is not */
    uint32_t pci_n;
    struct span apart, together;
    uint32_t traffic, traffic_n;
    bool name_clash; /* another domain has its name */
    bool bound;      /* `together` with others of its host */
};

/* A second listing of a domain: the host that has it, and the problem. */
struct listed_twice {
    uint32_t dom;
    uint32_t host_name; /* id of cluster->wanted */
    uint32_t problem;   /* index in cluster->problem */
};

struct traffic {
    uint32_t uuid; /* id of cluster->uuid, or NONE */
    double mbps;
};

struct lane {   /* between two route classes */
    float rate; /* Mbit/s of a lone move; 0: no path, < 0: not asked yet */
    float busy; /* part of the busiest link that is taken already */
};

struct group { /* apart or together: its members */
    uint32_t at, n;
};

struct plan_cluster {
    struct plan_settings set;
    bool indexed;
    struct intern host_name, uuid, name, wanted, word, wordset, fset, dsig,
        hsig, cls_key;
    struct host *host;
    uint32_t nhost, host_cap;
    struct dom *dom;
    uint32_t ndom, dom_cap;
    uint32_t *pool; /* lists of word ids */
    uint32_t npool, pool_cap;
    struct traffic *traffic;
    uint32_t ntraffic, traffic_cap;
    struct plan_features *features; /* by id of fset */
    uint32_t nfeatures, features_cap;
    const struct topo *map; /* the caller's */
    char **problem;         /* found before index; NULL: forgiven */
    uint32_t nproblem, problem_cap;
    struct listed_twice *twice; /* further listings of domains */
    uint32_t ntwice, twice_cap;

    /* built by index */
    uint16_t *refuse;          /* [dom sig][host sig]: bits of the rules */
    uint32_t *first, *on_host; /* domains by host: CSR */
    struct group *group;       /* apart groups by word id */
    uint32_t *member;
    int64_t *used;     /* MiB by host */
    int32_t *vused;    /* vCPUs by host */
    double *cpu;       /* threads by host */
    uint32_t *by_free; /* hosts, most free memory first */
    /* routes */
    struct topo_dist *dist;
    uint32_t *node_host; /* host by node of the map, or NONE */
    double *avail;       /* Mbit/s by bundle; < 0: unknown */
    uint32_t ncls;
    uint32_t (*rep)[2]; /* two hosts of each class, or one twice */
    uint16_t **row;     /* [class][class]: hops, 0: none; row by row */
    struct lane **lane; /* [class][class] */
    bool metric;        /* a detour over a third host is never shorter */
    uint32_t min_hops;
};

/* --- route.c --------------------------------------------------------------------------- */

int route_index(struct plan_cluster *c);
void route_dispose(struct plan_cluster *c);
/* hops by class, a row; NULL: out of memory. 0: no path */
const uint16_t *route_row(struct plan_cluster *c, uint32_t cls);
/* A lone move between two classes. */
struct lane route_lane(struct plan_cluster *c, uint32_t cls_a, uint32_t cls_b);

/* --- state.c ----------------------------------------------------------------- */

struct state {
    struct plan_cluster *c;
    int64_t *free; /* MiB by host */
    int32_t *vfree;
    double *cpu;
    uint32_t *at;                 /* host by domain */
    uint32_t *head, *next, *prev; /* domains of a host */
};

int state_init(struct state *s, struct plan_cluster *c);
void state_dispose(struct state *s);
void state_move(struct state *s, uint32_t dom, uint32_t to);
/* to: NONE takes it off the cluster */
static inline bool dom_fixed(const struct dom *d)
{
    return d->pinned != NONE || d->pci_n;
}

/* --- rule.c --- */

/* What never changes: bits of the rules that keep dom from host. */
uint32_t rules_static(struct plan_cluster *c, uint32_t dom, uint32_t host);
/* The same without path and state, between signatures. */
static inline uint32_t rules_sig(const struct plan_cluster *c, uint32_t dsig,
                                 uint32_t hsig)
{
    return c->refuse[(size_t)dsig * c->hsig.n + hsig];
}
/* Room and company: what the state decides. */
uint32_t rules_state(const struct state *s, uint32_t dom, uint32_t host);
/* Company alone: apart and name; for callers that looked at room. */
bool rules_group_ok(const struct state *s, uint32_t dom, uint32_t host);
int rules_index(struct plan_cluster *c);
/* One sentence for a rule's bit; text may name the domain's own need. */
void rule_explain(struct plan_cluster *c, const struct state *s, uint32_t dom,
                  uint32_t host, enum plan_rule rule, char *text, size_t len);

/* --- score.c ---------------------------------------------------------------------------------------- */

/* What a lone move of dom over hops and mbps will be. */
struct plan_precopy_result score_precopy(const struct plan_cluster *c,
                                         uint32_t dom, double mbps);
double score_cost(const struct plan_cluster *c, uint32_t dom, int hops,
                  double mbps, double *gib_r);
void score_terms(struct plan_cluster *c, const struct state *s, uint32_t dom,
                 uint32_t host, double *term);

/* The sum of the terms that are no cost. */
double score_minor(struct plan_cluster *c, const struct state *s, uint32_t dom,
                   uint32_t host);

/* --- plan.c ------------------------------------------------------------------------------------------ */

struct plan *plan_new(struct plan_cluster *c, enum plan_goal goal);
/* Appends; 0 or -ENOMEM. hops, gib, cost are filled in. */
int plan_add_move(struct plan_cluster *c, struct plan *p, uint32_t dom,
                  uint32_t from, uint32_t to, bool displaced);
/* Order, rates, sums: after the last plan_add_move(). */
int plan_finish(struct plan_cluster *c, struct plan *p);
int plan_add_stranded(struct plan_cluster *c, struct plan *p,
                      const struct state *s, uint32_t dom,
                      const uint8_t *drained);
/* Room for one more in an array of a plan: always the next power of 2. */
int plan_one_more(void *array, uint32_t n, size_t size);

/* --- waves.c ------------------------------------------------------------------------------------------- */

int waves_schedule(struct plan_cluster *c, struct plan *p);

#endif
