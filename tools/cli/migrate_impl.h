/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the halves of `rackhop migrate` share: cmd_migrate.c takes the options
 * and moves, migrate_before.c finds the guest and the host and checks both. */
#ifndef RACKHOP_CLI_MIGRATE_IMPL_H
#define RACKHOP_CLI_MIGRATE_IMPL_H

#include <signal.h>

#include "libxl-ext/facts.h"
#include "libxl-ext/migrate.h"
#include "tools/cli/cmd.h"
#include "tools/view/progress.h"
#include "tools/cluster/choose.h"
#include "tools/move/target.h"
#include "tools/move/session.h"
#include "tools/remote/ssh.h"
#include "tools/base/msg.h"

struct migrate {
    struct app *app;
    /* options */
    const char *domain, *host, *ssh, *config_file, *id;
    struct xlx_policy policy;
    uint64_t rate; /* bytes/s */
    bool no_watch, paused, keep_domid, debug, dry_run, json, yes, xl_only,
        as_xl;
    /* the move */
    struct xentoollog_logger *lg;
    struct xlx *x;
    struct xlx_host here;
    char vendor[32];
    struct xlx_domain dom;
    struct ssh_proc ssh_proc;
    struct target_host far;
    struct progress progress;
    struct session session;
    struct choice choice; /* when no host was named */
    enum ho_verdict verdict;
    bool elsewhere; /* the guest is not on this host */
    char here_name[64];
    sigset_t wait_mask;
    const volatile sig_atomic_t *cancels;
    int ctl;
    char ctl_path[108];
};

/* Finds the guest and the host, asks both and refuses what can't be: 0, or a
 * negative errno and a sentence. The connection to the host is open then. */
int migrate_prepare(struct migrate *m, struct msg *err);
/*
 * A move of that id was asked for before: what came of it then is the answer,
 * after it was settled if it had been cut off. False: it is new.
 */
bool migrate_asked_before(struct migrate *m, int *rc_r);
/* "rackhop: .." for what was settled on the way. */
void migrate_settled(const char *text);

#endif
