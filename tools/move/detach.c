/* SPDX-License-Identifier: LGPL-2.1-only */
/* Starts processes that outlive the one that asked for them. */
#include "tools/move/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void leave_terminal(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid();
    signal(SIGHUP, SIG_IGN);
    if (null < 0)
        return;
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    close(null);
}

int detach(void (*work)(void *arg), void *arg)
{
    int status = 0;
    pid_t pid = fork();

    if (pid < 0)
        return -errno;
    if (!pid) {
        pid = fork(); /* so that the worker is no child of ours */
        if (!pid) {
            leave_terminal();
            work(arg);
        }
        _exit(pid < 0);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status ? -EAGAIN : 0; /* it could not fork */
}

unsigned long long process_start(pid_t pid)
{
    char path[64], buf[1024], *p;
    unsigned long long t = 0;
    FILE *f;
    size_t n;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "re");
    if (!f)
        return 0;
    n = fread(buf, 1, sizeof buf - 1, f);
    fclose(f);
    buf[n] = '\0';
    p = strrchr(buf, ')');
    if (p && (!strncmp(p, ") Z", 3) || !strncmp(p, ") X", 3)))
        return 0;
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    if (p)
        t = strtoull(p, NULL, 10);
    return t;
}
