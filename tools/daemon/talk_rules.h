/* SPDX-License-Identifier: LGPL-2.1-only */
/* The rules of nft(8) by which what guests send each other is counted, and the
 * commands that read and remove them. */
#ifndef RACKHOP_DAEMON_TALK_RULES_H
#define RACKHOP_DAEMON_TALK_RULES_H

#include "tools/daemon/talk_loud.h"
#include "tools/daemon/talk_vifs.h"

#define TALK_TABLE "bridge rackhop_talks"
/* Of a table that may not be there. */
#define TALK_REMOVE "add table " TALK_TABLE "; delete table " TALK_TABLE
#define TALK_LIST   "list set " TALK_TABLE " pairs"

/* Their text: the table is made anew at once, whatever was there. To be freed;
 * NULL: no memory. */
char *talk_rules(const struct talk_vifs *v, const struct talk_loud *loud,
                 size_t *len_r);

#endif
