/* SPDX-License-Identifier: LGPL-2.1-only */
/* The class of each device that this host has for guests. */
#ifndef RACKHOP_CLUSTER_HOST_CLASSES_H
#define RACKHOP_CLUSTER_HOST_CLASSES_H

#include "tools/config_classes.h"
#include "tools/doc/devicefacts.h"
#include "topology/view.h"

/* By the configuration, which they borrow from, and by what this host's LLDP
 * knows. 0 or -ENOMEM. */
int host_classes(struct devicefacts *l, const struct class_rows *rows,
                 const struct topo_view *view);

#endif
