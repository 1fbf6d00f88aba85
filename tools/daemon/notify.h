/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells systemd how a service is (sd_notify(3), without its library). */
#ifndef RACKHOP_DAEMON_NOTIFY_H
#define RACKHOP_DAEMON_NOTIFY_H

/* "READY=1", "WATCHDOG=1" ..; nothing when no systemd listens. */
void notify_tell(const char *state);

#endif
