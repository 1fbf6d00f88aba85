/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Claims the guests of a run, and marks the hosts that it empties as in
 * maintenance: one command for each host, all at once.
 */
#include "tools/run/exec_impl.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIXED_ARGS = 4, GIVE_BACK_TRIES = 3, GIVE_BACK_PAUSE_MS = 500 };

/* A guest in doubt stays claimed while the run is open. When the run ends its
 * claim is given back all the same, for the record of the handover guards the
 * guest. */
static bool claim_is_over(const struct run *r, const struct run_move *m)
{
    if (r->state == RUN_ENDED)
        return true;
    for (uint32_t i = 0; i < r->move_n; i++)
        if (r->move[i].state == MOVE_DOUBT &&
            !strcmp(r->move[i].uuid, m->uuid))
            return false;
    return true;
}

/* A call for each source host, with the guests to claim or to release there;
 * a guest that was started has its claim already. The strings are the run's.
 * Their number, or -1. */
static int claim_calls(struct run *r, bool take, struct remote_call **call_r)
{
    struct remote_call *call = calloc((size_t)r->move_n + 1, sizeof *call);
    size_t *n = calloc((size_t)r->move_n + 1, sizeof *n);
    int hosts = 0;

    for (uint32_t i = 0; call && n && i < r->move_n; i++) {
        struct run_move *m = &r->move[i];
        int h = 0;

        if (take ? !run_waits(m) : !claim_is_over(r, m))
            continue;
        while (h < hosts && strcmp(call[h].host, m->from))
            h++;
        if (h == hosts) {
            const char **args =
                calloc((size_t)r->move_n + FIXED_ARGS + 2, sizeof *args);

            if (!args) {
                hosts = -1;
                break;
            }
            args[n[h]++] = "claim";
            args[n[h]++] = take ? "take" : "release";
            args[n[h]++] = r->name;
            if (take)
                args[n[h]++] = r->executor;
            call[hosts++] =
                (struct remote_call){ .host = m->from, .args = args };
        }
        call[h].args[n[h]++] = m->uuid;
    }
    free(n);
    *call_r = call;
    return call && n ? hosts : -1;
}

static void claim_calls_free(struct remote_call *call, int n)
{
    if (n > 0)
        remote_dispose(call, (size_t)n);
    for (int i = 0; i < n; i++)
        free(call[i].args);
    free(call);
}

/* -1: p->err says why. *freed_r: ended runs of this host had claims there,
 * and gave them back. */
static int claim_once(struct exec *e, bool *freed_r)
{
    struct remote_call *call = NULL;
    int n = claim_calls(e->run, true, &call), rc = n < 0 ? -1 : 0;

    if (!rc)
        rc = remote_each(&e->remote, call, (size_t)n);
    if (rc)
        msg_set(&e->p->err, "out of memory");
    for (int i = 0; i < n && !rc; i++)
        if (call[i].rc) {
            msg_set(&e->p->err, "the guests on %s cannot be claimed: %s",
                    call[i].host, *call[i].said ? call[i].said : "no answer");
            rc = -1;
        }
    for (int i = 0; i < n && rc; i++)
        if (call[i].rc > 0 && exec_free_ended(e, call[i].host))
            *freed_r = true;
    claim_calls_free(call, n);
    return rc;
}

int exec_claim(struct exec *e)
{
    bool freed = false;
    int rc;

    e->p->claimed = true;
    e->p->given_back = false;
    rc = claim_once(e, &freed);
    return rc && freed ? claim_once(e, &freed) : rc;
}

/* The calls that failed come first. Their number. */
static int claim_failed(struct remote_call *call, int n)
{
    int failed = 0;

    for (int i = 0; i < n; i++)
        if (call[i].rc) {
            struct remote_call c = call[i];

            call[i] = call[failed];
            call[failed++] = c;
        }
    return failed;
}

/* An ssh that fails once must not leave a claim for ever. */
static int claim_give_back(const struct remote *r, struct remote_call *call,
                           int n)
{
    for (int tries = 0; n && tries < GIVE_BACK_TRIES; tries++) {
        if (tries)
            poll(NULL, 0, GIVE_BACK_PAUSE_MS * tries);
        remote_dispose(call, (size_t)n);
        if (remote_each(r, call, (size_t)n))
            break;
        n = claim_failed(call, n);
    }
    return n;
}

void exec_release(struct exec *e)
{
    struct remote_call *call = NULL;
    int n, left;

    if (!e->p->claimed && !e->resumed)
        return;
    n = claim_calls(e->run, false, &call);
    left = n > 0 ? claim_give_back(&e->remote, call, n) : 0;
    for (int i = 0; i < left; i++)
        exec_say(e, EXEC_NOTE, PLAN_NONE,
                 "claims stay on %s (%s): `rackhop apply --resume %s` gives "
                 "them back, as does the next run of this host there",
                 call[i].host, *call[i].said ? call[i].said : "no answer",
                 e->run->name);
    claim_calls_free(call, n);
}

int exec_release_ended(const struct remote *r, struct run *run,
                       struct msg *err)
{
    struct remote_call *call = NULL;
    int n = claim_calls(run, false, &call);
    int left = n > 0 ? claim_give_back(r, call, n) : n;

    if (left > 0)
        msg_set(err, "claims stay on %s: %s", call[0].host,
                *call[0].said ? call[0].said : "no answer");
    else if (left)
        msg_set(err, "out of memory");
    claim_calls_free(call, n);
    return left ? -EHOSTUNREACH : 0;
}

/* Was the host among those that answered the last look? */
static bool mark_is_seen(const struct exec_private *p, const char *host)
{
    return !p->has_snap || plan_find_host(p->snap.cluster, host) != PLAN_NONE;
}

/* A host says when it was in maintenance already. */
static void mark_count(struct run *r, const struct remote_call *call,
                       uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        r->marked |=
            !call[i].rc && !(call[i].out && strstr(call[i].out, "already"));
}

int exec_mark(struct exec *e)
{
    const char *args[] = { "maintenance", "set", e->run->name, NULL };
    struct run *r = e->run;
    struct remote_call *call;
    uint32_t n = 0;
    int rc = 0;

    if (!e->p->goal->marks_hosts || e->marked)
        return 0;
    call = calloc((size_t)r->hosts.n + 1, sizeof *call);
    if (!call)
        return -1;
    for (uint32_t i = 0; i < r->hosts.n; i++)
        if (e->resumed && !mark_is_seen(e->p, r->hosts.s[i]))
            exec_say(e, EXEC_NOTE, PLAN_NONE,
                     "%s does not answer: whether it is in maintenance is not "
                     "known",
                     r->hosts.s[i]);
        else
            call[n++] =
                (struct remote_call){ .host = r->hosts.s[i], .args = args };
    if (remote_each(&e->remote, call, n))
        rc = -1;
    for (uint32_t i = 0; i < n && !rc; i++)
        if (call[i].rc) {
            msg_set(&e->p->err, "%s cannot be put in maintenance: %s",
                    call[i].host, *call[i].said ? call[i].said : "no answer");
            rc = -1;
        }
    for (uint32_t i = 0; i < n && rc; i++)
        if (!call[i].rc)
            exec_say(e, EXEC_NOTE, PLAN_NONE,
                     "%s is in maintenance until `rackhop undrain`",
                     call[i].host);
    mark_count(r, call, n);
    e->marked = !rc;
    remote_dispose(call, n);
    free(call);
    return rc;
}
