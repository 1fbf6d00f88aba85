/* SPDX-License-Identifier: LGPL-2.1-only */
/* How guests run before work on their host and after it: read and judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/run/soak_watch.h"

#define U1 "00000000-0000-0000-0000-000000000001"
#define U2 "00000000-0000-0000-0000-000000000002"

/* --- judged ---------------------------------------------------------------- */

/* It is looked at so often, every so many seconds, and is the same each time. */
static const struct judged {
    const char *what;
    double steal, dirty, tx_s; /* before */
    unsigned looks;
    double every, steal_now, dirty_now;
    int64_t tx_step; /* what it sends between two looks; < 0: not told */
    const char *why; /* a part of it; NULL: nothing is wrong */
} judged[] = {
    { "as before", 0.1, 5, 1000, 20, 5, 0.1, 5, 5000, NULL },
    { "it waits a little more", 0.1, 5, 1000, 20, 5, 0.3, 5, 5000, NULL },
    { "it waits a lot", 0.05, 5, 1000, 20, 5, 0.5, 5, 5000,
      "waits for a processor in 50 % of its time; before the roll it was 5 "
      "%" },
    { "it has always waited", 0.6, 5, 1000, 20, 5, 0.8, 5, 5000, NULL },
    { "nobody knows whether it waited", -1, 5, 1000, 20, 5, 0.9, 5, 5000,
      NULL },
    { "nobody knows whether it waits", 0.05, 5, 1000, 20, 5, -1, 5, 5000,
      NULL },
    { "many looks, too soon", 0.05, 5, 1000, 20, 1, 0.9, 5, 5000, NULL },
    { "a while, too few looks", 0.05, 5, 1000, 5, 20, 0.9, 5, 5000, NULL },
    { "it dirties more", 0.1, 5, 1000, 1, 5, 0.1, 36, 5000, NULL },
    { "it dirties far more", 0.1, 5, 1000, 1, 5, 0.1, 41, 5000,
      "dirties 41 MiB of its memory a second since it is back; before the "
      "roll it was 5.0" },
    { "little is not much, however many times", 0.1, 0.1, 1000, 1, 5, 0.1, 30,
      5000, NULL },
    { "its dirty rate was not known", 0.1, -1, 1000, 1, 5, 0.1, 500, 5000,
      NULL },
    { "its dirty rate is not known", 0.1, 5, 1000, 1, 5, 0.1, -1, 5000, NULL },
    { "it is silent", 0.1, 5, 2048, 13, 5, 0.1, 5, 0,
      "has sent nothing to the network for 60 s; before the roll it sent 2.0 "
      "KiB/s" },
    { "it is silent for a moment", 0.1, 5, 2048, 12, 5, 0.1, 5, 0, NULL },
    { "it was silent before", 0.1, 5, 0, 13, 5, 0.1, 5, 0, NULL },
    { "nobody knows what it sent", 0.1, 5, -1, 13, 5, 0.1, 5, 0, NULL },
    { "nobody knows what it sends", 0.1, 5, 2048, 13, 5, 0.1, 5, -1, NULL },
};

static void test_judged(void **state)
{
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
        const struct judged *j = &judged[i];
        struct guest_look was = { .uuid = U1,
                                  .name = "web1",
                                  .steal = j->steal,
                                  .dirty_mib_s = j->dirty,
                                  .tx_bytes_s = j->tx_s,
                                  .tx_bytes = -1 },
                          is = { .uuid = U1,
                                 .name = "web1",
                                 .steal = j->steal_now,
                                 .dirty_mib_s = j->dirty_now,
                                 .tx_bytes_s = -1 };
        struct guest_looks before = { &was, 1, 0 }, now = { &is, 1, 8 };
        struct soak_watch w = { .guest = NULL };
        struct msg why = MSG_NONE;
        bool bad;

        for (unsigned k = 0; k < j->looks; k++) {
            is.tx_bytes = j->tx_step < 0 ? -1 : 100 + k * j->tx_step;
            assert_int_equal(
                soak_watch_add(&w, &before, &now, 1000 + k * j->every), 0);
        }
        bad = soak_watch_trouble(&w, &before, &why);
        if (bad != (j->why != NULL) || (bad && !strstr(why.text, j->why)))
            fail_msg("%s: %s", j->what, bad ? why.text : "nothing is wrong");
        if (bad)
            assert_non_null(strstr(why.text, "guest web1 "));
        soak_watch_dispose(&w);
    }
}

/* The look takes one processor: of few, that is much. */
static void test_small_hosts(void **state)
{
    static const struct {
        unsigned cpus;
        double was, is;
        bool bad;
    } cases[] = {
        { 4, 0.1, 0.34, false }, { 4, 0.1, 0.36, true },
        { 3, 0.1, 0.67, false }, { 3, 0.1, 0.69, true },
        { 2, 0.1, 0.84, false }, { 2, 0.1, 0.86, true },
        { 2, 0.3, 1, false }, /* it can't wait for more than all its time */
        { 1, 0, 1, false },      { 0, 0, 1, false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct guest_look was = { .uuid = U1, .steal = cases[i].was },
                          is = { .uuid = U1, .steal = cases[i].is };
        struct guest_looks before = { &was, 1, 0 },
                           now = { &is, 1, cases[i].cpus };
        struct soak_watch w = { .guest = NULL };
        struct msg why = MSG_NONE;

        for (unsigned k = 0; k < 20; k++)
            assert_int_equal(soak_watch_add(&w, &before, &now, k * 5), 0);
        if (soak_watch_trouble(&w, &before, &why) != cases[i].bad)
            fail_msg("case %zu: %s", i, why.text);
        soak_watch_dispose(&w);
    }
}

/* What nobody knew before is not judged; a card that is plugged in anew counts
 * from 0, and is not silent. */
static void test_others(void **state)
{
    struct guest_look was = { .uuid = U1, .tx_bytes_s = 10 },
                      is[2] = { { .uuid = U2, .steal = 1 },
                                { .uuid = U1, .tx_bytes = 7000 } };
    struct guest_looks before = { &was, 1, 0 }, now = { is, 2, 8 };
    struct soak_watch w = { .guest = NULL };
    struct msg why = MSG_NONE;

    for (unsigned k = 0; k < 30; k++) {
        is[1].tx_bytes = k < 20 ? 7000 : 50;
        assert_int_equal(soak_watch_add(&w, &before, &now, k * 5), 0);
        assert_int_equal(soak_watch_trouble(&w, &before, &why),
                         k >= 12 && k < 20);
    }
    soak_watch_dispose(&w);
}

/* --- read ------------------------------------------------------------------ */

#define FACTS(domains)                                                        \
    "{\"format\":\"rackhop-facts/1\",\"node\":\"h1\",\"domains\":[" domains   \
    "]}"

static const struct read {
    const char *what, *text;
    int n; /* guests; < 0: refused */
    struct guest_look first;
} reads[] = {
    { "all that is told",
      FACTS("{\"uuid\":\"" U1 "\",\"name\":\"a\",\"steal\":0.25,"
            "\"dirty_mib_s\":3,\"tx_bytes\":4096,\"tx_bytes_s\":12.5}"),
      1,
      { U1, "a", 0.25, -1, 12.5, 4096 } },
    { "nothing is told",
      FACTS("{\"uuid\":\"" U1 "\"}"),
      1,
      { U1, U1, -1, -1, -1, -1 } },
    { "what cannot be is not known",
      FACTS("{\"uuid\":\"" U1 "\",\"name\":\"a\",\"steal\":1.5,"
            "\"dirty_mib_s\":-3,\"tx_bytes_s\":1e300}"),
      1,
      { U1, "a", -1, -1, -1, -1 } },
    { "copies and the dying are no guests",
      FACTS("{\"uuid\":\"" U1 "\",\"name\":\"a--incoming\"},"
            "{\"uuid\":\"" U2 "\",\"name\":\"b\",\"dying\":true}"),
      0,
      { .steal = 0 } },
    { "no UUID", FACTS("{\"uuid\":\"x\"}"), -1, { .steal = 0 } },
    { "a count that cannot be",
      FACTS("{\"uuid\":\"" U1 "\",\"tx_bytes\":-5}"),
      -1,
      { .steal = 0 } },
    { "no facts", "{\"domains\":[]}", -1, { .steal = 0 } },
};

static void look_is(const struct guest_look *a, const struct guest_look *b)
{
    assert_string_equal(a->uuid, b->uuid);
    assert_string_equal(a->name, b->name);
    assert_true(a->steal == b->steal && a->dirty_mib_s == b->dirty_mib_s &&
                a->tx_bytes_s == b->tx_bytes_s);
}

/* Well for an hour, and then not: its mean over all is small. On a host of
 * one processor nothing is said of it. */
static void test_late(void **state)
{
    for (unsigned cpus = 1; cpus <= 4; cpus++) {
        struct guest_look was = { .uuid = U1, .steal = 0.05 },
                          is = { .uuid = U1, .tx_bytes = -1 };
        struct guest_looks before = { &was, 1, 0 }, now = { &is, 1, cpus };
        struct soak_watch w = { .guest = NULL };
        struct msg why;

        for (unsigned k = 0; k < 740; k++) {
            is.steal = k < 720 ? 0.05 : 0.9;
            assert_int_equal(soak_watch_add(&w, &before, &now, k * 5), 0);
            if (k < 723)
                assert_false(soak_watch_trouble(&w, &before, &why));
        }
        assert_int_equal(soak_watch_trouble(&w, &before, &why), cpus > 1);
        soak_watch_dispose(&w);
    }
}

static void test_read(void **state)
{
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        const struct read *r = &reads[i];
        struct guest_looks l = { .look = NULL };
        struct msg err = MSG_NONE;
        int rc = guest_looks_parse(&l, r->text, strlen(r->text), &err);

        if (!rc != (r->n >= 0) || (!rc && l.n != (size_t)r->n))
            fail_msg("%s: %d, %zu guests: %s", r->what, rc, l.n, err.text);
        if (!rc && r->n) {
            look_is(&l.look[0], &r->first);
            assert_int_equal(l.look[0].tx_bytes, r->first.tx_bytes);
        }
        guest_looks_dispose(&l);
    }
}

static void test_dirty(void **state)
{
    static const struct {
        const char *text;
        double rate;
    } rows[] = {
        { "{\"uuid\":\"" U1 "\",\"dirty_mib_s\":2.5}", 2.5 },
        { "{\"uuid\":\"" U1 "\",\"dirty_mib_s\":0}", 0 },
        { "{\"uuid\":\"" U1 "\",\"dirty_mib_s\":-1}", -1 },
        { "{\"uuid\":\"" U1 "\"}", -1 },
        { "{\"uuid\":\"" U2 "\",\"dirty_mib_s\":2}", -1 },
        { "it is being moved", -1 },
        { "", -1 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (guest_dirty_parse(U1, rows[i].text, strlen(rows[i].text)) !=
            rows[i].rate)
            fail_msg("%s", rows[i].text);
}

/* As a roll's record keeps them. */
static void test_kept(void **state)
{
    struct guest_look look[] = { { U1, "a", 0.25, 3, 12.5, -1 },
                                 { U2, "b\"\n", -1, -1, -1, -1 } };
    const struct guest_looks l = { look, 2, 0 };
    struct guest_looks back = { .look = NULL };
    struct json_out *o = json_text_new(false);
    struct json_doc *doc;
    struct msg err;
    char *text;

    guest_looks_write(o, &l);
    text = json_text_free(o, NULL);
    assert_int_equal(
        json_parse(&doc, "t", text, strlen(text), NULL, NULL, &err), 0);
    assert_int_equal(guest_looks_read(&back, json_root(doc)), 0);
    assert_int_equal(back.n, 2);
    for (size_t i = 0; i < 2; i++)
        look_is(guest_looks_find(&back, look[i].uuid), &look[i]);
    assert_null(guest_looks_find(&back, "x"));
    guest_looks_dispose(&back);
    json_free(doc);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judged), cmocka_unit_test(test_small_hosts),
        cmocka_unit_test(test_others), cmocka_unit_test(test_late),
        cmocka_unit_test(test_read),   cmocka_unit_test(test_dirty),
        cmocka_unit_test(test_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
