/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_roll [-d] [-n] [-p N] SNAPSHOT
 * How few waves a roll of all hosts has, and how long planning takes with the
 * snapshot in memory. -d: hosts of one fault domain may be down at once; -n:
 * guests stay where they went; -p: hosts at once (any number). One line of
 * key=value pairs for bench-roll.sh.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scheduler/roll.h"
#include "tools/base/msg.h"
#include "tools/doc/snapshot.h"

enum { RUNS_MAX = 7 };

/* Of this process: others on the machine do not count, and a planner waits for
 * nothing. */
static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;

    return a < b ? -1 : a > b;
}

static void show(const struct plan_roll *p, double first, double median)
{
    printf("first_ms=%.2f median_ms=%.2f waves=%u bound=%u limit=%s hosts=%u "
           "left=%u moves=%u moves_bound=%u displaced=%u gib=%.1f "
           "gib_bound=%.1f makespan=%.0f makespan_bound=%.0f\n",
           first, median, p->wave_n, p->wave_bound,
           plan_roll_limit_name(p->limit), p->hosts, p->left_n, p->moves,
           p->moves_bound, p->displaced, p->gib, p->gib_bound, p->makespan_s,
           p->makespan_bound_s);
}

static int measure(struct plan_cluster *c, const struct plan_roll_options *o)
{
    uint32_t n = plan_hosts(c), bad, *host = calloc(n + 1u, sizeof *host);
    struct plan_roll *p = NULL;
    double ms[RUNS_MAX], first, all = 0;
    int runs = 0, rc = host ? 0 : -1;

    for (uint32_t h = 0; host && h < n; h++)
        host[h] = h;
    while (!rc && runs < RUNS_MAX && (runs < 3 || all < 2000)) {
        double start = now_ms();

        plan_roll_free(p);
        rc = plan_roll(c, host, n, o, &p, &bad);
        ms[runs] = now_ms() - start;
        all += ms[runs++];
    }
    if (!rc) {
        first = ms[0];
        qsort(ms, (size_t)runs, sizeof *ms, by_value);
        show(p, first, ms[runs / 2]);
    }
    plan_roll_free(p);
    free(host);
    return rc;
}

int main(int argc, char **argv)
{
    struct plan_roll_options o;
    struct plan_settings set;
    struct snapshot s;
    struct msg err;
    int opt, rc;

    plan_settings_init(&set);
    plan_roll_options_init(&o);
    o.parallel = 0;
    while ((opt = getopt(argc, argv, "dnp:")) != -1)
        switch (opt) {
        case 'd': o.same_domain = true; break;
        case 'n': o.home = false; break;
        case 'p': o.parallel = (uint32_t)atoi(optarg); break;
        default: return 2;
        }
    if (optind + 1 != argc)
        return 2;
    if (snapshot_load(&s, argv[optind], &set, NULL, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    rc = measure(s.cluster, &o);
    snapshot_dispose(&s);
    return rc != 0;
}
