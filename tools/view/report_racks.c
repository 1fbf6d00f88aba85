/* SPDX-License-Identifier: LGPL-2.1-only */
/* The racks in a report's page, a row each: what leaves it and what comes, over
 * time. Where no rack is known the hosts stand for them. */
#include "tools/view/report_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static struct place *place_of(struct place *all, uint32_t *n, const char *name)
{
    for (uint32_t i = 0; i < *n; i++)
        if (!strcmp(all[i].name, name))
            return &all[i];
    all[*n].name = name;
    return &all[(*n)++];
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

static uint32_t places_fill(struct place *p, const struct report *r)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct report_move *m = &r->move[i];
        struct place *at;

        if (r->of_run && !report_made(m))
            continue;
        at =
            place_of(p, &n, r->racks && m->from_rack ? m->from_rack : m->from);
        at->out++;
        at->out_gib += m->gib;
        chart_count(at->leaves, r, m);
        at = place_of(p, &n, r->racks && m->to_rack ? m->to_rack : m->to);
        at->in++;
        at->in_gib += m->gib;
        chart_count(at->comes, r, m);
    }
    return n;
}

void page_racks(FILE *f, const struct report *r)
{
    struct place *p = calloc(2 * (size_t)r->move_n + 1, sizeof *p);
    double most;
    uint32_t n;

    if (!p)
        die_oom();
    n = places_fill(p, r);
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
