/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Who is meant: which of the views a chassis id, and which of its ports a port
 * id stands for. A name alone never decides.
 */
#ifndef RACKHOP_TOPOLOGY_IDENTITY_H
#define RACKHOP_TOPOLOGY_IDENTITY_H

#include "topology/view.h"

struct ident; /* opaque */

/* Of views that stay where they are. NULL: out of memory. */
struct ident *ident_new(const struct topo_view *view, size_t n);
void ident_free(struct ident *id);

enum { IDENT_NONE = -1, IDENT_AMBIGUOUS = -2 };
/* The view that sent that row's frames, or one of the above. */
int ident_view(const struct ident *id, const struct topo_neighbor *n);
/* Tells of a row before ident_view() is asked: two chassis that claim one
 * view by name and address are both refused. -ENOMEM or 0. */
int ident_claim(struct ident *id, const struct topo_neighbor *n);
/*
 * The port of v that the row means; NULL: none that v lists. *listed: v lists
 * its ports, so NULL means something.
 */
const char *ident_port(const struct topo_view *v,
                       const struct topo_neighbor *n, bool *listed);
/* "tor1" for "tor1" and for "tor1.example.net" */
bool ident_same_name(const char *name, const char *sysname);
/* A guest's end: vif3.0, tap3.0, .. */
bool ident_guest_port(const char *port);

#endif
