/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The worker of a hook: starts its command once the record is on the disk,
 * keeps its output, ends it at its deadline, and records how it ended.
 *
 *   fork      the command's process waits on a pipe, and ends with the worker
 *   record    running, with the number of that process
 *   go        it becomes the command; from here on it may have done anything
 *   end       the record gets the exit code or the signal
 *
 * A worker that is killed before `go` leaves a record of a command that never
 * ran, which counts as lost: it is never taken for one that did not begin.
 */
#include "tools/move/hook_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/clock.h"
#include "tools/base/loop.h"
#include "tools/exit.h"
#include "tools/move/detach.h"
#include "tools/move/job_files.h"

enum {
    DRAIN_MAX = 1 << 20, /* bytes read once it has ended */
    STORE_TRIES = 60,    /* the disk may be full for a while */
    STORE_MS = 1000,
    AGAIN_MS = 100,
};

struct hook_worker {
    const struct hook_start *h;
    struct hook_record *r;
    struct loop loop;
    struct loop_fd *watch;
    struct loop_timer *late;
    struct hook_sink sink;
    int out; /* what the command prints */
    int go;  /* where it is told to begin */
    bool ended;
};

/* --- the command's process ----------------------------------------------------- */

static void env_state_file(const struct hook_start *h)
{
    char path[HOOK_DIR + HOOK_ID + 16], name[HOOK_ID + 1];

    hook_state_name(h->j->id, name);
    snprintf(path, sizeof path, "%s/%s.state", h->dir, name);
    setenv("RACKHOP_STATE_FILE", path, 1);
}

static void env_set(const struct hook_start *h)
{
    env_state_file(h);
    for (const char *const *e = h->j->env; e && *e; e++)
        putenv((char *)*e);
}

static void signals_reset(void)
{
    static const int numbers[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };
    sigset_t none;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        signal(numbers[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void command_exec(const struct hook_start *h, int go, int out)
{
    char word;

    setsid(); /* it leads a group, which ends as a whole */
    if (read(go, &word, 1) != 1)
        _exit(RC_NOT_RUN);
    signals_reset();
    umask(022);
    env_set(h);
    dup2(out, 1);
    dup2(out, 2);
    if (!chdir("/"))
        execl("/bin/sh", "sh", "-c", h->j->command, (char *)NULL);
    dprintf(2, "rackhop: /bin/sh can't be started: %s\n", strerror(errno));
    _exit(RC_NOT_RUN);
}

/* 0 or a negative errno. */
static int command_fork(struct hook_worker *w)
{
    int go[2] = { -1, -1 }, out[2] = { -1, -1 }, rc = 0;
    pid_t pid = -1;

    if (pipe2(go, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || (pid = fork()) < 0)
        rc = -errno;
    if (!pid) {
        close(go[1]); /* or it would not see the worker's end */
        command_exec(w->h, go[0], out[1]);
    }
    close(go[0]);
    close(out[1]);
    w->go = go[1];
    w->out = out[0];
    w->r->pid = pid;
    if (!rc && fcntl(w->out, F_SETFL, O_NONBLOCK))
        rc = -errno;
    return rc;
}

/* --- while it runs ------------------------------------------------------------- */

static ssize_t output_copy(struct hook_worker *w)
{
    char buf[16384];
    ssize_t n = read(w->out, buf, sizeof buf);

    if (n > 0)
        hook_sink_write(&w->sink, buf, (size_t)n);
    return n;
}

static void output_ready(void *arg, short revents)
{
    struct hook_worker *w = arg;

    if (output_copy(w) && !(revents & (POLLERR | POLLNVAL)))
        return;
    loop_remove(w->watch); /* nobody prints any more: the end is near */
    w->watch = NULL;
}

static void command_ended(void *arg, int status)
{
    struct hook_worker *w = arg;
    struct hook_record *r = w->r;

    w->ended = true;
    r->state = HOOK_ENDED;
    if (WIFEXITED(status))
        r->code = WEXITSTATUS(status);
    else
        r->signal = WTERMSIG(status);
    if (r->timed_out) /* what it has started was to end as well */
        kill(-(pid_t)r->pid, SIGKILL);
    loop_stop(&w->loop);
}

static void command_late(void *arg)
{
    struct hook_worker *w = arg;

    unsigned grace = w->h->j->grace_ms ? w->h->j->grace_ms : HOOK_GRACE_MS;

    kill(-(pid_t)w->r->pid, w->r->timed_out ? SIGKILL : SIGTERM);
    if (!w->r->timed_out)
        w->late->at_us = clock_us() + grace * UINT64_C(1000);
    w->r->timed_out = true;
}

/* What is in the pipe when the command has ended; processes that it left
 * behind may go on printing, and are not listened to. */
static void output_drain(struct hook_worker *w)
{
    ssize_t n, all = 0;

    while (all < DRAIN_MAX && (n = output_copy(w)) > 0)
        all += n;
    hook_sink_close(&w->sink);
}

/* False: it can't be watched. */
static bool command_watch(struct hook_worker *w)
{
    unsigned s = w->h->j->deadline_s;
    uint64_t at = s ? clock_us() + s * UINT64_C(1000000) : UINT64_MAX;

    loop_init(&w->loop);
    w->late = loop_timer_add(&w->loop, at, command_late, w);
    w->watch = loop_add(&w->loop, w->out, POLLIN, output_ready, w);
    return w->late && w->watch &&
           loop_child_add(&w->loop, (pid_t)w->r->pid, command_ended, w);
}

/* --- the record ---------------------------------------------------------------- */

static int record_put(struct hook_worker *w, uint64_t *rev, struct msg *err)
{
    struct store *s = NULL;
    int rc = store_open(&s, w->h->j->statedir, err);

    if (!rc)
        rc = hook_put(s, w->r, *rev, rev, err);
    store_close(s);
    return rc;
}

/* Nobody waits for this process but those who ask for the result. */
static void record_end(struct hook_worker *w, uint64_t rev)
{
    struct msg err = MSG_NONE;
    int rc = -EIO;

    w->r->ended = (int64_t)time(NULL);
    for (int i = 0; rc && rc != -ESTALE && i < STORE_TRIES; i++) {
        if (i)
            poll(NULL, 0, STORE_MS);
        rc = record_put(w, &rev, &err);
    }
}

/* --- the worker ---------------------------------------------------------------- */

static _Noreturn void worker_refuse(const struct hook_start *h,
                                    const struct msg *err)
{
    (void)!write(h->told, err->text, strlen(err->text));
    _exit(RC_FAILED);
}

/* A shutdown of the host ends the command, and this notes it. */
static void signals_ignore(void)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

/* Everything that can fail comes before `go`. */
static void worker_begin(struct hook_worker *w, uint64_t *rev)
{
    struct msg err = MSG_NONE;
    int rc = command_fork(w);

    if (!rc && !command_watch(w))
        rc = -ENOMEM;
    if (!rc && !(w->r->start = process_start((pid_t)w->r->pid)))
        rc = -ESRCH; /* /proc is missing: its end could not be told */
    if (rc) {
        msg_set(&err, "hook %s can't be started: %s", w->r->id, strerror(-rc));
        worker_refuse(w->h, &err);
    }
    if (record_put(w, rev, &err))
        worker_refuse(w->h, &err);
    (void)!write(w->h->told, "+", 1);
    close(w->h->told);
    (void)!write(w->go, "+", 1);
    close(w->go);
}

void hook_work(void *start)
{
    struct hook_start *h = start;
    struct hook_worker w = {
        .h = h,
        .r = &h->record,
        .sink = { .dir = h->dir, .id = h->j->id, .fd = -1 },
        .out = -1,
        .go = -1,
    };
    uint64_t rev = h->rev;

    if (h->begin >= 0)
        close(h->begin);
    signals_ignore();
    worker_begin(&w, &rev);
    while (!w.ended)
        if (loop_run(&w.loop, NULL, NULL, UINT64_MAX))
            poll(NULL, 0, AGAIN_MS); /* there was no memory to wait */
    output_drain(&w);
    record_end(&w, rev);
    _exit(0);
}
