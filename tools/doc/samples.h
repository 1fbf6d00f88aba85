/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes and reads rackhop-samples/1, what was sampled of a guest or a host over a time,
 * and the short form of it that facts have. Figures below 0 are not known, but
 * for trends.
 */
#ifndef RACKHOP_DOC_SAMPLES_H
#define RACKHOP_DOC_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/doc/json.h"

enum { SAMPLES_ROWS = 17 };

struct samples_row {
    const char *name, *text; /* of the metric, in a word and in a line */
    double newest, mean, p50, p95, p99, max;
    double trend_h; /* growth in an hour, by the line of least squares */
    /* Each slot's mean, and its maximum (NULL: it has none): n of them. */
    double *mean_of, *max_of;
};

struct samples {
    bool host; /* else of a guest */
    char name[128], uuid[40];
    int64_t from; /* seconds since 1970, of the first slot */
    unsigned step_s;
    size_t n; /* slots */
    struct samples_row row[SAMPLES_ROWS];
    size_t rows;
    struct json_doc *doc; /* private: of samples that were read, their text */
};

void samples_dispose(struct samples *s);
/* Of another host's text, which may be anything. 0; -EINVAL: it is none, or
 * another negative errno; with a sentence. */
int samples_parse(struct samples *s, const char *text, size_t len,
                  struct msg *err);
void samples_write(struct json_out *o, const struct samples *s);

/* What facts say of the newest 10 min (seconds) and of a day (means of 5
 * min). */
struct samples_brief {
    const char *name;
    double mean_10m, p95_10m;
    double mean_day, p50_day, p95_day, p99_day, max_day;
    double trend_day; /* growth in a day */
};
struct samples_facts {
    int64_t age_s; /* of the newest sample */
    int64_t day_s; /* so much of the last day is known */
    struct samples_brief row[SAMPLES_ROWS];
    size_t n; /* 0: there are none */
};
/* "samples": {..}; nothing where there are none. */
void samples_facts_write(struct json_out *o, const struct samples_facts *f);

#endif
