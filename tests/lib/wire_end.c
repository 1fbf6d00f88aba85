/* SPDX-License-Identifier: LGPL-2.1-only */
/* Starts a rackhop-wire and keeps what it reports. */
#include "tests/lib/wire_end.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libxl-ext/carrier.h"

enum { HIGH = 20 }; /* above all descriptors that the program gets */

void wire_end_key(struct lane_start *s, unsigned seed)
{
    memset(s->id, 'i', sizeof s->id);
    for (size_t i = 0; i < sizeof s->key; i++)
        s->key[i] = (uint8_t)(seed + i * 7);
}

_Noreturn static void end_become(const int fd[CHUNK_STREAMS + 1])
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 40);

    path[n < 0 ? 0 : n] = '\0';
    if (strrchr(path, '/'))
        strcpy(strrchr(path, '/'), "/../rackhop-wire");
    for (int i = 0; i <= CHUNK_STREAMS; i++)
        if (dup2(fd[i], i) != i)
            _exit(127);
    /* of 64 MiB, ASan would keep more of what was freed than there is */
    setenv("ASAN_OPTIONS", "quarantine_size_mb=8", 1);
    execl(path, path, NULL);
    _exit(127);
}

static int end_high(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);

    if (high < 0)
        abort();
    close(fd);
    return high;
}

/* In odd pieces. */
static void end_say_pki(struct wire_end *e, const struct lane_start *s)
{
    size_t size = lane_start_pki_size(s), piece;

    for (size_t n = 0; n < size; n += piece) {
        piece = size - n < 1001 ? size - n : 1001;
        if (send(e->control, s->pki + n, piece, MSG_NOSIGNAL) !=
            (ssize_t)piece)
            return;
    }
}

void wire_end_start(struct wire_end *e, const struct lane_start *s)
{
    int theirs[CHUNK_STREAMS + 1], pair[2];
    char line[LANE_WORDS_MAX];
    size_t n = lane_start_put(s, line);

    memset(e, 0, sizeof *e);
    for (int i = 0; i < CHUNK_STREAMS; i++) {
        bool reads = s->source == (i == 0);

        if (pipe2(pair, O_CLOEXEC))
            abort();
        if (!i && !s->source) /* as xlx_carrier_start() makes it */
            fcntl(pair[0], F_SETPIPE_SZ, XLX_PIPE_IN);
        theirs[i] = end_high(pair[!reads]);
        e->stream[i] = end_high(pair[reads]);
        fcntl(e->stream[i], F_SETFL, O_NONBLOCK);
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        abort();
    theirs[CHUNK_STREAMS] = end_high(pair[0]);
    e->control = end_high(pair[1]);
    e->pid = fork();
    if (!e->pid)
        end_become(theirs);
    if (e->pid < 0 || send(e->control, line, n, 0) != (ssize_t)n)
        abort();
    for (int i = 0; i <= CHUNK_STREAMS; i++)
        close(theirs[i]);
    end_say_pki(e, s);
}

static void end_note(struct wire_end *e, const struct lane_report *r)
{
    switch (r->type) {
    case LANE_LISTENING: e->port = r->lane; break;
    case LANE_DIALS:
    case LANE_REACHED: break;
    case LANE_UP:
        e->up++;
        snprintf(e->cipher, sizeof e->cipher, "%.63s", r->text);
        break;
    case LANE_DOWN:
        e->down++;
        snprintf(e->why, sizeof e->why, "%s", r->text);
        break;
    case LANE_BYTES:
        e->acked = r->acked;
        e->taken = r->taken;
        e->resent = r->resent;
        break;
    case LANE_DONE: e->done = true; break;
    case LANE_FAILED: snprintf(e->why, sizeof e->why, "%s", r->text); break;
    case LANE_CERTIFICATES:
        e->own_ends_s = r->own_ends_s;
        e->other_ends_s = r->other_ends_s;
        snprintf(e->other, sizeof e->other, "%s", r->text);
        break;
    }
}

static bool end_hear_one(struct wire_end *e, int flags)
{
    char line[LANE_WORDS_MAX];
    ssize_t n = recv(e->control, line, sizeof line - 1, flags);
    struct lane_report r;

    if (n <= 0) {
        e->over |= n == 0;
        return false;
    }
    line[n] = '\0';
    if (lane_report_get(&r, line)) {
        fprintf(stderr, "no report: %s\n", line);
        abort();
    }
    end_note(e, &r);
    return true;
}

void wire_end_hear(struct wire_end *e)
{
    while (!e->over && end_hear_one(e, MSG_DONTWAIT))
        ;
}

void wire_end_await_port(struct wire_end *e)
{
    while (!e->port && end_hear_one(e, 0))
        ;
}

void wire_end_order(struct wire_end *e, enum lane_order_type type,
                    uint64_t value)
{
    struct lane_order o = { type, value };
    char line[LANE_WORDS_MAX];
    size_t n = lane_order_put(&o, line);

    (void)!send(e->control, line, n, MSG_NOSIGNAL);
}

void wire_end_close(struct wire_end *e, unsigned stream)
{
    if (e->stream[stream] >= 0)
        close(e->stream[stream]);
    e->stream[stream] = -1;
}

int wire_end_finish(struct wire_end *e, uint64_t *cpu_us_r)
{
    struct rusage u;
    int status = -1;

    while (!e->over && end_hear_one(e, 0))
        ;
    wait4(e->pid, &status, 0, &u);
    for (unsigned s = 0; s < CHUNK_STREAMS; s++)
        wire_end_close(e, s);
    close(e->control);
    if (cpu_us_r)
        *cpu_us_r =
            (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
            (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
    return status;
}
