/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The samples of one guest or host in one file of fixed size (shape.h).
 *
 * The slots of a level's newest block, the open one, are records in its tail,
 * each with a checksum and a number of its own: a write that is torn costs a
 * record. A block that is full is packed and goes to its place in the ring,
 * which follows from its number, with a checksum as well; its records stay
 * until the next block's replace them, and are packed again where the block
 * did not reach the disk. Nothing that fails its checksum, or stands where it
 * does not belong, is believed; the rest of the file is used.
 *
 * One process writes a file (the agent, which has a lock on its folder); any
 * number may read it meanwhile. The time of a slot is that of the wall clock,
 * in the level's steps.
 */
#ifndef RACKHOP_SERIES_RING_H
#define RACKHOP_SERIES_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/series/shape.h"

struct ring; /* opaque */

enum { RING_NAME = 128 };

/*
 * Opens a file to read it. 0, or a negative errno and one sentence: there is
 * none, or it is of another version of rackhop (-EPROTONOSUPPORT). shape is
 * borrowed.
 */
int ring_open(struct ring **ring_r, const char *path,
              const struct shape *shape, struct msg *err);
/* Opens or makes a file to write to. One of another version is set aside, as
 * PATH.old. Samples of times behind `now` (seconds) are forgotten: the clock
 * was wrong when they came. */
int ring_open_write(struct ring **ring_r, const char *path,
                    const struct shape *shape, uint64_t now, struct msg *err);
void ring_close(struct ring *r); /* NULL is fine */

/* What it begins with is no file of samples, nor one that was only just made. What
 * blocks are whole are used all the same. */
bool ring_damaged(const struct ring *r);
/* Of whom they are: a name for people, "" when it was never told. */
const char *ring_name(const struct ring *r);
int ring_set_name(struct ring *r, const char *name);

/*
 * Keeps the codes of a slot, one for each channel of the level. A slot that is
 * not newer than the newest is left out. 0 or a negative errno.
 */
int ring_put(struct ring *r, unsigned level, uint32_t slot,
             const uint8_t *codes);
/* The newest slot of a level; 0: there is none. */
uint32_t ring_newest(const struct ring *r, unsigned level);
/* Forgets what is newer than a time in seconds: the clock was set back. */
int ring_forget_after(struct ring *r, uint64_t now);

/* The codes of n slots from `slot` on, n * channels; 0 where nothing is known.
 * 0 or a negative errno. */
int ring_read(struct ring *r, unsigned level, uint32_t slot, uint32_t n,
              uint8_t *codes);

#endif
