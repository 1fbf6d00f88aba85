/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The checks before a move: each refuses what it is for, by its rule and with
 * a sentence that says what to do, and none refuses a pair that fits.
 */
#include "tools/move/preflight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char *one_bridge[] = { (char[]){ "xenbr0" } };
static char *one_disk[] = { (char[]){ "/vm/web1" } };
static char *two_pci[] = { (char[]){ "0000:03:10.0" },
                           (char[]){ "0000:03:10.1" } };
static char *far_networks[] = { (char[]){ "virbr0" }, (char[]){ "xenbr0" } };
static char *far_names[] = { (char[]){ "db" } };
static char *far_uuids[] = { (char[]){
    "00000000-0000-4000-8000-000000000009" } };

struct pair {
    struct xlx_domain dom;
    struct xlx_host here;
    struct target_host far;
    struct preflight p;
};

/* A guest and two hosts between which it may move. */
static void fit(struct pair *q)
{
    static char name[] = "web1";

    *q = (struct pair){
        .dom = { .domid = 5,
                 .uuid = "00000000-0000-4000-8000-000000000001",
                 .name = name,
                 .type = XLX_PVH,
                 .memory_kib = 1048576,
                 .need_kib = 1050000,
                 .policy = { { 0xff, 0xf0 }, 2 },
                 .bridges = { .s = one_bridge, .n = 1 },
                 .disks = { .s = one_disk, .n = 1 } },
        .here = { .xen_major = 4, .xen_minor = 17, .hap = true },
        .far = { .kind = TARGET_RACKHOP,
                 .xen_major = 4,
                 .xen_minor = 17,
                 .free_mib = 1026,
                 .vendor = "AuthenticAMD",
                 .pv_max = { { 0, 0 }, 2 },
                 .hvm_max = { { 0xff, 0xff }, 2 },
                 .knows_networks = true,
                 .networks = { .s = far_networks, .n = 2 },
                 .names = { .s = far_names, .n = 1 },
                 .uuids = { .s = far_uuids, .n = 1 } },
    };
    q->p = (struct preflight){ .dom = &q->dom,
                               .here = &q->here,
                               .here_vendor = "AuthenticAMD",
                               .far = &q->far,
                               .host = "r2h1" };
}

static void test_fits(void **state)
{
    struct pair q;
    char text[PREFLIGHT_TEXT] = "";

    fit(&q);
    assert_null(preflight_refuse(&q.p, text, sizeof text));
    assert_false(preflight_unknown(&q.p, text, sizeof text));
    assert_string_equal(text, "");
    q.p.far = NULL; /* what can be told from here */
    assert_null(preflight_refuse(&q.p, text, sizeof text));
    /* a newer Xen, more memory that dom0 would give, a PV guest with shadow */
    fit(&q);
    q.far.xen_minor = 19;
    q.far.free_mib = 26;
    q.far.balloon_mib = 1000;
    q.dom.type = XLX_PV;
    q.here.shadow = true;
    q.far.pv_max = q.far.hvm_max;
    assert_null(preflight_refuse(&q.p, text, sizeof text));
}

/* Where nothing is known nothing is refused, and that is said. */
static void test_unknown(void **state)
{
    struct pair q;
    char text[PREFLIGHT_TEXT];

    fit(&q);
    q.far = (struct target_host){ .kind = TARGET_UNKNOWN, .free_mib = -1 };
    assert_null(preflight_refuse(&q.p, text, sizeof text));
    assert_true(preflight_unknown(&q.p, text, sizeof text));
    assert_non_null(strstr(text, "disks and names"));
    q.far.kind = TARGET_XL;
    assert_true(preflight_unknown(&q.p, text, sizeof text));
    assert_string_equal(text, "memory, Xen version, CPU features, bridges");
    /* cut where the space ends */
    for (size_t n = 1; n < sizeof text; n++) {
        memset(text, '#', sizeof text);
        preflight_unknown(&q.p, text, n);
        assert_in_range(strlen(text), 0, n - 1);
    }
}

static void refuses(struct pair *q, const char *rule, const char *text)
{
    char buf[PREFLIGHT_TEXT];
    const char *r = preflight_refuse(&q->p, buf, sizeof buf);

    if (!r)
        fail_msg("nothing is refused where \"%s\" should be", text);
    assert_string_equal(r, rule);
    if (!strstr(buf, text))
        fail_msg("\"%s\" does not say \"%s\"", buf, text);
    /* one sentence, of a few hundred bytes at most, cut where it must be */
    assert_null(strchr(buf, '\n'));
    assert_in_range(strlen(buf), 20, 700);
    for (size_t n = 1; n < 64; n++) {
        memset(buf, '#', sizeof buf);
        preflight_refuse(&q->p, buf, n);
        assert_in_range(strlen(buf), 0, n - 1);
    }
}

#define REFUSES(change_, rule_, text_)                                        \
    do {                                                                      \
        struct pair q;                                                        \
                                                                              \
        fit(&q);                                                              \
        change_;                                                              \
        refuses(&q, rule_, text_);                                            \
    } while (0)

static void test_the_guest(void **state)
{
    REFUSES(q.dom.domid = 0, "state", "domain 0, the host itself");
    REFUSES(q.dom.dying = true, "state", "is dying");
    REFUSES(q.dom.shutdown = true, "state", "is shut down");
    REFUSES(q.dom.paused = true, "state", "`xl unpause web1` first");
    REFUSES(q.dom.pci = ((struct strlist){ two_pci, 1, 1 }), "pci",
            "the PCI device 0000:03:10.0, which can't move; `xl pci-detach "
            "web1 0000:03:10.0` first");
    REFUSES(q.dom.pci = ((struct strlist){ two_pci, 2, 2 }), "pci",
            "0000:03:10.0 and others");
    REFUSES(q.dom.vnuma = true, "state", "virtual NUMA layout");
    REFUSES(q.dom.type = XLX_PV, "state", "without shadow paging");
    /* all of them can be told without the far end */
    REFUSES((q.p.far = NULL, q.dom.paused = true), "state", "is paused");
    /* one without a name is called by its UUID */
    REFUSES((q.dom.name = NULL, q.dom.paused = true), "state",
            "00000000-0000-4000-8000-000000000001 is paused");
}

static void test_the_far_host(void **state)
{
    char *incoming[] = { (char[]){ "web1--incoming" } };
    char *same_name[] = { (char[]){ "web1" } };
    char *same_uuid[] = { (char[]){ "00000000-0000-4000-8000-000000000001" } };

    REFUSES(q.far.kind = TARGET_NOTHING, "state", "neither rackhop nor xl");
    REFUSES(q.far.uuids.s = same_uuid, "name",
            "is on r2h1 already; if that is this host");
    REFUSES(q.far.names.s = same_name, "name",
            "has another domain of the name web1; `xl rename`");
    REFUSES(q.far.names.s = incoming, "name", "`xl destroy web1--incoming`");
    REFUSES(q.far.xen_minor = 16, "xen-version",
            "r2h1 runs Xen 4.16 and this host Xen 4.17");
    REFUSES((q.far.xen_major = 3, q.far.xen_minor = 20), "xen-version",
            "an older Xen");
}

static void test_the_fit(void **state)
{
    REFUSES(q.far.free_mib = 1025, "memory",
            "needs 1026 MiB and r2h1 has 1025 MiB free");
    REFUSES((q.far.free_mib = 0, q.far.balloon_mib = 1025), "memory",
            "1025 MiB free");
    REFUSES(strcpy(q.far.vendor, "GenuineIntel"), "cpu",
            "another vendor (GenuineIntel, this host's are AuthenticAMD)");
    REFUSES(q.dom.policy.word[1] |= 1u << 23, "cpu",
            "lacks popcnt, which web1 was started with");
    REFUSES(q.dom.policy.word[1] |= 1u << 23 | 1u << 20, "cpu",
            "cpuid = \"host,sse4_2=0,popcnt=0\"");
    /* a PV guest is held against what PV guests can be given */
    REFUSES((q.dom.type = XLX_PV, q.here.shadow = true), "cpu", "lacks");
    REFUSES(q.far.networks.n = 1, "network", "has no bridge xenbr0");
    {
        static char backend[] = "@netvm", netvm[] = "netvm";
        char *needs[] = { backend }, *domains[] = { netvm };
        char text[PREFLIGHT_TEXT];
        struct pair it;

        REFUSES(q.dom.bridges = ((struct strlist){ needs, 1, 1 }), "network",
                "has no domain netvm, which is the backend");
        fit(&it);
        it.dom.bridges = (struct strlist){ needs, 1, 1 };
        it.far.names = (struct strlist){ domains, 1, 1 };
        assert_null(preflight_refuse(&it.p, text, sizeof text));
    }
    REFUSES(q.far.missing = ((struct strlist){ one_disk, 1, 1 }), "storage",
            "has no /vm/web1, a disk of web1");
}

static void warns(struct pair *q, const char *text)
{
    char buf[PREFLIGHT_TEXT];
    size_t row = 0;

    assert_null(preflight_refuse(&q->p, buf, sizeof buf));
    if (!preflight_warn(&q->p, &row, buf, sizeof buf))
        fail_msg("nothing is warned of where \"%s\" should be", text);
    if (!strstr(buf, text))
        fail_msg("\"%s\" does not say \"%s\"", buf, text);
    assert_null(strchr(buf, '\n'));
    assert_false(preflight_warn(&q->p, &row, buf, sizeof buf));
}

#define WARNS(change_, text_)                                                 \
    do {                                                                      \
        struct pair q;                                                        \
                                                                              \
        fit(&q);                                                              \
        change_;                                                              \
        warns(&q, text_);                                                     \
    } while (0)

/* A ghost of the guest at the target host: allowed, with a note. */
static void test_ghost(void **state)
{
    char *same[] = { (char[]){ "00000000-0000-4000-8000-000000000001" } };

    WARNS(q.far.dying = ((struct strlist){ same, 1, 1 }),
          "is still dying on r2h1, and keeps memory there");
}

/* Files that it starts with are a warning, those of the move a refusal. */
static void test_files(void **state)
{
    static char kernel[] = "/boot/k", initrd[] = "/boot/i", qemu[] = "/qemu";
    static char vif[] = "/s";
    struct xlx_file files[] = { { XLX_FILE_START, "kernel=", kernel },
                                { XLX_FILE_START, "ramdisk=", initrd },
                                { XLX_FILE_BUILD,
                                  "device_model_override=", qemu },
                                { XLX_FILE_SCRIPT, "script= of vif", vif } };
    char *one[] = { kernel }, *two[] = { kernel, initrd }, *model[] = { qemu };
    char *script[] = { vif };
    char *both[] = { kernel, (char[]){ "/vm/web1" } };
    struct pair fine;
    char text[PREFLIGHT_TEXT];
    size_t row = 0;

#define FILES(missing_, n_)                                                   \
    (q.dom.needs = (struct xlx_needs){ .files = files, .n_files = 4 },        \
     q.far.missing = (struct strlist){ missing_, n_, n_ })
    WARNS(FILES(one, 1), "r2h1 has no /boot/k (kernel=), with which web1");
    WARNS(FILES(two, 2), "/boot/k (kernel=) and no /boot/i (ramdisk=)");
    REFUSES(FILES(script, 1), "state", "no /s (script= of vif), which conn");
    REFUSES(FILES(model, 1), "state", "no /qemu (device_model_override=)");
    /* the disk is what is told of, and the kernel is no disk */
    REFUSES(FILES(both, 2), "storage", "has no /vm/web1, a disk");
#undef FILES
    fit(&fine);
    fine.dom.needs = (struct xlx_needs){ .files = files, .n_files = 4 };
    assert_false(preflight_warn(&fine.p, &row, text, sizeof text));
}

/* An ISO is no reason for shared storage: it can go. */
static void test_drive(void **state)
{
    static char iso[] = "/iso/a.iso", hdc[] = "hdc";
    struct xlx_drive drive = { hdc, iso };
    char *missing[] = { iso }, *disks[] = { (char[]){ "/vm/web1" }, iso };

    REFUSES((q.dom.needs.drives = &drive, q.dom.needs.n_drives = 1,
             q.dom.disks = (struct strlist){ disks, 2, 2 },
             q.far.missing = (struct strlist){ missing, 1, 1 }),
            "storage",
            "no /iso/a.iso, which is in a drive of web1; `xl "
            "cd-eject web1 hdc` first");
}

/* What a move would lose. */
static void test_bound(void **state)
{
    REFUSES(q.dom.nested = true, "state", "hypervisor of its own");
    REFUSES(q.dom.needs.bound = XLX_BOUND_VTPM, "state", "without vtpm=");
    REFUSES(q.dom.needs.bound = XLX_BOUND_9PFS, "state", "without p9=");
    REFUSES(q.dom.needs.bound = XLX_BOUND_USBCTRL, "state",
            "`xl usbctrl-detach web1");
    REFUSES(q.dom.needs.bound = XLX_BOUND_USBHOST, "state", "usbdevice=");
    REFUSES(q.dom.needs.bound = XLX_BOUND_PVCALLS, "state", "pvcalls=");
    REFUSES(q.dom.needs.bound = XLX_BOUND_DTDEV, "state", "dtdev=");
    REFUSES(q.dom.needs.bound = XLX_BOUND_NOMIGRATE, "state", "nomigrate=");
    REFUSES((q.dom.needs.bound = XLX_BOUND_VSND | XLX_BOUND_9PFS), "state",
            "p9=");
    WARNS(q.dom.needs.bound = XLX_BOUND_VDISPL, "vdispl=");
    WARNS(q.dom.needs.bound = XLX_BOUND_VSND, "vsnd=");
    WARNS(q.dom.needs.bound = XLX_BOUND_IO, "ioports=");
}

/* A counter of another frequency: as the settings have it. */
static void test_clock(void **state)
{
#define CLOCK(guest_, host_)                                                  \
    (q.dom.tsc_khz = (guest_), q.far.tsc_khz = (host_), here.cpu_khz = 2000000)
    struct xlx_host here = { .xen_major = 4, .xen_minor = 17 };
    char text[PREFLIGHT_TEXT];
    struct pair fine;

    WARNS(CLOCK(2400000, 2600000), "runs at 2600 MHz, that of web1 at 2400 "
                                   "MHz; unless that host's CPU scales");
    WARNS((CLOCK(2400000, 2600000), q.dom.policy.n = 8,
           q.dom.policy.word[7] = 1u << 8, q.far.hvm_max = q.dom.policy),
          "2400 MHz, and it was told that it never changes (invtsc)");
    REFUSES((CLOCK(2400000, 2600000), q.p.same_tsc = true), "tsc",
            "other_tsc = \"warn\"");
    /* tsc_mode=native: that of the source host */
    WARNS((CLOCK(UINT32_MAX, 2600000), q.p.here = &here), "at 2000 MHz");
    fit(&fine);
    fine.p.same_tsc = true;
    fine.dom.tsc_khz = 2400000;
    assert_null(preflight_refuse(&fine.p, text, sizeof text));
    fine.far.tsc_khz = 2401000; /* as two boots of a host may measure it */
    assert_null(preflight_refuse(&fine.p, text, sizeof text));
#undef CLOCK
}

/* Pools, schedulers and CPUs that the target host has not. */
static void test_cpus(void **state)
{
    static char cpu9[] = "9", cpu0[] = "0";
    struct xlx_pool pools[] = { { "Pool-0", "credit2", true, { { 0xf } } },
                                { "p", "credit", false, { { 0 } } } };
    char *nine[] = { cpu0, cpu9 }, text[PREFLIGHT_TEXT];
    struct pair fine;

#define POOLS (q.far.pools = (struct xlx_pools){ pools, 2 })
    REFUSES((POOLS, strcpy(q.dom.needs.pool, "x")), "cpu",
            "has no CPU pool x, in which web1 runs; `xl cpupool-create`");
    REFUSES((POOLS, strcpy(q.dom.needs.pool, "p"),
             strcpy(q.dom.needs.sched, "credit2")),
            "cpu", "pool p of r2h1 has the scheduler credit, and web1");
    REFUSES((POOLS, strcpy(q.dom.needs.sched, "credit")), "cpu",
            "pool Pool-0 of r2h1 has the scheduler credit2");
    REFUSES((POOLS, q.dom.needs.cpus = (struct strlist){ nine, 2, 2 }), "cpu",
            "has no CPU 9, to which the configuration of web1 pins it");
    WARNS((POOLS, q.dom.needs.n_pins = 2,
           q.dom.needs.pins[0] = (struct word_pin){ 0, 0, "all", "9" },
           q.dom.needs.pins[1] = (struct word_pin){ 1, 2, "8-9", "all" }),
          "has no CPU 8-9, to which vCPUs 1-2 of web1 are pinned");
    WARNS((POOLS, q.dom.needs.pins_cut = true), "in more than 12 ways");
    /* what is not known forbids nothing */
    fit(&fine);
    fine.dom.needs.cpus = (struct strlist){ nine, 2, 2 };
    strcpy(fine.dom.needs.sched, "credit");
    strcpy(fine.dom.needs.pool, "p");
    assert_null(preflight_refuse(&fine.p, text, sizeof text));
    fine.far.pools = (struct xlx_pools){ pools, 2 };
    assert_null(preflight_refuse(&fine.p, text, sizeof text));
#undef POOLS
}

/* A display whose number is fixed needs its port. */
static void test_display(void **state)
{
    static const struct {
        const char *wanted, *used;
        bool meet;
    } rows[] = {
        { "127.0.0.1:5907", "127.0.0.1:5907", true },
        { "127.0.0.1:5907", "127.0.0.1:5908", false },
        { "127.0.0.1:5907", "192.0.2.1:5907", false },
        { "127.0.0.1:5907", "0.0.0.0:5907", true },
        { "0.0.0.0:5907", "192.0.2.1:5907", true },
        { "127.0.0.1:5907", "[::]:5907", true },
        { "127.0.0.1:5907", "[::1]:5907", false },
        { "[::1]:5907", "[::1]:5907", true },
        { "127.0.0.1:5907", "5907", false },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *wanted[] = { (char *)(uintptr_t)rows[i].wanted };
        char *used[] = { (char *)(uintptr_t)rows[i].used };
        char text[PREFLIGHT_TEXT];
        struct pair q;

        fit(&q);
        q.dom.needs.displays = (struct strlist){ wanted, 1, 1 };
        q.far.listening = (struct strlist){ used, 1, 1 };
        if (rows[i].meet)
            refuses(&q, "state", "where a VNC display of web1 has to");
        else
            assert_null(preflight_refuse(&q.p, text, sizeof text));
    }
}

static void test_above_target(void **state)
{
    char text[PREFLIGHT_TEXT];
    struct pair fine;

    REFUSES(q.dom.above_kib = 102400, "memory",
            "holds 100 MiB above its memory target");
    REFUSES(q.dom.above_kib = 102400, "memory", "`xl mem-set web1 1024m`");
    fit(&fine);
    fine.dom.above_kib = 4096; /* on its way, or rounding */
    assert_null(preflight_refuse(&fine.p, text, sizeof text));
}

/* The first reason in a person's order is the one that is told. */
static void test_order(void **state)
{
    REFUSES((q.dom.paused = true, q.far.free_mib = 0), "state", "paused");
    REFUSES((q.far.free_mib = 0, q.far.xen_minor = 1), "xen-version", "older");
}

/* A guest that uses all there is: the sentence stays whole or is cut. */
static void test_many_features(void **state)
{
    struct pair q;
    char buf[PREFLIGHT_TEXT + 1];

    fit(&q);
    q.dom.policy.n = XLX_FEATURE_WORDS;
    memset(q.dom.policy.word, 0xff, sizeof q.dom.policy.word);
    buf[PREFLIGHT_TEXT] = '#';
    assert_string_equal(preflight_refuse(&q.p, buf, PREFLIGHT_TEXT), "cpu");
    assert_int_equal(buf[PREFLIGHT_TEXT], '#');
    assert_non_null(strstr(buf, ", .., which web1 was started with"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fits),      cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_the_guest), cmocka_unit_test(test_the_far_host),
        cmocka_unit_test(test_the_fit),   cmocka_unit_test(test_ghost),
        cmocka_unit_test(test_files),     cmocka_unit_test(test_drive),
        cmocka_unit_test(test_bound),     cmocka_unit_test(test_above_target),
        cmocka_unit_test(test_display),   cmocka_unit_test(test_cpus),
        cmocka_unit_test(test_order),     cmocka_unit_test(test_many_features),
        cmocka_unit_test(test_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
