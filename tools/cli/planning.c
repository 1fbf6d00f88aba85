/* SPDX-License-Identifier: LGPL-2.1-only */
/* The planning commands' common part. */
#include "tools/cli/planning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/cli/cmdtable.h"
#include "tools/view/planview.h"
#include "tools/doc/plan.h"
#include "tools/cluster/collect.h"
#include "tools/base/msg.h"

enum { PROBLEMS_SHOWN = 100, COLLECT_S = 30 };

void planning_settings(struct plan_settings *s, const struct config *c)
{
    plan_settings_init(s);
    s->alpha = c->alpha;
    s->beta = c->beta;
    s->w_uplink = c->weight_uplink;
    s->w_balance = c->weight_memory;
    s->w_cpu = c->weight_cpu;
    s->w_traffic = c->weight_traffic;
    s->w_fast = c->weight_dirtying;
    s->worth = c->worth;
    s->stream_mbps = c->stream_mbps;
    s->downtime_ms = (unsigned)c->downtime_ms;
    s->overhead_ms = (unsigned)c->overhead_ms;
    s->setup_ms = (unsigned)c->setup_ms;
    s->overcommit = c->overcommit;
    s->streams = (unsigned)c->streams;
    s->host_streams = (unsigned)c->host_streams;
    s->link_streams = (unsigned)c->link_streams;
}

/* One option; false: its argument is no good, which was printed. */
static bool set_option(struct planning *p, int id, const char *arg)
{
    struct plan_settings *s = &p->set;
    long n = 0;
    bool ok = true;

    switch (id) {
    case OPT_SNAPSHOT: p->snapshot = arg; break;
    case 'o': p->out = arg; break;
    case OPT_JSON: p->json = true; break;
    case OPT_YES: p->yes = true; break;
    case OPT_DRY_RUN: p->dry_run = true; break;
    case OPT_EXPLAIN: p->explain = s->explain = true; break;
    case OPT_BEST_EFFORT: s->best_effort = true; break;
    case OPT_ALPHA:
        ok = !parse_double("--alpha", arg, 0, 1e6, &s->alpha);
        break;
    case OPT_BETA: ok = !parse_double("--beta", arg, 0, 1e6, &s->beta); break;
    case OPT_WORTH:
        ok = !parse_double("--worth", arg, 0, 1e12, &s->worth);
        break;
    case OPT_MAX_GIB:
        ok = !parse_double("--max-gib", arg, 0, 1e12, &s->max_gib);
        break;
    case OPT_MAX_MOVES:
        ok = !parse_long("--max-moves", arg, 1, 1000000000, &n);
        s->max_moves = (unsigned)n;
        break;
    case OPT_SEED:
        ok = !parse_long("--seed", arg, 0, 2147483647, &n);
        s->seed = (uint64_t)n;
        break;
    case OPT_DOWNTIME:
        ok = !parse_long("--downtime", arg, 1, 600000, &n);
        s->downtime_ms = (unsigned)n;
        break;
    case OPT_LIMIT: ok = !parse_long("--limit", arg, 1, 1000000, &p->limit);
    }
    return ok;
}

int planning_args(struct planning *p, struct app *app, const struct cmd *self,
                  int argc, char **argv)
{
    bool bad = false;
    int at = 0, id;

    *p = (struct planning){ .app = app, .limit = 20 };
    planning_settings(&p->set, &app->conf);
    p->operand = calloc((size_t)argc + 1, sizeof *p->operand);
    if (!p->operand)
        die_oom();
    /* options up to an operand; after it the same again */
    while (at < argc) {
        struct cmd_iter it;

        cmd_iter_init(&it, self, argc - at, argv + at);
        while ((id = cmd_next(&it)) > 0)
            bad |= !set_option(p, id, it.arg);
        if (id < 0)
            return id == -2 ? -1 : RC_USAGE;
        at += it.index;
        if (at < argc)
            p->operand[p->operands++] = argv[at];
    }
    return bad ? RC_USAGE : 0;
}

void planning_dispose(struct planning *p)
{
    snapshot_dispose(&p->snap);
    free(p->operand);
    p->operand = NULL;
}

/* --- the snapshot ---------------------------------------------------------------- */

static void show_progress(void *arg, size_t ended, size_t all)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%zu of %zu hosts have answered%s", ended, all,
                ended == all ? "\n" : "");
}

static void tell_dead(void *arg, const char *host, const char *why)
{
    complain("%s does not answer: %s", host, why);
}

int planning_collect(struct app *app, unsigned deadline_s, unsigned sample_ms,
                     char **text_r, size_t *len_r, size_t *dead_r)
{
    struct collect k = { .conf = &app->conf,
                         .timeout_ms = deadline_s * 1000,
                         .sample_ms = sample_ms,
                         .progress = show_progress,
                         .failed = tell_dead };
    struct msg err;

    if (collect_run(&k, &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    *text_r = k.text;
    *len_r = k.len;
    *dead_r = k.dead;
    if (k.dead)
        complain("%zu of %zu hosts are missing from the snapshot", k.dead,
                 k.asked);
    return 0;
}

/* Settings may ask for more patience than is usual. */
unsigned planning_wait_s(const struct app *app)
{
    return app->conf.ssh_timeout_s > COLLECT_S
               ? (unsigned)app->conf.ssh_timeout_s
               : COLLECT_S;
}

static void tell_problem(void *arg, const char *text)
{
    unsigned *n = arg;

    if ((*n)++ < PROBLEMS_SHOWN)
        complain("%s", text);
}

int planning_load(struct planning *p)
{
    unsigned told = 0;
    struct snapshot_problems problems = { tell_problem, &told };
    char *text = NULL;
    struct msg err;
    size_t len = 0, dead;
    int rc;

    if (p->snapshot) {
        rc = snapshot_load(&p->snap, p->snapshot, &p->set, &problems, &err);
    } else {
        rc = planning_collect(p->app, planning_wait_s(p->app), p->sample_ms,
                              &text, &len, &dead);
        if (rc)
            return rc;
        rc = snapshot_parse(&p->snap, "the hosts' facts", text, len, &p->set,
                            &problems, &err);
        free(text);
    }
    if (told > PROBLEMS_SHOWN)
        complain("and %u more", told - PROBLEMS_SHOWN);
    if (rc) {
        complain("%s", err.text);
        return rc == -ENOMEM ? RC_FAILED : RC_USAGE;
    }
    return 0;
}

/* --- out ---------------------------------------------------------------------------- */

int planning_exit(const struct plan *p)
{
    if (p->stranded_n)
        return RC_PARTLY;
    return p->infeasible ? RC_NOPLAN : RC_OK;
}

static int write_document(struct planning *p, const struct plan *plan, FILE *f)
{
    struct json_out *o = json_out_new(f, true);

    if (!o)
        die_oom();
    plan_write(o, p->snap.cluster, plan, p->snap.sha256, p->explain);
    return json_out_free(o);
}

/* Beside its name first, so that nobody reads half of it. */
static int write_file(struct planning *p, const struct plan *plan)
{
    char *tmp;
    FILE *f;
    int rc;

    if (asprintf(&tmp, "%s.new", p->out) < 0)
        die_oom();
    f = fopen(tmp, "we");
    rc = f ? write_document(p, plan, f) : -errno;
    if (f && fclose(f) && !rc)
        rc = -errno;
    if (!rc && rename(tmp, p->out))
        rc = -errno;
    if (rc) {
        complain("%s: %s", p->out, strerror(-rc));
        unlink(tmp);
    }
    free(tmp);
    return rc;
}

static unsigned timeline_width(const struct app *app)
{
    struct winsize w;

    if (!app->tty)
        return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) || w.ws_col < 60)
        return 50;
    return w.ws_col > 160 ? 130 : w.ws_col - 30u;
}

int planning_save(struct planning *p, const struct plan *plan)
{
    return p->out ? write_file(p, plan) : 0;
}

int planning_show(struct planning *p, const struct plan *plan)
{
    int rc = planning_save(p, plan);

    if (!rc && p->json)
        rc = write_document(p, plan, stdout);
    else if (!rc)
        planview_plan(stdout, p->snap.cluster, plan, p->explain,
                      timeline_width(p->app));
    return rc ? RC_FAILED : planning_exit(plan);
}
