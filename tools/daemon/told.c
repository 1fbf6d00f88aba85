/* SPDX-License-Identifier: LGPL-2.1-only */
/* Remembers which tips were told, each by itself. */
#include "tools/daemon/told.h"

#include <errno.h>
#include <string.h>

#include "tools/base/grow.h"

/* Whoever reads the log of a day, or is on duty, has each tip in it once; oftener it
 * would hide what is new. */
enum { TOLD_AGAIN_S = 86400 };

static void told_forget(struct loops_state *s, double now_s, double over_s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->tolds; i++)
        if (now_s - s->told[i].wanted_s <= over_s)
            s->told[n++] = s->told[i];
    s->tolds = n;
}

static struct loops_told *told_find(struct loops_state *s, const char *about)
{
    for (size_t i = 0; i < s->tolds; i++)
        if (!strcmp(s->told[i].about, about))
            return &s->told[i];
    return NULL;
}

/* One more; of too many, in the place of the one that was wanted longest ago. */
static struct loops_told *told_room(struct loops_state *s)
{
    struct loops_told *old = s->told;

    if (s->tolds < LOOPS_TOLD)
        return array_grow(&s->told, &s->told_room, s->tolds + 1,
                          sizeof *s->told)
                   ? NULL
                   : &s->told[s->tolds++];
    for (size_t i = 1; i < s->tolds; i++)
        if (s->told[i].wanted_s < old->wanted_s)
            old = &s->told[i];
    return old;
}

int told_tips(struct loops_state *s, struct decide_tip *t, size_t n,
              double now_s, double over_s)
{
    told_forget(s, now_s, over_s);
    for (size_t i = 0; i < n; i++) {
        struct loops_told *was = told_find(s, t[i].about);

        t[i].told = was && now_s - was->told_s < TOLD_AGAIN_S;
        if (!was)
            was = told_room(s);
        if (!was)
            return -ENOMEM;
        memcpy(was->about, t[i].about, sizeof was->about);
        was->wanted_s = now_s;
        if (!t[i].told)
            was->told_s = now_s;
    }
    return 0;
}

void told_shift(struct loops_state *s, double by_s)
{
    for (size_t i = 0; i < s->tolds; i++) {
        s->told[i].wanted_s += by_s;
        s->told[i].told_s += by_s;
    }
}
