/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The lease: which of several rackhopd may look after the cluster. It is one
 * key of the store, lease/loops, which its holder writes again and again. Who
 * sees for LEASE_MS, by a clock of its own, that nobody writes it may take it;
 * no two clocks are ever compared. Revisions are the fence: who has lost the
 * lease without knowing is refused at its next write. Get and compare-and-swap
 * are all that is asked of the store.
 */
#ifndef RACKHOP_DAEMON_LEASE_H
#define RACKHOP_DAEMON_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/boot.h"
#include "tools/store/store.h"

enum { LEASE_MS = 60000 };

enum lease_answer {
    LEASE_RENEW, /* it is mine: write it again */
    LEASE_TAKE,  /* nobody has it, or nobody any more */
    LEASE_WAIT,  /* another has it */
};

/* What is seen of it. */
struct lease_sight {
    bool there;
    bool mine;
    bool dead; /* its holder was a process of this boot, and ended */
    int64_t unchanged_ms; /* as long as this process has been looking */
};
enum lease_answer lease_judge(const struct lease_sight *s);

struct lease {
    char host[65], boot[BOOT_ID];
    uint64_t token; /* of this process */
    uint64_t rev;   /* of the key when it was written; 0: it is not mine */
    uint64_t seen;  /* another's, and since when */
    int64_t seen_ms;
    char holder[65]; /* the host whose process has it */
};

void lease_init(struct lease *l);
/*
 * Takes or renews it. 0: it is mine, and stays so for LEASE_MS; -EBUSY: another
 * has it, named in err; or another negative errno and a sentence.
 */
int lease_keep(struct lease *l, struct store *s, int64_t now_ms,
               struct msg *err);
/* Gives it back, so that another need not wait. */
void lease_drop(struct lease *l, struct store *s);

#endif
