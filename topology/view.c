/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Building a view: the edge where strangers' bytes become clean, bounded
 * strings. Builders note a lack of memory in the view instead of failing, so
 * that parsers check once, at their end.
 */
#include "topology/array.h"
#include "topology/lldp.h"
#include "topology/view.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- text ---------------------------------------------------------------- */

/* Bytes of the well-formed UTF-8 character at s, 0 if there is none; its code
 * point in *c. */
static size_t decode(const uint8_t *s, size_t left, uint32_t *c)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t n = s[0] < 0x80           ? 1
               : (s[0] >> 5) == 0x06 ? 2
               : (s[0] >> 4) == 0x0e ? 3
               : (s[0] >> 3) == 0x1e ? 4
                                     : 0;

    if (!n || n > left)
        return 0;
    *c = n == 1 ? s[0] : s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (s[i] & 0x3f);
    }
    if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
        return 0;
    return n;
}

/* Controls, and what reorders or hides text on a terminal. */
static bool unseen(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0xfeff ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f);
}

static size_t clean(char *dst, size_t size, const uint8_t *s, size_t len)
{
    size_t o = 0;

    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        size_t n = decode(s + i, len - i, &c);
        const char *put = n ? (const char *)s + i : "\xef\xbf\xbd";
        size_t w = n ? n : 3;

        if (n && unseen(c)) {
            put = "?";
            w = 1;
        }
        if (o + w > size)
            break;
        memcpy(dst + o, put, w);
        o += w;
        i += n ? n : 1;
    }
    return o;
}

void topo_text(struct topo_view *v, char **dst, const void *src, size_t len)
{
    char buf[TOPO_TEXT_MAX + 1];

    free(*dst);
    *dst = NULL;
    if (!src)
        return;
    buf[clean(buf, TOPO_TEXT_MAX, src, len)] = '\0';
    *dst = strdup(buf);
    if (!*dst)
        v->out_of_memory = true;
}

void topo_str(struct topo_view *v, char **dst, const char *src)
{
    topo_text(v, dst, src, src ? strlen(src) : 0);
}

/* --- ids ----------------------------------------------------------------- */

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *p;

    if (c >= 'A' && c <= 'F')
        c = (char)(c - 'A' + 'a');
    p = c ? strchr(digits, c) : NULL;
    return p ? (int)(p - digits) : -1;
}

/* Groups of one or two digits between separators, or twelve digits. */
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
        hi = hex(s[i++]);
        lo = i < len ? hex(s[i]) : -1;
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
    snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", octet[0], octet[1],
             octet[2], octet[3], octet[4], octet[5]);
    return true;
}

void topo_id_text(struct topo_view *v, struct topo_id *id, const char *type,
                  const char *value, size_t len)
{
    char mac[18];

    clean(id->type, sizeof id->type - 1, (const uint8_t *)type, strlen(type));
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

/* IANA address family, then the address. */
static bool address_text(const uint8_t *o, size_t len, char *buf, size_t size)
{
    if (len == 5 && o[0] == LLDP_ADDRESS_IPV4)
        return inet_ntop(AF_INET, o + 1, buf, (socklen_t)size);
    if (len == 17 && o[0] == LLDP_ADDRESS_IPV6)
        return inet_ntop(AF_INET6, o + 1, buf, (socklen_t)size);
    return false;
}

void topo_id_octets(struct topo_view *v, struct topo_id *id, bool chassis,
                    unsigned subtype, const uint8_t *o, size_t len)
{
    const char *type = id_type(chassis, subtype);
    char buf[INET6_ADDRSTRLEN];

    if (!strcmp(type, "mac") && len == 6) {
        snprintf(buf, sizeof buf, "%02x:%02x:%02x:%02x:%02x:%02x", o[0], o[1],
                 o[2], o[3], o[4], o[5]);
        topo_id_text(v, id, type, buf, strlen(buf));
    } else if (!strcmp(type, "ip") && address_text(o, len, buf, sizeof buf)) {
        topo_id_text(v, id, type, buf, strlen(buf));
    } else {
        topo_id_text(v, id, type, (const char *)o, len);
    }
}

/* --- ports and neighbours ------------------------------------------------ */

static bool view_room(struct topo_view *v, void **array, size_t *room,
                      size_t used, size_t size)
{
    if (topo_array_room(array, room, used, size))
        return true;
    v->out_of_memory = true;
    return false;
}

const struct topo_port *topo_view_find_port(const struct topo_view *v,
                                            const char *name)
{
    for (size_t i = 0; i < v->ports; i++)
        if (v->port[i].name && !strcmp(v->port[i].name, name))
            return &v->port[i];
    return NULL;
}

struct topo_port *topo_view_port(struct topo_view *v, const char *name)
{
    const struct topo_port *known = topo_view_find_port(v, name);
    struct topo_port *p;

    if (known)
        return &v->port[known - v->port];
    if (v->ports == TOPO_VIEW_PORTS ||
        !view_room(v, (void **)&v->port, &v->port_room, v->ports, sizeof *p))
        return NULL;
    p = &v->port[v->ports++];
    *p = (struct topo_port){ .speed_mbps = TOPO_UNKNOWN,
                             .mtu = TOPO_UNKNOWN,
                             .up = TOPO_UNKNOWN,
                             .rx_bytes = TOPO_UNKNOWN,
                             .tx_bytes = TOPO_UNKNOWN };
    topo_str(v, &p->name, name);
    return p;
}

struct topo_neighbor *topo_view_neighbor(struct topo_view *v, const char *port,
                                         size_t len)
{
    struct topo_neighbor *n;

    if (v->neighbors == TOPO_VIEW_NEIGHBORS) {
        v->dropped++;
        return NULL;
    }
    if (!view_room(v, (void **)&v->neighbor, &v->neighbor_room, v->neighbors,
                   sizeof *n))
        return NULL;
    n = &v->neighbor[v->neighbors++];
    *n = (struct topo_neighbor){ .mfs = TOPO_UNKNOWN,
                                 .aggregation = TOPO_UNKNOWN,
                                 .ttl_s = TOPO_UNKNOWN,
                                 .age_s = TOPO_UNKNOWN,
                                 .bridge = TOPO_UNKNOWN,
                                 .router = TOPO_UNKNOWN };
    topo_text(v, &n->port, port, len);
    return n;
}

void topo_view_add_mgmt(struct topo_view *v, struct topo_neighbor *n,
                        const char *addr, size_t len)
{
    if (n->n_mgmt < TOPO_MGMT_MAX)
        topo_text(v, &n->mgmt[n->n_mgmt++], addr, len);
}

void topo_view_add_migration(struct topo_view *v, const char *port)
{
    char **bigger;

    v->has_migration = true;
    for (size_t i = 0; i < v->migration_ports; i++)
        if (!strcmp(v->migration_port[i], port))
            return;
    if (v->migration_ports == TOPO_VIEW_PORTS)
        return;
    bigger = reallocarray(v->migration_port, v->migration_ports + 1,
                          sizeof *bigger);
    if (!bigger) {
        v->out_of_memory = true;
        return;
    }
    v->migration_port = bigger;
    bigger[v->migration_ports] = NULL;
    topo_str(v, &bigger[v->migration_ports], port);
    if (bigger[v->migration_ports])
        v->migration_ports++;
}

/* --- life ---------------------------------------------------------------- */

void topo_view_init(struct topo_view *v)
{
    *v = (struct topo_view){ .name = NULL };
}

int topo_view_check(const struct topo_view *v)
{
    return v->out_of_memory ? -ENOMEM : 0;
}

void topo_view_clear_table(struct topo_view *v)
{
    for (size_t i = 0; i < v->neighbors; i++) {
        struct topo_neighbor *n = &v->neighbor[i];

        free(n->port);
        free(n->protocol);
        free(n->chassis.value);
        free(n->port_id.value);
        free(n->sysname);
        free(n->port_descr);
        for (unsigned k = 0; k < n->n_mgmt; k++)
            free(n->mgmt[k]);
    }
    free(v->neighbor);
    v->neighbor = NULL;
    v->neighbors = v->neighbor_room = v->dropped = 0;
    memset(v->refused, 0, sizeof v->refused);
    v->has_table = false;
}

void topo_view_dispose(struct topo_view *v)
{
    topo_view_clear_table(v);
    for (size_t i = 0; i < v->ports; i++) {
        free(v->port[i].name);
        free(v->port[i].mac);
        free(v->port[i].descr);
        free(v->port[i].id);
        free(v->port[i].master);
    }
    for (size_t i = 0; i < v->migration_ports; i++)
        free(v->migration_port[i]);
    free(v->migration_port);
    free(v->port);
    free(v->name);
    free(v->chassis.value);
    free(v->sysname);
    free(v->mgmt);
    free(v->mgmt_port);
    topo_view_init(v);
}
