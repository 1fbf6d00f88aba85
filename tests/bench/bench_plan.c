/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_plan [-n] SNAPSHOT drain HOST..|rack:NAME.. | rebalance
 * How long planning takes with the snapshot in memory: the best and the
 * median of several runs in one process, loading apart. One line of key=value
 * pairs for bench-plan.sh. -n: no soft limits, which the optimum does not
 * know.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "scheduler/scheduler.h"
#include "tools/doc/snapshot.h"
#include "tools/base/msg.h"

enum { RUNS_MAX = 15, HOSTS_MAX = 100000 };

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

static uint32_t select_hosts(struct plan_cluster *c, uint32_t *host, int argc,
                             char **argv)
{
    uint32_t n = 0;

    for (int i = 0; i < argc; i++)
        for (uint32_t h = 0; h < plan_hosts(c); h++) {
            const char *rack = plan_host_rack(c, h);

            if (!strcmp(plan_host_name(c, h), argv[i]) ||
                (!strncmp(argv[i], "rack:", 5) && rack &&
                 !strcmp(rack, argv[i] + 5)))
                host[n++] = h;
        }
    return n;
}

int main(int argc, char **argv)
{
    static uint32_t host[HOSTS_MAX];
    struct plan_settings set;
    struct snapshot s;
    struct rusage ru;
    double ms[RUNS_MAX], start, load;
    struct plan *p = NULL;
    uint32_t n;
    int runs = 0;
    struct msg err;

    plan_settings_init(&set);
    if (argc > 1 && !strcmp(argv[1], "-n")) {
        set.memory_limit = 1;
        set.cpu_limit = 1e9;
        argc--;
        argv++;
    }
    if (argc < 3)
        return 2;
    start = now_ms();
    if (snapshot_load(&s, argv[1], &set, NULL, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    load = now_ms() - start;
    n = select_hosts(s.cluster, host, argc - 3, argv + 3);
    for (double all = 0; runs < RUNS_MAX && (runs < 3 || all < 3000);
         all += ms[runs++]) {
        int rc;

        plan_free(p);
        p = NULL;
        start = now_ms();
        rc = strcmp(argv[2], "drain") ? plan_rebalance(s.cluster, &p)
                                      : plan_drain(s.cluster, host, n, &p);
        ms[runs] = now_ms() - start;
        if (rc)
            return 1;
    }
    start = ms[0];
    qsort(ms, (size_t)runs, sizeof *ms, by_value);
    getrusage(RUSAGE_SELF, &ru);
    printf("load_ms=%.1f first_ms=%.3f best_ms=%.3f median_ms=%.3f moves=%u "
           "total=%.3f bound=%.3f hops=%ld stranded=%u infeasible=%d "
           "makespan=%.3f makespan_bound=%.3f downtime=%.0f "
           "downtime_alone=%.0f score_before=%.5f score_after=%.5f "
           "rss_mib=%ld\n",
           load, start, ms[0], ms[runs / 2], p->move_n, p->total, p->bound,
           p->hops, p->stranded_n, p->infeasible, p->makespan_s,
           p->makespan_bound_s, p->downtime_ms, p->downtime_alone_ms,
           p->score_before, p->score_after, ru.ru_maxrss / 1024);
    plan_free(p);
    snapshot_dispose(&s);
    return 0;
}
