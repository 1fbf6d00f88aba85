/* SPDX-License-Identifier: LGPL-2.1-only */
/* The agent on a host that was made up: what it keeps, clocks that jump, Xen
 * and disks that fail. It is long, as all of it is sampled from that one host. */
#include "tools/daemon/agent.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/fake_host.h"
#include "tests/lib/tmpdir.h"
#include "tools/base/clock.h"
#include "tools/base/loop.h"
#include "tools/daemon/agent_health.h"
#include "tools/daemon/agent_impl.h"
#include "tools/series/files.h"
#include "tools/series/query.h"
#include "tools/series/ring.h"

#define SAME(a, b) assert_true(fabs((a) - (b)) < 1e-6)
#define NEAR(a, b) assert_true(fabs((a) / (b)-1) < 0.03)

static char *dir;
static struct fake_host host;

static int set_up(void **state)
{
    dir = tmpdir_make("sampler");
    fake_host_init(&host, dir);
    return 0;
}

static int tear_down(void **state)
{
    tmpdir_remove(dir);
    return 0;
}

static char told[1200];
static struct config conf;

static void tell(const char *text)
{
    snprintf(told, sizeof told, "%s", text);
}

static struct agent *agent_of(const char *statedir)
{
    struct agent_request rq = { fake_looker(&host), dir, statedir, &conf,
                                tell };
    struct msg err = MSG_NONE;
    struct agent *a = NULL;

    if (agent_new(&a, &rq, &err))
        fail_msg("%s", err.text);
    return a;
}

static const struct samples_row *row_of(const struct samples *s,
                                        const char *name)
{
    for (size_t i = 0; i < s->rows; i++)
        if (!strcmp(s->row[i].name, name))
            return &s->row[i];
    fail_msg("there is no %s", name);
    return NULL;
}

enum { NOW = 1800000000 };

static void run(struct agent *a, struct fake_guest *g, unsigned from,
                unsigned to)
{
    for (unsigned t = from; t < to; t++) {
        g->look.cpu_ns += 1500000000;
        host.host.idle_ns += 6000000000;
        snprintf(g->hint, sizeof g->hint,
                 "1 faults=%u stall_us=%u swap_kib=2048", 3 * t, 250000 * t);
        assert_int_equal(agent_waits(a), 0);
        assert_int_equal(agent_second(a, NOW + t, t), 0);
    }
}

static void test_agent(void **state)
{
    char statedir[256], uuid[40];
    struct query q = { .statedir = statedir,
                       .now = NOW + 999,
                       .since_s = 600 };
    struct samples_facts facts;
    struct msg err = MSG_NONE;
    struct fake_guest *g;
    struct samples s;
    struct agent *a;

    snprintf(statedir, sizeof statedir, "%s/state", dir);
    config_init(&conf);
    conf.idle_w = 100;
    conf.peak_w = 300;
    g = fake_guest_add(&host, 7, 0x1234, 4);
    g->waits = 1;
    a = agent_of(statedir);
    run(a, g, 0, 500);
    /* a stop and a start between two seconds: no second is lost */
    agent_free(a);
    a = agent_of(statedir);
    run(a, g, 500, 1000);
    agent_free(a);
    assert_int_equal(series_find(statedir, "g4660", uuid), 0);
    assert_string_equal(uuid, "00000000-0000-0000-0000-000000001234");
    assert_int_equal(series_find(statedir, "g4661", uuid), -ENOENT);
    q.uuid = uuid;
    assert_int_equal(query_samples(&q, &s, &err), 0);
    assert_int_equal(s.n, 600);
    assert_int_equal(s.step_s, 1);
    NEAR(row_of(&s, "cpu")->p50, 1.5);
    SAME(row_of(&s, "steal")->mean, 0.25);
    SAME(row_of(&s, "memory_mib")->newest, 1024);
    SAME(row_of(&s, "target_mib")->newest, 512);
    NEAR(row_of(&s, "hint_faults_s")->newest, 3);
    SAME(row_of(&s, "hint_stall")->newest, 0.25);
    SAME(row_of(&s, "hint_swap_mib")->newest, 2);
    samples_dispose(&s);
    q.uuid = NULL;
    assert_int_equal(query_samples(&q, &s, &err), 0);
    SAME(row_of(&s, "cpu")->mean, 2);
    SAME(row_of(&s, "free_mib")->mean, 1024);
    NEAR(row_of(&s, "power_model_w")->mean, 150);
    samples_dispose(&s);
    query_facts(&q, &facts);
    assert_int_equal(facts.age_s, 0);
    assert_int_equal(facts.day_s, 1200);
    assert_string_equal(facts.row[0].name, "cpu");
    SAME(facts.row[0].mean_10m, 2);
    SAME(facts.row[0].p95_day, 2);
    config_dispose(&conf);
}

/* A guest whose name can't be read when it is asked for first is still found by
 * the one that it had. */
static void test_nameless(void **state)
{
    char statedir[256], uuid[40];
    struct fake_guest *g;
    struct agent *a;

    snprintf(statedir, sizeof statedir, "%s/state", dir);
    config_init(&conf);
    g = fake_guest_add(&host, 7, 0x1234, 4);
    for (int known = 1; known >= 0; known--) {
        if (!known)
            *g->name = '\0';
        a = agent_of(statedir);
        run(a, g, known ? 0 : 10, known ? 10 : 15);
        assert_int_equal(series_find(statedir, "g4660", uuid), 0);
        agent_free(a);
    }
    config_dispose(&conf);
}

/* A disk is swap by its name in the guest, or by that of its volume. */
static void test_swap_disks(void **state)
{
    static const struct {
        const char *row, *target; /* of xvdb; NULL: xenstore has none */
        bool swap;
    } rows[] = {
        { "*=xvdb", NULL, true },
        { "*=xvdc", "/dev/vg/g1-swap", false },
        { "*=*-swap", "/dev/vg/g1-swap", true },
        { "g4660=xvdz,*-swap", "/dev/vg/g1-swap", true },
        { "g4661=*-swap", "/dev/vg/g1-swap", false },
        { "*=*-swap", NULL, false },
        { "*=*", NULL, false },
        { "*=*-swap", "/dev/vg/g1-root", false },
        { "*=*swap*", "/srv/swap/g1.img", false }, /* a folder of that name */
        { "*=/srv/swap/*", "/srv/swap/g1.img", true },
        { "*=swap", "/dev/vg/swap", true },
        { "*=[ab]*", "/dev/vg/b1", true },
        { "*=*-swap", "aio:/srv/g1-swap", true },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char statedir[256];
        struct fake_guest *g;
        struct agent *a;

        tmpdir_remove(dir);
        dir = tmpdir_make("sampler");
        fake_host_init(&host, dir);
        snprintf(statedir, sizeof statedir, "%s/state", dir);
        config_init(&conf);
        assert_int_equal(group_rows_add(&conf.swap_disks, rows[i].row), 0);
        g = fake_guest_add(&host, 7, 0x1234, 4);
        if (rows[i].target)
            fake_host_mac(&host, "backend/vbd/7/51728/params", rows[i].target);
        fake_host_mac(&host, "backend/vbd/8/51728/params", "/dev/vg/h-swap");
        fake_file(&host,
                  "sys/bus/xen-backend/devices/vbd-7-51728/statistics/rd_sect",
                  "8\n");
        a = agent_of(statedir);
        run(a, g, 0, 15);
        assert_int_equal(a->sources.disks, 1);
        if (a->sources.disk[0].swap != rows[i].swap)
            fail_msg("%s: %s", rows[i].row, rows[i].target);
        agent_free(a);
        config_dispose(&conf);
    }
}

static uint64_t newest_of(const char *statedir)
{
    char path[SERIES_PATH];
    struct shape shape;
    struct msg err;
    struct ring *r;
    uint64_t newest;

    shape_init(&shape, METRIC_HOST);
    assert_int_equal(series_path(path, statedir, NULL), 0);
    assert_int_equal(ring_open(&r, path, &shape, &err), 0);
    newest = ring_newest(r, 0);
    ring_close(r);
    return newest;
}

/* A clock that begins in 1970 after a boot takes nothing away; one that was
 * really set back begins anew. */
static void test_clock(void **state)
{
    char statedir[256];
    struct agent *a;

    snprintf(statedir, sizeof statedir, "%s/state", dir);
    config_init(&conf);
    a = agent_of(statedir);
    for (unsigned t = 0; t < 30; t++)
        assert_int_equal(agent_second(a, NOW + t, t), 0);
    agent_free(a);
    a = agent_of(statedir);
    for (unsigned t = 0; t < 500; t++)
        assert_int_equal(agent_second(a, 1000 + t, 40 + t), 0);
    assert_int_equal(newest_of(statedir), NOW + 29);
    for (unsigned t = 0; t < 10; t++)
        assert_int_equal(agent_second(a, NOW + 100 + t, 600 + t), 0);
    assert_int_equal(newest_of(statedir), NOW + 109);
    /* five minutes back */
    assert_int_equal(agent_second(a, NOW - 200, 620), 0);
    assert_int_equal(newest_of(statedir), NOW - 200);
    /* a day back, and it stays so */
    for (unsigned t = 0; t < 700; t++)
        assert_int_equal(agent_second(a, NOW - 86400 + t, 630 + t), 0);
    assert_int_equal(newest_of(statedir), NOW - 86400 + 699);
    agent_free(a);
    config_dispose(&conf);
}

static void test_failures(void **state)
{
    struct agent_request rq = { fake_looker(&host), dir, NULL, &conf, tell };
    struct msg err = MSG_NONE;
    struct agent *a, *second;
    char statedir[256], old[256];

    snprintf(statedir, sizeof statedir, "%s/state", dir);
    config_init(&conf);
    a = agent_of(statedir);
    rq.statedir = statedir;
    assert_int_equal(agent_new(&second, &rq, &err), -EAGAIN);
    assert_non_null(strstr(err.text, "another agent"));
    host.fails = -EPERM;
    assert_int_equal(agent_second(a, NOW, 1), -EPERM);
    assert_int_equal(agent_waits(a), -EPERM);
    host.fails = 0;
    /* the folder is not there: told once, and tried again */
    snprintf(old, sizeof old, "%s/old", dir);
    assert_int_equal(rename(statedir, old), 0);
    assert_int_equal(agent_second(a, NOW + 1, 2), 0);
    assert_non_null(strstr(told, "can't be kept"));
    *told = '\0';
    assert_int_equal(agent_second(a, NOW + 2, 3), 0);
    assert_string_equal(told, "");
    agent_free(a);
    config_dispose(&conf);
}

/* Files of guests that are gone do not fill the disk. */
static void test_prune(void **state)
{
    char path[SERIES_PATH], uuid[40];
    unsigned n = 0;
    int lock;

    lock = series_lock(dir);
    assert_true(lock >= 0);
    for (unsigned i = 0; i < SERIES_FILES + 20; i++) {
        FILE *f;

        snprintf(uuid, sizeof uuid, "00000000-0000-0000-0000-%012x", i);
        assert_int_equal(series_path(path, dir, uuid), 0);
        f = fopen(path, "we");
        assert_non_null(f);
        fclose(f);
    }
    series_prune(dir, 0); /* all are of now */
    series_prune(dir, 1ll << 40);
    for (unsigned i = 0; i < SERIES_FILES + 20; i++) {
        snprintf(uuid, sizeof uuid, "00000000-0000-0000-0000-%012x", i);
        assert_int_equal(series_path(path, dir, uuid), 0);
        n += !access(path, F_OK);
    }
    assert_int_equal(n, SERIES_FILES);
    close(lock);
}

/* What was set aside is kept as long as what is in it, and nothing else goes. */
static void test_prune_aside(void **state)
{
    static const char *const names[] = {
        "host.ring.old", "00000000-0000-0000-0000-000000000001.ring.old",
        "host.ring",     "kept.old",
        ".ring.old",     "host.ring.older"
    };
    enum { GOES = 2, NAMES = sizeof names / sizeof *names };
    char path[512];
    struct stat st;
    int lock = series_lock(dir);

    assert_true(lock >= 0);
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(path, sizeof path, "samples/%s", names[i]);
        fake_file(&host, path, "x\n");
    }
    for (unsigned gone = 0; gone < 2; gone++) {
        snprintf(path, sizeof path, "%s/samples/%s", dir, names[0]);
        assert_int_equal(stat(path, &st), 0);
        series_prune(dir, st.st_mtime + 60ll * 86400 + (gone ? 60 : 0));
        for (unsigned i = 0; i < NAMES; i++) {
            snprintf(path, sizeof path, "%s/samples/%s", dir, names[i]);
            if ((access(path, F_OK) == 0) != !(gone && i < GOES))
                fail_msg("%s: %s", names[i], gone ? "later" : "at first");
        }
    }
    close(lock);
}

/* --- what programs tell ------------------------------------------------------- */

static void program_of(const char *name, const char *text)
{
    char path[512], file[64];

    snprintf(file, sizeof file, "bin/%s", name);
    fake_file(&host, file, "#!/bin/sh\necho >> %s/asked\n%s\n", dir, text);
    snprintf(path, sizeof path, "%s/%s", dir, file);
    assert_int_equal(chmod(path, 0700), 0);
}

static void program(const char *text)
{
    program_of("ipmitool", text);
}

static bool is_idle(void *arg)
{
    return health_idle(arg);
}

/* A minute, until what it asks is answered. What the host's power is then. */
static double minute(struct health *h, struct agent *a, unsigned i)
{
    struct loop l;

    loop_init(&l);
    health_second(h, &l, 60 * i);
    assert_int_equal(loop_run(&l, is_idle, h, clock_us() + 30000000), 0);
    health_second(h, &l, 60 * i + 1);
    loop_dispose(&l);
    return a->sampler.held[HOST_POWER];
}

static long asked(void)
{
    char path[512];
    struct stat st;

    snprintf(path, sizeof path, "%s/asked", dir);
    return stat(path, &st) ? 0 : (long)st.st_size;
}

/* A BMC that fails at first, or for long later, is asked again; one that never
 * answers, or without the program, is not. */
static void test_power(void **state)
{
    static const char answer[] =
        "echo '    Instantaneous power reading:       214 Watts'";
    char path[600], *before = strdup(getenv("PATH"));

    config_init(&conf);
    snprintf(path, sizeof path, "%s/bin:%s", dir, before);
    assert_int_equal(setenv("PATH", path, 1), 0);
    for (unsigned kind = 0; kind < 3; kind++) {
        struct agent *a = agent_of(dir);
        struct health *h = health_new(a);
        long at = asked();

        assert_non_null(h);
        program(kind == 2 ? "exit 127" : "exit 1");
        for (unsigned i = 1; i <= 4; i++)
            SAME(minute(h, a, i), -1);
        if (!kind) {
            program(answer);
            SAME(minute(h, a, 5), 214);
            program("exit 1");
        }
        for (unsigned i = 6; i < 20; i++)
            SAME(minute(h, a, i), -1);
        assert_int_equal(asked() - at, kind == 0 ? 19 : kind == 1 ? 5 : 1);
        health_free(h);
        agent_free(a);
    }
    assert_int_equal(setenv("PATH", before, 1), 0);
    free(before);
    config_dispose(&conf);
}

/* So many bad sectors, or of a disk that sleeps nothing. */
static double disks(struct health *h, struct agent *a, unsigned i, int sda,
                    int sdb)
{
    const int bad[] = { sda, sdb };
    char text[1000] = "case $* in";

    for (int d = 0; d < 2; d++) {
        size_t n = strlen(text);

        snprintf(text + n, sizeof text - n, " *sd%c) ", 'a' + d);
        n = strlen(text);
        if (bad[d] < 0)
            snprintf(text + n, sizeof text - n, "echo '{}'; exit 2;;");
        else
            snprintf(text + n, sizeof text - n,
                     "echo '{\"ata_smart_attributes\":{\"table\":[{\"id\":5,"
                     "\"raw\":{\"value\":%d}}]}}';;",
                     bad[d]);
    }
    snprintf(text + strlen(text), sizeof text - strlen(text), " esac");
    program_of("smartctl", text);
    minute(h, a, 2 + 360 * i);
    return a->sampler.held[HOST_DISK_BAD];
}

/* What is known of a disk that sleeps counts on: its sectors are not new when it
 * wakes up. */
static void test_disks_that_sleep(void **state)
{
    char path[600], *before = strdup(getenv("PATH"));
    struct agent *a;
    struct health *h;

    config_init(&conf);
    snprintf(path, sizeof path, "%s/bin:%s", dir, before);
    assert_int_equal(setenv("PATH", path, 1), 0);
    program("exit 127");
    fake_file(&host, "sys/block/sda/size", "1\n");
    fake_file(&host, "sys/block/sdb/size", "1\n");
    a = agent_of(dir);
    h = health_new(a);
    assert_non_null(h);
    SAME(disks(h, a, 0, -1, -1), -1);
    SAME(disks(h, a, 1, 3, -1), 3);
    SAME(disks(h, a, 2, 3, 20), 23);
    SAME(disks(h, a, 3, 4, -1), 24);
    SAME(disks(h, a, 4, -1, -1), 24);
    SAME(disks(h, a, 5, -1, 21), 25);
    snprintf(path, sizeof path, "%s/sys/block/sdb/size", dir);
    assert_int_equal(unlink(path), 0);
    *strrchr(path, '/') = '\0';
    assert_int_equal(rmdir(path), 0); /* it was taken out */
    SAME(disks(h, a, 6, -1, -1), 4);
    health_free(h);
    agent_free(a);
    assert_int_equal(setenv("PATH", before, 1), 0);
    free(before);
    config_dispose(&conf);
}

int main(void)
{
#define HOST_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        HOST_TEST(test_agent),
        HOST_TEST(test_nameless),
        HOST_TEST(test_swap_disks),
        HOST_TEST(test_clock),
        HOST_TEST(test_failures),
        HOST_TEST(test_prune),
        HOST_TEST(test_prune_aside),
        HOST_TEST(test_power),
        HOST_TEST(test_disks_that_sleep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
