/* SPDX-License-Identifier: LGPL-2.1-only */
/* Prints the warnings of a map: what many ports of a node have in common is
 * told once. */
#include "tools/view/topology_text.h"
#include "tools/view/theme.h"

#include <string.h>

enum { FOLDED_FROM = 4, PORTS_SHOWN = 12 };

/* The warnings of one node, which come one after another. */
struct node_warnings {
    const struct topo_warning *w;
    size_t n;
    FILE *f;
    bool colour;
};

static size_t count_code(const struct node_warnings *x, size_t from,
                         const char *code)
{
    size_t n = 0;

    for (size_t i = from; i < x->n; i++)
        n += !strcmp(x->w[i].code, code);
    return n;
}

static bool code_was_before(const struct node_warnings *x, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (!strcmp(x->w[k].code, x->w[i].code))
            return true;
    return false;
}

/* The ports of the other warnings with the code of the one at i. */
static void put_other_ports(const struct node_warnings *x, size_t i)
{
    const char *last = x->w[i].port;
    size_t shown = 0, more = 0;

    for (size_t k = i + 1; k < x->n; k++) {
        const struct topo_warning *w = &x->w[k];

        if (strcmp(w->code, x->w[i].code) || !w->port ||
            (last && !strcmp(last, w->port)))
            continue;
        last = w->port;
        if (shown == PORTS_SHOWN) {
            more++;
            continue;
        }
        fprintf(x->f, "%s%s", shown++ ? ", " : ", also at ", w->port);
    }
    if (more)
        fprintf(x->f, " and %zu more", more);
}

static void put_warning(const struct node_warnings *x, size_t i, size_t all)
{
    const struct topo_warning *w = &x->w[i];
    /* a message about a file or a source begins with its name */
    bool named = !strncmp(w->text, w->node, strlen(w->node));

    fprintf(x->f, "  %s%s%s%s%s%s", theme_begin(THEME_WARN, x->colour),
            named ? "" : w->node, w->port ? " " : "", w->port ? w->port : "",
            named ? "" : ": ", w->text);
    if (all > 1) {
        fprintf(x->f, "; %zu of this kind", all);
        put_other_ports(x, i);
    }
    fprintf(x->f, " [%s]\n", w->code);
    fputs(theme_end(THEME_WARN, x->colour), x->f);
}

static void put_node(const struct node_warnings *x)
{
    for (size_t i = 0; i < x->n; i++) {
        size_t all = count_code(x, 0, x->w[i].code);

        if (all < FOLDED_FROM)
            put_warning(x, i, 1);
        else if (!code_was_before(x, i))
            put_warning(x, i, all);
    }
}

void topology_print_warnings(const struct topo_map *m, FILE *f, bool colour)
{
    if (m->warnings)
        fprintf(f, "%zu warning%s\n", m->warnings,
                m->warnings == 1 ? "" : "s");
    for (size_t i = 0, j; i < m->warnings; i = j) {
        struct node_warnings x = { .w = m->warning + i,
                                   .f = f,
                                   .colour = colour };

        for (j = i + 1; j < m->warnings &&
                        !strcmp(m->warning[j].node, m->warning[i].node);)
            j++;
        x.n = j - i;
        put_node(&x);
    }
}
