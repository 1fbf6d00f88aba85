/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides what is where on a drawing: racks in the order of their names, in as
 * many rows as make the sheet one of A4 that lies on its side.
 */
#include "topology/svg_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "topology/export_dot.h"
#include "topology/tiers.h"

enum {
    SHEET_LEAST = 820,
    HEAD = 64,
    FOOT = 58,
    CARD_TITLE = 20,
    TIER_GAP = 46,
    LOOSE = 20, /* hosts of no rack in one card */
};

/* --- links of each node --------------------------------------------------- */

static bool links_make(struct svg *s)
{
    size_t n = topo_nodes(s->t);

    s->link = calloc(2 * topo_links(s->t) + 1, sizeof *s->link);
    s->first = calloc(n + 2, sizeof *s->first);
    if (!s->link || !s->first)
        return false;
    /* counted two places ahead, so that filling moves each to its place */
    for (uint32_t i = 0; i < topo_links(s->t); i++) {
        const struct topo_link *l = topo_link(s->t, i);

        if (l->a + 2 <= n)
            s->first[l->a + 2]++;
        if (l->b + 2 <= n)
            s->first[l->b + 2]++;
    }
    for (size_t i = 2; i <= n; i++)
        s->first[i] += s->first[i - 1];
    for (uint32_t i = 0; i < topo_links(s->t); i++) {
        s->link[s->first[topo_link(s->t, i)->a + 1]++] = i;
        s->link[s->first[topo_link(s->t, i)->b + 1]++] = i;
    }
    return true;
}

const struct topo_node *svg_other(const struct svg *s, uint32_t node,
                                  uint32_t link)
{
    const struct topo_link *l = topo_link(s->t, link);

    return topo_node(s->t, l->a == node ? l->b : l->a);
}

unsigned svg_uplinks(const struct svg *s, uint32_t node)
{
    unsigned n = 0;

    for (uint32_t i = s->first[node]; i < s->first[node + 1]; i++)
        n += svg_other(s, node, s->link[i])->kind != TOPO_HOST;
    return n;
}

/* --- cards ---------------------------------------------------------------- */

/* What members are sorted by. */
struct member_key {
    const struct topo_node *x;
    const char *rack; /* NULL: none */
    struct svg_member m;
};

static int compare_names(const char *a, const char *b)
{
    int r = strverscmp(a, b);

    return r ? r : strcmp(a, b);
}

static int member_compare(const void *va, const void *vb)
{
    const struct member_key *a = va, *b = vb;
    bool a_host = a->x->kind == TOPO_HOST, b_host = b->x->kind == TOPO_HOST;

    if ((a->m.card == SVG_UPPER) != (b->m.card == SVG_UPPER))
        return a->m.card == SVG_UPPER ? -1 : 1;
    if (a->m.card == SVG_UPPER && a->m.tier != b->m.tier)
        return a->m.tier > b->m.tier ? -1 : 1;
    if (a->m.card != SVG_UPPER && !a->rack != !b->rack)
        return a->rack ? -1 : 1;
    if (a->rack && b->rack && strcmp(a->rack, b->rack))
        return compare_names(a->rack, b->rack);
    if (a_host != b_host)
        return a_host ? 1 : -1;
    return compare_names(a->x->name, b->x->name);
}

static struct member_key member_key(const struct svg *s, const uint16_t *tier,
                                    uint32_t i)
{
    const struct topo_node *x = topo_node(s->t, i);
    bool upper = x->kind != TOPO_HOST && !s->rack[i];

    /* what leads to no host stands with the lowest */
    return (struct member_key){
        .x = x,
        .rack = s->rack[i],
        .m = { .node = i,
               .card = upper ? SVG_UPPER : 0,
               .tier = tier[i] == TIER_NONE ? 1 : tier[i] },
    };
}

static bool same_card(const struct member_key *a, const struct member_key *b)
{
    return a->rack && b->rack ? !strcmp(a->rack, b->rack) : a->rack == b->rack;
}

static void cards_take(struct svg *s, const struct member_key *k, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct svg_card *c;

        s->m[i] = k[i].m;
        if (k[i].m.card == SVG_UPPER) {
            s->at[k[i].m.node].card = SVG_UPPER;
            s->uppers++;
            continue;
        }
        if (i == s->uppers || !same_card(&k[i], &k[i - 1]) ||
            (!k[i].rack && s->card[s->cards - 1].n == LOOSE))
            s->card[s->cards++] =
                (struct svg_card){ .name = k[i].rack, .first = i };
        c = &s->card[s->cards - 1];
        c->n++;
        s->m[i].card = s->at[k[i].m.node].card = (uint32_t)(s->cards - 1);
        if (k[i].x->kind != TOPO_HOST)
            s->at[k[i].m.node].bus = (unsigned)c->switches++;
        if (c->switches > s->buses)
            s->buses = (unsigned)c->switches;
    }
}

static int cards_make(struct svg *s)
{
    size_t n = topo_nodes(s->t);
    uint16_t *tier = tiers_of(s->t);
    struct member_key *k = calloc(n + 1, sizeof *k);
    int rc = -ENOMEM;

    s->rack = dot_racks(s->t);
    s->m = calloc(n + 1, sizeof *s->m);
    s->card = calloc(n + 1, sizeof *s->card);
    s->at = calloc(n + 1, sizeof *s->at);
    if (!tier || !k || !s->rack || !s->m || !s->card || !s->at ||
        !links_make(s))
        goto out;
    for (uint32_t i = 0; i < n; i++)
        k[i] = member_key(s, tier, i);
    qsort(k, n, sizeof *k, member_compare);
    cards_take(s, k, n);
    rc = 0;
out:
    free(k);
    free(tier);
    return rc;
}

/* --- sizes ---------------------------------------------------------------- */

static double width_cut(const char *name, int size)
{
    return fmin(svg_width(name, size), svg_width(" ", size) * SVG_LETTERS);
}

double svg_host_height(const struct svg *s, uint32_t host)
{
    uint32_t ports = s->first[host + 1] - s->first[host];

    return SVG_ROW + (s->look->ports ? ports * SVG_PORT : 0);
}

/* What a member needs of a card's width. */
static double member_width(const struct svg *s, uint32_t node)
{
    const struct topo_node *x = topo_node(s->t, node);
    double w = width_cut(x->name, SVG_TEXT);

    if (x->kind == TOPO_HOST && s->look->host)
        w += SVG_BAR + SVG_STATE + 12;
    for (uint32_t i = s->first[node]; s->look->ports && i < s->first[node + 1];
         i++) {
        char *text = svg_ports_text(s, node, s->link[i]);

        if (text && (x->kind == TOPO_HOST ||
                     svg_other(s, node, s->link[i])->kind != TOPO_HOST))
            w = fmax(w, 8 + fmin(svg_width(text, SVG_SMALL), 420));
        free(text);
    }
    return w;
}

static double box_width(const struct svg *s, uint32_t node)
{
    return fmax(66, width_cut(topo_node(s->t, node)->name, SVG_TEXT) + 14);
}

/* The switches of a card in rows, and what that takes of its width. */
static double boxes_width(const struct svg *s, const struct svg_card *c)
{
    double w = 0, row = 0;

    for (size_t i = 0; i < c->switches; i++) {
        if (i % SVG_BOXES == 0)
            row = 0;
        row += box_width(s, s->m[c->first + i].node) + 8;
        w = fmax(w, row - 8);
    }
    return w;
}

double svg_boxes_end(const struct svg_card *c)
{
    size_t rows = (c->switches + SVG_BOXES - 1) / SVG_BOXES;

    return rows ? c->y - SVG_RAISE + (double)rows * (SVG_BOX + SVG_BELOW) -
                      SVG_BELOW
                : c->y;
}

static double card_height(const struct svg *s, const struct svg_card *c)
{
    double h = svg_boxes_end(c) - c->y + CARD_TITLE + SVG_PAD +
               (double)(c->switches + 1) * SVG_TURN;

    for (size_t i = 0; i < c->n; i++) {
        uint32_t node = s->m[c->first + i].node;

        if (i >= c->switches)
            h += svg_host_height(s, node);
        else if (s->look->ports)
            h += svg_uplinks(s, node) * SVG_PORT;
    }
    if (c->switches && !s->look->ports)
        h += SVG_PORT;
    return h;
}

static void cards_measure(struct svg *s)
{
    double bus = s->buses * SVG_BUS + 4;

    for (size_t i = 0; i < s->cards; i++) {
        struct svg_card *c = &s->card[i];
        double w = boxes_width(s, c);

        for (size_t k = 0; k < c->n; k++)
            w = fmax(w, bus + member_width(s, s->m[c->first + k].node));
        if (c->name)
            w = fmax(w, bus + width_cut(c->name, SVG_TEXT) + 110);
        c->h = card_height(s, c);
        s->card_w = fmax(s->card_w, ceil(w) + 2 * SVG_PAD);
    }
}

/* --- places --------------------------------------------------------------- */

/* The height of the cards in rows of that many. */
static double rows_height(const struct svg *s, size_t columns)
{
    double h = 0;

    for (size_t i = 0; i < s->cards; i += columns) {
        double row = 0;

        for (size_t k = i; k < i + columns && k < s->cards; k++)
            row = fmax(row, s->card[k].h);
        h += row + 2 * SVG_GAP;
    }
    return h;
}

static double uppers_height(const struct svg *s)
{
    double h = 0;

    for (size_t i = 0; i < s->uppers; i++)
        if (!i || s->m[i].tier != s->m[i - 1].tier)
            h += SVG_BOX + TIER_GAP;
    return h;
}

/* How many cards a row has, so that the sheet is nearest to one of A4, as far
 * as rows of the least width allow; all rows have about as many. */
static size_t best_columns(const struct svg *s)
{
    double best = INFINITY, above = HEAD + FOOT + uppers_height(s);
    size_t columns = 1, rows;

    for (size_t c = 1; c <= s->cards; c++) {
        double w = (double)c * (s->card_w + SVG_GAP) + 2 * SVG_MARGIN;
        double h = rows_height(s, c) + above;
        double off = fabs(log(fmax(w, SHEET_LEAST) / h) - log(M_SQRT2));

        rows = (s->cards + c - 1) / c;
        if ((s->cards + rows - 1) / rows == c &&
            (off < best || w <= SHEET_LEAST)) {
            best = off;
            columns = c;
        }
    }
    return columns;
}

/* A row of boxes, in the middle of the sheet: i .. end - 1. */
static void uppers_row(struct svg *s, size_t i, size_t end, double y)
{
    double w = -SVG_GAP;

    for (size_t k = i; k < end; k++)
        w += box_width(s, s->m[k].node) + SVG_GAP;
    for (double x = (s->w - w) / 2; i < end; i++) {
        struct svg_place *p = &s->at[s->m[i].node];

        p->x = x;
        p->y = y;
        p->w = box_width(s, s->m[i].node);
        x += p->w + SVG_GAP;
    }
}

/* Rows of each tier, as many as it takes. Returns what is below them. */
static double uppers_place(struct svg *s, double y)
{
    for (size_t i = 0, end; i < s->uppers; i = end) {
        double w = box_width(s, s->m[i].node);

        for (end = i + 1; end < s->uppers && s->m[end].tier == s->m[i].tier;
             end++) {
            w += SVG_GAP + box_width(s, s->m[end].node);
            if (w > s->w - 2 * SVG_MARGIN)
                break;
        }
        uppers_row(s, i, end, y);
        y += SVG_BOX + TIER_GAP;
    }
    return y;
}

/* Switches side by side, and hosts below each other. */
static void card_place(struct svg *s, const struct svg_card *c)
{
    double x = c->x + SVG_PAD, y = c->y - SVG_RAISE;

    for (size_t i = 0; i < c->switches; i++) {
        struct svg_place *p = &s->at[s->m[c->first + i].node];

        if (i && i % SVG_BOXES == 0) {
            x = c->x + SVG_PAD;
            y += SVG_BOX + SVG_BELOW;
        }
        *p = (struct svg_place){ p->card, p->bus, x, y,
                                 box_width(s, s->m[c->first + i].node) };
        x += p->w + 8;
    }
    y = c->y + c->h - SVG_PAD;
    for (size_t i = c->n; i-- > c->switches;) {
        uint32_t node = s->m[c->first + i].node;

        y -= svg_host_height(s, node);
        s->at[node].x = c->x + SVG_PAD + s->buses * SVG_BUS + 4;
        s->at[node].y = y;
        s->at[node].w = c->x + s->card_w - SVG_PAD - s->at[node].x;
    }
}

static double cards_place(struct svg *s, size_t columns, double y)
{
    double used = (double)columns * (s->card_w + SVG_GAP) - SVG_GAP;

    for (size_t i = 0; i < s->cards; i += columns) {
        double row = 0, x = (s->w - used) / 2;

        for (size_t k = i; k < i + columns && k < s->cards; k++) {
            s->card[k].x = x;
            s->card[k].y = y;
            card_place(s, &s->card[k]);
            row = fmax(row, s->card[k].h);
            x += s->card_w + SVG_GAP;
        }
        y += row + 2 * SVG_GAP;
    }
    return y;
}

int svg_sheet_make(struct svg *s)
{
    size_t columns;
    int rc = cards_make(s);

    if (rc)
        return rc;
    cards_measure(s);
    columns = best_columns(s);
    s->w = fmax(SHEET_LEAST,
                (double)columns * (s->card_w + SVG_GAP) + 2 * SVG_MARGIN);
    s->cards_y = uppers_place(s, HEAD);
    s->h = cards_place(s, columns, s->cards_y) + FOOT;
    return 0;
}

void svg_sheet_dispose(struct svg *s)
{
    free(s->rack);
    free(s->link);
    free(s->first);
    free(s->m);
    free(s->card);
    free(s->at);
}
