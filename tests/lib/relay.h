/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Relays TCP connections on the loopback, and cuts them: a reset of both sides,
 * the end of one direction, or nothing passes any more until a time.
 */
#ifndef TESTS_RELAY_H
#define TESTS_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <poll.h>

enum {
    RELAY_PAIRS = 32,
    RELAY_PIECE = 1 << 16,
    RELAY_POLLS = 1 + 2 * RELAY_PAIRS
};

struct relay_pair {
    int fd[2]; /* of the source, of the target; -1: none */
    uint8_t b[2][RELAY_PIECE];
    size_t n[2];      /* bytes to that one */
    bool eof[2];      /* from that one */
    uint64_t dumb_us; /* 0, or nothing passes and it is cut at that time */
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
/* What to wait for; how many that are. */
nfds_t relay_polls(const struct relay *r, struct pollfd f[RELAY_POLLS]);
/* How long to wait for it, no longer than that. */
int relay_wait_ms(const struct relay *r, int most);
/* Carries what can be carried now. */
void relay_serve(struct relay *r);
/* Ends a connection, whatever is on its way. */
void relay_cut(struct relay_pair *p);
/* The same with a reset: what is in the sockets' buffers is lost, too. */
void relay_reset(struct relay_pair *p);
/* The side (0: the source) sees an end, and says no more. */
void relay_half_close(struct relay_pair *p, int side);
void relay_close(struct relay *r);
/* A non-blocking connection; -1: nobody listens there. */
int relay_dial(unsigned port);

#endif
