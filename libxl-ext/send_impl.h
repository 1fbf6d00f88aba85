/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files of the source host's end share: send.c drives the handover,
 * send_hold.c, send_ready.c and send_go.c carry its parts out, send_arm.c tells
 * what an armed restore takes, send_stream.c carries the guest, send_tail.c the
 * state of its devices, send_lanes.c goes over from ssh to lanes, send_helper.c,
 * send_words.c and send_command.c listen meanwhile, send_pause.c looks at the
 * clock, and send_throttle.c slows the guest down.
 */
#ifndef XLX_SEND_IMPL_H
#define XLX_SEND_IMPL_H

#include "libxl-ext/cap.h"
#include "libxl-ext/carrier.h"
#include "libxl-ext/ctl.h"
#include "libxl-ext/handover.h"
#include "libxl-ext/loop_libxl.h"
#include "libxl-ext/pump.h"
#include "libxl-ext/wire/words.h"
#include "libxl-ext/xlx_impl.h"
#include "tools/base/clock.h"
#include "tools/base/msg.h"

#define SECONDS 1000000ull

struct sender {
    struct xlx_send *s;
    struct ho ho;
    int rc; /* of what went wrong first; err has the sentence */
    struct msg *err;
    struct loop loop;
    struct loop_guest libxl;
    struct xlx_pump pump;
    int stream[2];  /* libxl writes 1, the pump reads 0 */
    int ctl;        /* to the helper */
    int ctl_helper; /* the helper's end, until libxl starts it */
    struct loop_fd *ctl_watch, *err_watch, *in_watch;
    struct {
        int fd;
        struct loop_fd *watch, *listen;
    } commander; /* on ctl_listen, one at a time; fd -1: there is none */
    libxl_asyncop_how how;
    bool ao_done;
    int ao_rc;
    bool held; /* nothing is sent yet, so nothing is told of it */
    bool target_closed, aborted, gave_up;
    bool overdue;     /* aborted, since the pause was too long */
    int64_t pause_ms; /* of the copying, as the policy saw it last; -1: ? */
    struct {
        bool on, cannot;  /* the guest has a cap of ours; it can't have one */
        bool recorded;    /* it has, or had */
        unsigned percent; /* of its use that it is left; 0: all */
        struct xlx_cap cap; /* its own, and ours */
        int lift_rc;        /* why it has it still */
        double use; /* percent of one CPU, without ours; 0: not known */
        uint64_t cpu_ns, since_us; /* when that was looked at last */
    } throttle;
    uint64_t prologue;        /* bytes on the wire before libxl's */
    uint8_t *context;         /* the guest's CPU state, behind @arm */
    size_t context_len;       /* 0: none is said */
    uint64_t moved, moved_us; /* bytes that have got through, and when */
    bool stalled;
    uint64_t acked, acked_us, last_tick_us;
    uint64_t round_us; /* the round's start, by the helper's clock */
    /* length of the round that the dirty rate was measured in; 0: none yet */
    uint64_t learned_us;
    uint64_t heard_us; /* the last word of a target host's rackhop */
    char line[512];    /* the unfinished line of the target host's stderr */
    size_t line_len;
    struct {
        bool on;        /* the streams go over lanes */
        bool told_down; /* the helper knows that no lane is up */
        bool quit;      /* the target host has given up */
        bool ssh_over;  /* nothing comes over ssh any more */
        bool ruled_out; /* there is no lane, and must be one */
        bool hurried;   /* a lane is not waited for long any more */
        int ssh_out, ssh_in;
        struct loop_fd *ssh_watch;
        struct xlx_quit word;
    } lanes;
    struct {
        bool on;        /* libxl's tail goes in frames */
        bool due;       /* libxc's part is written, and has not gone */
        bool told;      /* libxl was let go on, or has ended */
        uint8_t *bytes; /* what libxl wrote behind it */
        size_t n, room;
        int rc;             /* why it can't go */
        struct loop_fd *in; /* it is read here, and not by the pump */
    } tail;
    bool renamed;
    char *away; /* the name that the guest has while its copy is built */
};

/* send_event.c: tells the caller; the first cause of a failure is kept. */
void xlx_send_emit(struct sender *m, struct xlx_event *ev);
void xlx_send_emit_type(struct sender *m, enum xlx_event_type t);
enum ho_input xlx_send_failed(struct sender *m, int rc, const char *text);

/* send_hold.c: waits to be started, if the caller wants that. 0, or a negative
 * errno, the reason in m->err; nothing was begun then. */
int xlx_send_hold(struct sender *m);
/* send_arm.c: the line @arm, and m->context to follow it; 0: it is not said. */
size_t xlx_send_arm(struct sender *m, char line[WORD_LINE]);
/* send_ready.c: HO_STREAM, all that can be undone. */
enum ho_input xlx_send_ready(struct sender *m);
/* send_go.c: HO_SAY_GO and HO_ASK, of which nothing can be undone. */
enum ho_input xlx_send_go(struct sender *m);
enum ho_input xlx_send_ask(struct sender *m);

/* send_lanes.c. Before anything is said: chooses between ssh and lanes. 0; or a
 * negative errno, and neither can be used. */
int xlx_send_lanes(struct sender *m);
/* For all of the move, also before it goes over lanes. */
int xlx_send_lanes_open(struct sender *m);
void xlx_send_lanes_close(struct sender *m);
void xlx_send_lanes_tick(struct sender *m, uint64_t now);
/* GO is said: lanes are waited for as long as a report. */
void xlx_send_lanes_report(struct sender *m);
/* bytes/s; 0: no limit */
void xlx_send_lanes_rate(struct sender *m, uint64_t rate);
/* Tells the target host over ssh that the move is given up. */
void xlx_send_lanes_quit(struct sender *m);
/* Says in m->err that the lanes were lost, if that is what happened. */
bool xlx_send_lanes_explain(struct sender *m);

/* send_stream.c: pre-copy, suspend, last copy. 0: libxl has written all of the
 * stream; else the reason is in m->err. */
int xlx_send_stream(struct sender *m);
/* The loop's tick for all of the move. */
uint64_t xlx_send_tick(void *arg, uint64_t now);

/* send_tail.c. Whether the tail is to go in frames; it is said in front of the
 * move, and m->tail.on from its start. */
bool xlx_send_tail_wanted(const struct sender *m);
void xlx_send_tail_tick(struct sender *m);
/* libxl has written all: sends it. 0, or a negative errno and the reason. */
int xlx_send_tail(struct sender *m);
void xlx_send_tail_dispose(struct sender *m);

/* send_pause.c: when the guest's pause is to end at the latest (UINT64_MAX:
 * whenever), and whether that time has come. */
uint64_t xlx_send_pause_end(const struct sender *m);
bool xlx_send_pause_over(const struct sender *m);
/* In so many seconds, or when the pause is to end if that is sooner. */
uint64_t xlx_send_pause_deadline(const struct sender *m, unsigned seconds);
/* Says in m->err that it would have been too long. */
void xlx_send_pause_foreseen(struct sender *m);
/* Says that it was too long, in m->err; returns -ETIME. */
int xlx_send_pause_explain(struct sender *m);

/*
 * send_throttle.c. Before the helper starts: looks whether the guest can be
 * slowed down at all, or the policy would count on it. Then, after each report:
 * leaves the guest so many percent of the CPU time that it uses (0: as many as
 * before); puts back what it had.
 */
void xlx_send_throttle_begin(struct sender *m);
void xlx_send_throttle(struct sender *m, unsigned percent);
void xlx_send_throttle_lift(struct sender *m);
/* The guest stays, or has ended by itself: what is left of the limit. */
void xlx_send_throttle_end(struct sender *m, bool ended);

/* send_helper.c: the save helper's reports, and commands to it. */
int xlx_send_helper_open(struct sender *m);
/* Reads all reports that wait. */
void xlx_send_helper_read(struct sender *m);
/* False: there is none, or it has not read for too long. */
bool xlx_send_helper_tell(struct sender *m, const struct xlx_ctl *c);
/* Tells it how many bytes are on their way, if it listens. */
void xlx_send_helper_inflight(struct sender *m);
uint64_t xlx_send_inflight(struct sender *m);

/* send_words.c: listens to the target host's stderr. */
int xlx_send_words_open(struct sender *m);
/* Adds ": " and the target host's last words to m->err, if it said any. */
void xlx_send_last_words(struct sender *m);

/* send_command.c: takes commands of `rackhop status` and `cancel`. */
int xlx_send_command_open(struct sender *m);

#endif
