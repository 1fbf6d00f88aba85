/* SPDX-License-Identifier: LGPL-2.1-only */
/* The agent's figures: counters, guests that come and go, files of a host, and
 * what guests say. */
#include "tools/daemon/sampler.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/fake_host.h"
#include "tests/lib/tmpdir.h"
#include "tools/daemon/source.h"
#include "tools/doc/smart.h"

#define SAME(a, b) assert_true(fabs((a) - (b)) < 1e-6)
#define NEAR(a, b) assert_true(fabs((a) / (b)-1) < 0.03)

static void test_counter(void **state)
{
    static const struct {
        uint64_t was, now;
        bool known;
        uint64_t by;
    } row[] = {
        { 5, 5, true, 0 },
        { 5, 12, true, 7 },
        { 12, 5, false, 0 },                    /* a reset */
        { 0xfffffff0, 0x10, true, 0x20 },       /* 32 bits wrapped */
        { 0x7fffffff, 0x10, false, 0 },         /* a reset */
        { 0xfffffffffffffff0, 0x10, false, 0 }, /* never */
        { 0xffffffff, 0x100000005, true, 6 },   /* 64 bits */
        { 1, UINT64_MAX, true, UINT64_MAX - 1 },
    };

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct counter c = { .known = false };
        uint64_t by;

        assert_false(counter_grew(&c, row[i].was, &by));
        assert_int_equal(counter_grew(&c, row[i].now, &by), row[i].known);
        if (row[i].known)
            assert_int_equal(by, row[i].by);
        /* it goes on from there */
        assert_true(counter_grew(&c, row[i].now, &by));
        assert_int_equal(by, 0);
        counter_forget(&c);
        assert_false(counter_grew(&c, row[i].now, &by));
    }
}

static void test_hint(void **state)
{
    static const struct {
        const char *text;
        int rc;
        int64_t faults, stall, swap;
    } row[] = {
        { "1 faults=12 stall_us=34 swap_kib=56", 0, 12, 34, 56 },
        { "1 swap_kib=0 later=x  faults=7 ", 0, 7, -1, 0 },
        { "1 ", 0, -1, -1, -1 },
        { "1 faults=1125899906842624", 0, 1ll << 50, -1, -1 },
        { "", -EINVAL, -1, -1, -1 },
        { "1", -EINVAL, -1, -1, -1 },
        { "2 faults=1", -EINVAL, -1, -1, -1 },
        { "1 faults=", -EINVAL, -1, -1, -1 },
        { "1 faults=-1", -EINVAL, -1, -1, -1 },
        { "1 swap_kib=9 faults=1e9", -EINVAL, -1, -1, -1 },
        { "1 faults=1125899906842625", -EINVAL, -1, -1, -1 },
        { "1 faults=99999999999999999999999", -EINVAL, -1, -1, -1 },
    };
    char lengthy[HINT_TEXT + 1];
    struct hint h;

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_int_equal(hint_parse(&h, row[i].text), row[i].rc);
        assert_true(h.faults == row[i].faults);
        assert_true(h.stall_us == row[i].stall);
        assert_true(h.swap_kib == row[i].swap);
    }
    memset(lengthy, ' ', HINT_TEXT);
    memcpy(lengthy, "1 faults=1", 10);
    lengthy[HINT_TEXT] = '\0';
    assert_int_equal(hint_parse(&h, lengthy), -EINVAL);
    lengthy[HINT_TEXT - 1] = '\0';
    assert_int_equal(hint_parse(&h, lengthy), 0);
}

static void test_disk_number(void **state)
{
    static const struct {
        const char *name;
        int64_t number;
    } row[] = {
        { "xvda", 51712 },       { "xvdb", 51728 },
        { "xvda2", 51714 },      { "xvdp15", 51967 },
        { "xvdq", 268439552 },   { "xvdaa", 268442112 },
        { "xvda16", 268435472 }, { "hda", 768 },
        { "hdc1", 5633 },        { "sda", 2048 },
        { "sdb3", 2067 },        { "xvd", -1 },
        { "xvdA", -1 },          { "xvdax1y", -1 },
        { "vda", -1 },           { "", -1 },
        { "sdz", -1 },           { "hde", -1 },
        { "xvda256", -1 },       { "xvda1000", -1 },
    };

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (source_disk_number(row[i].name) != row[i].number)
            fail_msg("%s is %lld", row[i].name,
                     (long long)source_disk_number(row[i].name));
}

/* --- guests that come, go, reboot and take each other's place ----------------- */

static struct xlx_look look_of(uint32_t domid, unsigned id, uint64_t cpu_ns)
{
    struct xlx_look l = { .domid = domid,
                          .vcpus = 2,
                          .max_vcpu_id = 1,
                          .cpu_ns = cpu_ns,
                          .memory_kib = 2048,
                          .runs = true };

    l.uuid[0] = (uint8_t)id;
    return l;
}

static double cpu_of(struct sampler *s, const struct xlx_look *l, size_t n,
                     double at)
{
    assert_int_equal(sampler_looks(s, l, n, at), 0);
    sampler_second(s);
    return s->n ? s->guest[0].value[GUEST_CPU] : -2;
}

static void count_gone(void *arg, struct sampler_guest *g)
{
    ++*(unsigned *)arg;
}

static void test_guests(void **state)
{
    const uint64_t s1 = 1000000000;
    struct xlx_look l[2];
    struct sampler s;
    unsigned gone = 0;

    sampler_init(&s);
    s.gone = count_gone;
    s.arg = &gone;
    l[0] = look_of(0, 0, 5 * s1);
    l[1] = look_of(7, 1, 100 * s1);
    SAME(cpu_of(&s, l, 2, 10), -1);
    l[1].cpu_ns += s1;
    l[0].cpu_ns += s1;
    SAME(cpu_of(&s, l, 2, 12), 0.5);
    SAME(s.value[HOST_DOM0], 0.5);
    SAME(s.guest[0].value[GUEST_MEMORY], 2);
    SAME(s.value[HOST_GUESTS], 1);
    /* it reboots: another domid, other counters, even larger ones */
    l[1] = look_of(8, 1, 500 * s1);
    SAME(cpu_of(&s, l, 2, 13), -1);
    l[1].cpu_ns += s1;
    SAME(cpu_of(&s, l, 2, 14), 1);
    assert_int_equal(gone, 0);
    /* another guest has that domid now */
    l[1] = look_of(8, 2, 600 * s1);
    SAME(cpu_of(&s, l, 2, 15), -1);
    assert_int_equal(gone, 1);
    assert_int_equal(s.n, 1);
    /* no time went by */
    l[1].cpu_ns += s1;
    SAME(cpu_of(&s, l, 2, 15), -1);
    /* a domain with the same UUID comes: a move within the host */
    l[0] = look_of(9, 2, s1);
    l[1].cpu_ns += s1;
    assert_int_equal(sampler_looks(&s, l + 1, 1, 16), 0);
    SAME(s.guest[0].value[GUEST_CPU], 1);
    assert_int_equal(sampler_looks(&s, l, 0, 17), 0);
    assert_int_equal(gone, 2);
    assert_int_equal(s.n, 0);
    sampler_dispose(&s);
}

static void test_steal(void **state)
{
    struct fake_host h;
    struct xlx_looker looker = fake_looker(&h);
    struct xlx_look l[8];
    struct sampler s;
    int n;

    fake_host_init(&h, NULL);
    fake_guest_add(&h, 1, 1, 4)->waits = 1;
    fake_guest_add(&h, 2, 2, 1)->look.runs = false;
    fake_guest_add(&h, 3, 3, 4)->look.blocked = true;
    fake_guest_add(&h, 4, 4, 4)->look.rests = true;
    sampler_init(&s);
    n = looker.guests(looker.arg, l, 8);
    assert_int_equal(n, 5);
    assert_int_equal(sampler_looks(&s, l, (size_t)n, 1), 0);
    for (int i = 0; i < 3; i++)
        sampler_waits(&s, l, (size_t)n, &looker);
    sampler_second(&s);
    SAME(s.guest[0].value[GUEST_STEAL], 0.25);
    SAME(s.guest[1].value[GUEST_STEAL], 1);
    SAME(s.guest[2].value[GUEST_STEAL], 0);
    SAME(s.guest[3].value[GUEST_STEAL], -1);
    SAME(s.value[HOST_STEAL], 2.0 / 9);
    /* Xen is asked of those vCPUs only that the look does not tell of */
    assert_int_equal(h.asked, 3);
    /* a second without looks has no steal */
    assert_int_equal(sampler_looks(&s, l, (size_t)n, 2), 0);
    sampler_second(&s);
    SAME(s.guest[0].value[GUEST_STEAL], -1);
    sampler_dispose(&s);
}

/* Of a host with one processor, from which each look takes the guest: it waits at
 * each look at which it wants one, and yet has waited for nobody. Then another guest
 * takes half of it. */
static void test_steal_of_one(void **state)
{
    struct fake_host h;
    struct xlx_looker looker = fake_looker(&h);
    struct fake_guest *g;
    struct xlx_look l[8];
    struct sampler s;

    fake_host_init(&h, NULL);
    g = fake_guest_add(&h, 1, 1, 1);
    g->look.runs = false;
    sampler_init(&s);
    for (int t = 0; t < 400; t++) {
        int n = looker.guests(looker.arg, l, 8);

        assert_int_equal(sampler_looks(&s, l, (size_t)n, t), 0);
        for (int i = 0; i < 10; i++) {
            l[1].blocked = t < 50 && i >= 6;
            sampler_waits(&s, l, (size_t)n, &looker);
        }
        sampler_second(&s);
        if (t > 0 && t < 50)
            SAME(s.guest[0].value[GUEST_STEAL], 0);
        g->look.cpu_ns += t < 49 ? 600000000 : 500000000;
    }
    assert_true(fabs(s.guest[0].value[GUEST_STEAL] - 0.5) < 0.01);
    assert_true(fabs(s.value[HOST_STEAL] - 0.5) < 0.01);
    sampler_dispose(&s);
}

/* --- a host's files ---------------------------------------------------------------- */

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

#define NET_HEAD                                                              \
    "Inter-|   Receive                |  Transmit\n"                          \
    " face |bytes packets errs drop fifo frame compressed multicast|bytes\n"

/* Those that stay as they are. */
static void host_fixed(void)
{
    fake_file(&host, "sys/class/net/eth0/device/x", "x");
    fake_file(&host, "sys/class/net/br0/x", "x");
    fake_file(&host, "sys/class/hwmon/hwmon0/temp1_input", "41000\n");
    fake_file(&host, "sys/class/hwmon/hwmon0/temp2_input", "67500\n");
    fake_file(&host, "sys/class/hwmon/hwmon0/temp1_max", "99000\n");
    fake_file(&host, "sys/class/thermal/thermal_zone0/temp", "2147483647\n");
    fake_file(&host, "sys/class/powercap/intel-rapl:0/max_energy_range_uj",
              "700000000\n");
    fake_file(&host, "sys/class/powercap/intel-rapl:1/max_energy_range_uj",
              "4000000000\n");
}

#define VBD "sys/bus/xen-backend/devices/vbd-7-51728/statistics/"

/* what stands before "MCE:" in /proc/interrupts */
static const char *mce_blanks = " ";

static void host_files(unsigned t)
{
    fake_file(&host, "proc/net/dev",
              NET_HEAD "    lo: 9 9 9 9 0 0 0 0 9 9 9 9 0 0 0 0\n"
                       "  eth0:%u 10 %u 0 0 0 0 0 %u 10 0 0 0 0 0 0\n"
                       "vif7.0: %u %u 0 0 0 0 0 0 %u %u 0 0 0 0 0 0\n"
                       "vif7.0-emu: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"
                       "broken: 1 2\n",
              1000 * t, t / 10, 3000 * t, 500 * t, 5 * t, 700 * t, 7 * t);
    fake_file(&host, "sys/class/net/eth0/carrier_changes", "%u\n", t / 10);
    fake_file(&host, VBD "rd_sect", "%u\n", 4 * t);
    fake_file(&host, VBD "wr_sect", "%u\n", 8 * t);
    fake_file(&host, VBD "rd_req", "%u\n", 2 * t);
    fake_file(&host, VBD "wr_req", "%u\n", t);
    fake_file(&host, "sys/devices/system/edac/mc/mc0/ce_count", "%u\n", t);
    fake_file(&host, "sys/devices/system/edac/mc/mc0/ue_count", "%u\n",
              t / 20);
    fake_file(&host, "proc/interrupts",
              "  CPU0 CPU1\n%sMCE: %u %u  Machine check exceptions\n"
              "%sMCP: 9 9  Machine check polls\n",
              mce_blanks, t, t, mce_blanks);
    /* two packages of 50 W, one of which wraps; a part is no package */
    fake_file(&host, "sys/class/powercap/intel-rapl:0/energy_uj", "%u\n",
              (50000000 * t) % 700000001);
    fake_file(&host, "sys/class/powercap/intel-rapl:1/energy_uj", "%u\n",
              50000000 * t);
    fake_file(&host, "sys/class/powercap/intel-rapl:0:1/energy_uj", "%u\n",
              900000000 * t);
}

static bool swaps(void *arg, uint32_t domid, uint32_t number)
{
    return domid == 7 && number == 51728;
}

static void test_files(void **state)
{
    struct xlx_look l = look_of(7, 1, 0);
    struct sources src;
    struct sampler s;

    sampler_init(&s);
    sources_init(&src, dir);
    src.swap = swaps;
    host_fixed();
    for (unsigned t = 0; t <= 40; t++) {
        host_files(t);
        assert_int_equal(sampler_looks(&s, &l, 1, t), 0);
        sources_read(&src, &s, t);
        sampler_second(&s);
    }
    SAME(s.guest[0].value[GUEST_TX], 500);
    SAME(s.guest[0].value[GUEST_RX], 700);
    SAME(s.guest[0].value[GUEST_PACKETS], 12);
    SAME(s.guest[0].value[GUEST_READ], 4 * 512);
    SAME(s.guest[0].value[GUEST_WRITE], 8 * 512);
    SAME(s.guest[0].value[GUEST_READS], 2);
    SAME(s.guest[0].value[GUEST_WRITES], 1);
    SAME(s.guest[0].value[GUEST_SWAP], 4 * 512);
    SAME(s.value[HOST_RX], 1000);
    SAME(s.value[HOST_TX], 3000);
    SAME(s.value[HOST_LINK_ERRORS], 1);
    SAME(s.value[HOST_LINK_CHANGES], 0.1);
    SAME(s.value[HOST_HEAT], 67.5);
    SAME(s.value[HOST_ECC_CORRECTED], 1);
    SAME(s.value[HOST_ECC_FATAL], 0.1);
    SAME(s.value[HOST_MCE], 2);
    NEAR(s.value[HOST_POWER], 100);
    /* all of it vanishes: nothing is known, nothing is made up */
    tmpdir_remove(dir);
    dir = tmpdir_make("sampler");
    src.root = dir;
    for (unsigned t = 41; t <= 200; t++) {
        assert_int_equal(sampler_looks(&s, &l, 1, t), 0);
        sources_read(&src, &s, t);
        sampler_second(&s);
    }
    for (unsigned i = GUEST_RX; i < GUEST_METRICS; i++)
        SAME(s.guest[0].value[i], -1);
    for (unsigned i = HOST_RX; i < HOST_METRICS; i++)
        SAME(s.value[i], -1);
    sources_dispose(&src);
    sampler_dispose(&s);
}

/* Linux sets the names of interrupts off where there are a thousand. */
static void test_files_of_small_host(void **state)
{
    mce_blanks = "";
    test_files(state);
    mce_blanks = " ";
}

static const char *const disk_files[] = { "rd_sect", "wr_sect", "rd_req",
                                          "wr_req" };

/* What guest 7 reads in the second before `to`, of a disk that counts so many
 * a second; 0: its files stay as they are. */
static double disk_reads(struct sources *src, struct sampler *s, unsigned from,
                         unsigned to, unsigned by)
{
    struct xlx_look l = look_of(7, 1, 0);
    char path[100];

    for (unsigned t = from; t < to; t++) {
        for (unsigned i = 0; i < 4 && by; i++) {
            snprintf(path, sizeof path, VBD "%s", disk_files[i]);
            fake_file(&host, path, "%u\n", by * t);
        }
        assert_int_equal(sampler_looks(s, &l, 1, t), 0);
        sources_read(src, s, t);
        sampler_second(s);
    }
    return s->guest[0].value[GUEST_READS];
}

/* A disk is there before its counters are; and another one takes its place
 * between two looks. */
static void test_disk_again(void **state)
{
    char path[512];
    struct sources src;
    struct sampler s;

    sampler_init(&s);
    sources_init(&src, dir);
    fake_file(&host, "sys/bus/xen-backend/devices/vbd-7-51728/mode", "w\n");
    SAME(disk_reads(&src, &s, 0, 15, 0), -1);
    SAME(disk_reads(&src, &s, 15, 35, 2), 2);
    /* the files that are open say nothing any more, and others begin */
    for (unsigned i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/" VBD "%s", dir, disk_files[i]);
        assert_int_equal(truncate(path, 0), 0);
        assert_int_equal(unlink(path), 0);
    }
    SAME(disk_reads(&src, &s, 35, 36, 3), -1);
    SAME(disk_reads(&src, &s, 36, 55, 3), 3);
    sources_dispose(&src);
    sampler_dispose(&s);
}

static void test_smart(void **state)
{
    static const struct {
        const char *text;
        int rc;
        bool failing;
        int64_t bad;
    } row[] = {
        { "{\"smart_status\":{\"passed\":true},\"ata_smart_attributes\":{"
          "\"table\":[{\"id\":5,\"raw\":{\"value\":8}},{\"id\":9,\"raw\":{"
          "\"value\":999}},{\"id\":197,\"raw\":{\"value\":2}}]}}",
          0, false, 10 },
        { "{\"smart_status\":{\"passed\":false}}", 0, true, 0 },
        { "{\"nvme_smart_health_information_log\":{\"critical_warning\":4,"
          "\"media_errors\":3}}",
          0, true, 3 },
        { "{\"ata_smart_attributes\":{\"table\":[{\"id\":5,\"raw\":{\"value\":"
          "1e99}},{\"id\":5,\"raw\":7},{\"id\":5}]}}",
          0, false, 0 },
        { "{}", -ENODATA, false, 0 },
        { "[]", -ENODATA, false, 0 },
        { "smartctl: no", -EINVAL, false, 0 },
    };
    struct smart s;

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_int_equal(smart_parse(&s, row[i].text, strlen(row[i].text)),
                         row[i].rc);
        assert_int_equal(s.failing, row[i].failing);
        assert_true(s.bad == row[i].bad);
    }
    SAME(dcmi_parse("\n    Instantaneous power reading:       214 Watts\n"),
         214);
    SAME(dcmi_parse("    Instantaneous power reading:       214 W\n"), -1);
    SAME(dcmi_parse("Instantaneous power reading: 1e9 Watts"), -1);
    SAME(dcmi_parse("DCMI request failed"), -1);
}

/* A guest that lies is bounded, and one that is no longer there is gone. */
static void test_liar(void **state)
{
    struct sampler s;
    struct hint h = { 0, 0, 0 };
    struct xlx_look l = look_of(7, 1, 0);

    sampler_init(&s);
    assert_int_equal(sampler_looks(&s, &l, 1, 1), 0);
    sampler_hint(&s, &s.guest[0], &h);
    assert_int_equal(sampler_looks(&s, &l, 1, 11), 0);
    h = (struct hint){ 1ll << 50, 1ll << 50, 1ll << 50 };
    sampler_hint(&s, &s.guest[0], &h);
    sampler_second(&s);
    SAME(s.guest[0].value[GUEST_HINT_STALL], 1);
    assert_int_equal(sampler_looks(&s, &l, 1, 12), 0);
    h = (struct hint){ 5, -1, -1 };
    sampler_hint(&s, &s.guest[0], &h);
    sampler_second(&s);
    SAME(s.guest[0].value[GUEST_HINT_FAULTS], -1);
    SAME(s.guest[0].value[GUEST_HINT_STALL], -1);
    SAME(s.guest[0].value[GUEST_HINT_SWAP], -1);
    sampler_dispose(&s);
}

int main(void)
{
#define HOST_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counter),
        cmocka_unit_test(test_hint),
        cmocka_unit_test(test_disk_number),
        cmocka_unit_test(test_guests),
        cmocka_unit_test(test_steal),
        cmocka_unit_test(test_steal_of_one),
        HOST_TEST(test_files),
        HOST_TEST(test_files_of_small_host),
        HOST_TEST(test_disk_again),
        cmocka_unit_test(test_smart),
        cmocka_unit_test(test_liar),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
