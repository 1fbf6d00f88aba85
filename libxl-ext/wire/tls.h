/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * TLS 1.3 over a connected socket, by OpenSSL. Both ends are who they say
 * because they have the same key of 32 random bytes, which is made for one move
 * and which ssh carried. Keys of the connection are new each time (psk_dhe_ke):
 * who learns the key later can't read what passed.
 *
 * Or by that key and certificates. The client's first message has a proof of
 * the key, without which it is not answered; so nobody else has the certificates
 * read that he sends. Both ends then show theirs, as ever in TLS, and inside of
 * the connection each proves that it has the key (tls_proof.h). So neither a certificate of another host nor the key alone is of any use.
 *
 * Sockets are non-blocking and stay the caller's. Errors are negative errnos:
 * -EAGAIN when the socket must be waited for, else the connection is of no use
 * any more, and tls_why() says it in words.
 */
#ifndef XLX_WIRE_TLS_H
#define XLX_WIRE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libxl-ext/wire/tls_pki.h"

enum { TLS_ID = 16, TLS_KEY = 32 };

struct tls_key {
    uint8_t id[TLS_ID]; /* no secret: it is sent in the clear */
    uint8_t key[TLS_KEY];
};

struct tls_setup; /* what all connections of a move share */
struct tls;

/* NULL, and why: OpenSSL can't, or the certificates are of no use. Afterwards
 * nothing but memory, getrandom() and the sockets is needed; no file is read.
 * `server`: at the target host. `pki`: borrowed for the call; NULL: there are no
 * certificates. */
struct tls_setup *tls_setup_new(bool server, const struct tls_key *key,
                                const struct tls_pki *pki, char why[TLS_WHY]);
void tls_setup_free(struct tls_setup *s);
/* A new key of the connection after so many writes, each of which is a record;
 * 2^23 if it is not said. */
void tls_setup_writes(struct tls_setup *s, unsigned writes);

/* At the target host to be called when the peer's first bytes are there: who
 * says nothing costs nothing. NULL: no memory. */
struct tls *tls_new(struct tls_setup *s, int fd);
void tls_free(struct tls *t);

/* The handshake, to be called again after -EAGAIN. 0: the other end has the
 * key, and a certificate that is believed, if they are wanted. */
int tls_shake(struct tls *t);
/* Of -EAGAIN: POLLIN or POLLOUT. */
short tls_wants(const struct tls *t);
/* As read() and write(), of what is inside; the end of the connection is
 * -EPIPE. After -EAGAIN tls_write() wants the same bytes again. */
ssize_t tls_read(struct tls *t, void *buf, size_t n);
ssize_t tls_write(struct tls *t, const void *buf, size_t n);
/* There is something to read that poll() does not know of. */
bool tls_pending(const struct tls *t);

/* "TLS_AES_128_GCM_SHA256": AES where both CPUs have it built in, else
 * ChaCha20. */
const char *tls_cipher(const struct tls *t);
/* After tls_shake(), of certificates: the other end's, and when this end's end,
 * in seconds since 1970. NULL: there are none. */
const struct tls_pki_peer *tls_peer(const struct tls *t, int64_t *own_ends_r);
const char *tls_why(const struct tls *t);

#endif
