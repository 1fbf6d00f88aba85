/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Accepts the lanes of the target host, from a network on which anybody may
 * connect.
 *
 * There are places for WIRE_PEERS peers that have not proved that they have
 * the key. One that says nothing has a descriptor and no more. When all places
 * are taken, a new peer gets that of the oldest which says nothing; where half of
 * them talk, of the oldest that talks. So neither silent peers nor peers that
 * talk can push out the others, and a lane, whose first bytes follow its
 * connection at once, has until half as many came behind it.
 */
#include "libxl-ext/wire_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPTS = 16, BACKLOG = 4096 };

/* --- listening --------------------------------------------------------------------- */

static int accept_bind(const struct lane_start *s, uint16_t port,
                       unsigned *port_r)
{
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
                               .sin6_port = htons(port) };
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
    bool is_v4 = inet_pton(AF_INET, s->address, &v4.sin_addr) == 1;
    struct sockaddr *a =
        is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
    socklen_t len = is_v4 ? sizeof v4 : sizeof v6;
    int fd, one = 1;

    if (!is_v4 && inet_pton(AF_INET6, s->address, &v6.sin6_addr) != 1)
        return -1;
    fd = socket(a->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (port)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, a, len) || listen(fd, BACKLOG) || getsockname(fd, a, &len)) {
        close(fd);
        return -1;
    }
    *port_r = ntohs(is_v4 ? v4.sin_port : v6.sin6_port);
    return fd;
}

int wire_listen(const struct lane_start *s, unsigned *port_r)
{
    for (unsigned port = s->first; port <= s->last; port++) {
        int fd = accept_bind(s, (uint16_t)port, port_r);

        if (fd >= 0)
            return fd;
    }
    return -1;
}

static void accept_ready(void *arg, short revents)
{
    struct wire *w = arg;

    w->knocks = true;
    w->listener->events = 0;
}

int wire_accept_open(struct wire *w, int fd)
{
    w->listener = loop_add(&w->loop, fd, POLLIN, accept_ready, w);
    return w->listener ? 0 : -ENOMEM;
}

/* --- places -------------------------------------------------------------------------- */

static bool accept_talks(const struct wire_conn *c)
{
    char byte;

    return c->tls || recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* One that is free, or made free. */
static struct wire_conn *accept_place(struct wire *w)
{
    struct wire_conn *oldest[2] = { NULL, NULL }; /* silent, talking */
    int talking = 0;

    for (int i = 0; i < WIRE_PEERS; i++) {
        struct wire_conn *c = &w->peer[i];
        bool talks;

        if (c->fd < 0)
            return c;
        talks = accept_talks(c);
        talking += talks;
        if (!oldest[talks] || c->since_us < oldest[talks]->since_us)
            oldest[talks] = c;
    }
    wire_conn_close(oldest[talking >= WIRE_PEERS / 2]);
    return oldest[talking >= WIRE_PEERS / 2];
}

/* True: there may be more. */
static bool accept_take(struct wire *w)
{
    int fd =
        accept4(w->listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct wire_conn *c;

    if (fd < 0) {
        if (errno == EAGAIN)
            w->knocks = false;
        return w->knocks && (errno == ECONNABORTED || errno == EINTR);
    }
    c = accept_place(w);
    c->w = w;
    if (wire_conn_start(w, c, fd, POLLIN))
        wire_conn_close(c);
    return true;
}

/* --- handshakes ------------------------------------------------------------------------ */

/* Its first head says which lane it is. */
static int accept_hello(struct wire *w, struct wire_conn *c)
{
    struct chunk hello;
    int lane;

    while (c->have < CHUNK_HEAD) {
        ssize_t r = tls_read(c->tls, c->head + c->have, CHUNK_HEAD - c->have);

        if (r < 0)
            return (int)r;
        c->have += (size_t)r;
    }
    lane = lanes_hello(&w->lanes, c->head, &hello);
    if (lane < 0)
        return lane;
    wire_conn_is_lane(c, (unsigned)lane, &hello);
    return 0;
}

static void accept_shake(struct wire *w, struct wire_conn *c)
{
    int rc = 0;

    c->ready = false;
    if (!c->tls)
        c->tls = tls_new(w->tls, c->fd);
    if (!c->tls) {
        wire_conn_close(c);
        return;
    }
    if (!c->lane)
        rc = tls_shake(c->tls);
    if (!rc)
        c->lane = 1; /* it has the key */
    if (!rc)
        rc = accept_hello(w, c);
    if (rc == -EAGAIN)
        c->watch->events = c->lane ? POLLIN : tls_wants(c->tls);
    else if (rc)
        wire_conn_close(c);
}

uint64_t wire_accept_serve(struct wire *w, uint64_t now)
{
    uint64_t next = UINT64_MAX;
    int n = 0;

    for (int i = 0; i < WIRE_PEERS; i++) {
        struct wire_conn *c = &w->peer[i];

        if (c->fd >= 0 && (c->ready || !c->watch->events))
            accept_shake(w, c);
        if (c->fd >= 0 && now - c->since_us > WIRE_SHAKE_US)
            wire_conn_close(c);
        if (c->fd >= 0 && c->since_us + WIRE_SHAKE_US < next)
            next = c->since_us + WIRE_SHAKE_US + 1;
    }
    while (w->knocks && n < ACCEPTS && accept_take(w))
        n++;
    if (w->knocks)
        return now;
    w->listener->events = POLLIN;
    return next;
}
