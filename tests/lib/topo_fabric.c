/* SPDX-License-Identifier: LGPL-2.1-only */
/* Generates networks of several shapes, and the tables of their nodes. */
#include "tests/lib/topo_fabric.h"
#include "tests/lib/draw.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/facts.h"
#include "tools/doc/json0.h"
#include "tools/base/msg.h"
#include "topology/source.h"

uint64_t fab_random(uint64_t *seed)
{
    return draw_next(seed);
}

static unsigned pick(struct fab *f, unsigned from, unsigned to)
{
    return from + (unsigned)(fab_random(&f->seed) % (to - from + 1));
}

const char *fab_shape_name(enum fab_shape s)
{
    static const char *const names[] = {
        "leaf-spine", "fat tree", "dragonfly", "two sites",
        "MLAG",       "segments", "separate",  "back to back",
    };

    return s < FAB_SHAPES ? names[s] : "?";
}

/* --- building ------------------------------------------------------------ */

__attribute__((format(printf, 3, 4))) static unsigned add_node(struct fab *f,
                                                               bool is_switch,
                                                               const char *fmt,
                                                               ...)
{
    va_list ap;

    f->node = realloc(f->node, (f->nodes + 1) * sizeof *f->node);
    if (!f->node)
        abort();
    f->node[f->nodes] = (struct fab_node){ .is_switch = is_switch };
    va_start(ap, fmt);
    vsnprintf(f->node[f->nodes].name, sizeof f->node->name, fmt, ap);
    va_end(ap);
    return f->nodes++;
}

static void cable(struct fab *f, unsigned a, unsigned b, int64_t mbps)
{
    struct fab_cable *c;

    if (!(f->cables & (f->cables - 1))) {
        f->cable = realloc(f->cable,
                           (f->cables ? f->cables * 2 : 1) * sizeof *f->cable);
        if (!f->cable)
            abort();
    }
    c = &f->cable[f->cables++];
    *c = (struct fab_cable){
        .a = a, .b = b, .mbps = mbps, .a_hears = true, .b_hears = true
    };
    snprintf(c->a_port, sizeof c->a_port, "%s%u",
             f->node[a].is_switch ? "swp" : "eth", f->node[a].ports++);
    snprintf(c->b_port, sizeof c->b_port, "%s%u",
             f->node[b].is_switch ? "swp" : "eth", f->node[b].ports++);
}

static int64_t host_speed(struct fab *f)
{
    static const int64_t speeds[] = { 1000, 10000, 25000, 25000, 40000 };

    return speeds[pick(f, 0, 4)];
}

static int64_t trunk_speed(struct fab *f)
{
    static const int64_t speeds[] = { 10000, 40000, 100000, 100000 };

    return speeds[pick(f, 0, 3)];
}

static void hosts_on(struct fab *f, unsigned sw, unsigned n)
{
    while (n--) {
        unsigned h = add_node(f, false, "h%u", f->nodes);

        for (unsigned k = pick(f, 0, 9) ? 1 : 2; k; k--) /* a bond of two */
            cable(f, h, sw, host_speed(f));
    }
}

static void trunk(struct fab *f, unsigned a, unsigned b)
{
    for (unsigned k = pick(f, 0, 7) ? 1 : pick(f, 2, 3); k; k--)
        cable(f, a, b, trunk_speed(f));
}

/* Returns the first leaf. Leaves have consecutive numbers, spines as well. */
static unsigned leaf_spine(struct fab *f, const char *site, unsigned leaves,
                           unsigned spines)
{
    unsigned leaf = f->nodes;

    for (unsigned i = 0; i < leaves; i++)
        add_node(f, true, "%sleaf%u", site, i);
    for (unsigned s = 0; s < spines; s++) {
        unsigned spine = add_node(f, true, "%sspine%u", site, s);

        for (unsigned i = 0; i < leaves; i++)
            trunk(f, leaf + i, spine);
    }
    for (unsigned i = 0; i < leaves; i++)
        hosts_on(f, leaf + i, pick(f, 1, 4));
    return leaf;
}

static void fat_tree(struct fab *f, unsigned k)
{
    unsigned core = f->nodes;

    for (unsigned i = 0; i < k * k / 4; i++)
        add_node(f, true, "core%u", i);
    for (unsigned p = 0; p < k; p++) {
        unsigned agg = f->nodes;

        for (unsigned i = 0; i < k / 2; i++) {
            unsigned a = add_node(f, true, "agg%u-%u", p, i);

            for (unsigned c = 0; c < k / 2; c++)
                trunk(f, a, core + i * k / 2 + c);
        }
        for (unsigned i = 0; i < k / 2; i++) {
            unsigned e = add_node(f, true, "edge%u-%u", p, i);

            for (unsigned a = 0; a < k / 2; a++)
                trunk(f, e, agg + a);
            hosts_on(f, e, pick(f, 1, 2));
        }
    }
}

static void dragonfly(struct fab *f, unsigned groups, unsigned routers)
{
    unsigned first = f->nodes;

    for (unsigned i = 0; i < groups * routers; i++)
        add_node(f, true, "g%u-r%u", i / routers, i % routers);
    for (unsigned g = 0; g < groups; g++) {
        unsigned base = first + g * routers;

        for (unsigned i = 0; i < routers; i++)
            for (unsigned k = 0; k < i; k++)
                trunk(f, base + i, base + k);
        for (unsigned o = 0; o < g; o++) /* one cable between two groups */
            trunk(f, base + o % routers, first + o * routers + g % routers);
    }
    for (unsigned i = 0; i < groups * routers; i++)
        hosts_on(f, first + i, pick(f, 0, 2));
}

static void mlag(struct fab *f, unsigned pairs)
{
    unsigned spine[2] = { add_node(f, true, "spine0"),
                          add_node(f, true, "spine1") };

    for (unsigned p = 0; p < pairs; p++) {
        unsigned a = add_node(f, true, "tor%ua", p),
                 b = add_node(f, true, "tor%ub", p);

        trunk(f, a, b);
        for (unsigned s = 0; s < 2; s++) {
            trunk(f, a, spine[s]);
            trunk(f, b, spine[s]);
        }
        for (unsigned h = pick(f, 1, 4); h; h--) {
            unsigned host = add_node(f, false, "h%u", f->nodes);
            int64_t speed = host_speed(f);

            cable(f, host, a, speed);
            if (pick(f, 0, 4))
                cable(f, host, b, speed);
        }
    }
}

/* Adds hubs behind switch ports, and one that joins two switches. */
static void segments(struct fab *f)
{
    unsigned leaf = leaf_spine(f, "", pick(f, 2, 3), pick(f, 1, 2));

    for (unsigned i = 0; i < 2; i++) {
        unsigned hub = add_node(f, true, "hub%u", i);

        f->node[hub].hub = true;
        cable(f, leaf + i, hub, 1000);
        /* a hub with one host cannot be told from a cable */
        for (unsigned h = pick(f, 2, 3); h; h--)
            cable(f, add_node(f, false, "h%u", f->nodes), hub, 1000);
    }
}

/* --- what is broken ------------------------------------------------------ */

static void spoil(struct fab *f)
{
    for (unsigned i = 0; i < f->cables; i++) {
        struct fab_cable *c = &f->cable[i];
        unsigned luck = pick(f, 0, 99);

        if (f->node[c->a].hub || f->node[c->b].hub)
            continue;
        if (luck < 5)
            c->a_hears = false;
        else if (luck < 10)
            c->b_hears = false;
        else if (luck < 13)
            c->a_hears = c->b_hears = false; /* no table has it */
        if (!pick(f, 0, 24))
            c->mbps = TOPO_UNKNOWN;
    }
}

void fab_generate(struct fab *f, enum fab_shape s, uint64_t seed)
{
    *f = (struct fab){ .seed = seed };
    switch (s) {
    case FAB_LEAF_SPINE:
        leaf_spine(f, "", pick(f, 1, 6), pick(f, 1, 4));
        break;
    case FAB_FAT_TREE: fat_tree(f, pick(f, 0, 3) ? 4 : 6); break;
    case FAB_DRAGONFLY: dragonfly(f, pick(f, 2, 5), pick(f, 2, 4)); break;
    case FAB_TWO_SITES: {
        unsigned a = leaf_spine(f, "a-", pick(f, 1, 3), pick(f, 1, 2)),
                 b = leaf_spine(f, "b-", pick(f, 1, 3), pick(f, 1, 2));

        trunk(f, a, b);
        break;
    }
    case FAB_MLAG: mlag(f, pick(f, 1, 4)); break;
    case FAB_SEGMENTS: segments(f); break;
    case FAB_SEPARATE:
        leaf_spine(f, "a-", pick(f, 1, 2), pick(f, 1, 2));
        leaf_spine(f, "b-", pick(f, 1, 2), pick(f, 1, 2));
        break;
    case FAB_BACK_TO_BACK:
    case FAB_SHAPES:
        for (unsigned n = pick(f, 1, 3); n; n--) {
            unsigned a = add_node(f, false, "h%u", f->nodes),
                     b = add_node(f, false, "h%u", f->nodes);

            for (unsigned k = pick(f, 1, 2); k; k--)
                cable(f, a, b, host_speed(f));
        }
        leaf_spine(f, "", 1, 1);
        break;
    }
    spoil(f);
}

void fab_generate_large(struct fab *f, unsigned leaves, unsigned per_leaf,
                        unsigned spines_per_pod, unsigned pod, unsigned cores,
                        unsigned planes)
{
    unsigned core;

    *f = (struct fab){ .seed = 1 };
    core = f->nodes;
    for (unsigned i = 0; i < cores; i++)
        add_node(f, true, "core%u", i);
    for (unsigned p = 0; p * pod < leaves; p++) {
        unsigned spine = f->nodes;

        for (unsigned s = 0; s < spines_per_pod; s++) {
            add_node(f, true, "spine%u-%u", p, s);
            for (unsigned c = 0; c < planes && c < cores; c++)
                cable(f, spine + s, core + (s * planes + c) % cores, 100000);
        }
        for (unsigned l = p * pod; l < leaves && l < (p + 1) * pod; l++) {
            unsigned leaf = add_node(f, true, "leaf%u", l);

            for (unsigned s = 0; s < spines_per_pod; s++)
                cable(f, leaf, spine + s, 100000);
            for (unsigned h = 0; h < per_leaf; h++)
                cable(f, add_node(f, false, "h%u", f->nodes), leaf, 25000);
        }
    }
}

void fab_dispose(struct fab *f)
{
    free(f->node);
    free(f->cable);
    *f = (struct fab){ .nodes = 0 };
}

/* --- tables -------------------------------------------------------------- */

/* A neighbour of a port: the other end of its cable, or one of a hub's
 * others. */
struct heard {
    const char *port;
    unsigned far;
    const char *far_port;
};

static bool hears(const struct fab_cable *c, unsigned i)
{
    return c->a == i ? c->a_hears : c->b_hears;
}

static unsigned other(const struct fab_cable *c, unsigned i)
{
    return c->a == i ? c->b : c->a;
}

static const char *port_of(const struct fab_cable *c, unsigned i)
{
    return c->a == i ? c->a_port : c->b_port;
}

static unsigned on_hub(const struct fab *f, unsigned hub, unsigned but,
                       const char *port, struct heard *out)
{
    unsigned n = 0;

    for (unsigned k = 0; k < f->cables; k++) {
        const struct fab_cable *c = &f->cable[k];
        unsigned member = c->a == hub ? c->b : c->a;

        if ((c->a != hub && c->b != hub) || member == but)
            continue;
        out[n++] = (struct heard){ port, member, port_of(c, member) };
    }
    return n;
}

static struct heard *table_of(const struct fab *f, unsigned i, unsigned *n_r)
{
    struct heard *h = calloc(f->cables + 8, sizeof *h);
    unsigned n = 0;

    if (!h)
        abort();
    for (unsigned k = 0; k < f->cables; k++) {
        const struct fab_cable *c = &f->cable[k];

        if ((c->a != i && c->b != i) || !hears(c, i))
            continue;
        if (f->node[other(c, i)].hub)
            n += on_hub(f, other(c, i), i, port_of(c, i), h + n);
        else
            h[n++] = (struct heard){ port_of(c, i), other(c, i),
                                     port_of(c, other(c, i)) };
    }
    *n_r = n;
    return h;
}

static void mac_of(char buf[20], unsigned node, const char *port)
{
    unsigned p = port ? (unsigned)atoi(port + 3) + 1 : 0;

    snprintf(buf, 20, "02:%02x:%02x:%02x:00:%02x", node >> 16 & 0xff,
             node >> 8 & 0xff, node & 0xff, p);
}

/* The agent of every seventh host sends its port's address as chassis ID. */
static bool odd_agent(const struct fab *f, unsigned node)
{
    return !f->node[node].is_switch && node % 7 == 3;
}

static void chassis_of(const struct fab *f, const struct heard *h,
                       char buf[20])
{
    mac_of(buf, h->far, odd_agent(f, h->far) ? h->far_port : NULL);
}

static void put_ports(const struct fab *f, unsigned i, struct json_out *o)
{
    char mac[20];

    json_key(o, "ports");
    json_obj(o);
    for (unsigned k = 0; k < f->cables; k++) {
        const struct fab_cable *c = &f->cable[k];

        if (c->a != i && c->b != i)
            continue;
        mac_of(mac, i, port_of(c, i));
        json_key(o, port_of(c, i));
        json_obj(o);
        json_kv_str(o, "mac", mac);
        if (c->mbps < 0)
            json_kv_null(o, "speed_mbps");
        else
            json_kv_int(o, "speed_mbps", c->mbps);
        json_kv_bool(o, "up", true);
        json_kv_null(o, "master");
        json_obj_end(o);
    }
    json_obj_end(o);
    if (f->node[i].is_switch)
        return;
    json_key(o, "migration_ports");
    json_arr(o);
    for (unsigned k = 0; k < f->cables; k++)
        if (f->cable[k].a == i || f->cable[k].b == i)
            json_str(o, port_of(&f->cable[k], i));
    json_arr_end(o);
}

static void put_typed(struct json_out *o, const char *key, const char *type,
                      const char *value)
{
    json_key(o, key);
    json_obj(o);
    json_kv_str(o, "type", type);
    json_kv_str(o, "value", value);
    json_obj_end(o);
}

static void put_neighbors(const struct fab *f, const struct heard *h,
                          unsigned n, struct json_out *o)
{
    char mac[20];

    json_key(o, "neighbors");
    json_arr(o);
    for (unsigned k = 0; k < n; k++) {
        json_obj(o);
        json_kv_str(o, "port", h[k].port);
        json_kv_str(o, "protocol", "LLDP");
        chassis_of(f, &h[k], mac);
        put_typed(o, "chassis", "mac", mac);
        if (odd_agent(f, h[k].far))
            put_typed(o, "port_id", "mac", mac);
        else
            put_typed(o, "port_id", "ifname", h[k].far_port);
        /* some have no name, some share one */
        if (h[k].far % 5)
            json_kv_str(o, "sysname",
                        h[k].far % 11 ? f->node[h[k].far].name : "localhost");
        json_kv_int(o, "ttl_s", 120);
        json_obj_end(o);
        if (k % 6 == 0) { /* the same neighbour by CDP */
            json_obj(o);
            json_kv_str(o, "port", h[k].port);
            json_kv_str(o, "protocol", "CDPv2");
            put_typed(o, "chassis", "local", f->node[h[k].far].name);
            put_typed(o, "port_id", "ifname", h[k].far_port);
            json_obj_end(o);
        }
    }
    json_arr_end(o);
}

static char *json0_text(const struct fab *f, const struct heard *h, unsigned n)
{
    char *text, mac[20];
    size_t len;
    FILE *o = open_memstream(&text, &len);

    fputs("{\n \"lldp\": [{", o);
    for (unsigned k = 0; k < n; k++) {
        chassis_of(f, &h[k], mac);
        fprintf(o,
                "%s\n {\"name\": \"%s\", \"via\": \"LLDP\", \"rid\": \"1\",\n"
                "  \"age\": \"0 day, 00:01:00\",\n"
                "  \"chassis\": [{\"id\": [{\"type\": \"mac\", \"value\": "
                "\"%s\"}],\n   \"name\": [{\"value\": \"%s\"}]}],\n"
                "  \"port\": [{\"id\": [{\"type\": \"%s\", \"value\": "
                "\"%s\"}], \"ttl\": [{\"value\": \"120\"}]}]}",
                k ? "," : "\"interface\": [", h[k].port, mac,
                h[k].far % 13 ? f->node[h[k].far].name : "ro\001gue\xff\"\\q",
                odd_agent(f, h[k].far) ? "mac" : "ifname",
                odd_agent(f, h[k].far) ? mac : h[k].far_port);
    }
    fputs(n ? "\n]}]}\n" : "}]}\n", o);
    fclose(o);
    return text;
}

/* LocalPortNum is neither ifIndex nor in order; TimeMark differs by row. */
static unsigned port_num(const char *port)
{
    return 1000 - (unsigned)atoi(port + 3) * 3;
}

static void put_hex(FILE *o, const char *mac)
{
    for (const char *p = mac; *p; p++)
        fputc(*p == ':' ? ' ' : *p >= 'a' ? *p - 32 : *p, o);
}

static char *snmp_text(const struct fab *f, unsigned i, const struct heard *h,
                       unsigned n)
{
    static const char lldp[] = ".1.0.8802.1.1.2.1";
    char *text, mac[20];
    size_t len;
    FILE *o = open_memstream(&text, &len);

    mac_of(mac, i, NULL);
    fprintf(o, "%s.3.1.0 = INTEGER: 4\n%s.3.2.0 = Hex-STRING: ", lldp, lldp);
    put_hex(o, mac);
    fprintf(o, " \n%s.3.3.0 = STRING: \"%s\"\n", lldp, f->node[i].name);
    for (unsigned k = 0; k < f->cables; k++) {
        const struct fab_cable *c = &f->cable[k];

        if (c->a != i && c->b != i)
            continue;
        fprintf(o, "%s.3.7.1.2.%u = INTEGER: 5\n", lldp,
                port_num(port_of(c, i)));
        fprintf(o, "%s.3.7.1.3.%u = STRING: \"%s\"\n", lldp,
                port_num(port_of(c, i)), port_of(c, i));
    }
    for (unsigned k = 0; k < n; k++) {
        char index[64];

        snprintf(index, sizeof index, "%u.%u.%u", 100 + k * 7 % 50,
                 port_num(h[k].port), k + 1);
        chassis_of(f, &h[k], mac);
        fprintf(o, "%s.4.1.1.4.%s = INTEGER: 4\n", lldp, index);
        fprintf(o, "%s.4.1.1.5.%s = Hex-STRING: ", lldp, index);
        put_hex(o, mac);
        fprintf(o, " \n%s.4.1.1.6.%s = INTEGER: %d\n", lldp, index,
                odd_agent(f, h[k].far) ? 3 : 5);
        fprintf(o, "%s.4.1.1.7.%s = ", lldp, index);
        if (odd_agent(f, h[k].far)) {
            fputs("Hex-STRING: ", o);
            put_hex(o, mac);
            fputs(" \n", o);
        } else {
            fprintf(o, "STRING: \"%s\"\n", h[k].far_port);
        }
        fprintf(o, "%s.4.1.1.9.%s = STRING: \"%s\"\n", lldp, index,
                f->node[h[k].far].name);
    }
    fclose(o);
    return text;
}

void fab_render(const struct fab *f, unsigned i, char form, char **facts,
                char **table)
{
    struct heard *h;
    struct json_out *o;
    unsigned n;
    char mac[20];
    size_t len;
    FILE *out = open_memstream(facts, &len);

    h = table_of(f, i, &n);
    o = json_out_new(out, false);
    json_obj(o);
    json_kv_str(o, "format", "rackhop-facts/1");
    json_kv_str(o, "node", f->node[i].name);
    json_kv_str(o, "role", f->node[i].is_switch ? "switch" : "host");
    mac_of(mac, i, NULL);
    put_typed(o, "chassis", "mac", mac);
    json_kv_str(o, "sysname", f->node[i].name);
    put_ports(f, i, o);
    if (form == 'f')
        put_neighbors(f, h, n, o);
    json_obj_end(o);
    json_out_free(o);
    fclose(out);
    *table = form == 'j'   ? json0_text(f, h, n)
             : form == 's' ? snmp_text(f, i, h, n)
                           : NULL;
    free(h);
}

static int read_node(const struct fab *f, unsigned i, struct topo_view *v)
{
    static const char forms[] = "fjs";
    char form = forms[(f->seed + i) % (f->node[i].is_switch ? 3 : 2)];
    char *facts, *table;
    struct msg err;
    int rc;

    fab_render(f, i, form, &facts, &table);
    topo_view_init(v);
    rc = facts_parse_view(v, f->node[i].name, facts, strlen(facts), &err);
    if (!rc && form == 'j')
        rc = json0_parse(v, f->node[i].name, table, strlen(table), &err);
    if (!rc && form == 's')
        rc = topo_snmptext_parse(v, f->node[i].name, table, strlen(table),
                                 &err);
    if (rc)
        fprintf(stderr, "%s\n%s\n", err.text, table ? table : facts);
    free(facts);
    free(table);
    return rc;
}

int fab_views(const struct fab *f, struct topo_view **view_r, size_t *n_r)
{
    struct topo_view *v = calloc(f->nodes + 1, sizeof *v);
    size_t n = 0;
    int rc = v ? 0 : -1;

    for (unsigned i = 0; i < f->nodes && !rc; i++)
        if (!f->node[i].hub)
            rc = read_node(f, i, &v[n++]);
    *view_r = v;
    *n_r = n;
    return rc;
}
