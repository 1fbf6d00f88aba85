/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as what is reserved on a host: as the record in its store, and, a
 * word a line, as what an executor on another host asks for. What was taken is
 * written, and read again as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/move/reserve_ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum reservation_guest away(void *arg, const char *uuid)
{
    return GUEST_AWAY;
}

static void again(const struct reservation *r)
{
    struct reservation same;
    char *text = reservation_format(r), *twice;

    if (!text || reservation_parse(text, &same) || same.rows != r->rows)
        abort();
    twice = reservation_format(&same);
    if (!twice || strcmp(text, twice) != 0 ||
        reservation_need_mib(r, away, NULL) !=
            reservation_need_mib(&same, away, NULL))
        abort();
    reservation_dispose(&same);
    free(text);
    free(twice);
}

static void recorded(const char *text)
{
    struct reservation r;

    if (reservation_parse(text, &r))
        return;
    again(&r);
    reservation_dispose(&r);
}

/* As a word it is the same row, but for a part of a megabyte a second. */
static void row_again(const struct reservation_row *row)
{
    struct reservation_row same;
    char word[160];

    reservation_row_format(row, word, sizeof word);
    if (reservation_row_parse(word, &same) || same.mib != row->mib ||
        strcmp(same.uuid, row->uuid) != 0 ||
        strcmp(same.from, row->from) != 0 || same.mbps > row->mbps + 0.5 ||
        same.mbps < row->mbps - 0.5)
        abort();
}

static void asked(char *text)
{
    enum { WORDS = 64 };
    char *word[WORDS], *save;
    struct reserve_ask a;
    size_t n = 0;

    for (char *w = strtok_r(text, "\n", &save); w && n < WORDS;
         w = strtok_r(NULL, "\n", &save))
        word[n++] = w;
    if (!reserve_ask_parse(&a, word, n)) {
        again(&a.r);
        for (size_t i = 0; i < a.r.rows; i++)
            row_again(&a.r.row[i]);
        for (size_t i = 0; i < a.seen_n; i++)
            if (!*a.seen[i].run ||
                !memchr(a.seen[i].run, 0, sizeof a.seen[i].run))
                abort();
    }
    reserve_ask_dispose(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    recorded(text);
    asked(text);
    free(text);
    return 0;
}
