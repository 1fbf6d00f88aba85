/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Counts devices: which class each device of a guest is of, and how many of a
 * class each host has, and has free.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A cluster has a few; more are no classes of an administrator. */
enum { CLASSES_MOST = 256 };

/* Cards and VFs can't take each other's place, whatever hosts call them: the
 * class of cards under a name is one of its own, which no name can be. */
static const char of_cards[] = " (whole cards)";

static uint32_t class_id(struct plan_cluster *c, const char *name, bool card)
{
    char *key = plan_asprintf("%s%s", name, card ? of_cards : "");
    uint32_t id = intern_str(&c->device_class, key);

    free(key);
    return id;
}

bool devices_are_cards(const struct plan_cluster *c, uint32_t cls)
{
    const char *key = intern_get(&c->device_class, cls);
    size_t n = strlen(key);

    return n >= sizeof of_cards - 1 &&
           !strcmp(key + n - (sizeof of_cards - 1), of_cards);
}

uint32_t devices_other_kind(const struct plan_cluster *c, uint32_t cls)
{
    const char *key = intern_get(&c->device_class, cls);
    size_t n = strlen(key);
    uint32_t id = NONE;
    char *other;

    if (devices_are_cards(c, cls))
        other = plan_asprintf("%.*s", (int)(n - (sizeof of_cards - 1)), key);
    else
        other = plan_asprintf("%s%s", key, of_cards);
    if (other)
        id = intern_find(&c->device_class, other);
    free(other);
    return id;
}

int devices_add_host(struct plan_cluster *c, uint32_t host,
                     const struct plan_host *in)
{
    for (size_t i = 0; i < in->devices_n; i++) {
        struct device_stock s = { .host = host,
                                  .n = (int32_t)in->devices[i].n };

        s.cls = class_id(c, in->devices[i].name, in->devices[i].card);
        if (s.cls == NONE ||
            array_grow(&c->stock, &c->stock_room, c->nstock + 1u, sizeof s))
            return -ENOMEM;
        c->stock[c->nstock++] = s;
    }
    return 0;
}

static int add_classes(struct plan_cluster *c, const struct plan_words *w,
                       bool card)
{
    for (size_t i = 0; i < w->n; i++) {
        uint32_t id = class_id(c, w->s[i], card);

        if (id == NONE || array_grow(&c->pool, &c->pool_room, c->npool + 1u,
                                     sizeof *c->pool))
            return -ENOMEM;
        c->pool[c->npool++] = id;
    }
    return 0;
}

int devices_add_domain(struct plan_cluster *c, struct dom *v,
                       const struct plan_domain *in)
{
    int rc;

    v->device.at = c->npool;
    rc = add_classes(c, &in->devices, false);
    if (!rc)
        rc = add_classes(c, &in->cards, true);
    v->device.n = c->npool - v->device.at;
    v->pci_classed = in->pci_classed;
    v->pv_cards = in->type == PLAN_PV ? (uint32_t)in->cards.n : 0;
    return rc;
}

/* Devices stay where they are: what has one that is of PCI stays as well. */
static void devices_forget(struct plan_cluster *c)
{
    c->nclass = 0;
    for (uint32_t d = 0; d < c->ndom; d++) {
        c->dom[d].device.n = 0;
        c->dom[d].pv_cards = 0;
    }
}

/* What can be changed does not keep the guest; a card of a PV guest does. */
static void devices_free_guest(struct dom *v)
{
    uint32_t changed = v->pci_classed;

    changed -= v->pv_cards < changed ? v->pv_cards : changed;
    v->pci_n -= changed < v->pci_n ? changed : v->pci_n;
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

        devices_free_guest(v);
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
