/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which guests are on a host, and whether it is in maintenance, by its facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tools/doc/facts.h"

#define FACTS "{\"format\":\"rackhop-facts/1\",\"node\":\"h1\""
#define U1    "00000000-0000-0000-0000-000000000001"
#define U2    "00000000-0000-0000-0000-000000000002"

static const struct {
    const char *what, *text;
    const char *guests; /* "UUID UUID"; NULL: refused */
    bool rests;
    const char *copies; /* NULL: none */
} cases[] = {
    { "no guests", FACTS "}", "", false, NULL },
    { "two guests, in maintenance",
      FACTS ",\"host\":{\"state\":\"maintenance\"},\"domains\":["
            "{\"uuid\":\"" U1 "\",\"name\":\"a\"},"
            "{\"uuid\":\"" U2 "\",\"name\":\"b\"}]}",
      U1 " " U2, true, NULL },
    { "copies are no guests",
      FACTS ",\"host\":{\"state\":\"up\"},\"domains\":["
            "{\"uuid\":\"" U1 "\",\"name\":\"a--incoming\"},"
            "{\"uuid\":\"" U2 "\",\"name\":\"b--migratedaway\"}]}",
      "", false, U1 " " U2 },
    { "what is dying is neither",
      FACTS ",\"domains\":["
            "{\"uuid\":\"" U1 "\",\"name\":\"a\",\"dying\":true},"
            "{\"uuid\":\"" U2 "\",\"name\":\"b--incoming\",\"dying\":true}]}",
      "", false, NULL },
    { "a name is no copy's because it ends so without dashes",
      FACTS ",\"domains\":[{\"uuid\":\"" U1 "\",\"name\":\"incoming\"}]}", U1,
      false, NULL },
    { "no UUID",
      FACTS ",\"domains\":[{\"uuid\":\"../../etc\",\"name\":\"a\"}]}", NULL,
      false, NULL },
    { "no format", "{\"domains\":[]}", NULL, false, NULL },
    { "no JSON", "rackhop: not found", NULL, false, NULL },
    { "nothing", "", NULL, false, NULL },
};

static void join(const struct strlist *l, char all[256])
{
    *all = '\0';
    for (size_t k = 0; k < l->n; k++)
        snprintf(all + strlen(all), 256 - strlen(all), "%s%s", k ? " " : "",
                 l->s[k]);
}

static void test_guests(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strlist l = { .s = NULL }, copies = { .s = NULL };
        struct msg err = MSG_NONE;
        char all[256], there[256];
        bool rests = false;
        int rc = facts_guests(&l, &copies, &rests, cases[i].text,
                              strlen(cases[i].text), &err);

        join(&l, all);
        join(&copies, there);
        if (!rc != (cases[i].guests != NULL))
            fail_msg("%s: %d %s", cases[i].what, rc, err.text);
        if (!rc && (strcmp(all, cases[i].guests) || rests != cases[i].rests))
            fail_msg("%s: %s", cases[i].what, all);
        assert_string_equal(there, cases[i].copies ? cases[i].copies : "");
        if (rc)
            assert_int_not_equal(*err.text, '\0');
        strlist_dispose(&l);
        strlist_dispose(&copies);
    }
}

static void test_empty(void **state)
{
    static const struct {
        const char *text;
        bool empty;
    } answers[] = {
        { FACTS ",\"domains\":[]}", true },
        { FACTS ",\"host\":{\"state\":\"up\"},\"domains\":[ ]}", true },
        { FACTS ",\"domains\":[{\"uuid\":\"" U1 "\",\"name\":\"a\"}]}",
          false },
        { FACTS ",\"domains\":[{\"uuid\":\"" U1
                "\",\"name\":\"a--incoming\"}]}",
          false },
        { FACTS ",\"domains\":[{\"uuid\":\"" U1 "\",\"dying\":true}]}",
          false },
        { FACTS ",\"domains\":[{}]}", false },
        { FACTS ",\"domains\":[0]}", false },
        { FACTS ",\"domains\":{}}", false },
        { FACTS ",\"domains\":null}", false },
        { FACTS "}", false }, /* it is no host */
        { FACTS ",\"domains\":[]", false },
        { "{\"domains\":[]}", false },
        { "", false },
    };

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        const char *text = answers[i].text;
        struct msg err = MSG_NONE;

        if (facts_is_empty(text, strlen(text), &err) != answers[i].empty)
            fail_msg("%s: %s", text, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_guests),
                                        cmocka_unit_test(test_empty) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
