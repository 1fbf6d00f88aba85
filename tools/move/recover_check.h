/* SPDX-License-Identifier: LGPL-2.1-only */
/* Checks that what this host has on record is whole: `recover --check`. */
#ifndef RACKHOP_MOVE_RECOVER_CHECK_H
#define RACKHOP_MOVE_RECOVER_CHECK_H

#include <stdbool.h>

#include "tools/exit.h"

/*
 * Looks at the whole store, changes nothing and asks nobody. RC_FAILED:
 * something is not as it was written, or can't be read; each was told, as was
 * the sum at the end. Needs no Xen.
 */
enum exit_code recover_check(void (*told)(void *arg, const char *text,
                                          bool trouble),
                             void *arg);

#endif
