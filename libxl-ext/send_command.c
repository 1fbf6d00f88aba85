/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Takes commands for a move from outside: `rackhop status` and `cancel`.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whether a command may come from outside; the other types pass only between
 * this process and the helper. */
static bool command_allowed(enum xlx_ctl_type t)
{
    switch (t) {
    case XLX_CTL_CUTOVER:
    case XLX_CTL_HOLD:
    case XLX_CTL_RELEASE:
    case XLX_CTL_ABORT:
    case XLX_CTL_RATE: return true;
    case XLX_CTL_ROUND:
    case XLX_CTL_PHASE:
    case XLX_CTL_LINK:
    case XLX_CTL_TAIL:
    case XLX_CTL_INFLIGHT: break;
    }
    return false;
}

static void command_take(struct sender *m, const struct xlx_ctl *c)
{
    if (!command_allowed(c->type))
        return;
    if (c->type == XLX_CTL_RATE) {
        xlx_pump_set_rate(&m->pump, c->value, clock_us());
        xlx_send_lanes_rate(m, c->value);
    }
    xlx_send_helper_tell(m, c);
    (void)!send(m->commander.fd, "ok", 2, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void command_ready(void *arg, short revents)
{
    struct sender *m = arg;
    char buf[XLX_CTL_MAX];
    struct xlx_ctl c;
    ssize_t n = recv(m->commander.fd, buf, sizeof buf, MSG_DONTWAIT);

    if (n > 0 && !xlx_ctl_parse(&c, buf, (size_t)n))
        command_take(m, &c);
    if (n > 0 || (n < 0 && errno == EAGAIN))
        return;
    loop_remove(m->commander.watch);
    m->commander.watch = NULL;
    close(m->commander.fd);
    m->commander.fd = -1;
}

/* One commander at a time: a second one is turned away. */
static void command_accept(void *arg, short revents)
{
    struct sender *m = arg;
    int fd = accept4(m->s->ctl_listen, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return;
    if (m->commander.fd < 0)
        m->commander.watch = loop_add(&m->loop, fd, POLLIN, command_ready, m);
    if (m->commander.fd >= 0 || !m->commander.watch) {
        close(fd);
        return;
    }
    m->commander.fd = fd;
}

int xlx_send_command_open(struct sender *m)
{
    if (m->s->ctl_listen < 0)
        return 0;
    m->commander.listen =
        loop_add(&m->loop, m->s->ctl_listen, POLLIN, command_accept, m);
    return m->commander.listen ? 0 : -ENOMEM;
}
