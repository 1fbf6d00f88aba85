/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * LLDP-MIB (IEEE 802.1AB-2016, 11.5), ifXTable (RFC 2863), and of ifTable what
 * tells a port's state.
 *
 * lldpRemTable's index is TimeMark.LocalPortNum.RemIndex. TimeMark is a filter
 * for pollers, so rows are joined on the other two. LocalPortNum need not be an
 * ifIndex: the local port table says which port it is.
 */
#include "topology/lldpmib.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { ROWS_MAX = 65536, CAP_BRIDGE = 0x20, CAP_ROUTER = 0x08 };

const char *const mib_subtrees[] = {
    "1.3.6.1.2.1.1.3",
    "1.3.6.1.2.1.1.5",
    "1.0.8802.1.1.2.1.3",
    "1.0.8802.1.1.2.1.4.1",
    "1.0.8802.1.1.2.1.4.2.1.3",
    "1.3.6.1.2.1.31.1.1.1.1",
    "1.3.6.1.2.1.31.1.1.1.15",
    "1.3.6.1.2.1.2.2.1.4",
    "1.3.6.1.2.1.2.2.1.6",
    "1.3.6.1.2.1.2.2.1.8",
    NULL,
};

/* A string of octets, owned. */
struct octets {
    uint8_t *p;
    size_t len;
};

struct local_port {
    uint32_t num;
    unsigned subtype;
    struct octets id, descr;
    UT_hash_handle hh;
};

struct rem_key {
    uint32_t port, index;
};
struct rem_row {
    struct rem_key key;
    uint32_t mark;
    unsigned chassis_subtype, port_subtype;
    struct octets chassis, port, port_descr, sysname, caps;
    struct octets mgmt[TOPO_MGMT_MAX]; /* as text */
    unsigned n_mgmt;
    UT_hash_handle hh;
};

struct interface {
    uint32_t index;
    struct octets name, mac;
    int64_t high_speed, mtu, status;
    UT_hash_handle hh;
};

struct mib {
    unsigned chassis_subtype;
    struct octets chassis, sysname, lldp_sysname;
    int64_t uptime; /* hundredths of a second */
    struct local_port *local;
    struct rem_row *rem;
    struct interface *interface;
    size_t rows;
    int rc;
};

struct mib *mib_new(void)
{
    struct mib *m = calloc(1, sizeof *m);

    if (m)
        m->uptime = -1;
    return m;
}

static void rem_clear(struct rem_row *r)
{
    free(r->chassis.p);
    free(r->port.p);
    free(r->port_descr.p);
    free(r->sysname.p);
    free(r->caps.p);
    for (unsigned i = 0; i < r->n_mgmt; i++)
        free(r->mgmt[i].p);
}

void mib_free(struct mib *m)
{
    struct local_port *l, *lt;
    struct rem_row *r, *rt;
    struct interface *i, *it;

    if (!m)
        return;
    HASH_ITER(hh, m->local, l, lt) {
        HASH_DEL(m->local, l);
        free(l->id.p);
        free(l->descr.p);
        free(l);
    }
    HASH_ITER(hh, m->rem, r, rt) {
        HASH_DEL(m->rem, r);
        rem_clear(r);
        free(r);
    }
    HASH_ITER(hh, m->interface, i, it) {
        HASH_DEL(m->interface, i);
        free(i->name.p);
        free(i->mac.p);
        free(i);
    }
    free(m->chassis.p);
    free(m->sysname.p);
    free(m->lldp_sysname.p);
    free(m);
}

/* --- rows ---------------------------------------------------------------- */

static void set(struct mib *m, struct octets *o, const void *p, size_t len)
{
    uint8_t *copy;

    if (len > 1024)
        len = 1024;
    copy = malloc(len + 1);
    if (!copy) {
        m->rc = -ENOMEM;
        return;
    }
    if (len)
        memcpy(copy, p, len);
    copy[len] = 0;
    free(o->p);
    o->p = copy;
    o->len = len;
}

static void *new_row(struct mib *m, size_t size)
{
    void *row = NULL;

    if (++m->rows > ROWS_MAX) {
        m->rc = -E2BIG;
        return NULL;
    }
    row = calloc(1, size);
    if (!row)
        m->rc = -ENOMEM;
    return row;
}

static struct local_port *local_port(struct mib *m, uint32_t num)
{
    struct local_port *l;

    HASH_FIND(hh, m->local, &num, sizeof num, l);
    if (l)
        return l;
    l = new_row(m, sizeof *l);
    if (l) {
        l->num = num;
        HASH_ADD(hh, m->local, num, sizeof num, l);
    }
    return l;
}

static struct interface *interface(struct mib *m, uint32_t index)
{
    struct interface *i;

    HASH_FIND(hh, m->interface, &index, sizeof index, i);
    if (i)
        return i;
    i = new_row(m, sizeof *i);
    if (i) {
        i->index = index;
        i->high_speed = i->mtu = i->status = -1;
        HASH_ADD(hh, m->interface, index, sizeof index, i);
    }
    return i;
}

/* A row that changed during the walk stands there twice: the later counts. */
static struct rem_row *rem_row(struct mib *m, const uint32_t *index)
{
    struct rem_key key = { index[1], index[2] };
    struct rem_row *r;

    HASH_FIND(hh, m->rem, &key, sizeof key, r);
    if (!r) {
        r = new_row(m, sizeof *r);
        if (!r)
            return NULL;
        r->key = key;
        r->mark = index[0];
        HASH_ADD(hh, m->rem, key, sizeof key, r);
    }
    if (index[0] < r->mark)
        return NULL;
    if (index[0] > r->mark) {
        UT_hash_handle hh = r->hh;

        rem_clear(r);
        *r = (struct rem_row){ .key = key, .mark = index[0], .hh = hh };
    }
    return r;
}

static void local_column(struct mib *m, uint32_t column, uint32_t num,
                         const struct mib_value *v)
{
    struct local_port *l = local_port(m, num);

    if (!l)
        return;
    switch (column) {
    case 2: l->subtype = (unsigned)v->num; break;
    case 3: set(m, &l->id, v->octets, v->len); break;
    case 4: set(m, &l->descr, v->octets, v->len); break;
    }
}

static void rem_column(struct mib *m, uint32_t column, const uint32_t *index,
                       const struct mib_value *v)
{
    struct rem_row *r = rem_row(m, index);

    if (!r)
        return;
    switch (column) {
    case 4: r->chassis_subtype = (unsigned)v->num; break;
    case 5: set(m, &r->chassis, v->octets, v->len); break;
    case 6: r->port_subtype = (unsigned)v->num; break;
    case 7: set(m, &r->port, v->octets, v->len); break;
    case 8: set(m, &r->port_descr, v->octets, v->len); break;
    case 9: set(m, &r->sysname, v->octets, v->len); break;
    case 12: set(m, &r->caps, v->octets, v->len); break;
    }
}

/* The address is in the index: mark.port.index.family.length.octets.. */
static void rem_mgmt(struct mib *m, const uint32_t *index, size_t n)
{
    struct rem_row *r;
    uint8_t addr[16];
    char text[INET6_ADDRSTRLEN];
    int family;

    if (n < 5 || n - 5 != index[4])
        return;
    family = index[3] == 1 && index[4] == 4    ? AF_INET
             : index[3] == 2 && index[4] == 16 ? AF_INET6
                                               : AF_UNSPEC;
    if (family == AF_UNSPEC)
        return;
    for (size_t i = 0; i < index[4]; i++)
        addr[i] = (uint8_t)index[5 + i];
    if (!inet_ntop(family, addr, text, sizeof text))
        return;
    r = rem_row(m, index);
    if (r && r->n_mgmt < TOPO_MGMT_MAX)
        set(m, &r->mgmt[r->n_mgmt++], text, strlen(text));
}

static void interface_column(struct mib *m, uint32_t column, uint32_t index,
                             bool x, const struct mib_value *v)
{
    struct interface *i;

    if (x ? column != 1 && column != 15
          : column != 4 && column != 6 && column != 8)
        return;
    i = interface(m, index);
    if (!i)
        return;
    if (x && column == 1)
        set(m, &i->name, v->octets, v->len);
    else if (x)
        i->high_speed = v->is_num ? v->num : -1;
    else if (column == 4)
        i->mtu = v->is_num ? v->num : -1;
    else if (column == 6)
        set(m, &i->mac, v->octets, v->len);
    else
        i->status = v->is_num ? v->num : -1;
}

static bool below(const uint32_t **oid, size_t *n, const uint32_t *root,
                  size_t len)
{
    if (*n <= len || memcmp(*oid, root, len * sizeof *root))
        return false;
    *oid += len;
    *n -= len;
    return true;
}

#define BELOW(...)                                                            \
    below(&oid, &n, (const uint32_t[]){ __VA_ARGS__ },                        \
          sizeof(uint32_t[]){ __VA_ARGS__ } / sizeof(uint32_t))

/* Columns are numbers or octets as the MIB says; others are not believed. */
static bool fits(bool want_num, const struct mib_value *v)
{
    return want_num == v->is_num;
}

static void lldp_row(struct mib *m, const uint32_t *oid, size_t n,
                     const struct mib_value *v)
{
    if (BELOW(3)) {
        if (n == 2 && oid[0] == 1 && v->is_num)
            m->chassis_subtype = (unsigned)v->num;
        else if (n == 2 && oid[0] == 2 && !v->is_num)
            set(m, &m->chassis, v->octets, v->len);
        else if (n == 2 && oid[0] == 3 && !v->is_num)
            set(m, &m->lldp_sysname, v->octets, v->len);
        else if (BELOW(7, 1) && n == 2 && fits(oid[0] == 2, v))
            local_column(m, oid[0], oid[1], v);
    } else if (BELOW(4, 1, 1)) {
        if (n == 4 && fits(oid[0] == 4 || oid[0] == 6, v))
            rem_column(m, oid[0], oid + 1, v);
    } else if (BELOW(4, 2, 1, 3)) {
        rem_mgmt(m, oid, n);
    }
}

int mib_row(struct mib *m, const uint32_t *oid, size_t n,
            const struct mib_value *v)
{
    if (BELOW(1, 0, 8802, 1, 1, 2, 1))
        lldp_row(m, oid, n, v);
    else if (BELOW(1, 3, 6, 1, 2, 1, 31, 1, 1, 1) && n == 2)
        interface_column(m, oid[0], oid[1], true, v);
    else if (BELOW(1, 3, 6, 1, 2, 1, 2, 2, 1) && n == 2)
        interface_column(m, oid[0], oid[1], false, v);
    else if (BELOW(1, 3, 6, 1, 2, 1, 1, 3) && v->is_num)
        m->uptime = v->num;
    else if (BELOW(1, 3, 6, 1, 2, 1, 1, 5) && !v->is_num)
        set(m, &m->sysname, v->octets, v->len);
    return m->rc;
}

/* --- the join ------------------------------------------------------------ */

static bool same(const struct octets *a, const struct octets *b)
{
    return a->p && b->p && a->len && a->len == b->len &&
           !memcmp(a->p, b->p, a->len);
}

static struct interface *by_name(struct mib *m, const struct octets *name)
{
    struct interface *i = m->interface;

    while (i && !same(&i->name, name))
        i = i->hh.next;
    return i;
}

static struct interface *by_mac(struct mib *m, const struct octets *mac)
{
    struct interface *found = NULL;

    for (struct interface *i = m->interface; i; i = i->hh.next)
        if (same(&i->mac, mac)) {
            if (found)
                return NULL; /* members of a bond share theirs */
            found = i;
        }
    return found;
}

/* An id of digits alone that names no interface is an ifIndex (Junos). */
static struct interface *by_digits(struct mib *m, const struct octets *id)
{
    struct interface *i = NULL;
    uint32_t index = 0;

    if (!id->len || id->len > 9)
        return NULL;
    for (size_t k = 0; k < id->len; k++) {
        if (id->p[k] < '0' || id->p[k] > '9')
            return NULL;
        index = index * 10 + id->p[k] - '0';
    }
    HASH_FIND(hh, m->interface, &index, sizeof index, i);
    return i;
}

static struct interface *of_port(struct mib *m, const struct local_port *l)
{
    struct interface *i = NULL;

    if (l->subtype == 3)
        i = by_mac(m, &l->id);
    if (!i)
        i = by_name(m, &l->id);
    if (!i)
        i = by_name(m, &l->descr);
    if (!i && l->subtype == 7)
        i = by_digits(m, &l->id);
    return i;
}

/* The name of a port: its interface's, else what LLDP calls it. */
static const char *name_port(struct mib *m, struct topo_view *v, uint32_t num,
                             char buf[TOPO_TEXT_MAX + 1])
{
    struct interface *i = NULL;
    struct topo_id id = { .value = NULL };
    struct local_port *l;

    HASH_FIND(hh, m->local, &num, sizeof num, l);
    if (l)
        i = of_port(m, l);
    if (i && i->name.len)
        topo_text(v, &id.value, i->name.p, i->name.len);
    else if (l && l->id.len)
        topo_id_octets(v, &id, false, l->subtype, l->id.p, l->id.len);
    snprintf(buf, TOPO_TEXT_MAX + 1, "%s", id.value ? id.value : "");
    free(id.value);
    if (!*buf)
        snprintf(buf, TOPO_TEXT_MAX + 1, "port %u", num);
    return buf;
}

static void add_port(struct mib *m, struct topo_view *v,
                     const struct local_port *l)
{
    char name[TOPO_TEXT_MAX + 1];
    struct topo_port *p = topo_view_port(v, name_port(m, v, l->num, name));
    struct interface *i = of_port(m, l);
    struct topo_id mac = { .value = NULL };

    if (!p)
        return;
    if (l->descr.len && !p->descr)
        topo_text(v, &p->descr, l->descr.p, l->descr.len);
    if (l->id.len && !p->id)
        topo_text(v, &p->id, l->id.p, l->id.len);
    if (l->subtype == 3 && l->id.len == 6)
        topo_id_octets(v, &mac, false, 3, l->id.p, 6);
    if (i) {
        /* 0: the agent doesn't know (RFC 2863) */
        if (p->speed_mbps < 0 && i->high_speed > 0 &&
            i->high_speed <= TOPO_MAX_MBPS)
            p->speed_mbps = i->high_speed;
        if (p->mtu < 0 && i->mtu > 0)
            p->mtu = i->mtu;
        if (p->up < 0 && i->status > 0)
            p->up = i->status == 1;
        if (!mac.value && i->mac.len == 6)
            topo_id_octets(v, &mac, false, 3, i->mac.p, 6);
    }
    if (mac.value && !p->mac) {
        p->mac = mac.value;
        mac.value = NULL;
    }
    free(mac.value);
}

static void add_neighbor(struct mib *m, struct topo_view *v,
                         const struct rem_row *r)
{
    char name[TOPO_TEXT_MAX + 1];
    struct topo_neighbor *n;

    name_port(m, v, r->key.port, name);
    n = topo_view_neighbor(v, name, strlen(name));
    if (!n)
        return;
    topo_str(v, &n->protocol, "LLDP");
    if (r->chassis.p)
        topo_id_octets(v, &n->chassis, true, r->chassis_subtype, r->chassis.p,
                       r->chassis.len);
    if (r->port.p)
        topo_id_octets(v, &n->port_id, false, r->port_subtype, r->port.p,
                       r->port.len);
    if (r->port_descr.len)
        topo_text(v, &n->port_descr, r->port_descr.p, r->port_descr.len);
    if (r->sysname.len)
        topo_text(v, &n->sysname, r->sysname.p, r->sysname.len);
    for (unsigned i = 0; i < r->n_mgmt; i++)
        topo_view_add_mgmt(v, n, (char *)r->mgmt[i].p, r->mgmt[i].len);
    if (r->caps.len) {
        n->bridge = (r->caps.p[0] & CAP_BRIDGE) != 0;
        n->router = (r->caps.p[0] & CAP_ROUTER) != 0;
    }
    if (m->uptime >= r->mark)
        n->age_s = (m->uptime - r->mark) / 100;
}

static int by_local_num(const struct local_port *a, const struct local_port *b)
{
    return a->num < b->num ? -1 : a->num > b->num;
}

static int by_rem_key(const struct rem_row *a, const struct rem_row *b)
{
    if (a->key.port != b->key.port)
        return a->key.port < b->key.port ? -1 : 1;
    return a->key.index < b->key.index ? -1 : a->key.index > b->key.index;
}

void mib_finish(struct mib *m, struct topo_view *v)
{
    const struct octets *name =
        m->lldp_sysname.len ? &m->lldp_sysname : &m->sysname;

    if (m->chassis.len && !v->chassis.value)
        topo_id_octets(v, &v->chassis, true, m->chassis_subtype, m->chassis.p,
                       m->chassis.len);
    if (name->len && !v->sysname)
        topo_text(v, &v->sysname, name->p, name->len);
    HASH_SORT(m->local, by_local_num);
    HASH_SORT(m->rem, by_rem_key);
    for (struct local_port *l = m->local; l; l = l->hh.next)
        add_port(m, v, l);
    for (struct rem_row *r = m->rem; r; r = r->hh.next)
        add_neighbor(m, v, r);
    v->has_table = true;
}
