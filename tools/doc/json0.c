/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads lldpcli's json0, in which every member is an array and every value a
 * string. lldpd writes what neighbours send as it came, so strings may hold
 * control bytes, invalid UTF-8, escapes that JSON does not know, and quotes.
 */
#include "tools/doc/json0.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/json.h"
#include "tools/base/text.h"
#include "tools/base/msg.h"

/* --- repair -------------------------------------------------------------------- */

struct repair {
    const char *p, *end;
    char *out;
    size_t n;
};

static void put(struct repair *r, const char *s, size_t n)
{
    memcpy(r->out + r->n, s, n);
    r->n += n;
}

/* Whether a quote ends a string: JSON's punctuation must follow it. */
static bool ends_string(const struct repair *r)
{
    const char *p = r->p + 1;

    while (p < r->end && isspace((unsigned char)*p))
        p++;
    return p == r->end || strchr(",:]}", *p);
}

static void escape(struct repair *r)
{
    size_t left = (size_t)(r->end - r->p);

    if (left > 1 && r->p[1] && strchr("\"\\/bfnrt", r->p[1])) {
        put(r, r->p, 2);
        r->p += 2;
    } else if (left > 5 && r->p[1] == 'u' &&
               isxdigit((unsigned char)r->p[2]) &&
               isxdigit((unsigned char)r->p[3]) &&
               isxdigit((unsigned char)r->p[4]) &&
               isxdigit((unsigned char)r->p[5])) {
        put(r, r->p, 6);
        r->p += 6;
    } else {
        put(r, "\\\\", 2);
        r->p++;
    }
}

/* Copies and repairs a string, from after the opening quote to after the
 * closing one. Bytes that are not UTF-8 have been replaced before. */
static void string(struct repair *r)
{
    while (r->p < r->end) {
        if (*r->p == '\\') {
            escape(r);
        } else if (*r->p == '"') {
            if (ends_string(r)) {
                put(r, r->p++, 1);
                return;
            }
            put(r, "\\\"", 2);
            r->p++;
        } else if ((unsigned char)*r->p < 0x20) {
            /* no line feed is added or lost: line numbers stay right */
            put(r, *r->p == '\n' ? "\\n" : "?", *r->p == '\n' ? 2 : 1);
            r->p++;
        } else {
            put(r, r->p++, 1);
        }
    }
}

/* Repairs a text; the result is at most twice as long, and *out is the
 * caller's. */
static char *repair(const char *text, size_t len, size_t *n_r)
{
    struct repair r = { .p = text, .end = text + len };

    r.out = malloc(2 * len + 1);
    if (!r.out)
        return NULL;
    while (r.p < r.end) {
        bool quote = *r.p == '"';
        bool known =
            (unsigned char)*r.p >= 0x20 || isspace((unsigned char)*r.p);

        put(&r, known ? r.p : " ", 1);
        r.p++;
        if (quote)
            string(&r);
    }
    *n_r = r.n;
    return r.out;
}

/* Invalid UTF-8 becomes '?', byte for byte; the rest stays. */
static char *only_utf8(const char *text, size_t len)
{
    char *out = malloc(len + 1);
    size_t i = 0;

    if (!out)
        return NULL;
    memcpy(out, text, len);
    while (i < len) {
        size_t n = text_char((const unsigned char *)out + i, len - i);

        if (!n)
            out[i] = '?';
        i += n ? n : 1;
    }
    return out;
}

/* --- the tree -------------------------------------------------------------------- */

/* json0 puts every value into an array; its first element is returned. */
static const struct json *first(const struct json *obj, const char *key)
{
    const struct json *v = json_get(obj, key);

    return v && v->type == JSON_ARR ? v->child : v;
}

static const struct json *value(const struct json *obj, const char *key)
{
    const struct json *v = first(obj, key);

    if (v && v->type == JSON_OBJ)
        v = json_get(v, "value");
    return v && v->type == JSON_STR ? v : NULL;
}

static int64_t whole(const struct json *obj, const char *key)
{
    const struct json *v = value(obj, key);
    char *end;
    long long x;

    if (!v)
        return TOPO_UNKNOWN;
    x = strtoll(v->str, &end, 10);
    return *end || end == v->str || x < 0 ? TOPO_UNKNOWN : x;
}

/* Reads a duration, "3 days, 04:05:06". */
static int64_t age(const char *s)
{
    long long days, h, m, sec;

    if (!s ||
        sscanf(s, "%9lld day%*[s,] %9lld:%9lld:%9lld", &days, &h, &m, &sec) !=
            4 ||
        days < 0 || h < 0 || m < 0 || sec < 0)
        return TOPO_UNKNOWN;
    return ((days * 24 + h) * 60 + m) * 60 + sec;
}

static void set(struct topo_view *v, char **dst, const struct json *s)
{
    if (s)
        topo_text(v, dst, s->str, s->len);
}

static void set_id(struct topo_view *v, struct topo_id *dst,
                   const struct json *of)
{
    const struct json *id = first(of, "id"), *s = json_get(id, "value");

    if (s && s->type == JSON_STR)
        topo_id_text(v, dst, json_get_str(id, "type", ""), s->str, s->len);
}

static void capabilities(struct topo_neighbor *n, const struct json *chassis)
{
    JSON_FOREACH(c, json_get(chassis, "capability")) {
        const char *type = json_get_str(c, "type", "");
        int on = json_get_bool(c, "enabled", false);

        if (!strcmp(type, "Bridge"))
            n->bridge = on;
        if (!strcmp(type, "Router"))
            n->router = on;
    }
    /* some capabilities were listed, so those that are not are off */
    if (n->bridge == TOPO_UNKNOWN && n->router != TOPO_UNKNOWN)
        n->bridge = 0;
    if (n->router == TOPO_UNKNOWN && n->bridge != TOPO_UNKNOWN)
        n->router = 0;
}

static void interface(struct topo_view *v, const struct json *i)
{
    const struct json *name = json_get(i, "name"),
                      *chassis = first(i, "chassis"), *port = first(i, "port");
    struct topo_neighbor *n;

    if (!name || name->type != JSON_STR || (!chassis && !port))
        return;
    n = topo_view_neighbor(v, name->str, name->len);
    if (!n)
        return;
    topo_str(v, &n->protocol, json_get_str(i, "via", "LLDP"));
    n->age_s = age(json_get_str(i, "age", NULL));
    set_id(v, &n->chassis, chassis);
    set_id(v, &n->port_id, port);
    set(v, &n->sysname, value(chassis, "name"));
    set(v, &n->port_descr, value(port, "descr"));
    JSON_FOREACH(m, json_get(chassis, "mgmt-ip")) {
        const struct json *a = json_get(m, "value");

        if (a && a->type == JSON_STR)
            topo_view_add_mgmt(v, n, a->str, a->len);
    }
    n->ttl_s = whole(port, "ttl");
    n->mfs = whole(port, "mfs");
    n->aggregation = whole(port, "aggregation");
    capabilities(n, chassis);
}

static int walk(struct topo_view *v, const char *name, const struct json *root,
                struct msg *err)
{
    const struct json *lldp = json_get(root, "lldp");

    if (!lldp || lldp->type != JSON_ARR) {
        msg_set(err,
                "%s: it has no array \"lldp\"; it should come from `lldpcli "
                "-f json0 show neighbors details`",
                name);
        return -EINVAL;
    }
    JSON_FOREACH(l, lldp) {
        JSON_FOREACH(i, json_get(l, "interface")) {
            interface(v, i);
        }
    }
    v->has_table = true;
    return 0;
}

/* Repairs a text and parses it. */
static int load(struct json_doc **doc_r, const char *name, const void *text,
                size_t len, struct msg *err)
{
    static const struct json_limits limits = {
        .bytes = 16u << 20, .depth = 32, .values = 1000000, .string = 64 << 10
    };
    char *clean = only_utf8(text, len), *fixed = NULL;
    size_t n;
    int rc = -ENOMEM;

    if (clean)
        fixed = repair(clean, len, &n);
    free(clean);
    if (fixed)
        rc = json_parse(doc_r, name, fixed, n, NULL, &limits, err);
    else
        msg_set(err, "%s: out of memory", name);
    free(fixed);
    return rc;
}

int json0_parse(struct topo_view *v, const char *name, const void *text,
                size_t len, struct msg *err)
{
    struct json_doc *doc = NULL;
    int rc = load(&doc, name, text, len, err);

    if (rc)
        return rc;
    rc = walk(v, name, json_root(doc), err);
    if (!rc && topo_view_check(v)) {
        msg_set(err, "%s: out of memory", name);
        rc = -ENOMEM;
    }
    json_free(doc);
    return rc;
}

int json0_parse_chassis(struct topo_view *v, const char *name,
                        const void *text, size_t len, struct msg *err)
{
    struct json_doc *doc = NULL;
    const struct json *c;
    int rc = load(&doc, name, text, len, err);

    if (rc)
        return rc;
    c = first(first(json_root(doc), "local-chassis"), "chassis");
    set_id(v, &v->chassis, c);
    set(v, &v->sysname, value(c, "name"));
    if (!v->mgmt)
        set(v, &v->mgmt, value(c, "mgmt-ip"));
    if (!v->chassis.value) {
        msg_set(err, "%s: lldpcli reported no chassis id", name);
        rc = -EINVAL;
    }
    json_free(doc);
    return rc;
}
