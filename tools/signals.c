/* SPDX-License-Identifier: LGPL-2.1-only */
/* Counts the signals that ask a command to stop. */
#include "tools/signals.h"

#include <stdbool.h>

static volatile sig_atomic_t *stop_count, *hangup_count;
static bool term_hangs_up;

static void on_signal(int sig)
{
    bool hangup = sig == SIGHUP || (sig == SIGTERM && term_hangs_up);
    volatile sig_atomic_t *n = hangup ? hangup_count : stop_count;

    ++*n;
}

void signals_term_hangs_up(void)
{
    term_hangs_up = true;
}

void signals_count(volatile sig_atomic_t *stops,
                   volatile sig_atomic_t *hangups, sigset_t *wait_mask)
{
    static const int sigs[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction sa = { .sa_handler = on_signal }, was;
    sigset_t block;

    stop_count = stops;
    hangup_count = hangups;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&block);
    for (size_t i = 0; i < sizeof sigs / sizeof sigs[0]; i++) {
        sigaddset(&block, sigs[i]);
        sigaction(sigs[i], NULL, &was);
        if (sigs[i] != SIGHUP || was.sa_handler != SIG_IGN)
            sigaction(sigs[i], &sa, NULL);
    }
    sigprocmask(SIG_BLOCK, &block, wait_mask);
    for (size_t i = 0; i < sizeof sigs / sizeof sigs[0]; i++)
        sigdelset(wait_mask, sigs[i]);
}
