/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the load of the map's links.
 *
 * The state is the time of the look, in seconds since 1970, and then a line for
 * each port of a link: node, port, the node's clock, received and sent bytes,
 * and when the counters began; tabs between.
 */
#include "tools/cluster/link_load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <uthash.h>

#include "tools/base/file.h"
#include "tools/paths.h"
#include "topology/load.h"

/* A look is kept so long: means of shorter times are noise. */
enum { KEPT_S = 10, COUNTERS_FILE_MAX = 64 << 20, KEY_MAX = 1024 };

/* The earlier look at one port. */
struct earlier {
    char *key; /* node, tab, port */
    struct topo_look look;
    UT_hash_handle hh;
};

struct loads {
    struct earlier *all;
    const struct topo_view **view; /* of each node of the map; NULL: unread */
    int64_t passed_ms;             /* since that look by our own clock */
    int rc;
};

static bool look_is_of_use(const struct topo_look *l)
{
    return l->clock_ms > 0 &&
           (l->rx_bytes != TOPO_UNKNOWN || l->tx_bytes != TOPO_UNKNOWN);
}

static void loads_add(struct loads *l, const char *key,
                      const struct topo_look *look)
{
    struct earlier *e;

    HASH_FIND_STR(l->all, key, e);
    if (e || !look_is_of_use(look))
        return;
    e = calloc(1, sizeof *e);
    if (e)
        e->key = strdup(key);
    if (!e || !e->key) {
        free(e);
        l->rc = -ENOMEM;
        return;
    }
    e->look = *look;
    HASH_ADD_KEYPTR(hh, l->all, e->key, strlen(e->key), e);
}

static void loads_free(struct loads *l)
{
    struct earlier *e, *tmp;

    HASH_ITER(hh, l->all, e, tmp) {
        HASH_DEL(l->all, e);
        free(e->key);
        free(e);
    }
    free(l->view);
}

/* --- the links ------------------------------------------------------------- */

/* One end of a link. */
struct link_end {
    char key[KEY_MAX];
    struct topo_look look;
};

/* False: the port's node was not read, or does not list it. */
static bool link_end(const struct loads *l, uint32_t node, const char *port,
                     struct link_end *end)
{
    const struct topo_view *w = l->view[node];
    const struct topo_port *p =
        w && port ? topo_view_find_port(w, port) : NULL;

    if (!p)
        return false;
    snprintf(end->key, sizeof end->key, "%s\t%s", w->name, port);
    end->look = topo_look(w, p);
    return true;
}

static void loads_find_views(struct loads *l, const struct views *v)
{
    l->view = calloc(topo_nodes(v->map.topo) + 1, sizeof *l->view);
    if (!l->view)
        l->rc = -ENOMEM;
    for (size_t i = 0; i < v->n && !l->rc; i++) {
        int node = topo_find(v->map.topo, v->view[i].name);

        if (node >= 0)
            l->view[node] = &v->view[i];
    }
}

/* The load by one end of a link, or TOPO_UNKNOWN. */
static double end_load(const struct loads *l, uint32_t node, const char *port,
                       int64_t mbps)
{
    const struct earlier *e;
    struct link_end end;

    if (!link_end(l, node, port, &end))
        return TOPO_UNKNOWN;
    HASH_FIND_STR(l->all, end.key, e);
    return e ? topo_load(&e->look, &end.look, l->passed_ms, mbps)
             : TOPO_UNKNOWN;
}

/* Both ends count the same frames; what either knows is enough. */
static void links_set_load(struct loads *l, struct views *v)
{
    struct topo *t = v->map.topo;

    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *k = topo_link(t, i);
        double x = end_load(l, k->a, k->a_port, k->mbps),
               y = end_load(l, k->b, k->b_port, k->mbps), load = x > y ? x : y;

        if (load >= 0)
            topo_set_load(t, i, load);
    }
}

int link_load_between(struct views *now, const struct views *then)
{
    struct loads l = { .passed_ms = TOPO_UNKNOWN };

    loads_find_views(&l, now);
    for (size_t i = 0; i < then->n && !l.rc; i++)
        for (size_t k = 0; k < then->view[i].ports && !l.rc; k++) {
            const struct topo_port *p = &then->view[i].port[k];
            struct topo_look look = topo_look(&then->view[i], p);
            char key[KEY_MAX];

            snprintf(key, sizeof key, "%s\t%s", then->view[i].name, p->name);
            loads_add(&l, key, &look);
        }
    if (!l.rc)
        links_set_load(&l, now);
    loads_free(&l);
    return l.rc;
}

/* --- the state ------------------------------------------------------------- */

/* A line of the state; one that is no line is passed over. */
static void state_line(struct loads *l, char *line)
{
    char *port = strchr(line, '\t'), *rest = port ? strchr(port + 1, '\t') : 0;
    struct topo_look look;

    if (!rest || rest - line >= KEY_MAX)
        return;
    *rest++ = '\0';
    if (sscanf(rest, "%" SCNd64 "\t%" SCNd64 "\t%" SCNd64 "\t%" SCNd64,
               &look.clock_ms, &look.rx_bytes, &look.tx_bytes,
               &look.discontinuity) == 4)
        loads_add(l, line, &look);
}

/* Returns when the look was, or 0. */
static int64_t state_read(struct loads *l, char *text)
{
    char *save = NULL, *line = strtok_r(text, "\n", &save);
    int64_t at = line ? strtoll(line, NULL, 10) : 0;

    while (!l->rc && (line = strtok_r(NULL, "\n", &save)))
        state_line(l, line);
    return at;
}

static void state_put_end(FILE *f, const struct link_end *e)
{
    if (look_is_of_use(&e->look))
        fprintf(f, "%s\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\n",
                e->key, e->look.clock_ms, e->look.rx_bytes, e->look.tx_bytes,
                e->look.discontinuity);
}

static void state_write(const struct loads *l, const struct topo *t,
                        int64_t now_s, const char *path)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    struct link_end end;

    if (f)
        fprintf(f, "%" PRId64 "\n", now_s);
    for (uint32_t i = 0; f && i < topo_links(t); i++) {
        const struct topo_link *k = topo_link(t, i);

        if (link_end(l, k->a, k->a_port, &end))
            state_put_end(f, &end);
        if (link_end(l, k->b, k->b_port, &end))
            state_put_end(f, &end);
    }
    if (f && !fclose(f) && !path_make(path_state()))
        file_replace(path, text, len); /* else the older one stays */
    free(text);
}

int link_load_seen(struct views *now)
{
    struct loads l = { .passed_ms = TOPO_UNKNOWN };
    int64_t now_s = (int64_t)time(NULL), at = 0;
    char *path, *text;
    size_t len;

    if (asprintf(&path, "%s/counters", path_state()) < 0)
        return -ENOMEM;
    loads_find_views(&l, now);
    text = file_read(path, COUNTERS_FILE_MAX, &len);
    if (text)
        at = state_read(&l, text);
    if (at > 0 && now_s >= at)
        l.passed_ms = (now_s - at) * 1000;
    if (!l.rc)
        links_set_load(&l, now);
    if (!l.rc && (at <= 0 || now_s < at || now_s >= at + KEPT_S))
        state_write(&l, now->map.topo, now_s, path);
    loads_free(&l);
    free(text);
    free(path);
    return l.rc;
}

void link_load_forget(void)
{
    char *path;

    if (asprintf(&path, "%s/counters", path_state()) < 0)
        return;
    unlink(path);
    free(path);
}
