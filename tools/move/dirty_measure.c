/* SPDX-License-Identifier: LGPL-2.1-only */
/* Measures how fast a guest dirties its memory: finds, locks, samples it. */
#include "tools/move/dirty_measure.h"

#include <errno.h>
#include <unistd.h>

#include "libxl-ext/image.h"
#include "tools/cluster/learned.h"
#include "tools/deadline.h"
#include "tools/move/session.h"
#include "tools/paths.h"

static double pages_mib(double pages)
{
    return pages * 4096 / 1048576;
}

static int keep_learned(const struct dirty_result *r)
{
    const struct xlx_dirty *c = &r->curve;
    double most = c->n ? (double)c->point[c->n - 1].pages : 0;
    /* what its moves have taught of the wire stays */
    struct learned l = learned_load(path_state(), r->dom.uuid);

    if (!(l.wire_first > 0))
        l.wire_first = r->wire_first;
    l.dirty_mib_s = pages_mib(c->rate);
    l.writable_mib = pages_mib(c->set > 0 ? c->set : most);
    return learned_store(path_state(), r->dom.uuid, &l);
}

static int sample_guest(const struct dirty_request *rq, struct xlx *x,
                        struct dirty_result *r, struct msg *err)
{
    int lock, rc;

    if (!r->dom.domid || r->dom.dying || r->dom.shutdown) {
        msg_set(err, "only a running guest dirties memory");
        return -EINVAL;
    }
    lock = xlx_lock(path_run(), r->dom.uuid, "dirty", err);
    if (lock < 0)
        return lock;
    rc = xlx_dirty_sample(x, &r->dom, path_run(), lock, rq->times_us, rq->n,
                          rq->cancels, &r->curve, err);
    if (!rc && xlx_image_ratio(&r->dom, &r->wire_first))
        r->wire_first = 0; /* the curve is what was asked for */
    close(lock);
    return rc;
}

static unsigned sampling_s(const struct dirty_request *rq)
{
    return rq->n ? (unsigned)(rq->times_us[rq->n - 1] / 1000000) : 0;
}

int dirty_measure(const struct dirty_request *rq, struct dirty_result *r,
                  struct msg *err)
{
    struct session session = { .lock = -1 };
    struct xlx *x = NULL;
    int rc;

    *r = (struct dirty_result){ .unkept = false };
    /* log-dirty is turned off by a process of its own then */
    deadline_begin(DEADLINE_SETTLE_S + sampling_s(rq), RC_FAILED,
                   "the guest's memory was watched");
    rc = xlx_open(&x, rq->log, err);
    /* a move that was cut off may have left it suspended, or log-dirty on */
    if (!rc)
        rc = session_open(&session, x, err);
    if (!rc)
        rc = session_settle_named(&session, rq->domain, err);
    if (!rc)
        rc = xlx_domain_find(x, rq->domain, 0, &r->dom, err);
    if (!rc)
        rc = sample_guest(rq, x, r, err);
    deadline_end();
    if (!rc)
        r->unkept = keep_learned(r);
    session_end(&session, HO_UNDECIDED);
    xlx_close(x);
    return rc;
}

void dirty_result_dispose(struct dirty_result *r)
{
    xlx_domain_dispose(&r->dom);
}
