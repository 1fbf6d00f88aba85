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
/* The VNC displays. 0 or -ENOMEM. */
int xlx_needs_displays(struct xlx_needs *n, const libxl_domain_config *c);

#endif
