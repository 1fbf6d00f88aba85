/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The receiving end of a move.
 *
 * The happy path: banner, configuration, stream into libxl, READY, GO from
 * the sender, unpause, the name, REPORT. The domain is built under
 * NAME--incoming and stays paused until GO has come whole. Every failure
 * before that destroys it. After GO it is ours: if it can't be unpaused it is
 * destroyed and given back, as xl's wire has it.
 *
 * The unpause and the report come before the rename, not after it as in xl:
 * the guest has waited long enough.
 */
#include "libxl-ext/xlx_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libxl_utils.h>

#include "libxl-ext/ctl.h"
#include "libxl-ext/handshake.h"
#include "libxl-ext/loop.h"
#include "libxl-ext/pump.h"

#define SECONDS 1000000ull

enum {
    CONFIG_S = 3600, /* the sender may be asking its user */
    GO_S = 60,       /* the sender has only to write its record */
    REPORT_S = 60,
    XL_GO_S = 900,
    SILENCE_S = 900, /* no byte of the stream: the sender is gone */
    LEARN_S = 5,
    SETTLE_US = 500000,
    ACK_US = 50000,
    ALIVE_US = 2000000,
    BALLOON_TRIES = 3,
};

struct receiver {
    struct xlx_receive *r;
    struct ho ho;
    int rc; /* what went wrong first */
    char *err;
    size_t errlen;
    bool go; /* it has come: the sender awaits a report */
    struct loop loop;
    struct pump pump;
    int stream[2];    /* the pump writes 1, libxl and the handshake read 0 */
    int ctl, ctl_far; /* from the helper: when the memory is built */
    struct loop_fd *ctl_watch;
    libxl_domain_config config;
    char *final_name;
    bool ao_done;
    int ao_rc;
    uint64_t acked, acked_us, alive_us;
    uint64_t heard, heard_us; /* bytes of the stream, and when */
};

/* To a rackhop sender, on stderr, where its words and libxl's mix. */
__attribute__((format(printf, 2, 3))) static void control(struct receiver *m,
                                                          const char *fmt, ...)
{
    char buf[512];
    va_list ap;
    int n;

    if (!m->r->control)
        return;
    n = snprintf(buf, sizeof buf, "@rackhop ");
    va_start(ap, fmt);
    n += vsnprintf(buf + n, sizeof buf - (size_t)n - 1, fmt, ap);
    va_end(ap);
    if (n > (int)sizeof buf - 2)
        n = (int)sizeof buf - 2;
    buf[n++] = '\n';
    (void)!write(STDERR_FILENO, buf, (size_t)n);
}

static uint64_t tick(void *arg, uint64_t now)
{
    struct receiver *m = arg;
    uint64_t next = pump_tick(&m->pump, now);

    if ((m->pump.eof || m->pump.error) && m->stream[1] >= 0) {
        /* whoever reads the stream must see its end as well */
        pump_stop(&m->pump);
        close(m->stream[1]);
        m->stream[1] = -1;
    }
    if (m->pump.bytes != m->heard) {
        m->heard = m->pump.bytes;
        m->heard_us = now;
    }
    if (m->r->control && now - m->alive_us >= ALIVE_US) {
        /* also while libxl is at work and no bytes come: the sender's guest
         * is suspended, and waits for no host that is gone */
        m->alive_us = now;
        control(m, "alive");
    }
    if (next > now + ALIVE_US)
        next = now + ALIVE_US; /* also to notice a silence */
    if (m->pump.bytes != m->acked && now - m->acked_us >= ACK_US) {
        uint64_t taken = m->pump.bytes;
        int waiting = 0;

        /* what libxl has read, not what waits for it */
        if (!ioctl(m->stream[0], FIONREAD, &waiting))
            taken -= (uint64_t)waiting;
        m->acked_us = now;
        if (taken != m->acked) {
            m->acked = taken;
            if (!m->r->times.far_built) /* what comes later is libxl's few
                                           bytes */
                m->r->times.far_last = now;
            control(m, "ack %" PRIu64, taken);
        }
    }
    if (m->r->control && m->pump.bytes != m->acked &&
        next > m->acked_us + ACK_US)
        next = m->acked_us + ACK_US;
    return next;
}

static void on_restored(libxl_ctx *ctx, int rc, void *for_callback)
{
    struct receiver *m = for_callback;

    m->ao_done = true;
    m->ao_rc = rc;
}

static bool restored(void *arg)
{
    return ((struct receiver *)arg)->ao_done;
}

static bool restored_or_silent(void *arg)
{
    struct receiver *m = arg;

    return m->ao_done || monotonic_us() - m->heard_us > SILENCE_S * SECONDS;
}

static void on_ctl(void *arg, short revents)
{
    struct receiver *m = arg;
    char buf[XLX_CTL_MAX];
    struct xlx_ctl c;
    ssize_t n = recv(m->ctl, buf, sizeof buf, MSG_DONTWAIT);

    if (n > 0) {
        if (!xlx_ctl_parse(&c, buf, (size_t)n) && c.type == XLX_CTL_PHASE &&
            c.value == XLX_PHASE_COMPLETE)
            m->r->times.far_built = c.now_us;
        return;
    }
    loop_remove(m->ctl_watch);
    m->ctl_watch = NULL;
}

/* --- before memory moves -------------------------------------------------------- */

static bool is_free(struct receiver *m, const char *name, char *err,
                    size_t errlen)
{
    uint32_t domid;
    libxl_dominfo *list;
    int n;
    bool is = true;

    if (!libxl_name_to_domid(m->r->x->ctx, name, &domid)) {
        snprintf(err, errlen, "a domain %s (id %u) is here already", name,
                 domid);
        return false;
    }
    list = libxl_list_domain(m->r->x->ctx, &n);
    for (int i = 0; list && i < n; i++)
        if (!libxl_uuid_compare(&list[i].uuid, &m->config.c_info.uuid)) {
            snprintf(err, errlen, "its UUID is here already, as domain %u",
                     list[i].domid);
            is = false;
        }
    if (list)
        libxl_dominfo_list_free(list, n);
    return is;
}

/* As xl's freemem(): what is missing is taken from dom0, when allowed. */
static int find_memory(struct receiver *m, char *err, size_t errlen)
{
    libxl_ctx *ctx = m->r->x->ctx;
    uint64_t need = 0, have = 0;

    for (int i = 0; i < BALLOON_TRIES; i++) {
        int r =
            libxl_domain_need_memory(ctx, &m->config, INVALID_DOMID, &need);

        if (!r)
            r = libxl_get_free_memory(ctx, &have);
        if (r) {
            snprintf(err, errlen, "the free memory can't be told: %s",
                     xlx_libxl_text(r));
            return xlx_libxl_errno(r);
        }
        if (have >= need)
            return 0;
        if (!m->r->balloon)
            break;
        if (libxl_set_memory_target(ctx, 0, (int64_t)have - (int64_t)need, 1,
                                    0))
            break;
        if (!libxl_wait_for_free_memory(ctx, INVALID_DOMID, need, 10))
            return 0;
        if (libxl_wait_for_memory_target(ctx, 0, 1))
            break;
    }
    snprintf(err, errlen,
             "not enough free memory here: %" PRIu64
             " MiB are needed and %" PRIu64 " MiB free",
             (need + 1023) / 1024, have / 1024);
    return -ENOMEM;
}

static int take_config(struct receiver *m, char *err, size_t errlen)
{
    struct xlx_receive *r = m->r;
    const char *why;
    int rc;

    rc = hs_read_config(&m->loop, m->stream[0], &r->config_json, &why,
                        monotonic_us() + CONFIG_S * SECONDS);
    if (rc) {
        snprintf(err, errlen, "%s", why);
        return rc;
    }
    r->config_came = true;
    if (libxl_domain_config_from_json(r->x->ctx, &m->config, r->config_json)) {
        snprintf(err, errlen, "the guest's configuration can't be read");
        return -EPROTO;
    }
    if (!m->config.c_info.name || !*m->config.c_info.name ||
        strlen(m->config.c_info.name) > 200) {
        snprintf(err, errlen, "the guest has no name");
        return -EPROTO;
    }
    snprintf(r->uuid, sizeof r->uuid, LIBXL_UUID_FMT,
             LIBXL_UUID_BYTES(m->config.c_info.uuid));
    if (r->handover && r->handover->enter) {
        /* what an earlier move left goes first */
        rc = r->handover->enter(r->handover->arg, r->uuid, err, errlen);
        if (rc)
            return rc;
    }
    if (!is_free(m, m->config.c_info.name, err, errlen))
        return -EEXIST;
    if (!libxl_domid_valid_guest(m->config.c_info.domid))
        m->config.c_info.domid = INVALID_DOMID; /* the next that is free */
    m->final_name = m->config.c_info.name;
    if (asprintf(&m->config.c_info.name, "%s--incoming", m->final_name) < 0) {
        m->config.c_info.name = NULL;
        snprintf(err, errlen, "out of memory");
        return -ENOMEM;
    }
    return find_memory(m, err, errlen);
}

/* --- the stream -------------------------------------------------------------------- */

static void export_helper(struct receiver *m)
{
    int pair[2];
    char fd[16];

    if (!m->r->helper ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return;
    fcntl(pair[1], F_SETFD, 0);
    snprintf(fd, sizeof fd, "%d", pair[1]);
    setenv("LIBXL_SAVE_HELPER", m->r->helper, 1);
    setenv(XLX_ENV_CTL, fd, 1);
    m->ctl = pair[0];
    m->ctl_far = pair[1];
    m->ctl_watch = loop_add(&m->loop, m->ctl, POLLIN, on_ctl, m);
}

static int restore(struct receiver *m, char *err, size_t errlen)
{
    struct xlx_receive *r = m->r;
    const char *why;
    libxl_domain_restore_params params;
    libxl_asyncop_how how = { .callback = on_restored, .u.for_callback = m };
    int rc = 0, result;

    r->domid = INVALID_DOMID;
    export_helper(m);
    libxl_domain_restore_params_init(&params);
    params.checkpointed_stream = LIBXL_CHECKPOINTED_STREAM_NONE;
    params.stream_version = 2;
    result =
        libxl_domain_create_restore(r->x->ctx, &m->config, &r->domid,
                                    m->stream[0], -1, &params, &how, NULL);
    libxl_domain_restore_params_dispose(&params);
    if (result) {
        snprintf(err, errlen, "libxl would not begin: %s",
                 xlx_libxl_text(result));
        return xlx_libxl_errno(result);
    }
    m->heard_us = monotonic_us();
    rc = loop_run(&m->loop, restored_or_silent, m, UINT64_MAX);
    if (!m->ao_done) {
        libxl_ao_abort(r->x->ctx, &how);
        loop_run(&m->loop, restored, m, monotonic_us() + 30 * SECONDS);
        snprintf(err, errlen,
                 rc ? "cancelled at the far end" : "the sender went silent");
        return rc ? rc : -ETIMEDOUT;
    }
    if (!rc && m->ao_rc) {
        rc = xlx_libxl_errno(m->ao_rc);
        why = r->first_error ? r->first_error(r->log) : "";
        snprintf(err, errlen, "the guest could not be built: %s",
                 *why ? why : xlx_libxl_text(m->ao_rc));
    }
    r->times.far_restored = monotonic_us();
    return rc;
}

/* --- GO and after ---------------------------------------------------------------- */

static bool never(void *arg)
{
    return false;
}

/*
 * The name. It comes last and at leisure: the guest has just been woken, and
 * on a small host every cycle that dom0 takes now is taken from its devices
 * on their way back. The sender waits for our end before it says that all
 * is well.
 */
static void take_name(struct receiver *m)
{
    struct xlx_receive *r = m->r;
    int x;

    loop_run(&m->loop, never, m, monotonic_us() + SETTLE_US);
    x = libxl_domain_rename(r->x->ctx, r->domid, m->config.c_info.name,
                            m->final_name);
    if (x) /* it runs: a wrong name is no reason to end it */
        xtl_log(r->x->lg, XTL_WARN, -1, "rackhop",
                "the domain is still called %s here (%s)",
                m->config.c_info.name, xlx_libxl_text(x));
}

static void send_times(struct receiver *m)
{
    const struct xlx_times *t = &m->r->times;

    control(m,
            "times %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
            " %" PRIu64,
            t->far_last, t->far_built, t->far_restored, t->far_go,
            t->far_unpaused, t->far_done);
}

static int report(struct receiver *m, int rc)
{
    uint64_t deadline = monotonic_us() + REPORT_S * SECONDS;
    uint8_t code = rc ? 1 : 0;
    int r;

    send_times(m);
    r = hs_say(&m->loop, m->r->out, HS_REPORT, deadline);
    if (!r)
        r = hs_write(&m->loop, m->r->out, &code, 1, deadline);
    return r;
}

/* What a rackhop sender adds after the report: one line, or its end. */
static void learn(struct receiver *m)
{
    char *line = m->r->learned;
    uint64_t deadline = monotonic_us() + LEARN_S * SECONDS;

    for (size_t n = 0; n < sizeof m->r->learned - 1; n++) {
        if (hs_read(&m->loop, m->stream[0], &line[n], 1, deadline))
            break;
        if (line[n] == '\n') {
            line[n] = '\0';
            return;
        }
    }
    *line = '\0';
}

/* --- the machine's effects -------------------------------------------------- */

static enum ho_input record(struct receiver *m)
{
    const struct xlx_handover *h = m->r->handover;
    enum ho_input in;

    if (!h)
        return HO_STORED;
    in = h->store(h->arg, &m->ho, m->r->uuid, m->final_name);
    if (in == HO_STORED)
        return in;
    if (m->ho.next == HO_DONE)
        xtl_log(m->r->x->lg, XTL_WARN, -1, "rackhop",
                "the guest runs here, which could not be recorded: %s",
                h->why(h->arg));
    else if (!m->rc) {
        m->rc = in == HO_UNSTORED ? -EIO : -ESTALE;
        snprintf(m->err, m->errlen, "%s", h->why(h->arg));
    }
    return in;
}

static enum ho_input build(struct receiver *m)
{
    m->rc = restore(m, m->err, m->errlen);
    return m->rc ? HO_FAILED : HO_OK;
}

static enum ho_input say_ready(struct receiver *m)
{
    uint64_t deadline =
        monotonic_us() + (m->r->control ? GO_S : XL_GO_S) * SECONDS;

    m->rc = hs_say(&m->loop, m->r->out, HS_READY, deadline);
    if (!m->rc)
        m->rc = hs_expect(&m->loop, m->stream[0], HS_GO, deadline);
    if (m->rc) {
        snprintf(m->err, m->errlen,
                 "the sender did not say go; its copy stays");
        return HO_FAILED;
    }
    m->go = true;
    m->r->times.far_go = monotonic_us();
    m->loop.cancel = NULL; /* what follows is short, and not to be left */
    return HO_OK;
}

static enum ho_input start(struct receiver *m)
{
    struct xlx_receive *r = m->r;

    m->rc = xlx_copy_start(r->x, r->domid, r->paused, m->err, m->errlen);
    r->times.far_unpaused = monotonic_us();
    return m->rc ? HO_FAILED : HO_OK;
}

static enum ho_input drop(struct receiver *m)
{
    if (libxl_domid_valid_guest(m->r->domid))
        xlx_copy_drop(m->r->x, m->r->domid);
    m->r->domid = INVALID_DOMID;
    return HO_OK;
}

/* Who has not said GO hears of a failure by the end of the connection. */
static enum ho_input say_what_came(struct receiver *m)
{
    struct xlx_receive *r = m->r;

    r->times.far_done = monotonic_us();
    if (!m->go)
        return HO_OK;
    if (m->ho.refused) {
        report(m, -EIO);
        hs_say(&m->loop, r->out, HS_GO, monotonic_us() + REPORT_S * SECONDS);
        return HO_OK;
    }
    /* That the report is lost is the sender's doubt, not ours: the guest
     * runs here. */
    if (report(m, 0))
        xtl_log(r->x->lg, XTL_WARN, -1, "rackhop",
                "the sender did not take the report; the guest runs here");
    else if (r->control)
        learn(m);
    return HO_OK;
}

static enum ho_input carry_out(struct receiver *m)
{
    switch (m->ho.doing) {
    case HO_STORE: return record(m);
    case HO_BUILD: return build(m);
    case HO_SAY_READY: return say_ready(m);
    case HO_START: return start(m);
    case HO_DROP: return drop(m);
    case HO_REPORT: return say_what_came(m);
    case HO_STREAM:
    case HO_SAY_GO:
    case HO_ASK:
    case HO_RESUME:
    case HO_END: break;
    }
    return HO_FAILED; /* no target does these */
}

/* The line that a rackhop sender puts in front: which move this is. */
static int take_move(struct receiver *m)
{
    char *line = m->r->move_line;
    uint64_t deadline = monotonic_us() + CONFIG_S * SECONDS;

    for (size_t n = 0; n < sizeof m->r->move_line - 1; n++) {
        int rc = hs_read(&m->loop, m->stream[0], &line[n], 1, deadline);

        if (rc)
            return rc;
        if (line[n] == '\n') {
            line[n] = '\0';
            return 0;
        }
    }
    return -EPROTO;
}

static int receive(struct receiver *m)
{
    struct xlx_receive *r = m->r;
    enum ho_effect todo;
    int rc;

    rc = hs_say(&m->loop, r->out, HS_BANNER, monotonic_us() + 60 * SECONDS);
    if (rc) {
        snprintf(m->err, m->errlen, "the sender does not listen");
        return rc;
    }
    if (r->move_first)
        rc = take_move(m);
    if (rc) {
        snprintf(m->err, m->errlen, "the sender did not say which move it is");
        return rc;
    }
    rc = take_config(m, m->err, m->errlen);
    if (rc)
        return rc;
    todo = ho_begin(&m->ho, HO_TARGET);
    while (todo != HO_END)
        todo = ho_next(&m->ho, carry_out(m));
    r->verdict = m->ho.verdict;
    if (m->ho.verdict != HO_RUNS_HERE)
        return m->rc ? m->rc : -EIO;
    take_name(m);
    r->name = m->final_name;
    m->final_name = NULL;
    return 0;
}

int xlx_receive_run(struct xlx_receive *r, char *err, size_t errlen)
{
    struct receiver m = { .r = r,
                          .err = err,
                          .errlen = errlen,
                          .stream = { -1, -1 },
                          .ctl = -1,
                          .ctl_far = -1 };
    int rc;

    r->domid = INVALID_DOMID;
    libxl_domain_config_init(&m.config);
    loop_init(&m.loop, r->x->ctx);
    m.loop.cancel = r->cancel;
    m.loop.wait_mask = r->wait_mask;
    m.loop.tick = tick;
    m.loop.tick_arg = &m;
    if (pipe2(m.stream, O_CLOEXEC)) {
        rc = -errno;
        snprintf(err, errlen, "no pipe could be made");
        goto out;
    }
    rc = pump_start(&m.pump, &m.loop, r->in, m.stream[1], 0);
    if (rc) {
        snprintf(err, errlen, "the sender's stream can't be read: %s",
                 strerror(-rc));
        goto out;
    }
    rc = receive(&m);
    if (rc && r->config_came)
        control(&m, "error %s", err);
out:
    pump_stop(&m.pump);
    for (int i = 0; i < 2; i++)
        if (m.stream[i] >= 0)
            close(m.stream[i]);
    if (m.ctl >= 0)
        close(m.ctl);
    if (m.ctl_far >= 0)
        close(m.ctl_far);
    unsetenv("LIBXL_SAVE_HELPER");
    unsetenv(XLX_ENV_CTL);
    libxl_domain_config_dispose(&m.config);
    free(m.final_name);
    return rc;
}

void xlx_receive_dispose(struct xlx_receive *r)
{
    free(r->name);
    free(r->config_json);
    r->name = r->config_json = NULL;
}
