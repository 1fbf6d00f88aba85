/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What network interfaces need of a host, and what hosts offer: bridges of
 * Linux and of Open vSwitch, and driver domains.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libxl-ext/network.h"
#include "scheduler/scheduler.h"
#include "tests/lib/tmpdir.h"
#include "tools/cluster/host_networks.h"
#include "tools/cluster/host_vifs.h"

static void test_need(void **state)
{
    static const struct {
        const char *bridge, *script, *backend, *need;
    } row[] = {
        { "xenbr0", NULL, NULL, "xenbr0" },
        { "xenbr1", "vif-bridge", NULL, "xenbr1" },
        { "br0.100", "/etc/xen/scripts/vif-bridge", NULL, "br0.100" },
        /* none is named */
        { NULL, NULL, NULL, "xenbr0" },
        { "", "vif-bridge", NULL, "xenbr0" },
        { NULL, "vif-route", NULL, NULL },
        { NULL, "/etc/xen/scripts/vif-nat", NULL, NULL },
        /* Open vSwitch */
        { "ovsbr0", "vif-openvswitch", NULL, "ovsbr0" },
        { "ovsbr0.10", "vif-openvswitch", NULL, "ovsbr0" },
        { "ovsbr0.10:20", "vif-openvswitch", NULL, "ovsbr0" },
        { "ovsbr0:20:30", NULL, NULL, "ovsbr0" },
        /* a bridge that is not in domain 0 */
        { "xenbr0", NULL, "netvm", "@netvm" },
        { NULL, "vif-route", "netvm", "@netvm" },
    };
    char buf[64];

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const char *need = xlx_network_need(row[i].bridge, row[i].script,
                                            row[i].backend, buf, sizeof buf);

        if (!row[i].need)
            assert_null(need);
        else
            assert_string_equal(need, row[i].need);
    }
}

/* --- what a host offers ------------------------------------------------------ */

static void put(const char *dir, const char *device, const char *file,
                const char *text)
{
    char path[600];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, device);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/%s/%s", dir, device, file);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void test_bridges(void **state)
{
    static const struct {
        const char *device, *file, *text;
        bool offered;
    } row[] = {
        { "xenbr0", "bridge", "", true },
        { "br-with-kind", "uevent", "DEVTYPE=bridge\n", false },
        { "ovsbr0", "uevent", "INTERFACE=ovsbr0\nIFINDEX=9\n", true },
        { "eth0", "device", "", false },
        { "eth0.5", "uevent", "DEVTYPE=vlan\n", false },
        { "bond0", "bonding", "", false },
        { "port1", "master", "", false },
        { "tun0", "tun_flags", "", false },
        { "lo", "uevent", "INTERFACE=lo\n", false },
        { "vif3.0", "uevent", "INTERFACE=vif3.0\n", false },
        { "ovs-system", "uevent", "INTERFACE=ovs-system\n", false },
    };
    char *dir = tmpdir_make("networks");
    struct strlist l = { .s = NULL };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        put(dir, row[i].device, row[i].file, row[i].text);
    assert_int_equal(host_bridges(&l, dir), 0);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (strlist_has(&l, row[i].device) != row[i].offered)
            fail_msg("%s", row[i].device);
    strlist_dispose(&l);
    assert_int_equal(host_bridges(&l, "/nonexistent"), 0);
    assert_int_equal(l.n, 0);
    tmpdir_remove(dir);
}

static void test_vifs(void **state)
{
    static const struct {
        const char *device, *rx;
    } row[] = {
        { "vif3.0", "1000\n" },  { "vif3.1", "24\n" },
        { "vif3.0-emu", "6\n" }, { "vif4.0", "nothing\n" },
        { "vif31.0", "77\n" },   { "vif5", "8\n" },
        { "tap3.0", "9\n" },     { "eth0", "5000\n" },
    };
    const struct xlx_domain d[] = {
        { .domid = 3 }, { .domid = 4 }, { .domid = 5 }, { .domid = 31 }
    };
    static const int64_t sent[] = { 1030, -1, -1, 77 };
    char *dir = tmpdir_make("vifs"), name[64];
    int64_t tx[4];

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        snprintf(name, sizeof name, "%s/statistics", row[i].device);
        put(dir, row[i].device, "type", "1\n");
        put(dir, name, "rx_bytes", row[i].rx);
    }
    host_vifs_tx(dir, d, 4, tx);
    for (size_t i = 0; i < 4; i++)
        if (tx[i] != sent[i])
            fail_msg("domain %u: %ld", d[i].domid, (long)tx[i]);
    host_vifs_tx("/nonexistent", d, 4, tx);
    assert_int_equal(tx[0], -1);
    tmpdir_remove(dir);
}

static void test_driver_domains(void **state)
{
    static char net[] = "netvm", disk[] = "diskvm", web[] = "web",
                gone[] = "x";
    char *web_needs[] = { (char[]){ "@netvm" }, (char[]){ "xenbr0" } };
    const struct xlx_domain d[] = {
        { .name = web, .bridges = { .s = web_needs, .n = 2 } },
        { .name = net },
        { .name = disk, .driver_domain = true },
        { .name = gone, .driver_domain = true, .dying = true },
        { .name = NULL, .driver_domain = true },
    };
    struct strlist l = { .s = NULL };

    assert_int_equal(host_driver_domains(&l, d, 5), 0);
    assert_int_equal(l.n, 2);
    assert_true(strlist_has(&l, "@netvm"));
    assert_true(strlist_has(&l, "@diskvm"));
    strlist_dispose(&l);
}

/* --- and the rule ------------------------------------------------------------- */

static void test_rule(void **state)
{
    static const struct {
        const char *need, *offer, *why; /* NULL: it may go there */
    } row[] = {
        { "xenbr0", "xenbr0", NULL },
        { "ovsbr0.10:20", "ovsbr0", NULL },
        { "ovsbr0:20", "ovsbr1", "it has no network ovsbr0" },
        { "br0.10", "br0", "it has no network br0.10" },
        { "@netvm", "@netvm", NULL },
        { "@netvm", "netvm", "it has no network of driver domain netvm" },
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct plan_cluster *c = plan_cluster_new(NULL);
        struct plan_host a = { .name = "a", .memory_mib = 9000, .cpus = 4 };
        struct plan_host b = { .name = "b",
                               .memory_mib = 9000,
                               .cpus = 4,
                               .networks = { &row[i].offer, 1, true } };
        struct plan_domain v = { .uuid = "1",
                                 .name = "v",
                                 .host = "a",
                                 .memory_mib = 100,
                                 .vcpus = 1,
                                 .networks = { &row[i].need, 1, true } };
        enum plan_rule rule;
        char why[200];

        assert_int_equal(plan_add_host(c, &a), 0);
        assert_int_equal(plan_add_host(c, &b), 0);
        assert_int_equal(plan_add_domain(c, &v), 0);
        assert_int_equal(plan_cluster_index(c, NULL, NULL, NULL), 0);
        assert_int_equal(plan_refusal(c, 0, 1, &rule, why, sizeof why),
                         row[i].why != NULL);
        if (row[i].why)
            assert_string_equal(why, row[i].why);
        plan_cluster_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_need), cmocka_unit_test(test_bridges),
        cmocka_unit_test(test_vifs), cmocka_unit_test(test_driver_domains),
        cmocka_unit_test(test_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
