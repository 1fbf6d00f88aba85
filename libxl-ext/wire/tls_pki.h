/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Certificates (X.509) of hosts for TLS, by OpenSSL: this host's own, and which
 * of other hosts are believed.
 *
 * One is believed if a CA of the list vouches for it, now and for this purpose;
 * if no CRL that there is names it; and if its subjectAltName has the names that
 * are asked for. Its common name does not count, and a wildcard in it stands for
 * nobody.
 */
#ifndef XLX_WIRE_TLS_PKI_H
#define XLX_WIRE_TLS_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssl_ctx_st;        /* OpenSSL's SSL_CTX, */
struct x509_store_ctx_st; /* and X509_STORE_CTX */

enum {
    TLS_CHAIN_MAX = 6144, /* bytes of all certificates of a peer */
    TLS_DEPTH_MAX = 3,    /* CAs between a host's certificate and the last */
    TLS_NAME = 128,
    TLS_WHY = 256,
};

/* All in PEM, and the names. Borrowed. */
struct tls_text {
    const char *at;
    size_t n;
};
struct tls_pki {
    /* Patterns of hosts (tools/base/hostpat.h), a line each, in groups between
     * which is an empty line: a peer must have a name of each group. */
    struct tls_text names;
    struct tls_text ca, crl; /* crl.n 0: there is none */
    struct tls_text chain;   /* this host's certificate, then its CAs' */
    struct tls_text key;
};

struct tls_pki_set;

/*
 * Takes them into c, and checks that this host's own is one that others will
 * believe; afterwards no file is read for any of it. NULL, and why not: a
 * sentence without its subject.
 */
struct tls_pki_set *tls_pki_load(struct ssl_ctx_st *c, bool server,
                                 const struct tls_pki *p, char why[TLS_WHY]);
void tls_pki_free(struct tls_pki_set *s);
/* When the first of what this host shows ends, or of the CRLs; s since 1970. */
int64_t tls_pki_ends(const struct tls_pki_set *s);

struct tls_pki_peer { /* {0} at first */
    bool believed;
    int64_t ends_s;      /* the first of its certificates */
    char name[TLS_NAME]; /* the first that it has */
    char why[TLS_WHY];   /* it is not believed */
};
/* What OpenSSL's callback of a verification has to answer. */
int tls_pki_verify(const struct tls_pki_set *s, struct tls_pki_peer *peer,
                   int ok, struct x509_store_ctx_st *x);

#endif
