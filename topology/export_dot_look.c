/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the names, colours, speeds and nodes of a drawing. */
#include "topology/export_dot.h"

#include <ctype.h>

/* Graphviz takes "&#0;" in a text for the character, which no SVG may have. */
static bool starts_entity(const char *s)
{
    size_t n = s[1] == '#' ? 2 : 1;

    while (isalnum((unsigned char)s[n]))
        n++;
    return *s == '&' && n > 1 && s[n] == ';';
}

void dot_put_quoted(FILE *f, const char *s)
{
    putc('"', f);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            putc('\\', f);
        putc(*s, f);
        if (starts_entity(s))
            fputs("amp;", f);
    }
    putc('"', f);
}

const char *dot_colour(enum topo_evidence e)
{
    switch (e) {
    case TOPO_BOTH: return "#1a7f37";
    case TOPO_SWITCH_SAYS: return "#0969da";
    case TOPO_HOST_SAYS: return "#bc4c00";
    case TOPO_DECLARED: return "#6e7781";
    }
    return "black";
}

void dot_put_speed(FILE *f, int64_t mbps)
{
    if (mbps < 0)
        fputs("?", f);
    else if (mbps >= 1000 && mbps % 100 == 0)
        fprintf(f, "%gG", (double)mbps / 1000);
    else
        fprintf(f, "%lldM", (long long)mbps);
}

void dot_put_node(FILE *f, const struct topo *t, uint32_t i,
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
    dot_put_quoted(f, n->name);
    fprintf(f, " [kind=%s, %s]\n", topo_kind_name(n->kind), look[n->kind]);
}
