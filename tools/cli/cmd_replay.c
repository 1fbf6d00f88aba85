/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop replay: what the loops would have done to a load that is known. */
#include "tools/cli/cmd_replay.h"

#include <errno.h>
#include <stdio.h>

#include "scheduler/replay.h"
#include "tools/base/clock.h"
#include "tools/cli/cmd.h"
#include "tools/cli/cmdtable.h"
#include "tools/doc/trace.h"
#include "tools/view/replayview.h"

struct args {
    const char *trace, *policy;
    bool no_memory, json, explain, looks;
};

static void replay_set(struct args *a, int id, const char *arg)
{
    switch (id) {
    case OPT_POLICY: a->policy = arg; break;
    case OPT_NO_MEMORY: a->no_memory = true; break;
    case OPT_EXPLAIN: a->explain = true; break;
    case OPT_LOOKS: a->looks = true; break;
    case OPT_JSON: a->json = true; break;
    }
}

static void replay_tell(void *arg, double now_s, const struct loop_wish *w)
{
    replayview_wish(stdout, arg, now_s, w);
}

static int replay_show(const struct args *a, const struct replay_trace *t,
                       const char *policy, const struct replay_result *r,
                       double seconds)
{
    if (!a->json) {
        replayview_result(stdout, t, policy, r, seconds);
        return RC_OK;
    }
    return replay_print(stdout, t->name, policy, r, seconds) ? RC_FAILED
                                                             : RC_OK;
}

static int replay_trace_run(const struct args *a, struct replay_trace *t,
                            const struct loop_policy *p, const char *policy)
{
    struct replay_watch watch = { replay_tell, t };
    struct replay_result r;
    uint64_t begin = clock_us();
    uint32_t bad;
    int rc =
        replay_run(t, p, a->explain && !a->json ? &watch : NULL, &r, &bad);

    if (rc == -ENOMEM)
        die_oom();
    if (rc) {
        complain("%s: no host has memory for guest %s (%lld MiB) at the first "
                 "step; give it a host, or more hosts",
                 a->trace, t->guest_name[bad],
                 (long long)t->guest[bad].memory_mib);
        return RC_NOPLAN;
    }
    return replay_show(a, t, policy, &r, (double)(clock_us() - begin) / 1e6);
}

static int replay_own(const struct args *a)
{
    char called[TRACE_NAME + 1] = "";
    struct replay_looks q = { .dir = a->trace,
                              .json = a->json,
                              .explain = a->explain };
    struct loop_policy p;
    struct msg err = MSG_NONE;

    loop_policy_init(&p);
    if (a->policy) {
        if (policy_load(&p, called, a->policy, &err)) {
            complain("%s", err.text);
            return RC_USAGE;
        }
        q.policy = &p;
        q.called = called;
    }
    return replay_looks(&q);
}

static int replay(const struct args *a)
{
    char policy[TRACE_NAME + 1] = "default";
    struct replay_trace t;
    struct loop_policy p;
    struct msg err = MSG_NONE;
    int rc = 0;

    loop_policy_init(&p);
    if (a->policy)
        rc = policy_load(&p, policy, a->policy, &err);
    if (!rc)
        rc = trace_load(&t, a->trace, &err);
    if (rc) {
        complain("%s", err.text);
        return RC_USAGE;
    }
    if (a->no_memory)
        p.memory = 0;
    rc = replay_trace_run(a, &t, &p, policy);
    replay_trace_dispose(&t);
    return rc;
}

int cmd_replay(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct args a = { .trace = NULL };
    struct cmd_iter it;
    int id;

    (void)app;
    cmd_iter_init(&it, self, argc, argv);
    while ((id = cmd_next(&it)) > 0)
        replay_set(&a, id, it.arg);
    if (id < 0)
        return cmd_iter_exit(id);
    a.trace = argv[it.index]; /* NULL behind the last */
    if (a.looks && a.no_memory)
        return usage_error("replay",
                           "--no-memory is for a TRACE, not for --looks");
    if (a.looks && argc - it.index <= 1)
        return replay_own(&a);
    if (argc - it.index != 1)
        return usage_error("replay", a.looks ? "replay --looks takes one DIR"
                                             : "replay takes one TRACE");
    return replay(&a);
}
