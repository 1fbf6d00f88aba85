/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes rackhop-samples/1, and what facts say of samples. */
#include "tools/doc/samples.h"

#include <stdlib.h>

void samples_dispose(struct samples *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        free(s->row[i].mean_of);
        free(s->row[i].max_of);
    }
    s->rows = 0;
    json_free(s->doc);
    s->doc = NULL;
}

/* With four digits: a figure is known to 3%, and its shortest form is meant,
 * not the nearest binary number. */
static double samples_digits(double v)
{
    char text[32];

    snprintf(text, sizeof text, "%.4g", v);
    return strtod(text, NULL);
}

static void samples_known(struct json_out *o, const char *key, double v)
{
    json_key(o, key);
    if (v < 0)
        json_null(o);
    else
        json_num(o, samples_digits(v));
}

static void samples_slots(struct json_out *o, const char *key, const double *v,
                          size_t n)
{
    if (!v)
        return;
    json_key(o, key);
    json_arr(o);
    for (size_t i = 0; i < n; i++) {
        if (v[i] < 0)
            json_null(o);
        else
            json_num(o, samples_digits(v[i]));
    }
    json_arr_end(o);
}

void samples_write(struct json_out *o, const struct samples *s)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-samples/1");
    json_kv_str(o, "of", s->host ? "host" : "guest");
    json_kv_str(o, "name", s->name);
    if (*s->uuid)
        json_kv_str(o, "uuid", s->uuid);
    json_kv_int(o, "from", s->from);
    json_kv_int(o, "step_s", s->step_s);
    json_kv_int(o, "slots", (int64_t)s->n);
    json_key(o, "metrics");
    json_obj(o);
    for (size_t i = 0; i < s->rows; i++) {
        const struct samples_row *r = &s->row[i];

        json_key(o, r->name);
        json_obj(o);
        samples_known(o, "newest", r->newest);
        samples_known(o, "mean", r->mean);
        samples_known(o, "p50", r->p50);
        samples_known(o, "p95", r->p95);
        samples_known(o, "p99", r->p99);
        samples_known(o, "max", r->max);
        json_kv_num(o, "trend_h", samples_digits(r->trend_h));
        samples_slots(o, "means", r->mean_of, s->n);
        samples_slots(o, "maxima", r->max_of, s->n);
        json_obj_end(o);
    }
    json_obj_end(o);
    json_obj_end(o);
}

/* Facts are read whole by a host that plans: what is not known takes nothing
 * there. */
static void samples_brief(struct json_out *o, const struct samples_brief *b)
{
    json_key(o, b->name);
    json_obj(o);
    if (b->mean_10m >= 0) {
        samples_known(o, "mean_10m", b->mean_10m);
        samples_known(o, "p95_10m", b->p95_10m);
    }
    if (b->mean_day >= 0) {
        samples_known(o, "mean_day", b->mean_day);
        samples_known(o, "p50_day", b->p50_day);
        samples_known(o, "p95_day", b->p95_day);
        samples_known(o, "p99_day", b->p99_day);
        samples_known(o, "max_day", b->max_day);
        json_kv_num(o, "trend_day", samples_digits(b->trend_day));
    }
    json_obj_end(o);
}

void samples_facts_write(struct json_out *o, const struct samples_facts *f)
{
    if (!f->n)
        return;
    json_key(o, "samples");
    json_obj(o);
    json_kv_int(o, "age_s", f->age_s);
    if (f->day_s > 0)
        json_kv_int(o, "day_s", f->day_s);
    for (size_t i = 0; i < f->n; i++)
        samples_brief(o, &f->row[i]);
    json_obj_end(o);
}
