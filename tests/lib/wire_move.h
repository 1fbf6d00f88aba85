/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A guest's memory from fakexen to fakexen as a move brings it over: save
 * helper, pump, rackhop-wire, TLS on the loopback, rackhop-wire, pump, restore
 * helper. All are the shipped programs but for Xen, and the pumps, which are
 * processes here.
 */
#ifndef TESTS_WIRE_MOVE_H
#define TESTS_WIRE_MOVE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/lib/helper_end.h"
#include "tests/lib/relay.h"
#include "tests/lib/wire_end.h"

struct wire_move {
    /* the caller fills in; by enum helper_side */
    struct fakexen *x[2];
    int fd[2];
    const char *codec, *policy;
    bool arm;
    unsigned lanes;
    uint64_t rate;       /* bytes/s; 0: no limit */
    struct relay *relay; /* stands between the wires; NULL: nothing does */
    /* at each turn, if there is a relay; the relay's to spoil */
    void (*spoil)(void *arg, struct wire_move *m);
    void *arg;
    /* filled in */
    struct helper_end end[2];
    struct wire_end wire[2];
    uint64_t wire_us[2], pump_us[2], wall_us; /* CPU, CPU, time */
    char why[256];                            /* it failed */
    /* private */
    pid_t pump[2];
};

/* The whole move. 0, or -1 and why. */
int wire_move_run(struct wire_move *m);

#endif
