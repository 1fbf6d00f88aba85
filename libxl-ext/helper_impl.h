/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files of rackhop-save-helper share: helper.c has its main, and what
 * it is for; helper_pipe.c talks to libxl, helper_policy.c decides when the
 * pre-copy ends, helper_codec.c makes frames of what is sent but for pages that
 * helper_again.c sees come again, and helper_restore.c memory of them,
 * helper_arm.c with helper_place.c before the guest is suspended; helper_holes.c
 * (by the functions in helper_types.c) spares the pass what is not there;
 * helper_stock.c hands all else to the stock helper.
 */
#ifndef XLX_HELPER_IMPL_H
#define XLX_HELPER_IMPL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>
#include <xenguest.h>

#include "libxl-ext/ctl.h"
#include "libxl-ext/helper_again.h"
#include "libxl-ext/helper_codec.h"
#include "libxl-ext/helper_msg.h"
#include "libxl-ext/link_window.h"
#include "libxl-ext/policy.h"

struct helper {
    xc_interface *xch;
    uint32_t domid;
    struct xlx_policy policy;
    struct xlx_history history;
    struct save_codec *codec; /* NULL: libxc's stream goes as it is */
    struct again *again;      /* NULL: no page is left out of a round */
    int ctl;                  /* -1: none */
    uint64_t inflight, sent;
    bool cutover, hold, abort, link_down;
    /* the last round would not fit into the time for which the link is up */
    bool late;
    struct link_window window;
    bool tail; /* libxl may go on behind libxc's part of the stream */
};

/* helper_pipe.c. Sends a message that libxl does not answer. */
void xlx_helper_send(const struct xlx_helper_msg *m);
/* Sends one that it does, and returns the answer. */
int xlx_helper_ask(const struct xlx_helper_msg *m);
/* libxc's messages go to libxl. */
extern struct xentoollog_logger xlx_helper_logger;
/* Sends a last message to libxl's log and ends the process. */
_Noreturn void xlx_helper_fail(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
/* An error for libxl's log. */
void xlx_helper_complain(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/* helper_args.c. An argument; ends the process if it is no number. */
unsigned long xlx_helper_number(const char *s);
/* Finds the control socket, if there is one. */
void xlx_helper_find_ctl(struct helper *h);

/* helper_policy.c. libxl has asked for the end of the save (SIGTERM): nothing is
 * waited for any more, as there may be no write by which libxc would see it. */
extern volatile sig_atomic_t xlx_helper_ended;
/* libxc's callback before and after each round. */
int xlx_helper_precopy(struct precopy_stats s, void *user);
/* Tells the move how far the save is. */
void xlx_helper_tell_phase(struct helper *h, enum xlx_phase phase);
/* Waits, if the move wants that, until libxl may go on with the stream. */
void xlx_helper_await_tail(struct helper *h);
/* The last that a helper does with it: libxl is to wait for the rest of it by
 * events alone. */
void xlx_helper_leave_stream(int fd);

/* What libxl says on the command line, behind --restore-domain. */
struct restore_args {
    int fd, back_fd;
    uint32_t domid, store_domid, console_domid;
    unsigned store_port, console_port, callbacks;
    xc_stream_type_t type;
};

/* helper_restore.c. Whether these arguments are of a restore that is ours, and
 * the restore: returns an exit code. */
bool xlx_helper_restores(int argc, char **argv);
int xlx_helper_restore(char **argv);
/* libxc's restore, and what came of it to libxl. */
struct restored {
    int result, e;
    unsigned long store, console;
};
struct restored xlx_helper_run_restore(xc_interface *xch,
                                       const struct restore_args *a);
void xlx_helper_tell_restored(const struct restored *d);

/* helper_arm.c: the restore of helper_arm.h. */
int xlx_helper_arm(const struct restore_args *a);

/* helper_stock.c. Becomes the stock helper; returns an exit code if there is
 * none. */
int xlx_helper_run_stock(char **argv);

#endif
