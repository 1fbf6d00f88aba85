/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the word that is nearest to one: by the optimal string alignment
 * distance, which is Levenshtein's with two swapped letters as one mistake.
 */
#include "tools/base/near.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/text.h"

enum { NEAR_MOST = 64 }; /* longer words are not compared */

/* Without the zeros that lead a number, in small letters. Its length; more than
 * NEAR_MOST: it is too long. */
static unsigned near_plain(const char *word, char plain[NEAR_MOST + 1])
{
    unsigned n = 0;
    char last = '\0';

    for (; *word && n <= NEAR_MOST; word++) {
        bool zero = *word == '0' && !isdigit((unsigned char)last) &&
                    isdigit((unsigned char)word[1]);

        if (zero)
            continue; /* `last` stays: the next may be one more of them */
        if (n < NEAR_MOST)
            plain[n] = (char)tolower((unsigned char)*word);
        n++;
        last = *word;
    }
    plain[n < NEAR_MOST ? n : NEAR_MOST] = '\0';
    return n;
}

static unsigned near_least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned near_distance(const char *a, unsigned an, const char *b,
                              unsigned bn)
{
    unsigned rows[3][NEAR_MOST + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];

    for (unsigned k = 0; k <= bn; k++)
        last[k] = k;
    for (unsigned i = 1; i <= an; i++) {
        unsigned *next;

        now[0] = i;
        for (unsigned k = 1; k <= bn; k++) {
            now[k] = near_least(last[k] + 1, now[k - 1] + 1);
            now[k] = near_least(now[k], last[k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                now[k] = near_least(now[k], before[k - 2] + 1);
        }
        next = before;
        before = last;
        last = now;
        now = next;
    }
    return last[bn];
}

void near_init(struct near *n, const char *word)
{
    char plain[NEAR_MOST + 1];
    unsigned len = near_plain(word, plain);

    /* what is one letter long has nothing that could be right */
    *n = (struct near){ .word = word, .cost = len < 2 ? 1 : 2 + len / 4 };
}

void near_try(struct near *n, const char *candidate)
{
    char a[NEAR_MOST + 1], b[NEAR_MOST + 1];
    unsigned an = near_plain(n->word, a), bn = near_plain(candidate, b);
    unsigned cost = an > bn ? an - bn : bn - an;

    if (an > NEAR_MOST || bn > NEAR_MOST)
        return;
    if (an >= 3 && !strncmp(a, b, an))
        cost = near_least(cost, 1);
    else if (cost < n->cost)
        cost = near_distance(a, an, b, bn);
    if (cost >= n->cost)
        return;
    n->cost = cost;
    n->best = candidate;
}

char *near_hint(const struct near *n, const char *prefix, char buf[NEAR_HINT])
{
    char name[NEAR_MOST * 4 + 1];

    *buf = '\0';
    if (!n->best)
        return buf;
    text_printable(name, sizeof name, n->best, strlen(n->best));
    snprintf(buf, NEAR_HINT, "; did you mean %s%.100s?", prefix, name);
    return buf;
}
