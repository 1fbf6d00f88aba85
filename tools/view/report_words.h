/* SPDX-License-Identifier: LGPL-2.1-only */
/* The amounts of a report in a person's words; what is negative is "-". */
#ifndef RACKHOP_VIEW_REPORT_WORDS_H
#define RACKHOP_VIEW_REPORT_WORDS_H

#include "tools/doc/report.h"

enum { WORDS_SHOWN = 32, TITLE_SHOWN = 400 };

/* All return buf. */
const char *words_time(char buf[WORDS_SHOWN], double s); /* 9 min 35 s */
const char *words_pause(char buf[WORDS_SHOWN], double ms);
const char *words_gib(char buf[WORDS_SHOWN], double gib); /* 12.3 GiB */
const char *words_rate(char buf[WORDS_SHOWN], double mbps);
/* "Drain of h1, h2 and 38 more": the goal, of a plan or of a run. */
const char *words_goal(char buf[TITLE_SHOWN], const struct report *r);
/* How far it is, a sentence. */
const char *words_state(char buf[TITLE_SHOWN], const struct report *r);
/* How many moves are in that state. */
uint32_t words_count(const struct report *r, enum move_state state);

#endif
