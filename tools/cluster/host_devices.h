/* SPDX-License-Identifier: LGPL-2.1-only */
/* The PCI devices that this host can give to guests. */
#ifndef RACKHOP_CLUSTER_HOST_DEVICES_H
#define RACKHOP_CLUSTER_HOST_DEVICES_H

#include "tools/doc/devicefacts.h"

/*
 * Those that pciback has, by address. sys is /sys. A host without pciback has
 * none; what sysfs does not tell of a device is left as not known. 0 or
 * -ENOMEM; the list is to be disposed of after both.
 */
int host_devices(struct devicefacts *l, const char *sys);

#endif
