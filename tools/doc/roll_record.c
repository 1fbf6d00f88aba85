/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads a rackhop-roll-record/1: a roll in the store, and each of
 * its hosts. */
#include "tools/doc/roll_record.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const roll_steps[ROLL_STEPS] = {
    "planned", "draining", "empty", "hook", "off",  "back",
    "check",   "undrain",  "home",  "soak", "done", "failed",
};

const char *roll_step_name(enum roll_step s)
{
    return roll_steps[s];
}

/* --- memory ---------------------------------------------------------------- */

static void roll_host_dispose(struct roll_host *h)
{
    free(h->name);
    free(h->facts);
    strlist_dispose(&h->guests);
    guest_looks_dispose(&h->before);
}

void roll_record_dispose(struct roll *r)
{
    for (uint32_t i = 0; i < r->host_n; i++)
        roll_host_dispose(&r->host[i]);
    free(r->host);
    free(r->work.hook);
    free(r->work.check);
    *r = (struct roll){ .ended = false };
}

int roll_add_host(struct roll *r, const char *name)
{
    char *copy = strdup(name);
    struct roll_host *more =
        copy ? reallocarray(r->host, r->host_n + 1u, sizeof *more) : NULL;

    if (!more) {
        free(copy);
        return -ENOMEM;
    }
    r->host = more;
    more[r->host_n++] =
        (struct roll_host){ .name = copy, .step = ROLL_PLANNED };
    return 0;
}

/* --- out ------------------------------------------------------------------- */

static void roll_write_work(struct json_out *o, const struct roll_work *w)
{
    json_key(o, "work");
    json_obj(o);
    json_kv_str(o, "hook", w->hook);
    json_kv_str(o, "check", w->check);
    json_kv_str(o, "hook_at", w->at_admin ? "admin" : "host");
    json_kv_bool(o, "reboot", w->reboot);
    json_kv_bool(o, "off", w->off);
    json_kv_bool(o, "hook_again", w->again);
    json_kv_int(o, "hook_timeout_s", w->hook_s);
    json_kv_int(o, "back_timeout_s", w->back_s);
    json_kv_int(o, "soak_s", w->soak_s);
    json_kv_known_int(o, "window_from_min", w->from_min);
    json_kv_known_int(o, "window_to_min", w->to_min);
    json_obj_end(o);
}

static void roll_write_limits(struct json_out *o, const struct roll_limits *l)
{
    json_key(o, "limits");
    json_obj(o);
    json_kv_int(o, "parallel", l->parallel);
    json_kv_int(o, "canary", l->canary);
    json_kv_num(o, "max_away_gib", l->max_away_gib);
    json_kv_bool(o, "home", l->home);
    json_kv_bool(o, "same_domain", l->same_domain);
    json_kv_str(o, "to_xen", l->to_xen);
    if (*l->without)
        json_kv_str(o, "without_features", l->without);
    json_kv_num(o, "alpha", l->alpha);
    json_kv_num(o, "beta", l->beta);
    json_kv_int(o, "downtime_ms", l->downtime_ms);
    json_obj_end(o);
}

static void roll_write_head(struct json_out *o, const struct roll *r,
                            const char *format)
{
    json_kv_str(o, "format", format);
    json_kv_str(o, "roll", r->name);
    json_kv_bool(o, "ended", r->ended);
    json_kv_int(o, "code", r->code);
    json_kv_str(o, "executor", r->executor);
    json_kv_str(o, "started", r->started);
    roll_write_work(o, &r->work);
    roll_write_limits(o, &r->limits);
    json_kv_int(o, "wave", r->wave);
    json_kv_bool(o, "stuck", r->stuck);
    json_kv_str(o, "away_run", r->away_run);
    json_kv_str(o, "home_run", r->home_run);
}

char *roll_format(const struct roll *r)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    roll_write_head(o, r, "rackhop-roll-record/1");
    json_key(o, "hosts");
    json_arr(o);
    for (uint32_t i = 0; i < r->host_n; i++)
        json_str(o, r->host[i].name);
    json_arr_end(o);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

static void roll_write_host(struct json_out *o, const struct roll_host *h)
{
    json_kv_str(o, "step", roll_steps[h->step]);
    if (h->step == ROLL_FAILED)
        json_kv_str(o, "failed_at", roll_steps[h->failed_at]);
    json_kv_int(o, "wave", h->wave);
    json_kv_bool(o, "canary", h->canary);
    json_kv_bool(o, "turned", h->turned);
    json_kv_num(o, "since", h->since);
    json_kv_str(o, "why", h->why);
}

char *roll_host_format(const struct roll_host *h)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    roll_write_host(o, h);
    json_kv_bool(o, "retried", h->retried);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

char *roll_host_more_format(const struct roll_host *h)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "facts", h->facts);
    json_kv_bool(o, "watched", h->watched);
    json_key(o, "guests");
    json_arr(o);
    for (size_t i = 0; i < h->guests.n; i++)
        json_str(o, h->guests.s[i]);
    json_arr_end(o);
    json_key(o, "before");
    guest_looks_write(o, &h->before);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

void roll_status_write(struct json_out *o, const struct roll *r, bool alive)
{
    json_obj(o);
    roll_write_head(o, r, "rackhop-roll-status/1");
    json_kv_bool(o, "alive", alive);
    json_key(o, "hosts");
    json_arr(o);
    for (uint32_t i = 0; i < r->host_n; i++) {
        json_obj(o);
        json_kv_str(o, "host", r->host[i].name);
        roll_write_host(o, &r->host[i]);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_obj_end(o);
}

/* --- in -------------------------------------------------------------------- */

static void roll_word(char *buf, size_t len, const struct json *o,
                      const char *key)
{
    snprintf(buf, len, "%s", json_get_str(o, key, ""));
}

static uint32_t roll_count(const struct json *o, const char *key, double most)
{
    double v = json_get_num(o, key, 0);

    return isfinite(v) && v > 0 ? (uint32_t)fmin(v, most) : 0;
}

/* A weight of a cost, as the options have it. */
static double roll_weight(const struct json *o, const char *key)
{
    double v = json_get_num(o, key, 1);

    return v >= 0 && v <= 1e6 ? v : 1;
}

/* A minute of a day; -1: none. */
static int roll_minute(const struct json *o, const char *key)
{
    double v = json_get_num(o, key, -1);

    return v >= 0 && v < 24 * 60 ? (int)v : -1;
}

/* A text that may be absent. false: there is no memory. */
static bool roll_copy(char **to, const struct json *o, const char *key)
{
    const char *s = json_get_str(o, key, NULL);

    *to = s && *s ? strdup(s) : NULL;
    return !s || !*s || *to;
}

static int roll_read_work(struct roll_work *w, const struct json *o)
{
    w->at_admin = !strcmp(json_get_str(o, "hook_at", "host"), "admin");
    w->reboot = json_get_bool(o, "reboot", false);
    w->off = json_get_bool(o, "off", false);
    w->again = json_get_bool(o, "hook_again", false);
    w->hook_s = roll_count(o, "hook_timeout_s", 1e6);
    w->back_s = roll_count(o, "back_timeout_s", 1e6);
    w->soak_s = roll_count(o, "soak_s", 1e7);
    w->from_min = roll_minute(o, "window_from_min");
    w->to_min = roll_minute(o, "window_to_min");
    if (w->from_min < 0 || w->to_min < 0)
        w->from_min = w->to_min = -1;
    return roll_copy(&w->hook, o, "hook") && roll_copy(&w->check, o, "check")
               ? 0
               : -ENOMEM;
}

static void roll_read_limits(struct roll_limits *l, const struct json *o)
{
    double away = json_get_num(o, "max_away_gib", INFINITY);

    l->parallel = roll_count(o, "parallel", 1e6);
    l->canary = roll_count(o, "canary", 1e6);
    l->max_away_gib = away >= 0 ? away : 0;
    l->home = json_get_bool(o, "home", true);
    l->same_domain = json_get_bool(o, "same_domain", false);
    roll_word(l->to_xen, sizeof l->to_xen, o, "to_xen");
    roll_word(l->without, sizeof l->without, o, "without_features");
    l->alpha = roll_weight(o, "alpha");
    l->beta = roll_weight(o, "beta");
    l->downtime_ms = roll_count(o, "downtime_ms", 600000);
}

static int roll_read_hosts(struct roll *r, const struct json *list)
{
    int rc = list && list->type == JSON_ARR && list->len <= ROLL_HOSTS_MAX
                 ? 0
                 : -EINVAL;

    JSON_FOREACH(v, rc ? NULL : list)
        if (!rc)
            rc = v->type == JSON_STR && *v->str ? roll_add_host(r, v->str)
                                                : -EINVAL;
    return rc;
}

static int roll_read(struct roll *r, const struct json *o)
{
    int rc;

    roll_word(r->name, sizeof r->name, o, "roll");
    r->ended = json_get_bool(o, "ended", false);
    r->code = (enum exit_code)roll_count(o, "code", 255);
    roll_word(r->executor, sizeof r->executor, o, "executor");
    roll_word(r->started, sizeof r->started, o, "started");
    roll_read_limits(&r->limits, json_get(o, "limits"));
    r->wave = roll_count(o, "wave", 1e9);
    r->stuck = json_get_bool(o, "stuck", false);
    roll_word(r->away_run, sizeof r->away_run, o, "away_run");
    roll_word(r->home_run, sizeof r->home_run, o, "home_run");
    rc = roll_read_work(&r->work, json_get(o, "work"));
    return rc ? rc : roll_read_hosts(r, json_get(o, "hosts"));
}

int roll_parse(struct roll *r, const char *text, size_t len, struct msg *err)
{
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, "roll", text, len, NULL, NULL, err);

    *r = (struct roll){ .ended = false };
    if (!rc)
        rc = json_check_format(doc, "roll", "rackhop-roll-record/1", err);
    if (!rc) {
        rc = roll_read(r, json_root(doc));
        if (!rc && (!*r->name || !r->host_n || !r->work.hook))
            rc = -EINVAL;
        if (rc)
            msg_set(err, "the record of the roll is not one: its name, its "
                         "hook or its hosts are missing");
    }
    json_free(doc);
    if (rc)
        roll_record_dispose(r);
    return rc;
}

/* ROLL_STEPS: there is no such step. */
static enum roll_step roll_step_of(const struct json *o, const char *key)
{
    const char *word = json_get_str(o, key, "");
    unsigned s = 0;

    while (s < ROLL_STEPS && strcmp(word, roll_steps[s]))
        s++;
    return (enum roll_step)s;
}

static int roll_read_guests(struct strlist *l, const struct json *list)
{
    int rc = 0;

    JSON_FOREACH(v, list)
        if (!rc)
            rc = v->type == JSON_STR ? strlist_add(l, v->str) : -EINVAL;
    return rc;
}

/* Rolls of 0.6.0 had all in one record: this stands in the other. */
static int roll_host_read_more(struct roll_host *h, const struct json *o)
{
    int rc;

    h->watched = json_get_bool(o, "watched", false);
    if (!roll_copy(&h->facts, o, "facts"))
        return -ENOMEM;
    rc = roll_read_guests(&h->guests, json_get(o, "guests"));
    return rc ? rc : guest_looks_read(&h->before, json_get(o, "before"));
}

static int roll_host_read(struct roll_host *h, const struct json *o)
{
    double since = json_get_num(o, "since", 0);
    int rc;

    h->step = roll_step_of(o, "step");
    h->failed_at = ROLL_PLANNED;
    if (h->step == ROLL_FAILED)
        h->failed_at = roll_step_of(o, "failed_at");
    if (h->step == ROLL_STEPS || h->failed_at == ROLL_STEPS)
        return -EINVAL;
    h->wave = roll_count(o, "wave", 1e9);
    h->canary = json_get_bool(o, "canary", false);
    h->turned = json_get_bool(o, "turned", false);
    h->since = isfinite(since) && since > 0 ? since : 0;
    h->retried = json_get_bool(o, "retried", false);
    roll_word(h->why, sizeof h->why, o, "why");
    rc = roll_host_read_more(h, o);
    h->more = h->facts || h->watched || h->guests.n || h->before.n;
    return rc;
}

/* Reads a record by fn into a host of that name, and takes over what it says.
 */
static int roll_host_from(struct roll_host *h, const char *text, size_t len,
                          int (*fn)(struct roll_host *h, const struct json *o),
                          struct roll_host *read, struct msg *err)
{
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, "roll", text, len, NULL, NULL, err);

    *read = (struct roll_host){ .name = NULL };
    if (rc)
        return rc;
    rc = fn(read, json_root(doc));
    json_free(doc);
    if (!rc)
        return 0;
    roll_host_dispose(read);
    msg_set(err,
            "the record of %s in the roll is not one: its step or its guests "
            "cannot be",
            h->name);
    return rc;
}

int roll_host_parse(struct roll_host *h, const char *text, size_t len,
                    struct msg *err)
{
    struct roll_host read;
    int rc = roll_host_from(h, text, len, roll_host_read, &read, err);

    if (rc)
        return rc;
    read.name = h->name;
    h->name = NULL;
    roll_host_dispose(h);
    *h = read;
    return 0;
}

int roll_host_more_parse(struct roll_host *h, const char *text, size_t len,
                         struct msg *err)
{
    struct roll_host read, old = *h;
    int rc = roll_host_from(h, text, len, roll_host_read_more, &read, err);

    if (rc)
        return rc;
    h->facts = read.facts;
    h->watched = read.watched;
    h->guests = read.guests;
    h->before = read.before;
    h->more = false;
    old.name = NULL;
    roll_host_dispose(&old);
    return 0;
}
