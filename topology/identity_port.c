/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the port of a view that a neighbour's port ID stands for. */
#include "topology/identity.h"

#include <string.h>

bool ident_guest_port(const char *port)
{
    static const char *const prefix[] = { "vif", "tap", "vnet", "emu" };

    for (size_t i = 0; i < sizeof prefix / sizeof *prefix; i++) {
        size_t n = strlen(prefix[i]);

        if (!strncmp(port, prefix[i], n) && port[n] >= '0' && port[n] <= '9')
            return true;
    }
    return false;
}

/* The port with that MAC address. A bridge has the address of its port, which
 * is meant. The members of a bond share theirs, which then tells no port. */
static const char *port_by_mac(const struct topo_view *v,
                               const struct port_words *w, const char *mac)
{
    const char *member = NULL, *top = NULL;
    unsigned members = 0, tops = 0;
    const struct topo_port *p;

    for (size_t i = 0; (p = port_words_find(v, w, PORT_MAC, mac, i));
         i = (size_t)(p - v->port) + 1) {
        if (ident_guest_port(p->name))
            continue;
        if (p->master) {
            member = p->name;
            members++;
        } else {
            top = p->name;
            tops++;
        }
    }
    if (members)
        return members == 1 ? member : NULL;
    return tops == 1 ? top : NULL;
}

/* The only port that has the word as its alias, which the administrator may
 * have given to several. */
static const char *port_by_alias(const struct topo_view *v,
                                 const struct port_words *w, const char *word)
{
    const struct topo_port *p = port_words_find(v, w, PORT_ALIAS, word, 0);

    return p && !port_words_find(v, w, PORT_ALIAS, word,
                                 (size_t)(p - v->port) + 1)
               ? p->name
               : NULL;
}

/* The port with that name, else that ID, description, ifDescr or alias. */
static const char *port_by_word(const struct topo_view *v,
                                const struct port_words *w, const char *word)
{
    const struct topo_port *p = word ? topo_view_find_port(v, word) : NULL;

    for (int kind = PORT_ID; !p && kind <= PORT_IF_DESCR; kind++)
        p = port_words_find(v, w, (enum port_word)kind, word, 0);
    return p ? p->name : port_by_alias(v, w, word);
}

bool ident_port_is_chassis(const struct topo_neighbor *n)
{
    return n->port_id.value && n->chassis.value &&
           !strcmp(n->port_id.value, n->chassis.value);
}

/* The firmware of a NIC sends its port's MAC address as its chassis ID. The
 * chassis ID of the host's own agent may be that of a port as well, and is
 * that of the host then. */
static const char *port_by_chassis(const struct topo_view *v,
                                   const struct port_words *w,
                                   const struct topo_neighbor *n)
{
    if (v->is_switch || !v->chassis.value || !n->chassis.value ||
        strcmp(n->chassis.type, "mac") ||
        !strcmp(v->chassis.value, n->chassis.value))
        return NULL;
    return port_by_mac(v, w, n->chassis.value);
}

/* A view that lists no ports cannot tell: a name is believed. */
static const char *port_unlisted(const struct topo_neighbor *n)
{
    if (strcmp(n->port_id.type, "mac") && !ident_port_is_chassis(n))
        return n->port_id.value;
    return n->port_descr && *n->port_descr ? n->port_descr : NULL;
}

const char *ident_port(const struct ident *id, uint32_t view,
                       const struct topo_neighbor *n, bool *listed)
{
    const struct topo_view *v;
    const struct port_words *w = ident_words(id, view, &v);
    bool mac = !strcmp(n->port_id.type, "mac");
    const char *p = NULL;

    *listed = v->ports > 0;
    if (!n->port_id.value)
        return NULL;
    if (!*listed)
        return port_unlisted(n);
    /* the MAC of a switch is that of none of its ports, if not by chance */
    if (ident_port_is_chassis(n)) {
        p = port_by_word(v, w, n->port_descr);
        if (p || v->is_switch)
            return p;
    }
    if (mac)
        p = port_by_mac(v, w, n->port_id.value);
    if (!p)
        p = port_by_word(v, w, n->port_id.value);
    if (!p)
        p = port_by_word(v, w, n->port_descr);
    return p ? p : port_by_chassis(v, w, n);
}
