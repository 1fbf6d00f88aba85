/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * CPU levels of clusters: pools by vendor, the named levels, the guests that are
 * stuck, and what a host closes to its guests.
 */
#include "scheduler/level.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/features.h"

enum { TEXT = 32 * 9 };

static const char *hex_of(const char *names, char *buf)
{
    struct plan_features f = features_of(names);
    size_t at = 0;

    for (uint32_t i = 0; i < f.n; i++)
        at += (size_t)snprintf(buf + at, TEXT - at, "%s%x", i ? "," : "",
                               f.word[i]);
    return buf;
}

struct row {
    const char *name, *xen, *vendor, *shown, *carried;
};

static struct plan_cluster *cluster_of(const struct row *row, size_t n)
{
    struct plan_cluster *c = plan_cluster_new(NULL);
    char shown[TEXT], carried[TEXT];

    assert_non_null(c);
    for (size_t i = 0; i < n; i++) {
        struct plan_host h = { .name = row[i].name,
                               .memory_mib = 1000,
                               .cpus = 4,
                               .xen = row[i].xen,
                               .cpu_vendor = row[i].vendor };

        if (row[i].shown)
            h.default_hvm = h.default_pv = hex_of(row[i].shown, shown);
        if (row[i].carried)
            h.max_hvm = h.max_pv = hex_of(row[i].carried, carried);
        assert_int_equal(plan_add_host(c, &h), 0);
    }
    return c;
}

static void add_guest(struct plan_cluster *c, const char *uuid,
                      const char *host, const char *features)
{
    char text[TEXT];
    struct plan_domain d = { .uuid = uuid,
                             .name = uuid,
                             .host = host,
                             .type = PLAN_PVH,
                             .memory_mib = 10,
                             .vcpus = 1 };

    if (features)
        d.cpu_policy = hex_of(features, text);
    assert_int_equal(plan_add_domain(c, &d), 0);
}

#define V2 "cx16 lahf-lm popcnt sse3 sse4_1 sse4_2 ssse3 "
static const struct row three[] = {
    { "a", "4.17.1", "GenuineIntel", V2 "avx2", V2 "avx2" },
    { "b", "4.17.1", "GenuineIntel", V2, V2 },
    { "c", "4.18.1", "GenuineIntel", V2, V2 "avx2" },
    { "d", NULL, "AuthenticAMD", "sse3", "sse3" },
    { "e", NULL, NULL, NULL, NULL },
};
enum { THREE = sizeof three / sizeof three[0] };

static void test_pools(void **state)
{
    static const uint32_t all[] = { 4, 3, 0, 1, 2 };
    struct plan_cluster *c = cluster_of(three, THREE);
    struct plan_level_pool *pool;
    struct plan_level_promise promise;
    struct plan_features lacks;
    char names[64];
    int n = plan_level_pools(c, all, THREE, PLAN_LEVEL_HVM, &pool);

    /* hosts that tell nothing are in none, most hosts come first */
    assert_int_equal(n, 2);
    assert_int_equal(pool[0].n, 3);
    assert_string_equal(pool[0].vendor, "GenuineIntel");
    assert_int_equal(pool[0].host[0], 0);
    assert_string_equal(
        plan_features_names(&pool[0].level.hidden, 0, names, 64), "avx2");
    assert_string_equal(pool[1].vendor, "AuthenticAMD");
    assert_int_equal(plan_features_count(&pool[1].level.hidden), 0);
    assert_int_equal(pool[0].host[plan_level_oldest(&pool[0])], 1);
    assert_string_equal(plan_level_name(plan_level_best(&pool[0])),
                        "x86-64-v2");
    assert_string_equal(plan_level_name(plan_level_best(&pool[1])), "common");
    plan_level_promise(&pool[1], plan_level_find("x86-64-v2"), &promise);
    assert_false(plan_level_keeps(&pool[1], 0, &promise, &lacks));
    assert_string_equal(plan_features_names(&lacks, 2, names, 64),
                        "ssse3, cx16 and 4 more features");
    plan_level_free(pool, n);
    n = plan_level_pools(c, all, 1, PLAN_LEVEL_PV, &pool);
    assert_int_equal(n, 0);
    plan_level_free(pool, n);
    plan_cluster_free(c);
}

/* Each promise of each level has a name of Xen's, and what is above a level is
 * never promised by it. */
static void test_named(void **state)
{
    struct plan_level_sets all = { { .n = 32 }, { .n = 32 } };
    uint32_t host = 0;
    struct plan_level_pool p = { .n = 1, .host = &host, .sets = &all };

    memset(all.shown.word, 0xff, sizeof all.shown.word);
    all.carried = all.shown;
    plan_level_of(&all, 1, &p.level);
    for (unsigned i = 0; i < plan_levels(); i++) {
        struct plan_level_promise promise;
        struct plan_features both, *promised = &promise.features;
        struct plan_level cut;

        assert_int_equal(plan_level_find(plan_level_name(i)), i);
        plan_level_promise(&p, i, &promise);
        plan_level_cut(&p, i, &cut);
        for (uint32_t w = 0; w < promised->n; w++)
            assert_int_equal(promised->word[w] & cut.hidden.word[w], 0);
        plan_features_common(promised, &cut.common, &both);
        assert_int_equal(plan_features_count(promised),
                         plan_features_count(&both));
        /* what the next level has is above the one before */
        if (!strcmp(plan_level_name(i), "x86-64-v2"))
            assert_true(plan_features_has(&cut.hidden, features_bit("avx2")));
        if (!strcmp(plan_level_name(i), "x86-64-v3"))
            assert_true(
                plan_features_has(&cut.hidden, features_bit("avx512f")) &&
                !plan_features_has(&cut.hidden, features_bit("avx2")));
        /* v2: 7, v3: 9 more, v4: 5 more */
        if (!strncmp(plan_level_name(i), "x86-64-v", 8))
            assert_int_equal(plan_features_count(promised), i == 2   ? 7
                                                            : i == 3 ? 16
                                                                     : 21);
    }
    assert_int_equal(plan_level_find("x86-64-v9"), plan_levels());
}

static void test_stuck(void **state)
{
    static const uint32_t abc[] = { 0, 1, 2 }, bc[] = { 1, 2 };
    struct plan_cluster *c = cluster_of(three, THREE);
    struct plan_level_audit a;
    char *text;

    add_guest(c, "1", "a", V2 "avx2"); /* not to b */
    add_guest(c, "2", "a", V2);        /* anywhere */
    add_guest(c, "3", "a", NULL);      /* as a shows: not to b */
    add_guest(c, "4", "d", "sse3");    /* there is no other of its vendor */
    add_guest(c, "5", "c", V2 "avx2"); /* not to b */
    assert_int_equal(plan_cluster_index(c, NULL, NULL, NULL), 0);
    assert_int_equal(plan_level_audit(c, abc, 3, &a), 0);
    assert_int_equal(a.guests, 4);
    assert_int_equal(a.unknown, 1);
    assert_int_equal(a.stuck_n, 3);
    assert_int_equal(a.stuck[1].domain, 2);
    /* guests of one host with the same features have the same */
    assert_int_equal(a.stuck[0].reason, 0);
    assert_int_equal(a.stuck[1].reason, 0);
    assert_int_equal(a.reason[0].n, 1);
    assert_int_equal(a.reason[0].host[0], 1);
    assert_true(plan_features_has(&a.reason[0].lacking, features_bit("avx2")));
    /* avx2 has no registers of its own */
    assert_int_equal(a.reason[0].xcr0, 0);
    plan_level_audit_dispose(&a);
    assert_int_equal(plan_level_audit(c, bc, 2, &a), 0);
    assert_int_equal(a.guests, 1);
    assert_int_equal(a.stuck_n, 1);
    plan_level_audit_dispose(&a);
    plan_level_audit_dispose(&a);
    assert_int_equal(plan_level_count_stuck(c), 3);
    assert_int_equal(plan_level_remark(c, &text), 0);
    assert_non_null(strstr(text, "3 of 5 guests"));
    /* two vendors: no one level is that of all */
    assert_non_null(strstr(text, "level common"));
    free(text);
    plan_cluster_free(c);
}

/* What a host closes to its guests, as a term of the score. */
static void test_future(void **state)
{
    static const struct {
        const char *host;
        double closed; /* of 4 others */
    } rows[] = {
        { "b", 0 },   /* b shows what a, c have */
        { "c", 0.5 }, /* its Xen is newer than that of a and b */
    };
    struct plan_cluster *c = cluster_of(three, THREE);
    struct plan_settings set;
    struct plan_candidate *k;
    uint32_t n;

    plan_settings_init(&set);
    set.w_future = 1;
    add_guest(c, "1", "a", V2);
    add_guest(c, "2", "b", V2);
    assert_int_equal(plan_cluster_index(c, &set, NULL, NULL), 0);
    assert_int_equal(plan_score(c, 0, &k, &n), 0);
    for (uint32_t i = 0; i < n; i++)
        for (size_t r = 0; r < 2; r++)
            if (!strcmp(plan_host_name(c, k[i].host), rows[r].host))
                assert_true(k[i].term[PLAN_TERMS - 1] == rows[r].closed);
    free(k);
    /* a shows avx2, which b lacks */
    assert_int_equal(plan_score(c, 1, &k, &n), 0);
    for (uint32_t i = 0; i < n; i++)
        if (!k[i].host)
            assert_true(k[i].term[PLAN_TERMS - 1] == 0.25);
    free(k);
    plan_cluster_free(c);
}

static unsigned compared;

bool __real_plan_features_within(const struct plan_features *have,
                                 const struct plan_features *offer);
bool __wrap_plan_features_within(const struct plan_features *have,
                                 const struct plan_features *offer);

bool __wrap_plan_features_within(const struct plan_features *have,
                                 const struct plan_features *offer)
{
    compared++;
    return __real_plan_features_within(have, offer);
}

/* Hosts are compared with each other only for who asks for it. */
static void test_future_unasked(void **state)
{
    for (int weight = 0; weight < 2; weight++) {
        struct plan_cluster *c = cluster_of(three, THREE);
        struct plan_settings set;
        struct plan_candidate *k;
        uint32_t n;

        plan_settings_init(&set);
        set.w_future = weight;
        add_guest(c, "1", "a", V2);
        compared = 0;
        assert_int_equal(plan_cluster_index(c, &set, NULL, NULL), 0);
        assert_int_equal(compared > 0, weight);
        assert_int_equal(plan_score(c, 0, &k, &n), 0);
        for (uint32_t i = 0; i < n && !weight; i++)
            assert_true(k[i].term[PLAN_TERMS - 1] == 0);
        free(k);
        plan_cluster_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pools),          cmocka_unit_test(test_named),
        cmocka_unit_test(test_stuck),          cmocka_unit_test(test_future),
        cmocka_unit_test(test_future_unasked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
