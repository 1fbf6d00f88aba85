/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads rackhop-resized/1, the memory that a guest had before. */
#include "tools/doc/resized.h"

#include <errno.h>

void resized_write(struct json_out *o, const struct resized *r)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-resized/1");
    json_kv_str(o, "domain", r->uuid);
    json_kv_str(o, "name", r->name);
    json_kv_str(o, "by", r->by);
    json_kv_int(o, "from_mib", r->from_mib);
    json_kv_int(o, "to_mib", r->to_mib);
    json_kv_num(o, "at_s", r->at_s);
    json_obj_end(o);
}

char *resized_format(const struct resized *r)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    resized_write(o, r);
    return json_text_free(o, NULL);
}

static int64_t resized_mib(const struct json *o, const char *key)
{
    double v = json_get_num(o, key, -1);

    return v > 0 && v < 1e12 ? (int64_t)v : 0;
}

int resized_parse(struct resized *r, const char *text, size_t len)
{
    struct json_doc *doc = NULL;
    const struct json *o;
    struct msg err;
    int rc = json_parse(&doc, "the record", text, len, NULL, NULL, &err);

    *r = (struct resized){ .from_mib = 0 };
    if (!rc)
        rc = json_check_format(doc, "the record", "rackhop-resized/1", &err);
    if (!rc) {
        o = json_root(doc);
        r->from_mib = resized_mib(o, "from_mib");
        r->to_mib = resized_mib(o, "to_mib");
        r->at_s = json_get_num(o, "at_s", 0);
        if (json_copy_str(o, "domain", r->uuid, sizeof r->uuid) ||
            json_copy_str(o, "name", r->name, sizeof r->name) ||
            json_copy_str(o, "by", r->by, sizeof r->by) || !r->from_mib ||
            !r->to_mib)
            rc = -EINVAL;
    }
    json_free(doc);
    return rc;
}
