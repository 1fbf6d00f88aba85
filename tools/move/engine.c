/* SPDX-License-Identifier: LGPL-2.1-only */
/* Moves one guest from this host: the steps of a move in their order. */
#include "tools/move/engine_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cluster/link_load.h"
#include "tools/cluster/views.h"
#include "tools/deadline.h"
#include "tools/move/autostart.h"
#include "tools/move/move_hook.h"

/*
 * A move with this id was asked for before: its result is the answer, after it
 * was settled if it had been cut off. False: it is new.
 */
static bool move_asked_before(struct move *m)
{
    struct msg text = MSG_NONE;
    enum ho_state state;
    int rc;

    if (!m->rq->id)
        return false;
    deadline_begin(DEADLINE_SETTLE_S, RC_DOUBT,
                   "rackhop looked whether this move was made before");
    rc = session_asked_before(m->rq->log, m->rq->id, &state, &text);
    deadline_end();
    if (rc == -ENOENT)
        return false;
    if (rc) { /* it may be on record, and past GO */
        move_fail(
            m, RC_DOUBT,
            "rackhop cannot find out whether this move was made before: %s",
            text.text);
        return true;
    }
    m->result->code = state == HO_DONE   ? RC_OK
                      : ho_closed(state) ? RC_FAILED
                                         : RC_DOUBT;
    if (state != HO_DONE)
        m->result->text = text;
    if (m->ev->already)
        m->ev->already(m->ev->arg, state, text.text);
    return true;
}

static void move_found(struct move *m)
{
    struct move_parties parties = move_parties(m);

    if (m->ev->found)
        m->ev->found(m->ev->arg, &parties);
}

static void move_would(struct move *m)
{
    struct move_parties parties = move_parties(m);
    struct msg err;

    parties.way = move_lanes_try(m);
    if (strcmp(parties.way, "lanes") && move_lanes_missing(m, &err)) {
        move_fail(m, RC_FAILED, "%s", err.text);
        return;
    }
    parties.devices = m->devices.list.n && m->target.devices >= 2;
    m->result->code = RC_OK;
    if (m->ev->would_move)
        m->ev->would_move(m->ev->arg, &parties);
}

/* Opens Xen and finds the guest. */
static int move_look(struct move *m, struct msg *err)
{
    int rc;

    deadline_begin(DEADLINE_SETTLE_S, m->rq->hold_s ? RC_UNSTARTED : RC_FAILED,
                   "the guest was looked for");
    rc = xlx_open(&m->x, m->rq->log, err);
    m->result->not_here = rc;
    if (!rc)
        rc = move_find(m, err);
    deadline_end();
    return rc;
}

/* --- hooks ------------------------------------------------------------------- */

static bool move_is_cancelled(void *arg)
{
    const struct move *m = arg;

    return m->rq->cancels && *m->rq->cancels;
}

static struct move_hook move_hook_of(const struct move *m)
{
    return (struct move_hook){
        .dir = m->rq->hooks_dir,
        .guest = m->dom.name ? m->dom.name : m->rq->domain,
        .uuid = m->dom.uuid,
        .from = m->own,
        .to = m->host,
        .memory_mib = (int64_t)(m->dom.memory_kib / 1024),
    };
}

/* Whether the move may begin: 0, or a negative errno and a sentence. */
static int move_hook_asked(struct move *m, struct msg *err)
{
    const struct program_stop stop = { move_is_cancelled, m,
                                       m->rq->wait_mask };
    struct move_hook hook;
    int rc;

    if (!m->rq->hooks_dir || m->rq->dry_run)
        return 0;
    views_own_name(m->own, sizeof m->own);
    hook = move_hook_of(m);
    rc = move_hook_before(&hook, &stop, err);
    if (rc)
        return rc;
    /* what is told after the move, when nothing holds the guest any more */
    m->hooked = strdup(hook.guest);
    memcpy(m->hooked_uuid, m->dom.uuid, sizeof m->hooked_uuid);
    m->hooked_mib = hook.memory_mib;
    if (m->hooked) /* a hook may have taken a disk from it, or a minute */
        return move_check_again(m, err);
    msg_set(err, "out of memory");
    return -ENOMEM;
}

static void move_hook_told(struct move *m)
{
    struct move_hook hook = { .dir = m->rq->hooks_dir,
                              .guest = m->hooked,
                              .uuid = m->hooked_uuid,
                              .from = m->own,
                              .to = m->host,
                              .memory_mib = m->hooked_mib,
                              .code = m->result->code };
    struct msg err;

    if (m->hooked && move_hook_after(&hook, &err) && m->ev->after_hook)
        m->ev->after_hook(m->ev->arg, err.text);
    free(m->hooked);
}

/* --- in their order ---------------------------------------------------------- */

/* All steps before the guest is touched. 0, or a negative errno and why. */
static int move_prepare(struct move *m, struct msg *err)
{
    int rc = move_look(m, err);

    if (!rc)
        rc = move_find_devices(m, err);
    if (!rc)
        rc = move_choose(m, err);
    if (rc)
        return rc;
    move_found(m);
    rc = move_connect(m, err);
    if (!rc)
        rc = move_check(m, err);
    if (!rc)
        rc = move_check_devices(m, err);
    return rc ? rc : move_hook_asked(m, err);
}

static void move_complaint(void *arg, const char *text)
{
    struct move *m = arg;

    if (m->ev->complaint)
        m->ev->complaint(m->ev->arg, m->host, text);
}

static void move_autostart_told(void *arg, const char *text, bool trouble)
{
    struct move *m = arg;

    if (m->ev->autostart)
        m->ev->autostart(m->ev->arg, text);
}

/* What stays on both hosts once the guest runs at the target host. */
static void move_arrived(struct move *m)
{
    struct autostart_tell tell = { move_autostart_told, m };

    if (m->target.kind == TARGET_RACKHOP)
        move_last_words(&m->ssh, move_complaint, m);
    /* after the target host has put back what it had itself */
    if (m->rq->autostart)
        autostart_follow(&m->session.rec.mine, &tell);
}

static void move_steps(struct move *m)
{
    struct msg err = MSG_NONE;

    if (move_asked_before(m))
        return;
    if (!move_prepare(m, &err)) {
        if (m->rq->dry_run)
            move_would(m);
        else if (m->devices.list.n)
            move_with_devices(m);
        else
            move_send(m);
        if (!m->rq->dry_run)
            link_load_forget();
        if (m->verdict == HO_RUNS_THERE)
            move_arrived(m);
    } else if (m->result->not_here) {
        m->result->text = err;
        if (m->rq->hold_s)
            m->result->code = RC_UNSTARTED;
    } else {
        /* that one could not be prepared is no result of the move */
        move_fail(m, m->rq->hold_s ? RC_UNSTARTED : RC_FAILED, "%s", err.text);
    }
}

enum { CARRIER_MS = 6000 }; /* it ends by itself before that */

/* The guest's lock is held until the connection is down, so that the next move
 * of the guest does not meet this one's end on the target host. */
static void move_dispose(struct move *m)
{
    child_end(&m->ssh, 3000);
    if (!m->over_lanes) /* else it has last words to deliver */
        xlx_carrier_kill(&m->carrier);
    xlx_carrier_end(&m->carrier, CARRIER_MS);
    session_end(&m->session, m->verdict);
    target_dispose(&m->target);
    xlx_domain_dispose(&m->dom);
    xlx_close(m->x);
}

enum exit_code move_run(const struct move_request *rq,
                        const struct move_events *ev, struct move_result *r)
{
    struct move m = {
        .rq = rq,
        .ev = ev,
        .result = r,
        .session = { .lock = -1, .tell = ev->settled, .tell_arg = ev->arg },
        .address = rq->host,
        .host = rq->host,
        .ssh = CHILD_NONE,
        .carrier = XLX_CARRIER_NONE,
    };

    *r = (struct move_result){ .code = RC_FAILED };
    move_steps(&m);
    move_dispose(&m);
    move_hook_told(&m);
    return r->code;
}
