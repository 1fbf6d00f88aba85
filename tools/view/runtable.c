/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs and plans as tables: before, meanwhile, and afterwards. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/complain.h"
#include "tools/exit.h"
#include "tools/base/figure.h"
#include "tools/base/grow.h"
#include "tools/base/text.h"
#include "tools/doc/prediction.h"
#include "tools/doc/run_status.h"
#include "tools/view/name.h"
#include "tools/view/runview.h"

static const double mib = 1048576;

/* --- before -------------------------------------------------------------------------- */

static struct move_row plan_row(const struct plan_doc *p, uint32_t i)
{
    const struct plan_doc_move *m = &p->move[i];
    struct move_row r = {
        .id = m->id,
        .guest = m->name,
        .from = m->from,
        .to = m->to,
        .gib = m->gib,
        .start_s = m->start_s,
        .seconds = m->seconds,
        .rate_mbps = m->rate_mbps,
        .downtime_ms = m->downtime_ms,
        .hops = m->hops,
        .path_unknown = m->path_unknown,
    };

    for (uint32_t k = 0; k < m->after_n; k++)
        move_row_after(&r, k, m->after_n, p->move[m->after[k]].id);
    return r;
}

static double plan_gib(const struct plan_doc *p)
{
    double gib = 0;

    for (uint32_t i = 0; i < p->move_n; i++)
        gib += p->move[i].gib;
    return gib;
}

void runview_plan(FILE *f, const struct plan_doc *p, const struct planview *v)
{
    struct move_row *row = calloc((size_t)p->move_n + 1, sizeof *row);
    char gib[FIGURE], time[FIGURE], pause[FIGURE];

    if (!row)
        die_oom();
    for (uint32_t i = 0; i < p->move_n; i++)
        row[i] = plan_row(p, i);
    planview_moves(f, row, p->move_n, p->makespan_s, v);
    fprintf(f, "%u move%s of %s, %s; the longest downtime is %s\n", p->move_n,
            figure_plural(p->move_n), figure_gib(gib, plan_gib(p)),
            figure_time(time, p->makespan_s),
            figure_pause(pause, movetable_longest_ms(row, p->move_n)));
    free(row);
}

void runview_plan_question(char *buf, size_t len, const struct plan_doc *p)
{
    char gib[FIGURE], time[FIGURE], where[NAME_SHOWN + 16] = "",
                                                       name[NAME_SHOWN];

    bool empties =
        p->goal && (!strcmp(p->goal, "drain") || !strcmp(p->goal, "evacuate"));

    if (empties && p->hosts.n == 1)
        snprintf(where, sizeof where, " off %s",
                 name_shown(name, p->hosts.s[0]));
    else if (empties)
        snprintf(where, sizeof where, " off %zu hosts", p->hosts.n);
    snprintf(buf, len, "Move %u guest%s (%s, about %s)%s?", p->move_n,
             figure_plural(p->move_n), figure_gib(gib, plan_gib(p)),
             figure_about(time, p->makespan_s), where);
}

/* --- afterwards ------------------------------------------------------------------------ */

/* A figure as it was predicted, and how far that was from the truth. */
static void report_predicted(struct table *t,
                             const char *(*figure)(char *buf, double v),
                             double predicted, double measured)
{
    double error = prediction_error(predicted, measured);
    char a[FIGURE];

    table_cell(t, figure(a, predicted));
    if (isfinite(error))
        table_cellf(t, "%+.0f%%", error);
    else
        table_cell(t, "-");
}

static void report_row(struct table *t, const struct run_move *m)
{
    double sent = m->bytes < 0 ? -1 : m->bytes / mib;
    char a[FIGURE], hops[HOPS_SHOWN];

    table_row(t);
    table_cell(t, m->name);
    table_cell(t, m->from);
    table_cell(t, m->to);
    table_cell(t, hops_shown(hops, m->hops, m->path_unknown));
    table_cell(t, figure_time(a, m->took_s));
    report_predicted(t, figure_time, m->seconds, m->took_s);
    table_cell(t, figure_pause(a, m->stopped_ms));
    report_predicted(t, figure_pause, m->downtime_ms, m->stopped_ms);
    table_cell(t, figure_mib(a, sent));
    report_predicted(t, figure_mib, prediction_bytes(m) / mib, sent);
}

static void report_table(FILE *f, const struct run *r, struct table_look look)
{
    static const struct table_column cols[] = {
        { "guest", TABLE_NAME },
        { "from", TABLE_NAME },
        { "to", TABLE_NAME },
        { "hops", TABLE_NUMBER | TABLE_WIDE },
        { "took", TABLE_NUMBER },
        { "predicted", TABLE_NUMBER | TABLE_WIDE },
        { "error", TABLE_NUMBER | TABLE_LESS },
        { "stopped", TABLE_NUMBER },
        { "predicted", TABLE_NUMBER | TABLE_WIDE },
        { "error", TABLE_NUMBER | TABLE_LESS },
        { "sent", TABLE_NUMBER },
        { "predicted", TABLE_NUMBER | TABLE_WIDE },
        { "error", TABLE_NUMBER | TABLE_LESS },
        { NULL, 0 },
    };
    struct table *t = table_new(cols, look);

    for (uint32_t i = 0; i < r->move_n; i++)
        if (r->move[i].state == MOVE_DONE)
            report_row(t, &r->move[i]);
    table_print(t, f);
    table_free(t);
}

/* What all guests together were stopped for, and the longest. */
static void report_stopped(FILE *f, const struct run *r)
{
    char sum[FIGURE], most[FIGURE];
    double all = 0, longest = -1;

    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];

        if (m->state != MOVE_DONE || m->stopped_ms < 0)
            continue;
        all += m->stopped_ms;
        longest = fmax(longest, m->stopped_ms);
    }
    if (longest >= 0)
        fprintf(f, "guests were stopped for %s in all, for %s at most\n",
                figure_pause(sum, all), figure_pause(most, longest));
}

void runview_report(FILE *f, const struct run *r, struct table_look look)
{
    char took[FIGURE], predicted[FIGURE], bound[FIGURE];
    double makespan = prediction_makespan(r);
    bool unknown = false;

    if (!(makespan > 0))
        return;
    for (uint32_t i = 0; i < r->move_n; i++)
        unknown |= r->move[i].state == MOVE_DONE && r->move[i].path_unknown;
    fputc('\n', f);
    report_table(f, r, look);
    fputc('\n', f);
    hops_legend(f, unknown && look.wide);
    report_stopped(f, r);
    fprintf(f, "the run took %s, predicted were %s\n",
            figure_time(took, makespan),
            figure_time(predicted, r->makespan_s));
    if (r->bound_s > 0)
        fprintf(f,
                "links or the largest guest alone need %s (%.2f times that)\n",
                figure_time(bound, r->bound_s), makespan / r->bound_s);
}

/* --- who stays ------------------------------------------------------------- */

enum { LEFT_NAMED = 3 };

/* Guests that stay on one host for one reason. */
struct left_group {
    const char *from;
    char why[300], name[LEFT_NAMED][NAME_SHOWN];
    unsigned n;
};
struct left {
    struct left_group *group;
    size_t n, room;
};

static void left_doubt(const struct run_move *m, const char *why)
{
    char name[NAME_SHOWN], from[NAME_SHOWN], text[300];

    complain("%s is in doubt: %s; on %s: `rackhop recover %s`",
             name_shown(name, m->name),
             text_printable(text, sizeof text, why, strlen(why)),
             name_shown(from, m->from), name);
}

static struct left_group *left_group(struct left *l, const char *from,
                                     const char *why)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->group[i].from, from) && !strcmp(l->group[i].why, why))
            return &l->group[i];
    if (array_grow(&l->group, &l->room, l->n + 1, sizeof *l->group))
        die_oom();
    l->group[l->n] = (struct left_group){ .from = from };
    snprintf(l->group[l->n].why, sizeof l->group->why, "%s", why);
    return &l->group[l->n++];
}

static void left_add(void *arg, const struct run_move *m, const char *why)
{
    struct left_group *g;
    char text[300];

    if (m->state == MOVE_DOUBT) {
        left_doubt(m, why);
        return;
    }
    text_printable(text, sizeof text, why, strlen(why));
    g = left_group(arg, m->from, text);
    if (g->n < LEFT_NAMED)
        name_shown(g->name[g->n], m->name);
    g->n++;
}

/* A line for each guest; of many one line together. */
static void left_tell(const struct left_group *g)
{
    char from[NAME_SHOWN];

    name_shown(from, g->from);
    if (g->n > LEFT_NAMED) {
        complain("%u guests stay on %s (%s, %s ..): %s", g->n, from,
                 g->name[0], g->name[1], g->why);
        return;
    }
    for (unsigned i = 0; i < g->n; i++)
        complain("%s stays on %s: %s", g->name[i], from, g->why);
}

void runview_left(const struct run *r)
{
    struct left l = { .group = NULL };

    run_left(r, left_add, &l);
    for (size_t i = 0; i < l.n; i++)
        left_tell(&l.group[i]);
    free(l.group);
}

/* --- meanwhile ---------------------------------------------------------------- */

static const char *status_headline(const struct run *r, bool alive)
{
    if (alive)
        return "is under way";
    if (r->state == RUN_ENDED)
        return r->code == RC_OK       ? "is done"
               : r->code == RC_PARTLY ? "has ended, partly done"
               : r->code == RC_DOUBT  ? "has ended with a guest in doubt"
                                      : "has ended, nothing was moved";
    return r->code == RC_DOUBT ? "waits for a guest in doubt to be settled"
                               : "was cut off";
}

/* "round 2, 512 MiB sent, 118 MiB/s, 12 MiB dirty, pause 40 ms" */
static void status_running(char *buf, size_t len, const struct json *l)
{
    double bytes = json_get_num(l, "bytes", -1);
    double rate = json_get_num(l, "rate", -1);
    double dirty = json_get_num(l, "dirty_mib", -1);
    double pause = json_get_num(l, "pause_ms", -1);
    char sent[FIGURE + 8] = "", fast[FIGURE + 8] = "", d[FIGURE + 8] = "",
                       p[FIGURE + 8] = "", round[32] = "", a[FIGURE];

    if (json_get_bool(l, "suspended", false))
        snprintf(round, sizeof round, ", stopped");
    else if (json_get_num(l, "round", -1) >= 0)
        snprintf(round, sizeof round, ", round %.0f",
                 json_get_num(l, "round", 0) + 1);
    if (bytes >= 0)
        snprintf(sent, sizeof sent, ", %s sent", figure_mib(a, bytes / mib));
    if (rate >= 0)
        snprintf(fast, sizeof fast, ", %s", figure_mib_s(a, rate / mib));
    if (dirty >= 0)
        snprintf(d, sizeof d, ", %s dirty", figure_mib(a, dirty));
    if (pause >= 0)
        snprintf(p, sizeof p, ", pause %s", figure_pause(a, pause));
    snprintf(buf, len, "%s%s%s%s%s", round, sent, fast, d, p);
    if (*buf)
        memmove(buf, buf + 2, strlen(buf) - 1);
}

static void status_row(struct table *t, const struct run *r, uint32_t i,
                       const struct json *live)
{
    const struct run_move *m = &r->move[i];
    char text[256] = "";

    if (m->state == MOVE_STARTED && run_live_move(live, i))
        status_running(text, sizeof text, run_live_move(live, i));
    table_row(t);
    table_cellf(t, "%u", i + 1);
    table_cell(t, m->name);
    table_cell(t, m->from);
    table_cell(t, m->to);
    table_cell(t, move_state_name(m->state));
    if (m->state == MOVE_DOUBT || m->state == MOVE_FAILED)
        table_mark(t, m->state == MOVE_DOUBT ? THEME_BAD : THEME_WARN);
    if (*text && *m->why)
        table_cellf(t, "%s; %s", text, m->why);
    else
        table_cell(t, *text ? text : m->why);
}

/* Moves that run come first, then what went wrong, then what is to come. */
static const enum move_state status_order[] = { MOVE_STARTED, MOVE_DOUBT,
                                                MOVE_FAILED,  MOVE_PLANNED,
                                                MOVE_DONE,    MOVE_SKIPPED };
enum { STATUS_ORDER = sizeof status_order / sizeof *status_order };

static void status_table(FILE *f, const struct run *r, const struct json *live,
                         const struct status_look *s)
{
    static const struct table_column cols[] = {
        { "move", TABLE_NUMBER },
        { "guest", TABLE_NAME },
        { "from", TABLE_NAME },
        { "to", TABLE_NAME },
        { "state", 0 },
        { "what", TABLE_TEXT | TABLE_MAYBE },
        { NULL, 0 },
    };
    struct table *t = table_new(cols, s->look);

    for (unsigned o = 0; o < (s->rows ? STATUS_ORDER : 1); o++)
        for (uint32_t i = 0; i < r->move_n; i++)
            if (!r->move[i].replaced &&
                (!s->rows || r->move[i].state == status_order[o]))
                status_row(t, r, i, live);
    table_print_lines(t, f, s->rows ? s->rows : SIZE_MAX);
    table_free(t);
}

/* "2 of 40 moves done, 1 running, 37 planned; about 3 min left" */
static void status_counts(FILE *f, const struct run *r, double eta_s)
{
    static const struct {
        enum move_state state;
        const char *word;
    } rows[] = { { MOVE_STARTED, "running" },
                 { MOVE_DOUBT, "in doubt" },
                 { MOVE_FAILED, "failed" },
                 { MOVE_PLANNED, "planned" },
                 { MOVE_SKIPPED, "left out" } };
    unsigned n[MOVE_SKIPPED + 1] = { 0 }, done, all;
    char left[FIGURE];

    runview_counts(r, &done, &all);
    fprintf(f, "%u of %u moves done", done, all);
    for (uint32_t i = 0; i < r->move_n; i++)
        n[r->move[i].state] +=
            !r->move[i].replaced &&
            (r->move[i].state != MOVE_FAILED || run_is_last(r, i));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (n[rows[i].state])
            fprintf(f, ", %u %s", n[rows[i].state], rows[i].word);
    if (eta_s >= 0)
        fprintf(f, "; about %s left", figure_about(left, eta_s));
    fputc('\n', f);
}

void runview_status(FILE *f, const struct run *r, bool alive,
                    const struct json *live, const struct status_look *s)
{
    double eta = json_get_num(live, "eta_s", -1);

    fprintf(f, "run %s (%s, %s of %s) %s\n", r->name, r->goal, r->started,
            r->executor, status_headline(r, alive));
    status_table(f, r, live, s);
    status_counts(f, r, alive ? eta : -1);
    if (!alive && r->state == RUN_OPEN)
        fprintf(f,
                "`rackhop apply --resume %s` continues it, `rackhop "
                "cancel %s` ends it\n",
                r->name, r->name);
}
