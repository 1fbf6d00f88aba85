/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs moves that outlive the connection over which they were asked for. */
#include "tools/move/job_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/paths.h"
#include "tools/base/clock.h"
#include "tools/base/msg.h"
#include "tools/exit.h"

enum {
    TRIES = 3,
    UNKNOWN = -1,
    LOOK_MS = 100, /* between two looks where nothing tells of a change */
    UNTOLD_LOOK_MS = 1000, /* where it does: a worker may be killed */
    END_LOOK_MS = 5, /* the result is there, and the lock about to be free */
};

/* --- the worker -------------------------------------------------------------- */

static _Noreturn void job_exec(const struct job *j, int lock)
{
    int in = open("/dev/null", O_RDONLY);
    int out = job_file_open(j->rundir, j->id, "out",
                            O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
    int err = job_file_open(j->rundir, j->id, "err",
                            O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
    sigset_t none;

    if (in < 0 || out < 0 || err < 0)
        _exit(RC_NOT_RUN);
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    /* it keeps the lock even when the worker is killed */
    fcntl(lock, F_SETFD, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    execvp(j->argv[0], (char *const *)j->argv);
    dprintf(2, "rackhop: %s can't be started: %s\n", j->argv[0],
            strerror(errno));
    _exit(RC_NOT_RUN);
}

static _Noreturn void job_work(const struct job *j, int lock)
{
    char text[64];
    pid_t pid;
    int status, null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid();
    signal(SIGHUP, SIG_IGN);
    if (null >= 0) {
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
    }
    pid = fork();
    if (!pid)
        job_exec(j, lock);
    if (pid < 0)
        _exit(RC_FAILED);
    snprintf(text, sizeof text, "%d %llu", (int)pid, job_process_start(pid));
    job_file_write(j->rundir, j->id, "pid", text);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    /* killed: the next question lets the handover record settle it */
    if (WIFEXITED(status)) {
        snprintf(text, sizeof text, "%d", WEXITSTATUS(status));
        job_file_write(j->rundir, j->id, "exit", text);
    }
    job_file_remove(j->rundir, j->id, "pid");
    _exit(0);
}

/* --- the observer --------------------------------------------------------------- */

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

static int job_exit_code(const struct job *j)
{
    char text[16];

    if (!job_file_read(j->rundir, j->id, "exit", text, sizeof text))
        return UNKNOWN;
    return atoi(text) & 255;
}

/* A descriptor that can be read when a file of a job grows or appears; -1:
 * nothing tells. */
static int job_notice_open(const struct job *j)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    char dir[400];

    snprintf(dir, sizeof dir, "%s/move", j->rundir);
    if (fd < 0 ||
        inotify_add_watch(fd, dir, IN_MODIFY | IN_CREATE | IN_MOVED_TO) >= 0)
        return fd;
    close(fd);
    return -1;
}

static void job_notice_wait(const struct job *j, int notice)
{
    struct pollfd p = { .fd = notice, .events = POLLIN };
    char told[4096];
    int ms = job_exit_code(j) != UNKNOWN ? END_LOOK_MS
             : notice < 0                ? LOOK_MS
                                         : UNTOLD_LOOK_MS;

    if (poll(&p, 1, ms) > 0)
        while (read(notice, told, sizeof told) > 0)
            ;
}

/* Shows the report until the lock is free: then the worker and the move have
 * ended. Returns the exit code, or UNKNOWN. */
static int job_follow(const struct job *j)
{
    int notice = job_notice_open(j); /* before the first look at the files */
    int lock = job_file_open(j->rundir, j->id, "lock", O_RDWR);
    int out = -1, err = -1, rc = UNKNOWN;
    char last = '\n';
    int64_t beat_ms = clock_ms();
    bool over = false;

    while (lock >= 0) {
        over = !flock(lock, LOCK_EX | LOCK_NB);
        if (out < 0)
            out = job_file_open(j->rundir, j->id, "out", O_RDONLY);
        if (out >= 0 && !copy_new(out, STDOUT_FILENO, &last))
            break;
        if (over || !send_beat(last, &beat_ms))
            break;
        job_notice_wait(j, notice);
    }
    if (over) {
        err = job_file_open(j->rundir, j->id, "err", O_RDONLY);
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

/* Results that stay true. RC_DOUBT may have been settled since. */
static bool is_final(int code)
{
    return code == RC_OK || code == RC_FAILED || code == RC_USAGE;
}

/* Starts the worker, which inherits the lock that the caller holds. */
static int job_start(const struct job *j, int lock)
{
    int status = 0;
    pid_t pid;

    job_file_remove(j->rundir, j->id, "out");
    job_file_remove(j->rundir, j->id, "err");
    job_file_remove(j->rundir, j->id, "pid");
    job_file_remove(j->rundir, j->id, "exit");
    pid = fork();
    if (pid < 0)
        return -errno;
    if (!pid) {
        pid = fork(); /* so that the worker is no child of ours */
        if (!pid)
            job_work(j, lock);
        _exit(pid < 0);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status ? -EAGAIN : 0; /* it could not fork */
}

static int job_prepare(const struct job *j, struct msg *err)
{
    char dir[400];
    int rc;

    snprintf(dir, sizeof dir, "%s/move", j->rundir);
    rc = path_make(dir);
    if (rc)
        msg_set(err, "%s can't be made: %s", dir, strerror(-rc));
    else
        job_files_sweep(j->rundir);
    return rc;
}

int job_run(const struct job *j, struct msg *err)
{
    int rc = job_prepare(j, err), lock, code = UNKNOWN;

    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < TRIES && !rc && code == UNKNOWN; i++) {
        lock = job_file_open(j->rundir, j->id, "lock", O_RDWR | O_CREAT);
        if (lock < 0) {
            rc = -errno;
            msg_set(err, "%s/move/%s.lock can't be opened: %s", j->rundir,
                    j->id, strerror(-rc));
            break;
        }
        if (!flock(lock, LOCK_EX | LOCK_NB) && !is_final(job_exit_code(j))) {
            rc = job_start(j, lock);
            if (rc)
                msg_set(err, "the move can't be started: %s", strerror(-rc));
        }
        close(lock);
        if (!rc)
            code = job_follow(j);
    }
    if (rc)
        return rc;
    return code == UNKNOWN ? RC_DOUBT : code;
}

bool job_answers(const struct job *j)
{
    int lock = job_file_open(j->rundir, j->id, "lock", O_RDWR);
    bool runs = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB);

    if (lock >= 0)
        close(lock);
    return runs || is_final(job_exit_code(j));
}

bool job_known(const struct job *j)
{
    char path[512];

    job_file_path(path, sizeof path, j->rundir, j->id, "out");
    return !access(path, F_OK);
}

int job_cancel(const char *rundir, const char *id, struct msg *err)
{
    int lock = job_file_open(rundir, id, "lock", O_RDWR), rc = 0;
    unsigned long long when = 0;
    char text[64];
    int pid = 0;

    for (int i = 0; lock >= 0 && !rc && i < 30; i++) {
        if (!flock(lock, LOCK_EX | LOCK_NB))
            break;
        if (job_file_read(rundir, id, "pid", text, sizeof text) &&
            sscanf(text, "%d %llu", &pid, &when) == 2 && pid > 1 &&
            job_process_start(pid) == when) {
            rc = kill(pid, SIGTERM) ? -errno : 1;
            if (rc < 0)
                msg_set(err, "the move can't be sent a signal: %s",
                        strerror(-rc));
        } else {
            poll(NULL, 0, LOOK_MS); /* it is starting or ending right now */
        }
    }
    if (lock >= 0)
        close(lock);
    return rc;
}
