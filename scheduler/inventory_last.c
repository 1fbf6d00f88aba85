/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds hosts that are the last of something: they have to stay. */
#include "scheduler/inventory.h"
#include "scheduler/scheduler_impl.h"

static bool last_in_set(const struct plan_cluster *c, uint32_t set,
                        uint32_t word)
{
    const struct intern_entry *e = set == NONE ? NULL : c->wordset.entry[set];

    for (uint32_t i = 0; e && i < e->len / sizeof word; i++)
        if (((const uint32_t *)(const void *)e->key)[i] == word)
            return true;
    return false;
}

/* A word of its set, a network or a storage, that no other host has. A host that
 * does not say what it has may have it, or not: it does not count. */
static bool last_of_words(const struct plan_cluster *c, uint32_t host,
                          uint32_t set, bool networks)
{
    const struct intern_entry *e = set == NONE ? NULL : c->wordset.entry[set];
    const uint32_t *word = e ? (const void *)e->key : NULL;

    for (uint32_t i = 0; e && i < e->len / sizeof *word; i++) {
        bool others = false;

        for (uint32_t o = 0; o < c->nhost && !others; o++)
            others = o != host && c->host[o].state == PLAN_UP &&
                     last_in_set(c,
                                 networks ? c->host[o].offer.networks
                                          : c->host[o].offer.storage,
                                 word[i]);
        if (!others)
            return true;
    }
    return false;
}

/* Do they show guests the same CPU, or is of one of them nothing known? */
static bool last_same_level(const struct host *a, const struct host *b)
{
    return a->dfl_hvm == b->dfl_hvm || a->dfl_hvm == NONE ||
           b->dfl_hvm == NONE;
}

bool plan_host_is_last(const struct plan_cluster *c, uint32_t host)
{
    const struct host *h = &c->host[host];
    bool rack = h->rack == NONE, level = h->dfl_hvm == NONE;

    for (uint32_t o = 0; o < c->nhost; o++) {
        if (o == host || c->host[o].state != PLAN_UP)
            continue;
        rack |= c->host[o].rack == h->rack;
        level |= last_same_level(&c->host[o], h);
    }
    return !rack || !level ||
           last_of_words(c, host, h->offer.networks, true) ||
           last_of_words(c, host, h->offer.storage, false);
}
