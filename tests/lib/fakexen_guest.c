/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The guest of a fakexen: a thread that writes to its pages while they are
 * sent, a burst after each look at the log-dirty bitmap, until it is suspended.
 */
#include "tests/lib/fakexen.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>

#include "tools/base/clock.h"

enum { PACE_MS = 10 };

static uint64_t guest_random(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

/* A page of random bytes; or three words, which is what counters do. */
static void guest_dirty(struct fakexen *x, uint64_t pfn, uint64_t *s)
{
    uint64_t page[FAKEXEN_PAGE / 8];

    for (size_t i = 0; i < FAKEXEN_PAGE / 8; i++)
        page[i] = guest_random(s);
    if (x->guest.whole)
        fakexen_write(x, pfn, 0, page, sizeof page);
    else
        for (int i = 0; i < 3; i++)
            fakexen_write(x, pfn, page[i] % (FAKEXEN_PAGE / 8) * 8, &page[i],
                          8);
}

void fakexen_guest_write(struct fakexen *x, uint32_t pages, uint64_t *seed)
{
    for (uint32_t i = 0; i < pages; i++)
        guest_dirty(x, x->guest.first + guest_random(seed) % x->guest.hot,
                    seed);
}

/* What a guest that writes all the time has to write by now. */
static uint32_t guest_due(struct fakexen *x)
{
    static uint64_t start_us, written;
    uint64_t due;

    if (!start_us)
        start_us = clock_us();
    poll(NULL, 0, PACE_MS);
    due = (clock_us() - start_us) * x->guest.pace / 1000000 - written;
    written += due;
    return (uint32_t)due;
}

/* A burst after each look; or some pages all the time. */
static uint32_t guest_wait(struct fakexen *x)
{
    if (x->guest.pace)
        return guest_due(x);
    while (sem_wait(&x->go) && errno == EINTR)
        ;
    return x->guest.burst;
}

static void *guest_run(void *arg)
{
    struct fakexen *x = arg;
    uint64_t s = x->guest.seed | 1;

    for (;;) {
        uint32_t pages = guest_wait(x);

        if (x->stop)
            break;
        fakexen_guest_write(x, pages, &s);
    }
    sem_post(&x->stopped);
    return NULL;
}

void fakexen_guest_go(struct fakexen *x)
{
    pthread_t t;

    if ((!x->guest.burst && !x->guest.pace) || x->stop)
        return;
    if (!x->running && !pthread_create(&t, NULL, guest_run, x)) {
        pthread_detach(t);
        x->running = 1;
    }
    sem_post(&x->go);
}
