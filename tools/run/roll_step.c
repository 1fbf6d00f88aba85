/* SPDX-License-Identifier: LGPL-2.1-only */
/* Decides what a roll does next: the machine of roll_step.h. */
#include "tools/run/roll_step.h"

#include <stdio.h>

/* --- questions ------------------------------------------------------------- */

bool roll_under_way(const struct roll_host *h)
{
    return h->step > ROLL_PLANNED && h->step < ROLL_DONE;
}

uint32_t roll_hosts_at(const struct roll *r, enum roll_step s)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->host_n; i++)
        n += r->host[i].step == s;
    return n;
}

uint32_t roll_canaries(const struct roll *r)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->host_n; i++)
        n += r->host[i].canary && r->host[i].step != ROLL_PLANNED;
    return n;
}

enum exit_code roll_code(const struct roll *r)
{
    uint32_t done = roll_hosts_at(r, ROLL_DONE);

    if (done == r->host_n)
        return RC_OK;
    if (done || roll_hosts_at(r, ROLL_FAILED))
        return RC_PARTLY;
    for (uint32_t i = 0; i < r->host_n; i++)
        if (roll_under_way(&r->host[i]))
            return RC_PARTLY;
    return r->stuck ? RC_NOPLAN : RC_FAILED;
}

/* --- what is next ---------------------------------------------------------- */

/* What is done at a step, for hosts under way. */
static const enum roll_do step_does[ROLL_STEPS] = {
    [ROLL_DRAINING] = ROLL_DO_DRAIN,  [ROLL_EMPTY] = ROLL_DO_LOOK,
    [ROLL_HOOK] = ROLL_DO_HOOK,       [ROLL_OFF] = ROLL_DO_OFF,
    [ROLL_BACK] = ROLL_DO_AWAIT,      [ROLL_CHECK] = ROLL_DO_CHECK,
    [ROLL_UNDRAIN] = ROLL_DO_UNDRAIN, [ROLL_HOME] = ROLL_DO_HOME,
    [ROLL_SOAK] = ROLL_DO_SOAK,
};

bool roll_is_at(const struct roll *r, const struct roll_host *h,
                enum roll_do what)
{
    return roll_under_way(h) && h->wave == r->wave &&
           step_does[h->step] == what;
}

/* Would this host be turned, by such a wish? */
static bool roll_turns(const struct roll_host *h, enum cancel_wish wish)
{
    if (!roll_under_way(h) || h->step == ROLL_UNDRAIN)
        return false;
    if (wish == CANCEL_NOW)
        return true;
    return wish == CANCEL_STOP && h->step < ROLL_HOOK;
}

/* The least step of a host under way; ROLL_STEPS: there is none. */
static enum roll_step roll_least(const struct roll *r)
{
    enum roll_step least = ROLL_STEPS;

    for (uint32_t i = 0; i < r->host_n; i++)
        if (roll_under_way(&r->host[i]) && r->host[i].step < least)
            least = r->host[i].step;
    return least;
}

static enum roll_do roll_next_wave(const struct roll *r, enum cancel_wish wish,
                                   bool open)
{
    if (wish || r->stuck || roll_hosts_at(r, ROLL_FAILED) ||
        !roll_hosts_at(r, ROLL_PLANNED))
        return ROLL_DO_END;
    return open ? ROLL_DO_WAVE : ROLL_DO_PAUSE;
}

enum roll_do roll_next(const struct roll *r, enum cancel_wish wish, bool open)
{
    enum roll_step least = roll_least(r);

    if (least == ROLL_STEPS)
        return roll_next_wave(r, wish, open);
    for (uint32_t i = 0; i < r->host_n; i++)
        if (roll_turns(&r->host[i], wish))
            return ROLL_DO_TURN;
    return step_does[least];
}

/* --- steps ----------------------------------------------------------------- */

static void roll_enter(struct roll_host *h, enum roll_step s, double now)
{
    h->step = s;
    h->since = now;
    h->silent = 0;
    h->quiet_ms = 0;
    h->heard = false;
}

/* Where a host goes that takes guests again: one that was given back has had
 * no turn yet. */
static enum roll_step roll_after_home(const struct roll *r,
                                      const struct roll_host *h)
{
    if (h->turned)
        return ROLL_PLANNED;
    return h->canary && r->work.soak_s ? ROLL_SOAK : ROLL_DONE;
}

static enum roll_step roll_step_after(const struct roll *r,
                                      const struct roll_host *h)
{
    switch (h->step) {
    case ROLL_PLANNED: return ROLL_DRAINING;
    case ROLL_DRAINING: return ROLL_EMPTY;
    case ROLL_EMPTY: return ROLL_HOOK;
    case ROLL_HOOK: return r->work.off ? ROLL_OFF : ROLL_BACK;
    case ROLL_BACK: return r->work.check ? ROLL_CHECK : ROLL_UNDRAIN;
    case ROLL_CHECK: return ROLL_UNDRAIN;
    case ROLL_UNDRAIN:
        return r->limits.home ? ROLL_HOME : roll_after_home(r, h);
    case ROLL_HOME: return roll_after_home(r, h);
    case ROLL_OFF:
    case ROLL_SOAK:
    case ROLL_DONE: return ROLL_DONE;
    case ROLL_FAILED:
    case ROLL_STEPS: break;
    }
    return ROLL_FAILED;
}

static void roll_replan(struct roll_host *h)
{
    h->wave = 0;
    h->canary = h->turned = false;
}

void roll_pass(const struct roll *r, struct roll_host *h, double now)
{
    roll_enter(h, roll_step_after(r, h), now);
    if (h->step == ROLL_PLANNED)
        roll_replan(h);
}

void roll_fail(struct roll_host *h, const char *why, double now)
{
    h->failed_at = h->step;
    snprintf(h->why, sizeof h->why, "%s", why);
    roll_enter(h, ROLL_FAILED, now);
}

/* Given back before its hook. */
static void roll_give_back(struct roll_host *h, double now)
{
    h->turned = true;
    roll_enter(h, ROLL_UNDRAIN, now);
}

void roll_turn(struct roll_host *h, enum cancel_wish wish, double now)
{
    if (!roll_turns(h, wish))
        return;
    if (h->step < ROLL_HOOK) {
        roll_give_back(h, now);
    } else if (h->step < ROLL_UNDRAIN) {
        roll_fail(h, "it was cancelled while it was worked on", now);
    } else {
        bool turned = h->turned;

        snprintf(h->why, sizeof h->why, "cancelled: %s",
                 h->step == ROLL_HOME ? "its guests may not be home"
                                      : "it was not watched to the end");
        roll_enter(h, turned ? ROLL_PLANNED : ROLL_DONE, now);
        if (turned)
            roll_replan(h);
    }
}

bool roll_unbegin(const struct roll *r, struct roll_host *h)
{
    if (h->wave <= r->wave)
        return false;
    roll_enter(h, ROLL_PLANNED, 0);
    roll_replan(h);
    return true;
}
