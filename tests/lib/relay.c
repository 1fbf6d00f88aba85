/* SPDX-License-Identifier: LGPL-2.1-only */
/* Relays TCP connections on the loopback, and cuts them. */
#include "tests/lib/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/base/clock.h"

static struct sockaddr_in loopback(unsigned port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

int relay_dial(unsigned port)
{
    struct sockaddr_in a = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        abort();
    if (!connect(fd, (struct sockaddr *)&a, sizeof a)) {
        fcntl(fd, F_SETFL, O_NONBLOCK);
        return fd;
    }
    close(fd); /* its process has ended */
    return -1;
}

void relay_open(struct relay *r, unsigned target)
{
    struct sockaddr_in a = loopback(0);
    socklen_t len = sizeof a;

    memset(r, 0, sizeof *r);
    r->target = target;
    for (int i = 0; i < RELAY_PAIRS; i++)
        r->pair[i].fd[0] = r->pair[i].fd[1] = -1;
    r->listener =
        socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(r->listener, (struct sockaddr *)&a, len) ||
        listen(r->listener, 64))
        abort();
    getsockname(r->listener, (struct sockaddr *)&a, &len);
    r->port = ntohs(a.sin_port);
}

void relay_cut(struct relay_pair *p)
{
    for (int i = 0; i < 2; i++)
        if (p->fd[i] >= 0)
            close(p->fd[i]);
    p->fd[0] = p->fd[1] = -1;
    p->n[0] = p->n[1] = 0;
    p->eof[0] = p->eof[1] = false;
    p->dumb_us = 0;
}

void relay_reset(struct relay_pair *p)
{
    const struct linger now = { .l_onoff = 1 };

    for (int i = 0; i < 2; i++)
        setsockopt(p->fd[i], SOL_SOCKET, SO_LINGER, &now, sizeof now);
    relay_cut(p);
}

void relay_half_close(struct relay_pair *p, int side)
{
    shutdown(p->fd[side], SHUT_WR);
    p->eof[!side] = true;
    p->n[side] = 0;
}

nfds_t relay_polls(const struct relay *r, struct pollfd f[RELAY_POLLS])
{
    nfds_t n = 0;

    f[n++] = (struct pollfd){ r->listener, POLLIN, 0 };
    for (int i = 0; i < RELAY_PAIRS; i++)
        for (int k = 0; k < 2; k++) {
            const struct relay_pair *p = &r->pair[i];
            bool in = !p->n[!k] && !p->eof[k], out = p->n[k];

            if (p->fd[k] >= 0 && !p->dumb_us && (in || out))
                f[n++] = (struct pollfd){
                    p->fd[k], (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0)),
                    0
                };
        }
    return n;
}

static void relay_take(struct relay *r)
{
    int fd = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0 && r->refuse) {
        r->refuse--;
        close(fd);
        return;
    }
    for (int i = 0; fd >= 0 && i < RELAY_PAIRS; i++)
        if (r->pair[i].fd[0] < 0) {
            r->pair[i].fd[0] = fd;
            r->pair[i].fd[1] = relay_dial(r->target);
            if (r->pair[i].fd[1] < 0)
                relay_cut(&r->pair[i]);
            return;
        }
    if (fd >= 0)
        close(fd);
}

/* From one side to the other, `to`. */
static void relay_carry(struct relay *r, struct relay_pair *p, int to)
{
    ssize_t n;

    if (r->endless && p->eof[!to]) {
        if (!to)
            (void)!send(p->fd[to], "more", 4, MSG_DONTWAIT | MSG_NOSIGNAL);
        return;
    }
    if (!p->n[to] && !p->eof[!to]) {
        n = recv(p->fd[!to], p->b[to], RELAY_PIECE, MSG_DONTWAIT);
        if (!n) {
            p->eof[!to] = true;
            if (r->endless)
                return;
            shutdown(p->fd[to], SHUT_WR);
            if (p->eof[to])
                relay_cut(p);
        }
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            relay_cut(p);
            return;
        }
        p->n[to] = n > 0 ? (size_t)n : 0;
    }
    if (!p->n[to])
        return;
    n = send(p->fd[to], p->b[to], p->n[to], MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        relay_cut(p);
    if (n <= 0)
        return;
    r->carried += (uint64_t)n;
    p->n[to] -= (size_t)n;
    memmove(p->b[to], p->b[to] + n, p->n[to]);
}

static void relay_end_dumb(struct relay *r, uint64_t now)
{
    for (int i = 0; i < RELAY_PAIRS; i++)
        if (r->pair[i].dumb_us && r->pair[i].dumb_us <= now)
            relay_reset(&r->pair[i]);
}

int relay_wait_ms(const struct relay *r, int most)
{
    uint64_t now = clock_us();

    for (int i = 0; i < RELAY_PAIRS; i++) {
        uint64_t end = r->pair[i].dumb_us, ms;

        ms = end > now ? (end - now) / 1000 + 1 : 0;
        if (end && ms < (uint64_t)most)
            most = (int)ms;
    }
    return most;
}

void relay_serve(struct relay *r)
{
    relay_end_dumb(r, clock_us());
    relay_take(r);
    for (int i = 0; i < RELAY_PAIRS; i++)
        for (int to = 0; to < 2; to++)
            if (r->pair[i].fd[0] >= 0 && !r->pair[i].dumb_us)
                relay_carry(r, &r->pair[i], to);
}

void relay_close(struct relay *r)
{
    for (int i = 0; i < RELAY_PAIRS; i++)
        relay_cut(&r->pair[i]);
    close(r->listener);
}
