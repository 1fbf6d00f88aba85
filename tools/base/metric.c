/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes metrics in the text that Prometheus reads. */
#include "tools/base/metric.h"

#include <math.h>

void metric_head(FILE *f, const char *name, const char *type, const char *help)
{
    fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

struct metric metric_begin(FILE *f, const char *name)
{
    fputs(name, f);
    return (struct metric){ .f = f };
}

void metric_label(struct metric *m, const char *key, const char *value)
{
    fprintf(m->f, "%c%s=\"", m->labelled ? ',' : '{', key);
    m->labelled = true;
    for (const char *s = value ? value : ""; *s; s++) {
        if (*s == '"' || *s == '\\' || *s == '\n')
            putc('\\', m->f);
        putc(*s == '\n' ? 'n' : *s, m->f);
    }
    putc('"', m->f);
}

/* Counts and bytes as people write them; a double has 53 bits for these. */
static void metric_number(FILE *f, double value)
{
    if (isnan(value))
        fputs("NaN", f);
    else if (fabs(value) < 9007199254740992.0 && !(fmod(value, 1) < 0) &&
             !(fmod(value, 1) > 0))
        fprintf(f, "%.0f", value);
    else
        fprintf(f, "%.9g", value);
}

void metric_end(struct metric *m, double value)
{
    fputs(m->labelled ? "} " : " ", m->f);
    metric_number(m->f, value);
    putc('\n', m->f);
}

/* --- histograms ---------------------------------------------------------- */

void metric_count(struct metric_histogram *h, double value)
{
    size_t i = 0;

    if (!(value >= 0))
        return;
    while (i < h->limits && value > h->limit[i])
        i++;
    h->n[i]++;
    h->sum += value;
}

/* One of NAME_bucket, NAME_sum, NAME_count. */
static struct metric histogram_begin(FILE *f, const char *name,
                                     const char *part, const char *key,
                                     const char *value)
{
    struct metric m = { .f = f };

    fprintf(f, "%s_%s", name, part);
    if (key)
        metric_label(&m, key, value);
    return m;
}

void metric_histogram(FILE *f, const char *name,
                      const struct metric_histogram *h, const char *key,
                      const char *value)
{
    struct metric m;
    unsigned n = 0;
    char le[32];

    for (size_t i = 0; i <= h->limits; i++) {
        if (i == h->limits)
            snprintf(le, sizeof le, "+Inf");
        else if (fmod(h->limit[i], 1) > 0)
            snprintf(le, sizeof le, "%g", h->limit[i]);
        else /* OpenMetrics wants the point */
            snprintf(le, sizeof le, "%.1f", h->limit[i]);
        n += h->n[i];
        m = histogram_begin(f, name, "bucket", key, value);
        metric_label(&m, "le", le);
        metric_end(&m, n);
    }
    m = histogram_begin(f, name, "sum", key, value);
    metric_end(&m, h->sum);
    m = histogram_begin(f, name, "count", key, value);
    metric_end(&m, n);
}
