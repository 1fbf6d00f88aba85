/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What of a guest's folder in xenstore goes along: with a xenstore that is a
 * table of paths.
 */
#include "libxl-ext/store_data.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include <cmocka.h>

#include "libxl-ext/xlx_impl.h"
#include "tools/log.h"

#define HOME "/local/domain/7/"

static struct {
    const char *path, *value;
} nodes[600];

/* --- in place of the library's ------------------------------------------------- */

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
              unsigned *len)
{
    for (size_t i = 0; nodes[i].path; i++)
        if (!strcmp(path + strlen(HOME), nodes[i].path)) {
            *len = (unsigned)strlen(nodes[i].value);
            return strdup(nodes[i].value);
        }
    errno = ENOENT;
    return NULL;
}

/* The name of the node that is the child of `path` on the way to `node`. */
static const char *child_of(const char *node, const char *path)
{
    size_t n = strlen(path);

    if (strncmp(node, path, n) || node[n] != '/' || strchr(node + n + 1, '/'))
        return NULL;
    return node + n + 1;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path,
                    unsigned *num)
{
    char **list = calloc(600, sizeof *list);

    assert_int_equal(strncmp(path, HOME, strlen(HOME)), 0);
    *num = 0;
    for (size_t i = 0; nodes[i].path; i++) {
        const char *child = child_of(nodes[i].path, path + strlen(HOME));

        if (child)
            list[(*num)++] = (char *)(uintptr_t)child;
    }
    return list;
}

/* --- the tests ------------------------------------------------------------------ */

static void taken(bool take, libxl_domain_config *c)
{
    struct xlx x = { .lg = log_new(-1) };

    assert_int_equal(xlx_store_data(&x, 7, take, c), 0);
    log_free(x.lg);
}

static const char *value_of(const libxl_domain_config *c, const char *key)
{
    libxl_key_value_list l = c->c_info.xsdata;

    for (int i = 0; i < libxl_key_value_list_length(&l); i++)
        if (!strcmp(l[2 * i], key))
            return l[2 * i + 1];
    return NULL;
}

static void table(const char *const *pairs)
{
    size_t i = 0;

    memset(nodes, 0, sizeof nodes);
    for (; pairs[2 * i]; i++) {
        nodes[i].path = pairs[2 * i];
        nodes[i].value = pairs[2 * i + 1];
    }
}

static void test_taken(void **state)
{
    static const char *const pairs[] = {
        "data",        "",   "data/x",      "1",     "data/os",      "",
        "data/os/ver", "12", "vm-data",     "no",    "vm-data/role", "db",
        "data/empty",  "",   "data/binary", "\001x", "device/vif",   "secret",
        NULL
    };
    libxl_domain_config c;

    libxl_domain_config_init(&c);
    c.c_info.xsdata = calloc(5, sizeof(char *));
    c.c_info.xsdata[0] = strdup("rackhop/move");
    c.c_info.xsdata[1] = strdup("mark");
    c.c_info.xsdata[2] = strdup("data/old"); /* of an earlier move */
    c.c_info.xsdata[3] = strdup("stale");
    table(pairs);
    taken(true, &c);
    assert_string_equal(value_of(&c, "rackhop/move"), "mark");
    assert_null(value_of(&c, "data/old"));
    assert_string_equal(value_of(&c, "data/x"), "1");
    assert_string_equal(value_of(&c, "data/os/ver"), "12");
    assert_string_equal(value_of(&c, "vm-data/role"), "db");
    assert_string_equal(value_of(&c, "data/empty"), "");
    assert_null(value_of(&c, "data/os")); /* only a folder */
    assert_null(value_of(&c, "data/binary"));
    assert_int_equal(libxl_key_value_list_length(&c.c_info.xsdata), 5);
    /* without the setting nothing is left of them */
    taken(false, &c);
    assert_int_equal(libxl_key_value_list_length(&c.c_info.xsdata), 1);
    libxl_domain_config_dispose(&c);
}

static void test_nothing(void **state)
{
    static const char *const none[] = { NULL };
    libxl_domain_config c;

    libxl_domain_config_init(&c);
    table(none);
    taken(false, &c);
    assert_null(c.c_info.xsdata);
    taken(true, &c);
    assert_int_equal(libxl_key_value_list_length(&c.c_info.xsdata), 0);
    libxl_domain_config_dispose(&c);
}

/* A guest writes what it likes: neither many nodes nor long ones, nor deep
 * ones, get further than the limits. */
static void test_limits(void **state)
{
    static char name[500][32], big[40000];
    libxl_domain_config c;

    libxl_domain_config_init(&c);
    memset(nodes, 0, sizeof nodes);
    for (size_t i = 0; i < 500; i++) {
        snprintf(name[i], sizeof name[i], "data/%zu", i);
        nodes[i].path = name[i];
        nodes[i].value = "v";
    }
    taken(true, &c);
    assert_int_equal(libxl_key_value_list_length(&c.c_info.xsdata),
                     XLX_STORE_NODES);
    memset(big, 'v', sizeof big - 1);
    for (size_t i = 0; i < 500; i++)
        nodes[i].value = i < 3 ? big : "v";
    taken(true, &c);
    assert_non_null(value_of(&c, "data/0"));
    assert_null(value_of(&c, "data/1"));
    assert_non_null(value_of(&c, "data/3"));
    memset(nodes, 0, sizeof nodes);
    for (size_t i = 0; i < 12; i++) { /* data/a/a/a.. */
        snprintf(name[i], sizeof name[i], "data%.*s", (int)(2 * i),
                 "/a/a/a/a/a/a/a/a/a/a/a/a");
        nodes[i].path = name[i];
        nodes[i].value = "v";
    }
    taken(true, &c);
    assert_int_equal(libxl_key_value_list_length(&c.c_info.xsdata),
                     XLX_STORE_DEPTH);
    libxl_domain_config_dispose(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
