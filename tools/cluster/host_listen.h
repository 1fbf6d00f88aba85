/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells which VNC displays of this host are in use. */
#ifndef RACKHOP_CLUSTER_HOST_LISTEN_H
#define RACKHOP_CLUSTER_HOST_LISTEN_H

#include "tools/base/strlist.h"

/* Adds "127.0.0.1:5907" or "[::]:5907" for each socket that listens at a port
 * of a VNC display, as far as there is room. 0 or -ENOMEM. */
int host_listening(struct strlist *l);
/* The same out of a text of /proc/net/tcp or /proc/net/tcp6. */
int host_listening_parse(struct strlist *l, const char *text);

#endif
