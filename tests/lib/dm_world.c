/* SPDX-License-Identifier: LGPL-2.1-only */
/* Two hosts, their VFs and one guest that moves: the world of dm_world.h. */
#include "tests/lib/dm_world.h"

#include <string.h>

void dm_world_init(struct dm_world *w, const struct dm_faults *f)
{
    memset(w, 0, sizeof *w);
    w->left = *f;
    w->own[DMW_SOURCE] = DMW_OURS;
    w->up[DMW_SOURCE] = 1;
}

static void broke(struct dm_world *w, const char *law)
{
    if (!w->broken)
        w->broken = law;
}

static void own(struct dm_world *w, int host)
{
    if (w->own[host] == DMW_RIVAL)
        broke(w, "D1: a VF is given to two guests");
    w->own[host] = DMW_OURS;
}

/* --- calls --------------------------------------------------------------- */

static enum dm_input at_target(struct dm_world *w, enum dm_effect e)
{
    bool claimed = w->claim == DMW_CLAIMED || w->claim == DMW_GIVEN;

    switch (e) {
    case DM_RESERVE:
        if (w->claim == DMW_RELEASED || w->own[DMW_TARGET] == DMW_RIVAL)
            return DM_FAILED;
        if (!claimed)
            w->claim = DMW_CLAIMED;
        return DM_OK;
    case DM_SETUP:
        w->mac |= claimed;
        return claimed ? DM_OK : w->at == DMW_TARGET ? DM_FAILED : DM_NO_GUEST;
    case DM_GIVE:
        if (!claimed)
            return DM_FAILED;
        if (w->at != DMW_TARGET)
            return DM_NO_GUEST;
        own(w, DMW_TARGET);
        if (!w->mac)
            broke(w, "D4: a guest has a VF without its MAC");
        w->claim = DMW_GIVEN;
        return DM_OK;
    case DM_LINK_THERE:
        w->up[DMW_TARGET] |= claimed;
        return claimed ? DM_OK : DM_FAILED;
    default: /* DM_RELEASE */
        if (w->own[DMW_TARGET] == DMW_OURS)
            return DM_FAILED;
        w->claim = w->left.old & DM_OLD_CLAIM ? DMW_NO_CLAIM : DMW_RELEASED;
        return DM_OK;
    }
}

static enum dm_input at_source(struct dm_world *w, enum dm_effect e)
{
    bool here = w->at == DMW_SOURCE;

    switch (e) {
    case DM_LINK_DOWN: w->up[DMW_SOURCE] = 0; return DM_OK;
    case DM_WAIT: w->over = 1; return DM_OK;
    case DM_DETACH:
        if (here && !w->over)
            broke(w, "D5: the VF of a guest is taken that still uses it");
        w->own[DMW_SOURCE] = DMW_FREE;
        return DM_OK;
    case DM_LOOK: return w->own[DMW_SOURCE] == DMW_OURS ? DM_FAILED : DM_OK;
    case DM_ASK:
        return w->open               ? DM_OPEN
               : here                ? DM_HERE
               : w->at == DMW_TARGET ? DM_THERE
                                     : DM_NO_GUEST;
    case DM_PUT_BACK:
        if (!here)
            return DM_NO_GUEST;
        if (w->open)
            broke(w, "D3: a guest has a device while it may be moving");
        own(w, DMW_SOURCE);
        return DM_OK;
    default: /* DM_LINK_HERE */
        w->up[DMW_SOURCE] = 1;
        w->over = 0;
        return DM_OK;
    }
}

static bool is_remote(enum dm_effect e)
{
    return e == DM_RESERVE || e == DM_SETUP || e == DM_GIVE ||
           e == DM_LINK_THERE || e == DM_RELEASE;
}

static enum dm_input migrate(struct dm_world *w)
{
    if (w->own[DMW_SOURCE] == DMW_OURS)
        broke(w, "D3: a guest is migrated with a device");
    w->at = DMW_TARGET;
    return DM_OK;
}

static enum dm_input call(struct dm_world *w, enum dm_effect e)
{
    if (e == DM_STORE) {
        w->rec = (uint8_t)w->m.next;
        w->old_boot = 0;
        return DM_OK;
    }
    if (e == DM_MIGRATE)
        return migrate(w);
    return is_remote(e) ? at_target(w, e) : at_source(w, e);
}

/* --- the process --------------------------------------------------------- */

static bool lacks(const struct dm_world *w)
{
    return w->at != DMW_NOWHERE && w->own[w->at] != DMW_OURS;
}

static void told(struct dm_world *w, enum dm_input in)
{
    if (dm_next(&w->m, in) != DM_END)
        return;
    w->alive = 0;
    if (lacks(w) && w->m.verdict != DM_WITHOUT && w->m.verdict != DM_DOUBT)
        broke(w, "D2: a guest without a device is said to have one");
    if (lacks(w) && dm_closed((enum dm_state)w->rec))
        broke(w, "D2: nothing is left to be done of a guest without a device");
    memset(&w->m, 0, sizeof w->m);
}

static void dies(struct dm_world *w)
{
    if (w->alive && w->m.doing == DM_MIGRATE)
        w->open = 1; /* its processes may go on for a while */
    w->alive = 0;
    memset(&w->m, 0, sizeof w->m);
}

/* Rules that would be wrong, as if the machine had them. */
static bool by_old_rule(struct dm_world *w)
{
    enum dm_effect e = w->m.doing;
    uint8_t old = w->left.old;

    if ((e == DM_LOOK && old & DM_OLD_LOOK) ||
        (e == DM_WAIT && old & DM_OLD_WAIT) ||
        (e == DM_SETUP && w->m.state == DM_ARRIVED && old & DM_OLD_SETUP))
        told(w, DM_OK);
    else if (e == DM_ASK && w->open && old & DM_OLD_OPEN)
        told(w, DM_HERE);
    else
        return false;
    return true;
}

static void goes_on(struct dm_world *w)
{
    if (!by_old_rule(w))
        told(w, call(w, w->m.doing));
}

static void starts(struct dm_world *w)
{
    enum dm_effect e;

    w->alive = 1;
    e = w->begun ? dm_restart(&w->m, (enum dm_state)w->rec, w->old_boot)
                 : dm_begin(&w->m);
    w->begun = 1;
    if (e == DM_END)
        w->alive = 0;
}

/* --- hosts --------------------------------------------------------------- */

static void reboot(struct dm_world *w, int host)
{
    if (w->own[host] == DMW_OURS)
        w->own[host] = DMW_FREE;
    if (w->at == host)
        w->at = DMW_NOWHERE;
    w->up[host] = host == DMW_SOURCE;
    if (host == DMW_SOURCE) {
        dies(w);
        w->open = 0;
        w->old_boot = 1;
    } else {
        w->mac = 0;
    }
}

static bool is_free(const struct dm_world *w, int host)
{
    if (w->own[host] != DMW_FREE)
        return false;
    if (host == DMW_TARGET)
        return w->claim != DMW_CLAIMED && w->claim != DMW_GIVEN;
    return dm_closed((enum dm_state)w->rec) || w->left.old & DM_OLD_FREE;
}

/* --- what can happen ----------------------------------------------------- */

static bool spend(uint8_t *left, bool can)
{
    if (!can || !*left)
        return false;
    --*left;
    return true;
}

static bool detach_lies(struct dm_world *w)
{
    if (!spend(&w->left.lies, w->alive && w->m.doing == DM_DETACH))
        return false;
    told(w, DM_OK);
    return true;
}

static bool fails(struct dm_world *w)
{
    enum dm_effect e = w->m.doing;

    if (!spend(&w->left.failures, w->alive && e != DM_ASK))
        return false;
    if (!by_old_rule(w))
        told(w, DM_FAILED);
    return true;
}

static bool done_unanswered(struct dm_world *w)
{
    enum dm_effect e = w->m.doing;

    if (!spend(&w->left.lost,
               w->alive && e != DM_LOOK && e != DM_ASK && e != DM_MIGRATE))
        return false;
    call(w, e);
    told(w, DM_FAILED);
    return true;
}

static bool done_later(struct dm_world *w)
{
    if (!spend(&w->left.lost, w->alive && !w->late && is_remote(w->m.doing)))
        return false;
    w->late = (uint8_t)w->m.doing;
    told(w, DM_FAILED);
    return true;
}

static bool left_in_doubt(struct dm_world *w)
{
    if (!spend(&w->left.lost, w->alive && w->m.doing == DM_MIGRATE))
        return false;
    if (w->own[DMW_SOURCE] == DMW_OURS)
        broke(w, "D3: a guest is migrated with a device");
    w->open = 1;
    told(w, DM_OPEN);
    return true;
}

static bool killed_before(struct dm_world *w)
{
    if (!spend(&w->left.kills, w->alive))
        return false;
    dies(w);
    return true;
}

static bool killed_after(struct dm_world *w)
{
    if (!spend(&w->left.kills, w->alive && w->m.doing != DM_MIGRATE))
        return false;
    call(w, w->m.doing);
    dies(w);
    return true;
}

static bool killed_and_late(struct dm_world *w)
{
    if (!spend(&w->left.kills, w->alive && !w->late && is_remote(w->m.doing)))
        return false;
    w->late = (uint8_t)w->m.doing;
    dies(w);
    return true;
}

static bool late_call(struct dm_world *w)
{
    uint8_t e = w->late;

    w->late = 0;
    if (e)
        at_target(w, (enum dm_effect)e);
    return e;
}

static bool settled_there(struct dm_world *w)
{
    if (!w->open)
        return false;
    w->open = 0;
    migrate(w);
    return true;
}

static bool settled_here(struct dm_world *w)
{
    bool was = w->open;

    w->open = 0;
    return was;
}

static bool source_reboots(struct dm_world *w)
{
    if (!spend(&w->left.reboots, true))
        return false;
    reboot(w, DMW_SOURCE);
    return true;
}

static bool target_reboots(struct dm_world *w)
{
    if (!spend(&w->left.reboots, true))
        return false;
    reboot(w, DMW_TARGET);
    return true;
}

static bool rival_comes(struct dm_world *w, int host)
{
    if (!spend(&w->left.rivals, is_free(w, host)))
        return false;
    w->own[host] = DMW_RIVAL;
    return true;
}

static bool rival_here(struct dm_world *w)
{
    return rival_comes(w, DMW_SOURCE);
}

static bool rival_there(struct dm_world *w)
{
    return rival_comes(w, DMW_TARGET);
}

static bool goes(struct dm_world *w)
{
    if (w->alive)
        goes_on(w);
    else if (!w->begun || !dm_closed((enum dm_state)w->rec))
        starts(w);
    else
        return false;
    return true;
}

bool dm_world_do(struct dm_world *w, unsigned n)
{
    static bool (*const can[])(struct dm_world *) = {
        goes,           fails,          done_unanswered,
        done_later,     left_in_doubt,  detach_lies,
        killed_before,  killed_after,   killed_and_late,
        late_call,      settled_there,  settled_here,
        source_reboots, target_reboots, rival_here,
        rival_there,
    };

    while (n < sizeof can / sizeof *can)
        return can[n](w);
    return false;
}

void dm_world_settle(struct dm_world *w)
{
    w->left = (struct dm_faults){ .old = w->left.old };
    late_call(w);
    settled_here(w);
    if (!w->begun)
        return;
    for (unsigned i = 0; i < 200 && !w->broken && goes(w); i++)
        ;
    if (w->alive || !dm_closed((enum dm_state)w->rec))
        broke(w, "D2: recover comes to no end");
    if (lacks(w))
        broke(w, "D2: a guest has no device again");
    else if (w->at != DMW_NOWHERE && !w->up[w->at])
        broke(w, "D2: the link of a guest's device is down");
    if (w->claim == DMW_CLAIMED)
        broke(w, "D6: a claim is left");
}
