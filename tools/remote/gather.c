/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs many short commands at once on one loop; kills a late one. */
#include "tools/remote/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/clock.h"

enum { OUTPUT_MOST = 4 << 20, REST_READS = 64 };
/* Jobs at once. The files of each: two pipes, and its end; those of the next, while
 * it starts; and of two lots of jobs that run beside each other, and all else. */
enum {
    AT_ONCE_LEAST = 64,
    AT_ONCE_MOST = 512,
    TURNS = 3,
    JOB_FILES = 3,
    LOTS = 2,
    OTHER_FILES = 128,
};

static void gather_start_more(struct gather *g);
static void gather_read_rest(struct gather_job *j);

/* What other hosts call the time is compared with it, so that it is the clock
 * which an administrator may set. */
static double gather_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- how many at once -------------------------------------------------------- */

/* The files that this process may have open: so many, if it may raise it. */
static size_t gather_files(size_t want)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r))
        return 0;
    if (r.rlim_cur < want && r.rlim_cur < r.rlim_max) {
        struct rlimit more = { .rlim_cur = want, .rlim_max = r.rlim_max };

        if (more.rlim_cur > r.rlim_max)
            more.rlim_cur = r.rlim_max;
        if (!setrlimit(RLIMIT_NOFILE, &more))
            r = more;
    }
    return r.rlim_cur < want ? (size_t)r.rlim_cur : want;
}

size_t gather_at_once(size_t n)
{
    size_t want = (n + TURNS - 1) / TURNS, files;

    if (want > AT_ONCE_MOST)
        want = AT_ONCE_MOST;
    if (want <= AT_ONCE_LEAST)
        return AT_ONCE_LEAST;
    files = gather_files(want * JOB_FILES * LOTS + OTHER_FILES);
    if (files < AT_ONCE_LEAST * JOB_FILES * LOTS + OTHER_FILES)
        return AT_ONCE_LEAST;
    return (files - OTHER_FILES) / (JOB_FILES * LOTS);
}

/* --- the end of a job -------------------------------------------------------- */

static void gather_unwatch(struct gather_job *j)
{
    loop_remove(j->out_ready);
    loop_remove(j->err_ready);
    loop_child_remove(j->end);
    loop_timer_remove(j->late);
    j->out_ready = j->err_ready = NULL;
    j->end = NULL;
    j->late = NULL;
}

static void gather_finish(struct gather_job *j)
{
    struct gather *g = j->g;

    gather_unwatch(j);
    child_kill(&j->child);
    if (j->out)
        j->out[j->len] = '\0';
    j->ended_s = gather_now();
    j->done = true;
    g->running--;
    g->ended++;
    g->answered += !j->rc;
    gather_start_more(g);
    if (g->told)
        g->told(g->arg, g->ended);
}

static void gather_give_up(struct gather_job *j, int rc, const char *why)
{
    j->rc = rc;
    reason_tell(&j->reason, j->code ? j->code : -1, j->said);
    reason_address(j->said, j->address);
    if (!*j->said)
        snprintf(j->said, sizeof j->said, "%s", why);
    gather_finish(j);
}

static void gather_on_end(void *arg, int status)
{
    struct gather_job *j = arg;

    j->end = NULL;
    j->child.pid = -1; /* the loop has reaped it */
    j->child.status = status;
    gather_read_rest(j);
    if (j->done) /* too much of it */
        return;
    if (!status) {
        reason_tell(&j->reason, 0, j->said);
        gather_finish(j);
        return;
    }
    j->code = child_code(&j->child);
    gather_give_up(j, -EIO, "the command failed");
}

/*
 * Its end is of interest once nobody holds its output open, unless the job says
 * otherwise. Before that it is
 * not reaped: while its number is taken, its group can be killed by it, and no
 * other.
 */
static void gather_look(struct gather_job *j)
{
    if (j->out_ready || j->err_ready || j->by_exit)
        return;
    j->end = loop_child_add(j->g->loop, j->child.pid, gather_on_end, j);
    if (!j->end)
        gather_give_up(j, -ENOMEM, strerror(ENOMEM));
}

static void gather_on_late(void *arg)
{
    gather_give_up(arg, -ETIMEDOUT, "no answer in time");
}

/* --- what it says ------------------------------------------------------------- */

static void gather_close(struct loop_fd **ready, int *fd)
{
    loop_remove(*ready);
    *ready = NULL;
    close(*fd);
    *fd = -1;
}

/* Room for more of its answer, if it may have more. */
static bool gather_has_room(struct gather_job *j)
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

static void gather_read_out(void *arg, short revents)
{
    struct gather_job *j = arg;
    ssize_t n;

    if (!gather_has_room(j))
        return;
    n = read(j->child.from, j->out + j->len, j->room - j->len);
    if (n > 0) {
        j->len += (size_t)n;
    } else if (!n || (errno != EAGAIN && errno != EINTR)) {
        gather_close(&j->out_ready, &j->child.from);
        gather_look(j);
    }
}

/* In however many pieces it comes: stderr has no buffer. */
static void gather_read_err(void *arg, short revents)
{
    struct gather_job *j = arg;
    char buf[REASON_LINE];
    ssize_t n = read(j->child.err, buf, sizeof buf);

    if (n > 0) {
        reason_add(&j->reason, buf, (size_t)n);
    } else if (!n || (errno != EAGAIN && errno != EINTR)) {
        gather_close(&j->err_ready, &j->child.err);
        gather_look(j);
    }
}

/* Its end has come first: what it wrote is in the pipes by now. */
static void gather_read_rest(struct gather_job *j)
{
    for (int i = 0; i < REST_READS && j->err_ready; i++)
        gather_read_err(j, POLLIN);
    for (int i = 0; i < REST_READS && j->out_ready; i++)
        gather_read_out(j, POLLIN);
}

/* --- starting ------------------------------------------------------------------ */

static bool gather_watch(struct gather_job *j)
{
    struct loop *l = j->g->loop;
    uint64_t late = clock_us() + (uint64_t)j->g->timeout_ms * 1000;

    fcntl(j->child.from, F_SETFL, O_NONBLOCK);
    fcntl(j->child.err, F_SETFL, O_NONBLOCK);
    j->out_ready = loop_add(l, j->child.from, POLLIN, gather_read_out, j);
    j->err_ready = loop_add(l, j->child.err, POLLIN, gather_read_err, j);
    j->late = loop_timer_add(l, late, gather_on_late, j);
    if (j->by_exit)
        j->end = loop_child_add(l, j->child.pid, gather_on_end, j);
    return j->out_ready && j->err_ready && j->late && (j->end || !j->by_exit);
}

/* False: it is not running, and why not is noted. */
static bool gather_begin(struct gather *g, struct gather_job *j)
{
    int rc;

    j->began_s = j->ended_s = gather_now();
    rc = j->command ? child_start(&j->child, j->command,
                                  CHILD_OUT | CHILD_ERR | CHILD_GROUP)
                    : -ENOMEM;
    j->g = g;
    if (!rc && gather_watch(j))
        return true;
    if (!rc) {
        rc = -ENOMEM;
        gather_unwatch(j);
        child_kill(&j->child);
    }
    j->rc = rc;
    j->done = true;
    snprintf(j->said, sizeof j->said, "%s", strerror(-rc));
    return false;
}

static void gather_start_more(struct gather *g)
{
    while (g->next < g->n && g->running < g->at_once) {
        if (gather_begin(g, &g->job[g->next++]))
            g->running++;
        else
            g->ended++;
    }
}

void gather_start(struct gather *g, struct loop *l)
{
    g->loop = l;
    gather_start_more(g);
    if (g->told && g->ended)
        g->told(g->arg, g->ended);
}

bool gather_done(const struct gather *g)
{
    return g->ended == g->n;
}

static bool gather_is_done(void *arg)
{
    return gather_done(arg);
}

void gather_run(struct gather *g)
{
    struct loop l;
    int rc;

    loop_init(&l);
    gather_start(g, &l);
    rc = loop_run(&l, gather_is_done, g, UINT64_MAX);
    for (size_t i = 0; rc && i < g->n; i++) {
        struct gather_job *j = &g->job[i];

        g->next = g->n;
        if (j->done)
            continue;
        j->rc = rc;
        j->done = true;
        snprintf(j->said, sizeof j->said, "%s", strerror(-rc));
        gather_unwatch(j);
    }
    loop_dispose(&l);
}

void gather_stop(struct gather *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (!g->job[i].done)
            gather_unwatch(&g->job[i]);
}

void gather_dispose(struct gather_job *job, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (job[i].child.pid > 0)
            child_kill(&job[i].child);
        free(job[i].out);
        free(job[i].command);
    }
}
