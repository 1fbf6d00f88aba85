/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the pre-copy policy in words, and as the text for the save helper. */
#include "libxl-ext/policy.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
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
    case XLX_WHY_PAUSE:
        return "the guest would be suspended for longer than it may be";
    case XLX_WHY_FEW: return "few enough pages are dirty";
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
                 "max_seconds=%u on_limit=%s budget_pct=%u max_pause_ms=%u "
                 "overhead_ms=%u min_remaining=%u throttle=%u "
                 "leave_out=%u",
                 p->bandwidth, p->downtime_ms, p->max_rounds, p->max_seconds,
                 xlx_verdict_name(p->on_limit), p->budget_pct, p->max_pause_ms,
                 p->overhead_ms, p->min_remaining, p->throttle, p->leave_out);

    return n < 0 || (size_t)n >= len ? -ENOSPC : 0;
}

/* A value's text, which ends where the pair does. */
struct value {
    const char *at;
    size_t len;
};

static int policy_parse_u64(struct value v, uint64_t max, uint64_t *r)
{
    *r = 0;
    if (!v.len || v.len > 20)
        return -EINVAL;
    for (size_t i = 0; i < v.len; i++) {
        unsigned digit = (unsigned)(v.at[i] - '0');

        if (digit > 9 || *r > (max - digit) / 10)
            return -EINVAL;
        *r = *r * 10 + digit;
    }
    return 0;
}

static int policy_parse_bandwidth(struct value v, void *to)
{
    return policy_parse_u64(v, UINT64_MAX, to);
}

static int policy_parse_number(struct value v, void *to)
{
    uint64_t n;
    int rc = policy_parse_u64(v, 1u << 30, &n);

    if (!rc)
        *(unsigned *)to = (unsigned)n;
    return rc;
}

static int policy_parse_limit(struct value v, void *to)
{
    static const enum xlx_verdict may[] = { XLX_STOP, XLX_ABORT };

    for (size_t i = 0; i < sizeof may / sizeof may[0]; i++) {
        const char *name = xlx_verdict_name(may[i]);

        if (v.len == strlen(name) && !memcmp(v.at, name, v.len)) {
            *(enum xlx_verdict *)to = may[i];
            return 0;
        }
    }
    return -EINVAL;
}

#define AT(field_) offsetof(struct xlx_policy, field_)
static const struct policy_key {
    const char *name;
    int (*parse)(struct value v, void *to);
    size_t at;
} policy_keys[] = {
    { "bandwidth", policy_parse_bandwidth, AT(bandwidth) },
    { "downtime_ms", policy_parse_number, AT(downtime_ms) },
    { "max_rounds", policy_parse_number, AT(max_rounds) },
    { "max_seconds", policy_parse_number, AT(max_seconds) },
    { "on_limit", policy_parse_limit, AT(on_limit) },
    { "budget_pct", policy_parse_number, AT(budget_pct) },
    { "max_pause_ms", policy_parse_number, AT(max_pause_ms) },
    { "overhead_ms", policy_parse_number, AT(overhead_ms) },
    { "min_remaining", policy_parse_number, AT(min_remaining) },
    { "throttle", policy_parse_number, AT(throttle) },
    { "leave_out", policy_parse_number, AT(leave_out) },
};
#undef AT
enum { POLICY_KEYS = sizeof policy_keys / sizeof policy_keys[0] };

/* The key of that name; POLICY_KEYS: there is none. */
static unsigned policy_key(const char *name, size_t len)
{
    unsigned k = 0;

    while (k < POLICY_KEYS && (strlen(policy_keys[k].name) != len ||
                               memcmp(policy_keys[k].name, name, len)))
        k++;
    return k;
}

int xlx_policy_parse(struct xlx_policy *p, const char *s)
{
    unsigned seen = 0;

    xlx_policy_init(p);
    for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
        size_t len = strcspn(s, " "), name = strcspn(s, "=");
        unsigned k = name < len ? policy_key(s, name) : POLICY_KEYS;
        struct value v = { s + name + 1, len - name - 1 };

        if (k == POLICY_KEYS || seen & 1u << k ||
            policy_keys[k].parse(v, (char *)p + policy_keys[k].at))
            return -EINVAL;
        seen |= 1u << k;
        s += len;
    }
    return 0;
}
