/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The last CPU state of a guest that was armed (helper_arm.h). Until it is
 * loaded the guest's copy has all its memory and no CPU that is up. Past GO
 * nobody but this host has that state, so it is in a file before READY is said:
 * whoever settles the move starts the guest with it, whatever became of the
 * process that received it.
 *
 * The folder is one that a reboot empties: the copy is gone then as well, and a
 * guest's registers need not outlive it.
 */
#ifndef XLX_CONTEXT_H
#define XLX_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"

struct xlx;

/* Whether a CPU of the domain is up: 1, or 0 as long as an armed one was not
 * given its CPU state; else a negative errno. */
int xlx_context_is_up(struct xlx *x, uint32_t domid);
/* Keeps it for the copy with that mark (copy.h), readable by root alone, in the
 * place of an earlier one of the guest. 0 or a negative errno. */
int xlx_context_keep(const char *dir, const char *uuid, const char *mark,
                     const uint8_t *context, size_t n);
/* Whether n bytes could be kept there: 0 or a negative errno. */
int xlx_context_try(const char *dir, const char *uuid, size_t n);
/* Whether the copy is up or could be loaded. 0: it is, or could; -ENOENT: it
 * can't and never will; else a negative errno: that is not known. With a
 * sentence, but for 0. */
int xlx_context_look(struct xlx *x, const char *dir, const char *uuid,
                     uint32_t domid, struct msg *err);
/*
 * Loads it if no CPU of the copy is up, and removes it in either case: a copy
 * that has had its CPU state must not get it once more. 0: the copy is ready to
 * be unpaused. A negative errno and a sentence: it is not.
 */
int xlx_context_load(struct xlx *x, const char *dir, const char *uuid,
                     uint32_t domid, struct msg *err);
void xlx_context_forget(const char *dir, const char *uuid);

#endif
