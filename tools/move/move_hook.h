/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Programs of the administrator's that are run on the source host before and
 * after a move that a person asked for: hooks_dir/before-move, which may refuse
 * it, and hooks_dir/after-move, which may tell somebody. A move of a run has
 * none: its run has its own (run/run_hook.h).
 */
#ifndef RACKHOP_MOVE_MOVE_HOOK_H
#define RACKHOP_MOVE_MOVE_HOOK_H

#include <stdint.h>

#include "tools/remote/program.h"

struct move_hook {
    const char *dir; /* NULL: there are none */
    const char *guest, *uuid, *from, *to;
    int64_t memory_mib;
    int code; /* of a move that has ended; < 0: it has not begun */
};

/* 0, or a negative errno and a sentence: the move is refused. */
int move_hook_before(const struct move_hook *h,
                     const struct program_stop *stop, struct msg *err);
/* The same of one that has ended; signals wait. */
int move_hook_after(const struct move_hook *h, struct msg *err);

#endif
