/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the first words of the target host, before there is a move. */
#include "libxl-ext/migrate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/handshake.h"
#include "tools/base/loop.h"
#include "tools/base/clock.h"
#include "tools/base/text.h"

struct listener {
    struct loop_fd *watch;
    int fd;
    char line[256];
    size_t len;
    char *said;
    size_t saidlen;
};

static void greeting_hear(void *arg, short revents)
{
    struct listener *l = arg;
    char buf[512];
    ssize_t n = read(l->fd, buf, sizeof buf);

    if (n <= 0) {
        loop_remove(l->watch);
        l->watch = NULL;
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (buf[i] == '\n' || buf[i] == '\r') {
            if (l->len) /* it goes to a terminal */
                text_printable(l->said, l->saidlen, l->line, l->len);
            l->len = 0;
        } else if (l->len < sizeof l->line - 1) {
            l->line[l->len++] = buf[i];
        }
    }
}

int xlx_greeting(int in, int far_err, unsigned seconds,
                 const volatile sig_atomic_t *cancel,
                 const sigset_t *wait_mask, char **greeting_r, char *said,
                 size_t saidlen)
{
    struct listener l = { .fd = far_err, .said = said, .saidlen = saidlen };
    struct loop loop;
    int rc;

    *said = '\0';
    loop_init(&loop);
    loop.cancel = cancel;
    loop.wait_mask = wait_mask;
    l.watch = loop_add(&loop, far_err, POLLIN, greeting_hear, &l);
    rc = xlx_hs_greeting(&loop, in, greeting_r,
                         clock_us() + (uint64_t)seconds * 1000000);
    /* its last words may still be in the pipe */
    for (int i = 0; rc && rc != -EINTR && l.watch && i < 100; i++) {
        struct pollfd p = { .fd = far_err, .events = POLLIN };

        if (poll(&p, 1, 20) > 0)
            greeting_hear(&l, p.revents);
        else if (i > 10)
            break;
    }
    loop_dispose(&loop);
    return rc;
}
