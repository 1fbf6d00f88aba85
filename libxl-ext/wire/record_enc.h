/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Turns what libxc writes to its stream into frames (frame.h). libxc hands over
 * records with pages as a vector of the guest's own pages, mapped, while the
 * guest runs: each is copied once, and what is compared, hashed, compressed and
 * remembered is the copy. A page that changes meanwhile is dirty and comes
 * again.
 */
#ifndef XLX_WIRE_RECORD_ENC_H
#define XLX_WIRE_RECORD_ENC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "libxl-ext/wire/pack.h"

struct record_enc;

struct record_enc_setup {
    size_t cache_pages; /* 0: no deltas */
    /* Writes a frame: 0, or a negative errno that ends the stream. */
    int (*emit)(void *arg, const struct iovec *v, int n);
    /* How the next frame's bytes are to be compressed. */
    enum pack_how (*how)(void *arg);
    void *arg;
};

/*
 * Whose pages are dirty again before their turn has come: what was sent of them
 * now would be of no use, as they come once more. Such a page is left out of
 * its record, but for one that takes few bytes: small changes that go now keep
 * those of the last round small.
 */
struct record_enc_again {
    /* A record with pages has come. */
    void (*look)(void *arg);
    /* Whether that page comes again in any case, and may be left out. */
    bool (*may)(void *arg, uint64_t pfn);
    /* It was. */
    void (*left)(void *arg, uint64_t pfn);
    void *arg;
};

/* How much of what went through it so far; left: pages that did not. */
struct record_enc_stats {
    uint64_t pages, zero, same, delta, raw, left;
    uint64_t frames, bytes; /* emitted */
};

/* NULL: no memory. Without memory for the cache there are no deltas. */
struct record_enc *record_enc_new(const struct record_enc_setup *s);
void record_enc_free(struct record_enc *e);

/*
 * One write of libxc: a head of the stream, or one whole record. 0 or a
 * negative errno; -EPROTO when it is not what libxc is known to write.
 */
int record_enc_write(struct record_enc *e, const struct iovec *v, int n);
/* The first pass is over: a page that comes now comes again. */
void record_enc_first_pass_over(struct record_enc *e);
/* From now on pages are left out by this; it is copied. */
void record_enc_leave_out(struct record_enc *e,
                          const struct record_enc_again *a);
/* Gives the memory of the cache back: no deltas from now on. */
void record_enc_forget(struct record_enc *e);
/* Whether the head of libxc's stream has gone through it. */
bool record_enc_begun(const struct record_enc *e);
const struct record_enc_stats *record_enc_stats(const struct record_enc *e);

#endif
