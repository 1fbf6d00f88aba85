/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the options of the commands that plan, and takes their snapshot. */
#include "tools/cli/planning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmdtable.h"
#include "tools/cli/rollcmd.h"
#include "tools/cluster/take.h"
#include "tools/run/home.h"
#include "tools/run/start.h"
#include "tools/view/runview.h"

enum { HOOK_S = 3600, BACK_S = 1200 }; /* deadlines, unless others are given */

void planning_settings(struct plan_settings *s, const struct config *c)
{
    take_settings(s, c);
}

/* One option. false: its argument is wrong, which was printed. */
static bool planning_set(struct planning *p, int id, const char *arg)
{
    struct plan_settings *s = &p->set;
    long n = 0;
    bool ok = true;

    p->given |= id != OPT_JSON && id != OPT_YES && id != OPT_RESUME;
    switch (id) {
    case OPT_SNAPSHOT: p->snapshot = arg; break;
    case 'o': p->out = arg; break;
    case OPT_WITH: p->with = arg; break;
    case OPT_FORCE: p->force = true; break;
    case OPT_JSON: p->json = true; break;
    case OPT_YES: p->yes = true; break;
    case OPT_DRY_RUN: p->dry_run = true; break;
    case OPT_LIST: p->list = true; break;
    case OPT_SORT: p->sort = arg; break;
    case OPT_EXPLAIN: p->explain = s->explain = true; break;
    case OPT_BEST_EFFORT: s->best_effort = true; break;
    case OPT_WITHIN:
        ok =
            !parse_quantity("--within", QUANTITY_S, arg, 1, 1e6, &s->within_s);
        break;
    case OPT_ALPHA:
        ok = !parse_double("--alpha", arg, 0, 1e6, &s->alpha);
        break;
    case OPT_BETA: ok = !parse_double("--beta", arg, 0, 1e6, &s->beta); break;
    case OPT_WORTH:
        ok = !parse_double("--worth", arg, 0, 1e12, &s->worth);
        break;
    case OPT_MAX_GIB:
        ok = !parse_quantity("--max-gib", QUANTITY_GIB, arg, 0, 1e12,
                             &s->max_gib);
        break;
    case OPT_THRESHOLD:
        ok = !parse_double("--threshold", arg, 0, 100, &s->threshold);
        s->threshold /= 100;
        break;
    case OPT_SOFT_APART: s->soft_apart = true; break;
    case OPT_MAX_MOVES:
        ok = !parse_long("--max-moves", arg, 1, 1000000000, &n);
        s->max_moves = (unsigned)n;
        break;
    case OPT_SEED:
        ok = !parse_long("--seed", arg, 0, 2147483647, &n);
        s->seed = (uint64_t)n;
        break;
    case OPT_DOWNTIME:
        ok = !parse_quantity_long("--downtime", QUANTITY_MS, arg, 1, 600000,
                                  &n);
        s->downtime_ms = (unsigned)n;
        break;
    case OPT_LIMIT:
        ok = !parse_long("--limit", arg, 1, 1000000, &p->limit);
        break;
    default: ok = roll_option(p, id, arg);
    }
    return ok;
}

int planning_args(struct planning *p, struct app *app, const struct cmd *self,
                  int argc, char **argv)
{
    struct cmd_iter it;
    bool bad = false;
    int id;

    *p = (struct planning){ .app = app, .limit = 20 };
    planning_settings(&p->set, &app->conf);
    plan_roll_options_init(&p->roll);
    p->work = (struct roll_work){
        .hook_s = HOOK_S, .back_s = BACK_S, .from_min = -1, .to_min = -1
    };
    p->operand = calloc((size_t)argc + 1, sizeof *p->operand);
    if (!p->operand)
        die_oom();
    cmd_iter_init(&it, self, argc, argv);
    while ((id = cmd_next(&it)) > 0)
        bad |= !planning_set(p, id, it.arg);
    if (id < 0)
        return id == -2 ? -1 : RC_USAGE;
    for (int i = it.index; i < argc; i++)
        p->operand[p->operands++] = argv[i];
    return bad ? RC_USAGE : 0;
}

void planning_dispose(struct planning *p)
{
    snapshot_dispose(&p->snap);
    free(p->operand);
    p->operand = NULL;
}

/* --- the snapshot ---------------------------------------------------------------- */

unsigned planning_wait_s(const struct app *app)
{
    return run_answer_s(&app->conf);
}

static struct take planning_take(const struct app *app, unsigned deadline_s)
{
    return (struct take){ .conf = &app->conf,
                          .timeout_ms = deadline_s * 1000,
                          .sum_up = true,
                          .progress = runview_progress,
                          .note = runview_note };
}

int planning_collect(struct app *app, unsigned deadline_s, unsigned sample_ms,
                     char **text_r, size_t *len_r, size_t *dead_r)
{
    struct take t = planning_take(app, deadline_s);
    struct homes homes;
    struct msg err;
    int rc;

    t.sample_ms = sample_ms;
    if (homes_read_here(&homes, runview_note, NULL, &err))
        complain("%s", err.text); /* the facts are worth something without */
    t.homes = &homes;
    rc = take_text(&t, text_r, len_r, &err);
    homes_dispose(&homes);
    if (rc) {
        complain("%s", err.text);
        return rc == -EDESTADDRREQ ? RC_USAGE : RC_FAILED;
    }
    *dead_r = t.dead;
    return 0;
}

int planning_load(struct planning *p)
{
    struct take t = planning_take(p->app, planning_wait_s(p->app));
    struct msg err;
    int rc;

    t.file = p->snapshot;
    t.set = &p->set;
    t.homes = p->homes;
    rc = take_snapshot(&t, &p->snap, &err);
    p->dead = t.dead;
    if (!rc)
        return RC_OK;
    complain("%s", err.text);
    return rc == -EDESTADDRREQ || (p->snapshot && rc != -ENOMEM) ? RC_USAGE
                                                                 : RC_FAILED;
}
