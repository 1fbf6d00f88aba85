/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the counters of guests' disks that blkback serves. The files stay open:
 * opening four for each disk each second would be most of the agent's work. */
#include "tools/daemon/source_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/grow.h"

#define DISKS_DIR "/sys/bus/xen-backend/devices"

enum { SECTOR = 512 };

static const struct {
    const char *file;
    enum guest_counter counter;
    unsigned unit;
} disk_rows[] = {
    { "rd_sect", IO_READ, SECTOR },
    { "wr_sect", IO_WRITE, SECTOR },
    { "rd_req", IO_READS, 1 },
    { "wr_req", IO_WRITES, 1 },
};
enum { DISK_ROWS = sizeof disk_rows / sizeof disk_rows[0] };
_Static_assert(sizeof((struct source_disk){ 0 }.fd) / sizeof(int) == DISK_ROWS,
               "one for each row");

static void disk_close(struct source_disk *d)
{
    for (unsigned i = 0; i < DISK_ROWS; i++) {
        if (d->fd[i] >= 0)
            close(d->fd[i]);
        d->fd[i] = -1;
    }
}

void source_disks_close(struct sources *s)
{
    for (size_t i = 0; i < s->disks; i++)
        disk_close(&s->disk[i]);
    s->disks = 0;
}

static void disk_open(const struct sources *s, struct source_disk *d,
                      const char *name)
{
    char path[SOURCE_PATH];

    for (unsigned i = 0; i < DISK_ROWS; i++) {
        snprintf(path, sizeof path, "%s" DISKS_DIR "/%.40s/statistics/%s",
                 s->root, name, disk_rows[i].file);
        d->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
    }
    d->lost = false;
}

/* Its counters come after it, and go with it: a disk that is detached and
 * attached between two looks has others, under the same name. */
static void disk_again(const struct sources *s, struct source_disk *d,
                       const char *name)
{
    d->seen = true;
    if (!d->lost)
        return;
    disk_close(d);
    disk_open(s, d, name);
}

/* "vbd-7-51712" */
static void disk_found(void *arg, const char *name)
{
    struct sources *s = arg;
    unsigned domid, number;
    struct source_disk *d;

    if (sscanf(name, "vbd-%9u-%9u", &domid, &number) != 2)
        return;
    for (size_t i = 0; i < s->disks; i++) {
        if (s->disk[i].domid == domid && s->disk[i].number == number) {
            disk_again(s, &s->disk[i], name);
            return;
        }
    }
    if (s->disks >= SOURCE_DISKS ||
        array_grow(&s->disk, &s->disk_room, s->disks + 1, sizeof *s->disk))
        return;
    d = &s->disk[s->disks++];
    *d =
        (struct source_disk){ .domid = domid, .number = number, .seen = true };
    disk_open(s, d, name);
}

void source_disks_look(struct sources *s, struct sampler *to)
{
    for (size_t i = 0; i < s->disks; i++)
        s->disk[i].seen = false;
    source_each(s->root, DISKS_DIR, "vbd-", disk_found, s);
    for (size_t i = s->disks; i--;) {
        struct source_disk *d = &s->disk[i];

        d->swap = s->swap && s->swap(s->arg, d->domid, d->number);
        if (d->seen)
            continue;
        disk_close(d);
        *d = s->disk[--s->disks];
    }
}

static bool disk_counter(int fd, uint64_t *to)
{
    char text[32], *end;
    ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);

    if (n <= 0)
        return false;
    text[n] = '\0';
    *to = strtoull(text, &end, 10);
    return end != text;
}

void source_disks(struct sources *s, struct sampler *to)
{
    for (size_t i = 0; i < s->disks; i++) {
        struct source_disk *d = &s->disk[i];
        struct guest_io *io = source_io(s, d->domid);
        uint64_t now;

        for (unsigned k = 0; k < DISK_ROWS && io; k++) {
            enum guest_counter c = disk_rows[k].counter;

            if (!disk_counter(d->fd[k], &now)) {
                d->lost = true;
                continue;
            }
            io->counter[c] += now * disk_rows[k].unit;
            io->known[c] = true;
            if (c != IO_READ || !d->swap)
                continue;
            io->counter[IO_SWAP] += now * SECTOR;
            io->known[IO_SWAP] = true;
        }
    }
}

/* "b" behind "xvd": 1; "aa": 26. How many letters; 0: none. */
static size_t disk_letters(const char *s, unsigned *disk_r)
{
    size_t n = 0;
    unsigned d = 0;

    while (n < 3 && s[n] >= 'a' && s[n] <= 'z')
        d = d * 26 + (unsigned)(s[n++] - 'a') + 1;
    *disk_r = d - 1;
    return n;
}

static int64_t disk_old_number(const char *kind, unsigned disk, unsigned part)
{
    if (!strcmp(kind, "sd") && disk < 16 && part < 16)
        return 8 << 8 | disk << 4 | part;
    if (!strcmp(kind, "hd") && disk < 4 && part < 64)
        return (disk < 2 ? 3 : 22) << 8 | (disk & 1) << 6 | part;
    return -1;
}

int64_t source_disk_number(const char *name)
{
    static const char *const kind[] = { "xvd", "sd", "hd" };
    unsigned disk, part = 0;

    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        const char *s = name + strlen(kind[i]);
        size_t n;

        if (strncmp(name, kind[i], strlen(kind[i])) != 0)
            continue;
        n = disk_letters(s, &disk);
        s += n;
        if (!n || strspn(s, "0123456789") != strlen(s) || strlen(s) > 3)
            return -1;
        if (*s)
            part = (unsigned)strtoul(s, NULL, 10);
        if (i)
            return disk_old_number(kind[i], disk, part);
        if (disk < 16 && part < 16)
            return 202 << 8 | disk << 4 | part;
        return part < 256 ? (int64_t)1 << 28 | disk << 8 | part : -1;
    }
    return -1;
}

bool source_disk_fits(const char *name, const char *target)
{
    const char *slash = strrchr(target, '/');

    if (source_disk_number(name) >= 0 || !*target)
        return false;
    if (slash && !strchr(name, '/'))
        target = slash + 1;
    return !fnmatch(name, target, FNM_NOESCAPE);
}
