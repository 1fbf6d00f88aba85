/* SPDX-License-Identifier: LGPL-2.1-only */
/* Proves that an end has the key of a move, where certificates are shown too. */
#include "libxl-ext/wire/tls_proof.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/hmac.h>
#include <openssl/ssl.h>

enum { KEY = 32, KNOCK = 0xff52 /* an extension for private use */ };

/* The name is what tells the three apart. */
static bool proof_make(const uint8_t *key, const char *name,
                       const uint8_t of[TLS_PROOF], uint8_t to[TLS_PROOF])
{
    uint8_t all[2 * TLS_PROOF] = { 0 };
    unsigned len = TLS_PROOF;

    memcpy(all, name, strlen(name));
    memcpy(all + TLS_PROOF, of, TLS_PROOF);
    return HMAC(EVP_sha256(), key, KEY, all, sizeof all, to, &len) &&
           len == TLS_PROOF;
}

/* --- the knock ----------------------------------------------------------------- */

static int proof_knock_add(SSL *ssl, unsigned type, unsigned context,
                           const unsigned char **out, size_t *n, X509 *x,
                           size_t chain, int *alert, void *key)
{
    uint8_t of[TLS_PROOF], *knock = malloc(TLS_PROOF);

    *alert = SSL_AD_INTERNAL_ERROR;
    if (!knock || SSL_get_client_random(ssl, of, sizeof of) != sizeof of ||
        !proof_make(key, "rackhop knock", of, knock)) {
        free(knock);
        return -1;
    }
    *out = knock;
    *n = TLS_PROOF;
    return 1;
}

static void proof_knock_free(SSL *ssl, unsigned type, unsigned context,
                             const unsigned char *out, void *key)
{
    free((void *)out);
}

/* tls_proof_knocked() has looked at it. OpenSSL keeps no extension that nobody
 * asks for. */
static int proof_knock_parse(SSL *ssl, unsigned type, unsigned context,
                             const unsigned char *in, size_t n, X509 *x,
                             size_t chain, int *alert, void *key)
{
    return 1;
}

bool tls_proof_join(SSL_CTX *c, bool server, const uint8_t *key)
{
    return SSL_CTX_add_custom_ext(c, KNOCK, SSL_EXT_CLIENT_HELLO,
                                  server ? NULL : proof_knock_add,
                                  server ? NULL : proof_knock_free,
                                  (void *)key, proof_knock_parse, NULL);
}

bool tls_proof_knocked(SSL *ssl, const uint8_t *key)
{
    const unsigned char *random, *knock;
    size_t n = SSL_client_hello_get0_random(ssl, &random), len;
    uint8_t want[TLS_PROOF];

    return n == TLS_PROOF &&
           SSL_client_hello_get0_ext(ssl, KNOCK, &knock, &len) &&
           len == TLS_PROOF &&
           proof_make(key, "rackhop knock", random, want) &&
           !CRYPTO_memcmp(knock, want, TLS_PROOF);
}

bool tls_proof_is_new(struct tls_knocks *k, SSL *ssl)
{
    const unsigned char *random;

    if (SSL_client_hello_get0_random(ssl, &random) != TLS_PROOF)
        return false;
    for (unsigned i = 0; i < k->n && i < TLS_KNOCKS; i++)
        if (!memcmp(k->random[i], random, TLS_PROOF))
            return false;
    memcpy(k->random[k->n % TLS_KNOCKS], random, TLS_PROOF);
    /* the places stay in turn when it begins again */
    k->n = k->n + 1 < 2 * TLS_KNOCKS ? k->n + 1 : TLS_KNOCKS;
    return true;
}

/* --- inside -------------------------------------------------------------------- */

/* Only the two ends of this connection can know what it is of. */
static bool proof_make_end(SSL *ssl, bool server, const uint8_t *key,
                           uint8_t to[TLS_PROOF])
{
    static const char label[] = "EXPORTER-rackhop-lane";
    uint8_t of[TLS_PROOF];

    return SSL_export_keying_material(ssl, of, sizeof of, label,
                                      sizeof label - 1, NULL, 0, 0) == 1 &&
           proof_make(key, server ? "rackhop server" : "rackhop client", of,
                      to);
}

static int proof_say(struct tls_proof *p, SSL *ssl, bool server,
                     const uint8_t *key)
{
    uint8_t mine[TLS_PROOF];
    size_t done;

    if (p->said)
        return 0;
    if (!proof_make_end(ssl, server, key, mine))
        return -EPROTO;
    p->said = SSL_write_ex(ssl, mine, sizeof mine, &done) == 1;
    return p->said ? 0 : -EAGAIN;
}

static int proof_hear(struct tls_proof *p, SSL *ssl, bool server,
                      const uint8_t *key)
{
    uint8_t want[TLS_PROOF];
    size_t done;

    while (p->heard < TLS_PROOF) {
        if (SSL_read_ex(ssl, p->other + p->heard, TLS_PROOF - p->heard,
                        &done) != 1)
            return -EAGAIN;
        p->heard += done;
    }
    return proof_make_end(ssl, !server, key, want) &&
                   !CRYPTO_memcmp(p->other, want, TLS_PROOF)
               ? 0
               : -EPROTO;
}

/* The server's says, too, that the client's certificate was believed: until then
 * the client has nothing under way, and hears why it was not. */
int tls_proof_exchange(struct tls_proof *p, SSL *ssl, bool server,
                       const uint8_t *key)
{
    int rc = server ? proof_say(p, ssl, server, key)
                    : proof_hear(p, ssl, server, key);

    if (rc)
        return rc;
    return server ? proof_hear(p, ssl, server, key)
                  : proof_say(p, ssl, server, key);
}
