/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows plans as text: what moves, when, what stays, and the sums last. */
#include "tools/view/planview.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/figure.h"
#include "tools/base/text.h"
#include "tools/complain.h"
#include "tools/view/name.h"
#include "tools/view/timeline.h"

enum { STRANDED_REASONS = 4, ROWS_LEAST = 4, CHART_LEAST = 2 };

/* --- moves --------------------------------------------------------------------- */

static struct move_row move_row(struct plan_cluster *c, const struct plan *p,
                                uint32_t i)
{
    const struct plan_move *m = &p->move[i];
    struct move_row r = {
        .id = i + 1LL,
        .guest = plan_domain_name(c, m->domain),
        .from = plan_host_name(c, m->from),
        .to = plan_host_name(c, m->to),
        .from_rack = plan_host_rack(c, m->from),
        .to_rack = plan_host_rack(c, m->to),
        .gib = m->gib,
        .start_s = m->start_s,
        .seconds = m->seconds,
        .rate_mbps = m->rate_mbps,
        .downtime_ms = m->downtime_ms,
        .hops = m->hops,
        .path_unknown = m->path_unknown,
        .note = m->displaced ? "makes room"
                : m->mends   ? "mends"
                             : NULL,
    };

    for (uint32_t k = 0; k < m->after_n; k++)
        move_row_after(&r, k, m->after_n, m->after[k] + 1LL);
    return r;
}

/* The terms of each move's score, those that count anywhere. */
static void show_terms(FILE *f, struct plan_cluster *c, const struct plan *p,
                       struct table_look look)
{
    struct table_column cols[3 + PLAN_TERMS + 1] = {
        { "move", TABLE_NUMBER },
        { "guest", TABLE_NAME },
        { "cost", TABLE_NUMBER },
    };
    struct table *t;

    for (unsigned i = 0; i < PLAN_TERMS; i++)
        cols[3 + i] = (struct table_column){ plan_term_name(i),
                                             TABLE_NUMBER | TABLE_MAYBE };
    t = table_new(cols, look);
    for (uint32_t i = 0; i < p->move_n; i++) {
        const struct plan_move *m = &p->move[i];

        table_row(t);
        table_cellf(t, "%u", i + 1);
        table_cell(t, plan_domain_name(c, m->domain));
        table_cellf(t, "%.2f", m->cost);
        for (unsigned k = 0; k < PLAN_TERMS; k++)
            if (m->term[k] != 0)
                table_cellf(t, "%.3f", m->term[k]);
            else
                table_cell(t, NULL);
    }
    table_print(t, f);
    table_free(t);
    fputc('\n', f);
}

/* --- sums ------------------------------------------------------------------------- */

static void show_sums(FILE *f, const struct plan *p, double longest_ms)
{
    char why[1024], a[FIGURE], b[FIGURE], alone[FIGURE];

    if (!p->move_n) {
        fprintf(f, "%s\n",
                p->text && !p->infeasible
                    ? text_printable(why, sizeof why, p->text, strlen(p->text))
                    : "nothing to move");
        return;
    }
    fprintf(f, "%u move%s, %s over %ld hops: cost %.2f (%g a GiB, %g a hop)\n",
            p->move_n, figure_plural(p->move_n), figure_gib(a, p->gib),
            p->hops, p->total, p->alpha, p->beta);
    if (p->bound > 0)
        fprintf(f,
                "no plan costs less than %.2f: at most %.2f%% could be "
                "saved\n",
                p->bound, fmax(0, 100 * (p->total - p->bound) / p->total));
    fprintf(f, "takes %s; links or the largest guest alone need %s",
            figure_time(a, p->makespan_s),
            figure_time(b, p->makespan_bound_s));
    if (p->makespan_bound_s > 0)
        fprintf(f, " (%.2fx)", p->makespan_s / p->makespan_bound_s);
    fprintf(f,
            "\ndowntime %s in all, the longest %s (%s if each guest moved "
            "alone)\n",
            figure_pause(a, p->downtime_ms), figure_pause(b, longest_ms),
            figure_pause(alone, p->downtime_alone_ms));
    if (p->goal == PLAN_GOAL_REBALANCE)
        fprintf(f, "imbalance %.2f -> %.2f\n", p->score_before,
                p->score_after);
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
    fprintf(f, "%u host%s end%s above %s; ", n, figure_plural(n),
            n == 1 ? "s" : "",
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

            table_line(
                f, 8, "    %s (%s): %s",
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

/* --- the whole ----------------------------------------------------------------------- */

static void show_infeasible(FILE *f, const struct plan *p)
{
    char text[1024], a[FIGURE], b[FIGURE];

    fprintf(f, "no plan: %s: %s\n", plan_rule_name(p->rule),
            text_printable(text, sizeof text, p->text, strlen(p->text)));
    /* "needed: 1, available: 0" would only repeat the reason */
    if (p->rule == PLAN_MEMORY && (p->need != 1 || p->have != 0))
        fprintf(f, "needed: %s, available: %s\n", figure_mib(a, p->need),
                figure_mib(b, p->have));
    else if (p->need != 1 || p->have != 0)
        fprintf(f, "needed: %.0f, available: %.0f\n", p->need, p->have);
    if (!p->proven)
        fputs("this is not proven: another plan may exist\n", f);
}

/* On a screen they are folded; in a log each is a line. Returns the lines. */
static size_t show_remarks(FILE *f, const struct plan *p,
                           const struct planview *v)
{
    char text[1024], note[1040];
    size_t lines = 0;

    for (uint32_t i = 0; i < p->remark_n; i++) {
        snprintf(note, sizeof note, "note: %s",
                 text_printable(text, sizeof text, p->remark[i],
                                strlen(p->remark[i])));
        if (v->rows)
            lines += table_sentence(f, note, v->look);
        else
            fprintf(f, "%s\n", note);
    }
    return lines;
}

/* The rack of all hosts that a plan drains, if it has no others; or NULL. */
static const char *plan_goal_rack(const struct plan_cluster *c,
                                  const struct plan *p)
{
    const char *rack =
        p->goal_host_n ? plan_host_rack(c, p->goal_host[0]) : NULL;
    uint32_t hosts = 0;

    for (uint32_t i = 0; rack && i < p->goal_host_n; i++) {
        const char *r = plan_host_rack(c, p->goal_host[i]);

        rack = r && !strcmp(r, rack) ? rack : NULL;
    }
    for (uint32_t h = 0; rack && h < plan_hosts(c); h++) {
        const char *r = plan_host_rack(c, h);

        hosts += r && !strcmp(r, rack);
    }
    return hosts == p->goal_host_n ? rack : NULL;
}

static bool plan_empties(const struct plan *p)
{
    return p->goal == PLAN_GOAL_DRAIN || p->goal == PLAN_GOAL_EVACUATE;
}

/* A rack stands for the hosts that are in it. */
static void show_drained(FILE *f, struct plan_cluster *c, const struct plan *p,
                         const struct planview *v)
{
    char a[NAME_SHOWN];

    if (!plan_empties(p) || p->goal_host_n < 2)
        return;
    fprintf(f, "%s %u hosts",
            p->goal == PLAN_GOAL_DRAIN ? "drains" : "evacuates",
            p->goal_host_n);
    if (v->rows && p->goal_host_n > v->rows && plan_goal_rack(c, p))
        fprintf(f, " of rack %s", name_shown(a, plan_goal_rack(c, p)));
    else
        for (uint32_t i = 0; i < p->goal_host_n; i++)
            fprintf(f, "%s %s", i ? "," : ":",
                    plan_host_name(c, p->goal_host[i]));
    fputs("\n\n", f);
}

void planview_moves(FILE *f, const struct move_row *row, size_t n,
                    double makespan_s, const struct planview *v)
{
    size_t used = movetable_show(f, row, n, v->rows / 2, v->look);
    size_t left = v->look.wide || !v->rows       ? SIZE_MAX
                  : used + CHART_LEAST < v->rows ? v->rows - used
                                                 : CHART_LEAST;

    if (v->chart)
        timeline_show(f, row, n, makespan_s, v->look.columns, left);
}

/* The moves, their terms and their chart. Returns the longest downtime. */
static double show_moves(FILE *f, struct plan_cluster *c, const struct plan *p,
                         const struct planview *v)
{
    struct move_row *row = calloc(p->move_n + 1, sizeof *row);
    double longest;

    if (!row)
        die_oom();
    for (uint32_t i = 0; i < p->move_n; i++)
        row[i] = move_row(c, p, i);
    planview_moves(f, row, p->move_n, p->makespan_s, v);
    if (v->explain)
        show_terms(f, c, p, v->look);
    longest = movetable_longest_ms(row, p->move_n);
    free(row);
    return longest;
}

void planview_plan(FILE *f, struct plan_cluster *c, const struct plan *p,
                   const struct planview *v)
{
    struct planview rest = *v;
    double longest_ms = 0;
    size_t lines;

    show_drained(f, c, p, v);
    if (p->infeasible)
        show_infeasible(f, p);
    lines = show_remarks(f, p, v);
    if (p->infeasible && !p->move_n && !p->stranded_n)
        return;
    if (v->rows)
        rest.rows =
            v->rows > lines + ROWS_LEAST ? v->rows - lines : ROWS_LEAST;
    if (p->move_n)
        longest_ms = show_moves(f, c, p, &rest);
    show_stranded(f, c, p);
    show_over(f, c, p, PLAN_OVER_MEMORY);
    show_over(f, c, p, PLAN_OVER_CPU);
    show_sums(f, p, longest_ms);
}

/* --- the question ---------------------------------------------------------------------- */

/* " off h1", " off the 40 hosts of rack tor0000" */
static void question_where(char *buf, size_t len, const struct plan_cluster *c,
                           const struct plan *p)
{
    const char *rack = plan_goal_rack(c, p);
    char name[NAME_SHOWN];

    *buf = '\0';
    if (p->goal == PLAN_GOAL_HOME)
        snprintf(buf, len, " home");
    if (!plan_empties(p))
        return;
    if (p->goal_host_n == 1)
        snprintf(buf, len, " off %s",
                 name_shown(name, plan_host_name(c, p->goal_host[0])));
    else if (rack)
        snprintf(buf, len, " off the %u hosts of rack %s", p->goal_host_n,
                 name_shown(name, rack));
    else
        snprintf(buf, len, " off %u hosts", p->goal_host_n);
}

void planview_question(char *buf, size_t len, const struct plan_cluster *c,
                       const struct plan *p)
{
    char gib[FIGURE], time[FIGURE], where[NAME_SHOWN + 40];

    question_where(where, sizeof where, c, p);
    snprintf(buf, len, "Move %u guest%s (%s, about %s)%s?", p->move_n,
             figure_plural(p->move_n), figure_gib(gib, p->gib),
             figure_about(time, p->makespan_s), where);
}
