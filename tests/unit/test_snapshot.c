/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The reader of snapshots: every rule refuses in words, every wrong member is
 * told with its place, and all of them in one run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/sha256.h"
#include "tools/doc/snapshot.h"
#include "tools/base/msg.h"

#define MAP                                                                   \
    "\"topology\":{\"nodes\":[{\"name\":\"a\",\"kind\":\"host\"},"            \
    "{\"name\":\"b\",\"kind\":\"host\"},{\"name\":\"c\",\"kind\":\"host\"},"  \
    "{\"name\":\"t\",\"kind\":\"switch\"}],\"links\":["                       \
    "{\"a\":\"a\",\"b\":\"t\",\"mbps\":10000,\"evidence\":\"both\"},"         \
    "{\"a\":\"b\",\"b\":\"t\",\"mbps\":10000,\"evidence\":\"both\"}]}"
#define HOST(name_, more_)                                                    \
    "{\"name\":\"" name_ "\",\"state\":\"up\",\"memory_mib\":8192,"           \
    "\"reserved_mib\":1024,\"cpus\":4" more_ "}"
#define DOM(name_, host_, more_)                                              \
    "{\"uuid\":\"u-" name_ "\",\"name\":\"" name_ "\",\"host\":\"" host_      \
    "\",\"type\":\"pvh\",\"memory_mib\":1024,\"vcpus\":1" more_ "}"
#define SNAP(hosts_, doms_)                                                   \
    "{\"format\":\"rackhop-snapshot/1\"," MAP ",\"hosts\":[" hosts_           \
    "],\"domains\":[" doms_ "]}"

struct told {
    char text[4096];
    unsigned n;
};

static void tell(void *arg, const char *text)
{
    struct told *t = arg;
    size_t len = strlen(t->text);

    snprintf(t->text + len, sizeof t->text - len, "%s\n", text);
    t->n++;
}

static int load_as(struct snapshot *s, const char *text, struct told *t,
                   bool strict)
{
    struct snapshot_problems p = { tell, t };
    struct plan_settings set;
    struct msg err = MSG_NONE;
    int rc;

    plan_settings_init(&set);
    set.require_path = strict;
    *t = (struct told){ .n = 0 };
    rc = snapshot_parse(s, "test", text, strlen(text), &set, &p, &err);
    if (rc)
        tell(t, err.text);
    return rc;
}

static int load(struct snapshot *s, const char *text, struct told *t)
{
    return load_as(s, text, t, false);
}

static const struct {
    enum plan_rule rule;
    const char *text;  /* of the snapshot: v on a, to b */
    const char *words; /* of the reason */
} refusals[] = {
    { PLAN_MEMORY,
      SNAP(HOST("a", "") "," HOST("b", ""),
           DOM("v", "a",
               ",\"writable_mib\":1") ","
                                      "{\"uuid\":\"w\",\"name\":\"w\","
                                      "\"host\":\"b\",\"type\":\"hvm\","
                                      "\"memory_mib\":7000,\"vcpus\":1}"),
      "it has 168 MiB free of 7.0 GiB, 1.0 GiB are needed" },
    { PLAN_VCPU,
      SNAP(HOST("a", "") "," HOST("b", ""),
           DOM("v", "a", "") ","
                             "{\"uuid\":\"w\",\"name\":\"w\",\"host\":\"b\","
                             "\"type\":\"hvm\","
                             "\"memory_mib\":7,\"vcpus\":16}"),
      "0 of its 16 vCPUs are free (overcommit 4 of 4 cpus), 1 are needed" },
    { PLAN_CPU,
      SNAP(HOST("a", "") "," HOST("b", ",\"cpu_max\":{\"hvm\":\"0,0,0,0,0,"
                                       "00000020\"}"),
           DOM("v", "a", ",\"cpu_policy\":\"0,0,0,0,0,00010020\"")),
      "its CPU lacks avx512f" },
    { PLAN_CPU,
      SNAP(HOST("a", ",\"cpu_vendor\":\"intel\"") "," HOST(
               "b", ",\"cpu_vendor\":\"amd\""),
           DOM("v", "a", "")),
      "its CPU is of another vendor: amd, not intel" },
    { PLAN_CPU, /* without a policy: the source's default */
      SNAP(HOST("a", ",\"cpu_default\":{\"hvm\":\"2\"}") "," HOST(
               "b", ",\"cpu_max\":{\"hvm\":\"1\"}"),
           DOM("v", "a", "")),
      "its CPU lacks vme" },
    { PLAN_XEN_VERSION,
      SNAP(HOST("a", ",\"xen\":\"4.17.3\"") "," HOST("b",
                                                     ",\"xen\":\"4.14.6\""),
           DOM("v", "a", "")),
      "its Xen is 4.14, older than 4.17, on which the guest runs" },
    { PLAN_APART,
      SNAP(HOST("a", "") "," HOST("b", ""),
           DOM("v", "a", ",\"apart\":[\"db\"]") "," DOM(
               "w", "b", ",\"apart\":[\"web\",\"db\"]")),
      "it has w, which must not share a host with v (group db)" },
    { PLAN_NETWORK,
      SNAP(HOST("a", "") "," HOST("b", ",\"networks\":[\"xenbr0\"]"),
           DOM("v", "a", ",\"networks\":[\"xenbr1\",\"xenbr0\"]")),
      "it has no network xenbr1" },
    { PLAN_STORAGE,
      SNAP(HOST("a", "") "," HOST("b", ",\"storage\":[]"),
           DOM("v", "a", ",\"storage\":[\"nfs:x\"]")),
      "it has no storage nfs:x" },
    { PLAN_STATE,
      SNAP(HOST("a", "") ","
                         "{\"name\":\"b\",\"state\":\"maintenance\",\"memory_"
                         "mib\":8192,"
                         "\"reserved_mib\":0,\"cpus\":4}",
           DOM("v", "a", "")),
      "it is in maintenance" },
    { PLAN_PINNED,
      SNAP(HOST("a", "") "," HOST("b", ""),
           DOM("v", "a", ",\"pinned\":true,\"pinned_why\":\"licence\"")),
      "the guest is pinned to its host: licence" },
    { PLAN_PCI,
      SNAP(HOST("a", "") "," HOST("b", ""),
           DOM("v", "a", ",\"pci\":[\"0000:01:00.0\"]")),
      "the guest has 1 PCI device of its host" },
    { PLAN_PATH, SNAP(HOST("a", "") "," HOST("c", ""), DOM("v", "a", "")),
      "the rack map shows no path from a" },
    { PLAN_NAME,
      SNAP(HOST("a", "") "," HOST("b", ""),
           DOM("v", "a", "") ","
                             "{\"uuid\":\"w\",\"name\":\"v\",\"host\":\"b\","
                             "\"type\":\"hvm\","
                             "\"memory_mib\":7,\"vcpus\":1}"),
      "it already has another domain called v" },
};

static void test_refusals(void **state)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct snapshot s;
        struct told t;
        enum plan_rule rule = PLAN_RULES;
        char why[320] = "";

        if (load_as(&s, refusals[i].text, &t, true))
            fail_msg("%zu: %s", i, t.text);
        assert_true(plan_refusal(s.cluster, 0, 1, &rule, why, sizeof why));
        assert_int_equal(rule, refusals[i].rule);
        assert_string_equal(why, refusals[i].words);
        assert_non_null(plan_rule_name(rule));
        snapshot_dispose(&s);
    }
}

/* What nobody knows refuses nothing. */
static void test_unknown_is_no_refusal(void **state)
{
    struct snapshot s;
    struct told t;
    enum plan_rule rule;
    char why[320];

    assert_int_equal(
        load(&s,
             SNAP(HOST("a", ",\"xen\":null,\"networks\":null") "," HOST("b",
                                                                        ""),
                  DOM("v", "a",
                      ",\"networks\":[\"n\"],\"storage\":[\"s\"],"
                      "\"cpu_policy\":\"ff\"")),
             &t),
        0);
    assert_false(plan_refusal(s.cluster, 0, 1, &rule, why, sizeof why));
    snapshot_dispose(&s);
}

static const struct {
    const char *text, *says; /* lines that must be told */
} wrong[] = {
    { "[1,2", "test:1: parse error: premature EOF\n" },
    { "{\"format\":\"rackhop-plan/1\"}",
      "test: its format is rackhop-plan/1, wanted is rackhop-snapshot/1\n" },
    { SNAP(HOST("a", ""), DOM("v", "zz", "")),
      "domain v: there is no host zz\n" },
    { SNAP(HOST("a", "") "," HOST("a", ""), ""), "host a: is listed twice\n" },
    { SNAP("{\"name\":\"a\",\"state\":\"odd\",\"memory_mib\":-5,"
           "\"reserved_mib\":\"x\",\"cpus\":1.5}",
           ""),
      "host a: state is odd, none of up, maintenance, offline\n"
      "host a: memory_mib is -5, not within 0 and 1.09951e+12\n"
      "host a: reserved_mib is a string, not a number\n"
      "host a: cpus is 1.5, not a whole number\n" },
    { SNAP("7," HOST("a", ""), DOM("v", "a", ",\"apart\":\"db\"")),
      "host 1 of the list: is a whole number, not an object\n"
      "domain v: apart is a string, not an array\n" },
    { SNAP(HOST("a", ""),
           "{\"name\":\"v\",\"type\":\"lxc\",\"memory_mib\":1}"),
      "domain v: uuid is missing\n"
      "domain v: host is missing\n"
      "domain v: type is lxc, none of pv, pvh, hvm\n"
      "domain v: vcpus is missing\n" },
    { "{\"format\":\"rackhop-snapshot/1\",\"hosts\":[],\"topology\":{"
      "\"nodes\":[{\"name\":\"a\",\"kind\":\"horse\"}],\"links\":["
      "{\"a\":\"a\",\"b\":\"q\"}]}}",
      "snapshot: domains is missing, not an array\n"
      "node a: kind is horse, none of host, switch, segment\n"
      "link 1 of the list: a is a, which is no node\n" },
};

static void test_wrong(void **state)
{
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct snapshot s;
        struct told t;

        assert_true(load(&s, wrong[i].text, &t) < 0);
        if (!strstr(t.text, wrong[i].says))
            fail_msg("%zu: told:\n%swanted:\n%s", i, t.text, wrong[i].says);
    }
}

/* Control characters of a name reach no terminal. */
static void test_hostile_names(void **state)
{
    struct snapshot s;
    struct told t;

    assert_true(load(&s,
                     SNAP(HOST("a", ""),
                          "{\"name\":\"\\u001b[2J\",\"uuid\":\"u\",\"host\":"
                          "\"a\\n\",\"type\":\"pv\",\"memory_mib\":1,"
                          "\"vcpus\":1}"),
                     &t) < 0);
    assert_null(strchr(t.text, 27));
    assert_non_null(strstr(t.text, "domain ?[2J: there is no host a?"));
}

static void test_questions(void **state)
{
    struct snapshot s;
    struct told t;
    struct plan_candidate *k;
    uint32_t n;

    assert_int_equal(
        load(&s,
             SNAP(HOST("a", "") "," HOST("b", "") "," HOST("c", ""),
                  DOM("v", "a", "") "," DOM("w", "b", "")),
             &t),
        0);
    assert_int_equal(plan_hosts(s.cluster), 3);
    assert_int_equal(plan_find_domain(s.cluster, "w"), 1);
    assert_int_equal(plan_find_domain(s.cluster, "u-v"), 0);
    assert_int_equal(plan_find_host(s.cluster, "nobody"), PLAN_NONE);
    assert_string_equal(plan_host_rack(s.cluster, 0), "t");
    assert_null(plan_host_rack(s.cluster, 2));
    assert_int_equal(plan_hops(s.cluster, 0, 1), 2);
    assert_int_equal(plan_hops(s.cluster, 0, 2), 2 + PLAN_FAR_HOPS);
    assert_true(plan_rate(s.cluster, 0, 1) == 10000);
    assert_int_equal(plan_host_used_mib(s.cluster, 1), 1024);
    assert_int_equal(plan_score(s.cluster, 0, &k, &n), 0);
    assert_int_equal(n, 2);
    assert_int_equal(k[0].host, 1);
    assert_int_equal(k[0].refused, 0);
    assert_int_equal(k[1].refused, 0);
    assert_false(k[0].path_unknown);
    assert_true(k[1].path_unknown);
    free(k);
    snapshot_dispose(&s);
}

/* FIPS 180-4's examples */
static void test_sha256(void **state)
{
    static char million[1000000];
    char hex[65];

    sha256_hex("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934c"
                             "a495991b7852b855");
    sha256_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9c"
                             "b410ff61f20015ad");
    sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
               hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167"
                             "f6ecedd419db06c1");
    memset(million, 'a', sizeof million);
    sha256_hex(million, sizeof million, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e"
                             "046d39ccc7112cd0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_unknown_is_no_refusal),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_sha256),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
