/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the flows of Open vSwitch's datapaths. */
#include "tools/doc/ovs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"
#include "tools/base/mac.h"

#define HEADER "flow-dump from "
#define BYTES  ", bytes:"

struct span {
    const char *at;
    size_t len;
};

/* FNV-1a. Who makes two of his own flows look the same is counted wrongly, and
 * nobody else: addresses and port are compared as they are. */
static uint64_t ovs_key(uint64_t key, struct span s)
{
    if (!key)
        key = 14695981039346656037u;
    while (s.len--)
        key = (key ^ (uint8_t)*s.at++) * 1099511628211u;
    return key;
}

/* What is behind the first `name` of it; at: NULL if there is none. */
static struct span ovs_behind(struct span s, const char *name)
{
    size_t len = strlen(name);
    const char *at = s.len ? memmem(s.at, s.len, name, len) : NULL;

    return at ? (struct span){ at + len, s.len - (size_t)(at - s.at) - len }
              : (struct span){ NULL, 0 };
}

/* 17 characters and the one that ends them; an address with a mask is none. */
static bool ovs_mac(struct span s, char end, uint64_t *mac)
{
    char text[MAC_TEXT];

    if (s.len < MAC_TEXT || s.at[MAC_TEXT - 1] != end)
        return false;
    memcpy(text, s.at, MAC_TEXT - 1);
    text[MAC_TEXT - 1] = '\0';
    return mac_parse(text, mac);
}

static bool ovs_number(struct span s, uint64_t *n)
{
    size_t i = 0;

    for (*n = 0; i < s.len && s.at[i] >= '0' && s.at[i] <= '9'; i++)
        if (__builtin_mul_overflow(*n, 10u, n) ||
            __builtin_add_overflow(*n, (unsigned)(s.at[i] - '0'), n))
            return false;
    return i && i < s.len && s.at[i] == ',';
}

/* What is in the brackets of name(..; at: NULL if there is no such match. */
static struct span ovs_of(struct span match, const char *name)
{
    struct span s = ovs_behind(match, name);
    const char *end = s.at ? memchr(s.at, ')', s.len) : NULL;

    return end ? (struct span){ s.at, (size_t)(end - s.at) }
               : (struct span){ NULL, 0 };
}

static bool ovs_port(struct ovs_flow *f, struct span match)
{
    struct span s = ovs_of(match, "in_port(");

    if (!s.len || s.len >= sizeof f->port || memchr(s.at, '\0', s.len))
        return false;
    memcpy(f->port, s.at, s.len);
    f->port[s.len] = '\0';
    return true;
}

/* MATCH, packets:N, bytes:N, used:N, actions:..; or -1: that is no flow; 0: it is
 * one that does not count. */
static int ovs_flow(struct ovs_flow *f, struct span line, uint64_t where)
{
    struct span rest = ovs_behind(line, ", packets:"), match, from;

    if (!rest.at)
        return -1;
    match = (struct span){ line.at, line.len - rest.len };
    from = ovs_behind(match, ",eth(src=");
    memset(f, 0, sizeof *f);
    f->key = ovs_key(where, match);
    f->pass = ovs_key(0, ovs_of(match, "recirc_id("));
    return from.at && ovs_port(f, match) && ovs_mac(from, ',', &f->from) &&
           ovs_mac(ovs_behind(from, ",dst="), ')', &f->to) &&
           ovs_number(ovs_behind(rest, BYTES), &f->bytes);
}

/* Takes the next line off, without its end. */
static struct span ovs_line(struct span *text)
{
    const char *end = memchr(text->at, '\n', text->len);
    struct span line = { text->at,
                         end ? (size_t)(end - text->at) : text->len };
    size_t taken = line.len + (end != NULL);

    text->at += taken;
    text->len -= taken;
    return line;
}

static bool ovs_is_header(struct span line)
{
    return line.len > strlen(HEADER) &&
           !memcmp(line.at, HEADER, strlen(HEADER));
}

int ovs_flows(struct ovs_flow **flow_r, size_t *n_r, const char *text,
              size_t len)
{
    struct span rest = { text, len };
    struct ovs_flow *flow = NULL;
    size_t n = 0, room = 0, strange = 0, flows = 0;
    uint64_t where = 0; /* each thread of a datapath has flows of its own */

    while (rest.len) {
        struct span line = ovs_line(&rest);
        int is;

        if (ovs_is_header(line)) {
            where = ovs_key(0, line);
            continue;
        }
        if (array_grow(&flow, &room, n + 1, sizeof *flow)) {
            free(flow);
            return -ENOMEM;
        }
        is = ovs_flow(&flow[n], line, where);
        flows += is >= 0;
        strange += is < 0 && line.len;
        n += is > 0;
    }
    if (strange && !flows) {
        free(flow);
        return -EINVAL;
    }
    *flow_r = flow;
    *n_r = n;
    return 0;
}
