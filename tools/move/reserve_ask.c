/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the words by which an executor asks a target host to reserve. */
#include "tools/move/reserve_ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char seen_word[] = "seen=", dead_word[] = "dead=";

static int reserve_ask_word(struct reserve_ask *a, const char *word)
{
    bool dead = !strncmp(word, dead_word, sizeof dead_word - 1);

    if (!dead && strncmp(word, seen_word, sizeof seen_word - 1))
        return reservation_row_parse(word, &a->r.row[a->r.rows++]);
    if (reserve_seen_parse(word + sizeof seen_word - 1, &a->seen[a->seen_n]))
        return -EINVAL;
    a->seen[a->seen_n++].dead = dead;
    return 0;
}

int reserve_ask_parse(struct reserve_ask *a, char **word, size_t n)
{
    int rc = 0;

    *a = (struct reserve_ask){ .seen = NULL };
    if (n < 2 || n > 2 * RESERVATION_ROWS_MAX ||
        !reservation_name_ok(word[0]) || !reservation_name_ok(word[1]))
        return -EINVAL;
    a->r.row = calloc(n, sizeof *a->r.row);
    a->seen = calloc(n, sizeof *a->seen);
    if (!a->r.row || !a->seen)
        return -ENOMEM;
    snprintf(a->r.run, sizeof a->r.run, "%s", word[0]);
    snprintf(a->r.executor, sizeof a->r.executor, "%s", word[1]);
    for (size_t i = 2; i < n && !rc; i++)
        rc = reserve_ask_word(a, word[i]);
    return rc || a->r.rows > RESERVATION_ROWS_MAX ? -EINVAL : 0;
}

void reserve_ask_dispose(struct reserve_ask *a)
{
    reservation_dispose(&a->r);
    free(a->seen);
}
