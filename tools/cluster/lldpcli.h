/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads a Linux switch by ssh: the shell script that prints its LLDP table,
 * its own identity and its ports, and the parser of what that prints.
 */
#ifndef RACKHOP_CLUSTER_LLDPCLI_H
#define RACKHOP_CLUSTER_LLDPCLI_H

#include "tools/base/msg.h"
#include "topology/source.h"

extern const char lldpcli_script[];

/* Puts the script's output into a view; cuts the text up. 0, or a negative
 * errno and a sentence in err. */
int lldpcli_parse(struct topo_view *w, char *text, struct msg *err);

#endif
