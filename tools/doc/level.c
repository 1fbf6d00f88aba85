/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes rackhop-level/1: pools with their levels, and guests that are
 * stuck. */
#include "tools/doc/level.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/complain.h"

/* --- sets ---------------------------------------------------------------- */

void level_write_features(struct json_out *o, const char *key,
                          const struct plan_features *f)
{
    json_key(o, key);
    json_arr(o);
    for (unsigned bit = 0; bit < 32 * f->n; bit++) {
        struct plan_features one = { .n = f->n };
        char name[64];

        if (!plan_features_has(f, bit))
            continue;
        one.word[bit / 32] = 1u << bit % 32;
        json_str(o, plan_features_names(&one, 0, name, sizeof name));
    }
    json_arr_end(o);
}

static void write_hex(struct json_out *o, const char *key,
                      const struct plan_features *f)
{
    char text[PLAN_FEATURE_WORDS * 9 + 1] = "";
    size_t at = 0;

    for (uint32_t i = 0; i < f->n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%08x",
                               i ? "," : "", f->word[i]);
    json_kv_str(o, key, text);
}

static void write_hosts(struct json_out *o, const char *key,
                        const struct plan_cluster *c, const uint32_t *host,
                        const bool *in, uint32_t n)
{
    json_key(o, key);
    json_arr(o);
    for (uint32_t i = 0; i < n; i++)
        if (!in || in[i])
            json_str(o, plan_host_name(c, host[i]));
    json_arr_end(o);
}

/* --- pools --------------------------------------------------------------- */

void level_begin(struct json_out *o, struct plan_cluster *c,
                 const uint32_t *host, uint32_t n)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-level/1");
    write_hosts(o, "hosts", c, host, NULL, n);
}

void level_end(struct json_out *o)
{
    json_obj_end(o);
}

static void write_losses(struct json_out *o, struct plan_cluster *c,
                         const struct plan_level_pool *p)
{
    struct plan_level_loss *loss;
    int n = plan_level_losses(p, &p->level.hidden, &loss);

    if (n < 0)
        die_oom();
    json_key(o, "hidden");
    json_arr(o);
    for (int i = 0; i < n; i++) {
        json_obj(o);
        if (loss[i].part.family)
            json_kv_str(o, "family", loss[i].part.family);
        level_write_features(o, "features", &loss[i].part.features);
        write_hosts(o, "only_on", c, p->host, loss[i].shows, p->n);
        json_obj_end(o);
    }
    json_arr_end(o);
    plan_level_losses_free(loss, n);
}

static void write_named(struct json_out *o, struct plan_cluster *c,
                        const struct plan_level_pool *p, unsigned level)
{
    struct plan_level_promise promise;
    struct plan_features lacks;
    struct plan_level cut;
    char *line;

    plan_level_promise(p, level, &promise);
    json_obj(o);
    json_kv_str(o, "name", plan_level_name(level));
    json_key(o, "lacking");
    json_arr(o);
    for (uint32_t i = 0; i < p->n; i++) {
        if (plan_level_keeps(p, i, &promise, &lacks))
            continue;
        json_obj(o);
        json_kv_str(o, "host", plan_host_name(c, p->host[i]));
        level_write_features(o, "features", &lacks);
        json_obj_end(o);
    }
    json_arr_end(o);
    plan_level_cut(p, level, &cut);
    line = plan_level_line(&cut.hidden, &lacks);
    if (!line)
        die_oom();
    json_kv_str(o, "line", line);
    level_write_features(o, "not_in_line", &lacks);
    free(line);
    json_obj_end(o);
}

void level_write_pool(struct json_out *o, struct plan_cluster *c,
                      const struct plan_level_pool *p,
                      const struct plan_features *lost)
{
    json_obj(o);
    json_kv_str(o, "type", p->type == PLAN_LEVEL_PV ? "pv" : "hvm");
    json_kv_str(o, "cpu_vendor", p->vendor);
    write_hosts(o, "hosts", c, p->host, NULL, p->n);
    write_hex(o, "common", &p->level.common);
    write_losses(o, c, p);
    if (lost)
        level_write_features(o, "lost", lost);
    json_key(o, "levels");
    json_arr(o);
    for (unsigned i = 0; i < plan_levels(); i++)
        write_named(o, c, p, i);
    json_arr_end(o);
    json_obj_end(o);
}

/* --- guests -------------------------------------------------------------- */

static void write_reason(struct json_out *o, const struct plan_cluster *c,
                         const struct plan_level_reason *r)
{
    char xcr0[20];

    json_obj(o);
    level_write_features(o, "features", &r->lacking);
    write_hosts(o, "not_to", c, r->host, NULL, r->n);
    if (r->xcr0) {
        snprintf(xcr0, sizeof xcr0, "%" PRIx64, r->xcr0);
        json_kv_str(o, "xcr0", xcr0);
    }
    json_obj_end(o);
}

void level_write_audit(struct json_out *o, struct plan_cluster *c,
                       const struct plan_level_audit *a)
{
    json_kv_int(o, "guests", a->guests);
    json_kv_int(o, "unknown", a->unknown);
    json_key(o, "reasons");
    json_arr(o);
    for (uint32_t i = 0; i < a->reason_n; i++)
        write_reason(o, c, &a->reason[i]);
    json_arr_end(o);
    json_key(o, "stuck");
    json_arr(o);
    for (uint32_t i = 0; i < a->stuck_n; i++) {
        uint32_t dom = a->stuck[i].domain;

        json_obj(o);
        json_kv_str(o, "domain", plan_domain_uuid(c, dom));
        json_kv_str(o, "name", plan_domain_name(c, dom));
        json_kv_str(o, "host", plan_host_name(c, plan_domain_host(c, dom)));
        json_kv_int(o, "reason", a->stuck[i].reason);
        json_obj_end(o);
    }
    json_arr_end(o);
}

void level_write_gone(struct json_out *o, const char *host, const char *since,
                      const struct plan_features *gone)
{
    json_obj(o);
    json_kv_str(o, "host", host);
    json_kv_str(o, "since", since);
    level_write_features(o, "features", gone);
    json_obj_end(o);
}
