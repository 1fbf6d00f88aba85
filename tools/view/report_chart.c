/* SPDX-License-Identifier: LGPL-2.1-only */
/* Draws a report's charts over time. */
#include "tools/view/report_page.h"

#include <math.h>

#include "tools/view/html.h"
#include "tools/view/report_words.h"

double chart_step(double span_s)
{
    static const double steps[] = { 1,   2,   5,   10,  15,   30,   60,
                                    120, 300, 600, 900, 1800, 3600, 7200 };

    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++)
        if (span_s <= 6 * steps[i])
            return steps[i];
    return span_s / 6;
}

/* 0:00 of minutes and seconds, or 0:00:00. */
static void chart_clock(FILE *f, double s)
{
    long t = lround(s);

    if (t < 3600)
        fprintf(f, "%ld:%02ld", t / 60, t % 60);
    else
        fprintf(f, "%ld:%02ld:%02ld", t / 3600, t % 3600 / 60, t % 60);
}

void chart_axis(FILE *f, const struct report *r)
{
    double step = chart_step(r->span_s);

    fputs("<div class=\"r\" aria-hidden=\"true\"><div></div>"
          "<div class=\"axis\">",
          f);
    for (int i = 0; i * step <= r->span_s * .96; i++) {
        fprintf(f, "<span style=\"left:%.2f%%\">",
                r->span_s > 0 ? 100 * i * step / r->span_s : 0);
        chart_clock(f, i * step);
        fputs("</span>", f);
    }
    fputs("</div><div></div></div>\n", f);
}

static void chart_bar(FILE *f, const struct report *r, const char *class,
                      double from, double to)
{
    double all = r->span_s > 0 ? r->span_s : 1;

    fprintf(f, "<i class=\"%s\" style=\"left:%.2f%%;width:%.2f%%\"></i>",
            class, 100 * from / all, 100 * fmax(0, to - from) / all);
}

static const char *chart_class(const struct report_move *m)
{
    switch (m->state) {
    case MOVE_PLANNED: return "p";
    case MOVE_STARTED: return "run";
    case MOVE_DONE: return "done";
    case MOVE_FAILED: return "failed";
    case MOVE_DOUBT: return "doubt";
    case MOVE_SKIPPED: return "skip";
    }
    return "p";
}

void chart_move(FILE *f, const struct report *r, const struct report_move *m)
{
    chart_bar(f, r, "p", m->start_s, m->start_s + m->seconds);
    if (report_made(m))
        chart_bar(f, r, chart_class(m), m->began_s, report_ended(m));
}

void chart_count(double *part, const struct report *r,
                 const struct report_move *m)
{
    double each = r->span_s / REPORT_PARTS;
    double from = report_began(m), to = report_ended(m);

    for (int i = 0; i < REPORT_PARTS && each > 0; i++) {
        double a = fmax(from, i * each), b = fmin(to, (i + 1) * each);

        if (b > a)
            part[i] += (b - a) / each;
    }
}

void chart_area(FILE *f, const double *part, double most, const char *class,
                double from_y, double to_y)
{
    double high = most > 0 ? (to_y - from_y) / most : 0, last = 0;

    fprintf(f, "<path class=\"%s\" d=\"M0 %g", class, from_y);
    for (int i = 0; i < REPORT_PARTS; i++) {
        double y = round(100 * (from_y + high * fmin(part[i], most))) / 100;

        if (i && y != last)
            fprintf(f, "H%d", i);
        if (!i || y != last)
            fprintf(f, "V%.2f", y);
        last = y;
    }
    fprintf(f, "H%dV%g\"/>", REPORT_PARTS, from_y);
}
