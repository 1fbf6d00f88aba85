/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads any bytes as a cabling plan, merges it, writes it and reads it
 * again. */
#include <stdio.h>

#include "tests/fuzz/topo_target.h"
#include "topology/export.h"

#include "tools/base/msg.h"

static void read_back(const struct topo_cabling *cabling)
{
    struct topo_cabling again = { .cable = NULL };
    struct topo_map m;
    char *text = NULL;
    struct msg err;
    size_t len;
    FILE *f;

    topo_map_init(&m);
    if (topo_merge(&m, NULL, 0, cabling))
        goto out;
    f = open_memstream(&text, &len);
    topo_write_dot(m.topo, f);
    fclose(f);
    if (topo_dot_parse(&again, "f", text, len, &err) ||
        again.cables != topo_links(m.topo))
        abort(); /* what we write we must be able to read */
    free(text);
out:
    topo_cabling_dispose(&again);
    topo_map_dispose(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct topo_cabling cabling = { .cable = NULL };
    struct topo_view v;
    struct msg err = MSG_NONE;

    topo_view_init(&v);
    if (!topo_dot_parse(&cabling, "f", (const char *)data, size, &err)) {
        merge_and_ask(&v, &cabling);
        read_back(&cabling);
    } else if (!*err.text) {
        abort();
    }
    topo_view_dispose(&v);
    topo_cabling_dispose(&cabling);
    return 0;
}
