/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Names what a network interface of a guest needs of a host, as its hotplug
 * script will look for it.
 */
#include "libxl-ext/network.h"

#include <stdio.h>
#include <string.h>

bool xlx_network_routes(const char *script)
{
    return script && (strstr(script, "route") || strstr(script, "nat"));
}

/* Open vSwitch's form is BRIDGE.VLAN:TRUNK:TRUNK; a bridge of Linux may have
 * dots in its name, but no colon. */
static size_t bridge_name_len(const char *bridge, const char *script)
{
    bool ovs = strstr(script, "openvswitch") || strchr(bridge, ':');

    return strcspn(bridge, ovs ? ".:" : "");
}

const char *xlx_network_need(const char *bridge, const char *script,
                             const char *backend, char *buf, size_t len)
{
    if (!bridge)
        bridge = "";
    if (!script)
        script = "";
    if (backend && *backend)
        snprintf(buf, len, "%c%s", XLX_DRIVER_DOMAIN, backend);
    else if (*bridge)
        snprintf(buf, len, "%.*s", (int)bridge_name_len(bridge, script),
                 bridge);
    else if (!xlx_network_routes(script))
        snprintf(buf, len, "xenbr0");
    else
        *buf = '\0';
    return *buf ? buf : NULL;
}
