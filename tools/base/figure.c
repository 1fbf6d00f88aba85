/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes numbers as a person would say them. */
#include "tools/base/figure.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *figure_unknown(char buf[FIGURE])
{
    snprintf(buf, FIGURE, "-");
    return buf;
}

static bool figure_known(double v)
{
    return isfinite(v) && v >= 0;
}

/* "2 h 5 min"; a lesser part that is 0 is left out. */
static const char *figure_parts(char buf[FIGURE], double n, double in_one,
                                const char *large, const char *small)
{
    double a = floor(n / in_one), b = n - a * in_one;

    if (b > 0)
        snprintf(buf, FIGURE, "%.0f %s %.0f %s", a, large, b, small);
    else
        snprintf(buf, FIGURE, "%.0f %s", a, large);
    return buf;
}

const char *figure_time(char buf[FIGURE], double s)
{
    if (!figure_known(s))
        return figure_unknown(buf);
    if (s < 59.95)
        snprintf(buf, FIGURE, "%.1f s", s);
    else if (round(s) < 3600)
        figure_parts(buf, round(s), 60, "min", "s");
    else if (round(s / 60) < 1440)
        figure_parts(buf, round(s / 60), 60, "h", "min");
    else
        figure_parts(buf, round(s / 3600), 24, "d", "h");
    return buf;
}

const char *figure_about(char buf[FIGURE], double s)
{
    if (!figure_known(s))
        return figure_unknown(buf);
    if (s < 55)
        snprintf(buf, FIGURE, "%.0f s", s < 10 ? ceil(s) : 5 * round(s / 5));
    else if (s < 90 * 60)
        snprintf(buf, FIGURE, "%.0f min", fmax(1, round(s / 60)));
    else if (s < 36 * 3600)
        snprintf(buf, FIGURE, "%.0f h", round(s / 3600));
    else
        snprintf(buf, FIGURE, "%.0f d", round(s / 86400));
    return buf;
}

const char *figure_pause(char buf[FIGURE], double ms)
{
    if (!figure_known(ms))
        return figure_unknown(buf);
    if (ms >= 9999.5)
        return figure_time(buf, ms / 1e3);
    snprintf(buf, FIGURE, "%.0f ms", ms);
    return buf;
}

/* A number of the first unit, or of one that is 1024 or 1000 times as much. */
static const char *figure_scaled(char buf[FIGURE], double v, double step,
                                 const char *const *unit)
{
    unsigned i = 0;

    if (!figure_known(v))
        return figure_unknown(buf);
    for (; unit[i + 1] && v >= step * (i ? 0.99995 : 0.9995); i++)
        v /= step;
    snprintf(buf, FIGURE, "%.*f %s", i || v < 9.95 ? v > 0 : 0, v, unit[i]);
    return buf;
}

const char *figure_mib(char buf[FIGURE], double mib)
{
    static const char *const unit[] = { "MiB", "GiB", "TiB", "PiB", NULL };

    return figure_scaled(buf, mib, 1024, unit);
}

void figure_mib_pair(char a[FIGURE], char b[FIGURE], double mib_a,
                     double mib_b)
{
    figure_mib(a, mib_a);
    figure_mib(b, mib_b);
    if (strcmp(a, b) || mib_a == mib_b)
        return;
    snprintf(a, FIGURE, "%.0f MiB", mib_a);
    snprintf(b, FIGURE, "%.0f MiB", mib_b);
}

const char *figure_gib(char buf[FIGURE], double gib)
{
    return figure_mib(buf, gib * 1024);
}

const char *figure_mib_s(char buf[FIGURE], double mib_s)
{
    static const char *const unit[] = { "MiB/s", "GiB/s", "TiB/s", NULL };

    return figure_scaled(buf, mib_s, 1024, unit);
}

const char *figure_rate(char buf[FIGURE], double mbps)
{
    if (!figure_known(mbps))
        return figure_unknown(buf);
    if (mbps >= 999.5)
        snprintf(buf, FIGURE, "%.3g Gbit/s", mbps / 1e3);
    else
        snprintf(buf, FIGURE, "%.3g Mbit/s", mbps);
    return buf;
}

const char *figure_plural(size_t n)
{
    return n == 1 ? "" : "s";
}
