/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes from a process all rights but to compute and to use the descriptors
 * that it has. */
#ifndef RACKHOP_BASE_CONFINE_H
#define RACKHOP_BASE_CONFINE_H

#include <stddef.h>

/*
 * For a process that hands hostile bytes to a library which may not stand
 * them. From here on it can read, write, wait, allocate `more` bytes and exit;
 * any other system call kills it. It also becomes the user `nobody` where it
 * may, leaves no core, is not looked into by other processes of its user, and
 * dies with the process that started it. There is no way back. 0 or a negative
 * errno: do not go on then.
 */
int confine_self(size_t more);
/* The same for a process that is to talk to peers: it may open sockets of IPv4
 * and IPv6, connect them, accept on one that it has, and close them. It may
 * outlive the process that started it, to say what that has still said. */
int confine_to_network(size_t more);

#endif
