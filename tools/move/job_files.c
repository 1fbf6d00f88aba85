/* SPDX-License-Identifier: LGPL-2.1-only */
/* The files by which a job is found again: ID.lock, ID.out and the others. */
#include "tools/move/job_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/file.h"

enum { KEPT_S = 7 * 86400 };

void job_file_path(char *buf, size_t len, const char *dir, const char *id,
                   const char *kind)
{
    snprintf(buf, len, "%s/%s.%s", dir, id, kind);
}

int job_file_open(const char *dir, const char *id, const char *kind, int flags)
{
    char path[512];

    job_file_path(path, sizeof path, dir, id, kind);
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

void job_file_remove(const char *dir, const char *id, const char *kind)
{
    char path[512];

    job_file_path(path, sizeof path, dir, id, kind);
    unlink(path);
}

bool job_file_read(const char *dir, const char *id, const char *kind,
                   char *buf, size_t len)
{
    int fd = job_file_open(dir, id, kind, O_RDONLY);
    ssize_t n;

    if (fd < 0)
        return false;
    n = read(fd, buf, len - 1);
    close(fd);
    buf[n > 0 ? n : 0] = '\0';
    return n > 0;
}

int job_file_write(const char *dir, const char *id, const char *kind,
                   const char *text)
{
    char path[512];

    job_file_path(path, sizeof path, dir, id, kind);
    return file_replace(path, text, strlen(text));
}

void job_files_sweep(const char *dir)
{
    static const char *const kinds[] = { "out", "err", "pid", "exit", "lock" };
    char path[800];
    struct dirent *e;
    struct stat st;
    DIR *d = opendir(dir);

    while (d && (e = readdir(d))) {
        size_t n = strlen(e->d_name);

        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (n <= 5 || strcmp(e->d_name + n - 5, ".exit") || stat(path, &st) ||
            time(NULL) - st.st_mtime < KEPT_S)
            continue;
        e->d_name[n - 5] = '\0';
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            job_file_remove(dir, e->d_name, kinds[i]);
    }
    if (d)
        closedir(d);
}
