/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The machine of a roll, by a table of what is next, and by walks through a
 * world in which anything fails, is wished for and is cut off, at each write.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/run/roll_step.h"

/* --- what is next, by a table ---------------------------------------------- */

enum { HOSTS = 3 };
#define A ROLL_PLANNED

struct next_case {
    const char *what;
    enum roll_step step[HOSTS];
    enum cancel_wish wish;
    bool shut, stuck;
    enum roll_do next;
};

/* Hosts under way are of wave 1, which is the roll's. */
static const struct next_case next_cases[] = {
    { .what = "nothing was begun", .next = ROLL_DO_WAVE },
    { .what = "the window is shut", .shut = true, .next = ROLL_DO_PAUSE },
    { .what = "the others cannot be rolled",
      .step = { ROLL_DONE, A, A },
      .stuck = true,
      .next = ROLL_DO_END },
    { .what = "nobody wants a wave more",
      .wish = CANCEL_STOP,
      .next = ROLL_DO_END },
    { .what = "one has failed",
      .step = { ROLL_FAILED, A, A },
      .next = ROLL_DO_END },
    { .what = "one has failed, and one is under way",
      .step = { ROLL_FAILED, ROLL_HOME, A },
      .next = ROLL_DO_HOME },
    { .what = "all are done",
      .step = { ROLL_DONE, ROLL_DONE, ROLL_DONE },
      .next = ROLL_DO_END },
    { .what = "the next wave",
      .step = { ROLL_DONE, A, A },
      .next = ROLL_DO_WAVE },
    { .what = "a wave goes on in a shut window",
      .step = { ROLL_HOOK, A, A },
      .shut = true,
      .next = ROLL_DO_HOOK },
    { .what = "who is behind is next",
      .step = { ROLL_CHECK, ROLL_EMPTY, A },
      .next = ROLL_DO_LOOK },
    { .what = "guests return when all are through",
      .step = { ROLL_UNDRAIN, ROLL_BACK, A },
      .next = ROLL_DO_AWAIT },
    { .what = "a stop gives back who is not worked on",
      .step = { ROLL_DRAINING, A, A },
      .wish = CANCEL_STOP,
      .next = ROLL_DO_TURN },
    { .what = "a stop waits for a hook",
      .step = { ROLL_HOOK, A, A },
      .wish = CANCEL_STOP,
      .next = ROLL_DO_HOOK },
    { .what = "and for the guests' return",
      .step = { ROLL_HOME, A, A },
      .wish = CANCEL_STOP,
      .next = ROLL_DO_HOME },
    { .what = "now waits for nothing",
      .step = { ROLL_HOOK, A, A },
      .wish = CANCEL_NOW,
      .next = ROLL_DO_TURN },
    { .what = "but undrains who is done",
      .step = { ROLL_UNDRAIN, A, A },
      .wish = CANCEL_NOW,
      .next = ROLL_DO_UNDRAIN },
    { .what = "off", .step = { ROLL_OFF, A, A }, .next = ROLL_DO_OFF },
    { .what = "soak", .step = { ROLL_SOAK, A, A }, .next = ROLL_DO_SOAK },
    { .what = "drain",
      .step = { ROLL_DRAINING, A, A },
      .next = ROLL_DO_DRAIN },
    { .what = "check", .step = { ROLL_CHECK, A, A }, .next = ROLL_DO_CHECK },
};

static void next_roll(const struct next_case *k, struct roll *r,
                      struct roll_host host[HOSTS])
{
    *r = (struct roll){
        .host = host, .host_n = HOSTS, .wave = 1, .stuck = k->stuck
    };
    for (int i = 0; i < HOSTS; i++)
        host[i] =
            (struct roll_host){ .step = k->step[i], .wave = k->step[i] != A };
}

static void test_next(void **state)
{
    for (size_t i = 0; i < sizeof next_cases / sizeof *next_cases; i++) {
        const struct next_case *k = &next_cases[i];
        struct roll_host host[HOSTS];
        struct roll r;

        next_roll(k, &r, host);
        if (roll_next(&r, k->wish, !k->shut) != k->next)
            fail_msg("%s: %d", k->what, roll_next(&r, k->wish, !k->shut));
    }
}

/* --- which step follows ---------------------------------------------------- */

struct way_case {
    const char *what;
    bool off, check, home, soak, canary, turned;
    enum roll_step from;
    const char *way; /* names of steps */
};

static const struct way_case way_cases[] = {
    { .what = "all there is",
      .check = true,
      .home = true,
      .soak = true,
      .canary = true,
      .way = "draining empty hook back check undrain home soak done" },
    { .what = "no canary is not watched",
      .check = true,
      .home = true,
      .soak = true,
      .way = "draining empty hook back check undrain home done" },
    { .what = "the least", .way = "draining empty hook back undrain done" },
    { .what = "off", .off = true, .way = "draining empty hook off done" },
    { .what = "given back",
      .home = true,
      .soak = true,
      .canary = true,
      .turned = true,
      .from = ROLL_UNDRAIN,
      .way = "home planned" },
    { .what = "given back, to stay away",
      .turned = true,
      .from = ROLL_UNDRAIN,
      .way = "planned" },
};

static void test_way(void **state)
{
    for (size_t i = 0; i < sizeof way_cases / sizeof *way_cases; i++) {
        const struct way_case *k = &way_cases[i];
        struct roll_host h = { .step = k->from,
                               .wave = 1,
                               .canary = k->canary,
                               .turned = k->turned };
        char check[] = "true", way[128] = "";
        struct roll r = { .work = { .off = k->off,
                                    .check = k->check ? check : NULL,
                                    .soak_s = k->soak },
                          .limits = { .home = k->home } };

        do {
            roll_pass(&r, &h, 7);
            snprintf(way + strlen(way), sizeof way - strlen(way), "%s%s",
                     *way ? " " : "", roll_step_name(h.step));
        } while (roll_under_way(&h));
        if (strcmp(way, k->way))
            fail_msg("%s: %s", k->what, way);
        assert_true(h.since == 7);
        assert_false(h.turned);
    }
}

static void test_fail(void **state)
{
    struct roll_host h = { .step = ROLL_BACK, .wave = 1 };
    char long_why[1000];

    memset(long_why, 'x', sizeof long_why - 1);
    long_why[sizeof long_why - 1] = '\0';
    roll_fail(&h, long_why, 3);
    assert_int_equal(h.step, ROLL_FAILED);
    assert_int_equal(h.failed_at, ROLL_BACK);
    assert_int_equal(strlen(h.why), sizeof h.why - 1);
}

/* --- exit codes ------------------------------------------------------------ */

static const struct {
    enum roll_step step[HOSTS];
    bool stuck;
    enum exit_code code;
} code_cases[] = {
    { { ROLL_DONE, ROLL_DONE, ROLL_DONE }, false, RC_OK },
    { { ROLL_DONE, A, A }, false, RC_PARTLY },
    { { ROLL_DONE, A, A }, true, RC_PARTLY },
    { { A, A, A }, false, RC_FAILED },
    { { A, A, A }, true, RC_NOPLAN },
    { { ROLL_FAILED, A, A }, false, RC_PARTLY },
    { { A, ROLL_DRAINING, A }, false, RC_PARTLY },
};

static void test_code(void **state)
{
    for (size_t i = 0; i < sizeof code_cases / sizeof *code_cases; i++) {
        struct roll_host host[HOSTS];
        struct next_case k = { .stuck = code_cases[i].stuck };
        struct roll r;

        memcpy(k.step, code_cases[i].step, sizeof k.step);
        next_roll(&k, &r, host);
        assert_int_equal(roll_code(&r), code_cases[i].code);
    }
}

/* --- walks ----------------------------------------------------------------- */

enum { MOST = 5, WALKS = 40000, STEPS_MOST = 2000 };

/* What is so, whoever believes what. */
struct world {
    uint64_t random;
    struct roll_host mem[MOST], disk[MOST];
    struct roll roll, roll_disk;
    unsigned hooks[MOST];     /* how often one really ran */
    uint32_t hook_wave[MOST]; /* of the last: its id */
    bool marked[MOST], checked[MOST], guests[MOST];
    enum cancel_wish wish;
    unsigned crash; /* one write in so many is the last; 0: none */
    bool dead;
};

static unsigned draw(struct world *w, unsigned n)
{
    w->random = w->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(w->random >> 33) % n;
}

/* The process may die before a write and after it. */
static bool may_write(struct world *w)
{
    if (!w->dead && w->crash && !draw(w, w->crash))
        w->dead = true;
    return !w->dead;
}

static void keep_host(struct world *w, uint32_t i)
{
    if (may_write(w))
        w->disk[i] = w->mem[i];
    may_write(w);
}

static void keep_roll(struct world *w)
{
    if (may_write(w)) {
        w->roll_disk = w->roll;
        w->roll_disk.host = NULL;
    }
    may_write(w);
}

/* Another process: it knows what is written, and no more. */
static void come_back(struct world *w)
{
    w->dead = false;
    memcpy(w->mem, w->disk, sizeof w->mem);
    w->roll = w->roll_disk;
    w->roll.host = w->mem;
    for (uint32_t i = 0; i < w->roll.host_n; i++)
        if (roll_unbegin(&w->roll, &w->mem[i]))
            keep_host(w, i);
}

static void step_to(struct world *w, uint32_t i, bool passes)
{
    enum roll_step was = w->mem[i].step;

    if (w->dead)
        return;
    if (passes)
        roll_pass(&w->roll, &w->mem[i], 1);
    else
        roll_fail(&w->mem[i], "no", 1);
    assert_true(w->mem[i].step > was || w->mem[i].turned ||
                w->mem[i].step == ROLL_PLANNED);
    keep_host(w, i);
}

/* Law 1. */
static void begin_wave(struct world *w)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < w->roll.host_n; i++) {
        assert_false(roll_under_way(&w->mem[i]));
        assert_int_not_equal(w->mem[i].step, ROLL_FAILED);
    }
    for (uint32_t i = 0; i < w->roll.host_n && n < 2 && !w->dead; i++) {
        if (w->mem[i].step != ROLL_PLANNED)
            continue;
        w->mem[i].wave = w->roll.wave + 1;
        w->mem[i].canary = !w->roll.wave;
        roll_pass(&w->roll, &w->mem[i], 1);
        keep_host(w, i);
        n += 1 + draw(w, 2);
    }
    if (w->dead)
        return;
    w->roll.wave++;
    keep_roll(w);
}

/* Law 2, and that a hook is never run where guests are. */
static void run_hook(struct world *w, uint32_t i)
{
    assert_true(w->marked[i]);
    assert_false(w->guests[i]);
    if (w->hook_wave[i] != w->mem[i].wave) { /* else it is that job still */
        w->hook_wave[i] = w->mem[i].wave;
        w->hooks[i]++;
    }
    assert_int_equal(w->hooks[i], 1);
}

/* Law 3. */
static void undrain(struct world *w, uint32_t i)
{
    assert_true(w->mem[i].turned ? !w->hooks[i] : w->checked[i]);
    w->marked[i] = false;
}

/* Law 4. */
static void go_home(struct world *w, uint32_t i)
{
    for (uint32_t k = 0; k < w->roll.host_n; k++)
        assert_false(roll_under_way(&w->mem[k]) &&
                     w->mem[k].step < ROLL_UNDRAIN);
    assert_false(w->marked[i]);
    w->guests[i] = true;
}

static bool luck(struct world *w)
{
    return draw(w, 12) != 0;
}

static void do_for_host(struct world *w, uint32_t i, enum roll_do what)
{
    bool ok = luck(w);

    switch (what) {
    case ROLL_DO_LOOK: break;
    case ROLL_DO_HOOK: run_hook(w, i); break;
    case ROLL_DO_CHECK: w->checked[i] = ok; break;
    case ROLL_DO_UNDRAIN:
        undrain(w, i);
        ok = true;
        break;
    case ROLL_DO_HOME:
        go_home(w, i);
        ok = true;
        break;
    default: break;
    }
    if (draw(w, 3)) /* else nothing is known of it yet */
        step_to(w, i, ok);
}

/* All hosts of a wave leave by one run, or none has. */
static void drain(struct world *w)
{
    bool ok = luck(w);

    for (uint32_t i = 0; i < w->roll.host_n; i++) {
        if (!roll_is_at(&w->roll, &w->mem[i], ROLL_DO_DRAIN))
            continue;
        w->marked[i] = true;
        w->guests[i] = !ok;
    }
    for (uint32_t i = 0; i < w->roll.host_n && !(w->wish && !ok); i++)
        if (roll_is_at(&w->roll, &w->mem[i], ROLL_DO_DRAIN))
            step_to(w, i, ok);
}

static void turn(struct world *w)
{
    for (uint32_t i = 0; i < w->roll.host_n && !w->dead; i++) {
        enum roll_step was = w->mem[i].step;

        roll_turn(&w->mem[i], w->wish, 1);
        if (was == ROLL_HOOK)
            assert_int_not_equal(w->mem[i].step, ROLL_UNDRAIN);
        if (w->mem[i].step != was)
            keep_host(w, i);
    }
}

static void do_what(struct world *w, enum roll_do what)
{
    if (what == ROLL_DO_WAVE)
        begin_wave(w);
    else if (what == ROLL_DO_DRAIN)
        drain(w);
    else if (what == ROLL_DO_TURN)
        turn(w);
    else
        for (uint32_t i = 0; i < w->roll.host_n && !w->dead; i++)
            if (roll_is_at(&w->roll, &w->mem[i], what))
                do_for_host(w, i, what);
}

static void world_init(struct world *w, unsigned seed, char *check)
{
    *w = (struct world){ .random = seed * 2654435761u + 1 };
    w->roll.host_n = 1 + draw(w, MOST);
    w->roll.work.check = check;
    w->roll.work.soak_s = draw(w, 2);
    w->roll.limits.home = draw(w, 2);
    w->roll_disk = w->roll;
    w->roll.host = w->mem;
    w->crash = draw(w, 3) ? 3 + draw(w, 20) : 0;
    for (int i = 0; i < MOST; i++)
        w->guests[i] = true;
}

static void walk(unsigned seed)
{
    char check[] = "true";
    struct world w;
    unsigned n = 0;

    world_init(&w, seed, check);
    for (;; n++) {
        enum roll_do what;

        assert_true(n < STEPS_MOST);
        if (w.dead)
            come_back(&w);
        if (!draw(&w, 60) && w.wish < CANCEL_NOW)
            w.wish++;
        what = roll_next(&w.roll, w.wish, draw(&w, 4) != 0);
        if (what == ROLL_DO_END)
            break;
        do_what(&w, what);
    }
    /* law 5; and who is not in maintenance is done, or was never worked on */
    for (uint32_t i = 0; i < w.roll.host_n; i++) {
        assert_false(roll_under_way(&w.mem[i]));
        if (w.mem[i].step == ROLL_DONE)
            assert_true(w.hooks[i] == 1 && w.checked[i] && !w.marked[i]);
        if (w.mem[i].step == ROLL_PLANNED)
            assert_true(!w.hooks[i] && !w.marked[i]);
        if (!w.marked[i] && w.hooks[i])
            assert_true(w.checked[i]);
    }
}

static void test_walks(void **state)
{
    for (unsigned seed = 1; seed <= WALKS; seed++)
        walk(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next),  cmocka_unit_test(test_way),
        cmocka_unit_test(test_fail),  cmocka_unit_test(test_code),
        cmocka_unit_test(test_walks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
