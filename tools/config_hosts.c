/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads a hosts file: a line for each host, its name and its address, as in
 * hosts(5) the other way round; what is behind a # is for people. */
#include "tools/config_impl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/file.h"

enum { HOSTS_FILE_MAX = 1 << 20 };

/* Of a file that is no hosts file nothing is shown, for it may be anything. */
static bool hosts_name(const char *name)
{
    return !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz0123456789._-")];
}

/* "NAME ADDRESS", "NAME=ADDRESS" or "NAME" */
static int hosts_line(struct config *c, char *line, struct msg *err)
{
    static const char between[] = " \t\r=";
    char *save = NULL, *name, *address, *row;
    int rc;

    line[strcspn(line, "#")] = '\0';
    name = strtok_r(line, between, &save);
    address = name ? strtok_r(NULL, between, &save) : NULL;
    if (!name)
        return 0;
    if (!hosts_name(name)) {
        msg_set(err, "the name of a host has letters, digits, '.', '_' and "
                     "'-', and no other characters");
        return -EINVAL;
    }
    if (strtok_r(NULL, between, &save)) {
        msg_set(err, "a line has NAME and ADDRESS, and nothing behind it");
        return -EINVAL;
    }
    if (asprintf(&row, "%s%s%s", name, address ? "=" : "",
                 address ? address : "") < 0)
        return -ENOMEM;
    rc = host_rows_add(&c->hosts, row);
    if (rc == -EINVAL)
        msg_set(err, "a line has NAME and ADDRESS, of which neither begins "
                     "with '-', and NAME has at most 255 characters");
    free(row);
    for (const struct setting *s = config_table; !rc && s->name; s++)
        if (s->type == T_HOSTS)
            rc = config_check_row(c, s, c->hosts.n - 1, err);
    return rc;
}

int config_hosts_file(struct config *c, const char *path, struct msg *err)
{
    unsigned line = 0;
    struct msg why;
    size_t len;
    char *text = file_read(path, HOSTS_FILE_MAX, &len);
    int rc = text ? 0 : -errno;

    if (rc)
        msg_set(err, "%s: %s", path, strerror(-rc));
    else if (strlen(text) != len) {
        msg_set(err, "%s is no text", path);
        rc = -EINVAL;
    }
    for (char *p = text, *next; p && !rc; p = next) {
        next = strchr(p, '\n');
        if (next)
            *next++ = '\0';
        line++;
        msg_set(&why, "out of memory");
        rc = hosts_line(c, p, &why);
        if (rc)
            msg_set(err, "%s:%u: %s", path, line, why.text);
        if (rc == -EINVAL)
            rc = config_fault(c, err);
    }
    free(text);
    return rc;
}
