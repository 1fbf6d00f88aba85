/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the node and the port that a neighbour is, by its chassis ID and port
 * ID. A name alone never decides.
 */
#ifndef RACKHOP_TOPOLOGY_IDENTITY_H
#define RACKHOP_TOPOLOGY_IDENTITY_H

#include "topology/identity_words.h"

struct ident; /* opaque */

/* Of views that stay where they are. NULL: out of memory. */
struct ident *ident_new(const struct topo_view *view, size_t n);
void ident_free(struct ident *id);

enum { IDENT_NONE = -1, IDENT_AMBIGUOUS = -2 };
/* The view of the node that the neighbour is, or one of the above. */
int ident_view(const struct ident *id, const struct topo_neighbor *n);
/* Notes a neighbour. All have to be noted before ident_view() is asked: when
 * two chassis claim one view by name and address, neither is believed. 0 or
 * -ENOMEM. */
int ident_claim(struct ident *id, const struct topo_neighbor *n);
/*
 * The port of a view that the neighbour's port ID stands for. NULL: it lists
 * no such port, or, when *listed is false, it lists no ports at all.
 */
const char *ident_port(const struct ident *id, uint32_t view,
                       const struct topo_neighbor *n, bool *listed);
/* The view of that number, and the words of its ports; for ident_port(). */
const struct port_words *ident_words(const struct ident *id, uint32_t view,
                                     const struct topo_view **view_r);
/* Whether the neighbour has a chassis ID: an empty one is none, nor are six
 * octets of zero. */
bool ident_has_chassis(const struct topo_neighbor *n);
/* Whether its chassis ID may be that of many devices: it names an interface or
 * a component (subtypes 2, 3 and 6 that are no address), or is what stands
 * where none was set. */
bool ident_chassis_is_weak(const struct topo_neighbor *n);
/* Whether the port ID is the chassis ID, and so that of all its ports. */
bool ident_port_is_chassis(const struct topo_neighbor *n);
/* Whether the system name is the name, with or without a domain behind it. */
bool ident_same_name(const char *name, const char *sysname);
/* Whether the port leads to a guest: vif3.0, tap3.0, .. */
bool ident_guest_port(const char *port);

#endif
