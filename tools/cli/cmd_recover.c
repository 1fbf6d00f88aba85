/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop recover: what moves that were cut off have left is settled, and
 * said. Also what the other end of such a move calls over ssh (--settle).
 */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/move/watching.h"
#include "tools/log.h"
#include "tools/paths.h"
#include "tools/move/recover.h"
#include "tools/base/msg.h"
#include "tools/base/uuid.h"

enum { ASK_S = 10 };

struct recovering {
    struct xlx *x;
    struct store *store;
    const char *domain; /* NULL: all */
    const char *uuid;   /* of the one that runs here by that name or number */
    enum ho_state decided;
    unsigned settled, open, failed;
    uint32_t *watch;
    unsigned n_watch;
};

/* What is left of one guest's move. */
static void one(struct recovering *v, const char *uuid, bool always)
{
    struct recover r = { .x = v->x,
                         .store = v->store,
                         .rundir = path_run(),
                         .ask_s = ASK_S,
                         .decided = v->decided };
    int rc = recover_guest(&r, uuid);

    if (rc) {
        complain("%s", r.text);
        v->failed++;
        return;
    }
    if (r.started) {
        uint32_t *more =
            realloc(v->watch, (v->n_watch + 1) * sizeof *v->watch);

        if (!more)
            die_oom();
        v->watch = more;
        v->watch[v->n_watch++] = r.domid;
    }
    switch (r.verdict) {
    case HO_UNDECIDED:
        if (always)
            printf("%s: its last move, %s %s, is settled; there is nothing "
                   "to do\n",
                   r.rec.name, r.rec.role == HO_SOURCE ? "to" : "from",
                   r.rec.host);
        return;
    case HO_RUNS_HERE:
    case HO_RUNS_THERE:
    case HO_REFUSED:
    case HO_GONE:
        if (r.acted || always)
            printf("%s\n", r.text);
        if (r.unrecorded)
            v->failed++;
        else
            v->settled++;
        return;
    case HO_NOT_OURS: /* it is being moved right now */
        if (r.busy) {
            complain("%s", r.text);
            v->failed++;
        } else if (always) {
            printf("%s\n", r.text);
        }
        return;
    case HO_PAUSED:
    case HO_DOUBT:
    case HO_LOST:
        /* of a guest that came here and went down nothing is left to do */
        if (r.rec.role == HO_TARGET && r.verdict == HO_LOST) {
            printf("%s\n", r.text);
            v->settled++;
            return;
        }
        complain("%s", r.text);
        v->open++;
        return;
    }
}

static bool is_meant(const struct recovering *v, const struct record *r)
{
    return !strcmp(r->name, v->domain) || !strcmp(r->uuid, v->domain) ||
           !strcmp(r->id, v->domain) || (v->uuid && !strcmp(r->uuid, v->uuid));
}

static int all(struct recovering *v)
{
    struct store_entry *list;
    struct record r;
    struct msg err;
    unsigned n, found = 0;

    if (store_list(v->store, "handover/", &list, &n)) {
        complain("%s", store_error(v->store));
        return RC_FAILED;
    }
    for (unsigned i = 0; i < n && v->decided; i++)
        if (!record_parse(&r, list[i].key, list[i].value, &err) && !r.over &&
            is_meant(v, &r))
            found++;
    if (found > 1) {
        complain("%u moves of guests called %s are open: give the UUID of the "
                 "one that is meant",
                 found, v->domain);
        store_list_free(list, n);
        return RC_USAGE;
    }
    found = 0;
    for (unsigned i = 0; i < n; i++) {
        if (record_parse(&r, list[i].key, list[i].value, &err)) {
            complain("%s", err.text);
            v->failed++;
        } else if (!v->domain) {
            if (!r.over)
                one(v, r.uuid, false);
        } else if (is_meant(v, &r)) {
            found++;
            one(v, r.uuid, true);
        }
    }
    store_list_free(list, n);
    if (v->domain && !found)
        printf("%s: no move of it is on record here\n", v->domain);
    return v->open ? RC_DOUBT : v->failed ? RC_FAILED : RC_OK;
}

/* The other end asks about one move; the answer is a line. */
static int settle(struct recovering *v, const char *uuid, const char *epoch)
{
    struct recover r = {
        .x = v->x, .store = v->store, .rundir = path_run(), .asked = true
    };
    char *end, line[128];
    int rc;

    r.epoch = strtoull(epoch, &end, 10);
    if (*end || !r.epoch || !uuid_ok(uuid))
        return usage_error("recover", "--settle takes a UUID and an epoch");
    rc = recover_guest(&r, uuid);
    if (rc) {
        complain("%s", r.text);
        return RC_FAILED;
    }
    settled_format(uuid, r.epoch, r.answer, line, sizeof line);
    fputs(line, stdout);
    if (r.acted && *r.text)
        complain("%s", r.text);
    if (r.started) {
        v->watch = malloc(sizeof *v->watch);
        if (!v->watch)
            die_oom();
        v->watch[v->n_watch++] = r.domid;
    }
    return RC_OK;
}

static int with_store(struct recovering *v, const char *asked,
                      const char *operand)
{
    struct xlx_domain d = { .domid = 0 };
    struct msg err = MSG_NONE;
    int rc;

    if (store_open(&v->store, path_state(), &err)) {
        complain("nothing can be settled: %s", err.text);
        return RC_FAILED;
    }
    /* a domain that is gone is known by its records alone */
    if (!asked && operand && !xlx_domain_find(v->x, operand, 0, &d, &err))
        v->uuid = d.uuid;
    rc = asked ? settle(v, asked, operand) : all(v);
    xlx_domain_dispose(&d);
    store_close(v->store);
    return rc;
}

int cmd_recover(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct recovering v = { .domain = NULL };
    struct xentoollog_logger *lg;
    const char *asked = NULL;
    struct cmd_iter it;
    struct msg err = MSG_NONE;
    int opt, rc;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        switch (opt) {
        case OPT_RESUME:
        case OPT_DROP:
            if (v.decided)
                return usage_error("recover", "--resume or --drop, not both");
            v.decided = opt == OPT_DROP ? HO_DONE : HO_ABORTED;
            break;
        case OPT_SETTLE: asked = it.arg; break;
        }
    if (opt)
        return cmd_iter_exit(opt);
    argc -= it.index;
    if (argc > 1 || (asked && argc != 1))
        return usage_error("recover", "recover takes one DOMAIN, or none");
    if (v.decided && argc != 1)
        return usage_error("recover", "%s takes the DOMAIN that it is about",
                           v.decided == HO_DONE ? "--drop" : "--resume");
    if (argc)
        v.domain = argv[it.index];
    lg = log_new(app->verbose);
    if (!lg)
        die_oom();
    if (xlx_open(&v.x, lg, &err)) {
        complain("%s", err.text);
        log_free(lg);
        return RC_FAILED;
    }
    rc = with_store(&v, asked, v.domain);
    fflush(stdout);
    xlx_close(v.x);
    log_free(lg);
    for (unsigned i = 0; i < v.n_watch; i++)
        watch_guest(v.watch[i], false);
    free(v.watch);
    return rc;
}
