/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-save-helper: what libxl runs, through LIBXL_SAVE_HELPER, to save a
 * domain. xc_domain_save blocks, so it has a process of its own; libxl never
 * sets its precopy_policy callback, so that callback lives here, in the same
 * process, and asks xlx_policy_decide().
 *
 *   fd 0   replies from libxl, one int32 each
 *   fd 1   messages to libxl (helper_msg.h)
 *   FD     the stream, inherited; its number is an argument
 *   $RACKHOP_CTL_FD  reports to the move, commands from it (ctl.h); optional
 *   $RACKHOP_POLICY  the policy as text; without it the defaults
 *
 * SIGTERM means abort, as in the stock helper: the stream's descriptor is
 * replaced by one that can't be written, so that libxc fails at its next write
 * and takes its own way out, which turns log-dirty off. SIGINT is the move's
 * business: a ^C reaches every process of the terminal, and must not end this
 * one in the middle of a page.
 *
 * Every mode but --save-domain is handed to the stock helper. A receiver that
 * wants to know when the memory was built has it run as a child, which dies
 * with this process, as libxl expects when it kills its helper.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenguest.h>

#include "libxl-ext/ctl.h"
#include "libxl-ext/helper_msg.h"
#include "libxl-ext/policy.h"
#include "tools/base/clock.h"

enum {
    WAIT_MS = 20,         /* between two looks while something is waited for */
    HOLD_ROUND_MS = 1000, /* while held warm, a round a second */
};

struct helper {
    xc_interface *xch;
    uint32_t domid;
    struct xlx_policy policy;
    struct xlx_history history;
    int ctl; /* -1: none */
    uint64_t inflight, sent;
    bool cutover, hold, abort;
};

static int stream_fd = -1, unwritable_fd = -1;

/* --- libxl's pipe ----------------------------------------------------------- */

static void send_msg(const struct helper_msg *m)
{
    static uint8_t buf[HM_MAX + 2];
    size_t len = helper_msg_encode(m, buf), done = 0;

    while (done < len) {
        ssize_t r = write(STDOUT_FILENO, buf + done, len - done);

        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            _exit(255); /* libxl is gone: nobody wants the rest */
        done += (size_t)r;
    }
}

static int ask(const struct helper_msg *m)
{
    size_t done = 0;
    int32_t v = 0;

    send_msg(m);
    while (done < sizeof v) {
        ssize_t r = read(STDIN_FILENO, (char *)&v + done, sizeof v - done);

        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            _exit(254);
        done += (size_t)r;
    }
    return v;
}

__attribute__((format(printf, 5, 0))) static void log_message(
    struct xentoollog_logger *l, xentoollog_level level, int err,
    const char *context, const char *format, va_list al)
{
    char text[HM_STRING_MAX];

    vsnprintf(text, sizeof text, format, al);
    send_msg(&(struct helper_msg){ .type = HM_LOG,
                                   .u32 = { level, (uint32_t)err },
                                   .str = { context, text } });
}

static void log_progress(struct xentoollog_logger *l, const char *context,
                         const char *what, int percent, unsigned long done,
                         unsigned long total)
{
    send_msg(&(struct helper_msg){ .type = HM_PROGRESS,
                                   .str = { context, what },
                                   .u64 = { done, total } });
}

static void log_destroy(struct xentoollog_logger *l)
{
}

static struct xentoollog_logger logger = { log_message, log_progress,
                                           log_destroy };

_Noreturn __attribute__((format(printf, 1, 2))) static void fail(
    const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_message(&logger, XTL_ERROR, errno, "rackhop-save-helper", fmt, ap);
    va_end(ap);
    exit(255);
}

/* --- the move ----------------------------------------------------------------- */

/* A move that does not listen any more must not stop the save. */
static void tell(struct helper *h, const struct xlx_ctl *c)
{
    char buf[XLX_CTL_MAX];

    if (h->ctl >= 0)
        (void)!send(h->ctl, buf, xlx_ctl_format(c, buf),
                    MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void tell_phase(struct helper *h, enum xlx_phase phase)
{
    tell(h, &(struct xlx_ctl){
                .type = XLX_CTL_PHASE, .now_us = clock_us(), .value = phase });
}

static void obey(struct helper *h, const struct xlx_ctl *c)
{
    switch (c->type) {
    case XLX_CTL_INFLIGHT: h->inflight = c->value; break;
    case XLX_CTL_RATE: h->policy.bandwidth = c->value; break;
    case XLX_CTL_CUTOVER: h->cutover = true; break;
    case XLX_CTL_HOLD: h->hold = true; break;
    case XLX_CTL_RELEASE: h->hold = false; break;
    case XLX_CTL_ABORT: h->abort = true; break;
    case XLX_CTL_ROUND:
    case XLX_CTL_PHASE: break; /* ours to say */
    }
}

/* Commands that wait, and for up to ms one that may come. */
static void listen_for(struct helper *h, int ms)
{
    struct pollfd p = { .fd = h->ctl, .events = POLLIN };

    if (h->ctl < 0) {
        poll(NULL, 0, ms);
        return;
    }
    while (poll(&p, 1, ms) > 0) {
        char buf[XLX_CTL_MAX];
        struct xlx_ctl c;
        ssize_t n = recv(h->ctl, buf, sizeof buf, MSG_DONTWAIT);

        if (n <= 0) {
            close(h->ctl);
            h->ctl = -1;
            return;
        }
        if (!xlx_ctl_parse(&c, buf, (size_t)n))
            obey(h, &c);
        ms = 0;
    }
}

/* --- the policy --------------------------------------------------------------- */

/* Pages dirtied since the bitmap was last cleaned; -1 when Xen won't say. */
static int64_t peek(struct helper *h)
{
    xc_shadow_op_stats_t st = { 0, 0 };

    if (xc_logdirty_control(h->xch, h->domid, XEN_DOMCTL_SHADOW_OP_PEEK, NULL,
                            0, 0, &st) < 0)
        return -1;
    return st.dirty_count;
}

static enum xlx_verdict decide(struct helper *h, struct xlx_round *r)
{
    struct xlx_outlook o;
    enum xlx_verdict v;

    listen_for(h, 0);
    r->now_us = clock_us();
    r->inflight = h->inflight;
    v = xlx_policy_decide(&h->policy, &h->history, r, &o);
    if (h->abort) {
        v = XLX_ABORT;
        o.why = XLX_WHY_ABORT;
    } else if (r->after && h->cutover) {
        v = XLX_STOP;
        o.why = XLX_WHY_CUTOVER;
    } else if (r->after && h->hold) {
        v = XLX_CONTINUE;
        o.why = XLX_WHY_HOLD;
    }
    if (v == XLX_WAIT)
        return v; /* it will be told what comes of it */
    tell(h, &(struct xlx_ctl){
                .type = XLX_CTL_ROUND,
                .now_us = r->now_us,
                .iteration = r->iteration,
                .sent = h->sent,
                .dirty = r->dirty,
                .after = r->after,
                .verdict = v,
                .why = o.why,
                .rate = (uint64_t)o.rate,
                .dirty_rate = (uint64_t)o.dirty_rate,
                .dirty_set = o.dirty_set,
                .pause_ms = o.pause_ms < 0 ? -1 : (int64_t)o.pause_ms,
                .next_ms = o.next_ms < 0 ? -1 : (int64_t)o.next_ms,
                .eta_ms = o.eta_s < 0 ? -1 : (int64_t)(o.eta_s * 1e3),
            });
    return v;
}

/* Waits while what was written is still on its way, as long as that empties:
 * the last copy would stand behind it. */
static enum xlx_verdict drain(struct helper *h, struct xlx_round *r)
{
    uint64_t before = h->inflight, since = clock_us();

    for (;;) {
        enum xlx_verdict v;

        listen_for(h, WAIT_MS);
        r->dirty = peek(h);
        v = decide(h, r);
        if (v != XLX_WAIT)
            return v;
        if (h->inflight < before) {
            before = h->inflight;
            since = clock_us();
        } else if (clock_us() - since > 1000000) {
            return XLX_CONTINUE; /* it does not empty */
        }
    }
}

static int precopy(struct precopy_stats s, void *user)
{
    struct helper *h = user;
    struct xlx_round r = { .iteration = s.iteration,
                           .dirty = s.dirty_count,
                           .after = s.dirty_count < 0 };
    enum xlx_verdict v;

    if (r.after) {
        h->sent += h->history.sending;
        r.dirty = peek(h);
    }
    v = decide(h, &r);
    if (v == XLX_WAIT)
        v = drain(h, &r);
    for (int ms = 0; r.after && h->hold && v == XLX_CONTINUE &&
                     ms < HOLD_ROUND_MS && !h->cutover && !h->abort;
         ms += WAIT_MS)
        listen_for(h, WAIT_MS);
    switch (v) {
    case XLX_WAIT:
    case XLX_CONTINUE: return XGS_POLICY_CONTINUE_PRECOPY;
    case XLX_STOP: return XGS_POLICY_STOP_AND_COPY;
    case XLX_ABORT: return XGS_POLICY_ABORT;
    }
    return XGS_POLICY_ABORT;
}

/* --- libxc's other callbacks: libxl answers ----------------------------------- */

static int cb_suspend(void *user)
{
    struct helper *h = user;
    int r;

    tell_phase(h, XLX_PHASE_SUSPEND);
    r = ask(&(struct helper_msg){ .type = HM_SUSPEND });
    if (r)
        tell_phase(h, XLX_PHASE_SUSPENDED);
    return r;
}

static int cb_postcopy(void *user)
{
    return ask(&(struct helper_msg){ .type = HM_POSTCOPY });
}

static int cb_checkpoint(void *user)
{
    return ask(&(struct helper_msg){ .type = HM_CHECKPOINT });
}

static int cb_wait_checkpoint(void *user)
{
    return ask(&(struct helper_msg){ .type = HM_WAIT_CHECKPOINT });
}

static int cb_qemu_logdirty(uint32_t domid, unsigned enable, void *user)
{
    return ask(&(struct helper_msg){ .type = HM_SWITCH_QEMU_LOGDIRTY,
                                     .u32 = { domid, enable } });
}

/* --- start ---------------------------------------------------------------------- */

static void on_term(int sig)
{
    int e = errno;

    if (dup2(unwritable_fd, stream_fd) != stream_fd)
        abort();
    errno = e;
}

static void setup_signals(void)
{
    struct sigaction term = { .sa_handler = on_term };
    sigset_t set;

    unwritable_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (unwritable_fd < 0)
        fail("/dev/null can't be opened");
    signal(SIGINT, SIG_IGN);
    sigemptyset(&term.sa_mask);
    sigaction(SIGTERM, &term, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* With a control socket: goes on in a child, and in the parent waits for it,
 * reports, and ends as it did. */
static void timed_child(void)
{
    const char *fd = getenv(XLX_ENV_CTL);
    struct helper h = { .ctl = fd ? (int)strtol(fd, NULL, 10) : -1 };
    pid_t pid;
    int status;

    if (h.ctl < 0 || fcntl(h.ctl, F_SETFD, FD_CLOEXEC))
        return;
    pid = fork();
    if (pid < 0)
        return;
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == 1)
            _exit(255); /* it died before that call */
        return;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    tell_phase(&h, status ? XLX_PHASE_FAILED : XLX_PHASE_COMPLETE);
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        kill(getpid(), WTERMSIG(status));
    }
    _exit(WEXITSTATUS(status));
}

/* The stock helper of the Xen release that this was built for. */
static int run_stock(char **argv)
{
    static const char *const places[] = {
        ("/usr/lib/xen-" XEN_RELEASE "/bin/libxl-save-helper"),
        "/usr/libexec/xen/bin/libxl-save-helper",
        "/usr/lib/xen/bin/libxl-save-helper",
        "/usr/local/libexec/xen/bin/libxl-save-helper",
        "/usr/local/lib/xen/bin/libxl-save-helper",
    };

    timed_child();
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        argv[0] = (char *)places[i];
        execv(places[i], argv);
    }
    fprintf(stderr,
            "rackhop-save-helper: libxl-save-helper of Xen %s is not "
            "where it was looked for\n",
            XEN_RELEASE);
    return 127;
}

static unsigned long number(const char *s)
{
    char *end;
    unsigned long v;

    errno = 0;
    v = strtoul(s, &end, 10);
    if (errno || *end || end == s)
        fail("bad argument %s", s);
    return v;
}

static void find_move(struct helper *h)
{
    const char *fd = getenv(XLX_ENV_CTL), *policy = getenv(XLX_ENV_POLICY);

    h->ctl = -1;
    if (fd) {
        h->ctl = (int)number(fd);
        if (fcntl(h->ctl, F_SETFD, FD_CLOEXEC))
            fail("%s names no descriptor", XLX_ENV_CTL);
    }
    xlx_policy_init(&h->policy);
    if (policy && xlx_policy_parse(&h->policy, policy))
        fail("%s can't be read", XLX_ENV_POLICY);
}

int main(int argc, char **argv)
{
    static struct helper h;
    struct save_callbacks cb = { .precopy_policy = precopy, .data = &h };
    xc_domaininfo_t dom;
    unsigned cbflags;
    int r, e;

    if (argc != 8 || strcmp(argv[1], "--save-domain"))
        return run_stock(argv);
    stream_fd = (int)number(argv[2]);
    h.domid = (uint32_t)number(argv[4]);
    cbflags = (unsigned)number(argv[6]);
    find_move(&h);
    cb.suspend = cbflags & 1u << HM_SUSPEND ? cb_suspend : NULL;
    cb.postcopy = cbflags & 1u << HM_POSTCOPY ? cb_postcopy : NULL;
    cb.checkpoint = cbflags & 1u << HM_CHECKPOINT ? cb_checkpoint : NULL;
    cb.wait_checkpoint =
        cbflags & 1u << HM_WAIT_CHECKPOINT ? cb_wait_checkpoint : NULL;
    cb.switch_qemu_logdirty =
        cbflags & 1u << HM_SWITCH_QEMU_LOGDIRTY ? cb_qemu_logdirty : NULL;
    setup_signals();
    h.xch = xc_interface_open(&logger, &logger, 0);
    if (!h.xch)
        fail("Xen can't be reached");
    if (xc_domain_getinfolist(h.xch, h.domid, 1, &dom) != 1 ||
        dom.domain != h.domid)
        fail("domain %u is gone", h.domid);
    xlx_history_init(&h.history, dom.tot_pages);
    tell_phase(&h, XLX_PHASE_STARTED);

    r = xc_domain_save(h.xch, stream_fd, h.domid, (uint32_t)number(argv[5]),
                       &cb, (xc_stream_type_t)number(argv[7]),
                       (int)number(argv[3]));
    e = r ? errno : 0;
    tell_phase(&h, r ? XLX_PHASE_FAILED : XLX_PHASE_COMPLETE);
    ask(&(struct helper_msg){ .type = HM_COMPLETE,
                              .u32 = { (uint32_t)r, (uint32_t)e } });
    xc_interface_close(h.xch);
    return 0;
}
