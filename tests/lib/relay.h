/* SPDX-License-Identifier: LGPL-2.1-only */
/* Relays TCP connections on the loopback, and cuts them. */
#ifndef TESTS_RELAY_H
#define TESTS_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RELAY_PAIRS = 32, RELAY_PIECE = 1 << 16 };

struct relay_pair {
    int fd[2]; /* of the source, of the target; -1: none */
    uint8_t b[2][RELAY_PIECE];
    size_t n[2]; /* bytes to that one */
    bool eof[2]; /* from that one */
};

struct relay {
    int listener;
    unsigned port, target, cuts;
    uint64_t carried; /* bytes */
    unsigned refuse;  /* so many connections are ended at once */
    bool endless;     /* no end of a connection is passed on; the source gets
                       * bytes for ever instead of the target's */
    struct relay_pair pair[RELAY_PAIRS];
};

/* Listens on relay->port for connections to that port. */
void relay_open(struct relay *r, unsigned target);
/* Carries what can be carried now. */
void relay_serve(struct relay *r);
/* Ends a connection, whatever is on its way. */
void relay_cut(struct relay_pair *p);
void relay_close(struct relay *r);
/* A non-blocking connection; -1: nobody listens there. */
int relay_dial(unsigned port);

#endif
