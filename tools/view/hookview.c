/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the hooks of rolls that a host has on record: a line each. */
#include "tools/view/hookview.h"

#include <stdio.h>
#include <time.h>

#include "tools/complain.h"

bool hookview_json(const struct hook_record *r, const char *output)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    hook_event_write(o, r, output);
    json_out_free(o);
    return !fflush(stdout) && !ferror(stdout);
}

static void show_output(const char *s)
{
    bool begin = true;

    for (; *s; s++) {
        if (begin)
            fputs("    ", stdout);
        putchar(*s);
        begin = *s == '\n';
    }
    if (!begin)
        putchar('\n');
}

void hookview_text(const struct hook_record *r, const char *output)
{
    char words[HOOK_OUTCOME], when[32];
    time_t began = (time_t)r->began;
    struct tm tm;

    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&began, &tm));
    printf("%s  began %s, %s", r->id, when,
           hook_outcome(r, words, sizeof words));
    if (r->runs > 1)
        printf(" (started %u times)", r->runs);
    putchar('\n');
    if (output)
        show_output(output);
}
