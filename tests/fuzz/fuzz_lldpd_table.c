/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Takes any bytes for what lldpd's reader tells. What is believed is merged,
 * and what is written of it is read again as the same.
 */
#include <stdio.h>

#include "tests/fuzz/topo_target.h"
#include "topology/lldpd_table.h"

static char *table_text(const struct topo_view *v, size_t *len_r)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, len_r);

    if (!f)
        abort();
    lldpd_table_write(f, v);
    fclose(f);
    return text;
}

/* What is written of what is read of a text, to be freed. */
static char *text_again(const char *text, size_t len, size_t *len_r)
{
    struct msg why = MSG_NONE;
    struct topo_view v;
    char *again;

    topo_view_init(&v);
    if (lldpd_table_parse(&v, text, len, &why))
        abort();
    again = table_text(&v, len_r);
    topo_view_dispose(&v);
    return again;
}

/* The first text may have cut a value behind a blank, which the second one
 * leaves out. From there on nothing changes. */
static void reads_again(const struct topo_view *v)
{
    size_t len[3] = { 0, 0, 0 };
    char *text[3];

    text[0] = table_text(v, &len[0]);
    for (int i = 1; i < 3; i++)
        text[i] = text_again(text[i - 1], len[i - 1], &len[i]);
    if (len[1] != len[2] || memcmp(text[1], text[2], len[1]))
        abort();
    for (int i = 0; i < 3; i++)
        free(text[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct msg why = MSG_NONE;
    struct topo_view v;

    topo_view_init(&v);
    if (!lldpd_table_parse(&v, (const char *)data, size, &why)) {
        reads_again(&v);
        v.has_table = true;
        merge_and_ask(&v, NULL);
    } else if (!*why.text) {
        abort();
    }
    topo_view_dispose(&v);
    return 0;
}
