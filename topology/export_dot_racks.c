/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the racks of a map as DOT: frames with switches and hosts. */
#include "topology/export_dot.h"

#include <stdlib.h>
#include <string.h>

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

void dot_put_racks(FILE *f, const struct topo *t, const char **rack,
                   struct dot_member *m)
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
        for (size_t k = i; k < j; k++)
            dot_put_node(f, t, m[k].node, "        ");
        fputs("    }\n", f);
    }
    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (!rack[i])
            dot_put_node(f, t, i, "    ");
}
