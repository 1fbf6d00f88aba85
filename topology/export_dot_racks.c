/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes the racks of a drawing: frames with switches and hosts.
 *
 * In a drawing a rack of many hosts is a table, with one line for all cables
 * of a switch to it.
 */
#include "topology/export_dot.h"

#include <stdlib.h>
#include <string.h>

/* Hosts of a rack that are drawn one by one; more become a table. */
enum { HOSTS_DRAWN = 6 };

/* The rack of each node. A switch stands in a rack when all hosts on it do. */
const char **dot_racks(const struct topo *t)
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

static int member_by_rack(const void *va, const void *vb)
{
    const struct dot_member *a = va, *b = vb;
    int r = strverscmp(a->rack, b->rack);

    return r ? r : strverscmp(a->name, b->name);
}

/* --- a large rack as a table --------------------------------------------- */

/* One row: the host, and a cell for each of its cables. */
static void table_put_host(FILE *f, const struct topo *t, uint32_t host)
{
    fputs("<tr><td align=\"left\"><b>", f);
    dot_put_html(f, topo_node(t, host)->name);
    fputs("</b></td>", f);
    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);
        bool a = l->a == host;
        const char *port = a ? l->a_port : l->b_port,
                   *remote = a ? l->b_port : l->a_port;

        if (!a && l->b != host)
            continue;
        fprintf(f, "<td align=\"left\"><font color=\"%s\">",
                dot_colour(l->evidence));
        dot_put_html(f, port ? port : "?");
        fputs(" &#9473; ", f);
        dot_put_html(f, topo_node(t, a ? l->b : l->a)->name);
        putc(' ', f);
        dot_put_html(f, remote ? remote : "?");
        fputs(" <b>", f);
        dot_put_speed(f, l->mbps);
        fputs("</b></font>", f);
        dot_put_disputes_text(f, t, i);
        fputs("</td>", f);
    }
    fputs("</tr>", f);
}

static void table_put(FILE *f, const struct topo *t,
                      const struct dot_member *m, size_t n)
{
    fputs("        ", f);
    fprintf(f, "\"hosts of rack %u\"", m[0].node);
    fputs(" [shape=plain, label=<<table border=\"0\" cellborder=\"1\" "
          "cellspacing=\"0\" cellpadding=\"3\" color=\"#d0d7de\" "
          "bgcolor=\"#ffffff\">",
          f);
    for (size_t i = 0; i < n; i++)
        if (topo_node(t, m[i].node)->kind == TOPO_HOST)
            table_put_host(f, t, m[i].node);
    fputs("</table>>]\n", f);
}

/* All cables from a switch to a rack's table. */
struct dot_trunk {
    uint32_t sw, first; /* first: the node whose number names the table */
    unsigned n;
    int64_t mbps;
    bool mixed;
    enum topo_evidence weakest;
};

static void trunk_put(FILE *f, const struct topo *t, const struct dot_trunk *k)
{
    fputs("    ", f);
    dot_put_quoted(f, topo_node(t, k->sw)->name);
    fprintf(f, " -- \"hosts of rack %u\" [label=\"%u &#215; ", k->first, k->n);
    if (k->mixed)
        fputs("mixed", f);
    else
        dot_put_speed(f, k->mbps);
    fprintf(f, "\", color=\"%s\", fontcolor=\"%s\", penwidth=4%s]\n",
            dot_colour(k->weakest), dot_colour(k->weakest),
            k->weakest == TOPO_DECLARED ? ", style=dashed" : "");
}

void dot_put_trunks(FILE *f, const struct topo *t, const uint32_t *table)
{
    struct dot_trunk *k = calloc(topo_links(t) + 1, sizeof *k);
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
            k[n++] = (struct dot_trunk){ sw,      table[h] - 1, 0,
                                         l->mbps, false,        l->evidence };
        k[j].n++;
        k[j].mixed |= k[j].mbps != l->mbps;
        if (l->evidence < k[j].weakest)
            k[j].weakest = l->evidence;
    }
    for (size_t j = 0; j < n; j++)
        trunk_put(f, t, &k[j]);
    free(k);
}

/* --- frames -------------------------------------------------------------- */

static size_t rack_hosts(const struct topo *t, const struct dot_member *m,
                         size_t n)
{
    size_t hosts = 0;

    for (size_t i = 0; i < n; i++)
        hosts += topo_node(t, m[i].node)->kind == TOPO_HOST;
    return hosts;
}

void dot_put_racks(FILE *f, const struct topo *t, const char **rack,
                   struct dot_member *m, uint32_t *table)
{
    size_t n = 0;

    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (rack[i])
            m[n++] = (struct dot_member){ rack[i], topo_node(t, i)->name, i };
    if (n)
        qsort(m, n, sizeof *m, member_by_rack);
    for (size_t i = 0, j; i < n; i = j) {
        fprintf(f, "    subgraph cluster_%zu {\n        label=", i);
        dot_put_quoted(f, m[i].rack);
        fputs("\n        labelloc=b\n        labeljust=l\n        "
              "fontname=\"Helvetica-Bold\"\n        "
              "style=\"rounded,filled\"\n"
              "        color=\"#afb8c1\"\n"
              "        fillcolor=\"#f6f8fa\"\n",
              f);
        for (j = i; j < n && !strcmp(m[j].rack, m[i].rack);)
            j++;
        bool tabled = table && rack_hosts(t, m + i, j - i) > HOSTS_DRAWN;

        for (size_t k = i; k < j; k++) {
            bool host = topo_node(t, m[k].node)->kind == TOPO_HOST;

            if (!tabled || !host)
                dot_put_node(f, t, m[k].node, "        ");
            else
                table[m[k].node] = m[i].node + 1;
        }
        if (tabled)
            table_put(f, t, m + i, j - i);
        fputs("    }\n", f);
    }
    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (!rack[i])
            dot_put_node(f, t, i, "    ");
}
