/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells the watchdog that rackhopd is well, and the administrator what is not. */
#include <stdio.h>
#include <string.h>

#include "tools/base/clock.h"
#include "tools/daemon/controller_impl.h"
#include "tools/daemon/notify.h"

void controller_beat(void *arg)
{
    struct controller *c = arg;
    uint64_t now = clock_us();
    struct msg ignored;

    if (c->beat_us && now - c->beat_us < CONTROLLER_BEAT_US)
        return;
    c->beat_us = now;
    notify_tell("WATCHDOG=1");
    if (c->store &&
        c->lease.rev) /* who has lost it hears it at the next look */
        lease_keep(&c->lease, c->store, clock_ms(), &ignored);
}

void controller_tell_once(struct controller *c, const char *text)
{
    if (!strcmp(text, c->told))
        return;
    snprintf(c->told, sizeof c->told, "%s", text);
    if (*text)
        c->q->tell(text);
}
