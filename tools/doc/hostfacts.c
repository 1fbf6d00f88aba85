/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the facts of a Xen host and its domains into a rackhop-facts/1. */
#include "tools/doc/hostfacts.h"

#include <stdio.h>
#include <stdlib.h>

#include "libxl-ext/needs.h"
#include "libxl-ext/network.h"
#include "tools/doc/classfacts.h"
#include "tools/doc/xsave.h"

void hostfacts_dispose(struct hostfacts *h)
{
    for (unsigned i = 0; h->guest && i < h->n_domains; i++)
        strlist_dispose(&h->guest[i].storage);
    free(h->guest);
    xlx_domain_list_free(h->domains, h->n_domains);
    strlist_dispose(&h->networks);
    strlist_dispose(&h->storage);
    devicefacts_dispose(&h->devices);
    strlist_dispose(&h->claimed);
    talks_dispose(&h->talks);
    strlist_dispose(&h->runs);
    for (size_t i = 0; i < h->reservations; i++)
        reservation_dispose(&h->reservation[i]);
    free(h->reservation);
    h->reservation = NULL;
    h->reservations = 0;
    xlx_pools_dispose(&h->pools);
    h->domains = NULL;
    h->guest = NULL;
    h->n_domains = 0;
}

static void hostfacts_strings(struct json_out *o, const char *key,
                              char *const *s, size_t n)
{
    json_key(o, key);
    json_arr(o);
    for (size_t i = 0; i < n; i++)
        json_str(o, s[i]);
    json_arr_end(o);
}

static void write_features(struct json_out *o, const char *key,
                           const struct xlx_features *pv,
                           const struct xlx_features *hvm)
{
    char text[XLX_FEATURES_TEXT];

    json_key(o, key);
    json_obj(o);
    json_kv_str(o, "pv", xlx_features_format(pv, text, sizeof text));
    json_kv_str(o, "hvm", xlx_features_format(hvm, text, sizeof text));
    json_obj_end(o);
}

static void write_xsave(struct json_out *o, const char *key,
                        const struct xlx_xsave *x)
{
    if (!x->known)
        return;
    json_key(o, key);
    xsave_put(o, x->xcr0, x->bytes);
}

static void hostfacts_xsave(const struct xlx_host *x, struct json_out *o)
{
    json_key(o, "xsave");
    json_obj(o);
    write_xsave(o, "pv", &x->pv_xsave);
    write_xsave(o, "hvm", &x->hvm_xsave);
    json_obj_end(o);
}

static void hostfacts_reservations(const struct hostfacts *h,
                                   struct json_out *o)
{
    struct reservation_domains d = { h->domains, h->n_domains, NULL };

    if (h->promised_kib)
        json_kv_int(o, "promised_mib",
                    (int64_t)((h->promised_kib + 1023) / 1024));
    if (h->knows_runs)
        hostfacts_strings(o, "runs", h->runs.s, h->runs.n);
    json_key(o, "reservations");
    json_arr(o);
    for (size_t i = 0; i < h->reservations; i++)
        reservation_write(o, &h->reservation[i], reservation_where, &d);
    json_arr_end(o);
}

uint64_t hostfacts_balloon_kib(const struct xlx_host *x)
{
    const uint64_t keep = 1024 * 1024;

    return x->dom0_fixed || x->dom0_kib <= keep ? 0 : x->dom0_kib - keep;
}

static void hostfacts_pools(const struct xlx_pools *p, struct json_out *o)
{
    char cpus[XLX_CPUSET_TEXT];

    if (!p->n)
        return;
    json_key(o, "cpupools");
    json_arr(o);
    for (size_t i = 0; i < p->n; i++) {
        json_obj(o);
        json_kv_str(o, "name", p->pool[i].name);
        json_kv_str(o, "scheduler", p->pool[i].sched);
        if (p->pool[i].knows_cpus &&
            !xlx_cpuset_format(&p->pool[i].cpus, cpus, sizeof cpus))
            json_kv_str(o, "cpus", cpus);
        json_obj_end(o);
    }
    json_arr_end(o);
}

/* What its target host has to have of CPU pools. */
static void hostfacts_pool(const struct xlx_needs *n, struct json_out *o)
{
    if (!*n->pool && !*n->sched && !n->cpus.n)
        return;
    json_key(o, "cpupool");
    json_obj(o);
    json_kv_str(o, "name", n->pool);
    json_kv_str(o, "scheduler", n->sched);
    hostfacts_strings(o, "cpus", n->cpus.s, n->cpus.n);
    json_obj_end(o);
}

static void hostfacts_host(const struct hostfacts *h, struct json_out *o)
{
    uint64_t guests = 0, available;
    char xen[64];

    for (unsigned i = 0; i < h->n_domains; i++)
        guests += h->domains[i].memory_kib + h->domains[i].stub_kib;
    available = guests + h->xen.free_kib + hostfacts_balloon_kib(&h->xen);
    snprintf(xen, sizeof xen, "%u.%u%s", h->xen.xen_major, h->xen.xen_minor,
             h->xen.xen_extra);
    json_key(o, "host");
    json_obj(o);
    json_kv_str(o, "name", h->node);
    json_kv_str(o, "state", h->maintenance ? "maintenance" : "up");
    json_kv_int(o, "memory_mib", (int64_t)(h->xen.total_kib / 1024));
    json_kv_int(o, "reserved_mib",
                h->xen.total_kib > available
                    ? (int64_t)((h->xen.total_kib - available + 1023) / 1024)
                    : 0);
    json_kv_int(o, "free_mib", (int64_t)(h->xen.free_kib / 1024));
    json_kv_int(o, "balloon_mib",
                (int64_t)(hostfacts_balloon_kib(&h->xen) / 1024));
    json_kv_int(o, "cpus", h->xen.cpus);
    if (h->cpu_used >= 0) {
        json_kv_num(o, "cpu_used", h->cpu_used);
        json_kv_int(o, "cpu_sample_ms", h->cpu_sample_ms);
    }
    if (h->peak_w > 0) {
        json_kv_num(o, "power_idle_w", h->idle_w);
        json_kv_num(o, "power_peak_w", h->peak_w);
    }
    json_kv_str(o, "xen", xen);
    if (*h->boot)
        json_kv_str(o, "boot", h->boot);
    if (*h->vendor)
        json_kv_str(o, "cpu_vendor", h->vendor);
    write_features(o, "cpu_max", &h->xen.pv_max, &h->xen.hvm_max);
    write_features(o, "cpu_default", &h->xen.pv_default, &h->xen.hvm_default);
    hostfacts_xsave(&h->xen, o);
    if (h->xen.cpu_khz)
        json_kv_int(o, "tsc_khz", (int64_t)h->xen.cpu_khz);
    json_kv_bool(o, "hap", h->xen.hap);
    json_kv_bool(o, "shadow", h->xen.shadow);
    hostfacts_strings(o, "networks", h->networks.s, h->networks.n);
    hostfacts_strings(o, "storage", h->storage.s, h->storage.n);
    devicefacts_write(&h->devices, o);
    classfacts_host(h, o);
    hostfacts_reservations(h, o);
    hostfacts_pools(&h->pools, o);
    samples_facts_write(o, &h->samples);
    json_obj_end(o);
}

/* A guest that this domain is the backend of; NULL: there is none. */
static const char *hostfacts_served(const struct hostfacts *h,
                                    const struct xlx_domain *d)
{
    char need[300];

    if (!d->name || !xlx_network_need(NULL, NULL, d->name, need, sizeof need))
        return NULL;
    for (unsigned i = 0; i < h->n_domains; i++)
        if (strlist_has(&h->domains[i].bridges, need))
            return h->domains[i].name ? h->domains[i].name
                                      : h->domains[i].uuid;
    return NULL;
}

/* Why this domain has to stay, whatever host it would go to; NULL: it need
 * not. A move by name refuses what it is bound by with the same rows. */
static const char *hostfacts_pinned(const struct hostfacts *h,
                                    const struct xlx_domain *d, char *buf,
                                    size_t len)
{
    const char *served;

    if (d->dying)
        return "it is dying";
    if (d->paused)
        return "it is paused";
    if (d->shutdown)
        return "it is shut down";
    served = hostfacts_served(h, d);
    if (!served)
        return d->nested ? "it may run a hypervisor of its own"
                         : xlx_bound_text(d->needs.bound);
    snprintf(buf, len, "it is the driver domain of %s", served);
    return buf;
}

static void hostfacts_domain(const struct hostfacts *h, unsigned i,
                             struct json_out *o)
{
    const struct xlx_domain *d = &h->domains[i];
    const struct hostfacts_guest *g = &h->guest[i];
    char text[XLX_FEATURES_TEXT];
    const char *why;

    json_obj(o);
    json_kv_str(o, "uuid", d->uuid);
    json_kv_str(o, "name", d->name ? d->name : d->uuid);
    json_kv_str(o, "host", h->node);
    json_kv_str(o, "type", xlx_type_name(d->type));
    json_kv_int(o, "memory_mib",
                (int64_t)((d->memory_kib + d->stub_kib + 1023) / 1024));
    if (d->stub_kib)
        json_kv_int(o, "stubdom_mib", (int64_t)((d->stub_kib + 1023) / 1024));
    json_kv_int(o, "need_mib", (int64_t)((d->need_kib + 1023) / 1024));
    json_kv_int(o, "vcpus", d->vcpus);
    if (g->cpu_used >= 0)
        json_kv_num(o, "cpu_used", g->cpu_used);
    if (g->steal >= 0)
        json_kv_num(o, "steal", g->steal);
    if (g->share.weight)
        json_kv_int(o, "cpu_weight", g->share.weight);
    if (g->share.cap)
        json_kv_int(o, "cpu_cap", g->share.cap);
    if (g->tx_bytes >= 0)
        json_kv_int(o, "tx_bytes", g->tx_bytes);
    if (g->tx_bytes_s >= 0)
        json_kv_num(o, "tx_bytes_s", g->tx_bytes_s);
    if (g->most_kib)
        json_kv_int(o, "memory_max_mib", (int64_t)(g->most_kib >> 10));
    if (g->before_mib > 0)
        json_kv_int(o, "memory_before_mib", g->before_mib);
    if (g->dirty_mib_s >= 0) {
        json_kv_num(o, "dirty_mib_s", g->dirty_mib_s);
        json_kv_num(o, "writable_mib", g->writable_mib);
    }
    if (g->wire_first > 0)
        json_kv_num(o, "wire_first", g->wire_first);
    if (g->wire_again > 0)
        json_kv_num(o, "wire_again", g->wire_again);
    json_kv_str(o, "cpu_policy",
                xlx_features_format(&d->policy, text, sizeof text));
    write_xsave(o, "xsave", &d->xsave);
    if (d->tsc_khz)
        json_kv_int(o, "tsc_khz",
                    d->tsc_khz == UINT32_MAX ? (int64_t)h->xen.cpu_khz
                                             : (int64_t)d->tsc_khz);
    hostfacts_strings(o, "networks", d->bridges.s, d->bridges.n);
    hostfacts_strings(o, "storage", g->storage.s, g->storage.n);
    hostfacts_strings(o, "pci", d->pci.s, d->pci.n);
    classfacts_guest(h, d, o);
    hostfacts_pool(&d->needs, o);
    if (d->dying)
        json_kv_bool(o, "dying", true);
    why = hostfacts_pinned(h, d, text, sizeof text);
    if (why) {
        json_kv_bool(o, "pinned", true);
        json_kv_str(o, "pinned_why", why);
    }
    samples_facts_write(o, &g->samples);
    talks_facts_write(o, &h->talks, d->uuid);
    json_obj_end(o);
}

void hostfacts_write(const struct hostfacts *h, struct json_out *o)
{
    hostfacts_host(h, o);
    json_key(o, "domains");
    json_arr(o);
    for (unsigned i = 0; i < h->n_domains; i++)
        hostfacts_domain(h, i, o);
    json_arr_end(o);
}
