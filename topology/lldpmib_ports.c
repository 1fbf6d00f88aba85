/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds out which interface each local port of a switch is, and what to call
 * it.
 *
 * lldpLocPortNum need not be an ifIndex: lldpLocPortTable says which port it
 * is, by a name, a MAC address, a description or a number. An agent without
 * that table, or of LLDP-V2-MIB, means the ifIndex.
 */
#include "topology/lldpmib_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IF_OPER_STATUS_UP = 1, IF_OPER_STATUS_DOWN = 2 };

/* What a word is: of an interface, or of a local port. */
enum word_kind {
    WORD_IF_NAME = 'n',
    WORD_IF_DESCR = 'd',
    WORD_IF_ALIAS = 'a',
    WORD_IF_MAC = 'm',
    WORD_PORT_ID = 'i',
    WORD_PORT_DESCR = 't',
    WORD_TAKEN = 'u', /* the name of a port that has its name */
};

struct word {
    uint8_t *key; /* the kind, then the text */
    size_t key_len;
    struct mib_interface *best; /* the one that is up, if one is */
    unsigned same, same_up;
    UT_hash_handle hh;
};

struct words {
    struct mib *m;
    struct word *head;
};

size_t mib_text_len(const struct mib_octets *o)
{
    size_t n = o->len;

    while (n && (!o->p[n - 1] || strchr(" \t\r\n", o->p[n - 1])))
        n--;
    return n;
}

bool mib_octets_mac(const struct mib_octets *o, char out[18])
{
    if (o->len != 6)
        return o->len && topo_mac_parse((char *)o->p, mib_text_len(o), out);
    topo_mac_text(o->p, out);
    return true;
}

/* --- words --------------------------------------------------------------- */

/* The word; made, if need be, when `make`. NULL: there is none. */
static struct word *word_get(struct words *w, enum word_kind kind,
                             const void *text, size_t len, bool make)
{
    uint8_t key[1 + 1024];
    struct word *x;

    if (!len || len > sizeof key - 1)
        return NULL;
    key[0] = (uint8_t)kind;
    memcpy(key + 1, text, len);
    HASH_FIND(hh, w->head, key, len + 1, x);
    if (x || !make)
        return x;
    x = calloc(1, sizeof *x);
    if (x)
        x->key = malloc(len + 1);
    if (!x || !x->key) {
        free(x);
        w->m->rc = -ENOMEM;
        return NULL;
    }
    memcpy(x->key, key, len + 1);
    x->key_len = len + 1;
    HASH_ADD_KEYPTR(hh, w->head, x->key, x->key_len, x);
    return x;
}

static struct word *word_find(struct words *w, enum word_kind kind,
                              const struct mib_octets *o)
{
    return o->p ? word_get(w, kind, o->p, mib_text_len(o), false) : NULL;
}

static void word_count(struct words *w, enum word_kind kind,
                       const struct mib_octets *o)
{
    struct word *x =
        o->p ? word_get(w, kind, o->p, mib_text_len(o), true) : NULL;

    if (x)
        x->same++;
}

/* The better an interface, the less. */
static int interface_rank(const struct mib_interface *i)
{
    return i->oper_status == IF_OPER_STATUS_UP     ? 0
           : i->oper_status == IF_OPER_STATUS_DOWN ? 2
                                                   : 1;
}

static void word_add_interface(struct words *w, enum word_kind kind,
                               const void *text, size_t len,
                               struct mib_interface *i)
{
    struct word *x = word_get(w, kind, text, len, true);
    int better;

    if (!x)
        return;
    x->same++;
    x->same_up += i->oper_status == IF_OPER_STATUS_UP;
    better = x->best ? interface_rank(i) - interface_rank(x->best) : -1;
    if (better < 0 || (!better && i->index < x->best->index))
        x->best = i;
}

static void words_add_interfaces(struct words *w)
{
    for (struct mib_interface *i = w->m->interface; i; i = i->hh.next) {
        char mac[18];

        word_add_interface(w, WORD_IF_NAME, i->name.p, mib_text_len(&i->name),
                           i);
        word_add_interface(w, WORD_IF_DESCR, i->descr.p,
                           mib_text_len(&i->descr), i);
        word_add_interface(w, WORD_IF_ALIAS, i->alias.p,
                           mib_text_len(&i->alias), i);
        if (mib_octets_mac(&i->mac, mac))
            word_add_interface(w, WORD_IF_MAC, mac, strlen(mac), i);
    }
}

static void words_free(struct words *w)
{
    struct word *x, *tmp;

    HASH_ITER(hh, w->head, x, tmp) {
        HASH_DEL(w->head, x);
        free(x->key);
        free(x);
    }
}

/* --- from a port to its interface ---------------------------------------- */

/* The interface that a word stands for. Of several of a name the one that is
 * up is meant; other words must not be those of several that are up. */
static struct mib_interface *word_interface(const struct word *x, bool name)
{
    return x && (name || x->same == 1 || x->same_up == 1) ? x->best : NULL;
}

static struct mib_interface *interface_by(struct words *w, enum word_kind kind,
                                          const struct mib_octets *o)
{
    return word_interface(word_find(w, kind, o), kind == WORD_IF_NAME);
}

/* The members of a bond share their MAC address, which then tells no port. */
static struct mib_interface *interface_by_mac(struct words *w,
                                              const struct mib_octets *o)
{
    const struct word *x;
    char mac[18];

    if (!mib_octets_mac(o, mac))
        return NULL;
    x = word_get(w, WORD_IF_MAC, mac, strlen(mac), false);
    return x && x->same == 1 ? x->best : NULL;
}

static struct mib_interface *interface_by_index(struct mib *m, uint32_t index)
{
    struct mib_interface *i;

    HASH_FIND(hh, m->interface, &index, sizeof index, i);
    return i;
}

/* An id of digits that names no interface is an ifIndex (Junos). */
static struct mib_interface *interface_by_digits(struct mib *m,
                                                 const struct mib_octets *id)
{
    size_t len = mib_text_len(id);
    uint32_t index = 0;

    if (!len || len > 9)
        return NULL;
    for (size_t k = 0; k < len; k++) {
        if (id->p[k] < '0' || id->p[k] > '9')
            return NULL;
        index = index * 10 + id->p[k] - '0';
    }
    return interface_by_index(m, index);
}

/* By the words that no other port has. lldpLocPortDesc is ifDescr, as the MIB
 * says; many agents send ifName or ifAlias. */
static struct mib_interface *interface_by_words(struct words *w,
                                                const struct mib_local_port *l)
{
    static const struct mib_octets none;
    const struct mib_octets *id = l->id_own ? &l->id : &none,
                            *descr = l->descr_own ? &l->descr : &none;
    struct mib_interface *i = NULL;

    if (l->subtype == LLDP_PORT_MAC_ADDRESS || id->len > 6)
        i = interface_by_mac(w, id);
    if (!i && l->subtype == LLDP_PORT_INTERFACE_ALIAS)
        i = interface_by(w, WORD_IF_ALIAS, id);
    if (!i)
        i = interface_by(w, WORD_IF_NAME, id);
    if (!i)
        i = interface_by(w, WORD_IF_NAME, descr);
    if (!i)
        i = interface_by(w, WORD_IF_DESCR, id);
    if (!i)
        i = interface_by(w, WORD_IF_DESCR, descr);
    if (!i && l->subtype == LLDP_PORT_LOCAL)
        i = interface_by_digits(w->m, id);
    if (!i)
        i = interface_by(w, WORD_IF_ALIAS, id);
    return i ? i : interface_by(w, WORD_IF_ALIAS, descr);
}

/* Whether numbers of ports are those of interfaces: each port that is known by
 * its words says so, or there is no port to ask. */
static bool numbers_are_indexes(const struct mib_local *local, bool table,
                                unsigned *known)
{
    *known = 0;
    for (struct mib_local_port *l = local->port; table && l; l = l->hh.next) {
        if (l->interface && l->interface->index != l->num)
            return false;
        *known += l->interface != NULL;
    }
    return true;
}

static void ports_find_interfaces(struct words *w, unsigned version,
                                  bool table)
{
    struct mib_local *local = &w->m->local[version];
    struct mib_local_port *l;
    unsigned known;

    for (l = local->port; l; l = l->hh.next) {
        const struct word *id = word_find(w, WORD_PORT_ID, &l->id),
                          *descr = word_find(w, WORD_PORT_DESCR, &l->descr);

        l->id_own = id && id->same == 1;
        l->descr_own = descr && descr->same == 1;
        l->interface =
            version == MIB_V2 ? interface_by_index(w->m, l->num) : NULL;
        if (!l->interface)
            l->interface = interface_by_words(w, l);
    }
    if (!numbers_are_indexes(local, table, &known))
        return;
    /* a port with words of its own has them, even if no interface has */
    for (l = local->port; l; l = l->hh.next)
        if (!l->interface &&
            (known || !table || (!l->id_own && !l->descr_own)))
            l->interface = interface_by_index(w->m, l->num);
}

/* --- names --------------------------------------------------------------- */

/* Takes the text for the port's name, unless another port has it. */
static bool port_take_name(struct words *w, struct mib_local_port *l,
                           const char *text)
{
    struct word *x;

    if (!text || !*text)
        return false;
    x = word_get(w, WORD_TAKEN, text, strlen(text), true);
    if (!x || x->same++)
        return false;
    l->name = strdup(text);
    if (!l->name)
        w->m->rc = -ENOMEM;
    return l->name != NULL;
}

static bool port_take_octets(struct words *w, struct mib_local_port *l,
                             const struct mib_octets *o, unsigned subtype)
{
    struct topo_view v = { .name = NULL };
    struct topo_id id = { .value = NULL };
    bool took;

    if (!o->p || !mib_text_len(o))
        return false;
    topo_id_octets(&v, &id, false, subtype, o->p, o->len);
    took = port_take_name(w, l, id.value);
    free(id.value);
    return took;
}

/* The name of a port: its interface's, else its id in LLDP, else its
 * description. */
static void port_name(struct words *w, struct mib_local_port *l)
{
    const struct mib_interface *i = l->interface;
    char number[TOPO_TEXT_MAX + 1];

    if (i && (port_take_octets(w, l, &i->name, LLDP_PORT_INTERFACE_NAME) ||
              port_take_octets(w, l, &i->descr, LLDP_PORT_INTERFACE_NAME)))
        return;
    if ((l->id_own && port_take_octets(w, l, &l->id, l->subtype)) ||
        (l->descr_own &&
         port_take_octets(w, l, &l->descr, LLDP_PORT_INTERFACE_NAME)))
        return;
    snprintf(number, sizeof number, "port %u", l->num);
    if (!port_take_name(w, l, number)) {
        snprintf(number, sizeof number, "local port %u", l->num);
        port_take_name(w, l, number);
    }
}

static int local_port_compare(const struct mib_local_port *a,
                              const struct mib_local_port *b)
{
    return a->num < b->num ? -1 : a->num > b->num;
}

/* Port 0 is none, unless lldpLocPortTable has it. */
static void port_hears(struct mib *m, unsigned version, uint32_t num)
{
    struct mib_local_port *l;

    HASH_FIND(hh, m->local[version].port, &num, sizeof num, l);
    if (!l && num)
        l = mib_local_port_get(m, version, num);
    if (l)
        l->hears = true;
}

void mib_resolve_ports(struct mib *m, unsigned version,
                       const struct mib_table *t)
{
    struct mib_local *local = &m->local[version];
    bool table = local->port != NULL;
    struct words w = { .m = m };

    m->resolving = true;
    words_add_interfaces(&w);
    for (struct mib_local_port *l = local->port; l; l = l->hh.next) {
        word_count(&w, WORD_PORT_ID, &l->id);
        word_count(&w, WORD_PORT_DESCR, &l->descr);
    }
    for (struct mib_remote *r = t->remote; r && !m->rc; r = r->hh.next)
        port_hears(m, version, r->key.port);
    if (!table) /* then the interfaces are the ports */
        for (struct mib_interface *i = m->interface; i && !m->rc;
             i = i->hh.next)
            if (i->name.len && interface_by(&w, WORD_IF_NAME, &i->name) == i)
                mib_local_port_get(m, version, i->index);
    ports_find_interfaces(&w, version, table);
    HASH_SORT(local->port, local_port_compare);
    for (struct mib_local_port *l = local->port; l && !m->rc; l = l->hh.next)
        port_name(&w, l);
    words_free(&w);
}
