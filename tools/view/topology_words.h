/* SPDX-License-Identifier: LGPL-2.1-only */
/* Says speeds, ages and evidence of cables in a few letters. */
#ifndef RACKHOP_VIEW_TOPOLOGY_WORDS_H
#define RACKHOP_VIEW_TOPOLOGY_WORDS_H

#include <stdio.h>

#include "topology/topology.h"

enum { TOPOLOGY_WORD = 24 };

/* "25G", "?"; "5 min", "-". They return buf. */
const char *topology_speed(char buf[TOPOLOGY_WORD], int64_t mbps);
const char *topology_age(char buf[TOPOLOGY_WORD], int64_t s);
/* What the link carries already, "  load 3.1G (12%)"; "": not known. */
const char *topology_load(char buf[TOPOLOGY_WORD], const struct topo_link *l);
/* "both ends", .. */
const char *topology_evidence(enum topo_evidence e);
/* A line for each cable that another source tells of in the link's place. */
void topology_put_disputes(FILE *f, const struct topo *t, uint32_t link,
                           const char *indent);
/* Widens a column for s, up to 32; NULL takes one letter. */
void topology_widen(int *width, const char *s);

#endif
