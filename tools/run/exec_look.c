/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Fresh facts, and what they mean for the rest of a run: what is moot, what
 * still fits, what has to be planned again.
 *
 * Facts are asked for while no move of the run is under way, or when one is so
 * late that the others are planned around it: then its guest counts as arrived,
 * and its source's memory as not yet free.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/config.h"
#include "tools/cluster/collect.h"
#include "tools/run/exec_impl.h"
#include "topology/topology.h"
#include "tools/base/msg.h"

bool exec_waits(const struct run_move *m)
{
    return m->state == MOVE_PLANNED && !m->replaced;
}

bool exec_is_last(const struct run *r, uint32_t move)
{
    for (uint32_t i = move + 1; i < r->move_n; i++)
        if (!strcmp(r->move[i].uuid, r->move[move].uuid))
            return false;
    return true;
}

uint32_t exec_made(const struct run *r)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->move_n; i++)
        n += r->move[i].state == MOVE_DONE || r->move[i].state == MOVE_STARTED;
    return n;
}

/* --- looking --------------------------------------------------------------------- */

static void tell_dead(void *arg, const char *host, const char *why)
{
    exec_say(arg, EXEC_NOTE, PLAN_NONE, "%s does not answer: %s", host, why);
}

static void tell_problem(void *arg, const char *text)
{
    exec_say(arg, EXEC_NOTE, PLAN_NONE, "%s", text);
}

/* Why this guest is not to be planned again; NULL: it may be. */
static const char *kept_back(const struct run *r, const char *uuid)
{
    unsigned failed = 0;

    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];

        if (strcmp(m->uuid, uuid))
            continue;
        if (m->state == MOVE_DOUBT)
            return "where it runs is in doubt";
        if (m->state == MOVE_STARTED)
            return "its move is under way";
        failed += m->state == MOVE_FAILED;
        if (failed >= ATTEMPTS)
            return "its moves failed";
    }
    return NULL;
}

static bool listed_at(const struct json *domains, const char *uuid,
                      const char *host)
{
    JSON_FOREACH(d, domains)
        if (!strcmp(json_get_str(d, "uuid", ""), uuid) &&
            !strcmp(json_get_str(d, "host", ""), host))
            return true;
    return false;
}

static double mib_of(const struct json *domains, const char *uuid)
{
    JSON_FOREACH(d, domains)
        if (!strcmp(json_get_str(d, "uuid", ""), uuid))
            return fmax(0, json_get_num(d, "memory_mib", 0));
    return 0;
}

/* Do the facts count a copy of it there that is under construction? */
static bool arrives_at(const struct json *h, const char *uuid)
{
    JSON_FOREACH(a, json_get(h, "arriving"))
        if (a->type == JSON_STR && !strcmp(a->str, uuid))
            return true;
    return false;
}

/*
 * Memory that the list of domains does not show on this host: of a guest in
 * doubt at its destination; of one that is under way at its source, while the
 * list has it at its destination, where what arrives was counted already.
 */
static double hidden_mib(const struct run *r, const struct json *domains,
                         const struct json *h)
{
    const char *host = json_get_str(h, "name", "");
    double sum = 0;

    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];
        bool there = !strcmp(m->to, host);

        if (m->state == MOVE_DOUBT && there && !arrives_at(h, m->uuid) &&
            !listed_at(domains, m->uuid, host))
            sum += mib_of(domains, m->uuid);
        else if (m->state == MOVE_STARTED && there && arrives_at(h, m->uuid))
            sum -= mib_of(domains, m->uuid);
        else if (m->state == MOVE_STARTED && !strcmp(m->from, host))
            sum += mib_of(domains, m->uuid);
    }
    return sum;
}

static void write_host(const struct run *r, const struct json *domains,
                       const struct json *h, struct json_out *o)
{
    double more = hidden_mib(r, domains, h);

    json_obj(o);
    JSON_FOREACH(m, h) {
        json_key(o, m->key);
        if (more != 0 && !strcmp(m->key, "reserved_mib"))
            json_int(o, (int64_t)fmax(0, fmax(0, m->num) + more));
        else
            json_value(o, m);
    }
    json_obj_end(o);
}

static const struct run_move *under_way(const struct run *r, const char *uuid)
{
    for (uint32_t i = 0; i < r->move_n; i++)
        if (r->move[i].state == MOVE_STARTED && !strcmp(r->move[i].uuid, uuid))
            return &r->move[i];
    return NULL;
}

static void write_domain(const struct run *r, const struct json *domains,
                         const struct json *d, struct json_out *o)
{
    const char *uuid = json_get_str(d, "uuid", "");
    const struct run_move *moving = under_way(r, uuid);
    const char *why = kept_back(r, uuid);

    /* between its start there and its end here it is listed twice */
    if (moving && !strcmp(json_get_str(d, "host", ""), moving->to) &&
        listed_at(domains, uuid, moving->from))
        return;
    json_obj(o);
    JSON_FOREACH(m, d) {
        if (why &&
            (!strcmp(m->key, "pinned") || !strcmp(m->key, "pinned_why")))
            continue;
        if (moving && !strcmp(m->key, "host")) {
            json_kv_str(o, "host", moving->to);
            continue;
        }
        json_key(o, m->key);
        json_value(o, m);
    }
    if (why) {
        json_kv_bool(o, "pinned", true);
        json_kv_str(o, "pinned_why", why);
    }
    json_obj_end(o);
}

static bool needs_marks(const struct run *r)
{
    for (uint32_t i = 0; i < r->move_n; i++)
        if (kept_back(r, r->move[i].uuid))
            return true;
    return false;
}

/* The snapshot as the run has to see it: guests that it keeps back are
 * pinned, memory that may be in use is. */
static int mark(const struct run *r, char **text, size_t *len, struct msg *err)
{
    struct json_doc *doc = NULL;
    const struct json *root, *domains;
    struct json_out *o;
    char *out = NULL;
    size_t outlen;
    FILE *f;
    int rc;

    if (!needs_marks(r))
        return 0;
    rc = json_parse(&doc, "the hosts' facts", *text, *len, NULL, NULL, err);
    if (rc)
        return rc;
    root = json_root(doc);
    domains = json_get(root, "domains");
    f = open_memstream(&out, &outlen);
    o = f ? json_out_new(f, false) : NULL;
    if (!o) {
        if (f)
            fclose(f);
        free(out);
        json_free(doc);
        return -ENOMEM;
    }
    json_obj(o);
    JSON_FOREACH(m, root) {
        bool hosts = !strcmp(m->key, "hosts");

        json_key(o, m->key);
        if (!hosts && m != domains) {
            json_value(o, m);
            continue;
        }
        json_arr(o);
        JSON_FOREACH(v, m) {
            if (hosts)
                write_host(r, domains, v, o);
            else
                write_domain(r, domains, v, o);
        }
        json_arr_end(o);
    }
    json_obj_end(o);
    rc = json_out_free(o);
    fclose(f);
    json_free(doc);
    free(*text);
    *text = out;
    *len = outlen;
    return rc;
}

/* What runs must be seen, or its memory and its links would count as free. */
static int sees_what_runs(struct exec *e, const struct snapshot *snap)
{
    for (uint32_t i = 0; i < e->run->move_n; i++) {
        const struct run_move *m = &e->run->move[i];

        if (m->state != MOVE_STARTED ||
            (plan_find_domain(snap->cluster, m->uuid) != PLAN_NONE &&
             plan_find_host(snap->cluster, m->from) != PLAN_NONE &&
             plan_find_host(snap->cluster, m->to) != PLAN_NONE))
            continue;
        msg_set(&e->p->err, "%s, which moves, was not seen just now", m->name);
        return -EAGAIN;
    }
    return 0;
}

int exec_look(struct exec *e)
{
    struct exec_private *p = e->p;
    struct collect k = { .conf = e->remote.conf,
                         .timeout_ms =
                             (unsigned)e->remote.conf->ssh_timeout_s * 1000,
                         .failed = tell_dead,
                         .arg = e };
    struct snapshot_problems problems = { tell_problem, e };
    struct plan_settings set = e->set;
    struct snapshot snap;
    int rc;

    if (!strcmp(e->run->goal, "rebalance"))
        k.sample_ms = COLLECT_SAMPLE_LEVEL_MS;
    if (set.max_moves > exec_made(e->run)) /* else nothing is planned */
        set.max_moves -= exec_made(e->run);
    rc = collect_run(&k, &p->err);
    if (!rc)
        rc = mark(e->run, &k.text, &k.len, &p->err);
    if (!rc)
        rc = snapshot_parse(&snap, "the hosts' facts", k.text, k.len, &set,
                            &problems, &p->err);
    free(k.text);
    if (rc)
        return -1;
    rc = sees_what_runs(e, &snap);
    if (rc) {
        snapshot_dispose(&snap);
        return -1;
    }
    exec_dispatch_dispose(e);
    if (p->has_snap)
        snapshot_dispose(&p->snap);
    p->snap = snap;
    p->has_snap = true;
    for (uint32_t i = 0; i < e->run->move_n; i++)
        if (plan_find_host(p->snap.cluster, e->run->move[i].from) != PLAN_NONE)
            e->live[i].silent = false; /* it answers */
    return 0;
}

/* --- what is left ------------------------------------------------------------------ */

static int skip(struct exec *e, uint32_t move, const char *why)
{
    struct run_move *m = &e->run->move[move];

    m->state = MOVE_SKIPPED;
    snprintf(m->why, sizeof m->why, "%s", why);
    if (journal_save_move(e->store, e->run, move, &e->p->err)) {
        e->p->broken = true;
        return -1;
    }
    exec_say(e, EXEC_SKIP, move, "%s", why);
    return 0;
}

/* 0; 1: it does not fit; -1. *dom_r is PLAN_NONE for what was skipped. */
static int check_one(struct exec *e, uint32_t move, uint32_t *dom_r)
{
    struct exec_private *p = e->p;
    struct plan_cluster *c = p->snap.cluster;
    const struct run_move *m = &e->run->move[move];
    uint32_t dom = plan_find_domain(c, m->uuid);
    uint32_t from = plan_find_host(c, m->from);
    uint32_t to = plan_find_host(c, m->to), at;

    *dom_r = PLAN_NONE;
    if (from == PLAN_NONE || to == PLAN_NONE) {
        msg_set(&p->err, "%s: %s is not there", m->name,
                from == PLAN_NONE ? m->from : m->to);
        return 1;
    }
    if (dom == PLAN_NONE)
        return skip(e, move, "it is on no host any more");
    at = plan_domain_host(c, dom);
    if (at == to)
        return skip(e, move, "it is there already");
    if (at != from) {
        msg_set(&p->err, "%s is on %s, not on %s", m->name,
                plan_host_name(c, at), m->from);
        return 1;
    }
    *dom_r = dom;
    return 0;
}

/* A move that failed, as far as anybody could tell then, and whose guest is
 * where it was to go: somebody settled it. */
static int correct(struct exec *e)
{
    struct plan_cluster *c = e->p->snap.cluster;
    struct run *r = e->run;

    for (uint32_t i = 0; i < r->move_n; i++) {
        struct run_move *m = &r->move[i];
        uint32_t dom =
            m->state == MOVE_FAILED ? plan_find_domain(c, m->uuid) : PLAN_NONE;

        if (dom == PLAN_NONE || !exec_is_last(r, i) ||
            strcmp(plan_host_name(c, plan_domain_host(c, dom)), m->to))
            continue;
        m->state = MOVE_DONE;
        *m->why = '\0';
        if (journal_save_move(e->store, r, i, &e->p->err)) {
            e->p->broken = true;
            return -1;
        }
        exec_say(e, EXEC_NOTE, i, "it is on %s after all", m->to);
    }
    return 0;
}

int exec_check(struct exec *e)
{
    struct exec_private *p = e->p;
    struct run *r = e->run;
    struct plan_step *step = calloc((size_t)r->move_n + 1, sizeof *step);
    uint32_t n = 0, bad, dom;
    enum plan_rule rule = PLAN_MEMORY;
    char why[320] = "";
    int rc = step ? correct(e) : -1;

    for (uint32_t i = 0; i < r->move_n && !rc; i++) {
        if (!exec_waits(&r->move[i]))
            continue;
        rc = check_one(e, i, &dom);
        if (!rc && dom != PLAN_NONE)
            step[n++] =
                (struct plan_step){ dom, plan_find_host(p->snap.cluster,
                                                        r->move[i].to) };
    }
    if (!rc &&
        plan_check(p->snap.cluster, step, n, &bad, &rule, why, sizeof why))
        rc = -1;
    if (!rc && bad < n) {
        msg_set(&p->err, "%s cannot move to %s: %s",
                plan_domain_name(p->snap.cluster, step[bad].domain),
                plan_host_name(p->snap.cluster, step[bad].to), why);
        rc = 1;
    }
    free(step);
    return rc;
}

/* --- who may start ------------------------------------------------------------------- */

void exec_dispatch_dispose(struct exec *e)
{
    struct exec_private *p = e->p;

    if (!p->has_dispatch)
        return;
    for (uint32_t i = 0; i < p->d.move_n; i++) {
        free(p->d.move[i].share);
        free((void *)(uintptr_t)p->d.move[i].after);
    }
    free(p->d.move);
    free(p->d.free_mib);
    dispatch_dispose(&p->d);
    free(p->index);
    free(p->place);
    free(p->arc);
    topo_dist_free(p->dist);
    p->dist = NULL;
    p->arc = NULL;
    p->index = p->place = NULL;
    p->has_dispatch = false;
}

static int shares_of(struct exec_private *p, struct dispatch_move *m)
{
    struct plan_cluster *c = p->snap.cluster;
    int a = topo_find(p->snap.map, plan_host_name(c, m->from));
    int b = topo_find(p->snap.map, plan_host_name(c, m->to)), n = 0;
    struct topo_share *s = NULL;

    if (a >= 0 && b >= 0)
        n = topo_shares(p->dist, (uint32_t)a, (uint32_t)b, &s);
    if (n < 0)
        return -1;
    m->share = calloc((size_t)n + 1, sizeof *m->share);
    for (int i = 0; m->share && i < n; i++)
        m->share[i] = (struct dispatch_share){ s[i].arc, s[i].part };
    m->share_n = (uint32_t)n;
    free(s);
    return m->share ? 0 : -1;
}

/* `after` among those that wait. What is done already holds nobody up; the
 * rest (failed, in doubt) does for ever: DISPATCH_NONE in place of it. */
static int after_of(struct exec *e, const struct run_move *from,
                    struct dispatch_move *m)
{
    struct exec_private *p = e->p;
    uint32_t *after = calloc((size_t)from->after_n + 1, sizeof *after);

    m->after = after;
    if (!after)
        return -1;
    for (uint32_t i = 0; i < from->after_n; i++) {
        const struct run_move *w = &e->run->move[from->after[i]];

        if (w->state == MOVE_DONE || w->state == MOVE_SKIPPED)
            continue;
        if (p->place[from->after[i]] == DISPATCH_NONE)
            return 1;
        after[m->after_n++] = p->place[from->after[i]];
    }
    return 0;
}

static int add_move(struct exec *e, uint32_t move)
{
    struct exec_private *p = e->p;
    struct plan_cluster *c = p->snap.cluster;
    const struct run_move *from = &e->run->move[move];
    uint32_t dom = plan_find_domain(c, from->uuid), at = p->d.move_n++;
    struct dispatch_move *m = &p->d.move[at];
    int rc;

    *m = (struct dispatch_move){
        .from = plan_find_host(c, from->from),
        .to = plan_find_host(c, from->to),
        .mib = dom == PLAN_NONE ? 0 : plan_domain_mib(c, dom),
        .rate_mbps = from->rate_mbps,
    };
    p->index[at] = move;
    p->place[move] = at;
    if (dom == PLAN_NONE || m->from == PLAN_NONE || m->to == PLAN_NONE)
        return 1; /* gone, or not seen just now */
    rc = from->state == MOVE_STARTED ? 0 : after_of(e, from, m);
    if (!rc)
        rc = shares_of(p, m);
    return rc;
}

/* What runs has its rate, and its memory at both ends: the look counted it. */
static void go_on(struct exec *e)
{
    struct exec_private *p = e->p;

    for (uint32_t i = 0; i < p->d.move_n; i++) {
        const struct run_move *m = &e->run->move[p->index[i]];

        if (m->state != MOVE_STARTED)
            continue;
        p->d.free_mib[p->d.move[i].to] += p->d.move[i].mib;
        dispatch_start(&p->d, i, m->rate_mbps);
    }
}

static int links(struct exec_private *p)
{
    size_t n;

    p->dist = topo_dist_new(p->snap.map);
    n = p->dist ? topo_bundles(p->dist) : 0;
    p->arc = calloc(2 * n + 1, sizeof *p->arc);
    if (!p->dist || !p->arc)
        return -1;
    for (uint32_t i = 0; i < 2 * n; i++) {
        const struct topo_bundle *b = topo_bundle(p->dist, i / 2);

        p->arc[i] = b->mbps < 0 ? -1 : fmax(0, (double)b->mbps - b->load_mbps);
    }
    p->d.arc_mbps = p->arc;
    p->d.arc_n = (uint32_t)(2 * n);
    return 0;
}

int exec_dispatch(struct exec *e)
{
    struct exec_private *p = e->p;
    struct plan_cluster *c = p->snap.cluster;
    struct run *r = e->run;
    uint32_t hosts = plan_hosts(c);
    int rc;

    p->d = (struct dispatch){ .host_n = hosts,
                              .streams = e->set.streams,
                              .host_streams = e->set.host_streams,
                              .link_streams = e->set.link_streams };
    p->has_dispatch = true;
    p->d.move = calloc((size_t)r->move_n + 1, sizeof *p->d.move);
    p->d.free_mib = calloc((size_t)hosts + 1, sizeof *p->d.free_mib);
    p->index = calloc((size_t)r->move_n + 1, sizeof *p->index);
    p->place = calloc((size_t)r->move_n + 1, sizeof *p->place);
    if (!p->d.move || !p->d.free_mib || !p->index || !p->place || links(p))
        return -1;
    for (uint32_t i = 0; i < r->move_n; i++)
        p->place[i] = DISPATCH_NONE;
    for (uint32_t h = 0; h < hosts; h++)
        p->d.free_mib[h] =
            plan_host_capacity_mib(c, h) - plan_host_used_mib(c, h);
    for (uint32_t i = 0; i < r->move_n; i++) {
        if (!exec_waits(&r->move[i]) && r->move[i].state != MOVE_STARTED)
            continue;
        rc = add_move(e, i);
        if (rc < 0)
            return -1;
        if (rc) { /* it waits for one that failed, or is not there: not now */
            p->wants_plan = true;
            free((void *)(uintptr_t)p->d.move[--p->d.move_n].after);
            p->place[i] = DISPATCH_NONE;
        }
    }
    if (dispatch_init(&p->d))
        return -1;
    go_on(e);
    return 0;
}
