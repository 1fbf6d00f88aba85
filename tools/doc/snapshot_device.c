/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the classes of a snapshot's devices: what a host has, and a guest. */
#include "tools/doc/snapshot_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"
#include "tools/config_classes.h"

enum { DEVICES_MOST = 1 << 16 };

/* The name of a class; NULL: it is none, or has none. */
static const char *device_class(struct snap_reader *r, const struct json *v)
{
    const char *name =
        snap_text(r, json_get(v, "class"), "device_classes: class", true);

    if (!name || class_name_ok(name))
        return name;
    snap_tell(r, "device_classes: class %s is no name of one", name);
    return NULL;
}

int snap_host_devices(struct snap_reader *r, const struct json *v,
                      struct plan_host *h)
{
    size_t n = 0;

    JSON_FOREACH(e, v && v->type == JSON_ARR ? v : NULL) {
        const char *name = device_class(r, e);
        int64_t have = snap_whole(r, json_get(e, "devices"),
                                  "device_classes: devices", DEVICES_MOST);
        double reserved =
            snap_number(r, json_get(e, "reserved"), "device_classes: reserved",
                        DEVICES_MOST, 0);

        if (!name)
            continue;
        if (array_grow(&r->stock, &r->stock_room, n + 1, sizeof *r->stock))
            return -ENOMEM;
        have -= (int64_t)reserved;
        r->stock[n++] =
            (struct plan_stock){ name, have > 0 ? (unsigned)have : 0,
                                 json_get_bool(e, "card", false) };
    }
    h->devices = r->stock;
    h->devices_n = n;
    return 0;
}

static int add_name(struct snap_list *l, struct plan_words *w,
                    const char *name)
{
    if (array_grow(&l->s, &l->cap, w->n + 1, sizeof *l->s))
        return -ENOMEM;
    l->s[w->n++] = name;
    w->s = l->s;
    return 0;
}

int snap_guest_devices(struct snap_reader *r, const struct json *v,
                       struct plan_domain *d)
{
    int rc = 0;

    d->devices = d->cards = (struct plan_words){ .known = true };
    JSON_FOREACH(e, v && v->type == JSON_ARR ? v : NULL) {
        const char *name = device_class(r, e);

        if (!name || rc)
            continue;
        if (json_get_bool(e, "card", false))
            rc = add_name(&r->cards, &d->cards, name);
        else
            rc = add_name(&r->devices, &d->devices, name);
        d->pci_classed += json_get(e, "pci") != NULL;
    }
    return rc;
}
