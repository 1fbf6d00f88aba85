/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-times/1: what moves took beside the copying of memory, as moves of
 * this host's runs have shown. Plans are made with the median of the newest.
 */
#ifndef RACKHOP_DOC_TIMES_H
#define RACKHOP_DOC_TIMES_H

#include <stddef.h>

#include "tools/base/msg.h"

enum {
    TIMES_KEPT = 31, /* of each kind */
    TIMES_LEAST = 3, /* before that they say nothing */
};

/* In ms, the newest last. */
struct times_list {
    size_t n;
    double ms[TIMES_KEPT];
};

struct times {
    struct times_list setup;    /* before the first byte, and after the last */
    struct times_list overhead; /* of the downtime, without memory */
};

/* Forgets the oldest if there is no room; what is no time is not added. */
void times_add(struct times_list *l, double ms);
/* Their median; fallback: there are too few. */
double times_median(const struct times_list *l, double fallback);

/* To be freed; NULL: no memory. */
char *times_format(const struct times *t);
/* 0; or a negative errno, and a sentence. */
int times_parse(struct times *t, const char *text, size_t len,
                struct msg *err);

#endif
