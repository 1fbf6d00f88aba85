/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A declared cabling plan in DOT, in the form that PTM (prescriptive topology
 * manager) reads:
 *
 *     graph G {
 *         "tor1":"swp51" -- "spine1":"swp1" [mbps=100000]
 *         "r1h1" [kind=host]
 *     }
 *
 * Of the DOT language: node and edge statements, chains of edges, attribute
 * lists, comments, subgraphs (their braces only). -> is taken for --.
 */
#include "topology/cabling.h"
#include "topology/array.h"
#include "topology/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/msg.h"

enum { CABLES_MAX = 1 << 20, WORD_MAX = TOPO_TEXT_MAX };

enum token { T_END, T_WORD, T_PUNCT, T_EDGE, T_BAD };

struct lexer {
    const char *p, *end;
    unsigned line;
    enum token token;
    char word[WORD_MAX + 1]; /* T_WORD */
    bool quoted;             /* and it is no keyword */
    char punct;              /* T_PUNCT */
    const char *why;         /* T_BAD */
};

static void bad(struct lexer *l, const char *why)
{
    l->token = T_BAD;
    l->why = why;
}

static bool two(const struct lexer *l, char a, char b)
{
    return l->end - l->p >= 2 && l->p[0] == a && l->p[1] == b;
}

/* Blanks and comments. */
static bool pass_over(struct lexer *l)
{
    while (l->p < l->end) {
        if (two(l, '/', '/') || (*l->p == '#')) {
            while (l->p < l->end && *l->p != '\n')
                l->p++;
        } else if (two(l, '/', '*')) {
            for (l->p += 2; !two(l, '*', '/'); l->p++) {
                if (l->p >= l->end)
                    return false;
                l->line += *l->p == '\n';
            }
            l->p += 2;
        } else if (strchr(" \t\r\n", *l->p) && *l->p) {
            l->line += *l->p++ == '\n';
        } else {
            break;
        }
    }
    return true;
}

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '/' ||
           (unsigned char)c >= 0x80;
}

static void lex_quoted(struct lexer *l)
{
    size_t n = 0;

    for (l->p++; l->p < l->end && *l->p != '"'; l->p++) {
        if (two(l, '\\', '"') || two(l, '\\', '\\'))
            l->p++;
        l->line += *l->p == '\n';
        if (n == WORD_MAX) {
            bad(l, "a name of over 255 bytes");
            return;
        }
        l->word[n++] = *l->p;
    }
    if (l->p == l->end) {
        bad(l, "a name without its closing quote");
        return;
    }
    l->p++;
    l->word[n] = '\0';
    l->quoted = true;
    if (strlen(l->word) != n)
        bad(l, "a NUL in a name");
    else
        l->token = T_WORD;
}

/* <..> with balanced brackets: a label, of no interest. */
static void lex_html(struct lexer *l)
{
    size_t depth = 0;

    do {
        depth += *l->p == '<';
        depth -= *l->p == '>';
        l->line += *l->p++ == '\n';
    } while (depth && l->p < l->end);
    strcpy(l->word, "<>");
    l->token = T_WORD;
    if (depth)
        bad(l, "a < without its >");
}

static void lex(struct lexer *l)
{
    size_t n = 0;

    l->quoted = false;
    if (!pass_over(l)) {
        bad(l, "a comment without its end");
    } else if (l->p >= l->end) {
        l->token = T_END;
    } else if (two(l, '-', '-') || two(l, '-', '>')) {
        l->p += 2;
        l->token = T_EDGE;
    } else if (*l->p == '"') {
        lex_quoted(l);
    } else if (*l->p == '<') {
        lex_html(l);
    } else if (*l->p && strchr("{}[]=:;,", *l->p)) {
        l->token = T_PUNCT;
        l->punct = *l->p++;
    } else {
        while (l->p < l->end && n < WORD_MAX &&
               (word_char(*l->p) ||
                (*l->p == '-' && !two(l, '-', '-') && !two(l, '-', '>'))))
            l->word[n++] = *l->p++;
        l->word[n] = '\0';
        if (n == WORD_MAX)
            bad(l, "a name of over 254 bytes without quotes");
        else if (n)
            l->token = T_WORD;
        else
            bad(l, "a character that has no meaning here");
    }
}

static bool is(const struct lexer *l, char punct)
{
    return l->token == T_PUNCT && l->punct == punct;
}

/* --- statements ---------------------------------------------------------------- */

struct end {
    char *node, *port;
};

struct attrs {
    int64_t mbps;
    char *a_port, *b_port; /* taillabel, headlabel: as rackhop writes them */
    int kind;              /* -1: not said */
};

static void *more(void **array, size_t *room, size_t used, size_t size)
{
    size_t want = *room ? *room * 2 : 64;
    void *bigger;

    if (used < *room)
        return *array;
    bigger = reallocarray(*array, want, size);
    if (bigger) {
        *array = bigger;
        *room = want;
    }
    return bigger;
}

static char *copy_clean(const char *s)
{
    struct topo_view v = { .name = NULL };
    char *copy = NULL;

    topo_str(&v, &copy, s);
    return copy;
}

static const char *no_memory = "out of memory";

static const char *add_cable(struct topo_cabling *p, const struct end *a,
                             const struct end *b, unsigned line)
{
    struct topo_cable *c;

    if (p->cables == CABLES_MAX)
        return "over a million cables";
    if (!more((void **)&p->cable, &p->cable_room, p->cables, sizeof *c))
        return no_memory;
    c = &p->cable[p->cables++];
    *c = (struct topo_cable){ .a = strdup(a->node),
                              .a_port = a->port ? strdup(a->port) : NULL,
                              .b = strdup(b->node),
                              .b_port = b->port ? strdup(b->port) : NULL,
                              .mbps = TOPO_UNKNOWN,
                              .line = line };
    if (!c->a || !c->b || (a->port && !c->a_port) || (b->port && !c->b_port))
        return no_memory;
    return NULL;
}

static const char *add_kind(struct topo_cabling *p, const char *node, int kind)
{
    struct topo_cabling_node *n;

    if (p->nodes == CABLES_MAX)
        return "over a million nodes";
    if (!more((void **)&p->node, &p->node_room, p->nodes, sizeof *n))
        return no_memory;
    n = &p->node[p->nodes++];
    n->kind = (enum topo_kind)kind;
    n->name = strdup(node);
    return n->name ? NULL : no_memory;
}

static const char *copy_port(char **dst, const char *value)
{
    free(*dst);
    *dst = copy_clean(value);
    return *dst ? NULL : no_memory;
}

static const char *understand(struct attrs *a, const char *name,
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
        return copy_port(&a->a_port, value);
    } else if (!strcmp(name, "headlabel") && *value) {
        return copy_port(&a->b_port, value);
    } else if (!strcmp(name, "kind")) {
        if (topo_kind_parse(value, &kind))
            return "kind takes host, switch or segment";
        a->kind = (int)kind;
    }
    return NULL;
}

/* [ name=value, .. ] once or more; the lexer stands behind it afterwards. */
static const char *read_attrs(struct lexer *l, struct attrs *a)
{
    while (is(l, '[')) {
        for (lex(l); !is(l, ']'); lex(l)) {
            char name[WORD_MAX + 1];
            const char *why;

            if (is(l, ',') || is(l, ';'))
                continue;
            if (l->token != T_WORD)
                return "an attribute list without its ]";
            memcpy(name, l->word, sizeof name);
            lex(l);
            if (!is(l, '='))
                return "an attribute without =";
            lex(l);
            if (l->token != T_WORD)
                return "an attribute without a value";
            why = understand(a, name, l->word);
            if (why)
                return why;
        }
        lex(l);
    }
    return NULL;
}

/* "node" or "node":"port", with a compass point that has no meaning here */
static const char *read_end(struct lexer *l, struct end *e)
{
    if (!*l->word)
        return "an empty name";
    e->node = copy_clean(l->word);
    if (!e->node)
        return no_memory;
    lex(l);
    for (int i = 0; i < 2 && is(l, ':'); i++) {
        lex(l);
        if (l->token != T_WORD || !*l->word)
            return "a : without a port behind it";
        if (!e->port) {
            e->port = copy_clean(l->word);
            if (!e->port)
                return no_memory;
        }
        lex(l);
    }
    return NULL;
}

static void attrs_free(struct attrs *a)
{
    free(a->a_port);
    free(a->b_port);
}

/* Attributes of an edge statement hold for each of its cables; ports that
 * stand at the nodes go before those of the attributes. */
static const char *set_cable(struct topo_cable *c, const struct attrs *a)
{
    c->mbps = a->mbps;
    if (!c->a_port && a->a_port)
        c->a_port = strdup(a->a_port);
    if (!c->b_port && a->b_port)
        c->b_port = strdup(a->b_port);
    return (a->a_port && !c->a_port) || (a->b_port && !c->b_port) ? no_memory
                                                                  : NULL;
}

static void end_free(struct end *e)
{
    free(e->node);
    free(e->port);
    *e = (struct end){ NULL, NULL };
}

/* One node, or a chain of cables, with its attributes. */
static const char *read_statement(struct lexer *l, struct topo_cabling *p)
{
    struct attrs a = { .mbps = TOPO_UNKNOWN, .kind = -1 };
    struct end from = { NULL, NULL }, to = { NULL, NULL };
    size_t first = p->cables;
    const char *why = read_end(l, &from);

    if (!why && is(l, '=')) { /* an attribute of the graph */
        lex(l);
        if (l->token != T_WORD)
            why = "an attribute without a value";
        lex(l);
        goto out;
    }
    while (!why && l->token == T_EDGE) {
        unsigned line = l->line;

        lex(l);
        if (l->token != T_WORD) {
            why = "-- without a node behind it";
            break;
        }
        why = read_end(l, &to);
        if (!why && !strcmp(from.node, to.node))
            why = "a cable from a node to itself";
        if (!why)
            why = add_cable(p, &from, &to, line);
        end_free(&from);
        from = to;
        to = (struct end){ NULL, NULL };
    }
    if (!why)
        why = read_attrs(l, &a);
    for (size_t i = first; !why && i < p->cables; i++)
        why = set_cable(&p->cable[i], &a);
    if (!why && a.kind >= 0 && first == p->cables)
        why = add_kind(p, from.node, a.kind);
out:
    end_free(&from);
    end_free(&to);
    attrs_free(&a);
    return why;
}

static bool keyword(const struct lexer *l, const char *word)
{
    return l->token == T_WORD && !l->quoted && !strcmp(l->word, word);
}

/* node [..], edge [..], graph [..]: defaults, which say nothing here */
static bool is_default(const struct lexer *l)
{
    return keyword(l, "node") || keyword(l, "edge") || keyword(l, "graph");
}

static const char *read_body(struct lexer *l, struct topo_cabling *p)
{
    unsigned depth = 1;
    const char *why = NULL;

    for (lex(l); !why && depth;) {
        struct attrs ignored = { .a_port = NULL };

        if (l->token == T_END)
            return "the graph ends without its }";
        if (l->token == T_BAD)
            return l->why;
        if (is(l, '{') || is(l, '}')) {
            depth += is(l, '{') ? 1u : -1u;
            lex(l);
        } else if (is(l, ';') || is(l, ',')) {
            lex(l);
        } else if (l->token != T_WORD) {
            why = "a node's name was expected here";
        } else if (is_default(l)) {
            lex(l);
            why = read_attrs(l, &ignored);
            attrs_free(&ignored);
        } else if (keyword(l, "subgraph")) {
            lex(l);
            if (l->token == T_WORD)
                lex(l);
            if (!is(l, '{'))
                why = "subgraph without {";
        } else {
            why = read_statement(l, p);
        }
        if (why && l->token == T_BAD)
            why = l->why;
    }
    if (!why && l->token != T_END)
        why = l->token == T_BAD ? l->why : "something behind the graph's }";
    return why;
}

static void cable_free(struct topo_cable *c)
{
    free(c->a);
    free(c->a_port);
    free(c->b);
    free(c->b_port);
}

/* Back to what the plan was: half a file is no plan. */
static void roll_back(struct topo_cabling *p, size_t cables, size_t nodes)
{
    while (p->cables > cables)
        cable_free(&p->cable[--p->cables]);
    while (p->nodes > nodes)
        free(p->node[--p->nodes].name);
}

int topo_dot_parse(struct topo_cabling *p, const char *name, const char *text,
                   size_t len, struct msg *err)
{
    struct lexer l = { .p = text, .end = text + len, .line = 1 };
    size_t cables = p->cables, nodes = p->nodes;
    const char *why = NULL;

    lex(&l);
    if (keyword(&l, "strict"))
        lex(&l);
    if (!keyword(&l, "graph") && !keyword(&l, "digraph")) {
        why = "it does not begin with the word graph";
        goto out;
    }
    lex(&l);
    if (l.token == T_WORD)
        lex(&l);
    why = is(&l, '{') ? read_body(&l, p) : "graph without {";
out:
    if (!why)
        return 0;
    roll_back(p, cables, nodes);
    msg_set(err, "%s:%u: %s", name, l.line, why);
    return why == no_memory ? -ENOMEM : -EINVAL;
}

void topo_cabling_dispose(struct topo_cabling *p)
{
    roll_back(p, 0, 0);
    free(p->cable);
    free(p->node);
    *p = (struct topo_cabling){ .cable = NULL };
}
