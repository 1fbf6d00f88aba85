/* SPDX-License-Identifier: LGPL-2.1-only */
/* Words a hook's command for its host, and judges its answer. */
#include "tools/run/hook.h"

#include <stdio.h>
#include <string.h>

#include "tools/base/text.h"

void hook_words(const struct hook_ask *a, struct hook_words *w)
{
    size_t n = 0;

    w->args[n++] = "hook";
    w->args[n++] = "run";
    w->args[n++] = "--id";
    w->args[n++] = a->id;
    if (a->deadline_s) {
        snprintf(w->deadline, sizeof w->deadline, "%u", a->deadline_s);
        w->args[n++] = "--deadline";
        w->args[n++] = w->deadline;
    }
    if (a->runs) {
        snprintf(w->runs, sizeof w->runs, "%u", a->runs);
        w->args[n++] = "--runs";
        w->args[n++] = w->runs;
    }
    if (a->if_empty)
        w->args[n++] = "--if-empty";
    if (a->if_boot) {
        w->args[n++] = "--if-boot";
        w->args[n++] = a->if_boot;
    }
    for (size_t i = 0; i < HOOK_ENV_MAX && a->env[i]; i++) {
        w->args[n++] = "--env";
        w->args[n++] = a->env[i];
    }
    w->args[n++] = "--";
    w->args[n++] = a->command;
    w->args[n] = NULL;
}

/* --- the answer -------------------------------------------------------------- */

enum { LAST_LINE = 200 };

/* The last line that has something, in buf. */
static const char *last_line(const char *output, char buf[LAST_LINE])
{
    size_t end = strlen(output), start;

    while (end && strchr(" \t\n", output[end - 1]))
        end--;
    start = end;
    while (start && output[start - 1] != '\n')
        start--;
    return text_printable(buf, LAST_LINE, output + start, end - start);
}

static void hook_why(const struct hook_event *e, struct msg *why)
{
    char words[HOOK_OUTCOME], line[LAST_LINE];

    last_line(e->output, line);
    msg_set(why, "it %s%s%s", hook_outcome(&e->job, words, sizeof words),
            *line ? "; its last words: " : "", line);
}

/* A shutdown ends what still runs by a signal, or the host is gone before the
 * end is written. Its deadline is no shutdown. */
static bool was_cut_off(const struct hook_record *r)
{
    if (r->state == HOOK_LOST)
        return r->lost == HOOK_LOST_BOOT;
    return r->state == HOOK_ENDED && r->signal && !r->timed_out;
}

enum hook_verdict hook_verdict(const struct hook_event *e, bool reboots,
                               struct msg *why)
{
    if (e->job.state == HOOK_RUNNING)
        return HOOK_GOES_ON;
    if (e->job.state == HOOK_ENDED && e->job.code == 0 && !e->job.timed_out)
        return HOOK_DONE;
    if (reboots && was_cut_off(&e->job))
        return HOOK_BOOTED;
    hook_why(e, why);
    return HOOK_FAILED;
}
