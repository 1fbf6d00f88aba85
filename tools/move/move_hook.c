/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs what the administrator wants before and after a move of one guest. */
#include "tools/move/move_hook.h"

static void move_hook_tell(void *arg, FILE *f)
{
    const struct move_hook *h = arg;

    program_variable(f, "RACKHOP_GUEST", h->guest);
    program_variable(f, "RACKHOP_UUID", h->uuid);
    program_variable(f, "RACKHOP_FROM", h->from);
    program_variable(f, "RACKHOP_TO", h->to);
    program_number(f, "RACKHOP_MEMORY_MIB", (long)h->memory_mib);
    if (h->code >= 0)
        program_number(f, "RACKHOP_CODE", h->code);
}

int move_hook_before(const struct move_hook *h,
                     const struct program_stop *stop, struct msg *err)
{
    struct move_hook before = *h;
    struct msg why;
    int rc;

    before.code = -1;
    rc = program_run(h->dir, "before-move", move_hook_tell, &before, stop,
                     &why);
    if (rc)
        msg_set(err, "%s stays here: a hook refused its move: %s", h->guest,
                why.text);
    return rc;
}

int move_hook_after(const struct move_hook *h, struct msg *err)
{
    struct move_hook after = *h;

    return program_run(h->dir, "after-move", move_hook_tell, &after, NULL,
                       err);
}
