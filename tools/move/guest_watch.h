/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A process that stays with a guest which has arrived on this host, as xl's
 * daemon stays with a guest that it created: when the guest ends, it does what
 * the guest's configuration says.
 */
#ifndef RACKHOP_MOVE_GUEST_WATCH_H
#define RACKHOP_MOVE_GUEST_WATCH_H

#include <stdint.h>

#include "tools/base/msg.h"

/*
 * Starts such a process. The caller has given back every lock, which the
 * process would keep. 0, or a negative errno and a sentence that names the
 * guest: it runs, and its end will not be noticed.
 */
int guest_watch_start(uint32_t domid, struct msg *err);

/* The same in this process: returns its exit code when the guest has ended. */
int guest_watch_stay(uint32_t domid, struct msg *err);

/* Starts one for each of n guests. How many failed; each with a sentence for
 * `failed`. */
unsigned guest_watch_start_all(const uint32_t *domid, unsigned n,
                               void (*failed)(const char *text));

#endif
