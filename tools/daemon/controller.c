/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs rackhopd: a look every so often, the lease and the watchdog between. */
#include "tools/daemon/controller.h"

#include <stdio.h>

#include "tools/base/clock.h"
#include "tools/daemon/controller_impl.h"
#include "tools/daemon/notify.h"
#include "tools/daemon/sleep.h"
#include "tools/doc/trace.h"
#include "tools/paths.h"

/* The lease, and a look. */
static int controller_turn(struct controller *c, struct msg *err)
{
    int rc = 0;

    if (!c->store)
        rc = store_open(&c->store, path_state(), err);
    if (!rc)
        rc = lease_keep(&c->lease, c->store, clock_ms(), err);
    if (!rc)
        rc = controller_look(c, err);
    if (rc)
        controller_tell_once(c, err->text);
    return rc;
}

static void controller_loop(struct controller *c, sig_atomic_t seen)
{
    const struct sleep pause = { .stops = c->q->stops,
                                 .seen = seen,
                                 .wait_mask = c->q->wait_mask,
                                 .beat_every_us = CONTROLLER_BEAT_US,
                                 .beat = controller_beat,
                                 .arg = c };
    uint64_t every = (uint64_t)c->q->conf->loops_interval_s * 1000000, began;
    struct msg err;

    do {
        began = clock_us();
        controller_beat(c);
        controller_turn(c, &err);
    } while (sleep_until(&pause, began + every) && *c->q->stops == seen);
}

static enum exit_code controller_with(struct controller *c, struct msg *err)
{
    sig_atomic_t seen = *c->q->stops;
    enum exit_code code = RC_OK;

    notify_tell("READY=1");
    if (!c->q->once)
        controller_loop(c, seen);
    else if (controller_turn(c, err))
        code = RC_FAILED;
    notify_tell("STOPPING=1");
    return code;
}

static int controller_policy(struct controller *c, struct msg *err)
{
    char called[TRACE_NAME + 1];
    const char *file = c->q->conf->loops_policy;
    double most = DECIDE_LOOKS * (double)c->q->conf->loops_interval_s;
    int rc = 0;

    loop_policy_init(&c->policy);
    if (file)
        rc = policy_load(&c->policy, called, file, err);
    if (c->policy.look_s > most)
        c->policy.look_s = most;
    return rc;
}

enum exit_code controller_run(const struct controller_request *q,
                              struct msg *err)
{
    struct controller c = { .q = q };
    enum exit_code code = RC_USAGE;
    char dir[512];

    c.deed = (struct deed){ .conf = q->conf,
                            .conf_path = q->conf_path,
                            .stops = q->stops,
                            .wait_mask = q->wait_mask,
                            .tell = q->tell,
                            .beat = controller_beat,
                            .arg = &c };
    loops_state_init(&c.state);
    lease_init(&c.lease);
    snprintf(dir, sizeof dir, "%s/loops", path_state());
    if (!controller_policy(&c, err)) {
        path_make(dir); /* what can't be written there is told then */
        code = controller_with(&c, err);
    }
    if (c.store)
        lease_drop(&c.lease, c.store);
    store_close(c.store);
    loops_state_dispose(&c.state);
    return code;
}
