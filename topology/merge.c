/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes one graph of many views.
 *
 * Each step only adds to what the steps before it found: rows, the names of
 * unseen nodes, rows that others correct, confirmed cables, one-sided cables, the cabling plan; and at
 * last warnings about what is missing.
 */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The nodes that were read. */
static int merge_start(struct merge *m)
{
    for (uint32_t i = 0; i < m->views; i++) {
        uint32_t n = merge_node_add(m);

        if (n == NONE)
            return -ENOMEM;
        m->node[n].view = &m->view[i];
        m->node[n].id = NONE;
        if (!m->view[i].name || merge_name_find(m->names, m->view[i].name))
            return -EINVAL;
        m->node[n].name = strdup(m->view[i].name);
        if (!m->node[n].name ||
            !merge_name_add(m, &m->names, m->view[i].name, n) ||
            !merge_in_graph(m, n))
            return m->rc ? m->rc : -ENOMEM;
    }
    m->ident = ident_new(m->view, m->views);
    return m->ident ? 0 : -ENOMEM;
}

/* Two nodes that were read may have one system name: that is harmless here,
 * but confuses people and other programs. */
static void merge_warn_sysnames(struct merge *m)
{
    struct merge_name *all = NULL;

    for (uint32_t i = 0; i < m->views && !m->rc; i++) {
        const char *s = m->view[i].sysname;
        const struct merge_name *same = s ? merge_name_find(all, s) : NULL;

        if (same)
            merge_warn(m, "duplicate-name", i, NULL,
                       "its system name %s is that of %s as well", s,
                       m->node[same->node].name);
        else if (s)
            merge_name_add(m, &all, s, i);
    }
    merge_names_free(all);
}

static void merge_steps(struct merge *m, const struct topo_cabling *cabling)
{
    m->rc = merge_start(m);
    if (m->rc || merge_rows(m))
        return;
    merge_describe_unseen(m);
    if (!m->rc)
        merge_heard_back(m);
    if (!m->rc)
        merge_settle(m);
    if (!m->rc)
        merge_confirm(m);
    if (!m->rc)
        merge_segments(m);
    if (!m->rc)
        merge_one_sided(m);
    if (!m->rc)
        merge_cabling(m, cabling);
    if (!m->rc)
        merge_disputes(m);
    if (!m->rc)
        merge_missing(m);
    if (!m->rc)
        merge_warn_sysnames(m);
}

static void merge_dispose(struct merge *m)
{
    HASH_CLEAR(hh, m->by_key);
    for (size_t i = 0; i < m->ports; i++) {
        free(m->port[i]->key);
        free(m->port[i]);
    }
    for (size_t i = 0; i < m->nodes; i++)
        free(m->node[i].name);
    free(m->port);
    free(m->node);
    free(m->row);
    free(m->dispute);
    ident_free(m->ident);
    merge_names_free(m->names);
}

int topo_merge(struct topo_map *map, const struct topo_view *view, size_t n,
               const struct topo_cabling *cabling)
{
    struct merge m = { .map = map, .view = view, .views = n };

    map->topo = topo_new();
    if (!map->topo)
        return -ENOMEM;
    merge_steps(&m, cabling);
    merge_dispose(&m);
    topo_map_sort(map);
    return m.rc;
}
