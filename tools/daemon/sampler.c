/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes the figures of each second out of what Xen and files say of guests. */
#include "tools/daemon/sampler.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"
#include "tools/daemon/sampler_impl.h"

/* Looks that are held against processor time: about so many, but none that is much
 * older than this. */
#define RECENT_LOOKS 200.0
#define RECENT_S     60.0

static void sampler_unknown(double *value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        value[i] = -1;
}

void sampler_init(struct sampler *s)
{
    memset(s, 0, sizeof *s);
    s->at = -1;
    sampler_unknown(s->value, HOST_METRICS);
    sampler_unknown(s->held, HOST_METRICS);
    for (unsigned i = 0; i < HOST_COUNTERS; i++)
        held_init(&s->io[i]);
}

static void sampler_forget(struct sampler *s, size_t i)
{
    if (s->gone)
        s->gone(s->arg, &s->guest[i]);
    s->guest[i] = s->guest[--s->n];
}

void sampler_dispose(struct sampler *s)
{
    while (s->n)
        sampler_forget(s, s->n - 1);
    free(s->guest);
    s->guest = NULL;
    s->room = 0;
}

struct sampler_guest *sampler_find(struct sampler *s, uint32_t domid)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->guest[i].domid == domid)
            return &s->guest[i];
    return NULL;
}

static struct sampler_guest *sampler_find_uuid(struct sampler *s,
                                               const uint8_t *uuid)
{
    for (size_t i = 0; i < s->n; i++)
        if (!memcmp(s->guest[i].uuid, uuid, sizeof s->guest[i].uuid))
            return &s->guest[i];
    return NULL;
}

/* Nothing that was counted, looked at or said of it so far holds. */
static void guest_begin(struct sampler_guest *g, uint32_t domid)
{
    g->domid = domid;
    counter_forget(&g->cpu);
    for (unsigned i = 0; i < GUEST_COUNTERS; i++)
        counter_forget(&g->io[i]);
    held_init(&g->faults);
    held_init(&g->stall);
    g->target_mib = g->dirty_mib_s = g->swap_mib = -1;
    g->look = g->looks = (struct xlx_steal_count){ .times = 0 };
    g->cpu_s = g->over_s = 0;
}

static struct sampler_guest *sampler_guest(struct sampler *s,
                                           const struct xlx_look *l)
{
    struct sampler_guest *g = sampler_find_uuid(s, l->uuid);

    if (!g) {
        if (s->n >= SAMPLER_GUESTS ||
            array_grow(&s->guest, &s->room, s->n + 1, sizeof *s->guest))
            return NULL;
        g = &s->guest[s->n++];
        memset(g, 0, sizeof *g);
        memcpy(g->uuid, l->uuid, sizeof g->uuid);
        guest_begin(g, l->domid);
    } else if (g->domid != l->domid && !g->seen) {
        guest_begin(g, l->domid);
    }
    return g;
}

/* Nanoseconds of processor time, as processors. */
static double sampler_cpu(struct sampler *s, struct counter *c, uint64_t ns)
{
    double rate = counter_rate(c, ns, s->elapsed);

    return rate < 0 ? -1 : rate / 1e9;
}

static void guest_look(struct sampler *s, struct sampler_guest *g,
                       const struct xlx_look *l)
{
    sampler_unknown(g->value, GUEST_METRICS);
    g->value[GUEST_CPU] = sampler_cpu(s, &g->cpu, l->cpu_ns);
    g->value[GUEST_MEMORY] = (double)l->memory_kib / 1024;
    g->value[GUEST_MAXMEM] = l->max_kib ? (double)l->max_kib / 1024 : -1;
    g->seen = true;
    s->running += !l->rests;
}

static void sampler_begin(struct sampler *s, double at)
{
    s->elapsed = s->at < 0 ? 0 : at - s->at;
    s->at = at;
    s->running = 0;
    sampler_unknown(s->value, HOST_METRICS);
    for (size_t i = 0; i < s->n; i++)
        s->guest[i].seen = false;
}

int sampler_looks(struct sampler *s, const struct xlx_look *l, size_t n,
                  double at)
{
    int rc = 0;

    sampler_begin(s, at);
    for (size_t i = 0; i < n; i++) {
        struct sampler_guest *g;

        if (!l[i].domid) {
            s->value[HOST_DOM0] = sampler_cpu(s, &s->dom0, l[i].cpu_ns);
            continue;
        }
        g = sampler_guest(s, &l[i]);
        if (!g && s->n < SAMPLER_GUESTS)
            rc = -ENOMEM;
        /* two domains with one UUID: a guest on its way within this host */
        if (g && !g->seen)
            guest_look(s, g, &l[i]);
    }
    for (size_t i = s->n; i--;)
        if (!s->guest[i].seen)
            sampler_forget(s, i);
    return rc;
}

void sampler_host_look(struct sampler *s, const struct xlx_look_host *h)
{
    double idle = sampler_cpu(s, &s->idle, h->idle_ns);

    if (idle >= 0)
        s->value[HOST_CPU] = idle < h->cpus ? h->cpus - idle : 0;
    s->value[HOST_FREE] = (double)h->free_kib / 1024;
    s->cpus = h->cpus;
}

/* --- steal ---------------------------------------------------------------- */

void sampler_waits(struct sampler *s, const struct xlx_look *l, size_t n,
                   const struct xlx_looker *looker)
{
    for (size_t i = 0; i < n; i++) {
        struct sampler_guest *g =
            l[i].domid && !l[i].rests ? sampler_find(s, l[i].domid) : NULL;

        if (!g)
            continue;
        if (l[i].blocked) {
            g->look.times++;
            g->look.looks += l[i].vcpus;
        } else if (l[i].vcpus == 1) {
            g->look.times++;
            g->look.looks++;
            g->look.wants++;
            g->look.waits += !l[i].runs;
        } else {
            (void)looker->waits(looker->arg, &l[i], &g->look);
        }
    }
}

/* A second has few looks to be held against the processor time of the same
 * second: those of the last ones count, too, the less the older. Processor time is
 * forgotten as looks are, so that both are of the same time. */
static void guest_recent(struct sampler_guest *g, double elapsed)
{
    double keep = exp(-fmax(g->look.times / RECENT_LOOKS, elapsed / RECENT_S));

    if (g->value[GUEST_CPU] < 0)
        return;
    g->looks.times = g->looks.times * keep + g->look.times;
    g->looks.looks = g->looks.looks * keep + g->look.looks;
    g->looks.wants = g->looks.wants * keep + g->look.wants;
    g->looks.waits = g->looks.waits * keep + g->look.waits;
    g->cpu_s = g->cpu_s * keep + g->value[GUEST_CPU] * elapsed;
    g->over_s = g->over_s * keep + elapsed;
}

static double guest_steal(const struct sampler_guest *g)
{
    double cpu = g->over_s > 0 ? g->cpu_s / g->over_s : -1;
    double recent = xlx_steal_of(&g->looks, cpu);
    double now = xlx_steal_of(&g->look, -1);

    /* by looks alone, and not more than the processor time allows */
    return recent >= 0 && recent < now ? recent : now;
}

static void sampler_steal(struct sampler *s)
{
    double looks = 0, waits = 0;

    for (size_t i = 0; i < s->n; i++) {
        struct sampler_guest *g = &s->guest[i];

        guest_recent(g, s->elapsed);
        if (g->look.looks > 0) {
            g->value[GUEST_STEAL] = guest_steal(g);
            looks += g->look.looks;
            waits += g->look.looks * g->value[GUEST_STEAL];
        }
        g->look = (struct xlx_steal_count){ .times = 0 };
    }
    if (looks > 0)
        s->value[HOST_STEAL] = waits / looks;
}

/* --- the end of a second ---------------------------------------------------- */

void sampler_second(struct sampler *s)
{
    sampler_steal(s);
    for (size_t i = 0; i < s->n; i++)
        guest_held(&s->guest[i], s->at);
    s->value[HOST_GUESTS] = s->running;
    host_held(s);
}
