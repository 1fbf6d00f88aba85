/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Receives a guest: drives the handover's machine at the target host.
 *
 * The machine (handover.h) says what follows from what. A move that goes well:
 * banner, configuration, stream into libxl, READY, GO from the source host,
 * unpause, REPORT, the name. The domain is built under NAME--incoming and
 * stays paused until GO has come whole. Every failure before that destroys it.
 * After GO the guest is ours: if it can't be unpaused it is refused for good,
 * destroyed and given back, as xl's wire has it.
 *
 * The unpause and the report come before the rename, not after it as in xl:
 * the guest has waited long enough.
 */
#include "libxl-ext/receive_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxl_utils.h>

#include "libxl-ext/context.h"
#include "libxl-ext/ctl.h"
#include "libxl-ext/handshake.h"
#include "libxl-ext/pin.h"

enum {
    BANNER_S = 60,
    GO_S = 60, /* the source host has only to write its record */
    REPORT_S = 60,
    XL_GO_S = 900,
    SETTLE_US = 500000,
};
/* --- the effects ---------------------------------------------------------------------- */

static enum ho_input receive_store(struct receiver *m)
{
    const struct xlx_handover *h = m->r->handover;
    enum ho_input in;

    if (!h)
        return HO_STORED;
    in = h->store(h->arg, &m->ho, m->r->uuid, m->final_name,
                  libxl_domid_valid_guest(m->r->domid) ? m->r->domid : 0);
    if (in == HO_STORED)
        return in;
    if (m->ho.next == HO_DONE)
        xtl_log(
            m->r->x->lg, XTL_WARN, -1, "rackhop",
            "the guest runs on this host, but that could not be recorded: %s",
            h->why(h->arg));
    else if (!m->rc) {
        m->rc = in == HO_UNSTORED ? -EIO : -ESTALE;
        msg_set(m->err, "%s", h->why(h->arg));
    }
    return in;
}

static enum ho_input receive_build(struct receiver *m)
{
    m->rc = xlx_receive_build(m);
    return m->rc ? HO_FAILED : HO_OK;
}

static enum ho_input receive_ready(struct receiver *m)
{
    uint64_t deadline =
        clock_us() + (m->r->control ? GO_S : XL_GO_S) * SECONDS;

    m->rc = xlx_hs_say(&m->loop, m->r->out, XLX_HS_READY, deadline);
    if (!m->rc)
        m->rc = xlx_hs_expect(&m->loop, m->stream[0], XLX_HS_GO, deadline);
    if (m->rc) {
        msg_set(m->err, "the source host did not say go; its copy stays");
        return HO_FAILED;
    }
    m->go = true;
    m->r->times.target_go = clock_us();
    m->loop.cancel = NULL; /* what follows is short, and must not be left */
    return HO_OK;
}

static enum ho_input receive_start(struct receiver *m)
{
    struct xlx_receive *r = m->r;

    m->rc = m->arm.on ? xlx_context_load(r->x, r->contexts, r->uuid, r->domid,
                                         m->err)
                      : 0;
    if (!m->rc)
        m->rc = xlx_copy_start(r->x, r->domid, r->paused, m->err);
    r->times.target_unpaused = clock_us();
    return m->rc ? HO_FAILED : HO_OK;
}

static enum ho_input receive_drop(struct receiver *m)
{
    xlx_receive_arm_stop(m);
    if (libxl_domid_valid_guest(m->r->domid))
        m->r->copy_left = xlx_copy_drop(m->r->x, m->r->domid);
    if (m->arm.on)
        xlx_context_forget(m->r->contexts, m->r->uuid);
    m->r->copy_left |= m->r->unfinished;
    m->r->domid = INVALID_DOMID;
    return HO_OK;
}

static int receive_say_report(struct receiver *m, uint8_t code)
{
    uint64_t deadline = clock_us() + REPORT_S * SECONDS;
    int r;

    xlx_receive_say_times(m);
    r = xlx_hs_say(&m->loop, m->r->out, XLX_HS_REPORT, deadline);
    if (!r)
        r = xlx_hs_write(&m->loop, m->r->out, &code, 1, deadline);
    return r;
}

/* Reports to the source host. One that has not said GO learns of a failure by
 * the end of the connection. */
static enum ho_input receive_report(struct receiver *m)
{
    struct xlx_receive *r = m->r;

    r->times.target_done = clock_us();
    if (!m->go)
        return HO_OK;
    if (m->ho.refused) {
        receive_say_report(m, 1);
        xlx_hs_say(&m->loop, r->out, XLX_HS_GO,
                   clock_us() + REPORT_S * SECONDS);
        return HO_OK;
    }
    /* If the report is lost, the source host is in doubt and this host is not:
     * the guest runs on it. */
    if (receive_say_report(m, 0))
        xtl_log(r->x->lg, XTL_WARN, -1, "rackhop",
                "the source host did not take the report; the guest runs on "
                "this host");
    else if (r->control)
        xlx_receive_learned(m);
    return HO_OK;
}

static enum ho_input receive_effect(struct receiver *m)
{
    switch (m->ho.doing) {
    case HO_STORE: return receive_store(m);
    case HO_BUILD: return receive_build(m);
    case HO_SAY_READY: return receive_ready(m);
    case HO_START: return receive_start(m);
    case HO_DROP: return receive_drop(m);
    case HO_REPORT: return receive_report(m);
    case HO_STREAM:
    case HO_SAY_GO:
    case HO_ASK:
    case HO_RESUME:
    case HO_END: break;
    }
    return HO_FAILED; /* no target does these */
}

/* --- the whole move -------------------------------------------------------------------- */

static bool receive_never(void *arg)
{
    return false;
}

/*
 * The name comes last and at leisure. The guest has just been woken, and on a
 * small host every cycle that dom0 takes now is taken from the guest's devices
 * on their way back. The source host waits for the connection's end before it
 * says that all is well.
 */
static void receive_name(struct receiver *m)
{
    struct xlx_receive *r = m->r;
    int x;

    loop_run(&m->loop, receive_never, m, clock_us() + SETTLE_US);
    x = libxl_domain_rename(r->x->ctx, r->domid, m->config.c_info.name,
                            m->final_name);
    if (x) /* it runs: a wrong name is no reason to end it */
        xtl_log(r->x->lg, XTL_WARN, -1, "rackhop",
                "the domain is still called %s on this host (%s)",
                m->config.c_info.name, xlx_libxl_text(x));
}

/* Also at leisure: until now libxl and Xen have chosen its CPUs. */
static void receive_pin(struct receiver *m)
{
    struct xlx_receive *r = m->r;
    int rc;

    for (size_t i = 0; i < m->n_pins; i++) {
        const struct word_pin *p = &m->pins[i];

        rc = xlx_pin_set(r->x, r->domid, p);
        if (rc) /* it runs: wrong CPUs are no reason to end it */
            xtl_log(r->x->lg, XTL_WARN, -1, "rackhop",
                    "vCPUs %u-%u of the domain can't be pinned to %s (soft: "
                    "%s) on this host: %s",
                    p->first, p->last, p->hard, p->soft, strerror(-rc));
    }
}

/* A source host that knows certificates has not come so far. */
static int receive_way(struct receiver *m)
{
    if (!m->r->lanes_only || m->lanes.on)
        return 0;
    msg_set(m->err, "the target host takes guests by certificates alone "
                    "(wire_pki = \"require\"), and this one comes over ssh");
    return -EPERM;
}

static int receive_guest(struct receiver *m)
{
    struct xlx_receive *r = m->r;
    enum ho_effect todo;
    int rc;

    rc = xlx_hs_say(&m->loop, r->out, XLX_HS_BANNER,
                    clock_us() + BANNER_S * SECONDS);
    if (rc) {
        msg_set(m->err, "the source host does not listen");
        return rc;
    }
    if (r->move_first)
        rc = xlx_receive_move(m);
    xlx_receive_lanes_chosen(m);
    if (rc) {
        msg_set(m->err, "the source host did not say which move it is");
        return rc;
    }
    rc = xlx_receive_config(m);
    if (!rc)
        rc = receive_way(m);
    if (rc)
        return rc;
    todo = ho_begin(&m->ho, HO_TARGET);
    while (todo != HO_END)
        todo = ho_next(&m->ho, receive_effect(m));
    r->verdict = m->ho.verdict;
    if (m->ho.verdict != HO_RUNS_HERE)
        return m->rc ? m->rc : -EIO;
    receive_name(m);
    receive_pin(m);
    r->name = m->final_name;
    m->final_name = NULL;
    return 0;
}

int xlx_receive_run(struct xlx_receive *r, struct msg *err)
{
    struct receiver m = {
        .r = r,
        .err = err,
        .stream = { -1, -1 },
        .ctl = -1,
        .ctl_helper = -1,
        .arm = { .pipe = { -1, -1 }, .stream = -1, .start = -1, .result = -1 },
    };
    int rc;

    r->domid = INVALID_DOMID;
    libxl_domain_config_init(&m.config);
    loop_init(&m.loop);
    xlx_loop_join(&m.loop, &m.libxl, r->x->ctx);
    m.loop.cancel = r->cancel;
    m.loop.wait_mask = r->wait_mask;
    m.loop.tick = xlx_receive_tick;
    m.loop.tick_arg = &m;
    if (pipe2(m.stream, O_CLOEXEC)) {
        rc = -errno;
        msg_set(err, "no pipe could be made");
        goto out;
    }
    fcntl(m.stream[1], F_SETPIPE_SZ, XLX_PIPE_IN);
    rc = xlx_pump_start(&m.pump, &m.loop, r->in, m.stream[1], 0);
    if (rc) {
        msg_set(err, "the source host's stream can't be read: %s",
                strerror(-rc));
        goto out;
    }
    rc = xlx_receive_lanes_open(&m);
    if (!rc)
        rc = receive_guest(&m);
    if (rc && r->config_came)
        xlx_receive_say(&m, &(struct word_report){ .type = WORD_ERROR,
                                                   .text = err->text });
out:
    xlx_receive_tail_dispose(&m);
    xlx_receive_lanes_close(&m, rc);
    xlx_pump_stop(&m.pump);
    loop_dispose(&m.loop);
    for (int i = 0; i < 2; i++)
        if (m.stream[i] >= 0)
            close(m.stream[i]);
    if (m.ctl >= 0)
        close(m.ctl);
    if (m.ctl_helper >= 0)
        close(m.ctl_helper);
    xlx_receive_arm_dispose(&m);
    unsetenv("LIBXL_SAVE_HELPER");
    unsetenv(XLX_ENV_CTL);
    unsetenv(XLX_ENV_CODEC);
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
