/* SPDX-License-Identifier: LGPL-2.1-only */
/* Lets one process at a time have a run, by an flock() on RUN.lock. */
#include "tools/move/run_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "tools/move/claim.h"
#include "tools/paths.h"

enum { LOCK_TRIES = 20, LOCK_TRY_MS = 50 };

static int run_lock_open(const char *run, int flags)
{
    char path[512];

    snprintf(path, sizeof path, "%s/run/%s.lock", path_run(), run);
    return open(path, O_RDWR | O_CLOEXEC | flags, 0600);
}

bool run_alive(const char *run)
{
    int fd = run_lock_open(run, 0);
    bool alive = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB);

    if (fd >= 0)
        close(fd);
    return alive;
}

bool run_is_dead(const char *run)
{
    int fd = run_lock_open(run, 0);
    bool dead = fd >= 0 && !flock(fd, LOCK_SH | LOCK_NB);

    if (fd >= 0)
        close(fd);
    return dead;
}

int run_alive_all(struct strlist *runs)
{
    static const char suffix[] = ".lock";
    char dir[400];
    int rc = 0;
    DIR *d;

    snprintf(dir, sizeof dir, "%s/run", path_run());
    d = opendir(dir);
    for (struct dirent *e; d && !rc && (e = readdir(d));) {
        size_t n = strlen(e->d_name);

        if (n <= sizeof suffix - 1 ||
            strcmp(e->d_name + n - (sizeof suffix - 1), suffix))
            continue;
        e->d_name[n - (sizeof suffix - 1)] = '\0';
        if (run_name_ok(e->d_name) && run_alive(e->d_name))
            rc = strlist_add(runs, e->d_name);
    }
    if (d)
        closedir(d);
    return rc;
}

/* Tries for a while: a child of an executor that was just killed has the lock
 * until its exec. */
static int run_lock_wait(int fd)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (!flock(fd, LOCK_EX | LOCK_NB))
            return 0;
        poll(NULL, 0, LOCK_TRY_MS);
    }
    return -EBUSY;
}

int run_lock_take(const char *run, struct msg *err)
{
    char dir[400];
    int rc, fd = -1;

    snprintf(dir, sizeof dir, "%s/run", path_run());
    rc = path_make(dir);
    if (!rc) {
        fd = run_lock_open(run, O_CREAT);
        rc = fd < 0 ? -errno : 0;
    }
    if (rc) {
        msg_set(err, "%s: %s", dir, strerror(-rc));
        return rc;
    }
    rc = run_lock_wait(fd);
    if (!rc)
        return fd;
    msg_set(err,
            "another rackhop process carries out run %s; `rackhop status %s` "
            "shows it",
            run, run);
    close(fd);
    return rc;
}

void run_lock_clean(const char *run, bool ended)
{
    static const char *const kinds[] = { "live", "lock" };
    char path[512];

    for (size_t i = 0; i < 2 && (ended || !i); i++) {
        snprintf(path, sizeof path, "%s/run/%s.%s", path_run(), run, kinds[i]);
        unlink(path);
    }
}
