/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A whole move without Xen: send.c and receive.c in two processes, over a
 * libxl that only notes what it is told (tests/lib/fake_libxl.h), with this
 * test as the wire between them. It is long because all of it stands on the
 * same two processes. Every fault ends with one of the promised
 * outcomes, and whatever happens the laws hold:
 *
 *   at no moment do both copies run;
 *   the guest is never gone from both ends;
 *   each end's verdict agrees with what its host holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <libxl.h>

#include "libxl-ext/cap.h"
#include "libxl-ext/ctl.h"
#include "libxl-ext/handshake.h"
#include "libxl-ext/xlx_impl.h"
#include "tests/lib/fake_libxl.h"
#include "tests/lib/tmpdir.h"
#include "tools/log.h"

static const char config[] =
    "{\"c_info\":{\"name\":\"web1\",\"type\":\"pvh\"}}";

enum { ALL = 1 << 30, HEADER = 52, NO_EVENT = -1 };

/* What is done to one move. */
struct scenario {
    struct fake_plan plan;
    bool xl;       /* the far end speaks xl's wire alone: no acks, no times */
    bool paused;   /* -p */
    size_t cut[2]; /* bytes that pass from source, from target */
    bool silent;   /* beyond them nothing passes, but nothing closes */
    int cancel_at; /* an event of the source; NO_EVENT */
    bool cancel_ready;      /* the target is cancelled when it is ready */
    enum ho_state unstored; /* this record .. */
    enum ho_input unstored_as;
    enum ho_input answer;   /* of the far end's record; 0: none */
    const char *jump_after; /* when this was noted .. */
    unsigned jump_s;        /* .. so much time has passed */
    unsigned jumps;         /* so often; 0: again and again */
    bool await_gone; /* the source has READY and sees that the wire closed */
    const char *far_says; /* instead of a target: this after the stream */
    size_t far_says_len;
    enum xlx_verdict on_limit;
    unsigned deadline_s, max_pause_ms;
    const char *command; /* sent to the control socket at the first round */
    bool throttle, uncapped; /* it is not recorded that it is slowed down */
    unsigned vcpus;
    uint64_t rate;
    const char *move_line; /* which move it is; the target waits for it */
    unsigned wire;         /* the version that the source host says */
    const char *codec;     /* how it packs memory */
    bool arm;              /* its domain is finished before it is suspended */
    bool tail;             /* the target host takes the tail in frames */
    struct word_pin pin;   /* of its vCPUs; hard "": none */
    const char *hold; /* what a move that is held hears; NULL: it is not */
    bool hold_open;   /* and more might come */
};

struct result {
    int rc, status;
    enum xlx_outcome outcome;
    struct msg err;
    uint64_t bytes, acked;
    unsigned rounds, too_late, cancels_seen;
    enum xlx_reason why;
    uint64_t dirty_pps, dirty_set, pages, last_pages;
    struct xlx_times times;
    bool config_came, stdin_open, unstarted, cap_left;
    unsigned throttled;
    char name[64], learned[128], move_line[256];
    unsigned wire, codec;
};

static struct fake_world *w;
static struct result *res; /* shared, of the source and the target */
static struct scenario sc;
static volatile sig_atomic_t cancels;
static unsigned jumped;
static size_t carried; /* bytes from the source host */
static char *contexts; /* of armed guests */

static struct scenario well(void)
{
    return (struct scenario){
        .plan = { .stream_bytes = 100000, .rounds = 3, .free_kib = 1 << 20 },
        .cut = { ALL, ALL },
        .cancel_at = NO_EVENT,
        .on_limit = XLX_STOP,
    };
}

/* --- the two hosts --------------------------------------------------------------- */

static void on_wake(int sig)
{
}

static void host_setup(enum fake_end end)
{
    struct sigaction sa = { .sa_handler = on_wake };

    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGUSR1, &sa, NULL); /* the clock has jumped: look again */
    fake_be(w, end);
}

static enum ho_input note_store(void *arg, const struct ho *h,
                                const char *uuid, const char *name,
                                uint32_t domid)
{
    if (h->next == HO_READY && sc.cancel_ready)
        cancels++;
    if (h->role == HO_TARGET && !domid != (h->next == HO_RECEIVING) &&
        h->next != HO_ABORTED)
        fake_note("wrong domid at %s", ho_state_name(h->next));
    if (sc.unstored && h->next == sc.unstored) {
        fake_note("could not record %s", ho_state_name(h->next));
        return sc.unstored_as;
    }
    fake_note("recorded %s", ho_state_name(h->next));
    return HO_STORED;
}

static enum ho_input note_ask(void *arg, unsigned seconds)
{
    fake_note("asked");
    return sc.answer ? sc.answer : HO_ANS_NONE;
}

static int note_capped(void *arg, const struct xlx_cap *cap)
{
    if (sc.uncapped)
        return -EIO;
    fake_note("recorded cap %u, set %u %u", cap->own, cap->set[0],
              cap->set[1]);
    return 0;
}

static const char *note_why(void *arg)
{
    return "no space left";
}

/* Stock xl, which has no records, marks nothing. */
static const char *note_mark(void *arg)
{
    return "5 hand-1";
}

static const struct xlx_handover handover = { .store = note_store,
                                              .capped = note_capped,
                                              .mark = note_mark,
                                              .ask = note_ask,
                                              .why = note_why };

static void command_arrives(const char *text)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    /* abstract: gone with the process */
    snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "rackhop-test-%d",
             getpid());
    if (connect(fd, (struct sockaddr *)&a, sizeof a) ||
        send(fd, text, strlen(text), 0) < 0)
        fake_note("command not taken");
    /* stays open; its answer is noted at the end of the move */
    fcntl(fd, F_DUPFD, 200);
    close(fd);
}

static int listen_for_commands(void)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "rackhop-test-%d",
             getpid());
    if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 1))
        _exit(3);
    return fd;
}

static void on_event(void *arg, const struct xlx_event *ev)
{
    static bool commanded, all;
    const int *wire_in = arg;

    if (ev->acked == ev->bytes && ev->bytes == sc.plan.stream_bytes * 3 / 4 &&
        !all) {
        all = true;
        fake_note("nothing in flight");
    }
    if (ev->type == XLX_EV_READY && sc.await_gone) {
        struct pollfd p = { .fd = *wire_in, .events = 0 };

        poll(&p, 1, 60000); /* POLLHUP needs no asking */
    }

    if (ev->type == XLX_EV_HELD)
        fake_note("held");
    if ((int)ev->type == sc.cancel_at) {
        sc.cancel_at = NO_EVENT;
        cancels++;
    }
    if (ev->type == XLX_EV_ROUND && sc.command && !commanded) {
        commanded = true;
        command_arrives(sc.command);
    }
    if (ev->type == XLX_EV_ROUND)
        w->rounds_seen++;
    if (ev->type == XLX_EV_TOO_LATE)
        res[FAKE_SOURCE].too_late++;
    if (ev->type == XLX_EV_CANCEL)
        res[FAKE_SOURCE].cancels_seen++;
    if (ev->type == XLX_EV_TARGET_TEXT)
        fake_note("hears: %s", ev->text);
    if (ev->acked > res[FAKE_SOURCE].acked)
        res[FAKE_SOURCE].acked = ev->acked;
}

static void what_was_learned(const struct xlx_send *s, char *buf, size_t len)
{
    snprintf(buf, len, "dirty_mib_s=%.1f\n", (double)s->dirty_pps);
}

static int hold_start(void *arg, struct xlx_send *s, const char *line,
                      struct msg *err)
{
    if (strcmp(line, "start")) {
        msg_set(err, "%s is no start", line);
        return -EPROTO;
    }
    fake_note("is told to start");
    s->rate = 4000000;
    return 0;
}

/* A pipe with what a move that is held will hear. */
static int hold_open(void)
{
    int p[2];

    if (pipe2(p, O_CLOEXEC) ||
        write(p[1], sc.hold, strlen(sc.hold)) != (ssize_t)strlen(sc.hold))
        _exit(3);
    if (!sc.hold_open)
        close(p[1]);
    return p[0];
}

/* The child of the fork: xlx_send_run and what became of it. */
_Noreturn static void source(int in, int out, int err)
{
    struct xlx x = { .ctx = (libxl_ctx *)1, .lg = log_new(-1) };
    char name[] = "web1", *greeting = NULL;
    struct xlx_domain dom = { .domid = 5,
                              .name = name,
                              .vcpus = sc.vcpus,
                              .type = sc.plan.tail ? XLX_HVM : XLX_PVH };
    struct result *r = &res[FAKE_SOURCE];
    struct xlx_send s = { .x = &x,
                          .dom = &dom,
                          .config_json = config,
                          .wire_out = out,
                          .wire_in = in,
                          .wire_err = err,
                          .helper = "/none",
                          .acks = !sc.xl,
                          .rate = sc.rate,
                          .ctl_listen =
                              sc.command ? listen_for_commands() : -1,
                          .handover = &handover,
                          .move_line = sc.move_line,
                          .wire = sc.wire,
                          .codec = sc.codec,
                          .arm = sc.arm,
                          .tail = sc.tail,
                          .cancel = &cancels,
                          .event = on_event,
                          .arg = &in,
                          .learned = what_was_learned };

    const struct xlx_hold hold = { sc.hold ? hold_open() : -1, 120, hold_start,
                                   NULL };

    s.hold = sc.hold ? &hold : NULL;
    dom.needs.n_pins = *sc.pin.hard ? 1 : 0;
    dom.needs.pins[0] = sc.pin;
    host_setup(FAKE_SOURCE);
    xlx_policy_init(&s.policy);
    s.policy.on_limit = sc.on_limit;
    s.policy.max_seconds = sc.deadline_s;
    s.policy.max_pause_ms = sc.max_pause_ms;
    s.policy.throttle = sc.throttle;
    r->outcome = XLX_STAYED;
    r->rc = xlx_greeting(in, err, 60, &cancels, NULL, &greeting, r->err.text,
                         sizeof r->err.text);
    free(greeting);
    if (!r->rc) {
        r->rc = xlx_send_run(&s, &r->err);
        r->outcome = s.outcome;
    } else {
        fake_note("no banner");
    }
    r->unstarted = s.unstarted;
    r->throttled = s.throttled;
    r->cap_left = s.cap_left;
    r->bytes = s.bytes;
    r->rounds = s.rounds;
    r->why = s.why;
    r->dirty_pps = s.dirty_pps;
    r->dirty_set = s.dirty_set;
    r->pages = s.pages;
    r->last_pages = s.last_pages;
    r->times = s.times;
    r->stdin_open = fcntl(STDIN_FILENO, F_GETFD) >= 0;
    if (sc.command) {
        char answer[8] = "";

        (void)!recv(200, answer, sizeof answer - 1, MSG_DONTWAIT);
        fake_note("answer %s", answer);
    }
    log_free(x.lg);
    exit(0);
}

_Noreturn static void target(int in, int out, int err)
{
    struct xlx x = { .ctx = (libxl_ctx *)1, .lg = log_new(-1) };
    struct result *r = &res[FAKE_TARGET];
    struct xlx_receive v = { .x = &x,
                             .in = in,
                             .out = out,
                             .control = !sc.xl,
                             .paused = sc.paused,
                             .helper = sc.xl ? NULL : "/none",
                             .contexts = contexts,
                             .handover = &handover,
                             .move_first = sc.move_line,
                             .cancel = &cancels };

    dup2(err, STDERR_FILENO);
    close(err);
    host_setup(FAKE_TARGET);
    r->rc = xlx_receive_run(&v, &r->err);
    r->times = v.times;
    r->config_came = v.config_came;
    snprintf(r->name, sizeof r->name, "%s", v.name ? v.name : "");
    snprintf(r->learned, sizeof r->learned, "%s", v.learned);
    snprintf(r->move_line, sizeof r->move_line, "%s", v.move_line);
    r->wire = v.wire;
    r->codec = v.codec;
    xlx_receive_dispose(&v);
    log_free(x.lg);
    exit(0);
}

/* A far end that is none: takes all, then says what it is told to. */
_Noreturn static void impostor(int in, int out, int err)
{
    size_t n, len, left = HEADER + sizeof config + sc.plan.stream_bytes;
    const char *text = xlx_hs_text(XLX_HS_BANNER, &len);
    char buf[4096];

    signal(SIGPIPE, SIG_IGN);
    (void)!write(out, text, len);
    while (left) {
        n = left < sizeof buf ? left : sizeof buf;
        ssize_t r = read(in, buf, n);
        if (r <= 0)
            exit(0);
        left -= (size_t)r;
    }
    (void)!write(err, "a\033[2J\177\r\n", 8);
    close(err);
    (void)!write(out, sc.far_says, sc.far_says_len);
    exit(0);
}

/* --- the wire --------------------------------------------------------------------- */

struct way {
    int from, to;
    size_t left;
};

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Bytes of one way; false when the wire is to break. */
static bool carry(struct way *y)
{
    char buf[8192];
    size_t want = y->left < sizeof buf ? y->left : sizeof buf;
    ssize_t n;

    if (!want)
        return false;
    n = read(y->from, buf, want);
    if (n <= 0) {
        shut(&y->from);
        shut(&y->to);
        return true;
    }
    for (ssize_t at = 0; at < n;) {
        ssize_t r = write(y->to, buf + at, (size_t)(n - at));

        if (r <= 0) { /* nobody reads any more */
            shut(&y->from);
            shut(&y->to);
            return true;
        }
        at += r;
    }
    y->left -= (size_t)n;
    return y->left > 0;
}

static bool noted(const char *s)
{
    return strstr(w->log, s) != NULL;
}

static void jump(const pid_t *pid)
{
    if (sc.jumps && jumped++ >= sc.jumps)
        return;
    w->clock_us += sc.jump_s * 1000000ull;
    for (int i = 0; i < 2; i++)
        kill(pid[i], SIGUSR1);
}

/* Until both ends are through; the one that has ended is reaped later. */
static void relay(struct way *y, const pid_t *pid)
{
    int idle = 0;

    while (y[0].from >= 0 || y[1].from >= 0) {
        struct pollfd p[2] = { { y[0].from, POLLIN, 0 },
                               { y[1].from, POLLIN, 0 } };
        int n;

        for (int i = 0; i < 2; i++)
            if (sc.silent && !y[i].left)
                p[i].events = 0; /* only the end of it is seen */
        n = poll(p, 2, 50);
        if (sc.jump_s &&
            (sc.jump_after ? noted(sc.jump_after) : !n && ++idle > 4)) {
            jump(pid);
            idle = 0;
        }
        for (int i = 0; i < 2; i++) {
            if (p[i].fd < 0 || !p[i].revents)
                continue;
            if (!y[i].left && sc.silent) {
                shut(&y[i].from); /* it has gone */
                shut(&y[i].to);
            } else if (!carry(&y[i]) && !sc.silent) {
                for (int k = 0; k < 2; k++) {
                    shut(&y[k].from);
                    shut(&y[k].to);
                }
            }
        }
    }
}

static void close_above(int fd)
{
    for (int i = 3; i < 64; i++)
        if (i > fd)
            close(i);
}

static void move_once(const struct scenario *s)
{
    int p[5][2]; /* source out, target in, target out, source in, stderr */
    struct way y[2];
    pid_t pid[2];

    sc = *s;
    cancels = 0;
    jumped = 0;
    fflush(NULL);
    w = fake_world_new();
    w->plan = sc.plan;
    w->cap = sc.plan.cap;
    w->cpu_ns = sc.plan.cpu[0] ? 1000000000 : 0;
    res = mmap(NULL, 2 * sizeof *res, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 5; i++)
        if (pipe2(p[i], O_CLOEXEC))
            fail_msg("no pipe");
    pid[FAKE_SOURCE] = fork();
    if (!pid[FAKE_SOURCE]) {
        int in = fcntl(p[3][0], F_DUPFD, 64),
            out = fcntl(p[0][1], F_DUPFD, 64),
            err = fcntl(p[4][0], F_DUPFD, 64);

        close_above(2);
        source(in, out, err);
    }
    pid[FAKE_TARGET] = fork();
    if (!pid[FAKE_TARGET]) {
        int in = fcntl(p[1][0], F_DUPFD, 64),
            out = fcntl(p[2][1], F_DUPFD, 64),
            err = fcntl(p[4][1], F_DUPFD, 64);

        close_above(2);
        if (sc.far_says)
            impostor(in, out, err);
        target(in, out, err);
    }
    y[0] = (struct way){ p[0][0], p[1][1], sc.cut[0] };
    y[1] = (struct way){ p[2][0], p[3][1], sc.cut[1] };
    close(p[0][1]);
    close(p[1][0]);
    close(p[2][1]);
    close(p[3][0]);
    close(p[4][0]);
    close(p[4][1]);
    relay(y, pid);
    carried = sc.cut[0] - y[0].left;
    for (int i = 0; i < 2; i++) {
        while (waitpid(pid[i], &res[i].status, WNOHANG) == 0) {
            poll(NULL, 0, 5);
            if (sc.jump_s && sc.jump_after && noted(sc.jump_after))
                jump(pid);
        }
    }
}

static void forget(void)
{
    munmap(res, 2 * sizeof *res);
    fake_world_free(w);
}

/* --- the laws ------------------------------------------------------------------------ */

static const char *outcome_name(enum xlx_outcome o)
{
    return o == XLX_STAYED ? "stayed" : o == XLX_MOVED ? "moved" : "doubt";
}

#define LAW(cond_)                                                            \
    do {                                                                      \
        if (!(cond_))                                                         \
            broken(#cond_, __LINE__);                                         \
    } while (0)

static void broken(const char *law, int line)
{
    fail_msg("line %d: %s\nsource: %s, rc %d (%s), status %x; holds it %s as "
             "%s\ntarget: rc %d (%s), status %x; holds it %s\n%s",
             line, law, outcome_name(res[0].outcome), res[0].rc,
             res[0].err.text, (unsigned)res[0].status,
             fake_state_name(fake_state(w, 0)), w->name[0], res[1].rc,
             res[1].err.text, (unsigned)res[1].status,
             fake_state_name(fake_state(w, 1)), w->log);
}

static bool killed(int end)
{
    return WIFEXITED(res[end].status) &&
           WEXITSTATUS(res[end].status) == FAKE_DIED;
}

static void check_source(void)
{
    enum fake_state here = fake_state(w, FAKE_SOURCE);
    enum fake_state there = fake_state(w, FAKE_TARGET);

    LAW(res[0].stdin_open);
    switch (res[0].outcome) {
    case XLX_STAYED:
        LAW(res[0].rc < 0);
        LAW(w->cap == sc.plan.cap || res[0].cap_left ||
            w->cap == sc.plan.others_cap);
        LAW(here == FAKE_RUNNING || here == FAKE_ENDED ||
            sc.plan.save == SAVE_DESTROYED);
        LAW(there != FAKE_RUNNING);
        LAW(here != FAKE_RUNNING || !strcmp(w->name[0], "web1") ||
            noted("S fails to rename web1"));
        LAW(noted("log-dirty off") || noted("no banner") ||
            sc.unstored == HO_PREPARED || res[0].unstarted);
        LAW(noted("S recorded aborted") || noted("no banner") || sc.unstored ||
            res[0].unstarted);
        break;
    case XLX_MOVED:
        LAW(!res[0].rc);
        LAW(here == FAKE_ABSENT || sc.plan.destroy_rc[0] ||
            noted("S fails to destroy"));
        LAW(there == (sc.paused ? FAKE_PAUSED : FAKE_RUNNING) || sc.far_says);
        LAW(noted("S recorded done") || sc.unstored == HO_DONE);
        break;
    case XLX_DOUBT:
        LAW(res[0].rc < 0);
        LAW(here == FAKE_SUSPENDED);
        break;
    }
}

static void check_target(void)
{
    enum fake_state there = fake_state(w, FAKE_TARGET);

    if (res[1].rc)
        LAW(there == FAKE_ABSENT || noted("T fails to destroy"));
    else
        LAW(there == (sc.paused ? FAKE_PAUSED : FAKE_RUNNING));
}

static void check_laws(void)
{
    LAW(!w->violations);
    LAW(!strstr(w->log, "wrong domid"));
    LAW(fake_state(w, 0) != FAKE_ABSENT || fake_state(w, 1) != FAKE_ABSENT ||
        sc.plan.save == SAVE_DESTROYED || sc.far_says);
    LAW(killed(0) || !res[0].status);
    LAW(killed(1) || !res[1].status);
    if (!killed(0))
        check_source();
    if (!killed(1) && !sc.far_says)
        check_target();
}

static void expect(const struct scenario *s, enum xlx_outcome o, int rc,
                   const char *text)
{
    move_once(s);
    check_laws();
    LAW(res[0].outcome == o);
    LAW(res[0].rc == rc);
    if (!strstr(res[0].err.text, text))
        fail_msg("\"%s\" does not say \"%s\"\n%s", res[0].err.text, text,
                 w->log);
}

static size_t text_len(enum xlx_hs_msg m)
{
    size_t len;

    xlx_hs_text(m, &len);
    return len;
}

/* --- success -------------------------------------------------------------------------- */

static void test_moves(void **state)
{
    struct scenario s = well();

    expect(&s, XLX_MOVED, 0, "");
    LAW(res[1].rc == 0);
    assert_string_equal(res[1].name, "web1");
    assert_string_equal(w->name[1], "web1");
    assert_int_equal(res[0].bytes, 100000);
    assert_in_range(res[0].acked, 0, 100000);
    assert_int_equal(res[0].rounds, 3);
    assert_int_equal(res[0].pages, 3000);
    assert_int_equal(res[0].last_pages, 7);
    /* of the shortest round that took a second */
    assert_int_equal(res[0].dirty_pps, 99 / 2);
    assert_int_equal(res[0].dirty_set, 502);
    assert_int_equal(res[0].why, XLX_WHY_TARGET);
    assert_string_equal(res[1].learned, "dirty_mib_s=49.0");
    /* each moment was seen, and the far end's came over */
    LAW(res[0].times.suspend && res[0].times.suspended);
    LAW(res[0].times.flushed <= res[0].times.ready);
    LAW(res[0].times.ready <= res[0].times.go);
    LAW(res[0].times.go <= res[0].times.report);
    LAW(res[0].times.target_built && res[0].times.target_done);
    LAW(res[0].times.target_go == res[1].times.target_go);
    LAW(strstr(w->log, "S recorded go") > strstr(w->log, "T recorded ready"));
    LAW(strstr(w->log, "T unpause") > strstr(w->log, "S recorded go"));
    LAW(strstr(w->log, "T unpause") > strstr(w->log, "T recorded accepted"));
    LAW(strstr(w->log, "S destroy") > strstr(w->log, "S recorded done"));
    LAW(strstr(w->log, "S destroy") > strstr(w->log, "T unpause"));
    forget();
}

static void test_moves_over_xls_wire(void **state)
{
    struct scenario s = well();

    s.xl = true;
    expect(&s, XLX_MOVED, 0, "");
    assert_int_equal(res[0].acked, 0);
    assert_int_equal(res[0].times.target_done, 0);
    assert_string_equal(res[1].learned, "");
    forget();
    s = well();
    s.paused = true;
    expect(&s, XLX_MOVED, 0, "");
    LAW(!noted("T unpause"));
    forget();
    /* what is left of the copy is told, not hidden: the guest has moved */
    s = well();
    s.plan.destroy_rc[FAKE_SOURCE] = ERROR_FAIL;
    expect(&s, XLX_MOVED, 0, "");
    forget();
    /* so is a name that could not be given */
    s = well();
    s.plan.rename_rc[FAKE_TARGET] = ERROR_FAIL;
    expect(&s, XLX_MOVED, 0, "");
    forget();
}

/* docs/wire: the lines in front of the configuration, of each version. */
static void test_names_the_move(void **state)
{
#define MOVE "@move 7c0e1d2a-1111-2222-3333-444455556666 12 run.1.2 r1h1"
    static const struct {
        const char *move_line;
        unsigned wire, got;
    } rows[] = {
        { MOVE "\n", 0, 0 },
        { MOVE "\n", 1, 1 },
        { MOVE "\n", 7, 7 },
        { "@future word\n" MOVE "\n", 2, 2 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scenario s = well();

        s.move_line = rows[i].move_line;
        s.wire = rows[i].wire;
        expect(&s, XLX_MOVED, 0, "");
        assert_string_equal(res[1].move_line, MOVE);
        assert_int_equal(res[1].wire, rows[i].got);
        /* what stands in front is no part of the stream */
        assert_in_range(res[0].acked, 0, res[0].bytes);
        forget();
    }
    /* lines without an end, and too many of them */
    struct scenario s = well();
    s.move_line = "@a\n@a\n@a\n@a\n@a\n@a\n@a\n@a\n@a\n@a\n@a\n@a\n@a\n@a\n"
                  "@a\n@a\n@a\n@a\n@a\n@a\n@a\n@a\n@a\n@a\n@a\n" MOVE "\n";
    expect(&s, XLX_STAYED, -EPIPE, "");
    forget();
}

/* What `xl vcpu-pin` did goes along, and can prevent nothing. */
static void test_pins(void **state)
{
    struct scenario s = well();

    s.pin = (struct word_pin){ 0, 1, "1,3", "all" };
    s.move_line = MOVE "\n";
    s.wire = 1;
    expect(&s, XLX_MOVED, 0, "");
    LAW(strstr(w->log, "T pin 0 a ffff\nT pin 1 a ffff\n"));
    LAW(strstr(w->log, "T pin 0") > strstr(w->log, "T unpause"));
    forget();
    s.plan.affinity_rc = ERROR_INVAL;
    expect(&s, XLX_MOVED, 0, "");
    LAW(strstr(w->log, "T pin 0 a ffff\n"));
    forget();
    /* a target host that does not know versions is told nothing */
    s.wire = 0;
    expect(&s, XLX_MOVED, 0, "");
    LAW(!strstr(w->log, "T pin"));
    forget();
}

/* The helpers of both ends are told, or none is. */
static void test_codec(void **state)
{
    static const struct {
        const char *codec;
        unsigned wire;
        bool told;
    } rows[] = {
        { "lz4", 1, true },
        { NULL, 1, false },
        { "lz4", 0, false }, /* a target host that knows no versions */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scenario s = well();

        s.codec = rows[i].codec;
        s.wire = rows[i].wire;
        s.move_line = MOVE "\n";
        expect(&s, XLX_MOVED, 0, "");
        assert_int_equal(res[1].codec, rows[i].told);
        LAW(noted("S codec lz4\n") == rows[i].told);
        LAW(noted("T codec auto\n") == rows[i].told);
        forget();
    }
}

/* --- an HVM guest's devices ---------------------------------------------------------- */

static struct scenario with_devices(void)
{
    struct scenario s = well();

    s.move_line = MOVE "\n";
    s.wire = 1;
    s.codec = "auto";
    s.tail = true;
    s.plan.tail = 200000;
    return s;
}

/* They come as they were saved, in fewer bytes if both hosts know how. */
static void test_tail(void **state)
{
    static const struct {
        const char *codec;
        unsigned tail;
        bool known, packed;
    } rows[] = {
        { "auto", 200000, true, true },  { "lz4", 200000, true, true },
        { "zstd", 3000000, true, true }, { "none", 900000, true, false },
        { "auto", 8, true, false },      { "auto", 200000, false, false },
        { NULL, 200000, true, false },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scenario s = with_devices();

        s.codec = rows[i].codec;
        s.plan.tail = rows[i].tail;
        s.tail = rows[i].known;
        expect(&s, XLX_MOVED, 0, "");
        LAW(noted("S libxl goes on") == (rows[i].codec && rows[i].known));
        LAW(noted("S libxl goes on") == noted("T libxl goes on"));
        LAW(!noted("differs"));
        if (rows[i].packed)
            LAW(res[0].bytes < s.plan.stream_bytes + s.plan.tail / 5);
        else
            LAW(res[0].bytes >= s.plan.stream_bytes + s.plan.tail);
        forget();
    }
}

/* The connection breaks at any byte of them: the guest runs on. */
static void test_tail_cut(void **state)
{
    struct scenario s = with_devices();
    size_t end, tail;

    expect(&s, XLX_MOVED, 0, "");
    tail = res[0].bytes - s.plan.stream_bytes;
    end = carried - (strlen(res[1].learned) + 1) - text_len(XLX_HS_GO);
    forget();
    for (size_t i = 1; i <= tail; i += i < 40 ? 13 : tail / 4 - 1) {
        s.cut[0] = end - i;
        expect(&s, XLX_STAYED, -EPIPE, "");
        LAW(fake_state(w, FAKE_TARGET) == FAKE_ABSENT);
        forget();
    }
}

/* --- armed ----------------------------------------------------------------------------- */

static struct scenario armed(void)
{
    struct scenario s = well();

    s.move_line = MOVE "\n";
    s.wire = 1;
    s.codec = "lz4";
    s.arm = s.plan.arm = true;
    s.plan.pause_until = "T armed";
    return s;
}

static bool a_context_is_left(void)
{
    char path[300];

    snprintf(path, sizeof path,
             "%s/11111111-1111-1111-1111-111111111111.context", contexts);
    return !access(path, F_OK);
}

static const char *at(const char *note)
{
    const char *p = strstr(w->log, note);

    if (!p)
        fail_msg("never: %s", note);
    return p;
}

static void test_armed(void **state)
{
    struct scenario s = armed();

    expect(&s, XLX_MOVED, 0, "");
    LAW(at("T armed") < at("S suspended"));
    LAW(at("T recorded accepted") < at("T load"));
    LAW(at("T load") < at("T unpause"));
    LAW(!noted("runs without a CPU") && !a_context_is_left());
    assert_int_equal(res[0].bytes, s.plan.stream_bytes + 24 + 8);
    forget();
    s.plan.no_hap = true; /* that is the classic order */
    s.plan.arm = false;
    s.plan.pause_until = NULL;
    expect(&s, XLX_MOVED, 0, "");
    LAW(!noted("T armed"));
    forget();
    s = armed();
    s.paused = true; /* and that */
    s.plan.arm = false;
    s.plan.pause_until = NULL;
    expect(&s, XLX_MOVED, 0, "");
    LAW(!noted("T armed"));
    forget();
}

/* A device that must not be opened before its time is built in the classic
 * order: a file, a loop device, an interface that is routed to. */
static void test_armed_devices(void **state)
{
    char block[300], loop[300];
    const struct {
        const char *disk, *nic;
        bool armed;
    } rows[] = {
        { NULL, "vif-bridge", true },
        { NULL, "/etc/xen/scripts/vif-openvswitch", true },
        { NULL, "vif-route", false },
        { NULL, "vif-nat", false },
        { "/etc/passwd", NULL, false },
        { "/nonexistent", NULL, false },
        { "/dev/null", NULL, false },
        { loop, NULL, false },
        { block, NULL, true },
    };

    snprintf(block, sizeof block, "%s/block", contexts);
    snprintf(loop, sizeof loop, "%s/loop", contexts);
    if (mknod(block, S_IFBLK | 0600, makedev(8, 0)) ||
        mknod(loop, S_IFBLK | 0600, makedev(7, 0))) {
        print_message("devices can't be made here: NOT LOOKED AT\n");
        skip();
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scenario s = armed();

        s.plan.disk = rows[i].disk;
        s.plan.nic = rows[i].nic;
        s.plan.arm = rows[i].armed;
        s.plan.pause_until = rows[i].armed ? "T armed" : NULL;
        expect(&s, XLX_MOVED, 0, "");
        LAW(!noted("T armed") == !rows[i].armed);
        forget();
    }
}

/* Whatever fails before GO, the guest stays, and nothing is left behind. */
static void test_armed_fails(void **state)
{
    static const struct {
        const char *what;
        enum fake_placer placer;
        bool script;
        int load_rc;
        const char *text;
    } rows[] = {
        { "the placer fails", .placer = PLACER_FAILS,
          .text = "there is no room for it" },
        { "it dies", .placer = PLACER_DIES,
          .text = "the process that places the guest's memory ended" },
        { "a device", .script = true, .text = "the guest could not be built" },
        { "the last load", .load_rc = 1,
          .text = "Xen refuses the guest's CPU" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scenario s = armed();

        s.plan.placer = rows[i].placer;
        s.plan.script = rows[i].script;
        s.plan.restore_rc = rows[i].script ? ERROR_FAIL : 0;
        s.plan.load_rc = rows[i].load_rc;
        move_once(&s);
        check_laws();
        LAW(res[0].outcome == XLX_STAYED);
        if (!strstr(res[0].err.text, rows[i].text))
            fail_msg("%s: %s", rows[i].what, res[0].err.text);
        LAW(noted("T armed") && !a_context_is_left());
        forget();
    }
}

/* A host is lost at each of its calls, or the call fails. */
static void test_armed_dies(void **state)
{
    unsigned died = 0;

    for (int end = 0; end < 2; end++)
        for (int n = 1; n < 16; n++) {
            struct scenario s = armed();

            s.plan.stream_bytes = 5000;
            s.plan.rounds = 1;
            if (n % 2)
                s.plan.die_at[end] = n / 2 + 1;
            else
                s.plan.fail_at[end] = n / 2;
            move_once(&s);
            check_laws();
            LAW(!noted("runs without a CPU"));
            died += killed(end);
            forget();
        }
    /* suspend, rename, destroy; configuration, restore, two marks, load,
     * unpause, rename */
    assert_in_range(died, 9, 11);
}

static void test_large_and_slow(void **state)
{
    struct scenario s = well();

    s.plan.stream_bytes = 3000000;
    s.rate = 20000000;
    s.plan.rounds = 40;
    /* the far end's acknowledgements catch up: the policy counts on it */
    s.plan.pause_until = "S nothing in flight";
    expect(&s, XLX_MOVED, 0, "");
    LAW(noted("S nothing in flight") && !noted("waited in vain"));
    assert_int_equal(res[0].bytes, 3000000);
    forget();
}

/* --- the guest ------------------------------------------------------------------------- */

static void test_guest(void **state)
{
    static const struct {
        enum fake_save save;
        int rc;
        const char *text;
        bool jump;
    } rows[] = {
        { SAVE_REFUSED, -EINVAL, "libxl would not begin", false },
        { SAVE_NO_ANSWER, -ETIMEDOUT, "did not answer", true },
        { SAVE_LATE_ANSWER, -ETIMEDOUT, "did not answer", false },
        { SAVE_LATE_BROKEN, -EIO, "libxl failed", false },
        { SAVE_BREAKS, -ETIMEDOUT, "did not answer", false },
        { SAVE_POWEROFF, -ECANCELED, "powered off while it moved", false },
        { SAVE_CRASH, -ECANCELED, "crashed while it moved", false },
        { SAVE_DESTROYED, -ESRCH, "was destroyed while it moved", false },
        { SAVE_HELPER_DIES, -EIO, "libxl failed", false },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scenario s = well();

        s.plan.save = rows[i].save;
        if (rows[i].jump) { /* it is waited for, for a while */
            s.jump_after = "S suspend\n";
            s.jump_s = 1;
        }
        expect(&s, XLX_STAYED, rows[i].rc, rows[i].text);
        /* who was suspended is resumed, nobody else */
        LAW(noted("S resume") == (rows[i].save == SAVE_LATE_ANSWER ||
                                  rows[i].save == SAVE_LATE_BROKEN ||
                                  rows[i].save == SAVE_BREAKS));
        LAW(!noted("recorded go"));
        forget();
    }
}

static void test_policy_gives_up(void **state)
{
    struct scenario s = well();

    s.plan.save = SAVE_POLICY;
    s.on_limit = XLX_ABORT;
    expect(&s, XLX_STAYED, -ETIMEDOUT, "given up: rounds have stopped");
    LAW(!noted("S resume"));
    forget();
    /* with the same setting another failure is not called that */
    s = well();
    s.plan.save = SAVE_BREAKS;
    s.on_limit = XLX_ABORT;
    expect(&s, XLX_STAYED, -ETIMEDOUT, "did not answer");
    forget();
    /* the deadline is the move's as well, should the helper be stuck */
    s = well();
    s.plan.save = SAVE_ENDLESS;
    s.on_limit = XLX_ABORT;
    s.deadline_s = 60;
    s.jump_after = "S suspend\n";
    s.jump_s = 70;
    s.jumps = 1;
    expect(&s, XLX_STAYED, -ETIMEDOUT, "the deadline of 60 s passed");
    LAW(noted("S abort"));
    forget();
}

/*
 * A guest that may be suspended for 5 s at most: the link stands still, the
 * target host says nothing, or READY comes too late. It runs on here.
 */
static void test_pause_too_long(void **state)
{
    static const struct {
        unsigned stream_bytes;
        size_t cut[2];
        const char *after;
        unsigned jumps; /* of 1 s */
        bool aborts;    /* libxl's save; false: it may be through by then */
    } rows[] = {
        /* libxl's save stands in front of full pipes */
        { 4 << 20, { 3300000, ALL }, "S suspended\n", 0, true },
        /* the last bytes are in them */
        { 100000, { 80000, ALL }, "S suspended\n", 0, false },
        { 100000, { ALL, 54 }, "S suspended\n", 0, false },
        { 100000, { ALL, ALL }, "T recorded ready\n", 8, false },
    };
    struct scenario s;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s = well();
        s.max_pause_ms = 5000;
        s.plan.stream_bytes = rows[i].stream_bytes;
        memcpy(s.cut, rows[i].cut, sizeof s.cut);
        s.silent = true;
        s.jump_after = rows[i].after;
        s.jump_s = rows[i].jumps ? rows[i].jumps : 1;
        s.jumps = rows[i].jumps ? 1 : 0;
        expect(&s, XLX_STAYED, -ETIME, "it was suspended for 5000 ms");
        LAW(noted("S resume"));
        LAW(!rows[i].aborts || noted("S abort"));
        LAW(!noted("recorded go"));
        forget();
    }
    /* the policy saw it coming: nobody was suspended */
    s = well();
    s.max_pause_ms = 30;
    s.plan.save = SAVE_TOO_LONG;
    expect(&s, XLX_STAYED, -ETIMEDOUT,
           "suspended now it would be silent for 1 ms, and may be for 30");
    LAW(!noted("S resume"));
    forget();
    /* in time; and past GO the clock is not looked at any more */
    s = well();
    s.max_pause_ms = 60000;
    expect(&s, XLX_MOVED, 0, "");
    forget();
    s.max_pause_ms = 20000;
    s.jump_after = "T recorded accepted\n";
    s.jump_s = 25;
    s.jumps = 1;
    expect(&s, XLX_MOVED, 0, "");
    forget();
}

static bool in_order(const char *first, const char *then)
{
    const char *a = strstr(w->log, first), *b = strstr(w->log, then);

    return a && b && a < b;
}

/* A guest whose memory is sent, and which is slowed down meanwhile. */
static struct scenario slowed(enum fake_save save)
{
    struct scenario s = well();

    s.throttle = true;
    s.plan.throttle = 30;
    s.plan.save = save;
    return s;
}

/* Where a guest that was slowed down stays, it is as fast as before; and what is
 * to be put back was recorded before anything was changed. One that ended may be
 * started anew with the cap that it had: that is for `recover`. */
static void test_throttle(void **state)
{
    static const enum fake_save saves[] = { SAVE_WELL,     SAVE_BREAKS,
                                            SAVE_POLICY,   SAVE_LATE_ANSWER,
                                            SAVE_POWEROFF, SAVE_DESTROYED };

    for (size_t i = 0; i < sizeof saves / sizeof saves[0]; i++)
        for (unsigned cap = 0; cap <= 40; cap += 40) {
            struct scenario s = slowed(saves[i]);
            char recorded[64], noted_text[64], back[32];
            bool ended = i >= 4;

            s.plan.cap = cap;
            move_once(&s);
            check_laws();
            snprintf(recorded, sizeof recorded, "recorded cap %u, set 30 0\n",
                     cap);
            snprintf(noted_text, sizeof noted_text, "S notes %u 30 0\n", cap);
            snprintf(back, sizeof back, "S cap %u\n", cap);
            LAW(in_order("recorded prepared", recorded));
            LAW(in_order(recorded, noted_text));
            LAW(in_order(noted_text, "S cap 30\n"));
            LAW(in_order("S cap 30\n", back));
            LAW(in_order(back, "S notes no more\n"));
            LAW(res[0].throttled == 30);
            LAW(res[0].cap_left == ended);
            forget();
        }
}

/* Each step is on record before it is taken, with the one before it. */
static void test_throttle_steps(void **state)
{
    struct scenario s = slowed(SAVE_BREAKS);

    s.plan.throttle_less = 10;
    expect(&s, XLX_STAYED, -ETIMEDOUT, "did not answer");
    LAW(in_order("recorded cap 0, set 30 0\n", "S cap 30\n"));
    LAW(in_order("S cap 30\n", "recorded cap 0, set 20 30\n"));
    LAW(in_order("recorded cap 0, set 20 30\n", "S cap 20\n"));
    LAW(in_order("S cap 20\n", "recorded cap 0, set 10 20\n"));
    LAW(in_order("S cap 10\n", "S cap 0\n"));
    forget();
    /* an administrator was there: that one stays */
    s.plan.others_cap = 70;
    expect(&s, XLX_STAYED, -ETIMEDOUT, "did not answer");
    LAW(noted("recorded cap 70, set 20 0\n") && !noted("S cap 0\n"));
    LAW(!res[0].cap_left);
    forget();
    /* it is held, and has all the time that it wants */
    s = slowed(SAVE_WELL);
    s.plan.throttle_off = true;
    expect(&s, XLX_MOVED, 0, "");
    LAW(in_order("S cap 30\n", "S cap 0\n"));
    forget();
}

static unsigned first_cap(void)
{
    const char *at = strstr(w->log, "S cap ");

    return at ? (unsigned)strtoul(at + 6, NULL, 10) : 0;
}

/* What it is left is a part of what it used last, and never more than it may. */
static void test_throttle_use(void **state)
{
    struct scenario s = slowed(SAVE_BREAKS);

    s.vcpus = 4;
    s.plan.cpu[0] = 300;
    s.plan.cpu[1] = s.plan.cpu[2] = 60;
    s.plan.throttle = 50;
    expect(&s, XLX_STAYED, -ETIMEDOUT, "did not answer");
    /* half of 60 % or, as time goes on between two looks, of a little less; a half
     * of all that it used since the start would be 90 % */
    LAW(first_cap() > 0 && first_cap() <= 30);
    forget();
    s.plan.cap = 3; /* less than anyone would be left */
    expect(&s, XLX_STAYED, -ETIMEDOUT, "did not answer");
    LAW(noted("recorded cap 3, set 3 0\n"));
    forget();
    s.plan.cap = 0; /* more than four CPUs can do is no use */
    s.plan.cpu[1] = 3000000;
    expect(&s, XLX_STAYED, -ETIMEDOUT, "did not answer");
    LAW(noted("S cap 400\n"));
    forget();
}

static void test_throttle_cannot(void **state)
{
    struct scenario s;

    for (int i = 0; i < 5; i++) {
        s = slowed(SAVE_WELL);
        s.throttle = i > 0; /* nobody asked for it */
        s.plan.no_cap = i == 1;
        s.plan.cap_rc[0] = i == 2 ? ERROR_FAIL : 0;
        s.uncapped = i == 3;
        s.plan.cap_rc[1] = i == 4 ? ERROR_FAIL : 0;
        expect(&s, XLX_MOVED, 0, "");
        LAW(!res[0].throttled);
        LAW(noted("S cap") == (i == 4));
        /* what is known not to be there is not counted on */
        LAW(noted("the policy may slow it down") == (i > 2));
        forget();
    }
    /* Xen does not lift it: that is said, and stays on record */
    s = slowed(SAVE_BREAKS);
    s.plan.lift_rc = ERROR_FAIL;
    expect(&s, XLX_STAYED, -ETIMEDOUT, "did not answer");
    LAW(res[0].cap_left);
    forget();
    /* lower than its own is not what it gets */
    s = slowed(SAVE_BREAKS);
    s.plan.cap = 20;
    expect(&s, XLX_STAYED, -ETIMEDOUT, "did not answer");
    LAW(noted("S cap 20\n") && !noted("S cap 30"));
    forget();
}

/* What it dirties while it is slowed down is not what it dirties. */
static void test_throttle_teaches_nothing(void **state)
{
    struct scenario s = well();

    expect(&s, XLX_MOVED, 0, "");
    LAW(res[0].dirty_pps == 49 && res[0].dirty_set == 502);
    forget();
    s = slowed(SAVE_WELL);
    expect(&s, XLX_MOVED, 0, "");
    LAW(res[0].dirty_pps == 33 && res[0].dirty_set == 500);
    forget();
}

/* It can't be resumed: that is no STAYED, and is said. */
static void test_resume_fails(void **state)
{
    struct scenario s = well();

    s.plan.save = SAVE_BREAKS;
    s.plan.resume_rc = ERROR_FAIL;
    expect(&s, XLX_DOUBT, -EIO,
           "suspended on this host and could not be resumed");
    forget();
}

/* --- the far end --------------------------------------------------------------------------- */

static void test_target_refuses(void **state)
{
    struct scenario s = well();

    s.plan.name_taken = true;
    expect(&s, XLX_STAYED, -EPIPE, "the target host has a domain web1 (id 3)");
    forget();
    s = well();
    s.plan.uuid_taken = true;
    expect(&s, XLX_STAYED, -EPIPE,
           "the target host has its UUID already, as domain 4");
    forget();
    s = well();
    s.plan.free_kib = 1024;
    expect(&s, XLX_STAYED, -EPIPE, "64 MiB are needed and 1 MiB free");
    forget();
    s = well();
    s.plan.config_rc = ERROR_FAIL;
    expect(&s, XLX_STAYED, -EPIPE, "configuration can't be read");
    forget();
    s = well();
    s.plan.mark_lost = true;
    expect(&s, XLX_STAYED, -EPIPE, "the copy's mark can't be read");
    forget();
    s = well();
    s.plan.restore_rc = ERROR_NOMEM;
    expect(&s, XLX_STAYED, -EPIPE, "the guest could not be built: there is");
    LAW(noted("S resume"));
    forget();
}

static void test_target_gives_back(void **state)
{
    struct scenario s = well();

    s.plan.unpause_rc = ERROR_FAIL;
    expect(&s, XLX_STAYED, -EIO,
           "the target host could not start the guest: the guest could not be "
           "unpaused");
    LAW(strstr(w->log, "T destroy") < strstr(w->log, "S resume"));
    LAW(noted("S rename web1\n"));
    forget();
}

static void far_says(const char *text, size_t len, enum xlx_outcome o, int rc,
                     const char *err)
{
    struct scenario s = well();

    s.far_says = text;
    s.far_says_len = len;
    expect(&s, o, rc, err);
    forget();
}

#define READY  "domain received, ready to unpause"
#define REPORT "my copy unpause results are as follows"
#define GO     "domain is yours, you are cleared to unpause"
#define SAYS(text_, o_, rc_, err_)                                            \
    far_says(text_, sizeof(text_) - 1, o_, rc_, err_)

/* An end that has gone before GO was said has not heard it. */
static void test_gone_when_ready(void **state)
{
    struct scenario s = well();

    s.far_says = READY;
    s.far_says_len = sizeof READY;
    s.await_gone = true;
    s.xl = true;
    /* and what it said on its stderr is fit for a terminal */
    expect(&s, XLX_STAYED, -EPIPE,
           "closed the connection when it had the guest: a?[2J?");
    LAW(!noted("recorded go"));
    forget();
}

static void test_wrong_words(void **state)
{
    /* before GO: it stays; libxl may or may not have finished here */
    SAYS("", XLX_STAYED, -EPIPE, "the target host ");
    SAYS("domain received, ready to unpaus_\0", XLX_STAYED, -EPROTO,
         "could not take the guest");
    SAYS("domain received", XLX_STAYED, -EPIPE, "the target host ");
    SAYS(REPORT "\0\0", XLX_STAYED, -EPROTO, "could not take the guest");
    /* more than READY is no sign that it understood GO */
    SAYS(READY "\0" REPORT, XLX_DOUBT, -EPIPE, "has not reported");
    SAYS(READY "\0" READY "\0nonsense, nonsense", XLX_DOUBT, -EPROTO,
         "has not reported");
    SAYS(READY "\0" REPORT "\0\1", XLX_DOUBT, -EPIPE, "did not give it back");
    SAYS(READY "\0" REPORT "\0\1" REPORT "\0      ", XLX_DOUBT, -EPROTO,
         "did not give it back");
    SAYS(READY "\0" REPORT "\0\1" GO "\0", XLX_STAYED, -EIO,
         "could not start the guest");
    SAYS(READY "\0" REPORT "\0\0", XLX_MOVED, 0, "");
}

/* --- held ------------------------------------------------------------------------------------------- */

/* Nothing was begun, on either host. */
static void unstarted(const struct scenario *s, int rc, const char *text)
{
    expect(s, XLX_STAYED, rc, text);
    LAW(res[0].unstarted && noted("S held"));
    LAW(!noted("recorded") && !noted("suspend") && !noted("log-dirty"));
    LAW(res[1].rc && !res[1].config_came);
    forget();
}

static void test_held(void **state)
{
    char much[200];
    struct scenario s = well();

    s.move_line = "@move 00000000-0000-0000-0000-000000000000 1 id -\n";
    s.hold = "start\n";
    s.hold_open = true;
    expect(&s, XLX_MOVED, 0, "");
    LAW(!res[0].unstarted);
    LAW(strstr(w->log, "S is told") > strstr(w->log, "S held"));
    LAW(strstr(w->log, "recorded") > strstr(w->log, "S is told"));
    forget();
    s.cancel_at = XLX_EV_HELD;
    s.hold = "";
    unstarted(&s, -EINTR, "cancelled");
    s.cancel_at = NO_EVENT;
    s.jump_after = "S held\n";
    s.jump_s = 130;
    unstarted(&s, -ETIMEDOUT, "was not told to start within 120 s");
    s.jump_after = NULL;
    s.jump_s = 0;
    s.cut[1] = text_len(XLX_HS_BANNER);
    unstarted(&s, -EPIPE, "the target host broke off");
    s.cut[1] = ALL;
    s.hold_open = false;
    unstarted(&s, -ECANCELED, "whoever was to start it has gone");
    s.hold = "start"; /* half a line */
    unstarted(&s, -ECANCELED, "whoever was to start it has gone");
    s.hold = "begin\n";
    unstarted(&s, -EPROTO, "begin is no start");
    memset(much, 's', sizeof much);
    much[sizeof much - 1] = '\0';
    s.hold = much;
    s.hold_open = true;
    unstarted(&s, -ECANCELED, "whoever was to start it has gone");
}

/* --- cancelling ------------------------------------------------------------------------------ */

static void test_cancel(void **state)
{
    struct scenario s = well();

    s.plan.save = SAVE_ENDLESS;
    s.cancel_at = XLX_EV_ROUND;
    expect(&s, XLX_STAYED, -EINTR, "cancelled");
    LAW(noted("S abort") && !noted("S resume"));
    assert_int_equal(res[0].cancels_seen, 1);
    forget();
    s = well();
    s.cancel_at = XLX_EV_SUSPEND;
    expect(&s, XLX_STAYED, -EINTR, "cancelled");
    forget();
    s = well();
    s.cancel_at = XLX_EV_COPIED;
    expect(&s, XLX_STAYED, -EINTR, "cancelled");
    LAW(noted("S resume") && !noted("recorded go"));
    forget();
    s = well();
    s.cancel_at = XLX_EV_READY;
    expect(&s, XLX_STAYED, -EINTR, "cancelled");
    LAW(noted("S resume") && !noted("recorded go"));
    forget();
    /* no way back: it is answered, and the move goes on */
    s = well();
    s.cancel_at = XLX_EV_GO;
    expect(&s, XLX_MOVED, 0, "");
    assert_int_equal(res[0].too_late, 1);
    forget();
    s = well();
    s.cancel_ready = true;
    expect(&s, XLX_STAYED, -EPIPE, "the target host ");
    LAW(noted("T destroy"));
    forget();
}

/* One record that can't be written, in turn. */
static void unrecorded(enum ho_state which, enum ho_input as,
                       enum xlx_outcome o, int rc, const char *text)
{
    struct scenario s = well();

    s.unstored = which;
    s.unstored_as = as;
    expect(&s, o, rc, text);
}

static void test_records_fail(void **state)
{
    unrecorded(HO_PREPARED, HO_UNSTORED, XLX_STAYED, -EIO, "no space left");
    LAW(!noted("S suspend"));
    forget();
    /* before GO it goes on here, at GO it waits here */
    unrecorded(HO_GO, HO_UNSTORED, XLX_DOUBT, -EIO, "no space left");
    LAW(!noted("T unpause") && fake_state(w, FAKE_SOURCE) == FAKE_SUSPENDED);
    LAW(fake_state(w, FAKE_TARGET) == FAKE_ABSENT);
    forget();
    unrecorded(HO_RECEIVING, HO_UNSTORED, XLX_STAYED, -EPIPE, "no space left");
    LAW(!noted("recorded go"));
    forget();
    unrecorded(HO_READY, HO_UNSTORED, XLX_STAYED, -EPIPE, "no space left");
    LAW(!noted("recorded go"));
    forget();
    /* it is refused durably, so it can go on here */
    unrecorded(HO_ACCEPTED, HO_UNSTORED, XLX_STAYED, -EIO, "could not start");
    LAW(!noted("T unpause") && noted("T recorded aborted"));
    forget();
    /* it runs: what can't be recorded is no reason to end it */
    unrecorded(HO_DONE, HO_UNSTORED, XLX_MOVED, 0, "");
    forget();
}

/* Whoever was settled by somebody else finds out before he acts. */
static void test_fenced(void **state)
{
    unrecorded(HO_GO, HO_FENCED_ABORTED, XLX_STAYED, -ESTALE, "settled");
    LAW(!noted("T unpause"));
    forget();
    unrecorded(HO_ACCEPTED, HO_FENCED_ABORTED, XLX_STAYED, -EIO,
               "could not start");
    LAW(!noted("T unpause"));
    forget();
    unrecorded(HO_RECEIVING, HO_FENCED_NEWER, XLX_STAYED, -EPIPE, "");
    LAW(!noted("T restore"));
    forget();
}

/* No report: the far end's record says what came of it. */
static void test_asks(void **state)
{
    size_t b = text_len(XLX_HS_BANNER), r = text_len(XLX_HS_READY);
    struct scenario s = well();

    s.plan.stream_bytes = 5000;
    s.plan.rounds = 1;
    s.cut[1] = b + r + 1;
    s.answer = HO_ANS_RUNS;
    expect(&s, XLX_MOVED, 0, "");
    LAW(noted("S asked") && noted("S destroy"));
    forget();
    s = well();
    s.plan.stream_bytes = 5000;
    s.plan.rounds = 1;
    s.cut[0] = HEADER + sizeof config + 5000 + 3; /* in the middle of GO */
    s.answer = HO_ANS_REFUSED;
    move_once(&s);
    check_laws();
    LAW(res[0].outcome == XLX_STAYED);
    LAW(fake_state(w, FAKE_SOURCE) == FAKE_RUNNING);
    forget();
    s.answer = HO_ANS_LOST;
    move_once(&s);
    check_laws();
    LAW(res[0].outcome == XLX_DOUBT || !noted("S asked"));
    forget();
}

/* --- the wire breaks, or falls silent ------------------------------------------------------- */

/* After each byte of GO: before its last the guest does not start there. */
static void test_cut_in_go(void **state)
{
    size_t before = HEADER + sizeof config + 5000, go = text_len(XLX_HS_GO);

    for (size_t n = 0; n <= go; n += n + 6 < go || n == go ? 6 : go - n) {
        struct scenario s = well();

        s.plan.stream_bytes = 5000;
        s.plan.rounds = 1;
        s.cut[0] = before + n;
        if (n == go)
            s.cut[0] = ALL;
        move_once(&s);
        check_laws();
        if (n < go) {
            /* at this end nobody can know how much of GO arrived */
            LAW(res[0].outcome == XLX_DOUBT || res[0].outcome == XLX_STAYED);
            LAW(!noted("T unpause"));
        } else {
            LAW(res[0].outcome == XLX_MOVED);
        }
        forget();
    }
}

/* Anywhere else on the way there: it stays. */
static void test_cut_forward(void **state)
{
    static const size_t at[] = { 1,
                                 31,
                                 47,
                                 48,
                                 52,
                                 60,
                                 HEADER + sizeof config - 1,
                                 HEADER + sizeof config,
                                 HEADER + sizeof config + 1,
                                 3000,
                                 HEADER + sizeof config + 4999 };

    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        struct scenario s = well();

        s.plan.stream_bytes = 5000;
        s.plan.rounds = 1;
        s.cut[0] = at[i];
        move_once(&s);
        check_laws();
        LAW(res[0].outcome == XLX_STAYED);
        LAW(!noted("T unpause") && !noted("recorded go"));
        forget();
    }
}

/* On the way back: what is not known is a doubt, never a guess. */
static void test_cut_backward(void **state)
{
    size_t b = text_len(XLX_HS_BANNER), r = text_len(XLX_HS_READY),
           p = text_len(XLX_HS_REPORT);
    const size_t at[] = { 1,         b - 1,         b,
                          b + 1,     b + r - 1,     b + r + 1,
                          b + r + 9, b + r + p - 1, b + r + p };

    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        struct scenario s = well();

        s.plan.stream_bytes = 5000;
        s.plan.rounds = 1;
        s.cut[1] = at[i];
        move_once(&s);
        check_laws();
        if (at[i] < b + r) {
            LAW(res[0].outcome == XLX_STAYED);
        } else {
            /* the guest runs there; here it is kept, suspended */
            LAW(res[0].outcome == XLX_DOUBT);
            LAW(fake_state(w, FAKE_TARGET) == FAKE_RUNNING);
        }
        forget();
    }
}

/*
 * Nothing closes and nothing comes: the deadlines end it. Time jumps only once
 * AFTER was noted, so that a slow machine is silent at the same step.
 */
static void silence(size_t from_source, size_t from_target, const char *after,
                    enum xlx_outcome o, enum fake_state there)
{
    struct scenario s = well();

    s.silent = true;
    s.jump_after = after;
    s.jump_s = 130; /* again and again: the shortest deadline comes first */
    s.plan.stream_bytes = 5000;
    s.plan.rounds = 1;
    s.cut[FAKE_SOURCE] = from_source;
    s.cut[FAKE_TARGET] = from_target;
    move_once(&s);
    check_laws();
    LAW(res[0].outcome == o);
    /* or, on a busy machine, the other end's, which closes the wire */
    LAW(res[0].rc == -ETIMEDOUT || res[0].rc == -EPIPE);
    LAW(fake_state(w, FAKE_TARGET) == there);
    forget();
}

static void test_silence(void **state)
{
    size_t b = text_len(XLX_HS_BANNER), r = text_len(XLX_HS_READY);

    /* READY does not come; the report does not; GO does not arrive */
    silence(ALL, b, "T recorded ready", XLX_STAYED, FAKE_ABSENT);
    silence(ALL, b + r, "T unpause", XLX_DOUBT, FAKE_RUNNING);
    silence(HEADER + sizeof config + 5000, ALL, "S recorded go", XLX_DOUBT,
            FAKE_ABSENT);
}

/* --- hosts die ------------------------------------------------------------------------------------ */

static void test_source_dies(void **state)
{
    int n, died = 0;

    for (n = 1; n < 10; n++) {
        struct scenario s = well();

        s.plan.stream_bytes = 5000;
        s.plan.die_at[FAKE_SOURCE] = n;
        move_once(&s);
        check_laws();
        died += killed(0);
        forget();
        s.plan.unpause_rc = ERROR_FAIL; /* on the way back, too */
        move_once(&s);
        check_laws();
        forget();
    }
    assert_int_equal(died, 3); /* suspend, rename, destroy */
}

static void test_target_dies(void **state)
{
    int n, died = 0;

    for (n = 1; n < 7; n++) {
        struct scenario s = well();

        s.plan.stream_bytes = 5000;
        s.plan.die_at[FAKE_TARGET] = n;
        move_once(&s);
        check_laws();
        if (killed(1)) {
            died++;
            /* the name comes after the report: a guest that has moved */
            LAW(res[0].outcome == (n <= 3   ? XLX_STAYED
                                   : n == 4 ? XLX_DOUBT
                                            : XLX_MOVED));
        }
        forget();
    }
    /* configuration, restore, mark, unpause, rename */
    assert_int_equal(died, 5);
}

/*
 * Each call to libxl or Xen fails once, at either end, on a move that goes
 * well and on one that does not: counted, not listed.
 */
static void test_calls_fail(void **state)
{
    for (int end = 0; end < 2; end++)
        for (int bad = 0; bad < 2; bad++) {
            bool fired = true;

            for (int n = 1; fired; n++) {
                struct scenario s = well();

                s.plan.stream_bytes = 5000;
                s.plan.rounds = 1;
                if (bad)
                    s.cut[0] = HEADER + sizeof config + 3000;
                s.plan.fail_at[end] = n;
                move_once(&s);
                fired = noted(end ? "T fails to" : "S fails to");
                check_laws();
                forget();
                assert_true(n < 20);
            }
        }
}

/* --- commands ------------------------------------------------------------------------------------- */

static void test_commands(void **state)
{
    struct scenario s = well();

    s.command = "cutover";
    s.rate = 2000000; /* slow enough for the answer to come */
    expect(&s, XLX_MOVED, 0, "");
    LAW(noted("S answer ok"));
    forget();
    s.command = "format c:";
    expect(&s, XLX_MOVED, 0, "");
    LAW(noted("S answer \n"));
    forget();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_moves_over_xls_wire),
        cmocka_unit_test(test_names_the_move),
        cmocka_unit_test(test_pins),
        cmocka_unit_test(test_codec),
        cmocka_unit_test(test_tail),
        cmocka_unit_test(test_tail_cut),
        cmocka_unit_test(test_armed),
        cmocka_unit_test(test_armed_devices),
        cmocka_unit_test(test_armed_fails),
        cmocka_unit_test(test_armed_dies),
        cmocka_unit_test(test_large_and_slow),
        cmocka_unit_test(test_guest),
        cmocka_unit_test(test_policy_gives_up),
        cmocka_unit_test(test_pause_too_long),
        cmocka_unit_test(test_throttle),
        cmocka_unit_test(test_throttle_steps),
        cmocka_unit_test(test_throttle_use),
        cmocka_unit_test(test_throttle_teaches_nothing),
        cmocka_unit_test(test_throttle_cannot),
        cmocka_unit_test(test_resume_fails),
        cmocka_unit_test(test_target_refuses),
        cmocka_unit_test(test_target_gives_back),
        cmocka_unit_test(test_wrong_words),
        cmocka_unit_test(test_gone_when_ready),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_records_fail),
        cmocka_unit_test(test_fenced),
        cmocka_unit_test(test_asks),
        cmocka_unit_test(test_cut_in_go),
        cmocka_unit_test(test_cut_forward),
        cmocka_unit_test(test_cut_backward),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_source_dies),
        cmocka_unit_test(test_target_dies),
        cmocka_unit_test(test_calls_fail),
        cmocka_unit_test(test_commands),
    };

    int rc;

    signal(SIGPIPE, SIG_IGN);
    contexts = tmpdir_make("move");
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    tmpdir_remove(contexts);
    return rc;
}
