/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads a cabling plan in DOT, as PTM (prescriptive topology manager) has it.
 *
 *     graph G {
 *         "tor1":"swp51" -- "spine1":"swp1" [mbps=100000]
 *         "r1h1" [kind=host]
 *     }
 *
 * It understands node and edge statements, chains of edges, attribute lists,
 * comments, and the braces of subgraphs.
 */
#include "topology/cabling_impl.h"
#include "topology/dot_lexer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The attributes of a statement that mean something. */
struct dot_attrs {
    int64_t mbps;
    char *a_port, *b_port; /* taillabel, headlabel: in what rackhop wrote */
    int kind;              /* -1: not said */
};

static char *text_clean(const char *s)
{
    struct topo_view v = { .name = NULL };
    char *copy = NULL;

    topo_str(&v, &copy, s);
    return copy;
}

static const char *attr_set_port(char **dst, const char *value)
{
    free(*dst);
    *dst = text_clean(value);
    return *dst ? NULL : cabling_no_memory;
}

static const char *attr_set(struct dot_attrs *a, const char *name,
                            const char *value)
{
    enum topo_kind kind;
    char *end;

    if (!strcmp(name, "mbps")) {
        long x = strtol(value, &end, 10);

        if (*end || end == value || x < 1 || x > TOPO_MAX_MBPS)
            return "mbps takes a whole number of Mbit/s";
        a->mbps = x;
    } else if (!strcmp(name, "taillabel") && *value) {
        return attr_set_port(&a->a_port, value);
    } else if (!strcmp(name, "headlabel") && *value) {
        return attr_set_port(&a->b_port, value);
    } else if (!strcmp(name, "kind")) {
        if (topo_kind_parse(value, &kind))
            return "kind takes host, switch or segment";
        a->kind = (int)kind;
    }
    return NULL;
}

/* Reads [ name=value, .. ], once or more. */
static const char *dot_read_attrs(struct dot_lexer *l, struct dot_attrs *a)
{
    while (dot_is_punct(l, '[')) {
        for (dot_next(l); !dot_is_punct(l, ']'); dot_next(l)) {
            char name[TOPO_TEXT_MAX + 1];
            const char *why;

            if (dot_is_punct(l, ',') || dot_is_punct(l, ';'))
                continue;
            if (l->token != DOT_WORD)
                return "an attribute list without its ]";
            memcpy(name, l->word, sizeof name);
            dot_next(l);
            if (!dot_is_punct(l, '='))
                return "an attribute without =";
            dot_next(l);
            if (l->token != DOT_WORD)
                return "an attribute without a value";
            why = attr_set(a, name, l->word);
            if (why)
                return why;
        }
        dot_next(l);
    }
    return NULL;
}

/* Reads "node" or "node":"port"; a compass point behind it means nothing. */
static const char *dot_read_end(struct dot_lexer *l, struct cabling_end *e)
{
    if (!*l->word)
        return "an empty name";
    e->node = text_clean(l->word);
    if (!e->node)
        return cabling_no_memory;
    dot_next(l);
    for (int i = 0; i < 2 && dot_is_punct(l, ':'); i++) {
        dot_next(l);
        if (l->token != DOT_WORD || !*l->word)
            return "a : without a port behind it";
        if (!e->port) {
            e->port = text_clean(l->word);
            if (!e->port)
                return cabling_no_memory;
        }
        dot_next(l);
    }
    return NULL;
}

static void dot_attrs_free(struct dot_attrs *a)
{
    free(a->a_port);
    free(a->b_port);
}

/* The attributes of a statement hold for each of its cables. Ports that stand
 * at the nodes go before those of the attributes. */
static const char *cable_set_attrs(struct topo_cable *c,
                                   const struct dot_attrs *a)
{
    c->mbps = a->mbps;
    if (!c->a_port && a->a_port)
        c->a_port = strdup(a->a_port);
    if (!c->b_port && a->b_port)
        c->b_port = strdup(a->b_port);
    return (a->a_port && !c->a_port) || (a->b_port && !c->b_port)
               ? cabling_no_memory
               : NULL;
}

static void cabling_end_free(struct cabling_end *e)
{
    free(e->node);
    free(e->port);
    *e = (struct cabling_end){ NULL, NULL };
}

/* Reads one node, or a chain of cables, with the attributes. */
static const char *dot_read_statement(struct dot_lexer *l,
                                      struct topo_cabling *p)
{
    struct dot_attrs a = { .mbps = TOPO_UNKNOWN, .kind = -1 };
    struct cabling_end from = { NULL, NULL }, to = { NULL, NULL };
    size_t first = p->cables;
    const char *why = dot_read_end(l, &from);

    if (!why && dot_is_punct(l, '=')) { /* an attribute of the graph */
        dot_next(l);
        if (l->token != DOT_WORD)
            why = "an attribute without a value";
        dot_next(l);
        goto out;
    }
    while (!why && l->token == DOT_EDGE) {
        unsigned line = l->line;

        dot_next(l);
        if (l->token != DOT_WORD) {
            why = "-- without a node behind it";
            break;
        }
        why = dot_read_end(l, &to);
        if (!why && !strcmp(from.node, to.node))
            why = "a cable from a node to itself";
        if (!why)
            why = cabling_add_cable(p, &from, &to, line);
        cabling_end_free(&from);
        from = to;
        to = (struct cabling_end){ NULL, NULL };
    }
    if (!why)
        why = dot_read_attrs(l, &a);
    for (size_t i = first; !why && i < p->cables; i++)
        why = cable_set_attrs(&p->cable[i], &a);
    if (!why && a.kind >= 0 && first == p->cables)
        why = cabling_add_kind(p, from.node, (enum topo_kind)a.kind);
out:
    cabling_end_free(&from);
    cabling_end_free(&to);
    dot_attrs_free(&a);
    return why;
}

/* node [..], edge [..] and graph [..] are defaults: no node and no cable. */
static bool dot_is_default(const struct dot_lexer *l)
{
    return dot_is_keyword(l, "node") || dot_is_keyword(l, "edge") ||
           dot_is_keyword(l, "graph");
}

static const char *dot_read_body(struct dot_lexer *l, struct topo_cabling *p)
{
    unsigned depth = 1;
    const char *why = NULL;

    for (dot_next(l); !why && depth;) {
        struct dot_attrs ignored = { .a_port = NULL };

        if (l->token == DOT_END)
            return "the graph ends without its }";
        if (l->token == DOT_BAD)
            return l->why;
        if (dot_is_punct(l, '{') || dot_is_punct(l, '}')) {
            depth += dot_is_punct(l, '{') ? 1u : -1u;
            dot_next(l);
        } else if (dot_is_punct(l, ';') || dot_is_punct(l, ',')) {
            dot_next(l);
        } else if (l->token != DOT_WORD) {
            why = "a node's name was expected here";
        } else if (dot_is_default(l)) {
            dot_next(l);
            why = dot_read_attrs(l, &ignored);
            dot_attrs_free(&ignored);
        } else if (dot_is_keyword(l, "subgraph")) {
            dot_next(l);
            if (l->token == DOT_WORD)
                dot_next(l);
            if (!dot_is_punct(l, '{'))
                why = "subgraph without {";
        } else {
            why = dot_read_statement(l, p);
        }
        if (why && l->token == DOT_BAD)
            why = l->why;
    }
    if (!why && l->token != DOT_END)
        why = l->token == DOT_BAD ? l->why : "something behind the graph's }";
    return why;
}

int topo_dot_parse(struct topo_cabling *p, const char *name, const char *text,
                   size_t len, struct msg *err)
{
    struct dot_lexer l = { .p = text, .end = text + len, .line = 1 };
    size_t cables = p->cables, nodes = p->nodes;
    const char *why = NULL;

    dot_next(&l);
    if (dot_is_keyword(&l, "strict"))
        dot_next(&l);
    if (!dot_is_keyword(&l, "graph") && !dot_is_keyword(&l, "digraph")) {
        why = "it does not begin with the word graph";
        goto out;
    }
    dot_next(&l);
    if (l.token == DOT_WORD)
        dot_next(&l);
    why = dot_is_punct(&l, '{') ? dot_read_body(&l, p) : "graph without {";
out:
    if (!why)
        return 0;
    cabling_roll_back(p, cables, nodes);
    msg_set(err, "%s:%u: %s", name, l.line, why);
    return why == cabling_no_memory ? -ENOMEM : -EINVAL;
}
