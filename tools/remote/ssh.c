/* SPDX-License-Identifier: LGPL-2.1-only */
/* Starts and ends a program on another host. */
#include "tools/remote/ssh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *ssh_quote(const char *s)
{
    size_t n = 3;
    char *q, *o;

    for (const char *p = s; *p; p++)
        n += *p == '\'' ? 4 : 1;
    q = o = calloc(1, n);
    if (!q)
        return NULL;
    *o++ = '\'';
    for (; *s; s++) {
        if (*s == '\'')
            o = stpcpy(o, "'\\''");
        else
            *o++ = *s;
    }
    *o++ = '\'';
    *o = '\0';
    return q;
}

char *ssh_command(const char *ssh_command, const char *host,
                  const char *script)
{
    /* quoted twice: for the local shell and for the one on the other host */
    char *inner = NULL, *command = NULL, *outer = NULL, *h = NULL;
    char *line = NULL;

    if (*host == '-' || !*host)
        return NULL;
    inner = ssh_quote(script);
    if (inner && asprintf(&command, "exec sh -c %s", inner) < 0)
        command = NULL;
    if (command)
        outer = ssh_quote(command);
    h = ssh_quote(host);
    if (outer && h &&
        asprintf(&line, "exec %s %s %s", ssh_command, h, outer) < 0)
        line = NULL;
    free(inner);
    free(command);
    free(outer);
    free(h);
    return line;
}

int ssh_start(struct child *p, const char *command)
{
    return child_start(p, command,
                       CHILD_IN | CHILD_OUT | CHILD_ERR | CHILD_IGNORE_INT);
}
