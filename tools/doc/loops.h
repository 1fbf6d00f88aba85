/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-loops/1: what the loops saw at the last look, what they want, what
 * was done about it, and why not. The daemon writes it, `rackhop loops` shows
 * it.
 */
#ifndef RACKHOP_DOC_LOOPS_H
#define RACKHOP_DOC_LOOPS_H

#include <stdbool.h>
#include <stddef.h>

#include "scheduler/loop.h"
#include "tools/base/msg.h"
#include "tools/doc/json.h"
#include "tools/doc/power.h"

/* A wish, or something that was done. */
struct loops_line {
    double at_s; /* seconds since 1970 */
    enum loop_kind kind;
    char uuid[40], name[256]; /* "": no guest could be named */
    char from[65], to[65];
    double benefit_wh, price_wh;
    bool granted;      /* by the arbiter */
    char run[41];      /* that carries it out; "": none */
    char why_not[400]; /* "": nothing is in the way */
    char reason[900];  /* one sentence with its numbers */
};

/* A host that is on record as switched off. */
struct loops_off {
    char host[65], state[12];
    double since_s;
    char reason[900];
};

enum { LOOPS_DEEDS = 50, LOOPS_WISHES = 500, LOOPS_MODE = 8 };

struct loops_doc {
    double at_s;
    double interval_s;
    char holder[65]; /* the host whose rackhopd looked */
    size_t hosts, dead, guests;
    size_t unknown;    /* guests whose demand is not known */
    char blocked[400]; /* why nothing was decided; "": it was */
    char mode[LOOP_KINDS][LOOPS_MODE];
    char blind[LOOP_KINDS][200]; /* why a loop sees nothing; "": it does */
    char sees[LOOP_KINDS][900];  /* its figure that matters most; "": none */
    struct loops_line *wish;
    size_t wishes, wish_room;
    size_t more;             /* wishes that have no line */
    struct loops_line *deed; /* the newest last */
    size_t deeds, deed_room;
    struct loops_off *off;
    size_t offs, off_room;
};

void loops_doc_dispose(struct loops_doc *d);
/* A line more, all of it unset; NULL: no memory, or (of wishes) no room. */
struct loops_line *loops_doc_wish(struct loops_doc *d);
/* 0 or -ENOMEM. */
int loops_doc_off(struct loops_doc *d, const struct power *p);
/* Copies a line; of the oldest are as many forgotten as there are too many. */
int loops_doc_deed(struct loops_doc *d, const struct loops_line *line);

/* To be freed; NULL: no memory. */
char *loops_doc_format(const struct loops_doc *d);
void loops_doc_write(struct json_out *o, const struct loops_doc *d);
void loops_line_write(struct json_out *o, const struct loops_line *w);
/* 0; -EINVAL: it is none, with a sentence; or -ENOMEM. */
int loops_doc_parse(struct loops_doc *d, const char *text, size_t len,
                    struct msg *err);

#endif
