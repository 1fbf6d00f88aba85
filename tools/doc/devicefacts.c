/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps a host's assignable PCI devices, and writes them into its facts. */
#include "tools/doc/devicefacts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"

bool pci_address_ok(const char *text)
{
    static const char form[] = "xxxx:xx:xx.7";
    size_t i;

    for (i = 0; form[i]; i++) {
        const char *digits = form[i] == 'x' ? "0123456789abcdef" : "01234567";

        if (!text[i] ||
            (form[i] == 'x' || form[i] == '7' ? !strchr(digits, text[i])
                                              : text[i] != form[i]))
            return false;
    }
    return !text[i];
}

int devicefacts_add(struct devicefacts *l, const struct devicefact *d)
{
    int rc = array_grow(&l->d, &l->room, l->n + 1, sizeof *d);

    if (!rc)
        l->d[l->n++] = *d;
    return rc;
}

static int device_by_address(const void *a, const void *b)
{
    return strcmp(((const struct devicefact *)a)->address,
                  ((const struct devicefact *)b)->address);
}

void devicefacts_sort(struct devicefacts *l)
{
    if (l->n)
        qsort(l->d, l->n, sizeof *l->d, device_by_address);
}

struct devicefact *devicefacts_find(struct devicefacts *l, const char *address)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->d[i].address, address))
            return &l->d[i];
    return NULL;
}

void devicefacts_dispose(struct devicefacts *l)
{
    free(l->d);
    *l = (struct devicefacts){ .d = NULL };
}

static void device_write(const struct devicefact *d, struct json_out *o)
{
    char text[16];

    json_obj(o);
    json_kv_str(o, "address", d->address);
    snprintf(text, sizeof text, "%04x:%04x", d->vendor, d->device);
    json_kv_str(o, "id", text);
    snprintf(text, sizeof text, "%06x", d->class);
    json_kv_str(o, "class", text);
    if (d->numa >= 0)
        json_kv_int(o, "numa", d->numa);
    if (*d->pf)
        json_kv_str(o, "pf", d->pf);
    if (d->vf >= 0)
        json_kv_int(o, "vf", d->vf);
    if (d->vfs > 0)
        json_kv_int(o, "vfs", d->vfs);
    if (*d->port)
        json_kv_str(o, "port", d->port);
    if (d->line_only)
        json_kv_bool(o, "msi", false);
    if (d->of)
        json_kv_str(o, "device_class", d->of->name);
    if (d->guest)
        json_kv_str(o, "guest", d->guest);
    json_obj_end(o);
}

void devicefacts_write(const struct devicefacts *l, struct json_out *o)
{
    if (!l->n)
        return;
    json_key(o, "devices");
    json_arr(o);
    for (size_t i = 0; i < l->n; i++)
        device_write(&l->d[i], o);
    json_arr_end(o);
}
