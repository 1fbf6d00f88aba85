/* SPDX-License-Identifier: LGPL-2.1-only */
/* Looks at a host of a roll before the work on it, and waits until it is back
 * as it was, or off. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/clock.h"
#include "tools/boot.h"
#include "tools/doc/facts.h"
#include "tools/doc/host_state.h"
#include "tools/run/host_back.h"
#include "tools/run/roll_impl.h"

enum {
    LOOK_S = 120,
    SSH_FAILED = 255,
    OFF_LOOKS = 3, /* that have no answer: a link may be down for a moment */
    OFF_QUIET_MS = 15000,
};

/* The answer as facts; false: there is none, and the sentence says why. */
static bool look_state(const struct roll_host *h, const struct gather_job *j,
                       struct host_state *s, struct msg *why)
{
    host_state_init(s);
    if (j->rc) {
        msg_set(why, "%s does not answer: %s", h->name,
                *j->said ? j->said : "no reason is known");
        return false;
    }
    return !host_state_parse(s, h->name, j->out ? j->out : "", j->len, why);
}

/* --- before the work ------------------------------------------------------- */

enum look_empty {
    LOOK_EMPTY,
    LOOK_ARRIVING, /* a copy is there: a move that began before the host was
                      marked is not through */
    LOOK_IN_USE,
};

/* A host that somebody has undrained meanwhile may have guests, or get some
 * while it is worked on. */
static enum look_empty look_empty(const struct gather_job *j, struct msg *why)
{
    struct strlist guests = { .s = NULL }, copies = { .s = NULL };
    enum look_empty e = LOOK_EMPTY;
    bool marked;

    if (facts_guests(&guests, &copies, &marked, j->out, j->len, why)) {
        e = LOOK_IN_USE;
    } else if (guests.n) {
        msg_set(why, "a guest is on it: %s", guests.s[0]);
        e = LOOK_IN_USE;
    } else if (!marked) {
        msg_set(why, "it is not in maintenance any more: somebody has "
                     "undrained it");
        e = LOOK_IN_USE;
    } else if (copies.n) {
        msg_set(why,
                "a copy that a move makes, or has left behind, is on it: "
                "guest %s",
                copies.s[0]);
        e = LOOK_ARRIVING;
    }
    strlist_dispose(&guests);
    strlist_dispose(&copies);
    return e;
}

/* By its name alone (roll_check_self()) this host may not be known again. */
static bool look_is_self(const struct host_state *s)
{
    char boot[40];

    return *s->boot && !boot_id(boot) && !strcmp(boot, s->boot);
}

/* Nobody else may have the host from here on. */
static enum look_empty look_hold(struct rolling *d, uint32_t host,
                                 struct msg *why)
{
    if (d->r->host[host].held)
        return LOOK_EMPTY;
    switch (roll_hold_one(d, host, why)) {
    case ROLL_HELD: return LOOK_EMPTY;
    case ROLL_UNHELD: return LOOK_ARRIVING;
    case ROLL_REFUSED: break;
    }
    return LOOK_IN_USE;
}

static void look_before(struct rolling *d, uint32_t host,
                        const struct gather_job *j, bool late)
{
    struct roll_host *h = &d->r->host[host];
    enum look_empty e = LOOK_ARRIVING;
    struct msg why = MSG_NONE;
    struct host_state s;

    if (look_state(h, j, &s, &why))
        e = look_empty(j, &why);
    if (e == LOOK_EMPTY && look_is_self(&s)) {
        msg_set(&why, "it is the host that the roll is carried out from, and "
                      "would be cut off by its own work");
        e = LOOK_IN_USE;
    }
    if (e == LOOK_EMPTY)
        e = look_hold(d, host, &why);
    if (e == LOOK_IN_USE || (e == LOOK_ARRIVING && late))
        roll_fails(d, host, why.text);
    else if (e == LOOK_EMPTY && !roll_keep_before(h, &s))
        roll_passes(d, host);
    host_state_dispose(&s);
}

void roll_do_look(struct rolling *d)
{
    roll_hold(d);
    roll_poll(d, ROLL_DO_LOOK, LOOK_S, look_before);
}

/* Where the hook runs on this host, nobody on the other looks before it. */
static void look_again(struct rolling *d, uint32_t host,
                       const struct gather_job *j, bool late)
{
    struct roll_host *h = &d->r->host[host];
    struct host_state s, before;
    struct msg why = MSG_NONE;
    bool ok;

    if (roll_hook_is_known(d, host))
        return;
    ok = look_state(h, j, &s, &why) && look_empty(j, &why) == LOOK_EMPTY;
    if (!roll_before(h, &before) && ok && strcmp(before.boot, s.boot) != 0) {
        msg_set(&why, "it was booted before its hook began");
        ok = false;
    }
    if (!ok)
        roll_fails(d, host, why.text);
    host_state_dispose(&before);
    host_state_dispose(&s);
}

void roll_look_again(struct rolling *d)
{
    roll_poll(d, ROLL_DO_HOOK, 0, look_again);
}

/* --- off ------------------------------------------------------------------- */

bool roll_is_silent(struct roll_host *h, const struct gather_job *j)
{
    int64_t now = clock_ms();

    if (j->rc != -ETIMEDOUT && (j->rc != -EIO || j->code != SSH_FAILED)) {
        h->silent = 0;
        return false;
    }
    if (!h->silent++)
        h->silent_ms = now;
    return h->silent >= OFF_LOOKS && now - h->silent_ms >= OFF_QUIET_MS;
}

static void look_off(struct rolling *d, uint32_t host,
                     const struct gather_job *j, bool late)
{
    struct roll_host *h = &d->r->host[host];

    if (roll_is_silent(h, j))
        roll_passes(d, host);
    else if (late)
        roll_fails(d, host,
                   h->silent ? "nobody knows yet whether it is off"
                             : "it still answers, and was to be off");
}

void roll_do_off(struct rolling *d)
{
    roll_poll(d, ROLL_DO_OFF, d->r->work.back_s, look_off);
}

/* --- back ------------------------------------------------------------------ */

static enum host_back look_back_check(const struct rolling *d,
                                      const struct roll_host *h,
                                      const struct host_state *now,
                                      struct msg *why)
{
    struct plan_features without;
    const struct host_back_opts o = {
        .without = roll_without(&d->r->limits, &without),
        .new_boot = d->r->work.reboot,
        .to_xen = *d->r->limits.to_xen ? d->r->limits.to_xen : NULL,
    };
    struct host_state before;
    enum host_back back = HOST_NOT_AS_BEFORE;

    if (roll_before(h, &before))
        msg_set(why, "what it was before is not on record any more");
    else
        back = host_back_check(&before, now, &o, why);
    host_state_dispose(&before);
    return back;
}

/* A host with a new disk has lost its mark; nothing may come to it before its
 * check has passed. */
static bool look_is_marked(struct rolling *d, uint32_t host,
                           const struct gather_job *j, struct msg *why)
{
    const char *args[] = { "maintenance", "set", d->r->name, NULL };
    struct remote_call call = { .host = d->r->host[host].name, .args = args };
    struct msg ignored; /* the next look tells */
    struct strlist guests = { .s = NULL };
    bool marked = false;

    if (!facts_guests(&guests, NULL, &marked, j->out, j->len, why) && !marked)
        msg_set(why, "it is not in maintenance any more");
    strlist_dispose(&guests);
    if (!marked && !remote_each(&d->remote, &call, 1)) {
        remote_dispose(&call, 1);
        roll_hold_one(d, host, &ignored);
    }
    return marked;
}

/* What it is now, for its check. */
static void look_keep_now(struct roll_host *h, const struct host_state *now)
{
    snprintf(h->xen_now, sizeof h->xen_now, "%s", now->xen);
    snprintf(h->boot_now, sizeof h->boot_now, "%s", now->boot);
}

/* What it is waited for can be read in the status, and is told once. */
static void look_waits(struct rolling *d, uint32_t host, const char *why)
{
    struct roll_host *h = &d->r->host[host];

    if (!strncmp(h->why, why, sizeof h->why - 1))
        return;
    snprintf(h->why, sizeof h->why, "%.*s", (int)sizeof h->why - 1, why);
    roll_keep_host(d, host);
    roll_note(d, "%s", why);
}

static void look_back(struct rolling *d, uint32_t host,
                      const struct gather_job *j, bool late)
{
    struct roll_host *h = &d->r->host[host];
    struct msg why = MSG_NONE, silent = MSG_NONE;
    struct host_state now;
    bool answers = look_state(h, j, &now, &silent);
    enum host_back back = look_back_check(d, h, answers ? &now : NULL, &why);

    if (!answers && !j->rc) /* it does, and is not understood */
        why = silent;

    if (back == HOST_BACK && !look_is_marked(d, host, j, &why))
        back = HOST_NOT_YET;
    if (back == HOST_BACK) {
        *h->why = '\0';
        look_keep_now(h, &now);
        roll_passes(d, host);
    } else if (back == HOST_NOT_AS_BEFORE || late)
        roll_fails(d, host, why.text);
    else
        look_waits(d, host, why.text);
    host_state_dispose(&now);
}

void roll_do_await(struct rolling *d)
{
    roll_poll(d, ROLL_DO_AWAIT, d->r->work.back_s, look_back);
}
