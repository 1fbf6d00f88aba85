/* SPDX-License-Identifier: LGPL-2.1-only */
/* The steps by which report.c makes a report. */
#ifndef RACKHOP_DOC_REPORT_IMPL_H
#define RACKHOP_DOC_REPORT_IMPL_H

#include "tools/base/names.h"
#include "tools/doc/report.h"

/* report_trouble.c: these return 0 or -ENOMEM. `name` may be NULL. */
int report_trouble(struct report *r, const char *what, const char *name,
                   const char *text);
/* What a plan says of itself: guests that stay, remarks, limits. */
int report_trouble_of_plan(struct report *r, const struct json *plan);
/* Moves that failed, are in doubt, or were not made. */
int report_trouble_of_moves(struct report *r);

/* Numbers the hosts of its moves. 0 or -ENOMEM; t is the caller's to dispose of
 * in any case. */
int report_hosts(const struct report *r, struct names *t);
/* report_links.c: the use of links, by the map or by the hosts' ports. */
int report_links(struct report *r, const struct snapshot *s);
/* report_chain.c */
/* The moves, each waiting for the one before it, that end last. */
int report_chain(struct report *r);

#endif
