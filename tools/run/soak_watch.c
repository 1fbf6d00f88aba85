/* SPDX-License-Identifier: LGPL-2.1-only */
/* Compares how guests run with how they ran before. */
#include "tools/run/soak_watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A busy host makes its guests wait for moments, a broken one all the time. */
enum { STEAL_S = 30, STEAL_LOOKS = 6, NETWORK_S = 60 };
static const double steal_more = 0.25;
static const double dirty_times = 8, dirty_more = 32; /* MiB/s */

struct soak_guest {
    char uuid[37];
    double steal; /* sum of the looks that told it */
    unsigned steals;
    double steal_since, sent_last; /* first such look; last change, or first
                                      look, of what it sent */
    double at;                     /* of the last look */
    double dirty_mib_s;            /* of the last look, as is */
    int64_t tx_bytes;
};

void soak_watch_dispose(struct soak_watch *w)
{
    free(w->guest);
    *w = (struct soak_watch){ .guest = NULL };
}

/* NULL: no memory. */
static struct soak_guest *soak_guest_of(struct soak_watch *w,
                                        const struct guest_look *k, double now)
{
    struct soak_guest *more;

    for (size_t i = 0; i < w->n; i++)
        if (!strcmp(w->guest[i].uuid, k->uuid))
            return &w->guest[i];
    more = reallocarray(w->guest, w->n + 1, sizeof *more);
    if (!more)
        return NULL;
    w->guest = more;
    more += w->n++;
    *more = (struct soak_guest){ .sent_last = now, .tx_bytes = k->tx_bytes };
    snprintf(more->uuid, sizeof more->uuid, "%s", k->uuid);
    return more;
}

int soak_watch_add(struct soak_watch *w, const struct guest_looks *looks,
                   double now)
{
    for (size_t i = 0; i < looks->n; i++) {
        const struct guest_look *k = &looks->look[i];
        struct soak_guest *g = soak_guest_of(w, k, now);

        if (!g)
            return -ENOMEM;
        if (k->steal >= 0) {
            if (!g->steals++)
                g->steal_since = now;
            g->steal += k->steal;
        }
        /* a counter that went back is that of another device */
        if (k->tx_bytes < 0 || k->tx_bytes != g->tx_bytes)
            g->sent_last = now;
        g->tx_bytes = k->tx_bytes;
        g->dirty_mib_s = k->dirty_mib_s;
        g->at = now;
    }
    return 0;
}

/* --- judged ---------------------------------------------------------------- */

static bool soak_steal(const struct soak_guest *g,
                       const struct guest_look *before, struct msg *why)
{
    double mean = g->steals ? g->steal / g->steals : 0;

    if (before->steal < 0 || g->steals < STEAL_LOOKS ||
        g->at - g->steal_since < STEAL_S || mean <= before->steal + steal_more)
        return false;
    msg_set(why,
            "guest %s waits for a processor in %.0f %% of its time; before "
            "the roll it was %.0f %%",
            before->name, mean * 100, before->steal * 100);
    return true;
}

static bool soak_dirty(const struct soak_guest *g,
                       const struct guest_look *before, struct msg *why)
{
    double was = before->dirty_mib_s, is = g->dirty_mib_s;

    if (was < 0 || is <= was * dirty_times || is <= was + dirty_more)
        return false;
    msg_set(why,
            "guest %s dirties %.0f MiB of its memory a second since it is "
            "back; before the roll it was %.1f",
            before->name, is, was);
    return true;
}

static bool soak_network(const struct soak_guest *g,
                         const struct guest_look *before, struct msg *why)
{
    if (before->tx_bytes_s <= 0 || g->tx_bytes < 0 ||
        g->at - g->sent_last < NETWORK_S)
        return false;
    msg_set(why,
            "guest %s has sent nothing to the network for %.0f s; before the "
            "roll it sent %.1f KiB/s",
            before->name, g->at - g->sent_last, before->tx_bytes_s / 1024);
    return true;
}

bool soak_watch_trouble(const struct soak_watch *w,
                        const struct guest_looks *before, struct msg *why)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct soak_guest *g = &w->guest[i];
        const struct guest_look *b = guest_looks_find(before, g->uuid);

        if (b && (soak_steal(g, b, why) || soak_dirty(g, b, why) ||
                  soak_network(g, b, why)))
            return true;
    }
    return false;
}
