/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop migrate: one guest to one host, in place of `xl migrate`.
 *
 * One connection asks the far end what it is, the checks of preflight.c
 * follow, and the same connection then carries the guest.
 */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/cli/goals.h"
#include "tools/cli/migrate_impl.h"
#include "tools/signals.h"
#include "tools/cluster/hostfacts.h"
#include "tools/log.h"
#include "tools/paths.h"
#include "tools/move/preflight.h"
#include "tools/base/msg.h"

static volatile sig_atomic_t cancels;

/* --- options --------------------------------------------------------------------- */

static int take_option(struct migrate *m, int opt, const char *arg)
{
    long v;
    double d;

    switch (opt) {
    case 's': m->ssh = arg; break;
    case 'C': m->config_file = arg; break;
    case 'e':
    case 'F': m->no_watch = true; break;
    case 'p': m->paused = true; break;
    case 'D': m->keep_domid = true; break;
    case OPT_DEBUG: m->debug = true; break;
    case OPT_LIVE: break; /* always; xl ignores it as well */
    case OPT_DRY_RUN: m->dry_run = true; break;
    case OPT_JSON: m->json = true; break;
    case OPT_YES: m->yes = true; break;
    case OPT_XL: m->xl_only = true; break;
    case OPT_AS_XL: m->as_xl = m->yes = true; break;
    case OPT_ID:
        if (!record_id_ok(arg)) {
            complain("--id takes up to %d letters, digits and ._:-, the first "
                     "of which "
                     "is no . or -, not %s",
                     RECORD_ID, arg);
            return -1;
        }
        m->id = arg;
        break;
    case OPT_DOWNTIME:
        if (parse_long("--downtime", arg, 1, 600000, &v))
            return -1;
        m->policy.downtime_ms = (unsigned)v;
        m->policy.budget_pct = 0; /* asked for: whatever it takes */
        break;
    case OPT_DEADLINE:
        if (parse_long("--deadline", arg, 1, 1000000, &v))
            return -1;
        m->policy.max_seconds = (unsigned)v;
        m->policy.budget_pct = 0;
        break;
    case OPT_MAX_ROUNDS:
        if (parse_long("--max-rounds", arg, 1, 100000, &v))
            return -1;
        m->policy.max_rounds = (unsigned)v;
        break;
    case OPT_ON_LIMIT:
        if (!strcmp(arg, "abort"))
            m->policy.on_limit = XLX_ABORT;
        else if (!strcmp(arg, "stop"))
            m->policy.on_limit = XLX_STOP;
        else {
            complain("--on-limit takes abort or stop, not %s", arg);
            return -1;
        }
        break;
    case OPT_RATE:
        if (parse_double("--rate", arg, 0.001, 1e6, &d))
            return -1;
        m->rate = (uint64_t)(d * 1e6 / 8);
        m->policy.bandwidth = m->rate;
        break;
    }
    return 0;
}

/* Options may follow the operands, as xl's do. */
static int take_options(struct migrate *m, const struct cmd *self, int argc,
                        char **argv)
{
    const char *operand[2] = { NULL, NULL };
    bool all = false; /* after "--" there are no options */
    struct cmd_iter it;
    int opt, n = 0;

    while (argc > 1) {
        char *name = argv[0];

        cmd_iter_init(&it, self, argc, argv);
        it.index = 1;
        while (!all && (opt = cmd_next(&it)) != 0) {
            if (opt < 0)
                return cmd_iter_exit(opt);
            if (take_option(m, opt, it.arg))
                return RC_USAGE;
        }
        all = all || !strcmp(argv[it.index - 1], "--");
        if (it.index < argc && n == 2)
            return usage_error("migrate", "migrate takes a DOMAIN and a HOST");
        if (it.index < argc)
            operand[n++] = argv[it.index];
        argc -= it.index;
        argv += it.index;
        argv[0] = argc > 0 ? name : NULL;
    }
    m->domain = operand[0];
    m->host = operand[1];
    if (!m->domain || !*m->domain || (m->host && !*m->host) ||
        (m->as_xl && !m->host))
        return usage_error("migrate", "migrate takes a DOMAIN and a HOST");
    if (m->host && *m->ssh && *m->host == '-')
        return usage_error("migrate", "%s is no host", m->host);
    if (!m->host && !m->app->conf.hosts.n)
        return usage_error("migrate",
                           "migrate takes a HOST, unless %s names the "
                           "hosts to choose from",
                           m->app->conf_path);
    return -1;
}

/* --- the move --------------------------------------------------------------------------------- */

static void on_event(void *arg, const struct xlx_event *ev)
{
    struct migrate *m = arg;

    if (ev->type == XLX_EV_CANCEL)
        log_mute(m->lg);
    progress_event(&m->progress, ev);
}

/* What was learned goes with the guest. */
static void teach(const struct xlx_send *s, char *buf, size_t len)
{
    struct learned l = {
        .dirty_mib_s = (double)s->dirty_pps * 4096 / 1048576,
        .writable_mib = (double)s->dirty_set * 4096 / 1048576,
    };

    learned_format(&l, buf, len - 1);
    strcat(buf, "\n");
}

/* Where `rackhop status` and `cancel`, or socat, find this move. */
static void open_ctl(struct migrate *m)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };

    m->ctl = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (m->ctl < 0)
        return;
    snprintf(a.sun_path, sizeof a.sun_path, "%s/%s.ctl", path_run(),
             m->dom.uuid);
    unlink(a.sun_path); /* the lock says that nobody else is here */
    if (bind(m->ctl, (struct sockaddr *)&a, sizeof a) ||
        chmod(a.sun_path, 0600) || listen(m->ctl, 4)) {
        close(m->ctl);
        m->ctl = -1;
        return;
    }
    snprintf(m->ctl_path, sizeof m->ctl_path, "%s", a.sun_path);
}

static const char *helper_path(void)
{
    const char *own = getenv("RACKHOP_SAVE_HELPER");

    return own ? own : RACKHOP_LIBEXEC "/rackhop/save-helper";
}

/* What is known when it is neither here nor there. */
static void tell_doubt(struct migrate *m, const struct xlx_send *s,
                       const char *err)
{
    const char *name = m->dom.name;

    switch (s->verdict) {
    case HO_PAUSED:
        complain("%s was not moved to %s and is kept here, suspended: %s. "
                 "When that is mended, `rackhop recover %s` resumes it",
                 name, m->host, err, name);
        break;
    case HO_LOST:
        complain("%s: %s. %s went down just when it took it over, and may "
                 "have run it for a moment; `rackhop recover %s` says what "
                 "can be done",
                 name, err, m->host, name);
        break;
    case HO_NOT_OURS:
        complain("%s: %s; `rackhop recover %s` says what is known", name, err,
                 name);
        break;
    case HO_DOUBT:
    case HO_UNDECIDED:
    case HO_RUNS_HERE:
    case HO_RUNS_THERE:
    case HO_REFUSED:
    case HO_GONE:
        complain("%s: %s, and can't be asked. It is kept here, suspended. "
                 "`rackhop recover %s` settles it when %s answers again",
                 name, err, name, m->host);
        break;
    }
}

static int move(struct migrate *m)
{
    bool records = m->far.kind == TARGET_RACKHOP && m->far.records;
    char line[256];
    struct xlx_send s = {
        .x = m->x,
        .dom = &m->dom,
        .config_json = m->dom.config_json,
        .wire_out = m->ssh_proc.to,
        .wire_in = m->ssh_proc.from,
        .wire_err = m->ssh_proc.err,
        .helper = helper_path(),
        .policy = m->policy,
        .rate = m->rate,
        .debug = m->debug,
        .acks = m->far.kind == TARGET_RACKHOP,
        .cancel = &cancels,
        .wait_mask = &m->wait_mask,
        .event = on_event,
        .arg = m,
        .learned = teach,
    };
    struct msg err = MSG_NONE;
    int rc;

    if (access(s.helper, X_OK)) {
        complain("%s can't be moved: the save helper %s is missing; `make "
                 "install` puts it there",
                 m->domain, s.helper);
        return RC_FAILED;
    }
    open_ctl(m);
    s.ctl_listen = m->ctl;
    session_source(&m->session, &m->dom, m->id, m->ssh, m->host, m->far.epoch,
                   !records);
    s.handover = &m->session.table;
    if (records) {
        move_line_format(&m->session.rec.mine, m->here_name, line,
                         sizeof line);
        s.move_line = line;
    }
    rc = xlx_send_run(&s, &err);
    /* one that is left is for the next command, or `recover` */
    m->verdict = s.copy_left ? HO_UNDECIDED : s.verdict;
    m->ssh_proc.to = s.wire_out; /* closed after a failure */
    progress_end(&m->progress, &s, rc ? err.text : NULL);
    switch (s.outcome) {
    case XLX_MOVED: return RC_OK;
    case XLX_STAYED:
        complain("%s was not moved to %s and goes on here: %s", m->dom.name,
                 m->host, err.text);
        return RC_FAILED;
    case XLX_DOUBT: break;
    }
    tell_doubt(m, &s, err.text);
    return RC_DOUBT;
}

static void would_move(struct migrate *m)
{
    double mib = (double)m->dom.memory_kib / 1024;
    struct learned l = learned_load(path_state(), m->dom.uuid);

    printf("%s (%s, %.0f MiB) can move to %s", m->dom.name,
           xlx_type_name(m->dom.type), mib, m->host);
    if (m->far.kind == TARGET_RACKHOP || m->far.kind == TARGET_XL)
        printf(" (%s, Xen %u.%u, %" PRId64 " MiB free)",
               m->far.kind == TARGET_RACKHOP ? "rackhop" : "xl",
               m->far.xen_major, m->far.xen_minor, m->far.free_mib);
    if (l.dirty_mib_s >= 0)
        printf("; it dirtied %.1f MiB/s of %.1f MiB when last seen",
               l.dirty_mib_s, l.writable_mib);
    printf("; nothing was moved\n");
}

static void migrate_dispose(struct migrate *m)
{
    ssh_end(&m->ssh_proc, 3000);
    if (m->ctl >= 0)
        close(m->ctl);
    if (*m->ctl_path)
        unlink(m->ctl_path);
    session_end(&m->session, m->verdict);
    target_dispose(&m->far);
    xlx_domain_dispose(&m->dom);
    xlx_close(m->x);
    log_free(m->lg);
}

int cmd_migrate(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct migrate m = {
        .app = app,
        .ssh = app->conf.ssh_command,
        .session = { .lock = -1, .tell = migrate_settled },
        .cancels = &cancels,
        .ctl = -1,
        .ssh_proc = { -1, -1, -1, -1, -1 },
    };
    struct msg err = MSG_NONE;
    int rc;

    xlx_policy_init(&m.policy);
    m.policy.downtime_ms = (unsigned)app->conf.downtime_ms;
    rc = take_options(&m, self, argc, argv);
    if (rc >= 0)
        return rc;
    if (gethostname(m.here_name, sizeof m.here_name - 1))
        *m.here_name = '\0';
    m.lg = log_new(app->verbose);
    if (!m.lg)
        die_oom();
    signals_count(&cancels, &cancels, &m.wait_mask);
    m.progress = (struct progress){
        .style = m.json     ? PROGRESS_JSON
                 : app->tty ? PROGRESS_TERMINAL
                            : PROGRESS_LINES,
        .host = m.host,
    };
    log_set_wipe(m.lg, progress_wipe, &m.progress);
    if (m.id && migrate_asked_before(&m, &rc)) {
        migrate_dispose(&m);
        return rc;
    }
    rc = migrate_prepare(&m, &err);
    m.progress.name = m.dom.name;
    m.progress.memory_kib = m.dom.memory_kib;
    if (m.elsewhere && !m.id && !m.as_xl && app->conf.hosts.n) {
        migrate_dispose(&m);
        sigprocmask(SIG_SETMASK, &m.wait_mask, NULL);
        return migrate_elsewhere(app, m.domain, m.host, m.yes, m.json,
                                 m.dry_run);
    }
    if (rc) {
        complain("%s", err.text);
        rc = RC_FAILED;
    } else if (m.dry_run) {
        would_move(&m);
        rc = RC_OK;
    } else {
        rc = move(&m);
    }
    migrate_dispose(&m);
    return rc;
}
