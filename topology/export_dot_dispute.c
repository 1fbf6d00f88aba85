/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes as DOT what some source says against cables. */
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
