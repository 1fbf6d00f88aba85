/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-home/1: where a guest belongs that a run has moved away, as the
 * store keeps it; and a list of these. A text that cannot be such a record is
 * refused: plans would act on it.
 */
#ifndef RACKHOP_DOC_HOME_H
#define RACKHOP_DOC_HOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/base/uuid.h"
#include "tools/doc/json.h"

enum { HOME_WORD_SIZE = 256 };

struct home {
    char uuid[UUID_TEXT + 1], name[256]; /* of the guest */
    char host[HOME_WORD_SIZE];           /* where it belongs */
    /* The hosts of the last move that a run was about to make. A guest that
     * is on none of the three was moved by somebody else. */
    char from[HOME_WORD_SIZE], to[HOME_WORD_SIZE];
    char run[41];   /* the run of that move */
    char since[32]; /* UTC: when it was first moved away */
    /* when all hosts had answered and none had the guest, in seconds since
     * 1970; 0: it was seen since */
    int64_t missed_s;
    /* not part of the text */
    uint64_t rev; /* of its key */
    bool busy;    /* its run has not ended: the record is that run's */
};

struct homes {
    struct home *home; /* by uuid */
    size_t n, room;
};

/* May a run of this host have left the guest on that host? */
bool home_knows(const struct home *h, const char *host);
/* The same, and the host is not its home. */
bool home_is_away(const struct home *h, const char *host);

/* To be freed; NULL: no memory. */
char *home_format(const struct home *h);
/* 0; or -EINVAL, -ENOMEM and a sentence in err. uuid: by which it is kept. */
int home_parse(struct home *h, const char *uuid, const char *text, size_t len,
               struct msg *err);
/* A record as an element of `rackhop home --list --json`; at: the host that
 * the guest is on, or NULL when none has it. */
void home_write(struct json_out *o, const struct home *h, const char *at);

/* Appends the next by uuid; 0 or -ENOMEM. */
int homes_add(struct homes *l, const struct home *h);
/* NULL: it is at home, as far as is known, and when l is NULL. */
const struct home *homes_find(const struct homes *l, const char *uuid);
void homes_dispose(struct homes *l);

#endif
