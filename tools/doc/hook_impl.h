/* SPDX-License-Identifier: LGPL-2.1-only */
/* The members that a hook's record and its lines have in common. */
#ifndef RACKHOP_DOC_HOOK_IMPL_H
#define RACKHOP_DOC_HOOK_IMPL_H

#include "tools/doc/hook.h"

/* Into an open object: what both tell. */
void hook_members_write(struct json_out *o, const struct hook_record *r);
/* 0, or -EINVAL: something of it is missing, or cannot be. */
int hook_members_read(struct hook_record *r, const struct json *v);

#endif
