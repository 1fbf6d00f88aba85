/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows moves as rows, or grouped by the hosts or racks that guests leave. */
#include "tools/view/movetable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/figure.h"
#include "tools/complain.h"
#include "tools/view/name.h"

enum { AFTER_SHOWN = 3 };

void move_row_after(struct move_row *r, unsigned i, unsigned n, long long id)
{
    size_t at = strlen(r->after), room = sizeof r->after - at;

    if (i < AFTER_SHOWN)
        snprintf(r->after + at, room, "%s%lld", i ? "," : "", id);
    else if (i == AFTER_SHOWN)
        snprintf(r->after + at, room, ",.. (%u)", n);
}

double movetable_longest_ms(const struct move_row *row, size_t n)
{
    double most = 0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, row[i].downtime_ms);
    return most;
}

/* --- a row each ------------------------------------------------------------ */

static void move_cells(struct table *t, const struct move_row *m)
{
    char a[FIGURE], hops[HOPS_SHOWN];

    table_row(t);
    table_cellf(t, "%lld", m->id);
    table_cell(t, m->guest);
    table_cell(t, m->from);
    table_cell(t, m->to);
    table_cell(t, figure_gib(a, m->gib));
    table_cell(t, hops_shown(hops, m->hops, m->path_unknown));
    table_cell(t, figure_time(a, m->start_s));
    table_cell(t, figure_time(a, m->seconds));
    table_cell(t, figure_rate(a, m->rate_mbps));
    table_cell(t, figure_pause(a, m->downtime_ms));
    table_cellf(t, "%s%s%s%s", m->note ? m->note : "",
                m->note && *m->after ? ", " : "", *m->after ? "after " : "",
                m->after);
}

static void show_each(FILE *f, const struct move_row *row, size_t n,
                      struct table_look look)
{
    static const struct table_column cols[] = {
        { "move", TABLE_NUMBER },
        { "guest", TABLE_NAME },
        { "from", TABLE_NAME },
        { "to", TABLE_NAME },
        { "sends", TABLE_NUMBER },
        { "hops", TABLE_NUMBER | TABLE_LESS },
        { "starts at", TABLE_NUMBER },
        { "takes", TABLE_NUMBER },
        { "rate", TABLE_NUMBER | TABLE_WIDE },
        { "downtime", TABLE_NUMBER },
        { "note", TABLE_MAYBE },
        { NULL, 0 },
    };
    struct table *t = table_new(cols, look);
    bool unknown = false;

    for (size_t i = 0; i < n; i++) {
        move_cells(t, &row[i]);
        unknown |= row[i].path_unknown;
    }
    table_print(t, f);
    table_free(t);
    hops_legend(f, unknown);
}

/* --- grouped --------------------------------------------------------------- */

/* What moves have in common in a group. */
enum group_key { BY_FROM, BY_FROM_RACK, BY_TO, BY_TO_RACK, GROUP_KEYS };

static bool key_is_to(enum group_key key)
{
    return key == BY_TO || key == BY_TO_RACK;
}

static const char *group_name(const struct move_row *m, enum group_key key)
{
    const char *rack = key_is_to(key) ? m->to_rack : m->from_rack;

    switch (key) {
    case BY_FROM: return m->from;
    case BY_TO: return m->to;
    case BY_FROM_RACK:
    case BY_TO_RACK: return rack ? rack : "no rack";
    case GROUP_KEYS: break;
    }
    return "";
}

/* The host at the other end of the move. */
static const char *group_other(const struct move_row *m, enum group_key key)
{
    return key_is_to(key) ? m->from : m->to;
}

struct move_group {
    const char *name;
    size_t guests, hosts; /* hosts: at the other end */
    double gib, first_s, last_s, longest_ms;
    const char *other; /* the one host, while it is one */
};

static int by_group(const void *pa, const void *pb, void *arg)
{
    const struct move_row *const *a = pa, *const *b = pb;
    const enum group_key *key = arg;
    int r = strverscmp(group_name(*a, *key), group_name(*b, *key));

    return r ? r : strverscmp(group_other(*a, *key), group_other(*b, *key));
}

/* The next of the rows that are sorted by their group. */
static void group_add(struct move_group *g, const struct move_row *m,
                      enum group_key key)
{
    const char *other = group_other(m, key);

    g->name = group_name(m, key);
    g->hosts += !g->other || strcmp(g->other, other) != 0;
    g->other = other;
    g->first_s = g->guests++ ? fmin(g->first_s, m->start_s) : m->start_s;
    g->last_s = fmax(g->last_s, m->start_s + m->seconds);
    g->gib += m->gib;
    g->longest_ms = fmax(g->longest_ms, m->downtime_ms);
}

static void group_cells(struct table *t, const struct move_group *g)
{
    char a[FIGURE];

    table_row(t);
    table_cell(t, g->name);
    table_cellf(t, "%zu", g->guests);
    table_cell(t, figure_gib(a, g->gib));
    if (g->hosts == 1)
        table_cell(t, g->other);
    else
        table_cellf(t, "%zu hosts", g->hosts);
    table_cell(t, figure_time(a, g->first_s));
    table_cell(t, figure_time(a, g->last_s));
    table_cell(t, figure_pause(a, g->longest_ms));
}

/* Sorts the rows by their group; returns how many these are. */
static size_t grouped(const struct move_row **by, size_t n, enum group_key key)
{
    size_t groups = 0;

    qsort_r(by, n, sizeof *by, by_group, &key);
    for (size_t i = 0; i < n; i++)
        groups +=
            !i || strcmp(group_name(by[i], key), group_name(by[i - 1], key));
    return groups;
}

/* The first key that makes several groups, but no more than there is room
 * for; the rows are sorted by it. */
static enum group_key group_choose(const struct move_row **by, size_t n,
                                   size_t rows_most)
{
    enum group_key best = GROUP_KEYS;

    for (enum group_key key = 0; key < GROUP_KEYS; key++) {
        size_t groups = grouped(by, n, key);

        if (groups > 1 && groups <= rows_most)
            return key;
        if (groups == 1 && best == GROUP_KEYS)
            best = key;
    }
    if (best == GROUP_KEYS)
        best = BY_FROM_RACK;
    grouped(by, n, best);
    return best;
}

static size_t show_groups(FILE *f, const struct move_row *const *by, size_t n,
                          enum group_key key, struct table_look look)
{
    static const char *const heads[] = { "from", "from rack", "to",
                                         "to rack" };
    const struct table_column cols[] = {
        { heads[key], TABLE_NAME },
        { "guests", TABLE_NUMBER },
        { "sends", TABLE_NUMBER },
        { key_is_to(key) ? "from" : "to", TABLE_NAME },
        { "begins at", TABLE_NUMBER },
        { "ends at", TABLE_NUMBER },
        { "longest downtime", TABLE_NUMBER },
        { NULL, 0 },
    };
    struct table *t = table_new(cols, look);
    struct move_group g = { .name = NULL };
    size_t groups = 1;

    for (size_t i = 0; i < n; i++) {
        if (g.name && strcmp(g.name, group_name(by[i], key)) != 0) {
            group_cells(t, &g);
            groups++;
            g = (struct move_group){ .name = NULL };
        }
        group_add(&g, by[i], key);
    }
    group_cells(t, &g);
    table_print(t, f);
    table_free(t);
    return groups;
}

/* To be freed. */
static const struct move_row **rows_to_sort(size_t n)
{
    const struct move_row **by = calloc(n, sizeof *by);

    if (!by)
        die_oom();
    return by;
}

size_t movetable_show(FILE *f, const struct move_row *row, size_t n,
                      size_t rows_most, struct table_look look)
{
    const struct move_row **by;
    size_t groups;

    if (!n)
        return 0;
    if (!rows_most || look.wide || n <= rows_most) {
        show_each(f, row, n, look);
        fputc('\n', f);
        return n;
    }
    by = rows_to_sort(n);
    for (size_t i = 0; i < n; i++)
        by[i] = &row[i];
    groups = show_groups(f, by, n, group_choose(by, n, rows_most), look);
    free(by);
    fprintf(f, "--wide lists each of the %zu moves\n\n", n);
    return groups;
}
