/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * TLS by OpenSSL, which nothing else of the wire knows but tls_pki.c and
 * tls_proof.c.
 *
 * The bytes of a socket pass through a BIO of ours: until the peer has proved
 * itself it looks at them first (tls_gate).
 */
#include "libxl-ext/wire/tls.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "libxl-ext/wire/tls_gate.h"
#include "libxl-ext/wire/tls_proof.h"

enum {
    RECORD_MAX = 1 << 14,
    RECORD_FIRST =
        1 << 10,           /* while the peer is not known: buffers are small */
    READ_BUFFER = 1 << 17, /* of one whose peer is known */
    WRITES_A_KEY = 1 << 23, /* records that one key may encrypt */
    CIPHER_AES = 0,
    CIPHER_CHACHA
};

struct tls_setup {
    SSL_CTX *ctx;
    BIO_METHOD *bio;
    struct tls_key key;
    struct tls_pki_set *pki; /* NULL: there are no certificates */
    struct tls_knocks knocks;
    bool server;
    unsigned writes; /* that one key may encrypt */
};

struct tls {
    struct tls_setup *s;
    SSL *ssl;
    int fd;
    bool known; /* the peer has the key */
    struct tls_gate gate;
    unsigned writes;
    const char *why;
    /* of certificates */
    bool shaken; /* what is left is: */
    struct tls_proof proof;
    struct tls_pki_peer peer;
    char text[TLS_WHY + 64];
};

static const char no_key[] = "it has not the key of this move";

/* --- the socket ------------------------------------------------------------------ */

static int tls_bio_read(BIO *b, char *buf, int n)
{
    struct tls *t = BIO_get_data(b);
    ssize_t r = recv(t->fd, buf, (size_t)n, 0);

    BIO_clear_retry_flags(b);
    if (r < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_read(b);
    if (r > 0 && t->s->server && !t->known &&
        tls_gate_pass(&t->gate, (uint8_t *)buf, (size_t)r)) {
        t->why = "it does not say what a rackhop would";
        return -1;
    }
    return (int)r;
}

static int tls_bio_write(BIO *b, const char *buf, int n)
{
    struct tls *t = BIO_get_data(b);
    ssize_t r = send(t->fd, buf, (size_t)n, MSG_NOSIGNAL);

    BIO_clear_retry_flags(b);
    if (r < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_write(b);
    return (int)r;
}

static long tls_bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
    return cmd == BIO_CTRL_FLUSH;
}

static BIO_METHOD *tls_bio_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket");

    if (!m)
        return NULL;
    BIO_meth_set_read(m, tls_bio_read);
    BIO_meth_set_write(m, tls_bio_write);
    BIO_meth_set_ctrl(m, tls_bio_ctrl);
    return m;
}

/* --- the key ----------------------------------------------------------------------- */

/* The hash of this suite is that of both. */
static SSL_SESSION *tls_psk(SSL *ssl)
{
    static const unsigned char aes128_gcm[] = { 0x13, 0x01 };
    const struct tls *t = SSL_get_app_data(ssl);
    SSL_SESSION *x = SSL_SESSION_new();

    if (x && SSL_SESSION_set1_master_key(x, t->s->key.key, TLS_KEY) &&
        SSL_SESSION_set_cipher(x, SSL_CIPHER_find(ssl, aes128_gcm)) &&
        SSL_SESSION_set_protocol_version(x, TLS1_3_VERSION))
        return x;
    SSL_SESSION_free(x);
    return NULL;
}

static int tls_psk_use(SSL *ssl, const EVP_MD *md, const unsigned char **id,
                       size_t *len, SSL_SESSION **x)
{
    const struct tls *t = SSL_get_app_data(ssl);

    *id = t->s->key.id;
    *len = TLS_ID;
    *x = tls_psk(ssl);
    return *x != NULL;
}

static int tls_psk_find(SSL *ssl, const unsigned char *id, size_t len,
                        SSL_SESSION **x)
{
    const struct tls *t = SSL_get_app_data(ssl);
    bool ours = len == TLS_ID && !memcmp(id, t->s->key.id, TLS_ID);

    *x = ours ? tls_psk(ssl) : NULL;
    return !ours || *x;
}

/* --- certificates ---------------------------------------------------------------------- */

/* The server's first look at a client. Who has not the key, and who says again
 * what one that has it has said, costs a hash: nothing is signed for them. */
static int tls_hello(SSL *ssl, int *alert, void *arg)
{
    struct tls *t = SSL_get_app_data(ssl);

    if (!tls_proof_knocked(ssl, t->s->key.key))
        t->why = no_key;
    else if (!tls_proof_is_new(&t->s->knocks, ssl))
        t->why = "it says again what another has said";
    else
        return SSL_CLIENT_HELLO_SUCCESS;
    *alert = SSL_AD_HANDSHAKE_FAILURE;
    return SSL_CLIENT_HELLO_ERROR;
}

static int tls_verify(int ok, X509_STORE_CTX *x)
{
    SSL *ssl =
        X509_STORE_CTX_get_ex_data(x, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls *t = SSL_get_app_data(ssl);
    int good = tls_pki_verify(t->s->pki, &t->peer, ok, x);

    if (!good)
        t->why = t->peer.why;
    return good;
}

/* --- what all connections share ------------------------------------------------------ */

static bool tls_cpu_has_aes(void)
{
#if defined __x86_64__
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#else
    return getauxval(AT_HWCAP) & 1 << 3; /* HWCAP_AES of aarch64 */
#endif
}

/*
 * The server takes the client's first choice if that is ChaCha20, else its own:
 * AES is what both have to want. Tickets would let a later connection do
 * without the key.
 */
static bool tls_configure(SSL_CTX *c, bool server)
{
    static const char *const suites[] = {
        [CIPHER_AES] = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256",
        [CIPHER_CHACHA] =
            "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
    };

    SSL_CTX_set_options(c, SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA |
                               SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) &&
           SSL_CTX_set_ciphersuites(
               c, suites[tls_cpu_has_aes() ? CIPHER_AES : CIPHER_CHACHA]) &&
           SSL_CTX_set1_groups_list(c, "X25519:P-256") &&
           SSL_CTX_set_num_tickets(c, 0);
}

static void tls_by_key(SSL_CTX *c, bool server)
{
    if (server)
        SSL_CTX_set_psk_find_session_callback(c, tls_psk_find);
    else
        SSL_CTX_set_psk_use_session_callback(c, tls_psk_use);
    if (!server) /* there is no CA, so no certificate will do */
        SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
}

static bool tls_by_pki(struct tls_setup *s, const struct tls_pki *pki,
                       char why[TLS_WHY])
{
    if (s->server)
        SSL_CTX_set_client_hello_cb(s->ctx, tls_hello, NULL);
    SSL_CTX_set_verify(
        s->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, tls_verify);
    if (!tls_proof_join(s->ctx, s->server, s->key.key))
        return false;
    s->pki = tls_pki_load(s->ctx, s->server, pki, why);
    return s->pki;
}

struct tls_setup *tls_setup_new(bool server, const struct tls_key *key,
                                const struct tls_pki *pki, char why[TLS_WHY])
{
    struct tls_setup *s = calloc(1, sizeof *s);
    bool ok;

    strcpy(why, "it can't be set up");
    if (!s)
        return NULL;
    s->server = server;
    s->writes = WRITES_A_KEY;
    s->key = *key;
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL)) {
        s->ctx =
            SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
        s->bio = tls_bio_method();
    }
    ok = s->ctx && s->bio && tls_configure(s->ctx, server);
    if (ok && pki)
        ok = tls_by_pki(s, pki, why);
    else if (ok)
        tls_by_key(s->ctx, server);
    if (ok)
        return s;
    tls_setup_free(s);
    return NULL;
}

void tls_setup_writes(struct tls_setup *s, unsigned writes)
{
    s->writes = writes;
}

void tls_setup_free(struct tls_setup *s)
{
    if (!s)
        return;
    SSL_CTX_free(s->ctx);
    BIO_meth_free(s->bio);
    tls_pki_free(s->pki);
    OPENSSL_cleanse(&s->key, sizeof s->key);
    free(s);
}

/* --- one connection --------------------------------------------------------------------- */

struct tls *tls_new(struct tls_setup *s, int fd)
{
    struct tls *t = calloc(1, sizeof *t);
    BIO *b = t ? BIO_new(s->bio) : NULL;

    if (!b)
        goto out;
    t->s = s;
    t->fd = fd;
    t->gate.certificates = s->pki;
    BIO_set_data(b, t);
    BIO_set_init(b, 1);
    t->ssl = SSL_new(s->ctx);
    if (!t->ssl)
        goto out;
    SSL_set_bio(t->ssl, b, b);
    SSL_set_app_data(t->ssl, t);
    SSL_set_max_send_fragment(t->ssl, RECORD_FIRST);
    if (s->server)
        SSL_set_accept_state(t->ssl);
    else
        SSL_set_connect_state(t->ssl);
    return t;
out:
    BIO_free(b);
    free(t);
    return NULL;
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    SSL_free(t->ssl);
    free(t);
}

/* What an error of OpenSSL's is called. What the other end says once this one
 * has believed it is about this one's certificate. NULL: there was none. */
static const char *tls_reason(struct tls *t)
{
    unsigned long e = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(e);

    ERR_clear_error();
    if (!reason || !t->peer.believed || t->known ||
        ERR_GET_REASON(e) < SSL_AD_REASON_OFFSET)
        return reason;
    snprintf(t->text, sizeof t->text,
             "it does not take this host's certificate: %s", reason);
    return t->text;
}

/* What OpenSSL's last answer, r <= 0, means. */
static int tls_errno(struct tls *t, int r)
{
    int saved = errno, e = SSL_get_error(t->ssl, r);
    const char *reason;

    if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE)
        return -EAGAIN;
    reason = tls_reason(t);
    if (!t->why && e == SSL_ERROR_SYSCALL && saved)
        t->why = strerror(saved);
    if (!t->why)
        t->why = e == SSL_ERROR_SSL && reason ? reason : "it ended";
    return e == SSL_ERROR_SSL && !t->known ? -EPROTO : -EPIPE;
}

/* Now it may cost memory. A large buffer takes several records from the socket at once. */
static void tls_grow(struct tls *t)
{
    SSL_set_read_ahead(t->ssl, 1);
    SSL_set_max_send_fragment(t->ssl, RECORD_MAX);
    SSL_set_split_send_fragment(t->ssl, RECORD_MAX); /* lowered with it */
    if (SSL_free_buffers(t->ssl))
        SSL_set_default_read_buffer_len(t->ssl, READ_BUFFER);
}

/* To close a socket that has something to read would take back what was said
 * of the other's certificate. */
static int tls_refuse(struct tls *t, int rc)
{
    char waste[1024];

    if (!t->s->pki || rc == -EAGAIN)
        return rc;
    for (int i = 0; i < GATE_CERT_RECORDS; i++)
        if (recv(t->fd, waste, sizeof waste, MSG_DONTWAIT) <= 0)
            break;
    return rc;
}

/* Is it known as it should be, once OpenSSL is content? */
static bool tls_is_sure(const struct tls *t)
{
    if (!t->s->pki)
        return SSL_session_reused(t->ssl); /* by the key */
    return !SSL_session_reused(t->ssl) && t->peer.believed &&
           SSL_get_verify_result(t->ssl) == X509_V_OK &&
           SSL_get0_peer_certificate(t->ssl);
}

static int tls_prove(struct tls *t)
{
    int rc = t->s->pki ? tls_proof_exchange(&t->proof, t->ssl, t->s->server,
                                            t->s->key.key)
                       : 0;

    if (rc == -EPROTO)
        t->why = no_key;
    return rc == -EAGAIN ? tls_errno(t, 0) : rc;
}

int tls_shake(struct tls *t)
{
    int r = 1, rc;

    errno = 0;
    ERR_clear_error();
    if (!t->shaken)
        r = SSL_do_handshake(t->ssl);
    if (r != 1)
        return tls_refuse(t, tls_errno(t, r));
    if (!tls_is_sure(t)) {
        t->why = no_key;
        return -EPROTO;
    }
    t->shaken = true;
    rc = tls_prove(t);
    if (rc)
        return rc;
    t->known = true;
    tls_grow(t);
    return 0;
}

short tls_wants(const struct tls *t)
{
    return SSL_want_write(t->ssl) ? POLLOUT : POLLIN;
}

ssize_t tls_read(struct tls *t, void *buf, size_t n)
{
    size_t done;
    int r;

    errno = 0;
    ERR_clear_error();
    r = SSL_read_ex(t->ssl, buf, n, &done);
    return r == 1 ? (ssize_t)done : tls_errno(t, 0);
}

ssize_t tls_write(struct tls *t, const void *buf, size_t n)
{
    size_t done;
    int r;

    errno = 0;
    ERR_clear_error();
    r = SSL_write_ex(t->ssl, buf, n, &done);
    if (r != 1)
        return tls_errno(t, 0);
    if (++t->writes % t->s->writes == 0)
        SSL_key_update(t->ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
    return (ssize_t)done;
}

bool tls_pending(const struct tls *t)
{
    return SSL_has_pending(t->ssl);
}

const char *tls_cipher(const struct tls *t)
{
    return SSL_get_cipher_name(t->ssl);
}

const struct tls_pki_peer *tls_peer(const struct tls *t, int64_t *own_ends_r)
{
    if (!t->s->pki)
        return NULL;
    *own_ends_r = tls_pki_ends(t->s->pki);
    return &t->peer;
}

const char *tls_why(const struct tls *t)
{
    return t->why ? t->why : "";
}
