/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads any bytes as what a Linux switch answers over ssh: its table, its
 * chassis and its ports. What comes out is fit for a terminal.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/topo_target.h"
#include "tools/base/msg.h"
#include "tools/base/text.h"
#include "tools/cluster/lldpcli.h"

static void is_clean(const char *s)
{
    size_t n = s ? strlen(s) : 0;
    char *again = malloc(3 * n + 1);

    if (again && s && strcmp(text_printable(again, 3 * n + 1, s, n), s))
        abort();
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct msg err = MSG_NONE;
    struct topo_view v;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    topo_view_init(&v);
    topo_str(&v, &v.name, "sw1");
    if (!lldpcli_parse(&v, text, &err))
        merge_and_ask(&v, NULL);
    else if (!*err.text)
        abort(); /* a refusal without its reason */
    is_clean(v.sysname);
    is_clean(v.chassis.value);
    for (size_t i = 0; i < v.ports; i++)
        is_clean(v.port[i].name);
    topo_view_dispose(&v);
    free(text);
    return 0;
}
