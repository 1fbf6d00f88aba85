/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes tables for people, over libsmartcols.
 *
 * A table is no wider than the terminal: words at the end of a row are folded
 * over several lines, and then names lose their middle ("customer-47..ry-397"),
 * since what tells two names apart mostly stands at their ends. Cells are
 * filtered as text_printable() does, and take as many columns as a terminal
 * gives them, in UTF-8, whatever the locale is.
 *
 * Nothing here fails: out of memory ends the process (die_oom()).
 */
#ifndef RACKHOP_VIEW_TABLE_H
#define RACKHOP_VIEW_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/view/theme.h"

enum table_flag {
    TABLE_NAME = 1,   /* loses its middle where the table is too wide */
    TABLE_NUMBER = 2, /* at the right side of its column */
    TABLE_TEXT = 4,   /* words, that may be folded */
    TABLE_WIDE = 8,   /* only in a look that is wide */
    TABLE_MAYBE = 16, /* only if one of its cells is not empty */
    TABLE_LESS = 32,  /* left out, from the right, where nothing else helps */
};

struct table_column {
    const char *head;
    unsigned flags; /* enum table_flag */
};

/* How tables look: what the command line and the terminal ask for. */
struct table_look {
    unsigned columns; /* of the terminal */
    bool wide;        /* all columns and whole names, however wide that is */
    bool colour;
};
/* As this terminal is, and 80 columns where stdout is none. */
struct table_look table_look(bool wide, bool colour);

struct table; /* opaque */

/* cols ends with a head that is NULL, and stays the caller's. */
struct table *table_new(const struct table_column *cols,
                        struct table_look look);
void table_row(struct table *t);
/* The next cell of the row, for columns in their order, those that are not
 * shown too; NULL is an empty one. */
void table_cell(struct table *t, const char *text);
void table_cellf(struct table *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The colour of the cell that was written last. */
void table_mark(struct table *t, enum theme what);
/* The rows with their heads; nothing if there are no rows. */
void table_print(struct table *t, FILE *f);
/* The same, of which no more than so many lines are written. */
void table_print_lines(struct table *t, FILE *f, size_t most);
void table_free(struct table *t); /* t may be NULL */

/* A text from here, in lines that fit. Returns how many. */
size_t table_sentence(FILE *f, const char *text, struct table_look look);

/* A line with a reason in it. On a terminal it is folded between words, and the
 * lines behind the first are indented; in a file or a pipe it is one line, to be
 * searched. */
void table_line(FILE *f, unsigned indent, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The columns that a text takes on a terminal. */
unsigned table_text_width(const char *text);
/* Takes the middle out of a text of more than `width` columns, in place. */
void table_cut_middle(char *text, unsigned width);

#endif
