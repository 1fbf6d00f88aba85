/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Goes over from ssh to lanes when the source host says so (docs/wire). This
 * process listens on them since its greeting, by rackhop-wire, and outlives its
 * ssh from then on: a move is over when its streams are, or when no lane was up
 * for as long as the source host said.
 */
#include "libxl-ext/receive_impl.h"

#include <errno.h>
#include <unistd.h>

static bool lanes_are_up(const struct receiver *m)
{
    return xlx_carrier_is_up(m->r->carrier);
}

bool xlx_receive_lanes_down(const struct receiver *m)
{
    return m->lanes.on && !lanes_are_up(m);
}

/* The source host has given up; by the lanes that would be heard, too. */
static void lanes_heed_quit(struct receiver *m)
{
    if (m->lanes.quit && !lanes_are_up(m))
        xlx_carrier_kill(m->r->carrier);
}

static void lanes_changed(void *arg)
{
    lanes_heed_quit(arg);
}

static void lanes_ssh_ready(void *arg, short revents)
{
    struct receiver *m = arg;
    int rc = xlx_quit_read(m->lanes.ssh_in, &m->lanes.word);

    if (rc == -EAGAIN)
        return;
    m->lanes.quit |= !rc;
    loop_remove(m->lanes.ssh_watch);
    m->lanes.ssh_watch = NULL;
    lanes_heed_quit(m);
}

static int lanes_take(struct receiver *m, unsigned patience_s)
{
    struct xlx_receive *r = m->r;
    struct xlx_carrier *c = r->carrier;
    int rc = m->stream[1] < 0 ? -EPIPE : xlx_pump_from(&m->pump, c->stream[0]);

    if (rc) /* ssh has ended in the same moment, say */
        return rc;
    m->lanes.on = true;
    m->lanes.ssh_in = r->in;
    m->lanes.ssh_out = r->out;
    r->in = c->stream[0];
    r->out = c->stream[1];
    /* what anyone prints here goes where stderr went */
    if (dup2(c->stream[2], STDERR_FILENO) < 0 ||
        dup2(c->stream[2], STDOUT_FILENO) < 0)
        return -errno;
    close(c->stream[2]);
    c->stream[2] = -1;
    m->lanes.ssh_watch =
        loop_add(&m->loop, m->lanes.ssh_in, POLLIN, lanes_ssh_ready, m);
    xlx_carrier_order(c, LANE_ORDER_PATIENCE, patience_s);
    if (r->detach)
        r->detach();
    return m->lanes.ssh_watch ? 0 : -ENOMEM;
}

int xlx_receive_lanes_read(struct receiver *m, const char *line)
{
    unsigned patience_s;
    int rc = word_lanes_take_parse(line, &patience_s);

    if (rc == -ENOENT)
        return 0;
    if (!rc && (!m->r->carrier || m->lanes.on))
        rc = -EPROTO; /* none were offered, or this was said before */
    return rc ? rc : lanes_take(m, patience_s);
}

void xlx_receive_lanes_chosen(struct receiver *m)
{
    if (m->r->carrier && !m->lanes.on) {
        xlx_carrier_leave(m->r->carrier);
        xlx_carrier_kill(m->r->carrier);
        xlx_carrier_end(m->r->carrier, 1000);
        m->r->carrier = NULL;
    }
}

int xlx_receive_lanes_open(struct receiver *m)
{
    struct xlx_carrier *c = m->r->carrier;

    return c ? xlx_carrier_join(c, &m->loop, lanes_changed, m) : 0;
}

void xlx_receive_lanes_close(struct receiver *m, bool failed)
{
    if (m->lanes.on && failed)
        (void)!write(m->lanes.ssh_out, WORD_QUIT "\n", sizeof WORD_QUIT);
    xlx_receive_lanes_chosen(m);
    if (m->r->carrier)
        xlx_carrier_leave(m->r->carrier);
}
