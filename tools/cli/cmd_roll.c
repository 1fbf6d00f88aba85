/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop roll: plans a rolling maintenance, and has it carried out. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/cli/rollcmd.h"
#include "tools/doc/roll.h"
#include "tools/run/goal.h"
#include "tools/view/rollview.h"

/* "all" stands for every host, unless a host is called so. */
static bool roll_is_all(const struct planning *p)
{
    return p->operands == 1 && !strcmp(p->operand[0], "all") &&
           plan_find_host(p->snap.cluster, "all") == PLAN_NONE;
}

/* All, less those that are switched off: nobody can work on them, and to wait
 * for them would leave all the others undone. */
static int roll_all(const struct plan_cluster *c, uint32_t *host)
{
    int n = 0;

    for (uint32_t h = 0; h < plan_hosts(c); h++)
        if (plan_host_state(c, h) != PLAN_OFFLINE)
            host[n++] = h;
        else
            complain("roll: %s is switched off, and is left out",
                     plan_host_name(c, h));
    return n;
}

static int roll_hosts(const struct planning *p, uint32_t **host_r,
                      struct msg *err)
{
    uint32_t n = plan_hosts(p->snap.cluster);

    if (!roll_is_all(p))
        return goal_hosts(p->snap.cluster, p->operand, p->operands, host_r,
                          err);
    *host_r = calloc((size_t)n + 1, sizeof **host_r);
    return *host_r ? roll_all(p->snap.cluster, *host_r) : -ENOMEM;
}

static int roll_complain_xen(const struct planning *p, uint32_t host)
{
    if (host == PLAN_NONE)
        complain("--to-xen takes a version of Xen such as 4.20, not %s",
                 p->roll.to_xen);
    else
        complain("roll --to-xen %s: %s has a newer Xen, and no guest moves to "
                 "an older one; leave %s out, or name a newer version",
                 p->roll.to_xen, plan_host_name(p->snap.cluster, host),
                 plan_host_name(p->snap.cluster, host));
    return RC_USAGE;
}

static int roll_show(const struct planning *p, const struct plan_roll *r)
{
    if (!p->dry_run && p->json)
        return 0; /* its events follow, one object a line */
    if (!p->json) {
        rollview_text(stdout, p->snap.cluster, r, &p->roll, p->explain);
        return 0;
    }
    return roll_print(stdout, p->snap.cluster, r, &p->roll, p->snap.sha256);
}

/* RC_OK: all of them can be rolled; else what is wrong was printed. */
static enum exit_code roll_code_of(const struct plan_roll *r)
{
    return !r->left_n ? RC_OK : r->wave_n ? RC_PARTLY : RC_NOPLAN;
}

/* The plan of all waves, shown. NULL: an exit code in *code, and all said. */
static struct plan_roll *roll_plan(const struct planning *p,
                                   const uint32_t *host, uint32_t n, int *code)
{
    struct plan_roll *r;
    uint32_t bad;
    int rc = plan_roll(p->snap.cluster, host, n, &p->roll, &r, &bad);

    *code = RC_FAILED;
    if (rc == -EINVAL)
        *code = roll_complain_xen(p, bad);
    else if (rc == -ENOMEM)
        die_oom();
    else if (rc)
        complain("roll: no safe order of the moves was found");
    else if (!roll_show(p, r))
        return r;
    else
        plan_roll_free(r);
    return NULL;
}

/* --- carried out ----------------------------------------------------------- */

static char *roll_copy(const char *s)
{
    char *copy = s ? strdup(s) : NULL;

    if (s && !copy)
        die_oom();
    return copy;
}

static void roll_fill(const struct planning *p, const uint32_t *host,
                      uint32_t n, struct roll *r)
{
    const struct plan_roll_options *o = &p->roll;

    *r = (struct roll){ .work = p->work,
                        .limits = { .parallel = o->parallel,
                                    .canary = o->canary,
                                    .max_away_gib = o->max_away_gib,
                                    .home = o->home,
                                    .same_domain = o->same_domain,
                                    .alpha = p->set.alpha,
                                    .beta = p->set.beta,
                                    .downtime_ms = p->set.downtime_ms } };
    snprintf(r->limits.to_xen, sizeof r->limits.to_xen, "%s",
             o->to_xen ? o->to_xen : "");
    snprintf(r->limits.without, sizeof r->limits.without, "%s",
             o->without ? o->without : "");
    r->work.hook = roll_copy(p->hook);
    r->work.check = roll_copy(p->check);
    for (uint32_t i = 0; i < n; i++)
        if (roll_add_host(r, plan_host_name(p->snap.cluster, host[i])))
            die_oom();
}

static void roll_complain_left(const struct planning *p,
                               const struct plan_roll *plan)
{
    for (uint32_t i = 0; i < plan->left_n; i++)
        complain("%s: %s", plan_host_name(p->snap.cluster, plan->left[i].host),
                 plan->left[i].text);
}

static int roll_carry_out(const struct planning *p, const uint32_t *host,
                          uint32_t n, const struct plan_roll *plan)
{
    struct roll r;
    int rc;

    if (p->dead && roll_is_all(p)) {
        complain("roll: nothing is begun, since not all hosts answer; mend "
                 "what is named above, or name the hosts to roll");
        return RC_NOPLAN;
    }
    if (plan->left_n) {
        if (p->json)
            roll_complain_left(p, plan);
        complain("roll: nothing is begun while a host cannot be rolled: do "
                 "what helps, or leave it out");
        return RC_NOPLAN;
    }
    if (!plan->wave_n)
        return RC_OK;
    rc = cmd_may_ask(p->app, "roll", p->yes, p->json);
    if (!rc && !p->yes)
        rc = cmd_ask("Roll these hosts?");
    if (rc)
        return rc;
    roll_fill(p, host, n, &r);
    rc = rollcmd_begin(p, &r);
    roll_record_dispose(&r);
    return rc;
}

/* --- the command ----------------------------------------------------------- */

static int roll_hosts_named(struct planning *p, const uint32_t *host,
                            uint32_t n)
{
    int code;
    struct plan_roll *r = roll_plan(p, host, n, &code);

    if (!r)
        return code;
    code = p->dry_run ? (int)roll_code_of(r) : roll_carry_out(p, host, n, r);
    plan_roll_free(r);
    return code;
}

/* 0, or an exit code with the reason printed. */
static int roll_check(struct planning *p)
{
    if (!p->operands)
        return usage_error("roll", "roll takes HOST... or rack:NAME..., or "
                                   "all");
    if (p->dry_run)
        return 0;
    if (!p->hook || !*p->hook)
        return usage_error("roll", "--hook says what is done on each host; "
                                   "--dry-run shows the waves alone");
    if (p->snapshot)
        return usage_error("roll", "--snapshot is for --dry-run: what is "
                                   "carried out is planned for the hosts as "
                                   "they are");
    if (p->work.off && (p->work.reboot || p->check || p->work.soak_s))
        return usage_error("roll", "hosts that stay off (--off) are not "
                                   "booted, checked or watched");
    return 0;
}

static int roll_resumed(const struct planning *p)
{
    if (p->operands > 1)
        return usage_error("roll", "--resume takes one ROLL");
    if (p->given)
        return usage_error("roll", "--resume goes on with the options that "
                                   "the roll was begun with, and takes no "
                                   "others but --json");
    return rollcmd_resume(p, p->operands ? p->operand[0] : NULL);
}

static int roll_command(struct planning *p)
{
    uint32_t *host = NULL;
    struct msg err;
    int rc, n;

    if (p->resume)
        return roll_resumed(p);
    rc = roll_check(p);
    if (rc)
        return rc;
    if (p->work.off)
        p->roll.home = false; /* to hosts that are off */
    if (!p->snapshot &&
        goal_hosts_configured(&p->app->conf, p->operand, p->operands, &err)) {
        complain("%s", err.text);
        return RC_USAGE;
    }
    rc = planning_load(p);
    if (rc)
        return rc;
    n = roll_hosts(p, &host, &err);
    if (n == -ENOMEM)
        die_oom();
    if (n < 0) {
        complain("%s", err.text);
        return RC_USAGE;
    }
    rc = roll_hosts_named(p, host, (uint32_t)n);
    free(host);
    return rc;
}

int cmd_roll(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct planning p;
    int rc = planning_args(&p, app, self, argc, argv);

    if (!rc)
        rc = roll_command(&p);
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}
