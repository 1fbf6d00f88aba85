/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds out of the facts of all hosts which guests talk with each other. */
#include "tools/doc/sight_talks.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "tools/base/grow.h"
#include "tools/base/mac.h"
#include "tools/doc/talks.h"

enum { GUEST_MACS = 64 }; /* of one guest; more are not looked at */

static const double MBPS_MOST = 1e7;
/* Who takes data in sends some back: of TCP, an acknowledgement of some 60 bytes
 * for each two frames of 1500. */
static const double ANSWERED = 64;

void sight_talks_dispose(struct sight_talks *t)
{
    free(t->sends);
    free(t->address);
    *t = (struct sight_talks){ .n = 0 };
}

static int talks_address(struct sight_talks *t, uint32_t guest,
                         const struct json *v)
{
    uint64_t mac;

    if (v->type != JSON_STR || !mac_parse(v->str, &mac) || mac_is_group(mac))
        return 0;
    if (array_grow(&t->address, &t->address_room, t->addresses + 1,
                   sizeof *t->address))
        return -ENOMEM;
    t->address[t->addresses++] = (struct sight_address){ mac, guest };
    return 0;
}

/* What is there now, and has been there most of the time. */
static double talks_lasts(const struct json *v)
{
    double now = json_get_num(v, "mbps", -1);
    double most = json_get_num(v, "mbps_p25", -1);

    return now > 0 && now <= MBPS_MOST ? fmin(now, most) : -1;
}

static int talks_sends(struct sight_talks *t, uint32_t guest,
                       const struct json *v)
{
    double mbps = talks_lasts(v);
    uint64_t to;

    if (!(mbps > 0) || !mac_parse(json_get_str(v, "mac", ""), &to))
        return 0;
    if (array_grow(&t->sends, &t->room, t->n + 1, sizeof *t->sends))
        return -ENOMEM;
    t->sends[t->n++] = (struct sight_sends){ guest, to, mbps };
    return 0;
}

int sight_talks_add(struct sight_talks *t, uint32_t guest,
                    const struct json *v)
{
    unsigned n = 0;
    int rc = 0;

    JSON_FOREACH(m, json_get(v, "macs"))
        if (!rc && n++ < GUEST_MACS)
            rc = talks_address(t, guest, m);
    n = 0;
    JSON_FOREACH(s, json_get(v, "talks"))
        if (!rc && n++ < TALKS_PAIRS)
            rc = talks_sends(t, guest, s);
    return rc;
}

/* --- together ------------------------------------------------------------- */

static int by_mac(const void *pa, const void *pb)
{
    const struct sight_address *a = pa, *b = pb;

    if (a->mac != b->mac)
        return a->mac < b->mac ? -1 : 1;
    return a->guest < b->guest ? -1 : a->guest > b->guest;
}

/* Each address once; those that two guests have, not at all. */
static void talks_unique(struct sight_talks *t)
{
    size_t n = 0;

    if (t->addresses)
        qsort(t->address, t->addresses, sizeof *t->address, by_mac);
    for (size_t i = 0, end; i < t->addresses; i = end) {
        for (end = i + 1;
             end < t->addresses && t->address[end].mac == t->address[i].mac;)
            end++;
        if (t->address[i].guest == t->address[end - 1].guest)
            t->address[n++] = t->address[i];
    }
    t->addresses = n;
}

static uint32_t talks_find(const struct sight_talks *t, uint64_t mac)
{
    size_t low = 0, high = t->addresses;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (t->address[mid].mac == mac)
            return t->address[mid].guest;
        if (t->address[mid].mac < mac)
            low = mid + 1;
        else
            high = mid;
    }
    return LOOP_NONE;
}

/* One direction, as both guests' numbers have it. */
struct talks_way {
    uint32_t a, b; /* a < b */
    bool back;     /* from b to a */
    double mbps;
};

static int by_guests(const void *pa, const void *pb)
{
    const struct talks_way *x = pa, *y = pb;

    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    if (x->b != y->b)
        return x->b < y->b ? -1 : 1;
    if (x->back != y->back)
        return x->back ? 1 : -1;
    return x->mbps < y->mbps ? -1 : x->mbps > y->mbps;
}

static size_t talks_ways(const struct sight_talks *t, struct talks_way *way)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++) {
        uint32_t from = t->sends[i].guest, to = talks_find(t, t->sends[i].to);

        if (to == LOOP_NONE || to == from)
            continue;
        way[n++] =
            from < to ? (struct talks_way){ from, to, false, t->sends[i].mbps }
                      : (struct talks_way){ to, from, true, t->sends[i].mbps };
    }
    if (n)
        qsort(way, n, sizeof *way, by_guests);
    return n;
}

/* Both directions together; but a guest that is flooded and hardly answers, as
 * any kernel does to what it did not ask for, has not chosen to talk. */
static double talks_counted(double there, double back)
{
    return fmin(there + back, ANSWERED * fmin(there, back));
}

/* In the order of guests; talk has room for n. */
static uint32_t talks_merge(const struct talks_way *way, size_t n,
                            struct loop_talk *talk)
{
    uint32_t talks = 0;

    for (size_t i = 0, end; i < n; i = end) {
        double mbps[2] = { 0, 0 }; /* there, and back */

        for (end = i;
             end < n && way[end].a == way[i].a && way[end].b == way[i].b;)
            end++;
        for (size_t k = i; k < end; k++)
            mbps[way[k].back] += way[k].mbps;
        if (mbps[0] > 0 && mbps[1] > 0)
            talk[talks++] =
                (struct loop_talk){ way[i].a, way[i].b,
                                    talks_counted(mbps[0], mbps[1]) };
    }
    return talks;
}

int sight_talks_join(struct sight_talks *t, struct loop_talk **talk_r,
                     uint32_t *talks_r)
{
    struct talks_way *way = calloc(t->n + 1, sizeof *way);
    struct loop_talk *talk = calloc(t->n + 1, sizeof *talk);

    if (!way || !talk) {
        free(way);
        free(talk);
        return -ENOMEM;
    }
    talks_unique(t);
    *talks_r = talks_merge(way, talks_ways(t, way), talk);
    *talk_r = talk;
    free(way);
    return 0;
}
