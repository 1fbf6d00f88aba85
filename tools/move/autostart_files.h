/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The entries of /etc/xen/auto that start one guest at boot, as files: found,
 * put aside into STATE/autostart/UUID, put back, and taken over from another
 * host. Nothing here replaces a file.
 */
#ifndef RACKHOP_MOVE_AUTOSTART_FILES_H
#define RACKHOP_MOVE_AUTOSTART_FILES_H

#include <limits.h>

#include "tools/base/msg.h"
#include "tools/base/strlist.h"
#include "tools/doc/autostart.h"

/* autostart_dir.c: the folder that xendomains starts guests of, /etc/xen/auto
 * unless its settings name another. */
void autostart_dir(char path[PATH_MAX]);

/*
 * Calls back with each entry of that folder that is a guest's configuration.
 * uuid "": it has none. A negative return ends it. *unread, unless NULL, gets
 * the names of entries that can't be read. 0, what was returned, or a negative
 * errno.
 */
struct autostart_found {
    const char *name; /* of the entry */
    const char *path; /* the file that it links to, as other hosts call it;
                         NULL: it is no link */
    const char *text;
    const char *guest, *uuid;
};
int autostart_each(int (*found)(void *arg, const struct autostart_found *f),
                   void *arg, struct strlist *unread);
/* Those of one guest: by its UUID where they have one, else by its name. */
int autostart_find(struct autostart *a, const char *guest, const char *uuid);

/* Puts an entry aside for a guest that is elsewhere. 0 or a negative errno. */
int autostart_aside(const char *uuid, const char *name);
/* Puts what was put aside back, but for entries that exist again. *names gets
 * those that came back. 0, also when nothing was aside, or a negative errno. */
int autostart_back(const char *uuid, struct strlist *names);
/* The guests for which something is aside. */
int autostart_list(struct strlist *uuids);
/* The entries that are aside for one guest. */
int autostart_list_of(const char *uuid, struct strlist *names);

/* Takes over what another host sent. *kept gets the files that exist on this
 * host with another text, and were left as they are: what depends on them was
 * not set up. */
int autostart_take(const struct autostart *a, struct strlist *kept,
                   struct msg *err);

/* Whether what is aside has still to be sent to the host where the guest is. */
bool autostart_unsent(const char *uuid);
void autostart_set_unsent(const char *uuid, bool unsent);
/* The document of what is aside, as it was for autostart_find(). */
int autostart_find_aside(struct autostart *a, const char *guest,
                         const char *uuid);

#endif
