/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The only JSON code: yajl inside, bounded, UTF-8 checked.
 *
 * Reading gives a tree of values that lives until the document is freed.
 * A large array can be taken out of the tree: its elements are then handed to
 * a function one by one and forgotten, so a document of 100,000 domains
 * needs the memory of one.
 *
 * A document is written as a stream. The result is valid JSON in valid UTF-8
 * whatever strings are passed (bytes that are not UTF-8 become U+FFFD).
 */
#ifndef RACKHOP_DOC_JSON_H
#define RACKHOP_DOC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/base/msg.h"

/* --- values ------------------------------------------------------------- */

enum json_type {
    JSON_NULL,
    JSON_BOOL,
    JSON_INT, /* fits int64_t; num is set as well */
    JSON_NUM,
    JSON_STR,
    JSON_ARR,
    JSON_OBJ,
};

struct json {
    enum json_type type;
    uint32_t line;      /* where it stands in the text, from 1 */
    const char *key;    /* member of an object: its name; else NULL */
    const char *str;    /* JSON_STR, ends with a NUL */
    uint32_t len;       /* JSON_STR: bytes; JSON_ARR, JSON_OBJ: members */
    bool flag;          /* JSON_BOOL */
    int64_t num_int;    /* JSON_INT */
    double num;         /* JSON_INT, JSON_NUM */
    struct json *child; /* JSON_ARR, JSON_OBJ: the first member */
    struct json *next;  /* the next member of the same parent */
};

#define JSON_FOREACH(v_, parent_)                                             \
    for (const struct json *v_ = (parent_) ? (parent_)->child : NULL; v_;     \
         v_ = v_->next)

/* The member of that name, or NULL; also when obj is NULL or no object. */
const struct json *json_get(const struct json *obj, const char *key);
/* Shorthands: the default when absent, null or of another type. */
const char *json_get_str(const struct json *obj, const char *key,
                         const char *dflt);
double json_get_num(const struct json *obj, const char *key, double dflt);
bool json_get_bool(const struct json *obj, const char *key, bool dflt);
/* Copies a member of text that has less than size bytes, and no NUL among
 * them. It may be absent: *to is not touched then. 0 or -EINVAL. */
int json_copy_str(const struct json *obj, const char *key, char *to,
                  size_t size);
/* A whole number in [min, max]; absent or null: dflt. 0 or -EINVAL. */
int json_copy_int(const struct json *obj, const char *key, int64_t min,
                  int64_t max, int64_t dflt, int64_t *to);
const char *json_type_name(enum json_type t);

/* --- reading ------------------------------------------------------------ */

struct json_limits {
    size_t bytes;   /* of text; 0: 1 GiB */
    unsigned depth; /* of nesting; 0: 64 */
    size_t values;  /* in the tree at once; 0: 64 million */
    size_t string;  /* bytes of one; 0: no limit of its own */
    /* What the text may have on top for each object in the array at `each` (a
     * path as below), of which at most each_most count. NULL: nothing. */
    const char *each;
    size_t each_most, each_bytes, each_values;
};

/* So many bytes of text are read at most. */
size_t json_most_bytes(const struct json_limits *limits);

/*
 * Elements of the array at `path` (names of members from the top, joined by
 * '.', such as "domains" or "topology.links") go to `item`, with their index,
 * and are freed when it returns. A negative return ends the reading with that
 * number. The array itself stays in the tree, with its length but no members.
 */
struct json_split {
    const char *path;
    int (*item)(void *arg, uint32_t index, const struct json *value,
                struct msg *err);
    void *arg;
};

struct json_doc; /* opaque */

/*
 * Parses a text. `name` is what messages call it. `splits` ends with a row
 * whose path is NULL, or is NULL. Returns 0 and the document, or a negative
 * errno (-EINVAL: malformed, -E2BIG: over a limit, -ENOMEM, or what `item`
 * returned) and one sentence in err: "FILE:LINE: reason".
 */
int json_parse(struct json_doc **doc_r, const char *name, const void *text,
               size_t len, const struct json_split *splits,
               const struct json_limits *limits, struct msg *err);
/* The same for a file; "-" is the standard input. */
int json_load(struct json_doc **doc_r, const char *path,
              const struct json_split *splits,
              const struct json_limits *limits, struct msg *err);
/* Reads only the text of a file, "-" being the standard input, of at most so
 * many bytes; the text is to be freed, *name_r is what messages call it. */
int json_file_text(const char *path, size_t most, const char **name_r,
                   char **text_r, size_t *len_r, struct msg *err);
const struct json *json_root(const struct json_doc *doc);
void json_free(struct json_doc *doc); /* doc may be NULL */

/* Refuses a document whose "format" is not `format`. 0 or -EINVAL. */
int json_check_format(const struct json_doc *doc, const char *name,
                      const char *format, struct msg *err);

/* --- writing ------------------------------------------------------------ */

struct json_out; /* opaque */

/* Writes to f, which stays the caller's. indent: one member a line. */
struct json_out *json_out_new(FILE *f, bool indent);
/* Ends the text with a line feed. 0, or -EIO when anything was lost. */
int json_out_free(struct json_out *o);
/* Writes into memory: to be ended by json_text_free(). NULL: no memory. */
struct json_out *json_text_new(bool indent);
/* The text, to be freed, and its length if len_r is not NULL. NULL: there was
 * no memory for it, or for o. */
char *json_text_free(struct json_out *o, size_t *len_r);

void json_obj(struct json_out *o);
void json_obj_end(struct json_out *o);
void json_arr(struct json_out *o);
void json_arr_end(struct json_out *o);
void json_key(struct json_out *o, const char *key);
void json_null(struct json_out *o);
void json_bool(struct json_out *o, bool v);
void json_int(struct json_out *o, int64_t v);
/* Writes the shortest form that reads back the same; NaN and infinities become
 * null. */
void json_num(struct json_out *o, double v);
void json_str(struct json_out *o, const char *s); /* NULL: null */
void json_strn(struct json_out *o, const char *s, size_t len);
/* A key and its value. */
void json_kv_str(struct json_out *o, const char *key, const char *s);
void json_kv_int(struct json_out *o, const char *key, int64_t v);
void json_kv_num(struct json_out *o, const char *key, double v);
void json_kv_bool(struct json_out *o, const char *key, bool v);
void json_kv_null(struct json_out *o, const char *key);
/* A number that is negative when it is unknown; null is written then. */
void json_kv_known(struct json_out *o, const char *key, double v);
void json_kv_known_int(struct json_out *o, const char *key, int64_t v);
/* Writes a value that was read. */
void json_value(struct json_out *o, const struct json *v);

#endif
