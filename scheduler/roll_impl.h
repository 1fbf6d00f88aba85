/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files share that plan a rolling maintenance.
 *
 * They stand in a line, each needs only those before it: roll_gaps.c (hosts by
 * free memory), roll_rules.c (may a guest go there), roll_place.c (places for
 * a wave's guests), roll_room.c (others make room), roll_bins.c (how few bins
 * take items), roll_pick.c (the hosts of a wave), roll_fill.c (hosts that fill
 * a wave), roll_start.c, roll_wave.c (one wave), roll_left.c (why a host is
 * left), roll_bound.c, roll_whole.c (a closer look), roll_time.c | roll.c.
 */
#ifndef RACKHOP_ROLL_IMPL_H
#define RACKHOP_ROLL_IMPL_H

#include "scheduler/roll.h"
#include "scheduler/scheduler_impl.h"

enum { ROLL_BUCKETS = 2048, ROLL_WORDS = ROLL_BUCKETS / 64 };

enum roll_phase {
    ROLL_KEEPS, /* is not to be rolled */
    ROLL_WAITS,
    ROLL_DOWN, /* in the wave that is being planned */
    ROLL_DONE,
    ROLL_LEFT, /* cannot be rolled */
};

/* How waves are made; later ways are tried when the bound is not reached. */
enum roll_way {
    ROLL_NEAR,  /* guests stay in their rack, within the soft limits */
    ROLL_TIGHT, /* guests go where they leave the least gap */
    ROLL_FULL,  /* likewise, and waves are as large as can be */
    ROLL_SUMS,  /* likewise, of hosts that fill them well together */
    ROLL_WAYS,
};

struct roll_host {
    enum roll_phase phase;
    uint32_t xen;        /* MAJOR * 1000 + MINOR by now, or NONE */
    uint32_t prev, next; /* hosts of the same bucket */
    uint32_t bucket;     /* of roll->gap; NONE: it takes no guests */
    bool gives, gets;    /* guests that make room leave it; come to it */
    uint32_t stuck;      /* its guest that found no place, or NONE */
    /* the soft limits: what they leave free, and threads that may be used */
    int64_t limit_free;
    double limit_cpu;
};

/* Guests of a host of the wave that have to stay together, mostly one. */
struct roll_item {
    uint32_t first;    /* the others by dom.mate */
    uint32_t from, to; /* to: NONE without a place */
    int64_t mem;
    int32_t vcpus;
    double cpu;
    bool alone;
    bool dropped;  /* its host is not in the wave any more */
    bool resident; /* it is not of the wave, but makes room */
};

struct roll_shift { /* a guest that made room */
    uint32_t dom, from, to;
};

/* Hosts by free memory, in buckets of equal width. Hosts that are settled (no
 * later wave empties them) and others are kept apart. */
struct roll_gaps {
    uint32_t head[ROLL_BUCKETS];
    uint64_t any[ROLL_WORDS];
};

/* What of a host's capacity a wave takes away; each member of the sum over a
 * wave is at most what all hosts have free. */
struct roll_weight {
    int64_t mib, vcpus;
    int64_t away_mib; /* memory of its guests */
};

/* A bound of waves, canaries' aside. */
struct roll_least {
    uint32_t waves; /* 0: none was found */
    enum plan_roll_limit limit;
};

struct roll {
    struct plan_cluster *c;
    const struct plan_roll_options *opt;
    enum roll_way way;
    uint32_t shuffle; /* another order of choice for each; 0: by size */
    /* By host: it was left over when another order was tried, and goes before
     * the others of its rack; NULL: none was. */
    const uint8_t *eager;
    uint32_t to_xen;                     /* NONE: hosts keep theirs */
    const struct plan_features *without; /* NULL: hosts keep all of them */
    uint8_t *misses; /* by guest: it uses one of these; NULL: none is known */
    struct state s;
    struct roll_host *host;
    struct roll_gaps *gap; /* [2]: those that wait, those that are settled */
    double bucket_mib;
    uint32_t *rack_host, *rack_at; /* hosts by rack, and where in that list a
                                      host's rack begins; the rack's end: */
    uint32_t *rack_end;
    uint32_t *item_of;      /* by guest; NONE: it is no item of the wave */
    uint8_t *shifted;       /* by guest: it makes room in this wave */
    uint32_t *apart_down;   /* by apart group: members on hosts of the wave */
    uint32_t *rack_wave;    /* by rack: 1 + the last wave with a host of it */
    uint32_t *wait, wait_n; /* hosts that wait, in the order of choice */
    /* the wave */
    uint32_t *down, down_n;
    struct roll_item *item;
    uint32_t item_n;
    size_t item_room;
    struct roll_shift *shift;
    uint32_t shift_n;
    size_t shift_room;
    int64_t away_mib;
    bool keeps_limits;  /* roll_fits() minds the soft limits */
    int64_t limits_mib; /* which leave so much free on each host, at least */
    /* the result */
    struct plan_roll *p;
    struct plan **away; /* by wave: its moves away */
    size_t away_room, wave_room;
    uint32_t late, late_dom; /* a host that had to wait, and for which guest */
    const uint32_t *rolled;  /* the hosts, as they were asked for */
    uint32_t rolled_n;
    uint32_t impossible;      /* of them, that no wave can empty */
    bool looked;              /* for: */
    struct roll_least closer; /* of all others */
    struct roll_weight *weight,
        room; /* by host, at the start; what was free */
};

/* --- roll_gaps.c --------------------------------------------------------- */

/* Whether the host takes guests, and no later wave empties it. */
bool roll_takes(const struct roll *r, uint32_t host);
bool roll_is_settled(const struct roll *r, uint32_t host);
/* 0 or -ENOMEM */
int gaps_init(struct roll *r);
/* After the phase of a host, or what is free on it, has changed. */
void gaps_update(struct roll *r, uint32_t host);
/* Moves a guest, and keeps the gaps. */
void roll_move(struct roll *r, uint32_t dom, uint32_t to);
/* The host after `at` (NONE: the first) among those with about so much free or
 * more, by free memory; NONE: that was the last. */
uint32_t gaps_next(const struct roll *r, bool settled, int64_t mib,
                   uint32_t at);
/* The host with the next less free memory; NONE: the most, or none. */
uint32_t gaps_largest(const struct roll *r, bool settled, uint32_t at);

/* --- roll_rules.c -------------------------------------------------------- */

/* Does the guest use CPU features that hosts come back without? */
bool roll_misses(const struct roll *r, uint32_t dom);
/* The rules that keep a guest off a host now: bits of enum plan_rule. The
 * first leaves out what other guests take. */
uint32_t roll_refuses_ever(struct roll *r, uint32_t dom, uint32_t host);
uint32_t roll_refuses(struct roll *r, uint32_t dom, uint32_t host);
bool roll_suits(struct roll *r, const struct roll_item *it, uint32_t host);
bool roll_fits(struct roll *r, const struct roll_item *it, uint32_t host);

/* --- roll_place.c -------------------------------------------------------- */

/* The guest with those that have to stay with it. */
struct roll_item roll_item(const struct roll *r, uint32_t dom);
/* A host with room for it, not `except`; NONE: there is none. The second looks
 * for the least gap alone. */
uint32_t roll_find(struct roll *r, const struct roll_item *it);
uint32_t roll_find_gap(struct roll *r, const struct roll_item *it,
                       uint32_t except);
/* Puts all guests of an item there (NONE is not possible). */
void roll_put(struct roll *r, const struct roll_item *it, uint32_t host);

/* --- roll_room.c --------------------------------------------------------- */

/* Places an item by moving other guests out of its way: those of the wave,
 * that move anyway, before others. 0: no way was found; 1; or -ENOMEM */
int roll_make_room(struct roll *r, struct roll_item *it);
/* Lets guests that made room stay after all, where that fits. */
void roll_undo_shifts(struct roll *r);

/* --- roll_bins.c --------------------------------------------------------- */

struct bin_item {
    int64_t size;
    uint32_t rack; /* for bins_least_sums(): no bin has two of one; NONE */
};

/* The fewest bins of that size for these items, where as many as `spare` of
 * them, the largest, may be elsewhere. The items are put in order, and cut to a
 * bin. 0 or -ENOMEM */
int bins_least(struct bin_item *item, uint32_t n, uint32_t spare, int64_t bin,
               uint32_t *least);
/* Likewise, of bins that are filled only as far as items add up to. It is more
 * work, and not done for many items; the items are others afterwards. */
int bins_least_sums(struct bin_item *item, uint32_t n, uint32_t spare,
                    int64_t bin, uint32_t *least);
int64_t bins_gcd(int64_t a, int64_t b);
/* Sets of sums, a bit each: to |= from << by, of so many words. */
void bins_sums_add(uint64_t *to, const uint64_t *from, uint64_t by,
                   size_t words);

/* --- roll_pick.c --------------------------------------------------------- */

struct roll_weight roll_weight(const struct roll *r, uint32_t host);
struct roll_weight roll_free(const struct roll *r);
/* Puts the waiting hosts in the order of choice: that of canaries, or that of
 * all waves to come. 0 or -ENOMEM */
int roll_order(struct roll *r, bool canary);
/* Chooses at most so many hosts for the next wave, of which there are to be so
 * many more (0: not known); they are down then. */
void roll_pick(struct roll *r, uint32_t most, uint32_t waves_left);
/* A host that was picked waits again. */
void roll_unpick(struct roll *r, uint32_t host);

/* --- roll_fill.c --------------------------------------------------------- */

/* It is not done for more hosts: some of them add up to about anything. */
enum { ROLL_FILL_HOSTS = 1000 };
/* Puts hosts first among those that wait which fill the next wave well. 0 or
 * -ENOMEM */
int roll_fill(struct roll *r, uint32_t waves_left);

/* --- roll_start.c -------------------------------------------------------- */

/* With the cluster, the options, the way and the hosts set, and all else 0. 0
 * or -ENOMEM, and roll_dispose() after both. */
int roll_init(struct roll *r);
void roll_dispose(struct roll *r);

/* --- roll_wave.c --------------------------------------------------------- */

/* Plans the wave of the hosts that are down; those whose guests find no place
 * wait again. 0 or -ENOMEM */
int roll_pack(struct roll *r);
/* Keeps the wave, and goes on to the state after it. 0 or -ENOMEM */
int roll_keep(struct roll *r);

/* --- roll_left.c --------------------------------------------------------- */

/* Leaves hosts that no wave can empty; before the first wave. 0 or -ENOMEM */
int roll_leave_impossible(struct roll *r);
/* Leaves a host whose guest `stuck` finds no place. 0 or -ENOMEM */
int roll_leave_stuck(struct roll *r, uint32_t host);

/* --- roll_bound.c -------------------------------------------------------- */

/* The least number of waves, of moves and of GiB for the hosts that are not
 * left, from how things were at the start; into the result. 0 or -ENOMEM */
int roll_bound(struct roll *r);

/* --- roll_whole.c -------------------------------------------------------- */

/* Looks for a bound of from .. to waves (canaries' aside), by what guests and
 * hosts that stay whole leave unfilled; the best of what was found is in
 * *least. 0 or -ENOMEM */
int roll_look_closer(const struct roll *r, uint32_t from, uint32_t to,
                     struct roll_least *least);

/* --- roll_time.c --------------------------------------------------------- */

/* Orders and times the moves of all waves, adds the moves home, and sums up.
 * 0 or a negative errno */
int roll_time(struct roll *r);

#endif
