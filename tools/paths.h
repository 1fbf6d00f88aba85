/* SPDX-License-Identifier: LGPL-2.1-only */
/* Where this host's state and its running processes' files are. */
#ifndef RACKHOP_PATHS_H
#define RACKHOP_PATHS_H

/* Kept over reboots; RACKHOP_STATE_DIR in the environment wins. */
const char *path_state(void);
/* Gone with a reboot; RACKHOP_RUN_DIR wins. */
const char *path_run(void);
/* Below path_run(), where the CPU states of guests wait that have come and not
 * been started (libxl-ext/context.h). */
const char *path_contexts(void);
/* Where xl's configurations are, those of auto/ being started at boot:
 * /etc/xen; RACKHOP_XEN_DIR wins. */
const char *path_xen(void);
/* The socket of systemd's journal; RACKHOP_JOURNAL wins. */
const char *path_journal(void);
/* Where the id of this boot is read; RACKHOP_BOOT_ID names another file, which
 * stands for a reboot in tests. */
const char *path_boot_id(void);
/* How a shell that this process starts runs this same program. */
const char *path_self(void);
/* The save helper that libxl starts; RACKHOP_SAVE_HELPER wins. */
const char *path_helper(void);
/* rackhop-wire, which carries the lanes of a move; RACKHOP_WIRE wins. */
const char *path_wire(void);
/* Makes a directory and all above it, mode 0755. 0 or a negative errno. */
int path_make(const char *dir);

#endif
