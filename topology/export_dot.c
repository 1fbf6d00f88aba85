/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes the map as DOT, laid out as one draws it on paper.
 *
 * The core is above, the racks are below; each rack is a frame with its
 * switches over its hosts. Cables are coloured by evidence, as wide as they
 * are fast, and labelled with speed and ports. topo_dot_parse() reads it back.
 */
#include "topology/export_dot.h"
#include "topology/tiers.h"

#include <stdlib.h>
#include <string.h>

enum { HOSTS_A_ROW = 4, PORTS_NAMED = 6, CARDS_FROM = 8 };

static double dot_width(int64_t mbps)
{
    return mbps < 10000 ? 1 : mbps < 40000 ? 1.5 : mbps < 100000 ? 2 : 3;
}

/* The hosts of a large rack stand in rows, by their order within the rack. */
static unsigned *dot_host_rows(const struct topo *t,
                               const struct dot_member *m, const char **rack)
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

/* degree: the cables of each node. Where they are more than PORTS_NAMED, names
 * of ports would cover each other and are left out. NULL: all are written. */
static void dot_put_cable(FILE *f, const struct topo *t, const uint16_t *tier,
                          const unsigned *row, const unsigned *degree,
                          uint32_t link)
{
    const struct topo_link *l = topo_link(t, link);
    bool swap = tier[l->a] < tier[l->b];
    uint32_t up = swap ? l->b : l->a, down = swap ? l->a : l->b;
    const char *up_port = swap ? l->b_port : l->a_port,
               *down_port = swap ? l->a_port : l->b_port;

    fputs("    ", f);
    dot_put_quoted(f, topo_node(t, up)->name);
    fputs(" -- ", f);
    dot_put_quoted(f, topo_node(t, down)->name);
    fputs(" [taillabel=", f);
    dot_put_quoted(
        f, up_port && (!degree || degree[up] <= PORTS_NAMED) ? up_port : "");
    fputs(", headlabel=", f);
    dot_put_quoted(f, down_port ? down_port : "");
    fputs(", label=\"", f);
    dot_put_speed(f, l->mbps);
    fprintf(f, "\", color=\"%s\", fontcolor=\"%s\", penwidth=%g%s",
            dot_colour(l->evidence), dot_colour(l->evidence),
            dot_width(l->mbps),
            l->evidence == TOPO_DECLARED ? ", style=dashed" : "");
    if (l->mbps > 0)
        fprintf(f, ", mbps=%lld", (long long)l->mbps);
    dot_put_disputed(f, t, link);
    if (tier[l->a] == tier[l->b])
        fputs(", constraint=false", f);
    else if (row[down])
        fprintf(f, ", minlen=%u", row[down] + 1);
    fputs("]\n", f);
}

static void dot_put_legend(FILE *f, bool disputed)
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
                dot_colour((enum topo_evidence)e), words[e]);
    }
    if (disputed)
        fputs("<td><font color=\"" DOT_DISPUTED
              "\"><b>&#183;&#183;&#183;&#183; "
              "another source says so</b></font></td>",
              f);
    fputs("</tr></table>>\n", f);
}

/* How many racks have hosts, up to CARDS_FROM. */
static size_t dot_count_racks(const struct topo *t)
{
    const char *seen[CARDS_FROM];
    size_t n = 0;

    for (uint32_t i = 0; i < topo_nodes(t) && n < CARDS_FROM; i++) {
        const struct topo_node *x = topo_node(t, i);
        size_t k = 0;

        if (x->kind != TOPO_HOST || !x->rack)
            continue;
        while (k < n && strcmp(seen[k], x->rack))
            k++;
        if (k == n)
            seen[n++] = x->rack;
    }
    return n;
}

static void dot_write(const struct topo *t, FILE *f, bool drawn)
{
    uint16_t *tier = tiers_of(t);
    const char **rack = dot_racks(t);
    struct dot_member *m = calloc(topo_nodes(t) + 1, sizeof *m);
    uint32_t *table = calloc(topo_nodes(t) + 1, sizeof *table);
    unsigned *degree = calloc(topo_nodes(t) + 1, sizeof *degree);
    unsigned *row = NULL;
    bool disputed;

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
    if (drawn && dot_count_racks(t) >= CARDS_FROM) {
        dot_put_cards(f, t, rack, tier);
        dot_put_legend(f, false);
        fputs("}\n", f);
        goto out;
    }
    dot_put_racks(f, t, rack, m, drawn ? table : NULL);
    row = dot_host_rows(t, m, rack);
    for (uint32_t i = 0; row && i < topo_links(t); i++)
        if (!table[topo_link(t, i)->a] && !table[topo_link(t, i)->b])
            dot_put_cable(f, t, tier, row, drawn ? degree : NULL, i);
    dot_put_trunks(f, t, table);
    disputed = drawn && dot_put_disputes(f, t, table);
    dot_put_legend(f, disputed);
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
    dot_write(t, f, false);
}

void topo_write_picture(const struct topo *t, FILE *f)
{
    dot_write(t, f, true);
}
