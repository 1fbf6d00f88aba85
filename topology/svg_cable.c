/* SPDX-License-Identifier: LGPL-2.1-only */
/* Draws the cables of a drawing: lines in the colour of what tells of them, as
 * wide as they are fast; and says them in words. */
#include "topology/svg_impl.h"

#include <stdlib.h>
#include <string.h>

#define DISPUTED "#cf222e"

const char *svg_colour(enum topo_evidence e)
{
    switch (e) {
    case TOPO_BOTH: return "#1a7f37";
    case TOPO_SWITCH_SAYS: return "#0969da";
    case TOPO_HOST_SAYS: return "#bc4c00";
    case TOPO_DECLARED: return "#6e7781";
    }
    return "black";
}

double svg_stroke(int64_t mbps)
{
    return mbps < 10000 ? 0.8 : mbps < 25000 ? 1.2 : mbps < 100000 ? 1.7 : 2.3;
}

static const char *svg_dashes(enum topo_evidence e)
{
    return e == TOPO_DECLARED ? " stroke-dasharray=\"5 3\"" : "";
}

/* --- in words ------------------------------------------------------------- */

static const char *port_or(const char *port)
{
    return port ? port : "?";
}

static void put_disputes(FILE *f, const struct topo *t, uint32_t link)
{
    const struct topo_dispute *d;
    size_t n;

    d = topo_disputes(t, link, &n);
    for (size_t i = 0; i < n; i++)
        fprintf(f, " (%s says %s %s to %s %s)",
                d[i].evidence == TOPO_DECLARED ? "the plan" : d[i].a, d[i].a,
                port_or(d[i].a_port), d[i].b, port_or(d[i].b_port));
}

char *svg_ports_text(const struct svg *s, uint32_t node, uint32_t link)
{
    const struct topo_link *l = topo_link(s->t, link);
    bool a = l->a == node;
    char *text = NULL, speed[24];
    size_t len;
    FILE *f = open_memstream(&text, &len);

    if (!f)
        return NULL;
    /* a card may have several switches, whose ports stand together */
    if (topo_node(s->t, node)->kind != TOPO_HOST)
        fprintf(f, "%s ", topo_node(s->t, node)->name);
    fprintf(f, "%s \xe2\x80\x93 %s %s %s", port_or(a ? l->a_port : l->b_port),
            topo_node(s->t, a ? l->b : l->a)->name,
            port_or(a ? l->b_port : l->a_port), svg_speed(speed, l->mbps));
    put_disputes(f, s->t, link);
    if (fclose(f)) {
        free(text);
        return NULL;
    }
    return text;
}

void svg_put_ports(const struct svg *s, double x, double y, uint32_t node,
                   uint32_t link)
{
    double room = s->card[s->at[node].card].x + s->card_w - SVG_PAD - x;
    char *text = svg_ports_text(s, node, link), style[64];

    snprintf(style, sizeof style, "style=\"fill:%s\"",
             svg_colour(topo_link(s->t, link)->evidence));
    if (text)
        svg_put_text(s, x, y, SVG_SMALL,
                     (size_t)(room / svg_width(" ", SVG_SMALL)), style, text);
    free(text);
}

/* --- lines between cards -------------------------------------------------- */

/* All cables between two nodes. */
struct svg_line {
    uint32_t a, b;
    int64_t mbps;
    enum topo_evidence weakest;
};

static int line_compare(const void *va, const void *vb)
{
    const struct svg_line *a = va, *b = vb;

    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    if (a->b != b->b)
        return a->b < b->b ? -1 : 1;
    return a->weakest < b->weakest ? -1 : a->weakest > b->weakest;
}

/* The point of a node at which lines from that height arrive. */
static void anchor(const struct svg *s, uint32_t node, double from_y,
                   double *x_r, double *y_r)
{
    const struct svg_place *p = &s->at[node];

    if (topo_node(s->t, node)->kind == TOPO_HOST) {
        *x_r = p->x + p->w;
        *y_r = p->y + SVG_ROW / 2.0;
        return;
    }
    *x_r = p->x + p->w / 2;
    *y_r = from_y < p->y   ? p->y
           : from_y > p->y ? p->y + SVG_BOX
                           : p->y + SVG_BOX / 2.0;
}

static void put_line(const struct svg *s, uint32_t a, uint32_t b,
                     const char *style)
{
    double x1, y1, x2, y2;

    anchor(s, a, s->at[b].y, &x1, &y1);
    anchor(s, b, s->at[a].y, &x2, &y2);
    fprintf(s->f,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1,
            y1, x2, y2, style);
}

/* Whether the cable is among the lines within cards, or among the others. From
 * a switch to hosts of its card there are stubs (svg_put_buses()). Where cards
 * stand below each other, lines to the lower ones would pass behind others and
 * show nothing: cards say in words what they are cabled to. */
static bool has_line(const struct svg *s, uint32_t a, uint32_t b, bool within)
{
    bool rows = s->cards && s->card[s->cards - 1].y > s->card[0].y;
    bool upper = s->at[a].card == SVG_UPPER && s->at[b].card == SVG_UPPER;
    bool same = s->at[a].card == s->at[b].card && s->at[a].card != SVG_UPPER;
    bool stub = (topo_node(s->t, a)->kind == TOPO_HOST) !=
                (topo_node(s->t, b)->kind == TOPO_HOST);

    return within ? same && !stub : !same && (upper || !rows);
}

static void put_disputed_lines(const struct svg *s, uint32_t link)
{
    const struct topo_dispute *d;
    size_t n;

    d = topo_disputes(s->t, link, &n);
    for (size_t i = 0; i < n; i++) {
        int a = topo_find(s->t, d[i].a), b = topo_find(s->t, d[i].b);

        if (!d[i].again && a >= 0 && b >= 0 && a != b)
            put_line(s, (uint32_t)a, (uint32_t)b,
                     "stroke=\"" DISPUTED "\" stroke-width=\"1.5\" "
                     "stroke-dasharray=\"1.5 3\"");
    }
}

void svg_put_lines(const struct svg *s, bool within)
{
    struct svg_line *line = calloc(topo_links(s->t) + 1, sizeof *line);
    size_t n = 0;

    for (uint32_t i = 0; line && i < topo_links(s->t); i++) {
        const struct topo_link *l = topo_link(s->t, i);
        uint32_t a = l->a < l->b ? l->a : l->b, b = l->a < l->b ? l->b : l->a;

        if (has_line(s, a, b, within))
            line[n++] = (struct svg_line){ a, b, l->mbps, l->evidence };
    }
    if (n)
        qsort(line, n, sizeof *line, line_compare);
    for (size_t i = 0; i < n; i++) {
        char style[128];

        if (i && line[i].a == line[i - 1].a && line[i].b == line[i - 1].b)
            continue;
        snprintf(style, sizeof style, "stroke=\"%s\" stroke-width=\"%g\"%s",
                 svg_colour(line[i].weakest), svg_stroke(line[i].mbps),
                 svg_dashes(line[i].weakest));
        put_line(s, line[i].a, line[i].b, style);
    }
    for (uint32_t i = 0; within && i < topo_links(s->t); i++)
        put_disputed_lines(s, i);
    free(line);
}

/* --- lines within a card -------------------------------------------------- */

/* From a switch's line to a host's row. */
static double put_stub(const struct svg *s, double x, uint32_t host,
                       const struct topo_link *l)
{
    double y = s->at[host].y + SVG_ROW / 2.0;

    fprintf(s->f,
            "<path d=\"M%.1f %.1fH%.1f\" stroke=\"%s\" "
            "stroke-width=\"%g\"%s/>\n",
            x, y, s->at[host].x, svg_colour(l->evidence), svg_stroke(l->mbps),
            svg_dashes(l->evidence));
    return y;
}

/* One switch: stubs, then the line that they end at. */
static void put_bus(const struct svg *s, const struct svg_card *c,
                    uint32_t node)
{
    const struct svg_place *p = &s->at[node];
    double x = c->x + SVG_PAD + 2 + p->bus * SVG_BUS, end = 0;
    double turn = svg_boxes_end(c) + (double)(c->switches - p->bus) * SVG_TURN;

    for (uint32_t i = s->first[node]; i < s->first[node + 1]; i++) {
        const struct topo_link *l = topo_link(s->t, s->link[i]);
        uint32_t host = l->a == node ? l->b : l->a;

        if (topo_node(s->t, host)->kind == TOPO_HOST &&
            s->at[host].card == p->card) {
            double y = put_stub(s, x, host, l);

            end = y > end ? y : end;
        }
    }
    if (end > 0)
        fprintf(
            s->f, "<path d=\"M%.1f %.1fV%.1fH%.1fV%.1f\" class=\"bus\"/>\n",
            p->x + 8 + p->bus % SVG_BOXES * 3, p->y + SVG_BOX, turn, x, end);
}

void svg_put_buses(const struct svg *s, const struct svg_card *c)
{
    fputs("<g fill=\"none\">\n", s->f);
    for (size_t i = 0; i < c->switches; i++)
        put_bus(s, c, s->m[c->first + i].node);
    fputs("</g>\n", s->f);
}
