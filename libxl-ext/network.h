/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a network interface of a guest needs of a host. */
#ifndef XLX_NETWORK_H
#define XLX_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

/* "@NAME" among a host's networks: it runs the driver domain NAME. */
#define XLX_DRIVER_DOMAIN '@'

/*
 * The name of the bridge, without what Open vSwitch's script reads behind it;
 * xenbr0 where the configuration names none, as libxl's hotplug script takes;
 * "@NAME" when the driver domain NAME is the backend. Each may be NULL. NULL:
 * it needs none; else buf.
 */
const char *xlx_network_need(const char *bridge, const char *script,
                             const char *backend, char *buf, size_t len);
/* Whether that hotplug script (NULL: libxl's own) connects to no bridge, but
 * routes to the guest. */
bool xlx_network_routes(const char *script);

#endif
