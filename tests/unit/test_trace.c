/* SPDX-License-Identifier: LGPL-2.1-only */
/* Traces and policies as documents: what is read, and what is refused, with its
 * place and its reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/json.h"
#include "tools/doc/trace.h"

#define HOST(more_)                                                           \
    "{\"name\":\"h\",\"cpu\":4,\"memory_mib\":1024,\"nic_mbps\":1000,"        \
    "\"power_w\":[100,200]" more_ "}"
#define GUEST(name_, load_, more_)                                            \
    "{\"name\":\"" name_ "\",\"cpu\":2,\"memory_mib\":512,"                   \
    "\"load\":[" load_ "]" more_ "}"
#define TRACE(head_, hosts_, guests_)                                         \
    "{\"format\":\"rackhop-trace/1\"," head_ ",\n\"hosts\":[" hosts_          \
    "],\n\"guests\":[" guests_ "]}"
#define HEAD "\"name\":\"t\",\"step_s\":300,\"steps\":2"

static int parse(struct replay_trace *t, const char *text, struct msg *err)
{
    err->text[0] = '\0';
    return trace_parse(t, "t.json", text, strlen(text), err);
}

static void what_is_there_is_read(void **state)
{
    static const char text[] = TRACE(
        HEAD,
        HOST(",\"count\":3,\"core\":1.5,\"boot_s\":60") ",{\"name\":\"k\","
                                                        "\"cpu\":8,\"memory_"
                                                        "mib\":0,\"nic_mbps\":"
                                                        "1,"
                                                        "\"power_w\":[1,2,3,4,"
                                                        "5,6,7,8,9,10,11],"
                                                        "\"rack\":\"r1\"}",
        GUEST("a", "0,100", ",\"host\":\"h2\",\"dirty_mib_s\":5") "," GUEST(
            "b", "12.5,7", ",\"host\":null"));
    struct replay_trace t;
    struct msg err;

    (void)state;
    assert_int_equal(parse(&t, text, &err), 0);
    assert_string_equal(t.name, "t");
    assert_int_equal(t.steps, 2);
    assert_int_equal(t.hosts, 4);
    assert_string_equal(t.host_name[0], "h0");
    assert_string_equal(t.host_name[3], "k");
    assert_true(t.host[1].core == 1.5 && t.host[1].boot_s == 60);
    assert_true(fabs(t.host[1].power_w[5] - 150) < 1e-9);
    assert_true(t.host[3].core == 8 && t.host[3].power_w[10] == 11);
    assert_int_equal(t.start[0], 2);
    assert_true(t.guest[0].dirty_mib_s == 5);
    assert_true(t.start[1] == LOOP_NONE);
    assert_true(t.load[0] == 0 && t.load[1] == 100 && t.load[2] == 12.5f);
    replay_trace_dispose(&t);
    replay_trace_dispose(&t); /* does nothing */
}

static const struct {
    const char *text, *reason;
} refused[] = {
    { "{\"format\":\"rackhop-trace/2\"}", "rackhop-trace/1" },
    { "[", "t.json:1" },
    { TRACE("\"step_s\":300,\"steps\":2", HOST(""), ""),
      "t.json:1: name: has to be a text" },
    { TRACE("\"name\":\"t\",\"steps\":2", HOST(""), ""),
      "step_s: is missing" },
    { TRACE("\"name\":\"t\",\"step_s\":0,\"steps\":2", HOST(""), ""),
      "step_s: is 0, not within 1" },
    { TRACE("\"name\":\"t\",\"step_s\":9,\"steps\":0", HOST(""), ""),
      "steps: is 0" },
    { TRACE("\"name\":\"t\",\"step_s\":9,\"steps\":1.5", HOST(""), ""),
      "steps: is 1.5, not a whole number" },
    { TRACE(HEAD, "", ""), "hosts: there is none" },
    { TRACE(HEAD, "7", ""),
      "t.json:2: hosts[0]: is a whole number, not an object" },
    { TRACE(HEAD, HOST(",\"count\":100001"), ""),
      "hosts[0].count: is 100001, not within 0 and 100000" },
    { TRACE(HEAD, HOST(",\"count\":60000") "," HOST(",\"count\":60000"), ""),
      "hosts[1].count: makes more than 100000 hosts" },
    { TRACE(HEAD, HOST(",\"core\":5"), ""),
      "hosts[0].core: is 5, not within 1e-06 and 4" },
    { TRACE(HEAD, HOST("") "," HOST(""), ""), "hosts: h stands there twice" },
    { TRACE(HEAD, "{\"name\":\"h\",\"cpu\":0}", ""),
      "hosts[0].cpu: is 0, not within" },
    { TRACE(HEAD, "{\"name\":\"h\",\"cpu\":\"4\"}", ""),
      "hosts[0].cpu: is a string, not a number" },
    { TRACE(HEAD,
            "{\"name\":\"h\",\"cpu\":4,\"memory_mib\":1,\"nic_mbps\":1,"
            "\"power_w\":[1,2,3]}",
            ""),
      "hosts[0].power_w: has to be [idle, peak]" },
    { TRACE(HEAD,
            "{\"name\":\"h\",\"cpu\":4,\"memory_mib\":1,\"nic_mbps\":1,"
            "\"power_w\":[1,-2]}",
            ""),
      "hosts[0].power_w: entry 1 is no number within 0" },
    { TRACE(HEAD, HOST(""), GUEST("a", "1,101", "")),
      "t.json:3: guests[0].load: entry 1 is no number within 0 and 100" },
    { TRACE(HEAD, HOST(""), GUEST("a", "1,null", "")),
      "guests[0].load: entry 1 is no number" },
    { TRACE(HEAD, HOST(""), GUEST("a", "", "")),
      "guests[0].load: has to be a list" },
    { TRACE(HEAD, HOST(""), GUEST("a", "1,2", "") "," GUEST("b", "1", "")),
      "guests[1].load: has 1 steps, where guests before have 2" },
    { TRACE(HEAD, HOST(""), GUEST("a", "1,2,3", "")),
      "steps: is 2, but guests have loads of 3 steps" },
    { TRACE(HEAD, HOST(""), GUEST("a", "1,2", ",\"host\":\"x\"")),
      "guests[0].host: there is no host x" },
    { TRACE(HEAD, HOST(""), GUEST("a", "1,2", ",\"host\":5")),
      "guests[0].host: is a whole number, not the name of a host" },
    { TRACE(HEAD, HOST(""), GUEST("a", "1,2", "") "," GUEST("a", "1,2", "")),
      "guests: a stands there twice" },
};

static void what_is_wrong_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct replay_trace t;
        struct msg err;

        assert_int_equal(parse(&t, refused[i].text, &err), -EINVAL);
        if (!strstr(err.text, refused[i].reason))
            fail_msg("%zu: \"%s\" lacks \"%s\"", i, err.text,
                     refused[i].reason);
        assert_null(t.load); /* nothing is left to free */
        assert_null(t.host);
    }
}

#define POLICY(settings_)                                                     \
    "{\"format\":\"rackhop-policy/"                                           \
    "1\",\"name\":\"night\",\"settings\":{" settings_ "}}"

static void policies_are_over_defaults(void **state)
{
    static const char text[] =
        POLICY("\"cooldown_s\":60,\"balance\":false,\"gain\":null");
    struct loop_policy p, d;
    char name[TRACE_NAME + 1];
    struct msg err;

    (void)state;
    loop_policy_init(&d);
    assert_int_equal(policy_parse(&p, name, "p", text, strlen(text), &err), 0);
    assert_string_equal(name, "night");
    assert_true(p.cooldown_s == 60 && p.balance == 0 && p.gain == d.gain);
    assert_true(p.power == d.power && p.horizon_s == d.horizon_s);
}

static const struct {
    const char *text, *reason;
} no_policy[] = {
    { POLICY("\"cooldown\":60"), "p:1: settings.cooldown: there is no such" },
    { POLICY("\"gain\":0.5"), "settings.gain: is 0.5, not within 1 and 1000" },
    { POLICY("\"gain\":\"2\""), "settings.gain: is a string, not a number" },
    { "{\"format\":\"rackhop-policy/1\",\"settings\":{}}", "name: has to be" },
    { "{\"format\":\"rackhop-policy/1\",\"name\":\"x\",\"settings\":[]}",
      "settings: is a" },
    { "{\"format\":\"rackhop-trace/1\"}", "rackhop-policy/1" },
};

static void wrong_settings_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof no_policy / sizeof *no_policy; i++) {
        struct loop_policy p;
        char name[TRACE_NAME + 1];
        struct msg err;

        assert_int_equal(policy_parse(&p, name, "p", no_policy[i].text,
                                      strlen(no_policy[i].text), &err),
                         -EINVAL);
        if (!strstr(err.text, no_policy[i].reason))
            fail_msg("%zu: \"%s\" lacks \"%s\"", i, err.text,
                     no_policy[i].reason);
    }
}

/* The members of rackhop-replay/1, all of them and no other, in their order. */
static void a_result_has_the_members_of_its_format(void **state)
{
    static const char *const keys[] = {
        "format",     "trace",      "policy",         "kwh", "bound_kwh",
        "moves",      "host_hours", "slatah",         "pdm", "slav",
        "slatah_all", "pdm_all",    "there_and_back", "gib", "seconds"
    };
    struct replay_result r = { .kwh = 1.5, .moves = 7, .slav = 1e-6 };
    struct json_doc *doc;
    char *text = NULL;
    size_t len = 0, n = 0;
    FILE *f = open_memstream(&text, &len);
    struct msg err;

    (void)state;
    assert_non_null(f);
    assert_int_equal(replay_print(f, "t", "default", &r, 0.25), 0);
    fclose(f);
    assert_int_equal(json_parse(&doc, "r", text, len, NULL, NULL, &err), 0);
    JSON_FOREACH(v, json_root(doc))
        assert_string_equal(v->key, keys[n++]);
    assert_int_equal(n, sizeof keys / sizeof *keys);
    assert_true(json_get_num(json_root(doc), "kwh", 0) == 1.5);
    assert_true(json_get_num(json_root(doc), "slav", 0) == 1e-6);
    assert_true(json_get_num(json_root(doc), "seconds", 0) == 0.25);
    json_free(doc);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_read),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
        cmocka_unit_test(policies_are_over_defaults),
        cmocka_unit_test(wrong_settings_are_refused),
        cmocka_unit_test(a_result_has_the_members_of_its_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
