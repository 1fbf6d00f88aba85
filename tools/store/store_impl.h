/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The functions of a backend of the store. store.c checks what callers pass,
 * and waits; a backend does the rest. Each begins its own struct with struct
 * store.
 */
#ifndef RACKHOP_STORE_STORE_IMPL_H
#define RACKHOP_STORE_STORE_IMPL_H

#include "tools/store/store.h"

#include <stdbool.h>

struct store_ops {
    int (*get)(struct store *s, const char *key, char **value_r,
               uint64_t *rev_r);
    int (*cas)(struct store *s, const char *key, uint64_t rev,
               const char *value, uint64_t *new_r);
    /* flat: only keys without a slash behind the prefix */
    int (*list)(struct store *s, const char *prefix, bool flat,
                struct store_entry **list_r, unsigned *n_r);
    /* May anything have changed since the last call? This must be cheap. */
    int (*stirred)(struct store *s, bool *stirred_r);
    /* Has anything below prefix changed after since; *last_r: the newest
     * revision given out, never 0. It may say yes in error, but never no. */
    int (*changed)(struct store *s, const char *prefix, uint64_t since,
                   bool *changed_r, uint64_t *last_r);
    int (*check)(struct store *s, void (*tell)(void *arg, const char *text),
                 void *arg, unsigned *bad_r);
    void (*close)(struct store *s);
};

struct store {
    const struct store_ops *ops;
    char err[512];
};

/* Keeps the sentence for store_error(); returns rc. */
int store_fail(struct store *s, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Returns -ESTALE with the message that all backends give; have 0: there is no
 * such key. */
int store_stale(struct store *s, const char *key, uint64_t want,
                uint64_t have);

/* How long a process waits for another, and its message after that. One that was
 * itself kept from running has not waited: it has asked so often at least. */
enum { STORE_BUSY_MS = 5000, STORE_BUSY_TRIES = 500 };
#define STORE_BUSY_WHY                                                        \
    "another process has kept it locked for 5 seconds; fuser(1) says which"

/* What a store on disk needs of its folder, store_dir.c: dir and an empty file
 * in it are made; one process at a time opens the store, until fd_r is closed;
 * names in dir are on the disk. */
int store_dir_make(struct store *s, const char *dir, const char *file);
int store_dir_lock(struct store *s, const char *dir, const char *file,
                   int *fd_r);
int store_dir_sync(struct store *s, const char *dir, int fd);

/* Appends to a list, which begins with *n_r 0. It takes key and value over,
 * also when it fails. */
int store_list_add(struct store_entry **list_r, unsigned *n_r, char *key,
                   char *value, uint64_t rev);

#endif
