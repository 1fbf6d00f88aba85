/* SPDX-License-Identifier: LGPL-2.1-only */
/* The links in a report's page: what moves use of each over time, the busiest
 * first. */
#include "tools/view/report_page.h"

#include <math.h>

#include "tools/view/html.h"
#include "tools/view/report_words.h"

enum { LINKS_OPEN = 12, LINKS_MOST = 200 };

static double part_peak(const double *part)
{
    double most = 0;

    for (int i = 0; i < REPORT_PARTS; i++)
        most = fmax(most, part[i]);
    return most;
}

static void link_name(FILE *f, const struct report_link *l)
{
    html_text(f, l->from ? l->from : l->to);
    if (l->from && l->to) {
        fputs(" &#8594; ", f);
        html_text(f, l->to);
    } else {
        fputs(l->from ? " sends" : " receives", f);
    }
}

static void link_row(FILE *f, const struct report *r,
                     const struct report_link *l)
{
    double meant = part_peak(l->planned), was = part_peak(l->measured);
    double peak = r->of_run ? was : meant;
    double most = l->mbps > 0 ? l->mbps : fmax(meant, was);
    char a[WORDS_SHOWN], b[WORDS_SHOWN];

    fputs("<div class=\"r\"><div>", f);
    link_name(f, l);
    fputs("</div><div class=\"t\"><svg viewBox=\"0 0 120 40\" "
          "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"use over "
          "time\">",
          f);
    chart_area(f, r->of_run ? l->measured : l->planned, most, "out", 40, 2);
    if (r->of_run)
        chart_area(f, l->planned, most, "meant", 40, 2);
    fprintf(f, "</svg></div><div>%s at most<small>", words_rate(a, peak));
    if (l->mbps > 0)
        fprintf(f, "of %s; ", words_rate(b, l->mbps));
    fprintf(f, "%s</small></div></div>\n",
            words_gib(a, r->of_run ? l->measured_gib : l->planned_gib));
}

void page_links(FILE *f, const struct report *r)
{
    uint32_t n = r->link_n < LINKS_MOST ? r->link_n : LINKS_MOST;

    if (!n)
        return;
    fprintf(f,
            "<h2>Links</h2>\n<p class=\"key\"><span><i class=\"done\"></i>"
            "%s</span>%s<span>full height: %s</span></p>\n"
            "<div class=\"box\">",
            r->of_run ? "carried" : "planned",
            r->of_run ? "<span><i class=\"p\"></i>dashed: planned</span>" : "",
            r->link[0].mbps > 0 ? "what is free of the link"
                                : "its own highest rate");
    chart_axis(f, r);
    for (uint32_t i = 0; i < n; i++) {
        if (i == LINKS_OPEN)
            fprintf(f, "<details><summary>%u more</summary>\n", n - i);
        link_row(f, r, &r->link[i]);
    }
    if (n > LINKS_OPEN)
        fputs("</details>\n", f);
    if (r->link_n > n)
        fprintf(f,
                "<p class=\"dim\">%u links that are less busy are not "
                "shown</p>\n",
                r->link_n - n);
    fputs("</div>\n", f);
}
