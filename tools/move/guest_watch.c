/* SPDX-License-Identifier: LGPL-2.1-only */
/* Stays with a guest that has arrived, to handle its reboot and its end. */
#include "tools/move/guest_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libxl-ext/migrate.h"
#include "tools/complain.h"
#include "tools/exit.h"
#include "tools/log.h"

static const char watch_log[] = "/var/log/xen/rackhop.log";

/* stdin, and where the watch writes: Xen's log directory, if there is one. */
struct watch_files {
    int null, log;
};

static int watch_files_open(struct watch_files *f)
{
    f->log = -1;
    f->null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (f->null < 0)
        return -errno;
    f->log = open(watch_log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    return 0;
}

static void watch_files_close(struct watch_files *f)
{
    if (f->null >= 0)
        close(f->null);
    if (f->log >= 0)
        close(f->log);
}

static int watch_fail(uint32_t domid, int rc, struct msg *err)
{
    msg_set(err,
            "domain %u runs, but no process could be started that handles its "
            "reboot and its end (%s): when it ends, this host will not "
            "restart it or clean up after it",
            domid, strerror(-rc));
    return rc;
}

static int watch_over(uint32_t domid, const struct watch_files *f)
{
    int out = f->log >= 0 ? f->log : f->null, rc;
    struct xentoollog_logger *lg;
    struct msg err = MSG_NONE;
    struct xlx *x;

    /* nothing may keep the ssh connection open */
    dup2(f->null, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    /* The guest has just been woken, and goes first. Should it end meanwhile,
     * that is still to be seen afterwards. */
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

int guest_watch_stay(uint32_t domid, struct msg *err)
{
    struct watch_files f;
    int rc = watch_files_open(&f);

    if (rc) {
        watch_fail(domid, rc, err);
        return RC_FAILED;
    }
    rc = watch_over(domid, &f);
    watch_files_close(&f);
    return rc;
}

int guest_watch_start(uint32_t domid, struct msg *err)
{
    struct watch_files f;
    int rc = watch_files_open(&f);
    pid_t pid;

    if (rc)
        return watch_fail(domid, rc, err);
    pid = fork();
    if (!pid) {
        setsid();
        _exit(watch_over(domid, &f));
    }
    rc = pid < 0 ? -errno : 0;
    watch_files_close(&f);
    return rc ? watch_fail(domid, rc, err) : 0;
}

unsigned guest_watch_start_all(const uint32_t *domid, unsigned n,
                               void (*failed)(const char *text))
{
    unsigned bad = 0;
    struct msg err;

    for (unsigned i = 0; i < n; i++)
        if (guest_watch_start(domid[i], &err)) {
            failed(err.text);
            bad++;
        }
    return bad;
}
