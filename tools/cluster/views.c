/* SPDX-License-Identifier: LGPL-2.1-only */
/* Views from wherever they came to one map with named racks. */
#include "tools/cluster/views.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/file.h"
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
    topo_plan_dispose(&v->plan);
    topo_map_dispose(&v->map);
    views_init(v);
}

struct topo_view *views_add(struct views *v, const char *name)
{
    size_t want = v->room ? v->room * 2 : 32;
    struct topo_view *bigger;

    if (v->n == v->room) {
        bigger = reallocarray(v->view, want, sizeof *bigger);
        if (!bigger)
            return NULL;
        v->view = bigger;
        v->room = want;
    }
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

void views_plan(struct views *v, const char *path)
{
    const char *name = strrchr(path, '/');
    char *text;
    struct msg err;
    size_t len;

    name = name ? name + 1 : path;
    v->asked++;
    text = views_file(path, &len, &err);
    if (!text || topo_dot_parse(&v->plan, name, text, len, &err) < 0)
        views_fail(v, "unreadable", name, err.text);
    free(text);
}

/* --- racks -------------------------------------------------------------------- */

/* Does "NAME=a,b,c" name `word`? */
static bool lists(const char *row, const char *word)
{
    const char *p = strchr(row, '=');
    size_t n = strlen(word);

    while (p) {
        size_t len = strcspn(++p, ",");

        if (len == n && !strncmp(p, word, n))
            return true;
        p = p[len] ? p + len : NULL;
    }
    return false;
}

/* A row may list hosts, or the switch after which a rack would be called. */
static int name_rack(struct topo *t, uint32_t host,
                     const struct strlist *racks)
{
    const struct topo_node *n = topo_node(t, host);
    int found = -1;

    for (size_t i = 0; i < racks->n; i++)
        if (lists(racks->s[i], n->name))
            found = (int)i;
    for (size_t i = 0; i < racks->n && found < 0; i++)
        if (n->rack && lists(racks->s[i], n->rack))
            found = (int)i;
    if (found < 0)
        return 0;
    char *name = strndup(racks->s[found], strcspn(racks->s[found], "="));
    int rc = name ? topo_set_rack(t, host, name) : -ENOMEM;

    free(name);
    return rc;
}

int views_merge(struct views *v, const struct strlist *racks, struct msg *err)
{
    struct topo *t;
    int rc = topo_merge(&v->map, v->view, v->n, &v->plan);

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
