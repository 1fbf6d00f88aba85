/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhopd's parts: the lease, the gate, what is remembered from look to look,
 * and what comes of the wishes in each mode. It is long, as all of them look
 * through the same world of three guests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/daemon/decide_impl.h"
#include "tools/daemon/deed.h"
#include "tools/daemon/gate.h"
#include "tools/daemon/lease.h"
#include "tools/daemon/told.h"
#include "tools/doc/snapshot.h"

/* --- the lease ----------------------------------------------------------- */

static void lease_answers(void **state)
{
    static const struct {
        struct lease_sight see;
        enum lease_answer answer;
    } row[] = {
        { { false, false, false, 0 }, LEASE_TAKE },
        { { true, true, false, 0 }, LEASE_RENEW },
        { { true, true, false, 10 * LEASE_MS }, LEASE_RENEW },
        { { true, false, false, 0 }, LEASE_WAIT },
        { { true, false, false, LEASE_MS - 1 }, LEASE_WAIT },
        { { true, false, false, LEASE_MS }, LEASE_TAKE },
        { { true, false, true, 0 }, LEASE_TAKE },
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        assert_int_equal(lease_judge(&row[i].see), row[i].answer);
}

/* Two processes of hosts that do not know each other's. */
static void lease_of_two(void **state)
{
    struct lease a, b;
    struct store *s;
    struct msg err;

    assert_int_equal(store_open_mem(&s), 0);
    lease_init(&a);
    lease_init(&b);
    snprintf(b.host, sizeof b.host, "other");
    assert_int_equal(lease_keep(&a, s, 0, &err), 0);
    assert_int_equal(lease_keep(&b, s, 0, &err), -EBUSY);
    assert_non_null(strstr(err.text, a.host));
    /* as long as it is written again, it is not taken */
    for (int64_t ms = 0; ms < 3 * LEASE_MS; ms += LEASE_MS / 2) {
        assert_int_equal(lease_keep(&a, s, ms, &err), 0);
        assert_int_equal(lease_keep(&b, s, ms, &err), -EBUSY);
    }
    /* silence is measured from when it is seen, by one clock */
    assert_int_equal(lease_keep(&b, s, 4 * LEASE_MS, &err), 0);
    assert_int_equal(lease_keep(&a, s, 4 * LEASE_MS, &err), -EBUSY);
    assert_int_equal(a.rev, 0);
    /* given back, it is free at once */
    lease_drop(&b, s);
    assert_int_equal(lease_keep(&a, s, 4 * LEASE_MS, &err), 0);
    lease_drop(&b, s); /* it has none: that of the other stays */
    assert_int_equal(lease_keep(&b, s, 4 * LEASE_MS, &err), -EBUSY);
    store_close(s);
}

/* A text that nobody of ours wrote is waited for, as any other. */
static void lease_of_strangers(void **state)
{
    struct store *s;
    struct lease a;
    struct msg err;

    assert_int_equal(store_open_mem(&s), 0);
    assert_int_equal(store_cas(s, "lease/loops", 0, "%s nonsense", NULL), 0);
    lease_init(&a);
    assert_int_equal(lease_keep(&a, s, 5, &err), -EBUSY);
    assert_int_equal(lease_keep(&a, s, 5 + LEASE_MS, &err), 0);
    store_close(s);
}

/* --- the gate ------------------------------------------------------------ */

static void gate_reasons(void **state)
{
    const struct gate fine = { .disk_free = 1LL << 40,
                               .hosts = 20,
                               .dead = 2,
                               .silent = 0.1,
                               .took_s = 9 };
    struct gate g[GATE_REASONS + 3];
    const enum gate_reason want[] = {
        GATE_OPEN, GATE_CLOCK, GATE_CLOCK,  GATE_DISK,   GATE_QUIET, GATE_RUN,
        GATE_ROLL, GATE_MOVES, GATE_SILENT, GATE_SILENT, GATE_STALE,
    };
    char text[400];

    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        g[i] = fine;
    g[1].jump_s = 3600;
    g[2].jump_s = -6;
    g[3].disk_free = 31 << 20;
    g[4].quiet_s = 1;
    g[5].run = "r1";
    g[6].roll = "roll-1";
    g[7].arriving = 1;
    g[8].dead = 3;
    g[9].hosts = g[9].dead = 0;
    g[10].took_s = 60;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_int_equal(gate_judge(&g[i], text, sizeof text), want[i]);
        assert_int_equal(!*text, want[i] == GATE_OPEN);
    }
    /* a host that hangs, and then the sample of the last ones asked */
    g[10].took_s = GATE_ANSWER_S + 15;
    assert_int_equal(gate_judge(&g[10], text, sizeof text), GATE_OPEN);
    g[8].silent = 0; /* none may be silent */
    g[8].dead = 1;
    assert_int_equal(gate_judge(&g[8], text, sizeof text), GATE_SILENT);
    assert_string_equal(text, "1 of 20 hosts do not answer");
}

static void clock_jumps(void **state)
{
    /* the same boot: both clocks are compared */
    assert_true(fabs(gate_jump(true, 1000, 50, 1060, 110)) < 1e-9);
    assert_true(fabs(gate_jump(true, 1000, 50, 4660, 110) - 3600) < 1e-9);
    assert_true(fabs(gate_jump(true, 1000, 50, 460, 110) + 600) < 1e-9);
    /* another boot: time has passed, nobody knows how much */
    assert_true(fabs(gate_jump(false, 1000, 5000, 9000, 10)) < 1e-9);
    assert_true(fabs(gate_jump(false, 1000, 5000, 900, 10) + 100) < 1e-9);
}

/* --- a cluster ----------------------------------------------------------- */

struct world {
    struct snapshot snap;
    struct sight sight;
};

static void world_tell(void *arg, const char *text)
{
    fail_msg("%s", text);
}

static void world_parse(struct world *w, const char *text)
{
    const struct snapshot_problems problems = { world_tell, NULL };
    struct msg err = MSG_NONE;

    assert_int_equal(snapshot_parse(&w->snap, "test", text, strlen(text), NULL,
                                    &problems, &err),
                     0);
    assert_int_equal(
        sight_parse(&w->sight, w->snap.cluster, text, strlen(text), &err), 0);
}

/* Two hosts without guests, and this of the second. */
static void world_second(struct world *w, const char *more)
{
    char text[1024];

    snprintf(text, sizeof text,
             "{\"format\":\"rackhop-snapshot/1\",\"topology\":{\"nodes\":[],"
             "\"links\":[]},\"hosts\":[{\"name\":\"h1\",\"state\":\"up\","
             "\"memory_mib\":8192,\"reserved_mib\":512,\"cpus\":4},{\"name\":"
             "\"h2\","
             "\"memory_mib\":8192,\"reserved_mib\":512,\"cpus\":4%s}],"
             "\"domains\":[]}",
             more);
    world_parse(w, text);
}

/* h1 has two CPUs and three guests that want one each; h2 is idle. With `more`,
 * the second guest has two vCPUs that wait half of the time, and that as well. */
static void world_with(struct world *w, const char *power, const char *hosts,
                       const char *more)
{
    const struct snapshot_problems problems = { world_tell, NULL };
    struct msg err = MSG_NONE;
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    fprintf(f, "{\"format\":\"rackhop-snapshot/"
               "1\",\"topology\":{\"nodes\":[],\"links\":[]},\"hosts\":[");
    for (const char *h = hosts; *h; h++)
        fprintf(f,
                "%s{\"name\":\"h%c\",\"state\":\"up\",\"memory_mib\":8192,"
                "\"reserved_mib\":512,\"cpus\":%d%s}",
                h == hosts ? "" : ",", *h, *h == '1' ? 2 : 4, power);
    fprintf(f, "],\"domains\":[");
    for (int g = 0; g < 3; g++)
        fprintf(f,
                "%s{\"uuid\":\"00000000-0000-0000-0000-00000000000%d\","
                "\"name\":\"g%d\",\"host\":\"h1\",\"type\":\"pvh\","
                "\"memory_mib\":64,%s%s}",
                g ? "," : "", g, g,
                g == 1 && more ? "\"vcpus\":2,\"cpu_used\":0.5,\"steal\":0.5"
                               : "\"vcpus\":1,\"cpu_used\":1",
                g == 1 && more ? more : "");
    fprintf(f, "]}");
    assert_int_equal(fclose(f), 0);
    assert_int_equal(
        snapshot_parse(&w->snap, "test", text, len, NULL, &problems, &err), 0);
    assert_int_equal(sight_parse(&w->sight, w->snap.cluster, text, len, &err),
                     0);
    free(text);
}

static void world_of(struct world *w, const char *power, const char *hosts)
{
    world_with(w, power, hosts, NULL);
}

static void world_dispose(struct world *w)
{
    sight_dispose(&w->sight);
    snapshot_dispose(&w->snap);
}

static const struct off_list *world_off; /* hosts on record, or NULL */
static const char *world_power;          /* mode of the loop power, or NULL */

/* One look with what the last left, which it replaces. Balance and memory are in
 * that mode. */
static void world_look(struct world *w, struct decide *d, const char *mode,
                       struct loops_state *s, double now_s)
{
    static struct loop_policy p;
    struct config conf;
    char *text;
    struct msg err;
    struct loops_doc *doc = d->doc;

    config_init(&conf);
    free(conf.loop_balance);
    conf.loop_balance = strdup(mode);
    free(conf.loop_memory);
    conf.loop_memory = strdup(mode);
    if (world_power) {
        free(conf.loop_power);
        conf.loop_power = strdup(world_power);
    }
    loop_policy_init(&p);
    p.look_s = 60;
    *d = (struct decide){ .conf = &conf,
                          .policy = &p,
                          .cluster = w->snap.cluster,
                          .sight = &w->sight,
                          .state = s,
                          .off = world_off,
                          .now_s = now_s,
                          .gap_s = 240,
                          .doc = doc };
    loops_doc_dispose(doc);
    assert_int_equal(decide_look(d), 0);
    text = loops_state_format(s, w->snap.cluster, d->kept);
    assert_non_null(text);
    loops_state_dispose(s);
    assert_int_equal(loops_state_parse(s, text, strlen(text), &err), 0);
    free(text);
    config_dispose(&conf);
}

static void world_looks(struct world *w, const char *mode,
                        struct loops_state *s, double *now_s, int n)
{
    struct loops_doc doc = { .wish = NULL };
    struct decide d = { .doc = &doc };

    for (int i = 0; i < n; i++, *now_s += 60) {
        world_look(w, &d, mode, s, *now_s);
        decide_dispose(&d);
    }
    loops_doc_dispose(&doc);
}

/* Of n hosts each has a guest that its memory is full with; h1 has two CPUs and three
 * guests that want one each, and h2 is idle. They have networks of their own. */
static void world_of_many(struct world *w, unsigned n)
{
    static const char host[] =
        "{\"name\":\"%c%u\",\"state\":\"up\",\"memory_mib\":%d,"
        "\"reserved_mib\":512,\"cpus\":%d,\"networks\":[\"%s\"]}%s";
    static const char guest[] =
        "%s{\"uuid\":\"00000000-0000-0000-0000-%012u\",\"name\":\"g%u\","
        "\"host\":\"%c%u\",\"type\":\"pvh\",\"memory_mib\":64,\"vcpus\":1,"
        "\"cpu_used\":%d,\"networks\":[\"%s\"]}";
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    fprintf(f, "{\"format\":\"rackhop-snapshot/1\",\"topology\":{\"nodes\":[],"
               "\"links\":[]},\"hosts\":[");
    for (unsigned h = 0; h < n; h++)
        fprintf(f, host, 'n', h, 512 + 64, 2, "x", ",");
    fprintf(f, host, 'h', 1, 8192, 2, "y", ",");
    fprintf(f, host, 'h', 2, 8192, 4, "y", "],\"domains\":[");
    for (unsigned g = 0; g < n; g++)
        fprintf(f, guest, g ? "," : "", g, g, 'n', g, 0, "x");
    for (unsigned g = n; g < n + 3; g++)
        fprintf(f, guest, ",", g, g, 'h', 1, 1, "y");
    fprintf(f, "]}");
    assert_int_equal(fclose(f), 0);
    world_parse(w, text);
    free(text);
}

/* Wishes that nothing comes of leave lines to those that are granted: guests that
 * lack memory, of which there is none, come before a host with too much demand. */
static void more_wishes_than_lines(void **state)
{
    const unsigned n = LOOPS_WISHES + 20;
    struct loops_doc doc = { .wish = NULL };
    struct decide d = { .doc = &doc };
    struct loops_state s;
    double now_s = 1e9;
    struct world w;

    world_of_many(&w, n);
    loops_state_init(&s);
    for (unsigned g = 0; g < n; g++) {
        w.sight.guest[g].max_mib = 1024;
        w.sight.guest[g].starving = 0;
    }
    world_looks(&w, "act", &s, &now_s, 1);
    for (unsigned g = 0; g < n; g++)
        w.sight.guest[g].starving = 500;
    world_look(&w, &d, "act", &s, now_s);
    assert_int_equal(doc.wishes, LOOPS_WISHES);
    assert_true(doc.more >= 20);
    assert_int_equal(d.act.n, 1);
    assert_string_equal(doc.wish[d.act.line[0]].from, "h1");
    decide_dispose(&d);
    loops_doc_dispose(&doc);
    loops_state_dispose(&s);
    world_dispose(&w);
}

/* What never was takes no room in the state. */
static void what_never_was(void **state)
{
    struct loop_kept_guest guest[3] = { 0 };
    struct loop_kept_host host[2];
    struct loop_kept k[LOOPS_SIDES];
    struct loops_state s;
    struct world w;
    char *text;

    world_of(&w, "", "12");
    for (int i = 0; i < LOOPS_SIDES; i++) {
        k[i] = (struct loop_kept){ guest, host, .guests = 3, .hosts = 2 };
        loop_kept_init(&k[i]);
    }
    for (int g = 0; g < 3; g++) {
        guest[g].known = true;
        guest[g].mean = guest[g].var = 1;
    }
    loops_state_init(&s);
    text = loops_state_format(&s, w.snap.cluster, k);
    assert_non_null(text);
    assert_non_null(strstr(text, "\"mean\""));
    assert_null(strstr(text, "moved_s"));
    assert_null(strstr(text, "grew"));
    assert_null(strstr(text, "left"));
    free(text);
    loops_state_dispose(&s);
    world_dispose(&w);
}

/* Each mode: what is moved and advised at the second look, and why not. */
static void modes(void **state)
{
    static const struct {
        const char *mode;
        size_t act, advise;
        const char *why_not; /* NULL: there is no wish */
    } row[] = {
        { "off", 0, 0, NULL },
        { "observe", 0, 0, "it is only observed" },
        { "advise", 0, 1, "" },
        { "act", 1, 0, "" },
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct loops_doc doc = { .wish = NULL };
        struct decide d = { .doc = &doc };
        struct loops_state s;
        struct world w;

        world_of(&w, "", "12");
        loops_state_init(&s);
        world_look(&w, &d, row[i].mode, &s, 1000);
        assert_int_equal(d.act.n + d.advise.n, 0); /* seen once */
        decide_dispose(&d);
        world_look(&w, &d, row[i].mode, &s, 1060);
        assert_int_equal(d.act.n, row[i].act);
        assert_int_equal(d.advise.n, row[i].advise);
        assert_int_equal(doc.wishes, row[i].why_not ? 1 : 0);
        if (row[i].why_not) {
            assert_string_equal(doc.wish[0].why_not, row[i].why_not);
            assert_true(doc.wish[0].granted);
            assert_string_equal(doc.wish[0].to, "h2");
        }
        decide_dispose(&d);
        /* what was moved is not moved again at once, all else is wanted yet */
        world_look(&w, &d, row[i].mode, &s, 1120);
        assert_int_equal(d.advise.n, row[i].advise);
        for (size_t k = 0; k < doc.wishes && !strcmp(row[i].mode, "act"); k++)
            assert_string_not_equal(doc.wish[k].uuid,
                                    "00000000-0000-0000-0000-000000000000");
        decide_dispose(&d);
        loops_doc_dispose(&doc);
        loops_state_dispose(&s);
        world_dispose(&w);
    }
}

/* A host that was switched on answers: how long that took is remembered, over looks
 * that do not see it again, and that see a clock that was set. */
static void boots_are_remembered(void **state)
{
    struct off_host off = { .p = { .host = "h2",
                                   .state = POWER_STARTING,
                                   .since_s = 880,
                                   .tries = 1,
                                   .done = true } };
    struct off_list offs = { &off, 1 };
    struct loops_doc doc = { .wish = NULL };
    struct decide d = { .doc = &doc };
    struct loops_state s;
    struct world w;

    world_of(&w, "", "12");
    loops_state_init(&s);
    world_off = &offs;
    for (int i = 0; i < 4; i++) {
        s.shift_s = i == 3 ? 100 : 0;
        world_look(&w, &d, "act", &s, 1000 + 60 * i + s.shift_s);
        for (int side = 0; side < LOOPS_SIDES; side++) {
            const struct loop_boots *b = &d.kept[side].host[1].boots;

            assert_true(fabs(b->took_s[0] - (i ? 180 : 120)) < 1e-6);
            assert_true(b->took_s[1] < 0);
            assert_true(fabs(b->from_s - 880 - (i == 3 ? 100 : 0)) < 1e-6);
            assert_true(d.kept[side].host[0].boots.took_s[0] < 0);
        }
        decide_dispose(&d);
        if (i == 1) /* it takes guests, and is off the record */
            world_off = NULL;
    }
    /* switched on again, nobody knows which time it was */
    off.p.tries = 2;
    world_off = &offs;
    world_look(&w, &d, "act", &s, 2000);
    assert_true(d.kept[0].host[1].boots.took_s[0] < 181);
    decide_dispose(&d);
    /* while a run went on, nobody looked whether it had answered */
    off.p.tries = 1;
    off.p.since_s = 2100;
    world_look(&w, &d, "act", &s, 5000);
    assert_true(d.kept[0].host[1].boots.took_s[0] < 181);
    decide_dispose(&d);
    world_off = NULL;
    loops_doc_dispose(&doc);
    loops_state_dispose(&s);
    world_dispose(&w);
}

/* A pause without looks, and a clock that is set, between two looks. */
static void interrupted(void **state)
{
    static const struct {
        double now_s, shift_s;
        size_t act;
    } row[] = {
        { 1060, 0, 1 },        { 1030, 0, 0 }, /* not long enough */
        { 9000, 0, 0 },                        /* nobody looked meanwhile */
        { 9060, 8000, 1 },                     /* the clock was set on */
        { 460, -600, 1 },                      /* and back */
        { 460 - 40, -600, 0 }, /* which is not long enough either */
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct loops_doc doc = { .wish = NULL };
        struct decide d = { .doc = &doc };
        struct loops_state s;
        struct world w;

        world_of(&w, "", "12");
        loops_state_init(&s);
        world_look(&w, &d, "act", &s, 1000);
        decide_dispose(&d);
        s.shift_s = row[i].shift_s;
        world_look(&w, &d, "act", &s, row[i].now_s);
        assert_int_equal(d.act.n, row[i].act);
        decide_dispose(&d);
        loops_doc_dispose(&doc);
        loops_state_dispose(&s);
        world_dispose(&w);
    }
}

/* --- what is remembered -------------------------------------------------- */

/* A cluster of which none of the world's hosts and guests are there. */
static void world_else(struct world *w)
{
    const struct snapshot_problems problems = { world_tell, NULL };
    static const char text[] =
        "{\"format\":\"rackhop-snapshot/1\",\"topology\":{\"nodes\":[],"
        "\"links\":[]},\"hosts\":[{\"name\":\"h9\",\"state\":\"up\","
        "\"memory_mib\":8192,\"reserved_mib\":512,\"cpus\":4}],"
        "\"domains\":[]}";
    struct msg err;

    assert_int_equal(snapshot_parse(&w->snap, "test", text, sizeof text - 1,
                                    NULL, &problems, &err),
                     0);
    assert_int_equal(
        sight_parse(&w->sight, w->snap.cluster, text, sizeof text - 1, &err),
        0);
}

/* A host that does not answer for a look takes no memory of its guests along. */
static void remembered_of_absent(void **state)
{
    struct loops_doc doc = { .wish = NULL };
    struct decide d = { .doc = &doc };
    struct loop_kept k;
    struct loops_state s;
    struct world w, other;
    double moved_s;

    world_of(&w, "", "12");
    loops_state_init(&s);
    world_look(&w, &d, "act", &s, 1000);
    decide_dispose(&d);
    world_look(&w, &d, "act", &s, 1060);
    assert_int_equal(d.act.n, 1);
    moved_s = d.kept[LOOPS_ACTING].guest[d.act.step[0].domain].moved_s;
    assert_true(fabs(moved_s - 1060) < 1e-9);
    decide_dispose(&d);
    world_else(&other);
    world_look(&other, &d, "act", &s, 1120);
    decide_dispose(&d);
    k = (struct loop_kept){ .guest = calloc(3, sizeof *k.guest),
                            .host = calloc(2, sizeof *k.host),
                            .guests = 3,
                            .hosts = 2 };
    loops_state_get(&s, LOOPS_ACTING, w.snap.cluster, &k);
    assert_true(fabs(k.guest[0].moved_s - 1060) < 1e-9);
    for (int g = 0; g < 3; g++)
        assert_true(k.guest[g].known && k.guest[g].mean > 0.99 &&
                    k.guest[g].host == 0);
    assert_int_equal(k.moves[k.minute % LOOP_MINUTES] +
                         k.moves[(k.minute - 1) % LOOP_MINUTES],
                     1);
    free(k.guest);
    free(k.host);
    loops_doc_dispose(&doc);
    loops_state_dispose(&s);
    world_dispose(&other);
    world_dispose(&w);
}

/* A whole day is remembered for a day: over looks that know less, of a guest whose
 * host is silent, and when the clock is set. */
static void a_day_is_remembered(void **state)
{
    struct loops_doc doc = { .wish = NULL };
    struct decide d = { .doc = &doc };
    const struct loop_kept_guest *k;
    double now_s = 1e6;
    struct loops_state s;
    struct world w, other;

    world_of(&w, "", "12");
    world_else(&other);
    loops_state_init(&s);
    w.sight.guest[1].day = (struct loop_day){ 0.5, 0.25, 0.75, 1, LOOP_DAY_S };
    world_looks(&w, "observe", &s, &now_s, 1);
    w.sight.guest[1].day = (struct loop_day){ 0, 0, 0, 0, 300 };
    w.sight.guest[2].day = (struct loop_day){ 0.5, 0.5, 0.5, 0.5, 300 };
    world_looks(&w, "observe", &s, &now_s, 2);
    world_looks(&other, "observe", &s, &now_s, 1);
    s.shift_s = 1000;
    now_s += 1000;
    world_look(&w, &d, "observe", &s, now_s);
    for (int i = 0; i < LOOPS_SIDES; i++) {
        k = d.kept[i].guest;
        assert_true(fabs(k[1].day_s - 1e6 - 1000) < 1e-6);
        assert_true(fabs(k[1].day.mean - 0.5) + fabs(k[1].day.p50 - 0.25) +
                        fabs(k[1].day.p95 - 0.75) + fabs(k[1].day.p99 - 1) <
                    1e-9);
        assert_true(isinf(k[0].day_s) && isinf(k[2].day_s));
    }
    decide_dispose(&d);
    now_s += 86400;
    world_looks(&w, "observe", &s, &now_s, 1);
    world_look(&w, &d, "observe", &s, now_s);
    assert_true(isinf(d.kept[LOOPS_WATCHING].guest[1].day_s));
    decide_dispose(&d);
    loops_doc_dispose(&doc);
    loops_state_dispose(&s);
    world_dispose(&other);
    world_dispose(&w);
}

/* Figures that are none, or in no order, are no day; none is yet to come. */
static void a_day_that_is_none(void **state)
{
    static const struct {
        const char *day;
        double at_s; /* below 0: none is remembered */
    } row[] = {
        { "{\"at_s\":60,\"mean\":1,\"p50\":1,\"p95\":2,\"p99\":2}", 60 },
        { "{\"at_s\":99,\"mean\":1,\"p50\":1,\"p95\":2,\"p99\":2}", 70 },
        { "{\"at_s\":60,\"mean\":-1,\"p50\":1,\"p95\":2,\"p99\":2}", -1 },
        { "{\"at_s\":60,\"mean\":1,\"p50\":1,\"p95\":2,\"p99\":1}", -1 },
        { "{\"at_s\":60,\"mean\":1,\"p50\":3,\"p95\":2,\"p99\":2}", -1 },
        { "{\"at_s\":60,\"mean\":1,\"p50\":1,\"p95\":2}", -1 },
        { "{\"mean\":1,\"p50\":1,\"p95\":2,\"p99\":2}", -1 },
        { "7", -1 },
    };
    struct loop_kept_guest kg[3];
    struct loop_kept_host kh[2];
    struct loop_kept k = { .guest = kg, .host = kh, .guests = 3, .hosts = 2 };
    struct world w;

    world_of(&w, "", "12");
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char text[600];
        struct loops_state s;
        struct msg err;

        snprintf(text, sizeof text,
                 "{\"format\":\"rackhop-loops-state/1\",\"boot\":\"\","
                 "\"run\":\"\",\"advised\":\"\",\"acting\":{\"looked\":true,"
                 "\"last_s\":70,\"guests\":[{\"uuid\":\"00000000-0000-0000-"
                 "0000-000000000001\",\"mean\":1,\"var\":1,\"day\":%s}]}}",
                 row[i].day);
        loops_state_init(&s);
        assert_int_equal(
            json_parse(&s.doc, "test", text, strlen(text), NULL, NULL, &err),
            0);
        loops_state_get(&s, LOOPS_ACTING, w.snap.cluster, &k);
        assert_true(kg[1].known);
        assert_true(row[i].at_s < 0 ? isinf(kg[1].day_s) != 0
                                    : fabs(kg[1].day_s - row[i].at_s) < 1e-9);
        loops_state_dispose(&s);
    }
    world_dispose(&w);
}

/* What a host needed before it was silent it may need no more. */
static void a_host_that_was_silent(void **state)
{
    struct loops_doc doc = { .wish = NULL };
    struct decide d = { .doc = &doc };
    double now_s = 1000;
    struct loops_state s;
    struct world w, other;

    world_of(&w, "", "12");
    world_else(&other);
    loops_state_init(&s);
    for (int i = 0; i < 2; i++) {
        world_look(&w, &d, "act", &s, now_s);
        assert_true(fabs(d.kept[LOOPS_ACTING].host[0].over_s - now_s) < 1);
        decide_dispose(&d);
        now_s += 60;
        world_looks(&other, "act", &s, &now_s, 1);
    }
    loops_doc_dispose(&doc);
    loops_state_dispose(&s);
    world_dispose(&other);
    world_dispose(&w);
}

/* A guest that began to swap while its host was silent lacks memory; what it got
 * then and does not help is undone, though it was silent meanwhile as well. */
static void absent_and_starving(void **state)
{
    struct loops_doc doc = { .wish = NULL };
    struct decide d = { .doc = &doc };
    double now_s = 1000;
    uint32_t undone = 0;
    struct loops_state s;
    struct world w, other;

    world_of(&w, "", "12");
    world_else(&other);
    loops_state_init(&s);
    for (int g = 0; g < 3; g++) {
        w.sight.guest[g].demand = 0.2;
        w.sight.guest[g].max_mib = 1024;
        w.sight.guest[g].starving = 0;
    }
    world_looks(&w, "act", &s, &now_s, 3);
    world_looks(&other, "act", &s, &now_s, 1);
    w.sight.guest[1].starving = 500;
    world_looks(&w, "act", &s, &now_s, 1);
    world_looks(&other, "act", &s, &now_s, 1);
    world_look(&w, &d, "act", &s, now_s);
    assert_int_equal(d.resizes, 0); /* it was not there at the look before */
    decide_dispose(&d);
    now_s += 60;
    world_look(&w, &d, "act", &s, now_s);
    assert_int_equal(d.resizes, 1);
    assert_true(d.resize[0].guest == 1 && !d.resize[0].back);
    decide_dispose(&d);
    now_s += 60;
    world_looks(&other, "act", &s, &now_s, 1);
    for (int i = 0; i < 10; i++, now_s += 60) {
        world_look(&w, &d, "act", &s, now_s);
        for (size_t k = 0; k < d.resizes; k++)
            undone += d.resize[k].guest == 1 && d.resize[k].back;
        decide_dispose(&d);
    }
    assert_int_equal(undone, 1);
    loops_doc_dispose(&doc);
    loops_state_dispose(&s);
    world_dispose(&other);
    world_dispose(&w);
}

/* A guest does not return to a host that it left, though that was silent for a
 * look. */
static void silent_hosts_are_left(void **state)
{
    static const char text[] =
        "{\"format\":\"rackhop-loops-state/1\",\"boot\":\"\",\"run\":\"\","
        "\"advised\":\"\",\"acting\":{\"looked\":true,\"last_s\":10,"
        "\"guests\":[{\"uuid\":\"00000000-0000-0000-0000-000000000000\","
        "\"mean\":1,\"var\":1,\"left\":[{\"host\":\"h2\",\"at_s\":5},"
        "{\"host\":\"h1\",\"at_s\":4}]}]}}";
    struct loops_doc doc = { .wish = NULL };
    struct decide d = { .doc = &doc };
    struct loops_state s;
    struct world w, one;
    double now_s = 20;
    struct msg err;

    world_of(&w, "", "12");
    world_of(&one, "", "1");
    loops_state_init(&s);
    assert_int_equal(
        json_parse(&s.doc, "test", text, sizeof text - 1, NULL, NULL, &err),
        0);
    world_looks(&one, "act", &s, &now_s, 3);
    world_look(&w, &d, "act", &s, now_s);
    for (int i = 0; i < 2; i++)
        assert_true(fabs(d.kept[LOOPS_ACTING].guest[0].left_s[i] - 4 - i) <
                    1e-9);
    assert_int_equal(d.kept[LOOPS_ACTING].guest[0].left[0], 0);
    assert_int_equal(d.kept[LOOPS_ACTING].guest[0].left[1], 1);
    decide_dispose(&d);
    loops_doc_dispose(&doc);
    loops_state_dispose(&s);
    world_dispose(&one);
    world_dispose(&w);
}

static size_t remembered(const struct loops_state *s)
{
    const struct json *side = json_get(json_root(s->doc), "acting");
    size_t n = 0;

    JSON_FOREACH(v, json_get(side, "guests"))
        n++;
    return n;
}

/* Guests that come and go are no burden for ever. */
static void absent_guests_are_forgotten(void **state)
{
    struct loop_kept k[LOOPS_SIDES];
    const struct {
        double now_s;
        size_t left;
    } row[] = {
        { 100, 1000 },
        { 86000, 1000 },
        { 86500, 0 },
    };
    struct loops_state s;
    struct world other;
    char *text = NULL;
    struct msg err;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    fprintf(f, "{\"format\":\"rackhop-loops-state/1\",\"boot\":\"\",\"run\":"
               "\"\",\"advised\":\"\",\"acting\":{\"looked\":true,"
               "\"last_s\":10,\"guests\":[");
    for (int i = 0; i < 1500; i++)
        fprintf(f, "%s{\"uuid\":\"%d\",\"seen_s\":10}", i ? "," : "", i);
    fprintf(f, "]}}");
    assert_int_equal(fclose(f), 0);
    world_else(&other);
    loops_state_init(&s);
    assert_int_equal(json_parse(&s.doc, "test", text, len, NULL, NULL, &err),
                     0);
    free(text);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct loop_kept_host h;

        for (int side = 0; side < LOOPS_SIDES; side++) {
            k[side] = (struct loop_kept){ .host = &h, .hosts = 1 };
            loop_kept_init(&k[side]);
            k[side].looked = true;
            k[side].last_s = row[i].now_s;
        }
        text = loops_state_format(&s, other.snap.cluster, k);
        assert_non_null(text);
        loops_state_dispose(&s);
        assert_int_equal(loops_state_parse(&s, text, strlen(text), &err), 0);
        free(text);
        assert_int_equal(remembered(&s), row[i].left);
    }
    loops_state_dispose(&s);
    world_dispose(&other);
}

/* --- another mode --------------------------------------------------------- */

/* What was seen while loops only watched is known when they act: what is usual of
 * guests and hours, so that what began meanwhile is not. */
static void who_acts_knows_what_was_watched(void **state)
{
    for (int lacks = 0; lacks < 2; lacks++) {
        struct loops_doc doc = { .wish = NULL };
        struct decide d = { .doc = &doc };
        struct loops_state s;
        double now_s = 1e9;
        struct world w;
        int hours = 0;

        world_of(&w, "", "12");
        loops_state_init(&s);
        for (int g = 0; g < 3; g++) {
            w.sight.guest[g].demand = 0.2;
            w.sight.guest[g].max_mib = 1024;
            w.sight.guest[g].starving = 0;
        }
        world_looks(&w, "observe", &s, &now_s, 200);
        w.sight.guest[1].starving = lacks ? 500 : 0;
        world_looks(&w, "act", &s, &now_s, 1);
        world_look(&w, &d, "act", &s, now_s);
        assert_int_equal(d.resizes, lacks);
        for (int i = 0; i < LOOP_HOURS; i++)
            hours += d.kept[LOOPS_ACTING].season.week[i] > 0.5;
        assert_int_equal(hours, 4);
        decide_dispose(&d);
        loops_doc_dispose(&doc);
        loops_state_dispose(&s);
        world_dispose(&w);
    }
}

/* An older rackhopd has left nothing on the side that had no loop. */
static void an_older_state_is_shared(void **state)
{
    struct loop_kept_guest g[2][2];
    struct loop_kept_host h[2][1];
    struct loop_kept a = {
        .guest = g[0], .host = h[0], .guests = 2, .hosts = 1
    };
    struct loop_kept b = {
        .guest = g[1], .host = h[1], .guests = 2, .hosts = 1
    };

    loop_kept_init(&a);
    loop_kept_init(&b);
    b.looked = true;
    b.last_s = 70;
    b.season.week[5] = 3;
    b.guest[1] = (struct loop_kept_guest){
        .known = true, .mean = 2, .moved_s = 60, .starving = 7
    };
    b.host[0].usual[SIGN_ECC] = 4;
    b.host[0].drained_s = 60;
    b.moves[3] = 1;
    loop_kept_learn(&a, &b);
    assert_true(a.looked && a.guest[1].known && !a.guest[0].known);
    assert_true(a.last_s > 69 && a.guest[1].mean > 1 &&
                a.guest[1].starving > 6 && a.season.week[5] > 2 &&
                a.season.week[6] < 0 && a.host[0].usual[SIGN_ECC] > 3);
    /* what was done, or only observed to be, is each side's own */
    assert_true(isinf(a.guest[1].moved_s) && isinf(a.host[0].drained_s) &&
                !a.moves[3]);
    a.guest[1].mean = 9;
    loop_kept_learn(&a, &b);
    assert_true(a.guest[1].mean > 8);
}

/* A look at which no loop acts takes nothing of what was done from memory. */
static void acting_again(void **state)
{
    struct loops_doc doc = { .wish = NULL };
    struct decide d = { .doc = &doc };
    const struct loop_kept *k;
    struct loops_state s;
    double now_s = 1060;
    struct world w;
    uint32_t moved;

    world_of(&w, "", "12");
    loops_state_init(&s);
    world_look(&w, &d, "act", &s, 1000);
    decide_dispose(&d);
    world_look(&w, &d, "act", &s, now_s);
    assert_int_equal(d.act.n, 1);
    moved = d.act.step[0].domain;
    decide_dispose(&d);
    now_s += 60;
    world_looks(&w, "observe", &s, &now_s, 1);
    world_looks(&w, "off", &s, &now_s, 1);
    world_look(&w, &d, "act", &s, now_s);
    k = &d.kept[LOOPS_ACTING];
    assert_true(fabs(k->guest[moved].moved_s - 1060) < 1e-9);
    assert_int_equal(k->guest[moved].left[0], 0);
    assert_true(k->moves[1060 / 60] == 1);
    for (size_t i = 0; i < d.act.n; i++)
        assert_int_not_equal(d.act.step[i].domain, moved);
    decide_dispose(&d);
    loops_doc_dispose(&doc);
    loops_state_dispose(&s);
    world_dispose(&w);
}

/* Each byte that is another is found; nothing of such a text is believed. */
static void damage(void **state)
{
    struct loops_state s, got;
    struct msg err;
    char *text;
    size_t len;

    loops_state_init(&s);
    snprintf(s.run, sizeof s.run, "20260101-000000-0001");
    s.wall_s = 1e9;
    text = loops_state_again(&s);
    assert_non_null(text);
    len = strlen(text);
    assert_int_equal(loops_state_parse(&got, text, len, &err), 0);
    assert_string_equal(got.run, s.run);
    loops_state_dispose(&got);
    for (size_t i = 0; i < len; i++) {
        text[i] ^= 1;
        assert_int_equal(loops_state_parse(&got, text, len, &err), -EINVAL);
        text[i] ^= 1;
        assert_int_equal(loops_state_parse(&got, text, i, &err), -EINVAL);
    }
    free(text);
}

static void shown_again(void **state)
{
    struct loops_doc d = { .at_s = 5, .hosts = 4 }, got;
    struct loops_line *w = loops_doc_wish(&d);
    struct msg err;
    char *text;

    assert_non_null(w);
    w->kind = LOOP_POWER;
    snprintf(w->reason, sizeof w->reason, "because");
    for (int i = 0; i < LOOPS_DEEDS + 3; i++) {
        w->at_s = i;
        assert_int_equal(loops_doc_deed(&d, w), 0);
    }
    text = loops_doc_format(&d);
    assert_int_equal(loops_doc_parse(&got, text, strlen(text), &err), 0);
    assert_int_equal(got.wishes, 1);
    assert_int_equal(got.deeds, LOOPS_DEEDS);
    assert_true(fabs(got.deed[0].at_s - 3) < 1e-9); /* the oldest are gone */
    assert_int_equal(got.wish[0].kind, LOOP_POWER);
    assert_string_equal(got.wish[0].reason, "because");
    loops_doc_dispose(&got);
    assert_int_equal(loops_doc_parse(&got, "{}", 2, &err), -EINVAL);
    free(text);
    loops_doc_dispose(&d);
}

/* Loops that are made anew for each look wish as those that live on. */
static void same_as_one_process(void **state)
{
    enum { H = 4, G = 12, LOOKS = 200 };
    struct loop_host host[H];
    struct loop_guest guest[G];
    struct loop_kept_guest kg[G];
    struct loop_kept_host kh[H];
    struct loop_kept k = { .guest = kg, .host = kh, .guests = G, .hosts = H };
    double demand[G];
    uint32_t at[G], granted = 0;
    uint8_t moving[G] = { 0 }, on[H] = { 1, 1, 1, 1 };
    struct loop_policy p;
    struct loops *one, *anew;
    unsigned seed = 1;

    loop_policy_init(&p);
    p.settle_s = 120;
    loop_kept_init(&k);
    for (int h = 0; h < H; h++) {
        host[h] = (struct loop_host){ .cpu = 6,
                                      .memory_mib = 65536,
                                      .nic_mbps = 1000 };
        for (int i = 0; i < LOOP_WATTS; i++)
            host[h].power_w[i] = 100 + 10 * i;
    }
    for (uint32_t g = 0; g < G; g++) {
        guest[g] = (struct loop_guest){ .cpu = 4, .memory_mib = 256 };
        at[g] = g % H;
    }
    one = loops_new(&p, host, H, guest, G);
    for (int n = 0; n < LOOKS; n++) {
        struct loop_look look = { .now_s = 1e9 + 30 * n,
                                  .demand = demand,
                                  .host = at,
                                  .moving = moving,
                                  .from = at,
                                  .on = on };
        const struct loop_wish *a, *b;
        uint32_t na, nb;

        for (int g = 0; g < G; g++) {
            seed = seed * 1103515245 + 12345;
            demand[g] = (seed >> 16) % 400 / 100.0;
        }
        anew = loops_new(&p, host, H, guest, G);
        loops_resume(anew, &k);
        assert_int_equal(loops_look(one, &look, &a, &na), 0);
        assert_int_equal(loops_look(anew, &look, &b, &nb), 0);
        assert_int_equal(na, nb);
        for (uint32_t i = 0; i < na; i++) {
            assert_int_equal(a[i].guest, b[i].guest);
            assert_int_equal(a[i].to, b[i].to);
            assert_int_equal(a[i].refusal, b[i].refusal);
            if (!a[i].refusal && a[i].guest != LOOP_NONE) {
                at[a[i].guest] = a[i].to;
                granted++;
            }
        }
        loops_keep(anew, &k);
        loops_free(anew);
    }
    loops_free(one);
    assert_true(granted > 10);
}

/* A move that was not begun costs no budget and no cooldown. */
static void not_moved(void **state)
{
    struct loops_doc doc = { .wish = NULL };
    struct decide d = { .doc = &doc };
    struct loops_state s;
    struct world w;

    world_of(&w, "", "12");
    loops_state_init(&s);
    for (int i = 0; i < 10; i++) { /* more than the budget of an hour: 3 */
        world_look(&w, &d, "observe", &s, 1000 + 60 * i);
        assert_int_equal(doc.wishes, 1);
        assert_int_equal(doc.wish[0].granted, i > 0);
        decide_dispose(&d);
    }
    loops_doc_dispose(&doc);
    loops_state_dispose(&s);
    world_dispose(&w);
}

/* What a guest says of its weight and cap comes to the loops; nonsense does not.
 * Nobody wants more than a cap lets it have. */
static void caps_and_weights(void **state)
{
    static const struct {
        const char *share;
        double weight, cap, demand;
    } row[] = {
        { "", 0, 0, 1.5 },
        { ",\"cpu_weight\":512", 512, 0, 1.5 },
        { ",\"cpu_weight\":256,\"cpu_cap\":50", 256, .5, .5 },
        { ",\"cpu_cap\":400", 0, 4, 1.5 },
        { ",\"cpu_weight\":0,\"cpu_cap\":0", 0, 0, 1.5 },
        { ",\"cpu_weight\":-1,\"cpu_cap\":-5", 0, 0, 1.5 },
        { ",\"cpu_weight\":1e300,\"cpu_cap\":1e300", 0, 0, 1.5 },
        { ",\"cpu_weight\":\"1\",\"cpu_cap\":[50]", 0, 0, 1.5 },
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct config conf = { .loop_noise = NULL };
        struct decide d = { .conf = &conf };
        struct scene s;
        struct world w;

        world_with(&w, "", "12", row[i].share);
        d.cluster = w.snap.cluster;
        d.sight = &w.sight;
        assert_int_equal(scene_init(&s, &d), 0);
        assert_true(fabs(s.guest[1].weight - row[i].weight) < 1e-9);
        assert_true(fabs(s.guest[1].cap - row[i].cap) < 1e-9);
        assert_true(fabs(s.demand[1] - row[i].demand) < 1e-9);
        assert_true(fabs(s.used[1] - .5) < 1e-9);
        assert_true(s.guest[0].cap == 0 && s.guest[0].weight == 0);
        scene_dispose(&s);
        world_dispose(&w);
    }
}

/* Loops know of a move what a plan would say; and what becomes of 2 MiB pages. */
static void moves_are_predicted(void **state)
{
    static const struct {
        const char *host;
        bool arm, small;
        double mbps;
    } row[] = {
        { "", false, false, 1000 },
        { ",\"nic_mbps\":100", false, false, 100 },
        { ",\"xen\":\"4.17.5\"", false, true, 1000 },
        { ",\"xen\":\"4.17.5\"", true, false, 1000 },
        { ",\"xen\":\"4.21.0\"", false, false, 1000 },
        { ",\"xen\":\"3.4\"", false, true, 1000 },
        { ",\"xen\":\"5.0\"", false, false, 1000 },
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct config conf = { .arm = row[i].arm };
        struct decide d = { .conf = &conf };
        struct plan_candidate *plan = NULL;
        struct loop_look look;
        struct loop_move m;
        struct scene s;
        struct world w;
        uint32_t n;

        world_of(&w, row[i].host, "12");
        d.cluster = w.snap.cluster;
        d.sight = &w.sight;
        assert_int_equal(scene_init(&s, &d), 0);
        look = scene_look(&s, 1000);
        assert_true(look.takes(look.arg, 0, 1, &m));
        assert_int_equal(m.small, row[i].small);
        assert_int_equal(plan_score(d.cluster, 0, &plan, &n), 0);
        assert_true(n == 1 && plan->rate_mbps == row[i].mbps);
        assert_true(m.gib == plan->gib && m.gib > .06);
        assert_true(m.seconds == plan->seconds &&
                    m.seconds > .06 * 8590 / row[i].mbps);
        assert_true(fabs(m.pause_s * 1000 - plan->downtime_ms) < 1e-6);
        free(plan);
        scene_dispose(&s);
        world_dispose(&w);
    }
}

/* The host that rackhopd runs on is not emptied for power, nor is the last of a
 * network. */
static void hosts_that_stay(void **state)
{
    static const struct {
        const char *self, *more;
        uint8_t keep[2];
    } rows[] = {
        { NULL, "", { 0, 0 } },
        { "h2", "", { 0, 1 } },
        { "elsewhere", "", { 0, 0 } },
        { NULL, ",\"networks\":[\"a\"]", { 0, 0 } },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config conf;
        struct decide d = { .conf = &conf, .self = rows[i].self };
        struct scene s;
        struct world w;

        config_init(&conf);
        world_of(&w, rows[i].more, "12");
        d.cluster = w.snap.cluster;
        d.sight = &w.sight;
        assert_int_equal(scene_init(&s, &d), 0);
        assert_memory_equal(s.keep, rows[i].keep, 2);
        scene_dispose(&s);
        world_dispose(&w);
        config_dispose(&conf);
    }
}

/* A host that is off: by all that is known of it, may guests come when it is on? */
static void hosts_that_are_off(void **state)
{
    static const struct {
        const char *guest, *host;
        bool require_path, may;
    } rows[] = {
        { "", "", false, true },
        { ",\"only\":[\"h1\",\"h2\"]", "", false, true },
        { ",\"only\":[\"h1\"]", "", false, false },
        { ",\"tsc_khz\":2e6", ",\"tsc_khz\":2e6", false, true },
        { ",\"tsc_khz\":2e6", ",\"tsc_khz\":3e6", false, false },
        { ",\"networks\":[\"a\"]", ",\"networks\":[\"b\"]", false, false },
        { "", "", true, true }, /* its ports are down, too */
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct snapshot_problems problems = { world_tell, NULL };
        struct off_host h = { .p = { .host = "h2", .state = POWER_OFF } };
        const struct off_list off = { &h, 1 };
        struct plan_settings set;
        struct config conf;
        struct decide d = { .conf = &conf, .off = &off };
        struct loop_look look;
        struct scene s;
        struct world w;
        struct msg err;
        char *text;

        assert_true(
            asprintf(&text,
                     "{\"format\":\"rackhop-snapshot/1\",\"topology\":{"
                     "\"nodes\":[],\"links\":[]},\"hosts\":[{\"name\":\"h1\","
                     "\"state\":\"up\",\"memory_mib\":8192,\"reserved_mib\":"
                     "512,\"cpus\":4},{"
                     "\"name\":\"h2\",\"state\":\"offline\",\"memory_mib\":"
                     "8192,\"reserved_mib\":512,\"cpus\":4%s}],\"domains\":[{"
                     "\"uuid\":\"00000000-0000-"
                     "0000-0000-000000000001\",\"name\":\"g\",\"host\":\"h1\","
                     "\"type\":\"pvh\",\"memory_mib\":64,\"vcpus\":1,"
                     "\"cpu_used\":1%s}]}",
                     rows[i].host, rows[i].guest) > 0);
        plan_settings_init(&set);
        set.same_tsc = true;
        set.require_path = rows[i].require_path;
        assert_int_equal(snapshot_parse(&w.snap, "test", text, strlen(text),
                                        &set, &problems, &err),
                         0);
        assert_int_equal(
            sight_parse(&w.sight, w.snap.cluster, text, strlen(text), &err),
            0);
        config_init(&conf);
        d.cluster = w.snap.cluster;
        d.sight = &w.sight;
        assert_int_equal(scene_init(&s, &d), 0);
        assert_false(s.on[1]);
        look = scene_look(&s, 0);
        if (look.may(look.arg, 0, 1) != rows[i].may)
            fail_msg("row %zu", i);
        scene_dispose(&s);
        world_dispose(&w);
        config_dispose(&conf);
        free(text);
    }
}

/* A look that has these tips, a letter each, and which of them it tells. */
static void look_tips(struct loops_state *s, struct world *w, const char *tips,
                      double now_s, const char *told)
{
    struct loop_kept k[LOOPS_SIDES] = { { .guests = 0 }, { .guests = 0 } };
    struct decide_tip t[8] = { { .line = 0 } };
    size_t n = strlen(tips), is = 0;
    char is_told[9] = "", *text;
    struct msg err;

    for (size_t i = 0; i < n; i++)
        snprintf(t[i].about, sizeof t[i].about, "%c", tips[i]);
    assert_int_equal(told_tips(s, t, n, now_s, 330), 0);
    for (size_t i = 0; i < n; i++)
        if (!t[i].told)
            is_told[is++] = tips[i];
    if (strcmp(is_told, told))
        fail_msg("at %.0f: of %s %s is told", now_s, tips, is_told);
    text = loops_state_format(s, w->snap.cluster, k);
    assert_non_null(text);
    loops_state_dispose(s);
    assert_int_equal(loops_state_parse(s, text, strlen(text), &err), 0);
    free(text);
}

/* Each tip is told once, whatever others come and go: hosts that could be emptied are
 * asked for once in settle_s, and the looks between have no tips. What was not wanted
 * for longer is told again, and what is wanted yet after a day. A state is read again
 * at each look. */
static void tips_are_told_once(void **state)
{
    static const struct {
        const char *tips; /* a letter each */
        double now_s;
        const char *told;
    } row[] = {
        { "", 1000, "" },       { "a", 1010, "a" },  { "", 1020, "" },
        { "", 1300, "" },       { "a", 1310, "" },   { "b", 1320, "b" },
        { "ab", 1330, "" },     { "ba", 1340, "" },  { "b", 1350, "" },
        { "a", 1660, "" },      { "b", 1690, "b" },  { "", 1960, "" },
        { "cabd", 1980, "cd" }, { "", 2300, "" },    { "a", 2320, "a" },
        { "a", 2330, "" },      { "ab", 2331, "b" },
    };
    struct loops_state s;
    double now_s = 2331;
    struct world w;

    (void)state;
    world_of(&w, "", "12");
    loops_state_init(&s);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        look_tips(&s, &w, row[i].tips, row[i].now_s, row[i].told);
    for (; now_s < 2320 + 86400; now_s += 300) /* looks, all day long */
        look_tips(&s, &w, "a", now_s, "");
    look_tips(&s, &w, "ab", now_s, "ab");
    told_shift(&s, -50000);
    look_tips(&s, &w, "ab", now_s - 50000 + 330, "");
    look_tips(&s, &w, "ab", now_s - 50000 + 661, "ab");
    loops_state_dispose(&s);
    world_dispose(&w);
}

/* There may be many, and no more are remembered than that. */
static void tips_are_bounded(void **state)
{
    struct decide_tip *t = calloc(LOOPS_TOLD + 1, sizeof *t);
    struct loops_state s;

    (void)state;
    assert_non_null(t);
    loops_state_init(&s);
    for (int i = 0; i <= LOOPS_TOLD; i++)
        snprintf(t[i].about, sizeof t[i].about, "on h%d", i);
    for (int i = 0; i <= LOOPS_TOLD; i++)
        assert_int_equal(told_tips(&s, &t[i], 1, 1000 + i, 1e6), 0);
    assert_int_equal(s.tolds, LOOPS_TOLD);
    for (int i = LOOPS_TOLD; i >= 0; i--) { /* the oldest is forgotten */
        assert_int_equal(told_tips(&s, &t[i], 1, 9000 - i, 1e6), 0);
        assert_int_equal(t[i].told, i > 0);
    }
    loops_state_dispose(&s);
    free(t);
}

/* A hook's environment takes no more than 128 KiB of one text. */
static void tips_are_cut(void **state)
{
    enum { LINES = 500, WIDE = 400, MOST = 64 << 10 };
    char *text = malloc(LINES * (WIDE + 1)), *end = text, *last;
    unsigned more, lines = 0;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < LINES; i++) {
        memset(end, 'x', WIDE);
        end[WIDE] = i < LINES - 1 ? '\n' : '\0';
        end += WIDE + 1;
    }
    deed_cut(text, LINES * (WIDE + 1)); /* it is short enough */
    assert_int_equal(strlen(text), LINES * (WIDE + 1) - 1);
    deed_cut(text, MOST);
    assert_in_range(strlen(text), MOST - WIDE - 64, MOST);
    last = strrchr(text, '\n');
    assert_int_equal(sscanf(last, "\nand %u more", &more), 1);
    assert_non_null(strstr(last, " more"));
    for (const char *p = text; p < last; p += WIDE + 1)
        lines++;
    assert_int_equal((last - text + 1) % (WIDE + 1), 0); /* at a line's end */
    assert_int_equal(lines + more, LINES);
    free(text);
    text = strdup("0123456789012345678901234567890123456789\n2");
    assert_non_null(text);
    deed_cut(text, 40);
    assert_string_equal(text, "and 2 more");
    free(text);
}

/* One that was switched on, at the looks at which it answers and is in maintenance
 * yet: it comes, as long as it may be opened soon, and its boot is seen. */
static void hosts_that_are_opened(void **state)
{
    static const struct {
        const char *is;
        enum power_state record;
        double for_s;
        bool on, coming, closed;
        double booted;
    } rows[] = {
        { "maintenance", POWER_STARTING, 120, false, true, false, 120 },
        { "maintenance", POWER_STARTING, 900, true, false, true, 900 },
        { "maintenance", POWER_OFF, 120, true, false, true, -1 },
        { "offline", POWER_STARTING, 120, false, true, false, -1 },
        { "up", POWER_STARTING, 120, true, false, false, 120 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct off_host h = { .p = { .host = "h2",
                                     .state = rows[i].record,
                                     .tries = 1,
                                     .since_s = 5000 - rows[i].for_s } };
        const struct off_list off = { &h, 1 };
        struct config conf;
        struct decide d = { .conf = &conf, .off = &off, .now_s = 5000 };
        struct scene s;
        struct world w;
        char more[64];

        snprintf(more, sizeof more, ",\"state\":\"%s\"", rows[i].is);
        world_second(&w, more);
        config_init(&conf);
        d.cluster = w.snap.cluster;
        d.sight = &w.sight;
        assert_int_equal(scene_init(&s, &d), 0);
        if (s.on[1] != rows[i].on || s.coming[1] != rows[i].coming ||
            s.closed[1] != rows[i].closed ||
            fabs(s.booted[1] - rows[i].booted) > 1e-6)
            fail_msg("row %zu: on %d, coming %d, closed %d, booted %f", i,
                     s.on[1], s.coming[1], s.closed[1], s.booted[1]);
        scene_dispose(&s);
        world_dispose(&w);
        config_dispose(&conf);
    }
}

/* h1, with so many CPUs, has so many guests; h2 needs less power and is off; h3 has
 * room for none, so that h1 is not the last that is up. */
struct shared {
    int h1_cpus, h2_cpus, guests, vcpus; /* of each */
    double cpu_used;                     /* of each */
};

static void world_to_share(struct world *w, const struct shared *x)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    fprintf(f,
            "{\"format\":\"rackhop-snapshot/1\",\"topology\":{\"nodes\":[],"
            "\"links\":[]},\"hosts\":["
            "{\"name\":\"h1\",\"state\":\"up\",\"memory_mib\":65536,"
            "\"reserved_mib\":512,\"cpus\":%d,\"power_idle_w\":300,\"power_"
            "peak_w\":"
            "500},{\"name\":\"h2\",\"state\":\"offline\",\"memory_mib\":65536,"
            "\"reserved_mib\":512,\"cpus\":%d,\"power_idle_w\":40,\"power_"
            "peak_w\":120},"
            "{\"name\":\"h3\",\"state\":\"up\",\"memory_mib\":1024,\"reserved_"
            "mib\":"
            "512,\"cpus\":1,\"power_idle_w\":300,\"power_peak_w\":500}"
            "],\"domains\":[",
            x->h1_cpus, x->h2_cpus);
    for (int g = 0; g < x->guests; g++)
        fprintf(f,
                "%s{\"uuid\":\"00000000-0000-0000-0000-0000000000%02d\","
                "\"name\":\"g%d\",\"host\":\"h1\",\"type\":\"pvh\","
                "\"memory_mib\":1024,\"vcpus\":%d,\"cpu_used\":%.2f}",
                g ? "," : "", g, g, x->vcpus, x->cpu_used);
    fprintf(f, "]}");
    assert_int_equal(fclose(f), 0);
    world_parse(w, text);
    free(text);
}

/* No host is switched on, or advised to be, for guests each of which may be there
 * alone, and not together: not by power, which needs all of them there, nor by
 * balance, which needs two. There is room for four vCPUs to a CPU. */
static void hosts_that_guests_may_not_share(void **state)
{
    static const struct {
        const char *power, *balance;
        struct shared x;
        size_t ons, tips;
        const char *why_not; /* NULL: nothing is granted */
    } rows[] = {
        { "act",
          "off",
          { 64, 32, 15, 8, 0.2 },
          1,
          0,
          "its host is switched on first" },
        { "act", "off", { 64, 32, 15, 10, 0.2 }, 0, 0, NULL },
        { "advise", "off", { 64, 32, 15, 8, 0.2 }, 0, 1, "to switch h2 on" },
        { "advise", "off", { 64, 32, 15, 10, 0.2 }, 0, 0, NULL },
        { "off",
          "act",
          { 2, 2, 4, 3, 0.9 },
          1,
          0,
          "its host is switched on first" },
        { "off", "act", { 2, 2, 4, 5, 0.9 }, 0, 0, "vCPUs" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct off_host h = { .p = { .host = "h2", .state = POWER_OFF } };
        const struct off_list off = { &h, 1 };
        struct loops_doc doc = { .wish = NULL };
        struct decide d = { .doc = &doc };
        struct loops_state s;
        struct world w;
        bool granted = false;

        world_to_share(&w, &rows[i].x);
        world_off = &off;
        world_power = rows[i].power;
        loops_state_init(&s);
        for (int n = 0; n < 30 && !granted; n++) {
            decide_dispose(&d);
            world_look(&w, &d, rows[i].balance, &s, 5000 + 60 * n);
            granted = doc.wishes && doc.wish[0].granted;
        }
        assert_int_equal(granted, rows[i].why_not != NULL);
        assert_int_equal(d.on_hosts.n, rows[i].ons);
        assert_int_equal(d.tips, rows[i].tips);
        assert_true(!d.act.n && !d.advise.n);
        if (granted)
            assert_non_null(strstr(doc.wish[0].why_not, rows[i].why_not));
        /* what is not switched on is not remembered as if it was */
        for (int k = 0; k < LOOPS_SIDES && !rows[i].ons; k++)
            assert_true(d.kept[k].host[1].woken_s < 0 &&
                        d.kept[k].host[1].awaits_s < 0);
        if (rows[i].ons && !strcmp(rows[i].power, "act")) {
            double then = d.kept[LOOPS_ACTING].host[1].awaits_s;

            assert_true(then >= 5000);
            h.p.state = POWER_STARTING;
            decide_dispose(&d);
            world_look(&w, &d, rows[i].balance, &s, then + 60);
            assert_true(fabs(d.kept[LOOPS_ACTING].host[1].awaits_s - then) <
                        1e-3);
        }
        world_off = NULL;
        world_power = NULL;
        decide_dispose(&d);
        loops_doc_dispose(&doc);
        loops_state_dispose(&s);
        world_dispose(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lease_answers),
        cmocka_unit_test(lease_of_two),
        cmocka_unit_test(lease_of_strangers),
        cmocka_unit_test(gate_reasons),
        cmocka_unit_test(clock_jumps),
        cmocka_unit_test(modes),
        cmocka_unit_test(more_wishes_than_lines),
        cmocka_unit_test(what_never_was),
        cmocka_unit_test(boots_are_remembered),
        cmocka_unit_test(interrupted),
        cmocka_unit_test(remembered_of_absent),
        cmocka_unit_test(a_day_is_remembered),
        cmocka_unit_test(a_day_that_is_none),
        cmocka_unit_test(absent_and_starving),
        cmocka_unit_test(a_host_that_was_silent),
        cmocka_unit_test(absent_guests_are_forgotten),
        cmocka_unit_test(silent_hosts_are_left),
        cmocka_unit_test(who_acts_knows_what_was_watched),
        cmocka_unit_test(an_older_state_is_shared),
        cmocka_unit_test(acting_again),
        cmocka_unit_test(damage),
        cmocka_unit_test(shown_again),
        cmocka_unit_test(same_as_one_process),
        cmocka_unit_test(not_moved),
        cmocka_unit_test(caps_and_weights),
        cmocka_unit_test(moves_are_predicted),
        cmocka_unit_test(hosts_that_stay),
        cmocka_unit_test(hosts_that_are_off),
        cmocka_unit_test(tips_are_told_once),
        cmocka_unit_test(tips_are_bounded),
        cmocka_unit_test(tips_are_cut),
        cmocka_unit_test(hosts_that_are_opened),
        cmocka_unit_test(hosts_that_guests_may_not_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
