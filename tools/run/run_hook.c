/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs what the administrator wants before and after each run. */
#include "tools/run/run_hook.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/text.h"
#include "tools/remote/gather.h"
#include "tools/remote/ssh.h"

/* --- may it be run? ---------------------------------------------------------- */

/* May others than root, and than who runs this, change it? */
static bool hook_is_others(const struct stat *st)
{
    return (st->st_uid && st->st_uid != geteuid()) || st->st_mode & S_IWOTH ||
           (st->st_mode & S_IWGRP && st->st_gid);
}

static int hook_owned(const char *path, const struct stat *st, struct msg *err)
{
    if (!hook_is_others(st))
        return 0;
    msg_set(err,
            "%s may be written by others than root: chown root, and chmod "
            "go-w, make it safe to run",
            path);
    return -EPERM;
}

/* A folder that is mistyped, or not mounted, is no leave to move. */
static int hook_dir_fine(const char *dir, struct msg *err)
{
    struct stat st;
    int rc = 0;

    if (*dir != '/') {
        msg_set(err, "hooks_dir takes a path that begins with /, not %s", dir);
        return -EINVAL;
    }
    if (stat(dir, &st))
        rc = -errno;
    else if (!S_ISDIR(st.st_mode))
        rc = -ENOTDIR;
    if (!rc)
        return hook_owned(dir, &st, err);
    msg_set(err, "hooks_dir: %s: %s", dir, strerror(-rc));
    return rc;
}

/* 1: it is there and may be run; 0: there is none. */
static int hook_fine(const char *dir, const char *path, struct msg *err)
{
    struct stat st;
    int rc = hook_dir_fine(dir, err);

    if (rc)
        return rc;
    if (stat(path, &st)) {
        rc = errno == ENOENT ? 0 : -errno;
        if (rc)
            msg_set(err, "%s: %s", path, strerror(-rc));
        return rc;
    }
    rc = hook_owned(path, &st, err);
    return rc ? rc : 1;
}

/* --- what it is told --------------------------------------------------------- */

/* NAME='VALUE' and a space. */
static void hook_variable(FILE *f, const char *name, const char *value)
{
    char *q = ssh_quote(value);

    fprintf(f, "%s=%s ", name, q ? q : "''");
    free(q);
}

static void hook_number(FILE *f, const char *name, long value)
{
    fprintf(f, "%s=%ld ", name, value);
}

static void hook_hosts(FILE *f, const struct strlist *hosts)
{
    char *all = NULL;
    size_t len;
    FILE *list = open_memstream(&all, &len);

    if (!list)
        return;
    for (size_t i = 0; i < hosts->n; i++)
        fprintf(list, "%s%s", i ? " " : "", hosts->s[i]);
    if (!fclose(list))
        hook_variable(f, "RACKHOP_HOSTS", all);
    free(all);
}

static long hook_count(const struct run *r, enum move_state state)
{
    long n = 0;

    for (uint32_t i = 0; i < r->move_n; i++)
        n += !r->move[i].replaced && r->move[i].state == state;
    return n;
}

/* To be freed; NULL: no memory. */
static char *hook_command(const char *path, const struct run *r, int code)
{
    char *command = NULL, *quoted = ssh_quote(path);
    size_t len;
    FILE *f = quoted ? open_memstream(&command, &len) : NULL;

    if (f) {
        hook_variable(f, "RACKHOP_RUN", r->name);
        hook_variable(f, "RACKHOP_GOAL", r->goal);
        hook_hosts(f, &r->hosts);
        hook_number(f, "RACKHOP_PLANNED", hook_count(r, MOVE_PLANNED));
        hook_number(f, "RACKHOP_DONE", hook_count(r, MOVE_DONE));
        hook_number(f, "RACKHOP_FAILED", hook_count(r, MOVE_FAILED));
        hook_number(f, "RACKHOP_DOUBT", hook_count(r, MOVE_DOUBT));
        if (code >= 0)
            hook_number(f, "RACKHOP_CODE", code);
        fprintf(f, "exec %s", quoted);
        if (fclose(f)) {
            free(command);
            command = NULL;
        }
    }
    free(quoted);
    return command;
}

/* --- run --------------------------------------------------------------------- */

struct hook_waiting {
    struct gather g;
    const struct run_hook_stop *stop;
    bool stopped;
};

static bool hook_is_over(void *arg)
{
    struct hook_waiting *w = arg;

    if (gather_done(&w->g))
        return true;
    w->stopped = w->stop && w->stop->asked(w->stop->arg);
    return w->stopped;
}

static int hook_wait(char *command, const char *path,
                     const struct run_hook_stop *stop, struct msg *err)
{
    struct gather_job job = { .command = command, .by_exit = true };
    struct hook_waiting w = { .g = { .job = &job,
                                     .n = 1,
                                     .at_once = 1,
                                     .timeout_ms = RUN_HOOK_S * 1000 },
                              .stop = stop };
    char said[400];
    struct loop l;
    int rc;

    loop_init(&l);
    l.wait_mask = stop ? stop->wait_mask : NULL;
    gather_start(&w.g, &l);
    rc = loop_run(&l, hook_is_over, &w, UINT64_MAX);
    loop_dispose(&l);
    if (w.stopped)
        rc = -EINTR;
    if (rc == -EINTR)
        msg_set(err, "%s was stopped by a signal", path);
    else if (rc)
        msg_set(err, "%s: %s", path, strerror(-rc));
    else if ((rc = job.rc) == -ETIMEDOUT)
        msg_set(err, "%s did not end in %d s, and was ended", path,
                RUN_HOOK_S);
    else if (rc)
        msg_set(err, "%s: %s", path,
                text_printable(said, sizeof said, job.said, strlen(job.said)));
    gather_dispose(&job, 1);
    return rc;
}

int run_hook(const char *dir, const char *name, const struct run *r, int code,
             const struct run_hook_stop *stop, struct msg *err)
{
    char *path = NULL, *command = NULL;
    int rc;

    if (!dir)
        return 0;
    msg_set(err, "%s/%s: out of memory", dir, name);
    if (asprintf(&path, "%s/%s", dir, name) < 0)
        return -ENOMEM;
    rc = hook_fine(dir, path, err);
    if (rc > 0) {
        command = hook_command(path, r, code);
        rc = command ? hook_wait(command, path, stop, err) : -ENOMEM;
    }
    free(path);
    return rc;
}
