/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes tables for people. Names are cut here, since libsmartcols can only
 * cut at the end; folding and padding are its work.
 */
#include "tools/view/table.h"

#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include <libsmartcols/libsmartcols.h>

#include "tools/base/grow.h"
#include "tools/base/text.h"
#include "tools/complain.h"
#include "tools/view/terminal.h"

enum {
    CELL = 1024,     /* bytes that a cell shows at most */
    GAP = 2,         /* columns between two cells */
    NAME_WANTS = 16, /* columns that a name gets, and folded words, */
    TEXT_WANTS = 24, /* if there is room for both */
    NAME_LEAST = 10, /* and those that they keep */
    TEXT_LEAST = 14,
};

struct table {
    const struct table_column *col;
    unsigned col_n, at; /* columns, and cells of the last row */
    struct table_look look;
    char **cell;      /* row by row; NULL: empty */
    enum theme *mark; /* by cell */
    size_t cell_n, cell_room, mark_room;
    unsigned *width; /* by column */
    bool *hidden;    /* by column */
};

struct table_look table_look(bool wide, bool colour)
{
    return (struct table_look){ terminal_columns(), wide, colour };
}

static void *table_array(size_t n, size_t size)
{
    void *array = calloc(n + 1, size);

    if (!array)
        die_oom();
    return array;
}

struct table *table_new(const struct table_column *cols,
                        struct table_look look)
{
    struct table *t = table_array(1, sizeof *t);

    t->col = cols;
    t->look = look;
    while (cols[t->col_n].head)
        t->col_n++;
    t->at = t->col_n;
    t->width = table_array(t->col_n, sizeof *t->width);
    t->hidden = table_array(t->col_n, sizeof *t->hidden);
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->cell_n; i++)
        free(t->cell[i]);
    free(t->cell);
    free(t->mark);
    free(t->width);
    free(t->hidden);
    free(t);
}

static void table_put(struct table *t, const char *text)
{
    char shown[CELL], *copy = NULL;

    if (array_grow(&t->cell, &t->cell_room, t->cell_n + 1, sizeof *t->cell) ||
        array_grow(&t->mark, &t->mark_room, t->cell_n + 1, sizeof *t->mark))
        die_oom();
    if (text && *text) {
        copy = strdup(text_printable(shown, sizeof shown, text, strlen(text)));
        if (!copy)
            die_oom();
    }
    t->mark[t->cell_n] = THEME_PLAIN;
    t->cell[t->cell_n++] = copy;
    t->at++;
}

void table_row(struct table *t)
{
    while (t->at < t->col_n)
        table_put(t, NULL);
    t->at = 0;
}

void table_cell(struct table *t, const char *text)
{
    if (t->at < t->col_n)
        table_put(t, text);
}

void table_mark(struct table *t, enum theme what)
{
    if (t->cell_n)
        t->mark[t->cell_n - 1] = what;
}

void table_cellf(struct table *t, const char *fmt, ...)
{
    char text[CELL];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    table_cell(t, text);
}

/* --- widths ---------------------------------------------------------------- */

/* Names are UTF-8 wherever they come from, so that is what their characters
 * are counted in; the locale of the process stays as it is. */
static locale_t table_utf8(void)
{
    static locale_t utf8;

    if (!utf8)
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    return utf8;
}

/* The columns of the character at s, and its bytes. */
static unsigned table_char_width(const char *s, size_t *bytes_r)
{
    locale_t before = table_utf8() ? uselocale(table_utf8()) : (locale_t)0;
    size_t n = text_char((const unsigned char *)s, strlen(s));
    mbstate_t state = { 0 };
    wchar_t c = 0;
    int w = 1;

    if (n > 1 && mbrtowc(&c, s, n, &state) == n)
        w = wcwidth(c);
    if (before)
        uselocale(before);
    *bytes_r = n ? n : 1;
    return w < 0 ? 1 : (unsigned)w;
}

static unsigned table_text_width_to(const char *text, const char *end)
{
    unsigned w = 0;

    for (size_t n; text < end; text += n)
        w += table_char_width(text, &n);
    return w;
}

unsigned table_text_width(const char *text)
{
    return table_text_width_to(text, text + strlen(text));
}

void table_cut_middle(char *text, unsigned width)
{
    unsigned all = table_text_width(text), head, tail, w = 0;
    char *left = text, *right;
    size_t n;

    if (all <= width || width < 4)
        return;
    head = (width - 2 + 1) / 2;
    tail = width - 2 - head;
    for (; (w += table_char_width(left, &n)) <= head; left += n)
        ;
    for (right = left, w = table_text_width(right); w > tail; right += n)
        w -= table_char_width(right, &n);
    memmove(left + 2, right, strlen(right) + 1);
    left[0] = left[1] = '.';
}

static void table_measure(struct table *t)
{
    for (unsigned c = 0; c < t->col_n; c++) {
        unsigned f = t->col[c].flags;

        t->width[c] = table_text_width(t->col[c].head);
        t->hidden[c] = (f & TABLE_WIDE && !t->look.wide) || f & TABLE_MAYBE;
    }
    for (size_t i = 0; i < t->cell_n; i++) {
        unsigned w = t->cell[i] ? table_text_width(t->cell[i]) : 0;
        unsigned c = (unsigned)(i % t->col_n), f = t->col[c].flags;

        if (w > t->width[c])
            t->width[c] = w;
        if (w && f & TABLE_MAYBE && (t->look.wide || !(f & TABLE_WIDE)))
            t->hidden[c] = false;
    }
}

static unsigned table_total(const struct table *t)
{
    unsigned n = 0;

    for (unsigned c = 0; c < t->col_n; c++)
        n += t->hidden[c] ? 0 : t->width[c] + (n ? GAP : 0);
    return n;
}

/* Takes columns off the widest of these, one by one, down to `least`. */
static void table_shrink(struct table *t, enum table_flag what, unsigned least)
{
    unsigned over = table_total(t);

    for (over = over > t->look.columns ? over - t->look.columns : 0; over;
         over--) {
        unsigned *widest = NULL;

        for (unsigned c = 0; c < t->col_n; c++)
            if (!t->hidden[c] && t->col[c].flags & what &&
                t->width[c] > least && (!widest || t->width[c] > *widest))
                widest = &t->width[c];
        if (!widest)
            return;
        --*widest;
    }
}

/* The end of the line that begins at s: behind the last word that fits, or
 * within a word that is wider than a line. */
static const char *table_line_end(const char *s, unsigned width)
{
    const char *end = NULL, *at = s;
    unsigned w = 0;
    size_t n;

    for (; *at; at += n) {
        w += table_char_width(at, &n);
        if (w > width && at > s)
            return end ? end : at;
        if (at[n] == ' ' || !at[n])
            end = at + n;
    }
    return at;
}

/* The same text in lines that are not wider; to be freed. */
static char *table_fold(const char *text, unsigned width)
{
    char *folded = malloc(2 * strlen(text) + 1), *to = folded;

    if (!folded)
        die_oom();
    while (*text) {
        const char *end = table_line_end(text, width);

        memcpy(to, text, (size_t)(end - text));
        to += end - text;
        text = end + strspn(end, " ");
        if (*text)
            *to++ = '\n';
    }
    *to = '\0';
    return folded;
}

static void table_fit_cell(struct table *t, size_t i)
{
    unsigned c = (unsigned)(i % t->col_n), f = t->col[c].flags;
    char *text = t->cell[i];

    if (text && f & TABLE_NAME)
        table_cut_middle(text, t->width[c]);
    if (text && f & TABLE_TEXT) {
        t->cell[i] = table_fold(text, t->width[c]);
        free(text);
    }
}

static void table_fit(struct table *t)
{
    table_measure(t);
    if (t->look.wide)
        return;
    table_shrink(t, TABLE_TEXT, TEXT_WANTS);
    table_shrink(t, TABLE_NAME, NAME_WANTS);
    table_shrink(t, TABLE_TEXT, TEXT_LEAST);
    table_shrink(t, TABLE_NAME, NAME_LEAST);
    for (unsigned c = t->col_n; c-- > 0;)
        if (t->col[c].flags & TABLE_LESS && table_total(t) > t->look.columns)
            t->hidden[c] = true;
    for (size_t i = 0; i < t->cell_n; i++)
        table_fit_cell(t, i);
}

/* --- printing -------------------------------------------------------------- */

/* Lines of folded words end where table_fold() has ended them. */
static void table_column(struct libscols_table *s,
                         const struct table_column *col, unsigned width)
{
    bool text = col->flags & TABLE_TEXT;
    int flags = (col->flags & TABLE_NUMBER ? SCOLS_FL_RIGHT : 0) |
                (text ? SCOLS_FL_WRAP : 0);
    struct libscols_column *c =
        scols_table_new_column(s, col->head, width, flags);

    if (!c ||
        (text && (scols_column_set_safechars(c, "\n") ||
                  scols_column_set_wrapfunc(c, scols_wrapnl_chunksize,
                                            scols_wrapnl_nextchunk, NULL))))
        die_oom();
}

static struct libscols_table *table_columns(const struct table *t)
{
    struct libscols_table *s = scols_new_table();

    if (!s || scols_table_set_column_separator(s, "  "))
        die_oom();
    scols_table_enable_colors(s, t->look.colour);
    scols_table_set_termforce(s, SCOLS_TERMFORCE_ALWAYS);
    scols_table_set_termwidth(s, t->look.wide ? 1 << 16 : t->look.columns);
    for (unsigned c = 0; c < t->col_n; c++)
        if (!t->hidden[c])
            table_column(s, &t->col[c], t->width[c]);
    return s;
}

static void table_line_cell(const struct table *t, struct libscols_line *line,
                            size_t n, size_t cell)
{
    const char *text = t->cell[cell];
    enum theme mark = t->mark[cell];

    if (scols_line_set_data(line, n, text ? text : "") ||
        (mark != THEME_PLAIN && t->look.colour &&
         scols_cell_set_color(scols_line_get_cell(line, n),
                              theme_begin(mark, true))))
        die_oom();
}

static void table_lines(const struct table *t, struct libscols_table *s)
{
    for (size_t i = 0; i < t->cell_n; i += t->col_n) {
        struct libscols_line *line = scols_table_new_line(s, NULL);
        size_t n = 0;

        if (!line)
            die_oom();
        for (unsigned c = 0; c < t->col_n && i + c < t->cell_n; c++)
            if (!t->hidden[c])
                table_line_cell(t, line, n++, i + c);
    }
}

/* Without the blanks that fill up the last column, and without the empty line
 * that libsmartcols puts behind the heads of a table with folded words: no row
 * is empty. */
static void table_write(const char *text, FILE *f, size_t most)
{
    while (*text && most) {
        size_t n = strcspn(text, "\n"), used = n;

        while (used && text[used - 1] == ' ')
            used--;
        if (used) {
            fprintf(f, "%.*s\n", (int)used, text);
            most--;
        }
        text += n + (text[n] == '\n');
    }
}

void table_print_lines(struct table *t, FILE *f, size_t most)
{
    struct libscols_table *s;
    locale_t before;
    char *text = NULL;

    table_row(t); /* fills up the last */
    if (!t->cell_n)
        return;
    table_fit(t);
    before = table_utf8() ? uselocale(table_utf8()) : (locale_t)0;
    s = table_columns(t);
    table_lines(t, s);
    if (scols_print_table_to_string(s, &text) || !text)
        die_oom();
    scols_unref_table(s);
    if (before)
        uselocale(before);
    table_write(text, f, most);
    free(text);
}

void table_print(struct table *t, FILE *f)
{
    table_print_lines(t, f, SIZE_MAX);
}

size_t table_sentence(FILE *f, const char *text, struct table_look look)
{
    char *folded = table_fold(text, look.wide ? UINT_MAX : look.columns);
    size_t lines = 1;

    for (const char *c = folded; *c; c++)
        lines += *c == '\n';
    fprintf(f, "%s\n", folded);
    free(folded);
    return lines;
}

void table_line(FILE *f, unsigned indent, const char *fmt, ...)
{
    unsigned width = isatty(STDOUT_FILENO) ? terminal_columns() : UINT_MAX;
    unsigned before = 0;
    char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        die_oom();
    va_end(ap);
    if (width / 2 < indent)
        indent = 0;
    for (const char *at = text; *at; before = indent) {
        const char *end = table_line_end(at, width - before);

        fprintf(f, "%*s%.*s\n", (int)before, "", (int)(end - at), at);
        at = end + strspn(end, " ");
    }
    free(text);
}
