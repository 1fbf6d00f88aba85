/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the folder whose guests are started at boot: XENDOMAINS_AUTO of the
 * file that xendomains reads, /etc/default/xendomains or, on other systems,
 * /etc/sysconfig/xendomains.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/file.h"
#include "tools/move/autostart_files.h"
#include "tools/paths.h"

enum { SETTINGS_MAX = 1 << 16 };

/* Reads the value of XENDOMAINS_AUTO=VALUE, which may be quoted. False: that
 * is another line, or only a shell knows what it means. */
static bool dir_of_line(const char *line, size_t n, char path[PATH_MAX])
{
    static const char key[] = "XENDOMAINS_AUTO=";
    char quote = '\0';
    size_t len = 0;

    for (; n && isspace((unsigned char)*line); n--)
        line++;
    if (n < sizeof key || strncmp(line, key, sizeof key - 1))
        return false;
    line += sizeof key - 1;
    n -= sizeof key - 1;
    if (*line == '"' || *line == '\'') {
        quote = *line++;
        n--;
    }
    while (len < n && (quote ? line[len] != quote
                             : !isspace((unsigned char)line[len]) &&
                                   line[len] != '#' && line[len] != ';'))
        len++;
    while (len > 1 && line[len - 1] == '/')
        len--;
    if (!len || *line != '/' || len >= PATH_MAX - NAME_MAX - 1)
        return false;
    for (size_t i = 0; i < len; i++)
        if (strchr("$`\\*?[~", line[i]) || iscntrl((unsigned char)line[i]))
            return false;
    memcpy(path, line, len);
    path[len] = '\0';
    return true;
}

/* The last assignment holds, as for the shell. */
static bool dir_of_file(const char *file, char path[PATH_MAX])
{
    size_t len;
    char *text = file_read(file, SETTINGS_MAX, &len);
    bool found = false;

    for (const char *p = text; p && *p;) {
        size_t n = strcspn(p, "\n");

        found |= dir_of_line(p, n, path);
        p += n + (p[n] == '\n');
    }
    free(text);
    return found;
}

void autostart_dir(char path[PATH_MAX])
{
    static const char *const files[] = { "default", "sysconfig" };
    const char *xen = path_xen(), *slash = strrchr(xen, '/');
    int etc = slash ? (int)(slash - xen) : 0;
    char file[PATH_MAX];

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        int n = snprintf(file, sizeof file, "%.*s/%s/xendomains", etc, xen,
                         files[i]);

        if (n > 0 && (size_t)n < sizeof file && dir_of_file(file, path))
            return;
    }
    snprintf(path, PATH_MAX, "%s/auto", path_xen());
}
