/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The files of certificates (libvirt's), and whose of other hosts count: read
 * here, where there are rights to, for rackhop-wire, which has none.
 *
 *     /etc/pki/CA/cacert.pem            or DIR/cacert.pem
 *     /etc/pki/CA/cacrl.pem             DIR/cacrl.pem; need not be there
 *     /etc/pki/libvirt/servercert.pem   DIR/servercert.pem: the target host's
 *     /etc/pki/libvirt/private/serverkey.pem   DIR/serverkey.pem
 *     clientcert.pem, clientkey.pem     likewise, the source host's
 */
#ifndef RACKHOP_MOVE_PKI_H
#define RACKHOP_MOVE_PKI_H

#include <stdbool.h>

#include "libxl-ext/carrier.h"
#include "tools/base/msg.h"
#include "tools/config.h"

/* What of this host's settings is for certificates. Borrowed. */
struct pki_wish {
    bool wanted, required;       /* wire_pki */
    const char *dir;             /* wire_pki_dir; NULL: libvirt's */
    const struct strlist *hosts; /* wire_pki_hosts */
    /* At the source host: what the target host is called here, and how ssh
     * reached it, "root@10.0.0.2". Its certificate has one of the two. */
    const char *host, *address;
};

struct pki_wish pki_wish(const struct config *conf);
/* Puts all that is needed into s, for s->source or for the target host.
 * 0, or a negative errno and why not: a sentence whose subject is "it" at the
 * target host. */
int pki_load(const struct pki_wish *p, struct lane_start *s, struct msg *why);
/* Wipes it, and frees it; may be called twice. */
void pki_forget(struct lane_start *s);

#endif
