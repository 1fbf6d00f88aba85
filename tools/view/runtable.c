/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs and plans as tables: before, meanwhile, and afterwards. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/complain.h"
#include "tools/exit.h"
#include "tools/view/name.h"
#include "tools/view/runview.h"
#include "tools/doc/prediction.h"
#include "tools/doc/run_status.h"
#include "tools/base/text.h"

static const double mib = 1048576;

struct table_columns {
    int name, from, to;
};

static void table_row(FILE *f, const struct table_columns *w, const char *name,
                      const char *from, const char *to)
{
    char a[NAME_SHOWN], b[NAME_SHOWN], d[NAME_SHOWN];

    fprintf(f, "%-*s  %-*s  %-*s", w->name, name_shown(d, name), w->from,
            name_shown(a, from), w->to, name_shown(b, to));
}

/* --- before -------------------------------------------------------------------------- */

void runview_plan(FILE *f, const struct plan_doc *p)
{
    struct table_columns w = { 5, 4, 2 };
    char hops[HOPS_SHOWN];
    bool unknown = false;

    for (uint32_t i = 0; i < p->move_n; i++) {
        w.name = name_wider(w.name, p->move[i].name);
        w.from = name_wider(w.from, p->move[i].from);
        w.to = name_wider(w.to, p->move[i].to);
    }
    fprintf(f, "%4s  ", "move");
    table_row(f, &w, "guest", "from", "to");
    fprintf(f, " %8s %4s %8s %8s %9s %7s\n", "GiB", "hops", "start s",
            "takes s", "Mbit/s", "stop ms");
    for (uint32_t i = 0; i < p->move_n; i++) {
        const struct plan_doc_move *m = &p->move[i];

        fprintf(f, "%4lld  ", (long long)m->id);
        table_row(f, &w, m->name, m->from, m->to);
        fprintf(f, " %8.2f %4s %8.1f %8.1f %9.0f %7.0f", m->gib,
                hops_shown(hops, m->hops, m->path_unknown), m->start_s,
                m->seconds, m->rate_mbps, m->downtime_ms);
        unknown |= m->path_unknown;
        for (uint32_t k = 0; k < m->after_n && k < 3; k++)
            fprintf(f, "%s%lld", k ? "," : "  after ",
                    (long long)p->move[m->after[k]].id);
        if (m->after_n > 3)
            fprintf(f, ",.. (%u)", m->after_n);
        fputc('\n', f);
    }
    fputc('\n', f);
    hops_legend(f, unknown);
    fprintf(f, "%u move%s, %.1f s\n", p->move_n, p->move_n == 1 ? "" : "s",
            p->makespan_s);
}

/* --- afterwards ------------------------------------------------------------------------ */

static void table_widths(const struct run *r, struct table_columns *w)
{
    *w = (struct table_columns){ 5, 4, 2 };
    for (uint32_t i = 0; i < r->move_n; i++) {
        w->name = name_wider(w->name, r->move[i].name);
        w->from = name_wider(w->from, r->move[i].from);
        w->to = name_wider(w->to, r->move[i].to);
    }
}

static void table_figures(FILE *f, double predicted, double measured,
                          int digits)
{
    double error = prediction_error(predicted, measured);

    fprintf(f, " %9.*f", digits, predicted);
    if (measured >= 0)
        fprintf(f, " %9.*f", digits, measured);
    else
        fprintf(f, " %9s", "-");
    if (isfinite(error))
        fprintf(f, " %+6.0f%%", error);
    else
        fprintf(f, " %7s", "-");
}

void runview_report(FILE *f, const struct run *r)
{
    double makespan = prediction_makespan(r);
    struct table_columns w;
    char hops[HOPS_SHOWN];
    bool unknown = false;

    if (!(makespan > 0))
        return;
    table_widths(r, &w);
    fputc('\n', f);
    table_row(f, &w, "", "", "");
    fprintf(f, " %4s %27s %27s %27s\n", "", "MiB sent", "seconds",
            "stopped, ms");
    table_row(f, &w, "guest", "from", "to");
    fprintf(f, " %4s", "hops");
    for (int i = 0; i < 3; i++)
        fprintf(f, " %9s %9s %7s", "predicted", "measured", "error");
    fputc('\n', f);
    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];

        if (m->state != MOVE_DONE)
            continue;
        table_row(f, &w, m->name, m->from, m->to);
        fprintf(f, " %4s", hops_shown(hops, m->hops, m->path_unknown));
        unknown |= m->path_unknown;
        table_figures(f, prediction_bytes(m) / mib,
                      m->bytes < 0 ? -1 : m->bytes / mib, 1);
        table_figures(f, m->seconds, m->took_s, 1);
        table_figures(f, m->downtime_ms, m->stopped_ms, 0);
        fputc('\n', f);
    }
    fputc('\n', f);
    hops_legend(f, unknown);
    fprintf(f, "the run took %.1f s, %.1f s were predicted", makespan,
            r->makespan_s);
    if (r->bound_s > 0)
        fprintf(f,
                "; the links or the largest guest alone need %.1f s (%.2f "
                "times that)",
                r->bound_s, makespan / r->bound_s);
    fputc('\n', f);
}

static void table_tell_left(void *arg, const struct run_move *m,
                            const char *why)
{
    char name[NAME_SHOWN], from[NAME_SHOWN], text[300];

    if (m->state == MOVE_DOUBT)
        complain("%s is in doubt: %s; on %s: `rackhop recover %s`",
                 name_shown(name, m->name),
                 text_printable(text, sizeof text, why, strlen(why)),
                 name_shown(from, m->from), name);
    else
        complain("%s stays on %s: %s", name_shown(name, m->name),
                 name_shown(from, m->from),
                 text_printable(text, sizeof text, why, strlen(why)));
}

void runview_left(const struct run *r)
{
    run_left(r, table_tell_left, NULL);
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

static void status_columns(FILE *f, const struct json *l)
{
    double bytes = json_get_num(l, "bytes", -1);
    double rate = json_get_num(l, "rate", -1);
    double dirty = json_get_num(l, "dirty_mib", -1);
    double pause = json_get_num(l, "pause_ms", -1);

    if (json_get_bool(l, "suspended", false))
        fputs("  stopped", f);
    else if (json_get_num(l, "round", -1) >= 0)
        fprintf(f, "  round %.0f", json_get_num(l, "round", 0) + 1);
    if (bytes >= 0)
        fprintf(f, "  %.0f MiB sent", bytes / mib);
    if (rate >= 0)
        fprintf(f, "  %.1f MiB/s", rate / mib);
    if (dirty >= 0)
        fprintf(f, "  %.1f MiB dirty", dirty);
    if (pause >= 0)
        fprintf(f, "  pause %.0f ms", pause);
}

void runview_status(FILE *f, const struct run *r, bool alive,
                    const struct json *live)
{
    double eta = json_get_num(live, "eta_s", -1);
    unsigned done = 0, all = 0;
    char why[300];
    struct table_columns w;

    table_widths(r, &w);
    fprintf(f, "run %s (%s, %s of %s) %s\n", r->name, r->goal, r->started,
            r->executor, status_headline(r, alive));
    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];

        if (m->replaced)
            continue;
        all += m->state != MOVE_SKIPPED && m->state != MOVE_FAILED;
        done += m->state == MOVE_DONE;
        fprintf(f, "%4u  ", i + 1);
        table_row(f, &w, m->name, m->from, m->to);
        fprintf(f, "  %s", move_state_name(m->state));
        if (m->state == MOVE_STARTED && run_live_move(live, i))
            status_columns(f, run_live_move(live, i));
        if (*m->why)
            fprintf(f, "  %s",
                    text_printable(why, sizeof why, m->why, strlen(m->why)));
        fputc('\n', f);
    }
    fprintf(f, "%u of %u moves done", done, all);
    if (alive && eta >= 0)
        fprintf(f, ", %.0f s left", eta);
    fputc('\n', f);
    if (!alive && r->state == RUN_OPEN)
        fprintf(f,
                "`rackhop apply --resume %s` continues it, `rackhop "
                "cancel %s` ends it\n",
                r->name, r->name);
}
