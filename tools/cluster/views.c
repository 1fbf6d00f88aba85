/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes one map with named racks of the views from all sources. */
#include "tools/cluster/views.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/file.h"
#include "tools/base/grow.h"
#include "tools/base/msg.h"

void views_init(struct views *v)
{
    *v = (struct views){ .n = 0 };
}

void views_dispose(struct views *v)
{
    for (size_t i = 0; i < v->n; i++)
        topo_view_dispose(&v->view[i]);
    free(v->view);
    topo_cabling_dispose(&v->cabling);
    topo_map_dispose(&v->map);
    views_init(v);
}

struct topo_view *views_add(struct views *v, const char *name)
{
    if (array_grow(&v->view, &v->room, v->n + 1, sizeof *v->view))
        return NULL;
    topo_view_init(&v->view[v->n]);
    if (name) {
        topo_str(&v->view[v->n], &v->view[v->n].name, name);
        if (!v->view[v->n].name)
            return NULL;
    }
    return &v->view[v->n++];
}

struct topo_view *views_find(struct views *v, const char *name)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->view[i].name && !strcmp(v->view[i].name, name))
            return &v->view[i];
    return NULL;
}

void views_fail(struct views *v, const char *code, const char *node,
                const char *why)
{
    v->failed++;
    topo_map_warn(&v->map, code, node, NULL, "%s", why);
}

char *views_file(const char *path, size_t *len_r, struct msg *err)
{
    char *text = file_read(path, (size_t)64 << 20, len_r);

    if (!text)
        msg_set(err, "%s: %s", path, strerror(errno));
    return text;
}

void views_cabling(struct views *v, const char *path)
{
    const char *name = strrchr(path, '/');
    char *text;
    struct msg err;
    size_t len;

    name = name ? name + 1 : path;
    v->asked++;
    text = views_file(path, &len, &err);
    if (!text || topo_dot_parse(&v->cabling, name, text, len, &err) < 0)
        views_fail(v, "unreadable", name, err.text);
    free(text);
}

/* --- racks -------------------------------------------------------------------- */

/* The last group that has the word. */
static const struct group_row *group_with(const struct group_rows *groups,
                                          const char *word)
{
    for (size_t i = groups->n; i-- > 0;)
        if (strlist_has(&groups->row[i].members, word))
            return &groups->row[i];
    return NULL;
}

static const struct group_row *first_with(const struct group_rows *groups,
                                          const char *word)
{
    for (size_t i = 0; i < groups->n; i++)
        if (strlist_has(&groups->row[i].members, word))
            return &groups->row[i];
    return NULL;
}

/* A row may list hosts, or the switch after which a rack would be called. */
static int name_rack(struct topo *t, uint32_t host,
                     const struct group_rows *racks)
{
    const struct topo_node *n = topo_node(t, host);
    const struct group_row *found = group_with(racks, n->name);

    if (!found && n->rack)
        found = first_with(racks, n->rack);
    return found ? topo_set_rack(t, host, found->name) : 0;
}

int views_merge(struct views *v, const struct group_rows *racks,
                struct msg *err)
{
    struct topo *t;
    int rc = topo_merge(&v->map, v->view, v->n, &v->cabling);

    if (!rc)
        rc = topo_derive_racks(v->map.topo);
    t = v->map.topo;
    for (uint32_t i = 0; !rc && racks && i < topo_nodes(t); i++)
        if (topo_node(t, i)->kind == TOPO_HOST)
            rc = name_rack(t, i, racks);
    if (rc)
        msg_set(err, "the map cannot be made: %s",
                rc == -EINVAL ? "two nodes have one name" : strerror(-rc));
    return rc;
}

int views_add_hosts(struct views *v, const struct host_rows *hosts,
                    const struct group_rows *racks)
{
    struct topo *t = v->map.topo;
    int rc = 0;

    for (size_t i = 0; i < hosts->n && rc >= 0; i++) {
        const char *name = hosts->row[i].name;

        if (!group_with(racks, name) || topo_find(t, name) >= 0)
            continue;
        rc = topo_add_node(t, name, TOPO_HOST);
        if (rc >= 0)
            rc = name_rack(t, (uint32_t)rc, racks);
    }
    return rc < 0 ? rc : 0;
}
