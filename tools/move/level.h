/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The CPU level of this host: kept in its store, and given to the guests that
 * are created on it.
 */
#ifndef RACKHOP_MOVE_LEVEL_H
#define RACKHOP_MOVE_LEVEL_H

#include "tools/base/msg.h"
#include "tools/doc/level_kept.h"

/* What a record is of: of this host, or (on the host where levels are set) of
 * all hosts with CPUs of a vendor. */
#define LEVEL_HERE "here"

/* Writes a record, in the format of level_kept.h; NULL: there is none from now
 * on. 0, or a negative errno and a sentence. */
int level_keep(const char *statedir, const char *of, const char *text,
               struct msg *err);
/* 1: there is one; 0: there is none; or a negative errno and a sentence.
 * Dispose of it either way. */
int level_kept(const char *statedir, const char *of, struct level_kept *k,
               struct msg *err);

/*
 * What `xl create` is to be given for this configuration, whose text is
 * followed by the settings of its command line. The line is to be freed; NULL:
 * the guest has a line of its own, and no `force`, or it is no guest. What
 * was decided is a sentence in *said.
 */
char *level_for_guest(const struct level_kept *k, const char *text, size_t len,
                      bool force, struct msg *said);

#endif
