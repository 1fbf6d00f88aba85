/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the words by which an executor asks a target host to reserve. */
#ifndef RACKHOP_MOVE_RESERVE_ASK_H
#define RACKHOP_MOVE_RESERVE_ASK_H

#include "tools/move/reserve.h"

struct reserve_ask {
    struct reservation r;
    struct reserve_seen *seen; /* of other runs, when this one looked */
    size_t seen_n;
};

/*
 * n words: the run, the executor's host, then rows (reservation_row_parse()),
 * seen=RUN@STAMP, and dead=RUN@STAMP of a run whose executor is gone. 0,
 * -EINVAL or -ENOMEM; to be disposed of either way.
 */
int reserve_ask_parse(struct reserve_ask *a, char **word, size_t n);
void reserve_ask_dispose(struct reserve_ask *a);

#endif
