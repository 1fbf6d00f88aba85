/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the map as a drawing: one SVG, complete in itself, in the shape of a
 * sheet of A4 that lies on its side. svg_impl.h tells what stands where. */
#include "topology/svg_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/figure.h"

static const char style[] =
    "<style>text{font-family:'DejaVu Sans Mono',Menlo,Consolas,"
    "'Liberation Mono',monospace;fill:#1f2328}\n"
    ".name{font-weight:bold}.mid{text-anchor:middle}.end{text-anchor:end}\n"
    ".dim{fill:#57606a}.warn{fill:#9a6700}.bad{fill:#cf222e}\n"
    ".rack{fill:#f6f8fa;stroke:#afb8c1}.switch{fill:#ddf4ff;stroke:#54aeff}\n"
    ".segment{fill:#fff8c5;stroke:#d4a72c;stroke-dasharray:4 2}\n"
    ".host{fill:#fff;stroke:#d0d7de}.away{fill:#f6f8fa;stroke-dasharray:3 2}\n"
    ".bar{fill:#eaeef2}.used{fill:#218bff}.full{fill:#bc4c00}\n"
    ".bus{stroke:#8c959f;stroke-width:1.2}</style>\n";

/* --- the head ------------------------------------------------------------- */

/* "; 96 guests have 1.2 TiB of 2.0 TiB; 1 host is not up" */
static void memory_add(FILE *f, const struct svg *s)
{
    double used = 0, all = 0;
    size_t guests = 0, away = 0;
    char a[FIGURE], b[FIGURE];

    for (uint32_t i = 0; i < topo_nodes(s->t); i++) {
        const struct topo_svg_host *h = &s->look->host[i];

        if (topo_node(s->t, i)->kind != TOPO_HOST || !h->state)
            continue;
        away += strcmp(h->state, "up") != 0;
        if (h->capacity_mib <= 0)
            continue;
        guests += h->guests;
        used += (double)h->used_mib;
        all += (double)h->capacity_mib;
    }
    if (all > 0 && guests)
        fprintf(f, "; %zu guest%s have %s of %s memory", guests,
                figure_plural(guests), figure_mib(a, used),
                figure_mib(b, all));
    else if (all > 0)
        fprintf(f, "; no guests; %s memory", figure_mib(b, all));
    if (away)
        fprintf(f, "; %zu host%s not up", away, away == 1 ? " is" : "s are");
}

static void put_head(const struct svg *s)
{
    char title[160], *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    snprintf(title, sizeof title, "%s%s",
             s->look->rack ? "Rack " : "Racks and cables",
             s->look->rack ? s->look->rack : "");
    svg_put_text(s, SVG_MARGIN, 30, 18, 50, "class=\"name\"", title);
    if (s->look->taken)
        svg_put_text(s, s->w - SVG_MARGIN, 30, SVG_TEXT, 40,
                     "class=\"dim end\"", s->look->taken);
    if (!f)
        return;
    topo_write_counts(s->t, f);
    if (s->look->host)
        memory_add(f, s);
    if (!fclose(f))
        svg_put_text(s, SVG_MARGIN, 48, SVG_TEXT, 110, "class=\"dim\"", text);
    free(text);
}

/* --- the legend ----------------------------------------------------------- */

static double legend_line(const struct svg *s, double x, double y,
                          const char *colour, double stroke,
                          const char *dashes, const char *word)
{
    fprintf(
        s->f,
        "<path d=\"M%.1f %.1fh20\" stroke=\"%s\" stroke-width=\"%g\"%s/>\n", x,
        y - 3, colour, stroke, dashes);
    svg_put_text(s, x + 25, y, SVG_SMALL, 40, "class=\"dim\"", word);
    return x + 25 + svg_width(word, SVG_SMALL) + 18;
}

static double legend_bar(const struct svg *s, double x, double y,
                         const char *class, const char *word)
{
    fprintf(s->f,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"20\" height=\"9\" "
            "class=\"%s\"/>\n",
            x, y - 8, class);
    svg_put_text(s, x + 25, y, SVG_SMALL, 40, "class=\"dim\"", word);
    return x + 25 + svg_width(word, SVG_SMALL) + 18;
}

/* What tells of cables, as far as it occurs. */
static void put_evidence(const struct svg *s, double y)
{
    static const char *const words[] = {
        [TOPO_DECLARED] = "the cabling plan",
        [TOPO_HOST_SAYS] = "the host's LLDP table",
        [TOPO_SWITCH_SAYS] = "the switch's LLDP table",
        [TOPO_BOTH] = "both ends",
    };
    bool there[4] = { false }, disputed = false;
    double x = SVG_MARGIN + svg_width("cable known from:", SVG_SMALL) + 12;

    for (uint32_t i = 0; i < topo_links(s->t); i++) {
        size_t n;

        there[topo_link(s->t, i)->evidence] = true;
        topo_disputes(s->t, i, &n);
        disputed |= n > 0;
    }
    if (topo_links(s->t))
        svg_put_text(s, SVG_MARGIN, y, SVG_SMALL, 40, "class=\"dim\"",
                     "cable known from:");
    for (int e = TOPO_BOTH; e >= TOPO_DECLARED; e--)
        if (there[e])
            x = legend_line(s, x, y, svg_colour((enum topo_evidence)e), 2.2,
                            e == TOPO_DECLARED ? " stroke-dasharray=\"5 3\""
                                               : "",
                            words[e]);
    if (disputed)
        legend_line(s, x, y, "#cf222e", 1.5, " stroke-dasharray=\"1.5 3\"",
                    "another source says so");
}

static int speed_compare(const void *va, const void *vb)
{
    const int64_t *a = va, *b = vb;

    return *a < *b ? -1 : *a > *b;
}

/* Speeds, at most SPEEDS of them; and what bars mean. */
static void put_speeds(const struct svg *s, double y)
{
    enum { SPEEDS = 5 };
    int64_t *mbps = calloc(topo_links(s->t) + 1, sizeof *mbps);
    double x = SVG_MARGIN;
    char word[24];
    size_t n = 0;

    for (uint32_t i = 0; mbps && i < topo_links(s->t); i++)
        mbps[i] = topo_link(s->t, i)->mbps;
    if (mbps && topo_links(s->t))
        qsort(mbps, topo_links(s->t), sizeof *mbps, speed_compare);
    for (size_t i = 0; mbps && i < topo_links(s->t) && n < SPEEDS; i++)
        if (mbps[i] > 0 && (!i || mbps[i] != mbps[i - 1])) {
            x = legend_line(s, x, y, "#57606a", svg_stroke(mbps[i]), "",
                            svg_speed(word, mbps[i]));
            n++;
        }
    free(mbps);
    if (!s->look->host)
        return;
    x = legend_bar(s, x, y, "used", "memory that guests have");
    legend_bar(s, x, y, "full", "90% and more of it");
}

/* --- all of it ------------------------------------------------------------ */

static void put_all(const struct svg *s)
{
    fprintf(s->f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
            "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n<title>rackhop "
            "topology</title>\n%s<rect width=\"100%%\" height=\"100%%\" "
            "fill=\"#fff\"/>\n",
            s->w, s->h, s->w, s->h, style);
    put_head(s);
    svg_put_lines(s, false); /* behind the cards */
    for (size_t i = 0; i < s->cards; i++)
        svg_put_card_back(s, &s->card[i]);
    svg_put_lines(s, true);
    svg_put_uppers(s);
    for (size_t i = 0; i < s->cards; i++)
        svg_put_card(s, &s->card[i]);
    put_evidence(s, s->h - 34);
    put_speeds(s, s->h - 16);
    fputs("</svg>\n", s->f);
}

int topo_write_svg(const struct topo *t, const struct topo_svg *look, FILE *f)
{
    struct svg s = { .f = f, .t = t, .look = look };
    int rc = svg_sheet_make(&s);

    if (!rc)
        put_all(&s);
    svg_sheet_dispose(&s);
    return rc;
}
