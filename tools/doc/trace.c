/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads rackhop-trace/1: the document as a whole, and single members. */
#include "tools/doc/trace.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/text.h"
#include "tools/doc/trace_impl.h"

static const double STEP_MAX = 7 * 86400;

void trace_begin(struct trace_reader *r, const char *list, uint32_t index,
                 struct msg *err)
{
    snprintf(r->place, sizeof r->place, "%s[%u]", list, index);
    r->element = true;
    r->err = err;
}

int trace_wrong(struct trace_reader *r, const struct json *v, const char *key,
                const char *fmt, ...)
{
    char reason[400], shown[600];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(reason, sizeof reason, fmt, ap);
    va_end(ap);
    text_printable(shown, sizeof shown, reason, strlen(reason));
    msg_set(r->err, "%s%s%s: %s", r->place, *r->place && key ? "." : "",
            key ? key : "", shown);
    if (!r->element)
        msg_set(r->err, "%s:%u: %s", r->name, v ? v->line : 1, r->err->text);
    return -EINVAL;
}

int trace_number(struct trace_reader *r, const struct json *obj,
                 const char *key, double min, double max, double dflt,
                 double *to)
{
    const struct json *v = json_get(obj, key);

    *to = dflt;
    if (!v || v->type == JSON_NULL)
        return isnan(dflt) ? trace_wrong(r, obj, key, "is missing") : 0;
    if (v->type != JSON_INT && v->type != JSON_NUM)
        return trace_wrong(r, v, key, "is %s, not a number",
                           json_type_name(v->type));
    if (!(v->num >= min && v->num <= max))
        return trace_wrong(r, v, key, "is %g, not within %g and %g", v->num,
                           min, max);
    *to = v->num;
    return 0;
}

int trace_whole(struct trace_reader *r, const struct json *obj,
                const char *key, double max, double dflt, int64_t *to)
{
    double x;
    int rc = trace_number(r, obj, key, 0, max, dflt, &x);

    if (!rc && x != floor(x))
        rc = trace_wrong(r, obj, key, "is %g, not a whole number", x);
    if (!rc)
        *to = (int64_t)x;
    return rc;
}

int trace_name(struct trace_reader *r, const struct json *obj, const char **to)
{
    const struct json *v = json_get(obj, "name");

    if (!v || v->type != JSON_STR || !v->len || strlen(v->str) != v->len)
        return trace_wrong(r, v ? v : obj, "name",
                           "has to be a text that is not empty");
    if (v->len > TRACE_NAME)
        return trace_wrong(r, v, "name", "is longer than %d bytes",
                           TRACE_NAME);
    *to = v->str;
    return 0;
}

/* --- the document ----------------------------------------------------------- */

static int trace_head(struct trace_reader *r, const struct json *root)
{
    const char *name;
    int64_t steps = 0;
    int rc;

    *r->place = '\0';
    rc = trace_name(r, root, &name);
    if (!rc)
        rc = trace_number(r, root, "step_s", 1, STEP_MAX, NAN, &r->t->step_s);
    if (!rc)
        rc = trace_whole(r, root, "steps", TRACE_STEPS, NAN, &steps);
    if (rc)
        return rc;
    if (!steps)
        return trace_wrong(r, json_get(root, "steps"), "steps", "is 0");
    r->t->steps = (uint32_t)steps;
    r->t->name = strdup(name);
    return r->t->name ? 0 : -ENOMEM;
}

static int trace_whole_of(struct trace_reader *r, const struct json *root)
{
    struct replay_trace *t = r->t;
    int rc = trace_head(r, root);

    if (rc)
        return rc;
    if (!t->hosts)
        return trace_wrong(r, root, "hosts", "there is none");
    if (t->guests && r->loads != t->steps)
        return trace_wrong(r, json_get(root, "steps"), "steps",
                           "is %u, but guests have loads of %u steps",
                           t->steps, r->loads);
    return trace_names(r);
}

static int trace_finish(struct trace_reader *r, struct json_doc *doc, int rc)
{
    if (!rc)
        rc = json_check_format(doc, r->name, "rackhop-trace/1", r->err);
    if (!rc)
        rc = trace_whole_of(r, json_root(doc));
    if (rc == -ENOMEM)
        msg_set(r->err, "%s: out of memory", r->name);
    for (uint32_t g = 0; r->wants && g < r->t->guests; g++)
        free(r->wants[g]);
    free(r->wants);
    if (rc)
        replay_trace_dispose(r->t);
    json_free(doc);
    return rc;
}

int trace_parse(struct replay_trace *t, const char *name, const void *text,
                size_t len, struct msg *err)
{
    struct trace_reader r = { .t = t, .name = name, .err = err };
    const struct json_split splits[] = { { "hosts", trace_host, &r },
                                         { "guests", trace_guest, &r },
                                         { NULL, NULL, NULL } };
    /* what is kept in the tree is one guest with its loads */
    const struct json_limits limits = { .depth = 8,
                                        .values = 2 * TRACE_STEPS };
    struct json_doc *doc = NULL;
    int rc;

    *t = (struct replay_trace){ .name = NULL };
    rc = json_parse(&doc, name, text, len, splits, &limits, err);
    r.err = err;
    r.element = false;
    return trace_finish(&r, doc, rc);
}

int trace_load(struct replay_trace *t, const char *path, struct msg *err)
{
    const char *name;
    char *text;
    size_t len;
    int rc;

    *t = (struct replay_trace){ .name = NULL };
    rc = json_file_text(path, (size_t)1 << 30, &name, &text, &len, err);
    if (rc)
        return rc;
    rc = trace_parse(t, name, text, len, err);
    free(text);
    return rc;
}
