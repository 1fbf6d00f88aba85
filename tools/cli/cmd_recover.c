/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop recover: settles moves that were cut off. With --settle, the other
 * host of such a move asks over ssh what this host knows of it.
 */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/words.h"
#include "tools/base/uuid.h"
#include "tools/log.h"
#include "tools/move/guest_watch.h"
#include "tools/move/recover_check.h"
#include "tools/move/recover_run.h"

static void recover_told(void *arg, const char *text, bool trouble)
{
    if (trouble)
        complain("%s", text);
    else
        printf("%s\n", text);
}

static void recover_unwatched(const char *text)
{
    complain("%s", text);
}

/* `recover --settle UUID EPOCH`: the answer is a line on stdout. */
static int recover_settle(const struct recover_request *rq, const char *uuid,
                          const char *text, struct recover_started *started)
{
    char *end, line[WORD_LINE];
    uint64_t epoch = strtoull(text, &end, 10);
    int rc;

    if (*end || !epoch || !uuid_ok(uuid))
        return usage_error("recover", "--settle takes a UUID and an epoch");
    rc = recover_asked(rq, uuid, epoch, line, started);
    if (rc == RC_OK)
        fputs(line, stdout);
    return rc;
}

static int recover_command(struct app *app, struct recover_request *rq,
                           const char *asked)
{
    struct recover_started started = { .n = 0 };
    struct xentoollog_logger *lg = log_new(app->verbose);
    int rc;

    if (!lg)
        die_oom();
    rq->log = lg;
    rq->told = recover_told;
    rq->autostart = !strcmp(app->conf.autostart, "follow");
    rq->ssh = app->conf.ssh_command;
    if (asked)
        rc = recover_settle(rq, asked, rq->domain, &started);
    else
        rc = recover_run(rq, &started);
    fflush(stdout);
    log_free(lg);
    if (guest_watch_start_all(started.domid, started.n, recover_unwatched) &&
        rc == RC_OK)
        rc = RC_PARTLY;
    recover_started_dispose(&started);
    return rc;
}

static void recover_hosts(const struct host_rows *rows, struct strlist *hosts)
{
    for (size_t i = 0; i < rows->n; i++)
        if (strlist_add(hosts, rows->row[i].address))
            die_oom();
}

int cmd_recover(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct strlist hosts = { .n = 0 };
    struct recover_request rq = { .hosts = &hosts };
    const char *asked = NULL;
    bool check = false;
    struct cmd_iter it;
    int opt, rc;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        switch (opt) {
        case OPT_RESUME:
        case OPT_DROP:
            if (rq.decided)
                return usage_error("recover", "--resume or --drop, not both");
            rq.decided = opt == OPT_DROP ? HO_DONE : HO_ABORTED;
            break;
        case OPT_LOST: rq.lost = true; break;
        case OPT_CHECK: check = true; break;
        case OPT_SETTLE: asked = it.arg; break;
        }
    if (opt)
        return cmd_iter_exit(opt);
    argc -= it.index;
    if (check && (argc || asked || rq.decided || rq.lost))
        return usage_error("recover", "--check takes nothing else");
    if (check)
        return recover_check(recover_told, NULL);
    if (argc > 1 || (asked && argc != 1))
        return usage_error("recover", "recover takes one DOMAIN, or none");
    if (rq.decided && argc != 1)
        return usage_error("recover", "%s takes the DOMAIN that it is about",
                           rq.decided == HO_DONE ? "--drop" : "--resume");
    if (rq.lost && (argc != 1 || asked))
        return usage_error("recover",
                           "--lost takes the DOMAIN that it is about");
    if (argc)
        rq.domain = argv[it.index];
    recover_hosts(&app->conf.hosts, &hosts);
    rc = recover_command(app, &rq, asked);
    strlist_dispose(&hosts);
    return rc;
}
