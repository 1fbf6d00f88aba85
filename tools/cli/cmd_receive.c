/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop receive: receives a guest; the source host starts it over ssh.
 *
 * It speaks xl's wire, so a stock `xl migrate` can send to it, and it takes
 * the options of `xl migrate-receive` that xl gives. Once the guest runs, a
 * process that watches it stays, as xl's daemon would, unless -e was given.
 */
#include "tools/cli/cmdtable.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tools/log.h"
#include "tools/move/receive.h"
#include "tools/move/guest_watch.h"
#include "tools/paths.h"
#include "tools/signals.h"

static volatile sig_atomic_t receive_cancels;

enum { PATHS_MAX = 64 };

struct receive_options {
    struct receive_request request;
    bool no_watch, foreground;
    const char *path[PATHS_MAX];
};

static void receive_settled(void *arg, const char *text)
{
    complain("receive: %s", text);
}

static void take_option(struct receive_options *o, int opt, const char *arg)
{
    struct receive_request *rq = &o->request;

    switch (opt) {
    case OPT_GREET: rq->greet = true; break;
    case OPT_PATH:
        if (rq->n_paths < PATHS_MAX)
            o->path[rq->n_paths++] = arg;
        break;
    case OPT_HANDOVER: rq->handover = arg; break;
    case 'e': o->no_watch = true; break;
    case 'F': o->foreground = true; break;
    case 'p': rq->paused = true; break;
    } /* 'd': xl prints the configuration; we have -v */
}

/* -1: go on; else an exit code, with everything said. */
static int take_options(struct receive_options *o, const struct cmd *self,
                        int argc, char **argv)
{
    struct cmd_iter it;
    int opt;

    o->request.paths = o->path;
    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        take_option(o, opt, it.arg);
    if (opt)
        return cmd_iter_exit(opt);
    if (it.index != argc)
        return usage_error("receive", "receive takes no operands");
    if (isatty(STDIN_FILENO))
        return usage_error("receive",
                           "receive is started by the source host, over ssh; "
                           "it reads a guest from its standard input");
    return -1;
}

/* Watches the guest that has arrived. */
static int receive_watch(const struct receive_options *o, uint32_t domid)
{
    struct msg err = MSG_NONE;
    int rc;

    if (o->foreground)
        rc = guest_watch_stay(domid, &err);
    else
        rc = guest_watch_start(domid, &err) ? RC_PARTLY : RC_OK;
    if (*err.text)
        complain("receive: %s", err.text);
    return rc;
}

int cmd_receive(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct xlx_carrier carrier = XLX_CARRIER_NONE;
    struct receive_options o = { .request.carrier = &carrier };
    struct receive_request *rq = &o.request;
    struct receive_result result;
    struct xentoollog_logger *lg;
    sigset_t wait_mask;
    int rc = take_options(&o, self, argc, argv);

    if (rc >= 0)
        return rc;
    lg = log_new(app->verbose);
    if (!lg)
        die_oom();
    signals_count(&receive_cancels, &receive_cancels, &wait_mask);
    /* Nothing that anyone prints on descriptor 1 may disturb the stream. */
    rq->in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    rq->out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    rq->log = lg;
    rq->helper = path_helper();
    rq->arm = app->conf.arm;
    rq->codec = strcmp(app->conf.codec, "off");
    rq->lanes = (struct lanes_wish){
        .program = strcmp(app->conf.wire, "off") ? path_wire() : NULL,
        .network = app->conf.migration_network,
        .ports = app->conf.wire_ports,
        .pki = pki_wish(&app->conf),
    };
    rq->cancels = &receive_cancels;
    rq->wait_mask = &wait_mask;
    rq->settled = receive_settled;
    rc = receive_run(rq, &result);
    close(rq->in);
    close(rq->out);
    if (*result.text.text)
        complain("receive: %s", result.text.text);
    log_free(lg);
    xlx_carrier_end(&carrier, 0);
    return result.arrived && !o.no_watch ? receive_watch(&o, result.domid)
                                         : rc;
}
