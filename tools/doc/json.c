/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * JSON in and out. yajl does the lexing, the escapes and the UTF-8 check;
 * this file builds the tree, keeps the limits and hands out split arrays.
 *
 * Values and strings come from chunks that are freed all at once. A split
 * array's element is built on chunks of its own, which are emptied, not freed,
 * before the next one.
 */
#include "tools/doc/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

enum { MAX_DEPTH = 128, CHUNK = 256 * 1024 };

/* --- memory -------------------------------------------------------------- */

struct chunk {
    struct chunk *next;
    size_t size, used;
    char bytes[];
};

struct pool {
    struct chunk *first, *cur;
};

static void *pool_alloc(struct pool *p, size_t n)
{
    n = (n + 15) & ~(size_t)15;
    while (p->cur && p->cur->size - p->cur->used < n && p->cur->next) {
        p->cur = p->cur->next;
        p->cur->used = 0;
    }
    if (!p->cur || p->cur->size - p->cur->used < n) {
        size_t size = n > CHUNK ? n : CHUNK;
        struct chunk *c = malloc(sizeof *c + size);

        if (!c)
            return NULL;
        c->next = NULL;
        c->size = size;
        c->used = 0;
        if (p->cur)
            p->cur->next = c;
        else
            p->first = c;
        p->cur = c;
    }
    void *r = p->cur->bytes + p->cur->used;
    p->cur->used += n;
    return r;
}

static void pool_empty(struct pool *p)
{
    p->cur = p->first;
    if (p->cur)
        p->cur->used = 0;
}

static void pool_free(struct pool *p)
{
    struct chunk *c = p->first;

    while (c) {
        struct chunk *next = c->next;

        free(c);
        c = next;
    }
    p->first = p->cur = NULL;
}

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
    size_t path_len;                /* of the container's path */
};

struct reader {
    struct json_doc *doc;
    struct pool item;                         /* elements of a split array */
    const struct json_split *splits, *inside; /* inside: an element of it */
    unsigned inside_depth;
    struct level level[MAX_DEPTH];
    unsigned depth, max_depth;
    size_t values, max_values;
    size_t line;
    const unsigned char *text;
    size_t seen; /* bytes of text whose line feeds are in `line` */
    yajl_handle y;
    char path[256];
    int rc;
    char *err;
    size_t errlen;
    const char *name;
};

static int reader_fail(struct reader *r, int rc, const char *why)
{
    if (!r->rc) {
        r->rc = rc;
        snprintf(r->err, r->errlen, "%s:%zu: %s", r->name, r->line, why);
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

/* The next element of a split array starts here: whatever it makes is its. */
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

static struct json *add(struct reader *r, enum json_type type)
{
    struct level *l = r->depth ? &r->level[r->depth - 1] : NULL;
    struct json *v;

    enter_item(r);
    count_lines(r, yajl_get_bytes_consumed(r->y));
    if (++r->values > r->max_values) {
        reader_fail(r, -E2BIG, "too many values");
        return NULL;
    }
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
        return v; /* stays out of the tree */
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
        char why[512] = "refused";
        int rc = s->item(s->arg, index, v, why, sizeof why);

        r->inside = NULL;
        if (rc < 0)
            return reader_fail(r, rc, why);
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

    if (r->depth == r->max_depth)
        return reader_fail(r, -E2BIG, "nested too deeply");
    /* a path longer than the buffer matches no split, so it may be cut */
    if (!r->inside && up)
        snprintf(r->path + before, sizeof r->path - before, "%s%s",
                 before ? "." : "", key ? key : "[]");
    v = add(r, type);
    if (!v)
        return 0;
    r->level[r->depth++] = (struct level){
        .container = v,
        .split = type == JSON_ARR ? find_split(r) : NULL,
        .path_len = before,
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

static int on_number(void *ctx, const char *s, size_t len)
{
    struct reader *r = ctx;
    char buf[64], *end;
    struct json *v = add(r, JSON_NUM);

    if (!v)
        return 0;
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

static int on_string(void *ctx, const unsigned char *s, size_t len)
{
    struct reader *r = ctx;
    struct json *v = add(r, JSON_STR);

    if (!v)
        return 0;
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

/* yajl's own words, without the excerpt that it draws under them */
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

int json_parse(struct json_doc **doc_r, const char *name, const void *text,
               size_t len, const struct json_split *splits,
               const struct json_limits *limits, char *err, size_t errlen)
{
    static const struct json_limits none;
    struct reader *r = NULL;
    yajl_status st;
    int rc;

    *doc_r = NULL;
    if (!limits)
        limits = &none;
    if (len > (limits->bytes ? limits->bytes : (size_t)1 << 30)) {
        snprintf(err, errlen, "%s: %zu bytes are too many", name, len);
        return -E2BIG;
    }
    r = calloc(1, sizeof *r);
    if (!r)
        goto oom;
    r->doc = calloc(1, sizeof *r->doc);
    if (!r->doc)
        goto oom;
    r->max_depth = limits->depth ? limits->depth : 64;
    if (r->max_depth > MAX_DEPTH)
        r->max_depth = MAX_DEPTH;
    r->max_values = limits->values ? limits->values : 64000000;
    r->splits = splits;
    r->line = 1;
    r->text = text;
    r->err = err;
    r->errlen = errlen;
    r->name = name;
    r->y = yajl_alloc(&callbacks, NULL, r);
    if (!r->y)
        goto oom;
    st = len ? yajl_parse(r->y, text, len) : yajl_status_ok;
    if (st == yajl_status_error)
        yajl_reason(r, yajl_get_bytes_consumed(r->y));
    if (st == yajl_status_ok) {
        st = yajl_complete_parse(r->y);
        /* what yajl counts now are bytes of its own, not of the text */
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
    if (r) {
        if (r->y)
            yajl_free(r->y);
        pool_free(&r->item);
        json_free(r->doc);
        free(r);
    }
    return rc;
oom:
    snprintf(err, errlen, "%s: out of memory", name);
    rc = -ENOMEM;
    goto out;
}

int json_load(struct json_doc **doc_r, const char *path,
              const struct json_split *splits,
              const struct json_limits *limits, char *err, size_t errlen)
{
    size_t max = limits && limits->bytes ? limits->bytes : (size_t)1 << 30;
    const char *name = strcmp(path, "-") ? path : "standard input";
    size_t len = 0, cap = 0, n;
    char *buf = NULL;
    FILE *f;
    int rc;

    *doc_r = NULL;
    f = strcmp(path, "-") ? fopen(path, "re") : stdin;
    if (!f) {
        rc = -errno;
        snprintf(err, errlen, "%s: %s", path, strerror(errno));
        return rc;
    }
    do {
        if (cap - len < 65536) {
            char *bigger;

            cap = cap ? cap * 2 : 1 << 20;
            bigger = realloc(buf, cap);
            if (!bigger) {
                rc = -ENOMEM;
                snprintf(err, errlen, "%s: out of memory", name);
                goto out;
            }
            buf = bigger;
        }
        n = fread(buf + len, 1, cap - len, f);
        len += n;
    } while (n && len <= max);
    if (ferror(f)) {
        rc = -EIO;
        snprintf(err, errlen, "%s: cannot be read", name);
        goto out;
    }
    rc = json_parse(doc_r, name, buf, len, splits, limits, err, errlen);
out:
    if (f != stdin)
        fclose(f);
    free(buf);
    return rc;
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

int json_check_format(const struct json_doc *doc, const char *name,
                      const char *format, char *err, size_t errlen)
{
    const char *is = json_get_str(doc->root, "format", NULL);
    char shown[64];

    if (is && !strcmp(is, format))
        return 0;
    if (is)
        snprintf(err, errlen, "%s: its format is %s, wanted is %s", name,
                 json_sanitise(shown, sizeof shown, is, strlen(is)), format);
    else
        snprintf(err, errlen, "%s: has no \"format\", wanted is %s", name,
                 format);
    return -EINVAL;
}

/* --- looking -------------------------------------------------------------- */

const struct json *json_get(const struct json *obj, const char *key)
{
    if (!obj || obj->type != JSON_OBJ)
        return NULL;
    JSON_FOREACH(v, obj)
    {
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

/* --- UTF-8 ------------------------------------------------------------------ */

/* Bytes of the valid character at s, or 0 (RFC 3629, table 3-7 of Unicode). */
static size_t utf8_char(const unsigned char *s, size_t left)
{
    unsigned char lo = 0x80, hi = 0xbf;
    size_t n;

    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (left < n)
        return 0;
    switch (s[0]) {
    case 0xe0: lo = 0xa0; break;
    case 0xed: hi = 0x9f; break;
    case 0xf0: lo = 0x90; break;
    case 0xf4: hi = 0x8f; break;
    }
    if (s[1] < lo || s[1] > hi)
        return 0;
    for (size_t i = 2; i < n; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    return n;
}

static const char replacement[] = "\xef\xbf\xbd";

char *json_sanitise(char *dst, size_t size, const char *src, size_t len)
{
    const unsigned char *s = (const unsigned char *)src;
    size_t o = 0;

    for (size_t i = 0; i < len;) {
        size_t n = utf8_char(s + i, len - i), take = n ? n : 1;
        const char *from = n ? src + i : replacement;
        size_t put = n ? n : 3;

        /* C0, DEL and C1: a terminal would obey them */
        if ((n == 1 && (s[i] < 0x20 || s[i] == 0x7f)) ||
            (n == 2 && s[i] == 0xc2 && s[i + 1] < 0xa0)) {
            from = "?";
            put = 1;
        }
        if (o + put >= size)
            break;
        memcpy(dst + o, from, put);
        o += put;
        i += take;
    }
    if (size)
        dst[o] = '\0';
    return dst;
}

/* --- writing ------------------------------------------------------------------ */

struct json_out {
    FILE *f;
    yajl_gen g;
    bool failed, indent;
};

static void out_print(void *ctx, const char *s, size_t len)
{
    struct json_out *o = ctx;

    if (fwrite(s, 1, len, o->f) != len)
        o->failed = true;
}

struct json_out *json_out_new(FILE *f, bool indent)
{
    struct json_out *o = calloc(1, sizeof *o);

    if (!o)
        return NULL;
    o->f = f;
    o->indent = indent;
    o->g = yajl_gen_alloc(NULL);
    if (!o->g) {
        free(o);
        return NULL;
    }
    yajl_gen_config(o->g, yajl_gen_print_callback, out_print, o);
    yajl_gen_config(o->g, yajl_gen_beautify, indent ? 1 : 0);
    yajl_gen_config(o->g, yajl_gen_indent_string, "  ");
    return o;
}

int json_out_free(struct json_out *o)
{
    bool failed;

    if (!o)
        return -ENOMEM;
    /* yajl ends an indented text with a line feed of its own */
    if (!o->indent && putc('\n', o->f) == EOF)
        o->failed = true;
    if (ferror(o->f))
        o->failed = true;
    yajl_gen_free(o->g);
    failed = o->failed || fflush(o->f);
    free(o);
    return failed ? -EIO : 0;
}

static void note(struct json_out *o, yajl_gen_status st)
{
    if (st != yajl_gen_status_ok)
        o->failed = true;
}

void json_obj(struct json_out *o)
{
    note(o, yajl_gen_map_open(o->g));
}
void json_obj_end(struct json_out *o)
{
    note(o, yajl_gen_map_close(o->g));
}
void json_arr(struct json_out *o)
{
    note(o, yajl_gen_array_open(o->g));
}
void json_arr_end(struct json_out *o)
{
    note(o, yajl_gen_array_close(o->g));
}
void json_key(struct json_out *o, const char *key)
{
    json_str(o, key);
}
void json_null(struct json_out *o)
{
    note(o, yajl_gen_null(o->g));
}
void json_bool(struct json_out *o, bool v)
{
    note(o, yajl_gen_bool(o->g, v));
}
void json_int(struct json_out *o, int64_t v)
{
    note(o, yajl_gen_integer(o->g, v));
}

void json_num(struct json_out *o, double v)
{
    char buf[40];

    if (!isfinite(v)) {
        json_null(o);
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(buf, sizeof buf, "%.*g", digits, v);
        if (strtod(buf, NULL) == v)
            break;
    }
    note(o, yajl_gen_number(o->g, buf, strlen(buf)));
}

void json_str(struct json_out *o, const char *s)
{
    if (s)
        json_strn(o, s, strlen(s));
    else
        json_null(o);
}

void json_strn(struct json_out *o, const char *s, size_t len)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t i = 0, w = 0;
    char *fixed;

    while (i < len) {
        size_t n = utf8_char(u + i, len - i);

        if (!n)
            break;
        i += n;
    }
    if (i == len) {
        note(o, yajl_gen_string(o->g, u, len));
        return;
    }
    fixed = malloc(len * 3);
    if (!fixed) {
        o->failed = true;
        return;
    }
    for (i = 0; i < len;) {
        size_t n = utf8_char(u + i, len - i);

        memcpy(fixed + w, n ? s + i : replacement, n ? n : 3);
        w += n ? n : 3;
        i += n ? n : 1;
    }
    note(o, yajl_gen_string(o->g, (unsigned char *)fixed, w));
    free(fixed);
}

void json_kv_str(struct json_out *o, const char *key, const char *s)
{
    json_key(o, key);
    json_str(o, s);
}
void json_kv_int(struct json_out *o, const char *key, int64_t v)
{
    json_key(o, key);
    json_int(o, v);
}
void json_kv_num(struct json_out *o, const char *key, double v)
{
    json_key(o, key);
    json_num(o, v);
}
void json_kv_bool(struct json_out *o, const char *key, bool v)
{
    json_key(o, key);
    json_bool(o, v);
}
void json_kv_null(struct json_out *o, const char *key)
{
    json_key(o, key);
    json_null(o);
}

void json_value(struct json_out *o, const struct json *v)
{
    switch (v->type) {
    case JSON_NULL: json_null(o); break;
    case JSON_BOOL: json_bool(o, v->flag); break;
    case JSON_INT: json_int(o, v->num_int); break;
    case JSON_NUM: json_num(o, v->num); break;
    case JSON_STR: json_strn(o, v->str, v->len); break;
    case JSON_ARR:
        json_arr(o);
        JSON_FOREACH(m, v)
        json_value(o, m);
        json_arr_end(o);
        break;
    case JSON_OBJ:
        json_obj(o);
        JSON_FOREACH(m, v)
        {
            json_key(o, m->key);
            json_value(o, m);
        }
        json_obj_end(o);
        break;
    }
}
