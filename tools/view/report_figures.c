/* SPDX-License-Identifier: LGPL-2.1-only */
/* Every figure of every move of a report, as a table. */
#include "tools/view/report_page.h"

#include <math.h>
#include <string.h>

#include "tools/doc/prediction.h"
#include "tools/view/html.h"

static void figure_head(FILE *f, const struct report *r)
{
    static const char *const groups[] = { "GiB", "seconds", "pause, ms" };

    fputs("<tr><th class=\"w\" rowspan=\"2\">move</th>"
          "<th class=\"w\" rowspan=\"2\">guest</th>"
          "<th class=\"w\" rowspan=\"2\">from</th>"
          "<th class=\"w\" rowspan=\"2\">to</th>"
          "<th rowspan=\"2\">hops</th>",
          f);
    for (unsigned i = 0; i < 3; i++)
        fprintf(f, "<th colspan=\"%d\">%s</th>", r->of_run ? 3 : 1, groups[i]);
    fputs("<th class=\"w\" rowspan=\"2\">after</th></tr>\n<tr>", f);
    for (unsigned i = 0; i < 3; i++)
        fputs(r->of_run ? "<th>planned</th><th>was</th><th>error</th>"
                        : "<th>planned</th>",
              f);
    fputs("</tr>\n", f);
}

static void figure(FILE *f, const struct report *r, double planned,
                   double measured, int digits)
{
    double error = prediction_error(planned, measured);

    fprintf(f, "<td>%.*f</td>", digits, planned);
    if (!r->of_run)
        return;
    if (measured >= 0)
        fprintf(f, "<td>%.*f</td>", digits, measured);
    else
        fputs("<td>-</td>", f);
    if (isfinite(error))
        fprintf(f, "<td>%+.0f%%</td>", error);
    else
        fputs("<td></td>", f);
}

static void figure_cell(FILE *f, const char *text)
{
    fputs("<td class=\"w\">", f);
    html_text(f, text);
    fputs("</td>", f);
}

static void figure_row(FILE *f, const struct report *r,
                       const struct report_move *m)
{
    fprintf(f, "<tr><td class=\"w\">%u</td>", m->id);
    figure_cell(f, m->name);
    figure_cell(f, m->from);
    figure_cell(f, m->to);
    fprintf(f, "<td>%d%s</td>", m->hops, m->path_unknown ? "?" : "");
    figure(f, r, m->gib, m->bytes < 0 ? -1 : m->bytes / 1073741824, 2);
    figure(f, r, m->seconds, m->took_s, 1);
    figure(f, r, m->pause_ms, m->stopped_ms, 0);
    fputs("<td class=\"w\">", f);
    for (uint32_t i = 0; i < m->after_n; i++)
        fprintf(f, "%s%u", i ? ", " : "", r->move[m->after[i]].id);
    fputs("</td></tr>\n", f);
}

void page_figures(FILE *f, const struct report *r)
{
    if (!r->move_n)
        return;
    fprintf(f,
            "<h2>Figures</h2>\n<div class=\"box\"><details>"
            "<summary>All figures of %u move%s</summary>"
            "<div class=\"scroll\"><table>\n",
            r->move_n, r->move_n == 1 ? "" : "s");
    figure_head(f, r);
    for (uint32_t i = 0; i < r->move_n; i++)
        figure_row(f, r, &r->move[i]);
    fputs("</table></div></details></div>\n", f);
}
