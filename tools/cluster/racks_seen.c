/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Remembers which rack each host was in, and warns of a change.
 *
 * A cable that was pulled can make another rack of a host, and a drain of its
 * rack would leave it out. The state is a line for each host: its name, a tab
 * and its rack.
 */
#include "tools/cluster/racks_seen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "tools/base/file.h"
#include "tools/paths.h"

enum { RACKS_FILE_MAX = 16 << 20 };

/* What is remembered of one host; both point into the file's text. */
struct seen {
    const char *host, *rack;
    UT_hash_handle hh;
};

/* The lines of the file; one that is no line is passed over. */
static int seen_read(struct seen **all, char *text)
{
    char *save = NULL;

    for (char *line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        char *tab = strchr(line, '\t');
        struct seen *s = NULL;

        if (!tab || tab == line || !tab[1])
            continue;
        *tab = '\0';
        HASH_FIND(hh, *all, line, strlen(line), s);
        if (s)
            continue;
        s = calloc(1, sizeof *s);
        if (!s)
            return -ENOMEM;
        s->host = line;
        s->rack = tab + 1;
        HASH_ADD_KEYPTR(hh, *all, s->host, strlen(s->host), s);
    }
    return 0;
}

static void seen_free(struct seen *all)
{
    struct seen *s, *tmp;

    HASH_ITER(hh, all, s, tmp) {
        HASH_DEL(all, s);
        free(s);
    }
}

/* --- racks that cables have divided ---------------------------------------- */

/* A rack as it is now. */
struct now_rack {
    char *name;
    const char *was; /* where its hosts were; NULL: none is remembered */
    bool old;        /* it was a rack before, or its hosts were in several */
    UT_hash_handle hh;
};

static void now_free(struct now_rack *all)
{
    struct now_rack *r, *tmp;

    HASH_ITER(hh, all, r, tmp) {
        HASH_DEL(all, r);
        free(r->name);
        free(r);
    }
}

static struct now_rack *now_find(struct now_rack *all, const char *name)
{
    struct now_rack *r;

    HASH_FIND(hh, all, name, strlen(name), r);
    return r;
}

/* NULL: no memory. */
static struct now_rack *now_add(struct now_rack **all, const char *name)
{
    struct now_rack *r = now_find(*all, name);

    if (r)
        return r;
    r = calloc(1, sizeof *r);
    if (r)
        r->name = strdup(name);
    if (!r || !r->name) {
        free(r);
        return NULL;
    }
    HASH_ADD_KEYPTR(hh, *all, r->name, strlen(r->name), r);
    return r;
}

static int now_read(struct now_rack **all, struct seen *seen,
                    const struct topo *t)
{
    for (uint32_t i = 0; i < topo_nodes(t); i++) {
        const struct topo_node *n = topo_node(t, i);
        struct now_rack *r;
        struct seen *s;

        if (n->kind != TOPO_HOST || !n->rack)
            continue;
        r = now_add(all, n->rack);
        if (!r)
            return -ENOMEM;
        HASH_FIND(hh, seen, n->name, strlen(n->name), s);
        if (!s)
            continue;
        r->old |= r->was && strcmp(r->was, s->rack) != 0;
        r->was = s->rack;
    }
    for (const struct seen *s = seen; s; s = s->hh.next) {
        struct now_rack *r = now_find(*all, s->rack);

        if (r)
            r->old = true;
    }
    return 0;
}

/* Is the node on a cable to this one? */
static bool node_meets(const struct topo *t, uint32_t node, uint32_t other)
{
    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);

        if ((l->a == node && l->b == other) || (l->b == node && l->a == other))
            return true;
    }
    return false;
}

/* Are these names of two switches that a cable joins, or a host? */
static bool switches_meet(const struct topo *t, const char *a, const char *b)
{
    int x = topo_find(t, a), y = topo_find(t, b);

    if (x < 0 || y < 0 || topo_node(t, (uint32_t)x)->kind == TOPO_HOST ||
        topo_node(t, (uint32_t)y)->kind == TOPO_HOST)
        return false;
    if (node_meets(t, (uint32_t)x, (uint32_t)y))
        return true;
    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);
        uint32_t host = l->a == (uint32_t)x ? l->b : l->a;

        if ((l->a == (uint32_t)x || l->b == (uint32_t)x) &&
            topo_node(t, host)->kind == TOPO_HOST &&
            node_meets(t, host, (uint32_t)y))
            return true;
    }
    return false;
}

static int seen_rejoin(struct seen *seen, struct topo *t)
{
    struct now_rack *all = NULL;
    int rc = now_read(&all, seen, t);

    for (struct now_rack *r = all; r && !rc; r = r->hh.next)
        r->old = r->old || !r->was || !switches_meet(t, r->name, r->was);
    for (uint32_t i = 0; i < topo_nodes(t) && !rc; i++) {
        const struct topo_node *n = topo_node(t, i);
        const struct now_rack *r =
            n->kind == TOPO_HOST && n->rack ? now_find(all, n->rack) : NULL;

        if (r && !r->old)
            rc = topo_set_rack(t, i, r->was);
    }
    now_free(all);
    return rc;
}

/* --- what is remembered ---------------------------------------------------- */

/* Compares the map with what is remembered, and brings that up to date.
 * *changed: it is another now. */
static int seen_compare(struct seen **all, struct topo_map *m, bool *changed)
{
    for (uint32_t i = 0; i < topo_nodes(m->topo); i++) {
        const struct topo_node *n = topo_node(m->topo, i);
        struct seen *s = NULL;
        int rc = 0;

        if (n->kind != TOPO_HOST || !n->rack)
            continue;
        HASH_FIND(hh, *all, n->name, strlen(n->name), s);
        if (s && !strcmp(s->rack, n->rack))
            continue;
        *changed = true;
        if (s) {
            rc = topo_map_warn(m, "rack-changed", n->name, NULL,
                               "%s is in rack %s, and was in rack %s when a "
                               "plan was made last",
                               n->name, n->rack, s->rack);
        } else {
            s = calloc(1, sizeof *s);
            if (!s)
                return -ENOMEM;
            s->host = n->name;
            HASH_ADD_KEYPTR(hh, *all, s->host, strlen(s->host), s);
        }
        s->rack = n->rack;
        if (rc)
            return rc;
    }
    return 0;
}

static void seen_write(const struct seen *all, const char *path)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    for (const struct seen *s = all; f && s; s = s->hh.next)
        fprintf(f, "%s\t%s\n", s->host, s->rack);
    if (f && !fclose(f) && !path_make(path_state()))
        file_replace(path, text, len); /* else the older one stays */
    free(text);
}

int racks_seen(struct topo_map *m, bool rejoin, bool keep)
{
    struct seen *all = NULL;
    bool changed = false;
    char *path, *text;
    size_t len;
    int rc;

    if (asprintf(&path, "%s/racks", path_state()) < 0)
        return -ENOMEM;
    text = file_read(path, RACKS_FILE_MAX, &len);
    rc = text ? seen_read(&all, text) : 0;
    if (!rc && rejoin)
        rc = seen_rejoin(all, m->topo);
    if (!rc)
        rc = seen_compare(&all, m, &changed);
    if (!rc && changed && keep)
        seen_write(all, path);
    topo_map_sort(m);
    seen_free(all);
    free(text);
    free(path);
    return rc;
}
