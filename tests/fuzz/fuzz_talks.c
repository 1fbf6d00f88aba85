/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads any bytes as nft's answer, read twice, and as what guests of a host send
 * each other. */
#include <stdlib.h>

#include "tools/daemon/talk.h"
#include "tools/doc/talks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void counted(const char *text, size_t size)
{
    static struct nft_pair pair[TALK_READ];
    static struct talks_pair top[TALKS_PAIRS];
    int n = nft_pairs(pair, TALK_READ, text, size);
    struct talks told = { .nft = true, .pair = top };
    struct talk t = { .n = 0 };

    for (int i = 0; i < 2 && n >= 0; i++) {
        if (talk_read(&t, pair, (size_t)n >> i))
            abort();
        talk_minute(&t, 60, 0);
        talk_top(&t, &told);
        if (told.pairs > TALKS_PAIRS)
            abort();
    }
    for (int i = 1; i < n; i++)
        if (pair[i].from < pair[i - 1].from)
            abort();
    talk_dispose(&t);
}

static void told(const char *text, size_t size)
{
    struct talks t, again;
    struct msg err;
    size_t len;
    char *out;

    if (talks_parse(&t, text, size, &err))
        return;
    out = talks_format(&t, &len);
    if (!out || talks_parse(&again, out, len, &err) ||
        again.pairs != t.pairs || again.macs != t.macs)
        abort();
    talks_dispose(&again);
    talks_dispose(&t);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    counted((const char *)data, size);
    told((const char *)data, size);
    return 0;
}
