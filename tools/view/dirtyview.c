/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows a guest's dirtying curve as a table, with bars, or as JSON. */
#include "tools/view/dirtyview.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/base/figure.h"
#include "tools/complain.h"
#include "tools/doc/dirty.h"
#include "tools/view/name.h"
#include "tools/view/table.h"

enum { BAR = 36 }; /* what 80 columns leave of a row */

static double mib(double pages)
{
    return pages * 4096 / 1048576;
}

static void dirty_rows(struct table *t, const struct xlx_dirty *c,
                       uint64_t most, bool bars)
{
    char a[FIGURE];

    for (unsigned i = 0; i < c->n; i++) {
        double s = (double)c->point[i].us / 1e6;
        double m = mib((double)c->point[i].pages);
        int bar = (int)(c->point[i].pages * BAR / most);

        table_row(t);
        table_cellf(t, "%.2f s", s);
        table_cellf(t, "%" PRIu64, c->point[i].pages);
        table_cell(t, figure_mib(a, m));
        table_cell(t, figure_mib_s(a, m / s));
        table_cellf(t, "%.*s", bars ? bar : 0,
                    "########################################");
    }
}

void dirtyview_text(const struct dirty_result *r, bool bars)
{
    static const struct table_column cols[] = {
        { "after", TABLE_NUMBER },  { "pages", TABLE_NUMBER },
        { "memory", TABLE_NUMBER }, { "dirties", TABLE_NUMBER },
        { "", TABLE_MAYBE },        { NULL, 0 },
    };
    const struct xlx_dirty *c = &r->curve;
    struct table *t = table_new(cols, table_look(false, false));
    char name[NAME_SHOWN], a[FIGURE], b[FIGURE];
    uint64_t most = 1;

    for (unsigned i = 0; i < c->n; i++)
        if (c->point[i].pages > most)
            most = c->point[i].pages;
    dirty_rows(t, c, most, bars);
    table_print(t, stdout);
    table_free(t);
    printf("%s dirties %s", name_shown(name, r->dom.name ? r->dom.name : "?"),
           figure_mib_s(a, mib(c->rate)));
    if (c->set > 0)
        printf(" of a writable working set of %s\n",
               figure_mib(b, mib(c->set)));
    else
        printf("; its writable working set is larger than was seen, %s\n",
               figure_mib(b, mib((double)most)));
    if (r->wire_first > 0)
        printf("of its memory about %.0f%% would go over the wire\n",
               100 * r->wire_first);
}

int dirtyview_json(const struct dirty_result *r)
{
    struct json_out *o = json_out_new(stdout, true);

    if (!o)
        die_oom();
    dirty_write(o, &r->dom, &r->curve, r->wire_first);
    return json_out_free(o);
}
