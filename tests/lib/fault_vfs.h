/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A disk that fails when it is told to, under SQLite: a VFS over the real
 * one that counts what changes files and spoils the n-th such operation. It
 * also keeps a shadow of each file, which has what was synced and no more,
 * and from it makes what the disk may hold after a power cut. Both are files,
 * so that they outlive a process that is killed.
 */
#ifndef TESTS_FAULT_VFS_H
#define TESTS_FAULT_VFS_H

#include <stdbool.h>

enum fault {
    FAULT_EIO,    /* not done */
    FAULT_ENOSPC, /* not done */
    FAULT_TORN,   /* a write: half of it, then EIO; others as FAULT_EIO */
    FAULT_LATE,   /* done, but EIO is reported */
    FAULT_KILL,   /* the process is gone before it is done */
    FAULT_MAX
};
const char *fault_name(enum fault f);

/* Makes it SQLite's default; files in dir have a shadow in the folder shadow,
 * empty at first. One dir at a time: call again for the next one. */
void fault_vfs_install(const char *dir, const char *shadow);

/* The n-th operation from here on fails once; 0: none. */
void fault_vfs_arm(unsigned n, enum fault f);
bool fault_vfs_fired(void);

/*
 * Fills the folder "to" with what the disk may hold of the watched one when
 * power is cut now. seed 0: of each file only what was synced; 1: all
 * that was written; 2: the first half of what was not synced; others: some
 * sectors of it.
 */
void fault_vfs_power_cut(const char *to, unsigned seed);

#endif
