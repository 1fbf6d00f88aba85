/* SPDX-License-Identifier: LGPL-2.1-only */
/* Compares how guests run with how they ran before. */
#include "tools/run/soak_watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEAL_CPUS = 4 };
static const double steal_more = 0.25;
static const double dirty_times = 8, dirty_more = 32; /* MiB/s */

struct soak_guest {
    char uuid[37];
    /* the looks of this while that told it: their sum, number, and the time of
     * the first; and the worst mean of a while that is over */
    double steal, steal_since, steal_worst;
    double steal_more; /* than before is too much, on this host */
    unsigned steals;
    double sent_last; /* first look, or last change of what it sent */
    double at;        /* of the last look */
    double dirty_mib_s;
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
    *more = (struct soak_guest){ .sent_last = now,
                                 .tx_bytes = k->tx_bytes,
                                 .dirty_mib_s = -1,
                                 .steal_worst = -1 };
    snprintf(more->uuid, sizeof more->uuid, "%s", k->uuid);
    return more;
}

/*
 * What is too much more than before. A look takes a processor while it measures,
 * and guests wait for that: of few processors it is much. They were looked at
 * before as well, but a guest that was at rest then did not wait for it. More than
 * the look's part of the host it can't be.
 */
static double soak_steal_more(unsigned cpus)
{
    return cpus >= STEAL_CPUS ? steal_more : steal_more + 1.0 / cpus;
}

/* A guest that is well for hours, and then is not, must not pass by its mean
 * over all of them. */
static void soak_add_steal(struct soak_guest *g, double steal, double now)
{
    double mean;

    if (!g->steals++)
        g->steal_since = now;
    g->steal += steal;
    if (g->steals < SOAK_STEAL_LOOKS || now - g->steal_since < SOAK_STEAL_S)
        return;
    mean = g->steal / g->steals;
    if (mean > g->steal_worst)
        g->steal_worst = mean;
    g->steals = 0;
    g->steal = 0;
}

int soak_watch_add(struct soak_watch *w, const struct guest_looks *before,
                   const struct guest_looks *looks, double now)
{
    for (size_t i = 0; i < looks->n; i++) {
        const struct guest_look *k = &looks->look[i];
        struct soak_guest *g;

        if (!guest_looks_find(before, k->uuid))
            continue;
        g = soak_guest_of(w, k, now);
        if (!g)
            return -ENOMEM;
        if (k->steal >= 0 && looks->cpus) {
            g->steal_more = soak_steal_more(looks->cpus);
            soak_add_steal(g, k->steal, now);
        }
        /* a counter that went back is that of another device */
        if (k->tx_bytes < 0 || k->tx_bytes != g->tx_bytes)
            g->sent_last = now;
        g->tx_bytes = k->tx_bytes;
        if (k->dirty_mib_s >= 0)
            g->dirty_mib_s = k->dirty_mib_s;
        g->at = now;
    }
    return 0;
}

/* --- judged ---------------------------------------------------------------- */

static bool soak_steal(const struct soak_guest *g,
                       const struct guest_look *before, struct msg *why)
{
    if (before->steal < 0 || g->steal_worst <= before->steal + g->steal_more)
        return false;
    msg_set(why,
            "guest %s waits for a processor in %.0f %% of its time; before "
            "the roll it was %.0f %%",
            before->name, g->steal_worst * 100, before->steal * 100);
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
        g->at - g->sent_last < SOAK_NETWORK_S)
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
