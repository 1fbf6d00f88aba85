/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any bytes as what a host found of itself: what is believed can be written, and
 * reads back the same. */
#include <stdlib.h>
#include <string.h>

#include "tools/doc/hostcheck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *text_of(const struct hostcheck *h, size_t *len)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        abort();
    hostcheck_write(o, h);
    return json_text_free(o, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hostcheck h, again;
    struct msg err;
    char *text, *same;
    size_t len, same_len;

    if (hostcheck_parse(&h, "fuzz", data, size, &err))
        return 0;
    text = text_of(&h, &len);
    if (!text || hostcheck_parse(&again, "again", text, len, &err))
        abort();
    same = text_of(&again, &same_len);
    if (!same || len != same_len || memcmp(text, same, len))
        abort();
    hostcheck_dispose(&h);
    hostcheck_dispose(&again);
    free(text);
    free(same);
    return 0;
}
