/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-autostart/1 (rackhop-formats(5)): by which entries of /etc/xen/auto
 * a host starts one guest when it boots. The source host of a move sends it to
 * the target host, so that the guest starts there from then on.
 */
#ifndef RACKHOP_DOC_AUTOSTART_H
#define RACKHOP_DOC_AUTOSTART_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/base/msg.h"

enum { AUTOSTART_ENTRIES = 8, AUTOSTART_TEXT = 256 * 1024 };

struct autostart_entry {
    char *name; /* of the file in /etc/xen/auto */
    char *path; /* what it links to; NULL: it is the configuration itself */
    char *text; /* the configuration */
};

/* All zero is one without entries. */
struct autostart {
    char uuid[37];
    char guest[256]; /* its name */
    struct autostart_entry entry[AUTOSTART_ENTRIES];
    unsigned n;
};

/* Takes copies. 0, -ENOMEM, or -ENOSPC: there are too many. */
int autostart_add(struct autostart *a, const char *name, const char *path,
                  const char *text);
void autostart_dispose(struct autostart *a);

/* A name that is a file of /etc/xen/auto and of no other folder. */
bool autostart_name_ok(const char *name);
/* A path below /etc/xen, without a part that leads elsewhere. */
bool autostart_path_ok(const char *path);

/* To be freed; NULL: no memory. */
char *autostart_format(const struct autostart *a);
/* All that came was checked. 0, or a negative errno and a sentence. */
int autostart_parse(struct autostart *a, const char *name, const char *text,
                    size_t len, struct msg *err);

#endif
