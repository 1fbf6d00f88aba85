/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The table of rules: which guest may go to which host, and why it may not.
 *
 * The planners, `rackhop score` and the check before a move (preflight.c) ask
 * this one table. Rules of the kind RULE_SIGNATURE are asked once for each
 * pair of signatures (guests with the same needs, hosts with the same offer),
 * so that planners read one number where they would compare sets.
 */
#include "scheduler/rule_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const struct rule {
    const char *name;
    const char *text; /* what holds where the rule is kept */
    enum rule_kind kind;
    rule_test_fn *forbids;
    rule_explain_fn *explain;
} rule_rows[PLAN_RULES] = {
    [PLAN_MEMORY] = { "memory",
                      "the host has enough memory for all its guests, "
                      "arriving ones included",
                      RULE_STATE, rule_memory, rule_memory_why },
    [PLAN_VCPU] = { "vcpu", "vCPUs stay within overcommit times the cpus",
                    RULE_STATE, rule_vcpu, rule_vcpu_why },
    [PLAN_CPU] = { "cpu",
                   "the host's CPU has every feature that the guest "
                   "was started with",
                   RULE_SIGNATURE, rule_cpu, rule_cpu_why },
    [PLAN_XEN_VERSION] = { "xen-version",
                           "the host's Xen is not older than the one that the "
                           "guest runs on",
                           RULE_SIGNATURE, rule_xen, rule_xen_why },
    [PLAN_APART] = { "apart",
                     "no two guests of an apart group are on one host",
                     RULE_STATE, rule_apart, rule_apart_why },
    [PLAN_TOGETHER] = { "together",
                        "a together group that is on one host "
                        "stays on one",
                        RULE_STATIC, rule_together, rule_together_why },
    [PLAN_NETWORK] = { "network",
                       "the host has every network that the guest "
                       "needs",
                       RULE_SIGNATURE, rule_network, rule_network_why },
    [PLAN_STORAGE] = { "storage",
                       "the host reaches all storage that the "
                       "guest needs",
                       RULE_SIGNATURE, rule_storage, rule_storage_why },
    [PLAN_STATE] = { "state", "the host is up", RULE_STATIC, rule_host_state,
                     rule_host_state_why },
    [PLAN_PINNED] = { "pinned", "the guest may leave its host", RULE_STATIC,
                      rule_pinned, rule_pinned_why },
    [PLAN_PCI] = { "pci", "the guest has no device that ties it to its host",
                   RULE_STATIC, rule_pci, rule_pci_why },
    [PLAN_PATH] = { "path", "the rack map shows a path, with some rate left",
                    RULE_STATIC, rule_path, rule_path_why },
    [PLAN_NAME] = { "name", "no other guest of the host has its name",
                    RULE_STATE, rule_name, rule_name_why },
    [PLAN_DRAIN] = { "drain", "the host is not being emptied", RULE_PLANNER,
                     NULL, rule_drain_why },
    [PLAN_APART_RACKS] = { "apart-racks",
                           "no two guests of an apart_racks group are in one "
                           "rack",
                           RULE_STATE, rule_apart_racks,
                           rule_apart_racks_why },
    [PLAN_ONLY] = { "only", "the guest may be on this host", RULE_SIGNATURE,
                    rule_only, rule_only_why },
    [PLAN_POOL] = { "pool",
                    "the host has the guest's CPU pool, with its scheduler "
                    "and CPUs",
                    RULE_SIGNATURE, rule_pool, rule_pool_why },
    [PLAN_TSC] = { "tsc",
                   "the host's time stamp counter has the frequency of the "
                   "guest's",
                   RULE_STATIC, rule_tsc, rule_tsc_why },
    [PLAN_DEVICE] = { "device",
                      "the host has a free device of the same class for each "
                      "that the guest has",
                      RULE_STATE, rule_device, rule_device_why },
    [PLAN_XSAVE] = { "xsave",
                     "the host's processors save all registers that the guest "
                     "may have in use",
                     RULE_STATIC, rule_xsave, rule_xsave_why },
    [PLAN_TIME] = { "time", "the move ends while there is time", RULE_PLANNER,
                    NULL, NULL },
};

const char *plan_rule_name(enum plan_rule rule)
{
    return rule < PLAN_RULES ? rule_rows[rule].name : NULL;
}

/* --- asking -------------------------------------------------------------- */

static struct rule_case rule_case(struct plan_cluster *c,
                                  const struct state *s, uint32_t dom,
                                  uint32_t host)
{
    const struct dom *v = &c->dom[dom];
    const struct host *h = &c->host[host];

    return (struct rule_case){
        .c = c,
        .s = s,
        .dom = dom,
        .host = host,
        .v = v,
        .h = h,
        .needs = (const void *)intern_get(&c->dsig, v->sig),
        .offers = &h->offer,
    };
}

/* The rules of this kind that forbid it: bits of enum plan_rule. */
static uint32_t rules_forbid(const struct rule_case *q, enum rule_kind kind)
{
    uint32_t bits = 0;

    for (enum plan_rule r = 0; r < PLAN_RULES; r++)
        if (rule_rows[r].kind == kind && rule_rows[r].forbids(q))
            bits |= 1u << r;
    return bits;
}

int rules_index(struct plan_cluster *c)
{
    struct rule_case q = { .c = c };
    uint32_t n = c->dsig.n, m = c->hsig.n;

    c->refuse = calloc((size_t)n * m + 1, sizeof *c->refuse);
    if (!c->refuse)
        return -ENOMEM;
    for (uint32_t i = 0; i < n; i++) {
        q.needs = (const void *)intern_get(&c->dsig, i);
        for (uint32_t k = 0; k < m; k++) {
            q.offers = (const void *)intern_get(&c->hsig, k);
            c->refuse[(size_t)i * m + k] = rules_forbid(&q, RULE_SIGNATURE);
        }
    }
    return 0;
}

uint32_t rules_static(struct plan_cluster *c, uint32_t dom, uint32_t host)
{
    const struct rule_case q = rule_case(c, NULL, dom, host);

    return rules_sig(c, q.v->sig, q.h->sig) | rules_forbid(&q, RULE_STATIC);
}

uint32_t rules_state(const struct state *s, uint32_t dom, uint32_t host)
{
    const struct rule_case q = rule_case(s->c, s, dom, host);

    return s->at[dom] == host ? 0 : rules_forbid(&q, RULE_STATE);
}

uint32_t rules_all(const struct state *s, uint32_t dom, uint32_t host)
{
    return rules_static(s->c, dom, host) | rules_state(s, dom, host);
}

enum plan_rule rules_first(uint32_t rules)
{
    enum plan_rule r = 0;

    while (r < PLAN_RULES && !(rules & 1u << r))
        r++;
    return r;
}

uint32_t rules_without_soft(const struct plan_cluster *c, uint32_t rules)
{
    const uint32_t soft = 1u << PLAN_APART | 1u << PLAN_APART_RACKS;

    return c->set.soft_apart ? rules & ~soft : rules;
}

bool rules_group_ok(const struct state *s, uint32_t dom, uint32_t host)
{
    const struct dom *v = &s->c->dom[dom];
    const struct rule_case q = {
        .c = s->c, .s = s, .dom = dom, .host = host, .v = v
    };

    return (!v->apart.n || !rule_apart(&q)) &&
           (!v->apart_racks.n || !rule_apart_racks(&q)) &&
           (!v->device.n || !rule_device(&q)) &&
           (!v->name_clash || !rule_name(&q));
}

uint32_t rules_group(const struct state *s, uint32_t dom, uint32_t host)
{
    const struct rule_case q = rule_case(s->c, s, dom, host);

    return (uint32_t)rule_apart(&q) << PLAN_APART |
           (uint32_t)rule_apart_racks(&q) << PLAN_APART_RACKS;
}

void rule_explain(struct plan_cluster *c, const struct state *s, uint32_t dom,
                  uint32_t host, enum plan_rule rule, char *text, size_t len)
{
    const struct rule_case q = rule_case(c, s, dom, host);

    *text = '\0';
    rule_rows[rule].explain(&q, text, len);
    if (!*text)
        snprintf(text, len, "%s", rule_rows[rule].text);
}

struct plan_asking {
    struct state s;
};

struct plan_asking *plan_asking_new(struct plan_cluster *c)
{
    struct plan_asking *a = calloc(1, sizeof *a);

    if (a && !state_init(&a->s, c))
        return a;
    free(a);
    return NULL;
}

void plan_asking_free(struct plan_asking *a)
{
    if (a)
        state_dispose(&a->s);
    free(a);
}

uint32_t plan_ask(const struct plan_asking *a, uint32_t dom, uint32_t host)
{
    return rules_all(&a->s, dom, host);
}

uint32_t plan_off_rules(const struct plan_cluster *c, uint32_t dom,
                        uint32_t host)
{
    bool known = plan_path_known(c, plan_domain_host(c, dom), host);

    return 1u << PLAN_STATE | (uint32_t)!known << PLAN_PATH;
}

int plan_refusals(struct plan_cluster *c, uint32_t dom, uint32_t host,
                  uint32_t *rules_r)
{
    struct state s;
    int rc = state_init(&s, c);

    if (rc)
        return rc;
    *rules_r = rules_all(&s, dom, host);
    state_dispose(&s);
    return 0;
}

bool plan_refusal(struct plan_cluster *c, uint32_t dom, uint32_t host,
                  enum plan_rule *rule_r, char *text, size_t len)
{
    struct state s;
    uint32_t bad;

    if (state_init(&s, c))
        return false;
    bad = rules_all(&s, dom, host);
    if (bad) {
        *rule_r = rules_first(bad);
        rule_explain(c, &s, dom, host, *rule_r, text, len);
    }
    state_dispose(&s);
    return bad;
}
