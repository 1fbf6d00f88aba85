/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Takes a guest in: checks what must be so before its memory moves, then gives
 * the stream to libxl, which builds the guest paused under NAME--incoming.
 */
#include "libxl-ext/receive_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libxl_utils.h>

#include "libxl-ext/ctl.h"
#include "libxl-ext/handshake.h"
#include "tools/base/msg.h"
#include "tools/base/clock.h"

enum {
    SILENCE_S = 900, /* no byte of the stream: the source host is gone */
};

static void build_restored(libxl_ctx *ctx, int rc, void *for_callback)
{
    struct receiver *m = for_callback;

    m->ao_done = true;
    m->ao_rc = rc;
}

static bool build_over(void *arg)
{
    return ((struct receiver *)arg)->ao_done;
}

/* An armed guest is whole when libxl and the placer are through. */
static bool build_whole(const struct receiver *m)
{
    if (!m->arm.on)
        return m->ao_done;
    return m->ao_done ? m->ao_rc || xlx_receive_arm_over(m) : m->arm.failed;
}

static bool build_whole_or_silent(void *arg)
{
    struct receiver *m = arg;

    return build_whole(m) || m->tail.due ||
           clock_us() - m->heard_us > SILENCE_S * SECONDS;
}

static void build_helper_ready(void *arg, short revents)
{
    struct receiver *m = arg;
    char buf[XLX_CTL_MAX];
    struct xlx_ctl c;
    ssize_t n = recv(m->ctl, buf, sizeof buf, MSG_DONTWAIT);

    if (n > 0) {
        if (xlx_ctl_parse(&c, buf, (size_t)n) || c.type != XLX_CTL_PHASE)
            return;
        if (c.value == XLX_PHASE_COMPLETE) { /* again, while it waits */
            if (!m->r->times.target_built)
                m->r->times.target_built = c.now_us;
            m->tail.due = m->tail.on && !m->arm.on && !m->tail.taken;
        }
        if (m->arm.on)
            xlx_receive_arm_hear(m, &c);
        return;
    }
    loop_remove(m->ctl_watch);
    m->ctl_watch = NULL;
}

/* --- before memory moves -------------------------------------------------------- */

static bool build_name_free(struct receiver *m, const char *name,
                            struct msg *err)
{
    uint32_t domid;
    libxl_dominfo *list;
    int n;
    bool is = true;

    if (!libxl_name_to_domid(m->r->x->ctx, name, &domid)) {
        msg_set(err, "the target host has a domain %s (id %u) already", name,
                domid);
        return false;
    }
    list = libxl_list_domain(m->r->x->ctx, &n);
    if (!list)
        msg_set(err, "the target host's domains can't be listed");
    for (int i = 0; list && i < n; i++)
        if (!list[i].dying &&
            !libxl_uuid_compare(&list[i].uuid, &m->config.c_info.uuid)) {
            msg_set(err, "the target host has its UUID already, as domain %u",
                    list[i].domid);
            is = false;
        }
    if (list)
        libxl_dominfo_list_free(list, n);
    return list && is;
}

/* --- the mark ------------------------------------------------------------------- */

/*
 * The copy is marked in the same transaction that gives it its name (libxl
 * writes xsdata then), so that whoever settles this move finds it, and no
 * other. A configuration that came with a mark has that of an earlier move.
 */
static int build_mark(struct receiver *m, const char *mark)
{
    libxl_key_value_list old = m->config.c_info.xsdata, more;
    size_t n = (size_t)libxl_key_value_list_length(&old), to = 0;

    more = calloc(2 * n + 3, sizeof *more);
    if (!more)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(old[2 * i], XLX_MARK)) {
            free(old[2 * i]);
            free(old[2 * i + 1]);
            continue;
        }
        more[to++] = old[2 * i];
        more[to++] = old[2 * i + 1];
    }
    free(old);
    m->config.c_info.xsdata = more;
    more[to] = strdup(XLX_MARK);
    more[to + 1] = strdup(mark);
    return more[to] && more[to + 1] ? 0 : -ENOMEM;
}

/* Without its mark nobody would know the copy for this move's. */
static int build_check_mark(struct receiver *m, const char *mark)
{
    char found[sizeof((struct xlx_copy *)0)->mark];
    int rc =
        xlx_store_read(m->r->x, m->r->domid, XLX_MARK, found, sizeof found);

    if (!rc && strcmp(found, mark))
        rc = -EIO;
    if (rc)
        msg_set(m->err, "the copy's mark can't be read from xenstore: %s",
                strerror(-rc));
    return rc;
}

static const char *build_wants_mark(const struct receiver *m)
{
    const struct xlx_handover *h = m->r->handover;

    return h && h->mark ? h->mark(h->arg) : NULL;
}

int xlx_receive_config(struct receiver *m)
{
    struct xlx_receive *r = m->r;
    struct msg *err = m->err;
    const char *why, *mark;
    int rc;

    rc = xlx_hs_read_config(&m->loop, m->stream[0], &r->config_json, &why,
                            clock_us() + CONFIG_S * SECONDS);
    if (rc) {
        msg_set(err, "%s", why);
        return rc;
    }
    r->config_came = true;
    if (libxl_domain_config_from_json(r->x->ctx, &m->config, r->config_json)) {
        msg_set(err, "the guest's configuration can't be read");
        return -EPROTO;
    }
    if (!m->config.c_info.name || !*m->config.c_info.name ||
        strlen(m->config.c_info.name) > 200) {
        msg_set(err, "the guest has no name");
        return -EPROTO;
    }
    snprintf(r->uuid, sizeof r->uuid, LIBXL_UUID_FMT,
             LIBXL_UUID_BYTES(m->config.c_info.uuid));
    if (r->handover && r->handover->enter) {
        /* what an earlier move left goes first */
        rc = r->handover->enter(r->handover->arg, r->uuid, err);
        if (rc)
            return rc;
    }
    if (!build_name_free(m, m->config.c_info.name, err))
        return -EEXIST;
    if (!libxl_domid_valid_guest(m->config.c_info.domid))
        m->config.c_info.domid = INVALID_DOMID; /* the next that is free */
    m->final_name = m->config.c_info.name;
    if (asprintf(&m->config.c_info.name, "%s" XLX_INCOMING, m->final_name) <
        0) {
        m->config.c_info.name = NULL;
        msg_set(err, "out of memory");
        return -ENOMEM;
    }
    mark = build_wants_mark(m);
    if (mark && build_mark(m, mark)) {
        msg_set(err, "out of memory");
        return -ENOMEM;
    }
    m->arm.mark = mark;
    return xlx_receive_memory(m, err);
}

/* --- the stream -------------------------------------------------------------------- */

static void build_helper(struct receiver *m)
{
    int pair[2];
    char fd[16];

    unsetenv(XLX_ENV_CODEC);
    unsetenv(XLX_ENV_TAIL);
    if (!m->r->helper ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return;
    fcntl(pair[1], F_SETFD, 0);
    snprintf(fd, sizeof fd, "%d", pair[1]);
    setenv("LIBXL_SAVE_HELPER", m->r->helper, 1);
    setenv(XLX_ENV_CTL, fd, 1);
    if (m->r->codec)
        setenv(XLX_ENV_CODEC, "auto", 1);
    if (m->tail.on)
        setenv(XLX_ENV_TAIL, "1", 1);
    m->ctl = pair[0];
    m->ctl_helper = pair[1];
    m->ctl_watch = loop_add(&m->loop, m->ctl, POLLIN, build_helper_ready, m);
}

/* libxl begins: it reads the stream, or its part of an armed one. */
static int build_begin(struct receiver *m, const libxl_asyncop_how *how)
{
    struct xlx_receive *r = m->r;
    libxl_domain_restore_params params;
    int result, from = m->arm.on ? m->arm.pipe[0] : m->stream[0];

    libxl_domain_restore_params_init(&params);
    params.checkpointed_stream = LIBXL_CHECKPOINTED_STREAM_NONE;
    params.stream_version = 2;
    result = libxl_domain_create_restore(r->x->ctx, &m->config, &r->domid,
                                         from, -1, &params, how, NULL);
    libxl_domain_restore_params_dispose(&params);
    if (!result)
        return 0;
    msg_set(m->err, "libxl would not begin: %s", xlx_libxl_text(result));
    return xlx_libxl_errno(result);
}

/* 0: libxl is through with the domain, well or not. */
static int build_wait(struct receiver *m, const libxl_asyncop_how *how)
{
    int rc, tail_rc = 0;

    m->heard_us = clock_us();
    rc = loop_run(&m->loop, build_whole_or_silent, m, UINT64_MAX);
    if (!rc && m->tail.due && !m->ao_done) {
        tail_rc = xlx_receive_tail(m);
        if (!tail_rc)
            rc = loop_run(&m->loop, build_whole_or_silent, m, UINT64_MAX);
    }
    if (!tail_rc && build_whole(m) && m->ao_done)
        return rc;
    if (!m->ao_done) {
        libxl_ao_abort(m->r->x->ctx, how);
        loop_run(&m->loop, build_over, m, clock_us() + 30 * SECONDS);
        m->r->unfinished = !m->ao_done;
    }
    if (m->arm.failed)
        return xlx_receive_arm_end(m);
    if (tail_rc)
        return tail_rc;
    msg_set(m->err, rc ? "cancelled at the target host"
                       : "the source host went silent");
    return rc ? rc : -ETIMEDOUT;
}

static int build_result(struct receiver *m)
{
    const struct xlx_receive *r = m->r;
    const char *why;

    if (!m->ao_rc)
        return m->arm.on ? xlx_receive_arm_end(m) : 0;
    why = r->first_error ? r->first_error(r->log) : "";
    msg_set(m->err, "the guest could not be built: %s",
            *why ? why : xlx_libxl_text(m->ao_rc));
    return xlx_libxl_errno(m->ao_rc);
}

int xlx_receive_build(struct receiver *m)
{
    struct xlx_receive *r = m->r;
    const libxl_asyncop_how how = { .callback = build_restored,
                                    .u.for_callback = m };
    int rc = 0;

    r->domid = INVALID_DOMID;
    build_helper(m);
    if (xlx_receive_arm_wanted(m))
        rc = xlx_receive_arm_begin(m);
    if (!rc)
        rc = build_begin(m, &how);
    if (rc)
        return rc;
    rc = build_wait(m, &how);
    if (!rc)
        rc = build_result(m);
    if (!rc && r->built)
        r->built(r->admit_arg);
    if (!rc && m->arm.mark)
        rc = build_check_mark(m, m->arm.mark);
    r->times.target_restored = clock_us();
    return rc;
}
