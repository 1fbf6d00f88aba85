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
 *               for xl; without it both helpers share a pipe
 *   bench_wire restore DOMAIN
 *
 * It prints: bytes of the stream, pages, and us of wall time, of the save, of
 * the restore and of COMMAND, and from the guest's suspend to the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libxl-ext/pump.h"
#include "tests/lib/guest_image.h"
#include "tests/lib/helper_end.h"
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

static uint64_t link_tick(void *arg, uint64_t now)
{
    return xlx_pump_tick(arg, now);
}

static bool link_over(void *arg)
{
    const struct xlx_pump *p = arg;

    return p->eof || p->error;
}

_Noreturn static void link_main(int from, int to, uint64_t rate)
{
    struct xlx_pump p;
    struct loop l;

    loop_init(&l);
    signal(SIGPIPE, SIG_IGN);
    l.tick = link_tick;
    l.tick_arg = &p;
    if (xlx_pump_start(&p, &l, from, to, rate) ||
        loop_run(&l, link_over, &p, UINT64_MAX) ||
        (p.error &&
         p.error != -EPIPE)) /* the restore may end before it looks */
        _exit(1);
    _exit(0);
}

/* What the source writes arrives no faster than that. */
static void bench_link(struct bench *b, double mbit)
{
    int in = b->stream[0], next[2];

    if (mbit <= 0)
        return;
    if (pipe2(next, O_CLOEXEC))
        die("pipe");
    fcntl(in, F_SETPIPE_SZ, 1 << 18); /* as a move has it */
    b->link = fork();
    if (!b->link) {
        close(b->stream[1]);
        close(next[0]);
        link_main(in, next[1], (uint64_t)(mbit * 1e6 / 8));
    }
    close(in);
    close(next[1]);
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

static uint64_t bench_command_us(const struct bench *b, int *status)
{
    struct rusage u;

    wait4(b->pid, status, 0, &u);
    return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static int bench_move(struct bench *b, double mbit, const char *command)
{
    static struct helper_end e;
    unsigned long long read = 0, restore_us = 0;
    uint64_t start, wall, pause, command_us, pfn;
    int status, link = 0;
    FILE *f;

    if (pipe2(b->stream, O_CLOEXEC) || pipe2(b->answer, O_CLOEXEC))
        die("pipe");
    e = (struct helper_end){ .side = HELPER_SAVES,
                             .x = b->from,
                             .x_fd = b->from_fd,
                             .program = "fake_helper",
                             .codec = codec_of(b->codec),
                             .policy = b->policy };
    start = clock_us();
    bench_link(b, mbit);
    bench_command(b, command);
    helper_end_start(&e, b->stream[1]);
    close(b->stream[0]);
    close(b->stream[1]);
    close(b->answer[1]);
    helper_end_finish(&e);
    f = fdopen(b->answer[0], "r");
    if (!f || fscanf(f, "%llu %llu", &read, &restore_us) != 2)
        die("the target's end");
    wall = clock_us() - start;
    pause = clock_us() - e.suspend_us;
    command_us = bench_command_us(b, &status);
    if (b->link && waitpid(b->link, &link, 0) != b->link)
        die("the link");
    status |= link;
    if (e.result || status || fakexen_differ(b->from, b->to, &pfn))
        die("the move");
    printf("%llu %llu %llu %llu %llu %llu %llu\n", read,
           (unsigned long long)(b->from->pages + b->from->dirtied),
           (unsigned long long)wall, (unsigned long long)e.cpu_us, restore_us,
           (unsigned long long)command_us, (unsigned long long)pause);
    return 0;
}

int main(int argc, char **argv)
{
    struct bench b = { .from = NULL };

    if (argc == 3 && !strcmp(argv[1], "restore"))
        return restore_main(argv[2]);
    if (argc < 6)
        return 2;
    bench_guests(&b, argv);
    return bench_move(&b, atof(argv[5]), argc > 6 ? argv[6] : "");
}
