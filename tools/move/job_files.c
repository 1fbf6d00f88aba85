/* SPDX-License-Identifier: LGPL-2.1-only */
/* The files by which a job is found again: ID.lock, ID.out and the others. */
#include "tools/move/job_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/file.h"
#include "tools/paths.h"

enum { KEPT_S = 7 * 86400 };

void job_file_path(char *buf, size_t len, const char *rundir, const char *id,
                   const char *kind)
{
    snprintf(buf, len, "%s/move/%s.%s", rundir, id, kind);
}

int job_file_open(const char *rundir, const char *id, const char *kind,
                  int flags)
{
    char path[512];

    job_file_path(path, sizeof path, rundir, id, kind);
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

void job_file_remove(const char *rundir, const char *id, const char *kind)
{
    char path[512];

    job_file_path(path, sizeof path, rundir, id, kind);
    unlink(path);
}

bool job_file_read(const char *rundir, const char *id, const char *kind,
                   char *buf, size_t len)
{
    int fd = job_file_open(rundir, id, kind, O_RDONLY);
    ssize_t n;

    if (fd < 0)
        return false;
    n = read(fd, buf, len - 1);
    close(fd);
    buf[n > 0 ? n : 0] = '\0';
    return n > 0;
}

int job_file_write(const char *rundir, const char *id, const char *kind,
                   const char *text)
{
    char path[512];

    job_file_path(path, sizeof path, rundir, id, kind);
    return file_replace(path, text, strlen(text));
}

void job_files_sweep(const char *rundir)
{
    static const char *const kinds[] = { "out", "err", "pid", "exit", "lock" };
    char dir[400], path[800];
    struct dirent *e;
    struct stat st;
    DIR *d;

    snprintf(dir, sizeof dir, "%s/move", rundir);
    d = opendir(dir);
    while (d && (e = readdir(d))) {
        size_t n = strlen(e->d_name);

        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (n <= 5 || strcmp(e->d_name + n - 5, ".exit") || stat(path, &st) ||
            time(NULL) - st.st_mtime < KEPT_S)
            continue;
        e->d_name[n - 5] = '\0';
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            job_file_remove(rundir, e->d_name, kinds[i]);
    }
    if (d)
        closedir(d);
}

unsigned long long job_process_start(pid_t pid)
{
    char path[64], buf[1024], *p;
    unsigned long long t = 0;
    FILE *f;
    size_t n;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "re");
    if (!f)
        return 0;
    n = fread(buf, 1, sizeof buf - 1, f);
    fclose(f);
    buf[n] = '\0';
    p = strrchr(buf, ')');
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    if (p)
        t = strtoull(p, NULL, 10);
    return t;
}
