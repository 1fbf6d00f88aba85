/* SPDX-License-Identifier: LGPL-2.1-only */
/* Looks at the guests and processors of this host for the agent. */
#include "libxl-ext/sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/xlx_impl.h"

enum { LOOK_AT_ONCE = 128, LOOK_CPUS = 4096 };

static struct xlx_look look_of(const xc_domaininfo_t *d)
{
    const uint32_t rests =
        XEN_DOMINF_paused | XEN_DOMINF_shutdown | XEN_DOMINF_dying;
    struct xlx_look g = {
        .domid = d->domain,
        .vcpus = d->nr_online_vcpus,
        .max_vcpu_id = d->max_vcpu_id,
        .cpu_ns = d->cpu_time,
        .memory_kib = d->tot_pages * 4,
        .max_kib = d->max_pages >> 50 ? 0 : d->max_pages * 4,
        .blocked = d->flags & XEN_DOMINF_blocked,
        .runs = d->flags & XEN_DOMINF_running,
    };

    g.rests = d->flags & rests || d->max_vcpu_id == XEN_INVALID_MAX_VCPU_ID;
    memcpy(g.uuid, d->handle, sizeof g.uuid);
    return g;
}

static int look_guests(void *arg, struct xlx_look *to, unsigned room)
{
    struct xlx *x = arg;
    xc_domaininfo_t d[LOOK_AT_ONCE];
    uint32_t first = 0;
    unsigned n = 0;
    int got;

    do {
        got = xc_domain_getinfolist(x->xch, first, LOOK_AT_ONCE, d);
        if (got < 0)
            return -errno;
        for (int i = 0; i < got && n < room; i++)
            to[n++] = look_of(&d[i]);
        if (got)
            first = (uint32_t)d[got - 1].domain + 1;
    } while (got == LOOK_AT_ONCE && n < room);
    return (int)n;
}

static int look_idle(struct xlx *x, unsigned cpus, uint64_t *idle_r)
{
    xc_cpuinfo_t *c = calloc(cpus + 1u, sizeof *c);
    int n = 0, rc = -ENOMEM;

    *idle_r = 0;
    if (c)
        rc = xc_getcpuinfo(x->xch, (int)cpus, c, &n) ? -errno : 0;
    for (int i = 0; i < n && !rc; i++)
        *idle_r += c[i].idletime;
    free(c);
    return rc;
}

static int look_host(void *arg, struct xlx_look_host *to)
{
    struct xlx *x = arg;
    xc_physinfo_t p;

    memset(&p, 0, sizeof p);
    if (xc_physinfo(x->xch, &p))
        return -errno;
    to->cpus = p.nr_cpus > LOOK_CPUS ? LOOK_CPUS : p.nr_cpus;
    to->free_kib = (p.free_pages + p.scrub_pages) * 4;
    return look_idle(x, to->cpus, &to->idle_ns);
}

/* A vCPU that was never there, or is gone, is none. */
static int look_waits(void *arg, const struct xlx_look *g,
                      struct xlx_steal_count *to)
{
    struct xlx *x = arg;

    to->times++;
    for (uint32_t v = 0; v <= g->max_vcpu_id; v++) {
        xc_vcpuinfo_t i;

        if (xc_vcpu_getinfo(x->xch, g->domid, v, &i) || !i.online)
            continue;
        to->looks++;
        to->wants += !i.blocked;
        to->waits += !i.blocked && !i.running;
    }
    return 0;
}

static int look_store(void *arg, uint32_t domid, const char *key, char *buf,
                      size_t size)
{
    return xlx_store_read(arg, domid, key, buf, size);
}

struct xlx_looker xlx_looker(struct xlx *x)
{
    return (struct xlx_looker){
        .arg = x,
        .guests = look_guests,
        .host = look_host,
        .waits = look_waits,
        .store = look_store,
    };
}
