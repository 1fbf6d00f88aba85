/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The hard rules, as a table: what each is called, what it means, and how it
 * says why it refuses a host to a domain.
 *
 * Rules that compare what a domain needs with what a host has are looked up by
 * signature (domains with the same needs, hosts with the same offer), so that
 * planners read one number where they would compare sets.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct question {
    struct plan_cluster *c;
    const struct state *s;
    uint32_t dom, host;
    const struct dom *d;
    const struct host *h;
};

typedef void explain_fn(const struct question *q, char *text, size_t len);

/* --- reasons -------------------------------------------------------------------- */

static void why_memory(const struct question *q, char *text, size_t len)
{
    snprintf(text, len, "it has %lld MiB free of %lld, %lld are needed",
             (long long)q->s->free[q->host], (long long)q->h->cap,
             (long long)q->d->mem);
}

static void why_vcpu(const struct question *q, char *text, size_t len)
{
    snprintf(text, len,
             "%d of its %d vCPUs are free (overcommit %g of %u cpus), %d are "
             "needed",
             (int)q->s->vfree[q->host], (int)q->h->vcap, q->c->set.overcommit,
             q->h->cpus, (int)q->d->vcpus);
}

/* Names of the bits that the host lacks; the first few, then how many more. */
static void why_cpu(const struct question *q, char *text, size_t len)
{
    const struct dom_sig *ds = (void *)intern_get(&q->c->dsig, q->d->sig);
    uint32_t max = ds->pv ? q->h->says.max_pv : q->h->says.max_hvm;
    uint32_t lacks = 0;
    size_t at;

    if (ds->vendor != NONE && q->h->says.vendor != NONE &&
        ds->vendor != q->h->says.vendor) {
        snprintf(text, len, "its CPU is of another vendor: %s, not %s",
                 intern_get(&q->c->word, q->h->says.vendor),
                 intern_get(&q->c->word, ds->vendor));
        return;
    }
    at = (size_t)snprintf(text, len, "its CPU lacks");
    for (uint32_t bit = 0; bit < 32 * FEATURE_WORDS && max != NONE &&
                           ds->policy != NONE && at < len;
         bit++) {
        uint32_t w = bit / 32, m = 1u << bit % 32;
        const char *name = feature_name(bit);

        if (!(q->c->features[ds->policy].word[w] & m) ||
            (q->c->features[max].word[w] & m) || ++lacks > 8)
            continue;
        if (name)
            at += (size_t)snprintf(text + at, len - at, "%s %s",
                                   lacks > 1 ? "," : "", name);
        else
            at += (size_t)snprintf(text + at, len - at, "%s bit %u of word %u",
                                   lacks > 1 ? "," : "", bit % 32, w);
    }
    if (lacks > 8 && at < len)
        snprintf(text + at, len - at, " and %u more features", lacks - 8);
}

static void why_xen(const struct question *q, char *text, size_t len)
{
    const struct dom_sig *ds = (void *)intern_get(&q->c->dsig, q->d->sig);

    snprintf(text, len,
             "its Xen is %u.%u, older than %u.%u, on which the guest runs",
             q->h->says.xen / 1000, q->h->says.xen % 1000, ds->xen / 1000,
             ds->xen % 1000);
}

/* A domain on the host that is in a group with this one; the group too. */
static uint32_t companion(const struct question *q, uint32_t *group)
{
    for (uint32_t k = 0; k < q->d->apart.n; k++) {
        *group = q->c->pool[q->d->apart.at + k];
        for (uint32_t i = 0; i < q->c->group[*group].n; i++) {
            uint32_t m = q->c->member[q->c->group[*group].at + i];

            if (m != q->dom && q->s->at[m] == q->host)
                return m;
        }
    }
    return NONE;
}

static void why_apart(const struct question *q, char *text, size_t len)
{
    uint32_t group, m = companion(q, &group);

    if (m != NONE)
        snprintf(text, len, "%s is there, to be kept apart (group %s)",
                 plan_domain_name(q->c, m), intern_get(&q->c->word, group));
}

static void why_together(const struct question *q, char *text, size_t len)
{
    snprintf(text, len, "the guests that it has to stay with do not fit");
}

static void why_missing(const struct question *q, const char *what,
                        uint32_t want, uint32_t have, char *text, size_t len)
{
    const struct intern *t = &q->c->wordset;
    size_t at = (size_t)snprintf(text, len, "it has no %s", what);
    bool first = true;

    for (uint32_t i = 0; i < t->entry[want]->len / 4; i++) {
        uint32_t w = ((const uint32_t *)(void *)t->entry[want]->key)[i];
        bool there = false;

        for (uint32_t k = 0; k < t->entry[have]->len / 4; k++)
            there |= ((const uint32_t *)(void *)t->entry[have]->key)[k] == w;
        if (!there && at < len) {
            at +=
                (size_t)snprintf(text + at, len - at, "%s %s",
                                 first ? "" : ",", intern_get(&q->c->word, w));
            first = false;
        }
    }
}

static void why_network(const struct question *q, char *text, size_t len)
{
    why_missing(q, "network", q->d->networks, q->h->says.networks, text, len);
}

static void why_storage(const struct question *q, char *text, size_t len)
{
    why_missing(q, "storage", q->d->storage, q->h->says.storage, text, len);
}

static void why_state(const struct question *q, char *text, size_t len)
{
    snprintf(text, len, "it is %s",
             q->h->state == PLAN_OFFLINE ? "offline" : "in maintenance");
}

static void why_pinned(const struct question *q, char *text, size_t len)
{
    const char *why = intern_get(&q->c->word, q->d->pinned);

    snprintf(text, len, "the guest is pinned to its host%s%s",
             why && *why ? ": " : "", why ? why : "");
}

static void why_pci(const struct question *q, char *text, size_t len)
{
    snprintf(text, len, "the guest has %u PCI device%s of its host",
             q->d->pci_n, q->d->pci_n == 1 ? "" : "s");
}

static void why_path(const struct question *q, char *text, size_t len)
{
    const char *from = plan_host_name(q->c, q->d->host);

    if (q->h->cls == NONE)
        snprintf(text, len, "it is not on the map of the racks");
    else if (plan_hops(q->c, q->d->host, q->host) < 0)
        snprintf(text, len, "no path from %s is known", from);
    else
        snprintf(text, len, "a link on the path from %s has no rate left",
                 from);
}

static void why_name(const struct question *q, char *text, size_t len)
{
    snprintf(text, len, "another domain there is called %s as well",
             plan_domain_name(q->c, q->dom));
}

static void why_drain(const struct question *q, char *text, size_t len)
{
    snprintf(text, len, "it is to be emptied");
}

static const struct {
    const char *name, *text;
    explain_fn *explain;
} rules[PLAN_RULES] = {
    [PLAN_MEMORY] = { "memory",
                      "the host's memory holds all its guests, "
                      "arriving ones included",
                      why_memory },
    [PLAN_VCPU] = { "vcpu", "vCPUs stay within overcommit times the cpus",
                    why_vcpu },
    [PLAN_CPU] = { "cpu",
                   "the host's CPU has every feature that the guest "
                   "was started with",
                   why_cpu },
    [PLAN_XEN_VERSION] = { "xen-version",
                           "Xen is not older than where the "
                           "guest runs",
                           why_xen },
    [PLAN_APART] = { "apart", "no two guests of an apart group on one host",
                     why_apart },
    [PLAN_TOGETHER] = { "together",
                        "a together group that is on one host "
                        "stays on one",
                        why_together },
    [PLAN_NETWORK] = { "network",
                       "the host has every network that the guest "
                       "needs",
                       why_network },
    [PLAN_STORAGE] = { "storage",
                       "the host reaches all storage that the "
                       "guest needs",
                       why_storage },
    [PLAN_STATE] = { "state", "the host is up", why_state },
    [PLAN_PINNED] = { "pinned", "the guest may leave its host", why_pinned },
    [PLAN_PCI] = { "pci", "the guest has no device of its host", why_pci },
    [PLAN_PATH] = { "path", "the rack map shows a way, with a rate left",
                    why_path },
    [PLAN_NAME] = { "name", "no other guest there has its name", why_name },
    [PLAN_DRAIN] = { "drain", "the host is not being emptied", why_drain },
};

const char *plan_rule_name(enum plan_rule rule)
{
    return rule < PLAN_RULES ? rules[rule].name : NULL;
}

const char *plan_rule_text(enum plan_rule rule)
{
    return rule < PLAN_RULES ? rules[rule].text : NULL;
}

void rule_explain(struct plan_cluster *c, const struct state *s, uint32_t dom,
                  uint32_t host, enum plan_rule rule, char *text, size_t len)
{
    struct question q = { c, s, dom, host, &c->dom[dom], &c->host[host] };

    *text = '\0';
    rules[rule].explain(&q, text, len);
    if (!*text)
        snprintf(text, len, "%s", rules[rule].text);
}

/* --- by signature ------------------------------------------------------------------- */

static bool features_fit(const struct featureset *policy,
                         const struct featureset *max)
{
    for (uint32_t i = 0; i < policy->n; i++)
        if (policy->word[i] & ~max->word[i])
            return false;
    return true;
}

static bool contains(const struct intern *t, uint32_t have, uint32_t want)
{
    const struct intern_entry *h, *w;
    uint32_t k = 0;

    if (want == NONE || have == NONE || want == have)
        return true;
    h = t->entry[have];
    w = t->entry[want];
    /* both are sorted */
    for (uint32_t i = 0; i < w->len / 4; i++) {
        uint32_t x = ((const uint32_t *)(const void *)w->key)[i];

        while (k < h->len / 4 &&
               ((const uint32_t *)(const void *)h->key)[k] < x)
            k++;
        if (k == h->len / 4 ||
            ((const uint32_t *)(const void *)h->key)[k] != x)
            return false;
    }
    return true;
}

static uint16_t compare(const struct plan_cluster *c, const struct dom_sig *d,
                        const struct host_sig *h)
{
    uint32_t max = d->pv ? h->max_pv : h->max_hvm;
    unsigned bad = 0;

    if (d->policy != NONE && max != NONE &&
        !features_fit(&c->features[d->policy], &c->features[max]))
        bad |= 1u << PLAN_CPU;
    if (d->vendor != NONE && h->vendor != NONE && d->vendor != h->vendor)
        bad |= 1u << PLAN_CPU;
    if (d->xen != NONE && h->xen != NONE && h->xen < d->xen)
        bad |= 1u << PLAN_XEN_VERSION;
    if (!contains(&c->wordset, h->networks, d->networks))
        bad |= 1u << PLAN_NETWORK;
    if (!contains(&c->wordset, h->storage, d->storage))
        bad |= 1u << PLAN_STORAGE;
    return (uint16_t)bad;
}

int rules_index(struct plan_cluster *c)
{
    uint32_t n = c->dsig.n, m = c->hsig.n;

    c->refuse = calloc((size_t)n * m + 1, sizeof *c->refuse);
    if (!c->refuse)
        return -ENOMEM;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < m; k++)
            c->refuse[(size_t)i * m + k] =
                compare(c, (const void *)intern_get(&c->dsig, i),
                        (const void *)intern_get(&c->hsig, k));
    return 0;
}

/* --- asking ---------------------------------------------------------------------------- */

uint32_t rules_static(struct plan_cluster *c, uint32_t dom, uint32_t host)
{
    const struct dom *d = &c->dom[dom];
    const struct host *h = &c->host[host];
    uint32_t bad = rules_sig(c, d->sig, h->sig);

    if (h->state != PLAN_UP)
        bad |= 1u << PLAN_STATE;
    if (d->pinned != NONE)
        bad |= 1u << PLAN_PINNED;
    if (d->pci_n)
        bad |= 1u << PLAN_PCI;
    if (host != d->host && plan_rate(c, d->host, host) <= 0)
        bad |= 1u << PLAN_PATH;
    return bad;
}

/* A small group is looked through by member, a large one by host. */
static bool has_of_group(const struct state *s, uint32_t dom, uint32_t host,
                         uint32_t g)
{
    const struct plan_cluster *c = s->c;
    const struct group *gr = &c->group[g];

    if (gr->n <= 12) {
        for (uint32_t i = 0; i < gr->n; i++) {
            uint32_t m = c->member[gr->at + i];

            if (m != dom && s->at[m] == host)
                return true;
        }
        return false;
    }
    for (uint32_t m = s->head[host]; m != NONE; m = s->next[m])
        for (uint32_t k = 0; k < c->dom[m].apart.n && m != dom; k++)
            if (c->pool[c->dom[m].apart.at + k] == g)
                return true;
    return false;
}

static bool apart_ok(const struct state *s, uint32_t dom, uint32_t host)
{
    const struct span a = s->c->dom[dom].apart;

    for (uint32_t k = 0; k < a.n; k++)
        if (has_of_group(s, dom, host, s->c->pool[a.at + k]))
            return false;
    return true;
}

static bool name_ok(const struct state *s, uint32_t dom, uint32_t host)
{
    const struct dom *d = &s->c->dom[dom];

    if (!d->name_clash)
        return true;
    for (uint32_t m = s->head[host]; m != NONE; m = s->next[m])
        if (m != dom && s->c->dom[m].name == d->name)
            return false;
    return true;
}

bool company_ok(const struct state *s, uint32_t dom, uint32_t host)
{
    return apart_ok(s, dom, host) && name_ok(s, dom, host);
}

uint32_t rules_state(const struct state *s, uint32_t dom, uint32_t host)
{
    const struct dom *d = &s->c->dom[dom];
    uint32_t bad = 0;

    if (s->at[dom] == host)
        return 0;
    if (s->free[host] < d->mem)
        bad |= 1u << PLAN_MEMORY;
    if (s->vfree[host] < d->vcpus)
        bad |= 1u << PLAN_VCPU;
    if (!apart_ok(s, dom, host))
        bad |= 1u << PLAN_APART;
    if (!name_ok(s, dom, host))
        bad |= 1u << PLAN_NAME;
    return bad;
}

bool plan_refusal(struct plan_cluster *c, uint32_t dom, uint32_t host,
                  enum plan_rule *rule_r, char *text, size_t len)
{
    struct state s;
    uint32_t bad;

    if (state_init(&s, c))
        return false;
    bad = rules_static(c, dom, host) | rules_state(&s, dom, host);
    for (enum plan_rule r = 0; bad && r < PLAN_RULES; r++)
        if (bad & 1u << r) {
            *rule_r = r;
            rule_explain(c, &s, dom, host, r, text, len);
            break;
        }
    state_dispose(&s);
    return bad;
}
