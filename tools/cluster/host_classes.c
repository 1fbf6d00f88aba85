/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the class of each device that this host has for guests: by its id, by
 * the name of its port, and by the switches that LLDP sees there. */
#include "tools/cluster/host_classes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PCI_CLASS_NETWORK = 2 };

static size_t switches_at(const struct topo_view *v, const char *port,
                          const char **to)
{
    size_t n = 0;

    for (size_t i = 0; i < v->neighbors; i++) {
        const struct topo_neighbor *k = &v->neighbor[i];

        if (*port && !k->unplaced && k->sysname && !strcmp(k->port, port))
            to[n++] = k->sysname;
    }
    return n;
}

int host_classes(struct devicefacts *l, const struct class_rows *rows,
                 const struct topo_view *view)
{
    const char **to = calloc(view->neighbors + 1, sizeof *to);

    if (!to)
        return -ENOMEM;
    for (size_t i = 0; i < l->n; i++) {
        struct devicefact *d = &l->d[i];
        size_t n = switches_at(view, d->port, to);

        if (*d->pf)
            d->of =
                class_of_device(rows, d->vendor, d->device, d->port, to, n);
        else if (d->class >> 16 == PCI_CLASS_NETWORK)
            d->of = class_of_card(rows, d->vendor, d->device);
    }
    free(to);
    return 0;
}
