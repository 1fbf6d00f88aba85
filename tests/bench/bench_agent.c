/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_agent FOLDER GUESTS SECONDS
 * What the agent costs: SECONDS of it as it runs, and an hour of its seconds
 * one after the other. All guests are busy: each figure changes each second.
 * Xen is made up, and takes the time that its calls are taken to need: LIST_US
 * for a list of all domains, VCPU_US for a vCPU, STORE_US for a value of
 * xenstore; files are in FOLDER. One line of key=value pairs for
 * bench-agent.sh.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/fake_host.h"
#include "tools/daemon/agent.h"

enum { VCPUS = 4, DISKS = 2, HOUR = 3600 };

static struct fake_host host;
static struct xlx_looker fake;
static double list_us = 60, vcpu_us = 3, store_us = 40;
static unsigned looks;
static volatile sig_atomic_t stops;

static double cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void burn(double us)
{
    double end = cpu_us() + us;

    while (cpu_us() < end)
        ;
}

static int burn_guests(void *arg, struct xlx_look *to, unsigned room)
{
    burn(list_us);
    looks++;
    return fake.guests(arg, to, room);
}

static int burn_host(void *arg, struct xlx_look_host *to)
{
    burn(list_us);
    return fake.host(arg, to);
}

static int burn_waits(void *arg, const struct xlx_look *g,
                      struct xlx_steal_count *to)
{
    burn(vcpu_us * (g->max_vcpu_id + 1));
    return fake.waits(arg, g, to);
}

static int burn_store(void *arg, uint32_t domid, const char *key, char *buf,
                      size_t size)
{
    burn(store_us);
    return fake.store(arg, domid, key, buf, size);
}

static unsigned chance(unsigned n)
{
    static uint64_t seed = 7;

    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

static void disk_files(struct fake_guest *g, unsigned t)
{
    static const char *const file[] = { "rd_sect", "wr_sect", "rd_req",
                                        "wr_req" };

    for (unsigned d = 0; d < DISKS; d++) {
        for (unsigned i = 0; i < 4; i++) {
            char path[200];

            snprintf(path, sizeof path,
                     "sys/bus/xen-backend/devices/vbd-%u-%u/statistics/%s",
                     g->look.domid, 51712 + 16 * d, file[i]);
            fake_file(&host, path, "%u\n", 1000 * t + chance(900));
        }
    }
}

static void net_file(unsigned t)
{
    static char text[1 << 20];
    size_t n = 0;

    for (unsigned i = 0; i < host.n; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "vif%u.0: %u %u 0 0 0 0 0 0 %u %u 0 0 0 0 0 0\n",
                              host.guest[i].look.domid,
                              1000000 * t + chance(900000), 900 * t,
                              1000000 * t + chance(900000), 900 * t);
    fake_file(&host, "proc/net/dev", "%s", text);
}

static void make_guests(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct fake_guest *g = fake_guest_add(&host, i + 1, i + 1, VCPUS);

        snprintf(g->hint, sizeof g->hint, "1 faults=5 stall_us=1 swap_kib=9");
        g->look.blocked = i % 2; /* at a moment, half of them rest */
        disk_files(g, 1);
    }
    net_file(1);
}

static void busy_second(void)
{
    for (unsigned i = 0; i < host.n; i++) {
        host.guest[i].look.cpu_ns += chance(2000000000);
        host.guest[i].waits = chance(VCPUS + 1);
    }
    host.host.idle_ns += chance(2000000000);
}

static void tell(const char *text)
{
    fprintf(stderr, "bench_agent: %s\n", text);
}

static void on_alarm(int sig)
{
    stops++;
}

static struct agent *agent_of(const char *folder, struct config *conf)
{
    struct agent_request rq = { { &host, burn_guests, burn_host, burn_waits,
                                  burn_store },
                                host.root,
                                folder,
                                conf,
                                tell };
    struct msg err = MSG_NONE;
    struct agent *a;

    if (agent_new(&a, &rq, &err)) {
        tell(err.text);
        exit(1);
    }
    return a;
}

static long status_kib(const char *key)
{
    char line[200];
    FILE *f = fopen("/proc/self/smaps_rollup", "re");
    long kib = -1;

    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, key, strlen(key)))
            kib = strtol(line + strlen(key), NULL, 10);
    if (f)
        fclose(f);
    return kib;
}

/* As it runs: %, and the looks in a second. Files are made before. */
static double run(struct agent *a, long seconds, double *looks_r)
{
    double before;
    sigset_t alarms, mask;

    signal(SIGALRM, on_alarm);
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarms, &mask);
    agent_second(a, (uint64_t)time(NULL), 1);
    alarm((unsigned)seconds);
    looks = 0;
    before = cpu_us();
    agent_run(a, &stops, &mask);
    *looks_r = looks / (double)seconds;
    return (cpu_us() - before) / 1e4 / (double)seconds;
}

/* An hour of seconds: ms for each, and the longest. */
static double hour(struct agent *a, double *most_r)
{
    uint64_t now = (uint64_t)time(NULL) + 60;
    double sum = 0;

    *most_r = 0;
    for (unsigned t = 0; t < HOUR; t++) {
        double ms;

        busy_second();
        ms = cpu_us();
        agent_second(a, now + t, (double)(1000000 + t));
        ms = (cpu_us() - ms) / 1e3;
        sum += ms;
        if (ms > *most_r)
            *most_r = ms;
    }
    return sum / HOUR;
}

int main(int argc, char **argv)
{
    double percent, rate, ms, most;
    struct config conf;
    char state[300];
    struct agent *a;

    if (argc != 4)
        return 2;
    fake_host_init(&host, argv[1]);
    fake = fake_looker(&host);
    make_guests((unsigned)atoi(argv[2]));
    config_init(&conf);
    snprintf(state, sizeof state, "%s/state", argv[1]);
    a = agent_of(state, &conf);
    percent = run(a, atoi(argv[3]), &rate);
    ms = hour(a, &most);
    printf("guests=%u percent=%.3f lists_s=%.1f second_ms=%.3f "
           "longest_ms=%.2f rss_kib=%ld private_kib=%ld\n",
           host.n, percent, rate, ms, most, status_kib("Rss:"),
           status_kib("Private_Dirty:") + status_kib("Private_Clean:"));
    agent_free(a);
    config_dispose(&conf);
    return 0;
}
