/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What each side of a move needs beside the stream: the guest's lock, what an
 * earlier move left settled, the record of this move, and the table of calls
 * that libxl-ext makes (struct xlx_handover).
 */
#ifndef RACKHOP_MOVE_SESSION_H
#define RACKHOP_MOVE_SESSION_H

#include "libxl-ext/migrate.h"
#include "tools/move/records.h"
#include "tools/base/msg.h"

struct session {
    struct xlx *x;
    struct records rec;
    struct xlx_handover table;
    /* Gets a sentence when something was settled; NULL: nobody is told. */
    void (*tell)(void *arg, const char *text);
    void *tell_arg;
    int lock;
    char mark[RECORD_MARK];
    /* only at the target host */
    const struct xlx_receive *receive;
};

/* Opens the store; a session that is all zeroes and lock -1 may be ended. */
int session_open(struct session *s, struct xlx *x, struct msg *err);
/* Settles the move on record of the guest with that name or UUID, if there is
 * one. Results are as of session_take(). */
int session_settle_named(struct session *s, const char *domain,
                         struct msg *err);
/*
 * The state of the move `id` of which this host is the source, settled if it
 * had been cut off, and a sentence about it: 0; -ENOENT: it is not on record.
 */
int session_asked_before(struct xentoollog_logger *lg, const char *id,
                         enum ho_state *state_r, struct msg *text);
/*
 * Takes the guest's lock and settles what an earlier move of it left. 0 when
 * it is free to be moved; else a negative errno and a sentence that stands
 * for itself.
 */
int session_take(struct session *s, const char *uuid, const char *what,
                 struct msg *err);
/*
 * The source's record-to-be. id NULL: a person's move. target_epoch: the
 * highest that the target host knows of. xl: it keeps no records.
 */
void session_source(struct session *s, const struct xlx_domain *d,
                    const char *id, const char *ssh, const char *host,
                    uint64_t target_epoch, bool xl);
/* The target's record-to-be is known once the source host has sent which move
 * it is. */
void session_target(struct session *s, const struct xlx_receive *r);
/* After the move: gives back the lock and the store. */
void session_end(struct session *s, enum ho_verdict v);

#endif
