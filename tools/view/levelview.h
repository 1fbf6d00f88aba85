/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows CPU levels, what they hide, and the guests that are stuck. */
#ifndef RACKHOP_VIEW_LEVELVIEW_H
#define RACKHOP_VIEW_LEVELVIEW_H

#include <stdio.h>

#include "tools/cluster/levels.h"

/* The levels of hosts; less: those without a host that would join them, and
 * its name; NULL: none would. */
void levelview_show(FILE *f, const struct levels *l, const struct levels *less,
                    const char *joins);
/* How many guests can't go to a host that joins. */
void levelview_joins(FILE *f, const char *host, uint32_t guests);
/* The guests that can't go to all hosts. */
void levelview_audit(FILE *f, const struct levels *l,
                     const struct plan_level_audit *a);
/* The lines for configurations; level: a named one. */
void levelview_line(FILE *f, const struct levels *l, unsigned level);
/* The same for what is to be hidden from guests of each type. */
void levelview_line_sets(FILE *f, const struct plan_features *hvm,
                         const struct plan_features *pv);
/* A host that carries less than when the level was set. */
void levelview_gone(FILE *f, const char *host, const char *since,
                    const struct plan_features *gone);
/* The level that was set, and when. */
void levelview_set(FILE *f, const char *level, const char *vendor,
                   const char *since);

#endif
