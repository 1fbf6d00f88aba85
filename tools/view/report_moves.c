/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The moves in a report's page, a row each, by the hosts that they leave. Many
 * are folded: a row a host, which has all of its moves as bars, and beyond a
 * screenful of hosts a row a rack.
 */
#include "tools/view/report_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/complain.h"
#include "tools/view/html.h"
#include "tools/view/report_words.h"

enum { OPEN_MOVES = 40, HOSTS_IN_A_ROW = 24, AFTER_SHOWN = 3 };

struct order {
    const struct report *r;
    const struct report_move *m;
};

static int compare_names(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int by_source(const void *pa, const void *pb)
{
    const struct report_move *a = ((const struct order *)pa)->m;
    const struct report_move *b = ((const struct order *)pb)->m;
    int c = compare_names(a->from_rack, b->from_rack);

    if (!c)
        c = strcmp(a->from, b->from);
    if (!c && report_began(a) != report_began(b))
        return report_began(a) < report_began(b) ? -1 : 1;
    return c ? c : a->id < b->id ? -1 : a->id > b->id;
}

static bool same_host(const struct report_move *a, const struct report_move *b)
{
    return !compare_names(a->from_rack, b->from_rack) &&
           !strcmp(a->from, b->from);
}

static bool same_rack(const struct report_move *a, const struct report_move *b)
{
    return !compare_names(a->from_rack, b->from_rack);
}

/* How many from the first on are of one host, or of one rack. */
static uint32_t run_of(const struct order *o, uint32_t n,
                       bool (*same)(const struct report_move *a,
                                    const struct report_move *b))
{
    uint32_t k = 1;

    while (k < n && same(o[0].m, o[k].m))
        k++;
    return k;
}

/* --- a move --------------------------------------------------------------------- */

static void moves_after(FILE *f, const struct report *r,
                        const struct report_move *m)
{
    for (uint32_t i = 0; i < m->after_n && i < AFTER_SHOWN; i++) {
        const struct report_move *b = &r->move[m->after[i]];

        fprintf(f, "%s<a href=\"#m%u\">%u ", i ? ", " : " after ", b->id,
                b->id);
        html_text(f, b->name);
        fputs("</a>", f);
    }
    if (m->after_n > AFTER_SHOWN)
        fprintf(f, " and %u more", m->after_n - AFTER_SHOWN);
}

/* The mark says it without colours. */
static void moves_state(FILE *f, const struct report *r,
                        const struct report_move *m)
{
    switch (m->state) {
    case MOVE_DONE: fputs("&#10003; ", f); return;
    case MOVE_FAILED:
        fputs("<span class=\"bad\">&#10005; failed</span> ", f);
        return;
    case MOVE_DOUBT:
        fputs("<span class=\"unsure\">? in doubt</span> ", f);
        return;
    case MOVE_SKIPPED:
        fputs("<span class=\"bad\">&#10005; skipped</span> ", f);
        return;
    case MOVE_STARTED:
    case MOVE_PLANNED:
        if (r->of_run)
            fprintf(f, "%s ", report_state(r, m));
        return;
    }
}

static void moves_note(FILE *f, const struct report *r,
                       const struct report_move *m)
{
    char a[WORDS_SHOWN];

    moves_state(f, r, m);
    if (!report_made(m)) {
        fprintf(f, "%s%s", r->of_run ? "<small>planned " : "",
                words_time(a, m->seconds));
        fprintf(f, "%s%s, ", r->of_run ? ", " : "<small>",
                words_gib(a, m->gib));
        fprintf(f, "pause %s</small>", words_pause(a, m->pause_ms));
        return;
    }
    fputs(words_time(a, m->ended_s < 0 ? -1 : m->ended_s - m->began_s), f);
    if (m->stopped_ms >= 0)
        fprintf(f, ", pause %s", words_pause(a, m->stopped_ms));
    fprintf(f, "<small>planned %s, ", words_time(a, m->seconds));
    fprintf(f, "pause %s</small>", words_pause(a, m->pause_ms));
}

static void moves_row(FILE *f, const struct report *r,
                      const struct report_move *m)
{
    fprintf(f, "<div class=\"r move\" id=\"m%u\"><div>%u ", m->id, m->id);
    html_text(f, m->name);
    if (m->attempt > 1)
        fprintf(f, " <small style=\"display:inline\">attempt %u</small>",
                m->attempt);
    fputs("<small>", f);
    html_text(f, m->from);
    fputs(" &#8594; ", f);
    html_text(f, m->to);
    moves_after(f, r, m);
    fputs("</small></div><div class=\"t\">", f);
    chart_move(f, r, m);
    fputs("</div><div>", f);
    moves_note(f, r, m);
    fputs("</div></div>\n", f);
}

/* --- a host, a rack ----------------------------------------------------------- */

static void moves_sum(FILE *f, const struct order *o, uint32_t n)
{
    uint32_t failed = 0, doubt = 0;
    char a[WORDS_SHOWN], b[WORDS_SHOWN];
    double gib = 0, last = 0;

    for (uint32_t i = 0; i < n; i++) {
        failed += o[i].m->state == MOVE_FAILED;
        doubt += o[i].m->state == MOVE_DOUBT;
        gib += o[i].m->gib;
        last = fmax(last, report_ended(o[i].m));
    }
    fprintf(f, "<div>%s<small>until %s", words_gib(a, gib),
            words_time(b, last));
    if (failed)
        fprintf(f, " <span class=\"bad\">&#10005; %u failed</span>", failed);
    if (doubt)
        fprintf(f, " <span class=\"unsure\">? %u in doubt</span>", doubt);
    fputs("</small></div>", f);
}

/* Of a rack: how many of its moves run at once. */
static void moves_area(FILE *f, const struct order *o, uint32_t n)
{
    double part[REPORT_PARTS] = { 0 }, most = 0;

    for (uint32_t i = 0; i < n; i++)
        chart_count(part, o[i].r, o[i].m);
    for (int i = 0; i < REPORT_PARTS; i++)
        most = fmax(most, part[i]);
    fputs("<svg viewBox=\"0 0 120 40\" preserveAspectRatio=\"none\" "
          "role=\"img\" aria-label=\"moves at once\">",
          f);
    chart_area(f, part, most, "out", 40, 2);
    fputs("</svg>", f);
}

/* hosts: of a rack, how many of them; 0: it is a host itself. */
static void moves_head(FILE *f, const struct order *o, uint32_t n,
                       const char *what, const char *name, uint32_t hosts)
{
    fprintf(f, "<summary><div class=\"r\"><div>%s", what);
    html_text(f, name);
    fprintf(f, "<small>%u move%s", n, n == 1 ? "" : "s");
    if (hosts)
        fprintf(f, " off %u host%s", hosts, hosts == 1 ? "" : "s");
    fputs("</small></div><div class=\"t\">", f);
    for (uint32_t i = 0; !hosts && i < n; i++)
        chart_move(f, o[i].r, o[i].m);
    if (hosts)
        moves_area(f, o, n);
    fputs("</div>", f);
    moves_sum(f, o, n);
    fputs("</div></summary>\n", f);
}

static void moves_host(FILE *f, const struct order *o, uint32_t n, bool open)
{
    fprintf(f, "<details class=\"f\"%s>", open ? " open" : "");
    moves_head(f, o, n, "", o->m->from, 0);
    for (uint32_t i = 0; i < n; i++)
        moves_row(f, o[i].r, o[i].m);
    fputs("</details>\n", f);
}

static void moves_hosts(FILE *f, const struct order *o, uint32_t n, bool open)
{
    for (uint32_t i = 0, k; i < n; i += k) {
        k = run_of(o + i, n - i, same_host);
        moves_host(f, o + i, k, open);
    }
}

static uint32_t moves_count_hosts(const struct order *o, uint32_t n)
{
    uint32_t hosts = 0;

    for (uint32_t i = 0; i < n; i += run_of(o + i, n - i, same_host))
        hosts++;
    return hosts;
}

static void moves_racks(FILE *f, const struct order *o, uint32_t n)
{
    for (uint32_t i = 0, k; i < n; i += k) {
        k = run_of(o + i, n - i, same_rack);
        fputs("<details class=\"f\">", f);
        moves_head(f, o + i, k, "rack ",
                   o[i].m->from_rack ? o[i].m->from_rack : "unknown",
                   moves_count_hosts(o + i, k));
        moves_hosts(f, o + i, k, false);
        fputs("</details>\n", f);
    }
}

static void moves_key(FILE *f, const struct report *r)
{
    fputs("<p class=\"key\"><span><i class=\"p\"></i>planned</span>", f);
    if (r->of_run)
        fputs("<span><i class=\"done\"></i>&#10003; done</span>"
              "<span><i class=\"failed\"></i>&#10005; failed, skipped</span>"
              "<span><i class=\"doubt\"></i>? in doubt</span>"
              "<span><i class=\"run\"></i>running</span>",
              f);
    if (r->bound_s > 0)
        fputs("<span><i class=\"b\"></i>no plan ends before this</span>", f);
    fputs("</p>\n", f);
}

void page_moves(FILE *f, const struct report *r)
{
    struct order *o;
    bool racks;

    if (!r->move_n)
        return;
    o = calloc(r->move_n, sizeof *o);
    if (!o)
        die_oom();
    for (uint32_t i = 0; i < r->move_n; i++)
        o[i] = (struct order){ r, &r->move[i] };
    qsort(o, r->move_n, sizeof *o, by_source);
    racks = r->racks && run_of(o, r->move_n, same_rack) < r->move_n &&
            moves_count_hosts(o, r->move_n) > HOSTS_IN_A_ROW;
    fputs("<h2>Moves</h2>\n", f);
    moves_key(f, r);
    fprintf(f, "<div class=\"box%s\">", r->of_run ? "" : " plan");
    chart_axis(f, r);
    if (racks)
        moves_racks(f, o, r->move_n);
    else
        moves_hosts(f, o, r->move_n, r->move_n <= OPEN_MOVES);
    fputs("</div>\n", f);
    free(o);
}
