/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows a run: its plan, a line for each event, what came of it. */
#include "tools/view/runview.h"

#include <string.h>
#include <unistd.h>

#include "tools/complain.h"
#include "tools/doc/prediction.h"
#include "tools/base/figure.h"
#include "tools/base/text.h"
#include "tools/view/name.h"
#include "tools/view/planview.h"
#include "tools/view/terminal.h"

static const double mib = 1048576;

/* --- before it runs ----------------------------------------------------------- */

void runview_note(void *arg, const char *text)
{
    complain("%s", text);
}

void runview_progress(void *arg, size_t answered, size_t ended, size_t all)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%zu of %zu hosts have answered%s", answered, all,
                ended == all ? "\n" : "");
}

static int runview_save(const struct runview *v, const struct snapshot *s,
                        const struct plan *p)
{
    int rc =
        v->out ? plan_save(v->out, s->cluster, p, s->sha256, v->explain) : 0;

    if (rc)
        complain("%s: %s", v->out, strerror(-rc));
    return rc;
}

/* Lines of the screen that the sums and heads of a plan take, and what the
 * moves get at least. */
enum { PLAN_LINES = 14, PLAN_LEAST = 8 };

static struct planview runview_planview(const struct runview *v)
{
    struct planview p = { .look = table_look(v->wide, v->colour),
                          .explain = v->explain };
    unsigned rows = terminal_rows();

    if (v->style != RUNVIEW_TERMINAL)
        return p;
    p.chart = true;
    p.rows = rows > PLAN_LINES + PLAN_LEAST ? rows - PLAN_LINES : PLAN_LEAST;
    return p;
}

static int runview_planned(void *arg, const struct snapshot *s,
                           const struct plan *p)
{
    struct runview *v = arg;
    struct planview look = runview_planview(v);
    int rc = runview_save(v, s, p);

    v->planned = true;
    if (rc)
        return rc;
    if (v->style != RUNVIEW_JSON)
        planview_plan(stdout, s->cluster, p, &look);
    else if (v->plan_only)
        rc = plan_print(stdout, s->cluster, p, s->sha256, v->explain);
    planview_question(v->question, sizeof v->question, s->cluster, p);
    return rc;
}

static void runview_given(void *arg, const struct plan_doc *doc)
{
    struct runview *v = arg;
    struct planview look = runview_planview(v);

    if (v->style != RUNVIEW_JSON)
        runview_plan(stdout, doc, &look);
    runview_plan_question(v->question, sizeof v->question, doc);
}

static void runview_nothing(void *arg, const char *why, enum exit_code code)
{
    struct runview *v = arg;

    if (v->style == RUNVIEW_JSON)
        runview_json_nothing(why, code);
    else if (!v->planned)
        puts(why);
}

/* --- lines ------------------------------------------------------------------------- */

static void line_done(const struct run *r, const struct run_move *m,
                      const char *name, const char *to)
{
    unsigned done, all;
    char a[FIGURE];

    runview_counts(r, &done, &all);
    printf("%s: runs on %s", name, to);
    if (m->took_s >= 0)
        printf(" after %s", figure_time(a, m->took_s));
    if (m->stopped_ms >= 0)
        printf(", stopped for %s", figure_pause(a, m->stopped_ms));
    if (m->bytes >= 0)
        printf(", %s sent", figure_mib(a, m->bytes / mib));
    printf("; %u of %u done\n", done, all);
}

static void line_of_move(const struct exec *e, enum exec_event ev,
                         uint32_t move, const char *text)
{
    const struct run_move *m = &e->run->move[move];
    char name[NAME_SHOWN], from[NAME_SHOWN], to[NAME_SHOWN], shown[2048],
        a[FIGURE];

    if (text)
        text = text_printable(shown, sizeof shown, text, strlen(text));
    name_shown(name, m->name);
    name_shown(from, m->from);
    name_shown(to, m->to);
    switch (ev) {
    case EXEC_START:
        printf("%s: %s > %s, %s expected", name, from, to,
               figure_mib(a, prediction_bytes(m) / mib));
        if (m->rate_mbps > 0)
            printf(" at %s", figure_rate(a, m->rate_mbps));
        printf(" in %s", figure_time(a, m->seconds));
        if (m->attempt > 1)
            printf(" (attempt %u)", m->attempt);
        putchar('\n');
        break;
    case EXEC_JOIN:
        printf("%s: %s > %s was started before; asking how it is\n", name,
               from, to);
        break;
    case EXEC_DONE: line_done(e->run, m, name, to); break;
    case EXEC_FAIL:
        printf("%s: not moved to %s, still runs on %s: %s\n", name, to, from,
               text);
        break;
    case EXEC_DOUBT:
        printf("%s: in doubt whether it runs on %s or %s: %s; on %s: "
               "`rackhop recover %s`\n",
               name, from, to, text, from, name);
        break;
    case EXEC_SKIP: printf("%s: need not move: %s\n", name, text); break;
    case EXEC_LOST:
        printf("%s: %s does not answer (%s); asking again\n", name, from,
               text);
        break;
    case EXEC_NOTE: printf("%s: %s\n", name, text); break;
    case EXEC_ROUND:
    case EXEC_PLAN:
    case EXEC_CANCEL: break;
    }
}

static void line_of_run(const struct exec *e, enum exec_event ev,
                        const char *text)
{
    if (ev == EXEC_NOTE)
        complain("%s", text);
    else if (ev == EXEC_PLAN)
        printf("the rest is planned again: %s move%s\n", text,
               strcmp(text, "1") ? "s" : "");
    else if (ev == EXEC_CANCEL && e->wish == CANCEL_NOW)
        puts("cancelling the running moves");
    else if (ev == EXEC_CANCEL)
        puts("cancelling: no more moves are started; those that run continue "
             "(interrupt once more to stop them too)");
}

/* --- events ----------------------------------------------------------------------- */

static void runview_event(void *arg, struct exec *e, enum exec_event ev,
                          uint32_t move, const char *text)
{
    struct runview *v = arg;

    if (v->style == RUNVIEW_JSON) {
        runview_json_event(e, ev, move, text);
        return;
    }
    if (ev == EXEC_ROUND)
        return;
    runview_wipe(v);
    if (move == PLAN_NONE)
        line_of_run(e, ev, text);
    else
        line_of_move(e, ev, move, text);
    fflush(stdout);
}

static void runview_tick(void *arg, struct exec *e)
{
    struct runview *v = arg;
    bool running = false;

    if (v->style != RUNVIEW_TERMINAL)
        return;
    for (uint32_t i = 0; i < e->run->move_n; i++)
        running |= e->progress[i].running;
    if (running)
        runview_draw(v, e);
    else
        runview_wipe(v);
}

/* --- the end ----------------------------------------------------------------------- */

static void runview_marked(const struct run *r, enum exit_code code)
{
    if (!r->hosts.n)
        return;
    fputs(code == RC_OK ? "in maintenance until `rackhop undrain`:"
                        : "not empty, but in maintenance until `rackhop "
                          "undrain`:",
          stderr);
    for (uint32_t i = 0; i < r->hosts.n; i++) {
        char name[80];

        fprintf(stderr, " %s",
                text_printable(name, sizeof name, r->hosts.s[i],
                               strlen(r->hosts.s[i])));
    }
    fputc('\n', stderr);
}

static void runview_ended(void *arg, const struct run *r, enum exit_code code,
                          bool marked)
{
    struct runview *v = arg;

    if (v->style == RUNVIEW_JSON) {
        runview_json_end(r, code);
    } else {
        runview_report(stdout, r, table_look(v->wide, v->colour));
        fflush(stdout);
        runview_left(r);
    }
    if (marked)
        runview_marked(r, code);
}

void runview_events(struct runview *v, struct run_events *ev)
{
    *ev = (struct run_events){ .note = runview_note,
                               .progress = runview_progress,
                               .planned = runview_planned,
                               .given = runview_given,
                               .nothing = runview_nothing,
                               .event = runview_event,
                               .tick = runview_tick,
                               .ended = runview_ended,
                               .arg = v };
}
