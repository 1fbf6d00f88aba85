/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the plan of a rolling maintenance as rackhop-roll/1. */
#include "tools/doc/roll.h"

#include <errno.h>
#include <math.h>

#include "tools/doc/json.h"
#include "tools/doc/plan.h"

static void roll_kv(struct json_out *o, const char *key, double v,
                    double scale)
{
    json_kv_num(o, key, round(v * scale) / scale);
}

/* A bound is rounded down, so that it stays one. */
static void roll_kv_bound(struct json_out *o, const char *key, double v,
                          double scale)
{
    json_kv_num(o, key, floor(v * scale + 1e-6) / scale);
}

static void roll_write_options(struct json_out *o,
                               const struct plan_roll_options *opt)
{
    json_key(o, "options");
    json_obj(o);
    json_key(o, "parallel");
    if (opt->parallel)
        json_int(o, opt->parallel);
    else
        json_null(o);
    json_kv_int(o, "canary", opt->canary);
    json_kv_bool(o, "home", opt->home);
    json_kv_num(o, "max_away_gib", opt->max_away_gib);
    json_kv_bool(o, "same_domain", opt->same_domain);
    json_kv_str(o, "to_xen", opt->to_xen);
    if (opt->without)
        json_kv_str(o, "without_features", opt->without);
    json_obj_end(o);
}

static void roll_write_moves(struct json_out *o, struct plan_cluster *c,
                             const char *key, const struct plan_move *m,
                             uint32_t n)
{
    json_key(o, key);
    json_arr(o);
    for (uint32_t i = 0; i < n; i++)
        plan_write_move(o, c, &m[i], i + 1, false);
    json_arr_end(o);
}

static void roll_write_wave(struct json_out *o, struct plan_cluster *c,
                            const struct plan_roll_wave *w, uint32_t number)
{
    json_obj(o);
    json_kv_int(o, "wave", number);
    if (w->canary)
        json_kv_bool(o, "canary", true);
    json_key(o, "hosts");
    json_arr(o);
    for (uint32_t i = 0; i < w->host_n; i++)
        json_str(o, plan_host_name(c, w->host[i]));
    json_arr_end(o);
    roll_kv(o, "away_gib", w->away_gib, 1e4);
    roll_kv(o, "away_s", w->away_s, 1e3);
    roll_kv(o, "home_gib", w->home_gib, 1e4);
    roll_kv(o, "home_s", w->home_s, 1e3);
    roll_write_moves(o, c, "away", w->away, w->away_n);
    roll_write_moves(o, c, "home", w->home, w->home_n);
    json_obj_end(o);
}

static void roll_write_left(struct json_out *o, struct plan_cluster *c,
                            const struct plan_roll *p)
{
    json_key(o, "left");
    json_arr(o);
    for (uint32_t i = 0; i < p->left_n; i++) {
        const struct plan_roll_left *l = &p->left[i];

        json_obj(o);
        json_kv_str(o, "host", plan_host_name(c, l->host));
        if (l->domain != PLAN_NONE) {
            json_kv_str(o, "domain", plan_domain_uuid(c, l->domain));
            json_kv_str(o, "name", plan_domain_name(c, l->domain));
        }
        json_kv_str(o, "rule", plan_rule_name(l->rule));
        json_kv_str(o, "text", l->text);
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void roll_write_sums(struct json_out *o, const struct plan_roll *p)
{
    json_key(o, "cost");
    json_obj(o);
    json_kv_int(o, "waves", p->wave_n);
    json_kv_int(o, "moves", p->moves);
    json_kv_int(o, "displaced", p->displaced);
    roll_kv(o, "gib", p->gib, 1e4);
    json_obj_end(o);
    json_key(o, "bound");
    json_obj(o);
    json_kv_int(o, "waves", p->wave_bound);
    json_kv_str(o, "limit", plan_roll_limit_name(p->limit));
    json_kv_int(o, "moves", p->moves_bound);
    roll_kv_bound(o, "gib", p->gib_bound, 1e4);
    json_obj_end(o);
    json_kv_str(o, "why", p->why);
    roll_kv(o, "makespan_s", p->makespan_s, 1e3);
    roll_kv_bound(o, "makespan_bound_s", p->makespan_bound_s, 1e3);
}

static void roll_write(struct json_out *o, struct plan_cluster *c,
                       const struct plan_roll *p,
                       const struct plan_roll_options *opt, const char *sha256)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-roll/1");
    json_kv_str(o, "snapshot", sha256);
    roll_write_options(o, opt);
    roll_write_sums(o, p);
    json_key(o, "waves");
    json_arr(o);
    for (uint32_t i = 0; i < p->wave_n; i++)
        roll_write_wave(o, c, &p->wave[i], i + 1);
    json_arr_end(o);
    roll_write_left(o, c, p);
    if (plan_notes(c))
        plan_write_notes(o, c);
    json_obj_end(o);
}

int roll_print(FILE *f, struct plan_cluster *c, const struct plan_roll *p,
               const struct plan_roll_options *opt, const char *sha256)
{
    struct json_out *o = json_out_new(f, true);

    if (!o)
        return -ENOMEM;
    roll_write(o, c, p, opt, sha256);
    return json_out_free(o);
}
