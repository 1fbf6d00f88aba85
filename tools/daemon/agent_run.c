/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs the agent: a second after each second, and looks at random moments. */
#include "tools/daemon/agent.h"

#include <errno.h>
#include <time.h>

#include "libxl-ext/steal.h"
#include "tools/base/clock.h"
#include "tools/base/loop.h"
#include "tools/daemon/agent_health.h"
#include "tools/daemon/agent_talks.h"
#include "tools/daemon/notify.h"

enum {
    SHARE = 300, /* a look takes one part in so many of a processor's time */
    SILENT_MOST = 60,
    WATCHDOG = 10, /* seconds */
};

struct agent_runs {
    struct agent *a;
    struct loop loop;
    struct loop_timer *second, *look;
    struct health *health;
    struct talks_counter *talks;
    unsigned silent, seconds;
    int rc;
};

static uint64_t cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void run_failed(struct agent_runs *r, int rc)
{
    r->silent = rc ? r->silent + 1 : 0;
    if (r->silent < SILENT_MOST)
        return;
    r->rc = rc;
    loop_stop(&r->loop);
}

/* The next second begins when the wall clock's does. */
static void run_second(void *arg)
{
    struct agent_runs *r = arg;
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    run_failed(
        r, agent_second(r->a, (uint64_t)t.tv_sec, (double)clock_us() / 1e6));
    health_second(r->health, &r->loop, r->seconds);
    talks_counter_second(r->talks, &r->loop, r->seconds,
                         (double)clock_us() / 1e6);
    if (r->seconds++ % WATCHDOG == 0)
        notify_tell("WATCHDOG=1");
    clock_gettime(CLOCK_REALTIME, &t);
    r->second->at_us =
        clock_us() + 1000000 - (uint64_t)t.tv_nsec / 1000 + 1000;
}

static void run_look(void *arg)
{
    struct agent_runs *r = arg;
    uint64_t began = cpu_us(), pause, least;

    (void)agent_waits(r->a);
    pause = (uint64_t)xlx_steal_pause_ms() * 1000;
    /* where looks take long, they are as random, but rarer */
    least = (cpu_us() - began) * SHARE;
    if (pause < least)
        pause = least / 2 + least * (uint64_t)(xlx_steal_pause_ms() - 10) / 40;
    r->look->at_us = clock_us() + pause;
}

int agent_run(struct agent *a, const volatile sig_atomic_t *stops,
              const sigset_t *wait_mask)
{
    struct agent_runs r = { .a = a };
    int rc = -ENOMEM;

    loop_init(&r.loop);
    r.loop.cancel = stops;
    r.loop.cancel_seen = *stops;
    r.loop.wait_mask = wait_mask;
    r.second = loop_timer_add(&r.loop, 0, run_second, &r);
    r.look = loop_timer_add(&r.loop, clock_us() + 20000, run_look, &r);
    r.health = health_new(a);
    r.talks = talks_counter_new(a);
    if (r.second && r.look && r.health && r.talks) {
        notify_tell("READY=1");
        rc = loop_run(&r.loop, NULL, NULL, UINT64_MAX);
        notify_tell("STOPPING=1");
    }
    health_free(r.health);
    talks_counter_free(r.talks);
    loop_timer_remove(r.second);
    loop_timer_remove(r.look);
    loop_dispose(&r.loop);
    return rc == -EINTR ? 0 : rc ? rc : r.rc;
}
