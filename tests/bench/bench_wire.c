/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * One move's memory from save helper to restore helper, by the real libxenguest
 * on a Xen that is memory, and what it cost. bench_wire_table.py runs it.
 *
 *   bench_wire MIB CODEC DIRTY KIND MBIT [COMMAND]
 *       CODEC   of the setting `codec`; off: libxc's own stream
 *       DIRTY   pages that the guest writes to in each of three rounds; KIND:
 *               words (three of each page) or whole. Or pages that it writes
 *               whole in each second, as long as it runs, of a half of its
 *               memory: busy, and busy-all, of which none is left out of a
 *               round
 *       MBIT    that pass in a second, by the pump of a move; 0: no limit
 *       COMMAND takes the stream and becomes `bench_wire restore`, as ssh does
 *               for xl; without it both helpers share a pipe. Or wire, and
 *               wire-classic: two rackhop-wires, and a restore that is armed
 *               or is not
 *   bench_wire restore DOMAIN
 *
 * It prints: bytes of the stream, pages, and us of wall time, from the guest's
 * suspend to the end, and of CPU, by process: NAME US, and so on. The helpers
 * have mapped the guest's memory before that begins.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libxl-ext/carrier.h"
#include "tests/lib/guest_image.h"
#include "tests/lib/helper_end.h"
#include "tests/lib/link.h"
#include "tests/lib/wire_move.h"
#include "tools/base/clock.h"

enum { MIB_PAGES = 256 };

#define POLICY "downtime_ms=1 max_rounds=4 budget_pct=0 on_limit=stop"
/* A busy guest is the default policy's. */
#define BUSY     "leave_out=1"
#define BUSY_ALL "leave_out=0"

_Noreturn static void die(const char *what)
{
    perror(what);
    exit(1);
}

static const char *codec_of(const char *text)
{
    return strcmp(text, "off") ? text : NULL;
}

/* --- the target's end ---------------------------------------------------------- */

static int restore_main(const char *domain)
{
    static struct helper_end e;
    int fd = open(domain, O_RDWR | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st))
        die(domain);
    e = (struct helper_end){ .side = HELPER_RESTORES,
                             .x_fd = fd,
                             .program = "fake_helper",
                             .codec = "auto" }; /* it takes all of them */
    /* the helper's own stdin is libxl's */
    helper_end_start(&e, fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    helper_end_finish(&e);
    if (e.result)
        fprintf(stderr, "restore: %s\n", e.error);
    printf("%llu %llu\n", (unsigned long long)e.read,
           (unsigned long long)e.cpu_us);
    return e.result != 0;
}

/* --- the source's end ---------------------------------------------------------- */

struct bench {
    struct fakexen *from, *to;
    int from_fd, to_fd;
    int stream[2], answer[2];
    pid_t pid, link; /* of the command; of the link, 0: there is none */
    const char *codec, *policy;
};

static void bench_guests(struct bench *b, char **arg)
{
    uint64_t pages = strtoull(arg[1], NULL, 10) * MIB_PAGES;
    uint32_t dirty = (uint32_t)strtoul(arg[3], NULL, 10);
    bool busy;

    b->codec = arg[2];
    b->from = fakexen_new(pages, true, &b->from_fd);
    b->to = fakexen_new(pages, false, &b->to_fd);
    b->from->timed = b->to->timed = true;
    for (uint64_t i = 0; i < pages; i++)
        guest_image_page(fakexen_page(b->from, i), i, 42);
    b->policy = !strcmp(arg[4], "busy")       ? BUSY
                : !strcmp(arg[4], "busy-all") ? BUSY_ALL
                                              : POLICY;
    busy = strcmp(b->policy, POLICY);
    b->from->guest = (struct fakexen_guest){
        .burst = busy ? 0 : dirty,
        .pace = busy ? dirty : 0,
        .hot = busy ? (uint32_t)pages / 2 : dirty,
        .first = pages / 4,
        .seed = 7,
        .whole = busy || !strcmp(arg[4], "whole"),
    };
}

/* --- the link --------------------------------------------------------------------- */

/* What the source writes arrives no faster than that. */
static void bench_link(struct bench *b, double mbit)
{
    int next[2];

    if (mbit <= 0)
        return;
    if (pipe2(next, O_CLOEXEC))
        die("pipe");
    fcntl(b->stream[0], F_SETPIPE_SZ, XLX_PIPE_SAVE);
    b->link = link_start(b->stream[0], next[1], (uint64_t)(mbit * 1e6 / 8));
    b->stream[0] = next[0];
}

static void bench_command(struct bench *b, const char *command)
{
    char text[4096], self[1024] = "";

    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        die("/proc/self/exe");
    snprintf(text, sizeof text, "exec %s %s restore /proc/%d/fd/%d", command,
             self, (int)getpid(), b->to_fd);
    b->pid = fork();
    if (b->pid)
        return;
    dup2(b->stream[0], STDIN_FILENO);
    dup2(b->answer[1], STDOUT_FILENO);
    execl("/bin/sh", "sh", "-c", text, (char *)NULL);
    die("/bin/sh");
}

static uint64_t bench_wait_us(pid_t pid, int *status)
{
    struct rusage u = { .ru_maxrss = 0 };

    *status = 0;
    if (wait4(pid, status, 0, &u) < 0 && errno != ECHILD)
        die("wait");
    return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void bench_print(const struct bench *b, uint64_t bytes, uint64_t wall,
                        uint64_t pause)
{
    uint64_t pfn;

    if (fakexen_differ(b->from, b->to, &pfn))
        die("the move");
    printf("%llu %llu %llu %llu", (unsigned long long)bytes,
           (unsigned long long)(b->from->pages + b->from->dirtied),
           (unsigned long long)wall, (unsigned long long)pause);
}

static void bench_print_cpu(const char *name, uint64_t us)
{
    printf(" %s %llu", name, (unsigned long long)us);
}

static int bench_move(struct bench *b, double mbit, const char *command)
{
    static struct helper_end e;
    unsigned long long read = 0, restore_us = 0;
    uint64_t start, wall, pause, command_us, link_us = 0;
    int status;
    FILE *f;

    if (pipe2(b->stream, O_CLOEXEC) || pipe2(b->answer, O_CLOEXEC))
        die("pipe");
    e = (struct helper_end){ .side = HELPER_SAVES,
                             .x = b->from,
                             .x_fd = b->from_fd,
                             .program = "fake_helper",
                             .codec = codec_of(b->codec),
                             .policy = b->policy };
    bench_link(b, mbit);
    bench_command(b, command);
    helper_end_start(&e, b->stream[1]);
    close(b->stream[0]);
    close(b->stream[1]);
    close(b->answer[1]);
    if (fakexen_await(b->from) || fakexen_await(b->to))
        die("a helper does not begin");
    start = clock_us();
    sem_post(&b->from->begin);
    sem_post(&b->to->begin);
    helper_end_finish(&e);
    f = fdopen(b->answer[0], "r");
    if (!f || fscanf(f, "%llu %llu", &read, &restore_us) != 2)
        die("the target's end");
    wall = clock_us() - start;
    pause = clock_us() - e.suspend_us;
    command_us = bench_wait_us(b->pid, &status);
    if (e.result || status || (b->link && link_finish(b->link, &link_us)))
        die("the move");
    bench_print(b, read, wall, pause);
    bench_print_cpu("save", e.cpu_us - b->from->prepared_us);
    bench_print_cpu("restore", restore_us - b->to->prepared_us);
    if (*command) {
        bench_print_cpu("ssh", command_us);
        /* what the session's children used: the restore, its memory too */
        bench_print_cpu("theirs", restore_us);
    }
    printf("\n");
    return 0;
}

/* --- over the wire of a move ------------------------------------------------------- */

static int bench_over_wire(struct bench *b, double mbit, bool arm)
{
    static struct wire_move m;
    struct helper_end *end = m.end;
    uint64_t restore_us, now, rate = (uint64_t)(mbit * 1e6 / 8);
    char policy[160];
    int status;

    /* as a move's limit is told to its helper */
    snprintf(policy, sizeof policy, "%s bandwidth=%" PRIu64, b->policy, rate);
    m = (struct wire_move){ .x = { b->from, b->to },
                            .fd = { b->from_fd, b->to_fd },
                            .codec = codec_of(b->codec),
                            .policy = policy,
                            .lanes = 1,
                            .rate = rate,
                            .arm = arm };
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* the placer outlives its parent */
    if (wire_move_run(&m)) {
        fprintf(stderr, "%s\n", m.why);
        return 1;
    }
    now = clock_us();
    restore_us = end[1].cpu_us + bench_wait_us(-1, &status);
    bench_print(b, m.wire[0].acked, m.wall_us, now - end[0].suspend_us);
    bench_print_cpu("save", end[0].cpu_us - b->from->prepared_us);
    bench_print_cpu("pumps", m.pump_us[0] + m.pump_us[1]);
    bench_print_cpu("wire-out", m.wire_us[0]);
    bench_print_cpu("wire-in", m.wire_us[1]);
    bench_print_cpu("restore", restore_us - b->to->prepared_us);
    printf("\n");
    return status != 0;
}

int main(int argc, char **argv)
{
    struct bench b = { .from = NULL };
    const char *command;

    if (argc == 3 && !strcmp(argv[1], "restore"))
        return restore_main(argv[2]);
    if (argc < 6)
        return 2;
    command = argc > 6 ? argv[6] : "";
    bench_guests(&b, argv);
    if (!strcmp(command, "wire") || !strcmp(command, "wire-classic"))
        return bench_over_wire(&b, atof(argv[5]), !strcmp(command, "wire"));
    return bench_move(&b, atof(argv[5]), command);
}
