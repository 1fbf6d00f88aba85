/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Cabling plans: the cables that an administrator declares, read from DOT.
 *
 * The form is PTM's (prescriptive topology manager): "node":"port" --
 * "node":"port". Of the attributes, `mbps` of a cable and `kind` (host,
 * switch, segment) of a node are understood, others are passed over. A cable
 * that cannot be is left out with a note.
 */
#ifndef RACKHOP_TOPOLOGY_CABLING_H
#define RACKHOP_TOPOLOGY_CABLING_H

#include "tools/base/msg.h"
#include "topology/topology.h"

struct topo_cable {
    char *a, *a_port, *b, *b_port; /* ports may be NULL */
    int64_t mbps;
    unsigned line;
};
struct topo_cabling_node {
    char *name;
    enum topo_kind kind;
};
/* A cable that is left out: a loop, or one at a port that has another. */
struct topo_cabling_note {
    bool loop;
    char *node, *port; /* port may be NULL */
    unsigned line;
};
struct topo_cabling_port; /* cabling.c */
struct topo_cabling {
    struct topo_cable *cable;
    size_t cables, cable_room;
    struct topo_cabling_node *node; /* those with a kind */
    size_t nodes, node_room;
    struct topo_cabling_note *note;
    size_t notes, note_room;
    struct topo_cabling_port *port; /* those of the cables */
};
/* Adds what the text declares, or nothing when it returns a negative errno:
 * then the message is "NAME:LINE: reason". */
int topo_dot_parse(struct topo_cabling *p, const char *name, const char *text,
                   size_t len, struct msg *err);
void topo_cabling_dispose(struct topo_cabling *p);

#endif
