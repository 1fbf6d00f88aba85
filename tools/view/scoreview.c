/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows where a guest could go, at which cost, and what refuses it elsewhere. */
#include "tools/view/scoreview.h"

#include "tools/base/figure.h"
#include "tools/cluster/choose.h"
#include "tools/view/name.h"

static void score_candidate(struct table *t, struct plan_cluster *c,
                            uint32_t dom, const struct plan_candidate *k)
{
    int64_t left = plan_host_capacity_mib(c, k->host) -
                   plan_host_used_mib(c, k->host) - plan_domain_mib(c, dom);
    char a[FIGURE], hops[HOPS_SHOWN];

    table_row(t);
    table_cell(t, plan_host_name(c, k->host));
    table_cell(t, plan_host_rack(c, k->host));
    table_cellf(t, "%.2f", k->total);
    table_cell(t, figure_gib(a, k->gib));
    table_cell(t, hops_shown(hops, k->hops, k->path_unknown));
    table_cell(t, figure_rate(a, k->rate_mbps));
    table_cell(t, figure_time(a, k->seconds));
    table_cell(t, figure_pause(a, k->downtime_ms));
    table_cell(t, figure_mib(a, (double)left));
    table_cell(t, k->over & PLAN_OVER_CPU      ? "above cpu_limit"
                  : k->over & PLAN_OVER_MEMORY ? "above memory_limit"
                                               : NULL);
    for (unsigned i = 0; i < PLAN_TERMS; i++)
        table_cellf(t, "%.3f", k->term[i]);
}

static void score_candidates(FILE *f, struct plan_cluster *c, uint32_t dom,
                             const struct plan_candidate *k, uint32_t n,
                             struct table_look look)
{
    struct table_column cols[10 + PLAN_TERMS + 1] = {
        { "host", TABLE_NAME },
        { "rack", TABLE_NAME | TABLE_MAYBE | TABLE_LESS },
        { "cost", TABLE_NUMBER },
        { "sends", TABLE_NUMBER },
        { "hops", TABLE_NUMBER },
        { "rate", TABLE_NUMBER | TABLE_LESS },
        { "takes", TABLE_NUMBER },
        { "downtime", TABLE_NUMBER },
        { "then free", TABLE_NUMBER },
        { "note", TABLE_MAYBE },
    };
    bool unknown = false;
    struct table *t;

    for (unsigned i = 0; i < PLAN_TERMS; i++)
        cols[10 + i] = (struct table_column){ plan_term_name(i),
                                              TABLE_NUMBER | TABLE_WIDE };
    t = table_new(cols, look);
    for (uint32_t i = 0; i < n; i++) {
        score_candidate(t, c, dom, &k[i]);
        unknown |= k[i].path_unknown;
    }
    table_print(t, f);
    table_free(t);
    hops_legend(f, unknown);
}

static void score_refused(FILE *f, struct plan_cluster *c, uint32_t dom,
                          const struct plan_candidate *k, uint32_t n,
                          struct table_look look)
{
    static const struct table_column cols[] = {
        { "refused", TABLE_NAME },
        { "rule", 0 },
        { "why", TABLE_TEXT },
        { NULL, 0 },
    };
    struct table *t = table_new(cols, look);

    for (uint32_t i = 0; i < n; i++) {
        enum plan_rule rule = PLAN_MEMORY;
        char why[320] = "";

        plan_refusal(c, dom, k[i].host, &rule, why, sizeof why);
        table_row(t);
        table_cell(t, plan_host_name(c, k[i].host));
        table_cell(t, plan_rule_name(rule));
        table_cell(t, why);
    }
    table_print(t, f);
    table_free(t);
}

void scoreview_text(FILE *f, struct plan_cluster *c, uint32_t dom,
                    const struct plan_candidate *k, uint32_t n, unsigned limit,
                    struct table_look look)
{
    uint32_t good = 0, refused, most;
    char why[CHOOSE_WHY];

    while (good < n && !k[good].refused)
        good++;
    refused = n - good;
    if (!n)
        fputs("there is no other host\n", f);
    if (good) {
        choose_why(c, k, n, &k[0], why, sizeof why);
        table_sentence(f, why, look);
        fputc('\n', f);
    }
    most = good < limit ? good : limit;
    score_candidates(f, c, dom, k, most, look);
    if (good > most)
        fprintf(f, "and %u candidates more\n", good - most);
    if (good && refused)
        fputc('\n', f);
    most = refused < limit ? refused : limit;
    score_refused(f, c, dom, k + good, most, look);
    if (refused > most)
        fprintf(f, "and %u refused more\n", refused - most);
}
