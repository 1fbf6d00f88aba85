/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * CPU levels: what guests may be shown so that they can go to every host of a
 * pool.
 *
 * Each host shows its guests a set of features (Xen's default set), and could
 * show them more (its max set). A guest keeps what it was started with, and
 * goes to the hosts whose max set has all of it: rule cpu. So of a pool
 *
 *     common = the features that every host shows                       F*
 *     any    = the features that some host shows
 *     hidden = any, without common and without what every host can carry
 *
 * A guest from which `hidden` is hidden can be started on any of the hosts and
 * go to each of them, and no smaller set would do. What some hosts show and
 * all can carry need not be hidden: Xen has it so for features that tell a
 * guest of mitigations (md-clear), which it should not lose.
 *
 * Only features that code may depend on are in these sets: cpu.h. A feature
 * set that Xen made has with each feature those that it needs; the common part
 * of such sets has them as well, so that a level is one that Xen accepts.
 *
 * PV guests have sets of their own. Vendors are never mixed: no guest moves
 * from one to another. Pure.
 */
#ifndef RACKHOP_SCHEDULER_LEVEL_H
#define RACKHOP_SCHEDULER_LEVEL_H

#include "scheduler/cpu.h"
#include "scheduler/scheduler.h"

enum plan_level_type {
    PLAN_LEVEL_HVM, /* and PVH */
    PLAN_LEVEL_PV,
    PLAN_LEVEL_TYPES,
};

/* --- sets ---------------------------------------------------------------- */

/* Of one host, without what code does not depend on. */
struct plan_level_sets {
    struct plan_features shown, carried;
};

struct plan_level {
    struct plan_features common, any, hidden;
};

/* Of n hosts; of none, all is empty. */
void plan_level_of(const struct plan_level_sets *host, uint32_t n,
                   struct plan_level *l);

/* --- pools: hosts of a cluster whose CPUs are of one vendor --------------- */

struct plan_level_pool {
    enum plan_level_type type;
    const char *vendor; /* the cluster's; NULL: the hosts do not tell it */
    uint32_t n;
    uint32_t *host;               /* n of the cluster, in the caller's order */
    struct plan_level_sets *sets; /* theirs */
    struct plan_level level;
};

/*
 * The pools that these hosts make, most hosts first, hosts that do not tell
 * what they show in none. Their number, or -ENOMEM; free with
 * plan_level_free().
 */
int plan_level_pools(const struct plan_cluster *c, const uint32_t *host,
                     uint32_t n, enum plan_level_type type,
                     struct plan_level_pool **pool_r);
void plan_level_free(struct plan_level_pool *pool, int n);

/* --- named levels: level_named.c ------------------------------------------ */

/*
 * A named level is a ceiling: of what all hosts show, guests get what is not
 * above it. A host carries it if it shows all that the name promises.
 * "common" promises nothing and has nothing above; "oldest" promises what the
 * host with the fewest features shows.
 */
unsigned plan_levels(void);
const char *plan_level_name(unsigned level);
const char *plan_level_text(unsigned level); /* what it is, a phrase */
/* plan_levels(): there is none of that name. */
unsigned plan_level_find(const char *name);
/* What a level promises on the hosts of a pool. */
struct plan_level_promise {
    struct plan_features features;
    bool carried; /* a host need not show it, if it can carry it */
};
void plan_level_promise(const struct plan_level_pool *pool, unsigned level,
                        struct plan_level_promise *promise);
/* Does the host (its place in the pool) keep it? If not, what it lacks. */
bool plan_level_keeps(const struct plan_level_pool *pool, uint32_t i,
                      const struct plan_level_promise *promise,
                      struct plan_features *lacks);
/* The level of the pool, cut at that ceiling. */
void plan_level_cut(const struct plan_level_pool *pool, unsigned level,
                    struct plan_level *l);
/* The host of the pool (its place) with the fewest features. */
uint32_t plan_level_oldest(const struct plan_level_pool *pool);

/* --- in words: level_words.c ---------------------------------------------- */

/* Features that people know by one name, or one that has none but its own. */
struct plan_level_part {
    const char *family; /* "avx512"; NULL: the feature's own name */
    struct plan_features features;
};
/* The parts of a set, in a fixed order. Their number, or -ENOMEM; the caller
 * frees *r. */
int plan_level_parts(const struct plan_features *f,
                     struct plan_level_part **r);
/* "avx512 family: 11 features", "rdseed", "bit 3 of word 20" */
char *plan_level_part_text(const struct plan_level_part *part, char *buf,
                           size_t len);
/* The parts in a row: "avx512 family (11), rdseed"; what does not fit is cut
 * with "..". 0 or -ENOMEM */
int plan_level_words(const struct plan_features *f, char *buf, size_t len);

/* What guests of the pool don't get, and which of its hosts show it. */
struct plan_level_loss {
    struct plan_level_part part;
    bool *shows; /* by the pool's hosts */
    uint32_t n;  /* of them */
};
/* Their number, or -ENOMEM; free with plan_level_losses_free(). */
int plan_level_losses(const struct plan_level_pool *pool,
                      const struct plan_features *hidden,
                      struct plan_level_loss **r);
void plan_level_losses_free(struct plan_level_loss *loss, int n);

/* --- for a configuration: level_line.c ------------------------------------ */

/*
 * The line of xl.cfg that hides these features: by their names, or, if one has
 * none, all by their registers, since a line has one syntax. What can't be
 * hidden by either is in *left. To be freed; NULL: no memory.
 */
char *plan_level_line(const struct plan_features *hidden,
                      struct plan_features *left);

/* --- guests: level_audit.c ------------------------------------------------ */

/* Why guests can't go to all hosts of their vendor; many guests have one
 * reason. */
struct plan_level_reason {
    struct plan_features lacking; /* by one host or several */
    uint64_t xcr0; /* of its registers, those that such a host can't hold */
    uint32_t n;
    uint32_t *host; /* n that can't have it */
};
struct plan_level_stuck { /* such a guest */
    uint32_t domain;
    uint32_t reason; /* its place in the audit */
};
struct plan_level_audit {
    uint32_t guests;  /* on these hosts */
    uint32_t unknown; /* of which it is not known what they were shown */
    uint32_t reason_n, stuck_n;
    struct plan_level_reason *reason;
    struct plan_level_stuck *stuck; /* as the cluster's guests are ordered */
};
/* Of the guests on these hosts, looked at by these hosts alone. 0 or
 * -ENOMEM; dispose either way. */
int plan_level_audit(const struct plan_cluster *c, const uint32_t *host,
                     uint32_t n, struct plan_level_audit *a);
void plan_level_audit_dispose(struct plan_level_audit *a);

/* How many guests of an indexed cluster can't go to all hosts of their vendor
 * because of their features. */
uint32_t plan_level_count_stuck(const struct plan_cluster *c);
/* The highest level of the psABI that all hosts of the pool carry; else, or
 * if they carry v1 alone, "common". */
unsigned plan_level_best(const struct plan_level_pool *pool);
/* A sentence on them, and which level would free them. 0 and *text_r, to be
 * freed, which is NULL if there are none; or -ENOMEM */
int plan_level_remark(const struct plan_cluster *c, char **text_r);

/* --- saved state ---------------------------------------------------------- */

/*
 * The registers that these features save and restore: bits of XCR0, as Xen
 * computes them (recalculate_xstate() of its cpu-policy.c). They follow from
 * the features, so a host that has these can hold the registers. Xen finds out
 * that one can't when the guest is suspended and all is sent.
 */
uint64_t plan_features_xcr0(const struct plan_features *f);

/* What a cluster tells of its hosts and guests; NULL: it is not known. Valid
 * until the cluster is freed. */
const struct plan_features *plan_host_shown(const struct plan_cluster *c,
                                            uint32_t host,
                                            enum plan_level_type type);
const struct plan_features *plan_host_carried(const struct plan_cluster *c,
                                              uint32_t host,
                                              enum plan_level_type type);
const char *plan_host_vendor(const struct plan_cluster *c, uint32_t host);
const struct plan_features *plan_domain_features(const struct plan_cluster *c,
                                                 uint32_t dom);
enum plan_level_type plan_domain_level_type(const struct plan_cluster *c,
                                            uint32_t dom);

#endif
