/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the view that a neighbour is.
 *
 * A view is known by its chassis ID; else by the MAC address of a port, which
 * some agents send as chassis ID, and others as port ID only; else, where the
 * node's own MAC addresses are not known, by a system name that only one view
 * has together with that view's management address. A chassis ID that names an
 * interface ("vmnic3") is not unique, nor is "Not Specified": it proves a view
 * together with the name, or the port's MAC address does.
 */
#include "topology/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* One key, and the views that have it: mostly one. */
struct ident_entry {
    uint32_t *view, first; /* view: &first, or allocated */
    size_t n;
    char *claimant; /* of a name: the chassis that claimed it */
    bool contested; /* by a second one */
    UT_hash_handle hh;
    char key[];
};

struct ident {
    const struct topo_view *view;
    size_t views;
    struct port_words **words; /* of each view; NULL: it has few ports */
    struct ident_entry *entries;
};

enum { KEY_MAX = 2 * TOPO_TEXT_MAX + 32 };

/* A map of many hosts makes many keys, for which printf() would cost more than
 * all else. Takes `most` bytes of the text. */
static char *key_put(char *at, const char *text, size_t most)
{
    size_t n = strnlen(text, most);

    memcpy(at, text, n);
    at[n] = '\0';
    return at + n;
}

static void text_key(char key[KEY_MAX], char kind, const char *text)
{
    key[0] = kind;
    key_put(key + 1, text, TOPO_TEXT_MAX);
}

static void chassis_key(char key[KEY_MAX], const struct topo_id *c)
{
    char *end;

    key[0] = 'c';
    end = key_put(key + 1, c->type, sizeof c->type - 1);
    *end = ' ';
    key_put(end + 1, c->value, TOPO_TEXT_MAX);
}

static struct ident_entry *ident_find(const struct ident *id, const char *key)
{
    struct ident_entry *e;

    HASH_FIND(hh, id->entries, key, strlen(key), e);
    return e;
}

static int entry_add_view(struct ident_entry *e, uint32_t view)
{
    uint32_t *old = e->view == &e->first ? NULL : e->view,
             *bigger = reallocarray(old, e->n + 1, sizeof *bigger);

    if (!bigger)
        return -ENOMEM;
    if (!old)
        bigger[0] = e->first;
    e->view = bigger;
    e->view[e->n++] = view;
    return 0;
}

static struct ident_entry *entry_new(const char *key, size_t len,
                                     uint32_t view)
{
    struct ident_entry *e = calloc(1, sizeof *e + len + 1);

    if (!e)
        return NULL;
    memcpy(e->key, key, len + 1);
    e->view = &e->first;
    e->first = view;
    e->n = 1;
    return e;
}

static int ident_add(struct ident *id, const char *key, uint32_t view)
{
    size_t len = strlen(key);
    struct ident_entry *e;
    unsigned hash;

    HASH_VALUE(key, len, hash);
    HASH_FIND_BYHASHVALUE(hh, id->entries, key, len, hash, e);
    if (e)
        return e->view[e->n - 1] == view ? 0 : entry_add_view(e, view);
    e = entry_new(key, len, view);
    if (!e)
        return -ENOMEM;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, id->entries, e->key, len, hash, e);
    return 0;
}

/* Whether the MAC address identifies the port. All VIFs have the same one. */
static bool port_mac_is_own(const struct topo_port *p)
{
    return p->mac && strcmp(p->mac, "fe:ff:ff:ff:ff:ff") &&
           strcmp(p->mac, "00:00:00:00:00:00") && !ident_guest_port(p->name);
}

static bool view_knows_macs(const struct topo_view *v)
{
    for (size_t i = 0; i < v->ports; i++)
        if (port_mac_is_own(&v->port[i]))
            return true;
    return false;
}

static int ident_add_view(struct ident *id, uint32_t i)
{
    const struct topo_view *v = &id->view[i];
    char key[KEY_MAX];
    int rc = 0;

    if (v->chassis.value) {
        chassis_key(key, &v->chassis);
        rc = ident_add(id, key, i);
    }
    for (size_t k = 0; k < v->ports && !rc; k++)
        if (port_mac_is_own(&v->port[k])) {
            text_key(key, 'm', v->port[k].mac);
            rc = ident_add(id, key, i);
        }
    text_key(key, 'n', v->name);
    if (!rc)
        rc = ident_add(id, key, i);
    text_key(key, 'n', v->sysname ? v->sysname : v->name);
    return rc ? rc : ident_add(id, key, i);
}

struct ident *ident_new(const struct topo_view *view, size_t n)
{
    struct ident *id = calloc(1, sizeof *id);

    if (!id)
        return NULL;
    id->view = view;
    id->views = n;
    id->words = calloc(n + 1, sizeof *id->words);
    if (!id->words) {
        free(id);
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++)
        if (ident_add_view(id, i) || port_words_new(&view[i], &id->words[i])) {
            ident_free(id);
            return NULL;
        }
    return id;
}

void ident_free(struct ident *id)
{
    struct ident_entry *e, *tmp;

    if (!id)
        return;
    HASH_ITER(hh, id->entries, e, tmp) {
        HASH_DEL(id->entries, e);
        if (e->view != &e->first)
            free(e->view);
        free(e->claimant);
        free(e);
    }
    for (size_t i = 0; i < id->views; i++)
        port_words_free(id->words[i]);
    free(id->words);
    free(id);
}

const struct port_words *ident_words(const struct ident *id, uint32_t view,
                                     const struct topo_view **view_r)
{
    *view_r = &id->view[view];
    return id->words[view];
}

bool ident_same_name(const char *name, const char *sysname)
{
    size_t n = strlen(name);

    return !strncmp(name, sysname, n) && (!sysname[n] || sysname[n] == '.');
}

/* Several views with one key are two machines of one image, or a lie. They are
 * told apart by the names that the administrator gave them, or by a port that
 * only one of them has. */
static int ident_pick(const struct ident *id, const struct ident_entry *e,
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
        if (ident_port(id, e->view[i], n, &listed) && listed)
            by_port =
                by_port == IDENT_NONE ? (int)e->view[i] : IDENT_AMBIGUOUS;
    }
    if (by_name >= 0)
        return by_name;
    return by_port >= 0 ? by_port : IDENT_AMBIGUOUS;
}

static bool neighbor_has_address(const struct topo_neighbor *n,
                                 const char *address)
{
    for (unsigned i = 0; i < n->n_mgmt; i++)
        if (n->mgmt[i] && !strcmp(n->mgmt[i], address))
            return true;
    return false;
}

/* The view with that name and management address, when a neighbour may claim
 * to be it. */
static struct ident_entry *ident_by_name(const struct ident *id,
                                         const struct topo_neighbor *n)
{
    bool lldp = !n->protocol || !strcmp(n->protocol, "LLDP");
    const struct topo_view *v;
    char key[KEY_MAX];
    struct ident_entry *e;

    if (!n->sysname)
        return NULL;
    text_key(key, 'n', n->sysname);
    e = ident_find(id, key);
    if (!e || e->n != 1)
        return NULL;
    v = &id->view[e->view[0]];
    if (!v->mgmt || !neighbor_has_address(n, v->mgmt))
        return NULL;
    /* the device's own words would have told */
    if (lldp && (view_knows_macs(v) || (v->chassis.value && n->chassis.value &&
                                        strcmp(n->chassis.type, "mac"))))
        return NULL;
    return e;
}

static struct ident_entry *ident_by_chassis(const struct ident *id,
                                            const struct topo_neighbor *n)
{
    char key[KEY_MAX];
    struct ident_entry *e;

    if (!ident_has_chassis(n) || ident_chassis_is_weak(n))
        return NULL;
    chassis_key(key, &n->chassis);
    e = ident_find(id, key);
    if (e || strcmp(n->chassis.type, "mac"))
        return e;
    text_key(key, 'm', n->chassis.value);
    return ident_find(id, key);
}

/* The view one of whose ports has the neighbour's port ID for its MAC
 * address: of a neighbour whose chassis ID is that of no view. */
static int ident_by_port_mac(const struct ident *id,
                             const struct topo_neighbor *n)
{
    char key[KEY_MAX];
    struct ident_entry *e;

    if (strcmp(n->port_id.type, "mac") || !n->port_id.value)
        return IDENT_NONE;
    text_key(key, 'm', n->port_id.value);
    e = ident_find(id, key);
    return e && e->n == 1 ? (int)e->view[0] : IDENT_NONE;
}

/* The view with that weak chassis ID and that name. */
static int ident_by_weak_chassis(const struct ident *id,
                                 const struct topo_neighbor *n)
{
    int found = IDENT_NONE;
    char key[KEY_MAX];
    struct ident_entry *e;

    if (!ident_chassis_is_weak(n) || !n->sysname)
        return IDENT_NONE;
    chassis_key(key, &n->chassis);
    e = ident_find(id, key);
    for (size_t i = 0; e && i < e->n; i++) {
        const struct topo_view *v = &id->view[e->view[i]];

        if (ident_same_name(v->sysname ? v->sysname : v->name, n->sysname))
            found = found == IDENT_NONE ? (int)e->view[i] : IDENT_AMBIGUOUS;
    }
    return found;
}

int ident_claim(struct ident *id, const struct topo_neighbor *n)
{
    struct ident_entry *e =
        ident_by_chassis(id, n) ? NULL : ident_by_name(id, n);
    bool lldp = !n->protocol || !strcmp(n->protocol, "LLDP");
    char key[KEY_MAX];

    if (!e || !n->chassis.value || !lldp)
        return 0;
    /* the interfaces of one node may differ in a weak chassis ID */
    if (ident_chassis_is_weak(n))
        strcpy(key, "weak");
    else
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
    struct ident_entry *e = ident_by_chassis(id, n);
    int view;

    if (e)
        return ident_pick(id, e, n);
    view = ident_by_port_mac(id, n);
    if (view == IDENT_NONE)
        view = ident_by_weak_chassis(id, n);
    if (view != IDENT_NONE)
        return view;
    e = ident_by_name(id, n);
    return e && !e->contested ? (int)e->view[0] : IDENT_NONE;
}
