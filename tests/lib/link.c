/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs the pump of a move in a process of its own. */
#include "tests/lib/link.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libxl-ext/pump.h"

enum { IN = 3, OUT, HIGH = 200 };

static uint64_t link_tick(void *arg, uint64_t now)
{
    return xlx_pump_tick(arg, now);
}

static bool link_over(void *arg)
{
    const struct xlx_pump *p = arg;

    return p->eof || p->error;
}

/* What else was open is not to be kept so by this process. */
static void link_take(int from, int to)
{
    int high[2] = { fcntl(from, F_DUPFD, HIGH), fcntl(to, F_DUPFD, HIGH) };

    if (dup2(high[0], IN) != IN || dup2(high[1], OUT) != OUT ||
        close_range(OUT + 1, ~0U, 0))
        _exit(1);
}

_Noreturn static void link_main(int from, int to, uint64_t rate)
{
    struct xlx_pump p;
    struct loop l;

    link_take(from, to);
    loop_init(&l);
    signal(SIGPIPE, SIG_IGN);
    l.tick = link_tick;
    l.tick_arg = &p;
    if (xlx_pump_start(&p, &l, IN, OUT, rate) ||
        loop_run(&l, link_over, &p, UINT64_MAX))
        _exit(1);
    /* who reads may have ended before it looks */
    _exit(p.error && p.error != -EPIPE);
}

pid_t link_start(int from, int to, uint64_t rate)
{
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid < 0)
        abort();
    if (!pid)
        link_main(from, to, rate);
    close(from);
    close(to);
    return pid;
}

int link_finish(pid_t pid, uint64_t *cpu_us_r)
{
    struct rusage u;
    int status = -1;

    if (wait4(pid, &status, 0, &u) != pid)
        return -1;
    *cpu_us_r += (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
                 (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
    return status;
}
