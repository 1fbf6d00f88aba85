/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads and watches this host's lldpd through liblldpctl.
 *
 * The library gives raw octets; lldpcli's JSON can be broken by a neighbour's
 * name. The connection is made here and never waits by itself: one deadline is
 * for all that is asked, so an lldpd that hangs, whose queue of clients is full
 * or that sends a byte now and then delays a read by seconds only. A table that
 * breaks off is none: what is missing of it would be taken for pulled cables.
 */
#include "topology/source_lldpd_impl.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/clock.h"
#include "tools/base/msg.h"
#include "topology/source.h"

enum {
    ANSWER_MS = 5000, /* for one answer */
    ALL_MS = 20000,   /* for all of a read: a host may have many interfaces */
    RETRY_MS = 20,    /* between two tries to connect */
    SETTLE_MS = 150,
};

struct lldpd_link {
    const char *path;
    int fd;
    int64_t deadline_ms; /* of this answer */
    int64_t last_ms;     /* of all of them; INT64_MAX: none */
    bool late;
    lldpctl_error_t broke; /* what ended the reading */
};

/* Waits until the socket is ready (0: until some time has gone). false: the
 * deadline has passed. */
static bool link_wait(struct lldpd_link *l, short events)
{
    for (;;) {
        int64_t left = l->deadline_ms - clock_ms();
        struct pollfd p = { l->fd, events, 0 };
        int ms = left > 1000 ? 1000 : (int)left;

        l->late = left <= 0;
        if (l->late)
            return false;
        if (!events)
            ms = ms < RETRY_MS ? ms : RETRY_MS;
        if (poll(&p, events ? 1 : 0, ms) > 0 || !events)
            return true;
    }
}

/* A full queue of clients is no event that poll() knows of. */
static int link_try(struct lldpd_link *l, const struct sockaddr_un *to)
{
    while (connect(l->fd, (const struct sockaddr *)to, sizeof *to)) {
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
        if (!link_wait(l, 0))
            return -ETIMEDOUT;
    }
    return 0;
}

static int link_connect(struct lldpd_link *l)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int rc;

    if (l->fd >= 0)
        return 0;
    if (strlen(l->path) >= sizeof to.sun_path)
        return -ENAMETOOLONG;
    strcpy(to.sun_path, l->path);
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0)
        return -errno;
    rc = link_try(l, &to);
    if (rc) {
        close(l->fd);
        l->fd = -1;
    }
    return rc;
}

static ssize_t link_on_send(lldpctl_conn_t *conn, const uint8_t *data,
                            size_t length, void *arg)
{
    struct lldpd_link *l = arg;
    ssize_t n;

    if (link_connect(l))
        return LLDPCTL_ERR_CANNOT_CONNECT;
    if (l->last_ms != INT64_MAX) {
        l->deadline_ms = clock_ms() + ANSWER_MS;
        if (l->deadline_ms > l->last_ms)
            l->deadline_ms = l->last_ms;
    }
    if (!link_wait(l, POLLOUT))
        return LLDPCTL_ERR_CALLBACK_FAILURE;
    n = send(l->fd, data, length, MSG_NOSIGNAL);
    return n < 0 ? LLDPCTL_ERR_CALLBACK_FAILURE : n;
}

static ssize_t link_on_recv(lldpctl_conn_t *conn, const uint8_t *data,
                            size_t length, void *arg)
{
    struct lldpd_link *l = arg;
    ssize_t n;

    if (!link_wait(l, POLLIN))
        return LLDPCTL_ERR_CALLBACK_FAILURE;
    n = recv(l->fd, (void *)data, length, 0);
    return n < 0 ? LLDPCTL_ERR_CALLBACK_FAILURE : n ? n : LLDPCTL_ERR_EOF;
}

static void lldpd_no_log(int severity, const char *msg)
{
}

static lldpctl_conn_t *link_open(struct lldpd_link *l, const char *path)
{
    lldpctl_log_callback(lldpd_no_log);
    *l = (struct lldpd_link){
        .path = path ? path : lldpctl_get_default_transport(),
        .fd = -1,
        .deadline_ms = clock_ms() + ANSWER_MS,
        .last_ms = clock_ms() + ALL_MS,
    };
    return lldpctl_new(link_on_send, link_on_recv, l);
}

static void link_close(struct lldpd_link *l, lldpctl_conn_t *conn)
{
    if (conn)
        lldpctl_release(conn);
    if (l->fd >= 0)
        close(l->fd);
}

static int link_failed(const struct lldpd_link *l, struct msg *err)
{
    msg_set(err,
            "lldpd does not answer at %s: %s; is it running, and may this "
            "user ask it?",
            l->path,
            l->late ? "no answer in time" : lldpctl_strerror(l->broke));
    return -EIO;
}

int topo_lldpd_read(struct topo_view *v, const char *socket_, struct msg *err)
{
    struct lldpd_link l;
    lldpctl_conn_t *conn = link_open(&l, socket_);
    int rc = 0;

    l.broke = conn ? lldpd_atoms_to_view(v, conn) : LLDPCTL_ERR_NOMEM;
    if (l.late || l.broke != LLDPCTL_NO_ERROR) {
        topo_view_clear_table(v);
        rc = link_failed(&l, err);
        goto out;
    }
    v->has_table = true;
    rc = topo_view_check(v);
    if (rc)
        msg_set(err, "lldpd's table: out of memory");
out:
    link_close(&l, conn);
    return rc;
}

/* --- watching ------------------------------------------------------------ */

static void watch_on_change(lldpctl_change_t type, lldpctl_atom_t *interface,
                            lldpctl_atom_t *neighbor, void *arg)
{
}

/* A port that comes up brings several events, and one look after them is
 * enough. */
static bool watch_more_soon(const struct lldpd_link *l)
{
    struct pollfd p = { l->fd, POLLIN, 0 };

    return poll(&p, 1, SETTLE_MS) > 0;
}

int topo_lldpd_watch(const char *socket_, int (*fn)(void *arg), void *arg,
                     struct msg *err)
{
    struct lldpd_link l;
    lldpctl_conn_t *conn = link_open(&l, socket_);
    int rc = 0;

    l.broke = conn ? lldpctl_watch_callback2(conn, watch_on_change, NULL)
                   : LLDPCTL_ERR_NOMEM;
    if (l.broke != LLDPCTL_NO_ERROR) {
        rc = link_failed(&l, err);
        goto out;
    }
    l.deadline_ms = l.last_ms = INT64_MAX;
    while (!rc) {
        do
            if (lldpctl_watch(conn) < 0) {
                msg_set(err, "lldpd at %s has gone away", l.path);
                rc = -EPIPE;
                goto out;
            }
        while (watch_more_soon(&l));
        rc = fn(arg);
    }
out:
    link_close(&l, conn);
    return rc;
}
