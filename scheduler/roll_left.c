/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Says of a host that cannot be rolled what is in the way, and what helps.
 */
#include "scheduler/roll_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <math.h>

#include "tools/base/figure.h"

/* Takes the text, and the host out of the roll. NULL: -ENOMEM */
static int left_add(struct roll *r, uint32_t host, uint32_t dom,
                    enum plan_rule rule, char *text)
{
    struct plan_roll *p = r->p;

    if (!text || plan_one_more(&p->left, p->left_n, sizeof *p->left)) {
        free(text);
        return -ENOMEM;
    }
    p->left[p->left_n++] = (struct plan_roll_left){
        .host = host, .domain = dom, .rule = rule, .text = text
    };
    r->host[host].phase = ROLL_LEFT;
    gaps_update(r, host);
    return 0;
}

/* --- before the first wave ----------------------------------------------- */

static int left_fixed(struct roll *r, uint32_t host, uint32_t dom)
{
    enum plan_rule rule = dom_fixed_rule(&r->c->dom[dom]);
    char why[400];

    rule_explain(r->c, &r->s, dom, host, rule, why, sizeof why);
    return left_add(
        r, host, dom, rule,
        plan_asprintf("%s cannot leave %s (%s: %s): make it movable, shut it "
                      "down, or leave %s out of the roll",
                      plan_domain_name(r->c, dom), plan_host_name(r->c, host),
                      plan_rule_name(rule), why, plan_host_name(r->c, host)));
}

static int left_offline(struct roll *r, uint32_t host)
{
    return left_add(
        r, host, NONE, PLAN_STATE,
        plan_asprintf("%s %s: nothing can move off it; bring it back first",
                      plan_host_name(r->c, host),
                      r->c->host[host].state == PLAN_OFFLINE
                          ? "is offline"
                          : "says of itself what contradicts itself"));
}

static int left_no_room(struct roll *r, uint32_t host)
{
    const struct roll_weight *w = &r->weight[host];
    int64_t have = r->room.mib - (w->mib - w->away_mib);
    char away[FIGURE], free[FIGURE], more[FIGURE];

    figure_mib_pair(away, free, (double)w->away_mib, fmax(0, (double)have));
    return left_add(
        r, host, NONE, PLAN_MEMORY,
        plan_asprintf("the guests of %s have %s, and all other hosts have %s "
                      "free: shut guests down, or add a host, until %s more "
                      "are free",
                      plan_host_name(r->c, host), away, free,
                      figure_mib(more, (double)(w->away_mib - have))));
}

static int left_no_vcpus(struct roll *r, uint32_t host)
{
    int64_t vused = r->c->vused[host];
    int64_t have = r->room.vcpus - (r->weight[host].vcpus - vused);

    return left_add(
        r, host, NONE, PLAN_VCPU,
        plan_asprintf("the guests of %s have %lld vCPUs, and overcommit "
                      "leaves %lld on all other hosts: shut guests down, add "
                      "a host, or raise overcommit",
                      plan_host_name(r->c, host), (long long)vused,
                      (long long)have));
}

static int left_too_much_away(struct roll *r, uint32_t host)
{
    return left_add(
        r, host, NONE, PLAN_RULES,
        plan_asprintf("the guests of %s have %.1f GiB, and no wave may move "
                      "more than %.1f GiB away: allow more",
                      plan_host_name(r->c, host),
                      (double)r->weight[host].away_mib / 1024,
                      r->opt->max_away_gib));
}

/* "web1, db2 and 3 more" */
static void left_missing_names(const struct roll *r, uint32_t host, char *text,
                               size_t len)
{
    enum { NAMED = 4 };
    uint32_t n = 0;
    size_t at = 0;

    *text = '\0';
    for (uint32_t v = r->s.head[host]; v != NONE; v = r->s.next[v])
        if (roll_misses(r, v) && n++ < NAMED && at < len)
            at +=
                (size_t)snprintf(text + at, len - at, "%s%.60s",
                                 n > 1 ? ", " : "", plan_domain_name(r->c, v));
    if (n > NAMED && at < len)
        snprintf(text + at, len - at, " and %u more", n - NAMED);
}

/* Guests that could not come home. */
static int left_missing(struct roll *r, uint32_t host, uint32_t dom)
{
    char names[400];

    left_missing_names(r, host, names, sizeof names);
    return left_add(
        r, host, dom, PLAN_CPU,
        plan_asprintf("%s comes back without %s, and guests that use it could "
                      "not return: %s. Start them without it first, leave %s "
                      "out, or let guests stay where they go (--no-home)",
                      plan_host_name(r->c, host), r->opt->without, names,
                      plan_host_name(r->c, host)));
}

static uint32_t left_missing_guest(const struct roll *r, uint32_t host)
{
    uint32_t v = r->opt->home ? r->s.head[host] : NONE;

    while (v != NONE && !roll_misses(r, v))
        v = r->s.next[v];
    return v;
}

static uint32_t left_fixed_guest(const struct roll *r, uint32_t host)
{
    for (uint32_t v = r->s.head[host]; v != NONE; v = r->s.next[v])
        if (dom_fixed(&r->c->dom[v]))
            return v;
    return NONE;
}

static int left_if_impossible(struct roll *r, uint32_t host)
{
    const struct roll_weight *w = &r->weight[host];
    uint32_t fixed = left_fixed_guest(r, host);
    uint32_t missing = left_missing_guest(r, host);

    if (fixed != NONE)
        return left_fixed(r, host, fixed);
    if (r->c->host[host].state == PLAN_OFFLINE ||
        r->c->host[host].state == PLAN_UNSOUND)
        return left_offline(r, host);
    if (missing != NONE)
        return left_missing(r, host, missing);
    if (w->mib > r->room.mib && w->away_mib > 0)
        return left_no_room(r, host);
    if (w->vcpus > r->room.vcpus && w->away_mib > 0)
        return left_no_vcpus(r, host);
    if (w->away_mib > r->room.away_mib)
        return left_too_much_away(r, host);
    return 0;
}

int roll_leave_impossible(struct roll *r)
{
    int rc = 0;

    for (uint32_t i = 0; i < r->rolled_n && !rc; i++)
        rc = left_if_impossible(r, r->rolled[i]);
    return rc;
}

/* --- when nothing works any more ----------------------------------------- */

struct refusals { /* of all other hosts, by the first rule */
    uint32_t n[PLAN_RULES];
    uint32_t roomiest; /* of those where only memory lacks, or NONE */
};

static void refusals_count(struct refusals *f, struct roll *r, uint32_t dom,
                           uint32_t host)
{
    *f = (struct refusals){ .roomiest = NONE };
    for (uint32_t h = 0; h < r->c->nhost; h++) {
        uint32_t bits = h == host ? 0 : roll_refuses(r, dom, h);

        if (!bits)
            continue;
        /* a rule that more memory would not help against comes first */
        f->n[rules_first(bits & ~1u ? bits & ~1u : bits)]++;
        if (bits == 1u << PLAN_MEMORY &&
            (f->roomiest == NONE || r->s.free[h] > r->s.free[f->roomiest]))
            f->roomiest = h;
    }
}

/* "memory on 3 hosts, network on 1" */
static void refusals_text(const struct refusals *f, char *text, size_t len)
{
    size_t at = 0;

    *text = '\0';
    for (enum plan_rule k = 0; k < PLAN_RULES && at < len; k++)
        if (f->n[k])
            at += (size_t)snprintf(text + at, len - at, "%s%s on %u host%s",
                                   at ? ", " : "", plan_rule_name(k), f->n[k],
                                   f->n[k] == 1 ? "" : "s");
}

static char *left_stuck_text(struct roll *r, uint32_t host, uint32_t dom,
                             const struct refusals *f)
{
    char why[400], help[200] = "see `rackhop score`, and make a place for it";
    const struct dom *v = &r->c->dom[dom];
    char more[FIGURE], most[FIGURE], own[FIGURE];

    refusals_text(f, why, sizeof why);
    if (f->n[PLAN_XEN_VERSION] && f->roomiest == NONE)
        snprintf(help, sizeof help,
                 "roll a host with an older Xen as well, so that it comes "
                 "back with a newer one (--to-xen)");
    if (f->n[PLAN_CPU] && roll_misses(r, dom) && f->roomiest == NONE)
        snprintf(help, sizeof help,
                 "leave a host out that has %.60s still, or start it without "
                 "that",
                 r->opt->without);
    if (f->roomiest != NONE)
        snprintf(help, sizeof help,
                 "free %s more on one of them (%.60s has most, %s)",
                 figure_mib(more, (double)(v->mem - r->s.free[f->roomiest])),
                 plan_host_name(r->c, f->roomiest),
                 figure_mib(most, fmax(0, (double)r->s.free[f->roomiest])));
    return plan_asprintf("no place was found for %s (%s) while %s is empty "
                         "(%s): %s, or shut it down",
                         plan_domain_name(r->c, dom),
                         figure_mib(own, (double)v->mem),
                         plan_host_name(r->c, host),
                         *why ? why
                              : "there is room for it alone, but not "
                                "for it and the others",
                         help);
}

/* By guests that earlier waves have left there. */
static int left_crowded(struct roll *r, uint32_t host)
{
    return left_add(r, host, NONE, PLAN_MEMORY,
                    plan_asprintf("%s could not be emptied any more when its "
                                  "turn came: let guests return home after "
                                  "each wave, or free memory",
                                  plan_host_name(r->c, host)));
}

int roll_leave_stuck(struct roll *r, uint32_t host)
{
    uint32_t dom = r->host[host].stuck;
    struct refusals f;

    if (dom == NONE)
        return left_crowded(r, host);
    refusals_count(&f, r, dom, host);
    for (enum plan_rule k = 0; k < PLAN_RULES; k++)
        if (f.n[k] && f.roomiest == NONE)
            return left_add(r, host, dom, k,
                            left_stuck_text(r, host, dom, &f));
    return left_add(r, host, dom, PLAN_MEMORY,
                    left_stuck_text(r, host, dom, &f));
}
