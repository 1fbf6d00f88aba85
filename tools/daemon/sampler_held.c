/* SPDX-License-Identifier: LGPL-2.1-only */
/* Counters of files and of guests, and what is held of those that are read now
 * and then. */
#include "tools/daemon/sampler_impl.h"

/* Longer than any source lets a counter wait. */
#define HELD_S 60.0

void held_init(struct held_counter *h)
{
    *h = (struct held_counter){ .at = -1, .rate = -1 };
}

static void held_read(struct held_counter *h, uint64_t now, double at)
{
    h->rate = counter_rate(&h->counter, now, h->at < 0 ? 0 : at - h->at);
    h->at = at;
}

static double held_rate(const struct held_counter *h, double at)
{
    return h->at < 0 || at - h->at > HELD_S ? -1 : h->rate;
}

/* --- guests ------------------------------------------------------------------- */

static const enum guest_metric io_metric[GUEST_COUNTERS] = {
    [IO_RX] = GUEST_RX,           [IO_TX] = GUEST_TX,
    [IO_PACKETS] = GUEST_PACKETS, [IO_READ] = GUEST_READ,
    [IO_WRITE] = GUEST_WRITE,     [IO_READS] = GUEST_READS,
    [IO_WRITES] = GUEST_WRITES,   [IO_SWAP] = GUEST_SWAP,
};

static const struct guest_io *io_of(const struct guest_io *io, size_t n,
                                    uint32_t domid)
{
    for (size_t i = 0; i < n; i++)
        if (io[i].domid == domid)
            return &io[i];
    return NULL;
}

void sampler_guest_io(struct sampler *s, const struct guest_io *io, size_t n)
{
    for (size_t i = 0; i < s->n; i++) {
        struct sampler_guest *g = &s->guest[i];
        const struct guest_io *o = io_of(io, n, g->domid);

        for (unsigned c = 0; c < GUEST_COUNTERS; c++) {
            if (o && o->known[c])
                g->value[io_metric[c]] =
                    counter_rate(&g->io[c], o->counter[c], s->elapsed);
            else
                counter_forget(&g->io[c]);
        }
    }
}

void sampler_hint(struct sampler *s, struct sampler_guest *g,
                  const struct hint *h)
{
    if (h && h->faults >= 0)
        held_read(&g->faults, (uint64_t)h->faults, s->at);
    else
        held_init(&g->faults);
    if (h && h->stall_us >= 0)
        held_read(&g->stall, (uint64_t)h->stall_us, s->at);
    else
        held_init(&g->stall);
    g->swap_mib = h && h->swap_kib >= 0 ? (double)h->swap_kib / 1024 : -1;
}

void guest_held(struct sampler_guest *g, double at)
{
    double stall = held_rate(&g->stall, at);

    g->value[GUEST_TARGET] = g->target_mib;
    g->value[GUEST_DIRTY] = g->dirty_mib_s;
    g->value[GUEST_HINT_FAULTS] = held_rate(&g->faults, at);
    g->value[GUEST_HINT_SWAP] = g->swap_mib;
    if (stall >= 0) /* microseconds in a second */
        g->value[GUEST_HINT_STALL] = stall < 1e6 ? stall / 1e6 : 1;
}

/* --- the host ------------------------------------------------------------------- */

static const enum host_metric host_metric[HOST_COUNTERS] = {
    [HOST_IO_RX] = HOST_RX,
    [HOST_IO_TX] = HOST_TX,
    [HOST_IO_LINK_ERRORS] = HOST_LINK_ERRORS,
    [HOST_IO_LINK_CHANGES] = HOST_LINK_CHANGES,
    [HOST_IO_ECC_CORRECTED] = HOST_ECC_CORRECTED,
    [HOST_IO_ECC_FATAL] = HOST_ECC_FATAL,
    [HOST_IO_MCE] = HOST_MCE,
    [HOST_IO_ENERGY] = HOST_POWER,
};

void sampler_host_io(struct sampler *s, enum host_counter c, uint64_t now)
{
    held_read(&s->io[c], now, s->at);
}

void host_held(struct sampler *s)
{
    double energy = held_rate(&s->io[HOST_IO_ENERGY], s->at);

    for (unsigned c = 0; c < HOST_COUNTERS; c++)
        s->value[host_metric[c]] = held_rate(&s->io[c], s->at);
    s->value[HOST_POWER] = energy < 0 ? -1 : energy / 1e6; /* from uW */
    for (unsigned i = 0; i < HOST_METRICS; i++)
        if (s->held[i] >= 0)
            s->value[i] = s->held[i];
    if (s->peak_w > 0 && s->value[HOST_CPU] >= 0 && s->cpus)
        s->value[HOST_POWER_MODEL] =
            s->idle_w + (s->peak_w - s->idle_w) * s->value[HOST_CPU] / s->cpus;
}
