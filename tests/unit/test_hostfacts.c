/* SPDX-License-Identifier: LGPL-2.1-only */
/* What was learned of a guest, kept in a file; and this host as JSON. */
#include "tools/cluster/host_cpu.h"
#include "tools/cluster/host_listen.h"
#include "tools/cluster/host_memory.h"
#include "tools/cluster/host_storage.h"
#include "tools/cluster/learned.h"
#include "tools/doc/hostfacts.h"

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

#include "tools/base/msg.h"

#define UUID "3b5e1c3a-0000-4000-8000-0123456789ab"

static char dir[] = "/tmp/test_hostfacts.XXXXXX";
static char state_dir[64], file[128];

static int setup(void **state)
{
    if (!mkdtemp(dir))
        return -1;
    /* not there yet: it is made */
    snprintf(state_dir, sizeof state_dir, "%s/state", dir);
    snprintf(file, sizeof file, "%s/learned/" UUID, state_dir);
    return 0;
}

static int teardown(void **state)
{
    char learned[96];

    unlink(file);
    snprintf(learned, sizeof learned, "%s/learned", state_dir);
    /* rmdir fails when anything else was left there */
    return rmdir(learned) || rmdir(state_dir) || rmdir(dir);
}

static void test_store(void **state)
{
    struct learned l = { .dirty_mib_s = 12.5, .writable_mib = 80 }, got;

    got = learned_load(state_dir, UUID);
    assert_true(got.dirty_mib_s < 0);
    assert_int_equal(learned_store(state_dir, UUID, &l), 0);
    got = learned_load(state_dir, UUID);
    assert_true(got.dirty_mib_s == 12.5 && got.writable_mib == 80);
    l = (struct learned){ .wire_first = 0.25, .wire_again = 0.0625 };
    assert_int_equal(learned_store(state_dir, UUID, &l), 0);
    got = learned_load(state_dir, UUID);
    assert_true(got.dirty_mib_s == 0 && got.writable_mib == 0);
    assert_true(got.wire_first == 0.25 && got.wire_again == 0.0625);
}

/* A file that somebody has broken is as none. */
static void test_broken_file(void **state)
{
    static const char *const texts[] = { "", "\n", "garbage\n",
                                         "dirty_mib_s=x writable_mib=1\n" };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        FILE *f = fopen(file, "w");

        assert_non_null(f);
        fputs(texts[i], f);
        fclose(f);
        assert_true(learned_load(state_dir, UUID).dirty_mib_s < 0);
    }
}

static void test_hostile_uuid(void **state)
{
    static const char *const bad[] = {
        "",
        "../../../etc/passwd",
        "3b5e1c3a-0000-4000-8000-0123456789a",
        "3b5e1c3a-0000-4000-8000-0123456789abc",
        "3b5e1c3a-0000-4000-8000-0123456789/b",
        "3b5e1c3a/../../../000-0123456789abcd",
        "3B5E1C3A-0000-4000-8000-0123456789AB",
        "....................................",
    };
    struct learned l = { .dirty_mib_s = 1, .writable_mib = 1 };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(learned_store(state_dir, bad[i], &l), -EINVAL);
        assert_true(learned_load(state_dir, bad[i]).dirty_mib_s < 0);
    }
    assert_true(learned_load(NULL, UUID).dirty_mib_s < 0);
}

/* No place for it: an error, and nothing half written. */
static void test_no_place(void **state)
{
    struct learned l = { .dirty_mib_s = 1, .writable_mib = 1 };

    assert_true(learned_store("/dev/null", UUID, &l) < 0);
    assert_true(learned_store("/proc/nonexistent", UUID, &l) < 0);
}

/* Never more hopeful than what was seen last. */
static void test_ratio(void **state)
{
    assert_true(learned_ratio(0, 0) == 0);
    assert_true(learned_ratio(0, 0.5) == 0.5);
    assert_true(learned_ratio(0.5, 0) == 0.5);
    assert_true(learned_ratio(0.25, 0.75) == 0.75);
    assert_true(learned_ratio(0.75, 0.25) == 0.5);
    /* more than may be said would have the whole line refused */
    assert_true(learned_ratio(0.75, 90) == 64);
}

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        double rate, set;
    } good[] = {
        { "dirty_mib_s=1.5 writable_mib=20", 1.5, 20 },
        { "dirty_mib_s=1.5 writable_mib=20\n", 1.5, 20 },
        { "dirty_mib_s=0 writable_mib=0", 0, 0 },
    };
    static const char *const bad[] = {
        "",
        "dirty_mib_s=1.5",
        "writable_mib=20 dirty_mib_s=1.5",
        "dirty_mib_s=-1 writable_mib=20",
        "dirty_mib_s=nan writable_mib=20",
        "dirty_mib_s=1 writable_mib=inf",
        "dirty_mib_s=1e9 writable_mib=1",
        "dirty_mib_s=1 writable_mib=1e12",
        "dirty_mib_s=1 writable_mib=2 x",
        "dirty_mib_s=1 writable_mib=",
    };
    struct learned l;
    char text[128];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(learned_parse(&l, good[i].text), 0);
        assert_true(l.dirty_mib_s == good[i].rate &&
                    l.writable_mib == good[i].set);
        learned_format(&l, text, sizeof text);
        assert_int_equal(learned_parse(&l, text), 0);
        assert_true(l.dirty_mib_s == good[i].rate);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (learned_parse(&l, bad[i]) != -EINVAL)
            fail_msg("\"%s\" is accepted", bad[i]);
        assert_true(l.dirty_mib_s < 0);
    }
}

static void test_vendor(void **state)
{
    char vendor[32] = "#";

    host_cpu_vendor(vendor, sizeof vendor);
    assert_in_range(strcspn(vendor, " \t\n#"), strlen(vendor), strlen(vendor));
}

/* The time between two looks is what passed, not what was asked for; domains
 * that came or went between them, or whose number is another's by now, do not
 * count. */
static void test_cpu(void **state)
{
    struct xlx_cpu first[] = {
        { 0, 1000 }, { 3, 5000 }, { 4, 100 }, { 6, 9 }
    };
    struct xlx_cpu then[] = { { 0, 1500 }, { 3, 6000 }, { 5, 77 }, { 6, 2 } };
    struct xlx_cpu_sample a = { 10000, first, 4 }, b = { 14000, then, 4 };

    assert_true(cpu_between(&a, &b, 0) == 0.125);
    assert_true(cpu_between(&a, &b, 3) == 0.25);
    assert_true(cpu_between(&a, &b, 4) < 0);
    assert_true(cpu_between(&a, &b, 5) < 0);
    assert_true(cpu_between(&a, &b, 6) < 0);
    assert_true(cpu_between(&a, &b, CPU_ALL) == 0.375);
    b.at_ns = a.at_ns;
    assert_true(cpu_between(&a, &b, CPU_ALL) < 0);
}

/* A host and a guest whose names are not fit for JSON as they are. */
static void test_write(void **state)
{
    char name[] = "we\"b\033\377", bridge[] = "xenbr0", disk[] = "/vm/a";
    char *bridges[] = { bridge }, *disks[] = { disk };
    struct xlx_domain d = { .domid = 3,
                            .uuid = UUID,
                            .name = name,
                            .type = XLX_PVH,
                            .memory_kib = 131073,
                            .stub_kib = 2048,
                            .need_kib = 140000,
                            .vcpus = 2,
                            .paused = true,
                            .policy = { { 1, 2 }, 2 },
                            .bridges = { .s = bridges, .n = 1 },
                            .disks = { .s = disks, .n = 1 } };
    struct hostfacts_guest guest = { .cpu_used = -1,
                                     .steal = 0.125,
                                     .share = { 512, 150 },
                                     .tx_bytes = 5000,
                                     .tx_bytes_s = -1,
                                     .dirty_mib_s = 3,
                                     .writable_mib = 4,
                                     .wire_first = 0.5,
                                     .wire_again = 0.25 };
    struct hostfacts h = { .node = "r1h1",
                           .vendor = "AuthenticAMD",
                           .domains = &d,
                           .n_domains = 1,
                           .guest = &guest,
                           .cpu_used = -1 };
    struct xlx_pool pool = { "Pool-0", "credit2", true, { { 0 } } };
    struct json_doc *doc;
    const struct json *host, *dom;
    struct json_out *o;
    struct msg err;
    size_t len;
    char *text;

    assert_int_equal(host_disk_storage(&guest.storage, "r1h1", disk), 0);
    /* one name for a disk, however often it is asked for */
    assert_int_equal(host_disk_storage(&guest.storage, "r1h1", disk), 0);
    assert_int_equal(guest.storage.n, 1);
    h.xen.xen_major = 4;
    h.xen.xen_minor = 17;
    strcpy(h.xen.xen_extra, ".7");
    h.xen.total_kib = 8 << 20;
    h.xen.free_kib = 4 << 20;
    h.xen.dom0_kib = 2 << 20;
    h.xen.cpus = 8;
    h.xen.cpu_khz = 2400000;
    h.domains[0].tsc_khz = UINT32_MAX; /* that of its host */
    h.pools = (struct xlx_pools){ &pool, 1 };
    assert_int_equal(xlx_cpuset_parse("0-3,7", &pool.cpus), 0);
    o = json_text_new(false);
    json_obj(o);
    hostfacts_write(&h, o);
    json_obj_end(o);
    text = json_text_free(o, &len);
    assert_non_null(text);
    assert_int_equal(json_parse(&doc, "t", text, len, NULL, NULL, &err), 0);
    host = json_get(json_root(doc), "host");
    assert_string_equal(json_get_str(host, "xen", ""), "4.17.7");
    assert_true(json_get_num(host, "memory_mib", 0) == 8192);
    assert_true(json_get_num(host, "free_mib", 0) == 4096);
    /* dom0 keeps a GiB, the rest of it can be had */
    assert_true(json_get_num(host, "balloon_mib", 0) == 1024);
    assert_null(json_get(host, "cpu_used"));
    assert_null(json_get(host, "power_peak_w"));
    assert_true(json_get_num(host, "tsc_khz", 0) == 2400000);
    dom = json_get(host, "cpupools")->child;
    assert_string_equal(json_get_str(dom, "name", ""), "Pool-0");
    assert_string_equal(json_get_str(dom, "scheduler", ""), "credit2");
    assert_string_equal(json_get_str(dom, "cpus", ""), "0-3,7");
    dom = json_get(json_root(doc), "domains")->child;
    assert_string_equal(json_get_str(dom, "type", ""), "pvh");
    /* its stub domain goes with it */
    assert_true(json_get_num(dom, "memory_mib", 0) == 131);
    assert_true(json_get_num(dom, "stubdom_mib", 0) == 2);
    assert_true(json_get_num(dom, "dirty_mib_s", 0) == 3);
    assert_true(json_get_num(dom, "steal", 0) == 0.125);
    assert_true(json_get_num(dom, "cpu_weight", 0) == 512);
    assert_true(json_get_num(dom, "cpu_cap", 0) == 150);
    assert_true(json_get_num(dom, "tsc_khz", 0) == 2400000);
    assert_true(json_get_num(dom, "tx_bytes", 0) == 5000);
    assert_null(json_get(dom, "tx_bytes_s"));
    assert_string_equal(json_get_str(dom, "cpu_policy", ""),
                        "00000001,00000002");
    assert_string_equal(json_get(dom, "storage")->child->str,
                        "local:r1h1:/vm/a");
    assert_true(json_get_bool(dom, "pinned", false));
    assert_string_equal(json_get_str(dom, "pinned_why", ""), "it is paused");
    json_free(doc);
    free(text);
    strlist_dispose(&guest.storage);
}

/* Guests that no host could take do not go into a plan. */
static void test_pinned(void **state)
{
    static const struct {
        unsigned bound;
        bool nested, paused;
        const char *why;
    } rows[] = {
        { 0, false, false, NULL },
        { XLX_BOUND_VTPM | XLX_BOUND_9PFS, false, false,
          "it has a virtual TPM" },
        { XLX_BOUND_VTPM, false, true, "it is paused" },
        { XLX_BOUND_VDISPL | XLX_BOUND_VSND | XLX_BOUND_IO, false, false,
          NULL },
        { 0, true, false, "it may run a hypervisor of its own" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[] = "web1";
        struct xlx_domain d = { .uuid = UUID,
                                .name = name,
                                .paused = rows[i].paused,
                                .nested = rows[i].nested,
                                .needs = { .bound = rows[i].bound } };
        struct hostfacts_guest guest = { .cpu_used = -1,
                                         .dirty_mib_s = -1,
                                         .writable_mib = -1 };
        struct hostfacts h = { .node = "h1",
                               .domains = &d,
                               .n_domains = 1,
                               .guest = &guest,
                               .cpu_used = -1,
                               .idle_w = 90.5,
                               .peak_w = 200 };
        struct json_out *o = json_text_new(false);
        struct json_doc *doc;
        const struct json *dom;
        struct msg err;
        char *text;

        json_obj(o);
        hostfacts_write(&h, o);
        json_obj_end(o);
        text = json_text_free(o, NULL);
        assert_int_equal(
            json_parse(&doc, "t", text, strlen(text), NULL, NULL, &err), 0);
        dom = json_get(json_root(doc), "host");
        assert_true(json_get_num(dom, "power_idle_w", 0) == 90.5);
        assert_true(json_get_num(dom, "power_peak_w", 0) == 200);
        dom = json_get(json_root(doc), "domains")->child;
        assert_int_equal(json_get_bool(dom, "pinned", false), !!rows[i].why);
        assert_string_equal(json_get_str(dom, "pinned_why", "-"),
                            rows[i].why ? rows[i].why : "-");
        json_free(doc);
        free(text);
    }
}

static void test_listening(void **state)
{
    static const char table[] =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n"
        "   0: 0100007F:1713 00000000:0000 0A 00000000:00000000 00:00000000\n"
        "   1: 00000000:170C 00000000:0000 0A 00000000:00000000 00:00000000\n"
        "   2: 0100007F:1714 0100007F:1234 01 00000000:00000000 00:00000000\n"
        "   3: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000\n"
        "   4: 00000000000000000000000001000000:1713 "
        "00000000000000000000000000000000:0000 0A 00000000:00000000\n"
        "   5: 000:1713 000:0000 0A\n"
        "   6: ";
    struct strlist l = { .s = NULL };

    assert_int_equal(host_listening_parse(&l, table), 0);
    assert_int_equal(l.n, 3);
    assert_string_equal(l.s[0], "127.0.0.1:5907");
    assert_string_equal(l.s[1], "0.0.0.0:5900");
    assert_string_equal(l.s[2], "[::1]:5907");
    strlist_dispose(&l);
    assert_int_equal(host_listening(&l), 0);
    strlist_dispose(&l);
}

static void test_autoballoon(void **state)
{
    static const struct {
        const char *conf;
        bool fixed,
            free; /* whether dom0 balloons, with dom0_mem= and without */
    } row[] = {
        { NULL, false, true },
        { "# autoballoon=\"off\"\n", false, true },
        { "autoballoon=\"off\"\n", false, false },
        { "vif.default.script=\"x\"\n  autoballoon = 0\n", false, false },
        { "autoballoon=\"on\"\n", true, true },
        { "autoballoon=1", true, true },
        { "autoballoon='off'\nautoballoon=\"auto\"\n", false, true },
        { "autoballoon_x=\"off\"\nautoballoon \"off\"\n", false, true },
        { "autoballoon=\"maybe\"\n", false, true },
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        assert_int_equal(host_autoballoon(row[i].conf, true), row[i].fixed);
        assert_int_equal(host_autoballoon(row[i].conf, false), row[i].free);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store),
        cmocka_unit_test(test_broken_file),
        cmocka_unit_test(test_hostile_uuid),
        cmocka_unit_test(test_no_place),
        cmocka_unit_test(test_ratio),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_vendor),
        cmocka_unit_test(test_cpu),
        cmocka_unit_test(test_listening),
        cmocka_unit_test(test_autoballoon),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_pinned),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
