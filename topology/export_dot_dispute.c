/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the cables of a drawing that some source tells of, but that do not
 * count. */
#include "topology/export_dot.h"

#include <stdlib.h>

static const char *dispute_by(const struct topo_dispute *d)
{
    return d->evidence == TOPO_DECLARED ? "the plan" : d->a;
}

static const char *name_or(const char *s)
{
    return s ? s : "?";
}

void dot_put_disputed(FILE *f, const struct topo *t, uint32_t link)
{
    const struct topo_dispute *d;
    char *text = NULL;
    size_t n, len;
    FILE *s;

    d = topo_disputes(t, link, &n);
    s = n ? open_memstream(&text, &len) : NULL;
    if (!s)
        return;
    for (size_t i = 0; i < n; i++)
        fprintf(s, "%s%s says %s %s to %s %s", i ? "; " : "",
                dispute_by(&d[i]), d[i].a, name_or(d[i].a_port), d[i].b,
                name_or(d[i].b_port));
    if (!fclose(s)) {
        fputs(", disputed=", f);
        dot_put_quoted(f, text);
    }
    free(text);
}

void dot_put_disputes_text(FILE *f, const struct topo *t, uint32_t link)
{
    const struct topo_dispute *d;
    size_t n;

    d = topo_disputes(t, link, &n);
    for (size_t i = 0; i < n; i++) {
        fputs(" <font color=\"" DOT_DISPUTED "\">&#8800; ", f);
        dot_put_html(f, dispute_by(&d[i]));
        fputs(": ", f);
        dot_put_html(f, d[i].a);
        putc(' ', f);
        dot_put_html(f, name_or(d[i].a_port));
        fputs(" &#9473; ", f);
        dot_put_html(f, d[i].b);
        putc(' ', f);
        dot_put_html(f, name_or(d[i].b_port));
        fputs("</font>", f);
    }
}

/* A line that moves no node. */
static void dispute_put(FILE *f, const struct topo_dispute *d)
{
    fputs("    ", f);
    dot_put_quoted(f, d->a);
    fputs(" -- ", f);
    dot_put_quoted(f, d->b);
    fputs(" [label=", f);
    dot_put_quoted(f, dispute_by(d));
    fputs(", taillabel=", f);
    dot_put_quoted(f, d->a_port ? d->a_port : "");
    fputs(", headlabel=", f);
    dot_put_quoted(f, d->b_port ? d->b_port : "");
    fputs(", color=\"" DOT_DISPUTED "\", fontcolor=\"" DOT_DISPUTED
          "\", style=dotted, penwidth=1.5, constraint=false]\n",
          f);
}

bool dot_put_disputes(FILE *f, const struct topo *t, const uint32_t *table)
{
    bool any = false;

    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_dispute *d;
        size_t n;

        d = topo_disputes(t, i, &n);
        for (size_t k = 0; k < n; k++) {
            int a = topo_find(t, d[k].a), b = topo_find(t, d[k].b);

            any = true;
            if (d[k].again || a < 0 || b < 0 || table[a] || table[b])
                continue;
            dispute_put(f, &d[k]);
        }
    }
    return any;
}
