/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps a store in memory, as a sorted array. Tests use it, also to compare
 * store_sqlite.c with it.
 */
#include "tools/store/store_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct mem_entry {
    char *key, *value; /* value NULL: deleted at rev */
    uint64_t rev;
};

struct mem {
    struct store s;
    struct mem_entry *e;
    unsigned n, room;
    uint64_t last, asked;
};

static struct mem *of(struct store *s)
{
    return (struct mem *)s;
}

/* The index of the first entry that is not before key. */
static unsigned place(const struct mem *m, const char *key)
{
    unsigned lo = 0, hi = m->n;

    while (lo < hi) {
        unsigned mid = lo + (hi - lo) / 2;

        if (strcmp(m->e[mid].key, key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static struct mem_entry *find(const struct mem *m, const char *key)
{
    unsigned i = place(m, key);

    return i < m->n && !strcmp(m->e[i].key, key) ? &m->e[i] : NULL;
}

static int mem_get(struct store *s, const char *key, char **value_r,
                   uint64_t *rev_r)
{
    struct mem_entry *e = find(of(s), key);

    if (!e || !e->value)
        return store_fail(s, -ENOENT, "there is no %s", key);
    *value_r = strdup(e->value);
    if (!*value_r)
        return store_fail(s, -ENOMEM, "%s: out of memory", key);
    *rev_r = e->rev;
    return 0;
}

static struct mem_entry *insert(struct mem *m, const char *key)
{
    unsigned i = place(m, key);
    char *k = strdup(key);

    if (!k)
        return NULL;
    if (m->n == m->room) {
        unsigned room = m->room ? 2 * m->room : 16;
        struct mem_entry *more = reallocarray(m->e, room, sizeof *more);

        if (!more) {
            free(k);
            return NULL;
        }
        m->e = more;
        m->room = room;
    }
    memmove(m->e + i + 1, m->e + i, (m->n - i) * sizeof *m->e);
    m->e[i] = (struct mem_entry){ .key = k };
    m->n++;
    return &m->e[i];
}

static int mem_cas(struct store *s, const char *key, uint64_t rev,
                   const char *value, uint64_t *new_r)
{
    struct mem *m = of(s);
    struct mem_entry *e = find(m, key);
    uint64_t have = e && e->value ? e->rev : 0;
    char *copy = NULL;

    if (!value && !have) {
        *new_r = 0;
        return 0;
    }
    if (have != rev)
        return store_stale(s, key, rev, have);
    if (value)
        copy = strdup(value);
    if (value && copy && !e)
        e = insert(m, key);
    if ((value && !copy) || !e) {
        free(copy);
        return store_fail(s, -ENOMEM, "%s: out of memory", key);
    }
    free(e->value);
    e->value = copy;
    e->rev = ++m->last;
    *new_r = value ? e->rev : 0;
    return 0;
}

static int mem_list(struct store *s, const char *prefix, bool flat,
                    struct store_entry **list_r, unsigned *n_r)
{
    struct mem *m = of(s);
    size_t len = strlen(prefix);

    for (unsigned i = place(m, prefix);
         i < m->n && !strncmp(m->e[i].key, prefix, len); i++) {
        const struct mem_entry *e = &m->e[i];

        if (!e->value || (flat && strchr(e->key + len, '/')))
            continue;
        if (store_list_add(list_r, n_r, strdup(e->key), strdup(e->value),
                           e->rev))
            return store_fail(s, -ENOMEM, "%s: out of memory", prefix);
    }
    return 0;
}

static int mem_stirred(struct store *s, bool *stirred_r)
{
    struct mem *m = of(s);

    *stirred_r = m->asked != m->last;
    m->asked = m->last;
    return 0;
}

static int mem_changed(struct store *s, const char *prefix, uint64_t since,
                       bool *changed_r, uint64_t *last_r)
{
    struct mem *m = of(s);
    size_t len = strlen(prefix);

    *last_r = m->last;
    *changed_r = false;
    for (unsigned i = place(m, prefix);
         i < m->n && !strncmp(m->e[i].key, prefix, len); i++)
        if (m->e[i].rev > since)
            *changed_r = true;
    return 0;
}

/* Memory is as it was written. */
static int mem_check(struct store *s,
                     void (*tell)(void *arg, const char *text), void *arg,
                     unsigned *bad_r)
{
    return 0;
}

static void mem_close(struct store *s)
{
    struct mem *m = of(s);

    for (unsigned i = 0; i < m->n; i++) {
        free(m->e[i].key);
        free(m->e[i].value);
    }
    free(m->e);
    free(m);
}

static const struct store_ops mem_ops = {
    .get = mem_get,
    .cas = mem_cas,
    .list = mem_list,
    .stirred = mem_stirred,
    .changed = mem_changed,
    .check = mem_check,
    .close = mem_close,
};

int store_open_mem(struct store **s_r)
{
    struct mem *m = calloc(1, sizeof *m);

    *s_r = NULL;
    if (!m)
        return -ENOMEM;
    m->s.ops = &mem_ops;
    m->last = 1; /* revision 0 means "never watched", so start at 1 */
    *s_r = &m->s;
    return 0;
}
