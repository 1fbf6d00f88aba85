/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what `nft -j list set` prints of pairs of MAC addresses. */
#include "tools/doc/nft.h"

#include <errno.h>
#include <stdlib.h>

#include "tools/base/mac.h"
#include "tools/doc/json.h"

/* { "elem": { "val": { "concat": [ MAC, MAC ] }, "counter": { "bytes": N } } } */
static bool nft_pair(struct nft_pair *p, const struct json *v)
{
    const struct json *elem = json_get(v, "elem");
    const struct json *key = json_get(json_get(elem, "val"), "concat");
    const struct json *bytes = json_get(json_get(elem, "counter"), "bytes");
    const struct json *from = key ? key->child : NULL;
    const struct json *to = from ? from->next : NULL;

    if (!to || to->next || from->type != JSON_STR || to->type != JSON_STR ||
        !bytes || bytes->type != JSON_INT || bytes->num_int < 0)
        return false;
    p->bytes = (uint64_t)bytes->num_int;
    return mac_parse(from->str, &p->from) && mac_parse(to->str, &p->to);
}

static int by_addresses(const void *pa, const void *pb)
{
    const struct nft_pair *a = pa, *b = pb;

    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return a->to < b->to ? -1 : a->to > b->to;
}

static size_t nft_once(struct nft_pair *pair, size_t n)
{
    size_t kept = 0;

    if (n)
        qsort(pair, n, sizeof *pair, by_addresses);
    for (size_t i = 0; i < n; i++)
        if (!kept || by_addresses(&pair[kept - 1], &pair[i]))
            pair[kept++] = pair[i];
    return kept;
}

static const struct json *nft_set(const struct json *top)
{
    JSON_FOREACH(v, json_get(top, "nftables")) {
        const struct json *set = json_get(v, "set");

        if (set && set->type == JSON_OBJ)
            return set;
    }
    return NULL;
}

int nft_pairs(struct nft_pair *pair, size_t most, const char *text, size_t len)
{
    static const struct json_limits limits = { .bytes = NFT_BYTES,
                                               .values = 1 << 18 };
    struct json_doc *doc = NULL;
    const struct json *set;
    struct msg err;
    size_t n = 0;
    int rc = json_parse(&doc, "nft", text, len, NULL, &limits, &err);

    if (rc)
        return rc == -ENOMEM ? rc : -EINVAL;
    set = nft_set(json_root(doc));
    JSON_FOREACH(v, json_get(set, "elem"))
        if (n < most && nft_pair(&pair[n], v))
            n++;
    rc = set ? (int)nft_once(pair, n) : -EINVAL;
    json_free(doc);
    return rc;
}
