/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Talks to the source host's rackhop while a guest is taken in (docs/wire).
 */
#include "libxl-ext/receive_impl.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "libxl-ext/handshake.h"

enum {
    LEARN_S = 5,
    FIRST_LINES = 24, /* in front of the configuration */
    ACK_US = 50000,
    ALIVE_US = 2000000,
};
/* --- what is said ----------------------------------------------------------------- */

/* On stderr, between the lines that libxl logs there. */
void xlx_receive_say(struct receiver *m, const struct word_report *w)
{
    char line[WORD_LINE];

    if (m->r->control)
        (void)!write(STDERR_FILENO, line, word_report_format(w, line));
}

void xlx_receive_say_times(struct receiver *m)
{
    const struct xlx_times *t = &m->r->times;

    xlx_receive_say(m, &(struct word_report){
                           .type = WORD_TIMES,
                           .times = { t->target_last, t->target_built,
                                      t->target_restored, t->target_go,
                                      t->target_unpaused, t->target_done } });
}

/* Says how many bytes have been read, by rackhop or libxl; the rest wait in
 * the pipe between the two. */
static void words_ack(struct receiver *m, uint64_t now)
{
    uint64_t taken = m->pump.bytes;
    int waiting = 0;

    if (!xlx_receive_tail_gives(m) && !ioctl(m->stream[0], FIONREAD, &waiting))
        taken -= (uint64_t)waiting;
    m->acked_us = now;
    if (taken == m->acked)
        return;
    m->acked = taken;
    if (!m->r->times.target_built) /* later come only libxl's few bytes */
        m->r->times.target_last = now;
    xlx_receive_say(m,
                    &(struct word_report){ .type = WORD_ACK, .acked = taken });
}

/* Also while libxl is at work and no bytes come: the guest is suspended, and
 * the source host waits for no host that is gone. */
static void words_alive(struct receiver *m, uint64_t now)
{
    if (!m->r->control || now - m->alive_us < ALIVE_US ||
        xlx_receive_lanes_down(m)) /* it would only wait, for hours maybe */
        return;
    m->alive_us = now;
    xlx_receive_say(m, &(struct word_report){ .type = WORD_ALIVE });
}

uint64_t xlx_receive_tick(void *arg, uint64_t now)
{
    struct receiver *m = arg;
    uint64_t next = xlx_pump_tick(&m->pump, now);

    if ((m->pump.eof || m->pump.error) && m->stream[1] >= 0) {
        /* the processes that read the stream must see its end as well */
        xlx_pump_stop(&m->pump);
        close(m->stream[1]);
        m->stream[1] = -1;
    }
    if (m->pump.bytes != m->heard || xlx_receive_lanes_down(m)) {
        m->heard = m->pump.bytes;
        m->heard_us = now;
    }
    words_alive(m, now);
    if (next > now + ALIVE_US)
        next = now + ALIVE_US; /* also to notice a silence */
    if (m->pump.bytes != m->acked && now - m->acked_us >= ACK_US)
        words_ack(m, now);
    if (m->r->control && m->pump.bytes != m->acked &&
        next > m->acked_us + ACK_US)
        next = m->acked_us + ACK_US;
    return next;
}

/* --- what is read ------------------------------------------------------------------ */

/* Reads one line, without its line feed; "" after a failure, which is -EPROTO
 * when the line is longer than buf. */
static int words_read(struct receiver *m, char *buf, size_t size,
                      unsigned seconds)
{
    uint64_t deadline = clock_us() + seconds * SECONDS;

    for (size_t n = 0; n < size; n++) {
        int rc = xlx_hs_read(&m->loop, m->stream[0], &buf[n], 1, deadline);

        if (!rc && buf[n] == '\n') {
            buf[n] = '\0';
            return 0;
        }
        if (rc) {
            *buf = '\0';
            return rc;
        }
    }
    *buf = '\0';
    return -EPROTO;
}

/*
 * Reads which move this is: a rackhop source host puts that line in front of
 * the configuration, and the wire's version in front of it. Lines of a newer
 * version that are not known here are skipped.
 */
int xlx_receive_move(struct receiver *m)
{
    struct xlx_receive *r = m->r;
    struct word_codec codec;
    char line[WORD_LINE];

    for (int i = 0; i < FIRST_LINES; i++) {
        int rc = words_read(m, line, sizeof line, CONFIG_S);

        if (!rc && (line[0] != '@' || word_is_move(line))) {
            if (strlen(line) >= sizeof r->move_line)
                return -EPROTO;
            strcpy(r->move_line, line);
            return 0;
        }
        if (!rc && !strcmp(line, WORD_QUIT)) /* it was behind @lanes */
            rc = -EPIPE;
        if (!rc)
            rc = xlx_receive_lanes_read(m, line);
        if (!rc)
            rc = xlx_receive_arm_read(m, line);
        if (rc)
            return rc;
        word_wire_parse(line, &r->wire);
        if (!word_codec_parse(line, &codec)) {
            r->codec = codec.version;
            m->tail.on = codec.tail;
        }
        if (m->n_pins < WORD_PINS &&
            !word_pin_parse(line, &m->pins[m->n_pins]))
            m->n_pins++;
    }
    return -EPROTO;
}

void xlx_receive_learned(struct receiver *m)
{
    words_read(m, m->r->learned, sizeof m->r->learned, LEARN_S);
}
