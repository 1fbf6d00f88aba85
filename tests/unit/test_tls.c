/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The key of a move and nothing else lets a peer in; what a peer that has not
 * proved itself can say, and what memory it costs.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include "libxl-ext/wire/tls.h"
#include "libxl-ext/wire/tls_gate.h"
#include "tests/lib/ssl_held.h"

static const struct tls_key key_a = { "the name of one",
                                      "a key of this move" };
static const struct tls_key key_b = { "the name of one", "a key of another" };
static const struct tls_key key_c = { "another name", "a key of this move" };

struct ends { /* 0: server, 1: client */
    struct tls_setup *setup[2];
    struct tls *t[2];
    int fd[2], rc[2];
};

static void ends_open(struct ends *e, const struct tls_key *server,
                      const struct tls_key *client)
{
    const struct tls_key *key[] = { server, client };
    char why[TLS_WHY];

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, e->fd), 0);
    for (int i = 0; i < 2; i++) {
        e->setup[i] = tls_setup_new(i == 0, key[i], NULL, why);
        assert_non_null(e->setup[i]);
        e->t[i] = tls_new(e->setup[i], e->fd[i]);
        assert_non_null(e->t[i]);
        e->rc[i] = -EAGAIN;
    }
}

static void ends_shake(struct ends *e)
{
    for (int turn = 0; turn < 20; turn++)
        for (int i = 1; i >= 0; i--)
            if (e->rc[i] == -EAGAIN) {
                e->rc[i] = tls_shake(e->t[i]);
                if (e->rc[i] && e->rc[i] != -EAGAIN)
                    shutdown(e->fd[i], SHUT_RDWR);
            }
}

static void ends_close(struct ends *e)
{
    for (int i = 0; i < 2; i++) {
        tls_free(e->t[i]);
        tls_setup_free(e->setup[i]);
        close(e->fd[i]);
    }
}

/* --- who gets in --------------------------------------------------------------- */

static void test_key(void **state)
{
    struct ends e;
    char buf[8];

    ends_open(&e, &key_a, &key_a);
    ends_shake(&e);
    assert_int_equal(e.rc[0], 0);
    assert_int_equal(e.rc[1], 0);
    assert_string_equal(tls_cipher(e.t[0]), tls_cipher(e.t[1]));
    assert_int_equal(tls_read(e.t[0], buf, sizeof buf), -EAGAIN);
    assert_int_equal(tls_write(e.t[1], "hello", 5), 5);
    assert_int_equal(tls_read(e.t[0], buf, 3), 3);
    assert_true(tls_pending(e.t[0]));
    assert_int_equal(tls_read(e.t[0], buf + 3, 5), 2);
    assert_memory_equal(buf, "hello", 5);
    shutdown(e.fd[1], SHUT_WR);
    assert_int_equal(tls_read(e.t[0], buf, 1), -EPIPE);
    assert_int_equal(tls_write(e.t[0], "x", 1), 1);
    ends_close(&e);
}

static void test_key_wrong(void **state)
{
    const struct {
        const struct tls_key *server, *client;
    } rows[] = { { &key_a, &key_b }, { &key_a, &key_c }, { &key_c, &key_a } };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ends e;

        ends_open(&e, rows[i].server, rows[i].client);
        ends_shake(&e);
        if (e.rc[0] != -EPROTO || !e.rc[1] || e.rc[1] == -EAGAIN)
            fail_msg("row %zu: %d %d", i, e.rc[0], e.rc[1]);
        assert_true(*tls_why(e.t[0]) && *tls_why(e.t[1]));
        ends_close(&e);
    }
}

/* A client of TLS without any key is not let in, whatever else it has. */
static void test_no_key(void **state)
{
    SSL_CTX *c = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(c);
    struct ends e;
    int r = -1;

    ends_open(&e, &key_a, &key_a);
    SSL_set_fd(ssl, e.fd[1]);
    for (int i = 0; i < 10 && e.rc[0] == -EAGAIN; i++) {
        r = SSL_connect(ssl);
        e.rc[0] = tls_shake(e.t[0]);
    }
    assert_true(r != 1);
    assert_int_equal(e.rc[0], -EPROTO);
    SSL_free(ssl);
    SSL_CTX_free(c);
    ends_close(&e);
}

/* Full records, each in one piece: small ones cost several times the CPU. */
static void test_records(void **state)
{
    static uint8_t bytes[16384], raw[32768];
    struct ends e;

    ends_open(&e, &key_a, &key_a);
    ends_shake(&e);
    assert_int_equal(tls_write(e.t[1], bytes, sizeof bytes), sizeof bytes);
    assert_int_equal(recv(e.fd[0], raw, sizeof raw, MSG_PEEK),
                     sizeof bytes + 22);
    assert_int_equal(tls_write(e.t[1], bytes, 100), 100);
    assert_int_equal(tls_read(e.t[0], raw, sizeof bytes), sizeof bytes);
    /* both records came by one read() */
    assert_int_equal(recv(e.fd[0], raw, 1, MSG_PEEK | MSG_DONTWAIT), -1);
    assert_true(tls_pending(e.t[0]));
    ends_close(&e);
}

/* Keys are made anew while both write. */
static void test_new_keys(void **state)
{
    uint8_t got[100], bytes[100];
    struct ends e;

    ends_open(&e, &key_a, &key_a);
    tls_setup_writes(e.setup[0], 3);
    tls_setup_writes(e.setup[1], 2);
    ends_shake(&e);
    for (unsigned i = 0; i < 40; i++)
        for (int k = 0; k < 2; k++) {
            memset(bytes, (int)i, sizeof bytes);
            assert_int_equal(tls_write(e.t[k], bytes, sizeof bytes),
                             sizeof bytes);
            /* a record with a key has nothing to read in it */
            while (tls_read(e.t[!k], got, sizeof got) == -EAGAIN)
                ;
            assert_memory_equal(got, bytes, sizeof bytes);
        }
    ends_close(&e);
}

/* One bit is changed on the way: the connection is of no use any more. */
static void test_changed(void **state)
{
    uint8_t record[64];
    struct ends e;
    ssize_t n;

    ends_open(&e, &key_a, &key_a);
    ends_shake(&e);
    assert_int_equal(tls_write(e.t[1], "hello", 5), 5);
    n = recv(e.fd[0], record, sizeof record, 0);
    assert_int_equal(n, 27);
    record[9] ^= 1;
    assert_int_equal(send(e.fd[1], record, (size_t)n, 0), n);
    assert_int_equal(tls_read(e.t[0], record, sizeof record), -EPIPE);
    ends_close(&e);
}

/* --- before that --------------------------------------------------------------------- */

static void test_gate(void **state)
{
    static const struct {
        uint8_t b[24];
        size_t n;
        int rc;
    } rows[] = {
        { { 22, 3, 1, 0, 6, 1, 0, 0, 2, 9, 9 }, 11, 0 },
        { { 22, 3, 1, 0, 6, 1, 0, 0, 3 }, 9, -EPROTO }, /* goes on elsewhere */
        { { 22, 3, 1, 0, 6, 1, 1, 0, 2 }, 7, -EPROTO }, /* 64 KiB and more */
        { { 22, 3, 1, 0, 6, 2, 0, 0, 2 }, 6, -EPROTO }, /* a ServerHello */
        { { 22, 3, 1, 0, 4 }, 5, -EPROTO },
        { { 22, 3, 1, 8, 0 }, 5, 0 },
        { { 22, 3, 1, 8, 1 }, 5, -EPROTO }, /* too long */
        { { 23, 3, 1, 0, 6 }, 5, -EPROTO }, /* not at first */
        { "GET / HTTP/1.1\r\n", 16, -EPROTO },
        { "SSH-2.0-OpenSSH", 15, -EPROTO },
        { { 22, 3, 1, 0, 5, 1, 0, 0, 1, 9, 20, 3, 3, 0, 1, 1 }, 16, 0 },
        { { 22, 3, 1, 0, 5, 1, 0, 0, 1, 9, 23, 3, 3, 1, 0 }, 15, 0 },
        { { 22, 3, 1, 0, 5, 1, 0, 0, 1, 9, 23, 3, 3, 1, 1 }, 15, -EPROTO },
        { { 22, 3, 1, 0, 5, 1, 0, 0, 1, 9, 23, 3, 3, 0, 0 }, 15, -EPROTO },
        { { 22, 3, 1, 0, 5, 1, 0, 0, 1, 9, 22, 3, 3, 0, 5 }, 15, -EPROTO },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t part = 1; part <= rows[i].n; part++) {
            struct tls_gate g = { .certificates = false };
            int rc = 0;

            for (size_t at = 0; !rc && at < rows[i].n; at += part)
                rc = tls_gate_pass(&g, rows[i].b + at,
                                   at + part < rows[i].n ? part
                                                         : rows[i].n - at);
            if (rc != rows[i].rc)
                fail_msg("row %zu, by %zu: %d", i, part, rc);
        }
}

/* A peer that stops at any point of its handshake costs no more than that. */
static void test_memory(void **state)
{
    enum { PEERS = 8, MOST = 64 << 10 };
    uint8_t hello[2048];
    size_t before, n, most = 0;
    struct ends e;
    struct tls *t[PEERS];
    int fd[PEERS][2];

    ends_open(&e, &key_a, &key_b);
    tls_shake(e.t[1]);
    n = (size_t)recv(e.fd[0], hello, sizeof hello, 0);
    assert_true(n > 100 && n < 600);
    for (size_t cut = 0; cut <= n; cut += cut < n - 1 && cut ? n - 2 : 1) {
        before = ssl_held();
        for (int i = 0; i < PEERS; i++) {
            assert_int_equal(
                socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd[i]), 0);
            t[i] = tls_new(e.setup[0], fd[i][0]);
            assert_int_equal(send(fd[i][1], hello, cut, 0), (ssize_t)cut);
            assert_int_equal(tls_shake(t[i]), cut < n ? -EAGAIN : -EPROTO);
        }
        if ((ssl_held() - before) / PEERS > most)
            most = (ssl_held() - before) / PEERS;
        for (int i = 0; i < PEERS; i++) {
            tls_free(t[i]);
            close(fd[i][0]);
            close(fd[i][1]);
        }
        assert_true(ssl_held() <=
                    before + 4096); /* what OpenSSL keeps for all */
    }
    print_message("%zu bytes a peer at most\n", most);
    assert_true(most > 1000 && most < MOST);
    ends_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key),     cmocka_unit_test(test_key_wrong),
        cmocka_unit_test(test_no_key),  cmocka_unit_test(test_changed),
        cmocka_unit_test(test_records), cmocka_unit_test(test_new_keys),
        cmocka_unit_test(test_gate),    cmocka_unit_test(test_memory),
    };

    if (!ssl_held_begin())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
