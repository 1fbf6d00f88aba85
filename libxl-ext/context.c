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

void xlx_context_forget(const char *dir, const char *uuid)
{
    char path[PATH_SIZE];

    if (!context_path(dir, uuid, path))
        unlink(path);
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

int xlx_context_keep(const char *dir, const char *uuid, const char *mark,
                     const uint8_t *context, size_t n)
{
    char path[PATH_SIZE], new[PATH_SIZE + 4], head[HEAD_SIZE];
    int fd, rc = context_path(dir, uuid, path);

    if (rc)
        return rc;
    if (mkdir(dir, 0700) && errno != EEXIST)
        return -errno;
    snprintf(new, sizeof new, "%s.new", path);
    snprintf(head, sizeof head, HEAD, n, digest_add(0, context, n), mark);
    unlink(new);
    fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    rc = context_write_all(fd, head, context, n);
    if (close(fd) && !rc)
        rc = -errno;
    if (!rc && rename(new, path))
        rc = -errno;
    if (rc)
        unlink(new);
    return rc;
}

/* --- out of it ----------------------------------------------------------------- */

/* The whole file, and where its CPU state begins, if it is that copy's. NULL:
 * there is none. */
static char *context_read(const char *dir, const char *uuid, const char *mark,
                          const uint8_t **context_r, size_t *n_r)
{
    char path[PATH_SIZE], head[HEAD_SIZE], *file, *line;
    size_t len, n;

    if (context_path(dir, uuid, path))
        return NULL;
    file = file_read(path, HVM_CONTEXT_MAX + HEAD_SIZE, &len);
    line = file ? memchr(file, '\n', len) : NULL;
    if (line) {
        n = len - (size_t)(line + 1 - file);
        *context_r = (const uint8_t *)line + 1;
        *n_r = n;
        snprintf(head, sizeof head, HEAD, n, digest_add(0, *context_r, n),
                 mark);
        if (strlen(head) == (size_t)(line + 1 - file) &&
            !memcmp(head, file, strlen(head)) && hvm_context_ok(*context_r, n))
            return file;
    }
    free(file);
    return NULL;
}

int xlx_context_is_up(struct xlx *x, uint32_t domid)
{
    xc_domaininfo_t info;
    xc_vcpuinfo_t v;

    if (xc_domain_getinfolist(x->xch, domid, 1, &info) != 1 ||
        info.domain != domid)
        return -ESRCH;
    for (uint32_t i = 0; i <= info.max_vcpu_id; i++)
        if (!xc_vcpu_getinfo(x->xch, domid, i, &v) && v.online)
            return 1;
    return 0;
}

/*
 * A copy that somebody has unpaused would run as soon as its first CPU has its
 * state: the pause that was spent is given back, so that it runs by our word
 * alone, and not at all if this fails.
 */
static int context_set(struct xlx *x, uint32_t domid, const uint8_t *context,
                       size_t n)
{
    xc_domaininfo_t info;

    if (xc_domain_getinfolist(x->xch, domid, 1, &info) != 1 ||
        info.domain != domid)
        return -ESRCH;
    if (!(info.flags & XEN_DOMINF_paused) && xc_domain_pause(x->xch, domid))
        return -errno;
    return xc_domain_hvm_setcontext(x->xch, domid, (uint8_t *)context,
                                    (uint32_t)n)
               ? -errno
               : 0;
}

static int context_give(struct xlx *x, const char *dir, const char *uuid,
                        uint32_t domid, struct msg *err)
{
    const uint8_t *context;
    char mark[MARK_SIZE] = "", *file;
    size_t n;
    int rc = xlx_store_read(x, domid, XLX_MARK, mark, sizeof mark);

    if (rc && rc != -ENOENT) {
        msg_set(err,
                "xenstore does not say which move built the guest's copy "
                "(%s)",
                strerror(-rc));
        return rc;
    }
    file = context_read(dir, uuid, mark, &context, &n);
    if (!file) {
        msg_set(err, "the CPU state of the guest's copy is not in %s", dir);
        return -ENOENT;
    }
    rc = context_set(x, domid, context, n);
    free(file);
    if (rc)
        msg_set(err, "Xen refuses the guest's CPU state (%s)", strerror(-rc));
    return rc;
}

int xlx_context_load(struct xlx *x, const char *dir, const char *uuid,
                     uint32_t domid, struct msg *err)
{
    int up = xlx_context_is_up(x, domid), rc = 0;

    if (up < 0) {
        msg_set(err, "Xen does not say how the guest's CPUs are (%s)",
                strerror(-up));
        return up;
    }
    if (!up)
        rc = context_give(x, dir, uuid, domid, err);
    if (!rc)
        xlx_context_forget(dir, uuid);
    return rc;
}
