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

enum { HOSTS_A_ROW = 4 };

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

static void dot_put_cable(FILE *f, const struct topo *t, const uint16_t *tier,
                          const unsigned *row, uint32_t link)
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
    dot_put_quoted(f, up_port ? up_port : "");
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

static void dot_put_legend(FILE *f)
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
    fputs("</tr></table>>\n", f);
}

void topo_write_dot(const struct topo *t, FILE *f)
{
    uint16_t *tier = tiers_of(t);
    const char **rack = dot_racks(t);
    struct dot_member *m = calloc(topo_nodes(t) + 1, sizeof *m);
    unsigned *row = NULL;

    if (!tier || !rack || !m)
        goto out;
    fputs("graph rackhop {\n"
          "    graph [rankdir=TB, ranksep=1.1, nodesep=0.35, "
          "splines=line, newrank=true, labelloc=b, "
          "fontname=Helvetica, fontsize=11]\n"
          "    node [fontname=Helvetica, fontsize=11, margin=\"0.12,0.06\"]\n"
          "    edge [fontname=Helvetica, fontsize=9, labelfontsize=7, "
          "labelfontcolor=\"#57606a\", labeldistance=1.6]\n",
          f);
    dot_put_racks(f, t, rack, m);
    row = dot_host_rows(t, m, rack);
    for (uint32_t i = 0; row && i < topo_links(t); i++)
        dot_put_cable(f, t, tier, row, i);
    dot_put_legend(f);
    fputs("}\n", f);
out:
    free(row);
    free(m);
    free(rack);
    free(tier);
}
