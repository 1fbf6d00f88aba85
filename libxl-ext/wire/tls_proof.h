/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The key of a move where certificates are shown as well (tls.h): three proofs,
 * each an HMAC-SHA256 of a name and of 32 bytes. The knock is of the client's
 * random, in its first message, which anybody on the way may read and say again:
 * so it is good once. The two others are of bytes that the connection exports,
 * and the first that each end sends inside: the server's first.
 */
#ifndef XLX_WIRE_TLS_PROOF_H
#define XLX_WIRE_TLS_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssl_ctx_st; /* OpenSSL's SSL_CTX, */
struct ssl_st;     /* and SSL */

enum {
    TLS_PROOF = 32,
    TLS_KNOCKS = 64, /* that are known again: of each lane many */
};

/* A client of c will knock by the key, which is borrowed for as long as c is
 * there; a server will know where to look. False: no memory. */
bool tls_proof_join(struct ssl_ctx_st *c, bool server, const uint8_t *key);
/* The two in the server's callback of a ClientHello. */
bool tls_proof_knocked(struct ssl_st *ssl, const uint8_t *key);
struct tls_knocks { /* {0} at first */
    uint8_t random[TLS_KNOCKS][TLS_PROOF];
    unsigned n;
};
/* Of one that has knocked: is it none of the last? From then on it is one. */
bool tls_proof_is_new(struct tls_knocks *k, struct ssl_st *ssl);

struct tls_proof { /* {0} at first */
    bool said;     /* this end's was written */
    size_t heard;  /* bytes of the other's: */
    uint8_t other[TLS_PROOF];
};
/* The two others, after the handshake; to be called again when the socket had to
 * be waited for. 0; -EAGAIN: SSL_get_error(ssl, 0) says why not yet, or not at
 * all; -EPROTO: the other end's is wrong. */
int tls_proof_exchange(struct tls_proof *p, struct ssl_st *ssl, bool server,
                       const uint8_t *key);

#endif
