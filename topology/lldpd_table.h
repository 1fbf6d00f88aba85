/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What lldpd's reader (lldpd_reader.c) tells of a view: lines of text.
 *
 *     chassis mac 02:00:00:00:00:01       of the node
 *     sysname r1h1
 *     neighbor eth0                       from here on of this neighbour
 *     chassis mac 02:00:00:00:00:02
 *     port ifname swp1
 *     ttl 120
 *     whole                               the last line
 *
 * Or "failed REASON" instead of all of it. What can be told is a row of a table
 * in lldpd_table.c.
 */
#ifndef RACKHOP_TOPOLOGY_LLDPD_TABLE_H
#define RACKHOP_TOPOLOGY_LLDPD_TABLE_H

#include <stdio.h>

#include "tools/base/msg.h"
#include "topology/view.h"

enum { LLDPD_TABLE_MAX = 32 << 20 /* bytes: as much as a view holds */ };

/* Writes who the node is and what its ports hear. */
void lldpd_table_write(FILE *f, const struct topo_view *v);
/*
 * Adds it to a view. The text may be anything: 0, or -EBADMSG and why it is
 * not believed, or -EREMOTEIO and the reader's own reason. The view has a part
 * of it then.
 */
int lldpd_table_parse(struct topo_view *v, const char *text, size_t len,
                      struct msg *why);

#endif
