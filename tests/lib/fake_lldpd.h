/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * An lldpd that plays what a real one answered, or anything else, to whoever
 * asks, and hangs up behind it.
 *
 * Answers stand one after another, as on the wire: a header with a type and a
 * length, then as many octets. Each request gets the next one.
 */
#ifndef RACKHOP_TEST_FAKE_LLDPD_H
#define RACKHOP_TEST_FAKE_LLDPD_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/lib/fake_server.h"

struct fake_lldpd {
    struct fake_server server;
    const uint8_t *answers; /* for the next client; borrowed */
    size_t len;
    pthread_t thread;
};

void fake_lldpd_start(struct fake_lldpd *f);
void fake_lldpd_stop(struct fake_lldpd *f);
/* How long the first answer is, its header included, or what there is of it. */
size_t fake_lldpd_answer(const uint8_t *answers, size_t len);

#endif
