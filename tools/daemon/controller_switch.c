/* SPDX-License-Identifier: LGPL-2.1-only */
/* Switches hosts off and on for rackhopd; switch.h says what is next, and what
 * holds whatever is killed. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/inventory.h"
#include "tools/base/clock.h"
#include "tools/daemon/controller_impl.h"
#include "tools/daemon/switch.h"
#include "tools/remote/child.h"
#include "tools/remote/remote.h"
#include "tools/remote/ssh.h"
#include "tools/run/start.h"

enum { HOOK_MS = 120000, HOOK_LOOK_MS = 50, ASK_S = 600 };
/* Hosts come on one after the other: so long into that, no other begins to. */
enum { ON_US = 60000000 };
/* What ssh ends with when its connection does, and what stands for a hook that was
 * killed: such a hook may have done it. It is run so often. */
enum { HOOK_CUT_OFF = 255, HOOK_TRIES = 3 };

static void switch_tell(const struct looking *k, const struct off_host *h,
                        const char *what)
{
    struct msg line;

    msg_set(&line, "%s %s", h->p.host, what);
    k->c->q->tell(line.text);
}

/* The lease has to be kept meanwhile. */
static void switch_wait(const struct looking *k, struct child *c)
{
    uint64_t until = clock_us() + (uint64_t)HOOK_MS * 1000;

    while (child_running(c) && clock_us() < until) {
        poll(NULL, 0, HOOK_LOOK_MS);
        controller_beat(k->c);
    }
    child_end(c, 0);
}

/* Runs one of the two hooks: its exit code, or HOOK_CUT_OFF. */
static int switch_hook(const struct looking *k, const struct off_host *h,
                       const char *hook)
{
    const struct config *conf = k->c->q->conf;
    const char *address = remote_address(conf, h->p.host);
    char *qh = ssh_quote(h->p.host), *qa = ssh_quote(address ? address : "");
    struct child c = CHILD_NONE;
    char *command = NULL;
    int code = RC_FAILED;

    if (qh && qa && hook &&
        asprintf(&command, "export RACKHOP_HOST=%s RACKHOP_ADDRESS=%s\n%s", qh,
                 qa, hook) >= 0 &&
        !child_start(&c, command, CHILD_GROUP)) {
        switch_wait(k, &c);
        code = child_code(&c);
    }
    free(command);
    free(qh);
    free(qa);
    return code;
}

/* true: the host takes guests again. */
static bool switch_open(const struct looking *k, const struct off_host *h)
{
    static const char *args[] = { "maintenance", "clear", NULL };
    const struct remote r = { k->c->q->conf, k->c->q->conf_path };
    struct remote_call call = { .host = h->p.host, .args = args };
    bool well = !remote_each(&r, &call, 1) && !call.rc;

    remote_dispose(&call, 1);
    return well;
}

/* --- the last look before the hook ------------------------------------------ */

/* What the cluster's facts had of it is old: other hosts' hooks, and its drain,
 * took their time. */
static bool switch_is_empty(const struct looking *k, const struct off_host *h,
                            struct msg *why)
{
    static const char *args[] = { "facts", "--compact", "--sample", "0",
                                  NULL };
    const struct remote r = { k->c->q->conf, k->c->q->conf_path };
    struct remote_call call = { .host = h->p.host, .args = args };
    bool empty = false;

    if (remote_each(&r, &call, 1) || call.rc)
        msg_set(why, "it does not answer: %s",
                *call.said ? call.said : "no reason is known");
    else
        empty = switch_may_go(call.out ? call.out : "", call.len, why);
    remote_dispose(&call, 1);
    controller_beat(k->c);
    return empty;
}

/* --- what was begun at earlier looks --------------------------------------- */

/* Guests that are on their way to it, or will be. */
static bool switch_awaits(const struct snapshot *s, uint32_t host)
{
    bool any = false;

    for (size_t i = 0; i < s->reserved_n; i++)
        any |= s->reserved[i].host == host && !s->reserved[i].dead;
    for (size_t i = 0; i < s->arrival_n; i++)
        any |= s->arrival[i].host == host;
    return any;
}

/* Of moments on record. A clock that was set back ends what is waited for. */
static double switch_since(const struct looking *k, double then_s)
{
    return fabs(k->wall_s - then_s);
}

static struct switch_sight switch_see(const struct looking *k,
                                      const struct off_host *h)
{
    const struct plan_cluster *c = k->snapped ? k->snap.cluster : NULL;
    uint32_t host = c ? plan_find_host(c, h->p.host) : PLAN_NONE;
    struct switch_sight s = { .state = h->p.state,
                              .done = h->p.done,
                              .others = k->gate.run || k->gate.roll,
                              .for_s = switch_since(k, h->p.since_s) };

    if (host == PLAN_NONE || plan_host_state(c, host) == PLAN_OFFLINE)
        return s;
    s.answers = true;
    s.same_boot = !strcmp(h->p.boot, k->sight.host[host].boot);
    s.maintenance = plan_host_state(c, host) == PLAN_MAINTENANCE;
    s.empty = !plan_host_sum(c, host).guests && !switch_awaits(&k->snap, host);
    return s;
}

/* The record says so first. */
static int switch_begin(struct looking *k, struct off_host *h,
                        enum power_state state, struct msg *err)
{
    if (h->p.state != state)
        h->p.tries = 0;
    h->p.tries += h->p.tries < POWER_TRIES;
    h->p.state = state;
    h->p.since_s = k->wall_s;
    h->p.done = false;
    return off_save(k->c->store, h, err);
}

/* Nothing was switched: the host takes guests again, now or at a later look. */
static int switch_undo(struct looking *k, struct off_host *h, struct msg *err)
{
    return switch_open(k, h) ? off_drop(k->c->store, h, err) : 0;
}

static int switch_off_now(struct looking *k, struct off_host *h,
                          struct msg *err)
{
    struct msg why, line;
    int rc, code;
    bool cut;

    if (!switch_is_empty(k, h, &why)) {
        msg_set(&line, "is not switched off: %s", why.text);
        switch_tell(k, h, line.text);
        return switch_undo(k, h, err);
    }
    rc = switch_begin(k, h, POWER_OFF, err);
    if (rc)
        return rc;
    code = switch_hook(k, h, k->c->q->conf->power_off);
    /* what was cut off may go down: when it has not, it is done again */
    cut = code == HOOK_CUT_OFF && h->p.tries < HOOK_TRIES;
    if (!code || cut) {
        switch_tell(k, h,
                    cut ? "may be switched off, or not: power_off was cut off"
                        : "is switched off");
        h->p.done = true;
        return off_save(k->c->store, h, err);
    }
    switch_tell(k, h,
                "was not switched off: power_off failed; it takes guests "
                "again");
    return switch_undo(k, h, err);
}

static int switch_on_now(struct looking *k, struct off_host *h,
                         struct msg *err)
{
    int rc = switch_begin(k, h, POWER_STARTING, err);

    if (rc)
        return rc;
    h->p.done = !switch_hook(k, h, k->c->q->conf->power_on);
    switch_tell(k, h,
                !h->p.done ? "was not switched on: power_on failed; it is "
                             "tried again"
                : h->p.tries > 1
                    ? "is switched on again: it has not answered since"
                    : "is switched on");
    return off_save(k->c->store, h, err);
}

static int switch_step(struct looking *k, struct off_host *h,
                       enum switch_step step, struct msg *err)
{
    switch (step) {
    case SWITCH_NONE: return 0;
    case SWITCH_DONE: h->p.done = true; return off_save(k->c->store, h, err);
    case SWITCH_OFF: return switch_off_now(k, h, err);
    case SWITCH_ON: return switch_on_now(k, h, err);
    case SWITCH_OPEN:
        if (!switch_open(k, h))
            return 0; /* at the next look */
        switch_tell(k, h, "takes guests again");
        return off_drop(k->c->store, h, err);
    case SWITCH_FORGET:
        switch_tell(k, h,
                    "was switched on by somebody else: it is in "
                    "maintenance until `rackhop undrain`");
        return off_drop(k->c->store, h, err);
    }
    return 0;
}

int switches_settle(struct looking *k, struct msg *err)
{
    int rc = 0;

    for (size_t i = 0; i < k->off.n && !rc; i++) {
        struct switch_sight see = switch_see(k, &k->off.host[i]);

        rc = switch_step(k, &k->off.host[i], switch_next(&see), err);
    }
    return rc;
}

bool switches_ask(struct looking *k)
{
    bool ask = false;

    for (size_t i = 0; i < k->off.n; i++) {
        struct off_host *h = &k->off.host[i];

        if (h->p.state != POWER_OFF || switch_since(k, h->p.asked_s) < ASK_S)
            continue;
        h->p.asked_s = k->wall_s; /* kept with what else is written of it */
        ask = true;
    }
    return ask;
}

/* --- what this look has decided ----------------------------------------------- */

static void switch_later(const struct looking *k, size_t n)
{
    struct msg line;

    msg_set(&line, "%zu more to be switched on: at the next looks", n);
    k->c->q->tell(line.text);
}

/* A look waits for hooks no longer than that, and for no other when one has failed,
 * for what failed is tried again at each look. */
int switches_on(struct looking *k, const struct decide *d, struct msg *err)
{
    uint64_t until = clock_us() + ON_US;
    bool more = true;
    size_t later = 0;
    int rc = 0;

    for (size_t i = 0; i < d->on_hosts.n && !rc; i++) {
        const char *name =
            plan_host_name(k->snap.cluster, d->on_hosts.host[i]);
        struct off_host *h = off_find(&k->off, name);

        if (!h || h->p.state != POWER_OFF)
            continue;
        if (!more) {
            later++;
            continue;
        }
        rc = switch_on_now(k, h, err);
        more = h->p.done && clock_us() < until;
    }
    if (later)
        switch_later(k, later);
    return rc;
}

/* A record more, of a host that is on. NULL: no memory, or it is there. */
static struct off_host *switch_record(struct looking *k, const char *name,
                                      const char *reason)
{
    struct off_host *more, *h;

    if (off_find(&k->off, name))
        return NULL;
    more = reallocarray(k->off.host, k->off.n + 2, sizeof *more);
    if (!more)
        return NULL;
    k->off.host = more;
    h = &k->off.host[k->off.n];
    *h = (struct off_host){ .rev = 0 };
    snprintf(h->p.host, sizeof h->p.host, "%s", name);
    snprintf(h->p.reason, sizeof h->p.reason, "%s", reason);
    h->p.facts = power_facts(k->text, k->len, name, h->p.boot);
    h->p.asked_s = k->wall_s;
    if (!h->p.facts)
        return NULL;
    k->off.n++;
    return h;
}

/* What somebody else has put in maintenance meanwhile is his, and stays so. */
static int switch_drained(struct looking *k, struct off_host *h,
                          enum exit_code code, enum deed_mark mark,
                          struct msg *err)
{
    switch (mark) {
    case DEED_OPEN: return 0; /* it goes on at the next look */
    case DEED_NOT_BEGUN:
        switch_tell(k, h, "is not switched off: its drain did not begin");
        return off_drop(k->c->store, h, err);
    case DEED_THEIRS:
        switch_tell(k, h,
                    "is not switched off: somebody else has put it in "
                    "maintenance, or it could not be put there");
        return off_drop(k->c->store, h, err);
    case DEED_OURS: break;
    }
    if (code == RC_OK)
        return switch_off_now(k, h, err);
    switch_tell(k, h, "is not empty, and is not switched off");
    return switch_undo(k, h, err);
}

int switches_off(struct looking *k, const struct decide *d, struct msg *err)
{
    enum deed_mark mark;
    enum exit_code code;
    const char *name, *reason;
    struct off_host *h;
    char *host;
    int rc;

    if (!d->off_hosts.n)
        return 0;
    name = plan_host_name(k->snap.cluster, d->off_hosts.host[0]);
    reason = k->doc.wish[d->off_hosts.line[0]].reason;
    h = switch_record(k, name, reason);
    if (!h)
        return 0;
    rc = switch_begin(k, h, POWER_EMPTYING, err);
    if (rc)
        return rc;
    host = h->p.host;
    code = deed_drain(&k->c->deed, k->c->state.run, &host, 1, &reason, &mark);
    return switch_drained(k, h, code, mark, err);
}
