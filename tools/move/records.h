/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps handover records in this host's store (key handover/UUID), for the
 * state machine of libxl-ext/handover.h: both hosts of a move and `recover`
 * use them.
 */
#ifndef RACKHOP_MOVE_RECORDS_H
#define RACKHOP_MOVE_RECORDS_H

#include <stdint.h>

#include "libxl-ext/copy.h"
#include "libxl-ext/handover.h"
#include "tools/doc/record.h"
#include "tools/store/store.h"
#include "tools/base/msg.h"

/* One move at one of its two hosts. */
struct records {
    /* the caller fills in */
    struct store *store;
    struct record mine; /* uuid, epoch, role, id, host, ssh, ..: what a new
                           record says; state is set by the writes */
    /* private */
    enum ho_state tried;
    struct msg err;
};

/* *r_r: epoch 0 when there is none. 0, or a negative errno and a sentence. */
int records_get(struct store *s, const char *uuid, struct record *r,
                struct msg *err);
/* The record of the move `id` that this host was the source of. -ENOENT. */
int records_find_id(struct store *s, const char *id, struct record *r);
/* How an epoch of this guest ended on this host; HO_NONE: not known. */
enum ho_state records_past(const struct record *r, uint64_t epoch,
                           bool *lost_r);

/*
 * The newest epoch that counts; 0: there is none. No guest is moved so often
 * that its epochs come to RECORDS_EPOCH_MOST: what is not below was made up by
 * another host. Once its move is closed, it binds nobody, or the guest could
 * never come here again.
 */
#define RECORDS_EPOCH_MOST UINT64_C(1000000000000)
uint64_t records_last_epoch(const struct record *r);

/* struct xlx_handover's store, ask and why; arg is a struct records. */
enum ho_input records_store(void *arg, const struct ho *h, const char *uuid,
                            const char *name, uint32_t domid);
enum ho_input records_ask(void *arg, unsigned seconds);
const char *records_why(void *arg);
/* Its `capped`: notes in the record of a move that is prepared which cap of the
 * guest is to be put back, and which is about to be set. 0, or a negative
 * errno: it is not on the disk. */
int records_capped(void *arg, const struct xlx_cap *cap);

/* Marks a settled move as over, after its last effect: nothing of it is left
 * to do on this host. If the mark gets lost, `recover` looks once more. */
void records_over(struct records *m, enum ho_verdict v);

/* Notes on a closed record that its guest was seen on that host all the same;
 * NULL: it is back on this one. A record that has changed meanwhile is left as
 * it is. */
void records_taken(struct store *s, const struct record *r, const char *host);

/* Is the record of this boot? *why says what is not known. */
enum ho_boot records_boot_of(const struct record *r, struct msg *why);
/* What tells the copy that this move builds from every other (copy.h). */
enum { RECORD_MARK = RECORD_ID + 24 };
void records_mark(const struct record *r, char mark[RECORD_MARK]);
/* Is it the copy that the record is about? */
bool records_copy_is(const struct record *r, const struct xlx_copy *c);
/* A name for a move that a person started. */
void records_new_id(char id[RECORD_ID + 1]);

/* The line in front of the configuration: "@move UUID EPOCH ID HOST". */
void move_line_format(const struct record *r, const char *host, char *buf,
                      size_t len);
/* 0 or -EINVAL: everything in it was checked. */
int move_line_parse(const char *line, struct record *r);

#endif
