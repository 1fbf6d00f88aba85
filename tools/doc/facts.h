/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-facts/1: what one node says of itself. This is the part about cables
 * (node, ports, neighbors); the host's and its domains' part stands in
 * the snapshot's code, in the same document.
 */
#ifndef RACKHOP_DOC_FACTS_H
#define RACKHOP_DOC_FACTS_H

#include "tools/doc/json.h"
#include "topology/view.h"
#include "tools/base/msg.h"

/*
 * Fills an initialised view from the document's root. 0, or a negative errno
 * and "NAME:LINE: reason". What was filled is to be disposed of either way.
 */
int facts_read_view(struct topo_view *v, const char *name,
                    const struct json *root, struct msg *err);
/* The same from text: checks the format first. */
int facts_parse_view(struct topo_view *v, const char *name, const void *text,
                     size_t len, struct msg *err);
/* Members of the document, inside an object that the caller opened. */
void facts_write_view(struct json_out *o, const struct topo_view *v);

#endif
