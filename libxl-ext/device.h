/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Takes devices from a guest and gives them, by libxl: PCI devices, and vifs
 * that stand in for them.
 *
 * Each call does nothing where what it is to do is done already, and is through
 * when it returns: libxl has waited for the guest, up to its own limits.
 */
#ifndef XLX_DEVICE_H
#define XLX_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/domain.h"

struct xlx_device {
    const char *pci; /* "0000:03:10.0"; NULL: a vif, */
    unsigned vif;    /* of that number, */
    const char *nic; /* as libxl writes it; only for giving it */
};

/* 1: the guest has it, 0: it has not, or a negative errno and a sentence. */
int xlx_device_has(struct xlx *x, uint32_t domid, const struct xlx_device *d,
                   struct msg *err);
/* 0, or a negative errno and a sentence: it may have been taken, or given, all
 * the same, and xlx_device_has() tells. */
int xlx_device_take(struct xlx *x, uint32_t domid, const struct xlx_device *d,
                    struct msg *err);
int xlx_device_give(struct xlx *x, uint32_t domid, const struct xlx_device *d,
                    struct msg *err);
/* Whether Xen gives PCI devices to guests on this host: 0, or a negative errno
 * and a sentence. Without an IOMMU it has refused since 4.13, also for PV
 * guests. */
int xlx_device_can_give(struct xlx *x, struct msg *err);
/* Reads the vif: what libxl knows of it, as JSON, and its MAC address. -ENOENT:
 * the guest has none of that number; -E2BIG. */
int xlx_device_read_vif(struct xlx *x, uint32_t domid, unsigned vif, char *nic,
                        size_t size, char mac[18], struct msg *err);
/* The guest's vifs with that MAC address: bit n for vif n, of the first
 * XLX_VIFS. */
uint64_t xlx_device_vifs_of(struct xlx *x, uint32_t domid, const char *mac);

#endif
