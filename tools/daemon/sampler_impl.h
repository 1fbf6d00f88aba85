/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is held between readings, for the sampler. */
#ifndef RACKHOP_DAEMON_SAMPLER_IMPL_H
#define RACKHOP_DAEMON_SAMPLER_IMPL_H

#include "tools/daemon/sampler.h"

void held_init(struct held_counter *h);
/* What is held goes into value[] of a guest, and of the host. */
void guest_held(struct sampler_guest *g, double at);
void host_held(struct sampler *s);

#endif
