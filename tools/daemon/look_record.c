/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps looks of the loops in a file of bounded size. */
#include "tools/daemon/look_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/doc/look.h"
#include "tools/paths.h"

/* Where the last whole line ends: power may have failed within the next. */
static off_t record_end(int fd, off_t size)
{
    char part[4096];

    while (size > 0) {
        size_t n = size % (off_t)sizeof part
                       ? (size_t)(size % (off_t)sizeof part)
                       : sizeof part;
        const char *line;

        if (pread(fd, part, n, size - (off_t)n) != (ssize_t)n)
            return -1;
        line = memrchr(part, '\n', n);
        size -= (off_t)n;
        if (line)
            return size + (line - part) + 1;
    }
    return 0;
}

/* A line is whole, or it is not there. */
static int record_append(const char *path, const char *text, size_t len)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), rc = 0;
    struct stat st;
    off_t end = -1;
    ssize_t put = 0;

    if (fd < 0)
        return -errno;
    if (!fstat(fd, &st))
        end = record_end(fd, st.st_size);
    if (end < 0 || (end < st.st_size && ftruncate(fd, end)) ||
        (put = pwrite(fd, text, len, end)) < 0 || fdatasync(fd))
        rc = errno ? -errno : -EIO;
    else if (put != (ssize_t)len)
        rc = -ENOSPC;
    if (rc && end >= 0 && put > 0 && ftruncate(fd, end))
        rc = -errno; /* the next one does it again */
    close(fd);
    return rc;
}

int look_record(const struct loops_doc *doc, const struct plan_cluster *c,
                const struct sight *sight)
{
    char path[512], old[520];
    struct stat st;
    size_t len;
    char *text = look_format(doc, c, sight, &len);
    int rc;

    if (!text)
        return -ENOMEM;
    snprintf(path, sizeof path, "%s/loops/looks.jsonl", path_state());
    snprintf(old, sizeof old, "%s.1", path);
    if (!stat(path, &st) && st.st_size > (off_t)LOOK_RECORD_MIB << 20)
        rename(path, old);
    rc = record_append(path, text, len);
    free(text);
    return rc;
}
