/* SPDX-License-Identifier: LGPL-2.1-only */
/* Decides what is next for a host that is on record as switched off. */
#include "tools/daemon/switch.h"

#include "tools/cluster/off.h"
#include "tools/doc/facts.h"

static enum switch_step switch_off_next(const struct switch_sight *s)
{
    if (!s->answers)
        return s->done ? SWITCH_NONE : SWITCH_DONE;
    if (!s->same_boot)
        return SWITCH_FORGET;
    if (s->done && s->for_s < SWITCH_DOWN_S)
        return SWITCH_NONE; /* it goes down */
    if (s->others)
        return SWITCH_NONE;
    if (s->maintenance && s->empty)
        return SWITCH_OFF;
    return s->done ? SWITCH_FORGET : SWITCH_OPEN;
}

enum switch_step switch_next(const struct switch_sight *s)
{
    switch (s->state) {
    case POWER_EMPTYING:
        return s->answers && !s->others ? SWITCH_OPEN : SWITCH_NONE;
    case POWER_OFF: return switch_off_next(s);
    case POWER_STARTING:
        if (s->answers)
            return SWITCH_OPEN;
        return !s->done || s->for_s >= OFF_BACK_S ? SWITCH_ON : SWITCH_NONE;
    case POWER_STATES: break;
    }
    return SWITCH_NONE;
}

/* A copy is a guest that was on its way when the host was put in maintenance. */
bool switch_may_go(const char *facts, size_t len, struct msg *why)
{
    struct strlist guests = { .s = NULL };
    bool marked, may = false;

    if (facts_guests(&guests, &guests, &marked, facts, len, why))
        ;
    else if (guests.n)
        msg_set(why, "guest %s is on it, or on its way", guests.s[0]);
    else if (!marked)
        msg_set(why, "somebody has undrained it");
    else
        may = true;
    strlist_dispose(&guests);
    return may;
}
