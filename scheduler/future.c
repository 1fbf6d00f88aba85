/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds how open the future of a guest on each host is.
 *
 * Two things of a host close others to its guests, one at once, one later.
 * No guest goes from a newer Xen to an older one. And a guest that restarts
 * on a host is shown what that host shows, so that it can no longer go where
 * that is not had. Hosts of another CPU vendor are closed to a guest for ever:
 * they make no difference between the hosts that it can go to.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdlib.h>

/* Hosts that are alike in all that counts here. */
struct future_class {
    uint32_t vendor, xen, max[2], shows[2];
};

static struct future_class class_of(const struct host *h)
{
    return (struct future_class){ .vendor = h->offer.vendor,
                                  .xen = h->offer.xen,
                                  .max = { h->offer.max_hvm, h->offer.max_pv },
                                  .shows = { h->dfl_hvm, h->dfl_pv } };
}

/* Is a host of class b closed to a guest that was restarted on one of a? What
 * is not known closes nothing. */
static bool class_closed(const struct plan_cluster *c,
                         const struct future_class *a,
                         const struct future_class *b, int pv)
{
    if (a->vendor != NONE && b->vendor != NONE && a->vendor != b->vendor)
        return false;
    if (a->xen != NONE && b->xen != NONE && b->xen < a->xen)
        return true;
    return a->shows[pv] != NONE && b->max[pv] != NONE &&
           !plan_features_within(&c->features[a->shows[pv]],
                                 &c->features[b->max[pv]]);
}

static int classes_find(struct plan_cluster *c, struct intern *classes,
                        uint32_t *of, uint32_t *hosts)
{
    for (uint32_t h = 0; h < c->nhost; h++) {
        const struct future_class k = class_of(&c->host[h]);

        of[h] = intern_key(classes, &k, sizeof k);
        if (of[h] == NONE)
            return -ENOMEM;
        hosts[of[h]]++;
    }
    return 0;
}

static float class_part(const struct plan_cluster *c,
                        const struct intern *classes, const uint32_t *hosts,
                        uint32_t a, int pv)
{
    uint32_t closed = 0;

    for (uint32_t b = 0; b < classes->n; b++)
        if (b != a && class_closed(c, (const void *)intern_get(classes, a),
                                   (const void *)intern_get(classes, b), pv))
            closed += hosts[b];
    return c->nhost > 1 ? (float)closed / (float)(c->nhost - 1) : 0;
}

/* By host, of one of the two kinds of guests. */
static void future_parts(struct plan_cluster *c, const struct intern *classes,
                         const uint32_t *of, const uint32_t *hosts,
                         float *part, int pv)
{
    for (uint32_t a = 0; a < classes->n; a++)
        part[a] = class_part(c, classes, hosts, a, pv);
    for (uint32_t h = 0; h < c->nhost; h++)
        c->closed[pv][h] = part[of[h]];
}

static int future_look(struct plan_cluster *c)
{
    struct intern classes = { .n = 0 };
    uint32_t *of = calloc((size_t)c->nhost + 1, sizeof *of);
    uint32_t *hosts = calloc((size_t)c->nhost + 1, sizeof *hosts);
    float *part = calloc((size_t)c->nhost + 1, sizeof *part);
    int rc =
        of && hosts && part ? classes_find(c, &classes, of, hosts) : -ENOMEM;

    for (int pv = 0; pv < 2 && !rc; pv++)
        future_parts(c, &classes, of, hosts, part, pv);
    intern_dispose(&classes);
    free(of);
    free(hosts);
    free(part);
    return rc;
}

int future_index(struct plan_cluster *c)
{
    for (int pv = 0; pv < 2; pv++) {
        c->closed[pv] = calloc((size_t)c->nhost + 1, sizeof **c->closed);
        if (!c->closed[pv])
            return -ENOMEM;
    }
    /* hosts are compared with each other: not for a term that counts nothing */
    return c->set.w_future != 0 ? future_look(c) : 0;
}
