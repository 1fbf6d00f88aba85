/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-talks/1: what the guests of a host send to whom, by MAC addresses. The
 * agent writes it into a file, the host's facts have each guest's part of it,
 * and whoever has the facts of all hosts knows which guests talk with each
 * other.
 */
#ifndef RACKHOP_DOC_TALKS_H
#define RACKHOP_DOC_TALKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/doc/json.h"

enum {
    TALKS_PAIRS = 256, /* of a host, those with the most traffic */
    TALKS_MACS = 2048, /* of a host's guests */
};

/* Below the state directory, where the agent writes it each minute, or up to
 * two later where nft or Open vSwitch are late; older ones than TALKS_FRESH_S
 * say nothing of now. */
#define TALKS_FILE "samples/talks.json"
enum { TALKS_FRESH_S = 300 };

struct talks_mac {
    char uuid[40]; /* of the guest */
    uint64_t mac;
};
/* Mbit/s that a guest of the host sends to an address. */
struct talks_pair {
    uint64_t from, to;
    double mbps;     /* in the last ten minutes, on the mean */
    double mbps_p25; /* of the minutes of the last hour, three quarters have
                        more; < 0: there were too few of them yet */
};
struct talks {
    double at_s;   /* seconds since 1970, when it was written */
    bool nft, ovs; /* who counted: nftables, Open vSwitch */
    struct talks_mac *mac;
    size_t macs;
    struct talks_pair *pair;
    size_t pairs;
};

void talks_dispose(struct talks *t);
/* To be freed; NULL: no memory. */
char *talks_format(const struct talks *t, size_t *len_r);
/* 0; -EINVAL: it is none, with a sentence; or -ENOMEM. */
int talks_parse(struct talks *t, const char *text, size_t len,
                struct msg *err);
/* "macs": [..], "talks": [..] of a guest, into its open object of the facts;
 * nothing of a guest of which t knows no address. */
void talks_facts_write(struct json_out *o, const struct talks *t,
                       const char *uuid);

#endif
