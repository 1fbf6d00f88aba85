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
#include "tools/base/msg.h"

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
        if (failed >= EXEC_ATTEMPTS)
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
                         .sample_ms = e->p->goal->sample_ms,
                         .failed = tell_dead,
                         .arg = e };
    struct snapshot_problems problems = { tell_problem, e };
    struct plan_settings set = e->set;
    struct snapshot snap;
    int rc;

    if (set.max_moves > run_made(e->run)) /* else nothing is planned */
        set.max_moves -= run_made(e->run);
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
            e->progress[i].silent = false; /* it answers */
    return 0;
}
