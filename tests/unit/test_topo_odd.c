/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tests odd switches: walks as real agents print them, with each one's way of
 * not being what the MIB says. The hosts h1 and h2 hang on tor1, or on tor1
 * and tor2, and the map has to find that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tools/base/msg.h"
#include "topology/map.h"
#include "topology/source.h"

#define LLDP  ".1.0.8802.1.1.2.1."
#define LLDP2 ".1.3.111.2.802.1.1.13.1."
#define IF    ".1.3.6.1.2.1.2.2.1."
#define IFX   ".1.3.6.1.2.1.31.1.1.1."

/* What a switch says of itself; a local port; an interface. */
#define SELF(mac, name)                                                       \
    LLDP "3.1.0 = INTEGER: 4\n" LLDP "3.2.0 = Hex-STRING: " mac " \n" LLDP    \
         "3.3.0 = STRING: \"" name "\"\n"
#define LOCAL(num, type, id, descr)                                           \
    LLDP "3.7.1.2." num " = INTEGER: " type "\n" LLDP "3.7.1.3." num " = " id \
         "\n" LLDP "3.7.1.4." num " = STRING: \"" descr "\"\n"
#define IFACE(index, name, descr, up)                                         \
    IF "2." index " = STRING: \"" descr "\"\n" IF "8." index                  \
       " = INTEGER: " up "\n" IFX "1." index " = STRING: \"" name "\"\n" IFX  \
       "15." index " = Gauge32: 10000\n"
/* A neighbour: the index of its row, its ids and its name, as values. */
#define REMOTE(at, type, chassis, port_type, port, name)                      \
    LLDP "4.1.1.4." at " = INTEGER: " type "\n" LLDP "4.1.1.5." at            \
         " = " chassis "\n" LLDP "4.1.1.6." at " = INTEGER: " port_type       \
         "\n" LLDP "4.1.1.7." at " = " port "\n" LLDP "4.1.1.9." at           \
         " = STRING: \"" name "\"\n"
#define HOST(at, n)                                                           \
    REMOTE(at, "4", "Hex-STRING: 02 00 00 00 00 0" n " ", "5",                \
           "STRING: \"eth0\"", "h" n)
#define TOR1 SELF("02 AA 00 00 00 01", "tor1")
#define TOR2 SELF("02 AA 00 00 00 02", "tor2")
#define PORTS                                                                 \
    LOCAL("1", "5", "STRING: \"e1\"", "e1")                                   \
    LOCAL("2", "5", "STRING: \"e2\"", "e2")                                   \
    LOCAL("9", "5", "STRING: \"e9\"", "e9")
#define IFACES                                                                \
    IFACE("1", "e1", "first", "1")                                            \
    IFACE("2", "e2", "second", "1")                                           \
    IFACE("9", "e9", "ninth", "1")
#define HOSTS   HOST("0.1.1", "1") HOST("0.2.1", "2")
#define ADDRESS ".1.4.10.0.0.9 = INTEGER: 2\n"

struct odd {
    const char *what;
    const char *tor1, *tor2; /* walks; tor2 may be NULL */
    int hops;                /* of h1 and h2 */
    const char *port;        /* of tor1's cable to h1; NULL: not told */
    const char *code;        /* a warning that there must be, or NULL */
};

static const struct odd odd[] = {
    { "as the MIB says", TOR1 PORTS IFACES HOSTS, NULL, 2, "e1", NULL },
    /* addresses under another TimeMark */
    { "younger addresses",
      TOR1 PORTS IFACES HOSTS LLDP "4.2.1.3.900.1.1" ADDRESS LLDP
                                   "4.2.1.3.901.2.1" ADDRESS,
      NULL, 2, "e1", NULL },
    { "addresses alone", TOR1 PORTS IFACES HOSTS LLDP "4.2.1.3.5.9.1" ADDRESS,
      NULL, 2, "e1", NULL },
    { "a TimeMark for each column",
      TOR1 PORTS IFACES HOST("0.2.1", "2") LLDP
      "4.1.1.4.7.1.1 = INTEGER: 4\n" LLDP
      "4.1.1.5.8.1.1 = Hex-STRING: 02 00 00 00 00 01\n" LLDP
      "4.1.1.7.9.1.1 = STRING: \"eth0\"\n",
      NULL, 2, "e1", NULL },
    /* lines */
    { "values over several lines",
      TOR1 PORTS IFACES ".1.3.6.1.2.1.1.1.0 = STRING: Example software\n"
                        "Copyright 1.2 .3\n\n.compiled by\n"
                        ".1.3.6.1.2.1.1.5.0 = STRING: tor1\nmore\n" HOSTS,
      NULL, 2, "e1", NULL },
    { "a prompt, a timeout",
      "$ snmpwalk -On -c public tor1 1.0.8802\n" TOR1 PORTS IFACES HOSTS
      "Timeout: No Response from tor1\n$ \n",
      NULL, 2, "e1", "not-believed" },
    { "a quote that is missing",
      TOR1 PORTS IFACES HOST("0.1.1", "1") LLDP
      "4.1.1.8.0.1.1 = STRING: \"cut o\n" HOST("0.2.1", "2"),
      NULL, 2, "e1", NULL },
    { "a string with a row in it",
      TOR1 PORTS IFACES LLDP
      "4.1.1.10.0.1.1 = STRING: \"x\n" LLDP
      "4.1.1.5.0.1.1 = Hex-STRING: 02 00 00 00 00 02\ny \\\"z\\\" \"\n" HOSTS,
      NULL, 2, "e1", NULL },
    { "scrubbed, hinted, annotated values",
      TOR1 PORTS IFACES HOSTS
      ".1.3.6.1.2.1.1.3.0 = Timeticks: (<private>) 0:00:00.00\n" IF
      "6.1 = STRING: 0:1c:73:0:0:1\n" LLDP
      "4.1.1.12.0.1.1 = BITS: 28 00 bridge(2) router(4)\n" LLDP
      "3.6.0 = Wrong Type (should be OCTET STRING): INTEGER: 4\n",
      NULL, 2, "e1", "not-believed" },
    { "Windows' line ends, and a byte order mark",
      "\xef\xbb\xbf" LLDP
      "3.3.0 = STRING: \"tor1\"\r\n" TOR1 PORTS IFACES HOSTS,
      NULL, 2, "e1", NULL },
    /* padding */
    { "NULs behind texts",
      TOR1 LOCAL("1", "5", "Hex-STRING: 65 31 00 00 ", "x")
          LOCAL("2", "5", "Hex-STRING: 65 32 00 00 ", "x") IFACES REMOTE(
              "0.1.1", "4", "Hex-STRING: 02 00 00 00 00 01 00", "5",
              "Hex-STRING: 65 74 68 30 00\n00 00", "h1") HOST("0.2.1", "2"),
      NULL, 2, "e1", NULL },
    /* states */
    { "states unknown, dormant and testing",
      TOR1 PORTS IFACE("1", "e1", "x", "4") IFACE("2", "e2", "y", "5") HOSTS,
      NULL, 2, "e1", NULL },
    { "ports that are said to be down",
      TOR1 PORTS IFACE("1", "e1", "x", "2") IFACE("2", "e2", "y", "7") HOSTS,
      NULL, 2, "e1", "port-down" },
    { "an old cable's port is down",
      TOR1 PORTS IFACE("1", "e1", "x", "1") IFACE("2", "e2", "y", "1")
          IFACE("9", "e9", "z", "2") HOSTS HOST("0.9.1", "1"),
      NULL, 2, "e1", "port-down" },
    { "two interfaces of a name, one up",
      TOR1 PORTS IFACE("71", "e1", "x", "2") IFACES HOSTS, NULL, 2, "e1",
      NULL },
    /* local ports */
    { "one MAC for all ports",
      TOR1 LOCAL("1", "3", "Hex-STRING: 02 AA 00 00 00 01", "first") LOCAL(
          "2", "3", "Hex-STRING: 02 AA 00 00 00 01", "second") IFACES HOSTS,
      NULL, 2, "e1", NULL },
    { "one MAC for all ports, no descriptions",
      TOR1 LOCAL("1", "3", "STRING: \"02:aa:00:00:00:01\"", "port")
          LOCAL("2", "3", "STRING: \"02:aa:00:00:00:01\"", "port") HOSTS,
      NULL, 2, "port 1", NULL },
    { "MACs as text",
      TOR1 LOCAL("7", "3", "STRING: \"02-AA-00-00-00-11\"", "x")
          LOCAL("8", "3", "STRING: \"02-AA-00-00-00-12\"", "x") IFACES IF
      "6.1 = Hex-STRING: 02 AA 00 00 00 11\n" IF
      "6.2 = STRING: 2:aa:0:0:0:12\n" HOST("0.7.1", "1") HOST("0.8.1", "2"),
      NULL, 2, "e1", NULL },
    { "no local ports", TOR1 IFACES HOSTS, NULL, 2, "e1", NULL },
    { "local port 0", TOR1 IFACES HOST("0.0.1", "1") HOST("0.0.2", "2"), NULL,
      2, NULL, "unplaced" },
    { "ids that are descriptions of interfaces",
      TOR1 LOCAL("51", "7", "STRING: \"P1\"", "first")
          LOCAL("52", "7", "STRING: \"P2\"", "second")
              IFACES HOST("0.51.1", "1") HOST("0.52.1", "2"),
      NULL, 2, "e1", NULL },
    { "ids that are aliases of interfaces",
      TOR1 LOCAL("51", "1", "STRING: \"to h1\"", "x")
          LOCAL("52", "1", "STRING: \"to h2\"", "x") IFACES IFX
      "18.1 = STRING: \"to h1\"\n" IFX
      "18.2 = STRING: \"to h2\"\n" HOST("0.51.1", "1") HOST("0.52.1", "2"),
      NULL, 2, "e1", NULL },
    { "local ids that are MACs as text",
      TOR1 LOCAL("7", "7", "STRING: \"02-AA-00-00-00-11\"", "x")
          LOCAL("8", "7", "STRING: \"02-AA-00-00-00-12\"", "x") IFACES IF
      "6.1 = Hex-STRING: 02 AA 00 00 00 11\n" IF
      "6.2 = STRING: 2:aa:0:0:0:12\n" HOST("0.7.1", "1") HOST("0.8.1", "2"),
      NULL, 2, "e1", NULL },
    { "blanks behind names of interfaces",
      TOR1 LOCAL("1", "7", "STRING: \"1\"", "")
          LOCAL("2", "7", "STRING: \"2\"", "") IFACE("1", "e1   ", "x", "1")
              IFACE("2", "e2   ", "y", "1") HOSTS,
      NULL, 2, "e1", NULL },
    /* indices */
    { "no TimeMark", TOR1 IFACES HOST("1.1", "1") HOST("2.1", "2"), NULL, 2,
      "e1", NULL },
    { "neither TimeMark nor port", TOR1 IFACES HOST("1", "1") HOST("2", "2"),
      NULL, 2, NULL, "unplaced" },
    { "LLDP-V2-MIB",
      LLDP2 "3.1.0 = INTEGER: 4\n" LLDP2
            "3.2.0 = Hex-STRING: 02 AA 00 00 00 01\n" IFACES LLDP2
            "4.1.1.5.0.1.1.1 = INTEGER: 4\n" LLDP2
            "4.1.1.6.0.1.1.1 = Hex-STRING: 02 00 00 00 00 01\n" LLDP2
            "4.1.1.8.0.1.1.1 = STRING: \"eth0\"\n" LLDP2
            "4.1.1.5.0.2.1.1 = INTEGER: 4\n" LLDP2
            "4.1.1.6.0.2.1.1 = Hex-STRING: 02 00 00 00 00 02\n" LLDP2
            "4.2.1.3.0.2.1.1" ADDRESS,
      NULL, 2, "e1", NULL },
    { "no LLDP at all", IFACES, NULL, -1, NULL, "no-lldp" },
    /* output styles */
    { "-Oq",
      LLDP
      "3.2.0 \"02 AA 00 00 00 01 \"\n" LLDP "4.1.1.4.0.1.1 4\n" LLDP
      "4.1.1.4.0.2.1 4\n" LLDP "4.1.1.5.0.1.1 \"02 00 00 00 00 01 \"\n" LLDP
      "4.1.1.5.0.2.1 02 00 00 00 00 02 \n" IFX "1.1 \"e1\"\n" IFX "1.2 e2\n",
      NULL, 2, "e1", NULL },
    { "-OQ",
      LLDP "4.1.1.4.0.1.1 = 4\n" LLDP "4.1.1.4.0.2.1 = 4\n" LLDP
           "4.1.1.5.0.1.1 = \"02 00 00 00 00 01 \"\n" LLDP
           "4.1.1.5.0.2.1 = \"02 00 00 00 00 02 \"\n" IFX "1.1 = \"e1\"\n" IFX
           "1.2 = e2\n",
      NULL, 2, "e1", NULL },
    /* neighbours */
    { "no chassis id, the port's MAC",
      TOR1 PORTS IFACES HOST("0.2.1", "2") REMOTE(
          "0.1.1", "5", "\"\"", "3", "Hex-STRING: 02 00 00 00 00 01", ""),
      NULL, 2, "e1", NULL },
    { "a chassis id that stands where none was set, the ports' MACs",
      TOR1 PORTS IFACES REMOTE("0.1.1", "7", "STRING: \"Not Specified\"", "3",
                               "Hex-STRING: 02 00 00 00 00 01", "")
          REMOTE("0.2.1", "7", "STRING: \"Not Specified\"", "3",
                 "Hex-STRING: 02 00 00 00 00 02", ""),
      NULL, 2, "e1", NULL },
    { "the address of the loop for a chassis id, the ports' MACs",
      TOR1 PORTS IFACES REMOTE("0.1.1", "5", "Hex-STRING: 01 7F 00 00 01", "3",
                               "Hex-STRING: 02 00 00 00 00 01", "")
          REMOTE("0.2.1", "5", "Hex-STRING: 01 7F 00 00 01", "3",
                 "Hex-STRING: 02 00 00 00 00 02", ""),
      NULL, 2, "e1", NULL },
    { "chassis ids that nobody knows, the ports' MACs",
      TOR1 PORTS IFACES REMOTE("0.1.1", "7", "STRING: \"SN-1\"", "3",
                               "Hex-STRING: 02 00 00 00 00 01", "x")
          REMOTE("0.2.1", "4", "Hex-STRING: 02 00 00 00 FF 02", "3",
                 "Hex-STRING: 02 00 00 00 00 02", "y"),
      NULL, 2, "e1", NULL },
    { "one node twice on a port",
      TOR1 PORTS IFACES HOSTS REMOTE("0.1.2", "7", "STRING: \"h1\"", "7",
                                     "STRING: \"Eth0\"", "h1"),
      NULL, 2, "e1", NULL },
    { "one port's MAC twice on a port",
      TOR1 PORTS IFACES HOST("0.2.1", "2")
          REMOTE("0.1.1", "4", "Hex-STRING: 02 00 00 00 00 01", "3",
                 "Hex-STRING: 02 00 00 00 00 01", "h1")
              REMOTE("0.1.2", "4", "Hex-STRING: 02 00 00 00 FF 01", "3",
                     "Hex-STRING: 02 00 00 00 00 01", "NIC"),
      NULL, 2, "e1", NULL },
    { "a spine whose ports all have its MAC",
      TOR1 PORTS IFACES HOST("0.1.1", "1")
          REMOTE("0.9.1", "4", "Hex-STRING: 02 BB 00 00 00 01", "3",
                 "Hex-STRING: 02 BB 00 00 00 01", "spine"),
      TOR2 PORTS IFACES HOST("0.1.1", "2")
          REMOTE("0.9.1", "4", "Hex-STRING: 02 BB 00 00 00 01", "3",
                 "Hex-STRING: 02 BB 00 00 00 01", "spine"),
      4, "e1", NULL },
    { "a spine whose ports all have another MAC, and descriptions",
      TOR1 PORTS IFACES HOST("0.1.1", "1")
          REMOTE("0.9.1", "4", "Hex-STRING: 02 BB 00 00 00 01", "3",
                 "Hex-STRING: 02 BB 00 00 00 02", "spine") LLDP
      "4.1.1.8.0.9.1 = STRING: \"p1\"\n",
      TOR2 PORTS IFACES HOST("0.1.1", "2")
          REMOTE("0.9.1", "4", "Hex-STRING: 02 BB 00 00 00 01", "3",
                 "Hex-STRING: 02 BB 00 00 00 02", "spine") LLDP
      "4.1.1.8.0.9.1 = STRING: \"p2\"\n",
      4, "e1", NULL },
    { "a spine with a chassis id for each port",
      TOR1 PORTS IFACES HOST("0.1.1", "1")
          REMOTE("0.9.1", "4", "Hex-STRING: 02 BB 00 00 00 01", "5",
                 "STRING: \"p1\"", "spine") LLDP "4.2.1.3.0.9.1" ADDRESS,
      TOR2 PORTS IFACES HOST("0.1.1", "2")
          REMOTE("0.9.1", "4", "Hex-STRING: 02 BB 00 00 00 02", "5",
                 "STRING: \"p2\"", "spine") LLDP "4.2.1.3.0.9.1" ADDRESS,
      4, "e1", "one-node" },
    { "two spines of one name",
      TOR1 PORTS IFACES HOST("0.1.1", "1")
          REMOTE("0.9.1", "4", "Hex-STRING: 02 BB 00 00 00 01", "5",
                 "STRING: \"p1\"", "spine"),
      TOR2 PORTS IFACES HOST("0.1.1", "2")
          REMOTE("0.9.1", "4", "Hex-STRING: 02 BB 00 00 00 02", "5",
                 "STRING: \"p2\"", "spine"),
      -1, "e1", "duplicate-name" },
};

static void host(struct topo_view *v, const char *name, const char *mac)
{
    struct topo_port *p;

    topo_view_init(v);
    topo_str(v, &v->name, name);
    topo_str(v, &v->sysname, name);
    topo_id_text(v, &v->chassis, "mac", mac, 17);
    p = topo_view_port(v, "eth0");
    topo_str(v, &p->mac, mac);
    p->up = 1;
    topo_view_add_migration(v, "eth0");
}

static void tor(struct topo_view *v, const char *name, const char *walk)
{
    struct msg err = MSG_NONE;

    topo_view_init(v);
    topo_str(v, &v->name, name);
    v->is_switch = true;
    if (topo_snmptext_parse(v, name, walk, strlen(walk), &err))
        fail_msg("%s", err.text);
}

static bool warned(const struct topo_map *m, const char *code)
{
    for (size_t i = 0; i < m->warnings; i++)
        if (!strcmp(m->warning[i].code, code))
            return true;
    return false;
}

static int hops(const struct topo *t, const char *a, const char *b)
{
    struct topo_dist *d = topo_dist_new(t);
    int h = topo_hops(d, (uint32_t)topo_find(t, a), (uint32_t)topo_find(t, b));

    topo_dist_free(d);
    return h;
}

/* The port of a at its cable to b, or NULL. */
static const char *port_to(const struct topo *t, const char *a, const char *b)
{
    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);
        const char *x = topo_node(t, l->a)->name,
                   *y = topo_node(t, l->b)->name;

        if (!strcmp(x, a) && !strcmp(y, b))
            return l->a_port;
        if (!strcmp(x, b) && !strcmp(y, a))
            return l->b_port;
    }
    return NULL;
}

static void odd_switch(const struct odd *o)
{
    struct topo_view v[4];
    struct topo_map m;
    const char *port;

    print_message("%s\n", o->what);
    topo_map_init(&m);
    host(&v[0], "h1", "02:00:00:00:00:01");
    host(&v[1], "h2", "02:00:00:00:00:02");
    tor(&v[2], "tor1", o->tor1);
    if (o->tor2)
        tor(&v[3], "tor2", o->tor2);
    assert_int_equal(topo_merge(&m, v, o->tor2 ? 4 : 3, NULL), 0);
    assert_int_equal(hops(m.topo, "h1", "h2"), o->hops);
    port = port_to(m.topo, "tor1", "h1");
    if (o->port)
        assert_string_equal(port, o->port);
    else
        assert_null(port);
    if (o->code)
        assert_true(warned(&m, o->code));
    else
        assert_int_equal(warned(&m, "not-believed"), 0);
    for (uint32_t i = 0; i < topo_nodes(m.topo); i++)
        assert_int_not_equal(topo_node(m.topo, i)->kind, TOPO_SEGMENT);
    topo_map_dispose(&m);
    for (int i = 0; i < (o->tor2 ? 4 : 3); i++)
        topo_view_dispose(&v[i]);
}

static void odd_switches(void **state)
{
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        odd_switch(&odd[i]);
}

/* A walk that was indented, and whose blanks became tabs on their way. */
static void blanks(void **state)
{
    static const char walk[] = TOR1 PORTS IFACES HOSTS;
    char text[4 * sizeof walk], *out = text;
    struct odd o = { "indented, with tabs", text, NULL, 2, "e1", NULL };

    for (const char *p = walk; *p; p++) {
        if (p == walk || p[-1] == '\n')
            out = stpcpy(out, "  ");
        if (!strncmp(p, " = ", 3)) {
            out = stpcpy(out, "\t=\t");
            p += 2;
        } else {
            *out++ = *p;
        }
    }
    *out = '\0';
    odd_switch(&o);

    o.what = "no blanks at all";
    out = text;
    for (const char *p = walk; *p; p++) {
        if (!strncmp(p, " = ", 3)) {
            *out++ = '=';
            p += 2;
        } else {
            *out++ = *p;
        }
    }
    *out = '\0';
    odd_switch(&o);
}

/* Lines that end with a carriage return alone, and one that does not. */
static void returns(void **state)
{
    static const char walk[] = "$ snmpwalk\r" TOR1 PORTS IFACES LLDP
                               "4.1.1.10.0.1.1 = STRING: \"x\ny\"\n" HOSTS;
    char text[sizeof walk];
    struct odd o = { "carriage returns", text, NULL, 2, "e1", "not-believed" };

    for (size_t i = 0; i < sizeof walk; i++)
        text[i] = walk[i] == '\n' ? '\r' : walk[i];
    odd_switch(&o);
    text[sizeof walk - 2] = '\n';
    odd_switch(&o);
}

/* An ID of two names is that of none of them; a MAC address is. */
static void shared_ids(void **state)
{
    static const char walk[] = TOR1 PORTS IFACES REMOTE(
        "0.1.1", "7", "STRING: \"4711\"", "5", "STRING: \"eth0\"", "a")
        REMOTE("0.2.1", "7", "STRING: \"4711\"", "5", "STRING: \"eth0\"", "b")
            REMOTE("0.9.1", "7", "STRING: \"4711\"", "5", "STRING: \"eth1\"",
                   "a");
    static const char macs[] =
        TOR1 PORTS IFACES REMOTE("0.1.1", "4", "Hex-STRING: 02 CC 00 00 00 01",
                                 "5", "STRING: \"eth0\"", "old")
            REMOTE("0.2.1", "4", "Hex-STRING: 02 CC 00 00 00 01", "5",
                   "STRING: \"eth1\"", "new");
    struct topo_view v;
    struct topo_map m;

    topo_map_init(&m);
    tor(&v, "tor1", walk);
    assert_int_equal(topo_merge(&m, &v, 1, NULL), 0);
    assert_int_equal(topo_nodes(m.topo), 3);
    assert_true(topo_find(m.topo, "a") >= 0);
    assert_true(topo_find(m.topo, "b") >= 0);
    assert_int_equal(topo_links(m.topo), 3);
    topo_map_dispose(&m);
    topo_view_dispose(&v);

    topo_map_init(&m);
    tor(&v, "tor1", macs);
    assert_int_equal(topo_merge(&m, &v, 1, NULL), 0);
    assert_int_equal(topo_nodes(m.topo), 2);
    topo_map_dispose(&m);
    topo_view_dispose(&v);
}

static void hears(struct topo_view *v, const char *port, const char *type,
                  const char *chassis, const char *name, const char *address)
{
    struct topo_neighbor *n = topo_view_neighbor(v, port, strlen(port));

    topo_str(v, &n->protocol, "LLDP");
    topo_id_text(v, &n->chassis, type, chassis, strlen(chassis));
    topo_id_text(v, &n->port_id, "ifname", "eth0", 4);
    topo_str(v, &n->sysname, name);
    topo_view_add_mgmt(v, n, address, strlen(address));
}

/* How many nodes there are when the row that shows that "4711" is the ID of
 * many comes at that place. */
static size_t nodes_with_row_at(int place)
{
    struct topo_view v;
    struct topo_map m;
    size_t nodes;

    topo_view_init(&v);
    topo_str(&v, &v.name, "tor1");
    v.is_switch = v.has_table = true;
    for (int i = 0; i < 5; i++) {
        if (i == place)
            hears(&v, "e5", "local", "4711", "b", "10.0.0.3");
        switch (i) {
        case 0: hears(&v, "e1", "local", "4711", "a", "10.0.0.1"); break;
        case 1: hears(&v, "e2", "local", "4711", "a", "10.0.0.2"); break;
        case 2: hears(&v, "e3", "local", "17", "a", "10.0.0.1"); break;
        case 3: hears(&v, "e4", "local", "18", "a", "10.0.0.2"); break;
        }
    }
    topo_map_init(&m);
    assert_int_equal(topo_merge(&m, &v, 1, NULL), 0);
    nodes = topo_nodes(m.topo);
    topo_map_dispose(&m);
    topo_view_dispose(&v);
    return nodes;
}

/* An ID that turns out to be that of many joins no others by its addresses,
 * wherever the row stands that shows it. */
static void shared_id_late(void **state)
{
    /* tor1, 17, 18, and by 4711 those of three addresses */
    for (int place = 0; place < 5; place++)
        assert_int_equal(nodes_with_row_at(place), 6);
}

/* Hosts that are known by their neighbour only, and call themselves by the
 * name of an interface. */
static void weak_ids(void **state)
{
    static const char walk[] =
        TOR1 PORTS IFACES REMOTE("0.1.1", "6", "STRING: \"vmnic3\"", "3",
                                 "STRING: \"02:50:da:41:d5:d1\"", "a")
            REMOTE("0.2.1", "6", "STRING: \"vmnic3\"", "3",
                   "STRING: \"02:50:da:41:d5:d2\"", "b")
                REMOTE("0.9.1", "6", "STRING: \"vmnic2\"", "3",
                       "STRING: \"02:50:da:41:d5:d3\"", "a");
    struct topo_view v;
    struct topo_map m;

    topo_map_init(&m);
    tor(&v, "tor1", walk);
    assert_int_equal(topo_merge(&m, &v, 1, NULL), 0);
    assert_int_equal(topo_nodes(m.topo), 3);
    assert_int_equal(topo_links(m.topo), 3);
    assert_int_equal(hops(m.topo, "a", "b"), 2);
    topo_map_dispose(&m);
    topo_view_dispose(&v);
}

/* PowerShell's > writes UTF-16; other tools write its octets the other way
 * round. */
static void utf16_in_order(const char *mark, bool high_first)
{
    static const char text[] = LLDP "3.3.0 = STRING: \"tor1\"\r\n";
    char wide[2 * sizeof text + 2] = "";
    struct msg err = MSG_NONE;
    struct topo_view v;

    memcpy(wide, mark, 2);
    for (size_t i = 0; i < sizeof text - 1; i++)
        wide[2 * i + 2 + high_first] = text[i];
    topo_view_init(&v);
    assert_int_equal(topo_snmptext_parse(&v, "t", wide, 2 * sizeof text, &err),
                     0);
    assert_string_equal(v.sysname, "tor1");
    topo_view_dispose(&v);
}

static void utf16(void **state)
{
    utf16_in_order("\xff\xfe", false);
    utf16_in_order("\xfe\xff", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_switches),   cmocka_unit_test(blanks),
        cmocka_unit_test(shared_ids),     cmocka_unit_test(weak_ids),
        cmocka_unit_test(utf16),          cmocka_unit_test(returns),
        cmocka_unit_test(shared_id_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
