/* SPDX-License-Identifier: LGPL-2.1-only */
/* Collects the facts of this host and its domains: Xen, /sys and /proc. */
#include "tools/cluster/host_collect.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libxl-ext/balloon.h"
#include "libxl-ext/steal.h"
#include "tools/base/clock.h"
#include "tools/base/file.h"
#include "tools/boot.h"
#include "tools/cluster/host_cpu.h"
#include "tools/cluster/host_devices.h"
#include "tools/cluster/host_memory.h"
#include "tools/cluster/host_networks.h"
#include "tools/cluster/host_storage.h"
#include "tools/cluster/host_vifs.h"
#include "tools/cluster/learned.h"
#include "tools/cluster/talks_file.h"
#include "tools/series/query.h"

#define SYS     "/sys"
#define SYS_NET SYS "/class/net"

/* Devices that can be given to guests, and which guest has which. */
static int find_devices(struct hostfacts *h)
{
    int rc = host_devices(&h->devices, SYS);

    for (unsigned i = 0; i < h->n_domains && !rc; i++)
        for (size_t k = 0; k < h->domains[i].pci.n; k++) {
            struct devicefact *d =
                devicefacts_find(&h->devices, h->domains[i].pci.s[k]);

            if (d)
                d->guest = h->domains[i].uuid;
        }
    return rc;
}

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

        g->cpu_used = g->steal = g->tx_bytes_s = -1;
        g->tx_bytes = -1;
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

/* What balloons may grow to, and what guests may have of the processors. */
static void host_bounds(struct hostfacts *h, struct xlx *x)
{
    for (unsigned i = 0; i < h->n_domains; i++) {
        uint32_t domid = h->domains[i].domid;

        if (h->domains[i].dying)
            continue;
        h->guest[i].most_kib = xlx_balloon_most(x, domid);
        xlx_share_read(x, domid, &h->guest[i].share);
    }
}

void hostfacts_samples(struct hostfacts *h, const char *statedir)
{
    struct query q = { .statedir = statedir, .now = (uint64_t)time(NULL) };

    query_facts(&q, &h->samples);
    for (unsigned i = 0; i < h->n_domains; i++) {
        q.uuid = h->domains[i].uuid;
        query_facts(&q, &h->guest[i].samples);
    }
    (void)talks_file_read(&h->talks, statedir);
}

/* A processor's use is the difference of two samples; whether guests wait for
 * one is looked at again and again in between. */
static int sample_waits(struct xlx *x, struct xlx_steal *s, unsigned ms)
{
    int64_t end = clock_ms() + ms, left;
    int rc = 0, pause = xlx_steal_pause_ms();

    while (!rc && (left = end - clock_ms()) > 0) {
        int64_t began;

        poll(NULL, 0, left < pause ? (int)left : pause);
        if (left < pause)
            break;
        began = clock_ms();
        rc = xlx_steal_look(x, s);
        pause = xlx_steal_pause_ms();
        /* where a look takes long, it takes a tenth of a processor at most */
        if (pause < 10 * (clock_ms() - began))
            pause = (int)(10 * (clock_ms() - began));
    }
    return rc;
}

static void sample_keep(struct hostfacts *h, const struct xlx_cpu_sample *from,
                        const struct xlx_cpu_sample *to,
                        const struct xlx_steal *s)
{
    h->cpu_used = cpu_between(from, to, CPU_ALL);
    h->cpu_sample_ms = (unsigned)((to->at_ns - from->at_ns) / 1000000);
    for (unsigned i = 0; i < h->n_domains; i++) {
        uint32_t domid = h->domains[i].domid;

        h->guest[i].cpu_used = cpu_between(from, to, domid);
        h->guest[i].steal = xlx_steal_share(s, domid, h->guest[i].cpu_used);
    }
}

/* What guests have sent so far, and in the sample: tx is what it was then. */
static void sample_keep_sent(struct hostfacts *h, const int64_t *tx)
{
    for (unsigned i = 0; i < h->n_domains; i++) {
        struct hostfacts_guest *g = &h->guest[i];

        if (tx[i] >= 0 && g->tx_bytes >= tx[i] && h->cpu_sample_ms)
            g->tx_bytes_s = (double)(g->tx_bytes - tx[i]) * 1000 /
                            (double)h->cpu_sample_ms;
    }
}

static int64_t *find_sent(const struct hostfacts *h)
{
    int64_t *tx = calloc(h->n_domains + 1u, sizeof *tx);

    if (tx)
        host_vifs_tx(SYS_NET, h->domains, h->n_domains, tx);
    return tx;
}

static int sample(struct hostfacts *h, struct xlx *x, unsigned ms)
{
    struct xlx_cpu_sample before = { .dom = NULL }, after = { .dom = NULL };
    struct xlx_steal steal = { .dom = NULL };
    int64_t *tx = find_sent(h), *sent = NULL;
    int rc = tx ? xlx_cpu_sample(x, &before) : -ENOMEM;

    if (!rc)
        rc = sample_waits(x, &steal, ms);
    if (!rc)
        rc = xlx_cpu_sample(x, &after);
    if (!rc)
        sent = find_sent(h);
    if (sent) {
        sample_keep(h, &before, &after, &steal);
        for (unsigned i = 0; i < h->n_domains; i++)
            h->guest[i].tx_bytes = sent[i];
        sample_keep_sent(h, tx);
    }
    free(before.dom);
    free(after.dom);
    free(steal.dom);
    free(sent);
    free(tx);
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
        rc = host_bridges(&h->networks, SYS_NET);
    if (!rc)
        rc = host_driver_domains(&h->networks, h->domains, h->n_domains);
    if (!rc)
        rc = host_storage(&h->storage);
    if (!rc)
        rc = find_devices(h);
    if (!rc)
        rc = find_guests(h, statedir);
    if (!rc)
        host_bounds(h, x);
    if (!rc && sample_ms)
        rc = sample(h, x, sample_ms);
    if (rc) {
        msg_set(err, "this host's facts can't be had: %s", strerror(-rc));
        hostfacts_dispose(h);
    }
    return rc;
}
