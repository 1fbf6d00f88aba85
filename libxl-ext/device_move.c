/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides which host's device the guest has: the machine of device_move.h.
 *
 * What follows when a state is decided is in reached; a state that could not
 * be written is acted on all the same where what is on record leads to the
 * same end, and else leads back. The arms stand in the order in which a move
 * that goes well meets them.
 */
#include "libxl-ext/device_move.h"

#include <string.h>

static const char *const dm_names[] = {
    [DM_NONE] = "none",       [DM_RESERVING] = "reserving",
    [DM_TAKING] = "taking",   [DM_MOVING] = "moving",
    [DM_ARRIVED] = "arrived", [DM_BACK] = "back",
    [DM_DONE] = "done",       [DM_KEPT] = "kept",
};

const char *dm_state_name(enum dm_state s)
{
    return dm_names[s];
}

enum dm_state dm_state_parse(const char *s)
{
    for (int i = DM_RESERVING; i <= DM_KEPT; i++)
        if (!strcmp(s, dm_names[i]))
            return (enum dm_state)i;
    return DM_NONE;
}

bool dm_closed(enum dm_state s)
{
    return s == DM_NONE || s == DM_DONE || s == DM_KEPT;
}

const char *dm_verdict_name(enum dm_verdict v)
{
    switch (v) {
    case DM_UNDECIDED: return "undecided";
    case DM_AT_TARGET: return "has the target host's";
    case DM_AT_SOURCE: return "has its own";
    case DM_LEFT: return "has its own, and a claim is left";
    case DM_WITHOUT: return "has none";
    case DM_DOUBT: return "in doubt";
    case DM_GONE: return "gone";
    case DM_GIVEN_UP: return "given up with its host";
    }
    return "?";
}

/* --- what to do ---------------------------------------------------------- */

static enum dm_effect dm_do(struct dm *m, enum dm_effect e)
{
    return m->doing = e;
}

static enum dm_effect dm_write(struct dm *m, enum dm_state next)
{
    m->next = next;
    return dm_do(m, DM_STORE);
}

static enum dm_effect dm_end(struct dm *m, enum dm_verdict v)
{
    m->verdict = v;
    return dm_do(m, DM_END);
}

static enum dm_effect dm_back(struct dm *m)
{
    return m->gone ? dm_do(m, DM_RELEASE) : dm_write(m, DM_BACK);
}

/* The claim is what is left of it: released, then closed. */
static enum dm_effect dm_no_guest(struct dm *m)
{
    m->gone = true;
    return dm_do(m, DM_RELEASE);
}

/* What is true of the guest, unless none is left. */
static enum dm_effect dm_end_of(struct dm *m, enum dm_verdict v)
{
    return dm_end(m, m->lost ? DM_GIVEN_UP : m->gone ? DM_GONE : v);
}

static enum dm_effect dm_reached(struct dm *m, enum dm_state s)
{
    m->state = s;
    switch (s) {
    case DM_RESERVING: return dm_do(m, DM_RESERVE);
    case DM_TAKING: return dm_do(m, DM_LINK_DOWN);
    case DM_MOVING: return dm_do(m, DM_MIGRATE);
    case DM_ARRIVED: return dm_do(m, DM_SETUP);
    case DM_BACK: return dm_do(m, DM_PUT_BACK);
    case DM_DONE: return dm_end_of(m, DM_AT_TARGET);
    case DM_KEPT: return dm_end_of(m, DM_AT_SOURCE);
    case DM_NONE: break;
    }
    return dm_end(m, DM_UNDECIDED);
}

static enum dm_effect dm_unstored(struct dm *m, enum dm_state s)
{
    switch (s) {
    case DM_RESERVING: return dm_do(m, DM_RELEASE); /* nothing was asked */
    case DM_TAKING:
    case DM_MOVING:
        /* The record may say either, and both lead back. */
        m->state = s;
        return dm_back(m);
    case DM_ARRIVED: /* MOVING leads here, once asked where the guest is */
    case DM_BACK:    /* TAKING and MOVING lead here */
    case DM_DONE:    /* ARRIVED does it again, which does nothing */
    case DM_KEPT:
    case DM_NONE: break;
    }
    return dm_reached(m, s);
}

/* --- what came of it ----------------------------------------------------- */

/* Where the guest is has come out. */
static enum dm_effect dm_found(struct dm *m, enum dm_input in)
{
    switch (in) {
    case DM_HERE: return dm_back(m);
    case DM_THERE: return dm_write(m, DM_ARRIVED);
    case DM_NO_GUEST: return dm_no_guest(m);
    case DM_OK:
    case DM_FAILED:
    case DM_LOST:
    case DM_OPEN: break;
    }
    return dm_end(m, DM_DOUBT);
}

static enum dm_effect dm_released(struct dm *m, bool ok)
{
    if (ok)
        return dm_write(m, m->state == DM_ARRIVED ? DM_DONE : DM_KEPT);
    return dm_end_of(m, DM_LEFT);
}

enum dm_effect dm_next(struct dm *m, enum dm_input in)
{
    bool ok = in == DM_OK, there = m->state == DM_ARRIVED;

    switch (m->doing) {
    case DM_STORE:
        return ok ? dm_reached(m, m->next) : dm_unstored(m, m->next);
    case DM_RESERVE: return dm_do(m, ok ? DM_SETUP : DM_RELEASE);
    case DM_SETUP:
        m->lost = there && in == DM_LOST;
        if (m->lost || (there && in == DM_NO_GUEST))
            return dm_no_guest(m);
        if (there)
            return ok ? dm_do(m, DM_GIVE) : dm_end(m, DM_WITHOUT);
        return ok ? dm_write(m, DM_TAKING) : dm_do(m, DM_RELEASE);
    case DM_LINK_DOWN: return ok ? dm_do(m, DM_WAIT) : dm_back(m);
    case DM_WAIT: return ok ? dm_do(m, DM_DETACH) : dm_back(m);
    case DM_DETACH: return ok ? dm_do(m, DM_LOOK) : dm_back(m);
    case DM_LOOK: return ok ? dm_write(m, DM_MOVING) : dm_back(m);
    case DM_MIGRATE:
        if (in == DM_OPEN)
            return dm_end(m, DM_DOUBT);
        return ok ? dm_write(m, DM_ARRIVED) : dm_back(m);
    case DM_ASK: return dm_found(m, in);
    case DM_GIVE:
        if (in == DM_NO_GUEST)
            return dm_no_guest(m);
        return ok ? dm_do(m, DM_LINK_THERE) : dm_end(m, DM_WITHOUT);
    case DM_LINK_THERE:
        return ok ? dm_write(m, DM_DONE) : dm_end(m, DM_WITHOUT);
    case DM_PUT_BACK:
        if (in == DM_NO_GUEST)
            return dm_no_guest(m);
        return ok ? dm_do(m, DM_LINK_HERE) : dm_end(m, DM_WITHOUT);
    case DM_LINK_HERE:
        return ok ? dm_do(m, DM_RELEASE) : dm_end(m, DM_WITHOUT);
    case DM_RELEASE: return dm_released(m, ok);
    case DM_END: break;
    }
    return dm_end(m, m->verdict);
}

enum dm_effect dm_begin(struct dm *m)
{
    *m = (struct dm){ .state = DM_NONE };
    return dm_write(m, DM_RESERVING);
}

enum dm_effect dm_restart(struct dm *m, enum dm_state state, bool other_boot)
{
    *m = (struct dm){ .state = state };
    switch (state) {
    case DM_RESERVING:
        m->gone = other_boot;
        return dm_do(m, DM_RELEASE); /* its VF was not touched */
    case DM_TAKING:
    case DM_BACK: m->gone = other_boot; return dm_back(m);
    case DM_MOVING: return dm_do(m, DM_ASK);
    case DM_ARRIVED:
    case DM_DONE:
    case DM_KEPT: return dm_reached(m, state);
    case DM_NONE: break;
    }
    return dm_end(m, DM_UNDECIDED);
}
