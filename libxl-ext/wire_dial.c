/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Connects the lanes of the source host, and connects them again: after 0.2 s
 * at first, after twice as long each time, up to 5 s.
 */
#include "libxl-ext/wire_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_US = 200000, WAIT_MOST_US = 5000000 };

/* Of the address in numbers. 0: it is none. */
static socklen_t dial_address(const struct lane_start *s, uint16_t port,
                              struct sockaddr_storage *a)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)a;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)a;

    memset(a, 0, sizeof *a);
    if (inet_pton(AF_INET, s->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return sizeof *v4;
    }
    if (inet_pton(AF_INET6, s->address, &v6->sin6_addr) != 1)
        return 0;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    return sizeof *v6;
}

static void dial_failed(struct wire *w, struct wire_conn *c, unsigned lane,
                        const char *why, uint64_t now)
{
    struct lane_report r = { .type = LANE_DOWN, .lane = lane };

    snprintf(r.text, sizeof r.text, "%s", *why ? why : "it ended");
    snprintf(w->why, sizeof w->why, "%s", r.text);
    wire_conn_close(c);
    w->refused = true;
    w->wait_us[lane] = w->wait_us[lane] ? 2 * w->wait_us[lane] : WAIT_US;
    if (w->wait_us[lane] > WAIT_MOST_US)
        w->wait_us[lane] = WAIT_MOST_US;
    w->dial_us[lane] = now + w->wait_us[lane];
    if (!lanes_over(&w->lanes))
        wire_report(w, &r);
}

static void dial_start(struct wire *w, unsigned lane, uint64_t now)
{
    struct wire_conn *c = &w->peer[lane];
    struct sockaddr_storage a;
    socklen_t len = dial_address(&w->start, w->start.first, &a);
    int fd = len ? socket(a.ss_family,
                          SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
                 : -1;

    c->w = w;
    c->fd = -1;
    if (fd >= 0 && wire_conn_start(w, c, fd, POLLOUT)) {
        dial_failed(w, c, lane, "there is no memory", now);
        return;
    }
    c->lane = lane;
    if (fd >= 0) /* else errno tells why */
        wire_report(w,
                    &(struct lane_report){ .type = LANE_DIALS, .lane = lane });
    w->dial_us[lane] = now + WAIT_US; /* if it is lost at once */
    if (fd < 0 ||
        (connect(fd, (struct sockaddr *)&a, len) && errno != EINPROGRESS))
        dial_failed(w, c, lane, len ? strerror(errno) : "it is no address",
                    now);
}

static void dial_shake(struct wire *w, struct wire_conn *c, uint64_t now)
{
    int error = 0, rc;
    socklen_t len = sizeof error;

    if (!c->tls) {
        if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) || error) {
            dial_failed(w, c, c->lane, strerror(error), now);
            return;
        }
        wire_report(
            w, &(struct lane_report){ .type = LANE_REACHED, .lane = c->lane });
        c->tls = tls_new(w->tls, c->fd);
    }
    rc = c->tls ? tls_shake(c->tls) : -ENOMEM;
    if (rc == -EAGAIN) {
        c->ready = false;
        c->watch->events = tls_wants(c->tls);
        return;
    }
    if (rc) {
        dial_failed(w, c, c->lane, c->tls ? tls_why(c->tls) : "", now);
        return;
    }
    w->wait_us[c->lane] = 0;
    wire_conn_is_lane(c, c->lane, NULL);
}

uint64_t wire_dial_serve(struct wire *w, uint64_t now)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < w->start.lanes; i++) {
        struct wire_conn *c = &w->peer[i];

        if (w->lane[i].fd >= 0)
            continue;
        if (c->fd < 0 && now >= w->dial_us[i])
            dial_start(w, i, now);
        else if (c->fd >= 0 && (c->ready || !c->watch->events))
            dial_shake(w, c, now);
        if (c->fd >= 0 && now - c->since_us > WIRE_SHAKE_US)
            dial_failed(w, c, i, "it does not answer", now);
        if (c->fd < 0 && w->lane[i].fd < 0 && w->dial_us[i] < next)
            next = w->dial_us[i];
        if (c->fd >= 0 && c->since_us + WIRE_SHAKE_US < next)
            next = c->since_us + WIRE_SHAKE_US + 1;
    }
    return next;
}
