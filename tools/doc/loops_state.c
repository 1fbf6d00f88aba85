/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads rackhop-loops-state/1, what loops remember. */
#include "tools/doc/loops_state_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/crc32.h"
#include "tools/base/grow.h"
#include "tools/doc/json.h"

enum { HEAD = 9 /* eight digits and a line feed */ };

const char *state_side_name(enum loops_side side)
{
    return side == LOOPS_ACTING ? "acting" : "watching";
}

void loops_state_init(struct loops_state *s)
{
    *s = (struct loops_state){ .doc = NULL };
}

void loops_state_dispose(struct loops_state *s)
{
    json_free(s->doc);
    free(s->told);
    loops_state_init(s);
}

static int state_digest(const struct json *o, const char *key, char to[65])
{
    return json_get(o, key) ? json_copy_str(o, key, to, 65) : 0;
}

/* What is none was not told. */
static int state_told(struct loops_state *s, const struct json *list)
{
    JSON_FOREACH(v, list) {
        struct loops_told t = { .wanted_s = json_get_num(v, "wanted_s", 0),
                                .told_s = json_get_num(v, "told_s", 0) };

        if (s->tolds == LOOPS_TOLD ||
            json_copy_str(v, "about", t.about, sizeof t.about) || !*t.about)
            continue;
        if (array_grow(&s->told, &s->told_room, s->tolds + 1, sizeof *s->told))
            return -ENOMEM;
        s->told[s->tolds++] = t;
    }
    return 0;
}

static int state_read(struct loops_state *s, const struct json *o,
                      struct msg *err)
{
    s->wall_s = json_get_num(o, "wall_s", 0);
    s->boot_s = json_get_num(o, "boot_s", 0);
    s->quiet_s = json_get_num(o, "quiet_s", 0);
    s->shift_s = json_get_num(o, "shift_s", 0);
    if (json_copy_str(o, "boot", s->boot, sizeof s->boot) ||
        json_copy_str(o, "run", s->run, sizeof s->run) ||
        json_copy_str(o, "advised", s->advised, sizeof s->advised) ||
        /* an older rackhopd names no hosts */
        state_digest(o, "named", s->named) ||
        state_digest(o, "advised_health", s->advised_health) ||
        !(s->wall_s >= 0 && s->wall_s < 1e12) || !(s->boot_s >= 0)) {
        msg_set(err, "the state of the loops has a member that is none");
        return -EINVAL;
    }
    return state_told(s, json_get(o, "told"));
}

int loops_state_parse(struct loops_state *s, const char *text, size_t len,
                      struct msg *err)
{
    char head[HEAD + 1] = "";
    int rc = -EINVAL;

    loops_state_init(s);
    if (len > HEAD)
        snprintf(head, sizeof head, "%08x\n",
                 crc32_add(0, text + HEAD, len - HEAD));
    if (len <= HEAD || memcmp(head, text, HEAD)) {
        msg_set(err, "the state of the loops is damaged");
        return rc;
    }
    rc = json_parse(&s->doc, "the state of the loops", text + HEAD, len - HEAD,
                    NULL, NULL, err);
    if (!rc)
        rc = json_check_format(s->doc, "the state of the loops",
                               "rackhop-loops-state/1", err);
    if (!rc)
        rc = state_read(s, json_root(s->doc), err);
    if (rc)
        loops_state_dispose(s);
    return rc == -ENOMEM ? rc : rc ? -EINVAL : 0;
}

/* null stands for what never was. */
static double state_moment(const struct json *o, const char *key, double never)
{
    return json_get_num(o, key, never);
}

/* A day of which a figure is none is not remembered; none is later than the looks,
 * for it would last. */
static void state_day(struct loop_kept_guest *g, const struct json *o,
                      double last_s)
{
    struct loop_day d = { json_get_num(o, "mean", -1),
                          json_get_num(o, "p50", -1),
                          json_get_num(o, "p95", -1),
                          json_get_num(o, "p99", -1), LOOP_DAY_S };

    if (!(d.mean >= 0 && isfinite(d.mean) && d.p50 >= 0 && d.p95 >= d.p50 &&
          d.p99 >= d.p95 && isfinite(d.p99)))
        return;
    g->day = d;
    g->day_s = fmin(state_moment(o, "at_s", -INFINITY), last_s);
}

/* Where a guest was. Its host may be silent now, or be none of the cluster's. */
static uint32_t state_was_on(const struct json *o,
                             const struct plan_cluster *c)
{
    const char *name = json_get_str(o, "host", "");
    uint32_t h = plan_find_host(c, name);

    if (h != PLAN_NONE)
        return h;
    return *name ? LOOP_AWAY : LOOP_NONE;
}

static void state_guest(struct loop_kept_guest *g, const struct json *o,
                        const struct plan_cluster *c)
{
    uint32_t by;
    int i = 0;

    g->mean = json_get_num(o, "mean", -1);
    g->var = json_get_num(o, "var", -1);
    g->with_all = json_get_num(o, "with_all", 0);
    g->known = g->mean >= 0 && g->var >= 0;
    g->host = state_was_on(o, c);
    g->moved_s = state_moment(o, "moved_s", -INFINITY);
    g->starving = json_get_num(o, "starving", -1);
    g->starved_s = state_moment(o, "starved_s", INFINITY);
    g->grew_s = state_moment(o, "grew_s", -INFINITY);
    g->grew_was = json_get_num(o, "grew_was", 0);
    g->grew_mib = (int64_t)fmin(fmax(json_get_num(o, "grew_mib", 0), 0), 1e12);
    g->parted_s = state_moment(o, "parted_s", -INFINITY);
    g->parted_was = json_get_num(o, "parted_was", 0);
    by = plan_find_domain(c, json_get_str(o, "parted_by", ""));
    g->parted_by = by == PLAN_NONE ? LOOP_NONE : by;
    g->apart_s = state_moment(o, "apart_s", INFINITY);
    g->owes_s = state_moment(o, "owes_s", INFINITY);
    JSON_FOREACH(v, json_get(o, "left")) {
        uint32_t h = plan_find_host(c, json_get_str(v, "host", ""));

        if (h == PLAN_NONE || i == LOOP_LEFT)
            continue;
        g->left[i] = h;
        g->left_s[i++] = state_moment(v, "at_s", -INFINITY);
    }
}

/* Was it silent since? Nobody knows whether what it needs has lasted. */
static void state_guest_back(struct loop_kept_guest *g, const struct json *o,
                             double last_s)
{
    if (json_get_num(o, "seen_s", last_s) < last_s)
        g->starved_s = g->apart_s = g->owes_s = INFINITY;
}

static void state_boots(struct loop_boots *b, const struct json *o)
{
    int i = 0;

    b->from_s = state_moment(o, "boot_from_s", -INFINITY);
    JSON_FOREACH(v, json_get(o, "boots_s"))
        if (i < LOOP_BOOTS)
            b->took_s[i++] = v->num >= 1 ? fmin(v->num, 7200) : -1;
}

static void state_host(struct loop_kept_host *h, const struct json *o)
{
    const struct json *usual = json_get(o, "usual");

    loop_kept_host_init(h);
    h->over_s = state_moment(o, "over_s", INFINITY);
    h->woken_s = state_moment(o, "woken_s", -INFINITY);
    h->noisy_s = state_moment(o, "noisy_s", INFINITY);
    h->sick_s = state_moment(o, "sick_s", INFINITY);
    h->drained_s = state_moment(o, "drained_s", -INFINITY);
    h->idle_s = state_moment(o, "idle_s", INFINITY);
    h->awaits_s = state_moment(o, "awaits_s", -INFINITY);
    state_boots(&h->boots, o);
    for (int s = 0; s < LOOP_SIGNS; s++)
        h->usual[s] = json_get_num(usual, loop_sign_name(s), -1);
}

static void state_season(struct loop_season *s, const struct json *o)
{
    int i = 0;

    s->hour = (int64_t)fmin(fmax(json_get_num(o, "hour", 0), 0), 1e12);
    s->most = json_get_num(o, "most", -1);
    JSON_FOREACH(v, json_get(o, "week"))
        if (i < LOOP_HOURS)
            s->week[i++] = v->type == JSON_NULL ? -1 : fmin(v->num, 1e9);
}

static void state_budget(struct loop_kept *k, const struct json *o)
{
    const struct json *moves = json_get(o, "moves"), *gib = json_get(o, "gib");
    int i = 0;

    k->minute = (int64_t)json_get_num(o, "minute", 0);
    JSON_FOREACH(v, moves)
        if (i < LOOP_MINUTES)
            k->moves[i++] = (uint32_t)fmin(fmax(v->num, 0), 1e6);
    i = 0;
    JSON_FOREACH(v, gib)
        if (i < LOOP_MINUTES)
            k->gib[i++] = fmin(fmax(v->num, 0), 1e9);
}

/* Likewise of a host. */
static void state_host_back(struct loop_kept_host *h, const struct json *o,
                            double last_s)
{
    if (json_get_num(o, "seen_s", last_s) < last_s)
        h->over_s = h->noisy_s = h->sick_s = h->idle_s = INFINITY;
}

void loops_state_get(const struct loops_state *s, enum loops_side side,
                     const struct plan_cluster *c, struct loop_kept *k)
{
    const struct json *o =
        s->doc ? json_get(json_root(s->doc), state_side_name(side)) : NULL;

    loop_kept_init(k);
    if (!o || !json_get_bool(o, "looked", false))
        return;
    k->looked = true;
    k->all_mean = json_get_num(o, "all_mean", 0);
    k->all_var = json_get_num(o, "all_var", 0);
    k->first_s = json_get_num(o, "first_s", 0);
    k->last_s = json_get_num(o, "last_s", 0);
    k->power_s = state_moment(o, "power_s", INFINITY);
    k->thought_s = state_moment(o, "thought_s", -INFINITY);
    k->no_room = json_get_num(o, "no_room", 0);
    k->short_s = state_moment(o, "short_s", INFINITY);
    state_season(&k->season, json_get(o, "season"));
    state_budget(k, o);
    JSON_FOREACH(v, json_get(o, "hosts")) {
        uint32_t h = plan_find_host(c, json_get_str(v, "name", ""));

        if (h == PLAN_NONE)
            continue;
        state_host(&k->host[h], v);
        state_host_back(&k->host[h], v, k->last_s);
    }
    JSON_FOREACH(v, json_get(o, "guests")) {
        uint32_t d = plan_find_domain(c, json_get_str(v, "uuid", ""));

        if (d == PLAN_NONE)
            continue;
        state_guest(&k->guest[d], v, c);
        state_day(&k->guest[d], json_get(v, "day"), k->last_s);
        state_guest_back(&k->guest[d], v, k->last_s);
    }
    loop_kept_shift(k, s->shift_s);
}
