/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Certificates and the key of a move together let a peer in, and neither alone:
 * which certificates are believed, why others are not, and what a peer costs
 * that has shown none yet. It is long because each row of its tables spoils one
 * and the same pair of ends and of certificates.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "libxl-ext/wire/tls.h"
#include "tests/lib/certs.h"
#include "tests/lib/ssl_held.h"

enum { DAY = 86400, SERVER = 0, CLIENT };

static const struct tls_key key_a = { "the name of one",
                                      "a key of this move" };
static const struct tls_key key_b = { "the name of one", "a key of another" };

/* --- the site ------------------------------------------------------------------- */

static struct cert ca, other_ca, middle;
static char *ca_pem;

static const struct cert_wish good[] = {
    [SERVER] = { .cn = "h2",
                 .san = "DNS:h2.example.com,IP:10.1.0.2",
                 .usage = "serverAuth",
                 .key_usage = "digitalSignature",
                 .from_s = -DAY,
                 .to_s = 100 * DAY },
    [CLIENT] = { .cn = "h1",
                 .san = "DNS:h1.example.com,IP:10.1.0.1",
                 .usage = "clientAuth",
                 .key_usage = "digitalSignature",
                 .from_s = -DAY,
                 .to_s = 200 * DAY },
};
static const char *const names[] = { "*.example.com\n",
                                     "h2.example.com\nh2\n\n*.example.com\n" };

static int site_open(void **state)
{
    struct cert_wish w = {
        .cn = "the CA", .ca = true, .from_s = -DAY, .to_s = 3650L * DAY
    };

    ca = cert_make(&w, NULL);
    w.cn = "another CA";
    other_ca = cert_make(&w, NULL);
    w.cn = "a CA between";
    middle = cert_make(&w, &ca);
    ca_pem = cert_pem(&ca);
    return 0;
}

static int site_close(void **state)
{
    cert_free(&ca);
    cert_free(&other_ca);
    cert_free(&middle);
    free(ca_pem);
    return 0;
}

/* What one end has. */
struct own {
    char *ca, *crl, *chain, *key; /* freed with it */
    const char *names;
    const struct tls_key *move;
};

static struct own own_make(int end, const struct cert_wish *w,
                           const struct cert *issuer)
{
    struct cert c = cert_make(w, issuer);
    struct own o = { .ca = strdup(ca_pem),
                     .chain = cert_pem(&c),
                     .key = cert_key_pem(&c),
                     .names = names[end],
                     .move = &key_a };

    cert_free(&c);
    return o;
}

static void own_free(struct own *o)
{
    free(o->ca);
    free(o->crl);
    free(o->chain);
    free(o->key);
}

static struct tls_text text(const char *s)
{
    return (struct tls_text){ s, s ? strlen(s) : 0 };
}

static struct tls_setup *own_setup(const struct own *o, bool server,
                                   char why[TLS_WHY])
{
    struct tls_pki p = { .names = text(o->names),
                         .ca = text(o->ca),
                         .crl = text(o->crl),
                         .chain = text(o->chain),
                         .key = text(o->key) };

    return tls_setup_new(server, o->move, &p, why);
}

/* --- two ends ----------------------------------------------------------------------- */

struct ends {
    struct tls_setup *setup[2];
    struct tls *t[2];
    int fd[2], rc[2];
};

static void ends_open_with(struct ends *e, struct tls_setup *server,
                           struct tls_setup *client)
{
    e->setup[SERVER] = server;
    e->setup[CLIENT] = client;
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, e->fd), 0);
    for (int i = 0; i < 2; i++) {
        e->t[i] = tls_new(e->setup[i], e->fd[i]);
        assert_non_null(e->t[i]);
        e->rc[i] = -EAGAIN;
    }
}

static void ends_open(struct ends *e, const struct own own[2])
{
    struct tls_setup *s[2];
    char why[TLS_WHY];

    for (int i = 0; i < 2; i++) {
        s[i] = own_setup(&own[i], i == SERVER, why);
        if (!s[i])
            fail_msg("end %d: %s", i, why);
    }
    ends_open_with(e, s[SERVER], s[CLIENT]);
}

static void ends_shake(struct ends *e)
{
    for (int turn = 0; turn < 20; turn++)
        for (int i = CLIENT; i >= SERVER; i--)
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

static void good_pair(struct own own[2])
{
    for (int i = 0; i < 2; i++)
        own[i] = own_make(i, &good[i], &ca);
}

/* --- who gets in -------------------------------------------------------------------- */

static void test_good(void **state)
{
    const struct tls_pki_peer *p;
    int64_t now = time(NULL), ends_s = 0;
    struct own own[2];
    struct ends e;
    char buf[8];

    good_pair(own);
    own[CLIENT].crl = cert_crl_pem(&ca, NULL, 50 * DAY);
    ends_open(&e, own);
    ends_shake(&e);
    if (e.rc[0] || e.rc[1])
        fail_msg("%s, %s", tls_why(e.t[0]), tls_why(e.t[1]));
    p = tls_peer(e.t[SERVER], &ends_s);
    assert_string_equal(p->name, "h1.example.com");
    assert_true(llabs(p->ends_s - now - 200 * DAY) < 600);
    assert_true(llabs(ends_s - now - 100 * DAY) < 600);
    p = tls_peer(e.t[CLIENT], &ends_s);
    assert_string_equal(p->name, "h2.example.com");
    assert_true(llabs(p->ends_s - now - 100 * DAY) < 600);
    assert_true(llabs(ends_s - now - 50 * DAY) < 600); /* its CRL */
    assert_int_equal(tls_write(e.t[CLIENT], "hello", 5), 5);
    assert_int_equal(tls_read(e.t[SERVER], buf, sizeof buf), 5);
    assert_int_equal(tls_write(e.t[SERVER], "again", 5), 5);
    assert_int_equal(tls_read(e.t[CLIENT], buf, sizeof buf), 5);
    assert_memory_equal(buf, "again", 5);
    ends_close(&e);
    own_free(&own[0]);
    own_free(&own[1]);
}

/* One thing is wrong with one end: the other says what, and none is let in. What
 * is wrong with the client is told to it by the server. */
static struct row {
    int end;
    struct cert_wish wish;
    const char *names;      /* that the other end asks for */
    const char *why, *told; /* NULL: nothing is */
} rows[] = {
    { SERVER,
      { .san = "DNS:h3.example.com" },
      NULL,
      "is of h3.example.com",
      "" },
    { SERVER,
      { .san = "DNS:h2.example.com.org" },
      NULL,
      "is of h2.example.com.org",
      "" },
    { SERVER,
      { .san = "DNS:*.example.com" },
      NULL,
      "is of *.example.com",
      "" },
    /* it is the host that was reached, and not in the list */
    { SERVER, { .san = "DNS:h2" }, NULL, "not in wire_pki_hosts", "" },
    { SERVER, { .san = "DNS:h2,DNS:else.example.com" }, NULL, NULL, NULL },
    { SERVER,
      { .cn = "h2.example.com", .san = "email:a@example.com" },
      NULL,
      "no name of a host",
      "" },
    { SERVER, { .san = "IP:10.1.0.2" }, "10.1.0.2\n", NULL, NULL },
    { SERVER, { .san = "IP:fd00:0::2" }, "fd00::2\n", NULL, NULL },
    { SERVER, { .san = "DNS:10.1.0.2" }, "10.1.0.2\n", "is of 10.1.0.2", "" },
    { SERVER, { .san = "IP:10.1.0.3" }, "10.1.0.2\n", "is of 10.1.0.3", "" },
    { SERVER, { .key_usage = "keyEncipherment" }, NULL, "may not sign", "" },
    { CLIENT,
      { .san = "DNS:h1.example.org" },
      NULL,
      "is of h1.example.org",
      "does not take this host's certificate" },
    { CLIENT,
      { .san = "DNS:a.h1.example.com" },
      NULL,
      "is of a.h1.example.com",
      "does not take this host's certificate" },
    { CLIENT,
      { .san = "DNS:h1.example.com" },
      "\n",
      "is of h1.example.com",
      "does not take this host's certificate" },
};

static void row_merge(struct cert_wish *w, const struct cert_wish *more)
{
    w->cn = more->cn ? more->cn : w->cn;
    w->san = more->san ? more->san : w->san;
    w->key_usage = more->key_usage ? more->key_usage : w->key_usage;
}

static void ends_refused(struct ends *e, int end, const char *why,
                         const char *told)
{
    ends_shake(e);
    if (!e->rc[0] || !e->rc[1] || e->rc[0] == -EAGAIN || e->rc[1] == -EAGAIN)
        fail_msg("%s: let in: %d %d", why, e->rc[0], e->rc[1]);
    if (!strstr(tls_why(e->t[!end]), why))
        fail_msg("\"%s\" does not say \"%s\"", tls_why(e->t[!end]), why);
    if (!strstr(tls_why(e->t[end]), told))
        fail_msg("\"%s\" does not say \"%s\"", tls_why(e->t[end]), told);
}

static void test_names(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        struct cert_wish w = good[r->end];
        struct own own[2];
        struct ends e;

        row_merge(&w, &r->wish);
        own[!r->end] = own_make(!r->end, &good[!r->end], &ca);
        own[r->end] = own_make(r->end, &w, &ca);
        if (r->names)
            own[!r->end].names = r->names;
        ends_open(&e, own);
        if (r->why) {
            ends_refused(&e, r->end, r->why, r->told);
        } else {
            ends_shake(&e);
            if (e.rc[0] || e.rc[1])
                fail_msg("row %zu: %s", i, tls_why(e.t[!r->end]));
        }
        ends_close(&e);
        own_free(&own[0]);
        own_free(&own[1]);
    }
}

/* A wrong CA, and a list of revoked ones that the other end has and
 * this one has not: the peer alone can tell. */
static void test_not_believed(void **state)
{
    for (int end = SERVER; end <= CLIENT; end++)
        for (int what = 0; what < 3; what++) {
            static const char *const why[] = {
                "not believed: unable to get local issuer certificate",
                "not believed: certificate revoked",
                "not believed: CRL has expired",
            };
            struct cert c = cert_make(&good[end], what ? &ca : &other_ca);
            struct own own[2];
            struct ends e;

            good_pair(own);
            free(own[end].chain);
            free(own[end].key);
            own[end].chain = cert_pem(&c);
            own[end].key = cert_key_pem(&c);
            if (!what) { /* it believes itself */
                own[end].ca = cert_join(own[end].ca, cert_pem(&other_ca));
            } else {
                own[!end].crl = cert_crl_pem(&ca, what == 1 ? &c : NULL, DAY);
            }
            ends_open(&e, own);
            if (what == 2) { /* it ended while the process ran */
                char *late = cert_crl_pem(&ca, NULL, -60);
                char no[TLS_WHY];

                free(own[!end].crl);
                own[!end].crl = late;
                assert_null(own_setup(&own[!end], end != SERVER, no));
                assert_non_null(strstr(no, "CRL has expired"));
            } else {
                ends_refused(&e, end, why[what], "");
            }
            ends_close(&e);
            own_free(&own[0]);
            own_free(&own[1]);
            cert_free(&c);
        }
}

/* A CA between, shown with the certificate; with CRLs, one of which names it. */
static void test_chain(void **state)
{
    for (int what = 0; what < 4; what++) {
        struct cert c = cert_make(&good[SERVER], &middle), between;
        struct own own[2];
        struct ends e;

        good_pair(own);
        free(own[SERVER].chain);
        free(own[SERVER].key);
        own[SERVER].chain = cert_join(cert_pem(&c), cert_pem(&middle));
        own[SERVER].key = cert_key_pem(&c);
        if (what == 1)
            own[CLIENT].crl = cert_join(cert_crl_pem(&middle, NULL, DAY),
                                        cert_crl_pem(&ca, NULL, DAY));
        if (what == 2)
            own[CLIENT].crl = cert_join(cert_crl_pem(&middle, NULL, DAY),
                                        cert_crl_pem(&ca, &middle, DAY));
        if (what == 3) { /* an intermediate one is all that is believed */
            free(own[CLIENT].ca);
            own[CLIENT].ca = cert_pem(&middle);
            free(own[CLIENT].chain);
            free(own[CLIENT].key);
            between = cert_make(&good[CLIENT], &middle);
            own[CLIENT].chain = cert_pem(&between);
            own[CLIENT].key = cert_key_pem(&between);
            cert_free(&between);
            own[SERVER].ca = cert_join(own[SERVER].ca, cert_pem(&middle));
        }
        ends_open(&e, own);
        if (what == 2) {
            ends_refused(&e, SERVER, "certificate revoked", "");
        } else {
            ends_shake(&e);
            if (e.rc[0] || e.rc[1])
                fail_msg("%d: %s", what, tls_why(e.t[CLIENT]));
        }
        ends_close(&e);
        own_free(&own[0]);
        own_free(&own[1]);
        cert_free(&c);
    }
}

/* --- this end's own ------------------------------------------------------------------ */

static void own_refused(struct own *o, bool server, const char *why)
{
    char said[TLS_WHY] = "";
    struct tls_setup *s = own_setup(o, server, said);

    if (s || !strstr(said, why))
        fail_msg("\"%s\" does not say \"%s\"", said, why);
    assert_true(!strncmp(said, server ? "it has" : "this host has", 6));
    own_free(o);
}

static void test_own(void **state)
{
    static const struct {
        struct cert_wish wish;
        const char *why;
    } wrong[] = {
        { { .from_s = -2 * DAY, .to_s = -60 }, "certificate has expired" },
        { { .from_s = DAY, .to_s = 2 * DAY }, "not yet valid" },
        { { .from_s = -DAY, .to_s = DAY, .rsa = 1024 }, "too weak" },
    };
    struct cert c = cert_make(&good[SERVER], &ca);
    struct own o;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        for (int end = 0; end < 2; end++) {
            struct cert_wish w = wrong[i].wish;

            w.cn = good[end].cn;
            w.san = good[end].san;
            o = own_make(end, &w, &ca);
            own_refused(&o, end == SERVER, wrong[i].why);
        }
    /* each for what the other is for */
    o = own_make(SERVER, &good[CLIENT], &ca);
    own_refused(&o, true, "unsuitable certificate purpose");
    o = own_make(CLIENT, &good[SERVER], &ca);
    own_refused(&o, false, "unsuitable certificate purpose");
    o = own_make(SERVER, &good[SERVER], &other_ca);
    own_refused(&o, true, "unable to get local issuer certificate");
    o = own_make(SERVER, &good[SERVER], NULL);
    own_refused(&o, true, "self-signed certificate");
    o = own_make(SERVER, &good[SERVER], &ca);
    free(o.key);
    o.key = cert_key_pem(&c);
    own_refused(&o, true, "a private key that is not of its certificate");
    for (int part = 0; part < 4; part++) {
        static const char *const why[] = {
            "a cacert.pem that can't be read",
            "a cacrl.pem that can't be read",
            "a certificate that can't be read",
            "a private key that can't be read"
        };
        char **at[] = { &o.ca, &o.crl, &o.chain, &o.key };

        for (int k = 0; k < 2; k++) {
            o = own_make(SERVER, &good[SERVER], &ca);
            if (part == 1)
                o.crl = cert_crl_pem(&ca, NULL, DAY);
            if (k) /* in the middle of the base64 */
                memset(*at[part] + strlen(*at[part]) / 2, '!', 10);
            else
                strcpy(*at[part], "no PEM\n");
            own_refused(&o, true, why[part]);
        }
    }
    o = own_make(SERVER, &good[SERVER], &ca);
    for (int i = 0; i < 30; i++)
        o.chain = cert_join(o.chain, cert_pem(&middle));
    own_refused(&o, true, "certificates of over 6 KiB");
    cert_free(&c);
}

/* --- the key --------------------------------------------------------------------------- */

/* A certificate of another host of the site, and not the key of this move. */
static void test_no_key(void **state)
{
    struct own own[2];
    struct ends e;

    good_pair(own);
    own[CLIENT].move = &key_b;
    ends_open(&e, own);
    ends_refused(&e, CLIENT, "has not the key of this move", "");
    ends_close(&e);
    own_free(&own[0]);
    own_free(&own[1]);
}

/* The key, and no certificate; certificates, and an end that wants none. */
static void test_mixed(void **state)
{
    for (int end = SERVER; end <= CLIENT; end++) {
        struct tls_setup *s[2];
        char why[TLS_WHY];
        struct own own[2];
        struct ends e;

        good_pair(own);
        s[end] = tls_setup_new(end == SERVER, &key_a, NULL, why);
        s[!end] = own_setup(&own[!end], end != SERVER, why);
        assert_true(s[0] && s[1]);
        ends_open_with(&e, s[SERVER], s[CLIENT]);
        ends_refused(&e, end, "", "");
        ends_close(&e);
        own_free(&own[0]);
        own_free(&own[1]);
    }
}

/* A client that is not ours: it has a host's certificate, and knocks as the test
 * likes. */
enum { KNOCK = 0xff52 };
static bool knocks_well;

static int raw_knock(SSL *ssl, unsigned type, unsigned context,
                     const unsigned char **out, size_t *n, X509 *x,
                     size_t chain, int *alert, void *arg)
{
    static uint8_t all[64], mac[32];
    unsigned len = sizeof mac;

    memset(all, 0, sizeof all);
    memcpy(all, "rackhop knock", 13);
    SSL_get_client_random(ssl, all + 32, 32);
    HMAC(EVP_sha256(), key_a.key, TLS_KEY, all, sizeof all, mac, &len);
    mac[31] ^= !knocks_well;
    *out = mac;
    *n = sizeof mac;
    return 1;
}

static SSL *raw_client(SSL_CTX *c, const struct own *o, int fd)
{
    BIO *cert = BIO_new_mem_buf(o->chain, -1);
    BIO *key = BIO_new_mem_buf(o->key, -1);
    X509 *x = PEM_read_bio_X509(cert, NULL, NULL, NULL);
    EVP_PKEY *k = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
    SSL *ssl;

    assert_true(SSL_CTX_use_certificate(c, x) && SSL_CTX_use_PrivateKey(c, k));
    X509_free(x);
    while ((x = PEM_read_bio_X509(cert, NULL, NULL, NULL)))
        assert_true(SSL_CTX_add0_chain_cert(c, x));
    EVP_PKEY_free(k);
    BIO_free(cert);
    BIO_free(key);
    assert_true(SSL_CTX_add_custom_ext(c, KNOCK, SSL_EXT_CLIENT_HELLO,
                                       raw_knock, NULL, NULL, NULL, NULL));
    ssl = SSL_new(c);
    SSL_set_fd(ssl, fd);
    SSL_set_max_send_fragment(ssl, 1024);
    return ssl;
}

/* It knocks wrongly; sends nothing of use in the place of its proof; sends that
 * of the server back; or shows too many certificates. */
static void test_proof(void **state)
{
    enum { NO_KNOCK, NOTHING, BACK, LONG, CASES };
    static const char *const why[] = { "has not the key", "has not the key",
                                       "has not the key", "" };

    for (int what = 0; what < CASES; what++) {
        SSL_CTX *c = SSL_CTX_new(TLS_client_method());
        uint8_t proof[32] = { 1 };
        bool shaken = false;
        struct own own[2];
        struct ends e;
        SSL *ssl;
        int got = 0;

        good_pair(own);
        ends_open(&e, own);
        for (int i = 0; what == LONG && i < 20; i++)
            own[CLIENT].chain =
                cert_join(own[CLIENT].chain, cert_pem(&middle));
        knocks_well = what != NO_KNOCK;
        ssl = raw_client(c, &own[CLIENT], e.fd[CLIENT]);
        for (int i = 0; i < 10 && e.rc[SERVER] == -EAGAIN; i++) {
            shaken = shaken || SSL_connect(ssl) == 1;
            if (shaken && got <= 0)
                got = SSL_read(ssl, proof, sizeof proof);
            if (got > 0 || (shaken && what == NOTHING))
                SSL_write(ssl, proof, sizeof proof);
            e.rc[SERVER] = tls_shake(e.t[SERVER]);
        }
        if (e.rc[SERVER] != -EPROTO ||
            !strstr(tls_why(e.t[SERVER]), why[what]))
            fail_msg("%d: %d, %s", what, e.rc[SERVER], tls_why(e.t[SERVER]));
        /* what fails is what is meant to */
        assert_int_equal(shaken, what != NO_KNOCK);
        assert_int_equal(got == sizeof proof, what == BACK);
        SSL_free(ssl);
        SSL_CTX_free(c);
        ends_close(&e);
        own_free(&own[0]);
        own_free(&own[1]);
    }
}

/* --- what was read on the way --------------------------------------------------------- */

/* A client's first bytes, as anybody can read them who sees them pass. */
static size_t first_words(struct tls_setup *client, uint8_t *to, size_t size)
{
    struct tls *t;
    int fd[2];
    ssize_t n;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd),
                     0);
    t = tls_new(client, fd[0]);
    assert_non_null(t);
    assert_int_equal(tls_shake(t), -EAGAIN);
    n = recv(fd[1], to, size, 0);
    assert_true(n > 0 && (size_t)n < size);
    tls_free(t);
    close(fd[0]);
    close(fd[1]);
    return (size_t)n;
}

/* What the server answers to them: how many bytes. */
static size_t answer_to(struct tls_setup *server, const uint8_t *words,
                        size_t n, int rc, const char *why)
{
    static uint8_t answer[65536];
    struct tls *t;
    ssize_t got;
    int fd[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd),
                     0);
    assert_int_equal(send(fd[1], words, n, 0), n);
    t = tls_new(server, fd[0]);
    assert_non_null(t);
    assert_int_equal(tls_shake(t), rc);
    assert_string_equal(tls_why(t), why);
    got = recv(fd[1], answer, sizeof answer, 0);
    tls_free(t);
    close(fd[0]);
    close(fd[1]);
    return got > 0 ? (size_t)got : 0;
}

/* The first words of a client are good once; those of the same client that dials
 * again are others. */
static void test_again(void **state)
{
    enum { ALERT = 7, SIGNED = 500, KNOWN = 64 };
    static const char again[] = "it says again what another has said";
    static uint8_t words[KNOWN + 1][4096];
    size_t len[KNOWN + 1];
    struct tls_setup *s[2];
    char why[TLS_WHY];
    struct own own[2];

    good_pair(own);
    for (int i = 0; i < 2; i++)
        assert_non_null(s[i] = own_setup(&own[i], i == SERVER, why));
    for (int i = 0; i <= KNOWN; i++)
        len[i] = first_words(s[CLIENT], words[i], sizeof words[i]);
    for (int i = 0; i < KNOWN; i++) {
        assert_true(answer_to(s[SERVER], words[i], len[i], -EAGAIN, "") >
                    SIGNED);
        /* all that came so far */
        for (int k = i; k >= 0; k = k > 3 ? k / 2 : k - 1)
            assert_int_equal(
                answer_to(s[SERVER], words[k], len[k], -EPROTO, again), ALERT);
    }
    /* what is forgotten is the oldest alone */
    assert_true(answer_to(s[SERVER], words[KNOWN], len[KNOWN], -EAGAIN, "") >
                SIGNED);
    for (int i = 1; i <= KNOWN; i++)
        assert_int_equal(
            answer_to(s[SERVER], words[i], len[i], -EPROTO, again), ALERT);
    for (int i = 0; i < 2; i++) {
        tls_setup_free(s[i]);
        own_free(&own[i]);
    }
}

/* --- what it costs ------------------------------------------------------------------------ */

/* Carries what has come at one end to another, up to so many bytes. */
static size_t carry(int from, int to, size_t most)
{
    static uint8_t buf[65536];
    ssize_t n =
        recv(from, buf, most < sizeof buf ? most : sizeof buf, MSG_DONTWAIT);

    if (n > 0)
        assert_int_equal(send(to, buf, (size_t)n, MSG_NOSIGNAL), n);
    return n > 0 ? (size_t)n : 0;
}

/* A server, a client, and one on the way who stops the client's bytes at some
 * point: what the server has taken for it. */
static size_t cost_until(struct tls_setup *s[2], size_t stop, bool *done_r)
{
    int client[2], server[2], rc[2] = { -EAGAIN, -EAGAIN };
    size_t before, most = 0, gone = 0;
    struct tls *c, *t;

    assert_false(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, client) ||
                 socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, server));
    c = tls_new(s[CLIENT], client[0]);
    before = ssl_held();
    t = tls_new(s[SERVER], server[0]);
    for (int turn = 0; turn < 12; turn++) {
        size_t now = ssl_held();

        if (rc[CLIENT] == -EAGAIN)
            rc[CLIENT] = tls_shake(c);
        before += ssl_held() - now; /* the client's */
        gone += carry(client[1], server[1], stop - gone);
        if (rc[SERVER] == -EAGAIN)
            rc[SERVER] = tls_shake(t);
        if (rc[SERVER] == -EAGAIN && ssl_held() - before > most)
            most = ssl_held() - before;
        carry(server[1], client[1], SIZE_MAX);
    }
    *done_r = !rc[SERVER];
    tls_free(c);
    tls_free(t);
    for (int i = 0; i < 2; i++) {
        close(client[i]);
        close(server[i]);
    }
    return most;
}

/* Both ends' under a CA of that kind; the client shows as much as is taken. */
static void large_pair(struct own own[2], unsigned rsa)
{
    struct cert_wish w = { .cn = "a large CA",
                           .ca = true,
                           .from_s = -DAY,
                           .to_s = 3650L * DAY,
                           .rsa = rsa };
    struct cert top = cert_make(&w, NULL), between;
    char *pem;
    size_t n;

    w.cn = "a large CA between";
    w.key = &top;
    between = cert_make(&w, &top);
    pem = cert_pem(&between);
    n = strlen(pem);
    free(pem);
    for (int i = 0; i < 2; i++) {
        struct cert_wish host = good[i];

        host.key = rsa ? &top : NULL;
        own[i] = own_make(i, &host, &between);
        own[i].chain = cert_join(own[i].chain, cert_pem(&between));
        free(own[i].ca);
        own[i].ca = cert_pem(&top);
    }
    while (strlen(own[CLIENT].chain) + n < TLS_CHAIN_MAX * 4 / 3)
        own[CLIENT].chain = cert_join(own[CLIENT].chain, cert_pem(&between));
    cert_free(&top);
    cert_free(&between);
}

/* As a peer's bytes come, up to the largest chain that is taken. */
static void memory_of(unsigned rsa, size_t step)
{
    enum { HELLO_MOST = 64 << 10, MOST = 128 << 10 };
    size_t most = 0, hello = 0;
    struct tls_setup *s[2];
    char why[TLS_WHY];
    struct own own[2];
    bool done = false;

    large_pair(own, rsa);
    for (int i = 0; i < 2; i++)
        assert_non_null(s[i] = own_setup(&own[i], i == SERVER, why));
    cost_until(s, SIZE_MAX, &done); /* what OpenSSL keeps for all */
    assert_true(done);
    done = false;
    for (size_t stop = 0; !done; stop += step) {
        size_t n = cost_until(s, stop, &done);

        if (!done && n > most)
            most = n;
        if (stop < 600 && n > hello)
            hello = n;
    }
    print_message(
        "%s: %zu bytes a peer at most, %zu before its certificates\n",
        rsa ? "RSA-4096" : "P-256", most, hello);
    assert_true(hello > 1000 && hello < HELLO_MOST && most < MOST);
    for (int i = 0; i < 2; i++) {
        tls_setup_free(s[i]);
        own_free(&own[i]);
    }
}

static void test_memory(void **state)
{
    memory_of(0, 97);
    memory_of(4096, 290); /* each takes some milliseconds */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),         cmocka_unit_test(test_names),
        cmocka_unit_test(test_not_believed), cmocka_unit_test(test_chain),
        cmocka_unit_test(test_own),          cmocka_unit_test(test_no_key),
        cmocka_unit_test(test_mixed),        cmocka_unit_test(test_proof),
        cmocka_unit_test(test_again),        cmocka_unit_test(test_memory),
    };

    if (!ssl_held_begin())
        return 1;
    return cmocka_run_group_tests(tests, site_open, site_close);
}
