/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tests the merge: broken tables, and frames that lie.
 *
 * The lies are every way that we could think of in which a guest or one rogue
 * host would change another node's place. The file is long because each test
 * changes the same honest network: V and W on tor1, R and X on tor2, both
 * below one spine.
 *
 *     V - swp1 tor1 swp51 - swp1 spine swp2 - swp51 tor2 swp1 - R
 *     W - swp2                                           swp2 - X
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "topology/cabling.h"
#include "topology/map.h"
#include "topology/view.h"

#include "tools/base/msg.h"

enum { V, W, R, X, TOR1, TOR2, SPINE, NODES };
static const char *const name[] = {
    "V", "W", "R", "X", "tor1", "tor2", "spine"
};

/* The chassis ID of node n; the addresses of its ports differ in the last
 * octet. */
static const char *mac(int n, int port)
{
    static char buf[8][18];
    static int turn;

    turn = (turn + 1) % 8;
    snprintf(buf[turn], sizeof buf[0], "02:00:00:00:%02x:%02x", n, port);
    return buf[turn];
}

static void port(struct topo_view *v, const char *p, const char *address,
                 int64_t mbps)
{
    struct topo_port *x = topo_view_port(v, p);

    topo_str(v, &x->mac, address);
    x->speed_mbps = mbps;
    x->up = 1;
}

static struct topo_neighbor *hear(struct topo_view *v, const char *p,
                                  const char *type, const char *chassis,
                                  const char *remote_port, const char *sysname)
{
    struct topo_neighbor *n = topo_view_neighbor(v, p, strlen(p));

    topo_id_text(v, &n->chassis, type, chassis, strlen(chassis));
    topo_id_text(v, &n->port_id, strchr(remote_port, ':') ? "mac" : "ifname",
                 remote_port, strlen(remote_port));
    topo_str(v, &n->sysname, sysname);
    topo_str(v, &n->protocol, "LLDP");
    return n;
}

static void both(struct topo_view *v, int a, const char *ap, int b,
                 const char *bp)
{
    hear(&v[a], ap, "mac", mac(b, 0), bp, name[b]);
    hear(&v[b], bp, "mac", mac(a, 0), ap, name[a]);
}

struct net {
    struct topo_view view[NODES + 4];
    size_t n;
    struct topo_cabling plan;
    struct topo_map map;
    struct topo_dist *d;
};

static void ports_of_switch(struct topo_view *v, int n)
{
    static const char *const ports[] = { "swp1", "swp2", "swp3", "swp51",
                                         "swp52" };

    for (int i = 0; i < 5; i++)
        port(v, ports[i], mac(n, i + 1), n == SPINE || i > 2 ? 100000 : 25000);
}

static void node(struct topo_view *v, const char *nm, int n, bool is_switch)
{
    char addr[32];

    topo_view_init(v);
    topo_str(v, &v->name, nm);
    topo_str(v, &v->sysname, nm);
    topo_id_text(v, &v->chassis, "mac", mac(n, 0), 17);
    snprintf(addr, sizeof addr, "10.0.0.%d", n + 1);
    topo_str(v, &v->mgmt, addr);
    v->is_switch = is_switch;
    v->role_known = v->has_table = true;
    if (is_switch) {
        ports_of_switch(v, n);
        return;
    }
    port(v, "eth0", mac(n, 1), 25000);
    topo_view_add_migration(v, "eth0");
}

static void honest(struct net *t)
{
    memset(t, 0, sizeof *t);
    t->n = NODES;
    for (int i = 0; i < NODES; i++)
        node(&t->view[i], name[i], i, i >= TOR1);
    both(t->view, V, "eth0", TOR1, "swp1");
    both(t->view, W, "eth0", TOR1, "swp2");
    both(t->view, R, "eth0", TOR2, "swp1");
    both(t->view, X, "eth0", TOR2, "swp2");
    both(t->view, TOR1, "swp51", SPINE, "swp1");
    both(t->view, TOR2, "swp51", SPINE, "swp2");
}

static void merge(struct net *t)
{
    topo_map_init(&t->map);
    assert_int_equal(topo_merge(&t->map, t->view, t->n, &t->plan), 0);
    assert_int_equal(topo_derive_racks(t->map.topo), 0);
    t->d = topo_dist_new(t->map.topo);
    assert_non_null(t->d);
}

static void dispose(struct net *t)
{
    topo_dist_free(t->d);
    topo_map_dispose(&t->map);
    topo_cabling_dispose(&t->plan);
    for (size_t i = 0; i < t->n; i++)
        topo_view_dispose(&t->view[i]);
}

/* Takes the neighbours of a port away. */
static void deafen(struct topo_view *v, const char *p)
{
    for (size_t i = 0; i < v->neighbors; i++)
        if (!strcmp(v->neighbor[i].port, p)) {
            free(v->neighbor[i].port);
            v->neighbor[i].port = strdup("");
        }
}

static int hops(const struct net *t, const char *a, const char *b)
{
    int x = topo_find(t->map.topo, a), y = topo_find(t->map.topo, b);

    return x < 0 || y < 0 ? -2 : topo_hops(t->d, (uint32_t)x, (uint32_t)y);
}

static bool warned(const struct net *t, const char *code, const char *node_)
{
    for (size_t i = 0; i < t->map.warnings; i++)
        if (!strcmp(t->map.warning[i].code, code) &&
            (!node_ || !strcmp(t->map.warning[i].node, node_)))
            return true;
    return false;
}

/* The cable between two nodes; -1: there is none. */
static int link_between(const struct net *t, const char *a, const char *b)
{
    int x = topo_find(t->map.topo, a), y = topo_find(t->map.topo, b);

    for (uint32_t i = 0; i < topo_links(t->map.topo); i++) {
        const struct topo_link *l = topo_link(t->map.topo, i);

        if (((int)l->a == x && (int)l->b == y) ||
            ((int)l->a == y && (int)l->b == x))
            return (int)i;
    }
    return -1;
}

/* The evidence of the cable between two nodes; -1: there is none. */
static int evidence(const struct net *t, const char *a, const char *b)
{
    int link = link_between(t, a, b);

    return link < 0 ? -1
                    : (int)topo_link(t->map.topo, (uint32_t)link)->evidence;
}

/* What other sources say against the cable between two nodes. */
static void disputed(const struct net *t, const char *a, const char *b,
                     const char *wanted)
{
    const struct topo_dispute *d;
    char text[512] = "";
    size_t n, len = 0;
    int link = link_between(t, a, b);

    assert_true(link >= 0);
    d = topo_disputes(t->map.topo, (uint32_t)link, &n);
    for (size_t i = 0; i < n; i++)
        len +=
            (size_t)snprintf(text + len, sizeof text - len, "%s%s %s %s %s %s",
                             i ? ", " : "", topo_evidence_name(d[i].evidence),
                             d[i].a, d[i].a_port ? d[i].a_port : "-", d[i].b,
                             d[i].b_port ? d[i].b_port : "-");
    assert_string_equal(text, wanted);
}

/* V, W and X are where they were. */
static void unmoved(const struct net *t)
{
    assert_int_equal(hops(t, "V", "W"), 2);
    assert_int_equal(hops(t, "V", "X"), 4);
    assert_int_equal(hops(t, "W", "X"), 4);
    assert_string_equal(
        topo_node(t->map.topo, (uint32_t)topo_find(t->map.topo, "V"))->rack,
        "tor1");
    assert_int_equal(evidence(t, "V", "tor1"), TOPO_BOTH);
    assert_int_equal(evidence(t, "V", "tor2"), -1);
    assert_int_equal(evidence(t, "V", "R"), -1);
    assert_int_equal(evidence(t, "tor1", "tor2"), -1);
}

/* --- broken data --------------------------------------------------------- */

static void is_honest(void **state)
{
    struct net t;

    honest(&t);
    merge(&t);
    unmoved(&t);
    assert_int_equal(topo_links(t.map.topo), 6);
    assert_int_equal(t.map.warnings, 0);
    dispose(&t);
}

static void nameless_neighbors(void **state)
{
    struct net t;

    honest(&t);
    hear(&t.view[TOR1], "swp3", "mac", "02:aa:00:00:00:01", "p1", NULL);
    hear(&t.view[TOR2], "swp3", "mac", "02:aa:00:00:00:02", "p1", NULL);
    merge(&t);
    unmoved(&t);
    assert_true(topo_find(t.map.topo, "02:aa:00:00:00:01") >= 0);
    assert_true(topo_find(t.map.topo, "02:aa:00:00:00:02") >= 0);
    dispose(&t);
}

/* One warning for each node, with all its counts. An empty name is none: it
 * once made the whole merge fail. */
static void rows_not_believed(void **state)
{
    struct net t;
    size_t warnings = 0;

    honest(&t);
    hear(&t.view[TOR1], "swp3", "mac", "", "p1", NULL);
    hear(&t.view[TOR1], "swp4", "mac", "", "p2", "");
    t.view[TOR1].refused[TOPO_REFUSED_INDEX] = 3;
    t.view[SPINE].refused[TOPO_REFUSED_SPEED] = 1;
    merge(&t);
    unmoved(&t);
    for (size_t i = 0; i < t.map.warnings; i++) {
        const struct topo_warning *w = &t.map.warning[i];

        if (strcmp(w->code, "not-believed"))
            continue;
        warnings++;
        assert_null(w->port);
        assert_string_equal(
            w->text,
            strcmp(w->node, "tor1")
                ? "1 row of its tables is not believed: 1 with an impossible "
                  "speed"
                : "5 rows of its tables are not believed: 3 with a malformed "
                  "index, 2 of a neighbour without chassis ID and name");
    }
    assert_int_equal(warnings, 2);
    dispose(&t);
}

static void one_name_two_chassis(void **state)
{
    struct net t;

    honest(&t);
    hear(&t.view[TOR1], "swp3", "mac", "02:aa:00:00:00:01", "p1", "localhost");
    hear(&t.view[TOR2], "swp3", "mac", "02:aa:00:00:00:02", "p1", "localhost");
    merge(&t);
    unmoved(&t);
    assert_true(topo_find(t.map.topo, "localhost") >= 0);
    assert_true(topo_find(t.map.topo, "localhost (02:aa:00:00:00:02)") >= 0);
    assert_true(warned(&t, "duplicate-name", NULL));
    dispose(&t);
}

static void chassis_is_port_mac(void **state)
{
    struct net t;

    honest(&t);
    deafen(&t.view[TOR1], "swp1");
    hear(&t.view[TOR1], "swp1", "mac", mac(V, 1), mac(V, 1), NULL);
    merge(&t);
    unmoved(&t);
    dispose(&t);
}

/* Name and address together tell a node whose MAC addresses are not known, if
 * only one chassis has them. */
static void name_and_address(void **state)
{
    struct net t;
    struct topo_neighbor *n;

    honest(&t);
    topo_view_dispose(&t.view[SPINE]); /* did not answer */
    topo_str(&t.view[SPINE], &t.view[SPINE].name, "spine");
    topo_str(&t.view[SPINE], &t.view[SPINE].mgmt, "10.0.0.7");
    t.view[SPINE].is_switch = true;
    for (size_t i = 0; i < t.view[TOR1].neighbors; i++) {
        n = &t.view[TOR1].neighbor[i];
        if (!strcmp(n->sysname, "spine"))
            topo_view_add_mgmt(&t.view[TOR1], n, "10.0.0.7", 8);
    }
    for (size_t i = 0; i < t.view[TOR2].neighbors; i++) {
        n = &t.view[TOR2].neighbor[i];
        if (!strcmp(n->sysname, "spine"))
            topo_view_add_mgmt(&t.view[TOR2], n, "10.0.0.7", 8);
    }
    merge(&t);
    assert_int_equal(hops(&t, "V", "X"), 4);
    assert_int_equal(evidence(&t, "tor1", "spine"), TOPO_SWITCH_SAYS);
    dispose(&t);
}

static void one_sided(void **state)
{
    struct net t;

    honest(&t);
    deafen(&t.view[V], "eth0");
    deafen(&t.view[TOR1], "swp2");
    deafen(&t.view[SPINE], "swp1");
    merge(&t);
    assert_int_equal(hops(&t, "V", "X"), 4);
    assert_int_equal(evidence(&t, "V", "tor1"), TOPO_SWITCH_SAYS);
    assert_int_equal(evidence(&t, "W", "tor1"), TOPO_HOST_SAYS);
    assert_int_equal(evidence(&t, "tor1", "spine"), TOPO_SWITCH_SAYS);
    assert_true(warned(&t, "one-sided", "tor1"));
    assert_true(warned(&t, "one-sided", "W"));
    dispose(&t);
}

static void mutual_set(void **state)
{
    struct net t;

    honest(&t);
    /* W hangs on V's port, too: a hub between tor1:swp1, V and W */
    deafen(&t.view[W], "eth0");
    deafen(&t.view[TOR1], "swp2");
    both(t.view, W, "eth0", TOR1, "swp1");
    both(t.view, W, "eth0", V, "eth0");
    merge(&t);
    assert_int_equal(hops(&t, "V", "W"), 2);
    assert_int_equal(hops(&t, "V", "X"), 5);
    assert_true(warned(&t, "shared-segment", NULL));
    dispose(&t);
}

static void own_frame(void **state)
{
    struct net t;

    honest(&t);
    hear(&t.view[V], "eth0", "mac", mac(V, 0), "eth0", "V");
    merge(&t);
    unmoved(&t);
    assert_true(warned(&t, "own-frame", "V"));
    dispose(&t);
}

static void mlag_pair(void **state)
{
    struct net t;
    struct topo_pair p;

    honest(&t);
    port(&t.view[V], "eth1", mac(V, 2), 25000);
    topo_view_add_migration(&t.view[V], "eth1");
    port(&t.view[W], "eth1", mac(W, 2), 25000);
    topo_view_add_migration(&t.view[W], "eth1");
    both(t.view, V, "eth1", TOR2, "swp3");
    both(t.view, W, "eth1", TOR2, "swp52");
    t.view[TOR2].port[4].speed_mbps = 25000; /* swp52 */
    merge(&t);
    p = topo_pair(t.d, V, W);
    assert_int_equal(p.hops, 2);
    assert_int_equal(p.paths, 2);
    assert_int_equal(p.flow_mbps, 25000);
    assert_int_equal(p.total_mbps, 50000);
    dispose(&t);
}

/* The members of a bond share its address; the switch names the port. */
static void bond(void **state)
{
    struct net t;
    struct topo_view *v = &t.view[V];

    honest(&t);
    port(v, "eth1", mac(V, 1), 25000);
    port(v, "bond0", mac(V, 1), TOPO_UNKNOWN);
    topo_str(v, &v->port[0].master, "bond0");
    topo_str(v, &v->port[1].master, "bond0");
    topo_str(v, &v->migration_port[0], "bond0");
    both(t.view, V, "eth1", TOR1, "swp3");
    merge(&t);
    unmoved(&t);
    assert_int_equal(topo_links(t.map.topo), 7);
    assert_int_equal(topo_pair(t.d, V, W).total_mbps, 25000);
    assert_false(warned(&t, "silent", NULL));
    dispose(&t);
}

static void cdp_beside_lldp(void **state)
{
    struct net t;
    struct topo_neighbor *n;

    honest(&t);
    n = hear(&t.view[V], "eth0", "local", "tor1", "swp1", "tor1");
    topo_str(&t.view[V], &n->protocol, "CDPv2");
    merge(&t);
    unmoved(&t);
    assert_int_equal(topo_links(t.map.topo), 6);
    dispose(&t);
}

/* Whatever protocols each end hears, one cable stays one; a name alone, which
 * the other end does not hear back, is none of ours. */
static void other_protocols(void **state)
{
    static const struct {
        const char *lldp, *other[3]; /* what V hears besides */
        const char *name, *port;
        int evidence;
    } cases[] = {
        { "LLDP", { "CDPv1", "EDP", "FDP" }, "tor1", "swp1", TOPO_BOTH },
        { NULL, { "CDPv2", "EDP", "FDP" }, "tor1", "swp1", TOPO_BOTH },
        { NULL, { "EDP" }, "tor1.example.net", "1/1", TOPO_BOTH },
        { NULL, { "FDP" }, "tor1", "swp1", TOPO_BOTH },
        { NULL, { "SONMP" }, "tor1", "swp1", TOPO_BOTH },
        { NULL, { "CDPv2" }, "tor1", "swp3", -1 },
        { NULL, { "CDPv2" }, "tor2", "swp1", -1 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct net t;

        honest(&t);
        if (!cases[i].lldp)
            deafen(&t.view[V], "eth0");
        for (size_t k = 0; k < 3 && cases[i].other[k]; k++) {
            struct topo_neighbor *n =
                hear(&t.view[V], "eth0", "local", cases[i].name, cases[i].port,
                     cases[i].name);

            topo_str(&t.view[V], &n->protocol, cases[i].other[k]);
        }
        merge(&t);
        assert_int_equal(evidence(&t, "V", "tor1"), cases[i].evidence);
        if (cases[i].evidence == TOPO_BOTH) {
            unmoved(&t);
            assert_int_equal(topo_links(t.map.topo), 6);
        }
        dispose(&t);
    }
}

static void firmware_agent(void **state)
{
    struct net t;

    honest(&t);
    deafen(&t.view[V], "eth0");
    deafen(&t.view[TOR1], "swp1");
    hear(&t.view[TOR1], "swp1", "mac", mac(V, 1), mac(V, 1), NULL);
    merge(&t);
    assert_int_equal(hops(&t, "V", "W"), 2);
    assert_true(warned(&t, "firmware-lldp", "V"));
    dispose(&t);
}

/* Firmware that names its port in a way of its own: its chassis ID tells. */
static void firmware_port_name(void **state)
{
    struct net t;

    honest(&t);
    deafen(&t.view[V], "eth0");
    deafen(&t.view[TOR1], "swp1");
    hear(&t.view[TOR1], "swp1", "mac", mac(V, 1), "p0", "NIC");
    merge(&t);
    assert_int_equal(hops(&t, "V", "W"), 2);
    assert_true(warned(&t, "firmware-lldp", "V"));
    assert_false(warned(&t, "silent", "V"));
    dispose(&t);
}

/* Firmware of a bond's second port: the port has the bond's address, and the
 * firmware sends the one that the card has. The host hears the switch. */
static void firmware_below_bond(void **state)
{
    struct net t;

    honest(&t);
    deafen(&t.view[TOR1], "swp1");
    hear(&t.view[TOR1], "swp1", "mac", mac(V, 9), mac(V, 9), "NIC");
    merge(&t);
    assert_int_equal(hops(&t, "V", "W"), 2);
    assert_int_equal(evidence(&t, "V", "tor1"), TOPO_BOTH);
    assert_true(topo_find(t.map.topo, "NIC") < 0);
    dispose(&t);
    /* of a card that the host has not, it is the word of the port that counts */
    honest(&t);
    deafen(&t.view[TOR1], "swp1");
    hear(&t.view[TOR1], "swp1", "mac", "02:77:00:00:00:09",
         "02:77:00:00:00:09", "NIC");
    merge(&t);
    assert_int_equal(hops(&t, "V", "W"), TOPO_UNKNOWN);
    assert_true(warned(&t, "contradicted", "V"));
    dispose(&t);
}

static void silent_host(void **state)
{
    struct net t;

    honest(&t);
    deafen(&t.view[V], "eth0");
    deafen(&t.view[TOR1], "swp1");
    merge(&t);
    assert_int_equal(hops(&t, "V", "W"), TOPO_UNKNOWN);
    assert_true(warned(&t, "silent", "V"));
    dispose(&t);
}

static void management_switch(void **state)
{
    struct net t;
    struct topo_view *m = &t.view[NODES];

    honest(&t);
    node(m, "mgmt", 40, true);
    t.n++;
    for (int i = 0; i < NODES; i++) {
        bool sw = i >= TOR1;

        port(&t.view[i], "eth9", mac(i, 99), 1000);
        if (sw)
            topo_str(&t.view[i], &t.view[i].mgmt_port, "eth9");
        hear(&t.view[i], "eth9", "mac", mac(40, 0), name[i], "mgmt");
        port(m, name[i], mac(40, i + 20), 1000);
        hear(m, name[i], "mac", mac(i, 0), "eth9", name[i]);
    }
    merge(&t);
    unmoved(&t);
    assert_int_equal(evidence(&t, "V", "mgmt"), -1);
    assert_int_equal(evidence(&t, "tor1", "mgmt"), -1);
    dispose(&t);
}

static void hostile_strings(void **state)
{
    struct net t;
    char bytes[] = "a\x1b[2J\xff\xe2\x80\xae\n";

    honest(&t);
    hear(&t.view[TOR1], "swp3", "mac", "02:aa:00:00:00:01", "p1", bytes);
    merge(&t);
    unmoved(&t);
    assert_true(topo_find(t.map.topo, "a?[2J\xef\xbf\xbd??") >= 0);
    dispose(&t);
}

static void flood(void **state)
{
    struct net t;
    char id[18];

    honest(&t);
    for (int i = 0; i < 1000; i++) {
        snprintf(id, sizeof id, "02:bb:00:00:%02x:%02x", i >> 8, i & 0xff);
        hear(&t.view[TOR2], "swp3", "mac", id, "p", NULL);
    }
    merge(&t);
    unmoved(&t);
    assert_true(warned(&t, "too-many", "tor2"));
    assert_true(topo_nodes(t.map.topo) <= NODES + TOPO_PORT_NEIGHBORS + 1);
    dispose(&t);
}

/* A node that claims a hundred ports of others gets 16 warnings, not a
 * hundred. */
static void flood_of_claims(void **state)
{
    struct net t;
    char p[16];
    size_t n = 0;

    honest(&t);
    for (int i = 0; i < 100; i++) {
        snprintf(p, sizeof p, "eth%d", i + 100);
        port(&t.view[R], p, mac(R, i + 100), 25000);
        topo_view_add_migration(&t.view[R], p);
        hear(&t.view[R], p, "mac", mac(TOR1, 0), "swp1", "tor1");
    }
    merge(&t);
    unmoved(&t);
    for (size_t i = 0; i < t.map.warnings; i++)
        n += !strcmp(t.map.warning[i].code, "contradicted");
    assert_int_equal(n, 16);
    dispose(&t);
}

static void speeds(void **state)
{
    struct net t;

    honest(&t);
    t.view[V].port[0].speed_mbps = 10000;
    t.view[W].port[0].speed_mbps = TOPO_UNKNOWN;
    merge(&t);
    unmoved(&t);
    assert_int_equal(topo_pair(t.d, V, W).flow_mbps, 10000);
    assert_true(warned(&t, "speed-mismatch", NULL));
    dispose(&t);
}

/* A cable takes what the lesser of its ports does. */
static void least_mtu(void **state)
{
    struct net t;
    uint32_t a, b;

    honest(&t);
    topo_view_port(&t.view[V], "eth0")->mtu = 9000;
    topo_view_port(&t.view[TOR1], "swp1")->mtu = 9216;
    topo_view_port(&t.view[TOR1], "swp51")->mtu = 1500;
    topo_view_port(&t.view[W], "eth0")->mtu = 9000;
    topo_view_port(&t.view[TOR1], "swp2")->mtu = 1500;
    merge(&t);
    a = (uint32_t)topo_find(t.map.topo, "V");
    b = (uint32_t)topo_find(t.map.topo, "X");
    assert_int_equal(topo_least_mtu(t.d, a, b), 1500);
    b = (uint32_t)topo_find(t.map.topo, "W");
    assert_int_equal(topo_least_mtu(t.d, a, b), 1500);
    assert_int_equal(topo_least_mtu(t.d, a, a), TOPO_UNKNOWN);
    assert_true(warned(&t, "mtu-mismatch", "tor1"));
    dispose(&t);
}

static void port_names_disagree(void **state)
{
    struct net t;

    honest(&t);
    deafen(&t.view[V], "eth0");
    hear(&t.view[V], "eth0", "mac", mac(TOR1, 0), "swp3", "tor1");
    merge(&t);
    assert_int_equal(hops(&t, "V", "X"), 4);
    assert_int_equal(evidence(&t, "V", "tor1"), TOPO_BOTH);
    assert_true(warned(&t, "port-mismatch", NULL));
    disputed(&t, "V", "tor1", "host V eth0 tor1 swp3");
    dispose(&t);
}

/* --- the plan ------------------------------------------------------------ */

static void plan(struct net *t, const char *dot)
{
    struct msg err;

    assert_int_equal(topo_dot_parse(&t->plan, "p", dot, strlen(dot), &err), 0);
}

static void plan_fills(void **state)
{
    struct net t;

    honest(&t);
    deafen(&t.view[V], "eth0");
    deafen(&t.view[TOR1], "swp1");
    plan(&t, "graph { V:eth0 -- tor1:swp1; W:eth0 -- tor1:swp2 }");
    merge(&t);
    assert_int_equal(hops(&t, "V", "X"), 4);
    assert_int_equal(evidence(&t, "V", "tor1"), TOPO_DECLARED);
    assert_int_equal(evidence(&t, "W", "tor1"), TOPO_BOTH);
    assert_int_equal(topo_links(t.map.topo), 6);
    dispose(&t);
}

static void plan_loses(void **state)
{
    struct net t;

    honest(&t);
    plan(&t, "graph { V:eth0 -- tor2:swp3; W:eth7 -- tor2:swp52 }");
    merge(&t);
    unmoved(&t);
    assert_true(warned(&t, "plan-mismatch", "V"));
    assert_true(warned(&t, "plan-unknown", "W"));
    disputed(&t, "V", "tor1", "declared V eth0 tor2 swp3");
    disputed(&t, "R", "tor2", "");
    dispose(&t);
}

/* The right node, but another port of it: cables that were exchanged. */
static void plan_other_port(void **state)
{
    struct net t;

    honest(&t);
    plan(&t, "graph { V:eth0 -- tor1:swp2; W:eth0 -- tor1:swp1;\n"
             "R:eth0 -- tor2:swp1; X -- tor2:swp2 }");
    merge(&t);
    unmoved(&t);
    assert_true(warned(&t, "plan-mismatch", "V"));
    assert_true(warned(&t, "plan-mismatch", "W"));
    assert_false(warned(&t, "plan-mismatch", "R"));
    assert_false(warned(&t, "plan-mismatch", "X"));
    disputed(&t, "V", "tor1",
             "declared V eth0 tor1 swp2, declared W eth0 tor1 swp1");
    disputed(&t, "X", "tor2", "");
    dispose(&t);
}

/* Of an unseen switch a plan may spell the ports in another way. */
static void plan_spelled_otherwise(void **state)
{
    static const struct {
        const char *port;
        const char *wanted;
    } cases[] = {
        { "Eth1/4", "" },
        { "Ethernet1/4", "" },
        { "Eth1/5", "declared V eth0 leaf Eth1/5" },
        { "uplink", "" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char dot[64];
        struct net t;

        honest(&t);
        deafen(&t.view[V], "eth0");
        deafen(&t.view[TOR1], "swp1");
        hear(&t.view[V], "eth0", "mac", "02:99:00:00:00:01", "Ethernet1/4",
             "leaf");
        snprintf(dot, sizeof dot, "graph { V:eth0 -- leaf:\"%s\" }",
                 cases[i].port);
        plan(&t, dot);
        merge(&t);
        disputed(&t, "V", "leaf", cases[i].wanted);
        assert_int_equal(warned(&t, "plan-mismatch", "V"),
                         *cases[i].wanted != 0);
        dispose(&t);
    }
}

/* A loop and a port with two cables are named; the other cables count. */
static void plan_that_cannot_be(void **state)
{
    struct net t;

    honest(&t);
    deafen(&t.view[V], "eth0");
    deafen(&t.view[TOR1], "swp1");
    plan(&t, "graph G { V:eth0 -- tor1:swp1; tor1:swp2 -- tor1:swp3;\n"
             "n1:p1 -- n2:p1; n1:p1 -- n3:p1 }");
    merge(&t);
    assert_int_equal(evidence(&t, "V", "tor1"), TOPO_DECLARED);
    assert_true(warned(&t, "plan-loop", "tor1"));
    assert_true(warned(&t, "plan-port", "n1"));
    assert_int_equal(evidence(&t, "n1", "n3"), -1);
    dispose(&t);
}

static void plan_of_a_pulled_cable(void **state)
{
    struct net t;

    honest(&t);
    deafen(&t.view[V], "eth0");
    deafen(&t.view[TOR1], "swp1");
    t.view[V].port[0].up = 0;
    plan(&t, "graph { V:eth0 -- tor1:swp1 }");
    merge(&t);
    assert_int_equal(hops(&t, "V", "X"), TOPO_UNKNOWN);
    dispose(&t);
}

/* --- rogues -------------------------------------------------------------- */

/* A guest sends frames, which its VIF hears. */
static void guest_on_vif(struct net *t)
{
    port(&t->view[R], "vif1.0", "fe:ff:ff:ff:ff:ff", 10000);
    hear(&t->view[R], "vif1.0", "mac", mac(V, 0), "eth0", "V");
    hear(&t->view[R], "vif1.0", "mac", mac(TOR1, 0), "swp1", "tor1");
}

/* A bridge that passes LLDP on: the switch hears the guest, too. */
static void guest_heard_by_switch(struct net *t)
{
    hear(&t->view[TOR2], "swp1", "mac", mac(V, 0), "eth0", "V");
}

/* R sends no frames of its own, but says that it is V. */
static void says_it_is_victim(struct net *t)
{
    deafen(&t->view[R], "eth0");
    deafen(&t->view[TOR2], "swp1");
    hear(&t->view[TOR2], "swp1", "mac", mac(V, 0), "eth0", "V");
}

/* R says that it is V, on a port that V does not have. */
static void victims_other_port(struct net *t)
{
    deafen(&t->view[R], "eth0");
    deafen(&t->view[TOR2], "swp1");
    hear(&t->view[TOR2], "swp1", "mac", mac(V, 0), "eth77", "V");
}

static void victims_port_mac(struct net *t)
{
    deafen(&t->view[R], "eth0");
    deafen(&t->view[TOR2], "swp1");
    hear(&t->view[TOR2], "swp1", "mac", mac(V, 1), mac(V, 1), "V");
}

static void name_and_address_of_victim(struct net *t)
{
    struct topo_neighbor *n;

    deafen(&t->view[TOR2], "swp1");
    n = hear(&t->view[TOR2], "swp1", "mac", mac(77, 0), "eth0", "V");
    topo_view_add_mgmt(&t->view[TOR2], n, "10.0.0.1", 8);
}

/* The facts of R itself are forged. */
static void facts_with_victims_chassis(struct net *t)
{
    topo_id_text(&t->view[R], &t->view[R].chassis, "mac", mac(V, 0), 17);
    topo_str(&t->view[R], &t->view[R].sysname, "V");
    topo_str(&t->view[R], &t->view[R].port[0].mac, mac(V, 1));
}

static void facts_with_victims_table(struct net *t)
{
    facts_with_victims_chassis(t);
    hear(&t->view[R], "eth0", "mac", mac(TOR1, 0), "swp1", "tor1");
}

static void claims_victims_switch_port(struct net *t)
{
    deafen(&t->view[R], "eth0");
    hear(&t->view[R], "eth0", "mac", mac(TOR1, 0), "swp1", "tor1");
}

static void claims_to_hear_victim(struct net *t)
{
    port(&t->view[R], "eth1", mac(R, 2), 25000);
    topo_view_add_migration(&t->view[R], "eth1");
    hear(&t->view[R], "eth1", "mac", mac(V, 0), "eth0", "V");
}

static void facts_with_switchs_chassis(struct net *t)
{
    topo_id_text(&t->view[R], &t->view[R].chassis, "mac", mac(TOR1, 0), 17);
    topo_str(&t->view[R], &t->view[R].sysname, "tor1");
}

/* A cable from tor2 to tor1 or to the spine would shorten paths. */
static void says_it_is_spine(struct net *t)
{
    deafen(&t->view[R], "eth0");
    deafen(&t->view[TOR2], "swp1");
    hear(&t->view[TOR2], "swp1", "mac", mac(SPINE, 0), "swp1", "spine");
}

static void says_it_is_tor(struct net *t)
{
    deafen(&t->view[R], "eth0");
    deafen(&t->view[TOR2], "swp1");
    hear(&t->view[TOR2], "swp1", "mac", mac(TOR1, 0), "swp1", "tor1");
}

/* R claims a free uplink, which has another speed than R's port. */
static void says_it_is_free_uplink(struct net *t)
{
    deafen(&t->view[R], "eth0");
    deafen(&t->view[TOR2], "swp1");
    hear(&t->view[TOR2], "swp1", "mac", mac(TOR1, 0), "swp52", "tor1");
}

/* R uses the names of others, with a chassis ID of its own. */
static void takes_all_names(struct net *t)
{
    deafen(&t->view[TOR2], "swp1");
    for (int i = 0; i < NODES; i++)
        hear(&t->view[TOR2], "swp1", "mac", mac(80 + i, 0), "eth0", name[i]);
}

static const struct {
    const char *what;
    void (*attack)(struct net *t);
} attacks[] = {
    { "guest on a VIF", guest_on_vif },
    { "guest heard by the switch", guest_heard_by_switch },
    { "victim's chassis and port", says_it_is_victim },
    { "victim's chassis, no such port", victims_other_port },
    { "victim's port address", victims_port_mac },
    { "victim's name and address", name_and_address_of_victim },
    { "facts with the victim's chassis", facts_with_victims_chassis },
    { "facts with the victim's chassis and table", facts_with_victims_table },
    { "facts that claim the victim's port", claims_victims_switch_port },
    { "facts that claim to hear the victim", claims_to_hear_victim },
    { "facts with a switch's chassis", facts_with_switchs_chassis },
    { "frames of a spine", says_it_is_spine },
    { "frames of another rack's switch", says_it_is_tor },
    { "frames of a free uplink", says_it_is_free_uplink },
    { "everybody's name", takes_all_names },
};

static void rogues(void **state)
{
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        struct net t;

        print_message("  %s\n", attacks[i].what);
        honest(&t);
        attacks[i].attack(&t);
        merge(&t);
        unmoved(&t);
        dispose(&t);
    }
}

/* A victim without neighbours (Open vSwitch) cannot contradict. Then its place
 * is unknown, and never the rogue's. */
static void silent_victim(void **state)
{
    struct net t;

    honest(&t);
    deafen(&t.view[V], "eth0");
    says_it_is_victim(&t);
    merge(&t);
    assert_int_equal(hops(&t, "V", "X"), TOPO_UNKNOWN);
    assert_int_equal(evidence(&t, "V", "tor2"), -1);
    assert_true(warned(&t, "contested", NULL));
    assert_int_equal(hops(&t, "W", "X"), 4);
    dispose(&t);
}

/* V listens only, so tor1 does not hear it; its own table keeps it there. */
static void listening_victim(void **state)
{
    struct net t;

    honest(&t);
    deafen(&t.view[TOR1], "swp1");
    says_it_is_tor(&t);
    merge(&t);
    assert_int_equal(hops(&t, "V", "W"), 2);
    assert_int_equal(evidence(&t, "V", "tor1"), TOPO_HOST_SAYS);
    dispose(&t);
}

static void twins_are_refused(void **state)
{
    struct net t;

    honest(&t);
    topo_str(&t.view[W], &t.view[W].name, "V");
    topo_map_init(&t.map);
    assert_int_equal(topo_merge(&t.map, t.view, t.n, NULL), -EINVAL);
    dispose(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_honest),
        cmocka_unit_test(nameless_neighbors),
        cmocka_unit_test(rows_not_believed),
        cmocka_unit_test(one_name_two_chassis),
        cmocka_unit_test(chassis_is_port_mac),
        cmocka_unit_test(name_and_address),
        cmocka_unit_test(one_sided),
        cmocka_unit_test(mutual_set),
        cmocka_unit_test(own_frame),
        cmocka_unit_test(mlag_pair),
        cmocka_unit_test(bond),
        cmocka_unit_test(cdp_beside_lldp),
        cmocka_unit_test(other_protocols),
        cmocka_unit_test(firmware_agent),
        cmocka_unit_test(firmware_port_name),
        cmocka_unit_test(firmware_below_bond),
        cmocka_unit_test(silent_host),
        cmocka_unit_test(management_switch),
        cmocka_unit_test(hostile_strings),
        cmocka_unit_test(flood),
        cmocka_unit_test(flood_of_claims),
        cmocka_unit_test(speeds),
        cmocka_unit_test(port_names_disagree),
        cmocka_unit_test(least_mtu),
        cmocka_unit_test(plan_fills),
        cmocka_unit_test(plan_loses),
        cmocka_unit_test(plan_other_port),
        cmocka_unit_test(plan_spelled_otherwise),
        cmocka_unit_test(plan_that_cannot_be),
        cmocka_unit_test(plan_of_a_pulled_cable),
        cmocka_unit_test(rogues),
        cmocka_unit_test(silent_victim),
        cmocka_unit_test(listening_victim),
        cmocka_unit_test(twins_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
