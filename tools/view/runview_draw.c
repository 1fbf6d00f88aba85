/* SPDX-License-Identifier: LGPL-2.1-only */
/* Draws the running moves of a run on a terminal, over what it drew before. */
#include <stdio.h>

#include "tools/base/figure.h"
#include "tools/doc/prediction.h"
#include "tools/view/name.h"
#include "tools/view/runview.h"
#include "tools/view/terminal.h"

static const double mib = 1048576;
enum { ROWS_SHOWN = 24 };

void runview_counts(const struct run *r, unsigned *done, unsigned *all)
{
    *done = *all = 0;
    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];

        *done += m->state == MOVE_DONE;
        *all += m->state != MOVE_SKIPPED && m->state != MOVE_FAILED &&
                !m->replaced;
    }
}

/* Moves that fit, beside a line for the rest and one for the whole. */
static unsigned draw_rows(void)
{
    unsigned n = terminal_rows();

    return n > ROWS_SHOWN + 3 ? ROWS_SHOWN : n > 4 ? n - 3 : 1;
}

void runview_wipe(struct runview *v)
{
    if (v->drawn)
        printf("\r\033[%uA\033[J", v->drawn);
    v->drawn = 0;
    fflush(stdout);
}

static void draw_line(struct runview *v, const char *line)
{
    printf("%.*s\n", (int)terminal_columns() - 1, line);
    v->drawn++;
}

static void draw_move(struct runview *v, const struct exec *e, uint32_t i)
{
    const struct run_move *m = &e->run->move[i];
    const struct exec_progress *l = &e->progress[i];
    char a[NAME_SHOWN], b[NAME_SHOWN], d[NAME_SHOWN], line[400], f[FIGURE];
    int n =
        snprintf(line, sizeof line, "  %s  %s > %s", name_shown(d, m->name),
                 name_shown(a, m->from), name_shown(b, m->to));

#define MORE(...)                                                             \
    n += n < (int)sizeof line                                                 \
             ? snprintf(line + n, sizeof line - (size_t)n, __VA_ARGS__)       \
             : 0
    if (l->suspended)
        MORE("  stopped");
    else if (l->round >= 0)
        MORE("  round %lld", (long long)l->round + 1);
    if (l->bytes >= 0)
        MORE("  %s sent", figure_mib(f, l->bytes / mib));
    if (l->rate >= 0)
        MORE("  %s", figure_mib_s(f, l->rate / mib));
    if (l->dirty_mib >= 0)
        MORE("  %s dirty", figure_mib(f, l->dirty_mib));
    if (l->pause_ms >= 0)
        MORE("  pause %s", figure_pause(f, l->pause_ms));
    if (l->eta_s >= 0)
        MORE("  %s left", figure_about(f, l->eta_s));
    else if (l->rate > 0 && prediction_bytes(m) > l->bytes)
        MORE("  %s left",
             figure_about(f, (prediction_bytes(m) - l->bytes) / l->rate));
#undef MORE
    draw_line(v, line);
}

void runview_draw(struct runview *v, const struct exec *e)
{
    unsigned done, all, running = 0, most = draw_rows();
    char line[200], eta[64] = "", f[FIGURE];

    runview_wipe(v);
    for (uint32_t i = 0; i < e->run->move_n; i++)
        if (e->progress[i].running && running++ < most)
            draw_move(v, e, i);
    if (running > most) {
        snprintf(line, sizeof line, "  and %u more", running - most);
        draw_line(v, line);
    }
    runview_counts(e->run, &done, &all);
    if (e->eta_s >= 0)
        snprintf(eta, sizeof eta, ", about %s left",
                 figure_about(f, e->eta_s));
    snprintf(line, sizeof line,
             "%u of %u moves done, %u running, %.0f%% sent, %s%s%s", done, all,
             running, 100 * e->part, figure_time(f, e->elapsed_s), eta,
             e->wish == CANCEL_NOW    ? "; cancelling"
             : e->wish == CANCEL_STOP ? "; no more are started"
                                      : "");
    draw_line(v, line);
    fflush(stdout);
}
