/* SPDX-License-Identifier: LGPL-2.1-only */
/* Has all memory of the domain mapped before a clock runs. */
#include "tests/lib/fakexen_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { AWAIT_S = 60 };

static pid_t fake_prepared; /* the process that has mapped all of it */

static uint64_t fake_cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void fakexen_prepare(struct fakexen *x)
{
    bool first = !fake_prepared;
    uint64_t before = fake_cpu_us();

    if (!x->timed || fake_prepared == getpid())
        return;
    fake_prepared = getpid();
    if (madvise(x, x->size, MADV_POPULATE_READ))
        abort();
    x->prepared_us += fake_cpu_us() - before;
    if (!first)
        return;
    sem_post(&x->prepared);
    while (sem_wait(&x->begin) && errno == EINTR)
        ;
}

int fakexen_await(struct fakexen *x)
{
    struct timespec until;
    int r;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += AWAIT_S;
    do
        r = sem_timedwait(&x->prepared, &until);
    while (r && errno == EINTR);
    return r;
}
