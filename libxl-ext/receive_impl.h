/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the two halves of the receiving end share: receive.c decides,
 * receive_build.c takes the guest in. */
#ifndef XLX_RECEIVE_IMPL_H
#define XLX_RECEIVE_IMPL_H

#include "libxl-ext/handover.h"
#include "libxl-ext/loop_libxl.h"
#include "libxl-ext/pump.h"
#include "libxl-ext/xlx_impl.h"
#include "tools/base/msg.h"

#define SECONDS 1000000ull

enum { CONFIG_S = 3600 }; /* the sender may be asking its user */

struct receiver {
    struct xlx_receive *r;
    struct ho ho;
    int rc; /* what went wrong first */
    struct msg *err;
    bool go; /* it has come: the sender awaits a report */
    struct loop loop;
    struct loop_guest libxl;
    struct pump pump;
    int stream[2];    /* the pump writes 1, libxl and the handshake read 0 */
    int ctl, ctl_far; /* from the helper: when the memory is built */
    struct loop_fd *ctl_watch;
    libxl_domain_config config;
    char *final_name;
    bool ao_done;
    int ao_rc;
    uint64_t acked, acked_us, alive_us;
    uint64_t heard, heard_us; /* bytes of the stream, and when */
};

/* The configuration, checked against this host: is the name free, is there
 * memory. 0, or a negative errno and the reason in m->err. */
int xlx_receive_config(struct receiver *m);
/* The stream into libxl: the guest is here, whole and paused. As above. */
int xlx_receive_build(struct receiver *m);

#endif
