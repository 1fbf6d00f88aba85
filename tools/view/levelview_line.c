/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the lines that hide from guests what is above a CPU level. */
#include "tools/view/levelview.h"

#include <stdlib.h>
#include <string.h>

#include "tools/complain.h"
#include "tools/view/name.h"

/* What has no name in xl, and no register that is known. */
static void line_left(FILE *f, const struct plan_features *left)
{
    char names[300];

    if (plan_features_count(left))
        fprintf(f, "# this can't be hidden: %s\n",
                plan_features_names(left, 0, names, sizeof names));
}

static char *line_of(const struct plan_features *hidden,
                     struct plan_features *left)
{
    char *line = plan_level_line(hidden, left);

    if (!line)
        die_oom();
    return line;
}

void levelview_line_sets(FILE *f, const struct plan_features *hvm,
                         const struct plan_features *pv)
{
    struct plan_features left, left_pv;
    char *line = line_of(hvm, &left), *line_pv = line_of(pv, &left_pv);
    bool differ = strcmp(line, line_pv) != 0;

    fprintf(f, "%s%s\n", differ ? "# HVM and PVH guests\n" : "", line);
    line_left(f, &left);
    if (differ) {
        fprintf(f, "# PV guests\n%s\n", line_pv);
        line_left(f, &left_pv);
    }
    free(line);
    free(line_pv);
}

void levelview_line(FILE *f, const struct levels *l, unsigned level)
{
    for (int i = 0; i < l->pools[0]; i++) {
        const struct plan_level_pool *hvm = &l->pool[0][i];
        const struct plan_level_pool *pv =
            levels_find(l, PLAN_LEVEL_PV, hvm->vendor);
        struct plan_level cut, cut_pv;
        char vendor[NAME_SHOWN];

        if (l->pools[0] > 1)
            fprintf(f, "# hosts of %s\n",
                    hvm->vendor ? name_shown(vendor, hvm->vendor)
                                : "an unknown vendor");
        plan_level_cut(hvm, level, &cut);
        plan_level_cut(pv ? pv : hvm, level, &cut_pv);
        levelview_line_sets(f, &cut.hidden, &cut_pv.hidden);
    }
}
