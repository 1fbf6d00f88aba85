/* SPDX-License-Identifier: LGPL-2.1-only */
/* Looks at a host of a roll before the work on it, and waits until it is back
 * as it was, or off. */
#include <errno.h>

#include "tools/doc/facts.h"
#include "tools/doc/host_state.h"
#include "tools/run/host_back.h"
#include "tools/run/roll_impl.h"

enum { LOOK_S = 120, SSH_FAILED = 255 };

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

/* A host that somebody has undrained meanwhile may have guests, or get some
 * while it is worked on. */
static bool look_is_kept_empty(const struct gather_job *j, struct msg *why)
{
    struct strlist guests = { .s = NULL };
    bool marked, ok;

    ok = !facts_guests(&guests, &marked, j->out, j->len, why);
    if (ok && (!marked || guests.n)) {
        msg_set(why, marked ? "a guest came to it after it had been emptied"
                            : "it is not in maintenance any more: somebody "
                              "has undrained it");
        ok = false;
    }
    strlist_dispose(&guests);
    return ok;
}

static void look_before(struct rolling *d, uint32_t host,
                        const struct gather_job *j, bool late)
{
    struct roll_host *h = &d->r->host[host];
    struct msg why = MSG_NONE;
    struct host_state s;

    if (!look_state(h, j, &s, &why)) {
        if (late)
            roll_fails(d, host, why.text);
    } else if (!look_is_kept_empty(j, &why)) {
        roll_fails(d, host, why.text);
    } else if (!roll_keep_before(h, &s)) {
        roll_passes(d, host);
    }
    host_state_dispose(&s);
}

void roll_do_look(struct rolling *d)
{
    roll_poll(d, ROLL_DO_LOOK, LOOK_S, look_before);
}

/* --- off ------------------------------------------------------------------- */

static void look_off(struct rolling *d, uint32_t host,
                     const struct gather_job *j, bool late)
{
    if (j->rc == -ETIMEDOUT || (j->rc == -EIO && j->code == SSH_FAILED))
        roll_passes(d, host);
    else if (late)
        roll_fails(d, host, "it still answers, and was to be off");
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
    const struct host_back_opts o = {
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

static void look_back(struct rolling *d, uint32_t host,
                      const struct gather_job *j, bool late)
{
    struct roll_host *h = &d->r->host[host];
    struct msg why = MSG_NONE, silent = MSG_NONE;
    struct host_state now;
    bool answers = look_state(h, j, &now, &silent);
    enum host_back back = look_back_check(d, h, answers ? &now : NULL, &why);

    if (back == HOST_BACK)
        roll_passes(d, host);
    else if (back == HOST_NOT_AS_BEFORE || late)
        roll_fails(d, host, why.text);
    host_state_dispose(&now);
}

void roll_do_await(struct rolling *d)
{
    roll_poll(d, ROLL_DO_AWAIT, d->r->work.back_s, look_back);
}
