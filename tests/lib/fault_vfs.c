/* SPDX-License-Identifier: LGPL-2.1-only */
/* The disk of fault_vfs.h. */
#include "tests/lib/fault_vfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sqlite3.h>

enum { SECTOR = 512 };

struct disk {
    char dir[PATH_MAX], shadow[PATH_MAX];
    unsigned count, at; /* operations seen, and the one that fails */
    enum fault fault;
    bool fired;
};

struct file {
    sqlite3_file base;
    const char *name; /* SQLite's, lives as long; NULL: temporary */
    uint8_t *lost;    /* a byte for each sector: no sync will write it */
    size_t nlost;
    sqlite3_file *real;
};

static struct disk disk;
static sqlite3_vfs *real_vfs;

const char *fault_name(enum fault f)
{
    switch (f) {
    case FAULT_EIO: return "EIO";
    case FAULT_ENOSPC: return "ENOSPC";
    case FAULT_TORN: return "half a write";
    case FAULT_LATE: return "EIO though it was done";
    case FAULT_KILL: return "kill -9";
    case FAULT_MAX: break;
    }
    return "?";
}

void fault_vfs_arm(unsigned n, enum fault f)
{
    disk.count = 0;
    disk.at = n;
    disk.fault = f;
    disk.fired = false;
}

bool fault_vfs_fired(void)
{
    return disk.fired;
}

/* Is this operation the one? Then errno is what the kernel would say. */
static bool strikes(void)
{
    if (++disk.count != disk.at)
        return false;
    disk.fired = true;
    if (disk.fault == FAULT_KILL)
        kill(getpid(), SIGKILL);
    errno = disk.fault == FAULT_ENOSPC ? ENOSPC : EIO;
    return true;
}

static void die(const char *what)
{
    perror(what);
    abort();
}

/* --- whole files, for the shadow --------------------------------------------- */

struct bytes {
    uint8_t *p;
    size_t n;
};

static bool slurp(struct bytes *b, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t n;

    *b = (struct bytes){ 0 };
    if (fd < 0)
        return false;
    n = lseek(fd, 0, SEEK_END);
    b->n = (size_t)n;
    b->p = malloc(b->n + 1);
    if (n < 0 || !b->p || pread(fd, b->p, b->n, 0) != n)
        die(path);
    close(fd);
    return true;
}

static void spill(const struct bytes *b, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, b->p, b->n) != (ssize_t)b->n)
        die(path);
    close(fd);
}

/* Other folders have no shadow. */
static bool watched(const char *path)
{
    size_t n = strlen(disk.dir);

    return path && !strncmp(path, disk.dir, n) && path[n] == '/';
}

static void join(char out[PATH_MAX], const char *dir, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (snprintf(out, PATH_MAX, "%s/%s", dir, slash ? slash + 1 : path) >=
        PATH_MAX)
        die("a path that is too long");
}

/* The sectors of now that are chosen replace those of b, which gets its
 * length. */
static void mix(struct bytes *b, const struct bytes *now,
                bool (*chosen)(void *arg, size_t sector), void *arg)
{
    uint8_t *p = calloc(1, now->n + 1);

    if (!p)
        die("calloc");
    if (b->n)
        memcpy(p, b->p, b->n < now->n ? b->n : now->n);
    for (size_t at = 0; at < now->n; at += SECTOR)
        if (chosen(arg, at / SECTOR))
            memcpy(p + at, now->p + at,
                   now->n - at < SECTOR ? now->n - at : SECTOR);
    free(b->p);
    *b = (struct bytes){ .p = p, .n = now->n };
}

/* --- what changes a file -------------------------------------------------- */

static struct file *of(sqlite3_file *f)
{
    return (struct file *)f;
}

static bool is_lost(const struct file *f, size_t sector)
{
    return sector < f->nlost && f->lost[sector];
}

static void lose(struct file *f, size_t sector)
{
    if (sector >= f->nlost) {
        f->lost = realloc(f->lost, sector + 1);
        if (!f->lost)
            die("realloc");
        memset(f->lost + f->nlost, 0, sector + 1 - f->nlost);
        f->nlost = sector + 1;
    }
    f->lost[sector] = 1;
}

static void written(struct file *f, size_t at, size_t n)
{
    for (size_t s = at / SECTOR; s < f->nlost && s * SECTOR < at + n; s++)
        f->lost[s] = 0;
}

static int f_write(sqlite3_file *file, const void *buf, int n,
                   sqlite3_int64 at)
{
    struct file *f = of(file);
    bool bad = strikes();

    if (bad && disk.fault == FAULT_ENOSPC)
        return SQLITE_FULL;
    if (bad && disk.fault == FAULT_EIO)
        return SQLITE_IOERR_WRITE;
    if (bad && disk.fault == FAULT_TORN)
        n /= 2;
    if (n) {
        int r = f->real->pMethods->xWrite(f->real, buf, n, at);

        if (r != SQLITE_OK)
            return r;
        written(f, (size_t)at, (size_t)n);
    }
    if (bad)
        errno = EIO;
    return bad ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int f_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct file *f = of(file);

    if (!strikes())
        return f->real->pMethods->xTruncate(f->real, size);
    if (disk.fault == FAULT_LATE)
        f->real->pMethods->xTruncate(f->real, size);
    return SQLITE_IOERR_TRUNCATE;
}

static bool differs(const struct bytes *a, const struct bytes *b,
                    size_t sector)
{
    size_t at = sector * SECTOR, n = SECTOR;

    if (at + n > b->n)
        n = b->n - at;
    return at + n > a->n || memcmp(a->p + at, b->p + at, n);
}

static bool reaches_disk(void *arg, size_t sector)
{
    return !is_lost(arg, sector);
}

/* A failed sync leaves the pages clean, as Linux does: the next one does not
 * write them, only what is written again. */
static int f_sync(sqlite3_file *file, int flags)
{
    struct file *f = of(file);
    bool bad = strikes();
    struct bytes durable, now;
    char shadow[PATH_MAX];

    if (!watched(f->name))
        return bad ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    join(shadow, disk.shadow, f->name);
    slurp(&durable, shadow);
    if (!slurp(&now, f->name))
        die(f->name);
    if (!bad || disk.fault == FAULT_LATE) {
        mix(&durable, &now, reaches_disk, f);
        spill(&durable, shadow);
    } else {
        for (size_t s = 0; s * SECTOR < now.n; s++)
            if (differs(&durable, &now, s))
                lose(f, s);
    }
    free(durable.p);
    free(now.p);
    if (bad)
        errno = disk.fault == FAULT_ENOSPC ? ENOSPC : EIO;
    return bad ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int f_shm_map(sqlite3_file *file, int page, int size, int extend,
                     void volatile **p)
{
    struct file *f = of(file);

    if (extend && strikes())
        return SQLITE_IOERR_SHMSIZE;
    return f->real->pMethods->xShmMap(f->real, page, size, extend, p);
}

static int v_delete(sqlite3_vfs *v, const char *name, int sync_dir)
{
    char shadow[PATH_MAX];
    bool bad = strikes();
    int r;

    if (bad && disk.fault != FAULT_LATE)
        return SQLITE_IOERR_DELETE;
    r = real_vfs->xDelete(real_vfs, name, sync_dir);
    join(shadow, disk.shadow, name);
    if (r == SQLITE_OK && sync_dir && !bad && watched(name))
        unlink(shadow);
    if (bad)
        errno = EIO;
    return bad ? SQLITE_IOERR_DELETE : r;
}

/* --- what does not ---------------------------------------------------------- */

static int f_close(sqlite3_file *file)
{
    struct file *f = of(file);

    free(f->lost);
    return f->real->pMethods->xClose(f->real);
}

static int f_read(sqlite3_file *file, void *buf, int n, sqlite3_int64 at)
{
    sqlite3_file *r = of(file)->real;

    return r->pMethods->xRead(r, buf, n, at);
}

static int f_size(sqlite3_file *file, sqlite3_int64 *size)
{
    sqlite3_file *r = of(file)->real;

    return r->pMethods->xFileSize(r, size);
}

static int f_lock(sqlite3_file *file, int level)
{
    sqlite3_file *r = of(file)->real;

    return r->pMethods->xLock(r, level);
}

static int f_unlock(sqlite3_file *file, int level)
{
    sqlite3_file *r = of(file)->real;

    return r->pMethods->xUnlock(r, level);
}

static int f_reserved(sqlite3_file *file, int *out)
{
    sqlite3_file *r = of(file)->real;

    return r->pMethods->xCheckReservedLock(r, out);
}

static int f_control(sqlite3_file *file, int op, void *arg)
{
    sqlite3_file *r = of(file)->real;

    return r->pMethods->xFileControl(r, op, arg);
}

static int f_sector(sqlite3_file *file)
{
    sqlite3_file *r = of(file)->real;

    return r->pMethods->xSectorSize(r);
}

static int f_device(sqlite3_file *file)
{
    sqlite3_file *r = of(file)->real;

    return r->pMethods->xDeviceCharacteristics(r);
}

static int f_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    sqlite3_file *r = of(file)->real;

    return r->pMethods->xShmLock(r, offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *file)
{
    sqlite3_file *r = of(file)->real;

    r->pMethods->xShmBarrier(r);
}

static int f_shm_unmap(sqlite3_file *file, int del)
{
    sqlite3_file *r = of(file)->real;

    return r->pMethods->xShmUnmap(r, del);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = f_close,
    .xRead = f_read,
    .xWrite = f_write,
    .xTruncate = f_truncate,
    .xSync = f_sync,
    .xFileSize = f_size,
    .xLock = f_lock,
    .xUnlock = f_unlock,
    .xCheckReservedLock = f_reserved,
    .xFileControl = f_control,
    .xSectorSize = f_sector,
    .xDeviceCharacteristics = f_device,
    .xShmMap = f_shm_map,
    .xShmLock = f_shm_lock,
    .xShmBarrier = f_shm_barrier,
    .xShmUnmap = f_shm_unmap,
};

static int v_open(sqlite3_vfs *v, const char *name, sqlite3_file *file,
                  int flags, int *out)
{
    struct file *f = of(file);
    int r;

    *f = (struct file){ .name = name, .real = (sqlite3_file *)(f + 1) };
    if (strikes())
        return SQLITE_CANTOPEN;
    r = real_vfs->xOpen(real_vfs, name, f->real, flags, out);
    if (r == SQLITE_OK)
        f->base.pMethods = &methods;
    return r;
}

void fault_vfs_install(const char *dir, const char *shadow)
{
    static sqlite3_vfs vfs;

    snprintf(disk.dir, sizeof disk.dir, "%s", dir);
    snprintf(disk.shadow, sizeof disk.shadow, "%s", shadow);
    fault_vfs_arm(0, FAULT_EIO);
    if (real_vfs)
        return;
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs; /* what is not replaced works without knowing its own */
    vfs.pNext = NULL;
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(struct file) + real_vfs->szOsFile;
    vfs.xOpen = v_open;
    vfs.xDelete = v_delete;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
        die("sqlite3_vfs_register");
}

/* A folder's sync makes what was removed from it stay removed. In the place of
 * libc's for the whole program; SQLite itself uses fdatasync(). */
int fsync(int fd)
{
    struct dirent *e;
    struct stat st, watched_st;
    DIR *d;

    if (!disk.dir[0] || fstat(fd, &st) || stat(disk.dir, &watched_st) ||
        st.st_ino != watched_st.st_ino || st.st_dev != watched_st.st_dev)
        return (int)syscall(SYS_fsync, fd);
    if (strikes())
        return -1;
    d = opendir(disk.shadow);
    if (!d)
        die(disk.shadow);
    while ((e = readdir(d))) {
        char path[PATH_MAX], shadow[PATH_MAX];

        join(path, disk.dir, e->d_name);
        join(shadow, disk.shadow, e->d_name);
        if (access(path, F_OK))
            unlink(shadow);
    }
    closedir(d);
    return 0;
}

/* --- power cuts ---------------------------------------------------------- */

struct choice {
    const struct bytes *durable, *now;
    unsigned seed;
    size_t unsynced, seen;
};

static bool survives(void *arg, size_t sector)
{
    struct choice *c = arg;

    if (!differs(c->durable, c->now, sector))
        return true;
    c->seen++;
    switch (c->seed) {
    case 0: return false;
    case 1: return true;
    case 2: return c->seen <= c->unsynced / 2;
    }
    return rand_r(&c->seed) & 0x100;
}

static void cut_file(const char *shadow, const char *path, const char *to,
                     unsigned seed)
{
    struct bytes durable, now;
    bool was = slurp(&durable, shadow), is = slurp(&now, path);
    struct choice c = { &durable, &now, seed, 0, 0 };

    for (size_t s = 0; s * SECTOR < now.n; s++)
        c.unsynced += differs(&durable, &now, s);
    /* a file without a shadow was never synced: its name may be gone too,
     * and one that is gone may come back, as long as its folder was not
     * synced */
    if (was && (seed == 0 || !is))
        spill(&durable, to);
    else if (is && (was || seed)) {
        mix(&durable, &now, survives, &c);
        spill(&durable, to);
    }
    free(durable.p);
    free(now.p);
}

void fault_vfs_power_cut(const char *to, unsigned seed)
{
    const char *const from[] = { disk.dir, disk.shadow };

    for (int i = 0; i < 2; i++) {
        DIR *d = opendir(from[i]);
        struct dirent *e;

        if (!d)
            die(from[i]);
        while ((e = readdir(d))) {
            char path[PATH_MAX], shadow[PATH_MAX], out[PATH_MAX];
            size_t n = strlen(e->d_name);

            if (e->d_name[0] == '.' ||
                (n > 4 && !strcmp(e->d_name + n - 4, "-shm")))
                continue;
            join(path, disk.dir, e->d_name);
            join(shadow, disk.shadow, e->d_name);
            join(out, to, e->d_name);
            cut_file(shadow, path, out, seed);
        }
        closedir(d);
    }
}
