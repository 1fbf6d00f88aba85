/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop with a fate: linked with --wrap for the calls that matter to a run,
 * it is killed at the one whose number $KILL_AT says, before it or, when the
 * number has a '+' behind it, after it. From $FULL_AT on its disk is full.
 * $KILL_COUNT names a file that gets
 * the number of calls of a run that was left alone.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cluster/collect.h"
#include "tools/remote/remote.h"
#include "tools/remote/ssh.h"
#include "tools/store/store.h"
#include "tools/base/msg.h"

int __real_store_cas(struct store *s, const char *key, uint64_t rev,
                     const char *value, uint64_t *new_r);
int __wrap_store_cas(struct store *s, const char *key, uint64_t rev,
                     const char *value, uint64_t *new_r);
int __real_ssh_start(struct child *p, const char *rune);
int __wrap_ssh_start(struct child *p, const char *rune);

int __real_remote_each(const struct remote *r, struct remote_call *call,
                       size_t n);
int __wrap_remote_each(const struct remote *r, struct remote_call *call,
                       size_t n);
int __real_collect_run(struct collect *k, struct msg *err);
int __wrap_collect_run(struct collect *k, struct msg *err);

static unsigned calls;

static void count(void)
{
    const char *path = getenv("KILL_COUNT");
    FILE *f;

    calls++;
    if (!path)
        return;
    f = fopen(path, "we");
    if (!f)
        abort();
    fprintf(f, "%u\n", calls);
    fclose(f);
}

static void fate(bool after)
{
    const char *at = getenv("KILL_AT");
    char *end;

    if (at && strtoul(at, &end, 10) == calls && (*end == '+') == after)
        kill(getpid(), SIGKILL);
}

int __wrap_store_cas(struct store *s, const char *key, uint64_t rev,
                     const char *value, uint64_t *new_r)
{
    const char *full = getenv("FULL_AT");
    int rc;

    count();
    if (full && calls >= strtoul(full, NULL, 10))
        return -ENOSPC;
    fate(false);
    rc = __real_store_cas(s, key, rev, value, new_r);
    fate(true);
    return rc;
}

int __wrap_ssh_start(struct child *p, const char *rune)
{
    int rc;

    count();
    fate(false);
    rc = __real_ssh_start(p, rune);
    fate(true);
    return rc;
}

int __wrap_remote_each(const struct remote *r, struct remote_call *call,
                       size_t n)
{
    int rc;

    count();
    fate(false);
    rc = __real_remote_each(r, call, n);
    fate(true);
    return rc;
}

int __wrap_collect_run(struct collect *k, struct msg *err)
{
    int rc;

    count();
    fate(false);
    rc = __real_collect_run(k, err);
    fate(true);
    return rc;
}
