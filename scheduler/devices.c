/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Counts devices: which class each device of a guest is of, and how many of a
 * class each host has, and has free.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdlib.h>

/* A cluster has a few; more are no classes of an administrator. */
enum { CLASSES_MOST = 256 };

int devices_add_host(struct plan_cluster *c, uint32_t host,
                     const struct plan_host *in)
{
    for (size_t i = 0; i < in->devices_n; i++) {
        struct device_stock s = { .host = host,
                                  .n = (int32_t)in->devices[i].n };

        s.cls = intern_str(&c->device_class, in->devices[i].name);
        if (s.cls == NONE ||
            array_grow(&c->stock, &c->stock_room, c->nstock + 1u, sizeof s))
            return -ENOMEM;
        c->stock[c->nstock++] = s;
    }
    return 0;
}

int devices_add_domain(struct plan_cluster *c, struct dom *v,
                       const struct plan_domain *in)
{
    v->device.at = c->npool;
    for (size_t i = 0; i < in->devices.n; i++) {
        uint32_t id = intern_str(&c->device_class, in->devices.s[i]);

        if (id == NONE || array_grow(&c->pool, &c->pool_room, c->npool + 1u,
                                     sizeof *c->pool))
            return -ENOMEM;
        c->pool[c->npool++] = id;
    }
    v->device.n = c->npool - v->device.at;
    v->pci_classed = in->pci_classed;
    return 0;
}

/* Devices stay where they are: what has one that is of PCI stays as well. */
static void devices_forget(struct plan_cluster *c)
{
    c->nclass = 0;
    for (uint32_t d = 0; d < c->ndom; d++)
        c->dom[d].device.n = 0;
}

int devices_index(struct plan_cluster *c)
{
    size_t n;

    c->nclass = c->device_class.n;
    if (!c->set.change_devices || !c->nclass || c->nclass > CLASSES_MOST) {
        devices_forget(c);
        return 0;
    }
    n = (size_t)c->nhost * c->nclass + 1;
    c->device_cap = calloc(n, sizeof *c->device_cap);
    c->device_used = calloc(n, sizeof *c->device_used);
    if (!c->device_cap || !c->device_used)
        return -ENOMEM;
    for (uint32_t i = 0; i < c->nstock; i++)
        c->device_cap[devices_at(c, c->stock[i].host, c->stock[i].cls)] +=
            c->stock[i].n;
    for (uint32_t d = 0; d < c->ndom; d++) {
        struct dom *v = &c->dom[d];

        v->pci_n -= v->pci_classed < v->pci_n ? v->pci_classed : v->pci_n;
        for (uint32_t k = 0; k < v->device.n && v->host != NONE; k++)
            c->device_used[devices_at(c, v->host,
                                      c->pool[v->device.at + k])]++;
    }
    return 0;
}

void devices_dispose(struct plan_cluster *c)
{
    free(c->stock);
    free(c->device_cap);
    free(c->device_used);
}

uint32_t devices_of_class(const struct plan_cluster *c, const struct dom *v,
                          uint32_t cls)
{
    uint32_t n = 0;

    for (uint32_t k = 0; k < v->device.n; k++)
        n += c->pool[v->device.at + k] == cls;
    return n;
}

bool devices_shared(const struct plan_cluster *c, uint32_t x, uint32_t y)
{
    const struct dom *v = &c->dom[x], *w = &c->dom[y];

    for (uint32_t k = 0; k < v->device.n && w->device.n; k++)
        if (devices_of_class(c, w, c->pool[v->device.at + k]))
            return true;
    return false;
}
