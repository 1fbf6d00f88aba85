/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reserves memory and links for the moves of a run, on the hosts that guests
 * come to: one command for each host, all at once. They are renewed while the
 * run goes on, and given back at its end (move/reserve.h).
 */
#include "tools/run/exec_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/config.h"
#include "tools/exit.h"
#include "tools/move/reserve.h"

enum { RENEW_TIMEOUT_S = 10 };

/* --- the words of one command ------------------------------------------------- */

struct words {
    struct strlist l;
    const char **args; /* of l, with a NULL at the end */
};

static int words_end(struct words *w)
{
    w->args = calloc(w->l.n + 1, sizeof *w->args);
    for (size_t i = 0; w->args && i < w->l.n; i++)
        w->args[i] = w->l.s[i];
    return w->args ? 0 : -ENOMEM;
}

static void words_dispose(struct words *w)
{
    strlist_dispose(&w->l);
    free(w->args);
}

static int words_add_all(struct words *w, const char *const *word)
{
    int rc = 0;

    for (; *word && !rc; word++)
        rc = strlist_add(&w->l, *word);
    return rc;
}

/* What other runs have there was planned with, or is taken away. */
static int words_add_seen(struct words *w, const struct exec *e,
                          const char *host)
{
    const struct snapshot *s = &e->p->snap;
    uint32_t h = plan_find_host(s->cluster, host);
    int rc = 0;

    for (size_t i = 0; i < s->reserved_n && !rc; i++) {
        const struct snapshot_reserved *v = &s->reserved[i];
        char text[120];

        if (v->host != h || !strcmp(v->run, e->run->name))
            continue;
        snprintf(text, sizeof text, "%s=%s@%llu", v->dead ? "dead" : "seen",
                 v->run, (unsigned long long)v->stamp);
        rc = strlist_add(&w->l, text);
    }
    return rc;
}

/* The guests that come to the host and leave it, in the order of the plan. */
static int words_add_rows(struct words *w, const struct exec *e,
                          const char *host)
{
    const struct plan_cluster *c = e->p->snap.cluster;
    int rc = 0;

    for (uint32_t i = 0; i < e->run->move_n && !rc; i++) {
        const struct run_move *m = &e->run->move[i];
        bool comes = !strcmp(m->to, host), leaves = !strcmp(m->from, host);
        uint32_t dom = plan_find_domain(c, m->uuid);
        double mbps = comes && m->rate_mbps > 0 ? m->rate_mbps : 0;
        struct reservation_row row = { .mbps = mbps < 1e9 ? mbps : 0 };
        char text[160];

        if ((!comes && !leaves) || dom == PLAN_NONE ||
            (!run_waits(m) && m->state != MOVE_STARTED))
            continue;
        snprintf(row.uuid, sizeof row.uuid, "%s", m->uuid);
        row.mib = plan_domain_mib(c, dom) * (comes ? 1 : -1);
        if (comes)
            snprintf(row.from, sizeof row.from, "%s", m->from);
        reservation_row_format(&row, text, sizeof text);
        rc = strlist_add(&w->l, text);
    }
    return rc;
}

/* --- many hosts ---------------------------------------------------------------- */

/* Hosts that guests are still to come to. 0 or -ENOMEM. */
static int reserve_hosts(const struct run *r, struct strlist *hosts)
{
    int rc = 0;

    for (uint32_t i = 0; i < r->move_n && !rc; i++)
        if ((run_waits(&r->move[i]) || r->move[i].state == MOVE_STARTED) &&
            !strlist_has(hosts, r->move[i].to))
            rc = strlist_add(hosts, r->move[i].to);
    return rc;
}

/* `reserve VERB RUN` on each host; the calls are to be disposed of with
 * reserve_calls_free(). */
static int reserve_each(struct exec *e, const char *verb,
                        const struct strlist *hosts,
                        struct remote_call **call_r)
{
    const char *const fixed[] = { "reserve", verb, e->run->name, NULL };
    bool take = !strcmp(verb, "take");
    struct config conf = *e->remote.conf;
    const struct remote remote = { &conf, e->remote.conf_path };
    struct remote_call *call = calloc(hosts->n + 1, sizeof *call);
    struct words *w = calloc(hosts->n + 1, sizeof *w);
    int rc = call && w ? 0 : -ENOMEM;

    for (size_t i = 0; i < hosts->n && !rc; i++) {
        rc = words_add_all(&w[i], fixed);
        if (!rc && take)
            rc = strlist_add(&w[i].l, e->run->executor);
        if (!rc && take)
            rc = words_add_seen(&w[i], e, hosts->s[i]);
        if (!rc && take)
            rc = words_add_rows(&w[i], e, hosts->s[i]);
        if (!rc)
            rc = words_end(&w[i]);
        call[i] =
            (struct remote_call){ .host = hosts->s[i], .args = w[i].args };
    }
    /* moves are under way, and nothing else is looked at meanwhile */
    if (!strcmp(verb, "renew") && conf.ssh_timeout_s > RENEW_TIMEOUT_S)
        conf.ssh_timeout_s = RENEW_TIMEOUT_S;
    if (!rc)
        rc = remote_each(&remote, call, hosts->n);
    for (size_t i = 0; w && i < hosts->n; i++)
        words_dispose(&w[i]);
    free(w);
    *call_r = call;
    return rc;
}

static void reserve_calls_free(struct remote_call *call, size_t n)
{
    if (call)
        remote_dispose(call, n);
    free(call);
}

/* --- the run's reservations ------------------------------------------------------ */

/* Whether a host that was to release has nothing of the run any more: it has
 * done so, or its rackhop is too old to have reserved anything. */
static bool is_released(const struct remote_call *call)
{
    return !call->rc || call->rc == RC_USAGE;
}

/* Gives back what the run has on hosts that no guest of it is to come to any
 * more. One that could not be reached is asked again the next time. */
static void reserve_drop_others(struct exec *e, const struct strlist *hosts)
{
    struct strlist *had = &e->p->reserved, drop = { .s = NULL };
    struct remote_call *call = NULL;
    int rc = 0;

    for (size_t i = 0; i < had->n && !rc; i++)
        if (!strlist_has(hosts, had->s[i]))
            rc = strlist_add(&drop, had->s[i]);
    if (!rc && drop.n && !reserve_each(e, "release", &drop, &call)) {
        for (size_t i = 0; i < drop.n; i++)
            if (is_released(&call[i]))
                strlist_remove(had, drop.s[i]);
    }
    reserve_calls_free(call, drop.n);
    strlist_dispose(&drop);
}

/* Tells once that nothing could be reserved on a host, which is no reason not
 * to go on: the host itself takes no guest that does not fit. */
static void reserve_unheeded(struct exec *e, const struct remote_call *call)
{
    char key[100];

    snprintf(key, sizeof key, "reserve %s", call->host);
    if (strlist_has(&e->p->noted, key) || strlist_add(&e->p->noted, key))
        return;
    exec_say(e, EXEC_NOTE, PLAN_NONE, "no memory can be reserved on %s: %s",
             call->host,
             call->rc == RC_USAGE ? "it has an older rackhop"
             : *call->said        ? call->said
                                  : "no answer");
}

/* What one host said. 0; 1: another run was faster. */
static int reserve_answer(struct exec *e, const struct remote_call *call)
{
    if (call->rc == RC_PARTLY) {
        msg_set(&e->p->err, "%s: %s", call->host, call->said);
        return 1;
    }
    if (call->rc)
        reserve_unheeded(e, call);
    return 0;
}

int exec_reserve(struct exec *e)
{
    struct exec_private *p = e->p;
    struct strlist hosts = { .s = NULL };
    struct remote_call *call = NULL;
    int rc = reserve_hosts(e->run, &hosts);

    if (!rc)
        reserve_drop_others(e, &hosts);
    if (!rc)
        rc = reserve_each(e, "take", &hosts, &call);
    p->renewed_ms = clock_ms();
    if (rc)
        msg_set(&p->err, "out of memory");
    for (size_t i = 0; i < hosts.n && !rc; i++)
        rc = reserve_answer(e, &call[i]);
    reserve_calls_free(call, call ? hosts.n : 0);
    /* what some hosts refused, others have: all is given back at the end */
    for (size_t i = 0; i < hosts.n; i++)
        if (!strlist_has(&p->reserved, hosts.s[i]) &&
            strlist_add(&p->reserved, hosts.s[i]))
            rc = -1;
    strlist_dispose(&hosts);
    return rc < 0 ? -1 : rc;
}

void exec_renew(struct exec *e)
{
    struct exec_private *p = e->p;
    struct remote_call *call = NULL;

    if (!p->reserved.n ||
        clock_ms() - p->renewed_ms < (int64_t)RESERVE_RENEW_S * 1000)
        return;
    p->renewed_ms = clock_ms();
    /* one that does not answer is asked again in time; one that has nothing
     * of this run any more was reckoned dead, and checks when guests come */
    if (!reserve_each(e, "renew", &p->reserved, &call))
        reserve_calls_free(call, p->reserved.n);
}

/* Another executor of this run, before this one, may have reserved. */
static int reserved_before(struct exec *e)
{
    int rc = 0;

    for (uint32_t i = 0; e->resumed && i < e->run->move_n && !rc; i++)
        if (!strlist_has(&e->p->reserved, e->run->move[i].to))
            rc = strlist_add(&e->p->reserved, e->run->move[i].to);
    return rc;
}

void exec_give_back(struct exec *e)
{
    struct strlist *hosts = &e->p->reserved;
    struct remote_call *call = NULL;

    if (reserved_before(e) || !hosts->n ||
        reserve_each(e, "release", hosts, &call))
        return;
    for (size_t i = 0; i < hosts->n; i++)
        if (!is_released(&call[i]))
            exec_say(e, EXEC_NOTE, PLAN_NONE,
                     "memory stays reserved on %s for up to %d minutes (%s)",
                     hosts->s[i], RESERVE_LEASE_S / 60,
                     *call[i].said ? call[i].said : "no answer");
    reserve_calls_free(call, hosts->n);
}
