/* SPDX-License-Identifier: LGPL-2.1-only */
/* The rule on devices: what hosts have of a class, guests that take it from
 * each other, and the order of moves that exchange devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scheduler/scheduler.h"

static const char *const one[] = { "net" }, *const two[] = { "net", "net" },
                         *const other[] = { "sto" },
                         *const both[] = { "sto", "net" };
static const char *const bdf[] = { "0000:03:10.0", "0000:03:10.2" };

struct guest {
    const char *name, *host;
    const char *const *devices;
    unsigned n, pci; /* so many of them are of PCI */
};
/* Bits of a guest, or of the hosts, whose class it then is. */
enum { CARDS = 1, PV = 2, OFF = 4 /* pci_moves */ };

/* kinds: of each guest; NULL: none is of any. */
static struct plan_cluster *cluster(const int *net, const struct guest *g,
                                    size_t n, const unsigned *kinds,
                                    unsigned hosts)
{
    static const char *const name[] = { "a", "b", "c" };
    struct plan_cluster *c = plan_cluster_new(NULL);
    struct plan_settings set;

    plan_settings_init(&set);
    set.change_devices = hosts != OFF;
    for (int i = 0; i < 3; i++) {
        struct plan_stock stock = { "net", (unsigned)net[i], hosts & CARDS };
        struct plan_host h = { .name = name[i],
                               .memory_mib = 1000,
                               .cpus = 8,
                               .devices = &stock,
                               .devices_n = net[i] >= 0 };

        assert_int_equal(plan_add_host(c, &h), 0);
    }
    for (size_t i = 0; i < n; i++) {
        unsigned kind = kinds ? kinds[i] : 0;
        struct plan_domain d = {
            .uuid = g[i].name,
            .name = g[i].name,
            .host = g[i].host,
            .type = kind & PV ? PLAN_PV : PLAN_HVM,
            .memory_mib = 10,
            .vcpus = 1,
            .cpu_used = -1,
            .dirty_mib_s = -1,
            .writable_mib = -1,
            .devices = { g[i].devices, kind & CARDS ? 0 : g[i].n, true },
            .cards = { g[i].devices, kind & CARDS ? g[i].n : 0, true },
            .pci = { bdf, g[i].pci, true },
            .pci_classed = g[i].pci < g[i].n ? g[i].pci : g[i].n,
        };

        assert_int_equal(plan_add_domain(c, &d), 0);
    }
    assert_int_equal(plan_cluster_index(c, &set, NULL, NULL), 0);
    return c;
}

static void test_room(void **state)
{
    static const struct {
        int net[3]; /* of hosts a, b, c; < 0: they have none */
        struct guest g[3];
        const char *why; /* why the first can't go to b; NULL: it can */
    } rows[] = {
        { { 1, 1, 1 }, { { "v", "a", one, 1, 1 } }, NULL },
        { { 1, 0, 1 },
          { { "v", "a", one, 1, 1 } },
          "it has no device of the class net" },
        { { 1, -1, 1 },
          { { "v", "a", one, 1, 1 } },
          "it has no device of the class net" },
        { { 2, 1, 1 },
          { { "v", "a", two, 2, 2 } },
          "1 of its 1 device of the class net is free, 2 are needed" },
        { { 1, 1, 1 },
          { { "v", "a", one, 1, 1 }, { "w", "b", one, 1, 1 } },
          "0 of its 1 device of the class net are free, 1 is needed" },
        { { 1, 2, 1 },
          { { "v", "a", one, 1, 1 }, { "w", "b", one, 1, 1 } },
          NULL },
        /* a stand-in, which is no device of PCI */
        { { 1, 2, 1 }, { { "v", "a", one, 1, 0 } }, NULL },
        { { 1, 1, 1 },
          { { "v", "a", both, 2, 2 } },
          "it has no device of the class sto" },
        { { 1, 1, 1 },
          { { "v", "a", other, 1, 1 } },
          "it has no device of the class sto" },
        /* more guests have one than the host says that it has */
        { { 1, 1, 1 },
          { { "v", "a", one, 1, 1 },
            { "w", "b", one, 1, 1 },
            { "x", "b", one, 1, 1 } },
          "0 of its 1 device of the class net are free, 1 is needed" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n =
            1 + (rows[i].g[1].name != NULL) + (rows[i].g[2].name != NULL);
        struct plan_cluster *c = cluster(rows[i].net, rows[i].g, n, NULL, 0);
        enum plan_rule rule = PLAN_RULES;
        char text[200] = "";
        uint32_t bits;

        assert_int_equal(plan_refusals(c, 0, 1, &bits), 0);
        bits &= ~(1u << PLAN_PATH);
        assert_int_equal(bits, rows[i].why ? 1u << PLAN_DEVICE : 0);
        if (bits && plan_refusal(c, 0, 1, &rule, text, sizeof text) &&
            rule == PLAN_DEVICE)
            assert_string_equal(text, rows[i].why);
        plan_cluster_free(c);
    }
}

/* Without the setting, and for what has no class, it is as it was. */
static void test_off(void **state)
{
    static const int net[] = { 1, 1, 1 };
    static const struct guest g[] = { { "v", "a", one, 1, 1 },
                                      { "w", "a", one, 1, 2 },
                                      { "x", "a", one, 1, 0 } };
    static const struct {
        bool on;
        uint32_t dom, bits;
        const char *why;
    } rows[] = {
        { false, 0, 1u << PLAN_PCI,
          "the guest has 1 PCI device of its host, and pci_moves is off" },
        { false, 1, 1u << PLAN_PCI,
          "the guest has 2 PCI devices of its host" },
        { false, 2, 0, "" },
        { true, 0, 0, "" },
        { true, 1, 1u << PLAN_PCI,
          "the guest has 1 PCI device of its host, of no class (pci_class)" },
        { true, 2, 0, "" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan_cluster *c =
            cluster(net, g, 3, NULL, rows[i].on ? 0 : OFF);
        enum plan_rule rule;
        char text[200] = "";
        uint32_t bits;

        assert_int_equal(plan_refusals(c, rows[i].dom, 1, &bits), 0);
        bits &= ~(1u << PLAN_PATH);
        assert_int_equal(bits, rows[i].bits);
        if (bits)
            assert_true(
                plan_refusal(c, rows[i].dom, 1, &rule, text, sizeof text));
        if (bits)
            assert_string_equal(text, rows[i].why);
        plan_cluster_free(c);
    }
}

/* What bears one name and is of two kinds is two classes. */
static void test_kinds(void **state)
{
    static const int net[] = { 2, 1, 1 };
    static const struct guest g[] = {
        { "card", "a", one, 1, 1 },  { "vf", "a", one, 1, 1 },
        { "two", "a", two, 2, 2 },   { "pv", "a", one, 1, 1 },
        { "pv-vf", "a", one, 1, 1 }, { "pv-more", "a", one, 1, 2 },
    };
    static const unsigned kinds[] = { CARDS,      0,  CARDS,
                                      CARDS | PV, PV, CARDS | PV };
    static const char pv[] =
        "the guest is a PV guest with a whole network card: Linux crashes "
        "when it resumes on another host, even without the card; shut it "
        "down and start it there";
    static const struct {
        bool cards; /* the hosts' class is one of them */
        uint32_t dom;
        enum plan_rule rule; /* PLAN_RULES: it can go to b */
        const char *why;
    } rows[] = {
        { true, 0, PLAN_RULES, "" },
        { true, 1, PLAN_DEVICE,
          "its class of that name is one of whole cards: it has no device of "
          "the class net" },
        { true, 2, PLAN_DEVICE,
          "1 of its 1 device of the class net (whole cards) is free, 2 are "
          "needed" },
        { true, 3, PLAN_PCI, pv },
        { true, 5, PLAN_PCI, pv },
        { false, 0, PLAN_DEVICE,
          "its class of that name is one of VFs: it has no device of the "
          "class net (whole cards)" },
        { false, 1, PLAN_RULES, "" },
        { false, 4, PLAN_RULES, "" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan_cluster *c =
            cluster(net, g, 6, kinds, rows[i].cards ? CARDS : 0);
        enum plan_rule rule = PLAN_RULES;
        char text[200] = "";
        uint32_t bits;

        assert_int_equal(plan_refusals(c, rows[i].dom, 1, &bits), 0);
        bits &= ~(1u << PLAN_PATH);
        if (bits)
            assert_true(
                plan_refusal(c, rows[i].dom, 1, &rule, text, sizeof text));
        assert_int_equal(rule, rows[i].rule);
        assert_string_equal(text, rows[i].why);
        plan_cluster_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_room),
                                        cmocka_unit_test(test_off),
                                        cmocka_unit_test(test_kinds) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
