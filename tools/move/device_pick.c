/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Picks devices that are free. One is not free that a guest has, that is kept
 * for a guest which is to come, or that is a guest's own whose move is open: it
 * may have to be given back.
 */
#include "tools/move/device_pick.h"

#include <errno.h>
#include <string.h>

struct picking {
    const struct device_pick *p;
    const struct device_item *want;
    const char *address; /* the device at hand */
    unsigned vifs;       /* kept of the class at hand */
    bool taken;
};

static int taken_by_claim(void *arg, const struct device_claim *c)
{
    struct picking *k = arg;

    if (c->state != CLAIM_KEPT || !strcmp(c->uuid, k->p->uuid))
        return 0;
    for (unsigned i = 0; i < c->list.n; i++) {
        const struct device_item *d = &c->list.item[i];

        k->taken |= *d->pci && !strcmp(d->pci, k->address);
        k->vifs += !*d->pci && !strcmp(d->class, k->want->class);
    }
    return 0;
}

static int taken_by_record(void *arg, const struct device_record *r)
{
    struct picking *k = arg;

    for (unsigned i = 0; i < r->list.n && !dm_closed(r->state); i++)
        k->taken |=
            *r->list.item[i].pci && !strcmp(r->list.item[i].pci, k->address);
    return 0;
}

static bool taken_by_guest(const struct device_pick *p, const char *address)
{
    for (unsigned i = 0; i < p->domains; i++)
        for (size_t n = 0; n < p->domain[i].pci.n; n++)
            if (!strcmp(p->domain[i].pci.s[n], address))
                return true;
    return false;
}

static bool taken_just_now(const struct device_list *got, const char *address)
{
    for (unsigned i = 0; i < got->n; i++)
        if (!strcmp(got->item[i].pci, address))
            return true;
    return false;
}

/* 1: it is free. */
static int pick_is_free(struct picking *k, const struct devicefact *d,
                        const struct device_list *got, struct msg *err)
{
    int rc;

    if (!d->of || strcmp(d->of->name, k->want->class) ||
        (!d->of->card && (d->vf < 0 || !device_port_ok(d->port))) ||
        d->line_only || taken_by_guest(k->p, d->address) ||
        taken_just_now(got, d->address))
        return 0;
    k->address = d->address;
    k->taken = false;
    rc = device_claim_each(k->p->store, taken_by_claim, k, err);
    if (!rc)
        rc = device_record_each(k->p->store, taken_by_record, k, err);
    return rc ? rc : !k->taken;
}

static int pick_pci(struct picking *k, bool card, struct device_list *got,
                    struct msg *err)
{
    const struct devicefacts *l = k->p->devices;

    /* domain 0 gives no card the MAC address and the VLAN of a VF */
    if (card != device_is_card(k->want)) {
        msg_set(err,
                "its class %s is one of %s, and that of the guest's "
                "host is not",
                k->want->class, card ? "whole cards" : "VFs");
        return -ENOSPC;
    }
    for (size_t i = 0; i < l->n; i++) {
        const struct devicefact *d = &l->d[i];
        struct device_item *to = &got->item[got->n];
        int rc = pick_is_free(k, d, got, err);

        if (rc < 0)
            return rc;
        if (!rc)
            continue;
        *to = *k->want;
        *to->nic = '\0';
        strcpy(to->pci, d->address);
        strcpy(to->port, d->of->card ? "" : d->port);
        to->vf = d->of->card ? 0 : (unsigned)d->vf;
        got->n++;
        return 0;
    }
    msg_set(err, "it has no free %s of the class %s", card ? "card" : "VF",
            k->want->class);
    return -ENOSPC;
}

static int pick_vif(struct picking *k, const struct class_row *row,
                    struct device_list *got, struct msg *err)
{
    struct device_item *to = &got->item[got->n];
    int rc;

    k->address = "";
    k->vifs = 0;
    rc = device_claim_each(k->p->store, taken_by_claim, k, err);
    if (rc)
        return rc;
    for (unsigned i = 0; i < k->p->domains; i++)
        k->vifs += (unsigned)(k->p->domain[i].vifs >> row->vif & 1);
    if (k->vifs >= row->vifs || !*k->want->nic) {
        msg_set(err, "it has no free device of the class %s", k->want->class);
        return -ENOSPC;
    }
    *to = *k->want;
    *to->pci = '\0';
    to->vif = row->vif;
    got->n++;
    return 0;
}

int device_pick(const struct device_pick *p, const struct device_list *want,
                struct device_list *got, struct msg *err)
{
    int rc = 0;

    memset(got, 0, sizeof *got);
    for (unsigned i = 0; i < want->n && !rc; i++) {
        struct picking k = { .p = p, .want = &want->item[i] };
        const struct class_row *row =
            class_rows_find(p->classes, k.want->class);

        if (!row) {
            msg_set(err, "its rackhop.conf has no class %s in pci_class",
                    k.want->class);
            rc = -ENOSPC;
        } else {
            rc = row->ids ? pick_pci(&k, row->card, got, err)
                          : pick_vif(&k, row, got, err);
        }
    }
    return rc;
}
