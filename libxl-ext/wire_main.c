/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-wire: one end of the lanes of one move. It is what ssh would be: its
 * descriptors 0, 1 and 2 are the three streams of docs/wire, read or written as
 * by ssh at the source host, and the other way round at the target host.
 * Descriptor 3 is the control socket of the process that started it
 * (lane_words.h). It ends with its streams; and when nobody is on that socket
 * any more, some seconds later: what was said before is still delivered, and
 * the other end learns that it was the last.
 *
 * It reads what any network sends, so it has no rights: it becomes nobody, opens
 * no file, and the kernel kills it for any system call but those of a socket.
 * What it needs of that kind is done before: the start line, listen(), OpenSSL.
 */
#include "libxl-ext/wire_impl.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/base/clock.h"
#include "tools/base/confine.h"

enum { MEMORY = 64 << 20, REPORT_US = 100000, SECOND_US = 1000000 };

/* --- the control socket ------------------------------------------------------------ */

/* 0, -EAGAIN, or -EPIPE: nobody is there any more. */
static int control_read(char line[LANE_WORDS_MAX], int flags)
{
    ssize_t r;

    do
        r = recv(WIRE_CONTROL, line, LANE_WORDS_MAX - 1, flags);
    while (r < 0 && errno == EINTR);
    if (r <= 0)
        return r < 0 && errno == EAGAIN ? -EAGAIN : -EPIPE;
    line[r] = '\0';
    return 0;
}

static void control_patience(struct wire *w, unsigned seconds)
{
    w->start.patience_s = seconds;
    w->lanes.dead_us = lanes_dead_us(seconds);
}

static void control_ready(void *arg, short revents)
{
    struct wire *w = arg;
    char line[LANE_WORDS_MAX];
    struct lane_order o;
    int rc = control_read(line, MSG_DONTWAIT);

    if (rc == -EAGAIN)
        return;
    if (rc) {
        w->alone_us = w->now;
        loop_remove(w->control);
        w->control = NULL;
        return;
    }
    if (lane_order_get(&o, line)) {
        wire_fail(w, "an order can't be read");
        return;
    }
    if (o.type == LANE_ORDER_RATE)
        rate_set(&w->lanes.rate, o.value, clock_us());
    else
        control_patience(w, (unsigned)o.value);
}

/* --- each turn ------------------------------------------------------------------------ */

static void wire_say_bytes(struct wire *w, uint64_t now)
{
    struct lane_report r = { .type = LANE_BYTES,
                             .resent = lanes_resent(&w->lanes) };

    if (w->missed && !w->alone_us)
        wire_report_again(w);
    for (unsigned s = 0; s < CHUNK_STREAMS; s++)
        if (lanes_out(&w->lanes, s))
            r.acked += w->lanes.out[s].whole;
        else
            r.taken += w->lanes.in[s].taken;
    if (r.acked + r.taken + r.resent == w->said)
        return;
    w->said = r.acked + r.taken + r.resent;
    w->said_us = now;
    wire_report(w, &r);
}

static uint64_t wire_least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Has it come to an end? Else when to look again. */
static uint64_t wire_look(struct wire *w, uint64_t now)
{
    uint64_t patience = w->start.patience_s * (uint64_t)SECOND_US, next;
    bool over = lanes_over(&w->lanes), up = w->seen_us == now;

    if (over && !w->over_us)
        w->over_us = now;
    next = over ? w->over_us + WIRE_LINGER_US : w->seen_us + patience;
    if (lanes_ended(&w->lanes) || (over && !up && w->refused) ||
        (over && now >= next)) {
        w->ended = true;
        loop_stop(&w->loop);
    } else if (!over && !up && now >= next)
        wire_fail(w, "no connection for %u s%s%s", w->start.patience_s,
                  *w->why ? ": " : "", w->why);
    if (up && !over)
        next = UINT64_MAX;
    if (!w->alone_us)
        return next;
    if (!w->was_up || now >= w->alone_us + WIRE_LINGER_US)
        wire_fail(w, "nobody waits for it");
    return wire_least(next, w->alone_us + WIRE_LINGER_US);
}

static uint64_t wire_tick(void *arg, uint64_t now)
{
    struct wire *w = arg;
    uint64_t next;
    bool more;

    w->now = now;
    w->lost = false;
    next =
        w->start.source ? wire_dial_serve(w, now) : wire_accept_serve(w, now);
    /* in this order: what has come is given out, and what that changes said */
    more = wire_conns_read(w);
    next = wire_least(next, wire_pipes_measure(w, now));
    more |= wire_pipes_serve(w);
    more |= wire_conns_write(w);
    next = wire_least(next, lanes_next(&w->lanes, now));
    next = wire_least(next, wire_look(w, now));
    if (now - w->said_us >= REPORT_US)
        wire_say_bytes(w, now);
    else
        next = wire_least(next, w->said_us + REPORT_US);
    return more || w->lost || w->ended ? now : next;
}

/* --- start ------------------------------------------------------------------------------ */

/* What follows the start line. 0 or a negative errno. */
static int wire_read_pki(struct lane_start *s)
{
    size_t size = lane_start_pki_size(s);
    ssize_t r;

    s->pki = malloc(size + 1);
    if (!s->pki)
        return -ENOMEM;
    for (size_t n = 0; n < size; n += (size_t)r) {
        do
            r = recv(WIRE_CONTROL, s->pki + n, size - n, MSG_TRUNC);
        while (r < 0 && errno == EINTR);
        if (r <= 0 || (size_t)r > size - n)
            return -EPROTO;
    }
    return 0;
}

static struct tls_pki wire_pki(const struct lane_start *s)
{
    struct tls_text t[LANE_PKI_PARTS];
    const char *at = s->pki;

    for (int i = 0; i < LANE_PKI_PARTS; i++) {
        t[i] = (struct tls_text){ at, s->part[i] };
        at += s->part[i];
    }
    return (struct tls_pki){ .names = t[LANE_PKI_NAMES],
                             .ca = t[LANE_PKI_CA],
                             .crl = t[LANE_PKI_CRL],
                             .chain = t[LANE_PKI_CHAIN],
                             .key = t[LANE_PKI_KEY] };
}

static void wire_forget_pki(struct lane_start *s)
{
    if (s->pki)
        explicit_bzero(s->pki, lane_start_pki_size(s));
    free(s->pki);
    s->pki = NULL;
}

static bool wire_open_tls(struct wire *w)
{
    struct tls_pki pki;
    struct tls_key key;
    char why[TLS_WHY];

    memcpy(key.id, w->start.id, sizeof key.id);
    memcpy(key.key, w->start.key, sizeof key.key);
    if (w->start.by_pki)
        pki = wire_pki(&w->start);
    w->tls = tls_setup_new(!w->start.source, &key,
                           w->start.by_pki ? &pki : NULL, why);
    explicit_bzero(&key, sizeof key);
    explicit_bzero(w->start.key, sizeof w->start.key);
    wire_forget_pki(&w->start);
    if (!w->tls)
        wire_fail(w, "%s", why);
    return w->tls != NULL;
}

static bool wire_open_listener(struct wire *w)
{
    struct lane_report r = { .type = LANE_LISTENING };
    int fd = wire_listen(&w->start, &r.lane);

    if (fd < 0) {
        wire_fail(w, "no port of %s from %u to %u is free", w->start.address,
                  w->start.first, w->start.last);
        return false;
    }
    if (wire_accept_open(w, fd))
        return false;
    wire_report(w, &r);
    return true;
}

static bool wire_open(struct wire *w)
{
    struct lanes_setup setup = { .source = w->start.source,
                                 .n = w->start.lanes,
                                 .rate = w->start.rate };
    uint64_t now = clock_us();

    for (int i = 0; i < CHUNK_LANES; i++)
        w->lane[i] = (struct wire_conn){ .fd = -1, .w = w };
    for (int i = 0; i < WIRE_PEERS; i++)
        w->peer[i] = (struct wire_conn){ .fd = -1, .w = w };
    w->seen_us = w->said_us = w->flow.at_us = now;
    w->flow.most = WIRE_FLOW_LEAST;
    loop_init(&w->loop);
    w->loop.tick = wire_tick;
    w->loop.tick_arg = w;
    w->control = loop_add(&w->loop, WIRE_CONTROL, POLLIN, control_ready, w);
    if (lanes_init(&w->lanes, &setup, now) || wire_pipes_open(w) ||
        !w->control) {
        wire_fail(w, "it can't be set up");
        return false;
    }
    if (!wire_open_tls(w))
        return false;
    control_patience(w, w->start.patience_s);
    return w->start.source || wire_open_listener(w);
}

int main(void)
{
    static struct wire w;
    char line[LANE_WORDS_MAX];

    signal(SIGPIPE, SIG_IGN);
    /* it is given keys: no core has them, and no other process looks at them */
    if (prctl(PR_SET_DUMPABLE, 0))
        return 1;
    if (control_read(line, 0))
        return 2;
    if (lane_start_get(&w.start, line) ||
        (w.start.by_pki && wire_read_pki(&w.start))) {
        wire_fail(&w, "its start line can't be read");
        return 2;
    }
    explicit_bzero(line, sizeof line);
    if (!wire_open(&w))
        return 1;
    if (confine_to_network(MEMORY)) {
        wire_fail(&w, "it can't give its rights away");
        return 1;
    }
    while (!w.ended && !loop_run(&w.loop, NULL, NULL, UINT64_MAX))
        ;
    if (!w.failed) {
        wire_say_bytes(&w, clock_us());
        wire_report(&w, &(struct lane_report){ .type = LANE_DONE });
        wire_conns_end(&w);
    }
    _exit(w.failed);
}
