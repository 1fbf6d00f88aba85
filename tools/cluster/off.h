/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The hosts that rackhopd of this host has switched off, in its store: keys
 * power/HOST, a rackhop-power/1 each. Nobody asks them while they are off.
 */
#ifndef RACKHOP_CLUSTER_OFF_H
#define RACKHOP_CLUSTER_OFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/doc/power.h"
#include "tools/store/store.h"

struct off_host {
    struct power p;
    uint64_t rev;
};
struct off_list {
    struct off_host *host;
    size_t n;
};

/* 0, or a negative errno and a sentence. What can't be read is told by `note`,
 * and left out: such a host is asked as any other. After both off_dispose(). */
int off_read(struct store *s, struct off_list *l,
             void (*note)(void *arg, const char *text), void *arg,
             struct msg *err);
/* Of this host's store, if it has one; else an empty list. */
int off_read_here(struct off_list *l,
                  void (*note)(void *arg, const char *text), void *arg,
                  struct msg *err);
void off_dispose(struct off_list *l);
/* NULL: it is not on record. */
struct off_host *off_find(const struct off_list *l, const char *host);
enum { OFF_BACK_S = 900 };
/* Is it off, and to be left in peace? h may be NULL. */
bool off_rests(const struct off_host *h);
/* The same of a host by its name; l may be NULL. */
bool off_is_left_out(const struct off_list *l, const char *host);
/* Is it no wonder that it does not answer: it is off, or starts since no more
 * than OFF_BACK_S? h may be NULL. */
bool off_is_expected(const struct off_host *h, double now_s);

/* Was it switched on once, and is to be there soon? One that did not come by then
 * may never come. h may be NULL. */
bool off_comes(const struct off_host *h);

/* Writes the record, by its revision, which is brought up to date; or (drop)
 * deletes it. 0, or a negative errno and a sentence. */
int off_save(struct store *s, struct off_host *h, struct msg *err);
int off_drop(struct store *s, struct off_host *h, struct msg *err);

#endif
