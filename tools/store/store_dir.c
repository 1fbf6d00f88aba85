/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes the folder of a store on disk, and syncs it. A file's name is on the
 * disk only when its folder was synced. This is done for each name before
 * anything relies on it, also if an earlier process was killed before it had
 * synced.
 */
#include "tools/store/store_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int failed(struct store *s, const char *what, const char *path)
{
    int rc = -errno;

    return store_fail(s, rc, "cannot %s %s: %s%s", what, path, strerror(-rc),
                      rc == -EACCES ? "; this needs root" : "");
}

static int sync_parent(struct store *s, const char *path)
{
    char copy[PATH_MAX], *parent;
    int fd, rc = 0;

    snprintf(copy, sizeof copy, "%s", path);
    parent = dirname(copy);
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return failed(s, "open", parent);
    if (fsync(fd))
        rc = failed(s, "sync", parent);
    close(fd);
    return rc;
}

/* The file is readable for root alone: SQLite gives its other files the mode
 * of the first. A file that exists is not opened, since closing it would drop
 * the locks that another handle of this process holds. */
int store_dir_make(struct store *s, const char *dir, const char *file)
{
    struct stat st;
    int fd, rc;

    if (mkdir(dir, 0700) && errno != EEXIST)
        return failed(s, "make", dir);
    if (lstat(file, &st)) {
        if (errno != ENOENT)
            return failed(s, "open", file);
        rc = sync_parent(s, dir);
        if (rc)
            return rc;
        fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST)
            return failed(s, "make", file);
        if (fd >= 0)
            close(fd);
        if (lstat(file, &st))
            return failed(s, "open", file);
    }
    if (!S_ISREG(st.st_mode))
        return store_fail(s, -EBADMSG,
                          "cannot open %s: it is not a plain file; move it "
                          "away",
                          file);
    return 0;
}

int store_dir_lock(struct store *s, const char *dir, const char *file,
                   int *fd_r)
{
    const struct timespec nap = { .tv_nsec = 10 * 1000 * 1000 };
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

    if (fd < 0)
        return failed(s, "open", dir);
    for (int left = STORE_BUSY_MS; flock(fd, LOCK_EX | LOCK_NB); left -= 10) {
        if (errno != EWOULDBLOCK || left <= 0) {
            rc = errno != EWOULDBLOCK
                     ? failed(s, "lock", dir)
                     : store_fail(s, -EBUSY, "cannot open %s: %s", file,
                                  STORE_BUSY_WHY);
            close(fd);
            return rc;
        }
        nanosleep(&nap, NULL);
    }
    *fd_r = fd;
    return 0;
}

int store_dir_sync(struct store *s, const char *dir, int fd)
{
    return fsync(fd) ? failed(s, "sync", dir) : 0;
}

bool store_exists(const char *dir)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/state.db", dir);
    return !access(path, F_OK) || errno != ENOENT;
}

int store_open_if_there(struct store **s_r, const char *dir, struct msg *err)
{
    *s_r = NULL;
    return store_exists(dir) ? store_open(s_r, dir, err) : 0;
}
