/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what was sampled of a guest or a host, for documents and for people. */
#ifndef RACKHOP_SERIES_QUERY_H
#define RACKHOP_SERIES_QUERY_H

#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/doc/samples.h"

struct query {
    const char *statedir;
    const char *uuid; /* of the guest; NULL: the host */
    uint64_t now;     /* seconds */
    uint64_t since_s; /* so far back */
};

/* Fills *to, at the finest level that reaches so far; to be disposed of. What
 * was never known has no row. 0, or a negative errno and one sentence. */
int query_samples(const struct query *q, struct samples *to, struct msg *err);
/* The short form for facts. 0, also when there are no samples. */
void query_facts(const struct query *q, struct samples_facts *to);

#endif
