/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What no plan can do, displacement included, and in such words and numbers
 * that a reader can check it from the snapshot. Each test is a condition that
 * every plan would have to meet:
 *
 *   - a guest that has to go may leave its host;
 *   - some host suits it, and could hold it if it were empty;
 *   - memory and vCPUs: all that has to go fits into all that is free;
 *   - the same for any set of guests whose hosts are a part of all hosts: with
 *     those that are there already they fit into that part;
 *   - an apart group has no more members than there are hosts for it.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int say(struct drain *d, enum plan_rule rule, double need, double have,
               char *text)
{
    d->p->infeasible = d->p->proven = true;
    d->p->rule = rule;
    d->p->need = need;
    d->p->have = have;
    free(d->p->text);
    d->p->text = text;
    return text ? 0 : -ENOMEM;
}

static int64_t vfree0(const struct drain *d, uint32_t h)
{
    int32_t left = d->c->host[h].vcap - d->c->vused[h];

    return left > 0 ? left : 0;
}

/* --- one guest -------------------------------------------------------------------- */

static int check_stuck(struct drain *d)
{
    const struct unit *u = NULL;
    enum plan_rule rule = PLAN_STATE;
    uint32_t n = 0, dom = NONE;
    char why[256];

    for (uint32_t i = 0; i < d->nunit; i++)
        for (uint32_t k = 0; k < d->unit[i].n && d->unit[i].stuck; k++) {
            uint32_t v = d->unit_dom[d->unit[i].first + k];

            u = &d->unit[i];
            if (!dom_fixed(&d->c->dom[v]) &&
                d->c->host[u->from].state != PLAN_OFFLINE)
                continue;
            dom = dom == NONE ? v : dom;
            n++;
        }
    if (dom == NONE)
        return 0;
    if (d->c->dom[dom].pinned != NONE)
        rule = PLAN_PINNED;
    else if (d->c->dom[dom].pci_n)
        rule = PLAN_PCI;
    rule_explain(d->c, &d->s, dom, d->c->dom[dom].host, rule, why, sizeof why);
    return say(d, rule, n, 0,
               text_printf("%u guest%s cannot leave; %s on %s: %s", n,
                           n == 1 ? "" : "s", plan_domain_name(d->c, dom),
                           plan_host_name(d->c, d->c->dom[dom].host), why));
}

/* Memory of a host that is taken by guests that cannot leave it. */
static int64_t fixed_mib(const struct plan_cluster *c, uint32_t h)
{
    int64_t sum = 0;

    for (uint32_t i = c->first[h]; i < c->first[h + 1]; i++)
        if (dom_fixed(&c->dom[c->on_host[i]]))
            sum += c->dom[c->on_host[i]].mem;
    return sum;
}

static int say_no_host(struct drain *d, uint32_t dom, uint32_t all,
                       uint32_t any)
{
    enum plan_rule rule = PLAN_RULES;
    uint32_t bad = all ? all : any;
    char why[320];

    for (enum plan_rule r = PLAN_RULES; r-- > 0;)
        if (bad & 1u << r)
            rule = r;
    if (rule == PLAN_RULES || !d->ncand)
        return say(d, PLAN_STATE, 1, 0,
                   text_printf("no host is up that %s could go to",
                               plan_domain_name(d->c, dom)));
    *why = '\0';
    for (uint32_t i = 0; i < d->ncand && !*why; i++)
        if (rules_static(d->c, dom, d->cand[i]) & 1u << rule)
            rule_explain(d->c, &d->s, dom, d->cand[i], rule, why, sizeof why);
    return say(d, rule, 1, 0,
               text_printf("%s can go to none of the %u hosts that remain; "
                           "%s for one: %s",
                           plan_domain_name(d->c, dom), d->ncand,
                           plan_host_name(d->c, d->cand[0]), why));
}

/* Some host suits it, and could hold it were it empty of all that can go. */
static int check_hosts_of(struct drain *d, uint32_t dom)
{
    const struct dom *v = &d->c->dom[dom];
    uint32_t all = UINT32_MAX, any = 0;
    int64_t most = -1;

    for (uint32_t i = 0; i < d->ncand; i++) {
        uint32_t h = d->cand[i], bad;

        /* the common case first: it goes there as things are */
        if (d->free0[h] >= v->mem && !rules_static(d->c, dom, h))
            return 0;
        bad = rules_static(d->c, dom, h);
        all &= bad;
        any |= bad;
        if (!bad && d->c->host[h].cap - fixed_mib(d->c, h) > most)
            most = d->c->host[h].cap - fixed_mib(d->c, h);
        if (!bad && most >= v->mem)
            return 0;
    }
    if (most < 0)
        return say_no_host(d, dom, d->ncand ? all : 0, any);
    return say(d, PLAN_MEMORY, (double)v->mem, (double)most,
               text_printf("%s has %lld MiB; the largest host that suits it "
                           "would have %lld, were it empty",
                           plan_domain_name(d->c, dom), (long long)v->mem,
                           (long long)most));
}

/* Guests of one source, one signature and no more memory share the answer. */
static int check_each(struct drain *d)
{
    const struct dom *last = NULL;
    uint32_t from = NONE;

    for (uint32_t i = 0; i < d->nunit; i++)
        for (uint32_t k = 0; k < d->unit[i].n && !d->unit[i].stuck; k++) {
            uint32_t dom = d->unit_dom[d->unit[i].first + k];
            const struct dom *v = &d->c->dom[dom];
            int rc;

            if (last && from == v->host && last->sig == v->sig &&
                last->mem >= v->mem)
                continue;
            rc = check_hosts_of(d, dom);
            if (rc || d->p->infeasible)
                return rc;
            last = v;
            from = v->host;
        }
    return 0;
}

/* --- all guests ----------------------------------------------------------------------- */

static int check_totals(struct drain *d)
{
    double need = 0, have = 0, vneed = 0, vhave = 0;

    for (uint32_t i = 0; i < d->nunit; i++) {
        need += (double)d->unit[i].mem;
        vneed += d->unit[i].vcpus;
    }
    for (uint32_t i = 0; i < d->ncand; i++) {
        have += (double)d->free0[d->cand[i]];
        vhave += (double)vfree0(d, d->cand[i]);
    }
    if (need > have)
        return say(d, PLAN_MEMORY, need, have,
                   text_printf("the %u guests that have to go have %.0f MiB, "
                               "the %u hosts that remain have %.0f free",
                               d->nunit_dom, need, d->ncand, have));
    if (vneed > vhave)
        return say(d, PLAN_VCPU, vneed, vhave,
                   text_printf("the %u guests that have to go have %.0f "
                               "vCPUs, the %u hosts that remain have %.0f "
                               "free (overcommit %g)",
                               d->nunit_dom, vneed, d->ncand, vhave,
                               d->c->set.overcommit));
    return 0;
}

int drain_infeasible(struct drain *d)
{
    int rc = check_stuck(d);

    if (!rc && !d->p->infeasible)
        rc = check_each(d);
    if (!rc && !d->p->infeasible)
        rc = check_totals(d);
    return rc;
}

/* --- sets of hosts ---------------------------------------------------------------------- */

enum { SETS_MAX = 256 };

struct sets {
    uint32_t n, words;
    uint64_t *bits;       /* [set][word]: host signatures that suit */
    uint32_t *of;         /* set by domain signature */
    double *mem, *cpu;    /* by set: guests that may go, or stay, only there */
    double *room, *vroom; /* by host signature */
    uint32_t *hosts;      /* by host signature */
};

static void sets_dispose(struct sets *s)
{
    free(s->bits);
    free(s->of);
    free(s->mem);
    free(s->cpu);
    free(s->room);
    free(s->vroom);
    free(s->hosts);
}

static int sets_init(struct sets *s, const struct drain *d)
{
    const struct plan_cluster *c = d->c;

    *s = (struct sets){ .words = c->hsig.n / 64 + 1 };
    s->bits = calloc((size_t)(SETS_MAX + 1) * s->words, sizeof *s->bits);
    s->of = malloc((c->dsig.n + 1) * sizeof *s->of);
    s->mem = calloc(SETS_MAX + 1, sizeof *s->mem);
    s->cpu = calloc(SETS_MAX + 1, sizeof *s->cpu);
    s->room = calloc(c->hsig.n + 1, sizeof *s->room);
    s->vroom = calloc(c->hsig.n + 1, sizeof *s->vroom);
    s->hosts = calloc(c->hsig.n + 1, sizeof *s->hosts);
    if (!s->bits || !s->of || !s->mem || !s->cpu || !s->room || !s->vroom ||
        !s->hosts)
        return -ENOMEM;
    return 0;
}

/* The set of each domain signature; signatures with the same hosts share
 * it. Past SETS_MAX the rest is left out: fewer conditions, no wrong ones. */
static void collect_sets(struct sets *s, const struct drain *d)
{
    const struct plan_cluster *c = d->c;

    for (uint32_t i = 0; i < c->dsig.n; i++) {
        uint64_t *b = s->bits + (size_t)s->n * s->words;
        uint32_t k = 0;

        memset(b, 0, s->words * sizeof *b);
        for (uint32_t h = 0; h < c->hsig.n; h++)
            if (s->hosts[h] && !rules_sig(c, i, h))
                b[h / 64] |= 1ull << h % 64;
        while (k < s->n &&
               memcmp(s->bits + (size_t)k * s->words, b, s->words * sizeof *b))
            k++;
        s->of[i] = k < SETS_MAX ? k : NONE;
        if (k == s->n && s->n < SETS_MAX)
            s->n++;
    }
}

/* What has to be on hosts of its set: all that go, and all that are there
 * already and could only move within the set. */
static void fill_sets(struct sets *s, const struct drain *d)
{
    const struct plan_cluster *c = d->c;

    for (uint32_t i = 0; i < c->ndom; i++) {
        const struct dom *v = &c->dom[i];
        const struct host *h = &c->host[v->host];
        uint32_t set = s->of[v->sig];
        bool goes = d->drained[v->host];

        if (!goes && h->state != PLAN_UP)
            continue;                /* its host is no candidate */
        if (!goes && dom_fixed(v)) { /* stays, whatever the plan */
            s->room[h->sig] -= (double)v->mem;
            s->vroom[h->sig] -= v->vcpus;
            continue;
        }
        if (set == NONE ||
            (!goes &&
             !(s->bits[(size_t)set * s->words + h->sig / 64] >> h->sig % 64 &
               1)))
            continue; /* may be elsewhere: no condition */
        s->mem[set] += (double)v->mem;
        s->cpu[set] += v->vcpus;
    }
}

static int list_where(struct drain *d, const struct sets *s, uint32_t set)
{
    const uint64_t *b = s->bits + (size_t)set * s->words;

    d->p->where = calloc(d->ncand + 1, sizeof *d->p->where);
    if (!d->p->where)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->c->nhost; i++) {
        uint32_t sig = d->c->host[i].sig;

        if (!d->drained[i] && d->c->host[i].state == PLAN_UP &&
            b[sig / 64] >> sig % 64 & 1)
            d->p->where[d->p->where_n++] = i;
    }
    return 0;
}

static int check_set(struct drain *d, const struct sets *s, uint32_t set)
{
    const uint64_t *b = s->bits + (size_t)set * s->words;
    double mem = 0, cpu = 0, room = 0, vroom = 0;
    uint32_t hosts = 0;
    int rc;

    for (uint32_t k = 0; k < s->n; k++) {
        bool inside = true;

        for (uint32_t w = 0; w < s->words; w++)
            inside &= !(s->bits[(size_t)k * s->words + w] & ~b[w]);
        mem += inside ? s->mem[k] : 0;
        cpu += inside ? s->cpu[k] : 0;
    }
    for (uint32_t h = 0; h < d->c->hsig.n; h++)
        if (b[h / 64] >> h % 64 & 1) {
            room += s->room[h];
            vroom += s->vroom[h];
            hosts += s->hosts[h];
        }
    if (mem <= room && cpu <= vroom)
        return 0;
    rc = mem > room
             ? say(d, PLAN_MEMORY, mem, room,
                   text_printf("guests with %.0f MiB, those that have to go "
                               "and those that are there, can only be on %u "
                               "hosts that have %.0f for them",
                               mem, hosts, room))
             : say(d, PLAN_VCPU, cpu, vroom,
                   text_printf("guests with %.0f vCPUs, those that have to "
                               "go and those that are there, can only be on "
                               "%u hosts that have %.0f for them",
                               cpu, hosts, vroom));
    return rc ? rc : list_where(d, s, set);
}

/* A host above its limit may stay so: it has what its guests use. */
static void count_room(struct sets *s, const struct drain *d)
{
    for (uint32_t i = 0; i < d->ncand; i++) {
        uint32_t h = d->cand[i], sig = d->c->host[h].sig;
        int32_t v = d->c->host[h].vcap;

        s->hosts[sig]++;
        s->room[sig] += (double)d->c->host[h].cap;
        s->vroom[sig] += v > d->c->vused[h] ? v : d->c->vused[h];
    }
}

/* --- apart groups -------------------------------------------------------------------------- */

static int check_group(struct drain *d, uint32_t g, uint8_t *sig_seen)
{
    const struct plan_cluster *c = d->c;
    const struct group *gr = &c->group[g];
    uint32_t members = 0, hosts = 0;

    if (gr->n < 2)
        return 0;
    memset(sig_seen, 0, c->hsig.n);
    for (uint32_t i = 0; i < gr->n; i++) {
        const struct dom *v = &c->dom[c->member[gr->at + i]];

        if (!d->drained[v->host] && c->host[v->host].state != PLAN_UP)
            continue;
        members++;
        if (!d->drained[v->host])
            sig_seen[c->host[v->host].sig] = 1;
        for (uint32_t h = 0; h < c->hsig.n; h++)
            sig_seen[h] |= !rules_sig(c, v->sig, h);
    }
    for (uint32_t i = 0; i < d->ncand; i++)
        hosts += sig_seen[c->host[d->cand[i]].sig];
    if (members <= hosts)
        return 0;
    return say(d, PLAN_APART, members, hosts,
               text_printf("%u guests are to be kept apart (group %s), and "
                           "%u hosts remain for them",
                           members, intern_get(&c->word, g), hosts));
}

static int check_groups(struct drain *d)
{
    uint8_t *seen = calloc(d->c->hsig.n + 1, 1);
    int rc = 0;

    if (!seen)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->nunit_dom && !rc && !d->p->infeasible; i++) {
        const struct span a = d->c->dom[d->unit_dom[i]].apart;

        for (uint32_t k = 0; k < a.n && !rc && !d->p->infeasible; k++)
            rc = check_group(d, d->c->pool[a.at + k], seen);
    }
    free(seen);
    return rc;
}

int drain_infeasible_deep(struct drain *d)
{
    struct sets s;
    int rc;

    if (d->p->infeasible)
        return 0;
    rc = check_groups(d);
    if (rc || d->p->infeasible)
        return rc;
    rc = sets_init(&s, d);
    if (!rc) {
        count_room(&s, d);
        collect_sets(&s, d);
        fill_sets(&s, d);
    }
    for (uint32_t k = 0; k < s.n && !rc && !d->p->infeasible; k++)
        rc = check_set(d, &s, k);
    sets_dispose(&s);
    return rc;
}

/* --- not proven --------------------------------------------------------------------------- */

/* What of a unit's needs no host that suits it can meet: memory, or vCPUs
 * where the memory is, or neither: then who is there already. */
static void what_is_short(struct drain *d, const struct unit *u)
{
    struct plan *p = d->p;
    int64_t mem = 0;
    int32_t cpu = 0;

    for (uint32_t i = 0; i < d->ncand; i++) {
        uint32_t h = d->cand[i];

        if (!drain_suits(d, u, h))
            continue;
        if (d->s.free[h] > mem)
            mem = d->s.free[h];
        if (d->s.free[h] >= u->mem && d->s.vfree[h] > cpu)
            cpu = d->s.vfree[h];
    }
    if (mem < u->mem) {
        p->rule = PLAN_MEMORY;
        p->need = (double)u->mem;
        p->have = (double)mem;
    } else if (cpu < u->vcpus) {
        p->rule = PLAN_VCPU;
        p->need = u->vcpus;
        p->have = cpu;
    } else {
        p->rule = PLAN_APART;
        p->need = 1;
    }
}

/* Nothing was proven, but nothing was found: say what the biggest guest
 * without a place would need. */
int drain_not_found(struct drain *d)
{
    const struct unit *big = NULL;
    struct plan *p = d->p;
    char short_of[160];

    for (uint32_t i = 0; i < d->nunit; i++)
        if (d->unit[i].to == NONE && (!big || d->unit[i].mem > big->mem))
            big = &d->unit[i];
    if (!big)
        return 0;
    p->infeasible = true;
    what_is_short(d, big);
    if (p->rule == PLAN_MEMORY)
        snprintf(short_of, sizeof short_of,
                 "it needs %.0f MiB, the emptiest host that suits it would "
                 "have %.0f",
                 p->need, p->have);
    else if (p->rule == PLAN_VCPU)
        snprintf(short_of, sizeof short_of,
                 "it needs %.0f vCPUs, of the hosts with the memory for it "
                 "the emptiest would have %.0f (overcommit %g)",
                 p->need, p->have, d->c->set.overcommit);
    else
        snprintf(short_of, sizeof short_of,
                 "where there is room, a guest is in the way that it is kept "
                 "apart from");
    p->text = text_printf(
        "no plan was found, which is no proof that there is none: in the best "
        "that was, %u guest%s no place, the largest of them %s; %s",
        d->unplaced, d->unplaced == 1 ? " has" : "s have",
        plan_domain_name(d->c, d->unit_dom[big->first]), short_of);
    return p->text ? 0 : -ENOMEM;
}
