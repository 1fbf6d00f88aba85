/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The source host's part of a move that changes a guest's devices: it drives
 * the machine of libxl-ext/device_move.h, keeps its record, and asks the target
 * host over ssh (device_there.h).
 */
#ifndef RACKHOP_MOVE_DEVICE_HERE_H
#define RACKHOP_MOVE_DEVICE_HERE_H

#include <signal.h>

#include "libxl-ext/device_drive.h"
#include "libxl-ext/domain.h"
#include "tools/config.h"
#include "tools/move/device_store.h"

/* The devices that a guest is to change, and how many PCI devices tie it to its
 * host: they have no class, or are no VF. */
struct device_wish {
    struct device_list list;
    unsigned tied;
};
/* device_read.c. 0, or a negative errno and a sentence. */
int device_read(struct xlx *x, const struct xlx_domain *dom,
                const struct config *conf, struct device_wish *w,
                struct msg *err);

struct device_here {
    /* the caller fills in */
    struct xlx *x;
    struct store *store;
    struct device_record rec;             /* all but the state */
    const volatile sig_atomic_t *cancels; /* NULL: nobody cancels */
    /* Moves the guest, which has no device now: DM_OK, DM_FAILED or DM_OPEN.
     * NULL: it is moved no more. */
    enum dm_input (*migrate)(void *arg);
    void *arg;
    /* An administrator says that the target host is lost for good. */
    bool lost;
    /* private */
    bool silent; /* and no answer was taken for one */
    uint32_t domid;
    /* for each device: vifs that its bond goes over to; and their packets, when
       the link was taken */
    uint64_t vifs[DEVICES_MOST];
    long long sent[DEVICES_MOST];
    struct msg why;
};

/* A new move. err gets a sentence unless all went well. */
enum dm_verdict device_begin(struct device_here *h, struct msg *err);

/*
 * Ends what the record of this guest says, under the guest's lock, once its
 * move is settled. DM_UNDECIDED: there was nothing to do. text gets a sentence
 * where something was done, or is left. lost: an administrator says that the
 * target host is lost for good, so that no answer means that it has nothing; then
 * the sentence says what is to be done there, should it come back.
 */
enum dm_verdict device_recover(struct xlx *x, struct store *store,
                               const char *uuid, bool lost, struct msg *text);

/* Whether that verdict leaves the record open. */
bool device_is_left(enum dm_verdict v);

#endif
