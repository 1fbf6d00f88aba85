/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Asks a host to carry out a hook or a check of a roll, and says what its
 * answer means. The hook is durable on that host and runs at most once for its
 * id (tools/move/hook.h): a lost connection is mended by asking again.
 *
 *     rackhop hook run --id ID [--deadline S] [--runs N] [--if-empty]
 *                      [--if-boot BOOT] [--env N=V].. -- CMD
 *
 * prints a line (hook_event_parse()) when it has joined or started the hook,
 * every few seconds while that runs, and when it is over. Its exit code: 0 the
 * command ended with 0; 4 it failed, was killed or timed out; 5 it is lost; 1
 * nothing was started; 2 usage.
 */
#ifndef RACKHOP_RUN_HOOK_H
#define RACKHOP_RUN_HOOK_H

#include "tools/base/msg.h"
#include "tools/base/strlist.h"
#include "tools/doc/hook.h"

struct hook_ask {
    const char *id;      /* hook_id_ok() */
    const char *command; /* for /bin/sh -c */
    unsigned deadline_s; /* 0: none */
    unsigned runs;       /* start it anew if it was lost, so often in all; 0:
                            never */
    bool if_empty;       /* start it only on a host at rest (hook_guard()) */
    const char *if_boot; /* and in this boot of it; NULL: in any */
    const char *env[HOOK_ENV_MAX + 1]; /* hook_env_check(); NULL at the end */
};

/* The words after `rackhop`, for remote_command(). They borrow from a. */
struct hook_words {
    char deadline[16], runs[16];
    const char *args[2 * HOOK_ENV_MAX + 16];
};
void hook_words(const struct hook_ask *a, struct hook_words *w);

enum hook_verdict {
    HOOK_GOES_ON, /* it runs: listen on, or ask again */
    HOOK_DONE,    /* it has ended as it should */
    HOOK_BOOTED,  /* of a hook that reboots: it was cut off by a reboot; the
                     host is as it should if host_back_check() says so */
    HOOK_FAILED,  /* it has ended otherwise, or nobody knows how */
};

/* reboots: is the host to be booted by it? why has a sentence for HOOK_FAILED,
 * with the last line of its output. */
enum hook_verdict hook_verdict(const struct hook_event *e, bool reboots,
                               struct msg *why);

#endif
