/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop receive: the far end, started by a sender over ssh. It speaks xl's
 * wire, so the sender may as well be a stock `xl migrate`, and it takes the
 * options of `xl migrate-receive` that a sender may give.
 *
 * When the guest runs, a watch over it stays behind (xlx_watch), as xl's
 * daemon would, unless -e says that nobody is to wait for its end.
 */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tools/cli/cmd.h"
#include "tools/signals.h"
#include "tools/cluster/hostfacts.h"
#include "tools/move/watching.h"
#include "tools/log.h"
#include "tools/move/maintenance.h"
#include "tools/paths.h"
#include "tools/move/session.h"
#include "tools/base/msg.h"

static volatile sig_atomic_t cancels;

enum { PATHS_MAX = 64 };

struct receive_options {
    bool greet, no_watch, foreground, paused;
    const char *handover; /* UUID; NULL: the sender keeps no records */
    const char *paths[PATHS_MAX];
    size_t n_paths;
};

/* The last move of this guest that is on record here. */
static uint64_t epoch_here(struct session *s, const char *uuid)
{
    struct record r;
    struct msg err;

    if (!uuid || records_get(s->rec.store, uuid, &r, &err))
        return 0;
    return r.epoch;
}

/* Who we are, on one line, in front of xl's banner. */
static int greet(const struct receive_options *o, struct xlx *x,
                 uint64_t epoch, struct msg *err)
{
    struct hostfacts h;
    struct json_out *j;
    struct msg why;
    int rc = hostfacts_collect(&h, x, path_state(), 0, err);

    if (rc)
        return rc;
    /* said now, a move is refused before anything is sent */
    h.maintenance = maintenance_check(path_state(), &why);
    j = json_out_new(stdout, false);
    if (!j)
        die_oom();
    json_obj(j);
    json_kv_str(j, "format", "rackhop-facts/1");
    json_kv_str(j, "version", RACKHOP_VERSION);
    json_kv_str(j, "node", h.node);
    json_kv_str(j, "role", "host");
    if (o->handover)
        json_kv_int(j, "handover_epoch", (int64_t)epoch);
    json_key(j, "missing_paths");
    json_arr(j);
    for (size_t i = 0; i < o->n_paths; i++)
        if (access(o->paths[i], F_OK))
            json_str(j, o->paths[i]);
    json_arr_end(j);
    hostfacts_write(&h, j);
    json_obj_end(j);
    rc = json_out_free(j);
    hostfacts_dispose(&h);
    if (fflush(stdout))
        rc = -EIO;
    if (rc)
        msg_set(err, "the sender does not listen");
    return rc;
}

static void settled(const char *text)
{
    complain("receive: %s", text);
}

int cmd_receive(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct xentoollog_logger *lg;
    struct receive_options o = { .greet = false };
    struct xlx_receive r = { .in = STDIN_FILENO, .out = STDOUT_FILENO };
    struct session session = { .lock = -1, .tell = settled };
    struct xlx *x = NULL;
    sigset_t wait_mask;
    struct cmd_iter it;
    struct msg why;
    struct msg err = MSG_NONE;
    int opt, rc, in, out;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0) {
        switch (opt) {
        case OPT_GREET: o.greet = true; break;
        case OPT_PATH:
            if (o.n_paths < PATHS_MAX)
                o.paths[o.n_paths++] = it.arg;
            break;
        case OPT_HANDOVER: o.handover = it.arg; break;
        case 'e': o.no_watch = true; break;
        case 'F': o.foreground = true; break;
        case 'p': o.paused = true; break;
        case 'd': break; /* xl prints the configuration; -v says more here */
        }
    }
    if (opt)
        return cmd_iter_exit(opt);
    if (it.index != argc)
        return usage_error("receive", "receive takes no operands");
    if (isatty(STDIN_FILENO))
        return usage_error("receive", "receive is started by a sender, over "
                                      "ssh; it reads a guest from its "
                                      "standard input");
    lg = log_new(app->verbose);
    if (!lg)
        die_oom();
    signals_count(&cancels, &cancels, &wait_mask);
    /* The stream must not be disturbed by what anyone prints on fd 1. */
    in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    rc = xlx_open(&x, lg, &err);
    if (!rc)
        rc = session_open(&session, x, &err);
    /* what an earlier move left here is no reason to refuse this one; why it
     * could not be settled is said when it matters */
    if (!rc && o.handover)
        (void)session_settle_named(&session, o.handover, &why);
    if (!rc && o.greet)
        rc = greet(&o, x, epoch_here(&session, o.handover), &err);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    if (!rc) {
        r.x = x;
        r.in = in;
        r.out = out;
        r.control = o.greet;
        r.first_error = log_first_error;
        r.log = lg;
        r.paused = o.paused;
        r.balloon = true;
        r.helper = getenv("RACKHOP_SAVE_HELPER");
        if (!r.helper)
            r.helper = RACKHOP_LIBEXEC "/rackhop/save-helper";
        if (access(r.helper, X_OK))
            r.helper = NULL;
        session_target(&session, &r);
        r.handover = &session.table;
        r.move_first = o.handover;
        r.cancel = &cancels;
        r.wait_mask = &wait_mask;
        rc = xlx_receive_run(&r, &err);
    }
    if (!rc && r.learned[0]) {
        struct learned l;

        if (!learned_parse(&l, r.learned))
            learned_store(path_state(), r.uuid, &l);
    }
    session_end(&session, r.copy_left ? HO_UNDECIDED : r.verdict);
    if (!r.unfinished) /* else libxl would abort */
        xlx_close(x);
    close(in);
    close(out);
    if (!rc && !o.no_watch)
        watch_guest(r.domid, o.foreground);
    if (rc && (r.config_came || !o.greet))
        complain("receive: %s", err.text);
    xlx_receive_dispose(&r);
    log_free(lg);
    return rc ? RC_FAILED : RC_OK;
}
