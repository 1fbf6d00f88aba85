/* SPDX-License-Identifier: LGPL-2.1-only */
/* Says what to do for a wish that is advised and that no plan can carry. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/grow.h"
#include "tools/daemon/decide_impl.h"

/* By its UUID: a name may be what a shell would obey. */
static void tip_memory(const struct decide *d, const struct loop_wish *w,
                       const char *host, struct msg *what)
{
    const char *uuid = plan_domain_uuid(d->cluster, w->guest);

    if (w->undoes && w->mib > 0)
        msg_set(what, "`rackhop memory back %s` on %s", uuid, host);
    else if (w->undoes)
        msg_set(what, "`rackhop memory back %s %lld` on %s", uuid,
                (long long)-w->mib, host);
    else
        msg_set(what, "`rackhop memory set %s %lld` on %s", uuid,
                (long long)(plan_domain_mib(d->cluster, w->guest) + w->mib),
                host);
}

static void tip_what(const struct decide *d, const struct loop_wish *w,
                     const char *host, struct msg *what)
{
    if (w->wakes || w->switches == LOOP_ON)
        msg_set(what, "to switch %s on", host);
    else if (w->switches == LOOP_OFF)
        msg_set(what, "to drain %s (`rackhop drain %s`) and switch it off",
                host, host);
    else
        tip_memory(d, w, host, what);
}

/* What it is about, without figures that are others at each look. */
static void tip_about(const struct decide *d, const struct loop_wish *w,
                      const char *host, char *to, size_t size)
{
    if (w->wakes || w->switches)
        snprintf(to, size, "%s %s", w->switches == LOOP_OFF ? "off" : "on",
                 host);
    else
        snprintf(to, size, "%s%s %s %s", w->undoes ? "back " : "",
                 w->mib < 0 ? "less" : "more",
                 plan_domain_uuid(d->cluster, w->guest), host);
}

static bool tip_is_new(const struct decide *d, const struct decide_tip *tip)
{
    for (size_t i = 0; i < d->tips; i++)
        if (!strcmp(d->tip[i].about, tip->about))
            return false;
    return true;
}

int decide_tip(struct decide *d, const struct loop_wish *w, size_t line)
{
    struct decide_tip tip = { .line = line };
    struct loops_line *l;
    const char *host;

    if (line == SIZE_MAX)
        return 0;
    l = &d->doc->wish[line];
    host = w->wakes ? l->to : l->from;
    tip_what(d, w, host, &tip.what);
    tip_about(d, w, host, tip.about, sizeof tip.about);
    snprintf(l->why_not, sizeof l->why_not, "it is advised: %.350s",
             tip.what.text);
    if (!tip_is_new(d, &tip)) /* two guests need the same host on */
        return 0;
    if (array_grow(&d->tip, &d->tip_room, d->tips + 1, sizeof *d->tip))
        return -ENOMEM;
    d->tip[d->tips++] = tip;
    return 0;
}
