/* SPDX-License-Identifier: LGPL-2.1-only */
/* Decides what is next for a host that is on record as switched off. */
#include "tools/daemon/switch.h"

#include "tools/cluster/off.h"

static enum switch_step switch_off_next(const struct switch_sight *s)
{
    if (!s->answers)
        return s->done ? SWITCH_NONE : SWITCH_DONE;
    if (!s->same_boot)
        return SWITCH_FORGET;
    if (s->done && s->for_s < SWITCH_DOWN_S)
        return SWITCH_NONE; /* it goes down */
    return s->maintenance && s->empty ? SWITCH_OFF : SWITCH_FORGET;
}

enum switch_step switch_next(const struct switch_sight *s)
{
    switch (s->state) {
    case POWER_EMPTYING: return s->answers ? SWITCH_OPEN : SWITCH_NONE;
    case POWER_OFF: return switch_off_next(s);
    case POWER_STARTING:
        if (s->answers)
            return SWITCH_OPEN;
        return !s->done || s->for_s >= OFF_BACK_S ? SWITCH_ON : SWITCH_NONE;
    case POWER_STATES: break;
    }
    return SWITCH_NONE;
}
