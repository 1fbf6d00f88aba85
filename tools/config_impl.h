/* SPDX-License-Identifier: LGPL-2.1-only */
/* The table of settings, shared by its rows, its reader and --show-config. */
#ifndef RACKHOP_CONFIG_IMPL_H
#define RACKHOP_CONFIG_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/config.h"

enum config_type {
    T_LONG,
    T_DOUBLE,
    T_YESNO,
    T_STRING,
    T_WORD,
    T_HOSTS_FILE, /* a string, of a file that was read */
    /* lists, from here on */
    T_HOSTS,
    T_SWITCHES,
    T_GROUPS,
    T_GUESTS,
    T_PATTERNS, /* of names of hosts */
    T_CLASSES,
    T_FILES, /* that were read */
};

struct setting {
    const char *name;
    enum config_type type;
    double min, max;
    const char *dflt; /* in the file's syntax; NULL: none. T_WORD: all that it
                         may be, with the default first: "yes|no" */
    const char *text;
    size_t at;
};

/* config_table.c; ends with name NULL. */
enum { CONFIG_SETTINGS_MOST = 80 };
extern const struct setting config_table[];

/* --- config_value.c --------------------------------------------------------- */

/* The member of that setting. */
void *config_field(struct config *c, const struct setting *s);
bool config_is_list(const struct setting *s);
/* From the text of a value that is no list. 0, -ENOMEM, or -EINVAL and a
 * sentence without file and line. */
int config_set_value(struct config *c, const struct setting *s, const char *v,
                     struct msg *err);
int config_set_default(struct config *c, const struct setting *s);
/* A row at the end of a list; the same errors. */
int config_list_add(struct config *c, const struct setting *s, const char *row,
                    struct msg *err);
/* Empties a list; does nothing for others. */
void config_list_dispose(struct config *c, const struct setting *s);

/* --- config_text.c ---------------------------------------------------------- */

/* Where a file sets a setting; line 0: it does not. */
struct config_place {
    unsigned line;
    const char *at; /* of its value, in the file's text */
};

/* The text with quotes around numbers that have a point, a sign or an
 * exponent. To be freed; NULL: no memory. */
char *config_text_quote(const char *text);
/* Finds each setting of the table in a text that libxlutil could read. -EINVAL
 * and a sentence: one is unknown, or is set twice. */
int config_text_places(struct config *c, const char *path, const char *text,
                       struct config_place *place, struct msg *err);
/* The line of a list's row, counted from 0. */
unsigned config_place_row(const struct config_place *place, int row);

/* --- config_check.c ---------------------------------------------------------- */

/* How many rows a list has. */
size_t config_rows(const struct config *c, const struct setting *s);
/* A row of a list that cannot be right beside those before it. -EINVAL and a
 * sentence without the line. */
int config_check_row(const struct config *c, const struct setting *s,
                     size_t row, struct msg *err);
/* The same of a row of `racks`, once all is read. */
int config_check_rack(const struct config *c, size_t row, struct msg *err);
/* Keeps a sentence, fit for a terminal: 0 or -ENOMEM. */
int config_note(struct config *c, const struct msg *m);
/* -EINVAL; with c->lenient it is a note, and 0. */
int config_fault(struct config *c, const struct msg *m);

/* --- config_hosts.c ------------------------------------------------------------ */

/* Adds the hosts of a hosts file: a line each. 0, or a negative errno and a
 * sentence with file and line. */
int config_hosts_file(struct config *c, const char *path, struct msg *err);

#endif
