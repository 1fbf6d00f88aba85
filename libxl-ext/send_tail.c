/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Compresses the tail of an HVM guest's stream (wire/tail.h). The helper, when
 * it has written libxc's part, waits until all of that has left the pipe. Then
 * libxl may write, and this reads it in place of the pump. When libxl is
 * through, what comes of it goes into the same pipe, and so out by the pump: it
 * is counted, and keeps to the rate.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "libxl-ext/handshake.h"
#include "libxl-ext/wire/pack_choice.h"
#include "libxl-ext/wire/tail.h"

enum { TAIL_S = 30, TAIL_FIRST = 1 << 18 };

bool xlx_send_tail_wanted(const struct sender *m)
{
    const struct xlx_send *s = m->s;

    return s->tail && s->codec && s->move_line && s->wire &&
           s->dom->type == XLX_HVM;
}

/* --- what libxl writes ----------------------------------------------------------- */

static int tail_make_room(struct sender *m)
{
    size_t room = m->tail.room ? 2 * m->tail.room : TAIL_FIRST;
    uint8_t *bytes;

    if (m->tail.n < m->tail.room)
        return 0;
    if (m->tail.n > TAIL_MAX)
        return -EMSGSIZE;
    if (room > TAIL_MAX + 1u)
        room = TAIL_MAX + 1u;
    bytes = realloc(m->tail.bytes, room);
    if (!bytes)
        return -ENOMEM;
    m->tail.bytes = bytes;
    m->tail.room = room;
    return 0;
}

/* All that waits. After a failure it is read as well: libxl must come to its
 * end. */
static void tail_ready(void *arg, short revents)
{
    struct sender *m = arg;
    ssize_t n;

    do {
        if (!m->tail.rc)
            m->tail.rc = tail_make_room(m);
        if (m->tail.rc)
            m->tail.n = 0;
        if (!m->tail.room)
            return;
        n = read(m->stream[0], m->tail.bytes + m->tail.n,
                 m->tail.room - m->tail.n);
        if (n > 0)
            m->tail.n += (size_t)n;
    } while (n > 0 || (n < 0 && errno == EINTR));
}

void xlx_send_tail_tick(struct sender *m)
{
    int piped = 0;

    if (!m->tail.due || m->stream[0] < 0 ||
        ioctl(m->stream[0], FIONREAD, &piped) || piped)
        return;
    if (!m->tail.in && !m->tail.rc)
        m->tail.rc = tail_make_room(m);
    if (!m->tail.in && !m->tail.rc) {
        m->tail.in = loop_add(&m->loop, m->stream[0], POLLIN, tail_ready, m);
        m->tail.rc = m->tail.in ? 0 : -ENOMEM;
        m->pump.held = m->tail.in;
    }
    /* without memory the pump carries it, and the move fails when it is over */
    m->tail.told =
        xlx_send_helper_tell(m, &(struct xlx_ctl){ .type = XLX_CTL_TAIL });
    m->tail.due = !m->tail.told;
}

/* --- what comes of it ------------------------------------------------------------- */

static enum pack_how tail_how(const struct sender *m)
{
    enum codec_wish wish = CODEC_AUTO;

    codec_wish_parse(m->s->codec, &wish);
    switch (wish) {
    case CODEC_ZSTD: return PACK_ZSTD;
    case CODEC_NONE: return PACK_NONE;
    case CODEC_AUTO: /* the quicker: it is short in either case */
    case CODEC_LZ4:
    case CODEC_OFF: break;
    }
    return PACK_LZ4;
}

static int tail_write(struct sender *m)
{
    uint8_t *wire = NULL;
    size_t n = 0;
    int rc = m->tail.rc;

    if (!rc)
        rc = tail_encode(m->tail.bytes, m->tail.n, tail_how(m), &wire, &n);
    m->pump.held = false;
    if (!rc)
        xtl_log(m->s->x->lg, XTL_INFO, -1, "rackhop",
                "the state of the guest's devices: %zu bytes, %zu on the wire",
                m->tail.n, n);
    if (!rc)
        rc = xlx_hs_write(&m->loop, m->stream[1], wire, n,
                          xlx_send_pause_deadline(m, TAIL_S));
    free(wire);
    return rc;
}

static int tail_explain(struct sender *m, int rc)
{
    if (rc == -ETIMEDOUT && xlx_send_pause_over(m))
        return xlx_send_pause_explain(m);
    if (rc == -EINTR) {
        msg_set(m->err, "cancelled");
    } else if (rc && !(m->target_closed && xlx_send_lanes_explain(m))) {
        msg_set(m->err, "the state of its devices could not be sent: %s",
                strerror(-rc));
        xlx_send_last_words(m);
    }
    return rc;
}

int xlx_send_tail(struct sender *m)
{
    bool waited = m->tail.told;

    if (!m->tail.on)
        return 0;
    m->tail.due = false;
    m->tail.told = true;
    if (!waited && !m->tail.rc) {
        msg_set(m->err, "the save helper did not wait for the state of the "
                        "guest's devices: it is of another rackhop; install "
                        "the package again");
        return -EPROTO;
    }
    if (m->tail.in)
        tail_ready(m, 0); /* the last of it */
    loop_remove(m->tail.in);
    m->tail.in = NULL;
    return tail_explain(m, tail_write(m));
}

void xlx_send_tail_dispose(struct sender *m)
{
    free(m->tail.bytes);
    m->tail.bytes = NULL;
    unsetenv(XLX_ENV_TAIL);
}
