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
 * comments, and subgraphs, from and to which an edge is one for each node in
 * them.
 */
#include "topology/dot_attrs.h"
#include "tools/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Reads "node" or "node":"port"; a compass point behind it means nothing. */
static const char *dot_read_end(struct dot_lexer *l, struct cabling_end *e)
{
    if (!*l->word)
        return "an empty name";
    e->node = dot_text(l->word);
    if (!e->node)
        return cabling_no_memory;
    dot_next(l);
    for (int i = 0; i < 2 && dot_is_punct(l, ':'); i++) {
        dot_next(l);
        if (l->token != DOT_WORD || !*l->word)
            return "a : without a port behind it";
        if (!e->port) {
            e->port = dot_text(l->word);
            if (!e->port)
                return cabling_no_memory;
        }
        dot_next(l);
    }
    return NULL;
}

/* The attributes of a statement hold for each of its cables. */
static void cables_set_speed(struct topo_cabling *p, size_t first,
                             const struct dot_attrs *a)
{
    for (size_t i = first; i < p->cables; i++)
        p->cable[i].mbps = a->mbps;
}

static void cabling_end_free(struct cabling_end *e)
{
    free(e->node);
    free(e->port);
    *e = (struct cabling_end){ NULL, NULL };
}

/* --- sets of nodes ------------------------------------------------------- */

/* One node, or those of a subgraph. */
struct dot_set {
    struct cabling_end *end;
    size_t n, room;
};

enum { SET_MAX = 65536, DEPTH_MAX = 64 };

static void set_free(struct dot_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        cabling_end_free(&s->end[i]);
    free(s->end);
    *s = (struct dot_set){ .end = NULL };
}

/* Takes the end, also when it fails. */
static const char *set_take(struct dot_set *s, struct cabling_end *e)
{
    if (s->n == SET_MAX ||
        array_grow(&s->end, &s->room, s->n + 1, sizeof *s->end)) {
        cabling_end_free(e);
        return s->n == SET_MAX ? "over 65536 nodes in a subgraph"
                               : cabling_no_memory;
    }
    s->end[s->n++] = *e;
    return NULL;
}

/* Gives all ends of a set to another. */
static const char *set_pour(struct dot_set *to, struct dot_set *from)
{
    const char *why = NULL;

    for (size_t i = 0; i < from->n && !why; i++) {
        why = set_take(to, &from->end[i]);
        from->end[i] = (struct cabling_end){ NULL, NULL };
    }
    set_free(from);
    return why;
}

static int end_compare(const void *va, const void *vb)
{
    const struct cabling_end *a = va, *b = vb;
    int r = strcmp(a->node, b->node);

    if (r || !a->port || !b->port)
        return r ? r : (a->port != NULL) - (b->port != NULL);
    return strcmp(a->port, b->port);
}

/* A node that is in a subgraph twice is in it once. */
static void set_sort(struct dot_set *s)
{
    size_t kept = 0;

    if (s->n)
        qsort(s->end, s->n, sizeof *s->end, end_compare);
    for (size_t i = 0; i < s->n; i++) {
        if (kept && !end_compare(&s->end[kept - 1], &s->end[i]))
            cabling_end_free(&s->end[i]);
        else
            s->end[kept++] = s->end[i];
    }
    s->n = kept;
}

/* A port that stands at the node goes before that of the attributes, which is
 * meant for the one cable of its statement. */
static struct cabling_end end_with(const struct cabling_end *e, char *port)
{
    return (struct cabling_end){ e->node, e->port ? e->port : port };
}

static const char *sets_join(struct topo_cabling *p, const struct dot_set *a,
                             const struct dot_set *b,
                             const struct dot_attrs *t, unsigned line)
{
    const char *why = NULL;

    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < b->n && !why; k++) {
            struct cabling_end x = end_with(&a->end[i], t->a_port),
                               y = end_with(&b->end[k], t->b_port);

            why = cabling_add_cable(p, &x, &y, line);
        }
    return why;
}

/* --- statements ---------------------------------------------------------- */

struct dot_reader {
    struct dot_lexer *l;
    struct topo_cabling *p;
    unsigned depth;
};

static const char *dot_read_list(struct dot_reader *r, struct dot_set *in);

static bool dot_at_subgraph(const struct dot_lexer *l)
{
    return dot_is_punct(l, '{') || dot_is_keyword(l, "subgraph");
}

/* Reads a node, or a subgraph with all that is in it. */
static const char *dot_read_operand(struct dot_reader *r, struct dot_set *s)
{
    struct cabling_end e = { NULL, NULL };
    struct dot_lexer *l = r->l;
    const char *why;

    if (dot_at_subgraph(l)) {
        if (!dot_is_punct(l, '{')) {
            dot_next(l);
            if (l->token == DOT_WORD)
                dot_next(l);
            if (!dot_is_punct(l, '{'))
                return "subgraph without {";
        }
        if (r->depth == DEPTH_MAX)
            return "subgraphs in over 64 others";
        dot_next(l);
        r->depth++;
        why = dot_read_list(r, s);
        r->depth--;
        set_sort(s);
        return why;
    }
    why = dot_read_end(l, &e);
    if (!why)
        return set_take(s, &e);
    cabling_end_free(&e);
    return why;
}

/* One chain: the sets between its edges, and the line of each edge. */
struct dot_chain {
    struct dot_set *set;
    unsigned *line;
    size_t n, set_room, line_room;
};

static const char *chain_next(struct dot_reader *r, struct dot_chain *c)
{
    if (array_grow(&c->set, &c->set_room, c->n + 1, sizeof *c->set) ||
        array_grow(&c->line, &c->line_room, c->n + 1, sizeof *c->line))
        return cabling_no_memory;
    c->line[c->n] = r->l->line;
    c->set[c->n] = (struct dot_set){ .end = NULL };
    return dot_read_operand(r, &c->set[c->n++]);
}

static void chain_free(struct dot_chain *c)
{
    for (size_t i = 0; i < c->n; i++)
        set_free(&c->set[i]);
    free(c->set);
    free(c->line);
}

/* Makes the cables of a chain, or notes the kind of its one node. */
static const char *chain_add(struct dot_reader *r, struct dot_chain *c,
                             const struct dot_attrs *a)
{
    size_t first = r->p->cables;
    const char *why = NULL;

    for (size_t i = 0; i + 1 < c->n && !why; i++)
        why = sets_join(r->p, &c->set[i], &c->set[i + 1], a, c->line[i + 1]);
    cables_set_speed(r->p, first, a);
    if (!why && a->kind >= 0 && c->n == 1 && c->set[0].n == 1)
        why = cabling_add_kind(r->p, c->set[0].end[0].node,
                               (enum topo_kind)a->kind);
    return why;
}

/* Reads one node, or a chain of cables, with the attributes. Its nodes are
 * those of the subgraph that it is in. */
static const char *dot_read_statement(struct dot_reader *r, struct dot_set *in)
{
    struct dot_attrs a = { .mbps = TOPO_UNKNOWN, .kind = -1 };
    struct dot_chain c = { .n = 0 };
    struct dot_lexer *l = r->l;
    bool node = !dot_at_subgraph(l);
    const char *why = chain_next(r, &c);

    if (!why && node && dot_is_punct(l, '=')) { /* of the graph */
        dot_next(l);
        if (l->token != DOT_WORD)
            why = "an attribute without a value";
        dot_next(l);
        goto out;
    }
    while (!why && l->token == DOT_EDGE) {
        dot_next(l);
        why = l->token == DOT_WORD || dot_at_subgraph(l)
                  ? chain_next(r, &c)
                  : "-- without a node behind it";
    }
    if (!why)
        why = dot_read_attrs(l, &a);
    if (!why)
        why = chain_add(r, &c, &a);
    for (size_t i = 0; i < c.n && !why && r->depth; i++)
        why = set_pour(in, &c.set[i]);
out:
    chain_free(&c);
    dot_attrs_free(&a);
    return why;
}

/* node [..], edge [..] and graph [..] are defaults: no node and no cable. */
static bool dot_is_default(const struct dot_lexer *l)
{
    return dot_is_keyword(l, "node") || dot_is_keyword(l, "edge") ||
           dot_is_keyword(l, "graph");
}

/* Reads statements up to the } of the graph or subgraph, and steps over it. */
static const char *dot_read_list(struct dot_reader *r, struct dot_set *in)
{
    struct dot_lexer *l = r->l;
    const char *why = NULL;

    while (!why && !dot_is_punct(l, '}')) {
        struct dot_attrs ignored = { .a_port = NULL };

        if (l->token == DOT_END)
            return "the graph ends without its }";
        if (l->token == DOT_BAD)
            return l->why;
        if (dot_is_punct(l, ';') || dot_is_punct(l, ',')) {
            dot_next(l);
        } else if (dot_is_default(l)) {
            dot_next(l);
            why = dot_read_attrs(l, &ignored);
            dot_attrs_free(&ignored);
        } else if (l->token == DOT_WORD || dot_at_subgraph(l)) {
            why = dot_read_statement(r, in);
        } else {
            why = "a node's name was expected here";
        }
    }
    if (!why)
        dot_next(l);
    return why && l->token == DOT_BAD ? l->why : why;
}

/* Reads "graph NAME { .. }" and the ; that many put behind it. */
static const char *dot_read_graph(struct dot_reader *r)
{
    struct dot_set none = { .end = NULL };
    struct dot_lexer *l = r->l;
    const char *why;

    if (dot_is_keyword(l, "strict"))
        dot_next(l);
    if (!dot_is_keyword(l, "graph") && !dot_is_keyword(l, "digraph"))
        return "it does not begin with the word graph";
    dot_next(l);
    if (l->token == DOT_WORD)
        dot_next(l);
    if (!dot_is_punct(l, '{'))
        return "graph without {";
    dot_next(l);
    why = dot_read_list(r, &none);
    set_free(&none);
    while (!why && dot_is_punct(l, ';'))
        dot_next(l);
    return why;
}

int topo_dot_parse(struct topo_cabling *p, const char *name, const char *text,
                   size_t len, struct msg *err)
{
    struct dot_lexer l = { .p = text, .end = text + len, .line = 1 };
    struct dot_reader r = { .l = &l, .p = p };
    struct cabling_mark mark = cabling_mark(p);
    const char *why;

    if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
        l.p += 3; /* a byte order mark */
    dot_next(&l);
    do
        why = dot_read_graph(&r);
    while (!why && (dot_is_default(&l) || dot_is_keyword(&l, "digraph") ||
                    dot_is_keyword(&l, "strict")));
    if (!why && l.token != DOT_END)
        why = l.token == DOT_BAD ? l.why : "something behind the graph's }";
    if (!why)
        return 0;
    cabling_roll_back(p, mark);
    msg_set(err, "%s:%u: %s", name, l.line, why);
    return why == cabling_no_memory ? -ENOMEM : -EINVAL;
}
