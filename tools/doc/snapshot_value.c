/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads the members of a snapshot's elements, one function a type. A member
 * that is wrong is reported, with the host or domain, the field and the
 * reason, and reading goes on.
 */
#include "tools/doc/snapshot_impl.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/text.h"
#include "tools/doc/xsave.h"

void snap_told(void *arg, const char *text)
{
    struct snap_reader *r = arg;
    char shown[1024];

    r->told++;
    if (r->p && r->p->tell)
        r->p->tell(r->p->arg,
                   text_printable(shown, sizeof shown, text, strlen(text)));
}

void snap_tell(struct snap_reader *r, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    int n = snprintf(text, sizeof text, "%s: ", r->what);

    if (r->of_hosts) {
        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        r->told++;
        if (!*r->fault)
            text_printable(r->fault, sizeof r->fault, text, strlen(text));
        return;
    }
    va_start(ap, fmt);
    vsnprintf(text + n, sizeof text - (size_t)n, fmt, ap);
    va_end(ap);
    snap_told(r, text);
}

bool snap_is_text(const struct json *v)
{
    return v->type == JSON_STR && strlen(v->str) == v->len;
}

/* NULL: absent or null, or wrong and reported. */
const char *snap_text(struct snap_reader *r, const struct json *v,
                      const char *key, bool needed)
{
    if (!v || v->type == JSON_NULL) {
        if (needed)
            snap_tell(r, "%s is missing", key);
        return NULL;
    }
    if (!snap_is_text(v) || (needed && !v->len)) {
        snap_tell(r, "%s is %s, not a text", key,
                  v->type == JSON_STR ? "empty or has a NUL"
                                      : json_type_name(v->type));
        return NULL;
    }
    return v->str;
}

/* dflt when absent or null; a NaN default: it has to be there */
double snap_number(struct snap_reader *r, const struct json *v,
                   const char *key, double max, double dflt)
{
    bool needed = isnan(dflt);

    if (!v || v->type == JSON_NULL) {
        if (needed)
            snap_tell(r, "%s is missing", key);
        return needed ? 0 : dflt;
    }
    if (v->type != JSON_INT && v->type != JSON_NUM) {
        snap_tell(r, "%s is %s, not a number", key, json_type_name(v->type));
        return needed ? 0 : dflt;
    }
    if (v->num < 0 || v->num > max) {
        snap_tell(r, "%s is %g, not within 0 and %g", key, v->num, max);
        return needed ? 0 : dflt;
    }
    return v->num;
}

int64_t snap_whole(struct snap_reader *r, const struct json *v,
                   const char *key, int64_t max)
{
    double x = snap_number(r, v, key, (double)max, NAN);

    if (x != floor(x))
        snap_tell(r, "%s is %g, not a whole number", key, x);
    return (int64_t)x;
}

static bool words_reserve(struct snap_list *w, size_t n)
{
    const char **bigger;

    if (n <= w->cap)
        return true;
    bigger = realloc(w->s, n * sizeof *w->s);
    if (!bigger)
        return false;
    w->s = bigger;
    w->cap = n;
    return true;
}

int snap_words(struct snap_reader *r, const struct json *v, const char *key,
               struct snap_list *w, struct plan_words *out)
{
    *out = (struct plan_words){ .known = false };
    if (!v || v->type == JSON_NULL)
        return 0;
    if (v->type != JSON_ARR) {
        snap_tell(r, "%s is %s, not an array", key, json_type_name(v->type));
        return 0;
    }
    if (!words_reserve(w, v->len + 1))
        return -ENOMEM;
    out->known = true;
    JSON_FOREACH(e, v) {
        if (snap_is_text(e))
            w->s[out->n++] = e->str;
        else
            snap_tell(r, "%s has %s in it, not a text", key,
                      json_type_name(e->type));
    }
    out->s = w->s;
    return 0;
}

static const char *snap_member(struct snap_reader *r, const struct json *obj,
                               const char *outer, const char *key)
{
    const struct json *v = json_get(obj, key);
    char name[64];

    snprintf(name, sizeof name, "%s.%s", outer, key);
    return snap_text(r, v, name, false);
}

void snap_features(struct snap_reader *r, const struct json *v,
                   const char *key, const char **pv, const char **hvm)
{
    if (!v || v->type == JSON_NULL)
        return;
    if (v->type != JSON_OBJ) {
        snap_tell(r, "%s is %s, not an object", key, json_type_name(v->type));
        return;
    }
    *pv = snap_member(r, v, key, "pv");
    *hvm = snap_member(r, v, key, "hvm");
}

bool snap_begin(struct snap_reader *r, const char *kind, uint32_t index,
                const struct json *v, const char **name)
{
    const struct json *named;

    r->fault[0] = '\0';
    snprintf(r->what, sizeof r->what, "%s %u of the list", kind, index + 1);
    if (v->type != JSON_OBJ) {
        snap_tell(r, "is %s, not an object", json_type_name(v->type));
        return false;
    }
    named = json_get(v, "name");
    if (r->of_hosts && !named) /* a domain may have lost its name */
        named = json_get(v, "uuid");
    *name = snap_text(r, named, "name", true);
    if (*name)
        snprintf(r->what, sizeof r->what, "%s %s", kind, *name);
    return *name;
}

int snap_leave_out(struct snap_reader *r, const char *host)
{
    char text[800];
    const struct plan_note n = { .host = host, .text = text };

    if (!r->of_hosts)
        return 0;
    snprintf(text, sizeof text, "%s%s%s is left out: %s", r->what,
             host && strncmp(r->what, "host ", 5) ? " on " : "",
             host && strncmp(r->what, "host ", 5) ? host : "", r->fault);
    return plan_add_note(r->s->cluster, &n);
}

struct plan_xsave snap_xsave(const struct json *v)
{
    struct plan_xsave x = { .known = false };

    x.known = xsave_get(v, &x.xcr0, &x.bytes);
    return x;
}
