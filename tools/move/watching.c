/* SPDX-License-Identifier: LGPL-2.1-only */
/* The process that stays behind with a guest that has arrived, as xl's daemon
 * does with one that it created. */
#include "tools/move/watching.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libxl-ext/migrate.h"
#include "tools/complain.h"
#include "tools/exit.h"
#include "tools/log.h"
#include "tools/base/msg.h"

static int watch_over(uint32_t domid)
{
    struct xentoollog_logger *lg;
    char log[] = "/var/log/xen/rackhop.log";
    struct msg err = MSG_NONE;
    struct xlx *x;
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), rc;

    /* nothing may keep the ssh connection open */
    dup2(null, STDIN_FILENO);
    dup2(fd >= 0 ? fd : null, STDOUT_FILENO);
    dup2(fd >= 0 ? fd : null, STDERR_FILENO);
    /* The guest has just been woken: it goes first. An end that comes
     * meanwhile is still there to be seen. */
    setpriority(PRIO_PROCESS, 0, 10);
    poll(NULL, 0, 1000);
    lg = log_new(1);
    if (!lg)
        return RC_FAILED;
    if (xlx_open(&x, lg, &err)) {
        complain("%s", err.text);
        log_free(lg);
        return RC_FAILED;
    }
    rc = xlx_watch(x, domid, &err);
    if (rc)
        complain("domain %u: %s", domid, err.text);
    xlx_close(x);
    log_free(lg);
    return rc ? RC_FAILED : RC_OK;
}

void watch_guest(uint32_t domid, bool foreground)
{
    if (!foreground) {
        if (fork())
            return;
        setsid();
    }
    _exit(watch_over(domid));
}
