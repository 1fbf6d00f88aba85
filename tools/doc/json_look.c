/* SPDX-License-Identifier: LGPL-2.1-only */
/* Looks up members in a tree of JSON, and the format that it names. */
#include "tools/doc/json.h"

#include <errno.h>
#include <string.h>

#include "tools/base/msg.h"
#include "tools/base/text.h"

const struct json *json_get(const struct json *obj, const char *key)
{
    if (!obj || obj->type != JSON_OBJ)
        return NULL;
    JSON_FOREACH(v, obj) {
        if (!strcmp(v->key, key))
            return v;
    }
    return NULL;
}

const char *json_get_str(const struct json *obj, const char *key,
                         const char *dflt)
{
    const struct json *v = json_get(obj, key);

    return v && v->type == JSON_STR ? v->str : dflt;
}

double json_get_num(const struct json *obj, const char *key, double dflt)
{
    const struct json *v = json_get(obj, key);

    return v && (v->type == JSON_INT || v->type == JSON_NUM) ? v->num : dflt;
}

bool json_get_bool(const struct json *obj, const char *key, bool dflt)
{
    const struct json *v = json_get(obj, key);

    return v && v->type == JSON_BOOL ? v->flag : dflt;
}

int json_copy_str(const struct json *obj, const char *key, char *to,
                  size_t size)
{
    const struct json *v = json_get(obj, key);

    if (!v)
        return 0;
    if (v->type != JSON_STR || v->len >= size || strlen(v->str) != v->len)
        return -EINVAL;
    memcpy(to, v->str, v->len + 1);
    return 0;
}

int json_copy_int(const struct json *obj, const char *key, int64_t min,
                  int64_t max, int64_t dflt, int64_t *to)
{
    const struct json *v = json_get(obj, key);

    *to = dflt;
    if (!v || v->type == JSON_NULL)
        return 0;
    if (v->type != JSON_INT || v->num_int < min || v->num_int > max)
        return -EINVAL;
    *to = v->num_int;
    return 0;
}

const char *json_type_name(enum json_type t)
{
    switch (t) {
    case JSON_NULL: return "null";
    case JSON_BOOL: return "a truth value";
    case JSON_INT: return "a whole number";
    case JSON_NUM: return "a number";
    case JSON_STR: return "a string";
    case JSON_ARR: return "an array";
    case JSON_OBJ: return "an object";
    }
    return "?";
}

int json_check_format(const struct json_doc *doc, const char *name,
                      const char *format, struct msg *err)
{
    const char *is = json_get_str(json_root(doc), "format", NULL);
    char shown[64];

    if (is && !strcmp(is, format))
        return 0;
    if (is)
        msg_set(err, "%s: its format is %s, wanted is %s", name,
                text_printable(shown, sizeof shown, is, strlen(is)), format);
    else
        msg_set(err, "%s: has no \"format\", wanted is %s", name, format);
    return -EINVAL;
}
