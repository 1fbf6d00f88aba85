/* SPDX-License-Identifier: LGPL-2.1-only */
/* A rackhop-wire, of which the test is the parent and all three programs. */
#ifndef TESTS_WIRE_END_H
#define TESTS_WIRE_END_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libxl-ext/wire/chunk.h"
#include "libxl-ext/wire/lane_words.h"

struct wire_end {
    pid_t pid;
    int control;
    int stream[CHUNK_STREAMS]; /* non-blocking; -1: closed */
    /* what it has reported */
    unsigned port, up, down;
    uint64_t acked, taken, resent;
    bool done, over; /* over: it has closed the socket */
    char cipher[64], why[256], other[256];
    uint64_t own_ends_s, other_ends_s; /* of certificates */
};

/* Both ends' start lines have the same key. */
void wire_end_key(struct lane_start *s, unsigned seed);
void wire_end_start(struct wire_end *e, const struct lane_start *s);
/* Reads what it reports until there is no more now. */
void wire_end_hear(struct wire_end *e);
/* Until it has reported its port, that is listens. */
void wire_end_await_port(struct wire_end *e);
void wire_end_order(struct wire_end *e, enum lane_order_type type,
                    uint64_t value);
void wire_end_close(struct wire_end *e, unsigned stream);
/* Waits for its end and closes everything: as waitpid(). *cpu_us_r: what it
 * took; may be NULL. */
int wire_end_finish(struct wire_end *e, uint64_t *cpu_us_r);

#endif
