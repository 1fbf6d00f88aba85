/* SPDX-License-Identifier: LGPL-2.1-only */
/* Starts a child process, with pipes, and ends it. */
#include "tools/remote/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The child's ends of the pipes become its standard streams. Signals are as a
 * program expects them, whatever this process does with its own. */
static int child_spawn(struct child *c, char *command, unsigned flags, int in,
                       int out, int err)
{
    char shell[] = "sh", dash_c[] = "-c";
    char *argv[] = { shell, dash_c, command, NULL };
    short set = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t at;
    sigset_t none, pipe;
    int r;

    sigemptyset(&none);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    posix_spawn_file_actions_init(&fa);
    posix_spawnattr_init(&at);
    if (in >= 0)
        posix_spawn_file_actions_adddup2(&fa, in, STDIN_FILENO);
    else
        posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null",
                                         O_RDONLY, 0);
    if (out >= 0)
        posix_spawn_file_actions_adddup2(&fa, out, STDOUT_FILENO);
    if (err >= 0)
        posix_spawn_file_actions_adddup2(&fa, err, STDERR_FILENO);
    if (flags & CHILD_GROUP)
        set |= POSIX_SPAWN_SETSID;
    posix_spawnattr_setflags(&at, set);
    posix_spawnattr_setsigmask(&at, &none);
    posix_spawnattr_setsigdefault(&at, &pipe);
    r = posix_spawn(&c->pid, "/bin/sh", &fa, &at, argv, environ);
    posix_spawn_file_actions_destroy(&fa);
    posix_spawnattr_destroy(&at);
    if (r)
        c->pid = -1;
    return -r;
}

int child_start(struct child *c, const char *command, unsigned flags)
{
    int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
    char *text = NULL;
    int rc = 0;

    *c = (struct child)CHILD_NONE;
    /* what is ignored stays so in the programs that the shell starts */
    if (asprintf(&text, "%s%s",
                 flags & CHILD_IGNORE_INT ? "trap '' INT; " : "", command) < 0)
        return -ENOMEM;
    if ((flags & CHILD_IN && pipe2(in, O_CLOEXEC)) ||
        (flags & CHILD_OUT && pipe2(out, O_CLOEXEC)) ||
        (flags & CHILD_ERR && pipe2(err, O_CLOEXEC)))
        rc = -errno;
    if (!rc)
        rc = child_spawn(c, text, flags, in[0], out[1], err[1]);
    if (!rc) {
        c->group = flags & CHILD_GROUP;
        c->to = in[1];
        c->from = out[0];
        c->err = err[0];
        in[1] = out[0] = err[0] = -1;
    }
    for (int i = 0; i < 2; i++) {
        close_fd(&in[i]);
        close_fd(&out[i]);
        close_fd(&err[i]);
    }
    free(text);
    return rc;
}

bool child_running(struct child *c)
{
    pid_t r = c->pid > 0 ? waitpid(c->pid, &c->status, WNOHANG) : -1;

    if (r == c->pid || (r < 0 && errno != EINTR))
        c->pid = -1;
    return c->pid > 0;
}

static void close_all(struct child *c)
{
    close_fd(&c->to);
    close_fd(&c->from);
    close_fd(&c->err);
}

void child_wait(struct child *c)
{
    close_all(c);
    while (c->pid > 0 && waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
        ;
    c->pid = -1;
}

void child_kill(struct child *c)
{
    close_all(c);
    if (c->pid <= 0)
        return;
    kill(c->group ? -c->pid : c->pid, SIGKILL);
    child_wait(c);
}

void child_end(struct child *c, unsigned ms)
{
    close_all(c);
    for (unsigned waited = 0; child_running(c); waited += 10) {
        if (waited >= ms)
            child_kill(c);
        else
            poll(NULL, 0, 10);
    }
}

int child_code(const struct child *c)
{
    return c->status != -1 && WIFEXITED(c->status) ? WEXITSTATUS(c->status)
                                                   : 255;
}
