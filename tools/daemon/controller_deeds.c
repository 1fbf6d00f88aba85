/* SPDX-License-Identifier: LGPL-2.1-only */
/* What comes of a decision of rackhopd: advice, names of hosts, and runs. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/daemon/controller_impl.h"
#include "tools/daemon/told.h"
#include "tools/run/start.h"

enum { TIP_LOOKS = 3 }; /* that may be late, or fail */

static void deeds_give_up(struct loops_doc *doc, const struct decide_moves *m,
                          const char *why)
{
    for (size_t i = 0; i < m->n; i++)
        snprintf(doc->wish[m->line[i]].why_not,
                 sizeof doc->wish[m->line[i]].why_not, "%s", why);
}

/* The lines of one deed, which a run of that name carries out. */
static int deeds_keep(struct looking *k, const size_t *line, size_t n)
{
    int rc = 0;

    for (size_t i = 0; i < n && !rc; i++) {
        struct loops_line *l = &k->doc.wish[line[i]];

        memcpy(l->run, k->c->state.run, sizeof l->run);
        rc = loops_doc_deed(&k->doc, l);
    }
    return rc;
}

static void deeds_advise_moves(struct looking *k, struct decide *d)
{
    struct controller *c = k->c;
    char path[512], digest[65], why[400];
    struct msg err;

    if (!d->advise.n) {
        *c->state.advised = '\0';
        return;
    }
    deed_path(path, sizeof path, "advised");
    snprintf(why, sizeof why, "it is advised in %.350s", path);
    deeds_give_up(&k->doc, &d->advise, why);
    if (deed_digest(k->snap.cluster, &d->advise, digest) ||
        !strcmp(digest, c->state.advised))
        return;
    if (deed_write(path, k->snap.cluster, &d->advise, k->snap.sha256, &err)) {
        c->q->tell(err.text);
        return;
    }
    memcpy(c->state.advised, digest, sizeof digest);
    deed_advise(&c->deed, path, d->advise.n);
}

/* Memory, and hosts that are to be switched. Whether hosts could be emptied is
 * asked once in settle_s: what is not wanted at the looks between is not gone. */
static void deeds_advise_tips(struct looking *k, struct decide *d)
{
    struct controller *c = k->c;
    double over_s =
        c->policy.settle_s + TIP_LOOKS * (double)c->q->conf->loops_interval_s;

    if (!told_tips(&c->state, d->tip, d->tips, k->wall_s, over_s))
        deed_advise_tips(&c->deed, &k->doc, d->tip, d->tips);
}

/* Hosts that fail are named in the log when others do than at the last look. */
static void deeds_name(struct looking *k, const struct decide *d)
{
    struct controller *c = k->c;
    char digest[65] = "";
    struct msg line;

    if (d->named.n && deed_digest_hosts(k->snap.cluster, &d->named, digest))
        return;
    if (!strcmp(digest, c->state.named))
        return;
    memcpy(c->state.named, digest, sizeof digest);
    for (size_t i = 0; i < d->named.n; i++) {
        msg_set(&line, "health: %s", k->doc.wish[d->named.line[i]].reason);
        c->q->tell(line.text);
    }
}

/* Once, for deeds_name() has just told of these hosts. */
static void deeds_advise_empty(struct looking *k, const struct decide *d)
{
    static const char file[] = "advised-health";
    struct controller *c = k->c;
    struct plan *plan = NULL;
    char path[512];

    deed_path(path, sizeof path, file);
    if (!d->advise_empty.n) {
        *c->state.advised_health = '\0';
        return;
    }
    for (size_t i = 0; i < d->advise_empty.n; i++) {
        struct loops_line *l = &k->doc.wish[d->advise_empty.line[i]];

        snprintf(l->why_not, sizeof l->why_not, "it is advised in %.350s",
                 path);
    }
    if (!strcmp(c->state.advised_health, c->state.named) ||
        plan_drain(k->snap.cluster, d->advise_empty.host,
                   (uint32_t)d->advise_empty.n, &plan))
        return;
    if (plan_save(path, k->snap.cluster, plan, k->snap.sha256, false)) {
        c->q->tell("the plan that empties hosts could not be written");
    } else {
        memcpy(c->state.advised_health, c->state.named, sizeof c->state.named);
        deed_advise(&c->deed, path, plan->move_n);
    }
    plan_free(plan);
}

/* Memory, and hosts that are switched on, need no run; a host that is switched off
 * has one, when nothing else has. */
static int deeds_switched(struct looking *k, struct decide *d)
{
    int rc = 0;

    for (size_t i = 0; i < d->resizes && !rc; i++)
        rc = loops_doc_deed(&k->doc, &k->doc.wish[d->resize[i].line]);
    for (size_t i = 0; i < d->on_hosts.n && !rc; i++)
        rc = loops_doc_deed(&k->doc, &k->doc.wish[d->on_hosts.line[i]]);
    if (d->act.n || d->empty.n) {
        for (size_t i = 0; i < d->off_hosts.n; i++)
            snprintf(k->doc.wish[d->off_hosts.line[i]].why_not,
                     sizeof k->doc.wish[0].why_not, "guests are moved first");
        d->off_hosts.n = 0;
    }
    return rc;
}

/* The plan, its run's name on all lines; what is not kept is not done. */
int deeds_prepare(struct looking *k, struct decide *d, struct msg *err)
{
    struct controller *c = k->c;
    char path[512];
    int rc;

    rc = deeds_switched(k, d);
    if (rc || (!d->act.n && !d->empty.n && !d->off_hosts.n))
        return rc;
    run_new_name(c->state.run, sizeof c->state.run);
    if (d->empty.n)
        return deeds_keep(k, d->empty.line, d->empty.n);
    if (!d->act.n)
        return deeds_keep(k, d->off_hosts.line, d->off_hosts.n);
    deed_path(path, sizeof path, c->state.run);
    rc = deed_write(path, k->snap.cluster, &d->act, k->snap.sha256, err);
    return rc ? rc : deeds_keep(k, d->act.line, d->act.n);
}

static int deeds_empty(struct looking *k, struct decide *d, struct msg *err)
{
    struct controller *c = k->c;
    char **host = calloc(d->empty.n + 1, sizeof *host);
    const char **reason = calloc(d->empty.n + 1, sizeof *reason);
    int rc = host && reason ? 0 : -ENOMEM;

    for (size_t i = 0; i < d->empty.n && !rc; i++) {
        host[i] = (char *)(uintptr_t)plan_host_name(k->snap.cluster,
                                                    d->empty.host[i]);
        reason[i] = k->doc.wish[d->empty.line[i]].reason;
    }
    if (rc) /* the run never began, and is forgotten */
        msg_set(err, "out of memory");
    else
        deed_drain(&c->deed, c->state.run, host, (int)d->empty.n, reason,
                   NULL);
    free(reason);
    free(host);
    return rc;
}

void deeds_advise(struct looking *k, struct decide *d)
{
    deeds_advise_moves(k, d);
    deeds_advise_tips(k, d);
    deeds_name(k, d);
    deeds_advise_empty(k, d);
}

int deeds_begin(struct looking *k, struct decide *d, struct msg *err)
{
    struct controller *c = k->c;
    int rc = switches_on(k, d, err); /* they need the longest */

    if (rc)
        return rc;
    rc = memory_change(k, d, err);
    if (rc)
        return rc;
    if (d->empty.n)
        return deeds_empty(k, d, err);
    if (d->off_hosts.n)
        return switches_off(k, d, err);
    if (*c->state.run)
        deed_run(&c->deed, c->state.run, false);
    return 0;
}
