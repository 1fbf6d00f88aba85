/* SPDX-License-Identifier: LGPL-2.1-only */
/* Receives a guest from a source host, and stays with it. */
#ifndef XLX_RECEIVE_H
#define XLX_RECEIVE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "libxl-ext/carrier.h"
#include "libxl-ext/domain.h"
#include "libxl-ext/handover.h"
#include "libxl-ext/times.h"

/* What a guest that is about to come needs of this host, and what there is. */
struct xlx_room {
    const char *uuid;
    uint64_t need_kib;
    uint64_t free_kib;
    /* the answer */
    uint64_t owed_kib;    /* free, but others were admitted with it */
    uint64_t dom0_kib;    /* what dom0 has, */
    uint64_t balloon_kib; /* and the most of it to take */
};

struct xlx_receive {
    /* the caller fills in */
    struct xlx *x;
    int in, out;  /* from and to the source host */
    bool control; /* the source host has rackhop: words on stderr */
    /* The first error that libxl logged, "" if none. It goes to the source
     * host, which sees no log of this one. NULL: it is not kept. */
    const char *(*first_error)(void *log);
    void *log;
    bool paused; /* leave it paused (-p) */
    /* One guest at a time looks for its memory on this host. 0: it is this
     * one's turn; -EAGAIN: it is another's, this is called again in a moment;
     * or another negative errno and a sentence. */
    int (*admit_begin)(void *arg, struct msg *err);
    /* May it come? Asked before memory moves, and again each time that the
     * host's memory is looked at. 0, or a negative errno and a sentence: the
     * guest is refused. */
    int (*admit)(void *arg, struct xlx_room *room, struct msg *err);
    /* The memory is there, or the guest is refused: the turn is over. */
    void (*admit_end)(void *arg);
    /* The copy has all its memory, and takes no more. */
    void (*built)(void *arg);
    void *admit_arg; /* of these four, each of which may be NULL */
    /* Our helper, to time the build and to take frames; NULL: stock. */
    const char *helper;
    /* A folder, gone with a reboot, for the CPU states of armed guests
     * (context.h); NULL: no guest is armed. */
    const char *contexts;
    /* It listens for the lanes that were offered to the source host; it stays
     * the caller's. NULL: none were. */
    struct xlx_carrier *carrier;
    bool lanes_only; /* a guest that comes over ssh is refused */
    /* The move goes over lanes: the end of ssh, and what ends its session, is
     * not to end this process any more. May be NULL. */
    void (*detach)(void);
    const struct xlx_handover *handover;
    bool move_first; /* the source host says first which move it is */
    const volatile sig_atomic_t *cancel;
    const sigset_t *wait_mask;
    /* filled in */
    bool config_came; /* false: the source host only asked, nothing happened */
    bool copy_left;   /* a copy would not go: it is for `recover` */
    bool unfinished;  /* libxl is not done with it: x must not be closed */
    enum ho_verdict verdict;
    char move_line[256]; /* what it said of the move, without the line feed */
    unsigned wire;       /* the version of docs/wire that it chose */
    unsigned codec;      /* of the frames that it sends; 0: libxc's stream */
    uint32_t domid;
    char *name;
    char uuid[XLX_UUID_LEN + 1];
    char *config_json;
    char learned[128]; /* a line that a source host adds at the end, of
                          what it learned of the guest; "": none */
    struct xlx_times times;
};

/* Receives a domain after saying the banner. 0: it runs here (or is paused,
 * as asked); else nothing is left of it. */
int xlx_receive_run(struct xlx_receive *r, struct msg *err);
void xlx_receive_dispose(struct xlx_receive *r);

/*
 * Stays with a domain until it ends for good, as xl's daemon does: on
 * poweroff, reboot, crash, watchdog and soft reset it does what the
 * domain's configuration says. Returns when there is nothing left to watch.
 */
int xlx_watch(struct xlx *x, uint32_t domid, struct msg *err);

#endif
