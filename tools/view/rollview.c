/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the waves of a rolling maintenance: a line each, and the sums last. */
#include "tools/view/rollview.h"

#include <string.h>

#include "tools/base/figure.h"
#include "tools/base/text.h"
#include "tools/view/name.h"
#include "tools/view/table.h"

/* Columns for the hosts of a wave: what 80 leave in the widest row, and in one
 * without a canary. */
enum { HOSTS_CANARY = 17, HOSTS_WIDE = 25 };

/* --- waves --------------------------------------------------------------- */

/* "r1h1, r2h1" or "r1h1 and 14 more": as many names as fit. */
static void hosts_shown(char *buf, size_t len, size_t room,
                        struct plan_cluster *c, const struct plan_roll_wave *w)
{
    char name[NAME_SHOWN], more[24];
    size_t at = 0;

    *buf = '\0';
    for (uint32_t i = 0; i < w->host_n; i++) {
        uint32_t left = w->host_n - i - 1;
        size_t n;

        name_shown(name, plan_host_name(c, w->host[i]));
        snprintf(more, sizeof more, " and %u more", i ? left + 1 : left);
        if (!i) /* it is there in any case */
            table_cut_middle(name,
                             (unsigned)(room - (left ? strlen(more) : 0)));
        n = table_text_width(name) + (i ? 2 : 0);
        if (i &&
            table_text_width(buf) + n + (left ? strlen(more) : 0) > room) {
            snprintf(buf + at, len - at, "%s", more);
            return;
        }
        at +=
            (size_t)snprintf(buf + at, len - at, "%s%s", i ? ", " : "", name);
        if (at >= len)
            return;
    }
}

static void show_move(FILE *f, struct plan_cluster *c,
                      const struct plan_move *m, uint32_t i)
{
    char a[NAME_SHOWN], b[NAME_SHOWN], d[NAME_SHOWN], gib[FIGURE],
        start[FIGURE], takes[FIGURE];

    fprintf(f, "    %4u  %s  %s -> %s, %s, from %s for %s%s", i + 1,
            name_shown(d, plan_domain_name(c, m->domain)),
            name_shown(a, plan_host_name(c, m->from)),
            name_shown(b, plan_host_name(c, m->to)), figure_gib(gib, m->gib),
            figure_time(start, m->start_s), figure_time(takes, m->seconds),
            m->displaced ? ", makes room" : "");
    for (uint32_t k = 0; k < m->after_n && k < 3; k++)
        fprintf(f, "%s%u", k ? "," : ", after ", m->after[k] + 1);
    fprintf(f, "%s\n", m->after_n > 3 ? ",.." : "");
}

static void show_moves(FILE *f, struct plan_cluster *c, const char *what,
                       const struct plan_move *m, uint32_t n)
{
    if (n)
        fprintf(f, "  %s:\n", what);
    for (uint32_t i = 0; i < n; i++)
        show_move(f, c, &m[i], i);
}

static void wave_row(struct table *t, struct plan_cluster *c,
                     const struct plan_roll_wave *w, uint32_t number,
                     size_t room)
{
    char hosts[256], a[FIGURE];

    hosts_shown(hosts, sizeof hosts, room, c, w);
    table_row(t);
    table_cellf(t, "%u", number);
    table_cell(t, hosts);
    table_cellf(t, "%u", w->away_n);
    table_cell(t, w->away_n ? figure_gib(a, w->away_gib) : "-");
    table_cellf(t, "%u", w->home_n);
    table_cell(t, w->home_n ? figure_gib(a, w->home_gib) : "-");
    table_cell(t, figure_time(a, w->away_s + w->home_s));
    table_cell(t, w->canary ? "canary" : NULL);
}

static void show_wave_moves(FILE *f, struct plan_cluster *c,
                            const struct plan_roll *p)
{
    for (uint32_t i = 0; i < p->wave_n; i++) {
        const struct plan_roll_wave *w = &p->wave[i];

        fprintf(f, "\nwave %u\n", i + 1);
        show_moves(f, c, "away", w->away, w->away_n);
        show_moves(f, c, "home", w->home, w->home_n);
    }
}

static void show_waves(FILE *f, struct plan_cluster *c,
                       const struct plan_roll *p, bool moves)
{
    static const struct table_column cols[] = {
        { "wave", TABLE_NUMBER },
        { "hosts", TABLE_NAME },
        { "away", TABLE_NUMBER },
        { "sends", TABLE_NUMBER },
        { "home", TABLE_NUMBER },
        { "sends", TABLE_NUMBER },
        { "takes", TABLE_NUMBER },
        { "", TABLE_MAYBE },
        { NULL, 0 },
    };
    struct table *t = table_new(cols, table_look(false, false));

    for (uint32_t i = 0; i < p->wave_n; i++)
        wave_row(t, c, &p->wave[i], i + 1,
                 p->wave[0].canary ? HOSTS_CANARY : HOSTS_WIDE);
    table_print(t, f);
    table_free(t);
    if (p->wave[0].canary)
        fputs("canaries: look at them before the next wave\n", f);
    if (moves)
        show_wave_moves(f, c, p);
    fputc('\n', f);
}

/* --- what cannot be rolled ----------------------------------------------- */

static void show_left(FILE *f, struct plan_cluster *c,
                      const struct plan_roll *p)
{
    char name[NAME_SHOWN], text[1024];

    for (uint32_t i = 0; i < p->left_n; i++)
        fprintf(f, "%s cannot be rolled: %s\n",
                name_shown(name, plan_host_name(c, p->left[i].host)),
                text_printable(text, sizeof text, p->left[i].text,
                               strlen(p->left[i].text)));
    if (p->left_n && p->wave_n)
        fputc('\n', f);
}

/* --- sums ---------------------------------------------------------------- */

static void show_bound(FILE *f, const struct plan_roll *p)
{
    char text[1024], than[24] = "";

    if (p->wave_n > p->wave_bound)
        snprintf(than, sizeof than, " than %u", p->wave_bound);
    table_line(f, 4, "%u host%s in %u wave%s; no roll has fewer%s (%s)",
               p->hosts, figure_plural(p->hosts), p->wave_n,
               figure_plural(p->wave_n), than, plan_roll_limit_text(p->limit));
    if (p->why)
        table_line(f, 4, "%u more than that: %s", p->wave_n - p->wave_bound,
                   text_printable(text, sizeof text, p->why, strlen(p->why)));
}

static void show_sums(FILE *f, const struct plan_roll *p,
                      const struct plan_roll_options *o)
{
    char a[FIGURE], b[FIGURE];

    show_bound(f, p);
    fprintf(f, "%u move%s, %s; no roll has fewer than %u and %s\n", p->moves,
            figure_plural(p->moves), figure_gib(a, p->gib), p->moves_bound,
            figure_gib(b, p->gib_bound));
    if (p->displaced)
        fprintf(f, "%u of the moves only make%s room\n", p->displaced,
                p->displaced == 1 ? "s" : "");
    fprintf(f,
            "moves take %s; links or the largest guests alone need %s\n"
            "the work on the hosts comes on top of that\n",
            figure_time(a, p->makespan_s),
            figure_time(b, p->makespan_bound_s));
    fputs(o->home ? "all guests are home after each wave\n"
                  : "guests stay where they went\n",
          f);
}

void rollview_text(FILE *f, struct plan_cluster *c, const struct plan_roll *p,
                   const struct plan_roll_options *o, bool moves)
{
    if (p->wave_n)
        show_waves(f, c, p, moves);
    show_left(f, c, p);
    if (p->wave_n)
        show_sums(f, p, o);
    else if (!p->left_n)
        fputs("no hosts, no waves\n", f);
}
