/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The codec of the save helper and of the restore helper. libxenguest imports
 * write_exact(), writev_exact() and read_exact() from libxenctrl; this program
 * defines them, and the dynamic linker prefers a program's. So libxc hands its
 * records over as they are, with the guest's mapped pages, and no pipe and no
 * parser stands between (helper_exact.c). tests/exact.sh shows for each Xen
 * that libxenguest still asks for them; a save checks it as well, before any
 * page has moved.
 */
#ifndef XLX_HELPER_CODEC_H
#define XLX_HELPER_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "libxl-ext/policy.h"
#include "libxl-ext/wire/pack_choice.h"
#include "libxl-ext/wire/record_enc.h"

/* What libxc's functions are to do with one descriptor. 0 or a negative errno,
 * which becomes libxc's errno; -EPIPE of read is its end of file. */
struct exact {
    int fd;
    int (*write)(void *arg, const struct iovec *v, int n);
    int (*read)(void *arg, void *buf, size_t n);
    void *arg;
    /* filled in: which of the functions have been called for it */
    bool wrote, wrote_vector;
};
/* One at a time; it stays the caller's. NULL: libxc's own ways again. */
void xlx_exact_use(struct exact *x);
/* All of it, whatever the signals: 0 or a negative errno. */
int xlx_exact_write(int fd, const struct iovec *v, int n);
int xlx_exact_read(int fd, void *buf, size_t n);

/* --- saving ------------------------------------------------------------------ */

struct save_codec;

/* Makes frames of all that libxc writes to fd. NULL: no memory; then the
 * stream goes as it is. With no deltas each page is sent whole. */
struct save_codec *xlx_save_codec_open(int fd, enum codec_wish wish,
                                       uint64_t guest_pages, bool deltas);
void xlx_save_codec_close(struct save_codec *c);
/* See pack_choice_limit(). */
void xlx_save_codec_limit(struct save_codec *c, uint64_t rate);

enum save_codec_state {
    SAVE_CODEC_WORKS,
    SAVE_CODEC_IDLE,   /* libxc did not ask us: its stream went as it is */
    SAVE_CODEC_BROKEN, /* it asked for some: what it wrote is of no use */
};
/* To be asked when the head of the stream is written, before its first page. */
enum save_codec_state xlx_save_codec_state(const struct save_codec *c);
/* Leaves pages out of rounds by this; it is copied. */
void xlx_save_codec_leave_out(struct save_codec *c,
                              const struct record_enc_again *a);
/* What was held back to go with the next frames goes now. libxc is about to do
 * something else than to write; an error comes with its next write. */
void xlx_save_codec_flush(struct save_codec *c);
/* A round of the pre-copy begins; the first one is 0. */
void xlx_save_codec_round(struct save_codec *c, unsigned iteration);
/* What it has carried so far, for the policy. */
struct xlx_carried xlx_save_codec_carried(const struct save_codec *c);

#endif
