/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads a guest's configuration from a file, for xl's -C. xl.cfg is xl's own
 * language, which only xl reads in full, so xl is asked to read it and to
 * print libxl's JSON. A file that is JSON already is taken as it is.
 */
#ifndef RACKHOP_MOVE_XLCONFIG_H
#define RACKHOP_MOVE_XLCONFIG_H

#include <stddef.h>

#include "tools/base/msg.h"

/* The JSON, to be freed; NULL and one sentence in err. */
char *xlconfig_read(const char *path, struct msg *err);

#endif
