/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reservations: what a plan needs of a host, who may reserve, when one has
 * ended by itself, and whether a guest that comes still fits beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/doc/snapshot.h"
#include "tools/move/admission.h"
#include "tools/move/reserve.h"
#include "tools/move/run_lock.h"
#include "topology/topology.h"

#define A "11111111-2222-3333-4444-55555555555a"
#define B "11111111-2222-3333-4444-55555555555b"
#define C "11111111-2222-3333-4444-55555555555c"
#define D "11111111-2222-3333-4444-55555555555d"

static char dir[] = "/tmp/test_reserve.XXXXXX";
static struct msg err;

static int make_dir(void **state)
{
    return mkdtemp(dir) && !setenv("RACKHOP_RUN_DIR", dir, 1) ? 0 : -1;
}

static int remove_dir(void **state)
{
    char command[64];

    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

/* --- what a plan needs ---------------------------------------------------- */

static struct reservation_row row(const char *uuid, int64_t mib)
{
    struct reservation_row r = { .mib = mib, .mbps = mib > 0 ? 1000 : 0 };

    snprintf(r.uuid, sizeof r.uuid, "%s", uuid);
    snprintf(r.from, sizeof r.from, "%s", mib > 0 ? "h1" : "");
    return r;
}

static struct xlx_domain domain(const char *uuid, const char *name)
{
    struct xlx_domain d = { .name = (char *)(uintptr_t)name };

    snprintf(d.uuid, sizeof d.uuid, "%s", uuid);
    return d;
}

static void test_need(void **state)
{
    static const struct {
        int64_t mib[3]; /* of A, B, C in the order of the plan */
        const char *here, *arriving;
        int64_t need;
    } rows[] = {
        { { 100, 200, 400 }, "", "", 700 },
        { { 100, 200, 400 }, "A", "", 600 },
        { { 100, 200, 400 }, "A", "C", 200 },
        { { 100, 200, 400 }, "AB", "C", 0 },
        /* B makes room for C, once it has left */
        { { 0, -200, 400 }, "B", "", 200 },
        { { 0, -200, 400 }, "", "", 400 },
        { { 0, -400, 400 }, "B", "", 0 },
        { { 0, -400, 400 }, "", "", 400 },
        /* and the other way round */
        { { 100, 0, -400 }, "C", "", 100 },
        { { 400, -300, 300 }, "B", "", 400 },
        { { 400, -300, 300 }, "AB", "", 0 },
        { { 400, -300, 300 }, "A", "", 300 },
    };
    static const char *const uuid[] = { A, B, C };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reservation_row r[3];
        struct reservation v = { .row = r, .rows = 3 };
        struct xlx_domain list[3];
        struct reservation_domains d = { list, 0, NULL };

        for (int k = 0; k < 3; k++) {
            r[k] = row(uuid[k], rows[i].mib[k]);
            if (strchr(rows[i].here, 'A' + k))
                list[d.n++] = domain(uuid[k], "web");
            else if (strchr(rows[i].arriving, 'A' + k))
                list[d.n++] = domain(uuid[k], "web--incoming");
        }
        if (reservation_need_mib(&v, reservation_where, &d) != rows[i].need)
            fail_msg(
                "row %zu: %lld, not %lld", i,
                (long long)reservation_need_mib(&v, reservation_where, &d),
                (long long)rows[i].need);
    }
}

static void test_words(void **state)
{
    static const char *const bad[] = {
        "",        A,       A "=",      A "=x",      A "=1@",     A "=1@h",
        "x=1",     A "=1 ", A "=1@h:x", A "=1@h:1x", A "=1@h:-1", A "=1@h:nan",
        A "=1@:5",
    };
    struct reservation_row r;
    struct reserve_seen s;
    char text[160];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (!reservation_row_parse(bad[i], &r))
            fail_msg("%s is taken", bad[i]);
    r = row(A, 512);
    reservation_row_format(&r, text, sizeof text);
    assert_string_equal(text, A "=512@h1:1000");
    assert_int_equal(reservation_row_parse(text, &r), 0);
    assert_int_equal(r.mib, 512);
    assert_string_equal(r.from, "h1");
    r = row(B, -512);
    reservation_row_format(&r, text, sizeof text);
    assert_int_equal(reservation_row_parse(text, &r), 0);
    assert_int_equal(r.mib, -512);
    assert_int_equal(reserve_seen_parse("run-1@77", &s), 0);
    assert_int_equal(s.stamp, 77);
    assert_int_not_equal(reserve_seen_parse("@77", &s), 0);
    assert_int_not_equal(reserve_seen_parse("run@", &s), 0);
    assert_int_not_equal(reserve_seen_parse("run@7x", &s), 0);
    assert_int_not_equal(reserve_seen_parse("run", &s), 0);
}

/* --- who may reserve ---------------------------------------------------------- */

static struct reservation wanted(const char *run, struct reservation_row *r)
{
    struct reservation v = { .row = r, .rows = 1 };

    snprintf(v.run, sizeof v.run, "%s", run);
    snprintf(v.executor, sizeof v.executor, "adm");
    return v;
}

static size_t count(struct store *s)
{
    struct reservation *list;
    size_t n;

    assert_int_equal(reserve_list(s, &list, &n), 0);
    reserve_list_free(list, n);
    return n;
}

static void test_take(void **state)
{
    struct reservation_row r = row(A, 100);
    struct reservation one = wanted("one", &r), two = wanted("two", &r);
    struct reserve_seen seen = { .run = "one" };
    struct store *s;

    assert_int_equal(store_open_mem(&s), 0);
    assert_int_equal(reserve_take(s, &one, NULL, 0, &err), 0);
    /* again, by the same run */
    seen.stamp = one.stamp;
    assert_int_equal(reserve_take(s, &one, NULL, 0, &err), 0);
    assert_true(one.stamp > seen.stamp);
    /* another has not seen it, or has seen what it was before */
    assert_int_equal(reserve_take(s, &two, NULL, 0, &err), -ESTALE);
    assert_non_null(strstr(err.text, "run one of adm"));
    assert_int_equal(reserve_take(s, &two, &seen, 1, &err), -ESTALE);
    seen.stamp = one.stamp;
    assert_int_equal(reserve_take(s, &two, &seen, 1, &err), 0);
    assert_int_equal(count(s), 2);
    /* renewing changes nothing that was seen */
    assert_int_equal(reserve_renew(s, "one"), 0);
    assert_int_equal(reserve_take(s, &two, &seen, 1, &err), 0);
    /* what was seen may be gone */
    assert_int_equal(reserve_release(s, "one"), 0);
    assert_int_equal(reserve_release(s, "one"), 0);
    assert_int_equal(reserve_take(s, &two, &seen, 1, &err), 0);
    assert_int_equal(reserve_renew(s, "one"), -ENOENT);
    /* the dead give way, unless they have come back meanwhile */
    snprintf(seen.run, sizeof seen.run, "two");
    seen.dead = true;
    seen.stamp = two.stamp - 1;
    assert_int_equal(reserve_take(s, &one, &seen, 1, &err), -ESTALE);
    seen.stamp = two.stamp;
    assert_int_equal(reserve_take(s, &one, &seen, 1, &err), 0);
    assert_int_equal(count(s), 1);
    store_close(s);
}

static void put_renewed(struct store *s, const char *run, int64_t ago)
{
    struct reservation_row r = row(A, 100);
    struct reservation v = wanted(run, &r);
    char key[80], *text;

    v.renewed = (uint64_t)(time(NULL) - ago);
    text = reservation_format(&v);
    assert_non_null(text);
    snprintf(key, sizeof key, "reserve/%s", run);
    assert_int_equal(store_cas(s, key, 0, text, NULL), 0);
    free(text);
}

static void test_lease(void **state)
{
    struct store *s;
    int fd;

    assert_int_equal(store_open_mem(&s), 0);
    put_renewed(s, "fresh", 0);
    put_renewed(s, "old", RESERVE_LEASE_S + 60);
    put_renewed(s, "future", -3 * RESERVE_LEASE_S);
    put_renewed(s, "clock-set", -60);
    assert_int_equal(store_cas(s, "reserve/junk", 0, "{", NULL), 0);
    assert_int_equal(
        store_cas(s, "reserve/many", 0, "{\"run\":\"../x\",\"rows\":7}", NULL),
        0);
    assert_int_equal(count(s), 2);
    assert_int_equal(reserve_renew(s, "old"), -ENOENT); /* taken away */
    store_close(s);
    /* a run of this host: it lives as long as its lock is held */
    assert_int_equal(store_open_mem(&s), 0);
    put_renewed(s, "mine", 0);
    fd = run_lock_take("mine", &err);
    assert_true(fd >= 0);
    assert_false(run_is_dead("mine"));
    assert_int_equal(count(s), 1);
    close(fd);
    assert_true(run_is_dead("mine"));
    assert_int_equal(count(s), 0);
    run_lock_clean("mine", true);
    assert_false(run_is_dead("mine")); /* not known */
    store_close(s);
}

/* --- guests that come ----------------------------------------------------------- */

static void test_promised(void **state)
{
    struct reservation_row r[] = { row(A, 100), row(B, 200) };
    struct reservation v = wanted("one", r);
    struct xlx_domain copy = domain(C, "web--incoming");
    struct reservation_domains d = { &copy, 1, NULL };
    const struct reservation *run;

    v.rows = 2;
    copy.need_kib = 5000;
    copy.memory_kib = 2000;
    assert_int_equal(admission_promised_kib(&v, 1, &d, &run),
                     3000 + 300 * 1024);
    assert_ptr_equal(run, &v);
    /* nobody keeps from a guest what was reserved for it */
    d.guest = B;
    assert_int_equal(admission_promised_kib(&v, 1, &d, &run),
                     3000 + 100 * 1024);
    d.guest = C;
    assert_int_equal(admission_promised_kib(&v, 1, &d, &run), 300 * 1024);
    assert_int_equal(admission_promised_kib(NULL, 0, &d, &run), 0);
    assert_null(run);
}

static struct admission asks(const char *uuid, uint64_t need, uint64_t have)
{
    return (struct admission){ .statedir = dir,
                               .domains = { NULL, 0, uuid },
                               .need_kib = need,
                               .have_kib = have };
}

/* Asks in a process of its own, which goes on living when it was admitted; it
 * has found its memory, or looks for it still. */
static int ask_elsewhere(struct admission *a, bool found, int *go)
{
    struct admission_place p = ADMISSION_NONE;
    int told[2], to[2], rc = 1;
    pid_t pid;

    assert_int_equal(pipe2(told, O_CLOEXEC) | pipe2(to, O_CLOEXEC), 0);
    pid = fork();
    if (!pid) {
        char c;

        rc = admission_turn(&p, &err);
        if (!rc)
            rc = admission_ask(&p, a, &err);
        if (found)
            admission_found(&p);
        close(to[1]);
        if (write(told[1], &rc, sizeof rc) != sizeof rc || rc)
            _exit(1);
        _exit(read(to[0], &c, 1) != 0);
    }
    assert_int_equal(read(told[0], &rc, sizeof rc), sizeof rc);
    close(told[0]);
    close(told[1]);
    close(to[0]);
    *go = to[1];
    return rc;
}

/* Asks, and gives back all that it got. */
static int ask_once(struct admission *a)
{
    struct admission_place p = ADMISSION_NONE;
    int rc = admission_turn(&p, &err);

    if (!rc)
        rc = admission_ask(&p, a, &err);
    assert_int_equal(p.admitted >= 0, !rc);
    admission_end(&p, a->domains.guest);
    return rc;
}

static void test_admission(void **state)
{
    struct reservation_row r = row(A, 1);
    struct reservation v = wanted("one", &r);
    struct admission a = asks(B, 3000, 4096), b = asks(C, 1000, 4096);
    struct store *s;
    int go, other;

    /* two at the same time: what the first was promised is not the second's */
    assert_int_equal(ask_elsewhere(&a, true, &go), 0);
    b.need_kib = 1200;
    assert_int_equal(ask_once(&b), -ENOMEM);
    assert_non_null(strstr(err.text, "just arriving"));
    /* libxl has made the first, but it has no name yet, or only its name */
    for (int i = 0; i < 2; i++) {
        struct xlx_domain made = domain(B, i ? "web--incoming" : NULL);

        made.memory_kib = 100;
        made.need_kib = i ? 9000 : 0;
        b.domains.list = &made;
        b.domains.n = 1;
        assert_int_equal(ask_once(&b), -ENOMEM);
        assert_non_null(strstr(err.text, "need 2 MiB"));
        assert_int_equal(b.owed_kib, 2900);
        b.domains.n = 0;
    }
    b.need_kib = 1096;
    assert_int_equal(ask_once(&b), 0);
    assert_int_equal(b.owed_kib, 3000);
    close(go); /* its receiver ends, whatever the reason */
    wait(NULL);
    b.need_kib = 4096;
    assert_int_equal(ask_once(&b), 0);
    assert_int_equal(b.owed_kib, 0);
    /* and beside what a run has reserved */
    assert_int_equal(store_open(&s, dir, &err), 0);
    assert_int_equal(reserve_take(s, &v, NULL, 0, &err), 0);
    b.need_kib = 3073;
    assert_int_equal(ask_once(&b), -ENOMEM);
    assert_non_null(strstr(err.text, "run one of adm"));
    b.need_kib = 3072;
    assert_int_equal(ask_elsewhere(&b, true, &go), 0);
    /* the run's own guest */
    a = asks(A, 1024, 4096);
    assert_int_equal(ask_elsewhere(&a, true, &other), 0);
    close(go);
    close(other);
    wait(NULL);
    wait(NULL);
    assert_int_equal(reserve_release(s, "one"), 0);
    store_close(s);
    a = asks("../../etc/passwd", 1, 4096);
    assert_int_equal(ask_once(&a), -EINVAL);
}

/* One at a time looks for memory; asked again it is still the same guest. */
static void test_admission_turn(void **state)
{
    struct admission a = asks(B, 3000, 4096), b = asks(C, 1000, 4096);
    struct admission_place p = ADMISSION_NONE;
    struct xlx_domain made = domain(B, "web--incoming");
    int go;

    assert_int_equal(ask_elsewhere(&a, false, &go), 0);
    assert_int_equal(ask_once(&b), -EAGAIN);
    assert_non_null(strstr(err.text, "still wait"));
    close(go);
    wait(NULL);
    assert_int_equal(admission_turn(&p, &err), 0);
    assert_int_equal(admission_turn(&p, &err), 0);
    assert_int_equal(admission_ask(&p, &a, &err), 0);
    a.have_kib = 2999; /* dom0 has less to give by now, and nobody comes */
    assert_int_equal(admission_ask(&p, &a, &err), 0);
    a.need_kib = 5000;
    assert_int_equal(admission_ask(&p, &a, &err), 0);
    admission_found(&p);
    assert_int_equal(ask_once(&b), -ENOMEM);
    assert_int_equal(b.owed_kib, 5000);
    /* it is built, and never takes what it was reckoned with beyond that */
    made.memory_kib = 4900;
    made.need_kib = 5000;
    b.domains.list = &made;
    b.domains.n = 1;
    admission_taken(&p);
    b.need_kib = 4096;
    assert_int_equal(ask_once(&b), 0);
    assert_int_equal(b.owed_kib, 0);
    admission_end(&p, B);
    admission_end(&p, B);
}

/* --- what another run plans with -------------------------------------------------- */

#define HOST(name_, more_)                                                    \
    "{\"name\":\"" name_ "\",\"state\":\"up\",\"memory_mib\":8192,"           \
    "\"reserved_mib\":1024,\"cpus\":4" more_ "}"
#define LINK(a_)                                                              \
    "{\"a\":\"" a_ "\",\"b\":\"t\",\"mbps\":1000,\"evidence\":\"both\"}"
#define SNAP(hosts_)                                                          \
    "{\"format\":\"rackhop-snapshot/1\",\"topology\":{\"nodes\":["            \
    "{\"name\":\"a\",\"kind\":\"host\"},{\"name\":\"b\",\"kind\":\"host\"},"  \
    "{\"name\":\"t\",\"kind\":\"switch\"}],\"links\":[" LINK("a") "," LINK(   \
        "b") "]},\"hosts\":[" hosts_ "],\"domains\":[]}"
#define RESERVED(links_)                                                      \
    ",\"reservations\":[{\"run\":\"one\",\"executor\":\"a\",\"stamp\":7,"     \
    "\"mib\":4096,\"links\":[" links_ "]}]"

static void load(struct snapshot *s, const char *text, const char *own)
{
    struct snapshot_overlay over = { .run = own };
    struct plan_settings set;

    plan_settings_init(&set);
    assert_int_equal(snapshot_parse_facts(s, "text", text, strlen(text), &set,
                                          &over, NULL, &err),
                     0);
}

static int64_t capacity(const struct snapshot *s)
{
    return plan_host_capacity_mib(s->cluster, plan_find_host(s->cluster, "b"));
}

static void test_snapshot(void **state)
{
    static const char plain[] =
        SNAP(HOST("a", "") "," HOST("b", RESERVED("")));
    static const char alive[] = SNAP(HOST("a", ",\"runs\":[\"one\"]") "," HOST(
        "b", RESERVED("{\"from\":\"a\",\"mbps\":600}")));
    static const char dead[] =
        SNAP(HOST("a", ",\"runs\":[\"two\"]") "," HOST("b", RESERVED("")));
    static const char full[] = SNAP(HOST("a", "") "," HOST(
        "b", RESERVED("{\"from\":\"a\",\"mbps\":5000},{\"from\":\"gone\","
                      "\"mbps\":5}")));
    struct snapshot s;

    load(&s, plain, NULL);
    assert_int_equal(capacity(&s), 7168 - 4096);
    assert_non_null(strstr(plan_note(s.cluster, 0).text,
                           "4096 MiB of b are reserved for run one of a"));
    snapshot_dispose(&s);
    load(&s, plain, "one"); /* the run itself */
    assert_int_equal(capacity(&s), 7168);
    snapshot_dispose(&s);
    load(&s, dead, NULL);
    assert_int_equal(capacity(&s), 7168);
    assert_true(s.reserved[0].dead);
    snapshot_dispose(&s);
    load(&s, alive, "two");
    assert_int_equal(capacity(&s), 7168 - 4096);
    assert_float_equal(topo_link(s.map, 0)->load_mbps, 600, 0.1);
    assert_float_equal(topo_link(s.map, 1)->load_mbps, 600, 0.1);
    snapshot_dispose(&s);
    /* a part of each link is left, and an unknown host is no way */
    load(&s, full, NULL);
    assert_float_equal(topo_link(s.map, 0)->load_mbps, 750, 0.1);
    snapshot_dispose(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_need),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_lease),
        cmocka_unit_test(test_promised),
        cmocka_unit_test(test_admission),
        cmocka_unit_test(test_admission_turn),
        cmocka_unit_test(test_snapshot),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
