/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and writes the connections that are lanes. */
#include "libxl-ext/wire_impl.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/base/clock.h"

enum {
    END_US = 1000000,
    READS = 32,       /* of a lane, before others are served */
    WRITES = 64,      /* of all lanes */
    UNSENT = 1 << 17, /* bytes that the kernel may hold back: what waits there
                       * can't go by another lane */
};

static void conn_ready(void *arg, short revents)
{
    struct wire_conn *c = arg;

    if (revents & ~POLLOUT)
        c->ready = true;
    if (revents & ~POLLIN)
        c->blocked = false;
    c->watch->events = 0;
}

int wire_conn_start(struct wire *w, struct wire_conn *c, int fd, short events)
{
    int one = 1, unsent = UNSENT;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    *c = (struct wire_conn){ .fd = fd, .w = w, .since_us = w->now };
    c->watch = loop_add(&w->loop, fd, events, conn_ready, c);
    return c->watch ? 0 : -ENOMEM;
}

void wire_conn_close(struct wire_conn *c)
{
    loop_remove(c->watch);
    tls_free(c->tls);
    if (c->fd >= 0)
        close(c->fd);
    *c = (struct wire_conn){ .fd = -1, .w = c->w };
}

/* --- up and down ------------------------------------------------------------------ */

static void conn_lost(struct wire *w, unsigned lane, const char *why)
{
    struct lane_report r = { .type = LANE_DOWN, .lane = lane };

    snprintf(r.text, sizeof r.text, "%s", *why ? why : "it ended");
    lanes_down(&w->lanes, lane);
    w->lost = true;
    wire_conn_close(&w->lane[lane]);
    if (!lanes_over(&w->lanes)) /* else it is the end of the move */
        wire_report(w, &r);
}

static void conn_tell_peer(struct wire *w, const struct tls *t)
{
    int64_t own_ends_s;
    const struct tls_pki_peer *p = tls_peer(t, &own_ends_s);
    struct lane_report r = { .type = LANE_CERTIFICATES };

    if (!p)
        return;
    r.own_ends_s = (uint64_t)own_ends_s;
    r.other_ends_s = (uint64_t)p->ends_s;
    snprintf(r.text, sizeof r.text, "%s", p->name);
    wire_report(w, &r);
}

void wire_conn_is_lane(struct wire_conn *c, unsigned lane,
                       const struct chunk *hello)
{
    struct wire *w = c->w;
    struct wire_conn *to = &w->lane[lane];
    struct lane_report r = { .type = LANE_UP, .lane = lane };

    if (to->fd >= 0)
        conn_lost(w, lane, "it was connected again");
    loop_remove(c->watch);
    *to = *c;
    to->ready = true; /* OpenSSL may have more of it */
    to->blocked = false;
    to->watch = loop_add(&w->loop, to->fd, 0, conn_ready, to);
    *c = (struct wire_conn){ .fd = -1, .w = w };
    w->was_up = true;
    lanes_up(&w->lanes, lane, hello, w->now);
    snprintf(r.text, sizeof r.text, "%s", tls_cipher(to->tls));
    conn_tell_peer(w, to->tls);
    wire_report(w, &r);
    if (!to->watch)
        conn_lost(w, lane, "there is no memory");
}

/* --- what comes ------------------------------------------------------------------------ */

/* True: there may be more. */
static bool conn_read(struct wire *w, unsigned lane, uint64_t now)
{
    struct wire_conn *c = &w->lane[lane];

    for (int i = 0; i < READS && c->ready && !lanes_ended(&w->lanes); i++) {
        size_t n;
        uint8_t *to = lanes_place(&w->lanes, lane, &n);
        ssize_t r = tls_read(c->tls, to, n);

        if (r == -EAGAIN) {
            c->ready = false;
            return false;
        }
        if (r < 0) {
            conn_lost(w, lane, tls_why(c->tls));
            return false;
        }
        if (lanes_came(&w->lanes, lane, (size_t)r, now)) {
            conn_lost(w, lane, "it does not keep to the protocol");
            return false;
        }
    }
    return c->ready;
}

/* --- what goes --------------------------------------------------------------------------- */

static bool conns_write(struct wire *w, uint64_t now)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < w->start.lanes; i++)
        mask |= (unsigned)(w->lane[i].fd >= 0 && !w->lane[i].blocked) << i;
    for (int i = 0; i < WRITES; i++) {
        int lane = lanes_pick(&w->lanes, mask);
        struct wire_conn *c;
        const uint8_t *from;
        size_t n;
        ssize_t r;

        if (lane < 0)
            return false;
        c = &w->lane[lane];
        from = lanes_pending(&w->lanes, (unsigned)lane, now, &n);
        r = n ? tls_write(c->tls, from, n) : -EAGAIN;
        if (r > 0) {
            lanes_went(&w->lanes, (unsigned)lane, (size_t)r, now);
            continue;
        }
        mask &= ~(1u << lane);
        c->blocked = n > 0;
        if (r != -EAGAIN)
            conn_lost(w, (unsigned)lane, tls_why(c->tls));
    }
    return true;
}

bool wire_conns_read(struct wire *w)
{
    bool more = false;

    for (unsigned i = 0; i < w->start.lanes; i++)
        if (w->lane[i].fd >= 0)
            more |= conn_read(w, i, w->now);
    return more;
}

bool wire_conns_write(struct wire *w)
{
    bool more = conns_write(w, w->now);

    for (unsigned i = 0; i < w->start.lanes; i++) {
        struct wire_conn *c = &w->lane[i];

        if (c->fd >= 0 && lanes_dead(&w->lanes, i, w->now))
            conn_lost(w, i, "nothing comes of it any more");
        if (c->fd < 0)
            continue;
        w->seen_us = w->now;
        c->watch->events =
            (short)((c->ready ? 0 : POLLIN) | (c->blocked ? POLLOUT : 0));
    }
    return more;
}

/* Reads until the other end closes, or the time is over. False: it is. */
static bool conns_await_end(struct wire *w, uint64_t until)
{
    struct pollfd p[CHUNK_LANES];
    uint64_t now = clock_us();
    char waste[1024];
    bool open = false;

    for (unsigned i = 0; i < w->start.lanes; i++) {
        p[i] = (struct pollfd){ w->lane[i].fd, POLLIN, 0 };
        open |= w->lane[i].fd >= 0;
    }
    if (!open || now >= until ||
        poll(p, w->start.lanes, (int)((until - now + 999) / 1000)) <= 0)
        return false;
    for (unsigned i = 0; i < w->start.lanes; i++)
        if (p[i].revents && recv(p[i].fd, waste, sizeof waste, 0) <= 0)
            wire_conn_close(&w->lane[i]);
    return true;
}

/* To close a socket that has something to read would take back what it has
 * sent, and the other end would wait for a word that was said. Some may never
 * end: anyone on the way can send to them. */
void wire_conns_end(struct wire *w)
{
    uint64_t until = clock_us() + END_US;

    for (unsigned i = 0; i < w->start.lanes; i++)
        if (w->lane[i].fd >= 0)
            shutdown(w->lane[i].fd, SHUT_WR);
    while (conns_await_end(w, until))
        ;
}
