/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads any bytes as the text of an SNMP walk, and merges what came out. */
#include "tests/fuzz/topo_target.h"
#include "topology/source.h"

#include "tools/base/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct topo_view v;
    struct msg err = MSG_NONE;

    topo_view_init(&v);
    if (!topo_snmptext_parse(&v, "f", (const char *)data, size, &err))
        merge_and_ask(&v, NULL);
    else if (!*err.text)
        abort(); /* a refusal without its reason */
    topo_view_dispose(&v);
    return 0;
}
