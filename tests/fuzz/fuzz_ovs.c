/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads any bytes as Open vSwitch's flows: the first half as one look, all of
 * them as the next. */
#include <stdlib.h>
#include <string.h>

#include "tools/daemon/talk_flows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 512 };

static struct talk_vif vif[] = {
    { "vif7.0", 7, 0x00163e000001, true, true, true },
    { "vif8.0", 8, 0x00163e000002, true, true, true },
};

static void look(struct talk_flows *f, const char *text, size_t size)
{
    static struct nft_pair pair[MOST];
    struct talk_vifs v = { .vif = vif, .n = 2, .ovs = 2 };
    struct talk_loud loud = { .guest = { { 0, 0 } } };
    struct ovs_flow *flow;
    size_t n;

    if (ovs_flows(&flow, &n, text, size))
        return;
    for (size_t i = 0; i < n; i++)
        if (!memchr(flow[i].port, '\0', sizeof flow[i].port))
            abort();
    n = talk_flows_look(f, flow, n, &v, &loud, pair, MOST);
    if (n > MOST)
        abort();
    for (size_t i = 1; i < n; i++)
        if (pair[i].from < pair[i - 1].from ||
            (pair[i].from == pair[i - 1].from && pair[i].to <= pair[i - 1].to))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct talk_flows f = { .n = 0 };

    look(&f, (const char *)data, size / 2);
    look(&f, (const char *)data, size);
    talk_flows_dispose(&f);
    return 0;
}
