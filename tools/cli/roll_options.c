/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the options of `rackhop roll`: how waves are planned, and what is done
 * on their hosts. */
#include <math.h>
#include <string.h>

#include "scheduler/cpu.h"
#include "tools/cli/cmdtable.h"
#include "tools/cli/rollcmd.h"
#include "tools/run/roll_window.h"

enum { SECONDS_MOST = 7 * 86400 };

static bool roll_duration(const char *what, const char *arg, uint32_t least,
                          uint32_t *s_r)
{
    double s;

    if (quantity_parse(QUANTITY_S, arg, &s) && s >= least &&
        s <= SECONDS_MOST && s == floor(s)) {
        *s_r = (uint32_t)s;
        return true;
    }
    complain("%s takes a time of at least %u s and at most 7 days, such as "
             "30s, 20m or 2h, not %s",
             what, least, arg);
    return false;
}

/* "max": any number. */
static bool roll_parallel(struct planning *p, const char *arg)
{
    long n = 0;

    if (strcmp(arg, "max") && parse_long("--parallel", arg, 1, 1000000, &n))
        return false;
    p->roll.parallel = (uint32_t)n;
    return true;
}

static bool roll_hook_at(struct roll_work *w, const char *arg)
{
    w->at_admin = !strcmp(arg, "admin");
    if (w->at_admin || !strcmp(arg, "host"))
        return true;
    complain("--hook-at takes host or admin, not %s", arg);
    return false;
}

static bool roll_window(struct roll_work *w, const char *arg)
{
    if (roll_window_parse(arg, &w->from_min, &w->to_min))
        return true;
    complain("--window takes HH:MM-HH:MM, such as 01:00-05:00, not %s", arg);
    return false;
}

/* A list that is kept in the record of the roll. */
static bool roll_without_features(struct plan_roll_options *o, const char *arg)
{
    const size_t most = sizeof((struct roll_limits *)0)->without - 1;
    struct plan_features f;

    o->without = arg;
    if (strlen(arg) > most) {
        complain("--without-features takes a list of at most %zu characters, "
                 "not of %zu",
                 most, strlen(arg));
        return false;
    }
    if (!plan_features_find(&f, arg))
        return true;
    complain("--without-features takes names of CPU features as Xen has them, "
             "such as avx512f,rtm, not %s",
             arg);
    return false;
}

/* How waves are planned. */
static bool roll_option_plan(struct planning *p, int id, const char *arg)
{
    struct plan_roll_options *o = &p->roll;
    long n = 0;
    bool ok = true;

    switch (id) {
    case OPT_PARALLEL: ok = roll_parallel(p, arg); break;
    case OPT_CANARY:
        ok = !parse_long("--canary", arg, 0, 1000000, &n);
        o->canary = (uint32_t)n;
        break;
    case OPT_HOME: o->home = true; break;
    case OPT_NO_HOME: o->home = false; break;
    case OPT_MAX_AWAY:
        ok = !parse_quantity("--max-away", QUANTITY_GIB, arg, 0, 1e12,
                             &o->max_away_gib);
        break;
    case OPT_SAME_DOMAIN: o->same_domain = true; break;
    case OPT_TO_XEN: o->to_xen = arg; break;
    case OPT_WITHOUT_FEATURES: ok = roll_without_features(o, arg); break;
    case OPT_RESUME: p->resume = true; break;
    }
    return ok;
}

bool roll_option(struct planning *p, int id, const char *arg)
{
    struct roll_work *w = &p->work;

    switch (id) {
    case OPT_HOOK: p->hook = arg; return true;
    case OPT_CHECK: p->check = arg; return true;
    case OPT_HOOK_AT: return roll_hook_at(w, arg);
    case OPT_REBOOT: w->reboot = true; return true;
    case OPT_OFF: w->off = true; return true;
    case OPT_HOOK_AGAIN: w->again = true; return true;
    case OPT_HOOK_TIMEOUT:
        return roll_duration("--hook-timeout", arg, 1, &w->hook_s);
    case OPT_BACK_TIMEOUT:
        return roll_duration("--back-timeout", arg, 1, &w->back_s);
    case OPT_SOAK: return roll_duration("--soak", arg, 0, &w->soak_s);
    case OPT_WINDOW: return roll_window(w, arg);
    }
    return roll_option_plan(p, id, arg);
}
