/* SPDX-License-Identifier: LGPL-2.1-only */
/* Looks at records of TLS as they come, byte by byte. */
#include "libxl-ext/wire/tls_gate.h"

#include <errno.h>

enum { /* RFC 8446, 5.1 and 4 */
       RECORD_CHANGE = 20,
       RECORD_HANDSHAKE = 22,
       RECORD_DATA = 23, /* all that is encrypted */
       CLIENT_HELLO = 1,
};

/* A head is complete. */
static bool gate_record_ok(struct tls_gate *g)
{
    unsigned type = g->head[0];
    unsigned most = g->certificates ? GATE_CERT_NEXT_MAX : GATE_NEXT_MAX;
    unsigned records = g->certificates ? GATE_CERT_RECORDS : GATE_RECORDS;

    g->length = g->left = (uint32_t)g->head[3] << 8 | g->head[4];
    if (++g->records == 1)
        return type == RECORD_HANDSHAKE && g->length > 4 &&
               g->length <= GATE_HELLO_MAX;
    return (type == RECORD_CHANGE || type == RECORD_DATA) && g->length &&
           g->length <= most && g->records <= records;
}

/* Of the first record: type and length of the message, which fills it. */
static bool gate_hello_ok(const struct tls_gate *g, uint8_t byte)
{
    uint32_t at = g->length - g->left, message = g->length - 4;

    switch (at) {
    case 0: return byte == CLIENT_HELLO;
    case 1: return byte == 0;
    case 2: return byte == message >> 8;
    case 3: return byte == (message & 0xff);
    }
    return true;
}

int tls_gate_pass(struct tls_gate *g, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (g->left) {
            if (g->records == 1 && !gate_hello_ok(g, bytes[i]))
                return -EPROTO;
            g->left--;
            continue;
        }
        g->head[g->have++] = bytes[i];
        if (g->have < sizeof g->head)
            continue;
        g->have = 0;
        if (!gate_record_ok(g))
            return -EPROTO;
    }
    return 0;
}
