/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads a rackhop-samples/1, as another host has written it. */
#include "tools/doc/samples.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MOST = 60 * 86400 / 300, STEP_MOST = 86400, NAME_MOST = 24 };

static const double VALUE_MOST = 1e18;
static const char READ_NAME[] = "the samples";

/* Below 0: not known. */
static double samples_value(const struct json *v)
{
    bool number = v && (v->type == JSON_INT || v->type == JSON_NUM);

    return number && v->num >= 0 && v->num <= VALUE_MOST ? v->num : -1;
}

static double samples_get(const struct json *o, const char *key)
{
    return samples_value(json_get(o, key));
}

/* A list with a figure for each slot. NULL: there is none; or rc is set. */
static double *samples_read_slots(const struct json *o, const char *key,
                                  size_t n, int *rc)
{
    const struct json *list = json_get(o, key);
    double *slot;
    size_t i = 0;

    if (!list || *rc)
        return NULL;
    if (list->type != JSON_ARR || list->len != n) {
        *rc = -EINVAL;
        return NULL;
    }
    slot = calloc(n + 1, sizeof *slot);
    if (!slot)
        *rc = -ENOMEM;
    JSON_FOREACH(v, list)
        if (slot)
            slot[i++] = samples_value(v);
    return slot;
}

/* It is shown as it is. */
static bool samples_name_ok(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

    return *s && strlen(s) <= NAME_MOST && !s[strspn(s, letters)];
}

static int samples_read_row(struct samples *s, const struct json *o)
{
    struct samples_row *r = &s->row[s->rows];
    double trend = json_get_num(o, "trend_h", 0);
    int rc = 0;

    if (o->type != JSON_OBJ || !samples_name_ok(o->key))
        return -EINVAL;
    *r = (struct samples_row){
        .name = o->key,
        .text = "",
        .newest = samples_get(o, "newest"),
        .mean = samples_get(o, "mean"),
        .p50 = samples_get(o, "p50"),
        .p95 = samples_get(o, "p95"),
        .p99 = samples_get(o, "p99"),
        .max = samples_get(o, "max"),
        .trend_h = fabs(trend) <= VALUE_MOST ? trend : 0,
    };
    s->rows++;
    r->mean_of = samples_read_slots(o, "means", s->n, &rc);
    r->max_of = samples_read_slots(o, "maxima", s->n, &rc);
    return !rc && !r->mean_of ? -EINVAL : rc;
}

static int samples_read_head(struct samples *s, const struct json *o)
{
    const char *of = json_get_str(o, "of", "");
    int64_t step, slots;

    s->host = !strcmp(of, "host");
    if ((!s->host && strcmp(of, "guest") != 0) ||
        json_copy_str(o, "name", s->name, sizeof s->name) ||
        json_copy_str(o, "uuid", s->uuid, sizeof s->uuid) ||
        json_copy_int(o, "from", 0, 1000000000000, -1, &s->from) ||
        json_copy_int(o, "step_s", 1, STEP_MOST, 0, &step) ||
        json_copy_int(o, "slots", 0, SLOTS_MOST, -1, &slots) || s->from < 0 ||
        !step || slots < 0)
        return -EINVAL;
    s->step_s = (unsigned)step;
    s->n = (size_t)slots;
    return 0;
}

/* A newer rackhop may have figures more than there is room for. */
static int samples_read(struct samples *s, const struct json *o)
{
    const struct json *list = json_get(o, "metrics");
    int rc = samples_read_head(s, o);

    if (!list || list->type != JSON_OBJ) /* only members have names */
        rc = rc ? rc : -EINVAL;
    JSON_FOREACH(v, list)
        if (!rc && s->rows < SAMPLES_ROWS)
            rc = samples_read_row(s, v);
    return rc;
}

int samples_parse(struct samples *s, const char *text, size_t len,
                  struct msg *err)
{
    const struct json_limits limits = { .bytes = 8 << 20,
                                        .depth = 8,
                                        .values = 2000000 };
    int rc;

    *s = (struct samples){ .n = 0 };
    rc = json_parse(&s->doc, READ_NAME, text, len, NULL, &limits, err);
    if (!rc)
        rc = json_check_format(s->doc, READ_NAME, "rackhop-samples/1", err);
    if (!rc) {
        rc = samples_read(s, json_root(s->doc));
        if (rc)
            msg_set(err, rc == -ENOMEM
                             ? "out of memory"
                             : "the samples have a member that is none");
    }
    if (rc)
        samples_dispose(s);
    return rc;
}
