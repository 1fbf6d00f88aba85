/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop-plan/1: written, and read again to be carried out. */
#ifndef RACKHOP_DOC_PLAN_H
#define RACKHOP_DOC_PLAN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "scheduler/scheduler.h"
#include "tools/doc/json.h"
#include "tools/base/msg.h"
#include "tools/base/strlist.h"

/* Writes the whole document. sha256: of the snapshot file. */
void plan_write(struct json_out *o, struct plan_cluster *c,
                const struct plan *p, const char *sha256, bool explain);

/* One move, as an element of "moves"; `after` are counted from 1, as ids. */
void plan_write_move(struct json_out *o, struct plan_cluster *c,
                     const struct plan_move *m, uint32_t id, bool explain);

/* The member "notes": what the snapshot has that is odd. */
void plan_write_notes(struct json_out *o, const struct plan_cluster *c);

/* The same, laid out for people, into a stream or a file. 0 or a negative
 * errno. */
int plan_print(FILE *f, struct plan_cluster *c, const struct plan *p,
               const char *sha256, bool explain);
int plan_save(const char *path, struct plan_cluster *c, const struct plan *p,
              const char *sha256, bool explain);

/* One move of a plan, as one reads it. Strings belong to the document. */
struct plan_doc_move {
    int64_t id;
    char *domain, *name, *from, *to;
    char *reason; /* in a sentence; NULL: the goal is reason enough */
    double gib, cost, start_s, seconds, rate_mbps, downtime_ms;
    double wire_gib; /* what gib takes on the wire; 0: not known */
    int hops;
    bool path_unknown; /* hops and rate are assumed */
    unsigned lanes;    /* the connections that are of use; 0: not known */
    uint32_t *after;   /* indices of moves */
    uint32_t after_n;
};

struct plan_doc {
    char *goal;            /* "drain", "rebalance", "migrate", "home" */
    struct strlist hosts;  /* of the goal: to drain, or to move to */
    struct strlist guests; /* of the goal home: UUIDs */
    double within_s;       /* of the goal evacuate */
    char *snapshot;        /* sha256, or NULL */
    double total, makespan_s, bound_s;
    struct plan_doc_move *move;
    uint32_t move_n;
    uint32_t stranded_n;
    bool infeasible;
};

/* The document of a plan, its figures rounded as in the text. 0 or -ENOMEM. */
int plan_doc_of(struct plan_doc *d, struct plan_cluster *c,
                const struct plan *p, const char *sha256);

/*
 * Reads a plan ("-": standard input) and checks what a plan has to be in
 * itself: ids are unique, `after` names moves of the plan and has no ring,
 * numbers are in range. 0, or a negative errno and one sentence in err.
 */
int plan_doc_load(struct plan_doc *p, const char *path, struct msg *err);
int plan_doc_parse(struct plan_doc *p, const char *name, const void *text,
                   size_t len, struct msg *err);
void plan_doc_dispose(struct plan_doc *p);

#endif
