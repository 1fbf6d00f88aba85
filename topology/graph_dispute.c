/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps what sources say against the cables of the graph. */
#include "topology/graph_impl.h"
#include "tools/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void dispute_dispose(struct topo_dispute *d)
{
    free((char *)d->a);
    free((char *)d->b);
    free((char *)d->a_port);
    free((char *)d->b_port);
}

void topo_free_disputes(struct topo *t)
{
    for (size_t i = 0; i < t->disputes; i++)
        dispute_dispose(&t->dispute[i]);
    free(t->dispute);
}

int topo_add_dispute(struct topo *t, const struct topo_dispute *d)
{
    struct topo_dispute c = *d;

    if (d->link >= t->links || !d->a || !d->b ||
        (t->disputes && t->dispute[t->disputes - 1].link > d->link))
        return -EINVAL;
    if (array_grow(&t->dispute, &t->dispute_room, t->disputes + 1,
                   sizeof *t->dispute))
        return -ENOMEM;
    c.a = strdup(d->a);
    c.b = strdup(d->b);
    c.a_port = d->a_port ? strdup(d->a_port) : NULL;
    c.b_port = d->b_port ? strdup(d->b_port) : NULL;
    if (!c.a || !c.b || (d->a_port && !c.a_port) || (d->b_port && !c.b_port)) {
        dispute_dispose(&c);
        return -ENOMEM;
    }
    t->dispute[t->disputes++] = c;
    return 0;
}

const struct topo_dispute *topo_disputes(const struct topo *t, uint32_t link,
                                         size_t *n_r)
{
    size_t lo = 0, hi = t->disputes, end;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (t->dispute[mid].link < link)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (end = lo; end < t->disputes && t->dispute[end].link == link;)
        end++;
    *n_r = end - lo;
    return end > lo ? &t->dispute[lo] : NULL;
}
