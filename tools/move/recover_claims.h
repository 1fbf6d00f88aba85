/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tells of devices that this host keeps for guests whose moves nobody has ended:
 * their source host does that, unless it is lost.
 */
#ifndef RACKHOP_MOVE_RECOVER_CLAIMS_H
#define RACKHOP_MOVE_RECOVER_CLAIMS_H

#include "libxl-ext/domain.h"
#include "tools/store/store.h"

struct recover_claims {
    struct xlx *x;
    struct store *store;
    const char *uuid; /* of the guest that is meant; NULL: of all */
    void (*told)(void *arg, const char *text);
    void *arg;
};

/* How many guests that is. A guest that is just being moved is none of them. 0
 * or more, or a negative errno and a sentence: a claim can't be read. */
int recover_claims(struct recover_claims *c, struct msg *err);

#endif
