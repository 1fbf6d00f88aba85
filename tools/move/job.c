/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs moves that outlive the connection over which they were asked for. */
#include "tools/move/job_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/paths.h"
#include "tools/base/msg.h"
#include "tools/exit.h"

enum { TRIES = 3, LOOK_MS = 100 };

/* --- the worker -------------------------------------------------------------- */

static _Noreturn void job_exec(const struct job *j, int lock, int in)
{
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
    int in = j->held ? fcntl(0, F_DUPFD_CLOEXEC, 3) : null;

    setsid();
    signal(SIGHUP, SIG_IGN);
    if (null >= 0) {
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
    }
    pid = fork();
    if (!pid)
        job_exec(j, lock, in);
    if (pid < 0)
        _exit(RC_FAILED);
    close(in);
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

/* --- starting ------------------------------------------------------------------ */

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

/* Its lock is free. */
static bool job_may_start(const struct job *j)
{
    int code = job_exit_code(j);

    return !is_final(code) && !(j->joined && code == RC_UNSTARTED);
}

/* Starts it, if nothing of that id runs or has a result that stays, and shows
 * what becomes of it. *own_r: was it started here? */
static int job_turn(const struct job *j, int *code_r, bool *own_r,
                    struct msg *err)
{
    int lock = job_file_open(j->rundir, j->id, "lock", O_RDWR | O_CREAT);
    int rc = lock < 0 ? -errno : 0;

    *own_r = false;
    if (rc) {
        msg_set(err, "%s/move/%s.lock can't be opened: %s", j->rundir, j->id,
                strerror(-rc));
        return rc;
    }
    *own_r = !flock(lock, LOCK_EX | LOCK_NB) && job_may_start(j);
    if (*own_r)
        rc = job_start(j, lock);
    if (rc)
        msg_set(err, "the move can't be started: %s", strerror(-rc));
    close(lock);
    if (!rc)
        *code_r = job_follow(j);
    return rc;
}

int job_run(const struct job *j, struct msg *err)
{
    int rc = job_prepare(j, err), code = JOB_UNKNOWN;
    bool again = !rc, own;

    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < TRIES && again; i++) {
        rc = job_turn(j, &code, &own, err);
        /* one that was held for somebody else was no answer to us */
        again = !rc && (code == JOB_UNKNOWN ||
                        (code == RC_UNSTARTED && !(own && j->held)));
    }
    if (rc)
        return rc;
    return code == JOB_UNKNOWN ? RC_DOUBT : code;
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
