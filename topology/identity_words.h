/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the ports of a view by the words that they go by, other than their
 * names: MAC addresses, IDs, descriptions. A view of many ports has its words
 * sorted for that; a view of few is looked through.
 */
#ifndef RACKHOP_TOPOLOGY_IDENTITY_WORDS_H
#define RACKHOP_TOPOLOGY_IDENTITY_WORDS_H

#include "topology/view.h"

enum port_word {
    PORT_MAC,
    PORT_ID,
    PORT_DESCR,
    PORT_IF_DESCR,
    PORT_ALIAS,
    PORT_WORDS,
};

struct port_words; /* opaque */

/* Sorts the words of a view that stays as it is. *words_r is NULL for a view
 * of few ports. 0 or -ENOMEM. */
int port_words_new(const struct topo_view *v, struct port_words **words_r);
void port_words_free(struct port_words *w); /* NULL is fine */

/* The first port from that number on that goes by the word, or NULL. */
const struct topo_port *port_words_find(const struct topo_view *v,
                                        const struct port_words *w,
                                        enum port_word kind, const char *word,
                                        size_t from);

#endif
