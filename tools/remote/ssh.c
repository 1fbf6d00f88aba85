/* SPDX-License-Identifier: LGPL-2.1-only */
/* Starts and ends a program on another host. */
#include "tools/remote/ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
    /* quoted twice: for our shell and for the far end's */
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

static void run_child(const char *line, int in, int out, int err)
{
    sigset_t none;

    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    /* ssh leaves a signal alone that it finds ignored */
    signal(SIGINT, SIG_IGN);
    execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(127);
}

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int ssh_start(struct ssh_proc *p, const char *line)
{
    int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
    int rc = 0;

    *p = (struct ssh_proc){ -1, -1, -1, -1, -1 };
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) ||
        pipe2(err, O_CLOEXEC)) {
        rc = -errno;
        goto out;
    }
    p->pid = fork();
    if (p->pid < 0) {
        rc = -errno;
        goto out;
    }
    if (!p->pid)
        run_child(line, in[0], out[1], err[1]);
    p->to = in[1];
    p->from = out[0];
    p->err = err[0];
    in[1] = out[0] = err[0] = -1;
out:
    for (int i = 0; i < 2; i++) {
        shut(&in[i]);
        shut(&out[i]);
        shut(&err[i]);
    }
    return rc;
}

bool ssh_running(struct ssh_proc *p)
{
    pid_t r = p->pid > 0 ? waitpid(p->pid, &p->status, WNOHANG) : -1;

    if (r == p->pid || (r < 0 && errno != EINTR))
        p->pid = -1;
    return p->pid > 0;
}

void ssh_end(struct ssh_proc *p, unsigned ms)
{
    shut(&p->to);
    shut(&p->from);
    shut(&p->err);
    if (p->pid <= 0)
        return;
    for (unsigned waited = 0;; waited += 10) {
        pid_t r = waitpid(p->pid, &p->status, WNOHANG);

        if (r == p->pid || (r < 0 && errno != EINTR))
            break;
        if (waited >= ms) {
            kill(p->pid, SIGKILL);
            waitpid(p->pid, &p->status, 0);
            break;
        }
        poll(NULL, 0, 10);
    }
    p->pid = -1;
}
