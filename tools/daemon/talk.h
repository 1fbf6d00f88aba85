/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes rates of the counters of pairs: what guests of this host send to which
 * addresses, minute by minute of the last hour. No clock, no I/O.
 */
#ifndef RACKHOP_DAEMON_TALK_H
#define RACKHOP_DAEMON_TALK_H

#include <stdbool.h>

#include "tools/doc/nft.h"
#include "tools/doc/talks.h"

enum {
    TALK_READ = 8192, /* pairs that are counted at once */
    TALK_ROWS = 1024, /* of them that are kept, those with the most traffic */
    TALK_MOST = 2 * TALK_READ, /* within a minute, however long it takes */
    TALK_SHARE = 32, /* pairs of a sender that are kept, and told, before all
                         others' first so many are */
    TALK_MINUTES = 60,
    TALK_LEAST = 10, /* minutes, until it is known what lasts */
};

/* Who counts, as bits. */
enum { TALK_NFT = 1, TALK_OVS = 2 };

struct talk_row {
    uint64_t from, to;
    unsigned by;              /* who heard it last */
    uint64_t counter;         /* as it was read last */
    double bytes;             /* of the minute that goes on */
    unsigned minutes;         /* since it was first read */
    float mbps[TALK_MINUTES]; /* by minutes modulo TALK_MINUTES */
};

/* All of it 0 at first. */
struct talk {
    struct talk_row *row; /* in the order of their addresses */
    size_t n, room;
};

void talk_dispose(struct talk *t);
/* The counters at a moment, as nft_pairs() orders them. A counter that has
 * become less, or was away, has begun again. Rows that are too many go, as when a
 * minute ends. 0 or -ENOMEM. */
int talk_read(struct talk *t, const struct nft_pair *pair, size_t n);
/* Bytes that were sent since the last call, likewise in order; no counters. 0 or
 * -ENOMEM. */
int talk_add(struct talk *t, const struct nft_pair *pair, size_t n);
/* A minute begins now: what was counted since the last one has no time that it
 * could belong to. */
void talk_begin(struct talk *t);
/* Ends a minute, which took so many seconds. It is none of the rows of those
 * `without` whom it was counted: they have failed, and nothing is not what their
 * rows had. Rows of which nothing was heard in
 * an hour go, and of those that are too many the ones with the least traffic,
 * but of each sender TALK_SHARE stay before others have more. */
void talk_minute(struct talk *t, double seconds, unsigned without);
/* Fills to->pair, which has room for TALKS_PAIRS, with those that have the most
 * traffic of what to->nft and to->ovs say is counted, of each sender TALK_SHARE and where there is room more; the most
 * first. */
void talk_top(const struct talk *t, struct talks *to);

#endif
