/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides which host's device the guest has: the states of a move of a guest
 * that has a virtual function (VF) of a network card.
 *
 * Xen migrates no guest that has a device. So its VF is taken from it, it is
 * moved on its virtual interface (vif) alone, and it is given a VF of the
 * target host. This is one pure machine, driven like that of handover.h, by
 * the source host: it keeps the record. The target host keeps a claim, which
 * knows one move and what became of it.
 *
 *     eff = dm_begin(&m);              or dm_restart(&m, state, other boot)
 *     while (eff != DM_END)
 *         eff = dm_next(&m, what came of eff);
 *
 * The laws, whatever is killed, rebooted, lost, late or repeated:
 *   D1  a VF belongs to at most one guest;
 *   D2  a guest that had a device has one again, or the verdict says that it
 *       has none and the record stays open: `rackhop recover` gives it;
 *   D3  a guest is never migrated with a device assigned;
 *   D4  a guest gets no VF that does not have its MAC address and VLAN;
 *   D5  a VF is taken only from a guest that has gone over to its vif, and one
 *       whose whole card was taken is moved only if it has;
 *   D6  no claim is left once a record is closed; an administrator may say of a
 *       target host that does not answer that it is lost for good, with the claim.
 *
 * How they are kept:
 *
 *   RESERVING .. TAKING ..... MOVING ...... ARRIVED ........... DONE
 *   claim, MAC   link down,   gone, and     MAC, give, link up
 *                wait, take   confirmed: migrate
 *
 *   Each state is durable before the effects that follow from it. Until the
 *   guest has arrived, whatever fails leads to BACK: the old VF is given back,
 *   its link is brought up, and the claim is released for ever, so that a call
 *   that comes late finds it refused (KEPT). The old VF is nobody else's as
 *   long as the record is open. Once the guest has arrived there is no way
 *   back but another move: what fails is tried again by recover.
 *
 * Each effect has to do nothing where it is done already, and of a guest with
 * several devices to be done of all: then it was done, else it failed.
 */
#ifndef XLX_DEVICE_MOVE_H
#define XLX_DEVICE_MOVE_H

#include <stdbool.h>

enum dm_state {
    DM_NONE,
    DM_RESERVING, /* the target host may keep a VF for it */
    DM_TAKING,    /* its own VF may be down, or taken */
    DM_MOVING,    /* it has none, and may migrate */
    DM_ARRIVED,   /* it is at the target host */
    DM_BACK,      /* it stays, and gets its own again */
    DM_DONE,      /* it has that of the target host */
    DM_KEPT,      /* it has its own; nothing is kept for it */
};
/* "reserving", ..; for the records and for people. */
const char *dm_state_name(enum dm_state s);
/* DM_NONE for what is no state. */
enum dm_state dm_state_parse(const char *s);
/* Whether nothing is left to be done. */
bool dm_closed(enum dm_state s);

enum dm_effect {
    DM_STORE,      /* write m->next: DM_OK, or DM_FAILED: it may be there */
    DM_RESERVE,    /* target: claim a free VF of the class */
    DM_SETUP,      /* target: give the claimed VF the MAC and the VLAN */
    DM_LINK_DOWN,  /* source: the VF's link */
    DM_WAIT,       /* until the guest uses its vif alone; not for a card */
    DM_DETACH,     /* source: take the VF from the guest */
    DM_LOOK,       /* source: DM_OK, it has none, and does without it; else
                      DM_FAILED */
    DM_MIGRATE,    /* DM_OK, DM_FAILED: it stays, or DM_OPEN: in doubt */
    DM_ASK,        /* where is it, now that its move is settled? */
    DM_GIVE,       /* target: give the guest the claimed VF */
    DM_LINK_THERE, /* target: bring its link up */
    DM_PUT_BACK,   /* source: give the guest its own VF */
    DM_LINK_HERE,  /* source: bring its link up */
    DM_RELEASE,    /* target: end the claim, and refuse this move for ever */
    DM_END,        /* m->verdict */
};

enum dm_input {
    DM_OK,
    DM_FAILED,   /* or no answer: it may have been done, or be done yet */
    DM_NO_GUEST, /* of ASK, GIVE, PUT_BACK: it runs on that host no more; of
                    SETUP: nor has it a claim there */
    DM_OPEN,     /* of MIGRATE, ASK: who runs it is not decided yet */
    DM_HERE,     /* of ASK: at the source host, for good */
    DM_THERE,    /* of ASK: at the target host */
    DM_LOST, /* of SETUP, once it has arrived: no answer, from a host that an
                    administrator says is lost for good */
};

enum dm_verdict {
    DM_UNDECIDED,
    DM_AT_TARGET, /* it moved, and has the VF of the target host */
    DM_AT_SOURCE, /* it stayed, and has its own */
    DM_LEFT,      /* the same; the claim could not be released yet */
    DM_WITHOUT,   /* it has none, and recover has to give it one */
    DM_DOUBT,     /* its move is in doubt; recover settles that first */
    DM_GONE,      /* it does not run any more */
    DM_GIVEN_UP,  /* it went with the target host, as an administrator says */
};
const char *dm_verdict_name(enum dm_verdict v);

struct dm {
    enum dm_state state; /* as far as it was decided */
    enum dm_state next;  /* of DM_STORE */
    enum dm_effect doing;
    enum dm_verdict verdict;
    bool gone; /* private: no guest is left to have a device, */
    bool lost; /* for its host is lost */
};

enum dm_effect dm_begin(struct dm *m);
/* What is on record, once the move of the guest itself was settled as far as
 * it can be. other_boot: the source host has been down since. */
enum dm_effect dm_restart(struct dm *m, enum dm_state state, bool other_boot);
enum dm_effect dm_next(struct dm *m, enum dm_input in);

#endif
