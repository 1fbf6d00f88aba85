/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Slows a guest down while its memory is sent, if it dirties it too fast: the
 * policy says by how much, and its CPU time gets a cap.
 *
 * The cap is Xen's and would outlive this process. So what it was before is on
 * the record before it is changed, and whoever settles the move puts it back:
 * this process, when the guest is about to be suspended or when it stays, or
 * `recover`. The guest's configuration was read before; at the target host it
 * has no cap but its own.
 */
#include "libxl-ext/send_impl.h"

#include <string.h>

#include "libxl-ext/cap.h"

enum { CAP_LEAST = 5 }; /* percent of a CPU: a guest that can still answer */

/* The CPU time that the guest has used since it was created, ns. */
static uint64_t throttle_cpu_ns(const struct sender *m)
{
    uint32_t domid = m->s->dom->domid;
    xc_domaininfo_t info;

    if (xc_domain_getinfolist(m->s->x->xch, domid, 1, &info) != 1 ||
        info.domain != domid)
        return 0;
    return info.cpu_time;
}

void xlx_send_throttle_begin(struct sender *m)
{
    if (!m->s->policy.throttle)
        return;
    m->throttle.cpu_ns = throttle_cpu_ns(m);
    m->throttle.since_us = clock_us();
}

/* What it used while nothing held it back, in percent of one CPU. */
static double throttle_use(const struct sender *m)
{
    uint64_t now = throttle_cpu_ns(m), us = clock_us() - m->throttle.since_us;

    if (!us || now <= m->throttle.cpu_ns)
        return 100;
    return (double)(now - m->throttle.cpu_ns) / ((double)us * 1e3) * 100;
}

/* Before the first cap: what is to be put back is found and recorded. */
static int throttle_record(struct sender *m)
{
    const struct xlx_handover *h = m->s->handover;
    int rc = h && h->capped ? 0 : -EOPNOTSUPP;

    if (!rc)
        rc = xlx_cap_get(m->s->x, m->s->dom->domid, &m->throttle.before);
    m->throttle.use = throttle_use(m);
    return rc ? rc : h->capped(h->arg, m->throttle.before);
}

static unsigned throttle_cap(const struct sender *m, unsigned percent)
{
    double cap = m->throttle.use * percent / 100;

    if (m->throttle.before && cap > m->throttle.before)
        return m->throttle.before;
    return cap > CAP_LEAST ? (unsigned)cap : CAP_LEAST;
}

static void throttle_cannot(struct sender *m, int rc)
{
    m->throttle.cannot = true;
    xtl_log(m->s->x->lg, XTL_WARN, -1, "rackhop",
            rc == -EOPNOTSUPP
                ? "the guest is not slowed down: its scheduler has no cap"
                : "the guest is not slowed down: its cap can't be recorded or "
                  "set");
}

void xlx_send_throttle(struct sender *m, unsigned percent)
{
    int rc = 0;

    if (!m->s->policy.throttle || !percent || percent >= 100 ||
        percent == m->throttle.percent || m->throttle.cannot)
        return;
    if (!m->throttle.on)
        rc = throttle_record(m);
    if (!rc) {
        m->throttle.on = true; /* even if it fails: who knows how far it got */
        rc = xlx_cap_set(m->s->x, m->s->dom->domid, throttle_cap(m, percent));
    }
    if (rc)
        throttle_cannot(m, rc);
    else
        m->throttle.percent = m->s->throttled = percent;
}

void xlx_send_throttle_lift(struct sender *m)
{
    int rc;

    if (!m->throttle.on)
        return;
    rc = xlx_cap_set(m->s->x, m->s->dom->domid, m->throttle.before);
    m->throttle.on = rc;
    m->s->cap_left = rc;
    if (rc)
        xtl_log(m->s->x->lg, XTL_WARN, -1, "rackhop",
                "the guest's CPU time is still limited (%s); `rackhop recover "
                "%s` lifts that",
                strerror(-rc), m->s->dom->name);
}
