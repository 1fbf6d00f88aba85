/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop dirty: a guest's dirtying curve, measured now. What it finds is kept
 * for the next plan.
 */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/dirty.h"
#include "tools/cli/cmd.h"
#include "tools/cluster/hostfacts.h"
#include "tools/log.h"
#include "tools/paths.h"
#include "tools/move/session.h"
#include "tools/base/msg.h"

static volatile sig_atomic_t cancels;

static void on_signal(int sig)
{
    cancels++;
}

enum { BAR = 40 };

static double mib(double pages)
{
    return pages * 4096 / 1048576;
}

/* "100,200,500" in ms: ascending. The number of them, or -1. */
static int parse_intervals(const char *s, uint64_t *us)
{
    int n = 0;

    for (;;) {
        char *end;
        unsigned long ms = strtoul(s, &end, 10);

        if (end == s || ms < 1 || ms > 600000 || n == XLX_DIRTY_POINTS ||
            (n && ms * 1000 <= us[n - 1]) || (*end && *end != ',')) {
            complain("--intervals takes up to %d ascending numbers of "
                     "milliseconds, as 100,200,500, not %s",
                     XLX_DIRTY_POINTS, s);
            return -1;
        }
        us[n++] = ms * 1000;
        if (!*end)
            return n;
        s = end + 1;
    }
}

static void print_text(const struct xlx_domain *d, const struct xlx_dirty *c,
                       bool plot)
{
    uint64_t most = 1;

    for (unsigned i = 0; i < c->n; i++)
        if (c->point[i].pages > most)
            most = c->point[i].pages;
    printf("%8s %10s %10s %10s\n", "after", "pages", "MiB", "MiB/s");
    for (unsigned i = 0; i < c->n; i++) {
        double s = (double)c->point[i].us / 1e6;
        double m = mib((double)c->point[i].pages);
        int bar = (int)(c->point[i].pages * BAR / most);

        printf("%6.2f s %10" PRIu64 " %10.1f %10.1f", s, c->point[i].pages, m,
               m / s);
        if (plot)
            printf("  %.*s", bar, "########################################");
        putchar('\n');
    }
    printf("%s dirties %.1f MiB/s", d->name, mib(c->rate));
    if (c->set > 0)
        printf(" of a writable working set of %.1f MiB\n", mib(c->set));
    else
        printf("; its writable working set is larger than was seen, %.1f "
               "MiB\n",
               mib((double)most));
}

static int print_json(const struct xlx_domain *d, const struct xlx_dirty *c)
{
    struct json_out *o = json_out_new(stdout, true);

    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "domain", d->name);
    json_kv_str(o, "uuid", d->uuid);
    json_key(o, "points");
    json_arr(o);
    for (unsigned i = 0; i < c->n; i++) {
        json_obj(o);
        json_kv_num(o, "s", (double)c->point[i].us / 1e6);
        json_kv_int(o, "pages", (int64_t)c->point[i].pages);
        json_kv_num(o, "mib", mib((double)c->point[i].pages));
        json_obj_end(o);
    }
    json_arr_end(o);
    json_kv_num(o, "dirty_mib_s", mib(c->rate));
    if (c->set > 0)
        json_kv_num(o, "writable_mib", mib(c->set));
    else
        json_kv_null(o, "writable_mib");
    json_obj_end(o);
    return json_out_free(o);
}

static void remember(const struct xlx_domain *d, const struct xlx_dirty *c)
{
    double most = c->n ? (double)c->point[c->n - 1].pages : 0;
    struct learned l = { mib(c->rate), mib(c->set > 0 ? c->set : most) };

    if (learned_store(path_state(), d->uuid, &l))
        complain("what was measured could not be kept below %s", path_state());
}

int cmd_dirty(struct app *app, const struct cmd *self, int argc, char **argv)
{
    uint64_t us[XLX_DIRTY_POINTS] = { 100000,  200000,  500000, 1000000,
                                      2000000, 3000000, 5000000 };
    struct sigaction sa = { .sa_handler = on_signal };
    struct xentoollog_logger *lg = NULL;
    struct xlx *x = NULL;
    struct session session = { .lock = -1 };
    struct xlx_domain d = { .domid = 0 };
    struct xlx_dirty c;
    struct cmd_iter it;
    bool json = false;
    struct msg err = MSG_NONE;
    int opt, n = 7, lock = -1, rc = RC_FAILED;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0) {
        switch (opt) {
        case OPT_JSON: json = true; break;
        case OPT_INTERVALS:
            n = parse_intervals(it.arg, us);
            if (n < 0)
                return RC_USAGE;
            break;
        }
    }
    if (opt)
        return cmd_iter_exit(opt);
    if (argc - it.index != 1)
        return usage_error("dirty", "dirty takes one DOMAIN");
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGHUP, &sa, NULL);
    lg = log_new(app->verbose);
    if (!lg)
        die_oom();
    /* a move that was cut off may have left it suspended, or log-dirty on */
    if (xlx_open(&x, lg, &err) || session_open(&session, x, &err) ||
        session_settle_named(&session, argv[it.index], &err) ||
        xlx_domain_find(x, argv[it.index], 0, &d, &err))
        goto out;
    if (!d.domid || d.dying || d.shutdown) {
        msg_set(&err, "only a running guest dirties memory");
        goto out;
    }
    lock = xlx_lock(path_run(), d.uuid, "dirty", &err);
    if (lock < 0)
        goto out;
    if (xlx_dirty_sample(x, &d, path_run(), lock, us, (unsigned)n, &cancels,
                         &c, &err))
        goto out;
    rc = RC_OK;
    remember(&d, &c);
    if (!json)
        print_text(&d, &c, app->tty);
    else if (print_json(&d, &c))
        rc = RC_FAILED;
out:
    if (*err.text)
        complain("%s can't be measured: %s", argv[it.index], err.text);
    if (lock >= 0)
        close(lock);
    session_end(&session, HO_UNDECIDED);
    xlx_domain_dispose(&d);
    xlx_close(x);
    log_free(lg);
    return rc;
}
