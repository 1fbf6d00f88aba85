/* SPDX-License-Identifier: LGPL-2.1-only */
/* A report as a summary for a terminal, no line wider than 80 columns but
 * those that have a reason in them. */
#include "tools/view/reportview.h"

#include <math.h>
#include <string.h>

#include "tools/base/text.h"
#include "tools/view/name.h"
#include "tools/view/report_words.h"
#include "tools/view/table.h"

enum { LINES_SHOWN = 10 };

static const char *text_name(char buf[NAME_SHOWN], const char *name)
{
    return name_shown(buf, name ? name : "");
}

static void text_sums(FILE *f, const struct report *r)
{
    double gib = 0, sent = 0, longest = r->of_run ? -1 : 0;
    char a[WORDS_SHOWN], b[WORDS_SHOWN];

    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct report_move *m = &r->move[i];

        if (m->state != MOVE_FAILED && m->state != MOVE_SKIPPED)
            gib += m->gib;
        sent += m->bytes > 0 ? m->bytes / 1073741824 : 0;
        longest = fmax(longest, r->of_run ? m->stopped_ms : m->pause_ms);
    }
    if (r->of_run)
        fprintf(f, "time           %s, %s planned\n", words_time(a, r->took_s),
                words_time(b, r->planned_s));
    else
        fprintf(f, "time           %s\n", words_time(a, r->planned_s));
    if (r->bound_s > 0)
        fprintf(f, "at least       %s: the links or the largest guest\n",
                words_time(a, r->bound_s));
    if (r->of_run)
        fprintf(f, "sent           %s, %s planned\n", words_gib(a, sent),
                words_gib(b, gib));
    else
        fprintf(f, "to be sent     %s\n", words_gib(a, gib));
    fprintf(f, "longest pause  %s\n", words_pause(a, longest));
    if (r->bound > 0)
        fprintf(f, "cost           %.2f; no plan costs less than %.2f\n",
                r->total, r->bound);
}

static void text_trouble(FILE *f, const struct report *r)
{
    char name[NAME_SHOWN], text[512];

    for (size_t i = 0; i < r->trouble_n && i < LINES_SHOWN; i++) {
        const struct report_trouble *t = &r->trouble[i];

        if (!i)
            fputc('\n', f);
        table_line(
            f, 4, "%s%s%s: %s", t->what, t->name ? ": " : "",
            text_name(name, t->name),
            text_printable(text, sizeof text, t->text, strlen(t->text)));
    }
    if (r->trouble_n > LINES_SHOWN)
        fprintf(f, "and %zu more\n", r->trouble_n - LINES_SHOWN);
}

static void text_chain(FILE *f, const struct report *r)
{
    uint32_t skip = r->chain_n > LINES_SHOWN ? r->chain_n - LINES_SHOWN : 0;
    char a[WORDS_SHOWN], b[WORDS_SHOWN], name[NAME_SHOWN];

    if (!r->chain_n)
        return;
    fputs("\nwhat the end waited for\n", f);
    if (skip)
        fprintf(f, "      %u moves before\n", skip);
    for (uint32_t i = skip; i < r->chain_n; i++) {
        const struct report_move *m = &r->move[r->chain[i]];

        fprintf(f, "%4u  %s, from %s to %s%s\n", m->id,
                text_name(name, m->name), words_time(a, report_began(m)),
                words_time(b, report_ended(m)),
                !i                                              ? ""
                : report_waits(r, r->chain[i], r->chain[i - 1]) ? ""
                                                                : " (links)");
    }
}

static void text_links(FILE *f, const struct report *r)
{
    enum { LINKS_SHOWN = 5 };
    char a[WORDS_SHOWN], b[WORDS_SHOWN], from[NAME_SHOWN], to[NAME_SHOWN];

    if (r->link_n)
        fputs("\nbusiest links\n", f);
    for (uint32_t i = 0; i < r->link_n && i < LINKS_SHOWN; i++) {
        const struct report_link *l = &r->link[i];
        const double *part = r->of_run ? l->measured : l->planned;
        double peak = 0;

        for (int k = 0; k < REPORT_PARTS; k++)
            peak = fmax(peak, part[k]);
        fprintf(f, "      %s%s%s: %s at most",
                l->from ? text_name(from, l->from) : text_name(to, l->to),
                l->from && l->to ? " > "
                : l->from        ? " sends"
                                 : " receives",
                l->from && l->to ? text_name(to, l->to) : "",
                words_rate(a, peak));
        if (l->mbps > 0)
            fprintf(f, " of %s", words_rate(b, l->mbps));
        fputc('\n', f);
    }
}

void reportview_text(FILE *f, const struct report *r)
{
    char title[TITLE_SHOWN], safe[TITLE_SHOWN];

    words_goal(title, r);
    fprintf(f, "%s\n",
            text_printable(safe, sizeof safe, title, strlen(title)));
    fprintf(f, "%s\n", words_state(title, r));
    if (r->of_run)
        fprintf(f, "run %s, begun %s on %s\n", r->run, r->started,
                text_name((char[NAME_SHOWN]){ "" }, r->executor));
    if (r->move_n) {
        fputc('\n', f);
        text_sums(f, r);
    }
    text_trouble(f, r);
    text_chain(f, r);
    text_links(f, r);
}
