/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop simulate: writes a made-up cluster, so that anyone can try a plan.
 */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/sim.h"
#include "tools/cli/cmd.h"
#include "tools/doc/simulated.h"

struct args {
    struct plan_sim sim;
    const char *out;
};

static bool simulate_number(const char *what, const char *arg, long max,
                            uint32_t *r)
{
    long n;

    if (parse_long(what, arg, 1, max, &n))
        return false;
    *r = (uint32_t)n;
    return true;
}

static bool simulate_set(struct args *a, int id, const char *arg)
{
    struct plan_sim *s = &a->sim;
    uint32_t n;

    switch (id) {
    case OPT_HOSTS: return simulate_number("--hosts", arg, 100000, &s->hosts);
    case OPT_VMS: return simulate_number("--vms", arg, 2000000, &s->domains);
    case OPT_RACK: return simulate_number("--rack", arg, 1000, &s->rack);
    case OPT_POD: return simulate_number("--pod", arg, 1000, &s->pod);
    case OPT_PLANES: return simulate_number("--planes", arg, 64, &s->planes);
    case OPT_FILL: return !parse_double("--fill", arg, 0.01, 1, &s->fill);
    case OPT_SEED:
        if (!simulate_number("--seed", arg, 2147483647, &n))
            return false;
        s->seed = n;
        return true;
    case OPT_QUIET: s->quiet = true; return true;
    case OPT_MIXED: s->mixed = true; return true;
    case 'o': a->out = arg; return true;
    }
    return true;
}

static int simulate_write(const struct args *a,
                          const struct plan_sim_cluster *c)
{
    FILE *f = a->out ? fopen(a->out, "we") : stdout;
    struct json_out *o;
    int rc;

    if (!f) {
        complain("%s: %s", a->out, strerror(errno));
        return RC_FAILED;
    }
    o = json_out_new(f, false);
    if (!o)
        die_oom();
    simulated_write(o, &a->sim, c);
    rc = json_out_free(o);
    if (f == stdout)
        putchar('\n');
    else if (fclose(f))
        rc = -EIO;
    if (rc)
        complain("%s: cannot be written", a->out ? a->out : "the snapshot");
    return rc ? RC_FAILED : RC_OK;
}

int cmd_simulate(struct app *app, const struct cmd *self, int argc,
                 char **argv)
{
    struct args a = { .out = NULL };
    struct plan_sim_cluster c;
    struct cmd_iter it;
    bool bad = false;
    int id, rc;

    plan_sim_init(&a.sim);
    cmd_iter_init(&it, self, argc, argv);
    while ((id = cmd_next(&it)) > 0)
        bad |= !simulate_set(&a, id, it.arg);
    if (id < 0)
        return cmd_iter_exit(id);
    if (bad)
        return RC_USAGE;
    if (it.index < argc)
        return usage_error("simulate", "simulate takes no operands");
    rc = plan_sim_make(&c, &a.sim);
    if (rc == -ENOMEM)
        die_oom();
    if (rc) {
        complain("simulate: %u guests that fill %g of %u hosts do not fit; "
                 "a lower --fill or more --vms would do",
                 a.sim.domains, a.sim.fill, a.sim.hosts);
        return RC_FAILED;
    }
    rc = simulate_write(&a, &c);
    plan_sim_dispose(&c);
    return rc;
}
