/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The lanes of a move (libxl-ext/carrier.h) at each host: which address and
 * port the target host listens on, and what the source host makes of its offer.
 */
#ifndef RACKHOP_MOVE_LANES_H
#define RACKHOP_MOVE_LANES_H

#include <stdbool.h>

#include "libxl-ext/carrier.h"
#include "tools/base/msg.h"
#include "tools/move/pki.h"

/* What of this host's settings is for lanes. Borrowed strings. */
struct lanes_wish {
    const char *program; /* rackhop-wire; NULL: no lanes are wanted */
    const char *network; /* migration_network; NULL: where ssh came to */
    const char *ports;   /* wire_ports */
    unsigned lanes, patience_s;
    struct pki_wish pki;
};

/* Why there are no lanes, to a rackhop that knows no certificates. */
extern const char lanes_pki_only[];

/* At the target host: listens, and says in *offer what the source host is
 * told. 0, or a negative errno and why there are none. */
int lanes_listen(const struct lanes_wish *w, struct xlx_carrier *c,
                 struct word_lanes *offer, struct msg *why);

/* The sentence of a source host whose lanes did not come up. */
void lanes_not_up(struct msg *text, unsigned port, const char *host,
                  bool by_pki, const char *why);

/* At the source host: begins to connect, if both hosts want certificates, or
 * none does; the key of the offer is wiped. The same. */
int lanes_connect(const struct lanes_wish *w, struct xlx_carrier *c,
                  struct word_lanes *offer, struct msg *why);

#endif
