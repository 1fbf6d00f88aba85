/* SPDX-License-Identifier: LGPL-2.1-only */
/* Formats and parses @lanes, of either host, and @pki. */
#include "libxl-ext/wire/word_parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void lanes_put_hex(char *to, const uint8_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        snprintf(to + 2 * i, 3, "%02x", from[i]);
}

static bool lanes_hex(const char **s, uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char two[3] = { (*s)[0], (*s)[0] ? (*s)[1] : '\0', '\0' };
        const char *at = two;
        uint64_t v;

        if (!word_hex(&at, 255, &v) || at != two + 2)
            return false;
        to[i] = (uint8_t)v;
        *s += 2;
    }
    return true;
}

size_t word_lanes_format(const struct word_lanes *l, char buf[WORD_LINE])
{
    char id[2 * WORD_LANES_ID + 1], key[2 * WORD_LANES_KEY + 1];
    size_t n;

    lanes_put_hex(id, l->id, WORD_LANES_ID);
    lanes_put_hex(key, l->key, WORD_LANES_KEY);
    n = word_put(buf, "%s %u %u %s %s %s%s",
                 l->pki ? WORD_MARK_PKI : WORD_MARK_LANES, WORD_LANES, l->port,
                 id, key, l->address, l->pki && l->only ? " only" : "");
    explicit_bzero(key, sizeof key);
    return n;
}

/* In numbers: nobody is asked for a name. */
static bool lanes_address(const char *s)
{
    struct in6_addr a;

    return inet_pton(AF_INET, s, &a) == 1 || inet_pton(AF_INET6, s, &a) == 1;
}

int word_lanes_parse(const char *line, struct word_lanes *l)
{
    struct word_lanes got = { .version = 0 };
    uint64_t v, port;
    const char *s;
    enum word_mark mark = word_mark_parse(line, &s);

    got.pki = mark == WORD_PKI;
    if ((mark != WORD_LANE && mark != WORD_PKI) ||
        word_version_parse(line, mark, &got.version))
        return -EINVAL;
    if (!word_number(&s, UINT32_MAX, &v) || !word_skip(&s, " ") ||
        !word_number(&s, UINT16_MAX, &port) || !port || !word_skip(&s, " ") ||
        !lanes_hex(&s, got.id, WORD_LANES_ID) || !word_skip(&s, " ") ||
        !lanes_hex(&s, got.key, WORD_LANES_KEY) || !word_skip(&s, " ") ||
        !word_field(&s, got.address, sizeof got.address - 1) ||
        !lanes_address(got.address))
        return -EINVAL;
    got.port = (unsigned)port;
    got.only = got.pki && word_skip(&s, " only") && (!*s || *s == ' ');
    *l = got;
    explicit_bzero(&got, sizeof got);
    return 0;
}

size_t word_lanes_take_format(unsigned patience_s, char buf[WORD_LINE])
{
    return word_put(buf, WORD_MARK_LANES " %u %u", WORD_LANES, patience_s);
}

int word_lanes_take_parse(const char *line, unsigned *patience_s_r)
{
    const char *s;
    uint64_t version, patience;

    if (word_mark_parse(line, &s) != WORD_LANE)
        return -ENOENT;
    if (!word_number(&s, WORD_LANES, &version) || version != WORD_LANES ||
        !word_skip(&s, " ") || !word_number(&s, WORD_PATIENCE, &patience) ||
        (*s && *s != ' '))
        return -EINVAL;
    *patience_s_r = (unsigned)patience;
    return 0;
}

size_t word_no_lanes_format(const char *why, char buf[WORD_LINE])
{
    size_t n = word_put(buf, WORD_MARK_NOLANES " %.255s", why);

    for (size_t i = 0; i + 1 < n; i++)
        if ((unsigned char)buf[i] < ' ' || buf[i] == 0x7f)
            buf[i] = '?';
    return n;
}
