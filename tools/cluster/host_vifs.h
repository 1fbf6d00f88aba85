/* SPDX-License-Identifier: LGPL-2.1-only */
/* What guests have sent to the network. */
#ifndef RACKHOP_CLUSTER_HOST_VIFS_H
#define RACKHOP_CLUSTER_HOST_VIFS_H

#include <stdint.h>

#include "libxl-ext/domain.h"

/* tx[i]: bytes that domain i has sent since its virtual interfaces are there,
 * which end in this domain; < 0: it has none here. sys is /sys/class/net. */
void host_vifs_tx(const char *sys, const struct xlx_domain *d, unsigned n,
                  int64_t *tx);

#endif
