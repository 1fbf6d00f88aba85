/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Before a move: the guest as it is once what an earlier move left is settled,
 * the host that was named or that is best, one connection that asks it what
 * it is, and the checks of preflight.c.
 */
#include "tools/cli/migrate_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/dirty.h"
#include "tools/cli/planning.h"
#include "tools/cluster/hostfacts.h"
#include "tools/doc/json.h"
#include "tools/move/claim.h"
#include "tools/paths.h"
#include "tools/move/preflight.h"
#include "tools/move/xlconfig.h"
#include "tools/base/msg.h"

enum { GREETING_S = 180 }; /* somebody may have to type a password */

/* --- asked before ----------------------------------------------------------- */

static void already(struct migrate *m, const char *outcome, const char *text)
{
    struct json_out *o;

    if (!m->json) {
        complain("%s", text);
        return;
    }
    o = json_out_new(stdout, false);
    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "event", "end");
    json_kv_bool(o, "already", true);
    json_kv_str(o, "outcome", outcome);
    if (strcmp(outcome, "moved"))
        json_kv_str(o, "error", text);
    json_obj_end(o);
    json_out_free(o);
}

bool migrate_asked_before(struct migrate *m, int *rc_r)
{
    struct msg text = MSG_NONE;
    enum ho_state state;
    int rc = session_asked_before(m->lg, m->id, &state, &text);

    if (rc == -ENOENT)
        return false;
    *rc_r = RC_FAILED;
    if (rc) { /* it may be on record, and past GO */
        complain("whether this move was made before can't be told: %s",
                 text.text);
        *rc_r = RC_DOUBT;
    } else if (state == HO_DONE) {
        *rc_r = RC_OK;
    } else if (!ho_closed(state)) {
        *rc_r = RC_DOUBT;
    }
    if (!rc)
        already(m,
                state == HO_DONE   ? "moved"
                : ho_closed(state) ? "stayed"
                                   : "doubt",
                text.text);
    return true;
}

/* --- the far end ------------------------------------------------------------------------ */

static int connect_far(struct migrate *m, struct msg *err)
{
    struct target_question q = {
        .paths = (const char *const *)m->dom.disks.s,
        .n_paths = m->dom.disks.n,
        .uuid = m->dom.uuid,
        .xl_only = m->xl_only,
        .no_watch = m->no_watch,
        .debug = m->debug,
        .paused = m->paused,
        .verbose = m->app->verbose,
        .check_only = m->dry_run && m->xl_only,
    };
    char *script = NULL, *rune = NULL, *greeting = NULL, said[300];
    int rc;

    if (*m->ssh) {
        script = target_script(&q);
        rune = script ? ssh_rune(m->ssh, m->host, script) : NULL;
    } else {
        rune = strdup(m->host); /* xl: the host is the command */
    }
    if (!rune)
        die_oom();
    rc = ssh_start(&m->ssh_proc, rune);
    if (rc) {
        msg_set(err, "ssh can't be started: %s", strerror(-rc));
        goto out;
    }
    rc = xlx_greeting(m->ssh_proc.from, m->ssh_proc.err, GREETING_S,
                      m->cancels, &m->wait_mask, &greeting, said, sizeof said);
    if (rc == -EINTR) {
        msg_set(err, "cancelled");
    } else if (rc == -ETIMEDOUT) {
        msg_set(err, "%s did not answer within %d s", m->host, GREETING_S);
    } else if (rc && greeting && strstr(greeting, "@none")) {
        msg_set(err,
                "%s has neither rackhop nor xl; install one of them there "
                "and boot it with Xen",
                m->host);
    } else if (rc) {
        msg_set(err,
                "%s can't be reached%s%s; `%s %s true` must "
                "work without a question",
                m->host, *said ? ": " : "", said, m->ssh, m->host);
    } else {
        rc = target_parse(&m->far, greeting, err);
    }
out:
    free(greeting);
    free(script);
    free(rune);
    return rc;
}

static bool confirmed(struct migrate *m, const char *unknown)
{
    char answer[16];

    complain("could not be checked at %s: %s", m->host, unknown);
    if (m->yes || m->json || !isatty(STDIN_FILENO) || !m->app->tty)
        return true; /* as xl, which checks nothing at all */
    printf("Move %s all the same? [y/N] ", m->dom.name);
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) &&
           (*answer == 'y' || *answer == 'Y');
}

/* --- before --------------------------------------------------------------------------------- */

void migrate_settled(const char *text)
{
    complain("%s", text);
}

/* The guest as it is now: what an earlier move left is settled before. */
static int find_guest(struct migrate *m, struct msg *err)
{
    int flags =
        XLX_DOMAIN_CONFIG | (m->keep_domid ? XLX_DOMAIN_KEEP_DOMID : 0);
    char *json;
    struct msg why = MSG_NONE;
    int rc;

    rc = session_open(&m->session, m->x, err);
    if (!rc)
        rc = session_settle_named(&m->session, m->domain, err);
    if (rc)
        return rc;
    rc = xlx_domain_find(m->x, m->domain, flags, &m->dom, &why);
    if (!rc && m->config_file) {
        json = xlconfig_read(m->config_file, err);
        if (!json)
            return -EINVAL;
        rc = xlx_domain_reconfigure(m->x, &m->dom, json, flags, &why);
        free(json);
        if (rc) {
            msg_set(err, "%s: %s", m->config_file, why.text);
            return rc;
        }
    }
    if (!rc)
        rc = session_take(&m->session, m->dom.uuid, "migrate", &why);
    if (!rc) /* who claims it now waits for the lock, which is ours */
        rc = claim_check(path_state(), m->dom.uuid, m->id, &why);
    if (rc)
        msg_set(err, "%s can't be moved: %s", m->domain, why.text);
    return rc;
}

static int choose(struct migrate *m, struct msg *err)
{
    struct plan_settings set;
    struct msg why;
    int rc;

    planning_settings(&set, &m->app->conf);
    rc = choose_host_live(&m->app->conf, &set, m->dom.uuid, &m->choice, &why);
    if (rc) {
        msg_set(err, "no host can be chosen for %s: %s", m->domain, why.text);
        return rc;
    }
    m->host = *m->choice.address ? m->choice.address : m->choice.host;
    m->progress.host = m->choice.host;
    if (!m->json)
        printf("%s\n", m->choice.why);
    fflush(stdout);
    return 0;
}

int migrate_prepare(struct migrate *m, struct msg *err)
{
    struct preflight p = { .dom = &m->dom,
                           .here = &m->here,
                           .here_vendor = m->vendor };
    char unknown[256];
    int rc;

    rc = xlx_open(&m->x, m->lg, err);
    m->elsewhere = rc; /* no Xen here: an administrator's machine */
    if (rc)
        return rc;
    rc = xlx_host_facts(m->x, &m->here, err);
    if (rc)
        return rc;
    host_cpu_vendor(m->vendor, sizeof m->vendor);
    rc = find_guest(m, err);
    p.host = m->host ? m->host : "another host";
    if (!rc && preflight_refuse(&p, err->text, sizeof err->text))
        rc = -EPERM;
    if (!rc && !m->host)
        rc = choose(m, err);
    if (rc)
        return rc;
    p.host = m->progress.host;
    /* the record keeps them, for whoever has to ask after this move */
    if (strlen(m->ssh) >= sizeof((struct record *)0)->ssh ||
        strlen(m->host) >= sizeof((struct record *)0)->host) {
        msg_set(err,
                "ssh_command and the host's name may have 255 characters");
        return -ENAMETOOLONG;
    }
    xlx_dirty_recover(m->x, &m->dom, path_run());
    rc = connect_far(m, err);
    if (rc)
        return rc;
    p.far = &m->far;
    if (preflight_refuse(&p, err->text, sizeof err->text))
        return -EPERM;
    if (preflight_unknown(&p, unknown, sizeof unknown) && !m->dry_run &&
        !confirmed(m, unknown)) {
        msg_set(err, "not moved");
        return -ECANCELED;
    }
    return 0;
}
