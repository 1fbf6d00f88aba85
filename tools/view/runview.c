/* SPDX-License-Identifier: LGPL-2.1-only */
/* The events of a run, and its moves while they run. */
#include "tools/view/runview.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/complain.h"
#include "tools/exit.h"
#include "tools/run/prediction.h"
#include "tools/text.h"

static const double mib = 1048576;
enum { NAME_SHOWN = 40, ROWS_SHOWN = 24 };

static const char *shown(char *buf, const char *name)
{
    return text_printable(buf, NAME_SHOWN, name, strlen(name));
}

static void counts(const struct run *r, unsigned *done, unsigned *all)
{
    *done = *all = 0;
    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];

        *done += m->state == MOVE_DONE;
        *all += m->state != MOVE_SKIPPED && m->state != MOVE_FAILED &&
                !m->replaced;
    }
}

/* --- the terminal ---------------------------------------------------------------- */

static unsigned columns(void)
{
    struct winsize w;

    return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_col ? w.ws_col : 80;
}

/* Moves that fit, with a line for the rest and one for the whole. */
static unsigned rows(void)
{
    struct winsize w;
    unsigned n =
        !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_row ? w.ws_row : 24;

    return n > ROWS_SHOWN + 3 ? ROWS_SHOWN : n > 4 ? n - 3 : 1;
}

static void wipe(struct runview *v)
{
    if (v->drawn)
        printf("\r\033[%uA\033[J", v->drawn);
    v->drawn = 0;
    fflush(stdout);
}

static void draw_line(struct runview *v, const char *line)
{
    printf("%.*s\n", (int)columns() - 1, line);
    v->drawn++;
}

static void draw_move(struct runview *v, const struct exec *e, uint32_t i)
{
    const struct run_move *m = &e->run->move[i];
    const struct exec_progress *l = &e->progress[i];
    char a[NAME_SHOWN], b[NAME_SHOWN], d[NAME_SHOWN], line[400];
    int n = snprintf(line, sizeof line, "  %s  %s > %s", shown(d, m->name),
                     shown(a, m->from), shown(b, m->to));

#define MORE(...)                                                             \
    n += n < (int)sizeof line                                                 \
             ? snprintf(line + n, sizeof line - (size_t)n, __VA_ARGS__)       \
             : 0
    if (l->suspended)
        MORE("  stopped");
    else if (l->round >= 0)
        MORE("  round %lld", (long long)l->round + 1);
    if (l->bytes >= 0)
        MORE("  %.0f MiB sent", l->bytes / mib);
    if (l->rate >= 0)
        MORE("  %.1f MiB/s", l->rate / mib);
    if (l->dirty_mib >= 0)
        MORE("  %.1f MiB dirty", l->dirty_mib);
    if (l->pause_ms >= 0)
        MORE("  pause %.0f ms", l->pause_ms);
    if (l->eta_s >= 0)
        MORE("  %.0f s left", l->eta_s);
    else if (l->rate > 0 && prediction_bytes(m) > l->bytes)
        MORE("  %.0f s left", (prediction_bytes(m) - l->bytes) / l->rate);
#undef MORE
    draw_line(v, line);
}

static void draw(struct runview *v, const struct exec *e)
{
    unsigned done, all, running = 0, most = rows();
    char line[200], eta[64] = "";

    wipe(v);
    for (uint32_t i = 0; i < e->run->move_n; i++)
        if (e->progress[i].running && running++ < most)
            draw_move(v, e, i);
    if (running > most) {
        snprintf(line, sizeof line, "  and %u more", running - most);
        draw_line(v, line);
    }
    counts(e->run, &done, &all);
    if (e->eta_s >= 0)
        snprintf(eta, sizeof eta, ", %.0f s left", e->eta_s);
    snprintf(line, sizeof line,
             "%u of %u moves done, %u running, %.0f%% sent, %.0f s%s%s", done,
             all, running, 100 * e->part, e->elapsed_s, eta,
             e->wish == CANCEL_NOW    ? "; cancelling"
             : e->wish == CANCEL_STOP ? "; no more are started"
                                      : "");
    draw_line(v, line);
    fflush(stdout);
}

void runview_tick(void *view, struct exec *e)
{
    struct runview *v = view;
    bool running = false;

    if (v->style != RUNVIEW_TERMINAL)
        return;
    for (uint32_t i = 0; i < e->run->move_n; i++)
        running |= e->progress[i].running;
    if (running)
        draw(v, e);
    else
        wipe(v);
}

/* --- lines ------------------------------------------------------------------------- */

static void done_line(const struct run *r, const struct run_move *m,
                      const char *name, const char *to)
{
    unsigned done, all;

    counts(r, &done, &all);
    printf("%s: runs on %s", name, to);
    if (m->took_s >= 0)
        printf(" after %.1f s", m->took_s);
    if (m->stopped_ms >= 0)
        printf(", stopped for %.0f ms", m->stopped_ms);
    if (m->bytes >= 0)
        printf(", %.1f MiB sent", m->bytes / mib);
    printf("; %u of %u done\n", done, all);
}

static void move_line(const struct exec *e, enum exec_event ev, uint32_t move,
                      const char *text)
{
    const struct run_move *m = &e->run->move[move];
    char name[NAME_SHOWN], from[NAME_SHOWN], to[NAME_SHOWN];

    shown(name, m->name);
    shown(from, m->from);
    shown(to, m->to);
    switch (ev) {
    case EXEC_START:
        printf("%s: %s > %s, %.0f MiB expected", name, from, to,
               prediction_bytes(m) / mib);
        if (m->rate_mbps > 0)
            printf(" at %.0f Mbit/s", m->rate_mbps);
        printf(" in %.0f s", m->seconds);
        if (m->attempt > 1)
            printf(" (attempt %u)", m->attempt);
        putchar('\n');
        break;
    case EXEC_JOIN:
        printf("%s: %s > %s was started before; asking\n", name, from, to);
        break;
    case EXEC_DONE: done_line(e->run, m, name, to); break;
    case EXEC_FAIL:
        printf("%s: not moved to %s, goes on at %s: %s\n", name, to, from,
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

static void run_line(const struct exec *e, enum exec_event ev,
                     const char *text)
{
    if (ev == EXEC_NOTE)
        complain("%s", text);
    else if (ev == EXEC_PLAN)
        printf("the rest is planned again: %s move%s\n", text,
               strcmp(text, "1") ? "s" : "");
    else if (ev == EXEC_CANCEL && e->wish == CANCEL_NOW)
        puts("cancelling: the running moves are told to stop");
    else if (ev == EXEC_CANCEL)
        puts("cancelling: no more moves are started; those that run go on "
             "(once more: stop them as well)");
}

/* --- JSON ---------------------------------------------------------------------------- */

static const char *event_name(enum exec_event ev)
{
    switch (ev) {
    case EXEC_NOTE: return "note";
    case EXEC_START: return "start";
    case EXEC_JOIN: return "join";
    case EXEC_ROUND: return "round";
    case EXEC_DONE: return "done";
    case EXEC_FAIL: return "failed";
    case EXEC_DOUBT: return "doubt";
    case EXEC_SKIP: return "skipped";
    case EXEC_LOST: return "lost";
    case EXEC_PLAN: return "plan";
    case EXEC_CANCEL: return "cancel";
    }
    return "?";
}

static void known(struct json_out *o, const char *key, double v)
{
    if (v >= 0)
        json_kv_num(o, key, v);
    else
        json_kv_null(o, key);
}

static void known_int(struct json_out *o, const char *key, double v)
{
    if (v >= 0)
        json_kv_int(o, key, (int64_t)v);
    else
        json_kv_null(o, key);
}

static void json_move(struct json_out *o, const struct exec *e,
                      enum exec_event ev, uint32_t move)
{
    const struct run_move *m = &e->run->move[move];
    const struct exec_progress *l = &e->progress[move];

    json_kv_int(o, "move", move + 1);
    json_kv_str(o, "domain", m->uuid);
    json_kv_str(o, "name", m->name);
    json_kv_str(o, "from", m->from);
    json_kv_str(o, "to", m->to);
    json_kv_int(o, "attempt", m->attempt);
    if (ev == EXEC_START)
        json_kv_num(o, "rate_mbps", m->rate_mbps);
    if (ev == EXEC_ROUND) {
        json_kv_int(o, "round", l->round);
        known_int(o, "bytes", l->bytes);
        known(o, "dirty_mib", l->dirty_mib);
        known(o, "pause_ms", l->pause_ms);
    }
    if (ev == EXEC_DONE) {
        known_int(o, "bytes", m->bytes);
        known(o, "seconds", m->took_s);
        known(o, "downtime_ms", m->stopped_ms);
    }
}

static void json_event(const struct exec *e, enum exec_event ev, uint32_t move,
                       const char *text)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "event", event_name(ev));
    json_kv_str(o, "run", e->run->name);
    if (move != PLAN_NONE)
        json_move(o, e, ev, move);
    if (*text)
        json_kv_str(o, "text", text);
    json_obj_end(o);
    json_out_free(o);
    fflush(stdout);
}

void runview_event(void *view, struct exec *e, enum exec_event ev,
                   uint32_t move, const char *text)
{
    struct runview *v = view;

    if (v->style == RUNVIEW_JSON) {
        json_event(e, ev, move, text);
        return;
    }
    if (ev == EXEC_ROUND)
        return;
    wipe(v);
    if (move == PLAN_NONE)
        run_line(e, ev, text);
    else
        move_line(e, ev, move, text);
    fflush(stdout);
}
