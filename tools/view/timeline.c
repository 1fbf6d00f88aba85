/* SPDX-License-Identifier: LGPL-2.1-only */
/* Draws moves over time: who sends and who receives, and when. */
#include "tools/view/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/figure.h"
#include "tools/base/text.h"
#include "tools/complain.h"

enum { NAME_MOST = 24, CHART_MOST = 120, CHART_LEAST = 20, RACKS_LEAST = 3 };

struct timeline_row {
    const char *name;
    size_t sends; /* moves that begin in it */
    char cell[CHART_MOST + 1];
};

struct timeline {
    struct timeline_row *row;
    size_t n;
    bool racks;
    unsigned width; /* of the chart */
    double makespan_s;
};

static const char *timeline_name(const struct timeline *t,
                                 const struct move_row *m, bool to)
{
    const char *rack = to ? m->to_rack : m->from_rack;

    if (!t->racks)
        return to ? m->to : m->from;
    return rack ? rack : "no rack";
}

static int timeline_by_name(const void *a, const void *b)
{
    return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

/* A row for each name that takes part. */
static void timeline_rows(struct timeline *t, const struct move_row *row,
                          size_t n)
{
    const char **name = calloc(2 * n + 1, sizeof *name);

    if (!name)
        die_oom();
    for (size_t i = 0; i < n; i++) {
        name[2 * i] = timeline_name(t, &row[i], false);
        name[2 * i + 1] = timeline_name(t, &row[i], true);
    }
    qsort(name, 2 * n, sizeof *name, timeline_by_name);
    free(t->row);
    t->row = calloc(2 * n + 1, sizeof *t->row);
    if (!t->row)
        die_oom();
    t->n = 0;
    for (size_t i = 0; i < 2 * n; i++) {
        struct timeline_row *r = &t->row[t->n];

        if (i && !strcmp(name[i], name[i - 1]))
            continue;
        r->name = name[i];
        memset(r->cell, '.', sizeof r->cell - 1);
        t->n++;
    }
    free(name);
}

static struct timeline_row *timeline_find(struct timeline *t, const char *name)
{
    size_t lo = 0, hi = t->n;

    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;

        if (strverscmp(t->row[mid].name, name) <= 0)
            lo = mid;
        else
            hi = mid;
    }
    return &t->row[lo];
}

static void timeline_mark(const struct timeline *t, struct timeline_row *r,
                          const struct move_row *m, char what)
{
    double scale = t->width / t->makespan_s;
    unsigned a = (unsigned)(m->start_s * scale);
    unsigned b = (unsigned)ceil((m->start_s + m->seconds) * scale);

    r->sends += what == '>';
    a = a < t->width ? a : t->width - 1; /* rounding */
    for (unsigned i = a; (i < b || i == a) && i < t->width; i++)
        r->cell[i] = r->cell[i] == '.' || r->cell[i] == what ? what : 'x';
}

static void timeline_draw(struct timeline *t, const struct move_row *row,
                          size_t n)
{
    for (size_t i = 0; i < n; i++) {
        timeline_mark(t, timeline_find(t, timeline_name(t, &row[i], false)),
                      &row[i], '>');
        timeline_mark(t, timeline_find(t, timeline_name(t, &row[i], true)),
                      &row[i], '<');
    }
}

static int timeline_senders_first(const void *pa, const void *pb)
{
    const struct timeline_row *a = pa, *b = pb;

    return !a->sends != !b->sends ? !a->sends - !b->sends
                                  : strverscmp(a->name, b->name);
}

/* --- printing -------------------------------------------------------------- */

static void timeline_line(FILE *f, const char *name, unsigned name_width,
                          const char *cells)
{
    char shown[4 * NAME_MOST + 1];
    unsigned w;

    text_printable(shown, sizeof shown, name, strlen(name));
    table_cut_middle(shown, name_width);
    w = table_text_width(shown);
    fprintf(f, "%s%*s  %s\n", shown,
            w < name_width ? (int)(name_width - w) : 0, "", cells);
}

/* Steps of the axis, in seconds: the least of which at most six fit. */
static double timeline_step(double makespan_s)
{
    static const double steps[] = { 1,    2,    5,     10,    15,   30,
                                    60,   120,  300,   600,   900,  1800,
                                    3600, 7200, 14400, 28800, 86400 };
    size_t last = sizeof steps / sizeof *steps - 1, i = 0;

    while (i < last && makespan_s / steps[i] > 6)
        i++;
    return fmax(steps[i], makespan_s / 12);
}

/* "|         |1 min    |2 min" */
static void timeline_axis(FILE *f, const struct timeline *t,
                          unsigned name_width)
{
    char cells[CHART_MOST + 1], when[FIGURE], text[FIGURE + 1];
    double step = timeline_step(t->makespan_s);
    size_t end = 0;

    memset(cells, ' ', sizeof cells - 1);
    cells[sizeof cells - 1] = '\0';
    for (double s = 0; s < t->makespan_s; s += step) {
        size_t at = (size_t)(s / t->makespan_s * t->width), len;

        figure_about(when, s);
        snprintf(text, sizeof text, "|%s", s > 0 ? when : "0");
        len = strlen(text);
        if ((at && at < end + 1) || at + len > t->width)
            continue;
        memcpy(cells + at, text, len);
        end = at + len;
    }
    cells[end] = '\0';
    timeline_line(f, "", name_width, cells);
}

/* Those that send come first, so a move whose sender has a row is drawn. */
static void timeline_left_out(FILE *f, const struct timeline *t, size_t rows)
{
    const char *what = t->racks ? "rack" : "host";
    size_t moves = 0;

    for (size_t i = rows; i < t->n; i++)
        moves += t->row[i].sends;
    if (rows < t->n && !moves)
        fprintf(f, "%zu %s%s that only receive%s left out: see --wide\n",
                t->n - rows, what, t->n - rows == 1 ? "" : "s",
                t->n - rows == 1 ? "s is" : " are");
    else if (rows < t->n)
        fprintf(f,
                "%zu %s%s and %zu moves that begin there are left out: see "
                "--wide\n",
                t->n - rows, what, t->n - rows == 1 ? "" : "s", moves);
}

static void timeline_print(FILE *f, struct timeline *t, unsigned name_width,
                           size_t rows_most)
{
    size_t rows = t->n < rows_most ? t->n : rows_most;
    char total[FIGURE];

    fprintf(f, "%-*s  > sends, < receives, x both; %s in all\n",
            (int)name_width, t->racks ? "rack" : "host",
            figure_time(total, t->makespan_s));
    for (size_t i = 0; i < rows; i++) {
        t->row[i].cell[t->width] = '\0';
        timeline_line(f, t->row[i].name, name_width, t->row[i].cell);
    }
    timeline_axis(f, t, name_width);
    timeline_left_out(f, t, rows);
    fputc('\n', f);
}

/* Racks in place of hosts that have no room, unless there are hardly any. */
static void timeline_choose(struct timeline *t, const struct move_row *row,
                            size_t n, size_t rows_most)
{
    timeline_rows(t, row, n);
    if (t->n <= rows_most)
        return;
    t->racks = true;
    timeline_rows(t, row, n);
    if (t->n >= RACKS_LEAST)
        return;
    t->racks = false;
    timeline_rows(t, row, n);
}

void timeline_show(FILE *f, const struct move_row *row, size_t n,
                   double makespan_s, unsigned columns, size_t rows_most)
{
    struct timeline t = { .makespan_s = makespan_s };
    unsigned w = 4;

    if (!n || !(makespan_s > 0))
        return;
    timeline_choose(&t, row, n, rows_most);
    for (size_t i = 0; i < t.n; i++) {
        unsigned len = table_text_width(t.row[i].name);

        w = len > w ? len : w;
    }
    w = w > NAME_MOST ? NAME_MOST : w;
    t.width = columns > w + 2 + CHART_LEAST ? columns - w - 2 : CHART_LEAST;
    t.width = t.width > CHART_MOST ? CHART_MOST : t.width;
    timeline_draw(&t, row, n);
    qsort(t.row, t.n, sizeof *t.row, timeline_senders_first);
    timeline_print(f, &t, w, rows_most);
    free(t.row);
}
