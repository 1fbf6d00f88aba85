/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads rackhop-times/1. */
#include "tools/doc/times.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/json.h"

/* As long as the settings that they stand for may be (rackhop.conf(5)). */
static const double times_most_ms = 600000;
static const struct json_limits times_limits = { .bytes = 16 << 10,
                                                 .depth = 4,
                                                 .values = 256 };

void times_add(struct times_list *l, double ms)
{
    if (!(ms >= 0 && ms <= times_most_ms))
        return;
    if (l->n == TIMES_KEPT)
        memmove(l->ms, l->ms + 1, --l->n * sizeof *l->ms);
    l->ms[l->n++] = ms;
}

static int times_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double times_median(const struct times_list *l, double fallback)
{
    struct times_list s = *l;

    if (s.n < TIMES_LEAST)
        return fallback;
    qsort(s.ms, s.n, sizeof *s.ms, times_compare);
    return s.n % 2 ? s.ms[s.n / 2] : (s.ms[s.n / 2 - 1] + s.ms[s.n / 2]) / 2;
}

static void times_write(struct json_out *o, const char *key,
                        const struct times_list *l)
{
    json_key(o, key);
    json_arr(o);
    for (size_t i = 0; i < l->n; i++)
        json_num(o, round(l->ms[i]));
    json_arr_end(o);
}

char *times_format(const struct times *t)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", "rackhop-times/1");
    times_write(o, "setup_ms", &t->setup);
    times_write(o, "overhead_ms", &t->overhead);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

static void times_read(const struct json *root, const char *key,
                       struct times_list *l)
{
    l->n = 0;
    JSON_FOREACH(v, json_get(root, key))
        if (v->type == JSON_NUM || v->type == JSON_INT)
            times_add(l, v->num);
}

int times_parse(struct times *t, const char *text, size_t len, struct msg *err)
{
    struct json_doc *doc;
    int rc = json_parse(&doc, "times", text, len, NULL, &times_limits, err);

    if (rc)
        return rc;
    rc = json_check_format(doc, "times", "rackhop-times/1", err);
    if (!rc) {
        times_read(json_root(doc), "setup_ms", &t->setup);
        times_read(json_root(doc), "overhead_ms", &t->overhead);
    }
    json_free(doc);
    return rc;
}
