/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells one boot of this host from another. */
#ifndef RACKHOP_BOOT_H
#define RACKHOP_BOOT_H

enum { BOOT_ID = 40 };

/* The id of this host's present boot, which the kernel makes up. 0, or a
 * negative errno when the system does not tell; then id is "". */
int boot_id(char id[BOOT_ID]);

#endif
