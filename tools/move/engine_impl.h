/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The private state of one move at its source host, and the steps of it:
 * engine.c calls them in their order.
 */
#ifndef RACKHOP_MOVE_ENGINE_IMPL_H
#define RACKHOP_MOVE_ENGINE_IMPL_H

#include "tools/move/device_here.h"
#include "tools/move/engine.h"
#include "tools/move/session.h"
#include "tools/remote/ssh.h"

struct move {
    const struct move_request *rq;
    const struct move_events *ev;
    struct move_result *result;
    struct xlx *x;
    struct session session;
    struct xlx_host source; /* this host's facts */
    char vendor[32];        /* of its CPUs */
    struct xlx_domain dom;
    struct choice choice;
    const char *address; /* of the target host, for ssh */
    const char *host;    /* of the same, for people */
    struct child ssh;
    struct xlx_carrier carrier; /* of the lanes, if there are any */
    bool over_lanes;            /* they are used */
    unsigned lanes_port;        /* of the target host */
    struct msg lanes_why;       /* the guest goes over ssh, though it should
                                   not; "": it was not to go over lanes */
    struct target_host target;
    enum ho_verdict verdict;
    /* of the programs in hooks_dir: what the one after the move is told */
    char own[256]; /* what this host calls itself */
    char *hooked;  /* the guest's name; NULL: none is run after the move */
    char hooked_uuid[XLX_UUID_LEN + 1];
    int64_t hooked_mib;
    struct device_wish devices; /* what it has to change; PCI is among it: */
    bool has_pci;
};

/*
 * engine_check.c: finds the guest, once what an earlier move left is settled,
 * with its lock taken. 0, or a negative errno and a sentence.
 */
int move_find(struct move *m, struct msg *err);
/* Refuses what this host alone can tell; chooses a host if none was named. */
int move_choose(struct move *m, struct msg *err);
/* Refuses what the target host's answer does not allow. */
int move_check(struct move *m, struct msg *err);

/* What is read of the guest: XLX_DOMAIN_*. */
int move_domain_flags(const struct move *m);
/* Reads it again, under its lock. 0, or a negative errno and a sentence. */
int move_read_guest(struct move *m, struct msg *err);

/* engine_devices.c: finds the devices that the guest has to change, and refuses
 * what does not go with that. 0, or a negative errno and a sentence. */
int move_find_devices(struct move *m, struct msg *err);
int move_check_devices(const struct move *m, struct msg *err);
/* Takes them, sends the guest, and has it given others. Fills in the result. */
void move_with_devices(struct move *m);

/* engine_connect.c: opens the connection to the target host and reads what it
 * says of itself. 0, or a negative errno and a sentence. */
int move_connect(struct move *m, struct msg *err);

/* engine_lanes.c: begins to connect the lanes that the target host offers. 0, or
 * a negative errno and a sentence: there are none, and ssh is ruled out. */
int move_lanes_begin(struct move *m, struct msg *err);
/* By this host's wire_pki, or the target host's. */
bool move_lanes_required(const struct move *m);
/* There are none: 0, or -EPERM and a sentence, where they are required. */
int move_lanes_missing(const struct move *m, struct msg *err);
/* For a move that is only checked: the way that it would go, "lanes" or "ssh". */
const char *move_lanes_try(struct move *m);
/* XLX_EV_WAY: tells why the guest goes over ssh, if there is something to tell.
 */
void move_lanes_tell(struct move *m, const struct xlx_event *ev);
/* After xlx_send_run(): m->ssh has the streams of the lanes, if it used them. */
void move_lanes_take(struct move *m, const struct xlx_send *s);

/* engine_send.c: sends the guest and hands it over. Fills in the result. */
void move_send(struct move *m);

/* engine_hold.c: refuses a guest that is another than the one that was checked:
 * rebooted, of another configuration, or in another program's hands. */
int move_check_again(struct move *m, struct msg *err);
/* struct xlx_hold's start, with the move as its arg. */
int move_hold_start(void *arg, struct xlx_send *s, const char *line,
                    struct msg *err);

/* engine_after.c: waits until rackhop on the target host ends, some seconds at
 * most, and calls back with each line that it writes for people. */
void move_last_words(struct child *p,
                     void (*said)(void *arg, const char *text), void *arg);

/* engine_tell.c: what the caller may know of the move by now. */
struct move_parties move_parties(const struct move *m);
/* Fills in the result and tells it. */
void move_fail(struct move *m, enum exit_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
