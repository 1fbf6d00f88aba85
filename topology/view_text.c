/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes clean, bounded strings of the bytes that neighbours send.
 *
 * Text becomes what text_printable() makes of it; MAC addresses and IDs get one
 * spelling.
 */
#include "topology/view.h"
#include "topology/lldp.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/text.h"

void topo_text(struct topo_view *v, char **dst, const void *src, size_t len)
{
    char buf[TOPO_TEXT_MAX + 1];

    free(*dst);
    *dst = NULL;
    if (!src)
        return;
    while (len && !((const char *)src)[len - 1])
        len--; /* some agents send their whole buffer */
    *dst = strdup(text_printable(buf, sizeof buf, src, len));
    if (!*dst)
        v->out_of_memory = true;
}

void topo_str(struct topo_view *v, char **dst, const char *src)
{
    topo_text(v, dst, src, src ? strlen(src) : 0);
}

/* --- ids ----------------------------------------------------------------- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

void topo_mac_text(const uint8_t *octet, char out[18])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < 6; i++) {
        out[3 * i] = digits[octet[i] >> 4];
        out[3 * i + 1] = digits[octet[i] & 15];
        out[3 * i + 2] = ':';
    }
    out[17] = '\0';
}

/* Reads groups of one or two digits between separators, or twelve digits. */
bool topo_mac_parse(const char *s, size_t len, char out[18])
{
    uint8_t octet[6];
    size_t n = 0, i = 0;

    while (i < len) {
        int hi, lo;

        if (n && (s[i] == ':' || s[i] == '-' || s[i] == '.' || s[i] == ' '))
            i++;
        if (i == len || n == 6)
            break;
        hi = hex_digit(s[i++]);
        lo = i < len ? hex_digit(s[i]) : -1;
        if (hi < 0)
            return false;
        if (lo >= 0) {
            octet[n++] = (uint8_t)(hi << 4 | lo);
            i++;
        } else {
            octet[n++] = (uint8_t)hi;
        }
    }
    if (n != 6 || i < len)
        return false;
    topo_mac_text(octet, out);
    return true;
}

/* "02:00:00:00:00:01" and nothing else is a MAC address, whatever the agent
 * calls it. */
static bool text_is_mac(const char *s, size_t len)
{
    if (len != 17)
        return false;
    for (size_t i = 0; i < len; i++)
        if (i % 3 == 2 ? s[i] != ':' && s[i] != '-' : hex_digit(s[i]) < 0)
            return false;
    return true;
}

void topo_id_text(struct topo_view *v, struct topo_id *id, const char *type,
                  const char *value, size_t len)
{
    char mac[18];

    while (len && (!value[len - 1] || strchr(" \t\r\n", value[len - 1])))
        len--; /* padding */
    if (text_is_mac(value, len))
        type = "mac";
    memset(id->type, 0, sizeof id->type);
    text_printable(id->type, sizeof id->type, type, strlen(type));
    if (!strcmp(type, "mac") && topo_mac_parse(value, len, mac))
        topo_str(v, &id->value, mac);
    else
        topo_text(v, &id->value, value, len);
}

/* lldpctl's word for a subtype. */
static const char *id_type(bool chassis, unsigned subtype)
{
    static const char *const of_chassis[] = {
        [LLDP_CHASSIS_COMPONENT] = "component",
        [LLDP_CHASSIS_INTERFACE_ALIAS] = "ifalias",
        [LLDP_CHASSIS_PORT_COMPONENT] = "port",
        [LLDP_CHASSIS_MAC_ADDRESS] = "mac",
        [LLDP_CHASSIS_NETWORK_ADDRESS] = "ip",
        [LLDP_CHASSIS_INTERFACE_NAME] = "ifname",
        [LLDP_CHASSIS_LOCAL] = "local",
    };
    static const char *const of_port[] = {
        [LLDP_PORT_INTERFACE_ALIAS] = "ifalias",
        [LLDP_PORT_COMPONENT] = "component",
        [LLDP_PORT_MAC_ADDRESS] = "mac",
        [LLDP_PORT_NETWORK_ADDRESS] = "ip",
        [LLDP_PORT_INTERFACE_NAME] = "ifname",
        [LLDP_PORT_AGENT_CIRCUIT_ID] = "agent",
        [LLDP_PORT_LOCAL] = "local",
    };

    if (!subtype || subtype > LLDP_PORT_LOCAL)
        return "unhandled";
    return (chassis ? of_chassis : of_port)[subtype];
}

/* An address family and an address, as text. */
static bool address_text(const uint8_t *o, size_t len, char *buf, size_t size)
{
    if (len == 5 && o[0] == LLDP_ADDRESS_IPV4)
        return inet_ntop(AF_INET, o + 1, buf, (socklen_t)size);
    if (len == 17 && o[0] == LLDP_ADDRESS_IPV6)
        return inet_ntop(AF_INET6, o + 1, buf, (socklen_t)size);
    return false;
}

/* Whether the octets are no text, so that they would all look alike. */
static bool octets_are_binary(const uint8_t *o, size_t len)
{
    while (len && !o[len - 1])
        len--;
    for (size_t i = 0, n; i < len; i += n) {
        n = text_char(o + i, len - i);
        if (!n || !o[i] || (o[i] < 0x20 && !strchr("\t\r\n", o[i])))
            return true;
    }
    return false;
}

/* Octets of an id that are neither text nor an address: "0x00010203". */
static void id_hex(struct topo_view *v, struct topo_id *id, const char *type,
                   const uint8_t *o, size_t len)
{
    char buf[2 + 2 * 64 + 1] = "0x";

    for (size_t i = 0; i < len && i < 64; i++)
        snprintf(buf + 2 + 2 * i, 3, "%02x", o[i]);
    topo_id_text(v, id, type, buf, strlen(buf));
}

/* An id of six octets that are no text is a MAC address, as is one that says
 * so and is padded. */
static bool octets_are_mac(const char *type, const uint8_t *o, size_t len)
{
    if (!strcmp(type, "mac"))
        while (len > 6 && !o[len - 1])
            len--;
    return len == 6 && (!strcmp(type, "mac") || octets_are_binary(o, len));
}

void topo_id_octets(struct topo_view *v, struct topo_id *id, bool chassis,
                    unsigned subtype, const uint8_t *o, size_t len)
{
    const char *type = id_type(chassis, subtype);
    char buf[INET6_ADDRSTRLEN];

    if (octets_are_mac(type, o, len)) {
        topo_mac_text(o, buf);
        topo_id_text(v, id, "mac", buf, strlen(buf));
    } else if (!strcmp(type, "ip") && address_text(o, len, buf, sizeof buf)) {
        topo_id_text(v, id, type, buf, strlen(buf));
    } else if (octets_are_binary(o, len)) {
        id_hex(v, id, type, o, len);
    } else {
        topo_id_text(v, id, type, (const char *)o, len);
    }
}
