/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Names storage so that two hosts that share it have the same name for it:
 * "nfs:SERVER:/PATH" for a mount, "wwn:.." for a block device. A disk that is
 * not shared is "local:NODE:PATH".
 */
#ifndef RACKHOP_CLUSTER_HOST_STORAGE_H
#define RACKHOP_CLUSTER_HOST_STORAGE_H

#include "tools/base/strlist.h"

/* Both append what the list does not have yet. 0 or a negative errno. */
/* All shared storage of this host. */
int host_storage(struct strlist *l);
/* What a guest's disk, a path on this node, needs of a host. */
int host_disk_storage(struct strlist *l, const char *node, const char *disk);

#endif
