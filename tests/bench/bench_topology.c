/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Measures the topology: bench_topology PART ..., one line for each figure,
 * with what was measured and what was promised.
 *
 *   fabrics COUNT SEED     generated networks against the truth
 *   render DIR             10,000 hosts, 664 switches as a directory
 *   large DIR              reads it: time, memory, graph, queries
 *   lldpd SOCKET...        reads those lldpd's tables until all hear all
 *   snmp PORT COUNT MS TRIES   asks that many agents
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/topo_fabric.h"
#include "tools/cluster/views.h"
#include "topology/source.h"
#include "tools/base/msg.h"

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int verdict(bool ok)
{
    puts(ok ? "  ok" : "  MISSED");
    return !ok;
}

/* --- fabrics ------------------------------------------------------------- */

struct score {
    unsigned long pairs, hops, guessed, paths, flow, total;
};

static void compare(const struct fab *f, const struct topo_map *m,
                    struct score *s)
{
    struct topo_dist *d = topo_dist_new(m->topo);
    struct fab_truth *t = fab_truth_new(f);

    for (unsigned a = 0; a < f->nodes; a++)
        for (unsigned b = 0; b < a; b++) {
            struct topo_pair want, got;

            if (f->node[a].is_switch || f->node[b].is_switch)
                continue;
            want = fab_truth(t, a, b);
            got = topo_pair(d, (uint32_t)topo_find(m->topo, f->node[a].name),
                            (uint32_t)topo_find(m->topo, f->node[b].name));
            s->pairs++;
            s->hops += got.hops == want.hops;
            s->guessed += (want.hops < 0 && got.hops >= 0) ||
                          (want.flow_mbps < 0 && got.flow_mbps >= 0) ||
                          (want.total_mbps < 0 && got.total_mbps >= 0);
            s->paths += got.paths == want.paths;
            s->flow += got.flow_mbps == want.flow_mbps;
            s->total += got.total_mbps == want.total_mbps;
        }
    fab_truth_free(t);
    topo_dist_free(d);
}

static int fabrics(unsigned count, uint64_t seed)
{
    struct score all = { 0 };

    for (unsigned i = 0; i < count; i++) {
        enum fab_shape shape = (enum fab_shape)(i % FAB_SHAPES);
        struct score one = { 0 };
        struct topo_view *view;
        struct topo_map m;
        struct fab f;
        size_t n;

        fab_generate(&f, shape, seed + i * 7919);
        topo_map_init(&m);
        if (fab_views(&f, &view, &n) || topo_merge(&m, view, n, NULL)) {
            printf("fabric %u (%s) could not be read\n", i,
                   fab_shape_name(shape));
            return 1;
        }
        compare(&f, &m, &one);
        if (one.hops < one.pairs || one.guessed || one.total < one.pairs)
            printf("  fabric %u (%s), seed %llu: %lu of %lu pairs differ\n", i,
                   fab_shape_name(shape), (unsigned long long)seed,
                   one.pairs - one.total, one.pairs);
        all.pairs += one.pairs;
        all.hops += one.hops;
        all.guessed += one.guessed;
        all.paths += one.paths;
        all.flow += one.flow;
        all.total += one.total;
        topo_map_dispose(&m);
        while (n)
            topo_view_dispose(&view[--n]);
        free(view);
        fab_dispose(&f);
    }
    printf("%u fabrics, seed %llu, %lu pairs: hops %.3f%%, paths %.3f%%, flow "
           "%.3f%%, total %.3f%%, numbers where unknown is right: %lu",
           count, (unsigned long long)seed, all.pairs,
           100.0 * (double)all.hops / (double)all.pairs,
           100.0 * (double)all.paths / (double)all.pairs,
           100.0 * (double)all.flow / (double)all.pairs,
           100.0 * (double)all.total / (double)all.pairs, all.guessed);
    return verdict(all.hops == all.pairs && !all.guessed &&
                   (double)all.paths >= 0.999 * (double)all.pairs &&
                   (double)all.flow >= 0.999 * (double)all.pairs &&
                   (double)all.total >= 0.999 * (double)all.pairs);
}

/* --- 10,000 hosts -------------------------------------------------------- */

static int write_file(const char *dir, const char *name, const char *suffix,
                      const char *text)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s%s", dir, name, suffix);
    f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f)) {
        perror(path);
        return 1;
    }
    return 0;
}

/* 500 leaves, 25 pods of 4 spines, 64 cores: 664 switches. */
static int render(const char *dir)
{
    struct fab f;
    int bad = 0;

    fab_generate_large(&f, 500, 20, 4, 20, 64, 16);
    for (unsigned i = 0; i < f.nodes && !bad; i++) {
        char *facts, *table, form = f.node[i].is_switch ? 's' : 'f';

        fab_render(&f, i, form, &facts, &table);
        bad = write_file(dir, f.node[i].name, ".facts.json", facts);
        if (table && !bad)
            bad = write_file(dir, f.node[i].name, ".snmp.txt", table);
        free(facts);
        free(table);
    }
    fab_dispose(&f);
    return bad;
}

static double best_of(int times, struct topo *t)
{
    double best = 1e9;

    while (times--) {
        double start = now(), took;
        struct topo_dist *d = topo_dist_new(t);

        took = now() - start;
        topo_dist_free(d);
        if (took < best)
            best = took;
    }
    return best;
}

static double queries(struct topo *t, struct topo_dist *d)
{
    enum { QUERIES = 2000000 };
    uint64_t seed = 42;
    double start;
    long sum = 0;
    uint32_t *host = calloc(topo_nodes(t), sizeof *host), n = 0;

    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (topo_node(t, i)->kind == TOPO_HOST)
            host[n++] = i;
    start = now();
    for (int i = 0; i < QUERIES; i++) {
        uint64_t r = fab_random(&seed);
        struct topo_pair p =
            topo_pair(d, host[(uint32_t)r % n], host[(r >> 32) % n]);

        sum += p.hops + (long)p.total_mbps;
    }
    start = now() - start;
    free(host);
    return sum == 1 ? 0 : start / QUERIES;
}

static int large(const char *dir)
{
    double start = now(), read_, merged, graph, all, on_cpu;
    struct rusage ru;
    struct topo_dist *d;
    struct views v;
    struct msg err;
    double sum = 0;
    size_t hosts = 0;
    int bad = 0;

    views_init(&v);
    if (views_capture(&v, dir, &err)) {
        puts(err.text);
        return 1;
    }
    read_ = now();
    if (views_merge(&v, NULL, &err)) {
        puts(err.text);
        return 1;
    }
    merged = now();
    d = topo_dist_new(v.map.topo);
    for (uint32_t a = 0; a < topo_sets(d); a++)
        for (uint32_t b = 0; b < topo_sets(d); b++)
            sum += topo_set_pair(d, a, b).hops;
    all = now();
    getrusage(RUSAGE_SELF, &ru);
    on_cpu = (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
             (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
    graph = best_of(20, v.map.topo);
    for (uint32_t i = 0; i < topo_nodes(v.map.topo); i++)
        hosts += topo_node(v.map.topo, i)->kind == TOPO_HOST;
    printf("%zu hosts, %zu switches, %zu cables: load %.3f s, merge %.3f s, "
           "all pairs of %zu sets %.3f s; together %.3f s, of which %.3f s on "
           "the processor (<= 1 s)",
           hosts, topo_nodes(v.map.topo) - hosts, topo_links(v.map.topo),
           read_ - start, merged - read_, topo_sets(d), all - merged,
           all - start, on_cpu);
    /* whatever else the machine does meanwhile */
    bad |= verdict(on_cpu <= 1 && sum > 0);
    printf("memory %ld MB (<= 150 MB)", ru.ru_maxrss / 1024);
    bad |= verdict(ru.ru_maxrss <= 150 * 1024);
    printf("the graph part, best of 20: %.1f ms (<= 15 ms)", graph * 1e3);
    bad |= verdict(graph <= 0.015);
    graph = queries(v.map.topo, d);
    printf("a pair query with all four answers: %.0f ns (<= 1000 ns)",
           graph * 1e9);
    bad |= verdict(graph <= 1e-6);
    topo_dist_free(d);
    views_dispose(&v);
    return bad;
}

/* --- live lldpd ---------------------------------------------------------- */

/* Fills the views. Returns the rows of all tables together. */
static size_t read_all(struct topo_view *v, char **sock, int n)
{
    size_t rows = 0;
    struct msg err;

    for (int i = 0; i < n; i++) {
        const char *name = strrchr(sock[i], '/');

        topo_view_init(&v[i]);
        name = name ? name + 1 : sock[i];
        topo_text(&v[i], &v[i].name, name, strcspn(name, "."));
        v[i].is_switch = *name != 'h';
        v[i].role_known = true;
        if (topo_lldpd_read(&v[i], sock[i], &err))
            puts(err.text);
        rows += v[i].neighbors;
    }
    return rows;
}

static int lldpds(size_t rows, char **sock, int n)
{
    struct topo_view *v = calloc((size_t)n, sizeof *v);
    double deadline = now() + 90, start, took;
    struct topo_map m;
    struct topo_dist *d;
    size_t pairs = 0, known = 0;

    for (;;) {
        start = now();
        if (read_all(v, sock, n) >= rows)
            break;
        for (int i = 0; i < n; i++)
            topo_view_dispose(&v[i]);
        if (now() > deadline) {
            puts("the tables were not full within 90 s  MISSED");
            return 1;
        }
        usleep(20000);
    }
    /* the tables became full after the round before this one */
    topo_map_init(&m);
    if (topo_merge(&m, v, (size_t)n, NULL))
        return 1;
    d = topo_dist_new(m.topo);
    for (uint32_t a = 0; a < topo_nodes(m.topo); a++)
        for (uint32_t b = 0; b < topo_nodes(m.topo); b++)
            if (topo_node(m.topo, a)->kind == TOPO_HOST &&
                topo_node(m.topo, b)->kind == TOPO_HOST) {
                pairs++;
                known += topo_pair(d, a, b).hops >= 0;
            }
    took = now() - start;
    printf("%d live lldpd, %zu rows: read, merged, %zu of %zu pairs known "
           "%.3f s after the last table was full (<= 0.5 s)",
           n, rows, known, pairs, took);
    return verdict(took <= 0.5 && known == pairs);
}

/* --- SNMP ---------------------------------------------------------------- */

static int snmp(unsigned port, unsigned n, unsigned ms, unsigned tries)
{
    struct topo_snmp_target *t = calloc(n, sizeof *t);
    struct topo_view *v = calloc(n, sizeof *v);
    char(*address)[32] = calloc(n, sizeof *address);
    unsigned dead = 0, whole = 0;
    double start, took, limit = (double)ms * tries / 1000 + 2;

    for (unsigned i = 0; i < n; i++) {
        snprintf(address[i], sizeof address[i], "127.0.0.1:%u", port + i);
        topo_view_init(&v[i]);
        t[i].address = address[i];
        t[i].community = "public";
        t[i].view = &v[i];
    }
    start = now();
    topo_snmp_walk(t, n, ms, tries);
    took = now() - start;
    for (unsigned i = 0; i < n; i++) {
        dead += t[i].rc != 0 && *t[i].err.text;
        whole += !t[i].rc && v[i].neighbors == 28;
    }
    printf("%u SNMP switches: %u whole, %u dead and named, %.2f s (<= %.1f s)",
           n, whole, dead, took, limit);
    return verdict(took <= limit && whole + dead == n && whole > n / 2);
}

int main(int argc, char **argv)
{
    const char *part = argc > 1 ? argv[1] : "";

    if (topo_lldpd_is_reader(argc, argv))
        topo_lldpd_reader(argv);
    if (!strcmp(part, "fabrics") && argc == 4)
        return fabrics((unsigned)atoi(argv[2]), strtoull(argv[3], NULL, 10));
    if (!strcmp(part, "render") && argc == 3)
        return render(argv[2]);
    if (!strcmp(part, "large") && argc == 3)
        return large(argv[2]);
    if (!strcmp(part, "lldpd") && argc > 3)
        return lldpds((size_t)atoi(argv[2]), argv + 3, argc - 3);
    if (!strcmp(part, "snmp") && argc == 6)
        return snmp((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]),
                    (unsigned)atoi(argv[4]), (unsigned)atoi(argv[5]));
    fputs("bench_topology: see the head of bench_topology.c\n", stderr);
    return 2;
}
