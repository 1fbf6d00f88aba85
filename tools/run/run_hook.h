/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Programs of the administrator's that are run on the executor's host, before
 * and after each run: hooks_dir/before-run, which may refuse it, and
 * hooks_dir/after-run, which may tell somebody. (The hooks of rolls, on the
 * hosts, are hook.h.)
 */
#ifndef RACKHOP_RUN_RUN_HOOK_H
#define RACKHOP_RUN_RUN_HOOK_H

#include "tools/base/msg.h"
#include "tools/doc/run.h"
#include "tools/remote/program.h"

/*
 * Runs DIR/NAME and waits for its end; dir may be NULL. It gets what the run is
 * by its environment (rackhop-apply(1)). code: of a run that has ended; < 0: it
 * has not begun. stop NULL: signals wait for its end. 0, also when there is no
 * such file, or a negative errno and a sentence in err; -EINTR: it was stopped,
 * and nothing of it goes on.
 */
int run_hook(const char *dir, const char *name, const struct run *r, int code,
             const struct program_stop *stop, struct msg *err);

#endif
