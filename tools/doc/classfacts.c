/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the classes of devices into a host's facts. */
#include "tools/doc/classfacts.h"

#include <string.h>

/* How many devices of the class the host has for guests. */
static int64_t class_devices(const struct hostfacts *h,
                             const struct class_row *row)
{
    int64_t n = 0;

    if (!row->ids)
        return row->vifs;
    if (h->xen.no_iommu)
        return 0;
    for (size_t i = 0; i < h->devices.n; i++)
        n += h->devices.d[i].of == row && !h->devices.d[i].line_only;
    return n;
}

static int64_t class_reserved(const struct hostfacts *h, const char *name)
{
    int64_t n = 0;

    for (size_t i = 0; i < h->claimed.n; i++)
        n += !strcmp(h->claimed.s[i], name);
    return n;
}

void classfacts_host(const struct hostfacts *h, struct json_out *o)
{
    if (!h->classes || !h->classes->n)
        return;
    json_key(o, "device_classes");
    json_arr(o);
    for (size_t i = 0; i < h->classes->n; i++) {
        const struct class_row *row = &h->classes->row[i];
        int64_t reserved = class_reserved(h, row->name);

        json_obj(o);
        json_kv_str(o, "class", row->name);
        json_kv_int(o, "devices", class_devices(h, row));
        if (row->card)
            json_kv_bool(o, "card", true);
        if (reserved)
            json_kv_int(o, "reserved", reserved);
        json_obj_end(o);
    }
    json_arr_end(o);
}

/* A card goes with one vif and interrupts by messages, or ties the guest
 * (device_read()). */
static void class_of_pci(const struct hostfacts *h, const char *address,
                         bool one_vif, struct json_out *o)
{
    for (size_t i = 0; i < h->devices.n; i++) {
        const struct devicefact *d = &h->devices.d[i];

        if (!d->of || strcmp(d->address, address) ||
            (d->of->card && !one_vif) || d->line_only)
            continue;
        json_obj(o);
        json_kv_str(o, "class", d->of->name);
        json_kv_str(o, "pci", address);
        if (d->of->card)
            json_kv_bool(o, "card", true);
        json_obj_end(o);
    }
}

void classfacts_guest(const struct hostfacts *h, const struct xlx_domain *d,
                      struct json_out *o)
{
    bool one_vif = d->vifs && !(d->vifs & (d->vifs - 1));

    if (!h->classes || !h->classes->n)
        return;
    json_key(o, "device_classes");
    json_arr(o);
    for (size_t i = 0; i < d->pci.n; i++)
        class_of_pci(h, d->pci.s[i], one_vif, o);
    for (unsigned k = 0; k < XLX_VIFS; k++) {
        const struct class_row *row = class_of_vif(h->classes, k);

        if (!(d->vifs >> k & 1) || !row)
            continue;
        json_obj(o);
        json_kv_str(o, "class", row->name);
        json_kv_int(o, "vif", k);
        json_obj_end(o);
    }
    json_arr_end(o);
}
