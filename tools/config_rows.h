/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The rows that lists of the configuration consist of, taken apart where the
 * file is read: nobody else looks for the "=" in them.
 */
#ifndef RACKHOP_CONFIG_ROWS_H
#define RACKHOP_CONFIG_ROWS_H

#include <stddef.h>

#include "tools/base/strlist.h"

/* "NAME=ADDRESS" or "NAME", which is its own address then */
struct host_row {
    char *name, *address;
};
struct host_rows {
    struct host_row *row;
    size_t n, room;
};

/* "NAME=snmp:COMMUNITY@ADDRESS", "NAME=ssh:ADDRESS", ..: how its table of
 * neighbours is read */
struct switch_row {
    char *name, *how;
};
struct switch_rows {
    struct switch_row *row;
    size_t n, room;
};

/* "NAME=MEMBER,MEMBER": a rack of hosts, a group of guests */
struct group_row {
    char *name;
    struct strlist members;
};
struct group_rows {
    struct group_row *row;
    size_t n, room;
};

/* Each appends the row that a text holds. 0, -ENOMEM, or -EINVAL: the text is
 * no such row. A name or an address that begins with "-" is none. */
int host_rows_add(struct host_rows *rows, const char *text);
int switch_rows_add(struct switch_rows *rows, const char *text);
int group_rows_add(struct group_rows *rows, const char *text);
void host_rows_dispose(struct host_rows *rows);
void switch_rows_dispose(struct switch_rows *rows);
void group_rows_dispose(struct group_rows *rows);

/* A row's text again, to be freed; NULL: no memory. */
char *host_row_text(const struct host_row *row);
char *switch_row_text(const struct switch_row *row);
char *group_row_text(const struct group_row *row);

/* The host of that name, or NULL: the configuration has none. */
const struct host_row *host_rows_find(const struct host_rows *rows,
                                      const char *name);
/* A host that was asked as `name` calls itself `node`. If that is another host
 * of the configuration, its name; else NULL. A domain behind either counts for
 * nothing. */
const char *host_rows_other(const struct host_rows *rows, const char *name,
                            const char *node);

#endif
