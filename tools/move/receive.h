/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Receives one guest on this host, the target, from a sender that speaks xl's
 * wire: the other half of engine.h. It prints nothing but what the sender is
 * meant to read, and starts no process that stays: the caller watches the
 * guest (guest_watch.h).
 */
#ifndef RACKHOP_MOVE_RECEIVE_H
#define RACKHOP_MOVE_RECEIVE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/exit.h"

struct xentoollog_logger;

struct receive_request {
    int in, out; /* from and to the sender */
    bool greet;  /* the sender is a rackhop and wants this host's facts */
    bool paused; /* leave the guest paused */
    const char *handover; /* its UUID; NULL: the sender keeps no records */
    /* paths of its disks: the greeting says which this host lacks */
    const char *const *paths;
    size_t n_paths;
    struct xentoollog_logger *log; /* log_new() */
    const char *helper;            /* path of the save helper */
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
    struct msg text; /* why not; "" also when the sender only asked */
};

enum exit_code receive_run(const struct receive_request *rq,
                           struct receive_result *r);

#endif
