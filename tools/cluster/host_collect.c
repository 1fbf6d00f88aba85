/* SPDX-License-Identifier: LGPL-2.1-only */
/* Collects the facts of this host and its domains: Xen, /sys and /proc. */
#include "tools/cluster/host_collect.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/boot.h"
#include "tools/cluster/host_cpu.h"
#include "tools/cluster/host_memory.h"
#include "tools/cluster/host_networks.h"
#include "tools/cluster/host_storage.h"
#include "tools/cluster/learned.h"

/* What Xen does not know of each guest. */
static int find_guests(struct hostfacts *h, const char *statedir)
{
    int rc = 0;

    h->guest = calloc(h->n_domains + 1, sizeof *h->guest);
    if (!h->guest)
        return -ENOMEM;
    for (unsigned i = 0; i < h->n_domains && !rc; i++) {
        const struct xlx_domain *d = &h->domains[i];
        struct learned l = learned_load(statedir, d->uuid);
        struct hostfacts_guest *g = &h->guest[i];

        g->cpu_used = -1;
        g->dirty_mib_s = l.dirty_mib_s;
        g->writable_mib = l.writable_mib;
        g->wire_first = l.wire_first;
        g->wire_again = l.wire_again;
        for (unsigned k = 0; k < d->disks.n && !rc; k++)
            rc = host_disk_storage(&g->storage, h->node, d->disks.s[k]);
        for (size_t k = 0; k < g->storage.n && !rc; k++)
            if (!strlist_has(&h->storage, g->storage.s[k]))
                rc = strlist_add(&h->storage, g->storage.s[k]);
    }
    return rc;
}

static int sample_cpu(struct hostfacts *h, struct xlx *x, unsigned ms)
{
    struct xlx_cpu_sample before, after = { .dom = NULL };
    int rc = xlx_cpu_sample(x, &before);

    if (!rc) {
        poll(NULL, 0, (int)ms);
        rc = xlx_cpu_sample(x, &after);
    }
    if (!rc) {
        h->cpu_used = cpu_between(&before, &after, CPU_ALL);
        h->cpu_sample_ms = (unsigned)((after.at_ns - before.at_ns) / 1000000);
        for (unsigned i = 0; i < h->n_domains; i++)
            h->guest[i].cpu_used =
                cpu_between(&before, &after, h->domains[i].domid);
    }
    free(before.dom);
    free(after.dom);
    return rc;
}

int hostfacts_collect(struct hostfacts *h, struct xlx *x, const char *statedir,
                      unsigned sample_ms, struct msg *err)
{
    int rc;

    *h = (struct hostfacts){ .cpu_used = -1 };
    if (gethostname(h->node, sizeof h->node - 1))
        strcpy(h->node, "unknown");
    (void)boot_id(h->boot); /* a host that does not tell has "" */
    host_cpu_vendor(h->vendor, sizeof h->vendor);
    rc = xlx_host_facts(x, &h->xen, err);
    if (rc)
        return rc;
    host_take_autoballoon(&h->xen);
    /* a host that does not tell of its pools is one of which they are not known
     */
    (void)xlx_pools_read(x, &h->pools);
    rc = xlx_domain_list(x, &h->domains, &h->n_domains);
    if (!rc)
        rc = host_bridges(&h->networks, "/sys/class/net");
    if (!rc)
        rc = host_driver_domains(&h->networks, h->domains, h->n_domains);
    if (!rc)
        rc = host_storage(&h->storage);
    if (!rc)
        rc = find_guests(h, statedir);
    if (!rc && sample_ms)
        rc = sample_cpu(h, x, sample_ms);
    if (rc) {
        msg_set(err, "this host's facts can't be had: %s", strerror(-rc));
        hostfacts_dispose(h);
    }
    return rc;
}
