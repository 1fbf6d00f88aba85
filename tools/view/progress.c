/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the rounds of a move on a terminal, in a log or to a program. */
#include "tools/view/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/complain.h"
#include "tools/exit.h"
#include "tools/doc/move_event.h"
#include "tools/base/text.h"
#include "tools/view/terminal.h"

static const double mib = 1048576.0;
enum { PAGE = 4096 };

static double pages_mib(uint64_t pages)
{
    return (double)pages * PAGE / mib;
}

void progress_wipe(void *arg)
{
    struct progress *p = arg;

    if (!p->line)
        return;
    fputs("\r\033[K", stdout);
    fflush(stdout);
    p->line = false;
}

/* --- terminal ----------------------------------------------------------------- */

static void progress_eta(const struct progress *p, const struct xlx_event *ev,
                         char *buf, size_t len)
{
    double left = (double)p->memory_kib * 1024 - (double)ev->bytes;

    *buf = '\0';
    if (!p->last_round && p->rate > 0 && left > 0)
        snprintf(buf, len, ", first round ends in %.0f s", left / p->rate);
    else if (p->last_round && p->eta_ms >= 0)
        snprintf(buf, len, ", target in %.0f s", (double)p->eta_ms / 1e3);
}

static void progress_draw(struct progress *p, const struct xlx_event *ev)
{
    char line[256], rest[64];
    int n;

    progress_eta(p, ev, rest, sizeof rest);
    n = snprintf(line, sizeof line, "%s: round %u, %.0f MiB sent, %.1f MiB/s",
                 p->name, p->last_round + 1, (double)ev->bytes / mib,
                 p->rate / mib);
    if (p->dirty >= 0 && n < (int)sizeof line)
        n += snprintf(line + n, sizeof line - (size_t)n, ", %.1f MiB dirty",
                      pages_mib((uint64_t)p->dirty));
    if (p->pause_ms >= 0 && n < (int)sizeof line)
        n += snprintf(line + n, sizeof line - (size_t)n,
                      ", pause %" PRId64 " ms", p->pause_ms);
    if (n < (int)sizeof line)
        snprintf(line + n, sizeof line - (size_t)n, "%s", rest);
    printf("\r\033[K%.*s", (int)terminal_columns() - 1, line);
    fflush(stdout);
    p->line = true;
}

/* --- lines --------------------------------------------------------------------- */

static void progress_round_line(struct progress *p, const struct xlx_event *ev)
{
    double s = (double)(ev->now_us - p->round_us) / 1e6;
    double sent = (double)(ev->bytes - p->round_bytes);

    progress_wipe(p);
    printf("round %u: %.1f MiB in %.1f s, %.1f MiB/s", ev->round, sent / mib,
           s, s > 0 ? sent / s / mib : 0);
    if (ev->dirty >= 0)
        printf("; %" PRId64 " pages (%.1f MiB) dirty again", ev->dirty,
               pages_mib((uint64_t)ev->dirty));
    if (ev->pause_ms >= 0)
        printf(", expected pause %" PRId64 " ms", ev->pause_ms);
    if (ev->throttle < 100)
        printf(", slowed down to %u %% of its CPU use", ev->throttle);
    if (ev->verdict == XLX_CONTINUE && ev->eta_ms >= 0)
        printf(", target in %.0f s", (double)ev->eta_ms / 1e3);
    if (ev->verdict == XLX_STOP || ev->verdict == XLX_ABORT)
        printf("; %s", xlx_reason_text(ev->why));
    putchar('\n');
    fflush(stdout);
}

static void progress_text_event(struct progress *p, const struct xlx_event *ev)
{
    char clean[300];

    switch (ev->type) {
    case XLX_EV_TICK:
        if (p->style == PROGRESS_TERMINAL)
            progress_draw(p, ev);
        break;
    case XLX_EV_ROUND:
        if (p->style == PROGRESS_TERMINAL)
            progress_draw(p, ev);
        else if (ev->after && ev->verdict != XLX_WAIT)
            progress_round_line(p, ev);
        break;
    case XLX_EV_SUSPEND:
        progress_wipe(p);
        if (p->style == PROGRESS_LINES)
            puts("suspending the guest");
        break;
    case XLX_EV_TARGET_TEXT:
        progress_wipe(p);
        fprintf(
            stderr, "%s: %s\n", p->host,
            text_printable(clean, sizeof clean, ev->text, strlen(ev->text)));
        break;
    case XLX_EV_CANCEL:
        progress_wipe(p);
        complain("cancelling: %s goes on running on this host", p->name);
        break;
    case XLX_EV_TOO_LATE:
        progress_wipe(p);
        complain("too late to cancel: %s was told to start %s and is "
                 "reporting back; wait for its answer",
                 p->host, p->name);
        break;
    case XLX_EV_ASK:
        progress_wipe(p);
        complain("%s has not reported; asking for its record of %s", p->host,
                 p->name);
        break;
    case XLX_EV_WAY:
        if (p->style == PROGRESS_LINES && ev->over_lanes)
            puts("over lanes of its own, not over ssh");
        break;
    case XLX_EV_HELD:
    case XLX_EV_COPIED:
    case XLX_EV_READY:
    case XLX_EV_GO: break;
    }
    fflush(stdout);
}

/* --- JSON ------------------------------------------------------------------------ */

static struct json_out *json_line(void)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    return o;
}

static void progress_json_event(struct progress *p, const struct xlx_event *ev)
{
    struct json_out *o = json_line();

    move_event_write(o, ev, (double)(ev->now_us - p->first_us) / 1e6);
    json_out_free(o);
}

/* The time that a move waits to be started is no part of it. */
static void progress_held(struct progress *p, const struct xlx_event *ev)
{
    p->first_us = ev->now_us;
    if (p->style == PROGRESS_JSON)
        progress_json_event(p, ev);
    p->first_us = 0;
}

/* --- events ---------------------------------------------------------------------------- */

void progress_event(void *arg, const struct xlx_event *ev)
{
    struct progress *p = arg;
    double s = (double)(ev->now_us - p->last_us) / 1e6;

    if (ev->type == XLX_EV_HELD) {
        progress_held(p, ev);
        return;
    }
    if (!p->first_us) {
        p->first_us = p->last_us = p->round_us = ev->now_us;
        p->dirty = p->pause_ms = p->eta_ms = -1;
    } else if (s > 0.1) {
        double now = (double)(ev->bytes - p->last_bytes) / s;

        p->rate = p->rate > 0 ? 0.7 * p->rate + 0.3 * now : now;
        p->last_us = ev->now_us;
        p->last_bytes = ev->bytes;
    }
    if (ev->type == XLX_EV_ROUND && ev->after) {
        p->last_round = ev->round;
        p->dirty = ev->dirty;
        p->pause_ms = ev->pause_ms;
        p->eta_ms = ev->eta_ms;
        p->dirty_rate = ev->dirty_rate;
    }
    if (p->style == PROGRESS_JSON)
        progress_json_event(p, ev);
    else
        progress_text_event(p, ev);
    if (ev->type == XLX_EV_ROUND && ev->after && ev->verdict != XLX_WAIT) {
        p->round_us = ev->now_us;
        p->round_bytes = ev->bytes;
    }
}

/* --- the end ------------------------------------------------------------------------------ */

static void progress_json_end(const struct progress *p,
                              const struct xlx_send *s, double seconds,
                              const char *text)
{
    const struct move_end e = { p->name, p->host, seconds, text };
    struct json_out *o = json_line();

    move_end_write(o, &e, s);
    json_out_free(o);
}

void progress_end(struct progress *p, const struct xlx_send *s,
                  const char *text)
{
    double seconds =
        (double)((s->times.report ? s->times.report : p->last_us) -
                 s->times.start) /
        1e6;
    double down = xlx_downtime_ms(&s->times);

    progress_wipe(p);
    if (p->style == PROGRESS_JSON) {
        progress_json_end(p, s, seconds, text);
        return;
    }
    if (s->outcome != XLX_MOVED)
        return;
    printf("%s runs at %s: %.1f s, ", p->name, p->host, seconds);
    if (down >= 0)
        printf("downtime %.0f ms, ", down);
    printf("%u round%s, %.1f MiB sent\n", s->rounds, s->rounds == 1 ? "" : "s",
           (double)s->bytes / mib);
    if (s->throttled)
        printf("it was slowed down to %u %% of its CPU use meanwhile\n",
               s->throttled);
    if (s->left_out)
        printf("%.1f MiB of its pages were dirty again before their turn, and "
               "left out of a round\n",
               pages_mib(s->left_out));
    printf("it dirtied %.1f MiB/s, and up to %.1f MiB in a round; the path "
           "carried %.1f MiB/s\n",
           pages_mib(s->dirty_pps), pages_mib(s->dirty_set),
           pages_mib(s->rate_pps));
}
