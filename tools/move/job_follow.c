/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the report of a job as it grows, and waits for the job's end. */
#include "tools/move/job_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "tools/base/clock.h"
#include "tools/exit.h"
#include "tools/move/job_files.h"

enum {
    LOOK_MS = 100, /* between two looks where nothing tells of a change */
    UNTOLD_LOOK_MS = 1000, /* where it does: a worker may be killed */
    END_LOOK_MS = 5, /* the result is there, and the lock about to be free */
};

static bool write_all(int to, const char *buf, ssize_t n)
{
    for (ssize_t at = 0; at < n;) {
        ssize_t w = write(to, buf + at, (size_t)(n - at));

        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return false;
        at += w;
    }
    return true;
}

/* Copies what is new; false: the reader has gone. *last_r: the last byte that
 * was copied, unchanged if there was none. */
static bool copy_new(int from, int to, char *last_r)
{
    char buf[16384];
    ssize_t n;

    while ((n = read(from, buf, sizeof buf)) > 0) {
        if (!write_all(to, buf, n))
            return false;
        *last_r = buf[n - 1];
    }
    return true;
}

/* Shows that this connection lives: an empty line, but never inside a line. */
static bool send_beat(char last, int64_t *beat_ms)
{
    if (clock_ms() - *beat_ms < JOB_BEAT_MS || last != '\n')
        return true;
    *beat_ms = clock_ms();
    return write_all(STDOUT_FILENO, "\n", 1);
}

int job_exit_code(const struct job *j)
{
    char text[16];

    if (!job_file_read(j->dir, j->id, "exit", text, sizeof text))
        return JOB_UNKNOWN;
    return atoi(text) & 255;
}

/* A descriptor that can be read when a file of a job grows or appears; -1:
 * nothing tells. */
static int job_notice_open(const struct job *j)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    if (fd < 0 || inotify_add_watch(fd, j->dir,
                                    IN_MODIFY | IN_CREATE | IN_MOVED_TO) >= 0)
        return fd;
    close(fd);
    return -1;
}

static void job_notice_wait(const struct job *j, int notice)
{
    struct pollfd p = { .fd = notice, .events = POLLIN };
    char told[4096];
    int ms = job_exit_code(j) != JOB_UNKNOWN ? END_LOOK_MS
             : notice < 0                    ? LOOK_MS
                                             : UNTOLD_LOOK_MS;

    if (poll(&p, 1, ms) > 0)
        while (read(notice, told, sizeof told) > 0)
            ;
}

/* Until the lock is free: then the worker and the move have ended. */
int job_follow(const struct job *j)
{
    int notice = job_notice_open(j); /* before the first look at the files */
    int lock = job_file_open(j->dir, j->id, "lock", O_RDWR);
    int out = -1, err = -1, rc = JOB_UNKNOWN;
    char last = '\n';
    int64_t beat_ms = clock_ms();
    bool over = false;

    while (lock >= 0) {
        over = !flock(lock, LOCK_EX | LOCK_NB);
        if (out < 0)
            out = job_file_open(j->dir, j->id, "out", O_RDONLY);
        if (out >= 0 && !copy_new(out, STDOUT_FILENO, &last))
            break;
        if (over || !send_beat(last, &beat_ms))
            break;
        job_notice_wait(j, notice);
    }
    if (over) {
        err = job_file_open(j->dir, j->id, "err", O_RDONLY);
        if (err >= 0)
            copy_new(err, STDERR_FILENO, &last);
        rc = job_exit_code(j);
    }
    if (out >= 0)
        close(out);
    if (err >= 0)
        close(err);
    if (lock >= 0)
        close(lock);
    if (notice >= 0)
        close(notice);
    return over ? rc : RC_FAILED; /* the reader has gone: nobody sees it */
}
