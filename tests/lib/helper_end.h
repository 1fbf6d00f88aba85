/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A save helper run as libxl runs it, on a fakexen: started with its arguments
 * and pipes, and answered. The program is the one that is shipped but for Xen.
 */
#ifndef TESTS_HELPER_END_H
#define TESTS_HELPER_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/lib/fakexen.h"

enum helper_side { HELPER_SAVES, HELPER_RESTORES };

/* What a helper hears that is to wait when libxc's part is through (ctl.h). */
enum helper_tail {
    HELPER_NO_TAIL,
    HELPER_TAIL,
    HELPER_TAIL_TERM /* SIGTERM */
};

struct helper_end {
    /* the caller fills in */
    enum helper_side side;
    struct fakexen *x;
    int x_fd;
    const char *program; /* below helper_end_folder() */
    const char *codec;   /* the environment's; NULL: none */
    const char *policy;
    bool debug; /* all is sent again to be compared */
    bool arm;   /* a restore: by helper_arm.h */
    enum helper_tail tail;
    /* filled in */
    int result, status; /* what libxc returned (1: nothing); of waitpid() */
    char error[512];    /* the first that was logged */
    uint64_t cpu_us;
    uint64_t suspend_us; /* when it asked for that; monotonic */
    uint64_t read;       /* bytes, nearly all of them of the stream */
    bool armed, placed;  /* what the placer said */
    bool waited;         /* it told libxl nothing before it heard that */
    bool leaves;         /* the stream waits no more when libxl has its turn */
    /* private, but for from: -1 when the helper is through, and ctl: when
     * the placer is */
    int ctl, result_fd;
    ino_t stream_ino;
    pid_t pid;
    int to, from;
    uint8_t said[1 << 17];
    size_t len;
};

/* Answers until it is through, and waits for its end. */
void helper_end_finish(struct helper_end *e);

/* Where the helpers are: $HELPERS, or the folder of this program. */
const char *helper_end_folder(void);
/* Starts it on that descriptor of the stream, which stays the caller's. */
void helper_end_start(struct helper_end *e, int stream);
/* Reads what it says and answers; to be called when `from` or `ctl` is
 * readable. */
void helper_end_hear(struct helper_end *e);
/* Whether it is through, its placer too. */
bool helper_end_over(const struct helper_end *e);
/* Waits for its end. */
void helper_end_wait(struct helper_end *e);

#endif
