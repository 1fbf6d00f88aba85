/* SPDX-License-Identifier: LGPL-2.1-only */
/* Connects a move to its target host and reads that host's facts. */
#include "tools/move/engine_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/words.h"

/* Somebody may have to type a password. */
enum { GREETING_S = 180 };

/* What must exist at the target host: disks, then files, for an older rackhop
 * looks for no more than the first 64. */
static int connect_paths(const struct xlx_domain *d, struct strlist *paths)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < d->disks.n; i++)
        rc = strlist_add(paths, d->disks.s[i]);
    for (size_t i = 0; !rc && i < d->needs.n_files; i++)
        if (!strlist_has(paths, d->needs.files[i].path))
            rc = strlist_add(paths, d->needs.files[i].path);
    return rc;
}

/* The shell command that asks the target host; NULL: no memory. */
static char *connect_ask(const struct move *m, const struct strlist *paths)
{
    const struct move_request *rq = m->rq;
    struct target_question q = {
        .paths = (const char *const *)paths->s,
        .n_paths = paths->n,
        .uuid = m->dom.uuid,
        .xl_only = rq->xl_only,
        .no_watch = rq->no_watch,
        .debug = rq->debug,
        .paused = rq->paused,
        .verbose = rq->verbose,
        .check_only = rq->dry_run && rq->xl_only,
    };
    char *script, *command;

    if (!*rq->ssh_command)
        return strdup(m->address);
    script = target_script(&q);
    command = script ? ssh_command(rq->ssh_command, m->address, script) : NULL;
    free(script);
    return command;
}

static char *connect_command(const struct move *m)
{
    struct strlist paths = { .s = NULL };
    char *command = NULL;

    if (!connect_paths(&m->dom, &paths))
        command = connect_ask(m, &paths);
    strlist_dispose(&paths);
    return command;
}

/* Why there is no banner. */
static void connect_explain(const struct move *m, int rc, const char *greeting,
                            const char *last_line, struct msg *err)
{
    if (rc == -EINTR)
        msg_set(err, "cancelled");
    else if (rc == -ETIMEDOUT)
        msg_set(err, "%s did not answer within %d s", m->address, GREETING_S);
    else if (greeting && word_mark_in(greeting, WORD_NONE))
        msg_set(err,
                "%s has neither rackhop nor xl; install one of them on it, "
                "and boot it with Xen",
                m->address);
    else
        msg_set(err,
                "%s can't be reached%s%s; `%s %s true` must "
                "work without a question",
                m->address, *last_line ? ": " : "", last_line,
                m->rq->ssh_command, m->address);
}

int move_connect(struct move *m, struct msg *err)
{
    char *command = connect_command(m), *greeting = NULL;
    char last_line[300] = "";
    int rc;

    if (!command) {
        msg_set(err, "out of memory");
        return -ENOMEM;
    }
    rc = ssh_start(&m->ssh, command);
    free(command);
    if (rc) {
        msg_set(err, "ssh can't be started: %s", strerror(-rc));
        return rc;
    }
    rc =
        xlx_greeting(m->ssh.from, m->ssh.err, GREETING_S, m->rq->cancels,
                     m->rq->wait_mask, &greeting, last_line, sizeof last_line);
    if (rc)
        connect_explain(m, rc, greeting, last_line, err);
    else
        rc = target_parse(&m->target, greeting, err);
    if (greeting) /* the key of the lanes is in it */
        explicit_bzero(greeting, strlen(greeting));
    free(greeting);
    if (!rc)
        rc = move_lanes_begin(m, err);
    return rc;
}
