/* SPDX-License-Identifier: LGPL-2.1-only */
/* Looks whether vCPUs wait for a processor. */
#include "libxl-ext/steal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "libxl-ext/xlx_impl.h"

enum { STEAL_DOMAINS = 128 }; /* asked for at once */

static struct xlx_steal_dom *steal_dom(struct xlx_steal *s, uint32_t domid)
{
    struct xlx_steal_dom *more;

    for (unsigned i = 0; i < s->n; i++)
        if (s->dom[i].domid == domid)
            return &s->dom[i];
    more = reallocarray(s->dom, s->n + 1u, sizeof *more);
    if (!more)
        return NULL;
    s->dom = more;
    s->dom[s->n] = (struct xlx_steal_dom){ .domid = domid };
    return &s->dom[s->n++];
}

/* A vCPU that was never there, or is gone, is none. */
static void steal_vcpus(struct xlx *x, const xc_domaininfo_t *d,
                        struct xlx_steal_count *to)
{
    to->times++;
    for (uint32_t v = 0; v <= d->max_vcpu_id; v++) {
        xc_vcpuinfo_t i;

        if (xc_vcpu_getinfo(x->xch, d->domain, v, &i) || !i.online)
            continue;
        to->looks++;
        to->wants += !i.blocked;
        to->waits += !i.blocked && !i.running;
    }
}

int xlx_steal_look(struct xlx *x, struct xlx_steal *s)
{
    const uint32_t rests =
        XEN_DOMINF_paused | XEN_DOMINF_shutdown | XEN_DOMINF_dying;
    xc_domaininfo_t d[STEAL_DOMAINS];
    uint32_t first = 1;
    int n;

    do {
        n = xc_domain_getinfolist(x->xch, first, STEAL_DOMAINS, d);
        if (n < 0)
            return -errno;
        for (int i = 0; i < n; i++) {
            struct xlx_steal_dom *to;

            if (d[i].flags & rests ||
                d[i].max_vcpu_id == XEN_INVALID_MAX_VCPU_ID)
                continue;
            to = steal_dom(s, d[i].domain);
            if (!to)
                return -ENOMEM;
            steal_vcpus(x, &d[i], &to->count);
        }
        if (n)
            first = (uint32_t)d[n - 1].domain + 1;
    } while (n == STEAL_DOMAINS);
    return 0;
}

double xlx_steal_share(const struct xlx_steal *s, uint32_t domid, double cpu)
{
    for (unsigned i = 0; i < s->n; i++)
        if (s->dom[i].domid == domid)
            return xlx_steal_of(&s->dom[i].count, cpu);
    return -1;
}

int xlx_steal_pause_ms(void)
{
    uint8_t chance;

    /* without random bytes: a fixed time, which the scheduler's delays vary */
    if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) != sizeof chance)
        return 20;
    return 10 + chance % 41;
}
