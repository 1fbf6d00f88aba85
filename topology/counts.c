/* SPDX-License-Identifier: LGPL-2.1-only */
/* Counts what a map has, in words. */
#include "topology/export.h"

#include <stdlib.h>
#include <string.h>

static int compare_words(const void *va, const void *vb)
{
    return strcmp(*(const char *const *)va, *(const char *const *)vb);
}

static size_t distinct(const char **word, size_t n)
{
    size_t k = n > 0;

    if (n)
        qsort(word, n, sizeof *word, compare_words);
    for (size_t i = 1; i < n; i++)
        k += strcmp(word[i], word[i - 1]) != 0;
    return k;
}

static void count_add(FILE *f, size_t n, const char *noun, bool *any)
{
    if (!n)
        return;
    fprintf(f, "%s%zu %s%s", *any ? ", " : "", n, noun,
            n == 1                    ? ""
            : !strcmp(noun, "switch") ? "es"
                                      : "s");
    *any = true;
}

void topo_write_counts(const struct topo *t, FILE *f)
{
    const char **rack = calloc(topo_nodes(t) + 1, sizeof *rack);
    size_t racks = 0, kind[3] = { 0, 0, 0 };
    bool any = false;

    for (uint32_t i = 0; i < topo_nodes(t); i++) {
        const struct topo_node *x = topo_node(t, i);

        kind[x->kind]++;
        if (rack && x->kind == TOPO_HOST && x->rack)
            rack[racks++] = x->rack;
    }
    racks = rack ? distinct(rack, racks) : 0;
    count_add(f, racks, "rack", &any);
    count_add(f, kind[TOPO_HOST], "host", &any);
    count_add(f, kind[TOPO_SWITCH], "switch", &any);
    count_add(f, kind[TOPO_SEGMENT], "segment", &any);
    count_add(f, topo_links(t), "cable", &any);
    if (!any)
        fputs("nothing", f);
    free(rack);
}
