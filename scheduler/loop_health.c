/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loop health: hosts that are about to fail are emptied.
 *
 * A host shows a sign when one of its figures is above what it is for any host,
 * and above what it uses to be for this one. What many hosts show at once has
 * its cause outside of them (a hot room, a switch that fails), and nobody would
 * gain by moving to and fro among them. While a host is in maintenance somebody
 * works on it: what it shows then is what is usual for it.
 */
#include "scheduler/loop_impl.h"

#include <math.h>
#include <stdio.h>

struct health_row {
    const char *name;
    double least; /* less is no sign on any host */
    double times; /* more than so many times what is usual .. */
    double more;  /* .. and than so much above it */
    double odds;  /* that the host fails while the sign is there */
    const char *shows, *unit;
};

/* The odds order the signs; they are no measured rates. */
static const struct health_row health_rows[LOOP_SIGNS] = {
    [SIGN_ECC_FATAL] = { "ecc_fatal", 1, 2, 0, 0.5,
                         "memory errors that could not be corrected",
                         "an hour" },
    [SIGN_MCE] = { "mce", 1, 4, 0, 0.3, "machine check exceptions",
                   "an hour" },
    [SIGN_DISK_FAILING] = { "disk_failing", 1, 1, 0.5, 0.3,
                            "disks that say they fail", "of them" },
    [SIGN_HEAT] = { "heat", 80, 1, 10, 0.2, "heat", "degrees" },
    [SIGN_DISK_BAD] = { "disk_bad", 8, 1, 8, 0.2, "bad sectors of disks",
                        "of them" },
    [SIGN_ECC] = { "ecc", 60, 4, 0, 0.1, "memory errors that were corrected",
                   "an hour" },
    [SIGN_LINK_CHANGES] = { "link_changes", 24, 4, 0, 0.1,
                            "links that go up and down", "an hour" },
    [SIGN_LINK_ERRORS] = { "link_errors", 600, 10, 0, 0.05,
                           "errors of its ports", "an hour" },
};

/* A part of the hosts that tell a figure; more than that are many. */
static const double MANY = 0.25;
static const double HOUR_S = 3600;

const char *loop_sign_name(enum loop_sign sign)
{
    return health_rows[sign].name;
}

int health_reason(const struct loop_wish *w, const char *from, char *buf,
                  size_t size)
{
    const struct health_row *r = &health_rows[w->sign];

    return snprintf(buf, size, "%s shows %s: %.4g %s, %.4g are usual", from,
                    r->shows, w->was, r->unit, w->limit);
}

static bool health_out(const struct loops *l, uint32_t h)
{
    return !l->look->on[h] || (l->look->out && l->look->out[h]);
}

static bool health_shows(const struct loops *l, uint32_t h, int s)
{
    const struct health_row *r = &health_rows[s];
    double now = l->look->signs[h].now[s], usual = l->usual[h][s];

    return usual >= 0 && now >= r->least && now > r->times * usual &&
           now >= usual + r->more;
}

/* A past that does not learn what it is to be compared with. */
static void health_learn(struct loops *l, uint32_t h, double dt)
{
    const struct loop_signs *x = &l->look->signs[h];
    double w = 1 - exp(-dt / l->p.health_history_s);

    for (int s = 0; s < LOOP_SIGNS; s++) {
        double now = x->now[s], *usual = &l->usual[h][s];

        if (!(now >= 0))
            continue;
        if (health_out(l, h))
            *usual = now;
        else if (*usual < 0)
            *usual = x->past[s] >= 0 ? fmin(now, x->past[s]) : now;
        else if (!health_shows(l, h, s))
            *usual += w * (now - *usual);
    }
}

/* Do too many hosts show it for it to be their own? */
static bool health_many(const struct loops *l, int s)
{
    uint32_t tell = 0, show = 0;

    for (uint32_t h = 0; h < l->hosts; h++) {
        tell += l->look->signs[h].now[s] >= 0;
        show += !health_out(l, h) && health_shows(l, h, s);
    }
    return show > 1 && show > MANY * tell;
}

/* Other hosts that were emptied in this hour. */
static bool health_affords(const struct loops *l, uint32_t h)
{
    uint32_t n = 0;

    for (uint32_t o = 0; o < l->hosts; o++)
        n += o != h && l->look->now_s - l->drained_s[o] < HOUR_S;
    return n < l->p.health_hosts;
}

/* What the host shows; `many`, of each sign: it does not count alone. */
struct health_found {
    double fine; /* the odds that it does not fail */
    enum loop_sign gravest;
    bool any, own;
};

static struct health_found health_look(const struct loops *l, uint32_t h,
                                       const bool *many)
{
    struct health_found f = { .fine = 1 };

    for (int s = LOOP_SIGNS - 1; s >= 0; s--) {
        if (!health_shows(l, h, s) || (f.own && many[s]))
            continue;
        f.any = true;
        f.own |= !many[s];
        f.gravest = (enum loop_sign)s; /* the rows begin with the gravest */
        if (!many[s])
            f.fine *= 1 - health_rows[s].odds;
    }
    return f;
}

static struct loop_wish health_like(const struct loops *l, uint32_t h,
                                    const struct health_found *f)
{
    struct loop_wish like = { .kind = LOOP_HEALTH,
                              .from = h,
                              .guests = l->sum[h].guests,
                              .sign = f->gravest,
                              .was = l->look->signs[h].now[f->gravest],
                              .limit = l->usual[h][f->gravest] };

    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g])
        like.price_wh += arbiter_price_of(l, g);
    like.benefit_wh = l->p.violation_wh * l->p.health_s / HOUR_S *
                      (1 - f->fine) * fmax(1, like.guests);
    return like;
}

static enum loop_refusal health_judge(const struct loops *l, uint32_t h,
                                      const struct health_found *f)
{
    if (!f->own)
        return LOOP_MANY;
    /* what could not be emptied is not tried at each look */
    if (l->look->now_s - l->sick_s[h] < l->p.look_s ||
        l->look->now_s - l->drained_s[h] < l->p.settle_s)
        return LOOP_ONE_LOOK;
    return health_affords(l, h) ? LOOP_GRANTED : LOOP_BUDGET;
}

static void health_host(struct loops *l, uint32_t h, const bool *many)
{
    struct health_found f = health_look(l, h, many);
    struct loop_wish like;

    if (!f.any || health_out(l, h)) {
        l->sick_s[h] = INFINITY;
        return;
    }
    if (f.own) {
        l->sick_s[h] = fmin(l->sick_s[h], l->look->now_s);
        l->sum[h].closed = true; /* nobody goes there for any other reason */
    } else {
        l->sick_s[h] = INFINITY;
    }
    like = health_like(l, h, &f);
    if (arbiter_drain(l, &like, health_judge(l, h, &f)))
        l->sum[h].leaving = true;
}

void health_past(struct loops *l, double dt)
{
    for (uint32_t h = 0; h < l->hosts && l->look->signs; h++)
        health_learn(l, h, dt);
}

void health_wish(struct loops *l)
{
    bool many[LOOP_SIGNS];

    if (!l->look->signs)
        return;
    for (int s = 0; s < LOOP_SIGNS; s++)
        many[s] = health_many(l, s);
    for (uint32_t h = 0; h < l->hosts; h++)
        health_host(l, h, many);
}

/* --- what is seen ---------------------------------------------------------- */

/* Where its figure begins to be a sign. */
static double health_limit(const struct health_row *r, double usual)
{
    return fmax(r->least, fmax(r->times * usual, usual + r->more));
}

struct loop_seen health_seen(const struct loops *l)
{
    struct loop_seen found = { .any = false };

    for (uint32_t h = 0; l->look->signs && h < l->hosts; h++)
        for (int s = 0; s < LOOP_SIGNS; s++) {
            double now = l->look->signs[h].now[s], usual = l->usual[h][s];
            double limit = health_limit(&health_rows[s], usual);

            if (health_out(l, h) || !(now >= 0) || usual < 0)
                continue;
            if (!found.any || now / limit > found.now / found.limit)
                found = (struct loop_seen){ .any = true,
                                            .host = h,
                                            .sign = (enum loop_sign)s,
                                            .now = now,
                                            .usual = usual,
                                            .limit = limit };
        }
    return found;
}

void health_seen_text(const struct loop_seen *s, const char *host, char *buf,
                      size_t size)
{
    const struct health_row *r = &health_rows[s->sign];

    snprintf(buf, size,
             "%s is the nearest to a sign, by %s: %.4g %s, %.4g are usual and "
             "%.4g a sign",
             host, r->shows, s->now, r->unit, s->usual, s->limit);
}
