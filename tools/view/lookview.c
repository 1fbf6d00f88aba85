/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows looks that were decided again: what differs, and the sums. */
#include "tools/view/lookview.h"

#include <string.h>

#include "tools/base/text.h"
#include "tools/view/moment.h"

/* A record may be somebody else's file. */
static void look_wish(FILE *f, const char *when, const struct loops_line *w)
{
    char text[sizeof w->reason];

    text_printable(text, sizeof text, w->reason, strlen(w->reason));
    fprintf(f, "  %-4s  %s: %s\n", when, loop_kind_name(w->kind), text);
    text_printable(text, sizeof text, w->why_not, strlen(w->why_not));
    if (*text)
        fprintf(f, "        not done: %s\n", text);
}

void lookview_diff(FILE *f, const struct lookback_diff *x, bool all)
{
    if (!x->goes && !x->comes && !(all && x->was->wishes))
        return;
    moment_show(f, x->at_s);
    fputc('\n', f);
    for (size_t i = 0; i < x->was->wishes; i++) {
        if (x->gone[i])
            look_wish(f, "then", &x->was->wish[i]);
        else if (all)
            look_wish(f, "both", &x->was->wish[i]);
    }
    for (size_t i = 0; i < x->is->wishes; i++)
        if (x->come[i])
            look_wish(f, "now", &x->is->wish[i]);
}

void lookview_sums(FILE *f, const struct look_sums *s, const char *policy)
{
    size_t same = s->looks - s->differ;

    if (s->looks) {
        fprintf(f, "%zu looks, ", s->looks);
        moment_show(f, s->first_s);
        fputs(" to ", f);
        moment_show(f, s->last_s);
        if (policy)
            fprintf(f, ", by the policy %s", policy);
        fprintf(f, ": %zu are decided as they were, %zu are not\n", same,
                s->differ);
    }
    if (s->unread)
        fprintf(f, "%zu records can't be read\n", s->unread);
}
