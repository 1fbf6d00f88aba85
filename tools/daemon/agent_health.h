/* SPDX-License-Identifier: LGPL-2.1-only */
/* What programs tell of a host now and then: smartctl of its disks, ipmitool of
 * its power. They are children on the agent's loop; a program that is not
 * installed tells nothing, and neither does one that takes too long. */
#ifndef RACKHOP_DAEMON_AGENT_HEALTH_H
#define RACKHOP_DAEMON_AGENT_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

struct agent;
struct health;
struct loop;

/* a is borrowed. NULL: no memory. */
struct health *health_new(struct agent *a);
/* In each second, counted from 0. */
void health_second(struct health *h, struct loop *l, unsigned second);
/* Is all told that was asked? A next second takes it. */
bool health_idle(const struct health *h);
void health_free(struct health *h); /* kills what runs; NULL is fine */

#endif
