/* SPDX-License-Identifier: LGPL-2.1-only */
/* Compares what a look has decided with what it decides when it is decided again. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/lookback.h"

/* The order of sums may be another in another build. */
static bool diff_near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static bool diff_same(const struct loops_line *a, const struct loops_line *b)
{
    return a->kind == b->kind && a->granted == b->granted &&
           !strcmp(a->uuid, b->uuid) && !strcmp(a->from, b->from) &&
           !strcmp(a->to, b->to) && !strcmp(a->why_not, b->why_not) &&
           !strcmp(a->reason, b->reason) &&
           diff_near(a->benefit_wh, b->benefit_wh) &&
           diff_near(a->price_wh, b->price_wh);
}

/* Marks the wishes of a that b has not, each of b standing for one of a. 0 or
 * -ENOMEM. */
static int diff_mark(bool **mark_r, size_t *n_r, const struct loops_doc *a,
                     const struct loops_doc *b)
{
    bool *mark = calloc(a->wishes + 1, sizeof *mark);
    bool *used = calloc(b->wishes + 1, sizeof *used);

    *mark_r = mark;
    *n_r = 0;
    for (size_t i = 0; mark && used && i < a->wishes; i++) {
        size_t k = 0;

        while (k < b->wishes &&
               (used[k] || !diff_same(&a->wish[i], &b->wish[k])))
            k++;
        mark[i] = k == b->wishes;
        *n_r += mark[i];
        if (!mark[i])
            used[k] = true;
    }
    free(used);
    return mark && used ? 0 : -ENOMEM;
}

int lookback_compare(struct lookback_diff *x, const struct lookback *then,
                     const struct loops_doc *now)
{
    int rc;

    *x = (struct lookback_diff){ .at_s = then->at_s,
                                 .version = then->version,
                                 .was = &then->doc,
                                 .is = now };
    rc = diff_mark(&x->gone, &x->goes, x->was, x->is);
    return rc ? rc : diff_mark(&x->come, &x->comes, x->is, x->was);
}

void lookback_diff_dispose(struct lookback_diff *x)
{
    free(x->gone);
    free(x->come);
    *x = (struct lookback_diff){ .gone = NULL };
}

static void diff_write(struct json_out *o, const char *key,
                       const struct loops_doc *d, const bool *mark)
{
    json_key(o, key);
    json_arr(o);
    for (size_t i = 0; i < d->wishes; i++)
        if (mark[i])
            loops_line_write(o, &d->wish[i]);
    json_arr_end(o);
}

void lookback_diff_write(struct json_out *o, const struct lookback_diff *x)
{
    json_obj(o);
    json_kv_num(o, "at_s", x->at_s);
    json_kv_str(o, "version", x->version);
    json_kv_int(o, "wishes", (int64_t)x->was->wishes);
    diff_write(o, "then", x->was, x->gone);
    diff_write(o, "now", x->is, x->come);
    json_obj_end(o);
}
