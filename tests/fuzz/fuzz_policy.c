/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as a policy's text, and what follows its line as rounds of a move:
 * the decision is one of four, and before a round always to go on.
 */
#include "libxl-ext/policy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct raw {
    int64_t dirty;
    uint64_t us, inflight;
};

static void decide(const struct xlx_policy *p, const uint8_t *data,
                   size_t size)
{
    struct xlx_history h;
    struct xlx_outlook o;
    struct xlx_round r = { .now_us = 1 };
    struct raw raw;

    xlx_history_init(&h, size * 977);
    for (; size >= sizeof raw; data += sizeof raw, size -= sizeof raw) {
        enum xlx_verdict v;

        memcpy(&raw, data, sizeof raw);
        r.dirty = raw.dirty;
        r.now_us += raw.us % (1ull << 40);
        r.inflight = raw.inflight;
        v = xlx_policy_decide(p, &h, &r, &o);
        if (!strcmp(xlx_verdict_name(v), "?"))
            abort();
        if (v > XLX_WAIT || (!r.after && v != XLX_CONTINUE))
            abort();
        if (isnan(o.rate) || isnan(o.pause_ms) || isnan(o.next_ms) ||
            isnan(o.eta_s) || isnan(o.dirty_rate))
            abort();
        if (r.after && h.rounds >= (p->max_rounds ? p->max_rounds : 30) &&
            v == XLX_CONTINUE)
            abort(); /* it would go on for ever */
        if (v != XLX_WAIT) {
            r.iteration += !r.after;
            r.after = !r.after;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    size_t len = end ? (size_t)(end - data) : size;
    char *text = malloc(len + 1), first[256], again[256];
    struct xlx_policy p;

    if (!text)
        return 0;
    memcpy(text, data, len);
    text[len] = '\0';
    if (!xlx_policy_parse(&p, text)) {
        if (xlx_policy_format(&p, first, sizeof first) ||
            xlx_policy_parse(&p, first) ||
            xlx_policy_format(&p, again, sizeof again) || strcmp(first, again))
            abort();
        if (end)
            decide(&p, end + 1, size - len - 1);
    }
    free(text);
    return 0;
}
