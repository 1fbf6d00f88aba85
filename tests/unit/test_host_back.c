/* SPDX-License-Identifier: LGPL-2.1-only */
/* A host before and after work on it: what of it is missing, in which words,
 * and whether waiting helps. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/run/host_back.h"

#define HOST(boot, xen, mib, cpus, hvm, networks, storage)                    \
    "\"host\":{\"name\":\"h1\",\"state\":\"up\",\"memory_mib\":" mib          \
    ",\"cpus\":" cpus ",\"xen\":\"" xen "\",\"boot\":\"" boot                 \
    "\",\"cpu_max\":{\"pv\":\"1\",\"hvm\":\"" hvm                             \
    "\"},\"networks\":[" networks "],\"storage\":[" storage "]}"
#define PORTS(eth1)                                                           \
    "\"ports\":{\"eth0\":{\"up\":true},\"eth1\":{\"up\":" eth1                \
    "},\"xenbr0\":{\"up\":true},\"eth2\":{\"up\":false}}"
#define LEAF                                                                  \
    "{\"port\":\"eth0\",\"sysname\":\"leaf1\",\"chassis\":{\"type\":\"mac\"," \
    "\"value\":\"02:00:00:00:00:01\"},\"port_id\":{\"type\":\"ifname\","      \
    "\"value\":\"swp3\"},\"capabilities\":{\"bridge\":true}}"
#define OTHER_HOST                                                            \
    "{\"port\":\"eth0\",\"sysname\":\"h2\",\"capabilities\":{\"bridge\":"     \
    "false}}"
#define FACTS(host, ports, neighbours)                                        \
    "{\"format\":\"rackhop-facts/"                                            \
    "1\",\"node\":\"h1\",\"role\":\"host\"," ports "," neighbours "," host    \
    ",\"domains\":[{\"uuid\":\"u\",\"storage\":[\"nfs:nas:/vm\","             \
    "\"local:h1:/dev/vg/a\"]}]}"
#define SEEN "\"neighbors\":[" LEAF "," OTHER_HOST "]"
#define OWN(boot, xen, mib, cpus, hvm)                                        \
    HOST(boot, xen, mib, cpus, hvm, "\"xenbr0\",\"xenbr1\"",                  \
         "\"nfs:nas:/vm\",\"wwn:5\"")
#define WAS                                                                   \
    FACTS(OWN("aa", "4.17.3", "10000", "8", "3,1"), PORTS("true"), SEEN)

struct row {
    const char *now; /* NULL: it does not answer */
    bool new_boot;
    const char *to_xen;
    enum host_back want;
    const char *why;
};

#define NOW(boot, xen, mib, cpus, hvm)                                        \
    FACTS(OWN(boot, xen, mib, cpus, hvm), PORTS("true"), SEEN)

static const struct row rows[] = {
    { WAS, false, NULL, HOST_BACK, "" },
    { NOW("bb", "4.17.3", "10000", "8", "3,1"), true, NULL, HOST_BACK, "" },
    { NULL, false, NULL, HOST_NOT_YET, "h1 does not answer" },
    /* it was told to reboot, and answers still, or without its boot's id */
    { WAS, true, NULL, HOST_NOT_YET, "h1 was not booted yet" },
    { WAS, true, "4.20", HOST_NOT_YET, "h1 was not booted yet" },
    { NOW("", "4.17.3", "10000", "8", "3,1"), true, NULL, HOST_NOT_YET,
      "h1 was not booted yet" },
    { FACTS("\"host\":{\"boot\":\"bb\"}", PORTS("true"), SEEN), true, NULL,
      HOST_NOT_YET, "Xen does not answer on h1" },
    { FACTS("\"hosts\":{}", PORTS("true"), SEEN), false, NULL, HOST_NOT_YET,
      "Xen does not answer on h1" },
    /* Xen */
    { NOW("bb", "4.20.1", "10000", "8", "3,1"), true, "4.20", HOST_BACK, "" },
    { NOW("bb", "4.20", "10000", "8", "3,1"), true, NULL, HOST_BACK, "" },
    { NOW("bb", "4.17.4-pre", "10000", "8", "3,1"), true, NULL, HOST_BACK,
      "" },
    { NOW("bb", "4.17", "10000", "8", "3,1"), true, NULL, HOST_BACK, "" },
    { NOW("bb", "4.17.3", "10000", "8", "3,1"), true, "4.20",
      HOST_NOT_AS_BEFORE, "h1 runs Xen 4.17.3, and 4.20 is wanted" },
    { NOW("bb", "4.17.2", "10000", "8", "3,1"), true, NULL, HOST_NOT_AS_BEFORE,
      "h1 runs Xen 4.17.2, and 4.17.3 ran before" },
    { NOW("bb", "4.9.9", "10000", "8", "3,1"), true, NULL, HOST_NOT_AS_BEFORE,
      "h1 runs Xen 4.9.9, and 4.17.3 ran before" },
    /* memory: 2 % less is as before */
    { NOW("bb", "4.17.3", "9800", "8", "3,1"), true, NULL, HOST_BACK, "" },
    { NOW("bb", "4.17.3", "9799", "8", "3,1"), true, NULL, HOST_NOT_AS_BEFORE,
      "h1 has 9799 MiB of memory, and had 10000 MiB before" },
    { NOW("bb", "4.17.3", "20000", "8", "3,1"), true, NULL, HOST_BACK, "" },
    { NOW("bb", "4.17.3", "10000", "4", "3,1"), true, NULL, HOST_NOT_AS_BEFORE,
      "h1 has 4 CPUs, and had 8 before" },
    /* a bit of word 1 has gone; a new one is welcome */
    { NOW("bb", "4.17.3", "10000", "8", "3"), true, NULL, HOST_NOT_AS_BEFORE,
      "h1 has lost CPU features of HVM guests: sse3 (if that was to be, roll "
      "--without-features names them)" },
    { NOW("bb", "4.17.3", "10000", "8", "7,1"), true, NULL, HOST_BACK, "" },
    /* networks and storage */
    { FACTS(HOST("bb", "4.17.3", "10000", "8", "3,1", "\"xenbr0\"",
                 "\"nfs:nas:/vm\""),
            PORTS("true"), SEEN),
      true, NULL, HOST_NOT_YET, "h1 lacks the network xenbr1" },
    { FACTS(HOST("bb", "4.17.3", "10000", "8", "3,1", "", "\"nfs:nas:/vm\""),
            PORTS("true"), SEEN),
      true, NULL, HOST_NOT_YET, "h1 lacks the network xenbr0 and 1 more" },
    /* a disk that no guest used, and one of this host alone, may be away */
    { FACTS(HOST("bb", "4.17.3", "10000", "8", "3,1", "\"xenbr0\",\"xenbr1\"",
                 "\"nfs:nas:/vm\""),
            PORTS("true"), SEEN),
      true, NULL, HOST_BACK, "" },
    { FACTS(HOST("bb", "4.17.3", "10000", "8", "3,1", "\"xenbr0\",\"xenbr1\"",
                 "\"wwn:5\""),
            PORTS("true"), SEEN),
      true, NULL, HOST_NOT_YET, "h1 lacks the storage nfs:nas:/vm" },
    /* links: eth2 was down before; an empty bridge has no carrier */
    { FACTS(OWN("bb", "4.17.3", "10000", "8", "3,1"), PORTS("false"), SEEN),
      true, NULL, HOST_NOT_YET, "h1 lacks a link at port eth1" },
    { FACTS(OWN("bb", "4.17.3", "10000", "8", "3,1"),
            "\"ports\":{\"eth0\":{\"up\":true},\"eth1\":{\"up\":true}}", SEEN),
      true, NULL, HOST_BACK, "" },
    { FACTS(OWN("bb", "4.17.3", "10000", "8", "3,1"), PORTS("true"),
            "\"neighbors\":[" OTHER_HOST "]"),
      true, NULL, HOST_NOT_YET,
      "h1 lacks the LLDP neighbour eth0 leaf1 swp3" },
    { FACTS(OWN("bb", "4.17.3", "10000", "8", "3,1"), PORTS("true"),
            "\"neighbors\":[" LEAF "]"),
      true, NULL, HOST_BACK, "" },
    /* what will not come by waiting is told before what may */
    { FACTS(HOST("bb", "4.17.3", "100", "8", "3,1", "", ""), PORTS("false"),
            SEEN),
      true, NULL, HOST_NOT_AS_BEFORE,
      "h1 has 100 MiB of memory, and had 10000 MiB before" },
};

static void parse(struct host_state *h, const char *text)
{
    struct msg err = MSG_NONE;

    host_state_init(h);
    if (host_state_parse(h, "h1", text, strlen(text), &err))
        fail_msg("%s", err.text);
}

static void test_rows(void **state)
{
    struct host_state was, now;

    parse(&was, WAS);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *w = &rows[i];
        struct host_back_opts opts = { w->new_boot, w->to_xen, NULL };
        struct msg why = MSG_NONE;

        host_state_init(&now);
        if (w->now)
            parse(&now, w->now);
        assert_int_equal(
            host_back_check(&was, w->now ? &now : NULL, &opts, &why), w->want);
        assert_string_equal(why.text, w->why);
        host_state_dispose(&now);
    }
    host_state_dispose(&was);
}

/* Another machine at its address may go again, or the host get its name. */
static void test_name(void **state)
{
    struct host_back_opts opts = { .new_boot = true };
    struct msg why = MSG_NONE;
    struct host_state was, now;
    char text[2000];

    snprintf(text, sizeof text, "%s",
             NOW("bb", "4.17.3", "10000", "8", "3,1"));
    memcpy(strstr(text, "\"name\":\"h1\""), "\"name\":\"h7\"",
           strlen("\"name\":\"h7\""));
    parse(&was, WAS);
    parse(&now, text);
    assert_int_equal(host_back_check(&was, &now, &opts, &why), HOST_NOT_YET);
    assert_string_equal(why.text, "h1 answers as h7: another host has its "
                                  "address, or its name was changed");
    host_state_dispose(&now);
    host_state_dispose(&was);
}

/* What a host was to lose may be gone, or not; nothing else. */
static void test_without(void **state)
{
    static const struct {
        const char *hvm, *without, *why; /* why: NULL: it is back */
    } lost[] = {
        { "3", "sse3", NULL },
        { "3,1", "sse3", NULL },
        { "1", "sse3,vme", NULL },
        { "1", "fpu,sse3",
          "h1 has lost CPU features of HVM guests: vme (if that was to be, "
          "roll --without-features names them)" },
    };
    struct plan_features f;
    struct host_back_opts opts = { .new_boot = true, .without = &f };
    struct host_state was, now;

    parse(&was, WAS);
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        struct msg why = MSG_NONE;
        char text[2000];

        assert_int_equal(plan_features_find(&f, lost[i].without), 0);
        snprintf(text, sizeof text,
                 FACTS(OWN("bb", "4.17.3", "10000", "8", "%s"), PORTS("true"),
                       SEEN),
                 lost[i].hvm);
        parse(&now, text);
        assert_int_equal(host_back_check(&was, &now, &opts, &why),
                         lost[i].why ? HOST_NOT_AS_BEFORE : HOST_BACK);
        assert_string_equal(why.text, lost[i].why ? lost[i].why : "");
        host_state_dispose(&now);
    }
    host_state_dispose(&was);
    assert_int_equal(plan_features_find(&f, "sse3,"), -EINVAL);
    assert_int_equal(plan_features_find(&f, ""), -EINVAL);
    assert_int_equal(plan_features_find(&f, "sse3,nothing"), -EINVAL);
}

/* An older rackhop told less: what was not known is not asked for, but a boot
 * that must be a new one. */
static void test_unknown(void **state)
{
    static const char text[] =
        "{\"format\":\"rackhop-facts/1\",\"node\":\"h1\",\"role\":\"host\","
        "\"host\":{\"name\":\"h1\",\"xen\":\"odd\"}}";
    struct host_back_opts opts = { .new_boot = false };
    struct host_state was, now;
    struct msg why = MSG_NONE;

    parse(&was, text);
    parse(&now, WAS);
    assert_int_equal(host_back_check(&was, &now, &opts, &why), HOST_BACK);
    assert_int_equal(host_back_check(&now, &was, &opts, &why), HOST_NOT_YET);
    opts.new_boot = true;
    assert_int_equal(host_back_check(&was, &now, &opts, &why),
                     HOST_NOT_AS_BEFORE);
    assert_string_equal(why.text,
                        "whether h1 was booted can't be told: the id of its "
                        "boot before is not known");
    host_state_dispose(&was);
    host_state_dispose(&now);
}

/* What a roll keeps is what it compares later. */
static void test_kept(void **state)
{
    struct json_out *o = json_text_new(false);
    struct host_back_opts opts = { .new_boot = false };
    struct host_state was, kept;
    struct json_doc *doc;
    struct msg why = MSG_NONE;
    size_t len;
    char *text;

    parse(&was, WAS);
    host_state_write(o, &was);
    text = json_text_free(o, &len);
    assert_int_equal(json_parse(&doc, "kept", text, len, NULL, NULL, &why), 0);
    host_state_init(&kept);
    assert_int_equal(host_state_read(&kept, json_root(doc)), 0);
    assert_string_equal(kept.boot, "aa");
    assert_int_equal(kept.memory_mib, 10000);
    assert_int_equal(kept.networks.n, 2);
    assert_int_equal(kept.used.n, 2);
    assert_int_equal(kept.ports.n, 2);
    assert_int_equal(kept.neighbours.n, 1);
    assert_true(kept.knows_ports && kept.knows_neighbours);
    assert_int_equal(host_back_check(&was, &kept, &opts, &why), HOST_BACK);
    assert_int_equal(host_back_check(&kept, &was, &opts, &why), HOST_BACK);
    assert_int_equal(host_state_read(&kept, NULL), -EINVAL);
    host_state_dispose(&kept);
    host_state_dispose(&was);
    json_free(doc);
    free(text);
}

/* A host that lies harms nobody's terminal, and is refused where it cannot be
 * read. */
static void test_hostile(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "{\"format\":\"rackhop-facts/1\"}",
        "{\"format\":\"rackhop-facts/1\",\"node\":\"h1\",\"role\":\"host\","
        "\"host\":{\"memory_mib\":-1}}",
        "{\"format\":\"rackhop-facts/1\",\"node\":\"h1\",\"role\":\"host\","
        "\"host\":{\"cpus\":1e30}}",
        "{\"format\":\"rackhop-facts/1\",\"node\":\"h1\",\"role\":\"host\","
        "\"ports\":[]}",
    };
    struct host_state h;
    struct msg err = MSG_NONE;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        host_state_init(&h);
        assert_true(host_state_parse(&h, "h1", bad[i], strlen(bad[i]), &err) <
                    0);
        assert_true(*err.text);
        host_state_dispose(&h);
    }
    parse(&h, FACTS(HOST("a\\u001b", "4.17\\u0007", "1", "1", "zz",
                         "\"x\\u001b[2J\",7,null", ""),
                    PORTS("true"), "\"neighbors\":[]"));
    assert_string_equal(h.boot, "a?");
    assert_string_equal(h.xen, "4.17?");
    assert_int_equal(h.networks.n, 1);
    assert_string_equal(h.networks.s[0], "x?[2J");
    host_state_dispose(&h);
}

/* One that tells of a hundred thousand networks is refused before each of them
 * was looked for among all. */
static void test_many(void **state)
{
    enum { MANY = 100000 };
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    struct host_state h;
    struct msg err = MSG_NONE;

    fprintf(f, "{\"format\":\"rackhop-facts/1\",\"node\":\"h1\","
               "\"role\":\"host\",\"ports\":{},\"host\":{\"networks\":[");
    for (int i = 0; i < MANY; i++)
        fprintf(f, "%s\"n%d\"", i ? "," : "", i);
    fprintf(f, "]}}");
    fclose(f);
    host_state_init(&h);
    assert_true(host_state_parse(&h, "h1", text, len, &err) < 0);
    assert_true(h.networks.n < MANY / 10);
    host_state_dispose(&h);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows), cmocka_unit_test(test_without),
        cmocka_unit_test(test_name), cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_kept), cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
