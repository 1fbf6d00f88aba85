/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Becomes the stock save helper, for every mode but --save-domain.
 */
#include "libxl-ext/helper_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* With a control socket it goes on in a child. The parent waits for that,
 * tells the move when it was, and ends as the child did. */
static void stock_timed_child(int stream)
{
    const char *fd = getenv(XLX_ENV_CTL);
    struct helper h = { .ctl = fd ? (int)strtol(fd, NULL, 10) : -1 };
    pid_t pid;
    int status;

    if (h.ctl < 0 || fcntl(h.ctl, F_SETFD, FD_CLOEXEC))
        return;
    pid = fork();
    if (pid < 0)
        return;
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == 1)
            _exit(255); /* it died before that call */
        return;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!status && stream >= 0)
        xlx_helper_leave_stream(stream);
    xlx_helper_tell_phase(&h, status ? XLX_PHASE_FAILED : XLX_PHASE_COMPLETE);
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        kill(getpid(), WTERMSIG(status));
    }
    _exit(WEXITSTATUS(status));
}

int xlx_helper_run_stock(char **argv)
{
    static const char *const places[] = {
        ("/usr/lib/xen-" XEN_RELEASE "/bin/libxl-save-helper"),
        "/usr/libexec/xen/bin/libxl-save-helper",
        "/usr/lib/xen/bin/libxl-save-helper",
        "/usr/local/libexec/xen/bin/libxl-save-helper",
        "/usr/local/lib/xen/bin/libxl-save-helper",
    };

    stock_timed_child(argv[1] && argv[2] &&
                              !strcmp(argv[1], "--restore-domain")
                          ? atoi(argv[2])
                          : -1);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        argv[0] = (char *)places[i];
        execv(places[i], argv);
    }
    fprintf(stderr,
            "rackhop-save-helper: libxl-save-helper of Xen %s is not "
            "where it was looked for\n",
            XEN_RELEASE);
    return 127;
}
