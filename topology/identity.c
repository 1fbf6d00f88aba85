/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Identity. A view is known by its chassis id; else by a port's MAC address,
 * which some agents send as chassis id; else, where the device's own MAC
 * addresses are not known, by a system name that only one view has together
 * with that view's management address.
 */
#include "topology/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* One key, and who has it. */
struct entry {
    char *key;
    uint32_t *view;
    size_t n;
    char *claimant; /* of a name: the chassis that claimed it */
    bool contested; /* by a second one */
    UT_hash_handle hh;
};

struct ident {
    const struct topo_view *view;
    struct entry *entries;
};

enum { KEY_MAX = 2 * TOPO_TEXT_MAX + 32 };

static void chassis_key(char key[KEY_MAX], const struct topo_id *c)
{
    snprintf(key, KEY_MAX, "c%s %s", c->type, c->value);
}

static struct entry *find(const struct ident *id, const char *key)
{
    struct entry *e;

    HASH_FIND(hh, id->entries, key, strlen(key), e);
    return e;
}

static int add(struct ident *id, const char *key, uint32_t view)
{
    struct entry *e = find(id, key);
    uint32_t *bigger;

    if (e && e->view[e->n - 1] == view)
        return 0;
    if (!e) {
        e = calloc(1, sizeof *e);
        if (!e)
            return -ENOMEM;
        e->key = strdup(key);
        if (!e->key) {
            free(e);
            return -ENOMEM;
        }
        HASH_ADD_KEYPTR(hh, id->entries, e->key, strlen(e->key), e);
    }
    bigger = reallocarray(e->view, e->n + 1, sizeof *bigger);
    if (!bigger)
        return -ENOMEM;
    e->view = bigger;
    e->view[e->n++] = view;
    return 0;
}

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

/* All VIFs of all hosts have fe:ff:ff:ff:ff:ff. */
static bool telling_mac(const struct topo_port *p)
{
    return p->mac && strcmp(p->mac, "fe:ff:ff:ff:ff:ff") &&
           strcmp(p->mac, "00:00:00:00:00:00") && !ident_guest_port(p->name);
}

static bool knows_macs(const struct topo_view *v)
{
    for (size_t i = 0; i < v->ports; i++)
        if (telling_mac(&v->port[i]))
            return true;
    return false;
}

static int add_view(struct ident *id, uint32_t i)
{
    const struct topo_view *v = &id->view[i];
    char key[KEY_MAX];
    int rc = 0;

    if (v->chassis.value) {
        chassis_key(key, &v->chassis);
        rc = add(id, key, i);
    }
    for (size_t k = 0; k < v->ports && !rc; k++)
        if (telling_mac(&v->port[k])) {
            snprintf(key, sizeof key, "m%s", v->port[k].mac);
            rc = add(id, key, i);
        }
    snprintf(key, sizeof key, "n%s", v->name);
    if (!rc)
        rc = add(id, key, i);
    snprintf(key, sizeof key, "n%s", v->sysname ? v->sysname : v->name);
    return rc ? rc : add(id, key, i);
}

struct ident *ident_new(const struct topo_view *view, size_t n)
{
    struct ident *id = calloc(1, sizeof *id);

    if (!id)
        return NULL;
    id->view = view;
    for (uint32_t i = 0; i < n; i++)
        if (add_view(id, i)) {
            ident_free(id);
            return NULL;
        }
    return id;
}

void ident_free(struct ident *id)
{
    struct entry *e, *tmp;

    if (!id)
        return;
    HASH_ITER(hh, id->entries, e, tmp) {
        HASH_DEL(id->entries, e);
        free(e->key);
        free(e->view);
        free(e->claimant);
        free(e);
    }
    free(id);
}

bool ident_same_name(const char *name, const char *sysname)
{
    size_t n = strlen(name);

    return !strncmp(name, sysname, n) && (!sysname[n] || sysname[n] == '.');
}

/* Several views of one id: two machines from one image, or a liar. The name by
 * which the administrator knows a view tells them apart, and a port that only
 * one of them has. */
static int pick(const struct ident *id, const struct entry *e,
                const struct topo_neighbor *n)
{
    int by_name = IDENT_NONE, by_port = IDENT_NONE;

    if (e->n == 1)
        return (int)e->view[0];
    for (size_t i = 0; i < e->n; i++) {
        const struct topo_view *v = &id->view[e->view[i]];
        bool listed;

        if (n->sysname && ident_same_name(v->name, n->sysname))
            by_name =
                by_name == IDENT_NONE ? (int)e->view[i] : IDENT_AMBIGUOUS;
        if (ident_port(v, n, &listed) && listed)
            by_port =
                by_port == IDENT_NONE ? (int)e->view[i] : IDENT_AMBIGUOUS;
    }
    if (by_name >= 0)
        return by_name;
    return by_port >= 0 ? by_port : IDENT_AMBIGUOUS;
}

static bool has_address(const struct topo_neighbor *n, const char *address)
{
    for (unsigned i = 0; i < n->n_mgmt; i++)
        if (n->mgmt[i] && !strcmp(n->mgmt[i], address))
            return true;
    return false;
}

/* By name and address: the entry, when the row may claim it. */
static struct entry *by_name(const struct ident *id,
                             const struct topo_neighbor *n)
{
    bool lldp = !n->protocol || !strcmp(n->protocol, "LLDP");
    const struct topo_view *v;
    char key[KEY_MAX];
    struct entry *e;

    if (!n->sysname)
        return NULL;
    snprintf(key, sizeof key, "n%s", n->sysname);
    e = find(id, key);
    if (!e || e->n != 1)
        return NULL;
    v = &id->view[e->view[0]];
    if (!v->mgmt || !has_address(n, v->mgmt))
        return NULL;
    /* the device's own words would have told */
    if (lldp && (knows_macs(v) || (v->chassis.value && n->chassis.value &&
                                   strcmp(n->chassis.type, "mac"))))
        return NULL;
    return e;
}

static struct entry *by_id(const struct ident *id,
                           const struct topo_neighbor *n)
{
    char key[KEY_MAX];
    struct entry *e;

    if (!n->chassis.value)
        return NULL;
    chassis_key(key, &n->chassis);
    e = find(id, key);
    if (e || strcmp(n->chassis.type, "mac"))
        return e;
    snprintf(key, sizeof key, "m%s", n->chassis.value);
    return find(id, key);
}

int ident_claim(struct ident *id, const struct topo_neighbor *n)
{
    struct entry *e = by_id(id, n) ? NULL : by_name(id, n);
    bool lldp = !n->protocol || !strcmp(n->protocol, "LLDP");
    char key[KEY_MAX];

    if (!e || !n->chassis.value || !lldp)
        return 0;
    chassis_key(key, &n->chassis);
    if (e->claimant) {
        e->contested |= strcmp(e->claimant, key) != 0;
        return 0;
    }
    e->claimant = strdup(key);
    return e->claimant ? 0 : -ENOMEM;
}

int ident_view(const struct ident *id, const struct topo_neighbor *n)
{
    struct entry *e = by_id(id, n);

    if (e)
        return pick(id, e, n);
    e = by_name(id, n);
    return e && !e->contested ? (int)e->view[0] : IDENT_NONE;
}

/* --- ports --------------------------------------------------------------- */

static bool says(const char *word, const char *said)
{
    return word && said && *said && !strcmp(word, said);
}

/* A bridge has the address of its port, and the port is meant; members of a
 * bond share theirs, which then says nothing. */
static const char *port_by_mac(const struct topo_view *v, const char *mac)
{
    const char *member = NULL, *top = NULL;
    unsigned members = 0, tops = 0;

    for (size_t i = 0; i < v->ports; i++) {
        const struct topo_port *p = &v->port[i];

        if (!says(p->mac, mac) || ident_guest_port(p->name))
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

static const char *port_by_word(const struct topo_view *v, const char *word)
{
    const struct topo_port *p = word ? topo_view_find_port(v, word) : NULL;

    if (p)
        return p->name;
    for (size_t i = 0; i < v->ports; i++)
        if (says(v->port[i].id, word))
            return v->port[i].name;
    for (size_t i = 0; i < v->ports; i++)
        if (says(v->port[i].descr, word))
            return v->port[i].name;
    return NULL;
}

const char *ident_port(const struct topo_view *v,
                       const struct topo_neighbor *n, bool *listed)
{
    bool mac = !strcmp(n->port_id.type, "mac");
    const char *p = NULL;

    *listed = v->ports > 0;
    if (!n->port_id.value)
        return NULL;
    if (!*listed) {
        if (!mac)
            return n->port_id.value;
        return n->port_descr && *n->port_descr ? n->port_descr : NULL;
    }
    p = mac ? port_by_mac(v, n->port_id.value)
            : port_by_word(v, n->port_id.value);
    return p ? p : port_by_word(v, n->port_descr);
}
