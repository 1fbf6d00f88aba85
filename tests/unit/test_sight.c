/* SPDX-License-Identifier: LGPL-2.1-only */
/* What loops are shown of guests by the facts of their hosts: who talks with whom,
 * and who lacks memory. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/doc/sight.h"
#include "tools/doc/snapshot.h"

#define SAME(a, b) assert_true(fabs((a) - (b)) < 1e-3)
#define A          "00:16:3e:00:00:01"
#define B          "00:16:3e:00:00:02"

#define HOST(name_)                                                           \
    "{\"name\":\"" name_ "\",\"state\":\"up\",\"memory_mib\":9000,"           \
    "\"reserved_mib\":0,\"cpus\":4}"
#define GUEST(n_, host_, rest_)                                               \
    "{\"uuid\":\"00000000-0000-4000-8000-00000000000" n_ "\",\"name\":\"g" n_ \
    "\",\"host\":\"" host_ "\",\"type\":\"pvh\",\"memory_mib\":64,"           \
    "\"vcpus\":1," rest_ "}"
#define MACS(list_) "\"macs\":[" list_ "]"
#define TALKS(mac_, now_, p_)                                                 \
    ",\"talks\":[{\"mac\":\"" mac_ "\",\"mbps\":" now_ ",\"mbps_p25\":" p_ "}]"

/* What two guests' hosts say of them; what the loops are shown. */
static double joined(const char *one, const char *other)
{
    struct sight sight;
    struct snapshot snap;
    struct msg err = MSG_NONE;
    char text[2000];
    double mbps;

    snprintf(text, sizeof text,
             "{\"format\":\"rackhop-snapshot/1\",\"taken\":"
             "\"2026-01-01T00:00:00Z\",\"topology\":{\"nodes\":[],\"links\":"
             "[]},\"hosts\":[" HOST("h1") "," HOST("h2") "],\"domains\":["
                                                         "%s,%s]}",
             one, other);
    if (snapshot_parse_facts(&snap, "test", text, strlen(text), NULL, NULL,
                             NULL, &err) ||
        sight_parse(&sight, snap.cluster, text, strlen(text), &err))
        fail_msg("%s", err.text);
    assert_true(sight.talks <= 1);
    mbps = sight.talks ? sight.talk[0].mbps : 0;
    if (sight.talks)
        assert_true(sight.talk[0].a == 0 && sight.talk[0].b == 1);
    sight_dispose(&sight);
    snapshot_dispose(&snap);
    return mbps;
}

/* Guest n, of the host of that number. */
static void guest_that_sends(char text[400], const char *n, const char *mac,
                             const char *to, const char *mbps)
{
    snprintf(text, 400,
             "{\"uuid\":\"00000000-0000-4000-8000-00000000000%s\",\"name\":"
             "\"g%s\",\"host\":\"h%s\",\"type\":\"pvh\",\"memory_mib\":64,"
             "\"vcpus\":1,\"macs\":[\"%s\"],\"talks\":[{\"mac\":\"%s\","
             "\"mbps\":%s,\"mbps_p25\":%s}]}",
             n, n, n, mac, to, mbps, mbps);
}

/* What is measured counts; a guest's own word is marked as one. */
static void a_guests_own_word_is_a_hint(void **state)
{
    static const struct {
        const char *samples;
        double starving;
        bool hinted;
    } rows[] = {
        { "\"swap_bytes_s\":{\"mean_10m\":8192}", 2, false },
        { "\"swap_bytes_s\":{\"mean_10m\":8192},"
          "\"hint_faults_s\":{\"mean_10m\":900}",
          2, false },
        { "\"hint_faults_s\":{\"mean_10m\":900}", 900, true },
        { "\"cpu\":{\"mean_10m\":1}", -1, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct snapshot snap;
        struct sight sight;
        struct msg err = MSG_NONE;
        char text[1000];

        snprintf(
            text, sizeof text,
            "{\"format\":\"rackhop-snapshot/1\",\"taken\":"
            "\"2026-01-01T00:00:00Z\",\"topology\":{\"nodes\":[],"
            "\"links\":[]},\"hosts\":[" HOST("h1") "],\"domains\":[" GUEST(
                "1", "h1", "\"samples\":{\"age_s\":1,%s}") "]}",
            rows[i].samples);
        if (snapshot_parse_facts(&snap, "test", text, strlen(text), NULL, NULL,
                                 NULL, &err) ||
            sight_parse(&sight, snap.cluster, text, strlen(text), &err))
            fail_msg("%s", err.text);
        SAME(sight.guest[0].starving, rows[i].starving);
        assert_int_equal(sight.guest[0].hinted, rows[i].hinted);
        sight_dispose(&sight);
        snapshot_dispose(&snap);
    }
}

static void guests_of_two_hosts(void **state)
{
    const char *answers =
        GUEST("2", "h2", MACS("\"" B "\"") TALKS(A, "4", "3"));

    SAME(joined(GUEST("1", "h1", MACS("\"" A "\"") TALKS(B, "8", "9")),
                answers),
         11); /* the less of now and what lasts, of both ways */
    static const struct {
        const char *there, *back;
        double counted;
    } rates[] = {
        { "1000", "0.001", 0.064 }, /* flooded: a few words of its kernel */
        { "0.001", "1000", 0.064 }, { "1000", "10", 640 },
        { "1000", "16", 1016 }, /* taken in: they are acknowledgements */
        { "1000", "1000", 2000 },   { "1000", "0", 0 },
    };
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        char one[400], other[400];

        guest_that_sends(one, "1", A, B, rates[i].there);
        guest_that_sends(other, "2", B, A, rates[i].back);
        if (!(fabs(joined(one, other) - rates[i].counted) < 1e-6))
            fail_msg("rates %zu: %g", i, joined(one, other));
    }
    static const char *const none[] = {
        /* it does not answer */
        GUEST("1", "h1", MACS("\"" A "\"")),
        GUEST("1", "h1", MACS("\"" A "\"") ",\"talks\":7"),
        GUEST("1", "h1", MACS("\"" A "\"") ",\"talks\":[7,{},[]]"),
        GUEST("1", "h1", MACS("\"" A "\"") TALKS(B, "0", "9")),
        GUEST("1", "h1", MACS("\"" A "\"") TALKS(B, "8", "null")),
        GUEST("1", "h1", MACS("\"" A "\"") TALKS(B, "1e99", "1e99")),
        GUEST("1", "h1", MACS("\"" A "\"") TALKS(B, "-8", "-8")),
        GUEST("1", "h1", MACS("\"" A "\"") TALKS(A, "8", "8")),
        /* nobody knows that address, or whose it is */
        GUEST("1", "h1", MACS("7,null,\"x\"") TALKS(B, "8", "9")),
        GUEST("1", "h1", MACS("\"" A "\",\"" B "\"") TALKS(B, "8", "9")),
        GUEST("1", "h1", "\"macs\":{}" TALKS(B, "8", "9")),
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (joined(none[i], answers) > 0)
            fail_msg("case %zu: they were taken to talk", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guests_of_two_hosts),
        cmocka_unit_test(a_guests_own_word_is_a_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
