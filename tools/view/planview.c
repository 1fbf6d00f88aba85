/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows plans and scores as text; a column is as wide as its widest cell. */
#include "tools/view/planview.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/text.h"
#include "tools/view/name.h"

enum { STRANDED_REASONS = 4 };

/* --- moves --------------------------------------------------------------------- */

static void show_terms(FILE *f, const struct plan_move *m)
{
    fputs("      ", f);
    for (unsigned i = 0; i < PLAN_TERMS; i++)
        if (m->term[i] != 0)
            fprintf(f, "  %s %.3f", plan_term_name(i), m->term[i]);
    fputc('\n', f);
}

static void show_after(FILE *f, const struct plan_move *m)
{
    for (uint32_t i = 0; i < m->after_n && i < 3; i++)
        fprintf(f, "%s%u", i ? "," : "  after ", m->after[i] + 1);
    if (m->after_n > 3)
        fprintf(f, ",.. (%u)", m->after_n);
}

static void show_moves(FILE *f, struct plan_cluster *c, const struct plan *p,
                       bool explain)
{
    char a[NAME_SHOWN], b[NAME_SHOWN], d[NAME_SHOWN], hops[HOPS_SHOWN];
    int wd = 6, wa = 4, wb = 2;
    bool unknown = false;

    for (uint32_t i = 0; i < p->move_n; i++) {
        wd = name_wider(wd, plan_domain_name(c, p->move[i].domain));
        wa = name_wider(wa, plan_host_name(c, p->move[i].from));
        wb = name_wider(wb, plan_host_name(c, p->move[i].to));
    }
    fprintf(f, "%4s  %-*s  %-*s  %-*s %8s %4s %8s %8s %9s %7s\n", "move", wd,
            "domain", wa, "from", wb, "to", "GiB", "hops", "start s",
            "takes s", "Mbit/s", "stop ms");
    for (uint32_t i = 0; i < p->move_n; i++) {
        const struct plan_move *m = &p->move[i];

        fprintf(f, "%4u  %-*s  %-*s  %-*s %8.2f %4s %8.1f %8.1f %9.0f %7.0f",
                i + 1, wd, name_shown(d, plan_domain_name(c, m->domain)), wa,
                name_shown(a, plan_host_name(c, m->from)), wb,
                name_shown(b, plan_host_name(c, m->to)), m->gib,
                hops_shown(hops, m->hops, m->path_unknown), m->start_s,
                m->seconds, m->rate_mbps, m->downtime_ms);
        unknown |= m->path_unknown;
        if (m->displaced)
            fputs("  makes room", f);
        if (m->mends)
            fputs("  mends", f);
        show_after(f, m);
        fputc('\n', f);
        if (explain)
            show_terms(f, m);
    }
    if (p->move_n)
        fputc('\n', f);
    hops_legend(f, unknown);
}

/* --- sums ------------------------------------------------------------------------- */

static const char *plural(uint32_t n)
{
    return n == 1 ? "" : "s";
}

static void show_sums(FILE *f, const struct plan *p)
{
    char why[1024];

    if (!p->move_n) {
        fprintf(f, "%s\n",
                p->text && !p->infeasible
                    ? text_printable(why, sizeof why, p->text, strlen(p->text))
                    : "nothing to move");
        return;
    }
    fprintf(f,
            "%u move%s, %.2f GiB over %ld hops: cost %.2f (%g a GiB, %g a "
            "hop)\n",
            p->move_n, plural(p->move_n), p->gib, p->hops, p->total, p->alpha,
            p->beta);
    if (p->bound > 0)
        fprintf(f,
                "no plan costs less than %.2f: at most %.2f%% could be "
                "saved\n",
                p->bound, fmax(0, 100 * (p->total - p->bound) / p->total));
    fprintf(f,
            "takes %.1f s; the links or the largest guest alone need %.1f s "
            "(%.3f times that)\n",
            p->makespan_s, p->makespan_bound_s,
            p->makespan_bound_s > 0 ? p->makespan_s / p->makespan_bound_s
                                    : 1.0);
    fprintf(f,
            "guests are suspended for %.0f ms in all, %.0f ms if each moved "
            "alone\n",
            p->downtime_ms, p->downtime_alone_ms);
    if (p->goal == PLAN_GOAL_REBALANCE)
        fprintf(f, "imbalance %.4f after the moves, %.4f now\n",
                p->score_after, p->score_before);
}

/* The hosts that end above a soft limit, those by name that are most so. */
static void show_over(FILE *f, struct plan_cluster *c, const struct plan *p,
                      enum plan_over_what what)
{
    const struct plan_over *most = NULL;
    char a[NAME_SHOWN];
    uint32_t n = 0;

    for (uint32_t i = 0; i < p->over_n; i++) {
        const struct plan_over *over = &p->over[i];

        if (!(over->what & what))
            continue;
        n++;
        if (!most || (what == PLAN_OVER_MEMORY ? over->memory > most->memory
                                               : over->cpu > most->cpu))
            most = over;
    }
    if (!most)
        return;
    fprintf(f, "%u host%s end%s above %s; ", n, plural(n), n == 1 ? "s" : "",
            what == PLAN_OVER_MEMORY ? "memory_limit" : "cpu_limit");
    if (n > 1)
        fputs("of them ", f);
    fprintf(f, "%s has most: %.1f%% of its %s in use\n",
            name_shown(a, plan_host_name(c, most->host)),
            100 * (what == PLAN_OVER_MEMORY ? most->memory : most->cpu),
            what == PLAN_OVER_MEMORY ? "memory" : "CPUs");
}

static void show_stranded(FILE *f, struct plan_cluster *c,
                          const struct plan *p)
{
    char a[NAME_SHOWN], text[512];

    for (uint32_t i = 0; i < p->stranded_n; i++) {
        const struct plan_stranded *s = &p->stranded[i];

        fprintf(f, "%s stays on ",
                name_shown(a, plan_domain_name(c, s->domain)));
        fprintf(
            f, "%s:\n",
            name_shown(a, plan_host_name(c, plan_domain_host(c, s->domain))));
        for (uint32_t k = 0; k < s->reason_n && k < STRANDED_REASONS; k++) {
            const struct plan_reason *r = &s->reason[k];

            fprintf(
                f, "    %s (%s): %s\n",
                r->host == PLAN_NONE && p->goal == PLAN_GOAL_HOME ? "its home"
                : r->host == PLAN_NONE
                    ? "every host"
                    : name_shown(a, plan_host_name(c, r->host)),
                plan_rule_name(r->rule),
                text_printable(text, sizeof text, r->text, strlen(r->text)));
        }
        if (s->reason_n > STRANDED_REASONS)
            fprintf(f, "    and %u hosts more\n",
                    s->reason_n - STRANDED_REASONS);
    }
}

/* --- timeline ------------------------------------------------------------------------ */

struct timeline_row {
    uint32_t host;
    char *cell;
};

static int timeline_by_host(const void *pa, const void *pb)
{
    const struct timeline_row *a = pa, *b = pb;

    return a->host < b->host ? -1 : a->host > b->host;
}

static void timeline_mark(char *cell, unsigned width, double from, double to,
                          char what)
{
    unsigned a = (unsigned)(from * width), b = (unsigned)(to * width);

    for (unsigned i = a; i <= b && i < width; i++)
        cell[i] = cell[i] == '.' || cell[i] == what ? what : 'x';
}

static struct timeline_row *timeline_row(struct timeline_row *rows,
                                         uint32_t *n, uint32_t host,
                                         unsigned width)
{
    for (uint32_t i = 0; i < *n; i++)
        if (rows[i].host == host)
            return &rows[i];
    rows[*n].host = host;
    rows[*n].cell = calloc(width + 1, 1);
    if (!rows[*n].cell)
        return NULL;
    memset(rows[*n].cell, '.', width);
    return &rows[(*n)++];
}

enum { ROWS_MAX = 60 };

static void show_timeline(FILE *f, struct plan_cluster *c,
                          const struct plan *p, unsigned width)
{
    struct timeline_row rows[ROWS_MAX + 2] = { { 0, NULL } };
    uint32_t n = 0, left_out = 0;
    char a[NAME_SHOWN];
    int w = 4;

    for (uint32_t i = 0; i < p->move_n; i++) {
        const struct plan_move *m = &p->move[i];
        uint32_t end[2] = { m->from, m->to };

        for (int k = 0; k < 2; k++) {
            struct timeline_row *r =
                n < ROWS_MAX ? timeline_row(rows, &n, end[k], width) : NULL;

            if (!r) {
                left_out++;
                continue;
            }
            timeline_mark(r->cell, width, m->start_s / p->makespan_s,
                          (m->start_s + m->seconds) / p->makespan_s,
                          k ? '<' : '>');
        }
    }
    qsort(rows, n, sizeof *rows, timeline_by_host);
    for (uint32_t i = 0; i < n; i++)
        w = name_wider(w, plan_host_name(c, rows[i].host));
    fprintf(f, "\n%-*s  > sends, < receives, x both; %.1f s\n", w, "host",
            p->makespan_s);
    for (uint32_t i = 0; i < n; i++) {
        fprintf(f, "%-*s  %s\n", w,
                name_shown(a, plan_host_name(c, rows[i].host)), rows[i].cell);
        free(rows[i].cell);
    }
    if (left_out)
        fputs("more hosts take part than this chart shows\n", f);
}

static void show_infeasible(FILE *f, const struct plan *p)
{
    char text[1024];

    fprintf(f, "no plan: %s: %s\n", plan_rule_name(p->rule),
            text_printable(text, sizeof text, p->text, strlen(p->text)));
    /* "needed: 1, available: 0" would only repeat the reason */
    if (p->need != 1 || p->have != 0)
        fprintf(f, "needed: %.0f, available: %.0f\n", p->need, p->have);
    if (!p->proven)
        fputs("this is not proven: another plan may exist\n", f);
}

static void show_remarks(FILE *f, const struct plan *p)
{
    char text[1024];

    for (uint32_t i = 0; i < p->remark_n; i++)
        fprintf(f, "note: %s\n",
                text_printable(text, sizeof text, p->remark[i],
                               strlen(p->remark[i])));
}

/* A rack stands for the hosts that are in it. */
static void show_drained(FILE *f, struct plan_cluster *c, const struct plan *p)
{
    if (p->goal != PLAN_GOAL_DRAIN || p->goal_host_n < 2)
        return;
    fprintf(f, "drains %u hosts:", p->goal_host_n);
    for (uint32_t i = 0; i < p->goal_host_n; i++)
        fprintf(f, "%s %s", i ? "," : "", plan_host_name(c, p->goal_host[i]));
    fputs("\n\n", f);
}

void planview_plan(FILE *f, struct plan_cluster *c, const struct plan *p,
                   bool explain, unsigned width)
{
    show_drained(f, c, p);
    if (p->infeasible)
        show_infeasible(f, p);
    show_remarks(f, p);
    if (p->infeasible && !p->move_n && !p->stranded_n)
        return;
    if (p->move_n)
        show_moves(f, c, p, explain);
    show_sums(f, p);
    show_over(f, c, p, PLAN_OVER_MEMORY);
    show_over(f, c, p, PLAN_OVER_CPU);
    show_stranded(f, c, p);
    if (width && p->move_n && p->makespan_s > 0)
        show_timeline(f, c, p, width);
}

/* --- scores ----------------------------------------------------------------------------- */

static void show_refused(FILE *f, struct plan_cluster *c, uint32_t dom,
                         const struct plan_candidate *k, int w)
{
    char a[NAME_SHOWN], why[320], text[512];
    enum plan_rule rule = PLAN_MEMORY;

    why[0] = '\0';
    plan_refusal(c, dom, k->host, &rule, why, sizeof why);
    fprintf(f, "%-*s  refused (%s): %s\n", w,
            name_shown(a, plan_host_name(c, k->host)), plan_rule_name(rule),
            text_printable(text, sizeof text, why, strlen(why)));
}

void planview_score(FILE *f, struct plan_cluster *c, uint32_t dom,
                    const struct plan_candidate *k, uint32_t n, unsigned limit)
{
    char a[NAME_SHOWN], hops[HOPS_SHOWN];
    uint32_t good = 0, refused = 0;
    bool unknown = false;
    int w = 4;

    for (uint32_t i = 0; i < n; i++)
        w = name_wider(w, plan_host_name(c, k[i].host));
    fprintf(f, "%-*s %9s", w, "host", "total");
    for (unsigned t = 0; t < PLAN_TERMS; t++)
        fprintf(f, " %8s", plan_term_name(t));
    fprintf(f, " %5s %9s %8s\n", "hops", "Mbit/s", "takes s");
    for (uint32_t i = 0; i < n; i++) {
        if (k[i].refused ? refused++ >= limit : good++ >= limit)
            continue;
        if (k[i].refused) {
            show_refused(f, c, dom, &k[i], w);
            continue;
        }
        fprintf(f, "%-*s %9.3f", w,
                name_shown(a, plan_host_name(c, k[i].host)), k[i].total);
        for (unsigned t = 0; t < PLAN_TERMS; t++)
            fprintf(f, " %8.3f", k[i].term[t]);
        fprintf(f, " %5s %9.0f %8.1f%s\n",
                hops_shown(hops, k[i].hops, k[i].path_unknown), k[i].rate_mbps,
                k[i].seconds,
                k[i].over & PLAN_OVER_CPU      ? "  above cpu_limit"
                : k[i].over & PLAN_OVER_MEMORY ? "  above memory_limit"
                                               : "");
        unknown |= k[i].path_unknown;
    }
    hops_legend(f, unknown);
    if (!n)
        fputs("there is no other host\n", f);
    if (good > limit)
        fprintf(f, "and %u candidates more\n", good - limit);
    if (refused > limit)
        fprintf(f, "and %u refused more\n", refused - limit);
}
