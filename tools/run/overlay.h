/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a run knows beyond the facts of its hosts, laid over the snapshot that
 * is planned for: guests that are not to be planned again are pinned, guests
 * under way count on their target host, and memory that may be in use counts
 * as such.
 */
#ifndef RACKHOP_RUN_OVERLAY_H
#define RACKHOP_RUN_OVERLAY_H

#include "tools/doc/snapshot.h"
#include "tools/run/run.h"

/* For struct snapshot_overlay: arg is the const struct run. */
int overlay_apply(void *arg, struct snapshot *s);

/* Why this guest is not to be planned again; NULL: it may be. */
const char *overlay_pins(const struct run *r, const char *uuid);

#endif
