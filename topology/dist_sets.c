/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Groups the hosts that hang on the same switches by the same cables.
 *
 * Such hosts have the same distances to all other hosts, so the tables need
 * one entry for each group, the attachment set, instead of one for each host.
 */
#include "topology/dist_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct set_key {
    uint32_t set;
    UT_hash_handle hh; /* by the attachments' bytes */
};

/* Writes what the host hangs on to att[*n ..], and counts *n up. */
static void set_attach_host(struct topo_dist *d, uint32_t host,
                            struct dist_attachment *att, uint32_t *n)
{
    for (uint32_t i = d->first[host]; i < d->first[host + 1]; i++) {
        const struct dist_arc *a = &d->adj[i];
        const struct dist_bundle *b = &d->bundle[a->arc / 2];

        if (topo_is_host(d->t, a->to)) {
            d->direct[host] = true;
            continue;
        }
        if (d->leaf[a->to] == NONE)
            d->leaf[a->to] = d->leaves++;
        memset(&att[*n], 0, sizeof *att); /* padding: it is a hash key */
        att[*n].sw = a->to;
        att[*n].leaf = d->leaf[a->to];
        att[*n].cables = b->pub.cables;
        att[*n].sum = b->sum;
        att[(*n)++].best = b->best;
    }
}

int dist_make_sets(struct topo_dist *d)
{
    struct set_key *keys = NULL, *k, *tmp;
    uint32_t used = 0;
    int rc = 0;

    for (uint32_t host = 0; host < d->t->nodes && !rc; host++) {
        uint32_t n = used;

        if (!topo_is_host(d->t, host))
            continue;
        set_attach_host(d, host, d->attachment, &n);
        HASH_FIND(hh, keys, &d->attachment[used],
                  (n - used) * sizeof *d->attachment, k);
        if (!k) {
            k = calloc(1, sizeof *k);
            if (!k) {
                rc = -ENOMEM;
                break;
            }
            k->set = (uint32_t)d->sets;
            d->host_of_set[d->sets] = host;
            d->set[d->sets++] = (struct dist_set){ used, n - used };
            HASH_ADD_KEYPTR(hh, keys, &d->attachment[used],
                            (n - used) * sizeof *d->attachment, k);
            used = n;
        }
        d->set_of[host] = k->set;
    }
    HASH_ITER(hh, keys, k, tmp) {
        HASH_DEL(keys, k);
        free(k);
    }
    return rc;
}
