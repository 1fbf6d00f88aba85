/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Chooses between no compression, lz4 and zstd, a window of frames at a time.
 *
 * Encoder and link work at the same time, so a byte costs what the slower of
 * the two needs. What a way of compressing costs the encoder, and what is left
 * of a byte, shows whenever it is used; what the link needs shows whenever it
 * is waited for, and where it is not, it needs no more than went through it. So
 * the costs of all ways that were ever tried are known at any rate of the link.
 *
 * Ways that were not tried, or a while ago, are tried for a window where they
 * could be better: a stronger one where the link is waited for, a weaker one
 * where it waits for us. A trial in vain makes the next one wait for twice as
 * long.
 */
#include "libxl-ext/wire/pack_choice.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum {
    WINDOW = 4,        /* frames: 1 MiB of memory */
    LEAST_RAW = 65536, /* bytes of a frame: fewer say nothing of a way */
    PATIENCE = 4,      /* windows */
    PATIENCE_MAX = 64,
};
/* The link is the slower one if it is waited for during more than this part of
 * the time. */
static const double link_slow = 0.3;
/* How much newer figures count. */
static const double blend = 0.4;
/* What is left of the time of the faster of the two: they share buffers that
 * hold a frame or two. */
static const double overlap = 0.1;
/* A way has to be so much better, and is not tried again if its work alone takes
 * so much longer. */
static const double better = 0.95, hopeless = 2;
/* A move that may send fewer bytes than one in so many ns starts with zstd: its work
 * takes some 1.4 ns for a byte of memory, of which lz4 leaves a quarter. */
static const double zstd_ns = 5.5;

static const char *const wishes[] = {
    [CODEC_OFF] = "off", [CODEC_AUTO] = "auto", [CODEC_NONE] = "none",
    [CODEC_LZ4] = "lz4", [CODEC_ZSTD] = "zstd",
};

const char *codec_wish_name(enum codec_wish w)
{
    return wishes[w];
}

int codec_wish_parse(const char *s, enum codec_wish *w)
{
    for (int i = CODEC_OFF; i <= CODEC_LAST; i++)
        if (!strcmp(s, wishes[i])) {
            *w = (enum codec_wish)i;
            return 0;
        }
    return -EINVAL;
}

void pack_choice_init(struct pack_choice *c, enum codec_wish w)
{
    *c = (struct pack_choice){ .how = PACK_LZ4, .fixed = w != CODEC_AUTO };
    if (w == CODEC_NONE)
        c->how = PACK_NONE;
    else if (w == CODEC_ZSTD)
        c->how = PACK_ZSTD;
    c->best = c->how;
    for (int i = 0; i <= PACK_LAST; i++)
        c->way[i].patience = PATIENCE;
}

void pack_choice_limit(struct pack_choice *c, uint64_t rate)
{
    c->limit_ns = rate ? 1e9 / (double)rate : 0;
    for (int i = 0; i <= PACK_LAST; i++)
        if (c->fixed || c->way[i].known)
            return;
    c->how = c->best = c->limit_ns > zstd_ns ? PACK_ZSTD : PACK_LZ4;
}

static double choice_blend(double old, double new)
{
    return old > 0 ? old + blend * (new - old) : new;
}

/* What a window has shown of the way that it used, and of the link. */
static void choice_learn(struct pack_choice *c, double waited)
{
    struct pack_way *w = &c->way[c->how];
    double all = (double)c->sum.work_ns + (double)c->sum.wait_ns;
    double each = all / (double)c->sum.wire;

    w->work_ns =
        choice_blend(w->work_ns, (double)c->sum.work_ns / (double)c->sum.raw);
    w->ratio =
        choice_blend(w->ratio, (double)c->sum.wire / (double)c->sum.raw);
    w->known = true;
    if (waited > link_slow)
        c->link_ns = choice_blend(c->link_ns, each);
    else if (!(c->link_ns > 0) || each < c->link_ns)
        c->link_ns = each;
    for (int i = 0; i <= PACK_LAST; i++)
        c->way[i].age++;
    w->age = 0;
}

/* The time for a byte of memory. */
static double choice_cost(const struct pack_choice *c, int how)
{
    double work = c->way[how].work_ns;
    double link = c->way[how].ratio * fmax(c->link_ns, c->limit_ns);

    return fmax(work, link) + overlap * fmin(work, link);
}

static enum pack_how choice_best(const struct pack_choice *c)
{
    int best = c->best;

    for (int i = 0; i <= PACK_LAST; i++)
        if (c->way[i].known &&
            choice_cost(c, i) < better * choice_cost(c, best))
            best = i;
    return (enum pack_how)best;
}

/* Is it the link that a byte waits for? Its limit tells before a buffer is full. */
static bool choice_link_slow(const struct pack_choice *c, double waited)
{
    const struct pack_way *w = &c->way[c->best];

    return waited > link_slow || w->ratio * c->limit_ns > w->work_ns;
}

/* The way to try in the next window; the best one: none. */
static enum pack_how choice_trial(const struct pack_choice *c, double waited)
{
    int next = (int)c->best + (choice_link_slow(c, waited) ? 1 : -1);
    const struct pack_way *w;

    if (next < 0 || next > PACK_LAST)
        return c->best;
    w = &c->way[next];
    /* the link may have become faster than was seen; the work stays */
    if (w->known && (w->age < w->patience ||
                     w->work_ns > hopeless * choice_cost(c, c->best)))
        return c->best;
    return (enum pack_how)next;
}

static void choice_window(struct pack_choice *c)
{
    double all = (double)c->sum.work_ns + (double)c->sum.wait_ns;
    double waited = (double)c->sum.wait_ns / all;
    struct pack_way *w = &c->way[c->how];
    enum pack_how used = c->how;

    choice_learn(c, waited);
    c->best = choice_best(c);
    if (c->best == used)
        w->patience = PATIENCE;
    else if (w->patience < PATIENCE_MAX)
        w->patience *= 2;
    /* what a trial waited for says nothing of the way that is used else */
    c->how = c->best == used ? choice_trial(c, waited) : c->best;
}

void pack_choice_note(struct pack_choice *c, const struct pack_sent *s)
{
    if (c->fixed || s->raw < LEAST_RAW || !s->wire)
        return;
    c->sum.work_ns += s->work_ns;
    c->sum.wait_ns += s->wait_ns;
    c->sum.raw += s->raw;
    c->sum.wire += s->wire;
    if (++c->frames < WINDOW)
        return;
    if (c->sum.work_ns + c->sum.wait_ns)
        choice_window(c);
    c->frames = 0;
    c->sum = (struct pack_sent){ .raw = 0 };
}
