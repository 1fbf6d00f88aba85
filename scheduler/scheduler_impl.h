/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the planners share: the cluster's tables, and a state of where guests
 * are.
 *
 * The cluster is what the snapshot says, and does not change. A state says
 * where every guest is while a planner tries moves; each planner has its own,
 * so one cluster can be planned for many times.
 *
 * One-letter names mean the same everywhere: c the cluster, s a state, p a
 * plan, v a guest (struct dom), h a host; in a drain d is the drain and u a
 * unit. Hosts and guests are numbers, indices of c->host and c->dom.
 */
#ifndef RACKHOP_SCHEDULER_IMPL_H
#define RACKHOP_SCHEDULER_IMPL_H

#include "scheduler/cpu.h"
#include "scheduler/scheduler.h"
#include "tools/base/grow.h"
#include "topology/topology.h"

/* uthash then leaves hh.tbl NULL instead of exiting */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define NONE PLAN_NONE

/* --- intern.c: strings and small keys to numbers ------------------------- */

struct intern {
    struct intern_entry *hash;
    struct intern_entry **entry; /* by id */
    uint32_t n;
    size_t room;
};
struct intern_entry {
    UT_hash_handle hh;
    uint32_t id;
    uint32_t len;
    char key[];
};

/* The id of these bytes, a new one if they are new; NONE: out of memory. The
 * copy is followed by a NUL. */
uint32_t intern_key(struct intern *t, const void *key, size_t len);
uint32_t intern_str(struct intern *t, const char *s); /* NULL: NONE */
uint32_t intern_find(const struct intern *t, const char *s);
const char *intern_get(const struct intern *t, uint32_t id);
void intern_dispose(struct intern *t);

/* The caller frees the text; NULL: out of memory. */
char *plan_asprintf(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/* --- the cluster --------------------------------------------------------- */

struct span { /* a part of cluster->pool */
    uint32_t at, n;
};

/* What a guest needs and what a host offers, as far as it never changes. Two
 * guests with the same needs have the same signature. */
struct dom_sig {
    uint32_t policy, pv, vendor, xen, networks, storage, cpupool, only;
};
struct host_sig {
    uint32_t max_pv, max_hvm, vendor, xen, networks, storage, cpupools;
    uint32_t only; /* the words of `only` lists that mean it: a wordset */
};

struct host {
    uint32_t name; /* id of cluster->host_name, the same as its index */
    enum plan_host_state state;
    bool behind; /* closed while a rack is drained: drain_behind.h */
    int64_t memory, reserved, cap; /* MiB; cap: what guests may have */
    int64_t listed_cap;            /* as it said, before any overlay */
    int64_t room;                  /* as it said; < 0: it did not */
    int64_t gone;                  /* held by domains that are dying */
    uint32_t cpus;
    int32_t vcap;             /* vCPUs that guests may have */
    uint32_t node;            /* of the map */
    uint32_t cls;             /* route class; NONE: it has no path */
    double nic;               /* Mbit/s of its fastest port; 0: unknown */
    uint32_t sig;             /* id of cluster->hsig */
    uint32_t dfl_pv, dfl_hvm; /* features that its guests have by default */
    struct host_sig offer;
    uint32_t rack; /* id of cluster->word; NONE: it is in none */
    double cpu_sample_ms;
    double tsc_khz; /* 0: unknown */
    struct plan_xsave xsave_pv, xsave_hvm;
};

struct dom {
    uint32_t name; /* id of cluster->name */
    uint32_t host;
    uint32_t host_name; /* id of cluster->wanted, until it is looked up */
    uint32_t listed_on; /* the host that listed it, likewise */
    uint32_t home;      /* where it belongs, likewise; NONE: not known */
    enum plan_type type;
    int64_t mem;        /* that it takes where it arrives */
    int64_t held;       /* that it holds where it is, no more than mem */
    int64_t listed_mib; /* held, as its host said */
    int32_t vcpus;
    double cpu, dirty, writable;
    double cpu_day;                /* as in struct plan_domain */
    double wire_first, wire_again; /* as in struct plan_domain */
    double tsc_khz;                /* likewise */
    struct plan_xsave xsave;
    uint32_t sig; /* id of cluster->dsig */
    uint32_t policy, networks, storage, cpupool;
    uint32_t only;   /* id of cluster->wordset; NONE: any host may have it */
    uint32_t pinned; /* why, an id of cluster->word; NONE: it is not */
    long priority;   /* as in struct plan_domain */
    uint32_t pci_n;  /* PCI devices that keep it where it is */
    uint32_t pci_classed; /* of them, those that have a class */
    uint32_t pv_cards;  /* of those, whole cards of a PV guest: they keep it */
    struct span device; /* ids of cluster->device_class, one a device */
    struct span apart, together, apart_racks;
    uint32_t traffic, traffic_n;
    uint32_t unit;   /* the first guest of those that have to stay together */
    uint32_t mate;   /* the next of them, in a ring; itself: it is alone */
    uint32_t torn;   /* why its groups contradict each other, an id of
                      cluster->word; NONE: they do not */
    bool soft;       /* may break its apart groups: the drain of a soft plan */
    uint32_t twin;   /* this is a second listing of that domain; or NONE */
    bool odd;        /* pinned, and holds up no drain */
    bool name_clash; /* another domain has its name */
    bool bound;      /* in a `together` group with others of its host */
};

/* A second listing of a domain. It becomes a domain of its own, unless
 * plan_place() knows better. */
struct listed_twice {
    uint32_t dom;
    bool forgiven;
    struct dom v;
};

struct listed_gone {     /* a dying domain */
    uint32_t host_name;  /* id of cluster->wanted */
    uint32_t name, uuid; /* ids of cluster->word */
    int64_t mib;
};

struct kept_note { /* ids of cluster->word, or NONE */
    uint32_t host, uuid, name, text;
};

struct traffic {
    uint32_t uuid; /* id of cluster->uuid, or NONE */
    double mbps;
};

struct lane {   /* from one route class to another */
    float rate; /* Mbit/s of a lone move; 0: no path, < 0: not asked yet */
    float busy; /* part of the busiest link that is taken already */
};

struct group { /* apart: its members */
    uint32_t at, n;
    uint32_t soft; /* those that may break it */
};

struct device_stock { /* devices of a class that a host has for guests */
    uint32_t host, cls;
    int32_t n;
};

struct plan_cluster {
    struct plan_settings set;
    bool indexed;
    struct intern host_name, uuid, name, wanted, word, wordset, fset, dsig,
        hsig, cls_key, device_class;
    struct host *host;
    uint32_t nhost;
    size_t host_room;
    struct dom *dom;
    uint32_t ndom;
    size_t dom_room;
    uint32_t *pool; /* lists of word ids */
    uint32_t npool;
    size_t pool_room;
    struct traffic *traffic;
    uint32_t ntraffic;
    size_t traffic_room;
    struct plan_features *features; /* by id of fset */
    uint32_t nfeatures;
    size_t features_room;
    const struct topo *map; /* the caller's */
    char **problem;         /* found while adding */
    uint32_t nproblem;
    size_t problem_room;
    struct kept_note *note;
    uint32_t nnote;
    size_t note_room;
    struct listed_gone *gone;
    uint32_t ngone;
    size_t gone_room;
    struct listed_twice *twice; /* further listings of domains */
    uint32_t ntwice;
    size_t twice_room;
    struct device_stock *stock;
    uint32_t nstock;
    size_t stock_room;

    /* of an evacuation while it is planned, by guest: how urgent its move is;
     * < 0: it is not asked to leave. NULL: no evacuation is planned */
    const long *urgent;

    /* built by index */
    uint32_t *refuse; /* [dom sig][host sig]: bits of the rules */
    float *closed[2]; /* by host, of PV guests and of others: the part of
                         the hosts that future_index() speaks of */
    uint32_t *first, *on_host; /* guests by host: those of h are
                                  on_host[first[h]..first[h + 1]) */
    struct group *group;       /* apart groups by word id */
    uint32_t *member;
    struct group *rack_group; /* those by rack, likewise */
    uint32_t *rack_member;
    char **contradiction; /* sentences on groups that contradict */
    uint32_t ncontradiction;
    size_t contradiction_room;
    int64_t *used;   /* MiB by host */
    int32_t *vused;  /* vCPUs by host */
    double *cpu;     /* threads in use by host */
    uint32_t nclass; /* of devices; 0: no guest changes any */
    int32_t *device_cap, *device_used; /* [host][class]: devices_at() */
    uint32_t *by_free;                 /* hosts, most free memory first, */
    uint32_t *by_room; /* and by what the soft limit leaves of it */
    /* routes */
    struct topo_dist *dist;
    uint32_t *node_host; /* host by node of the map, or NONE */
    uint32_t nbundle;    /* of the map; one for each host follows, its ports */
    double *avail;       /* Mbit/s by bundle; < 0: unknown */
    uint32_t ncls;
    uint32_t (*rep)[2]; /* two hosts of each class, or one twice */
    uint16_t **row;     /* [class][class]: hops, 0: none; row by row */
    uint16_t far;       /* hops where no path is known; 0: none */
    bool hole;          /* the map lacks a path between two hosts */
    struct lane **lane; /* [class][class] */
    bool metric;        /* a detour over a third host is never shorter */
    uint32_t min_hops;
};

/* --- index_units.c ------------------------------------------------------- */

/* Finds the units, and the groups that contradict each other; after the lists
 * of groups and index_ties(). 0 or -ENOMEM */
int index_units(struct plan_cluster *c);

/* --- index_hosts.c ------------------------------------------------------- */

/* Finds the rack of each host, and the words of `only` lists that mean it. 0
 * or -ENOMEM */
int index_racks(struct plan_cluster *c);
int index_only(struct plan_cluster *c);

/* cluster_ask.c: whether two guests may not be on one host, by name or by a
 * group; and whether they may not even be in one rack. */
bool plan_exclude(const struct plan_cluster *c, uint32_t x, uint32_t y);
bool plan_exclude_rack(const struct plan_cluster *c, uint32_t x, uint32_t y);
/* rule_group.c: a host that is in no rack is a rack of its own. */
bool plan_share_rack(const struct plan_cluster *c, uint32_t a, uint32_t b);

/* cluster_add.c: Xen supports no move from a newer to an older version; of a
 * version only major and minor count: 4.17.7 is 4017. NONE: it is none. */
uint32_t plan_xen_order(const char *s);

/* --- cluster_note.c ------------------------------------------------------ */

/* A note on that guest, that host or both (NONE: on none). 0 or -ENOMEM */
int cluster_note(struct plan_cluster *c, uint32_t host, uint32_t dom,
                 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* --- future.c ------------------------------------------------------------ */

/* Finds for each host the part of the other hosts that are closed to a guest
 * which is restarted there: they lack features that the host shows, or their
 * Xen is older. 0 or -ENOMEM */
int future_index(struct plan_cluster *c);

/* --- index_odd.c --------------------------------------------------------- */

/* Makes domains of second listings, and pins both; before names are looked
 * up. 0 or -ENOMEM */
int odd_add_twice(struct plan_cluster *c);
/* Counts dying domains, believes hosts as far as they can be believed, and
 * tells of all that is odd; when the sums are known. 0 or -ENOMEM */
int odd_check(struct plan_cluster *c);

/* --- route.c ------------------------------------------------------------- */

int route_index(struct plan_cluster *c);
void route_dispose(struct plan_cluster *c);
/* The hops from this class to each class, 0: no path; NULL: out of memory. */
const uint16_t *route_row(struct plan_cluster *c, uint32_t cls);
/* The rate of a lone move between two classes. */
struct lane route_lane(struct plan_cluster *c, uint32_t cls_a, uint32_t cls_b);

/* --- devices.c ----------------------------------------------------------- */

int devices_add_host(struct plan_cluster *c, uint32_t host,
                     const struct plan_host *in);
int devices_add_domain(struct plan_cluster *c, struct dom *v,
                       const struct plan_domain *in);
/* Counts them, once guests have their hosts. 0 or -ENOMEM */
int devices_index(struct plan_cluster *c);
void devices_dispose(struct plan_cluster *c);
static inline size_t devices_at(const struct plan_cluster *c, uint32_t host,
                                uint32_t cls)
{
    return (size_t)host * c->nclass + cls;
}
uint32_t devices_of_class(const struct plan_cluster *c, const struct dom *v,
                          uint32_t cls);
/* Whether both guests have a device of one class. */
bool devices_shared(const struct plan_cluster *c, uint32_t x, uint32_t y);
/* The class of that name whose devices are whole cards, where this one's are
 * VFs, and the other way round; NONE: nobody has one. */
uint32_t devices_other_kind(const struct plan_cluster *c, uint32_t cls);
bool devices_are_cards(const struct plan_cluster *c, uint32_t cls);

/* --- state.c ------------------------------------------------------------- */

struct state {
    struct plan_cluster *c;
    int64_t *free;                /* MiB by host */
    int32_t *vfree;               /* vCPUs by host */
    double *cpu;                  /* threads in use by host */
    int32_t *device_left;         /* [host][class]; NULL: there are none */
    uint32_t *at;                 /* host by guest */
    uint32_t *head, *next, *prev; /* the guests of a host, as a list */
    /* Guests that leave their hosts in no order, so until all moves are made
     * they may still be there; borrowed. NULL: the state is that between two
     * moves. */
    const uint8_t *late;
};

int state_init(struct state *s, struct plan_cluster *c);
void state_dispose(struct state *s);
/* to: NONE takes the guest off all hosts. */
void state_move(struct state *s, uint32_t dom, uint32_t to);

/* What the guest takes on this host: where it was listed, what it holds; on
 * another, what it needs to arrive. */
static inline int64_t dom_mib_on(const struct dom *v, uint32_t host)
{
    return host == v->host ? v->held : v->mem;
}

/* Whether the guest can't leave its host, whatever others do. */
static inline bool dom_fixed(const struct dom *v)
{
    return v->pinned != NONE || v->pci_n || v->torn != NONE;
}
/* The rule that holds such a guest; PLAN_RULES: none does. */
static inline enum plan_rule dom_fixed_rule(const struct dom *v)
{
    return v->pinned != NONE ? PLAN_PINNED
           : v->pci_n        ? PLAN_PCI
           : v->torn != NONE ? PLAN_TOGETHER
                             : PLAN_RULES;
}

/* --- rule.c -------------------------------------------------------------- */

/* Rules that forbid it whatever other guests do: bits of enum plan_rule. */
uint32_t rules_static(struct plan_cluster *c, uint32_t dom, uint32_t host);
/* Those of them that compare signatures; from a table. */
static inline uint32_t rules_sig(const struct plan_cluster *c, uint32_t dsig,
                                 uint32_t hsig)
{
    return c->refuse[(size_t)dsig * c->hsig.n + hsig];
}
/* Rules that depend on the other guests: room, groups, names. */
uint32_t rules_state(const struct state *s, uint32_t dom, uint32_t host);
/* All rules that forbid it; and the first rule of such bits, PLAN_RULES if
 * there is none. */
uint32_t rules_all(const struct state *s, uint32_t dom, uint32_t host);
enum plan_rule rules_first(uint32_t rules);
/* Whether the host has no guest of one of its apart groups, and none of its
 * name; for callers that have looked at room already. */
bool rules_group_ok(const struct state *s, uint32_t dom, uint32_t host);
/* Without the rules that a plan with soft groups may break, if it is one. */
uint32_t rules_without_soft(const struct plan_cluster *c, uint32_t rules);
/* The rules on its apart groups that it would break there, or breaks if it is
 * there: bits of enum plan_rule. */
uint32_t rules_group(const struct state *s, uint32_t dom, uint32_t host);
/* Fills the table of signatures. 0 or -ENOMEM */
int rules_index(struct plan_cluster *c);
/* Writes why this rule refuses it, in words that follow the host's name. */
void rule_explain(struct plan_cluster *c, const struct state *s, uint32_t dom,
                  uint32_t host, enum plan_rule rule, char *text, size_t len);

/* --- limits.c ------------------------------------------------------------ */

/* What a host's guests may have within the soft limits: MiB, and threads. */
int64_t limits_mib(const struct plan_cluster *c, uint32_t host);
double limits_threads(const struct plan_cluster *c, uint32_t host);
/* Which limits it is above when its guests have so much: bits of enum
 * plan_over_what. */
unsigned limits_over(const struct plan_cluster *c, uint32_t host, int64_t mem,
                     double cpu);
/* Notes in the plan which hosts its moves bring above a limit. 0 or -ENOMEM */
int limits_note(const struct plan_cluster *c, struct plan *p);

/* --- score.c ------------------------------------------------------------- */

/* What a lone move of dom at mbps will be, and what it will cost over hops. */
struct plan_precopy_result score_precopy(const struct plan_cluster *c,
                                         uint32_t dom, double mbps);
double score_cost(const struct plan_cluster *c, uint32_t dom, int hops,
                  double mbps, double *gib_r);
void score_terms(struct plan_cluster *c, const struct state *s, uint32_t dom,
                 uint32_t host, double *term);

/* How far the host is from the guests that it talks with, as its term is. */
double score_far(struct plan_cluster *c, const struct state *s, uint32_t dom,
                 uint32_t host);
/* The sum of the terms that are no part of the cost. */
double score_minor(struct plan_cluster *c, const struct state *s, uint32_t dom,
                   uint32_t host);

/* --- plan.c -------------------------------------------------------------- */

struct plan *plan_new(struct plan_cluster *c, enum plan_goal goal);
/* Appends a move, with its hops. 0 or -ENOMEM */
int plan_add_move(struct plan_cluster *c, struct plan *p, uint32_t dom,
                  uint32_t from, uint32_t to, bool displaced);
/* Orders and times the moves and sums them up, after the last of them was
 * added. 0 or a negative errno */
int plan_finish(struct plan_cluster *c, struct plan *p);
/* Adds a sentence, which the plan then owns. NULL: -ENOMEM */
int plan_add_remark(struct plan *p, char *text);
/* plan_stranded.c: dom stays behind; finds the reasons. 0 or -ENOMEM */
int plan_add_stranded(struct plan_cluster *c, struct plan *p,
                      const struct state *s, uint32_t dom,
                      const uint8_t *drained);
/* Adds a reason to it, with a copy of the text; host NONE: of all hosts. 0 or
 * -ENOMEM */
int plan_add_reason(struct plan_stranded *st, uint32_t host,
                    enum plan_rule rule, const char *text);
/* Room for one more in an array of a plan, whose size is always the next power
 * of 2. 0 or -ENOMEM */
int plan_one_more(void *array, uint32_t n, size_t size);

/* --- drain_migrate.c ----------------------------------------------------- */

/* Adds the moves that bring the guest, with those that it has to stay with, to
 * the host (NONE: to any), others out of the way first. None are added when
 * no way is found. 0 or -ENOMEM */
int drain_migrate(struct plan_cluster *c, struct plan *p, uint32_t dom,
                  uint32_t host);
/* Whether the guest can never go there, whatever else moves. */
bool drain_never_migrates(struct plan_cluster *c, uint32_t dom, uint32_t host);

/* --- waves.c ------------------------------------------------------------- */

/* Gives each move its rate, its start and what it waits for. The moves come in
 * an order that is safe one by one. 0 or -ENOMEM; -EDEADLK: it is not. */
int waves_schedule(struct plan_cluster *c, struct plan *p);
/* move_sort.c. Sorts moves by their start, and renumbers `after`. 0 or -ENOMEM */
int plan_sort_moves(struct plan_move **moves, uint32_t n);

#endif
