/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop-resized/1: what memory a guest had before rackhop changed that. */
#ifndef RACKHOP_DOC_RESIZED_H
#define RACKHOP_DOC_RESIZED_H

#include "tools/base/msg.h"
#include "tools/doc/json.h"

struct resized {
    char uuid[40], name[256];
    char by[65];              /* who wanted it: "rackhopd", or "hand" */
    int64_t from_mib, to_mib; /* before the first change, and now */
    double at_s;              /* since 1970, of the last change */
};

/* To be freed; NULL: no memory. */
char *resized_format(const struct resized *r);
void resized_write(struct json_out *o, const struct resized *r);
/* 0; -EINVAL: it is none; or -ENOMEM. */
int resized_parse(struct resized *r, const char *text, size_t len);

#endif
