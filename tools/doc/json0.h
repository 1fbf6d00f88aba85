/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What `lldpcli -f json0 show neighbors details` printed. A neighbour's name
 * can make it invalid JSON, so it is repaired before it is parsed.
 */
#ifndef RACKHOP_DOC_JSON0_H
#define RACKHOP_DOC_JSON0_H

#include "topology/view.h"
#include "tools/base/msg.h"

/*
 * Adds the neighbours to a view and marks its table as read. 0, or a negative
 * errno and "NAME:LINE: reason".
 */
int json0_parse(struct topo_view *v, const char *name, const void *text,
                size_t len, struct msg *err);
/* The chassis of `lldpcli -f json0 show chassis`: id, name, first address. */
int json0_parse_chassis(struct topo_view *v, const char *name,
                        const void *text, size_t len, struct msg *err);

#endif
