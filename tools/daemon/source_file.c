/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads small files of /proc and /sys, and gathers the counters of guests. */
#include "tools/daemon/source_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/grow.h"

struct guest_io *source_io(struct sources *s, uint32_t domid)
{
    struct guest_io *io;

    for (size_t i = 0; i < s->n_io; i++)
        if (s->io[i].domid == domid)
            return &s->io[i];
    if (s->n_io > SAMPLER_GUESTS ||
        array_grow(&s->io, &s->io_room, s->n_io + 1, sizeof *s->io))
        return NULL;
    io = &s->io[s->n_io++];
    memset(io, 0, sizeof *io);
    io->domid = domid;
    return io;
}

bool source_number(const char *root, int64_t *to, const char *fmt, ...)
{
    char path[SOURCE_PATH], text[32], *end;
    ssize_t n;
    va_list ap;
    int fd, len = snprintf(path, sizeof path, "%s", root);

    va_start(ap, fmt);
    len += vsnprintf(path + len, sizeof path - (size_t)len, fmt, ap);
    va_end(ap);
    if (len >= (int)sizeof path)
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    errno = 0;
    *to = strtoll(text, &end, 10);
    return end != text && !errno;
}

void source_each(const char *root, const char *dir, const char *prefix,
                 void (*each)(void *arg, const char *name), void *arg)
{
    char path[SOURCE_PATH];
    const struct dirent *e;
    unsigned n = 0;
    DIR *d;

    if (snprintf(path, sizeof path, "%s%s", root, dir) >= (int)sizeof path)
        return;
    d = opendir(path);
    while (d && n < SOURCE_ENTRIES && (e = readdir(d))) {
        if (strncmp(e->d_name, prefix, strlen(prefix)) != 0 ||
            e->d_name[0] == '.')
            continue;
        each(arg, e->d_name);
        n++;
    }
    if (d)
        closedir(d);
}
