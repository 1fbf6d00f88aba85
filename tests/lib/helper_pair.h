/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Two save helpers on two fakexens: one saves, the other restores, and the
 * test is the wire between them, which may cut and spoil.
 */
#ifndef TESTS_HELPER_PAIR_H
#define TESTS_HELPER_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/lib/helper_end.h"

#define PAIR_TAIL "libxl's own bytes follow"

enum { PAIR_WHOLE = -1 };

/* What is done to one move; of bytes that pass, PAIR_WHOLE: to none. */
struct pair_plan {
    const char *helper;   /* the program of both */
    const char *codec[2]; /* by enum helper_side */
    const char *policy;
    bool debug;
    bool arm;                 /* the restore is an armed one */
    enum helper_tail tail[2]; /* by enum helper_side */
    int64_t cut;              /* so many bytes pass */
    int64_t change;           /* this byte is changed */
    int64_t term;             /* the save is ended by SIGTERM after so many */
    uint64_t rate;            /* bytes/s that pass; 0: no limit */
    bool open; /* the wire stays so when the restore has ended */
};

struct helper_pair {
    struct fakexen *x[2];
    int fd[2];
    /* filled in by the move */
    struct helper_end end[2];
    uint64_t bytes; /* that passed */
    bool tail;      /* what libxl writes behind the stream was not read */
};

/* Both domains have so many pages; the source's are to be filled in. */
void helper_pair_init(struct helper_pair *p, uint64_t pages);
void helper_pair_dispose(struct helper_pair *p);
/* The whole move. */
void helper_pair_run(struct helper_pair *p, const struct pair_plan *plan);

#endif
