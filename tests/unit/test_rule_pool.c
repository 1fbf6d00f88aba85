/* SPDX-License-Identifier: LGPL-2.1-only */
/* CPU pools: what a guest needs of a host's, from the snapshot to the rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/snapshot.h"

#define SNAPSHOT                                                              \
    "{\"format\":\"rackhop-snapshot/1\",\"topology\":{\"nodes\":["            \
    "{\"name\":\"a\",\"kind\":\"host\"},{\"name\":\"b\",\"kind\":\"host\"}"   \
    "],\"links\":[]},\"hosts\":["                                             \
    "{\"name\":\"a\",\"state\":\"up\",\"memory_mib\":8192,"                   \
    "\"reserved_mib\":1024,\"cpus\":4},"                                      \
    "{\"name\":\"b\",\"state\":\"up\",\"memory_mib\":8192,"                   \
    "\"reserved_mib\":1024,\"cpus\":4%s}],\"domains\":["                      \
    "{\"uuid\":\"u\",\"name\":\"web\",\"host\":\"a\",\"type\":\"pvh\","       \
    "\"memory_mib\":1024,\"vcpus\":1%s}]}"

#define POOLS(list_) ",\"cpupools\":[" list_ "]"
#define POOL(name_, sched_, cpus_)                                            \
    "{\"name\":\"" name_ "\",\"scheduler\":\"" sched_ "\",\"cpus\":\"" cpus_  \
    "\"}"
#define GUEST(name_, sched_, cpus_)                                           \
    ",\"cpupool\":{\"name\":\"" name_ "\",\"scheduler\":\"" sched_            \
    "\",\"cpus\":[" cpus_ "]}"

static const struct {
    const char *host, *guest;
    const char *why; /* NULL: it may go there */
} rows[] = {
    { "", "", NULL },
    { "", GUEST("p", "credit", "\"0\""), NULL }, /* the host says nothing */
    { POOLS(POOL("Pool-0", "credit2", "0-3")), "", NULL },
    { POOLS(POOL("Pool-0", "credit2", "0-3")), GUEST("", "credit2", ""),
      NULL },
    { POOLS(POOL("Pool-0", "credit2", "0-3")), GUEST("", "credit", ""),
      "its CPU pool Pool-0 has the scheduler credit2, the guest's weight and "
      "cap are of credit" },
    { POOLS(POOL("Pool-0", "", "0-3")), GUEST("", "credit", ""), NULL },
    { POOLS(POOL("Pool-0", "credit", "0-3")), GUEST("", "", ""), NULL },
    { POOLS(POOL("Pool-0", "credit2", "0-3")), GUEST("p", "credit2", ""),
      "it has no CPU pool p" },
    { POOLS(POOL("Pool-0", "credit2", "0-3") "," POOL("p", "rtds", "4")),
      GUEST("p", "rtds", "\"4\""), NULL },
    { POOLS(POOL("my pool", "credit2", "0")), GUEST("my pool", "credit2", ""),
      NULL },
    /* its first pool has another name: nobody can tell */
    { POOLS(POOL("x", "credit2", "0")), GUEST("", "credit", ""), NULL },
    { POOLS(POOL("Pool-0", "credit2", "0-1")),
      GUEST("", "credit2", "\"0-7\",\"1\""), NULL },
    { POOLS(POOL("Pool-0", "credit2", "0-1,6")),
      GUEST("", "credit2", "\"1\",\"2-5,7\""),
      "its CPU pool Pool-0 has no CPU 2-5,7, to which the guest is pinned" },
    { POOLS(POOL("Pool-0", "credit2", "0-1,6")),
      GUEST("", "credit2", "\"2-5,6\""), NULL },
    /* what can't be read is not known */
    { POOLS(POOL("Pool-0", "credit2", "x")), GUEST("", "credit2", "\"9\""),
      NULL },
    { POOLS(POOL("Pool-0", "credit2", "0")), GUEST("", "credit2", "\"-\""),
      NULL },
    { POOLS(POOL("Pool-0", "credit2", "99999999999999999999-")),
      GUEST("", "credit2", "\"1\""), NULL },
};

static void test_pool(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan_settings set;
        struct snapshot s;
        struct msg err;
        char *text, why[300] = "";
        enum plan_rule rule = PLAN_POOL;
        uint32_t web, b;

        assert_true(asprintf(&text, SNAPSHOT, rows[i].host, rows[i].guest) >
                    0);
        plan_settings_init(&set);
        if (snapshot_parse(&s, "t", text, strlen(text), &set, NULL, &err))
            fail_msg("row %zu: %s", i, err.text);
        web = plan_find_domain(s.cluster, "u");
        b = plan_find_host(s.cluster, "b");
        plan_refusal(s.cluster, web, b, &rule, why, sizeof why);
        assert_int_equal(rule, PLAN_POOL);
        if (strcmp(why, rows[i].why ? rows[i].why : ""))
            fail_msg("row %zu: \"%s\"", i, why);
        snapshot_dispose(&s);
        free(text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(test_pool) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
