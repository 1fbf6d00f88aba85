/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides which nodes a map has, what they are called, and what they are.
 *
 * A node that was read has the administrator's name for it. An unseen node has
 * its own system name if no other node has that; its kind is guessed.
 */
#include "topology/merge_impl.h"
#include "tools/base/grow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t merge_node_add(struct merge *m)
{
    if (m->nodes >= NONE - 1 ||
        array_grow(&m->node, &m->node_room, m->nodes + 1, sizeof *m->node)) {
        m->rc = -ENOMEM;
        return NONE;
    }
    m->node[m->nodes] = (struct merge_node){ .listed_by = { NONE, NONE },
                                             .kind = TOPO_HOST,
                                             .id = NONE };
    return (uint32_t)m->nodes++;
}

bool merge_is_switch(const struct merge *m, uint32_t node)
{
    const struct topo_view *v = m->node[node].view;

    return v ? v->is_switch : m->node[node].kind != TOPO_HOST;
}

/* --- names --------------------------------------------------------------- */

struct merge_name *merge_name_find(struct merge_name *all, const char *name)
{
    struct merge_name *n;

    HASH_FIND(hh, all, name, strlen(name), n);
    return n;
}

bool merge_name_add(struct merge *m, struct merge_name **all, const char *name,
                    uint32_t node)
{
    struct merge_name *n = calloc(1, sizeof *n);

    if (n)
        n->name = strdup(name);
    if (!n || !n->name) {
        free(n);
        m->rc = -ENOMEM;
        return false;
    }
    n->node = node;
    HASH_ADD_KEYPTR(hh, *all, n->name, strlen(n->name), n);
    return true;
}

void merge_names_free(struct merge_name *all)
{
    struct merge_name *n, *tmp;

    HASH_ITER(hh, all, n, tmp) {
        HASH_DEL(all, n);
        free(n->name);
        free(n);
    }
}

/* Names an unseen node as it calls itself if no other node has that name. */
static void node_name_unseen(struct merge *m, uint32_t i)
{
    const struct topo_neighbor *n = m->node[i].neighbor;
    const char *wanted = n->sysname && *n->sysname ? n->sysname : NULL;
    const char *id = n->chassis.value ? n->chassis.value : "?";
    struct merge_name *taken =
        wanted ? merge_name_find(m->names, wanted) : NULL;
    char *name = NULL;

    if (wanted && !taken) {
        name = strdup(wanted);
    } else if (asprintf(&name, wanted ? "%s (%s)" : "%s%s",
                        wanted ? wanted : "", id) < 0) {
        name = NULL;
    }
    for (unsigned k = 2; name && merge_name_find(m->names, name); k++) {
        char *longer;

        if (asprintf(&longer, "%s #%u", name, k) < 0)
            longer = NULL;
        free(name);
        name = longer;
    }
    m->node[i].name = name;
    if (!name) {
        m->rc = -ENOMEM;
        return;
    }
    if (taken)
        merge_warn(m, "duplicate-name", i, NULL,
                   "chassis %s calls itself %s, as %s does; it is taken for "
                   "another node, though they may be one",
                   id, wanted, m->node[taken->node].name);
    merge_name_add(m, &m->names, name, i);
}

/* --- kinds --------------------------------------------------------------- */

/* Whether a host that could not be asked has the name of this unseen node. The
 * name is enough to be careful, not to believe that it is the host. */
static bool node_may_be_host(const struct merge *m, uint32_t i)
{
    const struct topo_neighbor *n = m->node[i].neighbor;
    struct merge_name *same =
        n->sysname ? merge_name_find(m->names, n->sysname) : NULL;

    return same && same->node < m->views && !m->view[same->node].is_switch;
}

/* Capabilities do not tell hosts from switches: a host with a bridge has all
 * of them. A node without any is a host; a node that a host or two nodes list
 * is a switch. */
static void node_guess_kind(struct merge *m, uint32_t i)
{
    struct merge_node *n = &m->node[i];

    if (n->listed_by_host)
        n->kind = TOPO_SWITCH;
    else if (node_may_be_host(m, i) || n->no_switch_caps)
        n->kind = TOPO_HOST;
    else if (n->listed_by[1] != NONE || n->switch_caps)
        n->kind = TOPO_SWITCH;
    n->kind_known = true;
}

void merge_describe_unseen(struct merge *m)
{
    for (uint32_t i = (uint32_t)m->views; i < m->nodes && !m->rc; i++) {
        node_guess_kind(m, i);
        node_name_unseen(m, i);
        if (!m->rc && m->node[i].chassis_ids > 1)
            merge_warn(m, "one-node", i, NULL,
                       "%u chassis IDs have this name and this management "
                       "address; they are taken for one node",
                       m->node[i].chassis_ids);
    }
}
