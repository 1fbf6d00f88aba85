/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files of the loops share: their memory, and the picture of a look. */
#ifndef RACKHOP_LOOP_IMPL_H
#define RACKHOP_LOOP_IMPL_H

#include "scheduler/loop.h"

/* Demand over time: moments that forget, and the share in the cluster's own
 * ups and downs, by which guests are correlated. */
struct loop_past {
    double mean, var;
    double with_all; /* covariance with the load of all guests */
};

/* A distance from the mean: its square as far as it is a guest's own, and what all
 * guests share, which adds as it is. */
struct loop_wide {
    double own, shared;
};

/* A day of a guest, or of a host: to the percentile of the settings, and the
 * deviation that the high percentiles stand for. */
struct loop_usual {
    double mean;
    struct loop_wide at, sd;
    double most; /* no more than all of its CPUs, whatever the sums say */
};

/* Sums over the guests of a host, planned moves included. */
struct loop_sums {
    double now;     /* demand */
    double mean;    /* of their pasts */
    double own_var; /* what is not correlated */
    double factor;  /* sum of their slopes on the load of all */
    struct loop_usual usual;
    int64_t free_mib;
    uint32_t guests;
    bool on, closed;
    bool leaving;         /* all of its guests are to leave it */
    uint32_t gets, loses; /* planned moves that come here, or leave */
};

struct loop_budget {
    uint32_t moves[LOOP_MINUTES];
    double gib[LOOP_MINUTES];
    int64_t minute; /* the newest of the ring */
};

struct loop_growth { /* as in struct loop_kept_guest */
    double at_s, was;
    int64_t mib;
};

struct loop_parting { /* as in struct loop_kept_guest */
    double at_s, was;
    uint32_t by; /* the guest that was to move for it */
};

struct loop_end { /* of a talk, at one of its guests */
    uint32_t peer, next;
    double mbps;
};

/* What a move that is granted replaces, in case it is not begun. */
struct loop_before {
    double moved_s, left_s;
    uint32_t left;
};

struct loops {
    struct loop_policy p;
    struct loop_host *host;
    struct loop_guest *guest;
    uint32_t hosts, guests;
    uint32_t *kind; /* of each host: the first host that is alike */

    struct loop_past *past; /* of each guest */
    struct loop_past all;   /* of the load of all, per unit of cpu */
    double *slope;          /* of each guest on the load of all */
    double all_cpu;
    double first_s, last_s; /* of the looks */
    bool looked;
    bool by_day; /* the look knows the day of guests */
    double z;    /* of the percentile of the settings, in deviations */
    struct loop_usual *usually; /* of each guest, if by_day */
    struct loop_day *day;       /* of each guest, as it is kept */
    double *day_s;              /* likewise; -INFINITY: none is */

    uint32_t *was_on; /* of each guest: its host when it was seen last */
    double *moved_s;  /* of each guest, -INFINITY: never */
    uint32_t (*left)[LOOP_LEFT];
    double (*left_s)[LOOP_LEFT];
    struct loop_before *before; /* of each guest, within one look */
    double *over_s; /* of each host: over its cpu since; INFINITY: it is not */
    double *woken_s;   /* of each host */
    double *noisy_s;   /* of each host: victims since; INFINITY: none */
    double *starving;  /* of each guest: pages a second, what is usual */
    double *starved_s; /* of each guest: lacks memory since */
    struct loop_growth *grew;    /* of each guest */
    struct loop_parting *parted; /* of each guest */
    uint8_t *parts, *given;   /* of each guest: it parts others from noise, and
                                    it gets memory, at this look */
    double *apart_s, *owes_s; /* of each guest, as they are kept */
    double (*usual)[LOOP_SIGNS]; /* of each host; < 0: not known */
    double *sick_s;    /* of each host: shows a sign since; INFINITY: none */
    double *drained_s; /* of each host: it was to be emptied; -INFINITY */
    double *idle_s;    /* of each host: it is empty, and could be off if
                          nothing comes, since; INFINITY */
    double *awaits_s;  /* of each host: switched on for guests of a host that
                          needs more, none of which came yet; -INFINITY */
    struct loop_boots *boots; /* of each host */
    double short_s;           /* hosts are missing since; INFINITY: none are */
    struct loop_season season;
    double power_s;    /* hosts could be emptied since */
    double thought_s;  /* the last look at which that was asked */
    double no_room;    /* hosts over their CPU for which balance has found no
                        room, a mean over the last time */
    uint32_t no_rooms; /* at this look */
    struct loop_budget budget;

    /* the picture of this look */
    const struct loop_look *look;
    struct loop_sums *sum;
    uint32_t *at;          /* of each guest, planned moves included */
    uint32_t *head, *next; /* guests of a host, as the look saw them */
    uint32_t *on, ons;     /* the hosts that are on, woken ones included */
    uint32_t *order;       /* room to sort hosts or guests */
    uint32_t *late;        /* a sorted list that is being worked off */
    double *key;           /* what they are sorted by */
    struct loop_wish *wish;
    uint32_t wishes, wish_room;
    uint32_t bundles;
    uint32_t *ends; /* of each guest: the first end of its talks, in `end` */
    struct loop_end *end;
    uint32_t end_room;
    uint8_t *seen_to; /* of each guest: the wish of one that it talks with */
    bool oom;
};

/* loop_past.c: mean and deviation of what was seen; a guest whose mean is NaN
 * has no past */
void past_look(struct loops *l, const struct loop_look *look);
/* The probability that the demand of the host exceeds its cpu, as it is planned;
 * with one guest more; with one less. */
double past_risk(const struct loops *l, uint32_t h);
double past_risk_with(const struct loops *l, uint32_t h, uint32_t g);
double past_risk_without(const struct loops *l, uint32_t h, uint32_t g);
/* What a violation that is a risk yet costs, for each hour. */
double past_risk_wh(const struct loops *l);

/* loop_day.c: what guests want over a day, if the look knows that (by_day) */
double day_distance(double percentile); /* in deviations of a normal load */
void day_look(struct loops *l, const struct loop_look *look);
void day_count(const struct loops *l, struct loop_usual *to, uint32_t g,
               int sign);
/* The percentile of the host's demand, with one guest more (sign 1) or less (-1);
 * g LOOP_NONE: as it is planned. */
double day_busy(const struct loops *l, uint32_t h, uint32_t g, int sign);
/* The percentile of guests that day_count() has added. */
double day_busy_of(const struct loop_usual *u);
/* The probability that its demand exceeds its cpu at a moment of a day. */
double day_risk(const struct loops *l, uint32_t h, uint32_t g, int sign);
/* Has the host room for the guest on such a day? true where none is known. */
bool day_fits(const struct loops *l, uint32_t g, uint32_t h);
/* How much of the day is known, or remembered, of the guest of which the least is,
 * and of how many it is not all. */
double day_known(const struct loops *l, uint32_t h, uint32_t *young);

/* loop_picture.c: hosts as they will be */
void picture_take(struct loops *l, const struct loop_look *look);
/* What the guest would use on that host. */
double picture_demand(const struct loops *l, uint32_t g, uint32_t h);
/* May it go there: memory, CPU now, and not back. */
bool picture_fits(const struct loops *l, uint32_t g, uint32_t h);
bool picture_movable(const struct loops *l, uint32_t g);
void picture_move(struct loops *l, uint32_t g, uint32_t to);
double picture_watts(const struct loops *l, uint32_t h);
/* Fills order with hosts or guests, the least key first; ties by number. */
void picture_sort(struct loops *l, uint32_t n);

/* loop_arbiter.c: wishes, granted or not. A loop opens a bundle, adds moves to
 * it (and so to the picture), and closes it or takes it back. */
uint32_t arbiter_open(struct loops *l);
void arbiter_add(struct loops *l, enum loop_kind kind, uint32_t g,
                 uint32_t to);
/* More or less memory for a guest, where the picture has it. */
void arbiter_resize(struct loops *l, uint32_t g, int64_t mib);
/* A host is to be emptied: a bundle of its own. true: it is granted. */
bool arbiter_drain(struct loops *l, const struct loop_wish *like,
                   enum loop_refusal refusal);
/* A host is to be switched; likewise. */
bool arbiter_switch(struct loops *l, const struct loop_wish *like,
                    bool seen_twice);
/* Guests that are elsewhere than at the look before, at since_s, and were not
 * granted a move then: somebody else, or the drain of a host, has moved them. */
void arbiter_seen(struct loops *l, const struct loop_look *look,
                  double since_s);
/* Takes back the moves from that wish on. */
void arbiter_undo(struct loops *l, uint32_t first);
/* The price of the moves from that wish on. */
double arbiter_price(const struct loops *l, uint32_t first);
/* Of the move of one guest: to anywhere, and to that host. */
double arbiter_price_of(const struct loops *l, uint32_t g);
double arbiter_price_to(const struct loops *l, uint32_t g, uint32_t to);
/*
 * Grants the moves from that wish on, or tells why not in one wish. `like` has
 * what all of them share: kind, benefit, price and the numbers of the reason.
 * What is not granted is taken out of the picture.
 */
bool arbiter_close(struct loops *l, uint32_t first,
                   const struct loop_wish *like, bool seen_twice);
/* A wish for which no move was found. */
void arbiter_no_room(struct loops *l, const struct loop_wish *like);

/* loop_boot.c: how long a host takes from off to taking guests, the longest of its
 * last boots, or what its settings say while none was seen */
void loop_boots_init(struct loop_boots *b);
/* dt: seconds since the look before. */
void boot_look(struct loops *l, double dt);
double boot_expected(const struct loops *l, uint32_t h);

/* loop_budget.c: moves and GiB of the last hour */
void budget_pass(struct loop_budget *b, double now_s);
/* Of what an hour has, for a loop of that kind. */
bool budget_affords(const struct loops *l, enum loop_kind kind, uint32_t moves,
                    double gib);
void budget_spend(struct loops *l, uint32_t moves, double gib);
/* What this look has spent, and was not used. */
void budget_return(struct loops *l, uint32_t moves, double gib);

/* loop_spare.c: do hosts have room for as many as may fail, in the picture?
 * Uses order and key. */
bool spare_left(struct loops *l);
/* Of all hosts that are on, empty ones as well, without that one. */
bool spare_left_without(struct loops *l, uint32_t host);

/* loop_noise.c: a guest is not moved after all */
void noise_not_moved(struct loops *l, uint32_t guest);
/* The part of its time that it waits for others; 0 too where its own cap holds it
 * back, or nobody knows. The look has steal. */
double noise_steal(const struct loops *l, uint32_t g);

/* the loops; dt: seconds since the last look. Pasts are learnt whether the loop
 * is on or not: when it is, it knows them. */
void health_past(struct loops *l, double dt);
void health_wish(struct loops *l);
/* Why health wants a host empty: loop_reason()'s first half. */
int health_reason(const struct loop_wish *w, const char *from, char *buf,
                  size_t size);
void memory_past(struct loops *l, double dt);
void memory_wish(struct loops *l);
/* Of all figures the nearest to a sign, and a sentence on it. */
struct loop_seen health_seen(const struct loops *l);
void health_seen_text(const struct loop_seen *s, const char *host, char *buf,
                      size_t size);
/* More for it, which the last look granted, was not given: it lacks it still. */
void memory_not_given(struct loops *l, uint32_t g);
void noise_wish(struct loops *l);
void balance_wish(struct loops *l, double dt);
/* The demand that balance decides by, of the host as the look found it: without
 * what was granted since. */
double balance_found(const struct loops *l, uint32_t h);
/* loop_reason()'s first half. */
int balance_reason(const struct loop_wish *w, const char *from, char *buf,
                   size_t size);
void power_wish(struct loops *l);
void affinity_wish(struct loops *l);
/* loop_switch.c: what is wanted at this hour is remembered; hosts off and on */
void switch_past(struct loops *l);
void switch_wish(struct loops *l);
int switch_reason(const struct loop_wish *w, const char *host, char *buf,
                  size_t size);
/* What is expected while a host could be off, and what those that are on take. */
void switch_seen(const struct loops *l, double *expected_r, double *room_r);
/* Hosts that have guests await none, nor do those that were not switched on in the end;
 * dt: since the look before. */
void repack_past(struct loops *l, double dt);
/* All guests of a host to one that needs less; true: they wait for one that
 * comes. */
bool repack_host(struct loops *l, uint32_t from, bool settled);
/* The host to switch on for guests from elsewhere, or LOOP_NONE. */
uint32_t power_spare(const struct loops *l);

#endif
