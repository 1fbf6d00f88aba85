/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-wire, as the move sees it that started it: three streams that go on
 * when connections are cut, in the place of those of ssh (docs/wire, "Lanes").
 *
 * The process is on its own: it is told what to do by lane_words.h, says how it
 * goes, and what it is not told it ends by itself. When it has ended its streams
 * have, too: who reads and writes them needs to know no more.
 */
#ifndef XLX_CARRIER_H
#define XLX_CARRIER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libxl-ext/wire/chunk.h"
#include "libxl-ext/wire/lane_words.h"
#include "libxl-ext/wire/words.h"
#include "tools/base/loop.h"
#include "tools/base/msg.h"

/*
 * Bytes that the pipes of a guest's memory hold: the more, the fewer processes
 * are woken. Those of the target host are emptied at once. What waits in those
 * of the source host is older than what the guest dirtied meanwhile, and the
 * last copy waits behind it; but libxl's is not smaller than a frame, or the
 * codec takes each wait for that of a slow link.
 */
enum { XLX_PIPE_SAVE = 256 << 10, XLX_PIPE_IN = 1 << 20 };

/* How long a lane is waited for, in ms. */
enum {
    XLX_CARRIER_UP_MS = 1000, /* until a port is reached, since it is dialed */
    XLX_CARRIER_UP_MUST_MS = 5000, /* in all, where that is no question */
};

struct xlx_carrier {
    /* for reading */
    pid_t pid; /* -1: there is none */
    /* This end's, in the order of docs/wire; -1: closed, or somebody else's.
     * The caller may take one, and set it to -1. */
    int stream[CHUNK_STREAMS];
    unsigned port;      /* that it listens on; 0: not yet, or it does not */
    unsigned lanes;     /* that it is to have */
    unsigned up;        /* lanes that are up, a bit each */
    bool reached;       /* something listens where it connects */
    uint64_t dialed_us; /* since when it does; 0: not yet */
    unsigned downs;     /* how often one was lost, or could not be connected */
    uint64_t resent;    /* bytes that were sent more than once */
    bool over;          /* it has ended */
    uint64_t started_us;
    char cipher[64]; /* of the lane that came up last; "": none has */
    bool by_pki;     /* lanes have certificates; of the last that came up: */
    int64_t own_ends_s, other_ends_s; /* since 1970; 0: none has come up */
    char other[256];                  /* whose the other end's is */
    char why[256];                    /* what went wrong last */
    /* private */
    int control;
    struct loop_fd *watch;
    void (*changed)(void *arg);
    void *arg;
};
#define XLX_CARRIER_NONE                                                      \
    {                                                                         \
        .pid = -1, .stream = { -1, -1, -1 }, .control = -1                    \
    }

/* A key and an id for one move. 0 or a negative errno. */
int xlx_carrier_key(struct lane_start *s);
/*
 * Starts the program; it gets what s->pki has. At the source host it connects by itself; at the target
 * host it is waited for until it listens. 0, or a negative errno and a
 * sentence; then there is none.
 */
int xlx_carrier_start(struct xlx_carrier *c, const char *program,
                      const struct lane_start *s, struct msg *err);
/* From now on the loop hears it, and calls back when something has changed. */
int xlx_carrier_join(struct xlx_carrier *c, struct loop *l,
                     void (*changed)(void *arg), void *arg);
/* The loop hears it no longer. */
void xlx_carrier_leave(struct xlx_carrier *c);
/* Takes what it has reported. */
void xlx_carrier_hear(struct xlx_carrier *c);
void xlx_carrier_order(struct xlx_carrier *c, enum lane_order_type type,
                       uint64_t value);
/* Is there one, and has it a lane now? */
bool xlx_carrier_is_up(const struct xlx_carrier *c);
/* It has one, or as many tries as there are lanes have failed: one that fails
 * is known before the others have shaken hands. */
bool xlx_carrier_has_tried(const struct xlx_carrier *c);
/* Ends it at once: what is on its way is lost. */
void xlx_carrier_kill(struct xlx_carrier *c);
/* Closes what is left of this end. What was written is still delivered, within
 * some seconds, by the process, which is waited for so long. Idempotent. */
void xlx_carrier_end(struct xlx_carrier *c, unsigned ms);

/* What came so far of a line over ssh, once the streams go over lanes. */
struct xlx_quit {
    char line[8];
    size_t n;
};
/* Reads what is there. 0: the other end gives the move up (WORD_QUIT); -EPIPE:
 * nothing will come any more, which says nothing; -EAGAIN: to be continued. */
int xlx_quit_read(int fd, struct xlx_quit *q);

#endif
