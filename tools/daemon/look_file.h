/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The bytes of a record of a look: a line, "rackhop-lookback/1 zstd " and the
 * length of the text, and then the text, compressed. Records of an older rackhop
 * are the text itself.
 */
#ifndef RACKHOP_DAEMON_LOOK_FILE_H
#define RACKHOP_DAEMON_LOOK_FILE_H

#include <stddef.h>

#include "tools/base/msg.h"

/* To be freed; NULL: no memory. */
char *look_file_pack(const char *text, size_t len, size_t *n_r);
/* The text, with a NUL behind it, to be freed: of any bytes. 0; -EINVAL: they are
 * none, with a sentence; or -ENOMEM. */
int look_file_unpack(const char *bytes, size_t n, char **text_r, size_t *len_r,
                     struct msg *err);

#endif
