/* SPDX-License-Identifier: LGPL-2.1-only */
/* Says in words how a hook stands. */
#include "tools/doc/hook.h"

#include <stdio.h>

static void ended_words(const struct hook_record *r, char *buf, size_t len)
{
    const char *late = r->timed_out ? " at its deadline" : "";

    if (r->signal)
        snprintf(buf, len, "was ended by signal %d%s", r->signal, late);
    else
        snprintf(buf, len, "ended with exit code %d%s", r->code,
                 r->timed_out ? " after its deadline" : "");
}

const char *hook_outcome(const struct hook_record *r, char *buf, size_t len)
{
    switch (r->state) {
    case HOOK_RUNNING: snprintf(buf, len, "runs"); break;
    case HOOK_ENDED: ended_words(r, buf, len); break;
    case HOOK_LOST:
        snprintf(buf, len, "is lost: %s",
                 r->lost == HOOK_LOST_BOOT
                     ? "the host was booted while it ran"
                     : "its process has gone without a result");
        break;
    }
    return buf;
}
