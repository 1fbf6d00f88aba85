/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the unseen node that a neighbour is: by its chassis ID, or by its
 * system name if that ID is none, or names an interface only.
 *
 * Some devices send another chassis ID from each port. Chassis IDs with one
 * name and one management address are therefore one node. Others send what all
 * of their make send: an ID of several names, no MAC address, is none.
 */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"

enum { KEY_MAX = 2 * TOPO_TEXT_MAX + 64 };

/* A chassis ID, or a name with an address, and the node that it stands for. */
struct unseen_key {
    char *key;
    struct unseen_key *same; /* another key of the node, or NULL */
    uint32_t node;           /* NONE as long as no row asks for it */
    unsigned chassis_ids;    /* of this key and those that point to it */
    const char *name;        /* of a chassis ID: whose it is; NULL: not told */
    bool shared;             /* neighbours of several names have it */
    UT_hash_handle hh;
};

/* A neighbour that has addresses, and its chassis ID. */
struct unseen_note {
    struct unseen_key *key;
    const struct topo_neighbor *neighbor;
};

struct unseen_nodes {
    struct unseen_key *head;
    struct unseen_note *note;
    size_t notes, note_room;
};

struct unseen_nodes *merge_unseen_new(void)
{
    return calloc(1, sizeof(struct unseen_nodes));
}

void merge_unseen_free(struct unseen_nodes *all)
{
    struct unseen_key *u, *tmp;

    if (!all)
        return;
    HASH_ITER(hh, all->head, u, tmp) {
        HASH_DEL(all->head, u);
        free(u->key);
        free(u);
    }
    free(all->note);
    free(all);
}

/* --- keys ---------------------------------------------------------------- */

static struct unseen_key *key_find(const struct unseen_nodes *all,
                                   const char *key)
{
    struct unseen_key *u;

    HASH_FIND(hh, all->head, key, strlen(key), u);
    return u;
}

static struct unseen_key *key_get(struct merge *m, struct unseen_nodes *all,
                                  const char *key)
{
    struct unseen_key *u = key_find(all, key);

    if (u)
        return u;
    u = calloc(1, sizeof *u);
    if (u)
        u->key = strdup(key);
    if (!u || !u->key) {
        free(u);
        m->rc = -ENOMEM;
        return NULL;
    }
    u->node = NONE;
    HASH_ADD_KEYPTR(hh, all->head, u->key, strlen(u->key), u);
    return u;
}

static struct unseen_key *key_root(struct unseen_key *u)
{
    while (u->same) {
        if (u->same->same)
            u->same = u->same->same;
        u = u->same;
    }
    return u;
}

/* A name that many have says nothing. */
static const char *neighbor_name(const struct topo_neighbor *n)
{
    return n->sysname && *n->sysname && strcmp(n->sysname, "(none)") &&
                   strcmp(n->sysname, "localhost") &&
                   strncmp(n->sysname, "localhost.", 10)
               ? n->sysname
               : NULL;
}

/* The key of a neighbour whose chassis ID is that of many. */
static void weak_key(char key[KEY_MAX], uint32_t node,
                     const struct topo_neighbor *n)
{
    const char *name = neighbor_name(n);

    if (name)
        snprintf(key, KEY_MAX, "weak %s %s", name,
                 n->n_mgmt ? n->mgmt[0] : "");
    else if (n->port_id.value && !strcmp(n->port_id.type, "mac"))
        snprintf(key, KEY_MAX, "port %s", n->port_id.value);
    else
        snprintf(key, KEY_MAX, "at %u %s", node, n->port);
}

/* False: the neighbour says nothing of itself. */
static bool chassis_key(char key[KEY_MAX], uint32_t node,
                        const struct topo_neighbor *n)
{
    if (ident_has_chassis(n) && ident_chassis_is_weak(n))
        weak_key(key, node, n);
    else if (ident_has_chassis(n))
        snprintf(key, KEY_MAX, "%s %s", n->chassis.type, n->chassis.value);
    else if (n->sysname && *n->sysname)
        snprintf(key, KEY_MAX, "name %s", n->sysname);
    else
        return false;
    return true;
}

/* The name without its domain, and an address; false: that one is none. */
static bool address_key(char key[KEY_MAX], const struct topo_neighbor *n,
                        const char *address)
{
    const char *name = neighbor_name(n);

    if (!name || !address || !*address || !strncmp(address, "127.", 4) ||
        !strcmp(address, "0.0.0.0") || !strcmp(address, "::") ||
        !strcmp(address, "::1"))
        return false;
    snprintf(key, KEY_MAX, "addr %.*s %s", (int)strcspn(name, "."), name,
             address);
    return true;
}

/* --- nodes --------------------------------------------------------------- */

static void keys_join(struct unseen_key *a, struct unseen_key *b)
{
    a = key_root(a);
    b = key_root(b);
    if (a == b)
        return;
    b->same = a;
    a->chassis_ids += b->chassis_ids;
}

static void key_note_name(struct unseen_key *u, const struct topo_neighbor *n)
{
    const char *name = neighbor_name(n);

    if (!name || !merge_is_lldp(n) || !strcmp(n->chassis.type, "mac"))
        return;
    if (!u->name)
        u->name = name;
    else if (!ident_same_name(u->name, name) &&
             !ident_same_name(name, u->name))
        u->shared = true;
}

static void key_note(struct merge *m, struct unseen_nodes *all,
                     const struct topo_neighbor *n)
{
    struct unseen_key *u;
    char key[KEY_MAX];

    if (!ident_has_chassis(n) || ident_chassis_is_weak(n) ||
        ident_view(m->ident, n) != IDENT_NONE || !chassis_key(key, 0, n))
        return;
    u = key_get(m, all, key);
    if (!u)
        return;
    if (merge_is_lldp(n))
        u->chassis_ids = 1;
    key_note_name(u, n);
    if (!n->n_mgmt)
        return;
    if (array_grow(&all->note, &all->note_room, all->notes + 1,
                   sizeof *all->note))
        m->rc = -ENOMEM;
    else
        all->note[all->notes++] = (struct unseen_note){ u, n };
}

static void key_join_addresses(struct merge *m, struct unseen_nodes *all,
                               struct unseen_key *u,
                               const struct topo_neighbor *n)
{
    struct unseen_key *a;
    char key[KEY_MAX];

    for (unsigned i = 0; !u->shared && i < n->n_mgmt; i++)
        if (address_key(key, n, n->mgmt[i])) {
            a = key_get(m, all, key);
            if (a)
                keys_join(a, u);
        }
}

/* Which IDs several names have is known before any is joined, so that the
 * order of the rows makes no difference. */
void merge_unseen_note_all(struct merge *m, struct unseen_nodes *all)
{
    for (size_t i = 0; i < m->views && !m->rc; i++)
        for (size_t k = 0; k < m->view[i].neighbors && !m->rc; k++)
            key_note(m, all, &m->view[i].neighbor[k]);
    for (size_t i = 0; i < all->notes && !m->rc; i++)
        key_join_addresses(m, all, all->note[i].key, all->note[i].neighbor);
}

uint32_t merge_unseen_get(struct merge *m, struct unseen_nodes *all,
                          uint32_t node, const struct topo_neighbor *n)
{
    struct unseen_key *u;
    char key[KEY_MAX];

    if (!chassis_key(key, node, n))
        return NONE;
    u = key_get(m, all, key);
    if (u && u->shared) {
        weak_key(key, node, n);
        u = key_get(m, all, key);
    }
    if (!u)
        return NONE;
    u = key_root(u);
    if (u->node != NONE)
        return u->node;
    u->node = merge_node_add(m);
    if (u->node != NONE) {
        m->node[u->node].neighbor = n;
        m->node[u->node].chassis_ids = u->chassis_ids;
    }
    return u->node;
}
