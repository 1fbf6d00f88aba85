/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What lldpd's reader tells of a table: what is written is read again as it
 * was, and of what no reader writes nothing is believed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/lldpd_table.h"

/* All that can be told. */
static const char all[] = "chassis mac 02:00:00:00:00:01\n"
                          "sysname r1h1\n"
                          "mgmt 10.0.0.1\n"
                          "neighbor eth0\n"
                          "protocol LLDP\n"
                          "chassis mac 02:00:00:00:00:02\n"
                          "port ifname swp 1\n"
                          "sysname tor1\n"
                          "descr to r1h1\n"
                          "mgmt 10.0.0.2\n"
                          "mgmt fd00::2\n"
                          "mfs 1522\n"
                          "aggregation 3\n"
                          "ttl 120\n"
                          "age 7\n"
                          "bridge 1\n"
                          "router 0\n"
                          "neighbor \n"
                          "neighbor eth1\n"
                          "port  no type\n"
                          "sysname \n"
                          "dropped 4\n"
                          "whole\n";

static void table_is_written(const struct topo_view *v, const char *wanted)
{
    size_t len = 0;
    char *text = NULL;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    lldpd_table_write(f, v);
    fclose(f);
    assert_string_equal(text, wanted);
    free(text);
}

static void test_all(void **state)
{
    struct msg why = MSG_NONE;
    struct topo_view v;

    topo_view_init(&v);
    assert_int_equal(lldpd_table_parse(&v, all, strlen(all), &why), 0);
    assert_int_equal(v.neighbors, 3);
    assert_int_equal(v.dropped, 4);
    assert_string_equal(v.neighbor[0].port_id.value, "swp 1");
    assert_string_equal(v.neighbor[0].mgmt[1], "fd00::2");
    assert_int_equal(v.neighbor[0].mfs, 1522);
    assert_int_equal(v.neighbor[0].bridge, 1);
    assert_int_equal(v.neighbor[1].bridge, TOPO_UNKNOWN);
    assert_int_equal(v.neighbor[1].ttl_s, TOPO_UNKNOWN);
    assert_null(v.neighbor[1].sysname);
    table_is_written(&v, all);
    topo_view_dispose(&v);
}

static void test_none(void **state)
{
    struct topo_view v;

    topo_view_init(&v);
    table_is_written(&v, "whole\n");
    topo_view_dispose(&v);
}

static const struct {
    const char *text;
    int rc;
    const char *why;
} refused[] = {
    { "", -EBADMSG, "breaks off" },
    { "whole", -EBADMSG, "breaks off" },
    { "sysname a\n", -EBADMSG, "breaks off" },
    { "whole\nwhole\n", -EBADMSG, "line 1 " },
    { "whole\nsysname a\n", -EBADMSG, "line 1 " },
    { "\nwhole\n", -EBADMSG, "line 1 " },
    { "sysnames a\nwhole\n", -EBADMSG, "line 1 " },
    { "sysname a\nport ifname b\nwhole\n", -EBADMSG, "line 2 " },
    { "ttl 3\nwhole\n", -EBADMSG, "line 1 " },
    { "chassis\nwhole\n", -EBADMSG, "line 1 " },
    { "chassis value\nwhole\n", -EBADMSG, "line 1 " },
    { "chassis longer-than-12 a\nwhole\n", -EBADMSG, "line 1 " },
    { "neighbor a\nttl \nwhole\n", -EBADMSG, "line 2 " },
    { "neighbor a\nttl -1\nwhole\n", -EBADMSG, "line 2 " },
    { "neighbor a\nttl 1x\nwhole\n", -EBADMSG, "line 2 " },
    { "neighbor a\nttl 1234567890123456789\nwhole\n", -EBADMSG, "line 2 " },
    { "neighbor a\nbridge 2\nwhole\n", -EBADMSG, "line 2 " },
    { "neighbor a\nbridge\nwhole\n", -EBADMSG, "line 2 " },
    { "dropped x\nwhole\n", -EBADMSG, "line 1 " },
    { "failed no answer in time\n", -EREMOTEIO, "no answer in time" },
    { "neighbor a\nfailed \033[2J\nwhole\n", -EREMOTEIO, "?[2J" },
};

static void test_refused(void **state)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct msg why = MSG_NONE;
        struct topo_view v;
        int rc;

        topo_view_init(&v);
        rc = lldpd_table_parse(&v, refused[i].text, strlen(refused[i].text),
                               &why);
        if (rc != refused[i].rc || !strstr(why.text, refused[i].why))
            fail_msg("\"%s\": %d, %s", refused[i].text, rc, why.text);
        topo_view_dispose(&v);
    }
}

/* One more than a view holds. */
static void test_too_many(void **state)
{
    static const char line[] = "neighbor a\n";
    size_t n = TOPO_VIEW_NEIGHBORS + 1, len = n * strlen(line);
    char *text = malloc(len + 1);
    struct msg why = MSG_NONE;
    struct topo_view v;

    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * strlen(line), line, sizeof line);
    topo_view_init(&v);
    assert_int_equal(lldpd_table_parse(&v, text, len, &why), -EBADMSG);
    assert_int_equal(v.neighbors, TOPO_VIEW_NEIGHBORS);
    topo_view_dispose(&v);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
