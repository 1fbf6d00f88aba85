/* SPDX-License-Identifier: LGPL-2.1-only */
/* Where a guest goes when nobody says, why, and why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/cluster/choose.h"

#include "tools/base/msg.h"

#define HOST(name_, state_, mib_)                                             \
    "{\"name\":\"" name_ "\",\"state\":\"" state_ "\",\"memory_mib\":" mib_   \
    ",\"reserved_mib\":0,\"cpus\":8}"
#define GUEST(uuid_, name_, host_, mib_)                                      \
    "{\"uuid\":\"" uuid_ "\",\"name\":\"" name_ "\",\"host\":\"" host_        \
    "\",\"type\":\"pvh\",\"memory_mib\":" mib_ ",\"vcpus\":1}"
#define LINK(a_, b_) "{\"a\":\"" a_ "\",\"b\":\"" b_ "\",\"mbps\":1000}"

/* near and far have room, near is nearer; down is in maintenance */
static const char
    text[] =
        "{\"format\":\"rackhop-snapshot/1\",\"topology\":{\"nodes\":["
        "{\"name\":\"here\",\"kind\":\"host\"},{\"name\":\"near\",\"kind\":"
        "\"host\"},{\"name\":\"far\",\"kind\":\"host\"},{\"name\":\"down\","
        "\"kind\":\"host\"},{\"name\":\"s1\",\"kind\":\"switch\"},{\"name\":"
        "\"s2\",\"kind\":\"switch\"}],\"links\":[" LINK("here", "s1") "," LINK("near", "s1") "," LINK("down", "s1") "," LINK("s1", "s2") "," LINK(
            "far",
            "s2") "]"
                  "},"
                  "\"hosts\":[" HOST("here", "up", "4096") "," HOST("near", "up", "4096") "," HOST("far", "up", "4096") "," HOST(
                      "down", "maintenance",
                      "4096") "],"
                              "\"domains\":[" GUEST("u1", "web1", "here", "1024") "," GUEST(
                                  "u2", "web2", "far",
                                  "1024") "," GUEST("u3", "huge", "here",
                                                    "3000") "," GUEST("u4",
                                                                      "twin",
                                                                      "near",
                                                                      "2000") "," GUEST("u5",
                                                                                        "twin2",
                                                                                        "far",
                                                                                        "2000") "]}";

static void tell(void *arg, const char *problem)
{
    print_error("%s\n", problem);
}

static void test_choose(void **state)
{
    struct snapshot_problems problems = { tell, NULL };
    struct plan_settings set;
    struct snapshot s;
    struct choice c;
    struct msg err;

    plan_settings_init(&set);
    assert_int_equal(snapshot_parse(&s, "test", text, sizeof text - 1, &set,
                                    &problems, &err),
                     0);
    assert_int_equal(choose_host(&s, "u1", &c, &err), 0);
    assert_string_equal(c.host, "near");
    assert_int_equal(c.hops, 2);
    assert_true(c.rate_mbps > 999 && c.rate_mbps < 1001);
    assert_non_null(strstr(c.why, "near costs least: 2 hops"));
    assert_non_null(strstr(c.why, "next would be far (3 hops"));
    assert_non_null(strstr(c.why, "1 of 3 hosts is refused"));
    assert_int_equal(choose_host(&s, "web1", &c, &err), 0);

    assert_int_equal(choose_host(&s, "huge", &c, &err), -EPERM);
    assert_non_null(strstr(err.text, "no host takes huge as things are"));
    assert_int_equal(choose_host(&s, "nobody", &c, &err), -ENOENT);
    snapshot_dispose(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_choose) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
