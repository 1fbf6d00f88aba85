/* SPDX-License-Identifier: LGPL-2.1-only */
/* Certificates of hosts, made by the test that needs them. Abort on failure. */
#ifndef TESTS_CERTS_H
#define TESTS_CERTS_H

#include <stdbool.h>

#include <openssl/x509.h>

struct cert {
    X509 *x;
    EVP_PKEY *key;
};

struct cert_wish {
    const char *cn;
    const char *san;       /* "DNS:r1h1,IP:10.0.0.1", or NULL */
    const char *usage;     /* "serverAuth", or NULL: for anything */
    const char *key_usage; /* "digitalSignature", or NULL: likewise */
    long from_s, to_s;     /* from now */
    bool ca;
    unsigned rsa;           /* bits of its key; 0: it is of P-256 */
    const struct cert *key; /* whose key it has; NULL: one of its own */
};

/* issuer NULL: it signs itself. */
struct cert cert_make(const struct cert_wish *w, const struct cert *issuer);
/* A CA, and the certificate of a host that ends days from now. */
void cert_pair(struct cert *ca, struct cert *host, const char *cn,
               const char *san, long days);
void cert_free(struct cert *c);

/* In PEM, to be freed: */
char *cert_pem(const struct cert *c);
char *cert_key_pem(const struct cert *c);
/* The list of an issuer with one certificate in it, or none: NULL. */
char *cert_crl_pem(const struct cert *issuer, const struct cert *revoked,
                   long to_s);
/* Writes a folder as wire_pki_dir names one: a CA, and a host's certificate for
 * both directions. */
void cert_site(const char *dir, const char *san, long days);
/* Both, one behind the other; a and b are freed. */
char *cert_join(char *a, char *b);

#endif
