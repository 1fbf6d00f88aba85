/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the attribute lists of a text in the DOT language. */
#ifndef RACKHOP_TOPOLOGY_DOT_ATTRS_H
#define RACKHOP_TOPOLOGY_DOT_ATTRS_H

#include "topology/cabling_impl.h"
#include "topology/dot_lexer.h"

/* The attributes of a statement that mean something. */
struct dot_attrs {
    int64_t mbps;
    char *a_port, *b_port; /* taillabel, headlabel: in what rackhop wrote */
    int kind;              /* -1: not said */
};

/* Reads [ name=value, .. ], once or more, from where the lexer stands. NULL,
 * or why not. */
const char *dot_read_attrs(struct dot_lexer *l, struct dot_attrs *a);
void dot_attrs_free(struct dot_attrs *a);
/* A clean copy of a word. */
char *dot_text(const char *s);

#endif
