/* SPDX-License-Identifier: LGPL-2.1-only */
/* An agent of a made-up host that counts what guests send each other. */
#ifndef TESTS_TALKS_RIG_H
#define TESTS_TALKS_RIG_H

#include <stdbool.h>

#include "tests/lib/fake_host.h"
#include "tools/daemon/agent_impl.h"
#include "tools/daemon/agent_talks.h"
#include "tools/doc/talks.h"

/* With its state in dir, after its first second; by agent_free(). */
struct agent *talks_rig_agent(struct fake_host *host, const char *dir,
                              const struct config *conf,
                              void (*tell)(const char *text));
/* So many seconds, each until what was begun in it has ended. */
void talks_rig_seconds(struct talks_counter *c, unsigned *second, unsigned n);
/* What it has written; false: nothing yet. By talks_dispose(). */
bool talks_rig_read(const char *dir, struct talks *t);

#endif
