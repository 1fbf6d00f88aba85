/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps records of devices (device/UUID) and claims on them (device-claim/UUID)
 * in this host's store.
 *
 * Functions return 0 or a negative errno and a sentence.
 */
#ifndef RACKHOP_MOVE_DEVICE_STORE_H
#define RACKHOP_MOVE_DEVICE_STORE_H

#include "tools/base/strlist.h"
#include "tools/doc/devicerecord.h"
#include "tools/store/store.h"

/* "" for the UUID where there is none. */
int device_record_get(struct store *s, const char *uuid,
                      struct device_record *r, struct msg *err);
int device_record_put(struct store *s, const struct device_record *r,
                      struct msg *err);
int device_claim_get(struct store *s, const char *uuid, struct device_claim *c,
                     struct msg *err);
int device_claim_put(struct store *s, const struct device_claim *c,
                     struct msg *err);

/* Calls back with each that can be read; one that can't is an error, once all
 * the others were. Ends with the first result that is not 0. */
typedef int device_record_fn(void *arg, const struct device_record *r);
typedef int device_claim_fn(void *arg, const struct device_claim *c);
int device_record_each(struct store *s, device_record_fn *fn, void *arg,
                       struct msg *err);
int device_claim_each(struct store *s, device_claim_fn *fn, void *arg,
                      struct msg *err);

/* Whether this move ended before, as far as the claim knows. */
bool device_claim_ended(const struct device_claim *c, const char *move);
/* The claim of a new move in the place of that one. */
void device_claim_begin(struct device_claim *c, const char *uuid,
                        const char *move, const char *from);

/* The class of each device that is kept for a guest, for the facts; the store
 * is that in statedir, and without one there are none. 0 or a negative errno.
 */
int device_claims_load(const char *statedir, struct strlist *classes);

#endif
