/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Plans a rolling maintenance: wave after wave, from the state that the last
 * one leaves, in one way and then in others until there are no more waves than
 * there have to be.
 */
#include "scheduler/roll_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/figure.h"

void plan_roll_options_init(struct plan_roll_options *o)
{
    *o = (struct plan_roll_options){ .parallel = 1,
                                     .max_away_gib = INFINITY,
                                     .home = true };
}

static const struct {
    const char *name, *text;
} limit_rows[PLAN_ROLL_LIMITS] = {
    [PLAN_ROLL_ONE] = { "one", "it takes one at least" },
    [PLAN_ROLL_PARALLEL] = { "parallel",
                             "--parallel allows no more hosts at once" },
    [PLAN_ROLL_RACK] = { "rack", "one host of a rack at a time" },
    [PLAN_ROLL_APART] = { "apart", "an apart group keeps a guest elsewhere" },
    [PLAN_ROLL_MEMORY] = { "memory", "the free memory of all hosts" },
    [PLAN_ROLL_GUESTS] = { "guests",
                           "the free memory of all hosts, which whole "
                           "guests do not fill" },
    [PLAN_ROLL_VCPU] = { "vcpu", "the free vCPUs of all hosts" },
    [PLAN_ROLL_AWAY] = { "max-away", "--max-away allows no more at once" },
};

const char *plan_roll_limit_name(enum plan_roll_limit limit)
{
    return limit < PLAN_ROLL_LIMITS ? limit_rows[limit].name : NULL;
}

const char *plan_roll_limit_text(enum plan_roll_limit limit)
{
    return limit < PLAN_ROLL_LIMITS ? limit_rows[limit].text : NULL;
}

/* --- waves --------------------------------------------------------------- */

/* One host alone; whether it could be emptied. */
static int roll_alone(struct roll *r, uint32_t host, bool *done)
{
    uint32_t n = r->wait_n, i = 0;
    int rc;

    while (r->wait[i] != host)
        i++;
    memmove(r->wait + 1, r->wait, i * sizeof *r->wait);
    r->wait[0] = host;
    r->wait_n = 1; /* nothing else can be chosen */
    roll_pick(r, 1, 0);
    rc = r->down_n ? roll_pack(r) : 0;
    *done = r->down_n > 0;
    if (*done)
        memmove(r->wait, r->wait + 1, (n - 1) * sizeof *r->wait);
    r->wait_n = *done ? n - 1 : n;
    return rc;
}

/* No wave of those that wait was found: a host alone, or none of them. */
static int roll_last_resort(struct roll *r)
{
    bool done = false;
    int rc = 0;

    for (uint32_t i = 0; i < r->wait_n && !done && !rc; i++)
        rc = roll_alone(r, r->wait[i], &done);
    if (rc || done)
        return rc ? rc : roll_keep(r);
    for (uint32_t i = 0; i < r->wait_n && !rc; i++)
        rc = roll_leave_stuck(r, r->wait[i]);
    r->wait_n = 0;
    return rc;
}

static int roll_next_wave(struct roll *r)
{
    const struct plan_roll *p = r->p;
    bool canary = r->opt->canary && !p->wave_n;
    uint32_t most = canary             ? r->opt->canary
                    : r->opt->parallel ? r->opt->parallel
                                       : NONE;
    uint32_t left = p->wave_bound > p->wave_n ? p->wave_bound - p->wave_n : 0;
    int rc = 0;

    if (canary && r->opt->parallel && r->opt->parallel < most)
        most = r->opt->parallel;
    if (r->opt->canary && p->wave_n <= 1)
        rc = roll_order(r, canary);
    if (!rc && r->way == ROLL_SUMS && !canary)
        rc = roll_fill(r, left);
    if (rc)
        return rc;
    roll_pick(r, most, canary ? 0 : left);
    rc = roll_pack(r);
    if (rc)
        return rc;
    return r->down_n ? roll_keep(r) : roll_last_resort(r);
}

static int roll_waves(struct roll *r)
{
    int rc = roll_leave_impossible(r);

    r->impossible = r->p->left_n;
    for (uint32_t i = 0; i < r->rolled_n; i++)
        if (r->host[r->rolled[i]].phase == ROLL_WAITS)
            r->wait[r->wait_n++] = r->rolled[i];
    if (!rc)
        rc = roll_bound(r);
    if (!rc)
        rc = roll_order(r, false);
    while (r->wait_n && !rc)
        rc = roll_next_wave(r);
    return rc ? rc : roll_bound(r);
}

/* --- ways ---------------------------------------------------------------- */

static bool roll_is_better(const struct roll *a, const struct roll *b)
{
    if (a->p->left_n != b->p->left_n)
        return a->p->left_n < b->p->left_n;
    return a->p->wave_n < b->p->wave_n;
}

static bool roll_is_best(const struct roll *r)
{
    return r->p->wave_n == r->p->wave_bound && r->p->left_n == r->impossible;
}

/* Waves that leave less than this part of the free memory free are not looked
 * for, by other ways, or by other orders of the hosts: guests would have to fill
 * all gaps. */
#define WAYS_SLACK  0.001
#define TRIES_SLACK 0.02

/* What all waves together take away. */
static double roll_away(const struct roll *r)
{
    double away = 0;

    for (uint32_t i = 0; i < r->rolled_n; i++)
        if (r->host[r->rolled[i]].phase != ROLL_LEFT)
            away += (double)r->weight[r->rolled[i]].mib;
    return away;
}

/* Would one wave less leave so much free? */
static bool roll_has_slack(const struct roll *r, double slack)
{
    double waves = r->p->wave_n - 1.0;

    return roll_away(r) <= (1 - slack) * (double)r->room.mib * waves;
}

/* How full all other hosts would be, in the mean, in one wave less: a part. */
static double roll_fill_of_less(const struct roll *r)
{
    double waves = r->p->wave_n - 1.0 - (r->opt->canary ? 1 : 0), all = 0;

    for (uint32_t h = 0; h < r->c->nhost; h++)
        if (r->c->host[h].state == PLAN_UP || r->host[h].phase != ROLL_KEEPS)
            all += (double)r->weight[h].mib;
    if (waves < 1 || all <= roll_away(r) / waves)
        return 1;
    return (all - (double)r->room.mib) / (all - roll_away(r) / waves);
}

enum {
    TRIES_GUESTS = 20000, /* over all tries, so that small rolls get more */
    TRIES_MOST = 40,
    EAGER_PART = 32, /* of all hosts, so many are not few */
};

/* The ways, and then two of them with other orders of the hosts. */
static uint32_t roll_tries(const struct plan_cluster *c)
{
    uint32_t more = TRIES_GUESTS / (c->ndom + 1);

    return ROLL_WAYS + (more < TRIES_MOST ? more : TRIES_MOST);
}

/* Notes the hosts of the waves that there need not be, if they are few: so a
 * guest whose group was to keep one elsewhere has left its host to the end.
 * false: there are none, or many. */
static bool roll_note_eager(const struct roll *best, uint8_t *eager)
{
    const struct plan_roll *p = best->p;
    uint32_t few = best->rolled_n / EAGER_PART, n = 0;

    for (uint32_t i = p->wave_bound; i < p->wave_n; i++)
        n += p->wave[i].host_n;
    if (!n || n > few)
        return false;
    for (uint32_t i = p->wave_bound; i < p->wave_n; i++)
        for (uint32_t k = 0; k < p->wave[i].host_n; k++)
            eager[p->wave[i].host[k]] = 1;
    return true;
}

/* Is it in vain to look for better ones than these, after so many tries? */
static bool roll_is_enough(const struct roll *best, uint32_t tries)
{
    double slack = tries < ROLL_WAYS ? WAYS_SLACK : TRIES_SLACK;

    return roll_is_best(best) || (best->p->left_n == best->impossible &&
                                  !roll_has_slack(best, slack));
}

/* One try, the nth. 0, and *best is the better one; or a negative errno. */
static int roll_try(struct roll *best, const struct roll *like, uint32_t n,
                    const uint8_t *eager)
{
    struct roll r = *like;
    int rc;

    r.way = n < ROLL_WAYS ? n : ROLL_TIGHT + n % 2;
    r.shuffle = n < ROLL_WAYS ? 0 : n;
    r.eager = eager;
    rc = roll_init(&r);
    if (!rc)
        rc = roll_waves(&r);
    if (!rc && (!best->p || roll_is_better(&r, best))) {
        struct roll worse = *best;

        *best = r;
        r = worse;
    }
    roll_dispose(&r);
    return rc;
}

/* The bound is looked at more closely when a try has not reached it. */
static int roll_raise_bound(struct roll *best, struct roll *like)
{
    const struct plan_roll *p = best->p;
    uint32_t canary = like->opt->canary ? 1 : 0;
    int rc;

    if (like->looked || roll_is_best(best) || p->left_n != best->impossible)
        return 0;
    like->looked = best->looked = true;
    rc = roll_look_closer(best, p->wave_bound - canary + 1, p->wave_n - canary,
                          &like->closer);
    best->closer = like->closer;
    return rc ? rc : roll_bound(best);
}

/* 0, with the best of the ways in *best, which is to be disposed of either
 * way; or a negative errno. The second way is tried once more if few hosts were
 * left over by now. */
static int roll_try_ways(struct roll *best, struct roll *like)
{
    uint8_t *eager = calloc(like->c->nhost + 1u, 1);
    uint32_t tries = roll_tries(like->c);
    int rc = eager ? 0 : -ENOMEM;

    for (uint32_t n = 0; n < tries && !rc; n++) {
        if (n == ROLL_SUMS && like->rolled_n > ROLL_FILL_HOSTS)
            continue; /* they would be those of the way before */
        rc = roll_try(best, like, n, NULL);
        if (!rc)
            rc = roll_raise_bound(best, like);
        if (!rc && n == ROLL_TIGHT && !roll_is_best(best) &&
            roll_note_eager(best, eager))
            rc = roll_try(best, like, n, eager);
        if (!rc && roll_is_enough(best, n + 1))
            break;
    }
    free(eager);
    best->eager = NULL;
    return rc;
}

static int roll_say_why(struct roll *r)
{
    char mib[FIGURE];
    struct plan_roll *p = r->p;
    double full;

    if (!p || p->wave_n <= p->wave_bound)
        return 0;
    full = 100 * roll_fill_of_less(r);
    p->why =
        r->late_dom == NONE
            ? plan_asprintf("no better waves were found; one less would "
                            "fill the hosts that are up to %.1f %%",
                            full)
            : plan_asprintf(
                  "%s had to wait, because no place was found "
                  "for its guest %s beside the others' (%s); one wave "
                  "less would fill the hosts that are up to %.1f %%",
                  plan_host_name(r->c, r->late),
                  plan_domain_name(r->c, r->late_dom),
                  figure_mib(mib, (double)r->c->dom[r->late_dom].mem), full);
    return p->why ? 0 : -ENOMEM;
}

/* --- what was asked ------------------------------------------------------ */

/* into, or NULL without the option */
static int roll_read_without(struct roll *r, struct plan_features *into)
{
    if (!r->opt->without)
        return 0;
    r->without = into;
    return plan_features_find(into, r->opt->without);
}

static int roll_check_xen(const struct roll *r, uint32_t *bad_r)
{
    *bad_r = NONE;
    if (!r->opt->to_xen)
        return 0;
    if (r->to_xen == NONE)
        return -EINVAL;
    for (uint32_t i = 0; i < r->rolled_n; i++) {
        uint32_t xen = r->c->host[r->rolled[i]].offer.xen;

        if (xen != NONE && xen > r->to_xen) {
            *bad_r = r->rolled[i];
            return -EINVAL;
        }
    }
    return 0;
}

int plan_roll(struct plan_cluster *c, const uint32_t *hosts, uint32_t n,
              const struct plan_roll_options *o, struct plan_roll **roll_r,
              uint32_t *bad_r)
{
    struct roll like = { .c = c,
                         .opt = o,
                         .to_xen = plan_xen_order(o->to_xen),
                         .rolled = hosts,
                         .rolled_n = n },
                best;
    struct plan_features without;
    int rc = roll_check_xen(&like, bad_r);

    *roll_r = NULL;
    if (!rc)
        rc = roll_read_without(&like, &without);
    best = like;
    if (!rc)
        rc = roll_try_ways(&best, &like);
    if (!rc)
        rc = roll_say_why(&best);
    if (!rc)
        rc = roll_time(&best);
    if (!rc) {
        for (uint32_t i = 0; i < best.p->wave_n; i++)
            plan_free(best.away[i]);
        *roll_r = best.p;
        best.p = NULL;
    }
    roll_dispose(&best);
    return rc;
}
