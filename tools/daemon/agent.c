/* SPDX-License-Identifier: LGPL-2.1-only */
/* The agent of a host: what it does in a second, and between seconds. */
#include "tools/daemon/agent.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cluster/learned.h"
#include "tools/daemon/agent_impl.h"
#include "tools/series/files.h"

enum {
    ASK_S = 10,     /* how often xenstore is asked about a guest */
    LEARNED_S = 60, /* how often what moves have taught is read */
    PRUNE_S = 3600,
    BACK_S = 60,    /* a clock that was set back by more is new time */
    WRONG_S = 3600, /* by more: it is perhaps not set yet */
    DOUBT_S = 600,  /* and is believed after so long */
    AGENT_TARGET = 1024,
};

static void agent_gone(void *arg, struct sampler_guest *g)
{
    if (g->keep)
        keep_end(arg, g->keep);
    free(g->keep);
    g->keep = NULL;
}

/* What the backend of a disk serves: "/dev/vg/g1-swap". The backend's part of
 * xenstore is the host's; what a guest has of it the guest may write. */
static void agent_target(struct agent *a, uint32_t domid, uint32_t number,
                         char target[AGENT_TARGET])
{
    const struct xlx_looker *l = &a->rq.looker;
    char key[80];

    snprintf(key, sizeof key, "backend/vbd/%" PRIu32 "/%" PRIu32 "/params",
             domid, number);
    if (l->store(l->arg, 0, key, target, AGENT_TARGET))
        *target = '\0';
}

/* xenstore is asked only when there is a pattern. */
static bool agent_is_disk(struct agent *a, const char *name, uint32_t domid,
                          uint32_t number, char target[AGENT_TARGET])
{
    int64_t n = source_disk_number(name);

    if (n >= 0)
        return n == number;
    if (!*target)
        agent_target(a, domid, number, target);
    return source_disk_fits(name, target);
}

/* Is this one of the disks that the configuration calls swap? */
static bool agent_swap(void *arg, uint32_t domid, uint32_t number)
{
    struct agent *a = arg;
    char target[AGENT_TARGET] = "";
    const struct group_rows *rows = &a->rq.conf->swap_disks;
    struct sampler_guest *g = sampler_find(&a->sampler, domid);
    const struct keep *k = g ? g->keep : NULL;

    for (size_t i = 0; i < rows->n && k; i++) {
        const struct group_row *row = &rows->row[i];

        if (strcmp(row->name, "*") != 0 && strcmp(row->name, k->name) != 0 &&
            strcmp(row->name, k->uuid) != 0)
            continue;
        for (size_t d = 0; d < row->members.n; d++)
            if (agent_is_disk(a, row->members.s[d], domid, number, target))
                return true;
    }
    return false;
}

int agent_new(struct agent **a_r, const struct agent_request *rq,
              struct msg *err)
{
    struct agent *a = calloc(1, sizeof *a);
    int lock = a ? series_lock(rq->statedir) : -ENOMEM;

    if (lock < 0) {
        msg_set(err, "samples can't be kept below %s: %s", rq->statedir,
                lock == -EAGAIN ? "another agent does it" : strerror(-lock));
        free(a);
        return lock;
    }
    a->rq = *rq;
    a->lock = lock;
    a->doubts_at = -1;
    for (int i = 0; i < METRIC_KINDS; i++)
        shape_init(&a->shape[i], (enum metric_kind)i);
    a->host.shape = &a->shape[METRIC_HOST];
    if (gethostname(a->host.name, sizeof a->host.name - 1))
        strcpy(a->host.name, "unknown");
    sampler_init(&a->sampler);
    a->sampler.gone = agent_gone;
    a->sampler.arg = a;
    a->sampler.idle_w = rq->conf->idle_w;
    a->sampler.peak_w = rq->conf->peak_w;
    sources_init(&a->sources, rq->root);
    a->sources.swap = agent_swap;
    a->sources.arg = a;
    *a_r = a;
    return 0;
}

void agent_free(struct agent *a)
{
    if (!a)
        return;
    sampler_dispose(&a->sampler);
    sources_dispose(&a->sources);
    keep_end(a, &a->host);
    close(a->lock);
    free(a);
}

/*
 * A clock that was set back by more than a minute: what was kept of times to
 * come is wrong. By more than an hour, it is perhaps the clock that is wrong
 * now, as after a boot without a battery, and what was kept would be lost for
 * nothing: it has ten minutes to be set.
 */
static bool agent_believes(struct agent *a, uint64_t wall_s, double mono_s)
{
    uint64_t newest = a->wall_s;

    if (!newest || a->doubts_at >= 0)
        newest = keep_newest(a);
    if (newest <= wall_s + BACK_S) {
        a->doubts_at = -1;
        return true;
    }
    if (a->doubts_at < 0)
        a->doubts_at = mono_s;
    if (newest > wall_s + WRONG_S && mono_s - a->doubts_at < DOUBT_S)
        return false;
    keep_forget(a, wall_s - 1);
    a->doubts_at = -1;
    return true;
}

/* --- what xenstore says of a guest -------------------------------------------- */

static void agent_hint(struct agent *a, struct sampler_guest *g)
{
    char text[HINT_TEXT];
    struct hint h;
    bool says = !a->rq.looker.store(a->rq.looker.arg, g->domid, HINT_KEY, text,
                                    sizeof text) &&
                !hint_parse(&h, text);

    sampler_hint(&a->sampler, g, says ? &h : NULL);
}

static void agent_ask(struct agent *a, struct sampler_guest *g, struct keep *k)
{
    const struct xlx_looker *l = &a->rq.looker;
    char text[RING_NAME], *end;
    unsigned long long kib;

    if (!l->store(l->arg, g->domid, "name", text, sizeof text))
        strcpy(k->name, text);
    g->target_mib = -1;
    if (!l->store(l->arg, g->domid, "memory/target", text, sizeof text)) {
        kib = strtoull(text, &end, 10);
        if (end != text && !*end && kib < 1ull << 50)
            g->target_mib = (double)kib / 1024;
    }
    agent_hint(a, g);
    k->asked = true;
}

/* Each guest has its turn, so that not all are asked in one second. */
static void agent_guest(struct agent *a, struct sampler_guest *g,
                        uint64_t turn)
{
    struct keep *k = keep_of(a, g);

    if (!k)
        return;
    if (!k->asked || turn % LEARNED_S == 0)
        g->dirty_mib_s = learned_load(a->rq.statedir, k->uuid).dirty_mib_s;
    if (!k->asked || turn % ASK_S == 0)
        agent_ask(a, g, k);
}

/* --- a second ------------------------------------------------------------------ */

static int agent_look(struct agent *a, double mono_s)
{
    const struct xlx_looker *l = &a->rq.looker;
    struct xlx_look_host host;
    int n = l->guests(l->arg, a->look, SAMPLER_GUESTS + 1), rc;

    if (n < 0)
        return n;
    rc = sampler_looks(&a->sampler, a->look, (size_t)n, mono_s);
    if (!rc && !l->host(l->arg, &host))
        sampler_host_look(&a->sampler, &host);
    return rc;
}

int agent_second(struct agent *a, uint64_t wall_s, double mono_s)
{
    struct sampler *s = &a->sampler;
    int rc;

    if (!agent_believes(a, wall_s, mono_s))
        return 0;
    a->wall_s = wall_s;
    rc = agent_look(a, mono_s);
    if (rc)
        return rc;
    for (size_t i = 0; i < s->n; i++)
        agent_guest(a, &s->guest[i], wall_s + s->guest[i].domid);
    sources_read(&a->sources, s, a->seconds++);
    sampler_second(s);
    for (size_t i = 0; i < s->n; i++)
        if (s->guest[i].keep)
            keep_second(a, s->guest[i].keep, s->guest[i].value);
    keep_second(a, &a->host, s->value);
    if (wall_s % PRUNE_S == 0)
        series_prune(a->rq.statedir, (int64_t)wall_s);
    return 0;
}

int agent_waits(struct agent *a)
{
    const struct xlx_looker *l = &a->rq.looker;
    int n = l->guests(l->arg, a->look, SAMPLER_GUESTS + 1);

    if (n < 0)
        return n;
    sampler_waits(&a->sampler, a->look, (size_t)n, l);
    return 0;
}
