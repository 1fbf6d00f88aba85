/* SPDX-License-Identifier: LGPL-2.1-only */
/* Moves that outlive the connection which asked for them. */
#include "tools/move/job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/paths.h"
#include "tools/base/msg.h"

enum { TRIES = 3, LOOK_MS = 100, KEPT_S = 7 * 86400, UNKNOWN = -1 };

static void path_of(char *buf, size_t len, const char *rundir, const char *id,
                    const char *kind)
{
    snprintf(buf, len, "%s/move/%s.%s", rundir, id, kind);
}

static int open_of(const char *rundir, const char *id, const char *kind,
                   int flags)
{
    char path[512];

    path_of(path, sizeof path, rundir, id, kind);
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static void remove_of(const char *rundir, const char *id, const char *kind)
{
    char path[512];

    path_of(path, sizeof path, rundir, id, kind);
    unlink(path);
}

/* A small file's text; false: it is not there. */
static bool read_of(const char *rundir, const char *id, const char *kind,
                    char *buf, size_t len)
{
    int fd = open_of(rundir, id, kind, O_RDONLY);
    ssize_t n;

    if (fd < 0)
        return false;
    n = read(fd, buf, len - 1);
    close(fd);
    buf[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static int write_of(const char *rundir, const char *id, const char *kind,
                    const char *text)
{
    char path[512];

    path_of(path, sizeof path, rundir, id, kind);
    return path_write(path, text, strlen(text));
}

/* What ended long ago is of no use to anybody. */
static void sweep(const char *rundir)
{
    static const char *const kinds[] = { "out", "err", "pid", "exit", "lock" };
    char dir[400], path[800];
    struct dirent *e;
    struct stat st;
    DIR *d;

    snprintf(dir, sizeof dir, "%s/move", rundir);
    d = opendir(dir);
    while (d && (e = readdir(d))) {
        size_t n = strlen(e->d_name);

        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (n <= 5 || strcmp(e->d_name + n - 5, ".exit") || stat(path, &st) ||
            time(NULL) - st.st_mtime < KEPT_S)
            continue;
        e->d_name[n - 5] = '\0';
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            remove_of(rundir, e->d_name, kinds[i]);
    }
    if (d)
        closedir(d);
}

/* When a process began: a number may be used again, this may not. */
static unsigned long long began(pid_t pid)
{
    char path[64], buf[1024], *p;
    unsigned long long t = 0;
    FILE *f;
    size_t n;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "re");
    if (!f)
        return 0;
    n = fread(buf, 1, sizeof buf - 1, f);
    fclose(f);
    buf[n] = '\0';
    p = strrchr(buf, ')');
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    if (p)
        t = strtoull(p, NULL, 10);
    return t;
}

/* --- the worker -------------------------------------------------------------- */

static void become_move(const struct job *j, int lock)
{
    int in = open("/dev/null", O_RDONLY);
    int out = open_of(j->rundir, j->id, "out",
                      O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
    int err = open_of(j->rundir, j->id, "err",
                      O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
    sigset_t none;

    if (in < 0 || out < 0 || err < 0)
        _exit(126);
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    /* it keeps the lock even when the worker is killed */
    fcntl(lock, F_SETFD, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    execvp(j->argv[0], j->argv);
    dprintf(2, "rackhop: %s can't be started: %s\n", j->argv[0],
            strerror(errno));
    _exit(126);
}

static _Noreturn void work(const struct job *j, int lock)
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
        become_move(j, lock);
    if (pid < 0)
        _exit(1);
    snprintf(text, sizeof text, "%d %llu", (int)pid, began(pid));
    write_of(j->rundir, j->id, "pid", text);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    /* killed: whoever asks next lets the handover record settle it */
    if (WIFEXITED(status)) {
        snprintf(text, sizeof text, "%d", WEXITSTATUS(status));
        write_of(j->rundir, j->id, "exit", text);
    }
    remove_of(j->rundir, j->id, "pid");
    _exit(0);
}

/* --- who looks on --------------------------------------------------------------- */

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

/* Copies what is new; false: nobody reads any more. *last_r: its last byte, if
 * there was any. */
static bool copy(int from, int to, char *last_r)
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

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Shows that this connection lives, between lines. */
static bool beat(char last, int64_t *beat_ms)
{
    if (now_ms() - *beat_ms < JOB_BEAT_MS || last != '\n')
        return true;
    *beat_ms = now_ms();
    return write_all(STDOUT_FILENO, "\n", 1);
}

static int exit_of(const struct job *j)
{
    char text[16];

    if (!read_of(j->rundir, j->id, "exit", text, sizeof text))
        return UNKNOWN;
    return atoi(text) & 255;
}

/* Until the lock is free: then the worker and the move have ended. The code,
 * or UNKNOWN. */
static int follow(const struct job *j)
{
    int lock = open_of(j->rundir, j->id, "lock", O_RDWR);
    int out = -1, err = -1, rc = UNKNOWN;
    char last = '\n';
    int64_t beat_ms = now_ms();
    bool over = false;

    while (lock >= 0) {
        over = !flock(lock, LOCK_EX | LOCK_NB);
        if (out < 0)
            out = open_of(j->rundir, j->id, "out", O_RDONLY);
        if (out >= 0 && !copy(out, STDOUT_FILENO, &last))
            break;
        if (over || !beat(last, &beat_ms))
            break;
        poll(NULL, 0, LOOK_MS);
    }
    if (over) {
        err = open_of(j->rundir, j->id, "err", O_RDONLY);
        if (err >= 0)
            copy(err, STDERR_FILENO, &last);
        rc = exit_of(j);
    }
    if (out >= 0)
        close(out);
    if (err >= 0)
        close(err);
    if (lock >= 0)
        close(lock);
    return over ? rc : 1; /* 1: to nobody */
}

/* Codes that stay true; in doubt may have been settled since. */
static bool is_final(int code)
{
    return code == 0 || code == 1 || code == 2;
}

/* The caller has the lock and gives it to the worker. */
static int start(const struct job *j, int lock)
{
    pid_t pid;

    remove_of(j->rundir, j->id, "out");
    remove_of(j->rundir, j->id, "err");
    remove_of(j->rundir, j->id, "pid");
    remove_of(j->rundir, j->id, "exit");
    pid = fork();
    if (pid < 0)
        return -errno;
    if (!pid) {
        pid = fork(); /* nobody's child */
        if (!pid)
            work(j, lock);
        _exit(pid < 0);
    }
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return 0;
}

static int prepare(const struct job *j, struct msg *err)
{
    char dir[400];
    int rc;

    snprintf(dir, sizeof dir, "%s/move", j->rundir);
    rc = path_make(dir);
    if (rc)
        msg_set(err, "%s can't be made: %s", dir, strerror(-rc));
    else
        sweep(j->rundir);
    return rc;
}

int job_run(const struct job *j, struct msg *err)
{
    int rc = prepare(j, err), lock, code = UNKNOWN;

    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < TRIES && !rc && code == UNKNOWN; i++) {
        lock = open_of(j->rundir, j->id, "lock", O_RDWR | O_CREAT);
        if (lock < 0) {
            rc = -errno;
            msg_set(err, "%s/move/%s.lock can't be opened: %s", j->rundir,
                    j->id, strerror(-rc));
            break;
        }
        if (!flock(lock, LOCK_EX | LOCK_NB) && !is_final(exit_of(j))) {
            rc = start(j, lock);
            if (rc)
                msg_set(err, "the move can't be started: %s", strerror(-rc));
        }
        close(lock);
        if (!rc)
            code = follow(j);
    }
    if (rc)
        return rc;
    return code == UNKNOWN ? 5 : code;
}

bool job_answers(const struct job *j)
{
    int lock = open_of(j->rundir, j->id, "lock", O_RDWR);
    bool runs = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB);

    if (lock >= 0)
        close(lock);
    return runs || is_final(exit_of(j));
}

bool job_known(const struct job *j)
{
    char path[512];

    path_of(path, sizeof path, j->rundir, j->id, "out");
    return !access(path, F_OK);
}

int job_cancel(const char *rundir, const char *id, struct msg *err)
{
    int lock = open_of(rundir, id, "lock", O_RDWR), rc = 0;
    unsigned long long when = 0;
    char text[64];
    int pid = 0;

    for (int i = 0; lock >= 0 && !rc && i < 30; i++) {
        if (!flock(lock, LOCK_EX | LOCK_NB))
            break;
        if (read_of(rundir, id, "pid", text, sizeof text) &&
            sscanf(text, "%d %llu", &pid, &when) == 2 && pid > 1 &&
            began(pid) == when) {
            rc = kill(pid, SIGTERM) ? -errno : 1;
            if (rc < 0)
                msg_set(err, "the move can't be told: %s", strerror(-rc));
        } else {
            poll(NULL, 0, LOOK_MS); /* it is just starting, or ending */
        }
    }
    if (lock >= 0)
        close(lock);
    return rc;
}
