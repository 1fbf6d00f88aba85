/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the pre-copy policy in words, and as the text for the save helper. */
#include "libxl-ext/policy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *xlx_reason_text(enum xlx_reason r)
{
    switch (r) {
    case XLX_WHY_FIRST: return "first pass";
    case XLX_WHY_TARGET: return "the rest fits the downtime target";
    case XLX_WHY_GAIN: return "another round shortens the pause";
    case XLX_WHY_STALLED:
        return "rounds have stopped gaining: the guest dirties its memory "
               "as fast as the link carries it";
    case XLX_WHY_ROUNDS: return "the limit of rounds is reached";
    case XLX_WHY_DEADLINE: return "the deadline is reached";
    case XLX_WHY_CUTOVER: return "cut over on command";
    case XLX_WHY_HOLD: return "held warm on command";
    case XLX_WHY_ABORT: return "aborted on command";
    case XLX_WHY_DRAIN: return "waiting for what is in flight";
    case XLX_WHY_LITTLE:
        return "a further round would shorten the pause by too little";
    case XLX_WHY_BUDGET:
        return "a further round would take more time than the pause is worth";
    }
    return "?";
}

const char *xlx_verdict_name(enum xlx_verdict v)
{
    switch (v) {
    case XLX_CONTINUE: return "continue";
    case XLX_STOP: return "stop";
    case XLX_ABORT: return "abort";
    case XLX_WAIT: return "wait";
    }
    return "?";
}

int xlx_policy_format(const struct xlx_policy *p, char *buf, size_t len)
{
    int n =
        snprintf(buf, len,
                 "bandwidth=%" PRIu64 " downtime_ms=%u max_rounds=%u "
                 "max_seconds=%u on_limit=%s budget_pct=%u",
                 p->bandwidth, p->downtime_ms, p->max_rounds, p->max_seconds,
                 xlx_verdict_name(p->on_limit), p->budget_pct);

    return n < 0 || (size_t)n >= len ? -ENOSPC : 0;
}

static int policy_parse_u64(const char *s, size_t len, uint64_t max,
                            uint64_t *r)
{
    *r = 0;
    if (!len || len > 20)
        return -EINVAL;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(s[i] - '0');

        if (digit > 9 || *r > (max - digit) / 10)
            return -EINVAL;
        *r = *r * 10 + digit;
    }
    return 0;
}

int xlx_policy_parse(struct xlx_policy *p, const char *s)
{
    static const char *const keys[] = { "bandwidth=",  "downtime_ms=",
                                        "max_rounds=", "max_seconds=",
                                        "on_limit=",   "budget_pct=" };
    enum { KEYS = sizeof keys / sizeof keys[0], ON_LIMIT = 4 };
    unsigned seen = 0;

    xlx_policy_init(p);
    for (;;) {
        size_t len, k, klen;
        uint64_t v;

        s += strspn(s, " ");
        if (!*s)
            return 0;
        len = strcspn(s, " ");
        for (k = 0; k < KEYS; k++)
            if (!strncmp(s, keys[k], strlen(keys[k])))
                break;
        if (k == KEYS || seen & 1u << k)
            return -EINVAL;
        seen |= 1u << k;
        klen = strlen(keys[k]);
        if (k == ON_LIMIT) {
            if (len - klen == 4 && !strncmp(s + klen, "stop", 4))
                p->on_limit = XLX_STOP;
            else if (len - klen == 5 && !strncmp(s + klen, "abort", 5))
                p->on_limit = XLX_ABORT;
            else
                return -EINVAL;
        } else {
            if (policy_parse_u64(s + klen, len - klen,
                                 k ? 1u << 30 : UINT64_MAX, &v))
                return -EINVAL;
            switch (k) {
            case 0: p->bandwidth = v; break;
            case 1: p->downtime_ms = (unsigned)v; break;
            case 2: p->max_rounds = (unsigned)v; break;
            case 3: p->max_seconds = (unsigned)v; break;
            case 5: p->budget_pct = (unsigned)v; break;
            }
        }
        s += len;
    }
}
