/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Bytes from pipe to pipe by two rackhop-wires on the loopback, and what they
 * cost. bench_lanes_table.py runs it.
 *
 *   bench_lanes MIB LANES MBIT     prints us of wall time, of CPU at the source
 *                                  host's end and at the target host's, and
 *                                  the largest part by which a whole second
 *                                  missed the rate (0 where there is no MBIT)
 *   bench_lanes half-open PEERS N  N times a lane comes up while PEERS / N more
 *                                  peers connect and say nothing; prints the
 *                                  median, the 99th of 100 and the longest, us,
 *                                  and how often a connection was tried again
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/wire_end.h"
#include "tools/base/clock.h"

enum { PIECE = 1 << 16, SLICES = 600, SLICE_US = 100000, SECOND = 10 };

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "bench_lanes: %s\n", what);
    exit(1);
}

static struct lane_start start_line(unsigned lanes, uint64_t rate)
{
    struct lane_start s = {
        .address = "127.0.0.1", .lanes = lanes, .rate = rate, .patience_s = 60
    };

    wire_end_key(&s, 3);
    return s;
}

static void bench_source(struct wire_end *source,
                         const struct wire_end *target, struct lane_start s)
{
    s.source = true;
    s.first = s.last = (uint16_t)target->port;
    wire_end_start(source, &s);
}

/* --- throughput ------------------------------------------------------------------ */

struct arrival { /* bytes that came in each tenth of a second */
    uint64_t slice[SLICES];
    uint64_t start, last;
};

static void arrival_note(struct arrival *a, size_t n)
{
    uint64_t at = (clock_us() - a->start) / SLICE_US;

    if (at < SLICES) {
        a->slice[at] += n;
        a->last = at;
    }
}

/* Of whole seconds but the first and the last. */
static double arrival_error(const struct arrival *a, uint64_t rate)
{
    double worst = 0;

    for (uint64_t i = SECOND; rate && i + 2 * SECOND <= a->last; i++) {
        double sum = 0, off;

        for (int k = 0; k < SECOND; k++)
            sum += (double)a->slice[i + (uint64_t)k];
        off = sum / (double)rate - 1;
        off = off < 0 ? -off : off;
        worst = off > worst ? off : worst;
    }
    return worst;
}

static void bench_move(struct wire_end *from, struct wire_end *to,
                       uint64_t left, struct arrival *a)
{
    static uint8_t b[PIECE];

    for (size_t i = 0; i < sizeof b; i++)
        b[i] = (uint8_t)(i * 2654435761u >> 13);
    while (to->stream[0] >= 0) {
        struct pollfd p[] = { { from->stream[0], POLLOUT, 0 },
                              { to->stream[0], POLLIN, 0 } };
        ssize_t n;

        poll(p, 2, 1000);
        n = from->stream[0] < 0
                ? 0
                : write(from->stream[0], b, left < PIECE ? left : PIECE);
        left -= n > 0 ? (uint64_t)n : 0;
        if (!left)
            wire_end_close(from, 0);
        n = read(to->stream[0], b, sizeof b);
        if (n > 0)
            arrival_note(a, (size_t)n);
        if (!n)
            wire_end_close(to, 0);
        wire_end_hear(from);
        wire_end_hear(to);
        if (from->over && !from->done)
            die(from->why);
    }
}

static int bench_bytes(char **arg)
{
    uint64_t rate = strtoull(arg[3], NULL, 10) * 125000;
    struct lane_start s =
        start_line((unsigned)strtoul(arg[2], NULL, 10), rate);
    static struct arrival a;
    struct wire_end from, to;
    uint64_t wall, cpu[2];

    wire_end_start(&to, &s);
    wire_end_await_port(&to);
    bench_source(&from, &to, s);
    a.start = clock_us();
    wire_end_close(&to, 1);
    wire_end_close(&to, 2);
    bench_move(&from, &to, strtoull(arg[1], NULL, 10) << 20, &a);
    wall = clock_us() - a.start;
    if (wire_end_finish(&from, &cpu[0]) || wire_end_finish(&to, &cpu[1]))
        die("an end failed");
    printf("%llu %llu %llu %.4f\n", (unsigned long long)wall,
           (unsigned long long)cpu[0], (unsigned long long)cpu[1],
           arrival_error(&a, rate));
    return 0;
}

/* --- peers that say nothing --------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void silent_connect(unsigned port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        die("no more descriptors");
    connect(fd, (struct sockaddr *)&a, sizeof a);
}

static unsigned tries_failed; /* to connect, that were made again */

/* From the start of the process to the target host's word that it is up. */
static uint64_t lane_up_us(struct wire_end *to, const struct lane_start *s)
{
    struct wire_end from;
    unsigned before = to->up;
    uint64_t start = clock_us(), took;

    bench_source(&from, to, *s);
    while (to->up == before) {
        struct pollfd p = { to->control, POLLIN, 0 };

        if (poll(&p, 1, 20000) <= 0)
            die("no lane comes up");
        wire_end_hear(to);
    }
    took = clock_us() - start;
    wire_end_hear(&from);
    tries_failed += from.down;
    kill(from.pid, SIGKILL);
    wire_end_finish(&from, NULL);
    return took;
}

static int bench_half_open(unsigned peers, unsigned n)
{
    struct lane_start s = start_line(1, 0);
    uint64_t *us = calloc(n, sizeof *us);
    struct rlimit most;
    struct wire_end to;

    getrlimit(RLIMIT_NOFILE, &most);
    most.rlim_cur = most.rlim_max;
    setrlimit(RLIMIT_NOFILE, &most);
    wire_end_start(&to, &s);
    wire_end_await_port(&to);
    for (unsigned i = 0; us && i < n; i++) {
        for (unsigned k = 0; k < peers / n; k++)
            silent_connect(to.port);
        us[i] = lane_up_us(&to, &s);
    }
    if (us)
        qsort(us, n, sizeof *us, by_size);
    printf("%llu %llu %llu %u\n", (unsigned long long)us[n / 2],
           (unsigned long long)us[n - 1 - n / 100],
           (unsigned long long)us[n - 1], tries_failed);
    kill(to.pid, SIGKILL);
    wire_end_finish(&to, NULL);
    free(us);
    return 0;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc == 4 && !strcmp(argv[1], "half-open"))
        return bench_half_open((unsigned)strtoul(argv[2], NULL, 10),
                               (unsigned)strtoul(argv[3], NULL, 10));
    if (argc != 4)
        die("usage: MIB LANES MBIT | half-open PEERS N");
    return bench_bytes(argv);
}
