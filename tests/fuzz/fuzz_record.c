/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads any bytes as a handover record and as a source host's first line. */
#include <stdlib.h>
#include <string.h>

#include "tools/move/records.h"

#include "tools/base/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const struct record *r)
{
    char *text = record_format(r);
    struct msg err;
    struct record same;

    if (!text || record_parse(&same, "again", text, &err) ||
        same.epoch != r->epoch || same.state != r->state)
        abort();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct msg err;
    struct record r;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!record_parse(&r, "fuzz", text, &err))
        again(&r);
    memset(&r, 0, sizeof r);
    if (!move_line_parse(text, &r)) {
        if (*r.id == '.' || *r.id == '-')
            *r.id = 'x'; /* one of 0.1.0, as a new one may not be */
        if (!r.epoch || !record_id_ok(r.id))
            abort();
    }
    free(text);
    return 0;
}
