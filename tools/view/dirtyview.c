/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows a guest's dirtying curve as a table, with bars, or as JSON. */
#include "tools/view/dirtyview.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/complain.h"
#include "tools/doc/dirty.h"

enum { BAR = 40 };

static double mib(double pages)
{
    return pages * 4096 / 1048576;
}

void dirtyview_text(const struct dirty_result *r, bool bars)
{
    const struct xlx_domain *d = &r->dom;
    const struct xlx_dirty *c = &r->curve;
    uint64_t most = 1;

    for (unsigned i = 0; i < c->n; i++)
        if (c->point[i].pages > most)
            most = c->point[i].pages;
    printf("%8s %10s %10s %10s\n", "after", "pages", "MiB", "MiB/s");
    for (unsigned i = 0; i < c->n; i++) {
        double s = (double)c->point[i].us / 1e6;
        double m = mib((double)c->point[i].pages);
        int bar = (int)(c->point[i].pages * BAR / most);

        printf("%6.2f s %10" PRIu64 " %10.1f %10.1f", s, c->point[i].pages, m,
               m / s);
        if (bars)
            printf("  %.*s", bar, "########################################");
        putchar('\n');
    }
    printf("%s dirties %.1f MiB/s", d->name, mib(c->rate));
    if (c->set > 0)
        printf(" of a writable working set of %.1f MiB\n", mib(c->set));
    else
        printf("; its writable working set is larger than was seen, %.1f "
               "MiB\n",
               mib((double)most));
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
