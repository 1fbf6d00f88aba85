/* SPDX-License-Identifier: LGPL-2.1-only */
/* Starts rackhop-wire for a move, commands it and hears what it says. */
#include "libxl-ext/carrier.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/base/clock.h"

enum {
    FDS = CHUNK_STREAMS + 1, /* that the program gets */
    HIGH = 16,               /* above these, wherever the caller has its own */
    LISTEN_MS = 5000,
    LOOK_MS = 20,
};

int xlx_carrier_key(struct lane_start *s)
{
    if (getrandom(s->id, sizeof s->id, 0) != (ssize_t)sizeof s->id ||
        getrandom(s->key, sizeof s->key, 0) != (ssize_t)sizeof s->key)
        return -EIO;
    return 0;
}

/* --- start ------------------------------------------------------------------------ */

/* In a session of its own: a ^C is for the move, which ends it in order. */
_Noreturn static void carrier_become(const char *program, const int fd[FDS])
{
    char name[] = "rackhop-wire", *argv[] = { name, NULL }, *env[] = { NULL };
    sigset_t none;

    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int i = 0; i < FDS; i++)
        if (dup2(fd[i], i) != i)
            _exit(127);
    close_range(FDS, ~0U, 0);
    execve(program, argv, env);
    _exit(127);
}

static int carrier_high(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH), rc = high < 0 ? -errno : high;

    close(fd);
    return rc;
}

static void carrier_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Both ends of one stream: the program's own is above what it will have. */
static int carrier_pipe(bool reads, int *theirs, int *ours)
{
    int pair[2];

    if (pipe2(pair, O_CLOEXEC))
        return -errno;
    *ours = carrier_high(pair[reads]);
    *theirs = carrier_high(pair[!reads]);
    return *ours < 0 || *theirs < 0 ? -EMFILE : 0;
}

static int carrier_fds(struct xlx_carrier *c, bool source, int theirs[FDS])
{
    int pair[2], rc = 0;

    for (int i = 0; i < FDS; i++)
        theirs[i] = -1;
    for (int i = 0; !rc && i < CHUNK_STREAMS; i++)
        rc = carrier_pipe(source == (i == 0), &theirs[i], &c->stream[i]);
    if (!rc && !source) /* it works with less, too */
        fcntl(c->stream[0], F_SETPIPE_SZ, XLX_PIPE_IN);
    if (!rc && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        rc = -errno;
    if (rc)
        return rc;
    c->control = carrier_high(pair[0]);
    theirs[CHUNK_STREAMS] = carrier_high(pair[1]);
    return c->control < 0 || theirs[CHUNK_STREAMS] < 0 ? -EMFILE : 0;
}

static int carrier_fork(struct xlx_carrier *c, const char *program,
                        const int theirs[FDS])
{
    c->pid = fork();
    if (!c->pid)
        carrier_become(program, theirs);
    return c->pid < 0 ? -errno : 0;
}

/* More than a socket may hold, to a program that may be stopped. */
static int carrier_say_pki(struct xlx_carrier *c, const struct lane_start *s)
{
    const struct timeval most = { .tv_sec = LISTEN_MS / 1000 };
    size_t size = lane_start_pki_size(s), piece;

    setsockopt(c->control, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    for (size_t n = 0; n < size; n += piece) {
        piece = size - n < LANE_PIECE ? size - n : LANE_PIECE;
        if (send(c->control, s->pki + n, piece, MSG_NOSIGNAL) !=
            (ssize_t)piece)
            return -EPIPE;
    }
    return 0;
}

/* The start line has the key, and what follows it this host's: neither is on a
 * command line or in a file of the move's. */
static int carrier_say_start(struct xlx_carrier *c, const struct lane_start *s)
{
    char line[LANE_WORDS_MAX];
    size_t n = lane_start_put(s, line);
    ssize_t r = send(c->control, line, n, MSG_NOSIGNAL);

    explicit_bzero(line, sizeof line);
    return r == (ssize_t)n ? carrier_say_pki(c, s) : -EPIPE;
}

/* What it said itself is the better reason. */
static int carrier_no_port(struct xlx_carrier *c)
{
    if (*c->why)
        return -EPIPE;
    if (c->over)
        snprintf(c->why, sizeof c->why,
                 "rackhop-wire has ended before it "
                 "listened");
    else
        snprintf(c->why, sizeof c->why,
                 "rackhop-wire does not listen yet after %u s",
                 (unsigned)LISTEN_MS / 1000);
    return c->over ? -EPIPE : -ETIMEDOUT;
}

static int carrier_await_port(struct xlx_carrier *c)
{
    uint64_t until = clock_us() + LISTEN_MS * UINT64_C(1000);

    while (!c->port && !c->over && clock_us() < until) {
        struct pollfd p = { .fd = c->control, .events = POLLIN };

        poll(&p, 1, LOOK_MS);
        xlx_carrier_hear(c);
    }
    return c->port ? 0 : carrier_no_port(c);
}

static int carrier_begin(struct xlx_carrier *c, const char *program,
                         const struct lane_start *s)
{
    int theirs[FDS], rc = carrier_fds(c, s->source, theirs);

    if (!rc)
        rc = carrier_fork(c, program, theirs);
    for (int i = 0; i < FDS; i++)
        carrier_close(&theirs[i]);
    if (!rc)
        rc = carrier_say_start(c, s);
    if (!s->source && (!rc || rc == -EPIPE)) /* it may be over already */
        rc = carrier_await_port(c);
    return rc;
}

int xlx_carrier_start(struct xlx_carrier *c, const char *program,
                      const struct lane_start *s, struct msg *err)
{
    int rc;

    *c = (struct xlx_carrier)XLX_CARRIER_NONE;
    c->lanes = s->lanes;
    c->by_pki = s->by_pki;
    c->started_us = clock_us();
    rc = access(program, X_OK) ? -errno : carrier_begin(c, program, s);
    if (!rc)
        return 0;
    if (*c->why)
        msg_set(err, "%s", c->why);
    else
        msg_set(err, "%s can't be started: %s", program, strerror(-rc));
    xlx_carrier_kill(c);
    xlx_carrier_end(c, 1000);
    return rc;
}

/* --- what it says ------------------------------------------------------------------- */

static void carrier_note(struct xlx_carrier *c, const struct lane_report *r)
{
    switch (r->type) {
    case LANE_LISTENING: c->port = r->lane; break;
    case LANE_DIALS:
        if (!c->dialed_us)
            c->dialed_us = clock_us();
        break;
    case LANE_REACHED: c->reached = true; break;
    case LANE_UP:
        c->up |= 1u << r->lane;
        snprintf(c->cipher, sizeof c->cipher, "%.63s", r->text);
        break;
    case LANE_DOWN:
        c->up &= ~(1u << r->lane);
        c->downs++;
        snprintf(c->why, sizeof c->why, "%s", r->text);
        break;
    case LANE_BYTES: c->resent = r->resent; break;
    case LANE_FAILED: snprintf(c->why, sizeof c->why, "%s", r->text); break;
    case LANE_CERTIFICATES:
        c->own_ends_s = (int64_t)r->own_ends_s;
        c->other_ends_s = (int64_t)r->other_ends_s;
        snprintf(c->other, sizeof c->other, "%s", r->text);
        break;
    case LANE_DONE: break;
    }
}

static void carrier_over(struct xlx_carrier *c)
{
    c->over = true;
    c->up = 0;
    loop_remove(c->watch);
    c->watch = NULL;
}

/* It reads what any network sends: what is no report is passed over. */
void xlx_carrier_hear(struct xlx_carrier *c)
{
    char line[LANE_WORDS_MAX];
    struct lane_report r;

    while (c->control >= 0 && !c->over) {
        ssize_t n = recv(c->control, line, sizeof line - 1, MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            carrier_over(c);
            return;
        }
        line[n] = '\0';
        if (!lane_report_get(&r, line))
            carrier_note(c, &r);
    }
}

static void carrier_ready(void *arg, short revents)
{
    struct xlx_carrier *c = arg;

    xlx_carrier_hear(c);
    c->changed(c->arg);
}

int xlx_carrier_join(struct xlx_carrier *c, struct loop *l,
                     void (*changed)(void *arg), void *arg)
{
    c->changed = changed;
    c->arg = arg;
    if (c->over)
        return 0;
    c->watch = loop_add(l, c->control, POLLIN, carrier_ready, c);
    return c->watch ? 0 : -ENOMEM;
}

void xlx_carrier_leave(struct xlx_carrier *c)
{
    loop_remove(c->watch);
    c->watch = NULL;
}

bool xlx_carrier_is_up(const struct xlx_carrier *c)
{
    return c->pid > 0 && !c->over && c->up;
}

bool xlx_carrier_has_tried(const struct xlx_carrier *c)
{
    return c->up || c->over || c->downs >= c->lanes;
}

/* --- what it is told ------------------------------------------------------------------ */

void xlx_carrier_order(struct xlx_carrier *c, enum lane_order_type type,
                       uint64_t value)
{
    const struct lane_order o = { type, value };
    char line[LANE_WORDS_MAX];
    size_t n = lane_order_put(&o, line);

    if (c->control >= 0)
        (void)!send(c->control, line, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void xlx_carrier_kill(struct xlx_carrier *c)
{
    if (c->pid > 0)
        kill(c->pid, SIGKILL);
}

/* Only a process that waits for its end reaps it; its own end is no hurry. */
static void carrier_reap(struct xlx_carrier *c, unsigned ms)
{
    for (unsigned waited = 0; c->pid > 0; waited += LOOK_MS) {
        pid_t r = waitpid(c->pid, NULL, WNOHANG);

        if (r == c->pid || (r < 0 && errno != EINTR))
            c->pid = -1;
        else if (waited >= ms)
            return;
        else
            poll(NULL, 0, LOOK_MS);
    }
}

void xlx_carrier_end(struct xlx_carrier *c, unsigned ms)
{
    xlx_carrier_leave(c);
    for (int i = 0; i < CHUNK_STREAMS; i++)
        carrier_close(&c->stream[i]);
    carrier_close(&c->control);
    carrier_reap(c, ms);
}

/* --- a word over ssh ---------------------------------------------------------------------- */

int xlx_quit_read(int fd, struct xlx_quit *q)
{
    static const char quit[] = WORD_QUIT;
    char buf[64];
    ssize_t n = read(fd, buf, sizeof buf);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return -EAGAIN;
    for (ssize_t i = 0; i < n; i++) {
        if (buf[i] != '\n') {
            if (q->n < sizeof q->line)
                q->line[q->n] = buf[i];
            q->n += q->n <= sizeof q->line;
            continue;
        }
        if (q->n == sizeof quit - 1 && !memcmp(q->line, quit, q->n))
            return 0;
        q->n = 0;
    }
    return n > 0 ? -EAGAIN : -EPIPE;
}
