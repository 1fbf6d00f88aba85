/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A guest is started at boot by the host where it is, and by no other.
 *
 * xendomains starts at boot what is in /etc/xen/auto. If the entry of a guest
 * that has moved away stayed there, the next boot of its old host would start
 * it a second time, on the same disks. So it is put aside in
 * /var/lib/rackhop/autostart, the target host gets the configuration and an
 * entry of its own (autostart = "follow"), and both go back the same way when
 * the guest returns. What a crash between two of these steps leaves, or a
 * move with autostart = "leave", `rackhop recover` puts right at each boot,
 * before xendomains: the handover's record says where the guest is.
 */
#ifndef RACKHOP_MOVE_AUTOSTART_H
#define RACKHOP_MOVE_AUTOSTART_H

#include <stdbool.h>

#include "libxl-ext/domain.h"
#include "tools/base/strlist.h"
#include "tools/doc/record.h"
#include "tools/store/store.h"

/* Gets sentences for people. trouble: something is not as it should be. */
struct autostart_tell {
    void (*told)(void *arg, const char *text, bool trouble);
    void *arg;
};

/* The source host, once the guest runs at the target host: r is its record. */
void autostart_follow(const struct record *r, const struct autostart_tell *t);
/*
 * The target host: text is what a source host sent. It is taken only while the
 * guest is on this host: it may have gone on since, or never come. *kept: as
 * of autostart_take(). 0, or a negative errno and a sentence.
 */
int autostart_accept(struct xlx *x, const char *text, size_t len,
                     struct strlist *kept, struct msg *err);
/* The host where a guest has arrived, or stays: what is aside comes back. */
void autostart_return(const char *uuid, const char *guest,
                      const struct autostart_tell *t);

/*
 * Before the entries are settled: asks other hosts for guests that are on this
 * host by their records, and are not seen on it. Stock xl, which leaves no
 * record, may have taken such a guest back to where it came from, or on to
 * another host; if so, that is recorded, and this host does not start it at
 * boot. No answer changes nothing. ssh: the command that reaches hosts of which
 * no record has one. hosts: addresses of the cluster's hosts, in addition to
 * those on record; may be NULL.
 */
void autostart_ask(struct xlx *x, struct store *store, const char *ssh,
                   const struct strlist *hosts);
/* The answer of the host that is asked, about n guests: is each on it? 0, or a
 * negative errno. */
int autostart_here(struct xlx *x, struct store *store, char *const *uuid,
                   size_t n, bool *here);

/*
 * Make /etc/xen/auto agree with the records. First, before anything waits for
 * another host: what belongs to guests that are elsewhere goes aside. Then,
 * when moves that were cut off are settled: what belongs to guests that are on
 * this host comes back, and (follow) what is still to be sent is sent.
 */
void autostart_settle_away(struct xlx *x, struct store *store,
                           const struct autostart_tell *t);
void autostart_settle_back(struct xlx *x, struct store *store, bool follow,
                           const struct autostart_tell *t);

/* The record by which the guest is, or may be, on another host. A guest
 * without a UUID is known by its name. 0, or -ENOENT. */
int autostart_elsewhere(struct store *store, const char *guest,
                        const char *uuid, struct record *r);

#endif
