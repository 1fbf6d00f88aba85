/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the CPU state of an armed guest in a file, and loads it. */
#include "libxl-ext/context.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libxl-ext/copy.h"
#include "libxl-ext/hvm_context.h"
#include "libxl-ext/wire/digest.h"
#include "libxl-ext/xlx_impl.h"
#include "tools/base/file.h"

/* A line of text, then the bytes. The mark says of which copy they are. */
#define HEAD "rackhop-context/1 %zu %016" PRIx64 " %s\n"

enum {
    PATH_SIZE = 512,
    HEAD_SIZE = 256,
    MARK_SIZE = sizeof((struct xlx_copy *)0)->mark,
};

static int context_path(const char *dir, const char *uuid,
                        char path[PATH_SIZE])
{
    int n = snprintf(path, PATH_SIZE, "%s/%s.context", dir, uuid);

    return n < PATH_SIZE ? 0 : -ENAMETOOLONG;
}

/* --- into the file ------------------------------------------------------------- */

static int context_write(int fd, const void *data, size_t n)
{
    const char *from = data;

    while (n) {
        ssize_t r = write(fd, from, n);

        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return r ? -errno : -EIO;
        from += r;
        n -= (size_t)r;
    }
    return 0;
}

/* The folder may be on a disk after all. */
static int context_write_all(int fd, const char *head, const uint8_t *context,
                             size_t n)
{
    int rc = context_write(fd, head, strlen(head));

    if (!rc)
        rc = context_write(fd, context, n);
    return rc ? rc : fsync(fd) ? -errno : 0;
}

static void context_new(const char *path, char new[PATH_SIZE + 4])
{
    snprintf(new, PATH_SIZE + 4, "%s.new", path);
}

static void context_unlink_new(const char *path)
{
    char new[PATH_SIZE + 4];

    context_new(path, new);
    unlink(new);
}

/* Also what a process that was killed had of it. */
void xlx_context_forget(const char *dir, const char *uuid)
{
    char path[PATH_SIZE];

    if (context_path(dir, uuid, path))
        return;
    unlink(path);
    context_unlink_new(path);
}

/* A new file beside `path`: its descriptor, or a negative errno. */
static int context_open(const char *dir, const char *path)
{
    char new[PATH_SIZE + 4];
    int fd;

    if (mkdir(dir, 0700) && errno != EEXIST)
        return -errno;
    context_new(path, new);
    unlink(new);
    fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? -errno : fd;
}

int xlx_context_keep(const char *dir, const char *uuid, const char *mark,
                     const uint8_t *context, size_t n)
{
    char path[PATH_SIZE], new[PATH_SIZE + 4], head[HEAD_SIZE];
    int fd, rc = context_path(dir, uuid, path);

    if (rc)
        return rc;
    context_new(path, new);
    snprintf(head, sizeof head, HEAD, n, digest_add(0, context, n), mark);
    fd = context_open(dir, path);
    if (fd < 0)
        return fd;
    rc = context_write_all(fd, head, context, n);
    if (close(fd) && !rc)
        rc = -errno;
    if (!rc && rename(new, path))
        rc = -errno;
    if (rc)
        unlink(new);
    return rc;
}

int xlx_context_try(const char *dir, const char *uuid, size_t n)
{
    static const uint8_t zero[4096];
    char path[PATH_SIZE];
    int fd, rc = context_path(dir, uuid, path);

    if (rc)
        return rc;
    rc = context_open(dir, path);
    if (rc < 0)
        return rc;
    fd = rc;
    for (rc = 0; n && !rc; n -= n < sizeof zero ? n : sizeof zero)
        rc = context_write(fd, zero, n < sizeof zero ? n : sizeof zero);
    if (close(fd) && !rc)
        rc = -errno;
    context_unlink_new(path);
    return rc;
}

/* --- out of it ----------------------------------------------------------------- */

struct context {
    char *file; /* to be freed */
    const uint8_t *at;
    size_t n;
};

/* The file's CPU state, if it is of the copy with that mark. 0; -ENOENT: there
 * is none, and never will be; else it could not be read. */
static int context_read(const char *dir, const char *uuid, const char *mark,
                        struct context *c)
{
    char path[PATH_SIZE], head[HEAD_SIZE], *line;
    size_t len;
    int rc = context_path(dir, uuid, path);

    if (rc)
        return rc;
    c->file = file_read(path, HVM_CONTEXT_MAX + HEAD_SIZE, &len);
    if (!c->file)
        return errno == ENOENT || errno == EFBIG ? -ENOENT : -errno;
    line = memchr(c->file, '\n', len);
    if (line) {
        c->at = (const uint8_t *)line + 1;
        c->n = len - (size_t)(line + 1 - c->file);
        snprintf(head, sizeof head, HEAD, c->n, digest_add(0, c->at, c->n),
                 mark);
        if (strlen(head) == (size_t)(line + 1 - c->file) &&
            !memcmp(head, c->file, strlen(head)) &&
            hvm_context_ok(c->at, c->n))
            return 0;
    }
    free(c->file);
    return -ENOENT;
}

/* One that has ended had its CPU state: its CPUs went down as it did. */
int xlx_context_is_up(struct xlx *x, uint32_t domid)
{
    xc_domaininfo_t info;
    xc_vcpuinfo_t v;

    if (xc_domain_getinfolist(x->xch, domid, 1, &info) != 1 ||
        info.domain != domid)
        return -ESRCH;
    if (info.flags & XEN_DOMINF_shutdown)
        return 1;
    for (uint32_t i = 0; i <= info.max_vcpu_id; i++) {
        if (xc_vcpu_getinfo(x->xch, domid, i, &v)) {
            if (errno != ESRCH && errno != ENOENT)
                return -errno;
        } else if (v.online) {
            return 1;
        }
    }
    return 0;
}

/*
 * A copy that somebody has unpaused would run as soon as its first CPU has its
 * state: the pause that was spent is given back, so that it runs by our word
 * alone, and not at all if this fails.
 */
static int context_set(struct xlx *x, uint32_t domid, const struct context *c)
{
    xc_domaininfo_t info;

    if (xc_domain_getinfolist(x->xch, domid, 1, &info) != 1 ||
        info.domain != domid)
        return -ESRCH;
    if (!(info.flags & XEN_DOMINF_paused) && xc_domain_pause(x->xch, domid))
        return -errno;
    return xc_domain_hvm_setcontext(x->xch, domid, (uint8_t *)c->at,
                                    (uint32_t)c->n)
               ? -errno
               : 0;
}

/* What is kept for that copy, whose CPUs are down. 0 or a negative errno and
 * why. */
static int context_find(struct xlx *x, const char *dir, const char *uuid,
                        uint32_t domid, struct context *c, struct msg *err)
{
    char mark[MARK_SIZE] = "";
    int rc = xlx_store_read(x, domid, XLX_MARK, mark, sizeof mark);

    if (rc && rc != -ENOENT) {
        msg_set(err,
                "xenstore does not say which move built the guest's copy "
                "(%s)",
                strerror(-rc));
        return rc;
    }
    rc = context_read(dir, uuid, mark, c);
    if (rc == -ENOENT)
        msg_set(err, "there is no CPU state of the guest's copy in %s", dir);
    else if (rc)
        msg_set(err,
                "the CPU state of the guest's copy can't be read in %s "
                "(%s)",
                dir, strerror(-rc));
    return rc;
}

static int context_up_or_why(struct xlx *x, uint32_t domid, struct msg *err)
{
    int up = xlx_context_is_up(x, domid);

    if (up < 0)
        msg_set(err, "Xen does not say how the guest's CPUs are (%s)",
                strerror(-up));
    return up;
}

int xlx_context_look(struct xlx *x, const char *dir, const char *uuid,
                     uint32_t domid, struct msg *err)
{
    struct context c;
    int rc = context_up_or_why(x, domid, err);

    if (rc)
        return rc < 0 ? rc : 0;
    rc = context_find(x, dir, uuid, domid, &c, err);
    if (!rc)
        free(c.file);
    return rc;
}

int xlx_context_load(struct xlx *x, const char *dir, const char *uuid,
                     uint32_t domid, struct msg *err)
{
    struct context c;
    int rc = context_up_or_why(x, domid, err);

    if (rc < 0)
        return rc;
    if (!rc) {
        rc = context_find(x, dir, uuid, domid, &c, err);
        if (rc)
            return rc;
        rc = context_set(x, domid, &c);
        free(c.file);
        if (rc) {
            msg_set(err, "Xen refuses the guest's CPU state (%s)",
                    strerror(-rc));
            return rc;
        }
    }
    xlx_context_forget(dir, uuid);
    return 0;
}
