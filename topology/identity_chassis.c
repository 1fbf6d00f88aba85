/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells what a neighbour's chassis ID is worth: whether it is one at all, and
 * whether one device alone has it. */
#include "topology/identity.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

bool ident_has_chassis(const struct topo_neighbor *n)
{
    return n->chassis.value && *n->chassis.value &&
           strcmp(n->chassis.value, "00:00:00:00:00:00");
}

static bool text_is_address(const char *s)
{
    struct in6_addr a;

    return inet_pton(AF_INET, s, &a) == 1 || inet_pton(AF_INET6, s, &a) == 1;
}

/* An address that each device has, or none. */
static bool address_is_everybodys(const char *s)
{
    return !strncmp(s, "127.", 4) || !strcmp(s, "0.0.0.0") ||
           !strcmp(s, "::1") || !strcmp(s, "::");
}

/* What firmware says in the place of a serial number, and systems in that of a
 * name. */
static bool local_is_everybodys(const char *s)
{
    static const char *const words[] = {
        "Not Specified",
        "Not Applicable",
        "Not Available",
        "Not Set",
        "None",
        "N/A",
        "Unknown",
        "Default string",
        "System Serial Number",
        "Chassis Serial Number",
        "To be filled by O.E.M.",
        "To be filled by O.E.M",
        "0123456789",
        "1234567890",
        "123456789",
        "0",
        "(none)",
        "localhost",
        "localhost.localdomain",
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcasecmp(s, words[i]))
            return true;
    return false;
}

bool ident_chassis_is_weak(const struct topo_neighbor *n)
{
    const char *type = n->chassis.type, *s = n->chassis.value;

    if (!s)
        return false;
    if (!strcmp(type, "ifname") || !strcmp(type, "ifalias") ||
        !strcmp(type, "port"))
        return !text_is_address(s);
    if (!strcmp(type, "ip"))
        return address_is_everybodys(s);
    return (!strcmp(type, "local") || !strcmp(type, "component")) &&
           local_is_everybodys(s);
}
