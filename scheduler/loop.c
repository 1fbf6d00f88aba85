/* SPDX-License-Identifier: LGPL-2.1-only */
/* The loops of a cluster: made, asked at each look, and put in words. */
#include "scheduler/loop.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/loop_impl.h"

static bool loops_alloc(struct loops *l, uint32_t hosts, uint32_t guests)
{
    size_t most = hosts > guests ? hosts : guests;

#define ROOM(member_, n_)                                                     \
    ((l->member_ = calloc((size_t)(n_) + 1, sizeof *l->member_)) != NULL)
    return ROOM(host, hosts) && ROOM(kind, hosts) && ROOM(guest, guests) &&
           ROOM(past, guests) && ROOM(slope, guests) &&
           ROOM(usually, guests) && ROOM(day, guests) && ROOM(day_s, guests) &&
           ROOM(was_on, guests) && ROOM(moved_s, guests) &&
           ROOM(left, guests) && ROOM(left_s, guests) &&
           ROOM(before, guests) && ROOM(over_s, hosts) &&
           ROOM(woken_s, hosts) && ROOM(noisy_s, hosts) &&
           ROOM(starving, guests) && ROOM(starved_s, guests) &&
           ROOM(usual, hosts) && ROOM(sick_s, hosts) &&
           ROOM(drained_s, hosts) && ROOM(idle_s, hosts) &&
           ROOM(awaits_s, hosts) && ROOM(boots, hosts) && ROOM(grew, guests) &&
           ROOM(parted, guests) && ROOM(parts, guests) &&
           ROOM(given, guests) && ROOM(apart_s, guests) &&
           ROOM(owes_s, guests) && ROOM(ends, guests) &&
           ROOM(seen_to, guests) && ROOM(sum, hosts) && ROOM(at, guests) &&
           ROOM(head, hosts) && ROOM(next, guests) && ROOM(on, hosts) &&
           ROOM(order, most) && ROOM(late, most) && ROOM(key, most);
#undef ROOM
}

static bool loops_alike(const struct loop_host *a, const struct loop_host *b)
{
    for (int i = 0; i < LOOP_WATTS; i++)
        if (a->power_w[i] < b->power_w[i] || a->power_w[i] > b->power_w[i])
            return false;
    return !(a->cpu < b->cpu || a->cpu > b->cpu || a->core < b->core ||
             a->core > b->core) &&
           a->memory_mib == b->memory_mib;
}

/* Hosts of a kind stand together, or by turns: the two before are enough to find
 * most that are alike. One that is not found is a kind of its own. */
static void loops_kinds(struct loops *l)
{
    for (uint32_t h = 0; h < l->hosts; h++) {
        l->kind[h] = h;
        for (uint32_t b = 1; b <= 2 && b <= h; b++)
            if (loops_alike(&l->host[h], &l->host[h - b]))
                l->kind[h] = l->kind[h - b];
    }
}

struct loops *loops_new(const struct loop_policy *p,
                        const struct loop_host *host, uint32_t hosts,
                        const struct loop_guest *guest, uint32_t guests)
{
    struct loops *l = calloc(1, sizeof *l);

    if (!l || !loops_alloc(l, hosts, guests)) {
        loops_free(l);
        return NULL;
    }
    l->p = *p;
    l->z = day_distance(p->percentile);
    l->hosts = hosts;
    l->guests = guests;
    l->power_s = l->short_s = INFINITY;
    l->season.most = -1;
    for (int i = 0; i < LOOP_HOURS; i++)
        l->season.week[i] = -1;
    l->thought_s = -INFINITY;
    for (uint32_t h = 0; h < hosts; h++) {
        l->host[h] = host[h];
        l->over_s[h] = l->noisy_s[h] = l->sick_s[h] = INFINITY;
        l->idle_s[h] = INFINITY;
        loop_boots_init(&l->boots[h]);
        l->woken_s[h] = l->drained_s[h] = l->awaits_s[h] = -INFINITY;
        for (int s = 0; s < LOOP_SIGNS; s++)
            l->usual[h][s] = -1;
    }
    loops_kinds(l);
    for (uint32_t g = 0; g < guests; g++) {
        l->guest[g] = guest[g];
        l->all_cpu += guest[g].cpu;
        l->was_on[g] = LOOP_NONE;
        l->moved_s[g] = l->day_s[g] = -INFINITY;
        l->before[g] = (struct loop_before){ -INFINITY, -INFINITY, LOOP_NONE };
        l->starved_s[g] = INFINITY;
        l->grew[g].at_s = -INFINITY;
        l->parted[g] =
            (struct loop_parting){ .at_s = -INFINITY, .by = LOOP_NONE };
        l->apart_s[g] = l->owes_s[g] = INFINITY;
        l->starving[g] = -1;
        for (int i = 0; i < LOOP_LEFT; i++) {
            l->left[g][i] = LOOP_NONE;
            l->left_s[g][i] = -INFINITY;
        }
    }
    return l;
}

void loops_free(struct loops *l)
{
    if (!l)
        return;
    free(l->host);
    free(l->kind);
    free(l->guest);
    free(l->past);
    free(l->slope);
    free(l->usually);
    free(l->day);
    free(l->day_s);
    free(l->was_on);
    free(l->moved_s);
    free(l->left);
    free(l->left_s);
    free(l->before);
    free(l->over_s);
    free(l->woken_s);
    free(l->noisy_s);
    free(l->starving);
    free(l->starved_s);
    free(l->grew);
    free(l->parted);
    free(l->parts);
    free(l->given);
    free(l->apart_s);
    free(l->owes_s);
    free(l->ends);
    free(l->end);
    free(l->seen_to);
    free(l->usual);
    free(l->sick_s);
    free(l->drained_s);
    free(l->idle_s);
    free(l->awaits_s);
    free(l->boots);
    free(l->sum);
    free(l->at);
    free(l->head);
    free(l->next);
    free(l->on);
    free(l->order);
    free(l->late);
    free(l->key);
    free(l->wish);
    free(l);
}

/* Of what a loop that is off would need, nobody knows whether it lasts. */
static void loops_rest(struct loops *l)
{
    bool switches = l->p.power > 0 && l->look->switches;

    for (uint32_t h = 0; h < l->hosts; h++) {
        l->sick_s[h] = l->p.health > 0 ? l->sick_s[h] : INFINITY;
        l->noisy_s[h] = l->p.noise > 0 ? l->noisy_s[h] : INFINITY;
        l->idle_s[h] = switches ? l->idle_s[h] : INFINITY;
    }
    for (uint32_t g = 0; g < l->guests; g++) {
        l->apart_s[g] = l->p.affinity > 0 ? l->apart_s[g] : INFINITY;
        l->owes_s[g] = l->p.starve > 0 ? l->owes_s[g] : INFINITY;
    }
    l->power_s = l->p.power > 0 ? l->power_s : INFINITY;
    l->short_s = switches ? l->short_s : INFINITY;
}

int loops_look(struct loops *l, const struct loop_look *look,
               const struct loop_wish **wish_r, uint32_t *wishes_r)
{
    double dt = l->looked ? look->now_s - l->last_s : 0;

    l->wishes = l->bundles = 0;
    memset(l->parts, 0, l->guests);
    memset(l->given, 0, l->guests);
    arbiter_seen(l, look, l->last_s);
    past_look(l, look);
    day_look(l, look);
    budget_pass(&l->budget, look->now_s);
    picture_take(l, look);
    loops_rest(l);
    boot_look(l, dt);
    switch_past(l);
    repack_past(l, dt);
    health_past(l, dt);
    memory_past(l, dt);
    if (l->p.health > 0)
        health_wish(l);
    if (l->p.starve > 0)
        memory_wish(l);
    if (l->p.noise > 0)
        noise_wish(l);
    balance_wish(l, dt);
    if (l->p.power > 0)
        power_wish(l);
    if (l->p.power > 0 && look->switches)
        switch_wish(l);
    if (l->p.affinity > 0)
        affinity_wish(l);
    *wish_r = l->wish;
    *wishes_r = l->wishes;
    return l->oom ? -ENOMEM : 0;
}

void loops_set_memory(struct loops *l, uint32_t guest, int64_t mib)
{
    l->guest[guest].memory_mib = mib;
}

void loops_not_moved(struct loops *l, uint32_t guest)
{
    const struct loop_before *before = &l->before[guest];

    for (int i = 0; i < LOOP_LEFT; i++)
        if (l->left_s[guest][i] >= l->last_s) {
            l->left[guest][i] = before->left;
            l->left_s[guest][i] = before->left_s;
        }
    if (l->moved_s[guest] >= l->last_s) {
        budget_return(l, 1, (double)l->guest[guest].memory_mib / 1024);
        l->moved_s[guest] = before->moved_s;
    }
    if (l->grew[guest].at_s >= l->last_s)
        l->grew[guest] = (struct loop_growth){ .at_s = -INFINITY };
    memory_not_given(l, guest);
    noise_not_moved(l, guest);
}

void loops_not_drained(struct loops *l, uint32_t host)
{
    if (l->drained_s[host] >= l->last_s)
        for (uint32_t g = l->head[host]; g != LOOP_NONE; g = l->next[g])
            budget_return(l, 1, (double)l->guest[g].memory_mib / 1024);
    l->drained_s[host] = -INFINITY;
}

void loops_not_woken(struct loops *l, uint32_t host)
{
    if (l->woken_s[host] >= l->last_s)
        l->woken_s[host] = -INFINITY;
    if (l->awaits_s[host] >= l->last_s)
        l->awaits_s[host] = -INFINITY;
}

const char *loop_kind_name(enum loop_kind kind)
{
    switch (kind) {
    case LOOP_HEALTH: return "health";
    case LOOP_MEMORY: return "memory";
    case LOOP_NOISE: return "noise";
    case LOOP_BALANCE: return "balance";
    case LOOP_POWER: return "power";
    case LOOP_AFFINITY: return "affinity";
    case LOOP_KINDS: break;
    }
    return "?";
}

const char *loop_refusal_text(enum loop_refusal r)
{
    switch (r) {
    case LOOP_GRANTED: return "granted";
    case LOOP_ONE_LOOK: return "not wanted long enough";
    case LOOP_NO_GAIN: return "it does not pay";
    case LOOP_BUDGET: return "the budget of this hour is spent";
    case LOOP_NO_ROOM: return "no host has room";
    case LOOP_MANY:
        return "too many hosts show it at once for it to be their own";
    case LOOP_REFUSALS: break;
    }
    return "?";
}

/* --- in words -------------------------------------------------------------- */

static int reason_why(const struct loop_wish *w,
                      const struct loop_names *names, char *buf, size_t size)
{
    const char *from = names->from;

    switch (w->kind) {
    case LOOP_HEALTH: return health_reason(w, from, buf, size);
    case LOOP_MEMORY:
        if (w->settles)
            return snprintf(buf, size,
                            w->mib < 0
                                ? "a guest of %s rests: it uses %.2f CPUs, "
                                  "and has more than its %.0f MiB"
                                : "a guest of %s that gave memory uses "
                                  "%.2f CPUs, and had %.0f MiB",
                            from, w->was, w->limit);
        if (w->undoes)
            return snprintf(buf, size,
                            "more memory did not help a guest of %s: it reads "
                            "%.0f pages a second, and read %.0f before",
                            from, w->was, w->limit);
        return snprintf(buf, size,
                        "a guest of %s lacks memory: it reads %.0f "
                        "pages a second, %.0f are usual",
                        from, w->was, w->limit);
    case LOOP_NOISE:
        return snprintf(buf, size,
                        "guests of %s wait for processors, %.2f of "
                        "their time, beside one that uses %.2f",
                        from, w->was, w->limit);
    case LOOP_BALANCE: return balance_reason(w, from, buf, size);
    case LOOP_POWER:
        if (w->switches)
            return switch_reason(w, from, buf, size);
        return snprintf(buf, size,
                        "without %s the cluster needs %.0f W less, "
                        "at %.3f more violations an hour",
                        from, w->was, w->limit);
    case LOOP_AFFINITY:
        return snprintf(buf, size,
                        "a guest of %s exchanges %.1f Mbit/s over %.1f hops, "
                        "most of it with %s, and could over %.1f",
                        from, w->mbps, w->was, names->peer, w->limit);
    case LOOP_KINDS: break;
    }
    return 0;
}

void loop_reason(const struct loop_wish *w, const struct loop_names *names,
                 char *buf, size_t size)
{
    int n = reason_why(w, names, buf, size);

    if (n < 0 || (size_t)n >= size)
        return;
    buf += n;
    size -= (size_t)n;
    if (w->drains)
        snprintf(buf, size,
                 "; its guests (%u) leave it: worth %.2f Wh for %.2f Wh",
                 w->guests, w->benefit_wh, w->price_wh);
    else if (w->switches)
        snprintf(buf, size, ": worth %.2f Wh for %.2f Wh", w->benefit_wh,
                 w->price_wh);
    else if (w->guest == LOOP_NONE)
        snprintf(buf, size, "; %s", loop_refusal_text(w->refusal));
    else if (w->from == w->to)
        snprintf(buf, size, "; %s gets %+lld MiB: worth %.2f Wh for %.2f Wh",
                 names->guest, (long long)w->mib, w->benefit_wh, w->price_wh);
    else
        snprintf(buf, size, "; %s goes to %s%s: worth %.2f Wh for %.2f Wh",
                 names->guest, names->to,
                 w->wakes ? ", which is switched on" : "", w->benefit_wh,
                 w->price_wh);
}
