/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes JSON, by yajl: to a file or into a string. */
#include "tools/doc/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include "tools/base/text.h"

struct json_out {
    FILE *f;
    yajl_gen g;
    bool failed, indent;
    /* the memory that f writes to, for json_text_new() */
    char *text;
    size_t len;
};

static void out_print(void *ctx, const char *s, size_t len)
{
    struct json_out *o = ctx;

    /* one thread writes, and the pieces are small */
    if (fwrite_unlocked(s, 1, len, o->f) != len)
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

struct json_out *json_text_new(bool indent)
{
    struct json_out *o = json_out_new(NULL, indent);

    if (!o)
        return NULL;
    o->f = open_memstream(&o->text, &o->len);
    if (!o->f) {
        yajl_gen_free(o->g);
        free(o);
        return NULL;
    }
    return o;
}

/* The end of the text in the json_out itself: it is freed by the caller. */
static int text_end(struct json_out *o)
{
    bool failed = o->failed || (!o->indent && putc('\n', o->f) == EOF);

    failed |= !!fclose(o->f);
    return failed ? -ENOMEM : 0;
}

char *json_text_free(struct json_out *o, size_t *len_r)
{
    char *text = NULL;

    if (!o)
        return NULL;
    if (text_end(o))
        free(o->text);
    else
        text = o->text;
    if (text && len_r)
        *len_r = o->len;
    yajl_gen_free(o->g);
    free(o);
    return text;
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

static bool out_reads_back(char buf[40], double v, int digits)
{
    snprintf(buf, 40, "%.*g", digits, v);
    return strtod(buf, NULL) == v;
}

/*
 * Most figures are short, or come out of a calculation and need all digits. What is
 * not the same with 15 digits is not with fewer: two numbers of 15 digits are
 * farther from each other than two neighbours of a double.
 */
static void out_shortest(char buf[40], double v)
{
    int digits = 7;

    if (out_reads_back(buf, v, 6))
        return;
    if (!out_reads_back(buf, v, 15))
        digits = 16;
    while (!out_reads_back(buf, v, digits) && digits < 17)
        digits++;
}

void json_num(struct json_out *o, double v)
{
    char buf[40];

    if (!isfinite(v)) {
        json_null(o);
        return;
    }
    out_shortest(buf, v);
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
        size_t n = text_char(u + i, len - i);

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
        size_t n = text_char(u + i, len - i);

        memcpy(fixed + w, n ? s + i : TEXT_REPLACEMENT, n ? n : 3);
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

void json_kv_known(struct json_out *o, const char *key, double v)
{
    if (v >= 0)
        json_kv_num(o, key, v);
    else
        json_kv_null(o, key);
}
void json_kv_known_int(struct json_out *o, const char *key, int64_t v)
{
    if (v >= 0)
        json_kv_int(o, key, v);
    else
        json_kv_null(o, key);
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
        JSON_FOREACH(m, v) {
            json_key(o, m->key);
            json_value(o, m);
        }
        json_obj_end(o);
        break;
    }
}
