/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads a rackhop-run/1, a run in the journal, and its moves. */
#include "tools/doc/run.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/json.h"
#include "topology/topology.h"

static const char *const move_states[] = { "planned", "started", "done",
                                           "failed",  "doubt",   "skipped" };

const char *move_state_name(enum move_state s)
{
    return move_states[s];
}

/* --- memory ---------------------------------------------------------------- */

void run_cut(struct run *r, uint32_t n)
{
    while (r->move_n > n) {
        struct run_move *m = &r->move[--r->move_n];

        free(m->uuid);
        free(m->name);
        free(m->from);
        free(m->to);
        free(m->reason);
        free(m->after);
    }
}

void run_dispose(struct run *r)
{
    run_cut(r, 0);
    free(r->move);
    strlist_dispose(&r->hosts);
    strlist_dispose(&r->reasons);
    strlist_dispose(&r->guests);
    *r = (struct run){ .state = RUN_OPEN };
}

int run_grow(struct run *r)
{
    uint32_t want = r->room ? r->room * 2 : 64;
    struct run_move *bigger;

    if (r->move_n < r->room)
        return 0;
    bigger = reallocarray(r->move, want, sizeof *bigger);
    if (!bigger)
        return -ENOMEM;
    r->move = bigger;
    r->room = want;
    return 0;
}

/* --- out ----------------------------------------------------------------------- */

static void run_write_move(struct json_out *o, const struct run_move *m)
{
    json_obj(o);
    json_kv_str(o, "domain", m->uuid);
    json_kv_str(o, "name", m->name);
    json_kv_str(o, "from", m->from);
    json_kv_str(o, "to", m->to);
    if (m->reason)
        json_kv_str(o, "reason", m->reason);
    json_kv_num(o, "gib", m->gib);
    if (m->wire_gib > 0)
        json_kv_num(o, "wire_gib", m->wire_gib);
    json_kv_int(o, "hops", m->hops);
    if (m->path_unknown)
        json_kv_bool(o, "path_known", false);
    if (m->lanes > 1)
        json_kv_int(o, "lanes", m->lanes);
    json_kv_num(o, "cost", m->cost);
    json_kv_num(o, "start_s", m->start_s);
    json_kv_num(o, "seconds", m->seconds);
    json_kv_num(o, "rate_mbps", m->rate_mbps);
    json_kv_num(o, "downtime_ms", m->downtime_ms);
    if (m->replaced)
        json_kv_bool(o, "replaced", true);
    json_key(o, "after");
    json_arr(o);
    for (uint32_t i = 0; i < m->after_n; i++)
        json_int(o, m->after[i]);
    json_arr_end(o);
    json_obj_end(o);
}

static void run_write_names(struct json_out *o, const char *key,
                            const struct strlist *names)
{
    json_key(o, key);
    json_arr(o);
    for (size_t i = 0; i < names->n; i++)
        json_str(o, names->s[i]);
    json_arr_end(o);
}

char *run_format(const struct run *r)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", "rackhop-run/1");
    json_kv_str(o, "run", r->name);
    json_kv_bool(o, "ended", r->state == RUN_ENDED);
    json_kv_int(o, "code", r->code);
    json_kv_str(o, "goal", r->goal);
    json_kv_str(o, "executor", r->executor);
    json_kv_str(o, "started", r->started);
    json_kv_str(o, "lock", r->lock);
    run_write_names(o, "hosts", &r->hosts);
    if (r->reasons.n)
        run_write_names(o, "reasons", &r->reasons);
    if (r->guests.n)
        run_write_names(o, "guests", &r->guests);
    json_kv_int(o, "max_moves", r->max_moves);
    if (isfinite(r->max_gib))
        json_kv_num(o, "max_gib", r->max_gib);
    json_kv_num(o, "threshold", r->threshold);
    if (r->within_s > 0)
        json_kv_num(o, "within_s", r->within_s);
    json_kv_bool(o, "soft_apart", r->soft_apart);
    json_kv_bool(o, "best_effort", r->best_effort);
    json_kv_bool(o, "stranded", r->stranded);
    json_kv_int(o, "downtime_ms", r->downtime_ms);
    json_kv_num(o, "makespan_s", r->makespan_s);
    json_kv_num(o, "makespan_bound_s", r->bound_s);
    json_kv_int(o, "plans", r->plans);
    json_key(o, "moves");
    json_arr(o);
    for (uint32_t i = 0; i < r->move_n; i++)
        run_write_move(o, &r->move[i]);
    json_arr_end(o);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

char *run_move_format(const struct run_move *m)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "state", move_states[m->state]);
    json_kv_int(o, "attempt", m->attempt);
    json_kv_num(o, "began", m->began);
    json_kv_num(o, "ended", m->ended);
    json_kv_num(o, "rate_mbps", m->rate_mbps);
    json_kv_known(o, "bytes", m->bytes);
    json_kv_known(o, "seconds", m->took_s);
    json_kv_known(o, "downtime_ms", m->stopped_ms);
    if (m->last_copy_ms >= 0)
        json_kv_num(o, "last_copy_ms", m->last_copy_ms);
    json_kv_str(o, "why", m->why);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

/* --- in -------------------------------------------------------------------------- */

static char *record_copy(const struct json *o, const char *key)
{
    const char *s = json_get_str(o, key, NULL);

    return s && *s ? strdup(s) : NULL;
}

static void read_word(char *buf, size_t len, const struct json *o,
                      const char *key)
{
    snprintf(buf, len, "%s", json_get_str(o, key, ""));
}

static double record_amount(const struct json *o, const char *key)
{
    double v = json_get_num(o, key, 0);

    return isfinite(v) && v > 0 && v < 1e15 ? v : 0;
}

static int run_read_after(struct run_move *m, const struct json *list,
                          uint32_t index)
{
    m->after = calloc((list ? list->len : 0) + 1u, sizeof *m->after);
    if (!m->after)
        return -ENOMEM;
    JSON_FOREACH(v, list) {
        /* a move only waits for earlier ones */
        if (v->type != JSON_INT || v->num_int < 0 || v->num_int >= index)
            return -EINVAL;
        m->after[m->after_n++] = (uint32_t)v->num_int;
    }
    return 0;
}

static int run_read_move(void *arg, uint32_t index, const struct json *v,
                         struct msg *err)
{
    struct run *r = arg;
    struct run_move *m;
    int rc = run_grow(r);

    if (rc)
        return rc;
    m = &r->move[r->move_n++];
    *m = (struct run_move){ .bytes = -1, .took_s = -1, .stopped_ms = -1 };
    m->uuid = record_copy(v, "domain");
    m->name = record_copy(v, "name");
    m->from = record_copy(v, "from");
    m->to = record_copy(v, "to");
    m->reason = record_copy(v, "reason");
    m->gib = record_amount(v, "gib");
    m->wire_gib = record_amount(v, "wire_gib");
    m->hops = (int)fmin(record_amount(v, "hops"), 1000);
    m->path_unknown = !json_get_bool(v, "path_known", true);
    m->lanes = (unsigned)fmin(record_amount(v, "lanes"), TOPO_DISJOINT_MOST);
    m->cost = record_amount(v, "cost");
    m->start_s = record_amount(v, "start_s");
    m->seconds = record_amount(v, "seconds");
    m->rate_mbps = record_amount(v, "rate_mbps");
    m->downtime_ms = record_amount(v, "downtime_ms");
    m->replaced = json_get_bool(v, "replaced", false);
    rc = run_read_after(m, json_get(v, "after"), index);
    if (!rc && (!m->uuid || !m->name || !m->from || !m->to))
        rc = -EINVAL;
    if (rc == -EINVAL)
        msg_set(err, "move %u is not a move", index);
    return rc;
}

static int run_read_names(struct strlist *names, const struct json *o,
                          const char *key, struct msg *err)
{
    int rc = 0;

    JSON_FOREACH(v, json_get(o, key))
        if (!rc)
            rc = v->type == JSON_STR ? strlist_add(names, v->str) : -EINVAL;
    if (rc)
        msg_set(err, "journal: %s is not a list of names", key);
    return rc;
}

int run_parse(struct run *r, const char *text, size_t len, struct msg *err)
{
    const struct json_split splits[] = { { "moves", run_read_move, r },
                                         { NULL, NULL, NULL } };
    struct json_doc *doc = NULL;
    const struct json *o;
    int rc;

    *r = (struct run){ .state = RUN_OPEN };
    rc = json_parse(&doc, "journal", text, len, splits, NULL, err);
    if (!rc)
        rc = json_check_format(doc, "journal", "rackhop-run/1", err);
    if (!rc) {
        o = json_root(doc);
        read_word(r->name, sizeof r->name, o, "run");
        read_word(r->goal, sizeof r->goal, o, "goal");
        read_word(r->executor, sizeof r->executor, o, "executor");
        read_word(r->started, sizeof r->started, o, "started");
        read_word(r->lock, sizeof r->lock, o, "lock");
        r->state = json_get_bool(o, "ended", false) ? RUN_ENDED : RUN_OPEN;
        r->code = (enum exit_code)fmin(record_amount(o, "code"), 255);
        r->max_moves = (uint32_t)fmin(record_amount(o, "max_moves"), 1e9);
        r->max_gib =
            json_get(o, "max_gib") ? record_amount(o, "max_gib") : INFINITY;
        r->threshold = fmin(record_amount(o, "threshold"), 1);
        r->within_s = record_amount(o, "within_s");
        r->soft_apart = json_get_bool(o, "soft_apart", false);
        r->best_effort = json_get_bool(o, "best_effort", false);
        r->stranded = json_get_bool(o, "stranded", false);
        r->downtime_ms =
            (uint32_t)fmin(record_amount(o, "downtime_ms"), 600000);
        r->makespan_s = record_amount(o, "makespan_s");
        r->bound_s = record_amount(o, "makespan_bound_s");
        r->plans = (uint32_t)fmin(record_amount(o, "plans"), 1e9);
        rc = run_read_names(&r->hosts, o, "hosts", err);
        if (!rc)
            rc = run_read_names(&r->reasons, o, "reasons", err);
        if (!rc)
            rc = run_read_names(&r->guests, o, "guests", err);
    }
    json_free(doc);
    if (rc)
        run_dispose(r);
    return rc;
}

int run_move_parse(struct run_move *m, const char *text, size_t len,
                   struct msg *err)
{
    struct json_doc *doc = NULL;
    const struct json *o;
    const char *state;
    int rc = json_parse(&doc, "journal", text, len, NULL, NULL, err);

    if (rc)
        return rc;
    o = json_root(doc);
    state = json_get_str(o, "state", "");
    rc = -EINVAL;
    for (unsigned i = 0; i < sizeof move_states / sizeof *move_states; i++)
        if (!strcmp(state, move_states[i])) {
            m->state = (enum move_state)i;
            rc = 0;
        }
    if (rc)
        msg_set(err, "journal: a move's state is missing");
    m->attempt = (unsigned)fmin(record_amount(o, "attempt"), 1e6);
    m->began = record_amount(o, "began");
    m->ended = record_amount(o, "ended");
    if (json_get(o, "rate_mbps")) /* the rate that it was granted */
        m->rate_mbps = record_amount(o, "rate_mbps");
    m->bytes = json_get_num(o, "bytes", -1);
    m->took_s = json_get_num(o, "seconds", -1);
    m->stopped_ms = json_get_num(o, "downtime_ms", -1);
    m->last_copy_ms = json_get_num(o, "last_copy_ms", -1);
    read_word(m->why, sizeof m->why, o, "why");
    json_free(doc);
    return rc;
}
