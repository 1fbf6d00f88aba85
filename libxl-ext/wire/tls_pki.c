/* SPDX-License-Identifier: LGPL-2.1-only */
/* Loads certificates and says which of other hosts are believed. */
#include "libxl-ext/wire/tls_pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tools/base/hostpat.h"

enum { SECURITY_LEVEL = 2 }; /* 112 bits: RSA of 2048, no SHA-1 */

struct tls_pki_set {
    bool server;
    int64_t ends_s;
    char *names;
};

/* --- times --------------------------------------------------------------------- */

static void pki_sooner(int64_t *ends_s, const ASN1_TIME *t)
{
    struct tm tm;

    if (t && ASN1_TIME_to_tm(t, &tm) && timegm(&tm) < *ends_s)
        *ends_s = timegm(&tm);
}

static int64_t pki_chain_ends(const STACK_OF(X509) * chain)
{
    int64_t ends_s = INT64_MAX;

    for (int i = 0; i < sk_X509_num(chain); i++)
        pki_sooner(&ends_s, X509_get0_notAfter(sk_X509_value(chain, i)));
    return ends_s;
}

/* --- what is in PEM ------------------------------------------------------------- */

/* Nobody is there who could be asked. */
static int pki_no_password(char *buf, int size, int writing, void *arg)
{
    return -1;
}

static BIO *pki_open(const struct tls_text *t)
{
    return BIO_new_mem_buf(t->at, (int)t->n);
}

/* Was that the end of the text, and no certificate that can't be read? */
static bool pki_is_end(void)
{
    unsigned long e = ERR_peek_last_error();

    ERR_clear_error();
    return ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
}

/* At least one. To be freed; NULL: they can't be read. */
static STACK_OF(X509) * pki_certificates(const struct tls_text *t)
{
    STACK_OF(X509) *list = sk_X509_new_null();
    BIO *b = pki_open(t);
    X509 *x = NULL;

    while (list && b &&
           (x = PEM_read_bio_X509(b, NULL, pki_no_password, NULL)) &&
           sk_X509_push(list, x))
        x = NULL;
    X509_free(x);
    BIO_free(b);
    if (pki_is_end() && sk_X509_num(list) > 0)
        return list;
    sk_X509_pop_free(list, X509_free);
    return NULL;
}

static const char *pki_load_ca(X509_STORE *store, const struct tls_text *t)
{
    STACK_OF(X509) *list = pki_certificates(t);
    bool all = list;

    for (int i = 0; all && i < sk_X509_num(list); i++)
        all = X509_STORE_add_cert(store, sk_X509_value(list, i));
    sk_X509_pop_free(list, X509_free);
    return all ? NULL : "has a cacert.pem that can't be read";
}

/* With one, that of each host's CA has to be there and in time. */
static const char *pki_load_crl(X509_STORE *store, const struct tls_text *t,
                                int64_t *ends_s)
{
    BIO *b = pki_open(t);
    X509_CRL *x;
    int n = 0;

    while (b && (x = PEM_read_bio_X509_CRL(b, NULL, pki_no_password, NULL))) {
        pki_sooner(ends_s, X509_CRL_get0_nextUpdate(x));
        n += X509_STORE_add_crl(store, x);
        X509_CRL_free(x);
    }
    BIO_free(b);
    if (!pki_is_end() || !n)
        return "has a cacrl.pem that can't be read";
    X509_STORE_set_flags(store,
                         X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return NULL;
}

static const char *pki_load_key(SSL_CTX *c, const struct tls_text *t)
{
    BIO *b = pki_open(t);
    EVP_PKEY *key =
        b ? PEM_read_bio_PrivateKey(b, NULL, pki_no_password, NULL) : NULL;
    bool ok = key && SSL_CTX_use_PrivateKey(c, key);

    EVP_PKEY_free(key);
    BIO_free(b);
    if (!key)
        return "has a private key that can't be read, or needs a password";
    return ok ? NULL : "has a private key that is not of its certificate";
}

/* Of what is shown the peer takes so much (TLS_CHAIN_MAX). */
static const char *pki_load_chain(SSL_CTX *c, STACK_OF(X509) * list)
{
    int bytes = 0;

    for (int i = 0; i < sk_X509_num(list); i++) {
        X509 *x = sk_X509_value(list, i);

        bytes += i2d_X509(x, NULL) + 8;
        if (!(i ? SSL_CTX_add1_chain_cert(c, x)
                : SSL_CTX_use_certificate(c, x)))
            return "has a certificate that is too weak";
    }
    return bytes < TLS_CHAIN_MAX ? NULL : "has certificates of over 6 KiB";
}

/* --- a host's certificate ---------------------------------------------------------- */

static bool pki_is_name(const struct tls_text *pattern, const GENERAL_NAME *g)
{
    const ASN1_STRING *s = g->type == GEN_DNS     ? g->d.dNSName
                           : g->type == GEN_IPADD ? g->d.iPAddress
                                                  : NULL;
    const unsigned char *at = s ? ASN1_STRING_get0_data(s) : NULL;
    size_t n = s ? (size_t)ASN1_STRING_length(s) : 0;

    if (!s)
        return false;
    return g->type == GEN_DNS
               ? hostpat_has_name(pattern->at, pattern->n, (const char *)at, n)
               : hostpat_has_address(pattern->at, pattern->n, at, n);
}

static bool pki_has(const struct tls_text *pattern, const GENERAL_NAMES *names)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        if (pki_is_name(pattern, sk_GENERAL_NAME_value(names, i)))
            return true;
    return false;
}

/* Has it a name of each group? There is at least one group. */
static bool pki_is_meant(const char *groups, const GENERAL_NAMES *names)
{
    bool found = false;

    for (;;) {
        struct tls_text line = { groups, strcspn(groups, "\n") };

        if (!line.n && !found)
            return false;
        if (line.n)
            found = found || pki_has(&line, names);
        else
            found = false;
        groups += line.n;
        if (*groups && groups[1])
            groups++;
        else
            return found;
    }
}

/* For people: what it says that it is. */
static void pki_first_name(const GENERAL_NAMES *names, char to[TLS_NAME])
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !*to; i++) {
        const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
        BIO *b = BIO_new(BIO_s_mem());
        int n = b && (g->type == GEN_DNS || g->type == GEN_IPADD) &&
                        GENERAL_NAME_print(b, (GENERAL_NAME *)g)
                    ? BIO_gets(b, to, TLS_NAME)
                    : 0;
        const char *colon;

        for (int k = 0; k < n; k++)
            if (to[k] < ' ' || to[k] > '~')
                to[k] = '?';
        colon = n > 0 ? strchr(to, ':') : NULL; /* "DNS:" */
        if (colon)
            memmove(to, colon + 1, strlen(colon));
        BIO_free(b);
    }
}

/* May it sign? And is it a host of those that are asked for? */
static bool pki_leaf_ok(const struct tls_pki_set *s, struct tls_pki_peer *peer,
                        X509 *x)
{
    GENERAL_NAMES *names =
        X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    bool meant = names && pki_is_meant(s->names, names);

    *peer->name = '\0';
    pki_first_name(names, peer->name);
    GENERAL_NAMES_free(names);
    if (!(X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE))
        snprintf(peer->why, TLS_WHY, "its certificate may not sign");
    else if (!*peer->name)
        snprintf(peer->why, TLS_WHY,
                 "its certificate has no name of a host (subjectAltName)");
    else if (!meant)
        snprintf(peer->why, TLS_WHY,
                 "its certificate is of %s, which is another host or not in "
                 "wire_pki_hosts",
                 peer->name);
    return !*peer->why;
}

int tls_pki_verify(const struct tls_pki_set *s, struct tls_pki_peer *peer,
                   int ok, X509_STORE_CTX *x)
{
    int depth = X509_STORE_CTX_get_error_depth(x);
    int error = X509_STORE_CTX_get_error(x);

    /* the CRL of a host's own CA must be there; those of CAs above are heeded
     * if they are */
    if (!ok && error == X509_V_ERR_UNABLE_TO_GET_CRL && depth > 0) {
        X509_STORE_CTX_set_error(x, X509_V_OK);
        return 1;
    }
    if (!ok) {
        snprintf(peer->why, TLS_WHY, "its certificate is not believed: %s",
                 X509_verify_cert_error_string(error));
        return 0;
    }
    if (depth > 0)
        return 1;
    peer->believed = pki_leaf_ok(s, peer, X509_STORE_CTX_get_current_cert(x));
    peer->ends_s = pki_chain_ends(X509_STORE_CTX_get0_chain(x));
    if (!peer->believed)
        X509_STORE_CTX_set_error(x, X509_V_ERR_HOSTNAME_MISMATCH);
    return peer->believed;
}

/* --- this host's own ----------------------------------------------------------------- */

static int pki_verify_own(int ok, X509_STORE_CTX *x)
{
    return ok ||
           (X509_STORE_CTX_get_error(x) == X509_V_ERR_UNABLE_TO_GET_CRL &&
            X509_STORE_CTX_get_error_depth(x) > 0);
}

/* As a peer will look at it, which says no more than that it is bad. */
static const char *pki_check_own(struct tls_pki_set *s, X509_STORE *store,
                                 STACK_OF(X509) * list)
{
    X509_STORE_CTX *x = X509_STORE_CTX_new();
    const char *why = "can't check its certificate";

    if (x && X509_STORE_CTX_init(x, store, sk_X509_value(list, 0), list) &&
        X509_STORE_CTX_set_default(x,
                                   s->server ? "ssl_server" : "ssl_client")) {
        int64_t ends_s;

        X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(x),
                                         SECURITY_LEVEL);
        X509_STORE_CTX_set_verify_cb(x, pki_verify_own);
        why = X509_verify_cert(x) == 1
                  ? NULL
                  : X509_verify_cert_error_string(X509_STORE_CTX_get_error(x));
        ends_s = pki_chain_ends(X509_STORE_CTX_get0_chain(x));
        if (ends_s < s->ends_s)
            s->ends_s = ends_s;
    }
    X509_STORE_CTX_free(x);
    ERR_clear_error();
    return why;
}

static const char *pki_load_all(struct tls_pki_set *s, SSL_CTX *c,
                                const struct tls_pki *p, STACK_OF(X509) * list)
{
    X509_STORE *store = SSL_CTX_get_cert_store(c);
    const char *why;

    if (!list)
        return "has a certificate that can't be read";
    why = pki_load_ca(store, &p->ca);
    if (!why && p->crl.n)
        why = pki_load_crl(store, &p->crl, &s->ends_s);
    if (!why)
        why = pki_load_chain(c, list);
    return why ? why : pki_load_key(c, &p->key);
}

/* A CA of cacert.pem is the end of the chain, self-signed or not. Nothing is
 * shown but what this host's file has. */
static void pki_configure(SSL_CTX *c)
{
    SSL_CTX_set_mode(c, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_security_level(c, SECURITY_LEVEL);
    SSL_CTX_set_max_cert_list(c, TLS_CHAIN_MAX);
    SSL_CTX_set_verify_depth(c, TLS_DEPTH_MAX);
    X509_STORE_set_flags(SSL_CTX_get_cert_store(c), X509_V_FLAG_PARTIAL_CHAIN);
}

struct tls_pki_set *tls_pki_load(SSL_CTX *c, bool server,
                                 const struct tls_pki *p, char why[TLS_WHY])
{
    struct tls_pki_set *s = calloc(1, sizeof *s);
    STACK_OF(X509) *list = s ? pki_certificates(&p->chain) : NULL;
    const char *which = server ? "it" : "this host", *what, *own = NULL;

    *why = '\0';
    if (!s)
        return NULL;
    s->server = server;
    s->ends_s = INT64_MAX;
    s->names = strndup(p->names.at, p->names.n);
    pki_configure(c);
    what = s->names ? pki_load_all(s, c, p, list) : "has no memory";
    if (!what)
        own = pki_check_own(s, SSL_CTX_get_cert_store(c), list);
    sk_X509_pop_free(list, X509_free);
    if (!what && !own)
        return s;
    snprintf(why, TLS_WHY, "%s %s%s", which,
             what ? what : "has a certificate that no host will believe: ",
             own ? own : "");
    tls_pki_free(s);
    return NULL;
}

void tls_pki_free(struct tls_pki_set *s)
{
    if (!s)
        return;
    free(s->names);
    free(s);
}

int64_t tls_pki_ends(const struct tls_pki_set *s)
{
    return s->ends_s;
}
