/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads whole files, and replaces them as a whole. */
#include "tools/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST = 65536 };

/* The room for all of a file, if its size is known. */
static size_t file_room(int fd, size_t most)
{
    struct stat st;

    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0)
        return FIRST;
    /* two more, so that the read that finds its end needs no more room */
    return ((size_t)st.st_size < most ? (size_t)st.st_size : most) + 2;
}

static ssize_t file_read_some(int fd, char *to, size_t room)
{
    ssize_t n;

    do
        n = read(fd, to, room);
    while (n < 0 && errno == EINTR);
    return n;
}

char *file_read_fd(int fd, size_t most, size_t *len_r)
{
    size_t len = 0, room = 0;
    char *buf = NULL, *bigger;
    ssize_t n;

    do {
        if (room - len < 2) {
            room = room ? room * 2 : file_room(fd, most);
            bigger = realloc(buf, room);
            if (!bigger)
                goto fail;
            buf = bigger;
        }
        n = file_read_some(fd, buf + len, room - len - 1);
        if (n < 0)
            goto fail;
        len += (size_t)n;
    } while (n && len <= most);
    if (len > most) {
        errno = EFBIG;
        goto fail;
    }
    buf[len] = '\0';
    *len_r = len;
    return buf;
fail:
    free(buf);
    return NULL;
}

char *file_read(const char *path, size_t most, size_t *len_r)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
    char *text;

    if (fd < 0)
        return NULL;
    text = file_read_fd(fd, most, len_r);
    saved = errno;
    close(fd);
    errno = saved;
    return text;
}

static int file_put(const char *path, int how, const void *text, size_t len,
                    bool sync)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666), rc = 0;
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

    if (!f || fwrite(text, 1, len, f) != len)
        rc = -errno;
    if (!rc && sync && (fflush(f) || fsync(fd)))
        rc = -errno;
    if (f && fclose(f) && !rc)
        rc = -errno;
    if (!f && fd >= 0)
        close(fd);
    return rc;
}

/* The name of what was renamed is in the folder. */
static int file_sync_dir(const char *path)
{
    const char *end = strrchr(path, '/');
    char *dir = !end          ? strdup(".")
                : end == path ? strdup("/")
                              : strndup(path, (size_t)(end - path));
    int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, rc = 0;

    if (fd < 0 || fsync(fd))
        rc = -errno;
    if (fd >= 0)
        close(fd);
    free(dir);
    return rc;
}

static int file_swap(const char *path, const void *text, size_t len, bool sync)
{
    struct stat st;
    char *fresh;
    int rc;

    /* a new file must not take the place of /dev/null, a pipe or a link */
    if (!lstat(path, &st) && !S_ISREG(st.st_mode))
        return file_put(path, O_TRUNC, text, len, false);
    if (asprintf(&fresh, "%s.new", path) < 0)
        return -ENOMEM;
    /* Where others may write, as in /tmp, one of them may have put a link to
     * another file at this name. */
    unlink(fresh);
    rc = file_put(fresh, O_EXCL | O_NOFOLLOW, text, len, sync);
    if (!rc && rename(fresh, path))
        rc = -errno;
    if (rc)
        unlink(fresh);
    else if (sync)
        rc = file_sync_dir(path);
    free(fresh);
    return rc;
}

int file_replace(const char *path, const void *text, size_t len)
{
    return file_swap(path, text, len, false);
}

int file_replace_synced(const char *path, const void *text, size_t len)
{
    return file_swap(path, text, len, true);
}
