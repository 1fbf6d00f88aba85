/* SPDX-License-Identifier: LGPL-2.1-only */
/* Whether this host's domain 0 gives memory to guests that arrive. */
#ifndef RACKHOP_CLUSTER_HOST_MEMORY_H
#define RACKHOP_CLUSTER_HOST_MEMORY_H

#include "libxl-ext/facts.h"

/* What a text of xl.conf says; dom0_mem: whether Xen was told how much domain
 * 0 has, which decides when xl.conf does not. */
bool host_autoballoon(const char *xl_conf, bool dom0_mem);
/* The same of this host: dom0_fixed becomes what xl would do. */
void host_take_autoballoon(struct xlx_host *h);

#endif
