/* SPDX-License-Identifier: LGPL-2.1-only */
/* The folder of samples: samples/UUID.ring for each guest that was here, and
 * samples/host.ring, below the state directory. */
#ifndef RACKHOP_SERIES_FILES_H
#define RACKHOP_SERIES_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/series/metric.h"

enum {
    SERIES_PATH = 512,
    SERIES_FILES = 128, /* of guests that are gone, those beyond are removed */
};

/* The file of a guest; uuid NULL: that of the host. -ENAMETOOLONG or 0. */
int series_path(char path[SERIES_PATH], const char *statedir,
                const char *uuid);
/* Makes the folder, for root alone, and takes its lock: two that write would
 * spoil each other's. A descriptor, which has the lock until it is closed;
 * -EAGAIN: another has it; or another negative errno. */
int series_lock(const char *statedir);
/* The file with the samples of a guest, by its UUID or by its name: the one
 * written last of several. 0 and its UUID; -ENOENT: there is none. */
int series_find(const char *statedir, const char *guest, char uuid[40]);
/* Removes the oldest files while there are too many; none that was written in
 * the last hour before `now`. And files of another version that were set aside,
 * 60 days after they were written last. */
void series_prune(const char *statedir, int64_t now);

#endif
