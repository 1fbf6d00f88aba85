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

int racks_seen(struct topo_map *m, bool keep)
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
