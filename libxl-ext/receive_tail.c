/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Brings the tail of an HVM guest's stream back (wire/tail.h). The helper, when
 * it has read libxc's part, waits before it tells libxl. What has come behind
 * that part is read here, and written into the same pipe as libxl had it at the
 * source host: the source host says nothing more until it hears READY.
 */
#include "libxl-ext/receive_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libxl-ext/handshake.h"
#include "libxl-ext/wire/tail.h"

enum { TAIL_S = 60 }; /* for each part: what the source host has ready */

bool xlx_receive_tail_gives(const struct receiver *m)
{
    return m->tail.out;
}

static int tail_read(void *arg, void *buf, size_t n)
{
    struct receiver *m = arg;

    return xlx_hs_read(&m->loop, m->stream[0], buf, n,
                       clock_us() + TAIL_S * SECONDS);
}

static void tail_ready(void *arg, short revents)
{
    struct receiver *m = arg;
    ssize_t n = write(m->stream[1], m->tail.bytes + m->tail.at,
                      m->tail.n - m->tail.at);

    if (n > 0)
        m->tail.at += (size_t)n;
    if (m->tail.at < m->tail.n && (n > 0 || errno == EAGAIN || errno == EINTR))
        return;
    loop_remove(m->tail.out);
    m->tail.out = NULL;
}

static int tail_explain(struct receiver *m, int rc)
{
    if (rc == -EINTR)
        msg_set(m->err, "cancelled at the target host");
    else if (rc)
        msg_set(m->err,
                "the state of its devices did not arrive as it was sent: %s",
                strerror(-rc));
    return rc;
}

int xlx_receive_tail(struct receiver *m)
{
    const struct xlx_ctl go = { .type = XLX_CTL_TAIL };
    char line[XLX_CTL_MAX];
    int rc;

    m->tail.due = false;
    m->tail.taken = true;
    rc = tail_decode(tail_read, m, &m->tail.bytes, &m->tail.n);
    if (!rc && m->stream[1] < 0)
        rc = -EPIPE;
    if (!rc)
        m->tail.out = loop_add(&m->loop, m->stream[1], POLLOUT, tail_ready, m);
    if (!rc && !m->tail.out)
        rc = -ENOMEM;
    if (!rc && send(m->ctl, line, xlx_ctl_format(&go, line),
                    MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        rc = -errno;
    return tail_explain(m, rc);
}

void xlx_receive_tail_dispose(struct receiver *m)
{
    loop_remove(m->tail.out);
    m->tail.out = NULL;
    free(m->tail.bytes);
    m->tail.bytes = NULL;
    unsetenv(XLX_ENV_TAIL);
}
