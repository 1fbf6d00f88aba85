/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what `nft -j list set` prints of a set of pairs of MAC addresses, each
 * with a counter. */
#ifndef RACKHOP_DOC_NFT_H
#define RACKHOP_DOC_NFT_H

#include <stddef.h>
#include <stdint.h>

enum { NFT_BYTES = 4 << 20 }; /* of its output, at most */

struct nft_pair {
    uint64_t from, to; /* MAC addresses: tools/base/mac.h */
    uint64_t bytes;
};

/*
 * Fills pair with at most `most`, each once, in the order of their addresses; what is
 * no pair is left out. How many, or -EINVAL: it is no JSON of nft, or has no
 * set; or -ENOMEM.
 */
int nft_pairs(struct nft_pair *pair, size_t most, const char *text,
              size_t len);

#endif
