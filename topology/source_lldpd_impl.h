/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads this host's lldpd in two parts:
 *
 *   source_lldpd.c        the connection, its deadlines, watching
 *   source_lldpd_atoms.c  from liblldpctl's atoms to a view
 */
#ifndef RACKHOP_TOPOLOGY_SOURCE_LLDPD_IMPL_H
#define RACKHOP_TOPOLOGY_SOURCE_LLDPD_IMPL_H

#include <lldpctl.h>

#include "topology/view.h"

/* Adds who the host is and what its ports hear. An error other than
 * LLDPCTL_NO_ERROR: what was added is not all of it. */
lldpctl_error_t lldpd_atoms_to_view(struct topo_view *v, lldpctl_conn_t *conn);

#endif
