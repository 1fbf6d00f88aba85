/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The pre-copy policy. A round sends what was dirty when it began and leaves
 * what was dirtied meanwhile, so for a steady guest the rest shrinks by the
 * factor (dirtying rate / rate carried) a round until it fits the target, or
 * until it is the writable working set and no round gains any more.
 */
#include "libxl-ext/policy.h"

#include <math.h>

enum {
    PAGE = 4096,
    PAGE_WIRE = 4096 + 8, /* PAGE_DATA: a pfn and the page */
    DEFAULT_ROUNDS = 30,
    FEW_PAGES = 50,     /* libxc's own "nothing left" */
    STALLED_ROUNDS = 3, /* patience, in rounds that gain nothing */
    RATE_PAGES = 512,   /* fewer say more of buffers than of the link */
    STOCK_ROUNDS = 5,   /* libxc's own rule */
    BUDGET_PCT = 20,
    LITTLE_ROUNDS = 3, /* that must have gained little */
};
/* A round gains if it leaves less than this part of the best so far. */
static const double gain = 0.9;
/* A burst may fill a few short rounds: patience in seconds, too, as long as
 * the rounds are short enough for it to be cheap. */
static const double stalled_s = 3.0;
/* Within the target a round is added only if it should halve what is left,
 * costs less than this part of what the move took so far, and there is more
 * left than anyone would notice. */
static const double halves = 0.5, cheap = 0.05, noticed_ms = 50;

/* The last rounds are of one kind if the most that one left is no more than
 * this many times the least: else bursts come and go. */
static const double alike = 1.7;
/* How long they must have taken: a burst may fill a few that are short. */
static const double little_s = 1.2;
/* At the end of its budget a guest is in a burst if there is this many times
 * more left than there was at best, and may have this much more time. */
static const double burst = 1.5, grace = 2;

/* The next round begins when no more than this part of the target is still on
 * its way: enough that the link is never idle. */
static const double queue = 0.25;

void xlx_policy_init(struct xlx_policy *p)
{
    *p = (struct xlx_policy){
        .downtime_ms = 300,
        .max_rounds = DEFAULT_ROUNDS,
        .on_limit = XLX_STOP,
        .budget_pct = BUDGET_PCT,
    };
}

void xlx_history_init(struct xlx_history *h, uint64_t guest_pages)
{
    *h = (struct xlx_history){ .guest_pages = guest_pages,
                               .gains.best = UINT64_MAX };
}

double xlx_dirty_after(double rate, double set, double t)
{
    if (rate <= 0 || set <= 0 || t <= 0)
        return 0;
    return set * -expm1(-rate * t / set);
}

static unsigned kept(const struct xlx_history *h)
{
    return h->rounds < XLX_KEEP_ROUNDS ? h->rounds : XLX_KEEP_ROUNDS;
}

/* Pages/s over the newest rounds that are long enough to mean something. */
static double carried(const struct xlx_policy *p, const struct xlx_history *h)
{
    uint64_t pages = 0, us = 0;

    for (unsigned i = 0; i < kept(h); i++) {
        unsigned at = (h->rounds - 1 - i) % XLX_KEEP_ROUNDS;

        pages += h->last[at].pages;
        us += h->last[at].us;
        if (pages >= RATE_PAGES && us >= 500000)
            break;
    }
    if (pages >= FEW_PAGES && us)
        return (double)pages * 1e6 / (double)us;
    return (double)p->bandwidth / PAGE_WIRE;
}

/* False: no round of late was counted. */
static bool dirtying(const struct xlx_history *h, struct xlx_outlook *out)
{
    uint64_t shortest = UINT64_MAX;

    for (unsigned i = 0; i < kept(h) && i < 4; i++) {
        unsigned at = (h->rounds - 1 - i) % XLX_KEEP_ROUNDS;

        if (h->last[at].dirty < 0 || !h->last[at].us)
            continue;
        if ((uint64_t)h->last[at].dirty > out->dirty_set)
            out->dirty_set = (uint64_t)h->last[at].dirty;
        if (h->last[at].us < shortest) {
            shortest = h->last[at].us;
            out->dirty_rate =
                (double)h->last[at].dirty * 1e6 / (double)h->last[at].us;
        }
    }
    return shortest != UINT64_MAX;
}

/* Pages dirty now; when they could not be counted, what the last rounds make
 * likely, or -1. */
static double dirty_now(const struct xlx_history *h, const struct xlx_round *r,
                        const struct xlx_outlook *out, bool counted)
{
    double s = (double)(r->now_us - h->round_us) / 1e6;

    if (r->dirty >= 0)
        return (double)r->dirty;
    if (!counted)
        return -1;
    return fmin(out->dirty_rate * s, (double)out->dirty_set);
}

/* The rest after n more rounds, and how long they take, until it fits. */
static void foresee(const struct xlx_policy *p, double left,
                    struct xlx_outlook *out)
{
    double t = 0, fits = p->downtime_ms / 1e3 * out->rate;
    double set = (double)out->dirty_set;

    out->next_ms = -1;
    out->eta_s = -1;
    if (out->rate <= 0 || left < 0)
        return;
    if (left <= fits) {
        out->eta_s = 0;
        out->next_ms =
            xlx_dirty_after(out->dirty_rate, set, left / out->rate) /
            out->rate * 1e3;
        return;
    }
    for (int i = 0; i < 64; i++) {
        double round = left / out->rate;
        double next = xlx_dirty_after(out->dirty_rate, set, round);

        t += round;
        if (!i)
            out->next_ms = next / out->rate * 1e3;
        if (next <= fits) {
            out->eta_s = t;
            return;
        }
        if (next > left * gain)
            return;
        left = next;
    }
}

/*
 * What a round left behind. It gained if that is less than ever before. On the
 * way down from a burst it is at least less than before: that is no stall, but
 * it does not make up for one either, or a guest that goes up and down would
 * never end.
 */
static void note_dirty(struct xlx_history *h, unsigned at, int64_t dirty)
{
    int64_t before =
        h->last[(at + XLX_KEEP_ROUNDS - 1) % XLX_KEEP_ROUNDS].dirty;

    h->last[at].dirty = dirty;
    if (dirty < 0)
        return;
    if ((double)dirty < gain * (double)h->gains.best || h->rounds <= 2) {
        h->gains.stalled = 0;
    } else if ((double)dirty >= gain * (double)before && !h->gains.stalled++) {
        h->gains.stalled_us = h->round_us;
    }
    if ((uint64_t)dirty < h->gains.best)
        h->gains.best = (uint64_t)dirty;
}

static void before_round(struct xlx_history *h, const struct xlx_round *r)
{
    uint64_t pages = r->dirty > 0 ? (uint64_t)r->dirty : 0;
    unsigned at = (h->rounds - 1) % XLX_KEEP_ROUNDS;

    if (!h->start_us)
        h->start_us = r->now_us;
    /* Not counted after the last round: what it left is what is sent now. */
    if (h->rounds && h->last[at].dirty < 0)
        note_dirty(h, at, r->dirty);
    /* The first pass walks p2m_size; only the guest's own pages have data. */
    if (!h->rounds && h->guest_pages && pages > h->guest_pages)
        pages = h->guest_pages;
    h->sending = pages;
    h->round_us = r->now_us;
    h->inflight0 = r->inflight;
}

/* A round is over when its bytes have arrived: asked again after a wait, the
 * newest numbers are the round's. */
static void after_round(struct xlx_history *h, const struct xlx_round *r,
                        bool again)
{
    uint64_t us = r->now_us > h->round_us ? r->now_us - h->round_us : 1;
    /* what was carried, not what was put into buffers */
    double pages = (double)h->sending +
                   ((double)h->inflight0 - (double)r->inflight) / PAGE_WIRE;
    unsigned at;

    if (again && r->dirty < 0)
        return;
    if (again) {
        h->gains = h->gains0;
    } else {
        h->gains0 = h->gains;
        h->rounds++;
    }
    at = (h->rounds - 1) % XLX_KEEP_ROUNDS;
    h->last[at].pages = pages > 0 ? (uint64_t)pages : 0;
    h->last[at].us = us;
    note_dirty(h, at, r->dirty);
}

/*
 * Is one round more worth it although the target is met? The guest waits
 * where others only take longer: a round of 0.2 s that makes a pause of 0.2 s
 * one of 0.06 s is a good trade. libxc's own rule, five rounds always, gets
 * that for guests that dirty little, and ours must not be the worse of the
 * two for them.
 */
static bool polish(const struct xlx_outlook *o, double left, double elapsed)
{
    double left_ms = o->rate > 0 ? left / o->rate * 1e3 : 0;

    return left_ms > noticed_ms && left_ms / 1e3 <= cheap * elapsed &&
           o->next_ms >= 0 && o->next_ms <= halves * left_ms;
}

static int64_t left_by(const struct xlx_history *h, unsigned rounds_ago)
{
    return h->last[(h->rounds - 1 - rounds_ago) % XLX_KEEP_ROUNDS].dirty;
}

static bool stalled(const struct xlx_history *h, const struct xlx_round *r)
{
    double s = (double)(r->now_us - h->gains.stalled_us) / 1e6;

    if (h->gains.stalled < STALLED_ROUNDS)
        return false;
    /* a burst has just ended: this is the worst moment to give up */
    if (h->rounds > 1 && left_by(h, 0) >= 0 &&
        (double)left_by(h, 0) < halves * (double)left_by(h, 1))
        return false;
    return s >= stalled_s;
}

/* The most and the least that the last rounds left, and how long they took;
 * false: too few of them, or not counted. Not the first, which is of another
 * length. */
static bool last_rounds(const struct xlx_history *h, double *most,
                        double *least, double *s)
{
    *most = *s = 0;
    *least = INFINITY;
    if (h->rounds < LITTLE_ROUNDS + 2)
        return false;
    for (unsigned i = 0; i <= LITTLE_ROUNDS; i++) {
        if (left_by(h, i) < 0)
            return false;
        *most = fmax(*most, (double)left_by(h, i));
        *least = fmin(*least, (double)left_by(h, i));
        if (i < LITTLE_ROUNDS)
            *s += (double)h->last[(h->rounds - 1 - i) % XLX_KEEP_ROUNDS].us /
                  1e6;
    }
    return true;
}

static bool bursts(const struct xlx_history *h)
{
    double most, least, s;

    return last_rounds(h, &most, &least, &s) && most > alike * least;
}

/* Have the last rounds, taken together, gained less than a tenth each, and is
 * this no worse a moment than others? */
static bool gains_little(const struct xlx_history *h)
{
    double most, least, s, left;

    if (!last_rounds(h, &most, &least, &s) || most > alike * least)
        return false;
    left = (double)left_by(h, 0);
    return s >= little_s && left <= (double)h->gains.best / gain &&
           left >=
               pow(gain, LITTLE_ROUNDS) * (double)left_by(h, LITTLE_ROUNDS);
}

/* Would another round, and the pause after it, end beyond the budget? */
static bool over_budget(const struct xlx_policy *p,
                        const struct xlx_history *h,
                        const struct xlx_outlook *o, double left,
                        double elapsed)
{
    double stock = (double)h->stock_us / 1e6;
    double more = p->budget_pct / 100.0;
    double end;

    if (!h->stock_us || o->rate <= 0)
        return false;
    end = elapsed + left / o->rate + fmax(o->next_ms, 0) / 1e3;
    if (left > burst * (double)h->gains.best)
        more *= grace;
    return end > stock * (1 + more);
}

enum xlx_verdict xlx_policy_decide(const struct xlx_policy *p,
                                   struct xlx_history *h,
                                   const struct xlx_round *r,
                                   struct xlx_outlook *out)
{
    unsigned max = p->max_rounds ? p->max_rounds : DEFAULT_ROUNDS;
    double left, fits, elapsed;
    bool again = r->after && r->iteration == h->rounds && h->rounds;
    bool counted, thrifty;

    *out = (struct xlx_outlook){
        .why = XLX_WHY_GAIN, .pause_ms = -1, .next_ms = -1, .eta_s = -1
    };
    if (!r->after) {
        before_round(h, r);
        if (!h->rounds) {
            out->why = XLX_WHY_FIRST;
            return XLX_CONTINUE;
        }
    } else {
        after_round(h, r, again);
    }
    out->rate = carried(p, h);
    counted = dirtying(h, out);
    elapsed = (double)(r->now_us - h->start_us) / 1e6;
    left = dirty_now(h, r, out, counted);
    if (out->rate > 0 && left >= 0)
        out->pause_ms =
            (left + (double)r->inflight / PAGE_WIRE) / out->rate * 1e3;
    foresee(p, left, out);
    if (!r->after)
        return XLX_CONTINUE; /* see the head of policy.h */
    if (h->rounds == STOCK_ROUNDS && !again && out->pause_ms >= 0)
        h->stock_us = (uint64_t)((elapsed + out->pause_ms / 1e3) * 1e6);

    fits = out->rate > 0 ? p->downtime_ms / 1e3 * out->rate : FEW_PAGES;
    if (left >= 0 && (left < FEW_PAGES ||
                      (out->rate > 0 && out->pause_ms <= p->downtime_ms))) {
        out->eta_s = 0;
        if (h->rounds < max && polish(out, left, elapsed) &&
            !(p->max_seconds &&
              elapsed + out->pause_ms / 1e3 > p->max_seconds))
            return XLX_CONTINUE;
        out->why = XLX_WHY_TARGET;
        return XLX_STOP;
    }
    if (p->max_seconds && elapsed >= p->max_seconds) {
        out->why = XLX_WHY_DEADLINE;
        return p->on_limit;
    }
    if (h->rounds >= max) {
        out->why = XLX_WHY_ROUNDS;
        return p->on_limit;
    }
    if (left < 0)
        return XLX_CONTINUE; /* the next round begins with a count */
    /* A round is over when its bytes have arrived: one that begins behind a
     * queue sends pages sooner than they can go, to be dirtied again. */
    if ((double)r->inflight / PAGE_WIRE > fits * queue) {
        out->why = XLX_WHY_DRAIN;
        return XLX_WAIT;
    }
    thrifty = p->budget_pct && p->on_limit == XLX_STOP;
    if (stalled(h, r) && !(thrifty && bursts(h))) {
        out->why = XLX_WHY_STALLED;
        return p->on_limit;
    }
    if (thrifty) {
        out->why = XLX_WHY_LITTLE;
        if (gains_little(h))
            return XLX_STOP;
        out->why = XLX_WHY_BUDGET;
        if (over_budget(p, h, out, left, elapsed))
            return XLX_STOP;
        out->why = XLX_WHY_GAIN;
    }
    if (p->max_seconds && out->rate > 0 &&
        elapsed + left / out->rate > p->max_seconds) {
        out->why = XLX_WHY_DEADLINE; /* no round would end before it */
        return p->on_limit;
    }
    return XLX_CONTINUE;
}
