/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Draws a map of many racks: a card for each rack, in rows, in the order of
 * their names.
 *
 * Lines between eight racks and their spines leave no room for labels, and one
 * row of racks fits no paper. So ports and speeds stand in the cards, lines
 * have no labels and pass behind the cards, and there are as many rows as make
 * a sheet of paper.
 */
#include "topology/export_dot.h"
#include "topology/tiers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* About a card's text, in points. */
enum { POINTS_LETTER = 6, POINTS_LINE = 13, POINTS_GAP = 40 };

/* A rack, or a node that stands in none. */
struct card {
    const char *name; /* of the rack; NULL: the node's */
    uint32_t node;    /* the first */
    uint16_t tier;    /* the switches above racks: 2 and more; racks: 1 */
    size_t first, n;  /* members */
    size_t letters, lines;
};

struct cards {
    const struct topo *t;
    FILE *f;
    struct dot_member *m; /* nodes by card */
    struct card *card;
    size_t n;
    uint32_t *of;      /* node -> its card */
    uint32_t *uplinks; /* cables of each node that lead to no host */
};

/* --- which cards --------------------------------------------------------- */

static int card_compare(const void *va, const void *vb)
{
    const struct card *a = va, *b = vb;

    if (a->tier != b->tier)
        return a->tier > b->tier ? -1 : 1;
    return strverscmp(a->name, b->name);
}

static int member_compare(const void *va, const void *vb)
{
    const struct dot_member *a = va, *b = vb;
    int r = strverscmp(a->rack, b->rack);

    return r ? r : strverscmp(a->name, b->name);
}

/* Racks are one tier, whatever stands in them; so are nodes on no switch. */
static uint16_t card_tier(const uint16_t *tier, const char *rack,
                          uint32_t node, const struct topo *t)
{
    if (rack)
        return 1;
    if (topo_node(t, node)->kind == TOPO_HOST || tier[node] == TIER_NONE)
        return 0;
    return tier[node] < 2 ? 2 : tier[node];
}

/* A card for the members i .. end - 1. */
static void card_measure(const struct cards *c, struct card *k)
{
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct dot_member *x = &c->m[i];

        k->lines +=
            c->uplinks[x->node] > 2 ? (c->uplinks[x->node] + 1) / 2 : 1;
        if (strlen(x->name) * 2 + 44 > k->letters)
            k->letters = strlen(x->name) * 2 + 44;
    }
    k->lines++;
}

static bool cards_make(struct cards *c, const char **rack,
                       const uint16_t *tier)
{
    size_t n = topo_nodes(c->t);

    c->m = calloc(n + 1, sizeof *c->m);
    c->card = calloc(n + 1, sizeof *c->card);
    c->of = calloc(n + 1, sizeof *c->of);
    c->uplinks = calloc(n + 1, sizeof *c->uplinks);
    if (!c->m || !c->card || !c->of || !c->uplinks)
        return false;
    for (uint32_t i = 0; i < topo_links(c->t); i++) {
        const struct topo_link *l = topo_link(c->t, i);

        c->uplinks[l->a] += topo_node(c->t, l->b)->kind != TOPO_HOST;
        c->uplinks[l->b] += topo_node(c->t, l->a)->kind != TOPO_HOST;
    }
    for (uint32_t i = 0; i < n; i++)
        c->m[i] = (struct dot_member){ rack[i] ? rack[i] : "",
                                       topo_node(c->t, i)->name, i };
    qsort(c->m, n, sizeof *c->m, member_compare);
    for (size_t i = 0, end; i < n; i = end) {
        uint32_t node = c->m[i].node;
        struct card *k = &c->card[c->n++];

        for (end = i + 1;
             end < n && rack[node] && !strcmp(c->m[i].rack, c->m[end].rack);)
            end++;
        *k = (struct card){ .name = rack[node] ? rack[node] : c->m[i].name,
                            .node = node,
                            .tier = card_tier(tier, rack[node], node, c->t),
                            .first = i,
                            .n = end - i };
        card_measure(c, k);
    }
    qsort(c->card, c->n, sizeof *c->card, card_compare);
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->card[i].n; k++)
            c->of[c->m[c->card[i].first + k].node] = (uint32_t)i;
    return true;
}

/* --- what is in a card --------------------------------------------------- */

static void card_put_cable(const struct cards *c, uint32_t node, uint32_t link)
{
    const struct topo_link *l = topo_link(c->t, link);
    bool a = l->a == node;
    const char *port = a ? l->a_port : l->b_port,
               *remote = a ? l->b_port : l->a_port;

    fprintf(c->f, "<font color=\"%s\">", dot_colour(l->evidence));
    dot_put_html(c->f, port ? port : "?");
    fputs(" &#9473; ", c->f);
    dot_put_html(c->f, topo_node(c->t, a ? l->b : l->a)->name);
    putc(' ', c->f);
    dot_put_html(c->f, remote ? remote : "?");
    fputs(" <b>", c->f);
    dot_put_speed(c->f, l->mbps);
    fputs("</b></font>", c->f);
    dot_put_disputes_text(c->f, c->t, link);
}

/* Whether the card of a node names the cable: hosts name all of theirs, and
 * of two switches the lower does, which has fewer. */
static bool card_names(const struct cards *c, uint32_t node,
                       const struct topo_link *l)
{
    uint32_t other = l->a == node ? l->b : l->a;
    const struct card *here = &c->card[c->of[node]],
                      *there = &c->card[c->of[other]];

    if (topo_node(c->t, node)->kind == TOPO_HOST)
        return true;
    return topo_node(c->t, other)->kind != TOPO_HOST &&
           here->tier <= there->tier;
}

/* The links of each node, by node. */
struct card_links {
    uint32_t *link, *first;
};

/* The cell with a member's name, or the one below it. */
static void card_put_name(const struct cards *c, uint32_t node, bool named)
{
    bool host = topo_node(c->t, node)->kind == TOPO_HOST;

    fprintf(c->f, "<tr><td align=\"left\" bgcolor=\"%s\">",
            host ? "#ffffff" : "#ddf4ff");
    if (named) {
        fputs("<b>", c->f);
        dot_put_html(c->f, topo_node(c->t, node)->name);
        fputs("</b>", c->f);
    }
    fputs("</td><td align=\"left\">", c->f);
}

/* A member and its cables, two in a line. */
static void card_put_member(const struct cards *c, const struct card_links *k,
                            uint32_t node)
{
    unsigned n = 0;

    card_put_name(c, node, true);
    for (uint32_t i = k->first[node]; i < k->first[node + 1]; i++) {
        if (!card_names(c, node, topo_link(c->t, k->link[i])))
            continue;
        if (n && n % 2) {
            fputs(" &#160; ", c->f);
        } else if (n) {
            fputs("</td></tr>", c->f);
            card_put_name(c, node, false);
        }
        card_put_cable(c, node, k->link[i]);
        n++;
    }
    fputs(n ? "</td></tr>" : " </td></tr>", c->f);
}

static void card_put(const struct cards *c, const struct card_links *k,
                     size_t i)
{
    const struct card *x = &c->card[i];

    fprintf(c->f,
            "    n%zu [label=<<table border=\"1\" cellborder=\"0\" "
            "cellspacing=\"0\" cellpadding=\"2\" color=\"#afb8c1\" "
            "bgcolor=\"#f6f8fa\">",
            i);
    if (x->tier == 1) {
        fputs("<tr><td colspan=\"2\" align=\"left\">rack <b>", c->f);
        dot_put_html(c->f, x->name);
        fputs("</b></td></tr>", c->f);
    }
    /* switches first */
    for (int hosts = 0; hosts < 2; hosts++)
        for (size_t m = x->first; m < x->first + x->n; m++)
            if ((topo_node(c->t, c->m[m].node)->kind == TOPO_HOST) == hosts)
                card_put_member(c, k, c->m[m].node);
    fputs("</table>>]\n", c->f);
}

static bool card_links_make(const struct topo *t, struct card_links *k)
{
    size_t n = topo_nodes(t);

    k->link = calloc(2 * topo_links(t) + 1, sizeof *k->link);
    k->first = calloc(n + 2, sizeof *k->first);
    if (!k->link || !k->first)
        return false;
    /* counted two places ahead, so that filling moves each to its place */
    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);

        if (l->a + 2 <= n)
            k->first[l->a + 2]++;
        if (l->b + 2 <= n)
            k->first[l->b + 2]++;
    }
    for (size_t i = 2; i <= n; i++)
        k->first[i] += k->first[i - 1];
    for (uint32_t i = 0; i < topo_links(t); i++) {
        k->link[k->first[topo_link(t, i)->a + 1]++] = i;
        k->link[k->first[topo_link(t, i)->b + 1]++] = i;
    }
    return true;
}

/* --- rows ---------------------------------------------------------------- */

/* How many cards of racks a row has, so that all rows are as wide as a sheet
 * of A4 that lies on its side. */
static size_t cards_in_row(const struct card *x, size_t n)
{
    double best = INFINITY, width = 1, height = 1;
    size_t columns = 1;

    for (size_t i = 0; i < n; i++) {
        width = fmax(width, (double)x[i].letters * POINTS_LETTER + POINTS_GAP);
        height = fmax(height, (double)x[i].lines * POINTS_LINE + POINTS_GAP);
    }
    for (size_t c = 1; c <= n; c++) {
        double rows = ceil((double)n / (double)c),
               off = fabs(log((double)c * width / ((rows + 0.5) * height)) -
                          log(M_SQRT2));

        if (off < best) {
            best = off;
            columns = c;
        }
    }
    return columns;
}

/* Invisible lines keep cards of a row beside each other, and rows apart. */
static void row_put(const struct cards *c, size_t first, size_t n,
                    size_t above, size_t above_n)
{
    fputs("    { rank=same", c->f);
    for (size_t i = first; i < first + n; i++)
        fprintf(c->f, "; n%zu", i);
    fputs(" }\n", c->f);
    for (size_t i = first + 1; i < first + n; i++)
        fprintf(c->f, "    n%zu -- n%zu [style=invis]\n", i - 1, i);
    for (size_t i = 0; i < n && above_n; i++)
        fprintf(c->f, "    n%zu -- n%zu [style=invis]\n",
                above + (above_n == 1 ? 0 : i * above_n / n), first + i);
}

static void rows_put(const struct cards *c)
{
    size_t above = 0, above_n = 0;

    for (size_t i = 0, end; i < c->n; i = end) {
        size_t columns;

        for (end = i + 1; end < c->n && c->card[end].tier == c->card[i].tier;)
            end++;
        columns = c->card[i].tier == 1 ? cards_in_row(&c->card[i], end - i)
                                       : end - i;
        for (size_t k = i; k < end; k += columns) {
            size_t n = end - k < columns ? end - k : columns;

            row_put(c, k, n, above, above_n);
            above = k;
            above_n = n;
        }
    }
}

/* --- lines --------------------------------------------------------------- */

/* All cables between two cards. */
struct card_line {
    uint32_t a, b;
    enum topo_evidence weakest;
};

static int line_compare(const void *va, const void *vb)
{
    const struct card_line *a = va, *b = vb;

    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    if (a->b != b->b)
        return a->b < b->b ? -1 : 1;
    return a->weakest < b->weakest ? -1 : a->weakest > b->weakest;
}

/* One line for all cables of two cards, in the colour of the least sure. */
static void lines_put(const struct cards *c)
{
    struct card_line *l = calloc(topo_links(c->t) + 1, sizeof *l);
    size_t n = 0;

    for (uint32_t i = 0; l && i < topo_links(c->t); i++) {
        const struct topo_link *k = topo_link(c->t, i);
        uint32_t a = c->of[k->a], b = c->of[k->b];

        if (a != b)
            l[n++] = (struct card_line){ a < b ? a : b, a < b ? b : a,
                                         k->evidence };
    }
    if (n)
        qsort(l, n, sizeof *l, line_compare);
    for (size_t i = 0; i < n; i++)
        if (!i || l[i].a != l[i - 1].a || l[i].b != l[i - 1].b)
            fprintf(c->f,
                    "    n%u -- n%u [color=\"%s\", constraint=false%s]\n",
                    l[i].a, l[i].b, dot_colour(l[i].weakest),
                    l[i].weakest == TOPO_DECLARED ? ", style=dashed" : "");
    free(l);
}

void dot_put_cards(FILE *f, const struct topo *t, const char **rack,
                   const uint16_t *tier)
{
    struct cards c = { .t = t, .f = f };
    struct card_links k = { NULL, NULL };

    if (cards_make(&c, rack, tier) && card_links_make(t, &k)) {
        fputs("    graph [outputorder=edgesfirst, ranksep=0.6, "
              "nodesep=0.25]\n"
              "    node [shape=plain, fontsize=9]\n",
              f);
        for (size_t i = 0; i < c.n; i++)
            card_put(&c, &k, i);
        rows_put(&c);
        lines_put(&c);
    }
    free(k.link);
    free(k.first);
    free(c.m);
    free(c.card);
    free(c.of);
    free(c.uplinks);
}
