/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and writes rackhop-loops-state/1, what loops remember. */
#include "tools/doc/loops_state.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/crc32.h"
#include "tools/doc/json.h"

enum { FORGOTTEN_S = 86400, HEAD = 9 /* eight digits and a line feed */ };
/* Absent guests that are remembered, and as many as there are. */
enum { ABSENT_MOST = 1000 };

static const char *const side_name[LOOPS_SIDES] = { "acting", "watching" };

void loops_state_init(struct loops_state *s)
{
    *s = (struct loops_state){ .doc = NULL };
}

void loops_state_dispose(struct loops_state *s)
{
    json_free(s->doc);
    loops_state_init(s);
}

/* --- in ------------------------------------------------------------------ */

static int state_digest(const struct json *o, const char *key, char to[65])
{
    return json_get(o, key) ? json_copy_str(o, key, to, 65) : 0;
}

static int state_read(struct loops_state *s, const struct json *o,
                      struct msg *err)
{
    s->wall_s = json_get_num(o, "wall_s", 0);
    s->boot_s = json_get_num(o, "boot_s", 0);
    s->quiet_s = json_get_num(o, "quiet_s", 0);
    s->shift_s = json_get_num(o, "shift_s", 0);
    s->tips_s = json_get_num(o, "tips_s", 0);
    if (json_copy_str(o, "boot", s->boot, sizeof s->boot) ||
        json_copy_str(o, "run", s->run, sizeof s->run) ||
        json_copy_str(o, "advised", s->advised, sizeof s->advised) ||
        /* an older rackhopd names no hosts */
        state_digest(o, "named", s->named) ||
        state_digest(o, "advised_health", s->advised_health) ||
        state_digest(o, "advised_tips", s->advised_tips) ||
        !(s->wall_s >= 0 && s->wall_s < 1e12) || !(s->boot_s >= 0)) {
        msg_set(err, "the state of the loops has a member that is none");
        return -EINVAL;
    }
    return 0;
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

static void state_guest(struct loop_kept_guest *g, const struct json *o,
                        const struct plan_cluster *c)
{
    uint32_t by;
    int i = 0;

    g->mean = json_get_num(o, "mean", -1);
    g->var = json_get_num(o, "var", -1);
    g->with_all = json_get_num(o, "with_all", 0);
    g->known = g->mean >= 0 && g->var >= 0;
    g->host = plan_find_host(c, json_get_str(o, "host", ""));
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
        s->doc ? json_get(json_root(s->doc), side_name[side]) : NULL;

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

/* --- out ----------------------------------------------------------------- */

/* The hosts that it has left; those that are silent as they were written before. */
static void state_write_left(struct json_out *o, const struct plan_cluster *c,
                             const struct loop_kept_guest *g,
                             const struct json *was, double now_s)
{
    int n = 0;

    json_key(o, "left");
    json_arr(o);
    for (int i = 0; i < LOOP_LEFT; i++) {
        if (g->left[i] == LOOP_NONE)
            continue;
        json_obj(o);
        json_kv_str(o, "host", plan_host_name(c, g->left[i]));
        json_kv_num(o, "at_s", g->left_s[i]);
        json_obj_end(o);
        n++;
    }
    JSON_FOREACH(v, json_get(was, "left"))
        if (n < LOOP_LEFT &&
            plan_find_host(c, json_get_str(v, "host", "")) == PLAN_NONE &&
            now_s - json_get_num(v, "at_s", -INFINITY) < FORGOTTEN_S) {
            json_value(o, v);
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
                              const struct json *was, double now_s)
{
    json_obj(o);
    json_kv_str(o, "uuid", plan_domain_uuid(c, d));
    json_kv_num(o, "seen_s", now_s);
    if (g->host != LOOP_NONE)
        json_kv_str(o, "host", plan_host_name(c, g->host));
    json_kv_num(o, "mean", g->mean);
    json_kv_num(o, "var", g->var);
    json_kv_num(o, "with_all", g->with_all);
    json_kv_num(o, "moved_s", g->moved_s); /* infinities become null */
    json_kv_num(o, "starving", g->starving);
    json_kv_num(o, "starved_s", g->starved_s);
    json_kv_num(o, "grew_s", g->grew_s);
    json_kv_num(o, "grew_was", g->grew_was);
    json_kv_int(o, "grew_mib", g->grew_mib);
    json_kv_num(o, "parted_s", g->parted_s);
    json_kv_num(o, "parted_was", g->parted_was);
    if (g->parted_by != LOOP_NONE)
        json_kv_str(o, "parted_by", plan_domain_uuid(c, g->parted_by));
    json_kv_num(o, "apart_s", g->apart_s);
    json_kv_num(o, "owes_s", g->owes_s);
    state_write_left(o, c, g, was, now_s);
    state_write_day(o, g, now_s);
    json_obj_end(o);
}

static void state_write_host(struct json_out *o, const char *name,
                             const struct loop_kept_host *h, double now_s)
{
    json_obj(o);
    json_kv_str(o, "name", name);
    json_kv_num(o, "seen_s", now_s);
    json_kv_num(o, "over_s", h->over_s);
    json_kv_num(o, "woken_s", h->woken_s);
    json_kv_num(o, "noisy_s", h->noisy_s);
    json_kv_num(o, "sick_s", h->sick_s);
    json_kv_num(o, "drained_s", h->drained_s);
    json_kv_num(o, "idle_s", h->idle_s);
    json_kv_num(o, "boot_from_s", h->boots.from_s);
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
                               const struct plan_cluster *c, double now_s)
{
    JSON_FOREACH(v, json_get(old, "hosts"))
        if (plan_find_host(c, json_get_str(v, "name", "")) == PLAN_NONE &&
            now_s - json_get_num(v, "seen_s", -INFINITY) < FORGOTTEN_S)
            json_value(o, v);
}

/* Nor are its guests. Those that were seen last come first, so that with too many
 * of them it is the others that are forgotten. */
static void state_write_others(struct json_out *o, const struct json *old,
                               const struct plan_cluster *c,
                               const struct loop_kept *k)
{
    uint32_t room = k->guests + ABSENT_MOST;

    JSON_FOREACH(v, json_get(old, "guests")) {
        double seen_s = json_get_num(v, "seen_s", -INFINITY);

        if (plan_find_domain(c, json_get_str(v, "uuid", "")) != PLAN_NONE ||
            k->last_s - fmax(seen_s, json_get_num(v, "moved_s", -INFINITY)) >=
                FORGOTTEN_S)
            continue;
        if (!room--)
            return;
        json_value(o, v);
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
                               const struct loop_kept *k)
{
    const struct json **was = state_was(old, c, k->guests);

    json_key(o, "guests");
    json_arr(o);
    for (uint32_t d = 0; d < k->guests; d++)
        if (k->guest[d].known)
            state_write_guest(o, c, d, &k->guest[d], was ? was[d] : NULL,
                              k->last_s);
    state_write_others(o, old, c, k);
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
                             const struct loop_kept *k)
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
    state_write_silent(o, old, c, k->last_s);
    json_arr_end(o);
    state_write_guests(o, old, c, k);
    json_obj_end(o);
}

static void state_write_head(struct json_out *o, const struct loops_state *s)
{
    json_kv_str(o, "format", "rackhop-loops-state/1");
    json_kv_num(o, "wall_s", s->wall_s);
    json_kv_num(o, "boot_s", s->boot_s);
    json_kv_str(o, "boot", s->boot);
    json_kv_num(o, "quiet_s", s->quiet_s);
    json_kv_num(o, "shift_s", s->shift_s);
    json_kv_str(o, "run", s->run);
    json_kv_str(o, "advised", s->advised);
    json_kv_str(o, "named", s->named);
    json_kv_str(o, "advised_health", s->advised_health);
    json_kv_str(o, "advised_tips", s->advised_tips);
    json_kv_num(o, "tips_s", s->tips_s);
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

char *loops_state_format(const struct loops_state *s,
                         const struct plan_cluster *c,
                         const struct loop_kept k[LOOPS_SIDES])
{
    const struct json *old = s->doc ? json_root(s->doc) : NULL;
    struct json_out *o = json_text_new(false);
    char *text;
    size_t len;

    if (!o)
        return NULL;
    json_obj(o);
    state_write_head(o, s);
    for (int i = 0; i < LOOPS_SIDES; i++) {
        json_key(o, side_name[i]);
        state_write_side(o, json_get(old, side_name[i]), c, &k[i]);
    }
    json_obj_end(o);
    text = json_text_free(o, &len);
    return state_seal(text, len);
}

char *loops_state_again(const struct loops_state *s)
{
    const struct json *old = s->doc ? json_root(s->doc) : NULL;
    struct json_out *o = json_text_new(false);
    char *text;
    size_t len;

    if (!o)
        return NULL;
    json_obj(o);
    state_write_head(o, s);
    for (int i = 0; i < LOOPS_SIDES; i++) {
        if (!json_get(old, side_name[i]))
            continue;
        json_key(o, side_name[i]);
        json_value(o, json_get(old, side_name[i]));
    }
    json_obj_end(o);
    text = json_text_free(o, &len);
    return state_seal(text, len);
}
