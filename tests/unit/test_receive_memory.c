/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Two guests that come at once to a host whose dom0 gives them its memory: each
 * gets its own, whatever happens between two looks at it.
 *
 * The receivers are threads of which one runs at a time. A seed says who goes
 * on at each call to libxl, so all interleavings come up and every run is the
 * same. The machine is a few numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libxl-ext/receive_impl.h"
#include "tests/lib/tmpdir.h"
#include "tools/move/admission.h"

enum { GUESTS = 2, KEEP = 1000, TICK_US = 100000, PAGE_KIB = 4 };

static const char *const uuid[GUESTS] = {
    "11111111-2222-3333-4444-55555555555a",
    "11111111-2222-3333-4444-55555555555b",
};

static struct machine {
    uint64_t free, dom0, target; /* pages, as all here */
    uint64_t speed;              /* that dom0 gives in a tick */
    bool stubborn;               /* it gives nothing */
    uint64_t need[GUESTS], has[GUESTS];
    bool granted[GUESTS];   /* it was told that its memory is there */
    bool claims;            /* who is, has Xen set it aside at once */
    uint64_t claim[GUESTS]; /* what is set aside and not taken yet */
    bool asked_below;       /* dom0 was asked for what it keeps */
    uint64_t clock_us;
} machine;

/* --- who goes on ---------------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static int turn;
static bool ended[GUESTS];
static uint64_t rng;
static __thread int self = -1;

static unsigned draw(unsigned n)
{
    rng = rng * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(rng >> 33) % n;
}

static void await_turn(void)
{
    while (turn != self)
        pthread_cond_wait(&turn_changed, &mutex);
}

/* The other goes on, perhaps. */
static void switch_maybe(void)
{
    if (self < 0 || ended[!self] || draw(2))
        return;
    turn = !self;
    pthread_cond_broadcast(&turn_changed);
    await_turn();
}

static void end_turn(void)
{
    ended[self] = true;
    turn = !self;
    pthread_cond_broadcast(&turn_changed);
    pthread_mutex_unlock(&mutex);
}

/* --- the machine ----------------------------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Xen gives a guest that is built what it asks for, as long as there is some:
 * what it has been told of must be there. */
static void machine_take(int i, uint64_t kib)
{
    kib = least(kib, machine.need[i] - machine.has[i]);
    assert_true(kib <= machine.free);
    machine.free -= kib;
    machine.has[i] += kib;
}

static void machine_tick(void)
{
    if (machine.dom0 > machine.target && !machine.stubborn) {
        uint64_t kib = least(machine.dom0 - machine.target, machine.speed);

        machine.dom0 -= kib;
        machine.free += kib;
    }
    machine.clock_us += TICK_US;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    *t = (struct timespec){ .tv_sec = (time_t)(machine.clock_us / 1000000),
                            .tv_nsec =
                                (long)(machine.clock_us % 1000000) * 1000 };
    return 0;
}

int libxl_domain_need_memory(libxl_ctx *ctx, libxl_domain_config *config,
                             uint32_t domid, uint64_t *kib)
{
    *kib = machine.need[self] * PAGE_KIB;
    return 0;
}

/* As Xen says it: what is set aside is free as well. */
int libxl_get_physinfo(libxl_ctx *ctx, libxl_physinfo *p)
{
    switch_maybe();
    p->free_pages = machine.free;
    p->outstanding_pages = machine.claim[0] + machine.claim[1];
    return 0;
}

int libxl_get_memory_target(libxl_ctx *ctx, uint32_t domid, uint64_t *kib)
{
    switch_maybe();
    *kib = machine.target * PAGE_KIB;
    return 0;
}

int libxl_set_memory_target(libxl_ctx *ctx, uint32_t domid, int64_t kib,
                            int relative, int enforce)
{
    assert_int_equal(domid, 0);
    assert_true(relative && !enforce && kib < 0);
    machine.target -= (uint64_t)-kib / PAGE_KIB;
    machine.asked_below |= machine.target < KEEP;
    switch_maybe();
    return 0;
}

/* --- the receivers --------------------------------------------------------- */

struct guest {
    struct receiver m;
    struct xlx_receive r;
    struct xlx x;
    struct admission_place place;
    struct msg err;
    int rc;
};

static int guest_admit_begin(void *arg, struct msg *err)
{
    struct guest *g = arg;

    return admission_turn(&g->place, err);
}

/* As tools/move/receive.c does. */
static int guest_admit(void *arg, struct xlx_room *room, struct msg *err)
{
    struct guest *g = arg;
    struct xlx_domain list[GUESTS] = { { .domid = 1 } };
    struct admission a = { .statedir = "/nonexistent",
                           .domains = { list, 0, room->uuid },
                           .need_kib = room->need_kib };
    int rc;

    for (int i = 0; i < GUESTS; i++)
        if (machine.has[i] || machine.claim[i]) {
            struct xlx_domain *d = &list[a.domains.n++];

            snprintf(d->uuid, sizeof d->uuid, "%s", uuid[i]);
            d->memory_kib = (machine.has[i] + machine.claim[i]) * PAGE_KIB;
        }
    switch_maybe();
    room->dom0_kib = machine.dom0 * PAGE_KIB;
    room->balloon_kib =
        (machine.dom0 > KEEP ? machine.dom0 - KEEP : 0) * PAGE_KIB;
    switch_maybe();
    a.have_kib = room->free_kib + room->balloon_kib;
    rc = admission_ask(&g->place, &a, err);
    room->owed_kib = a.owed_kib;
    return rc;
}

static void guest_admit_end(void *arg)
{
    admission_found(&((struct guest *)arg)->place);
}

static uint64_t guest_tick(void *arg, uint64_t now)
{
    machine_tick();
    switch_maybe();
    return now;
}

static void guest_init(struct guest *g, int i)
{
    *g = (struct guest){ .place = ADMISSION_NONE };
    loop_init(&g->m.loop);
    g->m.loop.tick = guest_tick;
    g->m.r = &g->r;
    g->r.x = &g->x;
    g->r.admit_begin = guest_admit_begin;
    g->r.admit = guest_admit;
    g->r.admit_end = guest_admit_end;
    g->r.admit_arg = g;
    snprintf(g->r.uuid, sizeof g->r.uuid, "%s", uuid[i]);
}

static struct guest guest[GUESTS];

static void *guest_run(void *arg)
{
    struct guest *g = arg;

    self = (int)(g - guest);
    pthread_mutex_lock(&mutex);
    await_turn();
    g->rc = xlx_receive_memory(&g->m, &g->err);
    machine.granted[self] = !g->rc;
    if (!g->rc && machine.claims)
        machine.claim[self] = machine.need[self];
    while (!g->rc && machine.has[self] < machine.need[self]) {
        machine_take(self, 1 + draw(400));
        if (machine.claims)
            machine.claim[self] = machine.need[self] - machine.has[self];
        switch_maybe();
    }
    admission_end(&g->place, g->r.uuid);
    end_turn();
    return NULL;
}

static void machine_run(unsigned seed)
{
    pthread_t thread[GUESTS];

    rng = seed * 2654435761u + 1;
    turn = 0;
    for (int i = 0; i < GUESTS; i++) {
        ended[i] = false;
        guest_init(&guest[i], i);
    }
    for (int i = 0; i < GUESTS; i++)
        assert_int_equal(
            pthread_create(&thread[i], NULL, guest_run, &guest[i]), 0);
    for (int i = 0; i < GUESTS; i++) {
        pthread_join(thread[i], NULL);
        loop_dispose(&guest[i].m.loop);
    }
    assert_false(machine.asked_below);
    assert_true(machine.dom0 >= KEEP);
}

/* --- tests ------------------------------------------------------------------ */

/* Numbers below so many pages; what dom0 has beyond what it keeps comes on top
 * of what is free. */
static void machine_draw(unsigned seed, unsigned most)
{
    rng = seed;
    machine = (struct machine){ .free = draw(most),
                                .speed = 1 + draw(200),
                                .need = { 1 + draw(most), 1 + draw(most) },
                                .clock_us = 1000000 };
    machine.dom0 = machine.target = KEEP + draw(most);
}

/* There is just enough for both: both come. */
static void test_both(void **state)
{
    for (unsigned n = 0; n < 600; n++) {
        unsigned seed = n / 2;

        machine_draw(seed, 1000);
        machine.claims = n % 2;
        machine.dom0 = machine.target =
            KEEP + machine.need[0] + machine.need[1];
        machine.dom0 -= least(machine.free, machine.dom0 - KEEP);
        machine.target = machine.dom0;
        machine_run(seed);
        if (guest[0].rc || guest[1].rc)
            fail_msg("seed %u: %s", seed,
                     guest[0].rc ? guest[0].err.text : guest[1].err.text);
    }
}

/* Whatever there is: one that fits alone comes, nobody is told of memory that
 * is not there (machine_take()), and dom0 keeps what it must. */
static void test_any(void **state)
{
    unsigned refused = 0;

    for (unsigned n = 0; n < 600; n++) {
        unsigned seed = n / 2;
        uint64_t have;

        machine_draw(seed + 1000, 800);
        machine.claims = n % 2;
        have = machine.free + machine.dom0 - KEEP;
        machine_run(seed);
        for (int i = 0; i < GUESTS; i++) {
            refused += guest[i].rc != 0;
            assert_true(!guest[i].rc || guest[i].rc == -ENOMEM);
            assert_true(!guest[i].rc || *guest[i].err.text);
        }
        if (guest[0].rc && guest[1].rc)
            assert_true(machine.need[0] > have && machine.need[1] > have);
        else if (machine.need[0] + machine.need[1] <= have)
            assert_true(!guest[0].rc && !guest[1].rc);
    }
    assert_true(refused > 20);
}

/* A dom0 that gives nothing: after a while it is told so. */
static void test_stubborn(void **state)
{
    machine_draw(1, 1000);
    machine.need[0] = machine.free + 10;
    machine.need[1] = machine.free + 20;
    machine.dom0 = machine.target = KEEP + 5000;
    machine.stubborn = true;
    machine_run(1);
    for (int i = 0; i < GUESTS; i++) {
        assert_int_equal(guest[i].rc, -ENOMEM);
        assert_non_null(strstr(guest[i].err.text, "not enough free memory"));
    }
}

static char *dir;

static int make_dir(void **state)
{
    dir = tmpdir_make("test_receive_memory");
    return setenv("RACKHOP_RUN_DIR", dir, 1);
}

static int remove_dir(void **state)
{
    tmpdir_remove(dir);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both),
        cmocka_unit_test(test_any),
        cmocka_unit_test(test_stubborn),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
