/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs many short commands at once in one poll loop; kills a late one. */
#include "tools/remote/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    OUTPUT_MOST = 4 << 20,
    ENDING_MS = 2, /* between two looks at one that has closed its output */
};

static int64_t gather_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void gather_give_up(struct gather_job *j, int rc, const char *why)
{
    j->rc = rc;
    j->done = true;
    if (!*j->said)
        snprintf(j->said, sizeof j->said, "%s", why);
}

static void gather_start(struct gather_job *j, unsigned timeout_ms)
{
    int rc = j->command ? child_start(&j->child, j->command,
                                      CHILD_OUT | CHILD_ERR | CHILD_GROUP)
                        : -ENOMEM;

    j->started = true;
    j->deadline_ms = gather_now_ms() + timeout_ms;
    if (rc) {
        gather_give_up(j, rc, strerror(-rc));
        return;
    }
    fcntl(j->child.from, F_SETFL, O_NONBLOCK);
    fcntl(j->child.err, F_SETFL, O_NONBLOCK);
}

static size_t gather_running(const struct gather_job *j, size_t n)
{
    size_t k = 0;

    for (size_t i = 0; i < n; i++)
        k += j[i].started && !j[i].done;
    return k;
}

static void start_more(struct gather_job *j, size_t n, size_t at_once,
                       unsigned timeout_ms)
{
    size_t k = gather_running(j, n);

    for (size_t i = 0; i < n && k < at_once; i++)
        if (!j[i].started) {
            gather_start(&j[i], timeout_ms);
            k += !j[i].done;
        }
}

static void close_fd(int *fd)
{
    close(*fd);
    *fd = -1;
}

/* Room for more of its answer, if it may have more. */
static bool has_room(struct gather_job *j)
{
    size_t most = (j->most ? j->most : OUTPUT_MOST) + 1;
    size_t want = j->room ? j->room * 2 : 16384;
    char *bigger;

    if (j->len < j->room)
        return true;
    if (want > most)
        want = most;
    bigger = j->len < most ? realloc(j->out, want + 1) : NULL;
    if (!bigger) {
        gather_give_up(j, -EFBIG, "its answer is too large");
        return false;
    }
    j->out = bigger;
    j->room = want;
    return true;
}

static void read_out(struct gather_job *j)
{
    ssize_t n;

    if (!has_room(j))
        return;
    n = read(j->child.from, j->out + j->len, j->room - j->len);
    if (n > 0)
        j->len += (size_t)n;
    else if (!n || (errno != EAGAIN && errno != EINTR))
        close_fd(&j->child.from);
}

/* The first line, in however many pieces it comes: stderr has no buffer. */
static void read_err(struct gather_job *j)
{
    char buf[sizeof j->said];
    size_t at = strlen(j->said);
    ssize_t n = read(j->child.err, buf, sizeof buf);

    for (ssize_t i = 0; i < n && !j->said_all; i++) {
        j->said_all = at && (buf[i] == '\n' || buf[i] == '\r');
        if (j->said_all || at + 1 == sizeof j->said)
            break;
        if (buf[i] && buf[i] != '\n' && buf[i] != '\r')
            j->said[at++] = buf[i];
    }
    j->said[at] = '\0';
    if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
        close_fd(&j->child.err);
}

static bool is_silent(const struct gather_job *j)
{
    return j->child.from < 0 && j->child.err < 0;
}

/* Its code, when it has ended; it is killed when it was given up. A command
 * that closes its output and goes on is waited for until its deadline. */
static void gather_reap(struct gather_job *j)
{
    if (j->done)
        child_kill(&j->child, true);
    else if (child_running(&j->child))
        return;
    if (!j->done && j->child.status) {
        j->code = child_code(&j->child);
        gather_give_up(j, -EIO, "the command failed");
    }
    j->done = true;
    if (j->out)
        j->out[j->len] = '\0';
}

/* Waits until one of them has something to say or to be done about. */
static void wait_for_any(const struct gather_job *j, size_t n,
                         struct pollfd *p)
{
    int64_t now = gather_now_ms(), next = now + 1000;
    nfds_t k = 0;

    for (size_t i = 0; i < n; i++) {
        if (!j[i].started || j[i].done)
            continue;
        p[k++] = (struct pollfd){ j[i].child.from, POLLIN, 0 };
        p[k++] = (struct pollfd){ j[i].child.err, POLLIN, 0 };
        if (is_silent(&j[i]) && now + ENDING_MS < next)
            next = now + ENDING_MS;
        if (j[i].deadline_ms < next)
            next = j[i].deadline_ms;
    }
    poll(p, k, next > now ? (int)(next - now) : 0);
}

static void gather_round(struct gather_job *j, size_t n, struct pollfd *p)
{
    int64_t now;
    nfds_t k = 0;

    wait_for_any(j, n, p);
    now = gather_now_ms();
    for (size_t i = 0; i < n; i++) {
        if (!j[i].started || j[i].done)
            continue;
        if (p[k++].revents)
            read_out(&j[i]);
        if (p[k++].revents)
            read_err(&j[i]);
        if (!j[i].done && now >= j[i].deadline_ms)
            gather_give_up(&j[i], -ETIMEDOUT, "no answer in time");
        if (j[i].done || is_silent(&j[i]))
            gather_reap(&j[i]);
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
        if (!p || !gather_running(job, n))
            break;
        gather_round(job, n, p);
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
        if (job[i].started && job[i].child.pid > 0)
            child_kill(&job[i].child, true);
        free(job[i].out);
        free(job[i].command);
    }
}
