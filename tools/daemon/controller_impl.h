/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files of rackhopd share. */
#ifndef RACKHOP_CONTROLLER_IMPL_H
#define RACKHOP_CONTROLLER_IMPL_H

#include "tools/daemon/controller.h"
#include "tools/daemon/decide.h"
#include "tools/daemon/deed.h"
#include "tools/daemon/gate.h"
#include "tools/daemon/lease.h"
#include "tools/doc/snapshot.h"
#include "tools/store/store.h"

#define CONTROLLER_STATE "loops/state"
#define CONTROLLER_SEEN  "loops/seen"

struct controller {
    const struct controller_request *q;
    struct store *store; /* NULL: it could not be opened yet */
    struct lease lease;
    struct loop_policy policy;
    struct deed deed;
    struct loops_state state;
    uint64_t rev; /* of loops/state */
    uint64_t beat_us;
    int kept_rc;    /* of the last record of a look */
    char told[400]; /* what keeps it from looking was told */
};

/* What belongs to one look. */
struct looking {
    struct controller *c;
    double wall_s, boot_s; /* when it began */
    struct gate gate;
    char run[48], roll[48]; /* open ones, or "" */
    struct snapshot snap;
    bool snapped;
    struct sight sight;
    struct loops_doc doc;
    struct off_list off; /* hosts that are on record as switched off */
    char *text;          /* of the snapshot */
    size_t len;
};

enum { CONTROLLER_BEAT_US = 10000000 };

/* controller_beat.c: the watchdog is told, and the lease kept; no more often than
 * that. Between parts of a look as well: of thousands of hosts each takes seconds,
 * and more on a machine that is busy. */
void controller_beat(void *c);
/* Tells a sentence, unless it is the one that was told last. "": all is well. */
void controller_tell_once(struct controller *c, const char *text);

/* controller_state.c. All return 0 or a negative errno with a sentence. */
int controller_load(struct controller *c, double wall_s, struct msg *err);
/* Writes the text, which it frees, if nobody has written meanwhile and the
 * lease is still held. */
int controller_save(struct controller *c, char *text, struct msg *err);
/* Writes loops/seen. What it cannot write is told. */
void controller_show(struct controller *c, const struct loops_doc *doc);
/* The deeds of the document that is there go to this one. */
void controller_old_deeds(struct controller *c, struct loops_doc *doc);

/* controller_deeds.c: what comes of a decision. What is to be carried out is
 * prepared: its plan, and its run's name in the state and on all lines. What is
 * not kept is not done. 0 or a negative errno with a sentence. */
int deeds_prepare(struct looking *k, struct decide *d, struct msg *err);
/* Tells what is advised, and which hosts are about to fail; once. */
void deeds_advise(struct looking *k, struct decide *d);
/* The state is kept: carries out what was prepared. */
int deeds_begin(struct looking *k, struct decide *d, struct msg *err);

/* controller_memory.c: changes the memory of guests, one after the other. 0, or a
 * negative errno with a sentence. */
int memory_change(struct looking *k, struct decide *d, struct msg *err);

/* controller_switch.c. All return 0 or a negative errno with a sentence. */
/* What was begun at earlier looks, by what this one has seen. */
int switches_settle(struct looking *k, struct msg *err);
/* Are hosts that are off to be asked this time? */
bool switches_ask(struct looking *k);
/* What was decided: hosts that are to be on; and one that is to be off, by the
 * run of the state. */
int switches_on(struct looking *k, const struct decide *d, struct msg *err);
int switches_off(struct looking *k, const struct decide *d, struct msg *err);

/* controller_look.c: one look, with the lease. 0 or a negative errno. */
int controller_look(struct controller *c, struct msg *err);

#endif
