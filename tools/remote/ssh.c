/* SPDX-License-Identifier: LGPL-2.1-only */
/* Starts and ends a program on another host. */
#include "tools/remote/ssh.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/paths.h"

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

enum {
    /* sun_path, less what ssh appends: %C becomes 40 digits, and a socket that
     * is being made has 17 characters more */
    SHARED_DIR_MAX = 108 - 1 - 1 - 40 - 17,
};

/* A folder that only we may enter, with a name that no shell looks into. */
static bool shared_dir(char *dir, const char *rundir)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
    int n = snprintf(dir, SHARED_DIR_MAX, "%s/ssh", rundir);
    struct stat st;

    if (n < 0 || n >= SHARED_DIR_MAX || dir[strspn(dir, plain)])
        return false;
    (void)path_make(rundir); /* without it, the next call says so */
    if (mkdir(dir, 0700) && errno != EEXIST)
        return false;
    return !lstat(dir, &st) && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
           !(st.st_mode & 077);
}

char *ssh_shared(const char *ssh_command, const char *rundir)
{
    char dir[SHARED_DIR_MAX], *shared;

    if (strcmp(ssh_command, "ssh") || !shared_dir(dir, rundir))
        return strdup(ssh_command);
    /* a connection that is dead must not hold up those that share it */
    if (asprintf(
            &shared,
            "ssh -o BatchMode=yes -o ControlMaster=auto -o ControlPath=%s/%%C "
            "-o ControlPersist=60 -o ServerAliveInterval=5 "
            "-o ServerAliveCountMax=3",
            dir) < 0)
        return NULL;
    return shared;
}

char *ssh_short_command(const char *ssh, const char *rundir, const char *host,
                        const char *script)
{
    char *shared = ssh_shared(ssh, rundir);
    char *command = shared ? ssh_command(shared, host, script) : NULL;

    free(shared);
    return command;
}

int ssh_start(struct child *p, const char *command)
{
    return child_start(p, command,
                       CHILD_IN | CHILD_OUT | CHILD_ERR | CHILD_IGNORE_INT);
}
