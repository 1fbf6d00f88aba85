/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes rackhop-loops-state/1, what loops remember. */
#include "tools/doc/loops_state_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/crc32.h"
#include "tools/doc/json.h"

enum { FORGOTTEN_S = 86400 };
/* Absent guests that are remembered, and as many as there are. */
enum { ABSENT_MOST = 1000 };

/* A moment of what was written before the clock was set by by_s. */
static double state_was_at(const struct json *o, const char *key, double by_s)
{
    return json_get_num(o, key, -INFINITY) + by_s;
}

/* What is taken along as it was written. Its numbers that are named _s are moments,
 * all of them, for what takes a time stands in lists (boots_s). */
static void state_write_as_was(struct json_out *o, const struct json *v,
                               double by_s)
{
    size_t len = v->key ? strlen(v->key) : 0;

    if (v->type == JSON_OBJ) {
        json_obj(o);
        JSON_FOREACH(m, v) {
            json_key(o, m->key);
            state_write_as_was(o, m, by_s);
        }
        json_obj_end(o);
    } else if (v->type == JSON_ARR) {
        json_arr(o);
        JSON_FOREACH(m, v)
            state_write_as_was(o, m, by_s);
        json_arr_end(o);
    } else if ((v->type == JSON_NUM || v->type == JSON_INT) && len > 2 &&
               !strcmp(v->key + len - 2, "_s")) {
        json_num(o, v->num + by_s);
    } else {
        json_value(o, v);
    }
}

static bool state_silent(const struct plan_cluster *c, const char *host)
{
    return plan_find_host(c, host) == PLAN_NONE;
}

/* The host on which it was seen last is silent, and it is seen elsewhere now. */
static bool state_left_silent(const struct plan_cluster *c,
                              const struct loop_kept_guest *g,
                              const struct json *was, double now_s)
{
    const char *host = json_get_str(was, "host", "");

    return *host && state_silent(c, host) &&
           g->moved_s >= nextafter(now_s, -INFINITY);
}

static void state_write_one_left(struct json_out *o, const char *host,
                                 double at_s)
{
    json_obj(o);
    json_kv_str(o, "host", host);
    json_kv_num(o, "at_s", at_s);
    json_obj_end(o);
}

/*
 * What never was is left out: it reads as if it were not known. Of a cluster of
 * thousands of hosts the text is long, and written at each look.
 */
static void state_kv(struct json_out *o, const char *key, double v)
{
    if (isfinite(v))
        json_kv_num(o, key, v);
}

static bool state_has_left(const struct loop_kept_guest *g,
                           const struct json *was)
{
    const struct json *left = json_get(was, "left");

    if (left && left->child)
        return true;
    for (int i = 0; i < LOOP_LEFT; i++)
        if (g->left[i] != LOOP_NONE)
            return true;
    return false;
}

/* The hosts that it has left; those that are silent as they were written before. */
static void state_write_left(struct json_out *o, const struct plan_cluster *c,
                             const struct loop_kept_guest *g,
                             const struct json *was, double now_s, double by_s)
{
    int n = 0;

    if (!state_has_left(g, was) && !state_left_silent(c, g, was, now_s))
        return;
    json_key(o, "left");
    json_arr(o);
    if (state_left_silent(c, g, was, now_s)) {
        state_write_one_left(o, json_get_str(was, "host", ""), g->moved_s);
        n++;
    }
    for (int i = 0; i < LOOP_LEFT; i++) {
        if (g->left[i] == LOOP_NONE)
            continue;
        state_write_one_left(o, plan_host_name(c, g->left[i]), g->left_s[i]);
        n++;
    }
    JSON_FOREACH(v, json_get(was, "left"))
        if (n < LOOP_LEFT && state_silent(c, json_get_str(v, "host", "")) &&
            now_s - state_was_at(v, "at_s", by_s) < FORGOTTEN_S) {
            state_write_as_was(o, v, by_s);
            n++;
        }
    json_arr_end(o);
}

static void state_write_day(struct json_out *o,
                            const struct loop_kept_guest *g, double now_s)
{
    if (!(now_s - g->day_s < FORGOTTEN_S))
        return;
    json_key(o, "day");
    json_obj(o);
    json_kv_num(o, "at_s", g->day_s);
    json_kv_num(o, "mean", g->day.mean);
    json_kv_num(o, "p50", g->day.p50);
    json_kv_num(o, "p95", g->day.p95);
    json_kv_num(o, "p99", g->day.p99);
    json_obj_end(o);
}

/* was: what was written of it before, or NULL. */
static void state_write_guest(struct json_out *o, const struct plan_cluster *c,
                              uint32_t d, const struct loop_kept_guest *g,
                              const struct json *was, double now_s,
                              double by_s)
{
    json_obj(o);
    json_kv_str(o, "uuid", plan_domain_uuid(c, d));
    json_kv_num(o, "seen_s", now_s);
    if (g->host < plan_hosts(c))
        json_kv_str(o, "host", plan_host_name(c, g->host));
    json_kv_num(o, "mean", g->mean);
    json_kv_num(o, "var", g->var);
    json_kv_num(o, "with_all", g->with_all);
    state_kv(o, "moved_s", g->moved_s);
    if (g->starving >= 0)
        json_kv_num(o, "starving", g->starving);
    state_kv(o, "starved_s", g->starved_s);
    state_kv(o, "grew_s", g->grew_s);
    if (isfinite(g->grew_s)) {
        json_kv_num(o, "grew_was", g->grew_was);
        json_kv_int(o, "grew_mib", g->grew_mib);
    }
    state_kv(o, "parted_s", g->parted_s);
    if (isfinite(g->parted_s))
        json_kv_num(o, "parted_was", g->parted_was);
    if (g->parted_by != LOOP_NONE)
        json_kv_str(o, "parted_by", plan_domain_uuid(c, g->parted_by));
    state_kv(o, "apart_s", g->apart_s);
    state_kv(o, "owes_s", g->owes_s);
    state_write_left(o, c, g, was, now_s, by_s);
    state_write_day(o, g, now_s);
    json_obj_end(o);
}

static void state_write_host(struct json_out *o, const char *name,
                             const struct loop_kept_host *h, double now_s)
{
    json_obj(o);
    json_kv_str(o, "name", name);
    json_kv_num(o, "seen_s", now_s);
    state_kv(o, "over_s", h->over_s);
    state_kv(o, "woken_s", h->woken_s);
    state_kv(o, "noisy_s", h->noisy_s);
    state_kv(o, "sick_s", h->sick_s);
    state_kv(o, "drained_s", h->drained_s);
    state_kv(o, "idle_s", h->idle_s);
    state_kv(o, "awaits_s", h->awaits_s);
    state_kv(o, "boot_from_s", h->boots.from_s);
    json_key(o, "boots_s");
    json_arr(o);
    for (int i = 0; i < LOOP_BOOTS; i++)
        json_num(o, h->boots.took_s[i]);
    json_arr_end(o);
    json_key(o, "usual");
    json_obj(o);
    for (int s = 0; s < LOOP_SIGNS; s++)
        if (h->usual[s] >= 0)
            json_kv_num(o, loop_sign_name(s), h->usual[s]);
    json_obj_end(o);
    json_obj_end(o);
}

/* A host that is silent at a look is no new one at the next. */
static void state_write_silent(struct json_out *o, const struct json *old,
                               const struct plan_cluster *c, double now_s,
                               double by_s)
{
    JSON_FOREACH(v, json_get(old, "hosts"))
        if (state_silent(c, json_get_str(v, "name", "")) &&
            now_s - state_was_at(v, "seen_s", by_s) < FORGOTTEN_S)
            state_write_as_was(o, v, by_s);
}

/* Nor are its guests. Those that were seen last come first, so that with too many
 * of them it is the others that are forgotten. */
static void state_write_others(struct json_out *o, const struct json *old,
                               const struct plan_cluster *c,
                               const struct loop_kept *k, double by_s)
{
    uint32_t room = k->guests + ABSENT_MOST;

    JSON_FOREACH(v, json_get(old, "guests")) {
        double at_s = fmax(state_was_at(v, "seen_s", by_s),
                           state_was_at(v, "moved_s", by_s));

        if (plan_find_domain(c, json_get_str(v, "uuid", "")) != PLAN_NONE ||
            k->last_s - at_s >= FORGOTTEN_S)
            continue;
        if (!room--)
            return;
        state_write_as_was(o, v, by_s);
    }
}

/* What was written of each guest before. NULL: no memory. */
static const struct json **state_was(const struct json *old,
                                     const struct plan_cluster *c,
                                     uint32_t guests)
{
    const struct json **was = calloc((size_t)guests + 1, sizeof *was);

    JSON_FOREACH(v, json_get(old, "guests")) {
        uint32_t d = plan_find_domain(c, json_get_str(v, "uuid", ""));

        if (was && d < guests)
            was[d] = v;
    }
    return was;
}

static void state_write_guests(struct json_out *o, const struct json *old,
                               const struct plan_cluster *c,
                               const struct loop_kept *k, double by_s)
{
    const struct json **was = state_was(old, c, k->guests);

    json_key(o, "guests");
    json_arr(o);
    for (uint32_t d = 0; d < k->guests; d++)
        if (k->guest[d].known)
            state_write_guest(o, c, d, &k->guest[d], was ? was[d] : NULL,
                              k->last_s, by_s);
    state_write_others(o, old, c, k, by_s);
    json_arr_end(o);
    free(was);
}

static void state_write_season(struct json_out *o, const struct loop_season *s)
{
    json_key(o, "season");
    json_obj(o);
    json_kv_int(o, "hour", s->hour);
    json_kv_num(o, "most", s->most);
    json_key(o, "week");
    json_arr(o);
    for (int i = 0; i < LOOP_HOURS; i++)
        json_num(o, s->week[i]);
    json_arr_end(o);
    json_obj_end(o);
}

static void state_write_budget(struct json_out *o, const struct loop_kept *k)
{
    json_kv_int(o, "minute", k->minute);
    json_key(o, "moves");
    json_arr(o);
    for (int i = 0; i < LOOP_MINUTES; i++)
        json_int(o, k->moves[i]);
    json_arr_end(o);
    json_key(o, "gib");
    json_arr(o);
    for (int i = 0; i < LOOP_MINUTES; i++)
        json_num(o, k->gib[i]);
    json_arr_end(o);
}

static void state_write_side(struct json_out *o, const struct json *old,
                             const struct plan_cluster *c,
                             const struct loop_kept *k, double by_s)
{
    json_obj(o);
    json_kv_bool(o, "looked", k->looked);
    json_kv_num(o, "all_mean", k->all_mean);
    json_kv_num(o, "all_var", k->all_var);
    json_kv_num(o, "first_s", k->first_s);
    json_kv_num(o, "last_s", k->last_s);
    json_kv_num(o, "power_s", k->power_s);
    json_kv_num(o, "thought_s", k->thought_s);
    json_kv_num(o, "no_room", k->no_room);
    json_kv_num(o, "short_s", k->short_s);
    state_write_season(o, &k->season);
    state_write_budget(o, k);
    json_key(o, "hosts");
    json_arr(o);
    for (uint32_t h = 0; h < k->hosts; h++)
        state_write_host(o, plan_host_name(c, h), &k->host[h], k->last_s);
    state_write_silent(o, old, c, k->last_s, by_s);
    json_arr_end(o);
    state_write_guests(o, old, c, k, by_s);
    json_obj_end(o);
}

static void state_write_told(struct json_out *o, const struct loops_state *s)
{
    json_key(o, "told");
    json_arr(o);
    for (size_t i = 0; i < s->tolds; i++) {
        json_obj(o);
        json_kv_str(o, "about", s->told[i].about);
        json_kv_num(o, "wanted_s", s->told[i].wanted_s);
        json_kv_num(o, "told_s", s->told[i].told_s);
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void state_write_head(struct json_out *o, const struct loops_state *s,
                             double shift_s)
{
    json_kv_str(o, "format", "rackhop-loops-state/1");
    json_kv_num(o, "wall_s", s->wall_s);
    json_kv_num(o, "boot_s", s->boot_s);
    json_kv_str(o, "boot", s->boot);
    json_kv_num(o, "quiet_s", s->quiet_s);
    json_kv_num(o, "shift_s", shift_s);
    json_kv_str(o, "run", s->run);
    json_kv_str(o, "advised", s->advised);
    json_kv_str(o, "named", s->named);
    json_kv_str(o, "advised_health", s->advised_health);
    state_write_told(o, s);
}

/* Puts the checksum before the text, which it frees. */
static char *state_seal(char *text, size_t len)
{
    char *whole = NULL;

    if (text &&
        asprintf(&whole, "%08x\n%s", crc32_add(0, text, len), text) < 0)
        whole = NULL;
    free(text);
    return whole;
}

/* What is remembered now; or, without kept, again what was written before. */
static char *state_text(const struct loops_state *s,
                        const struct plan_cluster *c,
                        const struct loop_kept *kept)
{
    const struct json *old = s->doc ? json_root(s->doc) : NULL;
    struct json_out *o = json_text_new(false);
    char *text;
    size_t len;

    if (!o)
        return NULL;
    json_obj(o);
    /* what is kept now has all moments by the clock as it is now */
    state_write_head(o, s, kept ? 0 : s->shift_s);
    for (int i = 0; i < LOOPS_SIDES; i++) {
        const char *name = state_side_name((enum loops_side)i);
        const struct json *side = json_get(old, name);

        if (!kept && !side)
            continue;
        json_key(o, name);
        if (kept)
            state_write_side(o, side, c, &kept[i], s->shift_s);
        else
            json_value(o, side);
    }
    json_obj_end(o);
    text = json_text_free(o, &len);
    return state_seal(text, len);
}

char *loops_state_format(const struct loops_state *s,
                         const struct plan_cluster *c,
                         const struct loop_kept k[LOOPS_SIDES])
{
    return state_text(s, c, k);
}

char *loops_state_again(const struct loops_state *s)
{
    return state_text(s, NULL, NULL);
}
