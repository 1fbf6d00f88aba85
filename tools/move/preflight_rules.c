/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Asks the scheduler's table of rules whether this guest may go to that host.
 *
 * A move that was asked for by name is held to the same rules as one that was
 * planned: source host, target host and guest become a cluster of two hosts.
 * What is not known of the target host forbids nothing.
 */
#include "tools/move/preflight_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "libxl-ext/network.h"
#include "scheduler/scheduler.h"

enum { NO_LIMIT_MIB = 1 << 30 }; /* where memory is not what decides */

static const char source_name[] = "source", target_name[] = "target";

/* "4.17", or NULL when the version is not known. */
static const char *xen_version(unsigned major, unsigned minor, char *buf,
                               size_t len)
{
    if (!major)
        return NULL;
    snprintf(buf, len, "%u.%u", major, minor);
    return buf;
}

static const char *features_text(const struct xlx_features *f, char *buf,
                                 size_t len)
{
    return f->n ? xlx_features_format(f, buf, len) : NULL;
}

static struct plan_words words_of(char *const *s, size_t n, bool known)
{
    return (struct plan_words){ (const char *const *)s, n, known };
}

static struct plan_xsave xsave_of(const struct xlx_xsave *x)
{
    return (struct plan_xsave){ x->known, x->xcr0, x->bytes };
}

static int add_source_host(struct plan_cluster *c, const struct preflight *p)
{
    char xen[32];
    struct plan_host h = {
        .name = source_name,
        .memory_mib = NO_LIMIT_MIB,
        .cpus = 1,
        .xen = xen_version(p->here->xen_major, p->here->xen_minor, xen,
                           sizeof xen),
    };

    if (p->here_vendor && *p->here_vendor)
        h.cpu_vendor = p->here_vendor;
    return plan_add_host(c, &h);
}

/* Its bridges, and each of its domains as a driver domain: it does not always
 * say which of them is one. */
static int networks_of(struct strlist *l, const struct target_host *t)
{
    int rc = 0;

    for (size_t i = 0; i < t->networks.n && !rc; i++)
        rc = strlist_add(l, t->networks.s[i]);
    for (size_t i = 0; i < t->names.n && !rc; i++) {
        char need[300];

        if (xlx_network_need(NULL, NULL, t->names.s[i], need, sizeof need))
            rc = strlist_add(l, need);
    }
    return rc;
}

static int add_target_host(struct plan_cluster *c, const struct target_host *t)
{
    char xen[32], pv[XLX_FEATURES_TEXT], hvm[XLX_FEATURES_TEXT];
    struct plan_host h = {
        .name = target_name,
        .memory_mib = NO_LIMIT_MIB,
        .cpus = 1,
    };

    struct strlist networks = { .s = NULL };
    int rc;

    if (!t)
        return plan_add_host(c, &h);
    h.state = t->maintenance ? PLAN_MAINTENANCE : PLAN_UP;
    if (t->free_mib >= 0) {
        h.knows_room = true;
        h.room_mib = t->free_mib + t->balloon_mib - t->promised_mib;
        if (h.room_mib < 0)
            h.room_mib = 0;
    }
    h.xen = xen_version(t->xen_major, t->xen_minor, xen, sizeof xen);
    h.cpu_vendor = *t->vendor ? t->vendor : NULL;
    h.max_pv = features_text(&t->pv_max, pv, sizeof pv);
    h.max_hvm = features_text(&t->hvm_max, hvm, sizeof hvm);
    h.xsave_pv = xsave_of(&t->pv_xsave);
    h.xsave_hvm = xsave_of(&t->hvm_xsave);
    rc = networks_of(&networks, t);
    h.networks = words_of(networks.s, networks.n, t->knows_networks);
    /* it was asked for the guest's disks and named those that it lacks */
    h.storage = words_of(NULL, 0, true);
    if (!rc)
        rc = plan_add_host(c, &h);
    strlist_dispose(&networks);
    return rc;
}

/* The disks that it lacks: files are a matter of their own. */
static int storage_of(struct strlist *l, const struct preflight *p)
{
    int rc = 0;

    for (size_t i = 0; p->far && i < p->far->missing.n && !rc; i++)
        if (preflight_lacks_disk(p, i))
            rc = strlist_add(l, p->far->missing.s[i]);
    return rc;
}

static int add_guest(struct plan_cluster *c, const struct preflight *p)
{
    struct strlist storage = { .s = NULL };
    const struct xlx_domain *d = p->dom;
    char policy[XLX_FEATURES_TEXT];
    struct plan_domain v = {
        .uuid = d->uuid,
        .name = d->name ? d->name : d->uuid,
        .host = source_name,
        .type = d->type == XLX_PV ? PLAN_PV : PLAN_HVM,
        .memory_mib = (int64_t)((d->need_kib + 1023) / 1024),
        .vcpus = 1,
        .cpu_policy = features_text(&d->policy, policy, sizeof policy),
        .xsave = xsave_of(&d->xsave),
        .networks = words_of(d->bridges.s, d->bridges.n, true),
        .pci = words_of(d->pci.s, p->pci_moves ? p->pci_tied : d->pci.n, true),
    };
    int rc = storage_of(&storage, p);

    v.storage = words_of(storage.s, storage.n, true);
    if (!rc)
        rc = plan_add_domain(c, &v);
    strlist_dispose(&storage);
    return rc;
}

/* The target host's guests: only their names count here, for its free memory
 * is without them already. */
static int add_targets_guests(struct plan_cluster *c,
                              const struct target_host *t)
{
    int rc = 0;

    for (size_t i = 0; t && i < t->names.n && !rc; i++) {
        const struct plan_domain v = { .uuid = t->names.s[i],
                                       .name = t->names.s[i],
                                       .host = target_name };

        rc = plan_add_domain(c, &v);
    }
    return rc;
}

int preflight_rules(const struct preflight *p, uint32_t *rules_r)
{
    struct plan_cluster *c = plan_cluster_new(NULL);
    int rc = c ? add_source_host(c, p) : -ENOMEM;

    if (!rc)
        rc = add_target_host(c, p->far);
    if (!rc)
        rc = add_guest(c, p);
    if (!rc)
        rc = add_targets_guests(c, p->far);
    if (!rc)
        rc = plan_cluster_index(c, NULL, NULL, NULL);
    if (rc >= 0)
        rc = plan_refusals(c, plan_find_domain(c, p->dom->uuid),
                           plan_find_host(c, target_name), rules_r);
    /* there is no map here: the connection is the way */
    *rules_r &= ~(1u << PLAN_PATH);
    plan_cluster_free(c);
    return rc;
}
