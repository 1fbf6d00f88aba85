/* SPDX-License-Identifier: LGPL-2.1-only */
/* Children with their pipes in one poll loop; a late one is killed. */
#include "tools/remote/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUTPUT_MAX = 64 << 20, OUT = 0, ERR = 1 };

extern char **environ;

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void give_up(struct gather_job *j, int rc, const char *why)
{
    j->rc = rc;
    j->done = true;
    if (!*j->said)
        snprintf(j->said, sizeof j->said, "%s", why);
}

/* The child is a process group, so that what it starts dies with it. */
static int spawn(struct gather_job *j, int out, int err)
{
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t at;
    int r;

    posix_spawn_file_actions_init(&fa);
    posix_spawnattr_init(&at);
    posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&fa, out, 1);
    posix_spawn_file_actions_adddup2(&fa, err, 2);
    posix_spawnattr_setflags(&at, POSIX_SPAWN_SETPGROUP);
    r = posix_spawnp(&j->pid, j->argv[0], &fa, &at, j->argv, environ);
    posix_spawn_file_actions_destroy(&fa);
    posix_spawnattr_destroy(&at);
    return r;
}

static void start(struct gather_job *j, unsigned timeout_ms)
{
    int out[2] = { -1, -1 }, err[2] = { -1, -1 }, r;

    j->started = true;
    j->deadline_ms = now_ms() + timeout_ms;
    j->fd[OUT] = j->fd[ERR] = -1;
    if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) {
        give_up(j, -errno, strerror(errno));
    } else {
        r = spawn(j, out[1], err[1]);
        if (r) {
            j->pid = 0;
            give_up(j, -r, strerror(r));
        }
    }
    close_fd(&out[1]);
    close_fd(&err[1]);
    if (j->done) {
        close_fd(&out[0]);
        close_fd(&err[0]);
        return;
    }
    j->fd[OUT] = out[0];
    j->fd[ERR] = err[0];
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
}

static size_t running(const struct gather_job *j, size_t n)
{
    size_t k = 0;

    for (size_t i = 0; i < n; i++)
        k += j[i].started && !j[i].done;
    return k;
}

static void start_more(struct gather_job *j, size_t n, size_t at_once,
                       unsigned timeout_ms)
{
    size_t k = running(j, n);

    for (size_t i = 0; i < n && k < at_once; i++)
        if (!j[i].started) {
            start(&j[i], timeout_ms);
            k += !j[i].done;
        }
}

static void read_out(struct gather_job *j)
{
    char *bigger;
    ssize_t n;

    if (j->room - j->len < 4096) {
        size_t want = j->room ? j->room * 2 : 16384;

        bigger = want > OUTPUT_MAX ? NULL : realloc(j->out, want + 1);
        if (!bigger) {
            give_up(j, -EFBIG, "its answer is too large");
            return;
        }
        j->out = bigger;
        j->room = want;
    }
    n = read(j->fd[OUT], j->out + j->len, j->room - j->len);
    if (n > 0)
        j->len += (size_t)n;
    else if (!n || (errno != EAGAIN && errno != EINTR))
        close_fd(&j->fd[OUT]);
}

/* The first line, in however many pieces it comes: stderr has no buffer. */
static void read_err(struct gather_job *j)
{
    char buf[sizeof j->said];
    size_t at = strlen(j->said);
    ssize_t n = read(j->fd[ERR], buf, sizeof buf);

    for (ssize_t i = 0; i < n && !j->said_all; i++) {
        j->said_all = at && (buf[i] == '\n' || buf[i] == '\r');
        if (j->said_all || at + 1 == sizeof j->said)
            break;
        if (buf[i] && buf[i] != '\n' && buf[i] != '\r')
            j->said[at++] = buf[i];
    }
    j->said[at] = '\0';
    if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
        close_fd(&j->fd[ERR]);
}

static void reap(struct gather_job *j)
{
    int status;

    close_fd(&j->fd[OUT]);
    close_fd(&j->fd[ERR]);
    if (j->done) /* given up */
        kill(-j->pid, SIGKILL);
    while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR)
        ;
    j->pid = 0;
    if (!j->done && status) {
        j->code = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
        give_up(j, -EIO, "the command failed");
    }
    j->done = true;
    if (j->out)
        j->out[j->len] = '\0';
}

static void one_round(struct gather_job *j, size_t n, struct pollfd *p)
{
    int64_t now = now_ms(), next = now + 1000;
    nfds_t k = 0;

    for (size_t i = 0; i < n; i++) {
        if (!j[i].started || j[i].done)
            continue;
        for (int f = OUT; f <= ERR; f++)
            p[k++] = (struct pollfd){ j[i].fd[f], POLLIN, 0 };
        if (j[i].deadline_ms < next)
            next = j[i].deadline_ms;
    }
    poll(p, k, next > now ? (int)(next - now) : 0);
    k = 0;
    now = now_ms();
    for (size_t i = 0; i < n; i++) {
        if (!j[i].started || j[i].done)
            continue;
        if (p[k++].revents)
            read_out(&j[i]);
        if (p[k++].revents)
            read_err(&j[i]);
        if (!j[i].done && now >= j[i].deadline_ms)
            give_up(&j[i], -ETIMEDOUT, "no answer in time");
        if (j[i].done || (j[i].fd[OUT] < 0 && j[i].fd[ERR] < 0))
            reap(&j[i]);
    }
}

void gather_begin(struct gather_job *job, size_t n, size_t at_once,
                  unsigned timeout_ms)
{
    start_more(job, n, at_once, timeout_ms);
}

void gather_watch(struct gather_job *job, size_t n, size_t at_once,
                  unsigned timeout_ms, void (*told)(void *arg, size_t ended),
                  void *arg)
{
    struct pollfd *p = calloc(2 * n + 1, sizeof *p);
    size_t before = 0;

    for (;;) {
        size_t ended = 0;

        start_more(job, n, at_once, timeout_ms);
        for (size_t i = 0; i < n; i++)
            ended += job[i].done;
        if (told && ended != before)
            told(arg, ended);
        before = ended;
        if (!p || !running(job, n))
            break;
        one_round(job, n, p);
    }
    free(p);
}

void gather_end(struct gather_job *job, size_t n, size_t at_once,
                unsigned timeout_ms)
{
    gather_watch(job, n, at_once, timeout_ms, NULL, NULL);
}

void gather_dispose(struct gather_job *job, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (job[i].pid > 0) {
            job[i].done = true;
            reap(&job[i]);
        }
        free(job[i].out);
        for (char **a = job[i].argv; a && *a; a++)
            free(*a);
        free(job[i].argv);
    }
}
