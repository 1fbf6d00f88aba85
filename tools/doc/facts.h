/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-facts/1: what one node says of itself. Every node tells of its
 * cables (node, ports, neighbours). A Xen host adds itself and its domains
 * (hostfacts.h), whose members are also those of a snapshot.
 */
#ifndef RACKHOP_DOC_FACTS_H
#define RACKHOP_DOC_FACTS_H

#include "tools/base/msg.h"
#include "tools/base/strlist.h"
#include "tools/doc/hostfacts.h"
#include "tools/doc/json.h"
#include "topology/view.h"

/* What facts from another host may have: 4 MiB, and 4 KiB for each domain. */
extern const struct json_limits facts_limits;

/*
 * Fills an initialised view from the document's root. 0, or a negative errno
 * and "NAME:LINE: reason". What was filled is to be disposed of either way.
 */
int facts_read_view(struct topo_view *v, const char *name,
                    const struct json *root, struct msg *err);
/* The same from text: checks the format first. */
int facts_parse_view(struct topo_view *v, const char *name, const void *text,
                     size_t len, struct msg *err);

/* Is it what a move makes of a guest's name while a host has a copy of it? */
bool facts_is_copy(const char *name);

/* Adds the UUIDs of the guests that are on the host to uuids; those of copies
 * that arrive, or were left behind by a move, to copies (unless NULL). A dying
 * domain is neither. *rests_r, unless NULL: is the host in maintenance? 0, or a
 * negative errno and a sentence. */
int facts_guests(struct strlist *uuids, struct strlist *copies, bool *rests_r,
                 const void *text, size_t len, struct msg *err);

/* Does the host say that it has no domain at all, be it a guest, a copy or a
 * dying one? What can't be read says no such thing; why is in err. */
bool facts_is_empty(const void *text, size_t len, struct msg *err);

/* Writes the whole document; host may be NULL. */
void facts_write(struct json_out *o, const struct topo_view *view,
                 const struct hostfacts *host);

/* The facts that `rackhop receive` sends in front of everything else: no
 * cables, but what a source host needs to know of a target host. */
struct facts_greeting {
    const char *version;      /* of this rackhop */
    bool handover;            /* the source host keeps records: */
    uint64_t epoch;           /* the newest epoch that this host knows of */
    struct strlist missing;   /* paths of the guest that this host lacks */
    struct strlist listening; /* "127.0.0.1:5907": VNC displays in use */
};
void facts_write_greeting(struct json_out *o, const struct facts_greeting *g,
                          const struct hostfacts *host);

#endif
