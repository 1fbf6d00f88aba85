/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * write_exact(), writev_exact() and read_exact(), which libxenguest calls in
 * this program in place of libxenctrl's: for one descriptor they do what the
 * codec wants, for all others the same as libxenctrl's.
 */
#include "libxl-ext/helper_codec.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

/* libxc's functions bring a descriptor and nothing else, so what is to be done
 * with it must stand in the process. */
static struct exact *exact_used;

void xlx_exact_use(struct exact *x)
{
    exact_used = x;
}

int xlx_exact_read(int fd, void *buf, size_t n)
{
    char *to = buf;

    while (n) {
        ssize_t r = read(fd, to, n);

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0 && errno == EAGAIN) { /* a pipe of the receiver's loop */
            poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, -1);
            continue;
        }
        if (r <= 0)
            return r ? -errno : -EPIPE;
        to += r;
        n -= (size_t)r;
    }
    return 0;
}

static int exact_write_bytes(int fd, const char *from, size_t n)
{
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

/* One call where the kernel takes all of it, which a pipe with room does. */
static int exact_write_some(int fd, const struct iovec *v, int n)
{
    ssize_t r = writev(fd, v, n);
    int rc = 0;

    if (r < 0 && errno != EINTR)
        return -errno;
    for (; n && !rc; v++, n--) {
        size_t gone = r < 0 ? 0 : (size_t)r;

        if (gone > v->iov_len)
            gone = v->iov_len;
        r -= (ssize_t)gone;
        rc = exact_write_bytes(fd, (char *)v->iov_base + gone,
                               v->iov_len - gone);
    }
    return rc;
}

int xlx_exact_write(int fd, const struct iovec *v, int n)
{
    int rc = 0;

    for (int k; n > 0 && !rc; v += k, n -= k) {
        k = n < IOV_MAX ? n : IOV_MAX;
        rc = exact_write_some(fd, v, k);
    }
    return rc;
}

/* --- libxc's names ----------------------------------------------------------------- */

/* Private to libxc: no header has them. */
int read_exact(int fd, void *data, size_t size);
int write_exact(int fd, const void *data, size_t size);
int writev_exact(int fd, const struct iovec *iov, int iovcnt);

static int exact_result(int rc)
{
    if (rc)
        errno = rc == -EPIPE ? 0 : -rc;
    return rc ? -1 : 0;
}

static int exact_write_used(int fd, const struct iovec *v, int n)
{
    struct exact *x = exact_used;
    int rc = x && x->fd == fd && x->write ? x->write(x->arg, v, n)
                                          : xlx_exact_write(fd, v, n);

    if (rc)
        errno = -rc;
    return rc ? -1 : 0;
}

int read_exact(int fd, void *data, size_t size)
{
    struct exact *x = exact_used;

    if (x && x->fd == fd && x->read)
        return exact_result(x->read(x->arg, data, size));
    return exact_result(xlx_exact_read(fd, data, size));
}

int write_exact(int fd, const void *data, size_t size)
{
    struct iovec v = { (void *)data, size };

    if (exact_used && exact_used->fd == fd)
        exact_used->wrote = true;
    return exact_write_used(fd, &v, 1);
}

int writev_exact(int fd, const struct iovec *iov, int iovcnt)
{
    if (exact_used && exact_used->fd == fd)
        exact_used->wrote_vector = true;
    return exact_write_used(fd, iov, iovcnt);
}
