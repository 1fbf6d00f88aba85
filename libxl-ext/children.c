/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Forks for libxl: device models, hotplug scripts and helpers.
 *
 * Our commands block SIGINT, SIGTERM and SIGHUP but for where they wait, and a
 * blocked signal stays blocked in what is started. libxl ends a device model by
 * SIGHUP: QEMU never heard of it, stayed when its guest was gone, and the dead
 * domain with it. So nothing is blocked for what libxl starts. What ends our
 * command by a key or a lost terminal is not for these: it is ignored, by all that
 * do not ask for it themselves, as QEMU does.
 */
#include <signal.h>
#include <unistd.h>

#include "libxl-ext/xlx_impl.h"

pid_t xlx_child_fork(void *user)
{
    pid_t pid = fork();
    sigset_t none;

    if (pid)
        return pid;
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    return 0;
}
