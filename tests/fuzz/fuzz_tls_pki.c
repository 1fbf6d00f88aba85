/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as the certificate of another host, and as this host's own files of
 * certificates. The first byte says which, and what else is there.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "libxl-ext/wire/tls_pki.h"
#include "tests/lib/certs.h"

enum {
    FILES = 0x01,     /* these bytes are files, not a certificate */
    SERVER = 0x02,    /* the end that looks is one */
    HAS_CRL = 0x04,   /* it has a list of revoked certificates */
    OTHER_KEY = 0x08, /* its key is another's */
    NAMES = 0x30,     /* which names are asked for */
};
enum { CA, CRL, CHAIN, PARTS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "*.example.com\n10.1.0.*\n",
    "h1.example.com\nh1\n\n*.example.com\n10.1.0.1\n",
    "10.1.0.1\n\nfd00::1\n",
    "\n",
};

/* What is good. */
static struct site {
    char *part[PARTS], *key, *other_key;
} site;

static void site_make(void)
{
    struct cert ca, host;

    cert_pair(&ca, &host, "h2", "DNS:h2.example.com", 10);
    site.part[CA] = cert_pem(&ca);
    site.part[CRL] = cert_crl_pem(&ca, NULL, 1000000);
    site.part[CHAIN] = cert_pem(&host);
    site.key = cert_key_pem(&host);
    site.other_key = cert_key_pem(&ca);
    cert_free(&ca);
    cert_free(&host);
}

static struct tls_text text(const char *s)
{
    return (struct tls_text){ s, strlen(s) };
}

/* Of part[k] NULL there is what is good. */
static struct tls_pki_set *load(SSL_CTX *c, uint8_t how,
                                const struct tls_text *part)
{
    struct tls_text of[PARTS];
    struct tls_pki_set *s;
    struct tls_pki p;
    char why[TLS_WHY];

    for (int i = 0; i < PARTS; i++)
        of[i] = part[i].n ? part[i] : text(site.part[i]);
    p = (struct tls_pki){ .names = text(names[(how & NAMES) >> 4]),
                          .ca = of[CA],
                          .chain = of[CHAIN],
                          .key = text(how & OTHER_KEY ? site.other_key
                                                      : site.key) };
    if (how & HAS_CRL)
        p.crl = of[CRL];
    s = tls_pki_load(c, how & SERVER, &p, why);
    if (!memchr(why, 0, sizeof why) || !s != !!*why)
        abort();
    return s;
}

/* The parts are those between zeros. */
static void as_files(uint8_t how, const char *at, size_t n)
{
    SSL_CTX *c = SSL_CTX_new(TLS_method());
    struct tls_text part[PARTS] = { { 0 } };
    struct tls_pki_set *s;

    for (int i = 0; i < PARTS && n; i++) {
        const char *end = memchr(at, 0, n);

        part[i] = (struct tls_text){ at, end ? (size_t)(end - at) : n };
        n -= part[i].n + !!end;
        at += part[i].n + !!end;
    }
    s = load(c, how, part);
    if (s)
        (void)tls_pki_ends(s);
    tls_pki_free(s);
    SSL_CTX_free(c);
}

/* --- another host's --------------------------------------------------------- */

static const struct tls_pki_set *judge;
static struct tls_pki_peer peer;

static int judged(int ok, X509_STORE_CTX *x)
{
    return tls_pki_verify(judge, &peer, ok, x);
}

/* What is said of it can be shown. */
static void check_texts(void)
{
    if (!memchr(peer.name, 0, sizeof peer.name) ||
        !memchr(peer.why, 0, sizeof peer.why))
        abort();
    for (const char *p = peer.name; *p; p++)
        if (*p < ' ' || *p > '~')
            abort();
}

/* As it is, and as if a CA of the list had signed it: is it the host's? */
static void as_peer(SSL_CTX *c, X509 *leaf)
{
    X509_STORE_CTX *x = X509_STORE_CTX_new();

    if (!X509_STORE_CTX_init(x, SSL_CTX_get_cert_store(c), leaf, NULL))
        abort();
    X509_STORE_CTX_set_verify_cb(x, judged);
    peer = (struct tls_pki_peer){ 0 };
    if (X509_verify_cert(x) == 1 || peer.believed) /* no CA has signed it */
        abort();
    check_texts();
    X509_STORE_CTX_set_current_cert(x, leaf);
    X509_STORE_CTX_set_error_depth(x, 0);
    peer = (struct tls_pki_peer){ 0 };
    if (judged(1, x) != peer.believed || peer.believed != !*peer.why ||
        (peer.believed && !*peer.name))
        abort();
    check_texts();
    X509_STORE_CTX_free(x);
}

static void as_certificate(uint8_t how, const uint8_t *at, size_t n)
{
    static SSL_CTX *ctx[256];
    static struct tls_pki_set *set[256];
    struct tls_text none[PARTS] = { { 0 } };
    X509 *leaf = d2i_X509(NULL, &at, (long)n);

    how &= NAMES | SERVER | HAS_CRL;
    if (!ctx[how]) {
        ctx[how] = SSL_CTX_new(TLS_method());
        set[how] = load(ctx[how], how, none);
        if (!set[how])
            abort();
    }
    judge = set[how];
    if (leaf)
        as_peer(ctx[how], leaf);
    X509_free(leaf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!site.key)
        site_make();
    if (!size)
        return 0;
    if (*data & FILES)
        as_files(*data, (const char *)data + 1, size - 1);
    else
        as_certificate(*data, data + 1, size - 1);
    ERR_clear_error();
    return 0;
}
