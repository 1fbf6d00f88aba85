/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Cuts the lanes of a wire_move at random moments and in all ways: a reset, the
 * end of one direction, nothing that passes for a while and then a reset, and,
 * if it is wished, for so long that the ends have to notice by themselves.
 */
#ifndef TESTS_WIRE_CUTS_H
#define TESTS_WIRE_CUTS_H

#include <stdint.h>

#include "tests/lib/wire_move.h"

enum cut_kind { CUT_RESET, CUT_HALF, CUT_DUMB, CUT_SILENT, CUT_KINDS };

struct wire_cuts {
    /* the caller fills in */
    uint64_t seed;
    uint64_t mean;    /* bytes that pass between two cuts */
    unsigned silence; /* of so many cuts one is CUT_SILENT; 0: none */
    /* filled in; goes on over moves */
    unsigned cuts[CUT_KINDS];
    uint64_t resent; /* bytes */
    unsigned moves;
    uint64_t worst; /* most bytes that one move sent again, for each cut */
    uint64_t wrong; /* pages */
    /* private */
    struct relay relay;
    uint64_t next;
};

unsigned wire_cuts_all(const struct wire_cuts *c);
/* A guest of so many pages is moved over so many lanes, which are cut. 0, or
 * -1: it failed, and why is in m->why. */
int wire_cuts_move(struct wire_cuts *c, struct wire_move *m, uint64_t pages,
                   unsigned lanes);

#endif
