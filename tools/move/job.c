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
#include "tools/move/detach.h"
#include "tools/move/job_files.h"

enum { TRIES = 3, LOOK_MS = 100 };

/* --- the worker -------------------------------------------------------------- */

static _Noreturn void job_exec(const struct job *j, int lock, int in)
{
    int out = job_file_open(j->dir, j->id, "out",
                            O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
    int err = job_file_open(j->dir, j->id, "err",
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

struct job_worker {
    const struct job *j;
    int lock, in; /* in: what the move reads */
};

static void job_work(void *worker)
{
    const struct job_worker *w = worker;
    const struct job *j = w->j;
    char text[64];
    pid_t pid = fork();
    int status;

    if (!pid)
        job_exec(j, w->lock, w->in);
    if (pid < 0)
        _exit(RC_FAILED);
    close(w->in);
    snprintf(text, sizeof text, "%d %llu", (int)pid, process_start(pid));
    job_file_write(j->dir, j->id, "pid", text);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    /* killed: the next question lets the handover record settle it */
    if (WIFEXITED(status)) {
        snprintf(text, sizeof text, "%d", WEXITSTATUS(status));
        job_file_write(j->dir, j->id, "exit", text);
    }
    job_file_remove(j->dir, j->id, "pid");
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
    struct job_worker w = { .j = j, .lock = lock };
    int rc;

    job_file_remove(j->dir, j->id, "out");
    job_file_remove(j->dir, j->id, "err");
    job_file_remove(j->dir, j->id, "pid");
    job_file_remove(j->dir, j->id, "exit");
    w.in = j->held ? fcntl(0, F_DUPFD_CLOEXEC, 3)
                   : open("/dev/null", O_RDONLY | O_CLOEXEC);
    rc = w.in < 0 ? -errno : detach(job_work, &w);
    if (w.in >= 0)
        close(w.in);
    return rc;
}

void job_dir(char buf[JOB_DIR], const char *rundir)
{
    snprintf(buf, JOB_DIR, "%s/move", rundir);
}

static int job_prepare(const struct job *j, struct msg *err)
{
    int rc = path_make(j->dir);

    if (rc)
        msg_set(err, "%s can't be made: %s", j->dir, strerror(-rc));
    else
        job_files_sweep(j->dir);
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
    int lock = job_file_open(j->dir, j->id, "lock", O_RDWR | O_CREAT);
    int rc = lock < 0 ? -errno : 0;

    *own_r = false;
    if (rc) {
        msg_set(err, "%s/%s.lock can't be opened: %s", j->dir, j->id,
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
    int lock = job_file_open(j->dir, j->id, "lock", O_RDWR);
    bool runs = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB);

    if (lock >= 0)
        close(lock);
    return runs || is_final(job_exit_code(j));
}

bool job_known(const struct job *j)
{
    char path[512];

    job_file_path(path, sizeof path, j->dir, j->id, "out");
    return !access(path, F_OK);
}

int job_cancel(const char *dir, const char *id, struct msg *err)
{
    int lock = job_file_open(dir, id, "lock", O_RDWR), rc = 0;
    unsigned long long when = 0;
    char text[64];
    int pid = 0;

    for (int i = 0; lock >= 0 && !rc && i < 30; i++) {
        if (!flock(lock, LOCK_EX | LOCK_NB))
            break;
        if (job_file_read(dir, id, "pid", text, sizeof text) &&
            sscanf(text, "%d %llu", &pid, &when) == 2 && pid > 1 &&
            process_start(pid) == when) {
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
