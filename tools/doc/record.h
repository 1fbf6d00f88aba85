/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * One guest's handover record as one end of a move keeps it,
 * rackhop-handover/1 (rackhop-formats(5)): the newest epoch whole, a few older
 * ones by their outcome, so that a late question about them has its answer.
 */
#ifndef RACKHOP_DOC_RECORD_H
#define RACKHOP_DOC_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/cap.h"
#include "libxl-ext/handover.h"
#include "tools/base/msg.h"

enum { RECORD_PAST = 8, RECORD_ID = 64, RECORD_CAP = 1000000 };

struct record {
    char uuid[37];
    uint64_t epoch; /* 0: there is no record */
    enum ho_role role;
    enum ho_state state;
    bool lost;
    bool given_up; /* source: DONE by the administrator's word alone */
    bool over;     /* closed, and its last effect done: look no more */
    bool taken;    /* closed; it was seen on the other host all the same: stock
                      xl has moved it there since */
    bool paused;   /* it is to be left paused (-p) */
    bool xl;       /* the other end is stock xl: it can't be asked */
    char id[RECORD_ID + 1]; /* of the move; the same asked twice is one */
    char name[256];
    char host[256]; /* the other end, as it was called */
    char ssh[256];  /* the command that reaches it */
    char boot[40];  /* of this host, when the move began; "": not known */
    uint32_t domid; /* of the guest, or of its copy, on this host; 0: there
                       was none yet when it was written */
    bool capped;    /* source: the guest's CPU time is limited for the move */
    struct xlx_cap cap;
    bool marked;  /* target: the copy has its move's mark (copy.h) */
    int64_t when; /* seconds since 1970, for people */
    unsigned n_past;
    struct {
        uint64_t epoch;
        enum ho_role role;
        enum ho_state state;
        bool lost;
        char id[RECORD_ID + 1];
    } past[RECORD_PAST]; /* newest first */
};

/* To be freed; NULL: no memory. */
char *record_format(const struct record *r);
/* 0, or -EINVAL and what is wrong with it; name is what messages call it. */
int record_parse(struct record *r, const char *name, const char *text,
                 struct msg *err);
/* [A-Za-z0-9._:-], 1 to RECORD_ID of them; the first is neither '.' nor '-',
 * for an id is also an argument and the name of a file. */
bool record_id_ok(const char *id);

#endif
