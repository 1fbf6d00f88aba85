/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes certificates by OpenSSL. */
#include "tests/lib/certs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void cert_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX c;
    X509_EXTENSION *e;

    X509V3_set_ctx(&c, issuer, x, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &c, nid, value);
    must(e && X509_add_ext(x, e, -1));
    X509_EXTENSION_free(e);
}

/* With primes of 1024 bits it is there ten times as soon, and looks no other to
 * those who believe it. */
static EVP_PKEY *cert_rsa(unsigned bits)
{
    int primes = bits < 3072 ? 2 : (int)bits / 1024;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;

    must(c && EVP_PKEY_keygen_init(c) > 0 &&
         EVP_PKEY_CTX_set_rsa_keygen_bits(c, (int)bits) > 0 &&
         EVP_PKEY_CTX_set_rsa_keygen_primes(c, primes) > 0 &&
         EVP_PKEY_keygen(c, &key) > 0);
    EVP_PKEY_CTX_free(c);
    return key;
}

static EVP_PKEY *cert_key(const struct cert_wish *w)
{
    if (w->key)
        return EVP_PKEY_up_ref(w->key->key) ? w->key->key : NULL;
    return w->rsa ? cert_rsa(w->rsa) : EVP_EC_gen("P-256");
}

struct cert cert_make(const struct cert_wish *w, const struct cert *issuer)
{
    static long number;
    struct cert c = { X509_new(), cert_key(w) };
    X509_NAME *name = X509_NAME_new();

    must(c.x && c.key && name);
    must(X509_set_version(c.x, 2) &&
         ASN1_INTEGER_set(X509_get_serialNumber(c.x), ++number) &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                    (const unsigned char *)w->cn, -1, -1, 0) &&
         X509_set_subject_name(c.x, name) &&
         X509_set_issuer_name(c.x, issuer ? X509_get_subject_name(issuer->x)
                                          : name) &&
         X509_gmtime_adj(X509_getm_notBefore(c.x), w->from_s) &&
         X509_gmtime_adj(X509_getm_notAfter(c.x), w->to_s) &&
         X509_set_pubkey(c.x, c.key));
    X509_NAME_free(name);
    if (w->ca)
        cert_extension(c.x, c.x, NID_basic_constraints, "critical,CA:TRUE");
    if (w->san)
        cert_extension(c.x, c.x, NID_subject_alt_name, w->san);
    if (w->usage)
        cert_extension(c.x, c.x, NID_ext_key_usage, w->usage);
    if (w->key_usage)
        cert_extension(c.x, c.x, NID_key_usage, w->key_usage);
    must(X509_sign(c.x, issuer ? issuer->key : c.key, EVP_sha256()));
    return c;
}

void cert_free(struct cert *c)
{
    X509_free(c->x);
    EVP_PKEY_free(c->key);
    *c = (struct cert){ NULL, NULL };
}

static char *cert_text(BIO *b, bool written)
{
    char *at, *text = NULL;
    long n = BIO_get_mem_data(b, &at);

    if (written && n > 0)
        text = strndup(at, (size_t)n);
    must(text);
    BIO_free(b);
    return text;
}

char *cert_pem(const struct cert *c)
{
    BIO *b = BIO_new(BIO_s_mem());

    return cert_text(b, PEM_write_bio_X509(b, c->x));
}

char *cert_key_pem(const struct cert *c)
{
    BIO *b = BIO_new(BIO_s_mem());

    return cert_text(
        b, PEM_write_bio_PrivateKey(b, c->key, NULL, NULL, 0, NULL, NULL));
}

char *cert_crl_pem(const struct cert *issuer, const struct cert *revoked,
                   long to_s)
{
    BIO *b = BIO_new(BIO_s_mem());
    X509_CRL *l = X509_CRL_new();
    ASN1_TIME *from = X509_gmtime_adj(NULL, -7200),
              *to = X509_gmtime_adj(NULL, to_s);
    X509_REVOKED *r = revoked ? X509_REVOKED_new() : NULL;
    bool ok;

    must(X509_CRL_set_version(l, 1) &&
         X509_CRL_set_issuer_name(l, X509_get_subject_name(issuer->x)) &&
         X509_CRL_set1_lastUpdate(l, from) && X509_CRL_set1_nextUpdate(l, to));
    if (r)
        must(X509_REVOKED_set_serialNumber(
                 r, X509_get_serialNumber(revoked->x)) &&
             X509_REVOKED_set_revocationDate(r, from) &&
             X509_CRL_add0_revoked(l, r));
    must(X509_CRL_sign(l, issuer->key, EVP_sha256()));
    ok = PEM_write_bio_X509_CRL(b, l);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    X509_CRL_free(l);
    return cert_text(b, ok);
}

static void cert_write(const char *dir, const char *name, char *text)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) || chmod(path, 0600))
        abort();
    free(text);
}

void cert_pair(struct cert *ca, struct cert *host, const char *cn,
               const char *san, long days)
{
    struct cert_wish w = {
        .cn = "the CA", .ca = true, .from_s = -3600, .to_s = 3650L * 86400
    };

    *ca = cert_make(&w, NULL);
    w.cn = cn;
    w.ca = false;
    w.san = san;
    w.to_s = days * 86400 + 3600;
    *host = cert_make(&w, ca);
}

void cert_site(const char *dir, const char *san, long days)
{
    struct cert ca, host;

    cert_pair(&ca, &host, "a host", san, days);
    cert_write(dir, "cacert.pem", cert_pem(&ca));
    cert_write(dir, "servercert.pem", cert_pem(&host));
    cert_write(dir, "serverkey.pem", cert_key_pem(&host));
    cert_write(dir, "clientcert.pem", cert_pem(&host));
    cert_write(dir, "clientkey.pem", cert_key_pem(&host));
    cert_free(&ca);
    cert_free(&host);
}

char *cert_join(char *a, char *b)
{
    char *both = malloc(strlen(a) + strlen(b) + 1);

    if (!both)
        abort();
    strcpy(both, a);
    strcat(both, b);
    free(a);
    free(b);
    return both;
}
