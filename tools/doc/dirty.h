/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes a guest's dirtying curve, as `rackhop dirty --json` shows it. */
#ifndef RACKHOP_DOC_DIRTY_H
#define RACKHOP_DOC_DIRTY_H

#include "libxl-ext/dirty.h"
#include "libxl-ext/migrate.h"
#include "tools/doc/json.h"

/* wire_first: bytes on the wire for each byte of its memory; 0: not known. */
void dirty_write(struct json_out *o, const struct xlx_domain *d,
                 const struct xlx_dirty *c, double wire_first);

#endif
