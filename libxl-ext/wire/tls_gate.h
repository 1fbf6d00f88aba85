/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a peer may say before it has proved that it has the key: a short
 * ClientHello in one record, and then nothing but what a client that has the
 * key would send. All else is refused before OpenSSL sees it, which would take
 * memory for messages of up to 128 KiB from anybody. Pure.
 */
#ifndef XLX_WIRE_TLS_GATE_H
#define XLX_WIRE_TLS_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GATE_HELLO_MAX = 2048, /* bytes of the first record */
    GATE_NEXT_MAX = 256,   /* of each further one */
    GATE_RECORDS = 4,
    /* where it has to show certificates as well */
    GATE_CERT_NEXT_MAX = 1056,
    GATE_CERT_RECORDS = 12,
};

struct tls_gate { /* {0} at first, but for: */
    bool certificates;
    uint8_t head[5];
    unsigned have, records;
    uint32_t length, left;
};

/* The next bytes of the peer, as they came. 0, or -EPROTO. */
int tls_gate_pass(struct tls_gate *g, const uint8_t *bytes, size_t n);

#endif
