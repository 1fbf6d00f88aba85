/* SPDX-License-Identifier: LGPL-2.1-only */
/* Locks the id of a hook, so that one process at a time decides about it. */
#include "tools/move/hook_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/move/job_files.h"

void hook_dir(char dir[HOOK_DIR], const char *statedir)
{
    snprintf(dir, HOOK_DIR, "%s/hook", statedir);
}

/* Was the file removed between its opening and its locking? */
static bool is_stale(int fd)
{
    struct stat st;

    return fstat(fd, &st) || !st.st_nlink;
}

int hook_lock(const char *dir, const char *id, bool *mine_r)
{
    int fd = job_file_open(dir, id, "lock", O_RDWR | O_CREAT);

    while (fd >= 0) {
        int rc = flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;

        *mine_r = !rc;
        if (rc == -EWOULDBLOCK || (!rc && !is_stale(fd)))
            return fd;
        close(fd);
        if (rc) /* a file system without locks, for example */
            return rc;
        fd = job_file_open(dir, id, "lock", O_RDWR | O_CREAT);
    }
    return -errno;
}
