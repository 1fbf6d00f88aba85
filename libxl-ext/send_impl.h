/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the two halves of the sending end share: send.c decides, and
 * send_stream.c carries the guest and listens meanwhile. */
#ifndef XLX_SEND_IMPL_H
#define XLX_SEND_IMPL_H

#include "libxl-ext/handover.h"
#include "libxl-ext/loop_libxl.h"
#include "libxl-ext/pump.h"
#include "libxl-ext/xlx_impl.h"
#include "tools/base/msg.h"

#define SECONDS 1000000ull

struct sender {
    struct xlx_send *s;
    struct ho ho;
    int rc; /* what went wrong first; s->.. and err say it */
    struct msg *err;
    struct loop loop;
    struct loop_guest libxl;
    struct pump pump;
    int stream[2]; /* libxl writes 1, the pump reads 0 */
    int ctl;       /* to the helper */
    int ctl_far;   /* its end: libxl starts it in its own time */
    struct loop_fd *ctl_watch, *err_watch, *in_watch;
    struct {
        int fd;
        struct loop_fd *watch, *listen;
    } guest; /* one commander at a time on ctl_listen */
    libxl_asyncop_how how;
    bool ao_done;
    int ao_rc;
    bool far_closed, aborted, gave_up;
    uint64_t prologue;        /* bytes on the wire before libxl's */
    uint64_t moved, moved_us; /* the last that got through, and when */
    bool stalled;
    uint64_t acked, acked_us, last_tick_us;
    uint64_t round_us;   /* the round's start, by the helper's clock */
    uint64_t learned_us; /* the round that the dirtying rate is from */
    uint64_t heard_us;   /* the last word of a rackhop far end */
    char line[512];      /* of the far end's stderr, so far */
    size_t line_len;
    bool renamed, gone;
    char *away;
};

void xlx_send_emit(struct sender *m, struct xlx_event *ev);
void xlx_send_emit_type(struct sender *m, enum xlx_event_type t);
/* Starts to listen to the far end's stderr and to commands. */
void xlx_send_listen(struct sender *m);
uint64_t xlx_send_tick(void *arg, uint64_t now);
/* Pre-copy, suspend, last copy. 0: libxl has written all of the stream. */
int xlx_send_stream(struct sender *m);
/* Adds ": " and what the far end said last, if it said anything. */
void xlx_send_last_words(struct sender *m);

#endif
