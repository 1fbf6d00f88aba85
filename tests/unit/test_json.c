/* SPDX-License-Identifier: LGPL-2.1-only */
/* JSON in and out: values, limits, split arrays, UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/json.h"
#include "tools/doc/json_scan.h"
#include "tools/base/msg.h"

static struct json_doc *parse(const char *text)
{
    struct json_doc *d;
    struct msg err;

    if (json_parse(&d, "t", text, strlen(text), NULL, NULL, &err))
        fail_msg("%s", err.text);
    return d;
}

static void test_values(void **state)
{
    struct json_doc *d = parse("{\"i\":-7,\"n\":1.5,\"s\":\"a\\u00e9\","
                               "\"t\":true,\"z\":null,\n\"a\":[1,[],{}],"
                               "\"big\":123456789012345678901}");
    const struct json *r = json_root(d), *a = json_get(r, "a");

    assert_int_equal(json_get(r, "i")->type, JSON_INT);
    assert_int_equal(json_get(r, "i")->num_int, -7);
    assert_true(json_get_num(r, "n", 0) == 1.5);
    assert_string_equal(json_get_str(r, "s", ""), "a\xc3\xa9");
    assert_true(json_get_bool(r, "t", false));
    assert_int_equal(json_get(r, "z")->type, JSON_NULL);
    assert_int_equal(json_get(r, "big")->type, JSON_NUM);
    assert_int_equal(a->len, 3);
    assert_int_equal(a->line, 2);
    assert_null(json_get(r, "none"));
    assert_null(json_get(a, "none"));
    assert_true(json_get_num(r, "s", 9) == 9);
    json_free(d);
    json_free(NULL);
}

static const struct {
    const char *text;
    int rc;
    const char *says;
} bad[] = {
    { "", -EINVAL, "t:1: parse error: premature EOF" },
    { "[1,\n2", -EINVAL, "t:2: parse error: premature EOF" },
    { "{\"a\":1}{", -EINVAL, "t:1: parse error: trailing garbage" },
    { "\"\xff\"", -EINVAL,
      "t:1: lexical error: invalid bytes in UTF8 string." },
    { "\"\xc1\xbd\"", -EINVAL, "t:1: invalid bytes in UTF8 string." },
    { "{\"\xe0\x80\xaf\":1}", -EINVAL, "t:1: invalid bytes in UTF8 string." },
    { "[1e999]", -EINVAL, "t:1: a number out of range" },
    { "{\"a\\u0000\":1}", -EINVAL, "t:1: a NUL in the name of a member" },
    { "[[[[[1]]]]]", -E2BIG, "t:1: nested too deeply" },
    { "[1,2,3,4,5,6,7,8,9]", -E2BIG, "t:1: too many values" },
};

/* Each object of a list raises the limits of the whole; nothing else does. */
static void test_each(void **state)
{
    const struct json_limits limits = { .bytes = 20,
                                        .values = 4,
                                        .string = 6,
                                        .each = "l",
                                        .each_most = 2,
                                        .each_bytes = 10,
                                        .each_values = 2 };
    static const struct {
        const char *text, *says;
    } each[] = {
        { "{\"l\":[{\"a\":1},{\"a\":2}]}", NULL },
        { "{\"l\":[1,2,3]}", "t:1: too many values" },
        { "{\"k\":[{\"a\":1},{}]}", "t:1: too many values" },
        { "{\"l\":[{},{},{},{},{},{},{}]}", "t:1: too many values" },
        { "{\"l\":[{\"l\":[{},{},{},{}]}]}", "t:1: too many values" },
        { "{\"l\":           [            1]}",
          "t:1: too many bytes for what it lists" },
        { "[                                            1]",
          "t: 47 bytes are too many" },
        { "[\"1234567\"]", "t:1: a text that is too long" },
        { "{\"1234567\":1}", "t:1: a name that is too long" },
    };

    assert_int_equal(json_most_bytes(&limits), 40);
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        struct json_doc *d;
        struct msg err = MSG_NONE;
        int rc = json_parse(&d, "t", each[i].text, strlen(each[i].text), NULL,
                            &limits, &err);

        assert_string_equal(err.text, each[i].says ? each[i].says : "");
        assert_int_equal(rc, each[i].says ? -E2BIG : 0);
        json_free(d);
    }
}

static void test_bad(void **state)
{
    const struct json_limits limits = { .depth = 4, .values = 8 };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct json_doc *d;
        struct msg err = MSG_NONE;
        int rc = json_parse(&d, "t", bad[i].text, strlen(bad[i].text), NULL,
                            &limits, &err);

        assert_int_equal(rc, bad[i].rc);
        assert_string_equal(err.text, bad[i].says);
        assert_null(d);
    }
}

struct seen {
    unsigned n;
    double sum;
    int stop_at;
};

static int item(void *arg, uint32_t index, const struct json *v,
                struct msg *err)
{
    struct seen *s = arg;

    assert_int_equal(index, s->n);
    s->n++;
    s->sum += json_get_num(v, "x", v->num);
    return s->stop_at == (int)s->n ? -ECANCELED : 0;
}

static void test_split(void **state)
{
    const char *text = "{\"a\":{\"b\":[{\"x\":1},{\"x\":2,\"b\":[9,9]},3,"
                       "[4,5]]},\"b\":[6]}";
    struct seen s = { 0 };
    const struct json_split split[] = { { "a.b", item, &s },
                                        { NULL, NULL, NULL } };
    struct json_doc *d;
    struct msg err;

    assert_int_equal(
        json_parse(&d, "t", text, strlen(text), split, NULL, &err), 0);
    assert_int_equal(s.n, 4);
    assert_true(s.sum == 6);
    assert_int_equal(json_get(json_get(json_root(d), "a"), "b")->len, 4);
    assert_null(json_get(json_get(json_root(d), "a"), "b")->child);
    assert_int_equal(json_get(json_root(d), "b")->child->num_int, 6);
    json_free(d);
    s = (struct seen){ .stop_at = 2 };
    assert_int_equal(
        json_parse(&d, "t", text, strlen(text), split, NULL, &err),
        -ECANCELED);
    assert_int_equal(s.n, 2);
}

/* What is written is read again, byte for byte of meaning. */
static void test_write(void **state)
{
    static const double numbers[] = { 0,      -0.1,   1e300, 1.0 / 3,
                                      5e-324, 123456, 1e15,  NAN };
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    struct json_out *o = json_out_new(f, true);
    struct json_doc *d;
    const struct json *v;

    json_obj(o);
    json_kv_str(o, "bad", "x\xff");
    json_kv_str(o, "none", NULL);
    json_key(o, "n");
    json_arr(o);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        json_num(o, numbers[i]);
    json_arr_end(o);
    json_kv_int(o, "i", INT64_MIN);
    json_kv_bool(o, "b", true);
    json_obj_end(o);
    assert_int_equal(json_out_free(o), 0);
    fclose(f);
    d = parse(text);
    assert_string_equal(json_get_str(json_root(d), "bad", ""),
                        "x\xef\xbf\xbd");
    assert_int_equal(json_get(json_root(d), "none")->type, JSON_NULL);
    assert_true(json_get(json_root(d), "i")->num_int == INT64_MIN);
    v = json_get(json_root(d), "n")->child;
    for (size_t i = 0; i + 1 < sizeof numbers / sizeof numbers[0]; i++) {
        assert_true(v->num == numbers[i]);
        v = v->next;
    }
    assert_int_equal(v->type, JSON_NULL);
    json_free(d);
    free(text);
}

/* The first of all numbers of digits, from 6 on, that reads back. */
static void shortest(char buf[40], double v)
{
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(buf, 40, "%.*g", digits, v);
        if (strtod(buf, NULL) == v)
            return;
    }
}

/* No number is written longer than it needs to be. */
static void test_shortest(void **state)
{
    static const double least[] = {
        0x1p-1022, 0x1p-1000, 0x1p-1, 0x1p60, 0x1.fffffffffffffp-1, 5e-324
    };
    uint64_t seed = 7;

    for (unsigned i = 0; i < 20000; i++) {
        char want[40], *text;
        double v = least[i % 6];
        struct json_out *o = json_text_new(false);

        seed = seed * 6364136223846793005u + 1442695040888963407u;
        if (i % 6 == 5)
            v = 1767225600 + (double)(seed >> 54) / 8;
        else if (i > 100)
            v *= 1 + (double)(seed >> 61 << i % 50) * 0x1p-52;
        json_num(o, v);
        text = json_text_free(o, NULL);
        shortest(want, v);
        strcat(want, "\n");
        assert_string_equal(text, want);
        free(text);
    }
}

/* The same text as in a file; the length is that of the text. */
static void test_text(void **state)
{
    struct json_out *o = json_text_new(false);
    size_t len = 0;
    char *text;

    json_obj(o);
    json_kv_int(o, "n", 1);
    json_obj_end(o);
    text = json_text_free(o, &len);
    assert_string_equal(text, "{\"n\":1}\n");
    assert_int_equal(len, strlen(text));
    free(text);
    o = json_text_new(true);
    json_arr(o);
    json_int(o, 7);
    json_arr_end(o);
    text = json_text_free(o, NULL);
    assert_string_equal(text, "[\n  7\n]\n");
    free(text);
    assert_null(json_text_free(NULL, NULL));
}

static void test_full_disk(void **state)
{
    FILE *f = fopen("/dev/full", "w");
    struct json_out *o;

    if (!f) {
        print_message("skip: there is no /dev/full here\n");
        skip();
    }
    o = json_out_new(f, false);
    json_str(o, "lost");
    assert_int_equal(json_out_free(o), -EIO);
    fclose(f);
}

/* Commas in strings are none, whatever stands before their quotes. */
static void test_count(void **state)
{
    static const struct {
        const char *text;
        size_t values;
        bool over;
    } rows[] = {
        { "[1,2,3]", 2, true },
        { "[1,2,3]", 3, false },
        { "{\"a\":1,\"b\":[2,3]}", 2, true },
        { "[\",,,,,,\"]", 2, false },
        { "[\"\\\",,,,,\"]", 2, false },
        { "[\"\\\\\",1,2,3]", 3, true },
        { "[\"\\\\\\\",1,2,3]", 3, false },
        { "[\"never closed,,,,,", 2, false },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(json_text_has_over(rows[i].text, strlen(rows[i].text),
                                            rows[i].values),
                         rows[i].over);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),    cmocka_unit_test(test_count),
        cmocka_unit_test(test_bad),       cmocka_unit_test(test_each),
        cmocka_unit_test(test_split),     cmocka_unit_test(test_write),
        cmocka_unit_test(test_shortest),  cmocka_unit_test(test_text),
        cmocka_unit_test(test_full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
