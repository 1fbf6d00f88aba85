/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Turns control messages between a move and its save helper into text and
 * back.
 */
#include "libxl-ext/ctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = {
    [XLX_CTL_ROUND] = "round",       [XLX_CTL_PHASE] = "phase",
    [XLX_CTL_INFLIGHT] = "inflight", [XLX_CTL_CUTOVER] = "cutover",
    [XLX_CTL_HOLD] = "hold",         [XLX_CTL_RELEASE] = "release",
    [XLX_CTL_ABORT] = "abort",       [XLX_CTL_RATE] = "rate",
    [XLX_CTL_LINK] = "link",         [XLX_CTL_TAIL] = "tail",
};
enum { WORDS = sizeof words / sizeof words[0], ROUND_FIELDS = 16 };

size_t xlx_ctl_format(const struct xlx_ctl *c, char *buf)
{
    int n;

    switch (c->type) {
    case XLX_CTL_ROUND:
        n = snprintf(
            buf, XLX_CTL_MAX,
            "round t=%" PRIu64 " i=%u sent=%" PRIu64 " dirty=%" PRId64
            " after=%d verdict=%d why=%d rate=%" PRIu64 " drate=%" PRIu64
            " dset=%" PRIu64 " pause=%" PRId64 " next=%" PRId64 " eta=%" PRId64
            " wire=%" PRIu64 " throttle=%u left=%" PRIu64,
            c->now_us, c->iteration, c->sent, c->dirty, c->after,
            (int)c->verdict, (int)c->why, c->rate, c->dirty_rate, c->dirty_set,
            c->pause_ms, c->next_ms, c->eta_ms, c->wire, c->throttle, c->left);
        break;
    case XLX_CTL_PHASE:
    case XLX_CTL_LINK:
        n = snprintf(buf, XLX_CTL_MAX, "%s t=%" PRIu64 " v=%" PRIu64,
                     words[c->type], c->now_us, c->value);
        break;
    case XLX_CTL_INFLIGHT:
    case XLX_CTL_RATE:
        n = snprintf(buf, XLX_CTL_MAX, "%s v=%" PRIu64, words[c->type],
                     c->value);
        break;
    case XLX_CTL_CUTOVER:
    case XLX_CTL_HOLD:
    case XLX_CTL_RELEASE:
    case XLX_CTL_ABORT:
    case XLX_CTL_TAIL:
    default: n = snprintf(buf, XLX_CTL_MAX, "%s", words[c->type]);
    }
    return (size_t)n;
}

/* Reads " KEY=NUMBER" at *s and moves *s past it. Only -1 may be negative. */
static bool ctl_number(const char **s, const char *key, uint64_t max,
                       int64_t *r)
{
    size_t k = strlen(key);
    uint64_t v = 0;
    const char *p = *s;

    if (*p != ' ' || strncmp(p + 1, key, k) || p[k + 1] != '=')
        return false;
    p += k + 2;
    if (p[0] == '-' && p[1] == '1' && (p[2] == ' ' || !p[2])) {
        *r = -1;
        *s = p + 2;
        return true;
    }
    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++) {
        unsigned digit = (unsigned)(*p - '0');

        if (digit > max || v > (max - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *r = (int64_t)v;
    *s = p;
    return true;
}

static bool ctl_parse_round(struct xlx_ctl *c, const char *s)
{
    static const struct {
        const char *key;
        uint64_t max;
        bool negative; /* -1 is allowed */
    } f[ROUND_FIELDS] = {
        { "t", INT64_MAX, false },      { "i", 1u << 30, false },
        { "sent", INT64_MAX, false },   { "dirty", INT64_MAX, true },
        { "after", 1, false },          { "verdict", XLX_WAIT, false },
        { "why", XLX_WHY_LAST, false }, { "rate", INT64_MAX, false },
        { "drate", INT64_MAX, false },  { "dset", INT64_MAX, false },
        { "pause", INT64_MAX, true },   { "next", INT64_MAX, true },
        { "eta", INT64_MAX, true },     { "wire", INT64_MAX, false },
        { "throttle", 100, false },     { "left", INT64_MAX, false },
    };
    int64_t v[ROUND_FIELDS];

    for (int i = 0; i < ROUND_FIELDS; i++) {
        if (!ctl_number(&s, f[i].key, f[i].max, &v[i]))
            return false;
        if (v[i] < 0 && !f[i].negative)
            return false;
    }
    c->now_us = (uint64_t)v[0];
    c->iteration = (unsigned)v[1];
    c->sent = (uint64_t)v[2];
    c->dirty = v[3];
    c->after = v[4];
    c->verdict = (enum xlx_verdict)v[5];
    c->why = (enum xlx_reason)v[6];
    c->rate = (uint64_t)v[7];
    c->dirty_rate = (uint64_t)v[8];
    c->dirty_set = (uint64_t)v[9];
    c->pause_ms = v[10];
    c->next_ms = v[11];
    c->eta_ms = v[12];
    c->wire = (uint64_t)v[13];
    c->throttle = (unsigned)v[14];
    c->left = (uint64_t)v[15];
    return !*s;
}

int xlx_ctl_parse(struct xlx_ctl *c, const char *data, size_t len)
{
    char buf[XLX_CTL_MAX];
    const char *s = buf;
    int64_t t = 0, v = 0;
    int type;

    *c = (struct xlx_ctl){ .dirty = -1 };
    if (len >= sizeof buf || memchr(data, '\0', len))
        return -EINVAL;
    memcpy(buf, data, len);
    buf[len] = '\0';
    for (type = 0; type < WORDS; type++) {
        size_t n = strlen(words[type]);

        if (!strncmp(s, words[type], n) && (!s[n] || s[n] == ' ')) {
            s += n;
            break;
        }
    }
    switch (type) {
    case XLX_CTL_ROUND:
        if (!ctl_parse_round(c, s))
            return -EINVAL;
        break;
    case XLX_CTL_PHASE:
        if (!ctl_number(&s, "t", INT64_MAX, &t) || t < 0 ||
            !ctl_number(&s, "v", XLX_PHASE_ARMED, &v) || v < 1 || *s)
            return -EINVAL;
        break;
    case XLX_CTL_INFLIGHT:
    case XLX_CTL_RATE:
        if (!ctl_number(&s, "v", INT64_MAX, &v) || v < 0 || *s)
            return -EINVAL;
        break;
    case XLX_CTL_LINK:
        if (!ctl_number(&s, "t", INT64_MAX, &t) || t < 0 ||
            !ctl_number(&s, "v", 1, &v) || v < 0 || *s)
            return -EINVAL;
        break;
    case XLX_CTL_CUTOVER:
    case XLX_CTL_HOLD:
    case XLX_CTL_RELEASE:
    case XLX_CTL_ABORT:
    case XLX_CTL_TAIL:
        if (*s)
            return -EINVAL;
        break;
    default: return -EINVAL;
    }
    c->type = (enum xlx_ctl_type)type;
    if (type == XLX_CTL_PHASE || type == XLX_CTL_LINK)
        c->now_us = (uint64_t)t;
    if (type != XLX_CTL_ROUND)
        c->value = (uint64_t)v;
    return 0;
}
