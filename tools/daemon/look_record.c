/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps looks of the loops in a file of bounded size. */
#include "tools/daemon/look_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/doc/look.h"
#include "tools/paths.h"

/* One write, so that a line is whole or the last of the file. */
static int record_append(const char *path, const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int rc = 0;

    if (fd < 0)
        return -errno;
    if (write(fd, text, len) != (ssize_t)len)
        rc = errno ? -errno : -EIO;
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
