/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Slows a guest down while its memory is sent, if it dirties it too fast: the
 * policy says by how much, and its CPU time gets a cap.
 *
 * The cap is Xen's and would outlive this process. So what it was before is on
 * the record before it is changed, with what it is changed to, and whoever
 * settles the move puts it back: this process, when the guest is about to be
 * suspended or when it stays, or `recover`. The guest's configuration was read
 * before; at the target host it has no cap but its own.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum {
    CAP_LEAST = 5,      /* percent of a CPU: a guest that can still answer */
    SAMPLE_US = 200000, /* over less, its use of CPU time says nothing */
};

/* The CPU time that the guest has used since it was created, ns; 0: not known.
 */
static uint64_t throttle_cpu_ns(const struct sender *m)
{
    uint32_t domid = m->s->dom->domid;
    xc_domaininfo_t info;

    if (xc_domain_getinfolist(m->s->x->xch, domid, 1, &info) != 1 ||
        info.domain != domid)
        return 0;
    return info.cpu_time;
}

/* All that its virtual CPUs can use, in percent of one CPU. */
static double throttle_most(const struct sender *m)
{
    return m->s->dom->vcpus > 1 ? 100.0 * m->s->dom->vcpus : 100;
}

/* While nothing holds it back: what it used since the last look. What it used
 * long ago does not tell what it is up to now. */
static void throttle_sample(struct sender *m)
{
    uint64_t now_us = clock_us(), us = now_us - m->throttle.since_us, ns;

    if (m->throttle.on || us < SAMPLE_US)
        return;
    ns = throttle_cpu_ns(m);
    if (m->throttle.cpu_ns && ns > m->throttle.cpu_ns)
        m->throttle.use =
            (double)(ns - m->throttle.cpu_ns) / ((double)us * 1e3) * 100;
    m->throttle.cpu_ns = ns;
    m->throttle.since_us = now_us;
}

static unsigned throttle_cap(const struct sender *m, unsigned own,
                             unsigned percent)
{
    double most = throttle_most(m);
    double use = m->throttle.use > 0 ? m->throttle.use : most;
    double cap = fmax(use * percent / 100, CAP_LEAST);

    return (unsigned)fmin(cap, own ? fmin(own, most) : most);
}

/* Before each step: what is to be put back, and what will be set, is on record.
 * A cap that somebody else has set meanwhile is the guest's own from then on.
 */
static int throttle_record(struct sender *m, unsigned percent)
{
    const struct xlx_handover *h = m->s->handover;
    uint32_t domid = m->s->dom->domid;
    struct xlx_cap c = m->throttle.cap;
    unsigned now;
    int rc = xlx_cap_get(m->s->x, domid, &now);

    if (rc)
        return rc;
    if (!m->throttle.on || !xlx_cap_is_ours(&c, now))
        c = (struct xlx_cap){ .own = now };
    c.set[1] = c.set[0];
    c.set[0] = throttle_cap(m, c.own, percent);
    rc = h->capped(h->arg, &c);
    if (rc)
        return rc;
    m->throttle.cap = c;
    m->throttle.recorded = true;
    return xlx_cap_note(m->s->x, domid, &c);
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

void xlx_send_throttle_begin(struct sender *m)
{
    const struct xlx_handover *h = m->s->handover;
    int rc = h && h->capped ? 0 : -EIO;
    unsigned now;

    if (!m->s->policy.throttle)
        return;
    if (!rc)
        rc = xlx_cap_get(m->s->x, m->s->dom->domid, &now);
    if (rc) {
        throttle_cannot(m, rc);
        m->s->policy.throttle = 0;
        return;
    }
    m->throttle.cpu_ns = throttle_cpu_ns(m);
    m->throttle.since_us = clock_us();
}

void xlx_send_throttle(struct sender *m, unsigned percent)
{
    int rc;

    if (!m->s->policy.throttle)
        return;
    throttle_sample(m);
    if (percent >= 100)
        xlx_send_throttle_lift(m);
    if (!percent || percent >= 100 || percent == m->throttle.percent ||
        m->throttle.cannot)
        return;
    rc = throttle_record(m, percent);
    if (!rc) {
        m->throttle.on = true; /* even if it fails: who knows how far it got */
        rc = xlx_cap_set(m->s->x, m->s->dom->domid, m->throttle.cap.set[0]);
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
    rc = xlx_cap_put_back(m->s->x, m->s->dom->domid, &m->throttle.cap);
    m->throttle.lift_rc = rc;
    m->throttle.on = m->s->cap_left = rc != 0;
    if (rc)
        return;
    m->throttle.percent = 0;
    m->throttle.cpu_ns = throttle_cpu_ns(m); /* from now on it uses its own */
    m->throttle.since_us = clock_us();
}

/*
 * A guest that ended may be started anew, by xl's daemon say, with the cap that
 * Xen had then: whether the limit was lifted before or after that was read,
 * nobody knows. So the move is not over, and `recover` looks.
 */
void xlx_send_throttle_end(struct sender *m, bool ended)
{
    const char *name = m->s->dom->name;

    if (ended && m->throttle.recorded) {
        m->s->cap_left = true;
        xtl_log(
            m->s->x->lg, XTL_WARN, -1, "rackhop",
            "the guest ended while its CPU time was limited; once it is "
            "started again, `rackhop recover %s` looks whether it still is",
            name);
    } else if (m->s->cap_left) {
        xtl_log(m->s->x->lg, XTL_WARN, -1, "rackhop",
                "the guest's CPU time is still limited (%s); `rackhop recover "
                "%s` lifts that",
                strerror(-m->throttle.lift_rc), name);
    }
}
