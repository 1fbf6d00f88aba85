/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef RACKHOP_MOVE_WATCHING_H
#define RACKHOP_MOVE_WATCHING_H

#include <stdbool.h>
#include <stdint.h>

/* Does what the guest's configuration says when it ends, in a process of its
 * own; in the foreground this call does not return. The caller has given back
 * every lock: the child would keep it. */
void watch_guest(uint32_t domid, bool foreground);

#endif
