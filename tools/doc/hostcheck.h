/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-hostcheck/1: what one host finds when it checks itself, for the host
 * where `rackhop check` was asked. Facts are not in it: rackhop-facts/1.
 */
#ifndef RACKHOP_DOC_HOSTCHECK_H
#define RACKHOP_DOC_HOSTCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/doc/json.h"

/* Which way a guest would go there. */
enum hostcheck_way {
    HOSTCHECK_UNKNOWN,
    HOSTCHECK_LANES,
    HOSTCHECK_SSH,
    HOSTCHECK_NONE, /* ssh is ruled out */
};

/* A host that was to be reached by ssh. */
struct hostcheck_peer {
    char *host, *why; /* why: NULL: it was reached */
    enum hostcheck_way way;
    char *why_ssh; /* NULL: it is not known, or nothing else is wanted */
    /* Of lanes: whether both hosts have shown certificates; then when each
     * host's end, or its CRL, in seconds since 1970. */
    bool by_pki;
    int64_t own_ends_s, other_ends_s;
};
/* What starts a guest at boot. */
struct hostcheck_entry {
    char *file, *guest, *uuid; /* uuid "": it has none */
};

struct hostcheck {
    char *rackhop;    /* its version */
    double clock_s;   /* since 1970 */
    int64_t free_mib; /* where records are kept; < 0: not known */
    char *state;      /* that folder */
    char *lldpd;      /* why it does not answer; NULL: it does */
    int64_t neighbours;
    struct hostcheck_peer *peer;
    size_t peer_n, peer_room;
    struct hostcheck_entry *entry;
    size_t entry_n, entry_room;
};

/* All zero is nothing found. These return 0 or -ENOMEM; texts are copied. */
int hostcheck_add_peer(struct hostcheck *h, const char *host, const char *why);
int hostcheck_set_way(struct hostcheck_peer *p, enum hostcheck_way way,
                      const char *why_ssh);
int hostcheck_add_entry(struct hostcheck *h, const char *file,
                        const char *guest, const char *uuid);
void hostcheck_dispose(struct hostcheck *h);

void hostcheck_write(struct json_out *o, const struct hostcheck *h);
/* 0, or a negative errno and a sentence in err; nothing is to be disposed of
 * then. */
int hostcheck_parse(struct hostcheck *h, const char *name, const void *text,
                    size_t len, struct msg *err);

#endif
