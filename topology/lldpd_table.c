/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes a view that was read from lldpd as lines, and reads such lines. */
#include "topology/lldpd_table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/text.h"

/* --- what can be told ----------------------------------------------------- */

enum field_kind {
    FIELD_TEXT,   /* char * */
    FIELD_ID,     /* struct topo_id: its type, a blank, its value */
    FIELD_NUMBER, /* int64_t, not told when it is not known */
    FIELD_FLAG,   /* int: 0 or 1, not told when it is not known */
    FIELD_MGMT,   /* addresses of a neighbour, a line each */
};

struct field {
    const char *word;
    enum field_kind kind;
    size_t at; /* in the view or in the neighbour */
};

static const struct field of_node[] = {
    { "chassis", FIELD_ID, offsetof(struct topo_view, chassis) },
    { "sysname", FIELD_TEXT, offsetof(struct topo_view, sysname) },
    { "mgmt", FIELD_TEXT, offsetof(struct topo_view, mgmt) },
};

static const struct field of_neighbor[] = {
    { "protocol", FIELD_TEXT, offsetof(struct topo_neighbor, protocol) },
    { "chassis", FIELD_ID, offsetof(struct topo_neighbor, chassis) },
    { "port", FIELD_ID, offsetof(struct topo_neighbor, port_id) },
    { "sysname", FIELD_TEXT, offsetof(struct topo_neighbor, sysname) },
    { "descr", FIELD_TEXT, offsetof(struct topo_neighbor, port_descr) },
    { "mgmt", FIELD_MGMT, 0 },
    { "mfs", FIELD_NUMBER, offsetof(struct topo_neighbor, mfs) },
    { "aggregation", FIELD_NUMBER,
      offsetof(struct topo_neighbor, aggregation) },
    { "ttl", FIELD_NUMBER, offsetof(struct topo_neighbor, ttl_s) },
    { "age", FIELD_NUMBER, offsetof(struct topo_neighbor, age_s) },
    { "bridge", FIELD_FLAG, offsetof(struct topo_neighbor, bridge) },
    { "router", FIELD_FLAG, offsetof(struct topo_neighbor, router) },
};

enum {
    NODE_FIELDS = sizeof of_node / sizeof *of_node,
    NEIGHBOR_FIELDS = sizeof of_neighbor / sizeof *of_neighbor,
    DIGITS_MAX = 18, /* of a number that int64_t holds in any case */
};

/* --- writing --------------------------------------------------------------- */

static void mgmt_write(FILE *f, const struct topo_neighbor *n)
{
    for (unsigned i = 0; i < n->n_mgmt; i++)
        if (n->mgmt[i])
            fprintf(f, "mgmt %s\n", n->mgmt[i]);
}

static void number_write(FILE *f, const char *word, int64_t n)
{
    if (n >= 0)
        fprintf(f, "%s %" PRId64 "\n", word, n);
}

static void field_write(FILE *f, const struct field *x, const void *subject)
{
    const void *p = (const char *)subject + x->at;
    const struct topo_id *id = p;
    const char *text;

    switch (x->kind) {
    case FIELD_TEXT:
        text = *(char *const *)p;
        if (text)
            fprintf(f, "%s %s\n", x->word, text);
        return;
    case FIELD_ID:
        if (id->value)
            fprintf(f, "%s %s %s\n", x->word, id->type, id->value);
        return;
    case FIELD_NUMBER: number_write(f, x->word, *(const int64_t *)p); return;
    case FIELD_FLAG: number_write(f, x->word, *(const int *)p); return;
    case FIELD_MGMT: mgmt_write(f, subject); return;
    }
}

void lldpd_table_write(FILE *f, const struct topo_view *v)
{
    for (size_t k = 0; k < NODE_FIELDS; k++)
        field_write(f, &of_node[k], v);
    for (size_t i = 0; i < v->neighbors; i++) {
        const char *port = v->neighbor[i].port;

        fprintf(f, "neighbor %s\n", port ? port : "");
        for (size_t k = 0; k < NEIGHBOR_FIELDS; k++)
            field_write(f, &of_neighbor[k], &v->neighbor[i]);
    }
    if (v->dropped)
        fprintf(f, "dropped %zu\n", v->dropped);
    fputs("whole\n", f);
}

/* --- reading ----------------------------------------------------------------- */

/* A line: a word, and what stands behind the blank. */
struct line {
    const char *word, *value;
    size_t word_len, len;
};

static bool line_is(const struct line *l, const char *word)
{
    return l->word_len == strlen(word) && !memcmp(l->word, word, l->word_len);
}

/* The next line; false: there is none that ends. */
static bool line_next(const char **text, size_t *left, struct line *l)
{
    const char *end = memchr(*text, '\n', *left), *blank;

    if (!end)
        return false;
    blank = memchr(*text, ' ', (size_t)(end - *text));
    l->word = *text;
    l->word_len = (size_t)((blank ? blank : end) - *text);
    l->value = blank ? blank + 1 : end;
    l->len = (size_t)(end - l->value);
    *left -= (size_t)(end + 1 - *text);
    *text = end + 1;
    return true;
}

static bool line_number(const struct line *l, int64_t most, int64_t *n_r)
{
    int64_t n = 0;

    if (!l->len || l->len > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < l->len; i++) {
        if (l->value[i] < '0' || l->value[i] > '9')
            return false;
        n = n * 10 + (l->value[i] - '0');
    }
    *n_r = n;
    return n <= most;
}

static bool line_id(struct topo_view *v, const struct line *l,
                    struct topo_id *id)
{
    const char *blank = memchr(l->value, ' ', l->len);
    char type[sizeof id->type];
    size_t n = blank ? (size_t)(blank - l->value) : sizeof type;

    if (n >= sizeof type)
        return false;
    memcpy(type, l->value, n);
    type[n] = '\0';
    topo_id_text(v, id, type, blank + 1, l->len - n - 1);
    return true;
}

static bool line_take(struct topo_view *v, const struct field *x,
                      void *subject, const struct line *l)
{
    void *p = (char *)subject + x->at;
    int64_t n;

    switch (x->kind) {
    case FIELD_TEXT: topo_text(v, p, l->value, l->len); return true;
    case FIELD_ID: return line_id(v, l, p);
    case FIELD_NUMBER: return line_number(l, INT64_MAX, p);
    case FIELD_FLAG:
        if (!line_number(l, 1, &n))
            return false;
        *(int *)p = (int)n;
        return true;
    case FIELD_MGMT: topo_view_add_mgmt(v, subject, l->value, l->len);
    }
    return true;
}

static bool line_take_as(struct topo_view *v, const struct field *x,
                         size_t fields, void *subject, const struct line *l)
{
    for (size_t k = 0; k < fields; k++)
        if (line_is(l, x[k].word))
            return line_take(v, &x[k], subject, l);
    return false;
}

static bool line_dropped(struct topo_view *v, const struct line *l)
{
    int64_t n;

    if (!line_number(l, INT64_MAX, &n))
        return false;
    v->dropped = (size_t)n;
    return true;
}

/* What a line tells of the node, or of the neighbour that was named last. */
static bool table_take(struct topo_view *v, const struct line *l,
                       struct topo_neighbor **n)
{
    if (line_is(l, "dropped"))
        return line_dropped(v, l);
    if (line_is(l, "neighbor")) {
        *n = topo_view_neighbor(v, l->value, l->len);
        return *n;
    }
    return *n ? line_take_as(v, of_neighbor, NEIGHBOR_FIELDS, *n, l)
              : line_take_as(v, of_node, NODE_FIELDS, v, l);
}

int lldpd_table_parse(struct topo_view *v, const char *text, size_t len,
                      struct msg *why)
{
    struct topo_neighbor *n = NULL;
    struct line l;
    char said[200];

    for (unsigned at = 1; line_next(&text, &len, &l); at++) {
        if (line_is(&l, "whole") && !len)
            return 0;
        if (line_is(&l, "failed")) {
            text_printable(said, sizeof said, l.value, l.len);
            msg_set(why, "%s", *said ? said : "its reader does not say why");
            return -EREMOTEIO;
        }
        if (!table_take(v, &l, &n)) {
            msg_set(why, "line %u of what its reader says is none", at);
            return -EBADMSG;
        }
    }
    msg_set(why, "what its reader says breaks off");
    return -EBADMSG;
}
