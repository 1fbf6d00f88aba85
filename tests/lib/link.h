/* SPDX-License-Identifier: LGPL-2.1-only */
/* A process that is the pump of a move, between two descriptors. */
#ifndef TESTS_LINK_H
#define TESTS_LINK_H

#include <stdint.h>
#include <sys/types.h>

/* Carries from one to the other, at most so many bytes/s (0: no limit), until
 * there is no more; both are closed here. */
pid_t link_start(int from, int to, uint64_t rate);
/* Waits for its end. *cpu_us_r: what it took is added. 0, or it failed. */
int link_finish(pid_t pid, uint64_t *cpu_us_r);

#endif
