/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The marks that a host keeps in its store: claims on its guests, and its own
 * maintenance. Texts are to be freed; NULL: no memory.
 */
#ifndef RACKHOP_DOC_MARK_H
#define RACKHOP_DOC_MARK_H

#include "tools/doc/json.h"

/* The run that is going to move a guest. */
struct claim {
    char run[65], executor[65], since[32];
};
char *claim_format(const char *run, const char *executor);
/* Members that the text lacks become "?". 0 or a negative errno. */
int claim_parse(const char *text, struct claim *c);
/* A claim as `rackhop claim list --json` shows it. */
void claim_write(struct json_out *o, const char *uuid, const struct claim *c);

/* A host that no guest is to be placed on. */
struct maintenance {
    char by[65], since[32]; /* who set it: a run, a roll, or "hand" */
    bool held; /* it is worked on: nobody but `by` may end it, or hold it */
    char executor[65]; /* of a held one: who carries `by` out; "": unknown */
};
/* since: "" stands for now. */
char *maintenance_format(const struct maintenance *m);
/* A text that can't be read leaves *m unchanged. */
void maintenance_parse(const char *text, struct maintenance *m);

/* rackhop-maintenance/1: what `rackhop maintenance --json` prints; m: NULL, if
 * the host is not in maintenance. */
void maintenance_write(struct json_out *o, const struct maintenance *m,
                       bool changed);

/* What became of a host that is to take guests again. */
struct undrain_row {
    const char *host;
    bool changed;      /* it was in maintenance until now */
    const char *error; /* NULL: it takes guests */
};
/* rackhop-undrain/1 */
void undrain_write(struct json_out *o, const struct undrain_row *row,
                   size_t n);

#endif
