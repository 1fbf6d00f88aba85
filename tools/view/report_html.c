/* SPDX-License-Identifier: LGPL-2.1-only */
/* A report as a page: what it is, what is not well, and then its parts. */
#include "tools/view/reportview.h"

#include <math.h>
#include <string.h>

#include "tools/view/html.h"
#include "tools/view/report_page.h"
#include "tools/view/report_words.h"

enum { CHAIN_SHOWN = 30, TROUBLE_OPEN = 20, HOSTS_NAMED = 3 };

static void page_card(FILE *f, const char *value, const char *what)
{
    fputs("<div class=\"card\"><b>", f);
    html_text(f, value);
    fputs("</b><span>", f);
    html_text(f, what);
    fputs("</span></div>\n", f);
}

/* --- the sums -------------------------------------------------------------------- */

static void cards_sent(FILE *f, const struct report *r)
{
    double gib = 0, sent = 0, pause = 0, longest = -1;
    char a[WORDS_SHOWN], b[WORDS_SHOWN], text[80];

    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct report_move *m = &r->move[i];

        if (m->state != MOVE_FAILED && m->state != MOVE_SKIPPED)
            gib += m->gib;
        sent += m->bytes > 0 ? m->bytes / 1073741824 : 0;
        pause = fmax(pause, m->pause_ms);
        longest = fmax(longest, m->stopped_ms);
    }
    if (!r->of_run) {
        page_card(f, words_gib(a, gib), "to be sent");
        page_card(f, words_pause(a, pause), "longest pause of a guest");
        return;
    }
    snprintf(text, sizeof text, "sent, %s planned", words_gib(b, gib));
    page_card(f, words_gib(a, sent), text);
    snprintf(text, sizeof text, "longest pause of a guest, %s planned",
             words_pause(b, pause));
    page_card(f, words_pause(a, longest), text);
}

static void page_cards(FILE *f, const struct report *r)
{
    char a[WORDS_SHOWN], b[WORDS_SHOWN], text[120];

    fputs("<div class=\"cards\">\n", f);
    if (r->of_run) {
        snprintf(a, sizeof a, "%u of %u", r->done, r->move_n);
        page_card(f, a, "moves done");
        snprintf(text, sizeof text, "taken, %s planned",
                 words_time(b, r->planned_s));
        page_card(f, words_time(a, r->took_s), text);
    } else {
        snprintf(a, sizeof a, "%u", r->move_n);
        page_card(f, a, r->move_n == 1 ? "move" : "moves");
        page_card(f, words_time(a, r->planned_s), "planned in all");
    }
    if (r->bound_s > 0)
        page_card(f, words_time(a, r->bound_s),
                  "the links or the largest guest need");
    cards_sent(f, r);
    if (r->bound > 0 && r->total > 0) {
        snprintf(a, sizeof a, "%.2f", r->total);
        snprintf(text, sizeof text,
                 "cost; no plan costs less than %.2f: at most %.2f%% could "
                 "be saved",
                 r->bound, fmax(0, 100 * (r->total - r->bound) / r->total));
        page_card(f, a, text);
    }
    fputs("</div>\n", f);
}

/* --- what is not well ------------------------------------------------------------- */

static void trouble_item(FILE *f, const struct report_trouble *t)
{
    static const struct {
        const char *what, *class, *mark;
    } marks[] = {
        { "in doubt", "unsure", "?" },
        { "note", "dim", "&#8226;" },
        { NULL, "bad", "&#10005;" },
    };
    unsigned i = 0;

    while (marks[i].what && strcmp(marks[i].what, t->what))
        i++;
    fprintf(f, "<li><span class=\"%s\">%s %s</span> ", marks[i].class,
            marks[i].mark, t->what);
    if (t->name) {
        fputs("<b>", f);
        html_text(f, t->name);
        fputs("</b>: ", f);
    }
    html_text(f, t->text);
    fputs("</li>\n", f);
}

static void page_trouble(FILE *f, const struct report *r)
{
    if (!r->trouble_n)
        return;
    fputs("<h2>To be looked at</h2>\n<div class=\"box\"><ul>\n", f);
    for (size_t i = 0; i < r->trouble_n; i++) {
        if (i == TROUBLE_OPEN)
            fprintf(f, "</ul><details><summary>%zu more</summary><ul>\n",
                    r->trouble_n - i);
        trouble_item(f, &r->trouble[i]);
    }
    fputs(r->trouble_n > TROUBLE_OPEN ? "</ul></details></div>\n"
                                      : "</ul></div>\n",
          f);
}

/* --- what was waited for ----------------------------------------------------------- */

static void chain_item(FILE *f, const struct report *r, uint32_t i)
{
    const struct report_move *m = &r->move[r->chain[i]];
    char a[WORDS_SHOWN], b[WORDS_SHOWN];

    fprintf(f, "<li><a href=\"#m%u\">%u ", m->id, m->id);
    html_text(f, m->name);
    fputs("</a>, ", f);
    html_text(f, m->from);
    fputs(" &#8594; ", f);
    html_text(f, m->to);
    fprintf(f, ": from %s to %s", words_time(a, report_began(m)),
            words_time(b, report_ended(m)));
    if (r->of_run && report_made(m) && m->ended_s >= 0)
        fprintf(f, ", planned to end at %s",
                words_time(a, m->start_s + m->seconds));
    if (i)
        fputs(report_waits(r, r->chain[i], r->chain[i - 1])
                  ? " <span class=\"dim\">(waited for its end)</span>"
                  : " <span class=\"dim\">(waited for its links)</span>",
              f);
    fputs("</li>\n", f);
}

static void page_chain(FILE *f, const struct report *r)
{
    uint32_t skip = r->chain_n > CHAIN_SHOWN ? r->chain_n - CHAIN_SHOWN : 0;

    if (!r->chain_n)
        return;
    fputs("<h2>What the end waited for</h2>\n<div class=\"box\">"
          "<p class=\"dim\">The move that ends last, and before it those "
          "that it and they waited for: for the end of a move, because a rule "
          "or memory needs it, or only for the links of a host.</p><ul>\n",
          f);
    if (skip)
        fprintf(f, "<li class=\"dim\">%u moves before</li>\n", skip);
    for (uint32_t i = skip; i < r->chain_n; i++)
        chain_item(f, r, i);
    fputs("</ul></div>\n", f);
}

/* --- the head -------------------------------------------------------------------- */

static void page_origin(FILE *f, const struct report *r)
{
    fputs("<p class=\"dim\">", f);
    if (r->of_run) {
        fputs("Run ", f);
        html_text(f, r->run);
        fputs(", begun ", f);
        html_text(f, r->started);
        fputs(" on ", f);
        html_text(f, r->executor);
        if (r->replaced)
            fprintf(f, "; moves that were planned anew, and are not shown: %u",
                    r->replaced);
    } else if (r->snapshot) {
        fputs("Planned for the snapshot ", f);
        html_text(f, r->snapshot);
    }
    fputs("</p>\n", f);
    if (r->another_map)
        fputs("<p class=\"dim\">Racks and links are those of the snapshot "
              "that this report was given, which may be of another time.</p>"
              "\n",
              f);
}

static void page_hosts(FILE *f, const struct report *r)
{
    if (r->hosts->n <= HOSTS_NAMED)
        return;
    fprintf(f, "<details><summary>The %zu hosts</summary><p>", r->hosts->n);
    for (size_t i = 0; i < r->hosts->n; i++) {
        fputs(i ? ", " : "", f);
        html_text(f, r->hosts->s[i]);
    }
    fputs("</p></details>\n", f);
}

static void page_head(FILE *f, const struct report *r)
{
    double all = r->span_s > 0 ? r->span_s : 1;
    char title[TITLE_SHOWN];

    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width\">"
          "<link rel=\"icon\" href=\"data:,\"><title>rackhop: ",
          f);
    html_text(f, words_goal(title, r));
    fputs("</title>\n<style>", f);
    fputs(report_style, f);
    fprintf(f, ":root{--step:%.3f%%;--bound:%.3f%%}</style></head><body>\n",
            100 * chart_step(r->span_s) / all,
            r->bound_s > 0 ? 100 * r->bound_s / all : -100.0);
    fputs("<svg width=\"0\" height=\"0\" style=\"position:absolute\" "
          "aria-hidden=\"true\"><pattern id=\"lines\" width=\"3\" height=\"4\""
          " patternUnits=\"userSpaceOnUse\"><rect width=\"3\" height=\"2\" "
          "style=\"fill:var(--in)\"/></pattern></svg>\n<h1>",
          f);
    html_text(f, words_goal(title, r));
    fputs("</h1>\n<p>", f);
    html_text(f, words_state(title, r));
    fputs("</p>\n", f);
}

void reportview_html(FILE *f, const struct report *r)
{
    page_head(f, r);
    page_origin(f, r);
    page_hosts(f, r);
    page_cards(f, r);
    page_trouble(f, r);
    page_racks(f, r);
    page_moves(f, r);
    page_chain(f, r);
    page_links(f, r);
    page_figures(f, r);
    fputs("</body></html>\n", f);
}
