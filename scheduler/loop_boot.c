/* SPDX-License-Identifier: LGPL-2.1-only */
/* How long hosts take to boot: what was seen of each, and what is expected. */
#include "scheduler/loop_impl.h"

#include <math.h>

/* What takes less, or longer, is no boot: a clock was set, or nobody looked. */
static const double BOOT_LEAST = 1, BOOT_MOST = 7200;
static const double BOOT_GAP =
    60; /* and two looks: a look itself takes a while */

void loop_boots_init(struct loop_boots *b)
{
    b->from_s = -INFINITY;
    for (int i = 0; i < LOOP_BOOTS; i++)
        b->took_s[i] = -1;
}

/* A host that answers, but could not be opened to guests yet, is seen again at the
 * next look: that is the same boot. */
static void boot_seen(struct loop_boots *b, double from_s, double took_s)
{
    if (!(fabs(from_s - b->from_s) < BOOT_LEAST))
        for (int i = LOOP_BOOTS - 1; i > 0; i--)
            b->took_s[i] = b->took_s[i - 1];
    b->took_s[0] = took_s;
    b->from_s = from_s;
}

/* When nobody has looked for a while, because a run went on for one, or a clock was
 * set, a host may have answered long before. */
void boot_look(struct loops *l, double dt)
{
    if (dt > 2 * l->p.look_s + BOOT_GAP)
        return;
    for (uint32_t h = 0; h < l->hosts && l->look->booted; h++) {
        double took_s = l->look->booted[h];

        if (took_s >= BOOT_LEAST && took_s <= BOOT_MOST)
            boot_seen(&l->boots[h], l->look->now_s - took_s, took_s);
    }
}

double boot_expected(const struct loops *l, uint32_t h)
{
    double most = -1;

    for (int i = 0; i < LOOP_BOOTS; i++)
        most = fmax(most, l->boots[h].took_s[i]);
    return most < 0 ? l->host[h].boot_s : most;
}
