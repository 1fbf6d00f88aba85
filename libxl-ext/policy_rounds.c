/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the rounds of a pre-copy have shown: the rate that the link carries,
 * the rate at which the guest dirties its memory, and whether rounds still
 * gain.
 *
 * A round sends what was dirty when it began and leaves what was dirtied
 * meanwhile. For a steady guest the rest shrinks by the factor
 * (dirty rate / rate carried) a round, until it is the set of pages that the
 * guest keeps busy and no round gains any more.
 */
#include "libxl-ext/policy_impl.h"

#include <math.h>

enum {
    STALLED_ROUNDS = 3, /* patience, in rounds that gain nothing */
    RATE_PAGES = 512,   /* fewer say more of buffers than of the link */
    COST_ROUNDS = 3,   /* whose worst pages the next are reckoned to be like */
    COST_PAGES = 16,   /* fewer say nothing of the next */
    LITTLE_ROUNDS = 3, /* that must have gained little */
};
/* A burst may fill a few short rounds: patience in seconds, too, as long as
 * the rounds are short enough for it to be cheap. */
static const double stalled_s = 3.0;
/* The last rounds are of one kind if the most that one left is no more than
 * this many times the least; else bursts come and go. */
static const double alike = 1.7;
/* How long they must have taken: a burst may fill a few that are short. */
static const double little_s = 1.2;

static unsigned rounds_kept(const struct xlx_history *h)
{
    return h->rounds < XLX_KEEP_ROUNDS ? h->rounds : XLX_KEEP_ROUNDS;
}

static const struct xlx_kept *rounds_ago(const struct xlx_history *h,
                                         unsigned n)
{
    return &h->last[(h->rounds - 1 - n) % XLX_KEEP_ROUNDS];
}

/* The first pass counts only while there is no other: it sends what does not
 * come again, and nothing of it as a change. */
double xlx_rounds_page_bytes(const struct xlx_history *h)
{
    double worst = 0;

    for (unsigned i = 0; i < rounds_kept(h) && i < COST_ROUNDS; i++) {
        const struct xlx_carried *s = &rounds_ago(h, i)->sum;

        if (s->pages < COST_PAGES || (i + 1 == h->rounds && worst > 0))
            continue;
        worst = fmax(worst, (double)s->bytes / (double)s->pages);
    }
    return worst > 0 ? worst : PAGE_WIRE;
}

double xlx_rounds_carried(const struct xlx_policy *p,
                          const struct xlx_history *h)
{
    double bytes = 0, us = 0, pages = 0, busy = 0;
    double each = xlx_rounds_page_bytes(h), rate;

    for (unsigned i = 0; i < rounds_kept(h); i++) {
        const struct xlx_kept *k = rounds_ago(h, i);

        bytes += (double)k->bytes;
        us += (double)k->us;
        pages += (double)k->sum.pages;
        busy += (double)k->sum.busy_us;
        if (bytes >= RATE_PAGES * each && us >= 500000)
            break;
    }
    if (bytes < FEW_PAGES * each || us <= 0)
        return (double)p->bandwidth / each;
    rate = bytes / each * 1e6 / us;
    if (pages >= FEW_PAGES && busy > 0) /* the codec's own pace */
        rate = fmin(rate, pages * 1e6 / busy);
    return rate;
}

bool xlx_rounds_dirtying(const struct xlx_history *h, struct xlx_outlook *out)
{
    uint64_t shortest = UINT64_MAX;

    for (unsigned i = 0; i < rounds_kept(h) && i < 4; i++) {
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

/*
 * Notes what a round left behind. It gained if that is less than ever before.
 * On the way down from a burst it is at least less than before. That is no
 * stall, but it does not make up for one either, or a guest that goes up and
 * down would never end.
 */
static void rounds_note_dirty(struct xlx_history *h, unsigned at,
                              int64_t dirty)
{
    int64_t before =
        h->last[(at + XLX_KEEP_ROUNDS - 1) % XLX_KEEP_ROUNDS].dirty;

    h->last[at].dirty = dirty;
    if (dirty < 0)
        return;
    if ((double)dirty < ROUND_GAIN * (double)h->gains.best || h->rounds <= 2) {
        h->gains.stalled = 0;
    } else if ((double)dirty >= ROUND_GAIN * (double)before &&
               !h->gains.stalled++) {
        h->gains.stalled_us = h->round_us;
    }
    if ((uint64_t)dirty < h->gains.best)
        h->gains.best = (uint64_t)dirty;
}

void xlx_rounds_before(struct xlx_history *h, const struct xlx_round *r)
{
    uint64_t pages = r->dirty > 0 ? (uint64_t)r->dirty : 0;
    unsigned at = (h->rounds - 1) % XLX_KEEP_ROUNDS;

    if (!h->start_us)
        h->start_us = r->now_us;
    /* Not counted after the last round: what it left is what is sent now. */
    if (h->rounds && h->last[at].dirty < 0)
        rounds_note_dirty(h, at, r->dirty);
    /* The first pass walks p2m_size; only the guest's own pages have data. */
    if (!h->rounds && h->guest_pages && pages > h->guest_pages)
        pages = h->guest_pages;
    h->sending = pages;
    h->round_us = r->now_us;
    h->inflight0 = r->inflight;
    h->sum0 = r->sum;
}

uint64_t xlx_rounds_whole(double x)
{
    return x < 0x1p63 ? x > 0 ? (uint64_t)x : 0 : UINT64_MAX >> 1;
}

/* What the codec has carried in this round. */
static struct xlx_carried rounds_carried_now(const struct xlx_history *h,
                                             const struct xlx_round *r)
{
    return (struct xlx_carried){ r->sum.bytes - h->sum0.bytes,
                                 r->sum.pages - h->sum0.pages,
                                 r->sum.busy_us - h->sum0.busy_us,
                                 r->sum.left - h->sum0.left };
}

/* A round is over when its bytes have arrived: asked again after a wait, the
 * newest numbers are the round's. */
void xlx_rounds_after(struct xlx_history *h, const struct xlx_round *r,
                      bool again)
{
    struct xlx_carried now = rounds_carried_now(h, r);
    double bytes =
        r->sum.bytes ? (double)now.bytes : (double)h->sending * PAGE_WIRE;
    struct xlx_kept *k;

    if (again && r->dirty < 0)
        return;
    if (again) {
        h->gains = h->gains0;
    } else {
        h->gains0 = h->gains;
        h->rounds++;
    }
    k = &h->last[(h->rounds - 1) % XLX_KEEP_ROUNDS];
    /* what was carried, not what was put into buffers */
    k->bytes =
        xlx_rounds_whole(bytes + (double)h->inflight0 - (double)r->inflight);
    k->us = r->now_us > h->round_us ? r->now_us - h->round_us : 1;
    k->sum = now;
    rounds_note_dirty(h, (h->rounds - 1) % XLX_KEEP_ROUNDS, r->dirty);
}

static int64_t rounds_left_by(const struct xlx_history *h, unsigned rounds_ago)
{
    return h->last[(h->rounds - 1 - rounds_ago) % XLX_KEEP_ROUNDS].dirty;
}

bool xlx_rounds_stalled(const struct xlx_history *h, const struct xlx_round *r)
{
    double s = (double)(r->now_us - h->gains.stalled_us) / 1e6;

    if (h->gains.stalled < STALLED_ROUNDS)
        return false;
    /* a burst has just ended: this is the worst moment to give up */
    if (h->rounds > 1 && rounds_left_by(h, 0) >= 0 &&
        (double)rounds_left_by(h, 0) <
            ROUND_HALVES * (double)rounds_left_by(h, 1))
        return false;
    return s >= stalled_s;
}

/* The most and the least that the last rounds left, and how long they took.
 * The first round is of another length and does not count. False: there are
 * too few of them, or one was not counted. */
static bool rounds_last(const struct xlx_history *h, double *most,
                        double *least, double *s)
{
    *most = *s = 0;
    *least = INFINITY;
    if (h->rounds < LITTLE_ROUNDS + 2)
        return false;
    for (unsigned i = 0; i <= LITTLE_ROUNDS; i++) {
        if (rounds_left_by(h, i) < 0)
            return false;
        *most = fmax(*most, (double)rounds_left_by(h, i));
        *least = fmin(*least, (double)rounds_left_by(h, i));
        if (i < LITTLE_ROUNDS)
            *s += (double)h->last[(h->rounds - 1 - i) % XLX_KEEP_ROUNDS].us /
                  1e6;
    }
    return true;
}

bool xlx_rounds_burst(const struct xlx_history *h)
{
    double most, least, s;

    return rounds_last(h, &most, &least, &s) && most > alike * least;
}

bool xlx_rounds_gain_little(const struct xlx_history *h)
{
    double most, least, s, left;

    if (!rounds_last(h, &most, &least, &s) || most > alike * least)
        return false;
    left = (double)rounds_left_by(h, 0);
    return s >= little_s && left <= (double)h->gains.best / ROUND_GAIN &&
           left >= pow(ROUND_GAIN, LITTLE_ROUNDS) *
                       (double)rounds_left_by(h, LITTLE_ROUNDS);
}
