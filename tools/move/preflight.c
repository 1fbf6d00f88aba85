/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The checks. They come in the order in which a person would want to hear of
 * them: the guest, this host, the far host, then the fit of the two.
 */
#include "tools/move/preflight.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A check returns true when it refuses. */
typedef bool (*check_fn)(const struct preflight *p, char *b, size_t n);

static const char *name(const struct preflight *p)
{
    return p->dom->name ? p->dom->name : p->dom->uuid;
}

static bool is_dom0(const struct preflight *p, char *b, size_t n)
{
    if (p->dom->domid)
        return false;
    snprintf(b, n, "%s is domain 0, the host itself, which can't move",
             name(p));
    return true;
}

static bool is_dying(const struct preflight *p, char *b, size_t n)
{
    if (!p->dom->dying && !p->dom->shutdown)
        return false;
    snprintf(b, n,
             "%s is %s, so there is nothing to move; start it anew on %s",
             name(p), p->dom->dying ? "dying" : "shut down", p->host);
    return true;
}

static bool is_paused(const struct preflight *p, char *b, size_t n)
{
    if (!p->dom->paused)
        return false;
    snprintf(b, n,
             "%s is paused and could not answer the request to suspend; "
             "`xl unpause %s` first (-p pauses it again at %s)",
             name(p), name(p), p->host);
    return true;
}

static bool has_pci(const struct preflight *p, char *b, size_t n)
{
    if (!p->dom->pci.n)
        return false;
    snprintf(b, n,
             "%s has the PCI device %s%s, which can't move; `xl pci-detach "
             "%s %s` first",
             name(p), p->dom->pci.s[0], p->dom->pci.n > 1 ? " and others" : "",
             name(p), p->dom->pci.s[0]);
    return true;
}

static bool has_vnuma(const struct preflight *p, char *b, size_t n)
{
    if (!p->dom->vnuma)
        return false;
    snprintf(b, n,
             "%s has a virtual NUMA layout, which libxl can't move; start "
             "it without vnuma= first",
             name(p));
    return true;
}

static bool no_shadow(const struct preflight *p, char *b, size_t n)
{
    if (p->dom->type != XLX_PV || p->here->shadow)
        return false;
    snprintf(b, n,
             "%s is a PV guest and this host's Xen was built without shadow "
             "paging, which a live move of it needs; `xl save` and `xl "
             "restore` it, or start it as type=\"pvh\"",
             name(p));
    return true;
}

static bool in_maintenance(const struct preflight *p, char *b, size_t n)
{
    if (!p->far->maintenance)
        return false;
    snprintf(b, n,
             "%s is in maintenance, so nothing is placed there until "
             "`rackhop undrain`",
             p->host);
    return true;
}

static bool nothing_there(const struct preflight *p, char *b, size_t n)
{
    if (p->far->kind != FAR_NOTHING)
        return false;
    snprintf(b, n,
             "%s has neither rackhop nor xl; install one of them there and "
             "boot it with Xen",
             p->host);
    return true;
}

static bool is_itself(const struct preflight *p, char *b, size_t n)
{
    if (!far_has(&p->far->uuids, p->dom->uuid))
        return false;
    snprintf(b, n,
             "a domain with the UUID of %s (%s) is on %s already; if that is "
             "this host there is nothing to do, else end one of the two first",
             name(p), p->dom->uuid, p->host);
    return true;
}

static bool half_there(const struct preflight *p, char *b, size_t n)
{
    char incoming[256];

    if (!p->dom->name)
        return false;
    snprintf(incoming, sizeof incoming, "%s--incoming", p->dom->name);
    if (!far_has(&p->far->names, incoming))
        return false;
    snprintf(b, n,
             "%s is receiving %s already, or has a half of it left from "
             "before; `xl destroy %s` there if no move is running",
             p->host, p->dom->name, incoming);
    return true;
}

static bool name_taken(const struct preflight *p, char *b, size_t n)
{
    if (!p->dom->name || !far_has(&p->far->names, p->dom->name))
        return false;
    snprintf(b, n,
             "%s has another domain of the name %s; `xl rename` one of them",
             p->host, p->dom->name);
    return true;
}

static bool xen_older(const struct preflight *p, char *b, size_t n)
{
    const struct far_host *f = p->far;

    if (!f->xen_major || f->xen_major * 1000 + f->xen_minor >=
                             p->here->xen_major * 1000 + p->here->xen_minor)
        return false;
    snprintf(b, n,
             "%s runs Xen %u.%u and this host Xen %u.%u: a guest can't go to "
             "an older Xen; choose a host with Xen %u.%u or newer, or "
             "upgrade %s",
             p->host, f->xen_major, f->xen_minor, p->here->xen_major,
             p->here->xen_minor, p->here->xen_major, p->here->xen_minor,
             p->host);
    return true;
}

static bool no_memory(const struct preflight *p, char *b, size_t n)
{
    int64_t need = (int64_t)((p->dom->need_kib + 1023) / 1024);

    if (p->far->free_mib < 0 || p->far->free_mib + p->far->balloon_mib >= need)
        return false;
    snprintf(b, n,
             "%s needs %" PRId64 " MiB and %s has %" PRId64
             " MiB free; free memory there or choose another host",
             name(p), need, p->host, p->far->free_mib + p->far->balloon_mib);
    return true;
}

static bool other_vendor(const struct preflight *p, char *b, size_t n)
{
    if (!*p->far->vendor || !p->here_vendor || !*p->here_vendor ||
        !strcmp(p->far->vendor, p->here_vendor))
        return false;
    snprintf(b, n,
             "%s has CPUs of another vendor (%.31s, here %.31s), between "
             "which no guest can move",
             p->host, p->far->vendor, p->here_vendor);
    return true;
}

static bool cpu_lacks(const struct preflight *p, char *b, size_t n)
{
    const struct xlx_features *offer =
        p->dom->type == XLX_PV ? &p->far->pv_max : &p->far->hvm_max;
    struct xlx_features missing;
    char names[300], mask[400];

    if (!offer->n || xlx_features_fit(&p->dom->policy, offer, &missing))
        return false;
    snprintf(b, n,
             "the CPU of %s lacks %s, which %s was started with and may be "
             "using; choose a host that has them, or start %s with this line "
             "in its configuration and it can go there: %s",
             p->host, xlx_features_names(&missing, names, sizeof names),
             name(p), name(p), xlx_features_mask(&missing, mask, sizeof mask));
    return true;
}

static bool no_bridge(const struct preflight *p, char *b, size_t n)
{
    for (unsigned i = 0; p->far->knows_networks && i < p->dom->bridges.n;
         i++) {
        if (far_has(&p->far->networks, p->dom->bridges.s[i]))
            continue;
        snprintf(b, n,
                 "%s has no bridge %s, which a network interface of %s is "
                 "on; make one there, or give another configuration with -C",
                 p->host, p->dom->bridges.s[i], name(p));
        return true;
    }
    return false;
}

static bool no_disk(const struct preflight *p, char *b, size_t n)
{
    if (!p->far->missing.n)
        return false;
    snprintf(b, n,
             "%s has no %s, a disk of %s: moves need shared storage; mount "
             "or attach it there, or give the path it has there with -C",
             p->host, p->far->missing.s[0], name(p));
    return true;
}

static const struct check {
    const char *rule; /* rackhop-formats(5) */
    bool needs_far;
    check_fn refuses;
} checks[] = {
    { "state", false, is_dom0 },      { "state", false, is_dying },
    { "state", false, is_paused },    { "pci", false, has_pci },
    { "state", false, has_vnuma },    { "state", false, no_shadow },
    { "state", true, nothing_there }, { "state", true, in_maintenance },
    { "name", true, half_there },     { "name", true, is_itself },
    { "name", true, name_taken },     { "xen-version", true, xen_older },
    { "cpu", true, other_vendor },    { "cpu", true, cpu_lacks },
    { "memory", true, no_memory },    { "network", true, no_bridge },
    { "storage", true, no_disk },
};

const char *preflight_refuse(const struct preflight *p, char *buf, size_t len)
{
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if ((p->far || !checks[i].needs_far) && checks[i].refuses(p, buf, len))
            return checks[i].rule;
    return NULL;
}

bool preflight_unknown(const struct preflight *p, char *buf, size_t len)
{
    const struct far_host *f = p->far;
    size_t at = 0;

    *buf = '\0';
    if (f->kind == FAR_UNKNOWN) {
        snprintf(buf, len,
                 "memory, Xen version, CPU features, bridges, "
                 "disks and names");
        return true;
    }
#define ADD(cond_, what_)                                                     \
    if ((cond_) && at < len)                                                  \
    at += (size_t)snprintf(buf + at, len - at, "%s%s", at ? ", " : "", what_)
    ADD(f->free_mib < 0, "memory");
    ADD(!f->xen_major, "Xen version");
    ADD(!(p->dom->type == XLX_PV ? f->pv_max.n : f->hvm_max.n),
        "CPU features");
    ADD(!f->knows_networks, "bridges");
#undef ADD
    return at > 0;
}
