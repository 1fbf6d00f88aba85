/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loops: what a cluster wants moved so that it looks after itself, and why.
 *
 * Whoever runs them (a daemon, a replay) looks at the cluster every so often and
 * tells loops_look() what it saw. The answer is wishes: moves, each with its
 * reason, its benefit and its price. Six loops wish: health empties hosts that
 * are about to fail; memory gives guests more that lack it; noise parts guests of
 * which one makes others wait; balance takes load off hosts that have more demand
 * than CPU; power empties hosts so that they can be switched off; affinity brings
 * guests close together that talk with each other. An arbiter grants wishes by
 * these laws:
 *
 *   1. nothing is granted for what was not seen at two looks: of a host or a
 *      guest in need, look_s apart; of hosts that could be emptied, and of guests
 *      that could be closer together, settle_s;
 *   2. the benefit is more than the price, gain times;
 *   3. no hour has more than moves_per_hour moves or gib_per_hour GiB; and while
 *      balance is on, power and affinity begin nothing that would leave less than
 *      kept_back of them to loops which mend something, but for what alone
 *      needs more, when nothing of the hour is spent;
 *   4. a guest moves at most once in cooldown_s, and does not return within
 *      return_s to a host that it has left, so that it leaves no more than
 *      LOOP_LEFT in that time; nor when it was somebody else who has moved it, or
 *      the drain of a host, by what two looks in a row have seen;
 *   5. health comes before memory, memory before noise, noise before balance,
 *      balance before power, power before affinity, and a look moves a guest
 *      once; a host that was switched on to help stays on for hold_s;
 *   6. a host is switched off that has been empty for settle_s, one at a look,
 *      while the others have room for what is expected until it could be back
 *      and for hold_s after that; one that was switched on stays so for hold_s.
 *      As many are switched on at a look as are missing, each of which has to pay
 *      when what the others give is no more missing;
 *      If it was for guests of a host that needs more power, and none of them has
 *      come, it is not switched on for such for a day;
 *   7. a guest gets more memory once in noise_s, and after return_s if that did
 *      not help and was undone;
 *   8. who waits for processors as before when the neighbour is gone is no victim
 *      for a day: whatever holds it back goes with it;
 *   9. no hour has more than health_hosts hosts that are emptied for their
 *      health. That counts against the budget of 3, and is not kept from by it,
 *      nor by 4: a host that fails waits for nobody.
 *
 * Pure: no clock, no randomness; the same looks give the same wishes. CPU is in
 * any one unit, memory in MiB. Benefits and prices are in watt-hours: an hour of
 * a host that has more demand than CPU is worth violation_wh.
 */
#ifndef RACKHOP_SCHEDULER_LOOP_H
#define RACKHOP_SCHEDULER_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOOP_WATTS = 11, LOOP_HOURS = 7 * 24, LOOP_NONE = UINT32_MAX };
/* A host that is known by its name, and not there at this look. */
enum { LOOP_AWAY = UINT32_MAX - 1 };

struct loop_host {
    double cpu;  /* all of it */
    double core; /* what one guest gets at most; 0: cpu */
    int64_t memory_mib;
    double nic_mbps;
    double power_w[LOOP_WATTS]; /* at 0, 10 .. 100% of cpu */
    double boot_s;              /* from off to taking guests, while no
                                   boot of it was seen */
};

struct loop_guest {
    double cpu;
    int64_t memory_mib;
    double dirty_mib_s;
    /* 0: not known, and what needs it is not done */
    double cap;      /* CPU that it gets at most; 0: there is no cap */
    double weight;   /* for a processor, beside others; 0: Xen's 256 */
    int64_t min_mib; /* its memory never goes below this */
    int64_t max_mib; /* nor above */
    int64_t
        had_mib; /* before it was changed; 0: it was not, or it moved since */
};

/* The settings of the loops; loop_policy_rows has their names and ranges. */
struct loop_policy {
    double health, power, balance, noise, starve, affinity; /* 0: off */
    double health_hosts; /* that are emptied in an hour, at most */
    double health_s;     /* how long guests are down when their host fails */
    double health_history_s; /* what the usual figures of hosts look back */
    double memory;           /* 0: memory is left out of the rules */
    double noise_steal; /* part of its time that a victim waits at least */
    double noise_s;     /* how long noise, or a lack of memory, is expected
                           to last that nobody ends */
    double starve_rate, starve_times; /* reads a second that are a lack of
                                         memory: so many, and so many times
                                         what the guest uses to have */
    double look_s, settle_s, horizon_s;
    double last_s;    /* how long too much demand is expected to last */
    double history_s; /* what the means and deviations of demand look back */
    double moves_per_hour, gib_per_hour; /* 0: one move for each guest, and as
                                            much as the memory of all */
    double kept_back; /* share of both that power and affinity leave to loops
                         which mend something; not of an hour that is whole and
                         that they need as a whole */
    double cooldown_s, return_s, hold_s;
    double spare_hosts;  /* so many may fail at once, and the others have room
                           for their guests */
    double percentile;   /* of a day, that balance decides by; 0: the moment */
    double fill;         /* a move fills a host's CPU to this share at most */
    double violation_wh; /* price of an hour of one host over its CPU */
    double mended;       /* of a violation to come, the share that is left
                            since balance will mend it */
    double gib_wh;  /* price of a move: for each GiB, or for what half of a
                            Gbit/s sends in the time that it takes */
    double move_wh; /* and on top: the pause, and small pages after it; at
                            least so much */
    double hop_wh;  /* worth of a hop less, for each GiB that guests send
                            each other */
    double gain;    /* benefit / price of a wish is more than this */
};

struct loop_policy_row {
    const char *name;
    size_t offset; /* of a double in struct loop_policy */
    double min, max, dflt;
    const char *text; /* one line for manuals */
};
extern const struct loop_policy_row loop_policy_rows[]; /* ends: name NULL */
void loop_policy_init(struct loop_policy *p);
/* 0; -ENOENT: no such setting; -ERANGE: out of its range. */
int loop_policy_set(struct loop_policy *p, const char *name, double value);

/* In the order in which they come first. */
enum loop_kind {
    LOOP_HEALTH,
    LOOP_MEMORY,
    LOOP_NOISE,
    LOOP_BALANCE,
    LOOP_POWER,
    LOOP_AFFINITY,
    LOOP_KINDS,
};
const char *loop_kind_name(enum loop_kind kind); /* "balance" */

/* Why a wish is not granted. */
enum loop_refusal {
    LOOP_GRANTED,
    LOOP_ONE_LOOK, /* not wanted long enough */
    LOOP_NO_GAIN,  /* it does not pay */
    LOOP_BUDGET,   /* moves or GiB of an hour */
    LOOP_NO_ROOM,  /* no host could take what has to go */
    LOOP_MANY,     /* too many hosts show it for it to be theirs */
    LOOP_REFUSALS,
};
const char *loop_refusal_text(enum loop_refusal r);

/* What hosts show before they fail. All but the heat and the disks' are counts
 * an hour. */
enum loop_sign {
    SIGN_ECC_FATAL,
    SIGN_MCE,
    SIGN_DISK_FAILING, /* disks that say so */
    SIGN_HEAT,         /* degrees Celsius */
    SIGN_DISK_BAD,     /* sectors */
    SIGN_ECC,          /* errors that memory corrected */
    SIGN_LINK_CHANGES,
    SIGN_LINK_ERRORS,
    LOOP_SIGNS,
};
const char *loop_sign_name(enum loop_sign sign); /* "ecc_fatal" */

/* Figures of one host; below 0: not known. */
struct loop_signs {
    double now[LOOP_SIGNS];
    double past[LOOP_SIGNS]; /* what was usual before anybody looked */
};

/*
 * One move, more or less memory for a guest (from == to), or a host that is to
 * be emptied for good (drains; guest and to are LOOP_NONE). A bundle is granted
 * or refused together, and benefit_wh, price_wh and the numbers of the reason
 * are those of the bundle.
 */
struct loop_wish {
    enum loop_kind kind;
    enum loop_refusal refusal;
    uint32_t bundle;
    uint32_t guest, from, to; /* guest LOOP_NONE: no move was found */
    bool wakes;               /* the host `to` is off, and has to be on */
    bool drains;              /* all guests of `from` have to leave it */
    /* the host `from`; guest and to are LOOP_NONE */
    enum loop_switch { LOOP_STAYS, LOOP_OFF, LOOP_ON } switches;
    uint32_t guests;     /* drains: so many */
    enum loop_sign sign; /* health: the gravest that the host shows */
    int64_t mib;         /* memory that the guest then gets, or loses */
    bool undoes;         /* .. because more did not help it */
    bool settles;        /* .. or so that it has again what it had */
    double benefit_wh, price_wh;
    /* health: the sign's figure, now and usually; memory: reads a second, now
     * and usually; noise: the steal of all victims, and what the culprit uses;
     * balance: demand and cpu of `from`, by `percentile` of a day; power: watts that are saved, and the
     * risk in violations an hour; LOOP_OFF: likewise watts, and the CPU that is
     * expected; LOOP_ON: that, and what hosts that are on have room for;
     * affinity: hops of the guest's traffic, on the mean, now and after it */
    double was, limit;
    double boot_s;  /* LOOP_ON: how long it is expected to take */
    double ahead_s; /* LOOP_ON: that is expected so much later, for it is one
                          of many; 0: by the time that it is on */
    double percentile; /* balance; 0: of the moment. Of so many guests less */
    uint32_t young;    /* than a day is known, */
    double known_s;    /* of one of them no more than this */
    double mbps;   /* affinity: what the guest and others send each other */
    uint32_t peer; /* affinity: the guest that has the most of it */
};

/* What two guests send each other, both directions together, Mbit/s: so much
 * that most of the time it is more; and no more than what the other one's answers
 * stand for, since a guest must not move another by flooding it. */
struct loop_talk {
    uint32_t a, b; /* guests, not the same */
    double mbps;
};

/* What a move of a guest takes, as planners predict it. */
struct loop_move {
    double gib;     /* on the wire */
    double seconds; /* from its beginning to its end */
    double pause_s; /* the guest is suspended for so long */
    bool small;     /* its memory is in pages of 4 KiB afterwards, of 2 MiB
                       no more */
};

/*
 * What a guest wanted on the last day, of means of minutes: what it used and what it
 * waited for. mean below 0: nothing is known. A day is LOOP_DAY_S long, which is less
 * than 24 hours: a sample is missed, and the newest is not done.
 */
enum { LOOP_DAY_S = 23 * 3600 };
struct loop_day {
    double mean, p50, p95, p99;
    double known_s; /* so much of the day is known */
};

/* What one look saw. Arrays stay the caller's. */
struct loop_look {
    double now_s;          /* never less than at the look before */
    const double *demand;  /* of each guest, what it would use */
    const uint32_t *host;  /* of each guest; its target host if it moves */
    const uint8_t *moving; /* of each guest: a move is under way */
    const uint32_t *from;  /* of each guest that moves: its source host */
    const uint8_t *on;     /* of each host: on, or booting */
    const double *used; /* of each guest: what it uses of its demand, and does
                           not wait for; NULL: all of it */
    /* of each guest: the part of its time that it waited for a processor, and
     * the pages a second that it read from swap or faulted in; -1: not known;
     * NULL: of none */
    const double *steal, *starving;
    /* of each guest: that it starves is its own word, for which nothing is taken
     * from another guest; NULL: of none */
    const uint8_t *hinted;
    /* of each guest; NULL, or none is known or remembered: balance sees the
     * moment */
    const struct loop_day *day;
    const uint8_t *keep; /* of each host: it is not to be emptied (the last of
                              its rack, storage or kind of CPU); NULL: of none */
    const uint8_t *closed; /* of each host: takes no guests; NULL: none is */
    const uint8_t *out;    /* of each host: in maintenance, so that somebody
                              works on it; NULL: none is */
    const struct loop_signs *signs; /* of each host; NULL: of none */
    bool switches;                  /* hosts can be switched off and on */
    const uint8_t
        *coming; /* of each host: it is off, and was switched on; NULL:
                              none is */
    /* of each host: it answers for the first time since it was switched on, so
     * many seconds ago; below 0: it is not so; NULL: of none */
    const double *booted;
    const struct loop_talk
        *talk; /* of each two guests once; NULL: not known */
    uint32_t talks;
    /* Hops between two hosts, 0 of a host and itself; below 0: not known. Pure.
     * NULL: of none. */
    int (*hops)(void *arg, uint32_t a, uint32_t b);
    /* May that guest go to that host, by what loops know nothing of (networks,
     * storage, kinds of CPU, groups)? Pure. NULL: to all. */
    bool (*may)(void *arg, uint32_t guest, uint32_t host);
    /* May all of these go there, one after the other, by the same? Of a host that
     * is off: once it is on. Pure. NULL: where each may. */
    bool (*may_all)(void *arg, const uint32_t *guest, uint32_t guests,
                    uint32_t host);
    /* What a move of that guest from where it is to that host takes; false: not
     * known. Pure. NULL: of none, and what is moved is the guest's memory, and
     * what it dirties meanwhile at half of the rate of the slower NIC. */
    bool (*takes)(void *arg, uint32_t guest, uint32_t host,
                  struct loop_move *m);
    void *arg;
};

struct loops; /* opaque */

/* Copies all it is given. NULL: no memory. */
struct loops *loops_new(const struct loop_policy *p,
                        const struct loop_host *host, uint32_t hosts,
                        const struct loop_guest *guest, uint32_t guests);
void loops_free(struct loops *l); /* l may be NULL */

/*
 * Looks, and wishes. The list lives until the next look. Moves that are granted
 * are counted as begun: the caller starts them, or tells with
 * loops_not_moved() that it could not. 0 or -ENOMEM.
 */
int loops_look(struct loops *l, const struct loop_look *look,
               const struct loop_wish **wish_r, uint32_t *wishes_r);
/* The memory of a guest is another now, by somebody else's hand. */
void loops_set_memory(struct loops *l, uint32_t guest, int64_t mib);
/* A move that the last look granted was not begun: its guest may be wished for
 * again at once, what was known of its moves before is so again, and the budget has
 * its share back. */
void loops_not_moved(struct loops *l, uint32_t guest);
/* A host that the last look wanted empty is not emptied: likewise. */
void loops_not_drained(struct loops *l, uint32_t host);
/* A host that the last look wanted on was not switched on. */
void loops_not_woken(struct loops *l, uint32_t host);

/*
 * What loops remember from look to look, so that it can be kept elsewhere, and
 * the next look be that of another process. Moments are those of now_s; what
 * has never been is -INFINITY, a need that is not there is INFINITY.
 */
enum { LOOP_LEFT = 8, LOOP_MINUTES = 61 };

struct loop_kept_guest {
    bool known; /* false: it was never seen; all else is unset */
    double mean, var, with_all;
    /* where it was seen last; LOOP_AWAY; LOOP_NONE: not known */
    uint32_t host;
    double moved_s;
    uint32_t left[LOOP_LEFT]; /* hosts, LOOP_NONE: none */
    double left_s[LOOP_LEFT];
    double starving, starved_s;
    /* it got grew_mib at grew_s, when its figure was grew_was; grew_mib 0: that
     * did not help, and was undone then */
    double grew_s, grew_was;
    int64_t grew_mib;
    /* it and a neighbour were parted at parted_s, when its steal was parted_was */
    double parted_s, parted_was;
    uint32_t parted_by; /* who was moved for that; LOOP_NONE: not known */
    double apart_s;     /* it could be closer to guests that it talks with */
    double owes_s;      /* it could have again what it had, since */
    /* its last day that was known as a whole, and when it was; -INFINITY: never */
    struct loop_day day;
    double day_s;
};
/* How long the last boots took, the newest first; below 0: none. */
enum { LOOP_BOOTS = 4 };
struct loop_boots {
    double took_s[LOOP_BOOTS];
    double from_s; /* when the newest began; -INFINITY */
};
struct loop_kept_host {
    double over_s, woken_s, noisy_s;
    double usual[LOOP_SIGNS]; /* below 0: not known */
    double sick_s, drained_s;
    double idle_s;   /* it could be off since */
    double awaits_s; /* switched on for guests that did not come yet */
    struct loop_boots boots;
};
/* The most that all guests wanted, by hour of the week; below 0: not known. */
struct loop_season {
    double week[LOOP_HOURS];
    int64_t hour; /* since 1970, of the last look, */
    double most;  /* and the most of it so far */
};
struct loop_kept {
    struct loop_kept_guest *guest; /* arrays are the caller's */
    struct loop_kept_host *host;
    uint32_t guests, hosts;
    bool looked;
    double all_mean, all_var; /* of the load of all, per unit of cpu */
    double first_s, last_s, power_s, thought_s, no_room;
    double short_s; /* hosts that are off are missing since */
    struct loop_season season;
    int64_t minute;               /* the newest of the budget's */
    uint32_t moves[LOOP_MINUTES]; /* by minute modulo LOOP_MINUTES */
    double gib[LOOP_MINUTES];
};

/* Fills what k points to, which has as many guests and hosts as l. */
void loops_keep(const struct loops *l, struct loop_kept *k);
/* Of loops that have not looked yet: they go on from there. */
void loops_resume(struct loops *l, const struct loop_kept *k);
/* Nothing remembered at all, for arrays that are given. */
void loop_kept_init(struct loop_kept *k);
void loop_kept_host_init(struct loop_kept_host *h);
/* What was seen of the same hosts and guests, and is not known to k, is taken from
 * another's memory; what was done is not. */
void loop_kept_learn(struct loop_kept *k, const struct loop_kept *from);
/* The clock was set by so many seconds: moments mean what they meant. */
void loop_kept_shift(struct loop_kept *k, double by_s);
/* Nobody has looked for a while: needs count from the next look on, for nobody
 * knows whether they were there all the time. Moves and budgets stay. */
void loop_kept_interrupt(struct loop_kept *k);

/* What a guest has used: mean and standard deviation over history_s. */
double loops_mean(const struct loops *l, uint32_t guest);
double loops_deviation(const struct loops *l, uint32_t guest);
/* The probability that the demand for a host exceeds its CPU at a moment; of the
 * hosts as the newest look, and what it granted, leave them. */
double loops_risk(const struct loops *l, uint32_t host);

/* The figure that matters most to a loop. */
struct loop_seen {
    bool any;             /* false: it sees nothing */
    uint32_t host, guest; /* of which it is; the guests of affinity and peer */
    uint32_t peer;
    enum loop_sign sign;
    uint32_t hosts; /* power: that are on */
    /* health: the figure that is the nearest to a sign, what is usual, and what
     * is a sign; memory: reads a second, now and usually; noise: the steal;
     * balance: demand and cpu; power: CPU that is expected, what hosts that are
     * on have room for, and the highest risk of one; affinity: Mbit/s, hops
     * (below 0: not known) */
    double now, usual, limit, risk;
    double percentile; /* balance: of a day, the demand is; 0: of the look */
    int hops;
};
/* Of what the newest look saw, which must still be there. */
struct loop_seen loops_seen(const struct loops *l, enum loop_kind kind);

/* The names that a wish's sentence needs; those that it has not may be NULL. */
struct loop_names {
    const char *guest, *from, *to, *peer;
};
/* One sentence on a wish. */
void loop_reason(const struct loop_wish *w, const struct loop_names *names,
                 char *buf, size_t size);

/* The same of what a loop sees: `from` is the host. "": nothing. */
void loop_seen_text(enum loop_kind kind, const struct loop_seen *s,
                    const struct loop_names *names, char *buf, size_t size);

/* Watts at a share of cpu, between the points of the table. */
double loop_power_w(const struct loop_host *h, double share);

#endif
