/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads this host's lldpd in four parts. liblldpctl takes lldpd's structures as
 * they come and does not stand hostile ones, so a process of its own uses it:
 *
 *   source_lldpd.c         connects, starts that process and hears it
 *   lldpd_reader.c         that process: it asks lldpd and tells what it read
 *   source_lldpd_atoms.c   there: from liblldpctl's atoms to a view
 *   lldpd_table.c          what it tells: written there, read here
 */
#ifndef RACKHOP_TOPOLOGY_SOURCE_LLDPD_IMPL_H
#define RACKHOP_TOPOLOGY_SOURCE_LLDPD_IMPL_H

#include <lldpctl.h>

#include "tools/base/msg.h"
#include "topology/view.h"

enum {
    LLDPD_ANSWER_MS = 5000, /* for one answer */
    LLDPD_ALL_MS = 20000,   /* for all of a read: a host may have many
                             * interfaces */
};

/* The words of the two processes. */
#define LLDPD_READER   "lldpd-reader" /* arguments: this, and one of these */
#define LLDPD_READ     "read"
#define LLDPD_WATCH    "watch"
#define LLDPD_WATCHING "watching\n" /* the reader's answers to "watch" */
#define LLDPD_CHANGED  "changed\n"
#define LLDPD_LATE     "no answer in time"

/* Reads what the lldpd at the other end of a socket knows, in this process: for
 * the reader and for a fuzz target alone. 0, or a negative errno and a reason;
 * the view has no table then. The socket does not block, and stays open. */
int lldpd_read_here(struct topo_view *v, int fd, struct msg *why);
/* Adds who the host is and what its ports hear. An error other than
 * LLDPCTL_NO_ERROR: what was added is not all of it. */
lldpctl_error_t lldpd_atoms_to_view(struct topo_view *v, lldpctl_conn_t *conn);

#endif
