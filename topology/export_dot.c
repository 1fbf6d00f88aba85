/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The map as DOT, laid out as it is drawn on paper: core above, racks below,
 * each rack a frame with its switches over its hosts. Cables are coloured by
 * evidence, as wide as they are fast, and labelled with speed and ports.
 * source_dot.c reads it back as a plan.
 */
#include "topology/export.h"
#include "topology/tiers.h"

#include <stdlib.h>
#include <string.h>

/* Hosts of a rack that are drawn one by one; more become a table. */
enum { HOSTS_A_ROW = 4, HOSTS_DRAWN = 6, PORTS_NAMED = 6 };

static void quoted(FILE *f, const char *s)
{
    putc('"', f);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            putc('\\', f);
        putc(*s, f);
    }
    putc('"', f);
}

static const char *colour(enum topo_evidence e)
{
    switch (e) {
    case TOPO_BOTH: return "#1a7f37";
    case TOPO_SWITCH_SAYS: return "#0969da";
    case TOPO_HOST_SAYS: return "#bc4c00";
    case TOPO_DECLARED: return "#6e7781";
    }
    return "black";
}

static void speed(FILE *f, int64_t mbps)
{
    if (mbps < 0)
        fputs("?", f);
    else if (mbps >= 1000 && mbps % 100 == 0)
        fprintf(f, "%gG", (double)mbps / 1000);
    else
        fprintf(f, "%lldM", (long long)mbps);
}

static double width(int64_t mbps)
{
    return mbps < 10000 ? 1 : mbps < 40000 ? 1.5 : mbps < 100000 ? 2 : 3;
}

static void put_node(FILE *f, const struct topo *t, uint32_t i,
                     const char *indent)
{
    const struct topo_node *n = topo_node(t, i);
    static const char *const look[] = {
        [TOPO_HOST] = "shape=box, style=\"rounded,filled\", "
                      "fillcolor=\"#ffffff\"",
        [TOPO_SWITCH] = "shape=box, style=filled, fillcolor=\"#ddf4ff\", "
                        "fontname=\"Helvetica-Bold\"",
        [TOPO_SEGMENT] = "shape=ellipse, style=\"filled,dashed\", "
                         "fillcolor=\"#fff8c5\"",
    };

    fputs(indent, f);
    quoted(f, n->name);
    fprintf(f, " [kind=%s, %s]\n", topo_kind_name(n->kind), look[n->kind]);
}

/* --- racks --------------------------------------------------------------- */

/* A switch stands in a rack when all hosts on it are of that rack. */
static const char **racks_of(const struct topo *t)
{
    static const char several[] = "";
    const char **rack = calloc(topo_nodes(t) + 1, sizeof *rack);

    for (uint32_t i = 0; rack && i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);

        for (int side = 0; side < 2; side++) {
            uint32_t h = side ? l->b : l->a, s = side ? l->a : l->b;
            const char *r = topo_node(t, h)->rack;

            if (topo_node(t, h)->kind != TOPO_HOST ||
                topo_node(t, s)->kind == TOPO_HOST || !r)
                continue;
            if (!rack[s])
                rack[s] = r;
            else if (strcmp(rack[s], r))
                rack[s] = several;
        }
    }
    for (uint32_t i = 0; rack && i < topo_nodes(t); i++) {
        if (topo_node(t, i)->kind == TOPO_HOST)
            rack[i] = topo_node(t, i)->rack;
        if (rack[i] == several)
            rack[i] = NULL;
    }
    return rack;
}

struct member {
    const char *rack, *name;
    uint32_t node;
};

static int by_rack(const void *va, const void *vb)
{
    const struct member *a = va, *b = vb;
    int r = strverscmp(a->rack, b->rack);

    return r ? r : strverscmp(a->name, b->name);
}

/* --- a large rack as a table --------------------------------------------- */

static void html(FILE *f, const char *s)
{
    for (; s && *s; s++)
        switch (*s) {
        case '&': fputs("&amp;", f); break;
        case '<': fputs("&lt;", f); break;
        case '>': fputs("&gt;", f); break;
        case '"': fputs("&quot;", f); break;
        default: putc(*s, f);
        }
}

/* One row: the host, and a cell for each of its cables. */
static void put_row(FILE *f, const struct topo *t, uint32_t host)
{
    fputs("<tr><td align=\"left\"><b>", f);
    html(f, topo_node(t, host)->name);
    fputs("</b></td>", f);
    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);
        bool a = l->a == host;
        const char *own = a ? l->a_port : l->b_port,
                   *far = a ? l->b_port : l->a_port;

        if (!a && l->b != host)
            continue;
        fprintf(f, "<td align=\"left\"><font color=\"%s\">",
                colour(l->evidence));
        html(f, own ? own : "?");
        fputs(" &#9473; ", f);
        html(f, topo_node(t, a ? l->b : l->a)->name);
        putc(' ', f);
        html(f, far ? far : "?");
        fputs(" <b>", f);
        speed(f, l->mbps);
        fputs("</b></font></td>", f);
    }
    fputs("</tr>", f);
}

static void put_table(FILE *f, const struct topo *t, const struct member *m,
                      size_t n)
{
    fputs("        ", f);
    fprintf(f, "\"hosts of rack %u\"", m[0].node);
    fputs(" [shape=plain, label=<<table border=\"0\" cellborder=\"1\" "
          "cellspacing=\"0\" cellpadding=\"3\" color=\"#d0d7de\" "
          "bgcolor=\"#ffffff\">",
          f);
    for (size_t i = 0; i < n; i++)
        if (topo_node(t, m[i].node)->kind == TOPO_HOST)
            put_row(f, t, m[i].node);
    fputs("</table>>]\n", f);
}

/* One line from a switch to the table, for all of its cables there. */
struct trunk {
    uint32_t sw, first; /* first: member whose number names the table */
    unsigned n;
    int64_t mbps;
    bool mixed;
    enum topo_evidence weakest;
};

static void put_trunk(FILE *f, const struct topo *t, const struct trunk *k)
{
    fputs("    ", f);
    quoted(f, topo_node(t, k->sw)->name);
    fprintf(f, " -- \"hosts of rack %u\" [label=\"%u &#215; ", k->first, k->n);
    if (k->mixed)
        fputs("mixed", f);
    else
        speed(f, k->mbps);
    fprintf(f, "\", color=\"%s\", fontcolor=\"%s\", penwidth=4%s]\n",
            colour(k->weakest), colour(k->weakest),
            k->weakest == TOPO_DECLARED ? ", style=dashed" : "");
}

/* table[host]: 1 + the number that names its table, or 0. */
static void put_trunks(FILE *f, const struct topo *t, const uint32_t *table)
{
    struct trunk *k = calloc(topo_links(t) + 1, sizeof *k);
    size_t n = 0;

    for (uint32_t i = 0; k && i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);
        uint32_t h = table[l->a] ? l->a : l->b, sw = h == l->a ? l->b : l->a;
        size_t j = 0;

        if (!table[h] || table[sw])
            continue;
        while (j < n && (k[j].sw != sw || k[j].first + 1 != table[h]))
            j++;
        if (j == n)
            k[n++] = (struct trunk){ sw,      table[h] - 1, 0,
                                     l->mbps, false,        l->evidence };
        k[j].n++;
        k[j].mixed |= k[j].mbps != l->mbps;
        if (l->evidence < k[j].weakest)
            k[j].weakest = l->evidence;
    }
    for (size_t j = 0; j < n; j++)
        put_trunk(f, t, &k[j]);
    free(k);
}

static size_t hosts_in(const struct topo *t, const struct member *m, size_t n)
{
    size_t hosts = 0;

    for (size_t i = 0; i < n; i++)
        hosts += topo_node(t, m[i].node)->kind == TOPO_HOST;
    return hosts;
}

/* table NULL: every host is a node of its own. */
static void put_racks(FILE *f, const struct topo *t, const char **rack,
                      struct member *m, uint32_t *table)
{
    size_t n = 0;

    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (rack[i])
            m[n++] = (struct member){ rack[i], topo_node(t, i)->name, i };
    if (n)
        qsort(m, n, sizeof *m, by_rack);
    for (size_t i = 0, j; i < n; i = j) {
        fprintf(f, "    subgraph cluster_%zu {\n        label=", i);
        quoted(f, m[i].rack);
        fputs("\n        labelloc=b\n        labeljust=l\n        "
              "fontname=\"Helvetica-Bold\"\n        "
              "style=\"rounded,filled\"\n"
              "        color=\"#afb8c1\"\n"
              "        fillcolor=\"#f6f8fa\"\n",
              f);
        for (j = i; j < n && !strcmp(m[j].rack, m[i].rack);)
            j++;
        bool tabled = table && hosts_in(t, m + i, j - i) > HOSTS_DRAWN;

        for (size_t k = i; k < j; k++) {
            bool host = topo_node(t, m[k].node)->kind == TOPO_HOST;

            if (!tabled || !host)
                put_node(f, t, m[k].node, "        ");
            else
                table[m[k].node] = m[i].node + 1;
        }
        if (tabled)
            put_table(f, t, m + i, j - i);
        fputs("    }\n", f);
    }
    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (!rack[i])
            put_node(f, t, i, "    ");
}

/* --- cables -------------------------------------------------------------- */

/* Hosts of a large rack stand in rows: the order within the rack decides. */
static unsigned *rows_of(const struct topo *t, const struct member *m,
                         const char **rack)
{
    unsigned *row = calloc(topo_nodes(t) + 1, sizeof *row);
    size_t k = 0, n = 0;

    for (uint32_t i = 0; i < topo_nodes(t); i++)
        n += rack[i] != NULL;
    for (size_t i = 0; row && i < n; i++) {
        if (!i || strcmp(m[i].rack, m[i - 1].rack))
            k = 0;
        if (topo_node(t, m[i].node)->kind == TOPO_HOST)
            row[m[i].node] = (unsigned)(k++ / HOSTS_A_ROW);
    }
    return row;
}

/* degree: of each node where its ports' names would cover each other; NULL:
 * all ports are named. */
static void put_cable(FILE *f, const struct topo *t, const uint16_t *tier,
                      const unsigned *row, const unsigned *degree,
                      const struct topo_link *l)
{
    bool swap = tier[l->a] < tier[l->b];
    uint32_t up = swap ? l->b : l->a, down = swap ? l->a : l->b;
    const char *up_port = swap ? l->b_port : l->a_port,
               *down_port = swap ? l->a_port : l->b_port;

    fputs("    ", f);
    quoted(f, topo_node(t, up)->name);
    fputs(" -- ", f);
    quoted(f, topo_node(t, down)->name);
    fputs(" [taillabel=", f);
    quoted(f,
           up_port && (!degree || degree[up] <= PORTS_NAMED) ? up_port : "");
    fputs(", headlabel=", f);
    quoted(f, down_port ? down_port : "");
    fputs(", label=\"", f);
    speed(f, l->mbps);
    fprintf(f, "\", color=\"%s\", fontcolor=\"%s\", penwidth=%g%s",
            colour(l->evidence), colour(l->evidence), width(l->mbps),
            l->evidence == TOPO_DECLARED ? ", style=dashed" : "");
    if (l->mbps > 0)
        fprintf(f, ", mbps=%lld", (long long)l->mbps);
    if (tier[l->a] == tier[l->b])
        fputs(", constraint=false", f);
    else if (row[down])
        fprintf(f, ", minlen=%u", row[down] + 1);
    fputs("]\n", f);
}

static void put_legend(FILE *f)
{
    fputs("    label=<<table border=\"0\" cellspacing=\"6\"><tr>"
          "<td>Cable known from:</td>",
          f);
    for (int e = TOPO_BOTH; e >= TOPO_DECLARED; e--) {
        static const char *const words[] = {
            [TOPO_DECLARED] = "the cabling plan only",
            [TOPO_HOST_SAYS] = "the host's LLDP table",
            [TOPO_SWITCH_SAYS] = "the switch's LLDP table",
            [TOPO_BOTH] = "both ends",
        };

        fprintf(f,
                "<td><font color=\"%s\"><b>&#9473;&#9473; %s</b></font></td>",
                colour((enum topo_evidence)e), words[e]);
    }
    fputs("</tr></table>>\n", f);
}

static void write_all(const struct topo *t, FILE *f, bool picture)
{
    uint16_t *tier = tiers_of(t);
    const char **rack = racks_of(t);
    struct member *m = calloc(topo_nodes(t) + 1, sizeof *m);
    uint32_t *table = calloc(topo_nodes(t) + 1, sizeof *table);
    unsigned *degree = calloc(topo_nodes(t) + 1, sizeof *degree);
    unsigned *row = NULL;

    if (!tier || !rack || !m || !table || !degree)
        goto out;
    for (uint32_t i = 0; i < topo_links(t); i++) {
        degree[topo_link(t, i)->a]++;
        degree[topo_link(t, i)->b]++;
    }
    fputs("graph rackhop {\n"
          "    graph [rankdir=TB, ranksep=1.1, nodesep=0.35, "
          "splines=line, newrank=true, labelloc=b, "
          "fontname=Helvetica, fontsize=11]\n"
          "    node [fontname=Helvetica, fontsize=11, margin=\"0.12,0.06\"]\n"
          "    edge [fontname=Helvetica, fontsize=9, labelfontsize=7, "
          "labelfontcolor=\"#57606a\", labeldistance=1.6]\n",
          f);
    put_racks(f, t, rack, m, picture ? table : NULL);
    row = rows_of(t, m, rack);
    for (uint32_t i = 0; row && i < topo_links(t); i++)
        if (!table[topo_link(t, i)->a] && !table[topo_link(t, i)->b])
            put_cable(f, t, tier, row, picture ? degree : NULL,
                      topo_link(t, i));
    put_trunks(f, t, table);
    put_legend(f);
    fputs("}\n", f);
out:
    free(row);
    free(degree);
    free(table);
    free(m);
    free(rack);
    free(tier);
}

void topo_write_dot(const struct topo *t, FILE *f)
{
    write_all(t, f, false);
}

void topo_write_picture(const struct topo *t, FILE *f)
{
    write_all(t, f, true);
}
