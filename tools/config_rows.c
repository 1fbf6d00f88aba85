/* SPDX-License-Identifier: LGPL-2.1-only */
/* Parses the rows of the configuration's lists: hosts, switches, groups. */
#include "tools/config_rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/base/grow.h"

enum { NAME_MOST = 255 };

/* Where the name of a row ends; 0: it has none, or too long a one. */
static size_t row_name_end(const char *text)
{
    size_t n = strcspn(text, "=");

    return n <= NAME_MOST ? n : 0;
}

/* "NAME=REST" into two strings; without "=" the rest is the name. */
static int row_split(const char *text, char **name_r, char **rest_r)
{
    size_t n = row_name_end(text);

    if (!n)
        return -EINVAL;
    *name_r = strndup(text, n);
    *rest_r = strdup(text[n] ? text + n + 1 : text);
    if (*name_r && *rest_r)
        return 0;
    free(*name_r);
    free(*rest_r);
    return -ENOMEM;
}

static char *row_join(const char *name, const char *rest)
{
    char *text;

    if (!strcmp(name, rest))
        return strdup(name);
    return asprintf(&text, "%s=%s", name, rest) < 0 ? NULL : text;
}

/* --- hosts ----------------------------------------------------------------- */

int host_rows_add(struct host_rows *rows, const char *text)
{
    struct host_row *r;
    int rc;

    /* ssh would take either for an option */
    if (*text == '-' || !strncmp(text + strcspn(text, "="), "=-", 2))
        return -EINVAL;
    if (array_grow(&rows->row, &rows->room, rows->n + 1, sizeof *r))
        return -ENOMEM;
    r = &rows->row[rows->n];
    rc = row_split(text, &r->name, &r->address);
    if (!rc)
        rows->n++;
    return rc;
}

void host_rows_dispose(struct host_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        free(rows->row[i].name);
        free(rows->row[i].address);
    }
    free(rows->row);
    *rows = (struct host_rows){ .row = NULL };
}

char *host_row_text(const struct host_row *row)
{
    return row_join(row->name, row->address);
}

const struct host_row *host_rows_find(const struct host_rows *rows,
                                      const char *name)
{
    for (size_t i = 0; i < rows->n; i++)
        if (!strcmp(rows->row[i].name, name))
            return &rows->row[i];
    return NULL;
}

/* "r1h1" and "r1h1.example.org" are one host. */
static bool host_names_equal(const char *a, const char *b)
{
    size_t n = strcspn(a, "."), m = strcspn(b, ".");

    return !strcasecmp(a, b) ||
           (n && n == m && !strncasecmp(a, b, n) && (!a[n] || !b[m]));
}

const char *host_rows_other(const struct host_rows *rows, const char *name,
                            const char *node)
{
    if (!*node || host_names_equal(name, node) || !host_rows_find(rows, name))
        return NULL;
    for (size_t i = 0; i < rows->n; i++)
        if (host_names_equal(rows->row[i].name, node))
            return rows->row[i].name;
    return NULL;
}

/* --- switches -------------------------------------------------------------- */

int switch_rows_add(struct switch_rows *rows, const char *text)
{
    struct switch_row *r;
    int rc;

    if (array_grow(&rows->row, &rows->room, rows->n + 1, sizeof *r))
        return -ENOMEM;
    r = &rows->row[rows->n];
    rc = row_split(text, &r->name, &r->how);
    if (!rc)
        rows->n++;
    return rc;
}

void switch_rows_dispose(struct switch_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        free(rows->row[i].name);
        free(rows->row[i].how);
    }
    free(rows->row);
    *rows = (struct switch_rows){ .row = NULL };
}

char *switch_row_text(const struct switch_row *row)
{
    return row_join(row->name, row->how);
}

/* --- groups ---------------------------------------------------------------- */

int group_rows_add(struct group_rows *rows, const char *text)
{
    size_t n = row_name_end(text);
    struct group_row r = { .name = NULL };
    int rc;

    if (!n || !text[n])
        return -EINVAL;
    rc = array_grow(&rows->row, &rows->room, rows->n + 1, sizeof r);
    if (!rc)
        rc = strlist_split(&r.members, text + n + 1, ',');
    if (!rc && !r.members.n)
        rc = -EINVAL;
    if (!rc) {
        r.name = strndup(text, n);
        rc = r.name ? 0 : -ENOMEM;
    }
    if (rc)
        strlist_dispose(&r.members);
    else
        rows->row[rows->n++] = r;
    return rc;
}

void group_rows_dispose(struct group_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        free(rows->row[i].name);
        strlist_dispose(&rows->row[i].members);
    }
    free(rows->row);
    *rows = (struct group_rows){ .row = NULL };
}

char *group_row_text(const struct group_row *row)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    if (!f)
        return NULL;
    fputs(row->name, f);
    for (size_t i = 0; i < row->members.n; i++)
        fprintf(f, "%c%s", i ? ',' : '=', row->members.s[i]);
    if (!fclose(f))
        return text;
    free(text);
    return NULL;
}
