/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The target host's part of a move that changes a guest's devices: what the
 * source host asks of it by `rackhop device` (libxl-ext/device_move.h).
 *
 * Each call may be repeated, and may come late, when its move has ended: then it
 * does nothing.
 */
#ifndef RACKHOP_MOVE_DEVICE_THERE_H
#define RACKHOP_MOVE_DEVICE_THERE_H

#include "libxl-ext/domain.h"
#include "tools/config.h"
#include "tools/move/device_store.h"

enum device_answer {
    DEVICE_DONE,
    DEVICE_GONE, /* of setup and give: the guest does not run here; of setup,
                    nor has it a claim */
    DEVICE_FAILED,
};

/* Does this guest run here, paused or not? A copy that is paused and called
 * NAME--incoming was not handed over. */
bool device_guest_runs(const struct xlx_domain *d);

struct device_there {
    struct xlx *x; /* release needs none where Xen can't be opened */
    struct store *store;
    const struct config *conf;
    const char *uuid, *move;
};

/* Keeps a device of this host for each that is listed, of the same class. */
enum device_answer device_reserve(struct device_there *t, const char *from,
                                  const struct device_list *want,
                                  struct msg *err);
/* Whether that could be done just now; nothing is kept. */
enum device_answer device_free(struct device_there *t,
                               const struct device_list *want,
                               struct msg *err);
/* Gives them the MAC addresses and VLANs that the guest has. */
enum device_answer device_setup(struct device_there *t, struct msg *err);
enum device_answer device_give(struct device_there *t, struct msg *err);
enum device_answer device_up(struct device_there *t, struct msg *err);
enum device_answer device_release(struct device_there *t, struct msg *err);
/* Sets up, gives and brings up: where the source host is lost that would ask. */
enum device_answer device_finish(struct device_there *t, struct msg *err);

#endif
