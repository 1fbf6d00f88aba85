/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Receives one guest on this host, the target, from a source host that
 * speaks xl's wire: the other half of engine.h. It prints only what the source
 * host is meant to read, and starts no process that stays: the caller watches
 * the guest (guest_watch.h).
 */
#ifndef RACKHOP_MOVE_RECEIVE_H
#define RACKHOP_MOVE_RECEIVE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/exit.h"
#include "tools/move/lanes.h"

struct xentoollog_logger;

struct receive_request {
    int in, out; /* from and to the source host */
    bool greet;  /* the source host has rackhop and wants this host's facts */
    bool paused; /* leave the guest paused */
    /* the move's UUID; NULL: the source host keeps no records */
    const char *handover;
    /* paths of its disks: the greeting says which this host lacks */
    const char *const *paths;
    size_t n_paths;
    struct xentoollog_logger *log; /* log_new() */
    const char *helper;            /* path of the save helper */
    bool arm;                      /* guests are armed, if the source asks */
    bool codec;                    /* frames are taken, not libxc's alone */
    struct lanes_wish lanes;       /* whether it may come over lanes */
    /* XLX_CARRIER_NONE; of the lanes, if it came over some. The caller ends it
     * when all is said on stderr. NULL: it comes over ssh. */
    struct xlx_carrier *carrier;
    const volatile sig_atomic_t *cancels;
    const sigset_t *wait_mask;
    /* Something that an earlier move had left was settled. May be NULL. */
    void (*settled)(void *arg, const char *text);
    void *arg;
};

struct receive_result {
    enum exit_code code;
    bool arrived;    /* the guest is on this host: */
    uint32_t domid;  /* it wants a watch */
    struct msg text; /* why not; "" also when the source host only asked */
};

enum exit_code receive_run(const struct receive_request *rq,
                           struct receive_result *r);

#endif
