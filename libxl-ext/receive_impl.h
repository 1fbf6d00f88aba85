/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files of the target host's end share: receive.c drives the
 * handover, receive_build.c takes the guest in, receive_arm.c before its
 * memory is there, receive_tail.c the state of its devices, receive_memory.c
 * finds room for it, receive_words.c talks to the source host, and
 * receive_lanes.c goes over from ssh to lanes.
 */
#ifndef XLX_RECEIVE_IMPL_H
#define XLX_RECEIVE_IMPL_H

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

enum { CONFIG_S = 3600 }; /* the source host may be asking its user */

struct receiver {
    struct xlx_receive *r;
    struct ho ho;
    int rc; /* what went wrong first */
    struct msg *err;
    bool go; /* it has come: the source host awaits a report */
    struct loop loop;
    struct loop_guest libxl;
    struct xlx_pump pump;
    int stream[2]; /* the pump writes 1, libxl and the handshake read 0 */
    int ctl, ctl_helper; /* from the helper: when the memory is built */
    struct loop_fd *ctl_watch;
    libxl_domain_config config;
    char *final_name;
    struct word_pin pins[WORD_PINS]; /* of the guest at the source host */
    size_t n_pins;
    bool ao_done;
    int ao_rc;
    uint64_t acked, acked_us, alive_us;
    uint64_t heard, heard_us; /* bytes of the stream, and when */
    struct {
        bool on;   /* the streams go over lanes */
        bool quit; /* the source host has given up */
        int ssh_in, ssh_out;
        struct loop_fd *ssh_watch;
        struct xlx_quit word;
    } lanes;
    struct {
        bool on;                    /* this restore is an armed one */
        struct word_arm told;       /* what the source host said for it, */
        uint8_t *context;           /* and the CPU state; NULL: it did not */
        const char *mark;           /* of the copy; NULL: it has none */
        int pipe[2];                /* libxl reads 0 */
        int stream, start, result;  /* the helper's */
        bool armed, placed, failed; /* what it has said */
    } arm;
    struct {
        bool on;  /* the source host sends libxl's tail in frames */
        bool due; /* the helper has read all in front of it */
        bool taken;
        uint8_t *bytes;
        size_t n, at;        /* of it libxl has been given so much */
        struct loop_fd *out; /* while it is given */
    } tail;
};

/*
 * receive_build.c. Reads the configuration and checks it against this host: is
 * the name free, is there enough memory. 0, or a negative errno and the reason
 * in m->err.
 */
int xlx_receive_config(struct receiver *m);
/* Gives the stream to libxl; then the guest is here, whole and paused. */
int xlx_receive_build(struct receiver *m);
/* receive_arm.c. A line in front of @move: what follows it is read, if it is
 * @arm. 0 or a negative errno. */
int xlx_receive_arm_read(struct receiver *m, const char *line);
/* Can this guest be armed? Says why not, if the source host asks for it. */
bool xlx_receive_arm_wanted(struct receiver *m);
/* Before libxl begins, which is to read m->arm.pipe[0] then. 0, or a negative
 * errno and the reason. */
int xlx_receive_arm_begin(struct receiver *m);
void xlx_receive_arm_hear(struct receiver *m, const struct xlx_ctl *c);
/* Whether the placer has said its last; then what came of it: 0, and the CPU
 * state is kept, or a negative errno and the reason. */
bool xlx_receive_arm_over(const struct receiver *m);
int xlx_receive_arm_end(struct receiver *m);
/* Ends the placer, before the copy is dropped. */
void xlx_receive_arm_stop(struct receiver *m);
void xlx_receive_arm_dispose(struct receiver *m);
/* receive_tail.c. Reads the tail, and has it given to libxl. 0, or a negative
 * errno and the reason. */
int xlx_receive_tail(struct receiver *m);
/* It is being given: the pipe has more than what the source host sent. */
bool xlx_receive_tail_gives(const struct receiver *m);
void xlx_receive_tail_dispose(struct receiver *m);

/* receive_memory.c. Waits until the guest's memory is free, and asks dom0 for
 * it where it may. 0, or a negative errno and the reason. */
int xlx_receive_memory(struct receiver *m, struct msg *err);

/* receive_lanes.c. A line in front of @move: if it is @lanes, what follows comes
 * over them. 0 or a negative errno. */
int xlx_receive_lanes_read(struct receiver *m, const char *line);
/* The line has not come, and will not: nobody listens for lanes any more. */
void xlx_receive_lanes_chosen(struct receiver *m);
int xlx_receive_lanes_open(struct receiver *m);
void xlx_receive_lanes_close(struct receiver *m, bool failed);
/* They are used, and none is up now. */
bool xlx_receive_lanes_down(const struct receiver *m);

/* receive_words.c (docs/wire). Does nothing if the source host has no rackhop.
 */
void xlx_receive_say(struct receiver *m, const struct word_report *w);
/* Says when things happened here. */
void xlx_receive_say_times(struct receiver *m);
/* The loop's tick: the pump, acknowledgements and signs of life. */
uint64_t xlx_receive_tick(void *arg, uint64_t now);
/* Reads which move this is. 0 or a negative errno. */
int xlx_receive_move(struct receiver *m);
/* Reads what the source host learned of the guest, if it says anything. */
void xlx_receive_learned(struct receiver *m);

#endif
