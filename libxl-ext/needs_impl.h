/* SPDX-License-Identifier: LGPL-2.1-only */
/* Fills in the needs of a guest from libxl's form of its configuration. */
#ifndef XLX_NEEDS_IMPL_H
#define XLX_NEEDS_IMPL_H

#include <libxl.h>

#include "libxl-ext/needs.h"

/* n is empty before. 0 or -ENOMEM. */
int xlx_needs_read(struct xlx_needs *n, const libxl_domain_config *c);
/* Of enum xlx_bound. */
unsigned xlx_needs_bound(const libxl_domain_config *c);
/* The pool, its scheduler and the CPUs. 0 or -ENOMEM. */
int xlx_needs_cpus(struct xlx_needs *n, const libxl_domain_config *c);
/* How much a guest that holds so much has above what libxl restores it with. */
uint64_t xlx_needs_above_kib(uint64_t held_kib, const libxl_domain_config *c);
/* The VNC displays. 0 or -ENOMEM. */
int xlx_needs_displays(struct xlx_needs *n, const libxl_domain_config *c);

#endif
