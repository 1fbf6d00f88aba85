/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tests which ports carry what is sent to an address, on what a kernel's dumps
 * of links and routes say: the seeds of fuzz_netlink.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/netlink_play.h"

struct played {
    struct kernel k;
    struct topo_view v;
};

static void play_take(struct played *p, const uint8_t *data, size_t len,
                      bool speeds)
{
    struct nlmsghdr *h;

    while ((h = netlink_play_next(&data, &len))) {
        if (speeds)
            ports_take_speed(&p->v, p->k.links, h);
        else
            netlink_play_take(&p->k, h);
        free(h);
    }
}

static void play(struct played *p, const char *seed)
{
    uint8_t data[16384];
    char path[256];
    size_t len;
    FILE *f;

    snprintf(path, sizeof path, "tests/fuzz/seeds/fuzz_netlink/%s", seed);
    f = fopen(path, "r");
    assert_non_null(f);
    len = fread(data, 1, sizeof data, f);
    fclose(f);
    netlink_play_init(&p->k);
    topo_view_init(&p->v);
    play_take(p, data, len, false);
    ports_of_links(&p->v, p->k.links);
    play_take(p, data, len, true);
}

static void play_end(struct played *p)
{
    topo_view_dispose(&p->v);
    netlink_play_dispose(&p->k);
}

/* What carries what is sent there: names with a blank behind each. */
static const char *ways(struct played *p, const char *address, int rc)
{
    static char names[256];
    struct msg err = MSG_NONE;
    struct topo_view v;

    topo_view_init(&v);
    names[0] = '\0';
    assert_int_equal(ports_add_route(&v, &p->k, address, &err), rc);
    assert_int_equal(*err.text != '\0', rc != 0);
    for (size_t i = 0; i < v.migration_ports; i++) {
        strcat(names, v.migration_port[i]);
        strcat(names, " ");
    }
    topo_view_dispose(&v);
    return names;
}

static void test_ports(void **state)
{
    struct played p;
    const struct topo_port *eth0, *vlan;

    play(&p, "bond-in-bridge-and-vlan");
    eth0 = topo_view_find_port(&p.v, "eth0");
    assert_string_equal(eth0->mac, "02:00:00:00:00:01");
    assert_string_equal(eth0->master, "bond0");
    assert_int_equal(eth0->up, 1);
    assert_int_equal(eth0->mtu, 9000);
    assert_int_equal(eth0->speed_mbps, 25000);
    assert_string_equal(topo_view_find_port(&p.v, "eth2")->descr, "to tor9");
    /* the speed of a bridge is that of no cable */
    assert_int_equal(topo_view_find_port(&p.v, "xenbr0")->speed_mbps,
                     TOPO_UNKNOWN);
    vlan = topo_view_find_port(&p.v, "eth2.7");
    assert_null(vlan->master);
    assert_null(topo_view_find_port(&p.v, "lo"));
    assert_null(topo_view_find_port(&p.v, "vif3.0"));
    assert_null(topo_view_find_port(&p.v, "tap3.0"));
    play_end(&p);
}

static void test_ways(void **state)
{
    struct played p;

    play(&p, "bond-in-bridge-and-vlan");
    assert_string_equal(ways(&p, NULL, 0), "eth0 eth1 ");
    assert_string_equal(ways(&p, "10.0.0.9", 0), "eth0 eth1 ");
    assert_string_equal(ways(&p, "10.7.1.1", 0), "eth0 eth1 eth2 ");
    assert_string_equal(ways(&p, "fd00::9", 0), "eth2 ");
    assert_string_equal(ways(&p, "fd01::9", -ENETUNREACH), "");
    play_end(&p);

    play(&p, "longer-prefix-unreachable-other-table");
    assert_string_equal(ways(&p, "10.0.0.9", 0), "eth1 ");
    assert_string_equal(ways(&p, "10.0.0.8", 0), "eth0 ");
    assert_string_equal(ways(&p, "10.7.0.1", 0), ""); /* blackhole */
    assert_string_equal(ways(&p, NULL, -ENETUNREACH), "");
    play_end(&p);
}

/* The kernel does not say which port is in which bridge of Open vSwitch; a
 * bridge's address does, mostly. */
static void test_open_vswitch(void **state)
{
    struct played p;

    play(&p, "bridges-of-open-vswitch");
    assert_string_equal(ways(&p, "10.0.0.9", 0), "eth0 eth1 ");
    assert_string_equal(ways(&p, NULL, 0), "eth0 eth1 ");
    assert_string_equal(ways(&p, "10.1.0.9", 0), "eth1 eth2 ");
    assert_string_equal(ways(&p, "10.7.0.9", 0), "eth0 eth1 "); /* a VLAN */
    assert_string_equal(ways(&p, "10.2.0.9", 0), "eth0 eth1 ");
    assert_string_equal(ways(&p, "10.3.0.9", 0), "eth1 ");
    assert_null(topo_view_find_port(&p.v, "vif3.0"));
    play_end(&p);
}

/* What cannot be comes to an end. */
static void test_odd(void **state)
{
    struct played p;

    play(&p, "masters-and-vlans-in-a-circle");
    ways(&p, NULL, 0);
    ways(&p, "10.0.0.9", 0);
    play_end(&p);

    play(&p, "speed-cut-and-unknown");
    assert_int_equal(p.v.ports, 1);
    assert_int_equal(p.v.port[0].speed_mbps, TOPO_UNKNOWN);
    play_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_open_vswitch),
        cmocka_unit_test(test_odd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
