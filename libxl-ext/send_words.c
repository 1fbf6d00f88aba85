/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Listens to the target host while a guest moves: its words and its log.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/wire/words.h"
#include "tools/base/text.h"

/* It counts all that came over the wire. It can't have more than was sent, nor
 * lose any of it again. */
static void words_ack(struct sender *m, uint64_t acked)
{
    acked = acked > m->prologue ? acked - m->prologue : 0;
    if (acked > m->acked && acked <= m->pump.bytes)
        m->acked = acked;
    m->acked_us = clock_us();
    /* at once: it may be what the helper waits for */
    xlx_send_helper_inflight(m);
}

static void words_report(struct sender *m, const struct word_report *w)
{
    struct xlx_times *t = &m->s->times;

    m->heard_us = clock_us();
    switch (w->type) {
    case WORD_ACK: words_ack(m, w->acked); break;
    case WORD_TIMES:
        t->target_last = w->times.last;
        t->target_built = w->times.built;
        t->target_restored = w->times.restored;
        t->target_go = w->times.go;
        t->target_unpaused = w->times.unpaused;
        t->target_done = w->times.done;
        break;
    case WORD_ERROR:
        snprintf(m->s->target_said, sizeof m->s->target_said, "%.255s",
                 w->text);
        break;
    case WORD_ALIVE:
    case WORD_REPORT_UNKNOWN:
    case WORD_NO_REPORT: break;
    }
}

/* One line of the target host's stderr: its rackhop's own, or for people. It
 * may go to a terminal. */
static void words_line(struct sender *m, const char *said)
{
    char line[sizeof m->line];
    struct word_report w;

    text_printable(line, sizeof line, said, strlen(said));
    word_report_parse(line, &w);
    if (m->s->acks && w.type != WORD_NO_REPORT) {
        words_report(m, &w);
        return;
    }
    if (!*line)
        return;
    if (!m->s->acks)
        snprintf(m->s->target_said, sizeof m->s->target_said, "%.255s", line);
    xlx_send_emit(m, &(struct xlx_event){ .type = XLX_EV_TARGET_TEXT,
                                          .dirty = -1,
                                          .text = line });
}

static void words_ready(void *arg, short revents)
{
    struct sender *m = arg;
    char buf[1024];
    ssize_t n = read(m->s->wire_err, buf, sizeof buf);

    if (n <= 0) {
        if (!n || (errno != EAGAIN && errno != EINTR)) {
            loop_remove(m->err_watch);
            m->err_watch = NULL;
        }
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (buf[i] == '\n' || m->line_len == sizeof m->line - 1) {
            m->line[m->line_len] = '\0';
            m->line_len = 0;
            words_line(m, m->line);
        } else if (buf[i] != '\r' && buf[i]) {
            m->line[m->line_len++] = buf[i];
        }
    }
}

static bool words_silent(void *arg)
{
    return !((struct sender *)arg)->err_watch;
}

void xlx_send_last_words(struct sender *m)
{
    /* the wire's end may overtake them */
    loop_run(&m->loop, words_silent, m, clock_us() + SECONDS);
    if (*m->s->target_said)
        msg_add(m->err, ": %s", m->s->target_said);
}

int xlx_send_words_open(struct sender *m)
{
    if (m->s->wire_err < 0)
        return 0;
    m->err_watch = loop_add(&m->loop, m->s->wire_err, POLLIN, words_ready, m);
    return m->err_watch ? 0 : -ENOMEM;
}
