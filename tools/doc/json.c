/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Parses JSON from outside, within limits. yajl does the lexing, the escapes
 * and the UTF-8 check; this file builds the tree, keeps the limits and hands
 * out split arrays.
 *
 * A split array's element is built on a pool of its own, which is emptied, not
 * freed, before the next one.
 */
#include "tools/doc/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "tools/doc/json_scan.h"
#include "tools/doc/pool.h"
#include "tools/base/text.h"
#include "tools/base/msg.h"

enum { MAX_DEPTH = 128 };

struct json_doc {
    struct pool pool;
    struct json *root;
};

/* --- reading -------------------------------------------------------------- */

struct level {
    struct json *container;
    struct json *last;              /* its newest member */
    const char *key;                /* of the member to come */
    const struct json_split *split; /* this array's elements go there */
    bool counted;                   /* each object in it raises the limits */
    size_t path_len;                /* of the container's path */
};

struct reader {
    struct json_doc *doc;
    struct pool item;                         /* elements of a split array */
    const struct json_split *splits, *inside; /* inside: an element of it */
    unsigned inside_depth;
    struct level level[MAX_DEPTH];
    unsigned depth;
    struct json_limits most;
    size_t values, each; /* what counts against `most` */
    size_t line;
    const unsigned char *text;
    size_t seen; /* bytes of text whose line feeds `line` has counted */
    yajl_handle y;
    char path[256];
    int rc;
    struct msg *err;
    const char *name;
};

static const char json_too_many[] = "too many values";

static int reader_fail(struct reader *r, int rc, const char *why)
{
    if (!r->rc) {
        r->rc = rc;
        msg_set(r->err, "%s:%zu: %s", r->name, r->line, why);
    }
    return 0; /* cancels yajl */
}

static void count_lines(struct reader *r, size_t upto)
{
    const unsigned char *p = r->text + r->seen, *end = r->text + upto;

    if (upto <= r->seen)
        return;
    while ((p = memchr(p, '\n', (size_t)(end - p)))) {
        r->line++;
        p++;
    }
    r->seen = upto;
}

static struct pool *reader_pool(struct reader *r)
{
    return r->inside ? &r->item : &r->doc->pool;
}

static const char *copy_bytes(struct reader *r, const unsigned char *s,
                              size_t len)
{
    char *c = pool_alloc(reader_pool(r), len + 1);

    if (!c)
        return NULL;
    if (len)
        memcpy(c, s, len);
    c[len] = '\0';
    return c;
}

/* Starts the next element of a split array: what is made from now on is part
 * of it. */
static void enter_item(struct reader *r)
{
    struct level *l = r->depth ? &r->level[r->depth - 1] : NULL;

    if (!r->inside && l && l->split) {
        r->inside = l->split;
        r->inside_depth = r->depth;
        pool_empty(&r->item);
        r->values = 0;
    }
}

static bool within_limits(struct reader *r)
{
    const struct json_limits *m = &r->most;

    if (++r->values > m->values + r->each * m->each_values)
        return reader_fail(r, -E2BIG, json_too_many);
    if (r->seen > m->bytes + r->each * m->each_bytes)
        return reader_fail(r, -E2BIG, "too many bytes for what it lists");
    return true;
}

static struct json *add(struct reader *r, enum json_type type)
{
    struct level *l = r->depth ? &r->level[r->depth - 1] : NULL;
    struct json *v;

    enter_item(r);
    count_lines(r, yajl_get_bytes_consumed(r->y));
    if (!within_limits(r))
        return NULL;
    v = pool_alloc(reader_pool(r), sizeof *v);
    if (!v) {
        reader_fail(r, -ENOMEM, "out of memory");
        return NULL;
    }
    memset(v, 0, sizeof *v);
    v->type = type;
    v->line = (uint32_t)r->line;
    if (!l) {
        r->doc->root = v;
        return v;
    }
    if (l->container->len == UINT32_MAX) {
        reader_fail(r, -E2BIG, "too many members");
        return NULL;
    }
    l->container->len++;
    v->key = l->key;
    l->key = NULL;
    if (l->split)
        return v; /* it is kept out of the tree */
    if (l->last)
        l->last->next = v;
    else
        l->container->child = v;
    l->last = v;
    return v;
}

/* A value is complete: if it was an element of a split array, hand it out. */
static int done(struct reader *r, struct json *v)
{
    if (!v)
        return 0;
    if (r->inside && r->depth == r->inside_depth) {
        const struct json_split *s = r->inside;
        uint32_t index = r->level[r->depth - 1].container->len - 1;
        struct msg why = { "refused" };
        int rc = s->item(s->arg, index, v, &why);

        r->inside = NULL;
        if (rc < 0)
            return reader_fail(r, rc, why.text);
    }
    return 1;
}

static const struct json_split *find_split(struct reader *r)
{
    if (r->inside)
        return NULL;
    for (const struct json_split *s = r->splits; s && s->path; s++)
        if (!strcmp(s->path, r->path))
            return s;
    return NULL;
}

static int open_level(struct reader *r, enum json_type type)
{
    struct level *up = r->depth ? &r->level[r->depth - 1] : NULL;
    size_t before = strlen(r->path);
    const char *key = up ? up->key : NULL;
    struct json *v;

    if (r->depth == r->most.depth)
        return reader_fail(r, -E2BIG, "nested too deeply");
    /* a path longer than the buffer matches no split, so it may be cut */
    if (!r->inside && up)
        snprintf(r->path + before, sizeof r->path - before, "%s%s",
                 before ? "." : "", key ? key : "[]");
    if (up && up->counted && type == JSON_OBJ && r->each < r->most.each_most)
        r->each++;
    v = add(r, type);
    if (!v)
        return 0;
    r->level[r->depth++] = (struct level){
        .container = v,
        .split = type == JSON_ARR ? find_split(r) : NULL,
        .path_len = before,
        .counted = type == JSON_ARR && !r->inside && r->most.each &&
                   !strcmp(r->most.each, r->path),
    };
    return 1;
}

static int close_level(struct reader *r)
{
    struct level *l = &r->level[--r->depth];

    if (!r->inside)
        r->path[l->path_len] = '\0';
    return done(r, l->container);
}

static int on_null(void *ctx)
{
    return done(ctx, add(ctx, JSON_NULL));
}

static int on_bool(void *ctx, int b)
{
    struct json *v = add(ctx, JSON_BOOL);

    if (v)
        v->flag = b;
    return done(ctx, v);
}

/* Reads the digits of a whole number that fits by far, as most do. */
static bool read_digits(const char *s, size_t len, int64_t *n)
{
    int64_t x = 0;

    if (!len || len > 15)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        x = x * 10 + (s[i] - '0');
    }
    *n = x;
    return true;
}

static int on_number(void *ctx, const char *s, size_t len)
{
    struct reader *r = ctx;
    char buf[64], *end;
    struct json *v = add(r, JSON_NUM);

    if (!v)
        return 0;
    if (read_digits(s, len, &v->num_int)) {
        v->type = JSON_INT;
        v->num = (double)v->num_int;
        return done(r, v);
    }
    if (len >= sizeof buf)
        return reader_fail(r, -EINVAL, "a number of over 63 digits");
    memcpy(buf, s, len);
    buf[len] = '\0';
    errno = 0;
    v->num = strtod(buf, NULL);
    if (!isfinite(v->num))
        return reader_fail(r, -EINVAL, "a number out of range");
    if (!strpbrk(buf, ".eE")) {
        errno = 0;
        v->num_int = strtoll(buf, &end, 10);
        if (!errno && !*end)
            v->type = JSON_INT;
    }
    return done(r, v);
}

/* yajl takes characters that are written longer than they need to be, which
 * would not come out as they went in. */
static bool is_utf8(const unsigned char *s, size_t len)
{
    for (size_t at = 0, n; at < len; at += n) {
        n = s[at] < 0x80 ? 1 : text_char(s + at, len - at);
        if (!n)
            return false;
    }
    return true;
}

static int on_string(void *ctx, const unsigned char *s, size_t len)
{
    struct reader *r = ctx;
    struct json *v = add(r, JSON_STR);

    if (!v)
        return 0;
    if (!is_utf8(s, len))
        return reader_fail(r, -EINVAL, "invalid bytes in UTF8 string.");
    if (r->most.string && len > r->most.string)
        return reader_fail(r, -E2BIG, "a text that is too long");
    v->str = copy_bytes(r, s, len);
    if (!v->str)
        return reader_fail(r, -ENOMEM, "out of memory");
    v->len = (uint32_t)len;
    return done(r, v);
}

static int on_key(void *ctx, const unsigned char *s, size_t len)
{
    struct reader *r = ctx;
    struct level *l = &r->level[r->depth - 1];

    if (r->most.string && len > r->most.string)
        return reader_fail(r, -E2BIG, "a name that is too long");
    if (!is_utf8(s, len))
        return reader_fail(r, -EINVAL, "invalid bytes in UTF8 string.");
    if (memchr(s, 0, len))
        return reader_fail(r, -EINVAL, "a NUL in the name of a member");
    l->key = copy_bytes(r, s, len);
    if (!l->key)
        return reader_fail(r, -ENOMEM, "out of memory");
    return 1;
}

static int on_start_map(void *ctx)
{
    return open_level(ctx, JSON_OBJ);
}
static int on_start_array(void *ctx)
{
    return open_level(ctx, JSON_ARR);
}
static int on_end(void *ctx)
{
    return close_level(ctx);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

/* yajl's message, without the excerpt of the text that follows it */
static void yajl_reason(struct reader *r, size_t consumed)
{
    unsigned char *why = yajl_get_error(r->y, 0, NULL, 0);
    char line[160];

    count_lines(r, consumed);
    snprintf(line, sizeof line, "%s", why ? (char *)why : "malformed");
    line[strcspn(line, "\n")] = '\0';
    reader_fail(r, -EINVAL, line);
    yajl_free_error(r->y, why);
}

/* With the defaults in the place of zeros. */
static struct json_limits limits_of(const struct json_limits *given)
{
    struct json_limits m = given ? *given : (struct json_limits){ .bytes = 0 };

    if (!m.bytes)
        m.bytes = (size_t)1 << 30;
    if (!m.depth)
        m.depth = 64;
    if (m.depth > MAX_DEPTH)
        m.depth = MAX_DEPTH;
    if (!m.values)
        m.values = 64000000;
    return m;
}

size_t json_most_bytes(const struct json_limits *limits)
{
    const struct json_limits m = limits_of(limits);

    return m.bytes + m.each_most * m.each_bytes;
}

/* What is over the limits however many objects it lists is refused before it
 * takes memory. The elements of a split array do not add up. */
static bool reader_refuses(struct reader *r, const struct json_limits *m,
                           const char *text, size_t len)
{
    if (r->splits || !json_text_has_over(
                         text, len, m->values + m->each_most * m->each_values))
        return false;
    reader_fail(r, -E2BIG, json_too_many);
    return true;
}

int json_parse(struct json_doc **doc_r, const char *name, const void *text,
               size_t len, const struct json_split *splits,
               const struct json_limits *limits, struct msg *err)
{
    struct reader reader = { .splits = splits,
                             .line = 1,
                             .text = text,
                             .err = err,
                             .name = name },
                  *r = &reader;
    yajl_status st;
    int rc;

    *doc_r = NULL;
    if (len > json_most_bytes(limits)) {
        msg_set(err, "%s: %zu bytes are too many", name, len);
        return -E2BIG;
    }
    r->doc = calloc(1, sizeof *r->doc);
    if (!r->doc)
        goto oom;
    r->most = limits_of(limits);
    rc = -E2BIG;
    if (reader_refuses(r, &r->most, text, len))
        goto out;
    r->y = yajl_alloc(&callbacks, NULL, r);
    if (!r->y)
        goto oom;
    st = len ? yajl_parse(r->y, text, len) : yajl_status_ok;
    if (st == yajl_status_error) {
        yajl_reason(r, yajl_get_bytes_consumed(r->y));
    } else if (st == yajl_status_ok) {
        /* yajl adds a blank here: its count of bytes is not about the text */
        st = yajl_complete_parse(r->y);
        if (st == yajl_status_error)
            yajl_reason(r, len);
    }
    if (!r->rc && (st != yajl_status_ok || !r->doc->root))
        reader_fail(r, -EINVAL, "no JSON value");
    rc = r->rc;
    if (!rc) {
        *doc_r = r->doc;
        r->doc = NULL;
    }
out:
    if (r->y)
        yajl_free(r->y);
    pool_free(&r->item);
    json_free(r->doc);
    return rc;
oom:
    msg_set(err, "%s: out of memory", name);
    rc = -ENOMEM;
    goto out;
}

const struct json *json_root(const struct json_doc *doc)
{
    return doc->root;
}

void json_free(struct json_doc *doc)
{
    if (!doc)
        return;
    pool_free(&doc->pool);
    free(doc);
}
