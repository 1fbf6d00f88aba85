/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes hosts of a roll out of maintenance. */
#include <stdlib.h>

#include "tools/run/roll_impl.h"

enum { UNDRAIN_TRIES = 5, UNDRAIN_PAUSE_MS = 1000 };

/* Asks each host that is still marked. false: no memory. */
static bool undrain_try(struct rolling *d, bool last)
{
    static const char *args[] = { "maintenance", "clear", NULL };
    struct remote_call *call = calloc(d->r->host_n + 1u, sizeof *call);
    uint32_t *host = calloc(d->r->host_n + 1u, sizeof *host), n = 0;
    bool ok = call && host;

    for (uint32_t i = 0; ok && i < d->r->host_n; i++)
        if (roll_is_at(d->r, &d->r->host[i], ROLL_DO_UNDRAIN)) {
            host[n] = i;
            call[n++] = (struct remote_call){ .host = d->r->host[i].name,
                                              .args = args };
        }
    ok = ok && !remote_each(&d->remote, call, n);
    for (uint32_t i = 0; ok && i < n; i++) {
        struct msg why;

        msg_set(&why, "it is still in maintenance: %s",
                *call[i].said ? call[i].said : "no answer");
        if (!call[i].rc)
            roll_passes(d, host[i]);
        else if (last)
            roll_fails(d, host[i], why.text);
    }
    if (call)
        remote_dispose(call, n);
    free(call);
    free(host);
    return ok;
}

void roll_do_undrain(struct rolling *d)
{
    for (int i = 1; i <= UNDRAIN_TRIES && !d->open && !*d->q->hangup; i++) {
        undrain_try(d, i == UNDRAIN_TRIES);
        if (!roll_any_at(d, ROLL_DO_UNDRAIN))
            return;
        roll_sleep(d, UNDRAIN_PAUSE_MS);
    }
}
