/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the rack of each host, and which guests' `only` lists mean it.
 *
 * Of the words of all `only` lists, a host keeps those that mean it, as a part
 * of its signature: hosts that no list names stay alike.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int index_racks(struct plan_cluster *c)
{
    for (uint32_t i = 0; i < c->nhost && c->map; i++) {
        int node = topo_find(c->map, plan_host_name(c, i));
        const char *rack =
            node < 0 ? NULL : topo_node(c->map, (uint32_t)node)->rack;

        if (!rack)
            continue;
        c->host[i].rack = intern_str(&c->word, rack);
        if (c->host[i].rack == NONE)
            return -ENOMEM;
    }
    return 0;
}

/* --- the words of `only` lists ------------------------------------------- */

struct only_words {
    uint32_t *id, n; /* of cluster->word, sorted */
    size_t room;
};

static int word_by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static int only_collect(const struct plan_cluster *c, struct only_words *w)
{
    uint8_t *seen = calloc(c->wordset.n + 1, 1);
    uint32_t kept = 0;
    int rc = seen ? 0 : -ENOMEM;

    for (uint32_t i = 0; i < c->ndom && !rc; i++) {
        uint32_t set = c->dom[i].only, n;

        if (set == NONE || seen[set])
            continue;
        seen[set] = 1;
        n = c->wordset.entry[set]->len / (uint32_t)sizeof *w->id;
        rc = array_grow(&w->id, &w->room, (size_t)w->n + n + 1, sizeof *w->id);
        if (rc)
            break;
        memcpy(w->id + w->n, c->wordset.entry[set]->key, n * sizeof *w->id);
        w->n += n;
    }
    free(seen);
    if (w->n)
        qsort(w->id, w->n, sizeof *w->id, word_by_id);
    for (uint32_t i = 0; i < w->n; i++)
        if (!i || w->id[i] != w->id[i - 1])
            w->id[kept++] = w->id[i];
    w->n = kept;
    return rc;
}

static bool only_means(const struct plan_cluster *c, uint32_t word,
                       uint32_t host)
{
    const char *text = intern_get(&c->word, word);
    const char *rack = intern_get(&c->word, c->host[host].rack);
    static const char prefix[] = "rack:";

    if (!strcmp(text, plan_host_name(c, host)))
        return true;
    return rack && !strncmp(text, prefix, sizeof prefix - 1) &&
           !strcmp(text + sizeof prefix - 1, rack);
}

int index_only(struct plan_cluster *c)
{
    struct only_words w = { .n = 0 };
    int rc = only_collect(c, &w);
    uint32_t *mine = calloc(w.n + 1, sizeof *mine);

    if (!mine)
        rc = -ENOMEM;
    for (uint32_t h = 0; h < c->nhost && w.n && !rc; h++) {
        uint32_t n = 0;

        for (uint32_t i = 0; i < w.n; i++)
            if (only_means(c, w.id[i], h))
                mine[n++] = w.id[i];
        c->host[h].offer.only =
            intern_key(&c->wordset, n ? (void *)mine : "", n * sizeof *mine);
        if (c->host[h].offer.only == NONE)
            rc = -ENOMEM;
    }
    free(mine);
    free(w.id);
    return rc;
}
