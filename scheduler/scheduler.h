/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The planners' public header: a cluster goes in, a plan comes out.
 *
 * This library does no I/O, reads no clock and draws no random numbers: the
 * same cluster, goal and settings (the seed is one of them) give the same
 * plan, byte for byte.
 *
 *     struct plan_cluster *c = plan_cluster_new(map);
 *     plan_add_host / plan_add_domain ...
 *     plan_cluster_index(c, &settings, problem, arg)
 *     plan_drain / plan_rebalance / plan_migrate / plan_score
 *
 * Hosts and guests may be added in any order: names are looked up by
 * plan_cluster_index(), which reports every contradiction that it finds. After
 * that the cluster does not change, but it fills tables of distances as they
 * are asked for, so two threads need two clusters.
 *
 * Units are in the names. Functions return 0 or a negative errno; after
 * -ENOMEM the objects can only be freed.
 */
#ifndef RACKHOP_SCHEDULER_H
#define RACKHOP_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_NONE UINT32_MAX

/* --- settings ------------------------------------------------------------ */

struct plan_settings {
    /* the cost that plans minimise and report: alpha * GiB + beta * hops */
    double alpha, beta;
    /* weights of the further terms of the score, which are between 0 and 1;
     * they choose among equals, so the weights are small */
    double w_uplink;  /* the busiest link of the path, after the move */
    double w_balance; /* how full the target host is afterwards */
    double w_cpu;     /* how busy the target host's processors are then */
    double w_traffic; /* distance to the guests that it talks with */
    double w_fast;    /* dirty rate compared with the rate of the path */
    double w_future;  /* hosts that are closed to a guest of that host */

    double overcommit; /* vCPUs for each cpu */
    /* soft limits: parts of a host's processors and memory that it may fill */
    double cpu_limit, memory_limit;
    unsigned downtime_ms; /* target of a move */
    unsigned overhead_ms; /* the part of the downtime that no memory causes */
    unsigned setup_ms;    /* connecting and checking, before a move */
    unsigned max_rounds;
    double default_mbps;     /* of paths whose rate is not known */
    double stream_mbps;      /* most that one move reaches; 0: no limit */
    double default_dirty;    /* MiB/s of guests that were never measured */
    double default_writable; /* their writable set / memory */
    unsigned streams;        /* moves at once, in all; 0: no limit */
    unsigned host_streams;   /* moves at once from and to one host */
    unsigned link_streams;   /* moves at once over one link */
    double worth;            /* rebalance: worth of one unit of balance, in
                                units of cost; see plan_rebalance() */
    unsigned max_moves;      /* rebalance; 0: no limit */
    double max_gib;          /* rebalance; INFINITY: no limit */
    double threshold;        /* rebalance: nothing is levelled while no host
                                uses more than this part of its memory or
                                of its processors; 0: always */
    bool best_effort;        /* move what can move */
    bool soft_apart;         /* drain: apart groups are broken where nothing
                                else works */
    bool same_tsc;           /* no move to a time stamp counter of another
                                frequency */
    bool change_devices;     /* guests with devices of a class move, and get
                                others of that class */
    bool require_path;       /* no move over a path that the map lacks */
    bool explain;            /* fill in the terms of each move */
    double within_s;         /* evacuate: the time that there is */
    bool codec;              /* moves pack memory as they did before */
    uint64_t seed;
};

/* The defaults that rackhop.conf(5) documents. */
void plan_settings_init(struct plan_settings *s);
struct plan_cluster;
/* Those that a cluster was indexed with; its own. */
const struct plan_settings *plan_settings_of(const struct plan_cluster *c);

/* --- the cluster --------------------------------------------------------- */

enum plan_host_state {
    PLAN_UP,
    PLAN_MAINTENANCE,
    PLAN_OFFLINE,
    PLAN_UNSOUND, /* its facts contradict themselves: it takes no guests */
};
enum { PLAN_PRIORITY_MOST = 1000 };
enum plan_type { PLAN_PV, PLAN_PVH, PLAN_HVM };

/* A list of words; known is false if the snapshot does not have the list. */
struct plan_words {
    const char *const *s;
    size_t n;
    bool known;
};

/* What XSAVE saves of a guest's CPUs, or can of a host's guests: bits of XCR0,
 * and the size of it, not compacted (0: not known). */
struct plan_xsave {
    bool known;
    uint64_t xcr0;
    unsigned bytes;
};
/* rule_xsave.c: whether the guest's registers fit; and if not, why, in words
 * that follow the host's name. */
bool plan_xsave_fits(const struct plan_xsave *guest,
                     const struct plan_xsave *host);
void plan_xsave_why(const struct plan_xsave *guest,
                    const struct plan_xsave *host, char *text, size_t len);

/* Devices of a class that a host has for guests: free, or a guest of it has
 * them. */
struct plan_stock {
    const char *name;
    unsigned n;
    bool card; /* whole cards, not VFs or what stands in for them */
};

/* What a snapshot says of a host. Strings are copied. NULL: unknown. */
struct plan_host {
    const char *name;
    enum plan_host_state state;
    int64_t memory_mib, reserved_mib;
    bool knows_room;  /* what it could give a new guest just now: */
    int64_t room_mib; /* comes before what the sums say */
    unsigned cpus;
    double cpu_sample_ms; /* its guests' cpu_used were measured for so long;
                             0: they are exact */
    const char *xen;      /* "4.17.3" */
    const char *cpu_vendor;
    /* featuresets, as Xen prints them: 32-bit words in hex, by commas */
    const char *max_pv, *max_hvm, *default_pv, *default_hvm;
    struct plan_words networks, storage;
    struct plan_words cpupools; /* each "SCHEDULER CPUS NAME": rule_pool.c */
    double tsc_khz;             /* of its time stamp counter; 0: unknown */
    struct plan_xsave xsave_pv, xsave_hvm;
    const struct plan_stock *devices;
    size_t devices_n;
    double nic_mbps; /* of its ports for migrations; 0: unknown */
};

struct plan_domain {
    const char *uuid, *name, *host;
    const char *home; /* the host where it belongs; NULL: it is not known to
                         be away from that */
    enum plan_type type;
    int64_t memory_mib; /* held now */
    int64_t need_mib;   /* that a target host must have; 0: as much */
    unsigned vcpus;
    double cpu_used;     /* < 0: unknown */
    double cpu_day;      /* 95th percentile of a day of it; 0: unknown */
    double dirty_mib_s;  /* < 0: unknown */
    double writable_mib; /* < 0: unknown */
    /* bytes on the wire for each byte of its memory, as its moves showed: in
     * the first pass, and of pages that come again; 0: unknown */
    double wire_first, wire_again;
    const char *cpu_policy;
    struct plan_xsave xsave;
    double
        tsc_khz; /* of the counter that it sees; 0: any will do, or unknown */
    long priority;      /* in an evacuation; more comes first */
    const char *pinned; /* the reason, or ""; NULL: it is not pinned */
    const char *odd;    /* why no plan is held up by it; NULL: it is none */
    bool dying;         /* no guest any more; only its memory counts */
    struct plan_words devices; /* the class of each that has one .. */
    struct plan_words cards;   /* .. and of each that is a whole card */
    unsigned pci_classed;      /* how many of `pci` have one */
    struct plan_words networks, storage, pci, apart, together, apart_racks;
    struct plan_words
        cpupool;            /* "SCHEDULER NAME", and each "=CPUS" of cpus= */
    struct plan_words only; /* hosts that may have it, and "rack:NAME" */
    const struct plan_traffic *traffic;
    size_t traffic_n;
};

struct plan_traffic {
    const char *uuid;
    double mbps;
};

struct plan_cluster; /* opaque */
struct topo;         /* topology/topology.h */

/* The map stays the caller's, who does not change it until the cluster is
 * freed; NULL: no path between two hosts is known. Returns NULL when out of
 * memory. */
struct plan_cluster *plan_cluster_new(const struct topo *map);
void plan_cluster_free(struct plan_cluster *c);

int plan_add_host(struct plan_cluster *c, const struct plan_host *h);
int plan_add_domain(struct plan_cluster *c, const struct plan_domain *d);
/* What guests were found to send each other (scheduler/loop.h), as traffic of
 * those that were given none of their own. After all domains were added. 0 or
 * -ENOMEM. */
struct loop_talk;
int plan_add_talks(struct plan_cluster *c, const struct loop_talk *talk,
                   uint32_t n);

/*
 * Looks up names, checks, builds the tables. What no cluster can be (a host
 * that is listed twice, a guest on a host that is not listed) is given to
 * `problem` as one sentence. Returns their number, or -ENOMEM. The settings
 * are copied; NULL: the defaults.
 *
 * What hosts may well say of themselves is no problem, but a note: a guest
 * without memory or vCPUs, or listed on two hosts, is odd: it stays, and a
 * drain of its host moves all others. A host whose numbers contradict
 * themselves takes no guests.
 */
int plan_cluster_index(struct plan_cluster *c, const struct plan_settings *s,
                       void (*problem)(void *arg, const char *text),
                       void *arg);

/* Something odd that the facts have, and what came of it. */
struct plan_note {
    const char *host;        /* NULL: of no host in particular */
    const char *uuid, *name; /* of a guest, or NULL */
    const char *text;        /* a whole sentence */
};
/* Before or after indexing; copies all. 0 or -ENOMEM */
int plan_add_note(struct plan_cluster *c, const struct plan_note *n);
uint32_t plan_notes(const struct plan_cluster *c);
struct plan_note plan_note(const struct plan_cluster *c, uint32_t i);

uint32_t plan_hosts(const struct plan_cluster *c);
uint32_t plan_domains(const struct plan_cluster *c);
/* The number of that name; a domain's uuid comes before its name, and of two
 * of the same name the first is found. PLAN_NONE: there is none. */
uint32_t plan_find_host(const struct plan_cluster *c, const char *name);
uint32_t plan_find_domain(const struct plan_cluster *c, const char *name);
/* The first domain of that name from number `from` on, or PLAN_NONE. */
uint32_t plan_next_domain(const struct plan_cluster *c, const char *name,
                          uint32_t from);
/* Valid until the cluster is freed. */
const char *plan_host_name(const struct plan_cluster *c, uint32_t host);
const char *plan_host_rack(const struct plan_cluster *c, uint32_t host);
/* The rack of the hosts that hang on the switch of that name, or NULL. */
const char *plan_switch_rack(const struct plan_cluster *c, const char *name);
enum plan_host_state plan_host_state(const struct plan_cluster *c,
                                     uint32_t host);
const char *plan_domain_name(const struct plan_cluster *c, uint32_t dom);
const char *plan_domain_uuid(const struct plan_cluster *c, uint32_t dom);
uint32_t plan_domain_host(const struct plan_cluster *c, uint32_t dom);
/* Is it pinned to that host, by a setting, or as one that is odd? */
bool plan_domain_stays(const struct plan_cluster *c, uint32_t dom);
/* Has it devices that a move changes for others of the target host? */
bool plan_domain_changes_devices(const struct plan_cluster *c, uint32_t dom);
/* The host where it belongs, which may be none of the cluster; NULL: it is
 * there, or that is not known. */
const char *plan_domain_home(const struct plan_cluster *c, uint32_t dom);
/* What it takes on a host that it arrives at. */
int64_t plan_domain_mib(const struct plan_cluster *c, uint32_t dom);
/* Memory for guests, and what guests have of it. */
int64_t plan_host_capacity_mib(const struct plan_cluster *c, uint32_t host);
int64_t plan_host_used_mib(const struct plan_cluster *c, uint32_t host);
/*
 * Links on a shortest path; 0: the same host. Where the map shows no path, two
 * hosts count as PLAN_FAR_HOPS farther apart than any two whose path it shows,
 * and a move gets the rate of the slower of their ports; with require_path
 * they have no path: -1.
 */
enum { PLAN_FAR_HOPS = 2 };
int plan_hops(struct plan_cluster *c, uint32_t a, uint32_t b);
/* Does the map show a path between them? */
bool plan_path_known(const struct plan_cluster *c, uint32_t a, uint32_t b);
/* What a lone move gets between two hosts, Mbit/s; 0: no path. */
double plan_rate(struct plan_cluster *c, uint32_t a, uint32_t b);

/*
 * The connections that use all cables on the way of a move: one for each
 * shortest path that shares no cable with another, TOPO_DISJOINT_MOST at most;
 * 1 below 200 Mbit/s. 0: the map shows no path.
 */
unsigned plan_lanes(struct plan_cluster *c, uint32_t a, uint32_t b);

/* A link, or the ports of a host whose links are not known, in one direction:
 * arcs are numbered from 0. */
struct plan_share {
    uint32_t arc;
    double part; /* of what a move sends, 0..1 */
};
uint32_t plan_arcs(const struct plan_cluster *c);
double plan_arc_mbps(const struct plan_cluster *c, uint32_t arc); /* < 0: ? */
/* The names of the nodes that it leads from and to; NULL stands for the rest
 * of the network, where an arc is the ports of a host. */
void plan_arc_ends(const struct plan_cluster *c, uint32_t arc,
                   const char **from_r, const char **to_r);
/* How what a move sends spreads over the arcs. *r is to be freed. Their
 * number, or -ENOMEM. */
int plan_shares(struct plan_cluster *c, uint32_t a, uint32_t b,
                struct plan_share **r);

/* --- pre-copy: precopy.c ------------------------------------------------- */

struct plan_precopy {
    double mib;          /* memory */
    double dirty_mib_s;  /* rate at which clean pages are dirtied */
    double writable_mib; /* the most that ever becomes dirty */
    double mbps;         /* rate of the path */
    /* bytes on the wire for each byte of memory: in the first round, and in
     * those after it; 0: as many, since nothing is known */
    double wire_first, wire_again;
    unsigned downtime_ms, overhead_ms, setup_ms, max_rounds;
};

struct plan_precopy_result {
    double mib;         /* memory that is sent in all */
    double wire_mib;    /* what it takes on the wire */
    bool wire_known;    /* by what was learned of the guest */
    double seconds;     /* until the guest runs again, setup included */
    double downtime_ms; /* expected */
    unsigned rounds;    /* with the last, in which the guest is suspended */
    bool reached;       /* the downtime is within its target */
};

/* Predicts a live migration (Clark et al., NSDI 2005) of a guest whose dirty
 * set saturates: after t seconds W * (1 - exp(-rate * t / W)) MiB are
 * dirty. */
struct plan_precopy_result plan_precopy(const struct plan_precopy *p);
/* Of a guest to another host, by its facts, the settings and the rate of a lone
 * move; seconds are INFINITY where there is no path. */
struct plan_precopy_result plan_predict(struct plan_cluster *c, uint32_t dom,
                                        uint32_t host);

/* --- rules and terms: rule.c, score.c ------------------------------------ */

enum plan_rule {
    PLAN_MEMORY,
    PLAN_VCPU,
    PLAN_CPU,
    PLAN_XEN_VERSION,
    PLAN_APART,
    PLAN_TOGETHER,
    PLAN_NETWORK,
    PLAN_STORAGE,
    PLAN_STATE,
    PLAN_PINNED,
    PLAN_PCI,
    PLAN_PATH,
    PLAN_NAME,
    PLAN_DRAIN,
    PLAN_APART_RACKS,
    PLAN_ONLY,
    PLAN_POOL,
    PLAN_TSC,
    PLAN_DEVICE,
    PLAN_XSAVE,
    PLAN_TIME, /* of an evacuation; no host refuses by it */
    PLAN_RULES,
};

const char *plan_rule_name(enum plan_rule rule);
/* Do two time stamp counters differ in frequency, kHz, by more than what
 * measuring it at boot accounts for? What is not known (0) does not. */
bool plan_tsc_differs(double guest_khz, double host_khz);
const char *plan_term_name(unsigned term); /* NULL: past the last */
const char *plan_term_text(unsigned term);
enum { PLAN_TERMS = 8 };

/* Why `dom` may not go to `host`: the first rule that refuses, and the reason
 * in words that follow the host's name ("its CPU lacks avx512f"). False: it
 * may. */
bool plan_refusal(struct plan_cluster *c, uint32_t dom, uint32_t host,
                  enum plan_rule *rule_r, char *text, size_t len);

/* All rules that refuse it, as bits of enum plan_rule. 0 or -ENOMEM */
int plan_refusals(struct plan_cluster *c, uint32_t dom, uint32_t host,
                  uint32_t *rules_r);

/* The same for many questions in a row: the state of the cluster, which must not
 * change meanwhile, is made once. NULL: no memory. */
struct plan_asking;
struct plan_asking *plan_asking_new(struct plan_cluster *c);
void plan_asking_free(struct plan_asking *a); /* a may be NULL */
uint32_t plan_ask(const struct plan_asking *a, uint32_t dom, uint32_t host);
/* Of a host that is off, these bits are not asked, and all others are as if it was
 * on: its state; and the path to it where the map shows none, since its ports are
 * down with it. */
uint32_t plan_off_rules(const struct plan_cluster *c, uint32_t dom,
                        uint32_t host);

/* Soft limits that a host is above. */
enum plan_over_what {
    PLAN_OVER_MEMORY = 1,
    PLAN_OVER_CPU = 2,
    PLAN_OVER_THREADS = 4, /* more threads are in use than it has */
};

struct plan_candidate {
    uint32_t host;
    uint32_t refused;        /* bits of enum plan_rule; 0: it may go there */
    unsigned over;           /* bits of enum plan_over_what, after the move */
    double term[PLAN_TERMS]; /* value times weight */
    double total;
    double gib, seconds, downtime_ms, rate_mbps;
    double wire_gib; /* what gib takes on the wire; 0: not known */
    int hops;
    bool path_unknown; /* the map shows none: hops and rate are assumed */
};

/* Every host but its own, best first, those that would be above a soft limit
 * after the others, then those that a rule refuses. The caller frees *r. */
int plan_score(struct plan_cluster *c, uint32_t dom, struct plan_candidate **r,
               uint32_t *n_r);

/* --- plans --------------------------------------------------------------- */

enum plan_goal {
    PLAN_GOAL_DRAIN,
    PLAN_GOAL_REBALANCE,
    PLAN_GOAL_MIGRATE,
    PLAN_GOAL_HOME,
    PLAN_GOAL_EVACUATE,
};

struct plan_move {
    uint32_t domain, from, to;
    int hops;
    double gib, cost;
    double wire_gib; /* what gib takes on the wire; 0: not known */
    double start_s, seconds, rate_mbps, downtime_ms;
    uint32_t *after; /* indices of moves whose end this one needs */
    uint32_t after_n;
    bool displaced;    /* moved only to make room for another guest */
    bool mends;        /* rebalance: it breaks a rule where it is */
    bool path_unknown; /* the map shows none: hops and rate are assumed */
    double term[PLAN_TERMS];
};

struct plan_reason {
    uint32_t host; /* PLAN_NONE: all of them */
    enum plan_rule rule;
    char *text;
};

struct plan_stranded {
    uint32_t domain;
    struct plan_reason *reason;
    uint32_t reason_n;
};

struct plan_over { /* a host that gets guests and ends above a soft limit */
    uint32_t host;
    unsigned what;      /* bits of enum plan_over_what */
    double memory, cpu; /* the parts that are in use then */
};

struct plan {
    enum plan_goal goal;
    uint32_t *goal_host; /* drain, evacuate: the hosts; migrate: the target
                            host */
    uint32_t goal_host_n;
    uint32_t goal_domain; /* migrate */
    uint32_t *goal_guest; /* home: the guests that are away */
    uint32_t goal_guest_n;
    double within_s; /* evacuate: the time that there is */
    double alpha, beta;

    struct plan_move *move; /* in the order of their start */
    uint32_t move_n;
    double gib, total; /* sums over the moves */
    long hops;
    double bound; /* proven: no plan costs less; NaN: none is known */
    double makespan_s, makespan_bound_s;
    double downtime_ms, downtime_alone_ms; /* sums */
    double score_before, score_after;      /* balance, lower is better */

    struct plan_stranded *stranded;
    uint32_t stranded_n;
    struct plan_over *over;
    uint32_t over_n;

    char **remark; /* sentences on rules that are broken, or contradict */
    uint32_t remark_n;

    bool infeasible;
    bool proven; /* no plan exists; not only: none was found */
    enum plan_rule rule;
    char *text; /* the reason, a sentence */
    double need, have;
    uint32_t *where; /* hosts that `have` is the sum of; NULL: all */
    uint32_t where_n;
};

/*
 * Empties hosts; where that needs it, other guests are moved out of the way.
 * Where no plan exists or is found, the plan is infeasible and has no moves;
 * with best_effort it has the moves that can be made, and the guests that stay
 * behind.
 */
int plan_drain(struct plan_cluster *c, const uint32_t *hosts, uint32_t n,
               struct plan **plan_r);
/*
 * Empties hosts that go down in within_s seconds, as far as there is time and
 * room: the guests of the highest priority leave first, and none is moved that
 * would end after nine tenths of the time. Those that stay are stranded, each
 * with its reason. No other guest is left behind for one that matters less.
 */
int plan_evacuate(struct plan_cluster *c, const uint32_t *hosts, uint32_t n,
                  double within_s, struct plan **plan_r);
/*
 * Levels memory and processors. The measure (lower is better) is the standard
 * deviation over the hosts that are up of memory / capacity, plus that of the
 * guests' cpu_day, or cpu_used where that is unknown, / cpus. A move pays when it lowers hosts * measure by at
 * least its cost / worth. It has to pay even if the CPU use of both its hosts
 * is off, to its disfavour, by the error that cpu_sample_ms allows for.
 */
int plan_rebalance(struct plan_cluster *c, struct plan **plan_r);
/* Moves one domain to that host, or (PLAN_NONE) to the best. */
int plan_migrate(struct plan_cluster *c, uint32_t dom, uint32_t host,
                 struct plan **plan_r);
/*
 * Brings as many of these guests as it can to the hosts where they belong, each
 * by one move, those that they have to stay with as well; it moves no others.
 * Guests that are at home are left out, and those that cannot go are stranded.
 * Without moves p->text says why, a sentence.
 */
int plan_home(struct plan_cluster *c, const uint32_t *dom, uint32_t n,
              struct plan **plan_r);
void plan_free(struct plan *p);

/* A move of a plan that was made for an earlier snapshot. */
struct plan_step {
    uint32_t domain, to;
};
/*
 * Checks the moves in this order, as if each had ended when the next begins.
 * *bad_r: the first that a rule refuses, with the rule and the reason; n: no
 * move is refused. on: of each host; of one that is not, it is asked what will
 * hold once it is (plan_off_rules()). NULL: all are. 0 or -ENOMEM.
 */
int plan_check(struct plan_cluster *c, const uint8_t *on,
               const struct plan_step *step, uint32_t n, uint32_t *bad_r,
               enum plan_rule *rule_r, char *text, size_t len);

/* --- what is known beyond the snapshot: overlay.c ------------------------ */

/*
 * A run that has moves under way knows more than the hosts report, and adds it
 * with these functions. They are called after all hosts and domains were
 * added, and before plan_cluster_index(). They return 0 or a negative errno.
 */

/* Is the domain listed on that host, perhaps on others as well? */
bool plan_listed_on(const struct plan_cluster *c, uint32_t dom, uint32_t host);
/* The domain stays where it is, for this reason, which replaces any other. */
int plan_pin(struct plan_cluster *c, uint32_t dom, const char *why);
/* The domain is moving between these hosts and counts on `to`. That both list
 * it is no problem then. */
int plan_place(struct plan_cluster *c, uint32_t dom, uint32_t from,
               uint32_t to);
/* So much more memory of the host is reserved; mib < 0: so much less. */
int plan_reserve(struct plan_cluster *c, uint32_t host, int64_t mib);

#endif
