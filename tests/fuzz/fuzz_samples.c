/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any bytes as what another host has sampled: what can be read is written, and
 * read again the same. */
#include <stdlib.h>
#include <string.h>

#include "tools/doc/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_out *o;
    struct samples s, same;
    struct msg err;
    size_t len;
    char *text;

    if (samples_parse(&s, (const char *)data, size, &err))
        return 0;
    o = json_text_new(false);
    if (!o)
        abort();
    samples_write(o, &s);
    text = json_text_free(o, &len);
    if (!text || samples_parse(&same, text, len, &err) || same.n != s.n ||
        same.host != s.host || strcmp(same.uuid, s.uuid) != 0)
        abort();
    samples_dispose(&same);
    samples_dispose(&s);
    free(text);
    return 0;
}
