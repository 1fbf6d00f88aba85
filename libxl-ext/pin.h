/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Takes the CPUs that a guest's vCPUs are pinned to from host to host.
 *
 * `xl vcpu-pin` changes nothing in the guest's configuration, so libxl does
 * not send it along. Weight and cap, the memory target and which vCPUs are
 * online are read into the configuration by libxl itself.
 */
#ifndef XLX_PIN_H
#define XLX_PIN_H

#include <libxl.h>

#include "libxl-ext/needs.h"
#include "libxl-ext/wire/words.h"

struct xlx;

/* Reads what the guest's vCPUs are pinned to; what can't be read is left out.
 * c is its configuration. */
void xlx_pins_read(struct xlx *x, uint32_t domid, const libxl_domain_config *c,
                   struct xlx_needs *n);
/* The same out of what libxl says of its vCPUs; cpus: how many the host has;
 * nodes: of its memory. */
void xlx_pins_of(const libxl_vcpuinfo *v, int n, unsigned cpus, unsigned nodes,
                 const libxl_domain_config *c, struct xlx_needs *to);
/* Pins a guest of this host in that way. 0 or a negative errno: it then runs
 * on the CPUs on which it ran before. */
int xlx_pin_set(struct xlx *x, uint32_t domid, const struct word_pin *p);

#endif
