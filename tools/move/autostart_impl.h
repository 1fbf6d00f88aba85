/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Where a guest is, for the files that settle its boot entries: by its record,
 * and by what runs on this host; and how these are sent to another host.
 */
#ifndef RACKHOP_MOVE_AUTOSTART_IMPL_H
#define RACKHOP_MOVE_AUTOSTART_IMPL_H

#include "tools/base/msg.h"
#include "tools/doc/autostart.h"
#include "tools/move/autostart.h"

/* What a record says: is the guest, or may it be, on the other host? */
bool record_is_away(const struct record *r);
/* .. or is it on this one? What was accepted and is not settled is neither. */
bool record_is_home(const struct record *r);
/* The newest record of that guest. Names can be given to another guest: uuid
 * counts, if it is not "". 0, or -ENOENT or another negative errno. */
int record_of_guest(struct store *store, const char *guest, const char *uuid,
                    struct record *found);

/* The domains of this host. */
struct seen {
    struct xlx_domain *domains;
    unsigned n;
};
/* 0, or a negative errno: then none are seen, and the records alone count.
 * Better started by no host than by two. */
int seen_begin(struct seen *s, struct xlx *x);
void seen_end(struct seen *s);
/*
 * Is the guest on this host, whatever the records say? Not the copy that a
 * source host has given away. guest: the name, for entries without a UUID; or
 * NULL.
 */
bool seen_here(const struct seen *s, const char *guest,
               const struct record *r);

/* --- autostart_send.c ------------------------------------------------------ */

/* A guest whose entries the host of its record is to take over. */
struct autostart_parcel {
    struct record r;
    struct autostart a;
    /* the result: 0, or a negative errno and why not; -ENOTSUP: it never can */
    int rc;
    struct msg why;
};

/* Sends them, notes what has still to be sent, and tells what was not taken. */
void autostart_send(struct autostart_parcel *p, size_t n,
                    const struct autostart_tell *t);

void autostart_say(const struct autostart_tell *t, bool trouble,
                   const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
