/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads and writes what xenstore has below a domain's path, and tells whether
 * xenstore answers at all.
 */
#include "libxl-ext/xlx_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenstore.h>

#include "tools/base/clock.h"

enum { ANSWER_MS = 20000, LOOK_MS = 100 };

int xlx_store_read(struct xlx *x, uint32_t domid, const char *key, char *buf,
                   size_t size)
{
    char path[200];
    unsigned len;
    char *value;
    int rc = 0;

    *buf = '\0';
    snprintf(path, sizeof path, "/local/domain/%" PRIu32 "/%s", domid, key);
    errno = 0;
    value = xs_read(x->xsh, XBT_NULL, path, &len);
    if (!value)
        return errno ? -errno : -EIO;
    if (len >= size || memchr(value, '\0', len))
        rc = -E2BIG;
    else
        memcpy(buf, value, len + 1); /* xs_read() ends it with a NUL */
    free(value);
    return rc;
}

int xlx_store_write(struct xlx *x, uint32_t domid, const char *key,
                    const char *value)
{
    char path[200];
    bool ok;

    snprintf(path, sizeof path, "/local/domain/%" PRIu32 "/%s", domid, key);
    errno = 0;
    if (value)
        ok = xs_write(x->xsh, XBT_NULL, path, value, (unsigned)strlen(value));
    else
        ok = xs_rm(x->xsh, XBT_NULL, path);
    if (ok || (!value && errno == ENOENT))
        return 0;
    return errno ? -errno : -EIO;
}

/* The library waits for ever, so a child process asks. It ends when there was
 * an answer, whatever it is. */
static pid_t store_ask(void)
{
    pid_t pid = fork();
    struct xs_handle *h;
    unsigned n;

    if (pid)
        return pid;
    h = xs_open(0);
    if (h)
        free(xs_directory(h, XBT_NULL, "/", &n));
    _exit(0);
}

bool xlx_store_answers(void)
{
    int64_t until = clock_ms() + ANSWER_MS;
    int wait_ms = 1;
    pid_t pid = store_ask();

    if (pid < 0)
        return true; /* it is not known; whoever asks next will see */
    while (waitpid(pid, NULL, WNOHANG) == 0) {
        if (clock_ms() >= until) {
            kill(pid, SIGKILL);
            return waitpid(pid, NULL, WNOHANG) < 0;
        }
        poll(NULL, 0, wait_ms);
        wait_ms = wait_ms < LOOK_MS ? wait_ms * 2 : LOOK_MS;
    }
    return true;
}
