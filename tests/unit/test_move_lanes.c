/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A whole move over lanes: send.c and receive.c in two processes, each with a
 * real rackhop-wire, over a libxl that only notes what it is told. Between them
 * are pipes in the place of ssh, and a relay that cuts the lanes. Whatever is
 * done to it, the guest is at one place at the end, and the other host has
 * nothing of it. It is long because all of it stands on the same processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxl-ext/xlx_impl.h"
#include "tests/lib/fake_libxl.h"
#include "tests/lib/certs.h"
#include "tests/lib/relay.h"
#include "tests/lib/tmpdir.h"
#include "tools/base/clock.h"
#include "tools/log.h"
#include "tools/move/lanes.h"

#define MOVE "@move 7c0e1d2a-1111-2222-3333-444455556666 12 run.1.2 r1h1\n"

enum { NOBODY = -1, BOTH_MS = 120000 };

static const char config[] =
    "{\"c_info\":{\"name\":\"web1\",\"type\":\"pvh\"}}";

/* What is done to one move. */
struct scenario {
    struct fake_plan plan;
    unsigned lanes;
    uint64_t cut_every;     /* bytes that the relay carried; 0: never */
    const char *dark_after; /* from this note on no lane is there .. */
    bool dark_ssh;          /* .. and no ssh */
    bool dark_at_first;     /* the relay takes no connection */
    unsigned refuse;        /* so many connections */
    const char *program;    /* of the source; NULL: rackhop-wire */
    unsigned idle_ms;       /* for so long it carries nothing of them */
    const char *light_note; /* this is noted, and there is one again */
    int kill_wire;          /* of that end .. */
    const char *kill_after; /* .. after this note */
    int kill_end;           /* or that end itself, after it */
    bool cut_ssh;           /* after it as well */
    bool pki[2];            /* wire_pki of each end, */
    bool only[2];           /* and that is "require" */
    const char *host;       /* what the source host calls the other */
    const char *moment;     /* "source go after": then all lanes are cut, */
    bool cut_for_good;      /* and neither they nor ssh come back */
    const char *hurry;      /* until this is noted, time flies then */
    unsigned patience_s;
};

/* How far the moment of a scenario is. */
enum moment { MOMENT_TO_COME, MOMENT_HERE, MOMENT_CUT };

struct shared {
    struct word_lanes offer;
    _Atomic int moment;
    _Atomic bool offered, over_lanes;
    int rc[2], status[2];
    enum xlx_outcome outcome;
    unsigned lost, lanes;
    uint64_t bytes;
    pid_t wire[2];
    struct msg err[2];
    char way[256], apart[256], cipher[64];
};

static struct scenario sc;
static struct fake_world *w;
static struct shared *res;
static struct relay relay;
static char program[PATH_MAX];

static struct scenario well(void)
{
    return (struct scenario){
        .plan = { .stream_bytes = 4 << 20, .rounds = 3, .free_kib = 1 << 20 },
        .lanes = 1,
        .patience_s = 300,
        .kill_wire = NOBODY,
        .kill_end = NOBODY,
    };
}

/* --- the two hosts ----------------------------------------------------------------- */

/* The host stands still until the lanes are cut. */
static void note_moment(const struct ho *h, const char *when)
{
    char now[64];

    snprintf(now, sizeof now, "%s %s %s",
             h->role == HO_SOURCE ? "source" : "target",
             ho_state_name(h->next), when);
    if (!sc.moment || strcmp(now, sc.moment))
        return;
    res->moment = MOMENT_HERE;
    while (res->moment != MOMENT_CUT)
        poll(NULL, 0, 1);
}

static enum ho_input note_store(void *arg, const struct ho *h,
                                const char *uuid, const char *name,
                                uint32_t domid)
{
    note_moment(h, "before");
    fake_note("recorded %s", ho_state_name(h->next));
    note_moment(h, "after");
    return HO_STORED;
}

/* What the other host has on record; it is asked when it has ended. */
static enum ho_input note_ask(void *arg, unsigned seconds)
{
    fake_note("asked");
    for (int i = 0;
         sc.cut_for_good && i < 12000 && !strstr(w->log, "T recorded done") &&
         !strstr(w->log, "T recorded aborted");
         i++)
        poll(NULL, 0, 5); /* a real one asks again and again */
    if (strstr(w->log, "T recorded done") ||
        strstr(w->log, "T recorded running"))
        return HO_ANS_RUNS;
    return fake_await("T recorded") && (strstr(w->log, "T recorded aborted") ||
                                        strstr(w->log, "T recorded refused"))
               ? HO_ANS_REFUSED
               : HO_ANS_NONE;
}

static const char *note_mark(void *arg)
{
    return "5 hand-1";
}

static const char *note_why(void *arg)
{
    return "no space left";
}

static const struct xlx_handover handover = {
    .store = note_store, .mark = note_mark, .ask = note_ask, .why = note_why
};

static void on_event(void *arg, const struct xlx_event *ev)
{
    if (ev->type != XLX_EV_WAY)
        return;
    res->over_lanes = ev->over_lanes;
    snprintf(res->way, sizeof res->way, "%s", ev->text);
    fake_note(ev->over_lanes ? "goes over lanes" : "goes over ssh");
}

static void what_was_learned(const struct xlx_send *s, char *buf, size_t len)
{
    snprintf(buf, len, "dirty_mib_s=%.1f\n", (double)s->dirty_pps);
}

static char *pki_dir;
static char pki_host[] = "h*.example.com", *pki_list[] = { pki_host };
static struct strlist pki_hosts = { .s = pki_list, .n = 1 };

static struct lanes_wish wish(int end)
{
    bool own = end == FAKE_SOURCE && sc.program;

    return (struct lanes_wish){ .program = own ? sc.program : program,
                                .network = "127.0.0.0/8",
                                .ports = "any",
                                .lanes = sc.lanes,
                                .patience_s = sc.patience_s,
                                .pki = { .wanted = sc.pki[end],
                                         .required = sc.only[end],
                                         .dir = pki_dir,
                                         .hosts = &pki_hosts,
                                         .host = sc.host } };
}

_Noreturn static void source(int in, int out, int err)
{
    struct xlx x = { .ctx = (libxl_ctx *)1, .lg = log_new(-1) };
    struct xlx_carrier carrier = XLX_CARRIER_NONE;
    char name[] = "web1", *greeting = NULL, said[64];
    struct xlx_domain dom = { .domid = 5, .name = name, .type = XLX_PVH };
    const struct lanes_wish own = wish(FAKE_SOURCE);
    struct xlx_send s = { .x = &x,
                          .dom = &dom,
                          .config_json = config,
                          .wire_out = out,
                          .wire_in = in,
                          .wire_err = err,
                          .helper = "/none",
                          .acks = true,
                          .ctl_listen = -1,
                          .handover = &handover,
                          .move_line = MOVE,
                          .wire = WORD_VERSION,
                          .carrier = &carrier,
                          .patience_s = own.patience_s,
                          .event = on_event,
                          .learned = what_was_learned };
    struct msg *why = &res->err[FAKE_SOURCE];

    signal(SIGPIPE, SIG_IGN);
    fake_be(w, FAKE_SOURCE);
    xlx_policy_init(&s.policy);
    res->rc[0] =
        xlx_greeting(in, err, 60, NULL, NULL, &greeting, said, sizeof said);
    free(greeting);
    res->offer.port = relay.port;
    if (res->rc[0])
        _exit(1);
    if (lanes_connect(&own, &carrier, &res->offer, why)) {
        snprintf(res->apart, sizeof res->apart, "%.255s", why->text);
        *why = (struct msg)MSG_NONE;
        s.carrier = NULL;
    }
    s.lanes_only = own.pki.required;
    res->wire[FAKE_SOURCE] = carrier.pid;
    res->rc[0] = xlx_send_run(&s, why);
    res->outcome = s.outcome;
    res->lost = s.lanes_lost;
    res->lanes = s.lanes;
    res->bytes = s.bytes;
    snprintf(res->cipher, sizeof res->cipher, "%s", s.cipher);
    if (s.over_lanes) {
        close(s.wire_in);
        close(s.wire_err);
        if (s.wire_out >= 0)
            close(s.wire_out);
    }
    xlx_carrier_end(&carrier, 8000);
    log_free(x.lg);
    exit(carrier.pid > 0);
}

static void no_hangup(void)
{
    setsid();
}

_Noreturn static void target(int in, int out, int err)
{
    struct xlx x = { .ctx = (libxl_ctx *)1, .lg = log_new(-1) };
    struct xlx_carrier carrier = XLX_CARRIER_NONE;
    const struct lanes_wish own = wish(FAKE_TARGET);
    struct xlx_receive v = { .x = &x,
                             .in = in,
                             .out = out,
                             .control = true,
                             .helper = "/none",
                             .carrier = &carrier,
                             .detach = no_hangup,
                             .handover = &handover,
                             .move_first = true };

    dup2(err, STDERR_FILENO);
    close(err);
    signal(SIGPIPE, SIG_IGN);
    fake_be(w, FAKE_TARGET);
    if (lanes_listen(&own, &carrier, &res->offer, &res->err[FAKE_TARGET]))
        _exit(1);
    v.lanes_only = own.pki.required;
    res->wire[FAKE_TARGET] = carrier.pid;
    res->offered = true;
    res->rc[1] = xlx_receive_run(&v, &res->err[FAKE_TARGET]);
    xlx_receive_dispose(&v);
    log_free(x.lg);
    close(STDERR_FILENO);
    close(STDOUT_FILENO);
    xlx_carrier_end(&carrier, 8000);
    exit(carrier.pid > 0);
}

/* --- what must hold ----------------------------------------------------------------- */

static bool beside; /* this process is one of several that play a scenario */

static void broken(const char *law, int line)
{
    char text[20000];

    snprintf(text, sizeof text,
             "%s: line %d: %s\nsource: %x, rc %d (%s)\ntarget: %x, rc %d "
             "(%s)\nway %s\n%s",
             sc.moment ? sc.moment : "", line, law, (unsigned)res->status[0],
             res->rc[0], res->err[0].text, (unsigned)res->status[1],
             res->rc[1], res->err[1].text, res->way, w->log);
    if (!beside)
        fail_msg("%s", text);
    fprintf(stderr, "%s\n", text);
    _exit(1);
}

#define LAW(cond_)                                                            \
    do {                                                                      \
        if (!(cond_))                                                         \
            broken(#cond_, __LINE__);                                         \
    } while (0)

/* --- the network ------------------------------------------------------------------------ */

static bool noted(const char *s)
{
    return strstr(w->log, s) != NULL;
}

static void cut_lanes(void)
{
    for (int i = 0; i < RELAY_PAIRS; i++)
        if (relay.pair[i].fd[0] >= 0) {
            relay_cut(&relay.pair[i]);
            relay.cuts++;
        }
}

static bool is_dark(void)
{
    if (sc.cut_for_good)
        return res->moment == MOMENT_CUT;
    if (!sc.dark_at_first && !(sc.dark_after && noted(sc.dark_after)))
        return false;
    return !(sc.light_note && relay.cuts && noted(sc.light_note));
}

static void kill_once(const pid_t pid[2])
{
    if (!sc.kill_after || !noted(sc.kill_after))
        return;
    if (sc.kill_wire != NOBODY)
        kill(res->wire[sc.kill_wire], SIGKILL);
    if (sc.kill_end != NOBODY)
        kill(pid[sc.kill_end], SIGKILL);
    sc.kill_after = NULL;
}

/* The hosts' clocks; that of rackhop-wire is not theirs. */
static void time_flies(void)
{
    static uint64_t last;

    if (!sc.hurry || res->moment != MOMENT_CUT || noted(sc.hurry) ||
        clock_us() - last < 100000)
        return;
    last = clock_us();
    w->clock_us += 10000000;
}

/* A pipe of ssh: 0 when it has ended. */
static bool carry(int *from, int *to)
{
    char buf[4096];
    ssize_t n = *from < 0 ? -1 : read(*from, buf, sizeof buf);

    if (n > 0)
        (void)!write(*to, buf, (size_t)n);
    if (n == 0) {
        close(*from);
        close(*to);
        *from = *to = -1;
    }
    return n > 0;
}

/* Both ways and stderr, until both ends have ended. */
static void network(int ssh[3][2], const pid_t pid[2])
{
    bool ended[2] = { false, false };
    uint64_t next = sc.cut_every;
    uint64_t began = clock_us();
    uint64_t until = began + BOTH_MS * UINT64_C(1000);

    while (!ended[0] || !ended[1]) {
        if (clock_us() > until)
            broken("it ends", __LINE__);
        for (int i = 0; i < 3; i++)
            if (!((sc.dark_ssh || sc.cut_for_good) && is_dark()))
                while (carry(&ssh[i][0], &ssh[i][1]))
                    ;
        kill_once(pid);
        time_flies();
        if (res->moment == MOMENT_HERE) {
            cut_lanes();
            res->moment = MOMENT_CUT;
        }
        if (is_dark())
            cut_lanes();
        else if (clock_us() - began >= sc.idle_ms * UINT64_C(1000))
            for (int i = 0; i < 64; i++)
                relay_serve(&relay);
        if (next && relay.carried >= next && noted("S goes over lanes") &&
            !noted("S suspended")) {
            cut_lanes();
            next += sc.cut_every;
        }
        for (int i = 0; i < 2; i++)
            if (!ended[i] && waitpid(pid[i], &res->status[i], WNOHANG) > 0)
                ended[i] = true;
        poll(NULL, 0, 1);
    }
}

/* A host has its own ends of the pipes and no others. */
static int above(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 100);
}

static void close_below(void)
{
    for (int i = 3; i < 100; i++)
        close(i);
}

static void move_once(const struct scenario *s)
{
    int p[5][2], ssh[3][2]; /* source out, target in, and so on; stderr */
    pid_t pid[2];

    sc = *s;
    fflush(NULL);
    w = fake_world_new();
    w->plan = sc.plan;
    res = mmap(NULL, sizeof *res, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 5; i++)
        if (pipe2(p[i], O_CLOEXEC))
            fail_msg("no pipe");
    int q[2];
    if (pipe2(q, O_CLOEXEC))
        fail_msg("no pipe");
    pid[FAKE_TARGET] = fork();
    if (!pid[FAKE_TARGET]) {
        int in = above(p[1][0]), out = above(p[2][1]), err = above(p[4][1]);

        close_below();
        target(in, out, err);
    }
    while (!res->offered && !waitpid(pid[FAKE_TARGET], NULL, WNOHANG))
        poll(NULL, 0, 1);
    if (!res->offered)
        fail_msg("the target host does not listen: %s", res->err[1].text);
    relay_open(&relay, res->offer.port);
    relay.refuse = sc.refuse;
    pid[FAKE_SOURCE] = fork();
    if (!pid[FAKE_SOURCE]) {
        int in = above(p[3][0]), out = above(p[0][1]), err = above(q[0]);

        close_below();
        source(in, out, err);
    }
    memcpy(ssh,
           (int[3][2]){
               { p[0][0], p[1][1] }, { p[2][0], p[3][1] }, { p[4][0], q[1] } },
           sizeof ssh);
    for (int i = 0; i < 3; i++)
        fcntl(ssh[i][0], F_SETFL, O_NONBLOCK);
    close(p[0][1]), close(p[1][0]), close(p[2][1]), close(p[3][0]);
    close(p[4][1]), close(q[0]);
    if (sc.dark_at_first)
        close(relay.listener);
    network(ssh, pid);
    relay_close(&relay);
}

static void forget(void)
{
    munmap(res, sizeof *res);
    fake_world_free(w);
}

/* --- moves -------------------------------------------------------------------------- */

static void check_moved(void)
{
    LAW(res->outcome == XLX_MOVED && !w->violations);
    LAW(fake_state(w, FAKE_TARGET) == FAKE_RUNNING);
    LAW(fake_state(w, FAKE_SOURCE) == FAKE_ABSENT);
    LAW(!res->status[0] && !res->status[1] && !res->rc[1]);
    LAW(res->bytes == sc.plan.stream_bytes);
    LAW(!noted("stream differs"));
}

static void check_stayed(void)
{
    LAW(res->outcome == XLX_STAYED && !w->violations);
    LAW(fake_state(w, FAKE_SOURCE) == FAKE_RUNNING);
    LAW(fake_state(w, FAKE_TARGET) == FAKE_ABSENT);
    LAW(!strcmp(w->name[0], "web1"));
}

static void test_moves(void **state)
{
    struct scenario s = well();

    for (s.lanes = 1; s.lanes <= 4; s.lanes += 3) {
        move_once(&s);
        check_moved();
        LAW(res->over_lanes && !res->lost);
        LAW(res->lanes >= 1 && res->lanes <= s.lanes);
        LAW(strstr(res->cipher, "TLS_"));
        forget();
    }
}

/* Lanes are cut again and again while the guest runs: nothing but time is
 * lost. */
static void test_cuts(void **state)
{
    struct scenario s = well();

    s.plan.stream_bytes = 8 << 20;
    s.cut_every = 700000;
    move_once(&s);
    check_moved();
    LAW(res->over_lanes && res->lost > 2);
    print_message("%u lanes lost\n", res->lost);
    forget();
}

/* Nobody can be reached for a while, over ssh neither; its end is no end. */
static void test_dark_pre_copy(void **state)
{
    struct scenario s = well();

    s.dark_after = "S goes over lanes";
    s.light_note = "S goes over lanes";
    move_once(&s);
    check_moved();
    LAW(res->lost);
    forget();
}

/* The guest is suspended, and runs on here a few seconds later. The target host
 * is told over ssh, or its patience ends. */
static void test_dark_suspended(void **state)
{
    struct scenario s = well();

    s.dark_after = "S suspended";
    move_once(&s);
    check_stayed();
    LAW(strstr(res->err[0].text, "lanes"));
    forget();
}

/* A firewall: over ssh, and it is told why. */
static void test_no_way(void **state)
{
    struct scenario s = well();

    s.dark_at_first = true;
    move_once(&s);
    check_moved();
    LAW(!res->over_lanes && !strcmp(res->way, "Connection refused"));
    LAW(!*res->cipher);
    forget();
}

/* Of four lanes the first two fail at once: there are others. */
static void test_some_way(void **state)
{
    struct scenario s = well();

    s.lanes = 4;
    s.refuse = 2;
    move_once(&s);
    check_moved();
    LAW(res->over_lanes);
    forget();
}

/* Hands are shaken late by a busy host: no firewall is in the way. */
static void test_slow(void **state)
{
    struct scenario s = well();

    s.idle_ms =
        1700; /* longer than a port is waited for that nobody reaches */
    move_once(&s);
    check_moved();
    LAW(res->over_lanes);
    forget();
}

/* So late that a port would be given up by now, had it been connected to. */
static void test_slow_start(void **state)
{
    char dir[] = "/tmp/test_move_lanes.XXXXXX", path[sizeof dir + 8];
    struct scenario s = well();
    FILE *f;

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/wire", dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\nsleep 1.7\nexec %s\n", program);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0755), 0);
    s.program = path;
    move_once(&s);
    check_moved();
    LAW(res->over_lanes);
    forget();
    unlink(path);
    rmdir(dir);
}

/* Whoever is killed before GO: the guest stays, and nothing of it is there. */
static void test_kills(void **state)
{
    static const struct {
        int wire, end;
    } rows[] = { { FAKE_SOURCE, NOBODY },
                 { FAKE_TARGET, NOBODY },
                 { NOBODY, FAKE_TARGET } };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scenario s = well();

        s.plan.save = SAVE_ENDLESS;
        s.kill_after = "T restore";
        s.kill_wire = rows[i].wire;
        s.kill_end = rows[i].end;
        move_once(&s);
        LAW(res->outcome == XLX_STAYED && !w->violations);
        LAW(fake_state(w, FAKE_SOURCE) == FAKE_RUNNING);
        LAW(rows[i].end == FAKE_TARGET ||
            fake_state(w, FAKE_TARGET) == FAKE_ABSENT);
        forget();
    }
}

/* The source host's process is killed: the lanes tell it, as ssh does, and the
 * copy is gone at once. */
static void test_source_killed(void **state)
{
    struct scenario s = well();

    s.plan.save = SAVE_ENDLESS;
    s.kill_after = "S goes over lanes";
    s.kill_end = FAKE_SOURCE;
    move_once(&s);
    LAW(!w->violations && res->rc[1]);
    LAW(fake_state(w, FAKE_TARGET) == FAKE_ABSENT);
    forget();
}

/* --- cuts at each state ---------------------------------------------------------------- */

struct cut {
    const char *moment;
    enum xlx_outcome ends; /* of a cut for good */
    const char *hurry;
};

/* From prepared on: before it nothing is said over the wire. */
static const struct cut cuts[] = {
    { "target receiving before", XLX_STAYED, NULL },
    { "target receiving after", XLX_STAYED, NULL },
    { "target ready before", XLX_STAYED, NULL },
    { "target ready after", XLX_STAYED, NULL },
    /* GO is on record, and was never heard: it is asked, and stays */
    { "source go before", XLX_STAYED, "T recorded aborted" },
    { "source go after", XLX_STAYED, "T recorded aborted" },
    /* GO was heard, and no report: it is asked, and has moved */
    { "target accepted before", XLX_MOVED, "S asked" },
    { "target accepted after", XLX_MOVED, "S asked" },
    { "target done before", XLX_MOVED, "S asked" },
    { "target done after", XLX_MOVED, "S asked" },
    { "source done before", XLX_MOVED, NULL },
    { "source done after", XLX_MOVED, NULL },
};
enum { CUTS = sizeof cuts / sizeof cuts[0] };

_Noreturn static void cut_once(const struct cut *c, bool for_good)
{
    struct scenario s = well();

    beside = true;
    s.plan.stream_bytes = 1 << 20;
    s.lanes = 2;
    s.moment = c->moment;
    s.cut_for_good = for_good;
    s.hurry = for_good ? c->hurry : NULL;
    s.patience_s = for_good ? 1 : 300;
    move_once(&s);
    LAW(res->moment == MOMENT_CUT && !w->violations);
    if (for_good && c->ends == XLX_STAYED) {
        check_stayed();
    } else {
        LAW(res->outcome == XLX_MOVED);
        LAW(fake_state(w, FAKE_TARGET) == FAKE_RUNNING);
        LAW(fake_state(w, FAKE_SOURCE) == FAKE_ABSENT);
    }
    LAW(noted("S asked") == (for_good && c->hurry));
    if (!for_good)
        check_moved();
    _exit(0);
}

/* All at once: most of the time they wait. */
static void cut_everywhere(bool for_good)
{
    pid_t pid[CUTS];
    int status, bad = 0;

    fflush(NULL);
    for (int i = 0; i < CUTS; i++) {
        pid[i] = fork();
        if (!pid[i])
            cut_once(&cuts[i], for_good);
    }
    for (int i = 0; i < CUTS; i++)
        if (waitpid(pid[i], &status, 0) != pid[i] || status) {
            print_error("%s: %x\n", cuts[i].moment, (unsigned)status);
            bad++;
        }
    assert_int_equal(bad, 0);
}

/* Both lanes are cut at once, at each state: it goes on as if nothing was. */
static void test_cut_at_each_state(void **state)
{
    cut_everywhere(false);
}

/* Nothing comes back, ssh neither: the guest is at one place. */
static void test_cut_for_good(void **state)
{
    cut_everywhere(true);
}

/* --- certificates ------------------------------------------------------------------------ */

/* Both ends have the same folder: h1 is h2 as well. */
static struct scenario with_pki(bool source, bool target)
{
    struct scenario s = well();

    s.pki[FAKE_SOURCE] = source;
    s.pki[FAKE_TARGET] = target;
    s.host = "h2.example.com";
    return s;
}

static void test_pki(void **state)
{
    struct scenario s = with_pki(true, true);

    s.only[0] = s.only[1] = true;
    s.lanes = 2;
    s.cut_every = 900000;
    move_once(&s);
    check_moved();
    LAW(res->over_lanes && res->lost);
    forget();
    s.cut_every = 0;
    s.only[0] = s.only[1] = false;
    s.host = "10.0.0.2"; /* another than the certificate has */
    move_once(&s);
    check_moved();
    LAW(!res->over_lanes && strstr(res->way, "is of h2.example.com"));
    forget();
}

/* One of them wants certificates, and the other not: never by lanes; over ssh if
 * that is not ruled out. */
static void test_pki_apart(void **state)
{
    for (int end = 0; end < 2; end++)
        for (int only = 0; only < 2; only++) {
            struct scenario s = with_pki(end == 0, end == 1);

            s.only[end] = only;
            move_once(&s);
            LAW(!res->over_lanes);
            LAW(strstr(res->apart, end ? "by certificates alone"
                                       : "takes lanes without certificates"));
            if (only) {
                check_stayed();
                LAW(strstr(res->err[end].text, "wire_pki = \"require\""));
                LAW(!noted("created"));
            } else {
                check_moved();
            }
            forget();
        }
}

/* They would show some, and no port is reached, or it is another host's. */
static void test_pki_required(void **state)
{
    struct scenario s = with_pki(true, true);

    s.only[FAKE_SOURCE] = true;
    s.dark_at_first = true;
    move_once(&s);
    check_stayed();
    LAW(strstr(res->err[0].text, "ssh is ruled out (wire_pki = \"require\"), "
                                 "and there is no lane by certificates: "
                                 "Connection refused"));
    forget();
    s.dark_at_first = false;
    s.host = "h3.example.com";
    move_once(&s);
    check_stayed();
    LAW(strstr(res->err[0].text, "is of h2.example.com"));
    forget();
}

/* --- where the target host listens ----------------------------------------------------- */

static void refuses(const struct lanes_wish *own, const char *text)
{
    struct xlx_carrier c = XLX_CARRIER_NONE;
    struct word_lanes offer = { .version = 0 };
    struct msg why = MSG_NONE;

    if (!lanes_listen(own, &c, &offer, &why))
        fail_msg("port %u of %s, and not \"%s\"", offer.port, offer.address,
                 text);
    if (!strstr(why.text, text))
        fail_msg("\"%s\" does not say \"%s\"", why.text, text);
    assert_true(c.pid < 0 && c.stream[0] < 0 && !offer.version);
}

static void test_where(void **state)
{
    struct xlx_carrier c = XLX_CARRIER_NONE;
    struct word_lanes offer = { .version = 0 };
    struct msg why = MSG_NONE;
    char ports[16], text[64];
    struct lanes_wish own;

    sc = well();
    own = wish(FAKE_TARGET);
    own.network = "203.0.113.77/32";
    refuses(&own, "no address in 203.0.113.77/32");
    own.network = NULL;
    unsetenv("SSH_CONNECTION");
    refuses(&own, "set migration_network");
    setenv("SSH_CONNECTION", "10.0.0.1 40000 h2 22", 1);
    refuses(&own, "set migration_network");
    setenv("SSH_CONNECTION", "10.0.0.1 40000 127.0.0.1 22", 1);
    relay_open(&relay, 1);
    snprintf(ports, sizeof ports, "%u", relay.port);
    snprintf(text, sizeof text, "no port of 127.0.0.1 from %u to %u is free",
             relay.port, relay.port);
    own.ports = ports;
    refuses(&own, text);
    relay_close(&relay);
    assert_int_equal(lanes_listen(&own, &c, &offer, &why), 0);
    assert_int_equal(offer.port, relay.port);
    assert_string_equal(offer.address, "127.0.0.1");
    xlx_carrier_kill(&c);
    xlx_carrier_end(&c, 5000);
    assert_true(c.pid < 0);
    own.program = "/nonexistent";
    refuses(&own, "/nonexistent can't be started");
}

/* Nor is one that only has a meaning on a link (this machine may have none). */
static void test_link_local(void **state)
{
    struct lanes_wish own;

    sc = well();
    own = wish(FAKE_TARGET);
    own.network = "fe80::/10";
    setenv("SSH_CONNECTION", "10.0.0.1 40000 10.0.0.2 22", 1);
    refuses(&own, "no address in fe80::/10");
}

/* A loopback address is none that another host could reach. */
static void test_loopback(void **state)
{
    struct xlx_carrier c = XLX_CARRIER_NONE;
    struct word_lanes offer = { .version = 0 };
    struct msg why = MSG_NONE;
    struct lanes_wish own;

    sc = well();
    own = wish(FAKE_TARGET);
    own.network = "127.0.0.0/8";
    setenv("SSH_CONNECTION", "10.0.0.1 40000 10.0.0.2 22", 1);
    refuses(&own, "no address in 127.0.0.0/8");
    own.network = "0.0.0.0/0";
    if (!lanes_listen(&own, &c, &offer, &why)) {
        assert_true(strncmp(offer.address, "127.", 4) != 0);
        xlx_carrier_kill(&c);
        xlx_carrier_end(&c, 60000);
    } else { /* this machine has no other */
        assert_non_null(strstr(why.text, "no address in 0.0.0.0/0"));
    }
    setenv("SSH_CONNECTION", "127.0.0.1 40000 127.0.0.1 22", 1);
    own.network = "127.0.0.0/8";
    assert_int_equal(lanes_listen(&own, &c, &offer, &why), 0);
    assert_string_equal(offer.address, "127.0.0.1");
    xlx_carrier_kill(&c);
    xlx_carrier_end(&c, 60000);
}

/* Time, which can be made to pass faster. */
static unsigned faster = 1;

uint64_t __real_clock_us(void);
uint64_t __wrap_clock_us(void);

uint64_t __wrap_clock_us(void)
{
    return __real_clock_us() * faster;
}

/* A program that never says where it listens. */
static void test_late(void **state)
{
    static const struct {
        unsigned faster;
        const char *script, *text;
    } row[] = {
        { 100, "#!/bin/sh\nexec sleep 60\n", "does not listen yet after 5 s" },
        { 1, "#!/bin/sh\nexit 0\n", "has ended before it listened" },
    };
    char dir[] = "/tmp/test_move_lanes.XXXXXX", path[sizeof dir + 8];
    struct lanes_wish own;

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/wire", dir);
    setenv("SSH_CONNECTION", "127.0.0.1 40000 127.0.0.1 22", 1);
    sc = well();
    own = wish(FAKE_TARGET);
    own.program = path;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        fputs(row[i].script, f);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(chmod(path, 0755), 0);
        faster = row[i].faster;
        refuses(&own, row[i].text);
        faster = 1;
    }
    unlink(path);
    rmdir(dir);
}

static int pki_make(void **state)
{
    pki_dir = tmpdir_make("test_move_lanes");
    cert_site(pki_dir, "DNS:h2.example.com", 100);
    return 0;
}

static int pki_remove(void **state)
{
    tmpdir_remove(pki_dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_dark_pre_copy),
        cmocka_unit_test(test_dark_suspended),
        cmocka_unit_test(test_no_way),
        cmocka_unit_test(test_some_way),
        cmocka_unit_test(test_slow),
        cmocka_unit_test(test_slow_start),
        cmocka_unit_test(test_kills),
        cmocka_unit_test(test_source_killed),
        cmocka_unit_test(test_cut_at_each_state),
        cmocka_unit_test(test_cut_for_good),
        cmocka_unit_test(test_pki),
        cmocka_unit_test(test_pki_apart),
        cmocka_unit_test(test_pki_required),
        cmocka_unit_test(test_where),
        cmocka_unit_test(test_loopback),
        cmocka_unit_test(test_link_local),
        cmocka_unit_test(test_late),
    };
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 40);

    signal(SIGPIPE, SIG_IGN);
    unsetenv("SSH_CONNECTION"); /* of whoever runs this */
    program[n < 0 ? 0 : n] = '\0';
    if (strrchr(program, '/'))
        strcpy(strrchr(program, '/'), "/../rackhop-wire");
    return cmocka_run_group_tests(tests, pki_make, pki_remove);
}
