/* SPDX-License-Identifier: LGPL-2.1-only */
/* What `ip -j link show dev PORT` says of a VF of that port. */
#ifndef RACKHOP_DOC_VFINFO_H
#define RACKHOP_DOC_VFINFO_H

#include <stddef.h>

#include "tools/base/msg.h"

struct vfinfo {
    char mac[18];
    unsigned vlan; /* 0: none */
};

/* 0, or a negative errno and a sentence: the text is none of ip's, or it has
 * no such VF. */
int vfinfo_parse(const char *text, size_t len, unsigned vf,
                 struct vfinfo *info, struct msg *err);

#endif
