/* SPDX-License-Identifier: LGPL-2.1-only */
/* The settling of one move, shared by recover.c and the words for it. */
#ifndef RACKHOP_MOVE_RECOVER_IMPL_H
#define RACKHOP_MOVE_RECOVER_IMPL_H

#include "tools/base/msg.h"
#include "tools/move/recover.h"

struct settling {
    struct recover *r;
    struct records m;
    struct ho ho;
    struct xlx_copy copy; /* the one that the record speaks of */
    enum ho_boot boot;
    bool here_fits, there_fits; /* the words that would end it (--resume,
                                   --drop), where the boot can't be told */
    bool given_up;              /* the administrator decided */
    bool left;      /* a copy would not go: it is for the next time */
    bool peer_open; /* the other host was asked, and has not decided yet */
    char copy_text[1100]; /* what became of this host's copy, when that is
                            worth saying */
    struct msg cause;     /* why something could not be done */
};

/* recover_text.c: fill in s->r->text for the end of the move that this host
 * was. */
void recover_text_source(struct settling *s);
void recover_text_target(struct settling *s);

#endif
