/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes devices from a guest and gives them, by libxl. */
#include "libxl-ext/device.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/xlx_impl.h"
#include "tools/base/clock.h"

enum { GO_MS = 60000, GO_AGAIN_MS = 200 };

/* What a device is called. */
static const char *device_text(const struct xlx_device *d, char *buf,
                               size_t size)
{
    if (d->pci)
        snprintf(buf, size, "PCI device %s", d->pci);
    else
        snprintf(buf, size, "vif %u", d->vif);
    return buf;
}

static int device_result(int r, const struct xlx_device *d, const char *what,
                         struct msg *err)
{
    char name[64];

    if (!r)
        return 0;
    msg_set(err, "libxl can't %s %s: %s", what,
            device_text(d, name, sizeof name), xlx_libxl_text(r));
    return xlx_libxl_errno(r);
}

/* --- PCI ------------------------------------------------------------------ */

static int pci_address(const char *text, libxl_device_pci *p)
{
    unsigned domain, bus, dev, func;

    libxl_device_pci_init(p);
    if (sscanf(text, "%4x:%2x:%2x.%1x", &domain, &bus, &dev, &func) != 4)
        return -EINVAL;
    p->domain = (int)domain;
    p->bus = (uint8_t)bus;
    p->dev = (uint8_t)dev;
    p->func = (uint8_t)func;
    return 0;
}

static bool pci_is(const libxl_device_pci *a, const libxl_device_pci *b)
{
    return a->domain == b->domain && a->bus == b->bus && a->dev == b->dev &&
           a->func == b->func;
}

/* The guest's device with that address, with all that libxl knows of it: it is
 * to be disposed of where the result is 1. */
static int pci_find(struct xlx *x, uint32_t domid, const char *address,
                    libxl_device_pci *found)
{
    libxl_device_pci *list, want;
    int n = 0, has = pci_address(address, &want);

    if (has)
        return has;
    list = libxl_device_pci_list(x->ctx, domid, &n);
    for (int i = 0; i < n && !has; i++)
        if (pci_is(&list[i], &want)) {
            has = 1;
            if (found)
                libxl_device_pci_copy(x->ctx, found, &list[i]);
        }
    if (list)
        libxl_device_pci_list_free(list, n);
    return has;
}

/*
 * An HVM guest lets a device go in its own time. libxl waits ten seconds (Xen
 * 4.17: LIBXL_QMP_CMD_TIMEOUT), and lists the device for it from then on, though
 * it may go yet. So it is asked again, for a minute: QEMU refuses that while it
 * waits for the guest itself, and knows no such device once it has gone. What
 * libxl and Xen have of it is taken then as well; the guest has it no more.
 */
static int pci_remove(struct xlx *x, uint32_t domid, libxl_device_pci *p)
{
    int64_t until = clock_ms() + GO_MS;
    int r = libxl_device_pci_remove(x->ctx, domid, p, NULL);
    bool late = r == ERROR_TIMEDOUT;

    while (late && (r == ERROR_TIMEDOUT || r == ERROR_QMP_GENERIC_ERROR) &&
           clock_ms() < until) {
        poll(NULL, 0, GO_AGAIN_MS);
        r = libxl_device_pci_remove(x->ctx, domid, p, NULL);
    }
    if (r == ERROR_QMP_DEVICE_NOT_FOUND)
        r = libxl_device_pci_destroy(x->ctx, domid, p, NULL);
    return r;
}

static int pci_take(struct xlx *x, uint32_t domid, const char *address)
{
    libxl_device_pci p;
    int r = 0, has;

    libxl_device_pci_init(&p);
    has = pci_find(x, domid, address, &p);
    if (has == 1)
        r = pci_remove(x, domid, &p);
    else if (has < 0)
        r = ERROR_INVAL;
    libxl_device_pci_dispose(&p);
    return r;
}

static int pci_give(struct xlx *x, uint32_t domid, const char *address)
{
    libxl_device_pci p;
    int r;

    if (pci_address(address, &p))
        return ERROR_INVAL;
    r = libxl_device_pci_add(x->ctx, domid, &p, NULL);
    libxl_device_pci_dispose(&p);
    return r;
}

int xlx_device_can_give(struct xlx *x, struct msg *err)
{
    libxl_physinfo p;
    int rc = -EIO;

    libxl_physinfo_init(&p);
    if (libxl_get_physinfo(x->ctx, &p))
        msg_set(err, "Xen reports nothing about this host");
    else
        rc = p.cap_hvm_directio ? 0 : -ENODEV; /* of PV guests as well */
    if (rc == -ENODEV)
        msg_set(err, "its Xen uses no IOMMU, and gives no guest a PCI device");
    libxl_physinfo_dispose(&p);
    return rc;
}

/* --- vifs ----------------------------------------------------------------- */

/* Likewise. */
static int vif_find(struct xlx *x, uint32_t domid, unsigned vif,
                    libxl_device_nic *found)
{
    int n = 0, has = 0;
    libxl_device_nic *list = libxl_device_nic_list(x->ctx, domid, &n);

    for (int i = 0; i < n && !has; i++)
        if (list[i].devid == (int)vif) {
            has = 1;
            if (found)
                libxl_device_nic_copy(x->ctx, found, &list[i]);
        }
    if (list)
        libxl_device_nic_list_free(list, n);
    return has;
}

static int vif_take(struct xlx *x, uint32_t domid, unsigned vif)
{
    libxl_device_nic nic;
    int r = 0;

    libxl_device_nic_init(&nic);
    if (vif_find(x, domid, vif, &nic) == 1)
        r = libxl_device_nic_remove(x->ctx, domid, &nic, NULL);
    libxl_device_nic_dispose(&nic);
    return r;
}

static int vif_give(struct xlx *x, uint32_t domid, const struct xlx_device *d)
{
    libxl_device_nic nic;
    int r;

    libxl_device_nic_init(&nic);
    r = libxl_device_nic_from_json(x->ctx, &nic, d->nic);
    if (!r) {
        nic.devid = (int)d->vif;
        r = libxl_device_nic_add(x->ctx, domid, &nic, NULL);
    }
    libxl_device_nic_dispose(&nic);
    return r;
}

int xlx_device_read_vif(struct xlx *x, uint32_t domid, unsigned vif, char *nic,
                        size_t size, char mac[18], struct msg *err)
{
    const struct xlx_device d = { .vif = vif };
    libxl_device_nic found;
    char *json = NULL;
    int rc = -ENOENT;

    libxl_device_nic_init(&found);
    if (vif_find(x, domid, vif, &found) == 1) {
        json = libxl_device_nic_to_json(x->ctx, &found);
        rc = !json ? -ENOMEM : strlen(json) < size ? 0 : -E2BIG;
        snprintf(mac, 18, LIBXL_MAC_FMT, LIBXL_MAC_BYTES(found.mac));
    }
    if (!rc)
        strcpy(nic, json);
    else
        device_result(ERROR_FAIL, &d, "tell of", err);
    free(json);
    libxl_device_nic_dispose(&found);
    return rc;
}

uint64_t xlx_device_vifs_of(struct xlx *x, uint32_t domid, const char *mac)
{
    int n = 0;
    libxl_device_nic *list = libxl_device_nic_list(x->ctx, domid, &n);
    uint64_t bits = 0;

    for (int i = 0; i < n; i++) {
        char own[18];

        snprintf(own, sizeof own, LIBXL_MAC_FMT, LIBXL_MAC_BYTES(list[i].mac));
        if (list[i].devid >= 0 && list[i].devid < XLX_VIFS &&
            !strcmp(own, mac))
            bits |= UINT64_C(1) << list[i].devid;
    }
    if (list)
        libxl_device_nic_list_free(list, n);
    return bits;
}

/* --- either --------------------------------------------------------------- */

int xlx_device_has(struct xlx *x, uint32_t domid, const struct xlx_device *d,
                   struct msg *err)
{
    int has = d->pci ? pci_find(x, domid, d->pci, NULL)
                     : vif_find(x, domid, d->vif, NULL);

    if (has < 0)
        msg_set(err, "%s is no PCI device", d->pci);
    return has;
}

int xlx_device_take(struct xlx *x, uint32_t domid, const struct xlx_device *d,
                    struct msg *err)
{
    return device_result(d->pci ? pci_take(x, domid, d->pci)
                                : vif_take(x, domid, d->vif),
                         d, "take", err);
}

int xlx_device_give(struct xlx *x, uint32_t domid, const struct xlx_device *d,
                    struct msg *err)
{
    int has = xlx_device_has(x, domid, d, err);

    if (has)
        return has < 0 ? has : 0;
    return device_result(d->pci ? pci_give(x, domid, d->pci)
                                : vif_give(x, domid, d),
                         d, "give", err);
}
