/* SPDX-License-Identifier: LGPL-2.1-only */
/* The racks in a report's page, a row each: what leaves it and what comes, over
 * time. Where no rack is known the hosts stand for them. */
#include "tools/view/report_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/names.h"
#include "tools/complain.h"
#include "tools/view/html.h"
#include "tools/view/report_words.h"

enum { ROWS_OPEN = 40 };

struct place {
    const char *name;
    uint32_t out, in; /* moves */
    double out_gib, in_gib;
    double leaves[REPORT_PARTS], comes[REPORT_PARTS]; /* moves at once */
};

static const char *place_from(const struct report *r,
                              const struct report_move *m)
{
    return r->racks && m->from_rack ? m->from_rack : m->from;
}

static const char *place_to(const struct report *r,
                            const struct report_move *m)
{
    return r->racks && m->to_rack ? m->to_rack : m->to;
}

static int by_out(const void *pa, const void *pb)
{
    const struct place *a = pa, *b = pb;

    if (a->out_gib != b->out_gib)
        return a->out_gib > b->out_gib ? -1 : 1;
    if (a->in_gib != b->in_gib)
        return a->in_gib > b->in_gib ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void place_row(FILE *f, const struct place *p, double most)
{
    char a[WORDS_SHOWN];

    fputs("<div class=\"r\"><div>", f);
    html_text(f, p->name);
    fputs("</div><div class=\"t\"><svg viewBox=\"0 0 120 40\" "
          "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"moves at "
          "once\"><path class=\"mid\" d=\"M0 20H120\"/>",
          f);
    chart_area(f, p->leaves, most, "out", 20, 1);
    chart_area(f, p->comes, most, "into", 20, 39);
    fputs("</svg></div><div>", f);
    if (p->out)
        fprintf(f, "<small>%u leave%s, %s</small>", p->out,
                p->out == 1 ? "s" : "", words_gib(a, p->out_gib));
    if (p->in)
        fprintf(f, "<small>%u come%s, %s</small>", p->in,
                p->in == 1 ? "s" : "", words_gib(a, p->in_gib));
    fputs("</div></div>\n", f);
}

static double places_most(const struct place *p, uint32_t n)
{
    double most = 0;

    for (uint32_t i = 0; i < n; i++)
        for (int k = 0; k < REPORT_PARTS; k++)
            most = fmax(most, fmax(p[i].leaves[k], p[i].comes[k]));
    return most;
}

static void places_take(struct place *out, struct place *in,
                        const struct report *r, const struct report_move *m)
{
    out->out++;
    out->out_gib += m->gib;
    chart_count(out->leaves, r, m);
    in->in++;
    in->in_gib += m->gib;
    chart_count(in->comes, r, m);
}

static bool place_counts(const struct report *r, const struct report_move *m)
{
    return !r->of_run || report_made(m);
}

/* They are the caller's to free. */
static struct place *places_make(const struct report *r, uint32_t *n_r)
{
    struct names names;
    struct place *p;

    if (names_init(&names, 2 * r->move_n))
        die_oom();
    for (uint32_t i = 0; i < r->move_n; i++) {
        if (!place_counts(r, &r->move[i]))
            continue;
        names_add(&names, place_from(r, &r->move[i]));
        names_add(&names, place_to(r, &r->move[i]));
    }
    names_close(&names);
    *n_r = names.n;
    p = calloc((size_t)names.n + 1, sizeof *p);
    if (!p)
        die_oom();
    for (uint32_t i = 0; i < names.n; i++)
        p[i].name = names.s[i];
    for (uint32_t i = 0; i < r->move_n; i++)
        if (place_counts(r, &r->move[i]))
            places_take(&p[names_find(&names, place_from(r, &r->move[i]))],
                        &p[names_find(&names, place_to(r, &r->move[i]))], r,
                        &r->move[i]);
    names_dispose(&names);
    return p;
}

void page_racks(FILE *f, const struct report *r)
{
    uint32_t n;
    struct place *p = places_make(r, &n);
    double most;

    if (!n)
        goto out;
    qsort(p, n, sizeof *p, by_out);
    most = places_most(p, n);
    fprintf(f,
            "<h2>%s</h2>\n<p class=\"key\"><span><i class=\"done\"></i>"
            "above the line: guests that leave</span><span>"
            "<i class=\"in\"></i>below: guests that come</span>"
            "<span>full height: %.0f move%s at once</span></p>\n"
            "<div class=\"box\">",
            r->racks ? "Racks" : "Hosts", ceil(most), most > 1 ? "s" : "");
    chart_axis(f, r);
    for (uint32_t i = 0; i < n; i++) {
        if (i == ROWS_OPEN)
            fprintf(f, "<details><summary>%u more</summary>\n", n - i);
        place_row(f, &p[i], most);
    }
    if (n > ROWS_OPEN)
        fputs("</details>\n", f);
    fputs("</div>\n", f);
out:
    free(p);
}
