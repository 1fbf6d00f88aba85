/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Two rackhop-wires on the loopback, with a relay between them that cuts
 * connections: what comes out of the pipes is what went in. And what peers can
 * do that have no key.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/certs.h"
#include "tests/lib/relay.h"
#include "tests/lib/wire_end.h"
#include "tools/base/clock.h"

enum {
    SOURCE,
    TARGET,
    PAIRS = RELAY_PAIRS,
    PIECE = RELAY_PIECE,
    STILL_MS = 60000 /* a lane waits up to 5 s before it dials again */
};

/* --- a move between two pipes ---------------------------------------------------------- */

struct flow {
    struct wire_end end[2];
    struct relay *relay; /* NULL: none */
    uint64_t total[CHUNK_STREAMS], put[CHUNK_STREAMS], got[CHUNK_STREAMS];
};

static uint8_t flow_byte(unsigned s, uint64_t at)
{
    return (uint8_t)((at * 0x9e3779b97f4a7c15u >> 31) + s);
}

/* The source host's end starts; the other listens. */
static void flow_join(struct flow *f, struct lane_start *s)
{
    unsigned port = f->end[TARGET].port;

    assert_true(port > 0);
    if (f->relay) {
        relay_open(f->relay, port);
        port = f->relay->port;
    }
    s->source = true;
    s->first = s->last = (uint16_t)port;
    wire_end_start(&f->end[SOURCE], s);
}

static void flow_start(struct flow *f, struct relay *relay, unsigned lanes,
                       uint64_t bytes)
{
    struct lane_start s = { .address = "127.0.0.1",
                            .lanes = lanes,
                            .patience_s = 60 };

    memset(f, 0, sizeof *f);
    f->relay = relay;
    f->total[0] = bytes;
    f->total[1] = bytes / 20 + 1;
    f->total[2] = 3;
    wire_end_key(&s, 1);
    wire_end_start(&f->end[TARGET], &s);
    wire_end_await_port(&f->end[TARGET]);
    flow_join(f, &s);
}

static void flow_put(struct flow *f, unsigned s)
{
    struct wire_end *e = &f->end[s ? TARGET : SOURCE];
    uint8_t b[PIECE];
    uint64_t n = f->total[s] - f->put[s];
    ssize_t r;

    if (e->stream[s] < 0)
        return;
    if (!n) {
        wire_end_close(e, s);
        return;
    }
    if (n > sizeof b)
        n = sizeof b;
    for (size_t i = 0; i < n; i++)
        b[i] = flow_byte(s, f->put[s] + i);
    r = write(e->stream[s], b, n);
    f->put[s] += r > 0 ? (uint64_t)r : 0;
}

static void flow_get(struct flow *f, unsigned s)
{
    struct wire_end *e = &f->end[s ? SOURCE : TARGET];
    uint8_t b[PIECE];
    ssize_t n = e->stream[s] < 0 ? -1 : read(e->stream[s], b, sizeof b);

    if (!n)
        wire_end_close(e, s);
    for (ssize_t i = 0; i < n; i++)
        if (b[i] != flow_byte(s, f->got[s] + (uint64_t)i))
            fail_msg("stream %u: byte %llu is wrong", s,
                     (unsigned long long)f->got[s] + (unsigned)i);
    f->got[s] += n > 0 ? (uint64_t)n : 0;
}

/* Waits until something can be done, but not for ever. */
static void flow_poll(struct flow *f)
{
    struct pollfd p[3 + 2 * CHUNK_STREAMS + 2 * PAIRS];
    nfds_t n = 0;

    for (int e = 0; e < 2; e++) {
        if (!f->end[e].over)
            p[n++] = (struct pollfd){ f->end[e].control, POLLIN, 0 };
        for (int s = 0; s < CHUNK_STREAMS; s++)
            if (f->end[e].stream[s] >= 0)
                p[n++] = (struct pollfd){ f->end[e].stream[s],
                                          (e == SOURCE) == (s == 0) ? POLLOUT
                                                                    : POLLIN,
                                          0 };
    }
    if (f->relay)
        p[n++] = (struct pollfd){ f->relay->listener, POLLIN, 0 };
    for (int i = 0; f->relay && i < PAIRS; i++)
        for (int k = 0; k < 2; k++)
            if (f->relay->pair[i].fd[k] >= 0)
                p[n++] = (struct pollfd){
                    f->relay->pair[i].fd[k],
                    (short)((f->relay->pair[i].n[!k] ||
                                     f->relay->pair[i].eof[k]
                                 ? 0
                                 : POLLIN) |
                            (f->relay->pair[i].n[k] ? POLLOUT : 0)),
                    0
                };
    if (poll(p, n, STILL_MS) == 0)
        fail_msg("nothing moves: %s / %s", f->end[0].why, f->end[1].why);
}

static void flow_step(struct flow *f)
{
    flow_poll(f);
    for (unsigned s = 0; s < CHUNK_STREAMS; s++) {
        flow_put(f, s);
        flow_get(f, s);
    }
    if (f->relay)
        relay_serve(f->relay);
    for (int e = 0; e < 2; e++)
        wire_end_hear(&f->end[e]);
}

/* Both have ended, and what is left in the pipes was read. */
static bool flow_over(const struct flow *f)
{
    return f->end[0].over && f->end[1].over && f->end[TARGET].stream[0] < 0 &&
           f->end[SOURCE].stream[1] < 0 && f->end[SOURCE].stream[2] < 0;
}

static void flow_finish(struct flow *f)
{
    for (int e = 0; e < 2; e++) {
        int status = wire_end_finish(&f->end[e], NULL);

        if (status || !f->end[e].done)
            fail_msg("end %d: status %#x, %s", e, (unsigned)status,
                     f->end[e].why);
    }
    for (unsigned s = 0; s < CHUNK_STREAMS; s++)
        assert_int_equal(f->got[s], f->total[s]);
    if (f->relay)
        relay_close(f->relay);
}

/* --- tests ------------------------------------------------------------------------------- */

static struct flow flow;
static struct relay relay;

static void test_whole(void **state)
{
    flow_start(&flow, NULL, 2, 4 << 20);
    while (!flow_over(&flow))
        flow_step(&flow);
    flow_finish(&flow);
    assert_int_equal(flow.end[SOURCE].up, 2);
    assert_int_equal(flow.end[SOURCE].resent, 0);
    assert_int_equal(flow.end[SOURCE].acked, flow.total[0] + 1);
    assert_int_equal(flow.end[TARGET].taken, flow.total[0]);
    print_message("%s\n", flow.end[SOURCE].cipher);
}

/* The program that started it is gone: what that has said arrives, and then
 * its end, as from ssh. */
static void test_last_words(void **state)
{
    struct wire_end *e = &flow.end[SOURCE];
    int status;

    flow_start(&flow, NULL, 1, 100000);
    while (flow.put[0] < flow.total[0] || !e->up)
        flow_step(&flow);
    for (unsigned s = 0; s < CHUNK_STREAMS; s++)
        wire_end_close(e, s);
    close(e->control);
    e->over = true;
    while (flow.end[TARGET].stream[0] >= 0 || !flow.end[TARGET].over)
        flow_step(&flow);
    assert_int_equal(flow.got[0], flow.total[0]);
    assert_int_equal(wire_end_finish(&flow.end[TARGET], NULL), 0);
    assert_int_equal(waitpid(e->pid, &status, 0), e->pid);
}

/* Connections that do not end, and bytes on them without end: the process ends
 * all the same. */
static void test_endless(void **state)
{
    uint64_t until;

    flow_start(&flow, &relay, 2, 100000);
    relay.endless = true;
    while (!flow.end[SOURCE].done)
        flow_step(&flow);
    until = clock_us() + STILL_MS * UINT64_C(1000);
    /* what is in the pipes is still to be read when the source host is done */
    while (!flow.end[SOURCE].over || flow.end[TARGET].stream[0] >= 0) {
        assert_true(clock_us() < until);
        for (unsigned i = 0; i < CHUNK_STREAMS; i++)
            flow_get(&flow, i);
        relay_serve(&relay);
        wire_end_hear(&flow.end[SOURCE]);
        poll(NULL, 0, 1);
    }
    flow_finish(&flow);
}

/* A cut each 128 KiB or so, of one lane or more. */
static unsigned run_cuts(unsigned lanes, uint64_t bytes)
{
    uint64_t next = 100000;
    unsigned seed = lanes;

    flow_start(&flow, &relay, lanes, bytes);
    while (!flow_over(&flow)) {
        flow_step(&flow);
        if (flow.got[0] < next)
            continue;
        next += 60000 + (unsigned)rand_r(&seed) % 140000;
        for (int i = rand_r(&seed) % 8, k = 0; k < PAIRS; k++) {
            struct relay_pair *p = &relay.pair[(i + k) % PAIRS];

            if (p->fd[0] < 0)
                continue;
            relay_cut(p);
            relay.cuts++;
            if (rand_r(&seed) % 4)
                break;
        }
    }
    flow_finish(&flow);
    print_message("%u lanes: %u cuts, %llu bytes again\n", lanes, relay.cuts,
                  (unsigned long long)flow.end[SOURCE].resent);
    assert_true(flow.end[SOURCE].resent <= (uint64_t)relay.cuts * (8 << 20));
    return relay.cuts;
}

static void test_cuts(void **state)
{
    unsigned cuts = run_cuts(1, 1 << 20);

    cuts += run_cuts(3, 4 << 20);
    cuts += run_cuts(8, 4 << 20);
    assert_true(cuts > 3); /* each of them found its lane again */
}

/* Peers without the key: of five one begins a handshake, one says something
 * else, and the others are silent; or all begin one. */
static void run_half_open(bool all_begin)
{
    enum { PEERS = 1000 };
    static int peer[PEERS];
    struct lane_start s = { .address = "127.0.0.1",
                            .lanes = 2,
                            .patience_s = 60 };
    struct rlimit most;

    memset(&flow, 0, sizeof flow);
    flow.total[0] = flow.total[1] = 100000;
    getrlimit(RLIMIT_NOFILE, &most);
    most.rlim_cur = most.rlim_max;
    setrlimit(RLIMIT_NOFILE, &most);
    wire_end_key(&s, 1);
    wire_end_start(&flow.end[TARGET], &s);
    wire_end_await_port(&flow.end[TARGET]);
    for (int i = 0; i < PEERS; i++) {
        peer[i] = relay_dial(flow.end[TARGET].port);
        assert_true(peer[i] >= 0);
        if (i % 5 == 1 && !all_begin)
            (void)!send(peer[i], "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL);
        if (i % 5 == 2 || all_begin)
            (void)!send(peer[i], "\x16\x03\x01\x00\x40\x01\x00", 7,
                        MSG_NOSIGNAL);
    }
    flow_join(&flow, &s);
    while (!flow_over(&flow))
        flow_step(&flow);
    for (int i = 0; i < PEERS; i++)
        close(peer[i]);
    flow_finish(&flow);
    if (flow.end[SOURCE].down)
        fail_msg("%u lanes were lost: %s", flow.end[SOURCE].down,
                 flow.end[SOURCE].why);
}

static void test_half_open(void **state)
{
    run_half_open(false);
    run_half_open(true);
}

/* Another key: no lane ever comes up, and patience has an end. */
static void test_key(void **state)
{
    struct lane_start s = { .address = "127.0.0.1",
                            .lanes = 1,
                            .patience_s = 60 };
    struct wire_end e[2];

    wire_end_key(&s, 1);
    wire_end_start(&e[TARGET], &s);
    wire_end_await_port(&e[TARGET]);
    wire_end_key(&s, 2);
    s.source = true;
    s.first = s.last = (uint16_t)e[TARGET].port;
    wire_end_start(&e[SOURCE], &s);
    while (!e[SOURCE].down) {
        struct pollfd p = { e[SOURCE].control, POLLIN, 0 };

        assert_true(poll(&p, 1, STILL_MS) > 0);
        wire_end_hear(&e[SOURCE]);
    }
    for (int i = 0; i < 2; i++) {
        int status;

        wire_end_order(&e[i], LANE_ORDER_PATIENCE, 0);
        status = wire_end_finish(&e[i], NULL);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        assert_non_null(strstr(e[i].why, "no connection for 0 s"));
        assert_false(e[i].done);
    }
    assert_int_equal(e[TARGET].up, 0);
}

/* --- certificates ------------------------------------------------------------------------- */

enum { DAY = 86400 };

static struct cert ca;
static unsigned pki_rsa; /* bits of all keys; 0: they are of P-256 */

/* A host's, and the name that it wants the other to have. */
static void pki_give(struct lane_start *s, const char *san, const char *names)
{
    const struct cert_wish w = {
        .cn = "a host",
        .san = san,
        .from_s = -DAY,
        .to_s = 20 * DAY,
        .key = pki_rsa ? &ca : NULL, /* one is made sooner than three */
    };
    struct cert c = cert_make(&w, &ca);
    char *part[] = { [LANE_PKI_NAMES] = strdup(names),
                     [LANE_PKI_CA] = cert_pem(&ca),
                     [LANE_PKI_CRL] = cert_crl_pem(&ca, NULL, 10 * DAY),
                     [LANE_PKI_CHAIN] = cert_pem(&c),
                     [LANE_PKI_KEY] = cert_key_pem(&c) };

    s->by_pki = true;
    s->pki = strdup("");
    for (int i = 0; i < LANE_PKI_PARTS; i++) {
        s->part[i] = strlen(part[i]);
        s->pki = cert_join(s->pki, part[i]);
    }
    cert_free(&c);
}

/* Both start lines; the target host's end listens. */
static void pki_start(struct flow *f, unsigned lanes, uint64_t bytes,
                      const char *source, const char *target)
{
    const struct cert_wish w = { .cn = "the CA",
                                 .ca = true,
                                 .from_s = -DAY,
                                 .to_s = 100 * DAY,
                                 .rsa = pki_rsa };
    struct lane_start s = { .address = "127.0.0.1",
                            .lanes = lanes,
                            .patience_s = 60 };

    memset(f, 0, sizeof *f);
    f->total[0] = bytes;
    f->total[1] = f->total[2] = 1;
    ca = cert_make(&w, NULL);
    wire_end_key(&s, 1);
    if (target) {
        pki_give(&s, target, "*.source\n");
        wire_end_start(&f->end[TARGET], &s);
        free(s.pki);
    } else {
        wire_end_start(&f->end[TARGET], &s);
    }
    wire_end_await_port(&f->end[TARGET]);
    pki_give(&s, source, "h2.target\n\n*.target\n");
    flow_join(f, &s);
    free(s.pki);
    cert_free(&ca);
}

/* A whole move, confined as it ever is. */
static void pki_whole(void)
{
    pki_start(&flow, 3, 4 << 20, "DNS:h1.source", "DNS:h2.target");
    while (!flow_over(&flow))
        flow_step(&flow);
    flow_finish(&flow);
    assert_int_equal(flow.end[SOURCE].up, 3);
    assert_string_equal(flow.end[SOURCE].other, "h2.target");
    assert_string_equal(flow.end[TARGET].other, "h1.source");
    for (int i = 0; i < 2; i++) {
        struct wire_end *e = &flow.end[i];

        /* its CRL, and the other's certificate */
        assert_true(e->other_ends_s - e->own_ends_s > 9 * DAY &&
                    e->other_ends_s - e->own_ends_s < 11 * DAY);
    }
}

static void test_pki(void **state)
{
    pki_whole();
    pki_rsa = 3072; /* what libvirt's and GnuTLS's tools make */
    pki_whole();
    pki_rsa = 0;
}

static void pki_refused(const char *source, const char *target,
                        const char *why)
{
    pki_start(&flow, 1, 1, source, target);
    while (!flow.end[SOURCE].down && !flow.end[SOURCE].over) {
        struct pollfd p = { flow.end[SOURCE].control, POLLIN, 0 };

        assert_true(poll(&p, 1, STILL_MS) > 0);
        wire_end_hear(&flow.end[SOURCE]);
    }
    if (!strstr(flow.end[SOURCE].why, why))
        fail_msg("\"%s\" does not say \"%s\"", flow.end[SOURCE].why, why);
    for (int i = 0; i < 2; i++) {
        wire_end_order(&flow.end[i], LANE_ORDER_PATIENCE, 0);
        wire_end_finish(&flow.end[i], NULL);
        assert_false(flow.end[i].done);
        assert_int_equal(flow.end[i].up, 0);
    }
}

static void test_pki_refused(void **state)
{
    pki_refused("DNS:h1.source", "DNS:h3.target", "is of h3.target");
    pki_refused("DNS:h1.elsewhere", "DNS:h2.target",
                "does not take this host's certificate");
    pki_refused("DNS:h1.source", NULL, "");
}

/* Files of no use: it does not even listen, and says why. */
static void test_pki_own(void **state)
{
    const struct cert_wish w = {
        .cn = "the CA", .ca = true, .from_s = -DAY, .to_s = -60
    };
    struct lane_start s = { .address = "127.0.0.1",
                            .lanes = 1,
                            .patience_s = 60 };
    struct wire_end e;

    ca = cert_make(&w, NULL);
    wire_end_key(&s, 1);
    pki_give(&s, "DNS:h1.source", "*\n");
    wire_end_start(&e, &s);
    wire_end_await_port(&e);
    assert_int_equal(e.port, 0);
    assert_true(wire_end_finish(&e, NULL) != 0);
    assert_non_null(strstr(e.why, "certificate has expired"));
    free(s.pki);
    cert_free(&ca);
}

/* It ends with the process that started it. */
static void test_alone(void **state)
{
    struct lane_start s = { .address = "127.0.0.1",
                            .lanes = 1,
                            .patience_s = 60 };
    struct wire_end e;
    int status;

    wire_end_start(&e, &s);
    wire_end_await_port(&e);
    shutdown(e.control, SHUT_WR);
    status = wire_end_finish(&e, NULL);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),       cmocka_unit_test(test_last_words),
        cmocka_unit_test(test_endless),     cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_half_open),   cmocka_unit_test(test_key),
        cmocka_unit_test(test_alone),       cmocka_unit_test(test_pki),
        cmocka_unit_test(test_pki_refused), cmocka_unit_test(test_pki_own),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
