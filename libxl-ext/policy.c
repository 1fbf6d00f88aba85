/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides when to stop pre-copying: a table of rules, in their order.
 */
#include "libxl-ext/policy_impl.h"

#include <math.h>

enum {
    DEFAULT_ROUNDS = 30,
    STOCK_ROUNDS = 5, /* libxc's own rule */
    BUDGET_PCT = 20,
};
/* Within the target a round is added only if it should halve what is left,
 * costs less than this part of what the move took so far, and there is more
 * left than anyone would notice. */
static const double cheap = 0.05, noticed_ms = 50;
/* At the end of its budget a guest is in a burst if there is this many times
 * more left than there was at best, and may have this much more time. */
static const double burst = 1.5, grace = 2;
/* A round that leaves more than this part of what it sent gains too little,
 * where the guest may be slowed down. */
static const double too_much = 0.5;
enum { THROTTLE_FIRST = 80, THROTTLE_STEP = 10, THROTTLE_LEAST = 10 };
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
        .leave_out = 1,
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

/* --- the outlook -------------------------------------------------------------- */

/* Pages dirty now. When they could not be counted, what the last rounds make
 * likely, or -1. */
static double policy_dirty_now(const struct xlx_history *h,
                               const struct xlx_round *r,
                               const struct xlx_outlook *out, bool counted)
{
    double s = (double)(r->now_us - h->round_us) / 1e6;

    if (r->dirty >= 0)
        return (double)r->dirty;
    if (!counted)
        return -1;
    return fmin(out->dirty_rate * s, (double)out->dirty_set);
}

/* What the copying of the rest may take, in ms: the target, or less where the
 * guest may not be paused for so long. */
static double policy_target_ms(const struct xlx_policy *p)
{
    double most = (double)p->max_pause_ms - (double)p->overhead_ms;

    if (!p->max_pause_ms || most >= p->downtime_ms)
        return p->downtime_ms;
    return fmax(most, 0);
}

/* The pages that may be left when it stops. */
static double policy_fitting(const struct xlx_policy *p, double rate)
{
    if (p->min_remaining)
        return p->min_remaining;
    return policy_target_ms(p) / 1e3 * rate;
}

/* Predicts what one more round would leave, and how long it takes until the
 * rest fits. */
static void policy_foresee(const struct xlx_policy *p, double left,
                           struct xlx_outlook *out)
{
    double t = 0, fits = policy_fitting(p, out->rate);
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
        if (next > left * ROUND_GAIN)
            return;
        left = next;
    }
}

/* --- the rules ------------------------------------------------------------------ */

/* One question to the rules: all that they look at. */
struct question {
    const struct xlx_policy *p;
    const struct xlx_history *h;
    const struct xlx_round *r;
    const struct xlx_outlook *out;
    unsigned max_rounds;
    double page_bytes; /* of a page on the wire */
    double left;       /* pages, < 0: unknown */
    double elapsed;    /* s */
};

static bool rule_fits(const struct question *q)
{
    return q->left >= 0 && !q->p->min_remaining &&
           (q->left < FEW_PAGES ||
            (q->out->rate > 0 && q->out->pause_ms <= policy_target_ms(q->p)));
}

static bool rule_few_enough(const struct question *q)
{
    return q->p->min_remaining && q->left >= 0 &&
           q->left <= q->p->min_remaining;
}

/*
 * Is one round more worth it although the target is met? The guest waits where
 * others only take longer: a round of 0.2 s that makes a pause of 0.2 s one of
 * 0.06 s is a good trade. libxc's own rule, five rounds always, gets that for
 * guests that dirty little, and ours must not be the worse of the two for
 * them.
 */
static bool rule_polish(const struct question *q)
{
    const struct xlx_outlook *o = q->out;
    double left_ms = o->rate > 0 ? q->left / o->rate * 1e3 : 0;

    if (!rule_fits(q) || q->h->rounds >= q->max_rounds ||
        (q->p->max_seconds &&
         q->elapsed + o->pause_ms / 1e3 > q->p->max_seconds))
        return false;
    return left_ms > noticed_ms && left_ms / 1e3 <= cheap * q->elapsed &&
           o->next_ms >= 0 && o->next_ms <= ROUND_HALVES * left_ms;
}

static bool rule_late(const struct question *q)
{
    return q->p->max_seconds && q->elapsed >= q->p->max_seconds;
}

static bool rule_all_rounds(const struct question *q)
{
    return q->h->rounds >= q->max_rounds;
}

/* The dirty pages were not counted: do a round, which begins with a count. */
static bool rule_uncounted(const struct question *q)
{
    return q->left < 0;
}

/* A round is over when its bytes have arrived: one that begins behind a queue
 * sends pages sooner than they can go, to be dirtied again. */
static bool rule_queued(const struct question *q)
{
    double rest = q->out->rate > 0
                      ? policy_target_ms(q->p) / 1e3 * q->out->rate
                      : FEW_PAGES;

    return (double)q->r->inflight / q->page_bytes > rest * queue;
}

/* Takes a longer pause rather than much more time. */
static bool policy_is_thrifty(const struct question *q)
{
    return q->p->budget_pct && q->p->on_limit == XLX_STOP && !q->p->throttle;
}

/* Can the guest be slowed down further? */
static bool policy_may_throttle(const struct question *q)
{
    return q->p->throttle && q->h->throttle != THROTTLE_LEAST;
}

static bool rule_stalled(const struct question *q)
{
    return xlx_rounds_stalled(q->h, q->r) && !policy_may_throttle(q) &&
           !(policy_is_thrifty(q) && xlx_rounds_burst(q->h));
}

static bool rule_gains_little(const struct question *q)
{
    return policy_is_thrifty(q) && xlx_rounds_gain_little(q->h);
}

/* Would another round, and the pause after it, end beyond the budget? */
static bool rule_over_budget(const struct question *q)
{
    double stock = (double)q->h->stock_us / 1e6;
    double more = q->p->budget_pct / 100.0;
    double end;

    if (!policy_is_thrifty(q) || !q->h->stock_us || q->out->rate <= 0)
        return false;
    end = q->elapsed + q->left / q->out->rate + fmax(q->out->next_ms, 0) / 1e3;
    if (q->left > burst * (double)q->h->gains.best)
        more *= grace;
    return end > stock * (1 + more);
}

/* Would no further round end before the deadline? */
static bool rule_will_be_late(const struct question *q)
{
    return q->p->max_seconds && q->out->rate > 0 &&
           q->elapsed + q->left / q->out->rate > q->p->max_seconds;
}

/* The first rule that applies decides. ON_LIMIT is the policy's on_limit. */
enum { ON_LIMIT = -1 };

static const struct rule {
    bool (*applies)(const struct question *q);
    int verdict;
    enum xlx_reason why;
} rules[] = {
    { rule_polish, XLX_CONTINUE, XLX_WHY_GAIN },
    { rule_fits, XLX_STOP, XLX_WHY_TARGET },
    { rule_few_enough, XLX_STOP, XLX_WHY_FEW },
    { rule_late, ON_LIMIT, XLX_WHY_DEADLINE },
    { rule_all_rounds, ON_LIMIT, XLX_WHY_ROUNDS },
    { rule_uncounted, XLX_CONTINUE, XLX_WHY_GAIN },
    { rule_queued, XLX_WAIT, XLX_WHY_DRAIN },
    { rule_stalled, ON_LIMIT, XLX_WHY_STALLED },
    { rule_gains_little, XLX_STOP, XLX_WHY_LITTLE },
    { rule_over_budget, XLX_STOP, XLX_WHY_BUDGET },
    { rule_will_be_late, ON_LIMIT, XLX_WHY_DEADLINE },
};

/* Would the guest be suspended for longer than it may? What nobody can tell is
 * too long, but for pages so few that they need no time. */
static bool policy_pauses_too_long(const struct question *q)
{
    double ms = q->out->pause_ms + q->p->overhead_ms;

    if (!q->p->max_pause_ms)
        return false;
    if (q->out->pause_ms < 0)
        return !(q->left >= 0 && q->left < FEW_PAGES);
    return ms > q->p->max_pause_ms;
}

/* Where the pause is too long, a stop that could wait does, and a limit ends
 * the move. */
static enum xlx_verdict policy_ask(const struct question *q,
                                   enum xlx_reason *why)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        bool limit = rules[i].verdict == ON_LIMIT;
        enum xlx_verdict v =
            limit ? q->p->on_limit : (enum xlx_verdict)rules[i].verdict;
        bool stops = v == XLX_STOP && q->out->too_long;

        if ((stops && !limit) || !rules[i].applies(q))
            continue;
        *why = stops ? XLX_WHY_PAUSE : rules[i].why;
        return stops ? XLX_ABORT : v;
    }
    *why = XLX_WHY_GAIN;
    return XLX_CONTINUE;
}

/* After a round: by how much the guest is slowed down from now on. */
static void policy_throttle(const struct question *q, struct xlx_history *h)
{
    if (!policy_may_throttle(q) || rule_fits(q) || rule_few_enough(q) ||
        q->left <= too_much * (double)h->sending)
        return;
    h->throttle = h->throttle ? h->throttle - THROTTLE_STEP : THROTTLE_FIRST;
    h->gains.stalled = h->gains0.stalled = 0; /* it is another guest now */
}

/* The seconds for which libxc would have sent the pages that were left out. */
static double policy_saved(const struct xlx_round *r,
                           const struct xlx_outlook *out)
{
    return out->rate > 0 ? (double)r->sum.left / out->rate : 0;
}

enum xlx_verdict xlx_policy_decide(const struct xlx_policy *p,
                                   struct xlx_history *h,
                                   const struct xlx_round *r,
                                   struct xlx_outlook *out)
{
    struct question q = { p, h, r, out, .max_rounds = p->max_rounds };
    bool again = r->after && r->iteration == h->rounds && h->rounds;
    bool counted;

    *out = (struct xlx_outlook){
        .why = XLX_WHY_GAIN,
        .pause_ms = -1,
        .next_ms = -1,
        .eta_s = -1,
        .throttle = h->throttle ? h->throttle : 100,
    };
    if (r->after)
        xlx_rounds_after(h, r, again);
    else
        xlx_rounds_before(h, r);
    if (!h->rounds) {
        out->why = XLX_WHY_FIRST;
        return XLX_CONTINUE;
    }
    if (!q.max_rounds)
        q.max_rounds = DEFAULT_ROUNDS;
    q.page_bytes = xlx_rounds_page_bytes(h);
    out->rate = xlx_rounds_carried(p, h);
    counted = xlx_rounds_dirtying(h, out);
    q.elapsed = (double)(r->now_us - h->start_us) / 1e6;
    q.left = policy_dirty_now(h, r, out, counted);
    if (out->rate > 0 && q.left >= 0)
        out->pause_ms =
            (q.left + (double)r->inflight / q.page_bytes) / out->rate * 1e3;
    policy_foresee(p, q.left, out);
    if (!r->after)
        return XLX_CONTINUE; /* see the head of policy.h */
    if (h->rounds == STOCK_ROUNDS && !again && out->pause_ms >= 0)
        h->stock_us = xlx_rounds_whole(
            (q.elapsed + out->pause_ms / 1e3 + policy_saved(r, out)) * 1e6);
    if (!again)
        policy_throttle(&q, h);
    out->throttle = h->throttle ? h->throttle : 100;
    if (rule_fits(&q) || rule_few_enough(&q))
        out->eta_s = 0;
    out->too_long = policy_pauses_too_long(&q);
    return policy_ask(&q, &out->why);
}
