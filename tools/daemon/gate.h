/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The gate: whether a look may lead to anything. A controller that cannot see
 * does nothing, so each row is something that keeps it from seeing, or from
 * keeping what it did. Pure.
 */
#ifndef RACKHOP_DAEMON_GATE_H
#define RACKHOP_DAEMON_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gate_reason {
    GATE_OPEN,
    GATE_CLOCK,  /* it was set */
    GATE_DISK,   /* what is done could not be kept */
    GATE_QUIET,  /* what was done is not known */
    GATE_RUN,    /* guests are being moved by a run of this host */
    GATE_ROLL,   /* hosts are being worked on */
    GATE_MOVES,  /* guests are being moved by somebody else */
    GATE_SILENT, /* too many hosts do not answer */
    GATE_STALE,  /* the facts are old by now */
    GATE_REASONS,
};

struct gate {
    double jump_s;      /* the wall clock against that of the boot */
    int64_t disk_free;  /* bytes where the state is */
    double quiet_s;     /* that are left of it */
    const char *run;    /* an open run's name, or NULL */
    const char *roll;   /* an open roll's, or NULL */
    size_t arriving;    /* guests that arrive at hosts */
    size_t hosts, dead; /* asked, and silent */
    double silent;      /* the share of hosts that may be silent, 0..1 */
    double took_s;      /* from the first question to now */
};

enum {
    GATE_JUMP_S = 5,
    GATE_STALE_S = 60,
    /* So long a look waits for a host at most, beside the samples of all: one that
     * hangs is silent, and does not make the facts of all others old. */
    GATE_ANSWER_S = 30,
    GATE_DISK_MIB = 32,
};

/* The first reason, and it in a sentence, unless it is GATE_OPEN. */
enum gate_reason gate_judge(const struct gate *g, char *text, size_t len);

/*
 * By how much the wall clock was set since another look, in s: both moments by
 * the wall clock and by that of the boot. In another boot only a clock that
 * goes back is seen; then what it went back by.
 */
double gate_jump(bool same_boot, double wall_s, double boot_s,
                 double wall_now_s, double boot_now_s);

#endif
