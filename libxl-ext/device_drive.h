/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Drives the machine of device_move.h over a table of functions.
 *
 * Each function returns when it is through, does nothing where its effect is
 * there already, and returns DM_OK or what device_move.h lists beside the
 * effect. All run on the source host; those of the target host ask it.
 */
#ifndef XLX_DEVICE_DRIVE_H
#define XLX_DEVICE_DRIVE_H

#include "libxl-ext/device_move.h"
#include "tools/base/msg.h"

struct device_ops {
    void *arg;
    /* Makes the state durable. */
    enum dm_input (*store)(void *arg, enum dm_state next);
    /* The target host's claim, and the claimed VF. */
    enum dm_input (*reserve)(void *arg);
    enum dm_input (*setup)(void *arg);
    enum dm_input (*give)(void *arg);
    enum dm_input (*release)(void *arg);
    /* The guest's own VF. */
    enum dm_input (*detach)(void *arg);
    enum dm_input (*look)(void *arg);
    enum dm_input (*put_back)(void *arg);
    /* The link of its own VF, or of the claimed one. */
    enum dm_input (*link)(void *arg, bool there, bool up);
    /* Until the guest uses its vif alone; it has a limit of its own. */
    enum dm_input (*wait)(void *arg);
    enum dm_input (*migrate)(void *arg);
    enum dm_input (*ask)(void *arg);
    /* Why one failed last, as the end of a sentence; NULL: it does not say. */
    const char *(*why)(void *arg);
};

/*
 * Does what the machine wants, from this effect on, until it ends. Returns the
 * verdict; err gets a sentence on the guest of that name unless all went well:
 * what failed first, what the guest has now, and which command goes on.
 */
enum dm_verdict device_drive(struct dm *m, enum dm_effect first,
                             const struct device_ops *ops, const char *name,
                             struct msg *err);

#endif
