/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tests the text sources: what lldpcli and snmpwalk printed, and what they may
 * print. Each refusal names its line.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tools/doc/facts.h"
#include "tools/doc/json0.h"
#include "tools/cluster/views.h"
#include "tools/base/msg.h"
#include "topology/source.h"

static char *sample(const char *name, size_t *len)
{
    char path[256], *text;
    struct msg err;

    snprintf(path, sizeof path, "tests/data/lldp/%s", name);
    text = views_file(path, len, &err);
    if (!text)
        fail_msg("%s", err.text);
    return text;
}

static void read_sample(struct topo_view *v, const char *name)
{
    struct msg err;
    size_t len;
    char *text = sample(name, &len);
    int rc = strstr(name, "json0")
                 ? json0_parse(v, name, text, len, &err)
                 : topo_snmptext_parse(v, name, text, len, &err);

    if (rc)
        fail_msg("%s", err.text);
    free(text);
}

static const struct topo_neighbor *heard(const struct topo_view *v,
                                         const char *chassis)
{
    for (size_t i = 0; i < v->neighbors; i++)
        if (v->neighbor[i].chassis.value &&
            !strcmp(v->neighbor[i].chassis.value, chassis))
            return &v->neighbor[i];
    return NULL;
}

/* lldpcli and SNMP tell the same of one switch. */
static void both_ways(void **state)
{
    struct topo_view a, b;
    const struct topo_neighbor *n;

    topo_view_init(&a);
    topo_view_init(&b);
    read_sample(&a, "tor1.details.json0");
    read_sample(&b, "tor1.snmpwalk-lldp.txt");
    assert_int_equal(a.neighbors, 4);
    assert_int_equal(b.neighbors, 4);
    assert_string_equal(b.chassis.value, "76:f7:54:9c:09:43");
    assert_string_equal(b.sysname, "tor1");
    for (size_t i = 0; i < a.neighbors; i++) {
        n = heard(&b, a.neighbor[i].chassis.value);
        assert_non_null(n);
        assert_string_equal(n->port, a.neighbor[i].port);
        assert_string_equal(n->port_id.type, a.neighbor[i].port_id.type);
        assert_string_equal(n->port_id.value, a.neighbor[i].port_id.value);
        assert_string_equal(n->sysname, a.neighbor[i].sysname);
        assert_int_equal(n->bridge, a.neighbor[i].bridge);
        assert_int_equal(n->router, a.neighbor[i].router);
        assert_string_equal(n->mgmt[0], a.neighbor[i].mgmt[0]);
    }
    topo_view_dispose(&a);
    topo_view_dispose(&b);
}

static void full_switch(void **state)
{
    struct topo_view v;
    const struct topo_neighbor *n;

    topo_view_init(&v);
    read_sample(&v, "full-switch.json0");
    n = heard(&v, "44:38:39:00:01:00");
    assert_non_null(n);
    assert_string_equal(n->port_id.value, "Ethernet1/7");
    assert_string_equal(n->port_descr, "to-host-r9h1");
    assert_int_equal(n->mfs, 9216);
    assert_int_equal(n->aggregation, 1000007);
    assert_int_equal(n->ttl_s, 120);
    assert_int_equal(n->n_mgmt, 2);
    topo_view_dispose(&v);
}

static void hostile_names(void **state)
{
    static const char *const files[] = { "rogue-sysname.json0",
                                         "rogue-sysname.snmpwalk-rem.txt" };

    for (int i = 0; i < 2; i++) {
        struct topo_view v;
        const struct topo_neighbor *n;

        topo_view_init(&v);
        read_sample(&v, files[i]);
        assert_true(v.neighbors >= 9);
        n = heard(&v, "198.51.100.7");
        assert_non_null(n);
        for (size_t k = 0; k < v.neighbors; k++)
            for (const char *s = v.neighbor[k].sysname; s && *s; s++)
                assert_true((unsigned char)*s >= 0x20);
        topo_view_dispose(&v);
    }
}

static void no_neighbors(void **state)
{
    struct topo_view v;

    topo_view_init(&v);
    read_sample(&v, "no-neighbours.json0");
    assert_true(v.has_table);
    assert_int_equal(v.neighbors, 0);
    topo_view_dispose(&v);
}

#define LLDP ".1.0.8802.1.1.2.1."

/* A row that changed during the walk comes twice. LocalPortNum 7 is not
 * ifIndex 7. A port ID may be the digits of an ifIndex, and a text two lines
 * long. */
static void snmp_joins(void **state)
{
    static const char text[] =
        ".1.3.6.1.2.1.31.1.1.1.1.7 = STRING: \"wrong\"\n"
        ".1.3.6.1.2.1.31.1.1.1.1.12 = STRING: \"swp12\"\n"
        ".1.3.6.1.2.1.31.1.1.1.15.12 = Gauge32: 25000\n"
        ".1.3.6.1.2.1.31.1.1.1.1.513 = STRING: \"et-0/0/1\"\n"
        ".1.3.6.1.2.1.31.1.1.1.15.513 = Gauge32: 4294967295\n" LLDP
        "3.7.1.2.7 = INTEGER: 5\n" LLDP "3.7.1.3.7 = STRING: \"swp12\"\n" LLDP
        "3.7.1.2.8 = INTEGER: local(7)\n" LLDP
        "3.7.1.3.8 = STRING: \"513\"\n" LLDP
        "4.1.1.4.100.7.1 = INTEGER: 4\n" LLDP
        "4.1.1.4.200.7.1 = INTEGER: 7\n" LLDP
        "4.1.1.5.100.7.1 = Hex-STRING: 02 00 00 00 00 01 \n" LLDP
        "4.1.1.5.200.7.1 = STRING: \"new\"\n" LLDP
        "4.1.1.9.200.7.1 = STRING: \"two\nlines\"\n" LLDP
        "4.1.1.4.300.8.2 = INTEGER: 4\n" LLDP
        "4.1.1.5.300.8.2 = Hex-STRING: 02 00 00 \n00 00 02 \n";
    struct topo_view v;
    struct msg err = MSG_NONE;

    topo_view_init(&v);
    assert_int_equal(topo_snmptext_parse(&v, "t", text, strlen(text), &err),
                     0);
    assert_int_equal(v.neighbors, 2);
    assert_string_equal(v.neighbor[0].port, "swp12");
    assert_string_equal(v.neighbor[0].chassis.value, "new");
    assert_string_equal(v.neighbor[0].sysname, "two?lines");
    assert_string_equal(v.neighbor[1].port, "et-0/0/1");
    assert_string_equal(v.neighbor[1].chassis.value, "02:00:00:00:00:02");
    assert_int_equal(topo_view_find_port(&v, "swp12")->speed_mbps, 25000);
    assert_int_equal(topo_view_find_port(&v, "et-0/0/1")->speed_mbps,
                     TOPO_UNKNOWN);
    topo_view_dispose(&v);
}

/* Rows that contradict the MIB are counted by reason, and change nothing
 * else. */
static const struct {
    const char *row;
    size_t type, index, speed;
} not_believed[] = {
    { LLDP "3.1.0 = INTEGER: macAddress(4)\n", 0, 0, 0 },
    { LLDP "3.1.0 = STRING: \"mac\"\n", 1, 0, 0 },
    { LLDP "3.2.0 = INTEGER: 7\n", 1, 0, 0 },
    { LLDP "3.3 = STRING: \"tor1\"\n", 0, 1, 0 },
    { LLDP "3.4.0 = INTEGER: 1\n", 0, 0, 0 }, /* lldpLocSysDesc */
    { LLDP "3.7.1.2.7 = STRING: \"5\"\n", 1, 0, 0 },
    { LLDP "3.7.1.3.7.1 = STRING: \"swp7\"\n", 0, 1, 0 },
    { LLDP "4.1.1.4.100.1.1 = Hex-STRING: 04\n", 1, 0, 0 },
    { LLDP "4.1.1.5.100.1.1 = IpAddress: 10.0.0.1\n", 1, 0, 0 },
    { LLDP "4.1.1.5.100.1.1 = STRING: \"x\"\n" LLDP
           "4.1.1.5.100.1 = STRING: \"x\"\n",
      0, 1, 0 },
    { LLDP "4.1.1.5.100.1 = STRING: \"no TimeMark\"\n", 0, 0, 0 },
    { LLDP "4.1.1.9.1 = INTEGER: 3\n", 1, 0, 0 },
    { LLDP "4.1.1.9.1.2.3.4 = STRING: \"x\"\n", 0, 1, 0 },
    { LLDP "4.1.1.10.100.1.1 = INTEGER: 3\n", 0, 0, 0 }, /* SysDesc */
    { LLDP "4.1.1.12.100.1.1 = BITS: 28 00 bridge(2) router(4)\n", 0, 0, 0 },
    { LLDP "4.1.1.12.100.1.1 = BITS: bridge(2)\n", 1, 0, 0 },
    { LLDP "4.1.1.9.100.1.1 = No Such Instance currently exists\n", 0, 0, 0 },
    { LLDP "4.2.1.3.100.1.1.1.4.10.0.0.1 = INTEGER: 2\n", 0, 0, 0 },
    { LLDP "4.2.1.3.100.1.1.1.4.10.0.0 = INTEGER: 2\n", 0, 1, 0 },
    { LLDP "4.2.1.3.100.1.1.1.5.10.0.0.1.2 = INTEGER: 2\n", 0, 1, 0 },
    { LLDP "4.2.1.3.100.1.1.6.2.1.2 = INTEGER: 2\n", 0, 0, 0 }, /* 802 */
    { ".1.3.6.1.2.1.31.1.1.1.1.7 = INTEGER: 7\n", 1, 0, 0 },
    { ".1.3.6.1.2.1.31.1.1.1.15.7 = Gauge32: 4294967295\n", 0, 0, 1 },
    { ".1.3.6.1.2.1.2.2.1.6.7 = OID: .0.0\n", 1, 0, 0 },
    { ".1.3.6.1.2.1.2.2.1.5.7 = STRING: \"ifSpeed\"\n", 0, 0, 0 },
    { ".1.3.6.1.2.1.1.3.0 = STRING: \"yesterday\"\n", 1, 0, 0 },
    { ".1.3.6.1.4.1.1.1.0 = STRING: \"another MIB\"\n", 0, 0, 0 },
};

static void snmp_not_believed(void **state)
{
    for (size_t i = 0; i < sizeof not_believed / sizeof *not_believed; i++) {
        const char *row = not_believed[i].row;
        struct msg err = MSG_NONE;
        struct topo_view v;

        topo_view_init(&v);
        print_message("%s", row);
        assert_int_equal(topo_snmptext_parse(&v, "t", row, strlen(row), &err),
                         0);
        assert_int_equal(v.refused[TOPO_REFUSED_TYPE], not_believed[i].type);
        assert_int_equal(v.refused[TOPO_REFUSED_INDEX], not_believed[i].index);
        assert_int_equal(v.refused[TOPO_REFUSED_SPEED], not_believed[i].speed);
        topo_view_dispose(&v);
    }
}

static const struct {
    char kind; /* j json0, s snmp, d dot, f facts */
    const char *text, *where;
} refusals[] = {
    { 's', ".1.3.6.99999999999 = INTEGER: 1\n", "t:1: " },
    { 's', "\n\n.1.3.6\n", "t:1: " },
    { 's', "SNMPv2-MIB::sysName.0 = STRING: a\n", "t:1: " },
    { 'j', "{\"lldp\":\n[{\n", "t:" },
    { 'j', "[]", "t: it has no array" },
    { 'j', "", "t:1: " },
    { 'd', "graph {\n a -- \n}", "t:3: " },
    { 'd', "graph {\n a -- b\n", "t:3: " },
    { 'd', "graph {\n a -- {b c", "t:2: " },
    { 'd', "graph { a } b", "t:1: " },
    { 'd', "digraph G { a -> b [mbps=fast] }", "t:1: " },
    { 'd', "\"a\" -- \"b\"", "t:1: " },
    { 'd', "graph { a [kind=router] }", "t:1: " },
    { 'd', "graph { /* ", "t:1: " },
    { 'f', "{\"format\": \"rackhop-facts/1\"}", "t: it has no \"node\"" },
    { 'f', "{\"format\": \"x\"}", "t: its format is x" },
    { 'f', "{\"format\": \"rackhop-facts/1\", \"node\": \"a\"}",
      "t: its \"role\"" },
    { 'f',
      "{\"format\": \"rackhop-facts/1\", \"node\": \"a\", \"role\": "
      "\"host\",\n \"neighbors\": [{}]}",
      "t:2: " },
    { 'f',
      "{\"format\": \"rackhop-facts/1\", \"node\": \"a\", \"role\": "
      "\"host\",\n \"ports\": {\"e\": {\"speed_mbps\": -1}}}",
      "t:2: " },
};

static void refused(void **state)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const char *text = refusals[i].text;
        struct topo_cabling p = { .cable = NULL };
        struct topo_view v;
        struct msg err = MSG_NONE;
        size_t n = strlen(text);
        int rc = 0;

        topo_view_init(&v);
        switch (refusals[i].kind) {
        case 's': rc = topo_snmptext_parse(&v, "t", text, n, &err); break;
        case 'j': rc = json0_parse(&v, "t", text, n, &err); break;
        case 'd':
            rc = topo_dot_parse(&p, "t", text, n, &err);
            assert_int_equal(p.cables, 0);
            break;
        case 'f': rc = facts_parse_view(&v, "t", text, n, &err); break;
        }
        if (rc >= 0 ||
            strncmp(err.text, refusals[i].where, strlen(refusals[i].where)))
            fail_msg("%zu: %d, %s", i, rc, err.text);
        topo_view_dispose(&v);
        topo_cabling_dispose(&p);
    }
}

/* Plans with cables that cannot be, and with subgraphs: the cables that count,
 * and the notes of those that do not. */
static const struct {
    const char *text;
    size_t cables, notes;
} plans[] = {
    { "graph { a:1 -- b:1; a:2 -- a:3; b:2 -- c:1 };", 2, 1 },
    { "graph { a -- a -- b }; ;", 1, 1 },
    { "graph { a:1 -- b:1\n a:1 -- c:1\n b:1 -- a:1 }", 1, 1 },
    { "graph { s -- { a b c } }", 3, 0 },
    { "graph { { s t } -- subgraph x { a; b; a -- b } -- u }", 7, 0 },
    { "graph { { s t } -- { a b:7 } }", 3, 1 },
    { "Graph { SubGraph { a } Node [x=1] a -- b }", 1, 0 },
    { "graph A { a -- b } graph B { b -- c }", 2, 0 },
    { "graph { s -- { } }", 0, 0 },
    { "\xef\xbb\xbfgraph { a -- b }", 1, 0 },         /* a byte order mark */
    { "graph { // x\r a -- b # y\r b -- c }", 2, 0 }, /* no line feeds */
    { "graph { s -- { a { b { c } } } [mbps=1000] }", 3, 0 },
};

static void odd_plans(void **state)
{
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        struct topo_cabling p = { .cable = NULL };
        struct msg err = MSG_NONE;

        print_message("%s\n", plans[i].text);
        if (topo_dot_parse(&p, "t", plans[i].text, strlen(plans[i].text),
                           &err))
            fail_msg("%s", err.text);
        assert_int_equal(p.cables, plans[i].cables);
        assert_int_equal(p.notes, plans[i].notes);
        topo_cabling_dispose(&p);
    }
}

/* What is written reads back the same. */
static void facts_round_trip(void **state)
{
    struct topo_view v, w;
    char *text;
    struct msg err;
    size_t len;
    struct json_out *o = json_text_new(true);

    topo_view_init(&v);
    topo_view_init(&w);
    read_sample(&v, "many-neighbours.json0");
    topo_str(&v, &v.name, "h1");
    topo_view_port(&v, "eth0")->speed_mbps = 25000;
    topo_view_add_migration(&v, "eth0");
    facts_write(o, &v, NULL);
    text = json_text_free(o, &len);
    assert_non_null(text);
    assert_int_equal(facts_parse_view(&w, "t", text, len, &err), 0);
    assert_int_equal(w.neighbors, v.neighbors);
    for (size_t i = 0; i < v.neighbors; i++) {
        assert_string_equal(w.neighbor[i].chassis.value,
                            v.neighbor[i].chassis.value);
        assert_int_equal(w.neighbor[i].age_s, v.neighbor[i].age_s);
        assert_int_equal(w.neighbor[i].bridge, v.neighbor[i].bridge);
    }
    assert_int_equal(topo_view_find_port(&w, "eth0")->speed_mbps, 25000);
    assert_true(w.has_migration && w.has_table);
    free(text);
    topo_view_dispose(&v);
    topo_view_dispose(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways),     cmocka_unit_test(full_switch),
        cmocka_unit_test(hostile_names), cmocka_unit_test(no_neighbors),
        cmocka_unit_test(snmp_joins),    cmocka_unit_test(snmp_not_believed),
        cmocka_unit_test(refused),       cmocka_unit_test(facts_round_trip),
        cmocka_unit_test(odd_plans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
