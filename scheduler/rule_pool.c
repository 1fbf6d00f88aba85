/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The rule on CPU pools: the host has the guest's pool, with the scheduler that
 * its weight and cap are of, and with one CPU at least of each set to which
 * the guest's configuration pins it. libxl sets all that on the target host,
 * and fails the restore otherwise.
 *
 * A host offers words "SCHEDULER CPUS NAME", one a pool. A guest needs one
 * word "SCHEDULER NAME" and words "=CPUS". "?" is what is not known, an empty
 * name the host's first pool.
 */
#include "scheduler/rule_impl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POOL_SCHED = 32 };
static const char first_pool[] = "Pool-0";

/* --- sets of CPUs --------------------------------------------------------- */

/* Reads "3" or "0-3" of a list such as "0-3,8". The rest of the list; NULL:
 * that was none. */
static const char *cpus_range(const char *s, unsigned long *from,
                              unsigned long *to)
{
    char *end;

    if (!isdigit((unsigned char)*s))
        return NULL;
    *from = *to = strtoul(s, &end, 10);
    if (*end == '-') {
        if (!isdigit((unsigned char)end[1]))
            return NULL;
        *to = strtoul(end + 1, &end, 10);
    }
    return *end == ',' ? end + 1 : *end ? NULL : end;
}

/* What can't be read is not known, and then they meet. */
static bool cpus_meet(const char *a, const char *b)
{
    unsigned long from, to, first, last;

    while (*a) {
        a = cpus_range(a, &from, &to);
        if (!a)
            return true;
        for (const char *s = b; *s;) {
            s = cpus_range(s, &first, &last);
            if (!s || (first <= to && from <= last))
                return true;
        }
    }
    return false;
}

/* --- words ------------------------------------------------------------------ */

struct pool {
    char sched[POOL_SCHED];
    const char *cpus; /* ends at a space */
    size_t cpus_len;
    const char *name;
};

/* The word of a set at position i; NULL: there are no more. */
static const char *pool_word(const struct rule_case *q, uint32_t set,
                             uint32_t i)
{
    const struct intern_entry *e = q->c->wordset.entry[set];
    const uint32_t *id = (const void *)e->key;

    return i < e->len / 4 ? intern_get(&q->c->word, id[i]) : NULL;
}

/* "SCHEDULER NAME", or with_cpus "SCHEDULER CPUS NAME". */
static bool pool_read(const char *word, bool with_cpus, struct pool *p)
{
    size_t n = strcspn(word, " ");

    if (!word[n] || n >= sizeof p->sched)
        return false;
    memcpy(p->sched, word, n);
    p->sched[n] = '\0';
    p->cpus = word + n + 1;
    p->cpus_len = with_cpus ? strcspn(p->cpus, " ") : 0;
    p->name = p->cpus + p->cpus_len;
    if (with_cpus && *p->name++ != ' ')
        return false;
    return true;
}

static bool pool_wanted(const struct rule_case *q, struct pool *want)
{
    const char *word;

    for (uint32_t i = 0; (word = pool_word(q, q->needs->cpupool, i)); i++)
        if (*word != '=' && pool_read(word, false, want))
            return true;
    return false;
}

static bool pool_find(const struct rule_case *q, const char *name,
                      struct pool *have)
{
    const char *word;

    for (uint32_t i = 0; (word = pool_word(q, q->offers->cpupools, i)); i++)
        if (pool_read(word, true, have) && !strcmp(have->name, name))
            return true;
    return false;
}

/* A set of the guest of which the pool has no CPU; NULL: there is none. */
static const char *pool_lacks(const struct rule_case *q,
                              const struct pool *have)
{
    char cpus[1024];
    const char *word;

    if (have->cpus_len >= sizeof cpus || *have->cpus == '?')
        return NULL;
    memcpy(cpus, have->cpus, have->cpus_len);
    cpus[have->cpus_len] = '\0';
    for (uint32_t i = 0; (word = pool_word(q, q->needs->cpupool, i)); i++)
        if (*word == '=' && !cpus_meet(word + 1, cpus))
            return word + 1;
    return NULL;
}

/* --- the rule --------------------------------------------------------------- */

/* true: it forbids. The reason goes into text, unless that is NULL. */
static bool pool_forbids(const struct rule_case *q, char *text, size_t len)
{
    struct pool want, have;
    const char *name, *cpus;

    if (q->needs->cpupool == NONE || q->offers->cpupools == NONE ||
        !pool_wanted(q, &want))
        return false;
    name = *want.name ? want.name : first_pool;
    if (!pool_find(q, name, &have)) {
        if (text)
            snprintf(text, len, "it has no CPU pool %s", name);
        return *want.name;
    }
    if (strcmp(want.sched, have.sched) && *want.sched != '?' &&
        *have.sched != '?') {
        if (text)
            snprintf(text, len,
                     "its CPU pool %s has the scheduler %s, the guest's "
                     "weight and cap are of %s",
                     name, have.sched, want.sched);
        return true;
    }
    cpus = pool_lacks(q, &have);
    if (cpus && text)
        snprintf(text, len,
                 "its CPU pool %s has no CPU %s, to which the guest is pinned",
                 name, cpus);
    return cpus;
}

bool rule_pool(const struct rule_case *q)
{
    return pool_forbids(q, NULL, 0);
}

void rule_pool_why(const struct rule_case *q, char *text, size_t len)
{
    pool_forbids(q, text, len);
}
