/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows samples as a small graph for each metric, or as JSON. */
#include "tools/view/samplesview.h"

#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/complain.h"
#include "tools/view/name.h"

/* "hint_faults_s", six figures of 8 and a trend of 10 stand beside a graph. */
enum { BESIDE = 15 + 5 * 8 + 10 + 2, NARROW = 20, WIDE = 120, FIGURE = 16 };

bool samplesview_blocks(void)
{
    return setlocale(LC_CTYPE, "") && !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* Four digits and perhaps a letter: 0.032, 12.5, 2048, 34.1k, 1.20G. */
static const char *figure(char to[FIGURE], double v)
{
    static const char unit[] = " kMGTPE";
    double a = fabs(v);
    int u = 0;

    if (a >= 9999.5)
        for (; a >= 999.5 && u < 6; u++, v /= 1000)
            a /= 1000;
    if (a < 0.0005)
        snprintf(to, FIGURE, "%s", a > 0 ? "<.001" : "0");
    else
        snprintf(to, FIGURE, "%.*f%.*s",
                 a < 0.9995  ? 3
                 : a < 9.995 ? 2
                 : a < 99.95 ? 1
                             : 0,
                 v, u > 0, unit + u);
    return to;
}

static const char *known(char to[FIGURE], double v)
{
    return v < 0 ? strcpy(to, "-") : figure(to, v);
}

static const char *trend(char to[FIGURE], double v)
{
    char text[FIGURE];

    if (fabs(v) < 0.0005)
        return strcpy(to, "0");
    snprintf(to, FIGURE, "%s%s", v > 0 ? "+" : "", figure(text, v));
    return to;
}

/* The mean of the slots that a column stands for; < 0: none is known. */
static double column(const double *v, size_t n, unsigned at, unsigned width)
{
    size_t from = n * at / width, to = n * (at + 1) / width;
    double sum = 0;
    unsigned k = 0;

    if (to == from)
        to++;
    for (size_t i = from; i < to && i < n; i++) {
        if (v[i] >= 0) {
            sum += v[i];
            k++;
        }
    }
    return k ? sum / k : -1;
}

/* From zero up to the highest column; a blank where nothing is known. */
static void graph(const double *v, size_t n, unsigned width, bool blocks)
{
    static const char *const block[] = { "\u2581", "\u2582", "\u2583",
                                         "\u2584", "\u2585", "\u2586",
                                         "\u2587", "\u2588" };
    static const char *const ascii[] = {
        "_", ".", ":", "-", "=", "+", "*", "#"
    };
    double most = 0;

    for (unsigned i = 0; i < width; i++)
        most = fmax(most, column(v, n, i, width));
    for (unsigned i = 0; i < width; i++) {
        double c = column(v, n, i, width);
        unsigned high = most > 0 ? (unsigned)(c / most * 7.999) : 0;

        fputs(c < 0 ? " " : blocks ? block[high] : ascii[high], stdout);
    }
    putchar('\n');
}

static void row(const struct samples *s, const struct samples_row *r,
                unsigned width, bool blocks)
{
    char text[6][FIGURE];

    printf("%-15s%8s%8s%8s%8s%8s%10s  ", r->name, known(text[0], r->newest),
           known(text[1], r->mean), known(text[2], r->p50),
           known(text[3], r->p95), known(text[4], r->max),
           trend(text[5], r->trend_h));
    graph(r->mean_of, s->n, width, blocks);
}

static const char *span(char to[32], uint64_t s)
{
    if (s >= 2 * 86400)
        snprintf(to, 32, "%llu days", (unsigned long long)s / 86400);
    else if (s >= 2 * 3600)
        snprintf(to, 32, "%llu h", (unsigned long long)s / 3600);
    else if (s >= 120)
        snprintf(to, 32, "%llu min", (unsigned long long)s / 60);
    else
        snprintf(to, 32, "%llu s", (unsigned long long)s);
    return to;
}

void samplesview_text(const struct samples *s, bool blocks, unsigned columns)
{
    unsigned beside = BESIDE + 8, width;
    char name[NAME_SHOWN], back[32], step[32];

    width = columns > beside + NARROW ? columns - beside : NARROW;
    if (width > WIDE)
        width = WIDE;
    if (width > s->n)
        width = s->n ? (unsigned)s->n : 1;
    printf("%s: %s back, in steps of %s\n", name_shown(name, s->name),
           span(back, s->n * s->step_s), span(step, s->step_s));
    if (s->rows)
        printf("%-15s%8s%8s%8s%8s%8s%10s\n", "", "now", "mean", "median",
               "p95", "max", "trend/h");
    for (size_t i = 0; i < s->rows; i++)
        row(s, &s->row[i], width, blocks);
    if (!s->rows)
        puts("nothing was sampled in that time");
}

void samplesview_talks(const struct talks *t)
{
    printf("what guests send each other is counted by %s%s%s: %zu pair%s of "
           "addresses\n",
           t->nft || !t->ovs ? "nftables" : "",
           t->nft && t->ovs ? " and " : "", t->ovs ? "Open vSwitch" : "",
           t->pairs, t->pairs == 1 ? "" : "s");
}

int samplesview_json(const struct samples *s)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    samples_write(o, s);
    return json_out_free(o);
}
