/* SPDX-License-Identifier: LGPL-2.1-only */
/* The figure that matters most to each loop, of what the newest look saw. */
#include <math.h>
#include <stdio.h>

#include "scheduler/loop_impl.h"

/* The guest with the most of it, or LOOP_NONE: it is known of none. */
static uint32_t seen_most(const struct loops *l, const double *figure)
{
    uint32_t most = LOOP_NONE;

    for (uint32_t g = 0; figure && g < l->guests; g++)
        if (figure[g] >= 0 && (most == LOOP_NONE || figure[g] > figure[most]))
            most = g;
    return most;
}

static struct loop_seen seen_guest(const struct loops *l, const double *figure)
{
    uint32_t g = seen_most(l, figure);

    if (g == LOOP_NONE)
        return (struct loop_seen){ .any = false };
    return (struct loop_seen){
        .any = true, .host = l->look->host[g], .guest = g, .now = figure[g]
    };
}

static struct loop_seen seen_memory(const struct loops *l)
{
    struct loop_seen s = seen_guest(l, l->look->starving);

    if (s.any)
        s.usual = l->starving[s.guest];
    return s;
}

/* Who is held back by its own cap waits for nobody, as noise sees it. */
static struct loop_seen seen_noise(const struct loops *l)
{
    struct loop_seen s = { .any = false };

    for (uint32_t g = 0; l->look->steal && g < l->guests; g++) {
        double steal = noise_steal(l, g);

        if (l->look->steal[g] >= 0 && (!s.any || steal > s.now))
            s = (struct loop_seen){
                .any = true, .host = l->look->host[g], .guest = g, .now = steal
            };
    }
    return s;
}

/* Demand over CPU, of each host as the look found it. */
static struct loop_seen seen_balance(const struct loops *l)
{
    struct loop_seen s = { .any = false };

    for (uint32_t h = 0; h < l->hosts; h++) {
        double cpu = l->host[h].cpu, demand;

        if (!l->look->on[h] || !(cpu > 0))
            continue;
        demand = balance_found(l, h);
        if (!s.any || demand / cpu > s.now / s.limit)
            s = (struct loop_seen){
                .any = true, .host = h, .now = demand, .limit = cpu
            };
    }
    s.percentile = l->by_day ? l->p.percentile : 0;
    return s;
}

static struct loop_seen seen_power(const struct loops *l)
{
    struct loop_seen s = { .any = l->hosts > 0 };

    for (uint32_t h = 0; h < l->hosts; h++) {
        s.hosts += l->look->on[h] != 0;
        if (l->sum[h].on)
            s.risk = fmax(s.risk, past_risk(l, h));
    }
    switch_seen(l, &s.now, &s.limit);
    return s;
}

static struct loop_seen seen_affinity(const struct loops *l)
{
    const struct loop_talk *most = NULL, *talk = l->look->talk;

    for (uint32_t i = 0; talk && i < l->look->talks; i++)
        if (!most || talk[i].mbps > most->mbps)
            most = &talk[i];
    if (!most)
        return (struct loop_seen){ .any = false };
    return (struct loop_seen){
        .any = true,
        .host = l->look->host[most->a],
        .guest = most->a,
        .peer = most->b,
        .now = most->mbps,
        .hops = l->look->hops
                    ? l->look->hops(l->look->arg, l->look->host[most->a],
                                    l->look->host[most->b])
                    : -1,
    };
}

struct loop_seen loops_seen(const struct loops *l, enum loop_kind kind)
{
    switch (kind) {
    case LOOP_HEALTH: return health_seen(l);
    case LOOP_MEMORY: return seen_memory(l);
    case LOOP_NOISE: return seen_noise(l);
    case LOOP_BALANCE: return seen_balance(l);
    case LOOP_POWER: return seen_power(l);
    case LOOP_AFFINITY: return seen_affinity(l);
    case LOOP_KINDS: break;
    }
    return (struct loop_seen){ .any = false };
}

/* --- in words -------------------------------------------------------------- */

static void seen_talk_text(const struct loop_seen *s,
                           const struct loop_names *names, char *buf,
                           size_t size)
{
    int n = snprintf(buf, size, "%s and %s talk the most, %.1f Mbit/s",
                     names->guest, names->peer, s->now);

    if (n < 0 || (size_t)n >= size)
        return;
    if (s->hops >= 0)
        snprintf(buf + n, size - (size_t)n, " over %d hops", s->hops);
    else
        snprintf(buf + n, size - (size_t)n, " over hops that are not known");
}

/* As balance_reason() says it. */
static void seen_balance_text(const struct loop_seen *s, const char *host,
                              char *buf, size_t size)
{
    int n = snprintf(buf, size,
                     "%s is the fullest, with demand for %.2f of its CPU, "
                     "%.2f",
                     host, s->now, s->limit);

    if (s->percentile > 0 && n >= 0 && (size_t)n < size)
        snprintf(buf + n, size - (size_t)n, ", at percentile %.4g of a day",
                 s->percentile);
}

void loop_seen_text(enum loop_kind kind, const struct loop_seen *s,
                    const struct loop_names *names, char *buf, size_t size)
{
    if (size)
        *buf = '\0';
    if (!s->any)
        return;
    switch (kind) {
    case LOOP_HEALTH: health_seen_text(s, names->from, buf, size); break;
    case LOOP_MEMORY:
        snprintf(buf, size,
                 "%s of %s reads the most from swap, %.0f pages a second; "
                 "%.0f are usual",
                 names->guest, names->from, s->now, fmax(s->usual, 0));
        break;
    case LOOP_NOISE:
        snprintf(buf, size,
                 "%s of %s waits the most for processors, %.2f of its time",
                 names->guest, names->from, s->now);
        break;
    case LOOP_BALANCE: seen_balance_text(s, names->from, buf, size); break;
    case LOOP_POWER:
        snprintf(buf, size,
                 "%u hosts are on and take %.2f of CPU, %.2f are expected; "
                 "the risk that a host has too little is %.3f at most",
                 s->hosts, s->limit, s->now, s->risk);
        break;
    case LOOP_AFFINITY: seen_talk_text(s, names, buf, size); break;
    case LOOP_KINDS: break;
    }
}
