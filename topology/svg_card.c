/* SPDX-License-Identifier: LGPL-2.1-only */
/* Draws the switches and the racks of a drawing, with what each host is. */
#include "topology/svg_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/figure.h"

/* --- switches ------------------------------------------------------------- */

/* "4 x 100G up", "2 cables up": of cables of several speeds only how many. */
static void uplinks_text(const struct svg *s, uint32_t node, char buf[64])
{
    unsigned n = svg_uplinks(s, node);
    int64_t mbps = TOPO_UNKNOWN;
    bool mixed = false, any = false;
    char speed[24];

    for (uint32_t i = s->first[node]; i < s->first[node + 1]; i++) {
        const struct topo_link *l = topo_link(s->t, s->link[i]);

        if (svg_other(s, node, s->link[i])->kind == TOPO_HOST)
            continue;
        mixed |= any && l->mbps != mbps;
        mbps = l->mbps;
        any = true;
    }
    if (!n)
        snprintf(buf, 64, "no uplink");
    else if (mixed || mbps < 0)
        snprintf(buf, 64, "%u cables", n);
    else
        snprintf(buf, 64, "%u \xc3\x97 %s", n, svg_speed(speed, mbps));
}

static void put_switch(const struct svg *s, uint32_t node)
{
    const struct topo_node *x = topo_node(s->t, node);
    const struct svg_place *p = &s->at[node];
    bool segment = x->kind == TOPO_SEGMENT;
    char text[64];

    fprintf(s->f, "<g><title>%s ", topo_kind_name(x->kind));
    svg_put_escaped(s->f, x->name);
    fprintf(s->f,
            "</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
            "height=\"%d\" rx=\"%d\" class=\"%s\"/>\n",
            p->x, p->y, p->w, SVG_BOX, segment ? 12 : 3,
            segment ? "segment" : "switch");
    svg_put_text(s, p->x + p->w / 2, p->y + 14, SVG_TEXT, SVG_LETTERS,
                 "class=\"name mid\"", x->name);
    uplinks_text(s, node, text);
    svg_put_text(s, p->x + p->w / 2, p->y + 26, SVG_SMALL, SVG_LETTERS,
                 "class=\"dim mid\"", text);
    fputs("</g>\n", s->f);
}

void svg_put_uppers(const struct svg *s)
{
    for (size_t i = 0; i < s->uppers; i++)
        put_switch(s, s->m[i].node);
}

/* --- hosts ---------------------------------------------------------------- */

static const struct topo_svg_host *host_look(const struct svg *s,
                                             uint32_t node)
{
    const struct topo_svg_host *h =
        s->look->host ? &s->look->host[node] : NULL;

    return h && h->state ? h : NULL;
}

/* What a pointer that rests on the host shows. */
static void put_host_title(const struct svg *s, uint32_t node)
{
    const struct topo_svg_host *h = host_look(s, node);
    char used[FIGURE], all[FIGURE];

    fputs("<title>", s->f);
    svg_put_escaped(s->f, topo_node(s->t, node)->name);
    if (h)
        fprintf(s->f, ": %s", h->state);
    if (h && h->capacity_mib > 0)
        fprintf(s->f, ", %u guest%s have %s of %s", h->guests,
                figure_plural(h->guests),
                figure_mib(used, (double)h->used_mib),
                figure_mib(all, (double)h->capacity_mib));
    for (uint32_t i = s->first[node]; i < s->first[node + 1]; i++) {
        char *text = svg_ports_text(s, node, s->link[i]);

        fputs("\n", s->f);
        svg_put_escaped(s->f, text ? text : "");
        free(text);
    }
    fputs("</title>\n", s->f);
}

/* The bar of a host's memory. Returns the part in use, in per cent. */
static double put_bar(const struct svg *s, const struct topo_svg_host *h,
                      double x, double y)
{
    double part = (double)h->used_mib / (double)h->capacity_mib;

    part = fmin(1, fmax(0, part));
    fprintf(s->f,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"9\" "
            "class=\"bar\"/><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
            "height=\"9\" class=\"%s\"/>\n",
            x, y, SVG_BAR, x, y, SVG_BAR * part,
            part >= 0.9 ? "full" : "used");
    return 100 * part;
}

static void put_state(const struct svg *s, uint32_t node, double y)
{
    const struct topo_svg_host *h = host_look(s, node);
    double end = s->at[node].x + s->at[node].w, part = -1;
    double x = end - SVG_STATE - SVG_BAR;
    char text[32];

    if (!h) {
        svg_put_text(s, end - SVG_STATE + 5, y + 12, SVG_SMALL, 13,
                     "class=\"dim\"", "not known");
        return;
    }
    if (h->capacity_mib > 0 && h->used_mib >= 0)
        part = put_bar(s, h, x, y + 4);
    snprintf(text, sizeof text, "%.0f%%", part);
    if (strcmp(h->state, "up"))
        svg_put_text(s, end - SVG_STATE + 5, y + 12, SVG_SMALL, 13,
                     !strcmp(h->state, "maintenance") ? "class=\"warn\""
                                                      : "class=\"bad\"",
                     h->state);
    else if (part >= 0)
        svg_put_text(s, end - SVG_STATE + 5, y + 12, SVG_SMALL, 13,
                     "class=\"dim\"", text);
}

static void put_host(const struct svg *s, uint32_t node)
{
    const struct topo_svg_host *h = host_look(s, node);
    const struct svg_place *p = &s->at[node];
    double y = p->y + SVG_ROW;

    fputs("<g>", s->f);
    put_host_title(s, node);
    fprintf(
        s->f,
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\" "
        "class=\"host%s\"/>\n",
        p->x, p->y + 1, p->w, SVG_ROW - 2,
        h && strcmp(h->state, "up") ? " away" : "");
    svg_put_text(s, p->x + 5, p->y + 12, SVG_TEXT, SVG_LETTERS, "",
                 topo_node(s->t, node)->name);
    if (s->look->host)
        put_state(s, node, p->y);
    for (uint32_t i = s->first[node]; s->look->ports && i < s->first[node + 1];
         i++, y += SVG_PORT)
        svg_put_ports(s, p->x + 8, y + 8, node, s->link[i]);
    fputs("</g>\n", s->f);
}

/* --- racks ---------------------------------------------------------------- */

void svg_put_card_back(const struct svg *s, const struct svg_card *c)
{
    fprintf(s->f,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
            "rx=\"7\" class=\"rack\"/>\n",
            c->x, c->y, s->card_w, c->h);
}

/* The rack's name, how many hosts it has, and the memory that is used. */
static void put_title(const struct svg *s, const struct svg_card *c, double y)
{
    double x = c->x + SVG_PAD + s->buses * SVG_BUS + 4;
    int64_t used = 0, all = 0;
    size_t n = c->n - c->switches;
    char name[160], text[64];
    int len;

    for (size_t i = c->switches; i < c->n; i++) {
        const struct topo_svg_host *h = host_look(s, s->m[c->first + i].node);

        if (!h || h->capacity_mib <= 0)
            continue;
        used += h->used_mib;
        all += h->capacity_mib;
    }
    snprintf(name, sizeof name, "%s%s", c->name ? "rack " : "",
             c->name ? c->name : "hosts on no known switch");
    svg_put_text(s, x, y, SVG_TEXT, SVG_LETTERS, "class=\"name\"", name);
    len = snprintf(text, sizeof text, "%zu host%s", n, figure_plural(n));
    if (all)
        snprintf(text + len, sizeof text - len, ", %.0f%%",
                 100 * (double)used / (double)all);
    svg_put_text(s, c->x + s->card_w - SVG_PAD, y, SVG_SMALL, 24,
                 "class=\"dim end\"", text);
}

static int compare_names(const void *va, const void *vb)
{
    return strverscmp(*(const char *const *)va, *(const char *const *)vb);
}

/* What the switches of a card are cabled to beside its hosts: each name once,
 * in order. Returns how many; *name_r is to be freed. */
static size_t card_above(const struct svg *s, const struct svg_card *c,
                         const char ***name_r)
{
    size_t n = 0, kept = 0, most = 0;
    const char **name;

    for (size_t i = 0; i < c->switches; i++)
        most += svg_uplinks(s, s->m[c->first + i].node);
    *name_r = name = calloc(most + 1, sizeof *name);
    for (size_t i = 0; name && i < c->switches; i++) {
        uint32_t node = s->m[c->first + i].node;

        for (uint32_t k = s->first[node]; k < s->first[node + 1]; k++)
            if (svg_other(s, node, s->link[k])->kind != TOPO_HOST)
                name[n++] = svg_other(s, node, s->link[k])->name;
    }
    if (n)
        qsort(name, n, sizeof *name, compare_names);
    for (size_t i = 0; i < n; i++)
        if (!kept || strcmp(name[kept - 1], name[i]))
            name[kept++] = name[i];
    return kept;
}

/* "to spine1, spine2", or "to spine1 .. spine32 (32)" */
static void put_above(const struct svg *s, const struct svg_card *c, double y)
{
    double x = c->x + SVG_PAD + s->buses * SVG_BUS + 4;
    double room = c->x + s->card_w - SVG_PAD - x;
    char *text = NULL;
    const char **name;
    size_t len, n = card_above(s, c, &name);
    FILE *f = n ? open_memstream(&text, &len) : NULL;

    if (!f)
        goto out;
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%s%s", i ? ", " : "to ", name[i]);
    fflush(f);
    if (svg_width(text, SVG_SMALL) > room) {
        rewind(f);
        fprintf(f, "to %s .. %s (%zu)", name[0], name[n - 1], n);
    }
    putc('\0', f);
    if (!fclose(f))
        svg_put_text(s, x, y, SVG_SMALL,
                     (size_t)(room / svg_width(" ", SVG_SMALL)),
                     "class=\"dim\"", text);
out:
    free(text);
    free(name);
}

void svg_put_card(const struct svg *s, const struct svg_card *c)
{
    double y = svg_boxes_end(c) + (double)(c->switches + 1) * SVG_TURN;

    svg_put_buses(s, c);
    put_title(s, c, y + 11);
    y += SVG_ROW;
    if (!s->look->ports)
        put_above(s, c, y + 7);
    for (size_t i = 0; i < c->switches; i++) {
        uint32_t node = s->m[c->first + i].node;

        put_switch(s, node);
        for (uint32_t k = s->first[node];
             s->look->ports && k < s->first[node + 1]; k++) {
            if (svg_other(s, node, s->link[k])->kind == TOPO_HOST)
                continue;
            svg_put_ports(s, c->x + SVG_PAD + s->buses * SVG_BUS + 4, y + 9,
                          node, s->link[k]);
            y += SVG_PORT;
        }
    }
    for (size_t i = c->switches; i < c->n; i++)
        put_host(s, s->m[c->first + i].node);
}
