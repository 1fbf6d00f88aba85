/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds, locks and removes files of samples in their folder. */
#include "tools/series/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/grow.h"
#include "tools/base/uuid.h"
#include "tools/paths.h"
#include "tools/series/ring.h"

#define SUFFIX ".ring"
#define ASIDE  SUFFIX ".old"

enum { ASIDE_S = 60 * 86400 }; /* what a file looks back on */

int series_path(char path[SERIES_PATH], const char *statedir, const char *uuid)
{
    return snprintf(path, SERIES_PATH, "%s/samples/%s" SUFFIX, statedir,
                    uuid ? uuid : "host") >= SERIES_PATH
               ? -ENAMETOOLONG
               : 0;
}

int series_lock(const char *statedir)
{
    char path[SERIES_PATH];
    int fd, rc = path_make(statedir);

    if (snprintf(path, sizeof path, "%s/samples", statedir) >=
        (int)sizeof path - 8)
        return -ENAMETOOLONG;
    if (!rc && mkdir(path, 0700) && errno != EEXIST)
        rc = -errno;
    if (rc)
        return rc;
    strcat(path, "/lock");
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        rc = -errno;
        close(fd);
        return rc;
    }
    return fd;
}

struct series_file {
    char uuid[UUID_TEXT + 1];
    int64_t written;
};

/* All files of guests. 0 or a negative errno; *to is to be freed. */
static int series_list(const char *statedir, struct series_file **to,
                       size_t *n_r)
{
    char path[SERIES_PATH];
    const struct dirent *e;
    size_t n = 0, room = 0;
    int rc = 0;
    DIR *d;

    *to = NULL;
    *n_r = 0;
    snprintf(path, sizeof path, "%s/samples", statedir);
    d = opendir(path);
    if (!d)
        return -errno;
    while (!rc && (e = readdir(d))) {
        struct series_file f = { .uuid = "" };
        struct stat st;

        if (strlen(e->d_name) != UUID_TEXT + strlen(SUFFIX) ||
            strcmp(e->d_name + UUID_TEXT, SUFFIX) != 0)
            continue;
        memcpy(f.uuid, e->d_name, UUID_TEXT);
        if (!uuid_ok(f.uuid) || fstatat(dirfd(d), e->d_name, &st, 0) ||
            !S_ISREG(st.st_mode))
            continue;
        f.written = st.st_mtime;
        rc = array_grow(to, &room, n + 1, sizeof **to);
        if (!rc)
            (*to)[n++] = f;
    }
    closedir(d);
    *n_r = n;
    return rc;
}

/* Does a file of that name say that it is this guest's? */
static bool series_is(const char *statedir, const struct shape *shape,
                      const char *uuid, const char *name)
{
    char path[SERIES_PATH];
    struct msg err;
    struct ring *r;
    bool is;

    if (series_path(path, statedir, uuid) || ring_open(&r, path, shape, &err))
        return false;
    is = !strcmp(ring_name(r), name);
    ring_close(r);
    return is;
}

int series_find(const char *statedir, const char *guest, char uuid[40])
{
    struct series_file *f;
    struct shape shape;
    int64_t newest = -1;
    size_t n;
    int rc = series_list(statedir, &f, &n);

    shape_init(&shape, METRIC_GUEST);
    for (size_t i = 0; i < n && !rc; i++) {
        if (f[i].written < newest ||
            (strcmp(f[i].uuid, guest) != 0 &&
             !series_is(statedir, &shape, f[i].uuid, guest)))
            continue;
        newest = f[i].written;
        snprintf(uuid, 40, "%s", f[i].uuid);
    }
    free(f);
    return rc ? rc : newest < 0 ? -ENOENT : 0;
}

static int series_older(const void *a, const void *b)
{
    const struct series_file *x = a, *y = b;

    return (x->written > y->written) - (x->written < y->written);
}

/* Files of another version, set aside by ring_open_write(): kept for as long as
 * the samples in them would have been. */
static void series_prune_aside(const char *statedir, int64_t now)
{
    char path[SERIES_PATH];
    const struct dirent *e;
    DIR *d;

    snprintf(path, sizeof path, "%s/samples", statedir);
    d = opendir(path);
    while (d && (e = readdir(d))) {
        size_t n = strlen(e->d_name);
        struct stat st;

        if (n > strlen(ASIDE) &&
            !strcmp(e->d_name + n - strlen(ASIDE), ASIDE) &&
            !fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
            S_ISREG(st.st_mode) && st.st_mtime < now - ASIDE_S)
            unlinkat(dirfd(d), e->d_name, 0);
    }
    if (d)
        closedir(d);
}

void series_prune(const char *statedir, int64_t now)
{
    struct series_file *f;
    char path[SERIES_PATH];
    size_t n;

    if (!series_list(statedir, &f, &n) && n) {
        qsort(f, n, sizeof *f, series_older);
        for (size_t i = 0; i + SERIES_FILES < n; i++)
            if (f[i].written < now - 3600 &&
                !series_path(path, statedir, f[i].uuid))
                unlink(path);
    }
    free(f);
    series_prune_aside(statedir, now);
}
