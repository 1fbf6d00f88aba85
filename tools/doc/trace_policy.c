/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads rackhop-policy/1, and writes rackhop-replay/1. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/trace_impl.h"

static int policy_setting(struct trace_reader *r, struct loop_policy *p,
                          const struct json *v)
{
    const struct loop_policy_row *row = loop_policy_rows;
    double value = v->type == JSON_BOOL ? v->flag : v->num;
    int rc;

    if (v->type == JSON_NULL)
        return 0;
    if (v->type != JSON_BOOL && v->type != JSON_INT && v->type != JSON_NUM)
        return trace_wrong(r, v, v->key, "is %s, not a number",
                           json_type_name(v->type));
    rc = loop_policy_set(p, v->key, value);
    if (rc == -ENOENT)
        return trace_wrong(r, v, v->key, "there is no such setting");
    while (row->name && strcmp(row->name, v->key))
        row++;
    if (rc)
        return trace_wrong(r, v, v->key, "is %g, not within %g and %g", value,
                           row->min, row->max);
    return 0;
}

static int policy_read(struct trace_reader *r, struct loop_policy *p,
                       char called[TRACE_NAME + 1], const struct json *root)
{
    const struct json *list = json_get(root, "settings");
    const char *name;
    int rc = trace_name(r, root, &name);

    if (rc)
        return rc;
    snprintf(called, TRACE_NAME + 1, "%s", name);
    snprintf(r->place, sizeof r->place, "settings");
    if (list && list->type != JSON_OBJ)
        return trace_wrong(r, list, NULL, "is %s, not an object",
                           json_type_name(list->type));
    JSON_FOREACH(v, list) {
        rc = policy_setting(r, p, v);
        if (rc)
            return rc;
    }
    return 0;
}

int policy_parse(struct loop_policy *p, char called[TRACE_NAME + 1],
                 const char *name, const void *text, size_t len,
                 struct msg *err)
{
    const struct json_limits limits = { .bytes = 1 << 20, .depth = 8 };
    struct trace_reader r = { .name = name, .err = err };
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, name, text, len, NULL, &limits, err);

    loop_policy_init(p);
    if (!rc)
        rc = json_check_format(doc, name, "rackhop-policy/1", err);
    if (!rc)
        rc = policy_read(&r, p, called, json_root(doc));
    json_free(doc);
    return rc;
}

int policy_load(struct loop_policy *p, char called[TRACE_NAME + 1],
                const char *path, struct msg *err)
{
    const char *name;
    char *text;
    size_t len;
    int rc = json_file_text(path, 1 << 20, &name, &text, &len, err);

    if (rc)
        return rc;
    rc = policy_parse(p, called, name, text, len, err);
    free(text);
    return rc;
}

int replay_print(FILE *f, const char *trace, const char *policy,
                 const struct replay_result *r, double seconds)
{
    struct json_out *o = json_out_new(f, true);

    if (!o)
        return -EIO;
    json_obj(o);
    json_kv_str(o, "format", "rackhop-replay/1");
    json_kv_str(o, "trace", trace);
    json_kv_str(o, "policy", policy);
    json_kv_num(o, "kwh", r->kwh);
    json_kv_num(o, "bound_kwh", r->bound_kwh);
    json_kv_int(o, "moves", (int64_t)r->moves);
    json_kv_num(o, "host_hours", r->host_hours);
    json_kv_num(o, "slatah", r->slatah);
    json_kv_num(o, "pdm", r->pdm);
    json_kv_num(o, "slav", r->slav);
    json_kv_num(o, "slatah_all", r->slatah_all);
    json_kv_num(o, "pdm_all", r->pdm_all);
    json_kv_int(o, "there_and_back", (int64_t)r->there_and_back);
    json_kv_num(o, "gib", r->gib);
    json_kv_num(o, "seconds", seconds);
    json_obj_end(o);
    return json_out_free(o);
}
