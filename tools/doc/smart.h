/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what `smartctl -j -H -A` and `ipmitool dcmi power reading` print. */
#ifndef RACKHOP_DOC_SMART_H
#define RACKHOP_DOC_SMART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct smart {
    bool failing; /* it says so itself, or is beyond its spare blocks */
    int64_t bad;  /* sectors moved or to be moved, media errors */
};

/* 0; -ENODATA: it tells nothing of a disk's health; -EINVAL: it is no JSON of
 * smartctl. */
int smart_parse(struct smart *s, const char *text, size_t len);
/* The watts of the moment; < 0: it tells none. */
double dcmi_parse(const char *text);

#endif
