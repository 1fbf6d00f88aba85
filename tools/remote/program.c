/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs a program of the administrator's out of a folder, if it is safe to. */
#include "tools/remote/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/text.h"
#include "tools/remote/gather.h"
#include "tools/remote/ssh.h"

/* --- may it be run? ---------------------------------------------------------- */

/* May others than root, and than who runs this, change it? */
static bool program_is_others(const struct stat *st)
{
    return (st->st_uid && st->st_uid != geteuid()) || st->st_mode & S_IWOTH ||
           (st->st_mode & S_IWGRP && st->st_gid);
}

static int program_owned(const char *path, const struct stat *st,
                         struct msg *err)
{
    if (!program_is_others(st))
        return 0;
    msg_set(err,
            "%s may be written by others than root: chown root, and chmod "
            "go-w, make it safe to run",
            path);
    return -EPERM;
}

/* A folder that is mistyped, or not mounted, is no leave to move. */
static int program_dir_fine(const char *dir, struct msg *err)
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
        return program_owned(dir, &st, err);
    msg_set(err, "hooks_dir: %s: %s", dir, strerror(-rc));
    return rc;
}

/* 1: it is there and may be run; 0: there is none. */
static int program_fine(const char *dir, const char *path, struct msg *err)
{
    struct stat st;
    int rc = program_dir_fine(dir, err);

    if (rc)
        return rc;
    if (stat(path, &st)) {
        rc = errno == ENOENT ? 0 : -errno;
        if (rc)
            msg_set(err, "%s: %s", path, strerror(-rc));
        return rc;
    }
    rc = program_owned(path, &st, err);
    return rc ? rc : 1;
}

/* --- what it is told --------------------------------------------------------- */

/* NAME='VALUE' and a space. */
void program_variable(FILE *f, const char *name, const char *value)
{
    char *q = ssh_quote(value);

    fprintf(f, "%s=%s ", name, q ? q : "''");
    free(q);
}

void program_number(FILE *f, const char *name, long value)
{
    fprintf(f, "%s=%ld ", name, value);
}

/* --- run --------------------------------------------------------------------- */

struct program_waiting {
    struct gather g;
    const struct program_stop *stop;
    bool stopped;
};

static bool program_is_over(void *arg)
{
    struct program_waiting *w = arg;

    if (gather_done(&w->g))
        return true;
    w->stopped = w->stop && w->stop->asked(w->stop->arg);
    return w->stopped;
}

static int program_wait(char *command, const char *path,
                        const struct program_stop *stop, struct msg *err)
{
    struct gather_job job = { .command = command, .by_exit = true };
    struct program_waiting w = { .g = { .job = &job,
                                        .n = 1,
                                        .at_once = 1,
                                        .timeout_ms = PROGRAM_S * 1000 },
                                 .stop = stop };
    char said[400];
    struct loop l;
    int rc;

    loop_init(&l);
    l.wait_mask = stop ? stop->wait_mask : NULL;
    gather_start(&w.g, &l);
    rc = loop_run(&l, program_is_over, &w, UINT64_MAX);
    gather_stop(&w.g);
    loop_dispose(&l);
    if (w.stopped)
        rc = -EINTR;
    if (rc == -EINTR)
        msg_set(err, "%s was stopped by a signal", path);
    else if (rc)
        msg_set(err, "%s: %s", path, strerror(-rc));
    else if ((rc = job.rc) == -ETIMEDOUT)
        msg_set(err, "%s did not end in %d s, and was ended", path, PROGRAM_S);
    else if (rc)
        msg_set(err, "%s: %s", path,
                text_printable(said, sizeof said, job.said, strlen(job.said)));
    gather_dispose(&job, 1);
    return rc;
}

/* The program with what it is told: to be freed; NULL: no memory. */
static char *program_command(const char *path,
                             void (*tell)(void *arg, FILE *f), void *arg)
{
    char *command = NULL, *quoted = ssh_quote(path);
    size_t len;
    FILE *f = quoted ? open_memstream(&command, &len) : NULL;

    if (f) {
        tell(arg, f);
        fprintf(f, "exec %s", quoted);
        if (fclose(f)) {
            free(command);
            command = NULL;
        }
    }
    free(quoted);
    return command;
}

int program_run(const char *dir, const char *name,
                void (*tell)(void *arg, FILE *f), void *arg,
                const struct program_stop *stop, struct msg *err)
{
    char *path = NULL, *command = NULL;
    int rc;

    if (!dir)
        return 0;
    msg_set(err, "%s/%s: out of memory", dir, name);
    if (asprintf(&path, "%s/%s", dir, name) < 0)
        return -ENOMEM;
    rc = program_fine(dir, path, err);
    if (rc > 0) {
        command = program_command(path, tell, arg);
        rc = command ? program_wait(command, path, stop, err) : -ENOMEM;
    }
    free(path);
    return rc;
}
