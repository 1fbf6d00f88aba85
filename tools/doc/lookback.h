/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-lookback/1: all that one look of the loops was decided from, and what
 * was decided, so that it can be decided again. A line of JSON, and then the
 * snapshot that was looked at, as it was.
 */
#ifndef RACKHOP_DOC_LOOKBACK_H
#define RACKHOP_DOC_LOOKBACK_H

#include "scheduler/loop.h"
#include "scheduler/scheduler.h"
#include "tools/base/msg.h"
#include "tools/doc/loops.h"
#include "tools/doc/power.h"

/* A text has no more: of 10,000 hosts with 15 guests each it has half of it. */
enum { LOOKBACK_MIB = 1024 };

struct lookback {
    char version[32]; /* of the rackhop that looked */
    double at_s, gap_s;
    char self[65]; /* the host that it ran on; "": it is not of the cluster */
    struct loop_policy policy;
    struct plan_settings set; /* those that rules ask, and that moves are
                                 predicted with; the rest are defaults */
    bool arm;                 /* a setting as well */
    bool switches;            /* hosts could be switched off and on */
    double boot_s, memory_floor;
    char *state;       /* a rackhop-loops-state/1 */
    struct power *off; /* hosts on record as switched off */
    size_t offs;
    struct loops_doc doc; /* modes, and the wishes before anything was done */
    char *snapshot;       /* its text */
    size_t len;
};

void lookback_dispose(struct lookback *b);
/* To be freed; NULL: no memory. Deeds of the document are left out. */
char *lookback_format(const struct lookback *b, size_t *len_r);
/* 0; -EINVAL: it is none, with a sentence; or -ENOMEM. */
int lookback_parse(struct lookback *b, const char *text, size_t len,
                   struct msg *err);
/* The wishes of a look, then and now. */
struct lookback_diff {
    double at_s;
    const char *version;              /* of then */
    const struct loops_doc *was, *is; /* borrowed, as is the version */
    bool *gone; /* of each wish of was: it is not among those of is */
    bool *come; /* of each wish of is: it was not among those of was */
    size_t goes, comes;
};
/* Both have been read from a text. 0 or -ENOMEM; lookback_diff_dispose() in
 * either case. */
int lookback_compare(struct lookback_diff *x, const struct lookback *then,
                     const struct loops_doc *now);
void lookback_diff_dispose(struct lookback_diff *x);
/* The look as an element of a rackhop-looks/1: its wishes that differ. */
void lookback_diff_write(struct json_out *o, const struct lookback_diff *x);

#endif
