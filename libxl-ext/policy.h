/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * When to stop pre-copying. Pure: no Xen, no clock; the helper brings the
 * numbers. The seam between planning and moving: a policy is plain data, and
 * travels as text in the environment of the move's own process.
 *
 * libxc asks twice a round (xc_domain_save, send_memory_live): before a round
 * with the pages that it will send, and after it, when a stop goes straight
 * to the suspend. Only the second is a moment to stop at: a stop before a
 * round sends that round live first, which continuing does as well. There the
 * helper has counted the dirty pages with a log-dirty PEEK, so the pause that
 * a stop would cost is a measurement, not a guess:
 *
 *     pause = (bytes in flight + dirty pages) / rate really carried
 *
 * All is reckoned in pages, at the bytes that a page takes on the wire: 4104 in
 * libxc's stream. With a codec it is what the pages of the worst of the last
 * rounds took, zero pages not counted, and no faster than the codec is.
 *
 * It stops when that is within the target, but for a round that is cheap and
 * should halve it again; and when rounds have stopped gaining. Where the pages
 * can't be counted, the last rounds' curve stands in for them.
 *
 * A guest that keeps some pages busy whatever the round's length has a pause
 * that no number of rounds gets below: (those pages / rate carried) over (1 -
 * dirtying rate / rate carried). Rounds come close to it by ever smaller
 * steps. So, unless the target was asked for, a move is thrifty: it stops when
 * the last rounds gained less than a tenth each, and at the latest when it has
 * taken a fifth more time than libxc's own five rounds would have taken; for a
 * guest that is just in a burst, a little later.
 *
 * With max_pause_ms it never stops while the pause would be longer than that:
 * where a limit would make it stop, it gives up. What comes after the suspend
 * is not foreseen but watched (send_pause.c).
 *
 * With throttle a guest that dirties its memory too fast is slowed down, by a
 * step for each round that leaves more than half of what it sent. No such move
 * is thrifty, and rounds that stopped gaining do not end it before the guest
 * is as slow as it gets.
 */
#ifndef XLX_POLICY_H
#define XLX_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum xlx_verdict {
    XLX_CONTINUE, /* send another round */
    XLX_STOP,     /* suspend and copy the rest */
    XLX_ABORT,    /* give up; the guest runs on at the source */
    XLX_WAIT,     /* after a round: let what is in flight arrive, count the
                     dirty pages, ask again. Going on is allowed as well */
};

/* Why, for people and for tests. */
enum xlx_reason {
    XLX_WHY_FIRST,    /* the first pass must go over in any case */
    XLX_WHY_TARGET,   /* stop: the pause is within the target */
    XLX_WHY_GAIN,     /* continue: another round shortens the pause */
    XLX_WHY_STALLED,  /* limit: rounds have stopped gaining */
    XLX_WHY_ROUNDS,   /* limit: max_rounds */
    XLX_WHY_DEADLINE, /* limit: max_seconds */
    XLX_WHY_CUTOVER,  /* stop: asked for */
    XLX_WHY_HOLD,     /* continue: asked to stay warm */
    XLX_WHY_ABORT,    /* abort: asked for */
    XLX_WHY_DRAIN,    /* wait: too much is still in flight */
    XLX_WHY_LITTLE,   /* stop: rounds gain too little to be worth it */
    XLX_WHY_BUDGET,   /* stop: budget_pct */
    XLX_WHY_PAUSE,    /* abort: max_pause_ms */
    XLX_WHY_FEW,      /* stop: min_remaining */
    XLX_WHY_LAST = XLX_WHY_FEW
};

struct xlx_policy {
    uint64_t bandwidth;        /* bytes/s granted to this move, 0: unknown */
    unsigned downtime_ms;      /* stop once the rest fits in this */
    unsigned max_rounds;       /* 0: 30 */
    unsigned max_seconds;      /* for all of the pre-copy; 0: no deadline */
    enum xlx_verdict on_limit; /* XLX_STOP or XLX_ABORT */
    unsigned budget_pct;       /* time over that of libxc's own rule; 0: the
                                  target counts, whatever it takes. With
                                  XLX_ABORT it is not looked at */
    unsigned max_pause_ms;     /* it gives up rather than suspend the guest for
                                  longer; 0: for as long as it takes */
    unsigned overhead_ms;      /* of each pause, beside what is copied in it */
    unsigned throttle;         /* 1: slow the guest down while rounds do not
                                  gain; 0: do not */
    unsigned min_remaining;    /* stop once so few pages are dirty, in place of
                                  downtime_ms; 0: not asked for */
    unsigned leave_out;        /* 1: pages that are dirty again before their
                                  turn are left out of a round (this is the
                                  helper's business); 0: they are not */
};

/* What the codec has carried since the start, where there is one. */
struct xlx_carried {
    uint64_t bytes;   /* written to the stream; 0: there is no codec */
    uint64_t pages;   /* whose bytes they are: zero pages have none */
    uint64_t busy_us; /* without the time that it waited for the link */
    uint64_t left;    /* pages that were left out of rounds */
};

/* What libxc and the helper know at one call. */
struct xlx_round {
    unsigned iteration; /* rounds sent so far */
    int64_t dirty;      /* pages: before a round those it will send, after it
                           those dirtied meanwhile; -1: unknown */
    bool after;         /* the call after a round */
    uint64_t now_us;    /* monotonic */
    uint64_t inflight;  /* bytes written but not yet at the target */
    struct xlx_carried sum;
};

enum { XLX_KEEP_ROUNDS = 8 };

/* What the rounds so far have shown. Zeroed but for guest_pages. */
struct xlx_history {
    uint64_t guest_pages;        /* pages that have data: the first pass */
    uint64_t start_us, round_us; /* the first call; this round's start */
    uint64_t sending;            /* pages of this round */
    uint64_t inflight0;          /* in flight at this round's start */
    struct xlx_carried sum0;     /* carried until then */
    unsigned rounds;             /* rounds that are complete */
    struct xlx_gains {
        unsigned stalled;    /* rounds in a row that gained nothing */
        uint64_t best;       /* fewest dirty pages seen after a round */
        uint64_t stalled_us; /* when the stall began */
    } gains, gains0;         /* now, and before the newest round */
    uint64_t stock_us;       /* what libxc's own rule would have taken */
    unsigned throttle;       /* percent of its CPU use that the guest is left;
                                0: all */
    struct xlx_kept {
        uint64_t bytes, us; /* carried, and how long it took */
        int64_t dirty;      /* pages dirtied meanwhile */
        struct xlx_carried sum;
    } last[XLX_KEEP_ROUNDS]; /* ring, by rounds */
};

/* What follows from them. */
struct xlx_outlook {
    enum xlx_reason why;
    double rate;        /* pages/s carried; 0: unknown */
    double dirty_rate;  /* pages/s dirtied, over the shortest recent round */
    uint64_t dirty_set; /* pages: the most dirtied in a recent round */
    double pause_ms;    /* if it stopped now; < 0: unknown */
    double next_ms;     /* the pause after one more round; < 0: unknown */
    double eta_s;       /* until the target is met; < 0: it is not in sight */
    bool too_long;      /* the pause would be, by max_pause_ms */
    unsigned
        throttle; /* percent of its CPU use to leave the guest; 100: all */
};

void xlx_policy_init(struct xlx_policy *p);
/* `guest_pages`: of the domain, not of its p2m. */
void xlx_history_init(struct xlx_history *h, uint64_t guest_pages);

/*
 * The decision. Notes r in h. Before a round the answer is XLX_CONTINUE. After
 * one it may be asked again, with newer numbers, before the next begins.
 */
enum xlx_verdict xlx_policy_decide(const struct xlx_policy *p,
                                   struct xlx_history *h,
                                   const struct xlx_round *r,
                                   struct xlx_outlook *out);

/* Pages dirtied in t seconds by a guest that dirties `rate` pages/s at random
 * among `set` pages: set * (1 - exp(-rate * t / set)). */
double xlx_dirty_after(double rate, double set, double t);

const char *xlx_reason_text(enum xlx_reason r);
const char *xlx_verdict_name(enum xlx_verdict v);

/* "downtime_ms=300 max_rounds=30 ...": 0, or -ENOSPC / -EINVAL. A key that is
 * not known, twice or out of range is -EINVAL. */
int xlx_policy_format(const struct xlx_policy *p, char *buf, size_t len);
int xlx_policy_parse(struct xlx_policy *p, const char *s);

#endif
