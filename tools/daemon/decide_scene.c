/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows a cluster to the loops: capacities, demand, and what may not move. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/inventory.h"
#include "tools/daemon/decide_impl.h"

static const double NIC_MBPS = 1000; /* of a host that does not say */
/* From this one on libxc makes pieces of 2 MiB of what arrives (its commit
 * 50baf2d9f7bb). */
enum { XEN_MAJOR = 4, XEN_MINOR = 21 };

static bool scene_room(struct scene *s)
{
#define ROOM(member_, n_)                                                     \
    ((s->member_ = calloc((size_t)(n_) + 1, sizeof *s->member_)) != NULL)
    return ROOM(host, s->hosts) && ROOM(guest, s->guests) &&
           ROOM(demand, s->guests) && ROOM(used, s->guests) &&
           ROOM(steal, s->guests) && ROOM(starving, s->guests) &&
           ROOM(hinted, s->guests) && ROOM(day, s->guests) &&
           ROOM(at, s->guests) && ROOM(moving, s->guests) &&
           ROOM(known, s->guests) && ROOM(on, s->hosts) &&
           ROOM(keep, s->hosts) && ROOM(closed, s->hosts) &&
           ROOM(out, s->hosts) && ROOM(coming, s->hosts) &&
           ROOM(signs, s->hosts) && ROOM(booted, s->hosts);
#undef ROOM
}

void scene_dispose(struct scene *s)
{
    free(s->host);
    free(s->guest);
    free(s->demand);
    free(s->used);
    free(s->steal);
    free(s->starving);
    free(s->hinted);
    free(s->day);
    free(s->booted);
    free(s->at);
    free(s->moving);
    free(s->known);
    free(s->on);
    free(s->keep);
    free(s->closed);
    free(s->out);
    free(s->coming);
    free(s->signs);
    plan_asking_free(s->asking);
    *s = (struct scene){ .host = NULL };
}

static const struct off_host *scene_record(const struct scene *s, uint32_t h,
                                           const struct decide *d)
{
    return d->off ? off_find(d->off, plan_host_name(s->cluster, h)) : NULL;
}

/* It answers, and is opened to guests after it was looked at: it is there at the
 * next look, and no other one is switched on in its place. One that cannot be
 * opened for long does not come. */
static bool scene_opens(const struct scene *s, uint32_t h,
                        const struct off_host *o, double now_s)
{
    return off_comes(o) &&
           plan_host_state(s->cluster, h) == PLAN_MAINTENANCE &&
           fabs(now_s - o->p.since_s) < OFF_BACK_S;
}

/* Is its record what the cluster has of it? */
static bool scene_is_off(struct scene *s, uint32_t h, const struct decide *d)
{
    const struct off_host *o = scene_record(s, h, d);

    if (!o || (plan_host_state(s->cluster, h) != PLAN_OFFLINE &&
               !scene_opens(s, h, o, d->now_s)))
        return false;
    s->coming[h] = off_comes(o);
    /* others come in the place of one that does not */
    s->closed[h] = o->p.state == POWER_STARTING && !off_comes(o);
    return true;
}

/* How long ago was it switched on, if it answers since? It is on record until it
 * takes guests. One that was switched on again has no boot that is known. */
static double scene_booted(const struct scene *s, uint32_t h,
                           const struct decide *d)
{
    const struct off_host *o = scene_record(s, h, d);

    if (!off_comes(o) || plan_host_state(s->cluster, h) == PLAN_OFFLINE)
        return -1;
    return d->now_s - o->p.since_s;
}

static void scene_host(struct scene *s, const struct decide *d, uint32_t h)
{
    const struct sight_host *see = &d->sight->host[h];
    struct plan_host_sum sum = plan_host_sum(s->cluster, h);
    struct loop_host *to = &s->host[h];

    *to = (struct loop_host){ .cpu = sum.cpus,
                              .memory_mib = sum.capacity_mib,
                              .boot_s = (double)d->conf->power_boot_s,
                              .nic_mbps = see->nic_mbps > 0 ? see->nic_mbps
                                                            : NIC_MBPS };
    for (int i = 0; i < LOOP_WATTS; i++)
        to->power_w[i] =
            see->idle_w + (see->peak_w - see->idle_w) * i / (LOOP_WATTS - 1);
    if (!(see->idle_w > 0 && see->peak_w >= see->idle_w))
        s->watts = false;
    s->on[h] = !scene_is_off(s, h, d); /* else it has answered */
    s->booted[h] = scene_booted(s, h, d);
    s->out[h] = plan_host_state(s->cluster, h) == PLAN_MAINTENANCE;
    s->signs[h] = see->signs;
    s->closed[h] |=
        (s->on[h] && plan_host_state(s->cluster, h) != PLAN_UP) || !sum.cpus;
}

static void scene_guest(struct scene *s, const struct decide *d, uint32_t g)
{
    const struct sight_guest *see = &d->sight->guest[g];
    struct plan_guest_facts f = plan_guest_facts(s->cluster, g);

    s->guest[g] = (struct loop_guest){
        .cpu = f.vcpus,
        .memory_mib = plan_domain_mib(s->cluster, g),
        .dirty_mib_s = f.dirty_mib_s > 0 ? f.dirty_mib_s : 0,
        .cap = see->cap,
        .weight = see->weight,
        .max_mib = see->max_mib > 0 ? (int64_t)see->max_mib : 0,
        .had_mib = see->had_mib > 0 ? (int64_t)see->had_mib : 0,
        .min_mib = see->max_mib > 0
                       ? (int64_t)(see->max_mib * d->conf->memory_floor / 100)
                       : 0,
    };
    s->at[g] = plan_domain_host(s->cluster, g);
    s->known[g] = see->demand >= 0;
    s->demand[g] = fmax(see->demand, 0);
    s->used[g] = fmax(see->used, 0);
    s->steal[g] = see->steal;
    s->starving[g] = see->starving;
    s->hinted[g] = see->hinted;
    s->day[g] = see->day;
    if (!s->known[g]) /* nobody knows what room is left beside it */
        s->closed[s->at[g]] = s->keep[s->at[g]] = 1;
}

/* The last host of a rack, storage, network or kind of CPU that takes guests is
 * not emptied, nor is the one that this runs on. */
static void scene_keep_last(struct scene *s, const char *self)
{
    for (uint32_t h = 0; h < s->hosts; h++)
        s->keep[h] |= plan_host_is_last(s->cluster, h) ||
                      (self && !strcmp(self, plan_host_name(s->cluster, h)));
}

int scene_init(struct scene *s, const struct decide *d)
{
    *s = (struct scene){ .hosts = plan_hosts(d->cluster),
                         .guests = plan_domains(d->cluster),
                         .watts = true,
                         .switches = d->conf->power_off && d->conf->power_on,
                         .arm = d->conf->arm,
                         .talk = d->sight->talk,
                         .talks = d->sight->talks,
                         .cluster = d->cluster };
    s->asking = plan_asking_new(d->cluster);
    if (!s->asking || !scene_room(s))
        return -ENOMEM;
    for (uint32_t h = 0; h < s->hosts; h++)
        scene_host(s, d, h);
    for (uint32_t g = 0; g < s->guests; g++)
        scene_guest(s, d, g);
    scene_keep_last(s, d->self);
    return 0;
}

/* What planners refuse, loops need not wish for. */
static bool scene_may(void *arg, uint32_t guest, uint32_t host)
{
    struct scene *s = arg;
    uint32_t off;

    if (!s->known[guest] || plan_domain_stays(s->cluster, guest))
        return false;
    off = s->on[host] ? 0 : plan_off_rules(s->cluster, guest, host);
    return !(plan_ask(s->asking, guest, host) & ~off);
}

/* Each of them may; and together they may not need more, or stand in each other's
 * way. */
static bool scene_may_all(void *arg, const uint32_t *guest, uint32_t guests,
                          uint32_t host)
{
    struct scene *s = arg;
    struct plan_step *step = calloc((size_t)guests + 1, sizeof *step);
    enum plan_rule rule;
    char text[256];
    uint32_t bad = 0;
    bool may;

    for (uint32_t i = 0; step && i < guests; i++)
        step[i] = (struct plan_step){ guest[i], host };
    may = step &&
          !plan_check(s->cluster, s->on, step, guests, &bad, &rule, text,
                      sizeof text) &&
          bad == guests;
    free(step);
    return may;
}

static int scene_hops(void *arg, uint32_t a, uint32_t b)
{
    struct scene *s = arg;

    return plan_hops(s->cluster, a, b);
}

/* Does its memory become small pages there? Not of a PVH guest that is armed,
 * which may be refused yet; where Xen's version is not known, nobody knows. */
static bool scene_small(const struct scene *s, uint32_t guest, uint32_t host)
{
    struct plan_host_sum h = plan_host_sum(s->cluster, host);

    if (s->arm && plan_guest_facts(s->cluster, guest).type == PLAN_PVH)
        return false;
    return h.xen_major &&
           (h.xen_major < XEN_MAJOR ||
            (h.xen_major == XEN_MAJOR && h.xen_minor < XEN_MINOR));
}

/* As a plan would say. */
static bool scene_takes(void *arg, uint32_t guest, uint32_t host,
                        struct loop_move *m)
{
    struct scene *s = arg;
    struct plan_precopy_result r = plan_predict(s->cluster, guest, host);

    *m = (struct loop_move){
        .gib = (r.wire_known ? r.wire_mib : r.mib) / 1024,
        .seconds = r.seconds,
        .pause_s = r.downtime_ms / 1000,
        .small = scene_small(s, guest, host),
    };
    return isfinite(r.seconds);
}

struct loop_look scene_look(struct scene *s, double now_s)
{
    return (struct loop_look){ .now_s = now_s,
                               .demand = s->demand,
                               .used = s->used,
                               .host = s->at,
                               .moving = s->moving,
                               .from = s->at,
                               .on = s->on,
                               .steal = s->steal,
                               .starving = s->starving,
                               .hinted = s->hinted,
                               .day = s->day,
                               .keep = s->keep,
                               .closed = s->closed,
                               .out = s->out,
                               .signs = s->signs,
                               .switches = s->switches,
                               .coming = s->coming,
                               .booted = s->booted,
                               .talk = s->talk,
                               .talks = s->talks,
                               .hops = scene_hops,
                               .may = scene_may,
                               .may_all = scene_may_all,
                               .takes = scene_takes,
                               .arg = s };
}
