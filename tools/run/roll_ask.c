/* SPDX-License-Identifier: LGPL-2.1-only */
/* Asks the hosts of a roll, all at once, while wishes are heeded. */
#include <errno.h>
#include <stdlib.h>

#include "tools/base/clock.h"
#include "tools/base/loop.h"
#include "tools/run/roll_impl.h"

enum {
    ASK_AT_ONCE = 64,
    ASK_SLICE_MS = 250, /* wishes are looked for so often */
    POLL_FIRST_MS = 100,
    POLL_MOST_MS = 5000,
};

static void roll_loop_init(const struct rolling *d, struct loop *l)
{
    loop_init(l);
    l->cancel = d->q->interrupts;
    l->cancel_seen = *d->q->interrupts;
    l->wait_mask = d->q->wait_mask;
}

/* Runs the loop for a slice at most. false: it cannot go on. */
static bool roll_slice(struct rolling *d, struct loop *l, bool (*done)(void *),
                       void *arg, int64_t until_ms)
{
    int64_t slice = clock_ms() + ASK_SLICE_MS;
    int rc;

    if (until_ms < slice)
        slice = until_ms;
    rc = loop_run(l, done, arg, (uint64_t)slice * 1000);
    roll_heed(d);
    return !rc || rc == -ETIMEDOUT || rc == -EINTR;
}

static bool roll_ask_done(void *arg)
{
    return gather_done(arg);
}

bool roll_ask(struct rolling *d, struct gather_job *job, size_t n,
              unsigned timeout_ms)
{
    struct gather g = {
        .job = job, .n = n, .at_once = ASK_AT_ONCE, .timeout_ms = timeout_ms
    };
    struct loop l;

    roll_loop_init(d, &l);
    gather_start(&g, &l);
    while (!gather_done(&g) && !roll_leaves(d) &&
           roll_slice(d, &l, roll_ask_done, &g, INT64_MAX / 1000))
        ;
    loop_dispose(&l);
    return gather_done(&g);
}

void roll_sleep(struct rolling *d, unsigned ms)
{
    int64_t until = clock_ms() + ms;
    struct loop l;

    roll_loop_init(d, &l);
    while (clock_ms() < until && !roll_leaves(d) &&
           roll_slice(d, &l, NULL, NULL, until))
        ;
    loop_dispose(&l);
}

/* --- facts ----------------------------------------------------------------- */

/* A job for each host that is at this, in the order of hosts. Their number;
 * -1: no memory. */
static int roll_facts_jobs(struct rolling *d, enum roll_do what,
                           struct gather_job *job)
{
    /* only who watches guests needs a sample of how they run */
    static const char *const plain[] = { "facts", "--compact", "--sample", "0",
                                         NULL },
                             *const sample[] = { "facts", "--compact", NULL };
    const char *const *args = what == ROLL_DO_SOAK ? sample : plain;
    int n = 0;

    for (uint32_t i = 0; i < d->r->host_n; i++) {
        if (!roll_is_at(d->r, &d->r->host[i], what))
            continue;
        job[n].command = remote_command(&d->remote, d->r->host[i].name, args);
        n++;
    }
    return n;
}

/* Asks each once. */
static void roll_poll_once(struct rolling *d, enum roll_do what, bool late,
                           roll_facts_fn *fn)
{
    struct gather_job *job = calloc(d->r->host_n + 1u, sizeof *job);
    unsigned wait = run_answer_s(d->q->conf) * 1000;
    int n = job ? roll_facts_jobs(d, what, job) : 0, at = 0;

    if (!job)
        roll_sleep(d, POLL_MOST_MS);
    if (job && roll_ask(d, job, (size_t)n, wait))
        for (uint32_t i = 0; i < d->r->host_n && at < n; i++)
            if (roll_is_at(d->r, &d->r->host[i], what))
                fn(d, i, &job[at++], late);
    if (job)
        gather_dispose(job, (size_t)n);
    free(job);
}

void roll_poll(struct rolling *d, enum roll_do what, double seconds,
               roll_facts_fn *fn)
{
    int64_t end = clock_ms() + (int64_t)(seconds * 1000);
    unsigned pause = POLL_FIRST_MS;
    bool late = false;

    while (!late && roll_any_at(d, what) && !roll_leaves(d)) {
        int64_t left = end - clock_ms();

        late = left <= 0;
        roll_poll_once(d, what, late, fn);
        if (late || !roll_any_at(d, what))
            break;
        roll_sleep(d, left < pause ? (unsigned)(left > 0 ? left : 0) : pause);
        pause = 2 * pause < POLL_MOST_MS ? 2 * pause : POLL_MOST_MS;
    }
}
