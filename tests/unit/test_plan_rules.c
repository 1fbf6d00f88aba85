/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * One set of move rules: a planner and the check before a move are given the
 * same facts of a guest and two hosts, drawn at random, and must refuse for
 * the same reasons, in the same words for the same CPU features.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scheduler/cpu.h"
#include "scheduler/scheduler.h"
#include "scheduler/sim.h"
#include "tools/move/preflight.h"
#include "topology/topology.h"

enum { ROUNDS = 20000, BITS = 4, WORDS = 3 };

static const unsigned feature[BITS] = {
    32 + 25,     /* aes */
    3 * 32 + 4,  /* altmovcr8 */
    7 * 32 + 8,  /* invtsc */
    5 * 32 + 16, /* avx512f */
};
static const char *const vendor[] = { "", "AuthenticAMD", "GenuineIntel" };
static char *const word[WORDS] = { (char[]){ "xenbr0" }, (char[]){ "xenbr1" },
                                   (char[]){ "storage" } };

/* What both are told. Sets are bits: of `feature`, of `word`. */
struct facts {
    bool pv, maintenance, same_name;
    unsigned pci, vendor_source, vendor_target;
    unsigned minor_source, minor_target; /* of Xen 4.; 0: unknown */
    unsigned has, max_pv, max_hvm;       /* features; max 0: unknown */
    unsigned bridges, networks;
    bool knows_networks;
    unsigned missing; /* disks that the target host lacks */
    /* MiB: held and needed; free, and more that dom0 could give; free memory
     * as the sums of a snapshot have it, which round */
    int64_t held_mib, need_mib, free_mib, balloon_mib, rounding_mib;
};

static struct facts draw_facts(uint64_t *rng)
{
    /* most facts fit, so that often one rule refuses, and often none */
#define ODD(n_) (!plan_sim_draw(rng, (n_)))
    return (struct facts){
        .pv = ODD(2),
        .maintenance = ODD(12),
        .same_name = ODD(12),
        .pci = ODD(12),
        .vendor_source = plan_sim_draw(rng, 2),
        .vendor_target = ODD(8) ? 2 : plan_sim_draw(rng, 2),
        .minor_source = 17,
        .minor_target = ODD(8)   ? 16
                        : ODD(4) ? 0
                                 : 17 + plan_sim_draw(rng, 3),
        .has = plan_sim_draw(rng, 1 << BITS),
        .max_pv = ODD(3) ? plan_sim_draw(rng, 1 << BITS) : (1 << BITS) - 1,
        .max_hvm = ODD(3) ? plan_sim_draw(rng, 1 << BITS) : (1 << BITS) - 1,
        .bridges = plan_sim_draw(rng, 1 << WORDS),
        .networks = ODD(4) ? plan_sim_draw(rng, 1 << WORDS) : (1 << WORDS) - 1,
        .knows_networks = !ODD(4),
        .missing = ODD(8) ? plan_sim_draw(rng, 1 << WORDS) : 0,
        .held_mib = 1000 - plan_sim_draw(rng, 3) * 100,
        .need_mib = 1000,
        .free_mib = ODD(10) ? 699 : 700 + plan_sim_draw(rng, 2),
        .balloon_mib = ODD(10) ? 299 : 300,
        .rounding_mib = plan_sim_draw(rng, 3),
    };
#undef ODD
}

/* What the rules say, written down once more. */
static uint32_t expected(const struct facts *f)
{
    unsigned max = f->pv ? f->max_pv : f->max_hvm;
    uint32_t bits = 0;

    bits |= (uint32_t)f->maintenance << PLAN_STATE;
    bits |= (uint32_t)(f->pci > 0) << PLAN_PCI;
    bits |= (uint32_t)f->same_name << PLAN_NAME;
    bits |= (uint32_t)(f->free_mib + f->balloon_mib < f->need_mib)
            << PLAN_MEMORY;
    bits |= (uint32_t)(f->minor_target && f->minor_target < f->minor_source)
            << PLAN_XEN_VERSION;
    bits |= (uint32_t)((f->vendor_source && f->vendor_target &&
                        f->vendor_source != f->vendor_target) ||
                       (max && f->has & ~max))
            << PLAN_CPU;
    bits |= (uint32_t)(f->knows_networks && f->bridges & ~f->networks)
            << PLAN_NETWORK;
    bits |= (uint32_t)(f->missing != 0) << PLAN_STORAGE;
    return bits;
}

/* --- the facts as a move's two ends tell them ---------------------------- */

static struct xlx_features xlx_set(unsigned set)
{
    struct xlx_features f = { .n = set ? 8 : 0 };

    for (unsigned i = 0; i < BITS; i++)
        if (set & 1u << i)
            f.word[feature[i] / 32] |= 1u << feature[i] % 32;
    return f;
}

static unsigned word_list(unsigned set, char **list)
{
    unsigned n = 0;

    for (unsigned i = 0; i < WORDS; i++)
        if (set & 1u << i)
            list[n++] = word[i];
    return n;
}

static const char *ask_preflight(const struct facts *f, char *text, size_t len)
{
    static char name[] = "web1", device[] = "0000:03:10.0", other[] = "db1";
    char *bridges[WORDS], *networks[WORDS], *missing[WORDS];
    char *names[] = { other, name }, *pci[] = { device };
    struct xlx_domain dom = {
        .domid = 5,
        .uuid = "00000000-0000-4000-8000-000000000001",
        .name = name,
        .type = f->pv ? XLX_PV : XLX_HVM,
        .memory_kib = (uint64_t)f->held_mib * 1024,
        .need_kib = (uint64_t)f->need_mib * 1024,
        .policy = xlx_set(f->has),
        .bridges = { .s = bridges, .n = word_list(f->bridges, bridges) },
        .pci = { .s = pci, .n = f->pci },
    };
    struct xlx_host source = { .xen_major = 4,
                               .xen_minor = f->minor_source,
                               .hap = true,
                               .shadow = true };
    struct target_host target = {
        .kind = TARGET_RACKHOP,
        .maintenance = f->maintenance,
        .xen_major = f->minor_target ? 4 : 0,
        .xen_minor = f->minor_target,
        .free_mib = f->free_mib,
        .balloon_mib = f->balloon_mib,
        .pv_max = xlx_set(f->max_pv),
        .hvm_max = xlx_set(f->max_hvm),
        .knows_networks = f->knows_networks,
        .networks = { .s = networks, .n = word_list(f->networks, networks) },
        .names = { .s = names, .n = f->same_name ? 2 : 1 },
        .missing = { .s = missing, .n = word_list(f->missing, missing) },
    };
    const struct preflight p = { .dom = &dom,
                                 .here = &source,
                                 .here_vendor = vendor[f->vendor_source],
                                 .far = &target,
                                 .host = "b" };

    snprintf(target.vendor, sizeof target.vendor, "%s",
             vendor[f->vendor_target]);
    return preflight_refuse(&p, text, len);
}

/* --- the facts as a snapshot tells them ---------------------------------- */

static struct topo *two_hosts(void)
{
    struct topo *t = topo_new();
    struct topo_link l = { .a = 0, .b = 1, .mbps = 1000 };

    assert_non_null(t);
    assert_int_equal(topo_add_node(t, "a", TOPO_HOST), 0);
    assert_int_equal(topo_add_node(t, "b", TOPO_HOST), 1);
    assert_true(topo_add_link(t, &l) >= 0);
    return t;
}

static const char *plan_set(unsigned set, char *buf, size_t len)
{
    struct xlx_features f = xlx_set(set);

    return set ? xlx_features_format(&f, buf, len) : NULL;
}

static void add_hosts(struct plan_cluster *c, const struct facts *f)
{
    char *networks[WORDS], xen[16];
    char pv[XLX_FEATURES_TEXT], hvm[XLX_FEATURES_TEXT];
    struct plan_host a = {
        .name = "a", .memory_mib = 100000, .cpus = 8, .xen = "4.17.3"
    };
    struct plan_host b = {
        .name = "b",
        .state = f->maintenance ? PLAN_MAINTENANCE : PLAN_UP,
        .memory_mib = f->free_mib + f->balloon_mib + 10 - f->rounding_mib,
        .knows_room = true,
        .room_mib = f->free_mib + f->balloon_mib,
        .cpus = 8
    };

    a.cpu_vendor = f->vendor_source ? vendor[f->vendor_source] : NULL;
    b.cpu_vendor = f->vendor_target ? vendor[f->vendor_target] : NULL;
    snprintf(xen, sizeof xen, "4.%u.1", f->minor_target);
    b.xen = f->minor_target ? xen : NULL;
    b.max_pv = plan_set(f->max_pv, pv, sizeof pv);
    b.max_hvm = plan_set(f->max_hvm, hvm, sizeof hvm);
    b.networks.n = word_list(f->networks, networks);
    b.networks.s = (const char *const *)networks;
    b.networks.known = f->knows_networks;
    b.storage.known = true;
    assert_int_equal(plan_add_host(c, &a), 0);
    assert_int_equal(plan_add_host(c, &b), 0);
}

static void add_guests(struct plan_cluster *c, const struct facts *f)
{
    static const char *const device[] = { "0000:03:10.0" };
    char *bridges[WORDS], *missing[WORDS], policy[XLX_FEATURES_TEXT];
    struct plan_domain d = { .uuid = "1",
                             .name = "web1",
                             .host = "a",
                             .type = f->pv ? PLAN_PV : PLAN_HVM,
                             .memory_mib = f->held_mib,
                             .need_mib = f->need_mib,
                             .vcpus = 1 };
    struct plan_domain other = { .uuid = "2",
                                 .name = f->same_name ? "web1" : "db1",
                                 .host = "b",
                                 .memory_mib = 10,
                                 .vcpus = 1 };

    d.cpu_policy = plan_set(f->has, policy, sizeof policy);
    d.networks.n = word_list(f->bridges, bridges);
    d.networks.s = (const char *const *)bridges;
    d.storage.n = word_list(f->missing, missing);
    d.storage.s = (const char *const *)missing;
    d.networks.known = d.storage.known = d.pci.known = true;
    d.pci.n = f->pci;
    d.pci.s = device;
    assert_int_equal(plan_add_domain(c, &d), 0);
    assert_int_equal(plan_add_domain(c, &other), 0);
}

/* The planner's bits, and its words for the CPU if that is a reason. */
static uint32_t ask_planner(const struct topo *map, const struct facts *f,
                            char *cpu, size_t len)
{
    struct plan_cluster *c = plan_cluster_new(map);
    enum plan_rule rule;
    uint32_t bits;

    assert_non_null(c);
    add_hosts(c, f);
    add_guests(c, f);
    assert_int_equal(plan_cluster_index(c, NULL, NULL, NULL), 0);
    assert_int_equal(plan_refusals(c, 0, 1, &bits), 0);
    *cpu = '\0';
    assert_int_equal(plan_refusal(c, 0, 1, &rule, cpu, len), bits != 0);
    if (bits)
        assert_true(bits & 1u << rule);
    if (bits && rule != PLAN_CPU)
        *cpu = '\0';
    plan_cluster_free(c);
    return bits;
}

static void test_same_rules(void **state)
{
    struct topo *map = two_hosts();
    uint64_t rng = 12;
    unsigned refused = 0, named = 0;

    for (int i = 0; i < ROUNDS; i++) {
        struct facts f = draw_facts(&rng);
        char text[PREFLIGHT_TEXT] = "", cpu[320];
        uint32_t bits = ask_planner(map, &f, cpu, sizeof cpu);
        const char *rule = ask_preflight(&f, text, sizeof text);
        enum plan_rule r = 0;

        assert_int_equal(bits, expected(&f));
        assert_int_equal(!rule, !bits);
        if (!rule)
            continue;
        refused++;
        while (r < PLAN_RULES && strcmp(rule, plan_rule_name(r)))
            r++;
        if (r == PLAN_RULES || !(bits & 1u << r))
            fail_msg("%s: %s; the planner's rules are %x", rule, text, bits);
        /* "its CPU lacks aes, avx512f", "the CPU of b lacks aes, avx512f" */
        if (r == PLAN_CPU && strstr(cpu, "lacks")) {
            assert_non_null(strstr(text, strstr(cpu, "lacks")));
            named++;
        }
    }
    assert_in_range(refused, ROUNDS / 4, ROUNDS * 19 / 20);
    assert_true(named > ROUNDS / 100);
    topo_free(map);
}

/* What is not known of a target host forbids nothing, but what keeps a guest
 * from leaving does before any host is known. */
static void test_nothing_known(void **state)
{
    static char device[] = "0000:03:10.0";
    char *pci[] = { device };
    struct xlx_domain dom = { .domid = 5, .uuid = "u", .need_kib = 1u << 30 };
    struct xlx_host source = { .xen_major = 4, .xen_minor = 17 };
    struct target_host target = { .kind = TARGET_UNKNOWN, .free_mib = -1 };
    struct preflight p = { .dom = &dom, .here = &source, .host = "b" };
    uint32_t rules;

    assert_int_equal(preflight_rules(&p, &rules), 0);
    assert_int_equal(rules, 0);
    p.far = &target;
    assert_int_equal(preflight_rules(&p, &rules), 0);
    assert_int_equal(rules, 0);
    p.far = NULL;
    dom.pci = (struct strlist){ pci, 1, 1 };
    assert_int_equal(preflight_rules(&p, &rules), 0);
    assert_int_equal(rules, 1u << PLAN_PCI);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_rules),
        cmocka_unit_test(test_nothing_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
