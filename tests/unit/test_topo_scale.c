/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tests large tables: a switch of 4,000 ports and 20,000 interfaces, and one
 * of more interfaces than are kept.
 *
 * What must not happen is a search of all ports for each port. Time would tell
 * that on a quiet machine only, so comparisons are counted: the linker lets
 * strcmp() and memcmp() of the whole program pass through here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "tools/base/msg.h"
#include "topology/map.h"
#include "topology/source.h"

#define LLDP ".1.0.8802.1.1.2.1."
#define IF   ".1.3.6.1.2.1.2.2.1."
#define IFX  ".1.3.6.1.2.1.31.1.1.1."

enum { PORTS = 4000, INTERFACES = 20000, KEPT = 65536 };

int __real_strcmp(const char *a, const char *b);
int __wrap_strcmp(const char *a, const char *b);
int __real_memcmp(const void *a, const void *b, size_t n);
int __wrap_memcmp(const void *a, const void *b, size_t n);

static uint64_t compared;

int __wrap_strcmp(const char *a, const char *b)
{
    compared++;
    return __real_strcmp(a, b);
}

int __wrap_memcmp(const void *a, const void *b, size_t n)
{
    compared++;
    return __real_memcmp(a, b, n);
}

/* How a large switch tells which interface a port is. */
struct form {
    const char *name;
    bool local_table; /* lldpLocPortTable, whose ids are descriptions */
    const char *before, *behind; /* its number: what the hosts hear */
};

static const struct form forms[] = {
    { "by the description", true, "port ", " of it" },
    { "by the alias", true, "to host ", "" },
    { "by the index, which is a high one", false, "ge-", "" },
};

static void put_remote(FILE *f, unsigned at, unsigned host)
{
    fprintf(f, LLDP "4.1.1.4.0.%u.1 = INTEGER: 4\n", at);
    fprintf(f,
            LLDP "4.1.1.5.0.%u.1 = Hex-STRING: 06 00 00 00 %02X %02X\n" LLDP
                 "4.1.1.6.0.%u.1 = INTEGER: 5\n" LLDP
                 "4.1.1.7.0.%u.1 = STRING: \"eth0\"\n",
            at, host >> 8, host & 255, at, at);
}

static void put_interface(FILE *f, unsigned index, unsigned port)
{
    fprintf(f, IFX "1.%u = STRING: \"%s%u\"\n", index, port ? "ge-" : "vlan",
            port ? port : index);
    fprintf(f, IFX "15.%u = Gauge32: 10000\n", index);
    fprintf(f, IFX "18.%u = STRING: \"to %s %u\"\n", index,
            port ? "host" : "nobody", port ? port : index);
    if (port)
        fprintf(f, IF "2.%u = STRING: \"port %u of it\"\n", index, port);
}

/* Ports are the last of the interfaces, as they are where VLANs got their
 * indexes first. */
static char *walk_text(const struct form *form, unsigned ports,
                       unsigned interfaces, size_t *len_r)
{
    unsigned before = interfaces - ports;
    char *text = NULL;
    FILE *f = open_memstream(&text, len_r);

    fputs(LLDP "3.1.0 = INTEGER: 4\n" LLDP
               "3.2.0 = Hex-STRING: 02 00 00 00 00 01\n",
          f);
    for (unsigned p = 1; form->local_table && p <= ports; p++)
        fprintf(f,
                LLDP "3.7.1.2.%u = INTEGER: 7\n" LLDP
                     "3.7.1.3.%u = STRING: \"%u\"\n" LLDP
                     "3.7.1.4.%u = STRING: \"port %u of it\"\n",
                p, p, 1000000 + p, p, p);
    for (unsigned p = 1; p <= ports; p++)
        put_remote(f, form->local_table ? p : before + p, p);
    for (unsigned i = 1; i <= interfaces; i++)
        put_interface(f, i, i > before ? i - before : 0);
    fclose(f);
    return text;
}

/* Returns the seconds that it took. */
static double read_walk(struct topo_view *v, const struct form *form,
                        unsigned ports, unsigned interfaces)
{
    struct msg err;
    size_t len;
    char *text = walk_text(form, ports, interfaces, &len);
    clock_t begin = clock(), end;

    topo_view_init(v);
    v->name = strdup("big");
    v->is_switch = v->role_known = true;
    if (topo_snmptext_parse(v, "big.snmp.txt", text, len, &err))
        fail_msg("%s", err.text);
    end = clock();
    free(text);
    return (double)(end - begin) / CLOCKS_PER_SEC;
}

/* A host that hears a port of the switch under a name that is the agent's. */
static void make_host(struct topo_view *v, const struct form *form, unsigned i)
{
    const uint8_t own[6] = { 6, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i },
                  big[6] = { 2, 0, 0, 0, 0, 1 };
    struct topo_neighbor *n;
    char text[64];

    topo_view_init(v);
    snprintf(text, sizeof text, "h%u", i);
    v->name = strdup(text);
    v->role_known = v->has_table = true;
    topo_id_octets(v, &v->chassis, true, 4, own, sizeof own);
    topo_view_port(v, "eth0");
    n = topo_view_neighbor(v, "eth0", 4);
    topo_str(v, &n->protocol, "LLDP");
    topo_id_octets(v, &n->chassis, true, 4, big, sizeof big);
    snprintf(text, sizeof text, "%s%u%s", form->before, i, form->behind);
    topo_id_octets(v, &n->port_id, false, 7, (uint8_t *)text, strlen(text));
}

static void check_links(const struct topo_map *m, unsigned ports)
{
    unsigned known = 0;

    assert_int_equal(topo_links(m->topo), ports);
    for (uint32_t i = 0; i < topo_links(m->topo); i++) {
        const struct topo_link *l = topo_link(m->topo, i);
        const char *host = topo_node(m->topo, l->b)->name;

        assert_int_equal(l->evidence, TOPO_BOTH);
        known += l->mbps == 10000 && !strncmp(l->a_port, "ge-", 3) &&
                 !strcmp(l->a_port + 3, host + 1);
    }
    assert_int_equal(known, ports);
}

static void large_switch(void **state)
{
    struct topo_view *v = calloc(PORTS + 1, sizeof *v);

    for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
        struct topo_map m;
        double s;

        topo_map_init(&m);
        compared = 0;
        s = read_walk(v, &forms[k], PORTS, INTERFACES);
        for (unsigned i = 1; i <= PORTS; i++)
            make_host(&v[i], &forms[k], i);
        assert_int_equal(topo_merge(&m, v, PORTS + 1, NULL), 0);
        print_message("%u ports, %u interfaces, %s: %.3f s to read, "
                      "%llu comparisons with the merge\n",
                      PORTS, INTERFACES, forms[k].name, s,
                      (unsigned long long)compared);
        check_links(&m, PORTS);
        /* a search for each port is 80 million and more */
        assert_true(compared < 8000000);
        topo_map_dispose(&m);
        for (size_t i = 0; i <= PORTS; i++)
            topo_view_dispose(&v[i]);
    }
    free(v);
}

/* What has LLDP is read even behind more interfaces than are kept. */
static void many_interfaces(void **state)
{
    const struct form *form = &forms[2];
    struct topo_view v;
    unsigned known = 0;

    read_walk(&v, form, 40, KEPT + 400);
    assert_int_equal(v.neighbors, 40);
    for (size_t i = 0; i < v.neighbors; i++) {
        const struct topo_port *p =
            topo_view_find_port(&v, v.neighbor[i].port);

        known += p && p->speed_mbps == 10000 && !strncmp(p->name, "ge-", 3);
    }
    assert_int_equal(known, 40);
    assert_true(v.refused[TOPO_REFUSED_ROOM] >= 360);
    topo_view_dispose(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_switch),
        cmocka_unit_test(many_interfaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
