/* SPDX-License-Identifier: LGPL-2.1-only */
/* Brings rows of hosts and guests into the order of a column. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/near.h"
#include "tools/cluster/inventory.h"

/* One column: a word to sort by, or a number. */
struct sort_column {
    const char *name;
    const char *(*word)(const void *row);
    double (*number)(const void *row);
};

/* What qsort_r() hands on. */
struct sort {
    const struct sort_column *col;
    const char *(*name)(const void *row);
};

static int sort_words(const char *a, const char *b)
{
    return a && b ? strverscmp(a, b) : (a == NULL) - (b == NULL);
}

/* Equal rows stay in the order of their names. */
static int sort_compare(const void *a, const void *b, void *arg)
{
    const struct sort *s = arg;
    int r = 0;

    if (s->col->word) {
        r = sort_words(s->col->word(a), s->col->word(b));
    } else {
        double x = s->col->number(a), y = s->col->number(b);

        r = (x < y) - (x > y);
    }
    return r ? r : sort_words(s->name(a), s->name(b));
}

static int sort_no_column(const struct sort_column *cols, const char *word,
                          struct msg *err)
{
    char all[256] = "", hint[NEAR_HINT];
    size_t n = 0;
    struct near near;

    near_init(&near, word);
    for (; cols->name; cols++) {
        near_try(&near, cols->name);
        n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", n ? ", " : "",
                              cols->name);
        if (n >= sizeof all)
            n = sizeof all - 1;
    }
    msg_set(err, "--sort takes one of %s, not %s%s", all, word,
            near_hint(&near, "", hint));
    return -EINVAL;
}

static int sort_rows(const struct sort_column *cols, const char *column,
                     void *rows, size_t n, size_t size, struct msg *err)
{
    for (const struct sort_column *col = cols; col->name; col++) {
        struct sort s = { col, cols->word };

        if (strcmp(col->name, column))
            continue;
        qsort_r(rows, n, size, sort_compare, &s);
        return 0;
    }
    return sort_no_column(cols, column, err);
}

/* --- hosts --------------------------------------------------------------- */

#define HOST(name_, type_, expr_)                                             \
    static type_ host_##name_(const void *row)                                \
    {                                                                         \
        const struct inventory_host *h = row;                                 \
                                                                              \
        return expr_;                                                         \
    }
HOST(name, const char *, h->name)
HOST(rack, const char *, h->rack)
HOST(state, const char *, h->state)
HOST(xen, double, h->sum.xen_major * 1000 + h->sum.xen_minor)
HOST(guests, double, h->sum.guests)
HOST(memory, double, (double)h->sum.used_mib)
HOST(cpu, double, h->sum.cpu_used)
HOST(moved, double, h->last_move_s)
HOST(reserved, double, (double)h->reserved_mib)
#undef HOST

int inventory_sort_hosts(struct inventory *l, const char *column,
                         struct msg *err)
{
    static const struct sort_column cols[] = {
        { "name", host_name, NULL },         { "rack", host_rack, NULL },
        { "state", host_state, NULL },       { "xen", NULL, host_xen },
        { "guests", NULL, host_guests },     { "memory", NULL, host_memory },
        { "cpu", NULL, host_cpu },           { "last-move", NULL, host_moved },
        { "reserved", NULL, host_reserved }, { NULL, NULL, NULL },
    };

    return sort_rows(cols, column, l->host, l->host_n, sizeof *l->host, err);
}

/* --- guests -------------------------------------------------------------- */

#define GUEST(name_, type_, expr_)                                            \
    static type_ guest_##name_(const void *row)                               \
    {                                                                         \
        const struct inventory_guest *g = row;                                \
                                                                              \
        return expr_;                                                         \
    }
GUEST(name, const char *, g->name)
GUEST(host, const char *, g->host)
GUEST(memory, double, (double)g->facts.mib)
GUEST(dirty, double, g->facts.dirty_mib_s)
GUEST(vcpus, double, g->facts.vcpus)
GUEST(cpu, double, g->facts.cpu_used)
/* those first that are hardest to place */
GUEST(targets, double, -(double)g->way->hosts)
#undef GUEST

int inventory_sort_guests(struct inventory *l, const char *column,
                          struct msg *err)
{
    static const struct sort_column cols[] = {
        { "name", guest_name, NULL },       { "host", guest_host, NULL },
        { "memory", NULL, guest_memory },   { "dirty", NULL, guest_dirty },
        { "vcpus", NULL, guest_vcpus },     { "cpu", NULL, guest_cpu },
        { "targets", NULL, guest_targets }, { NULL, NULL, NULL },
    };

    return sort_rows(cols, column, l->guest, l->guest_n, sizeof *l->guest,
                     err);
}
