/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Adds hosts and guests to a cluster.
 *
 * Adding stores what it is given and turns strings into numbers; names are
 * looked up by plan_cluster_index() in index.c. Problems that are seen while
 * adding are kept until then, to be reported with the others.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int cluster_note_problem(struct plan_cluster *c, char *text)
{
    if (!text || array_grow(&c->problem, &c->problem_room, c->nproblem + 1u,
                            sizeof(char *))) {
        free(text);
        return -ENOMEM;
    }
    c->problem[c->nproblem++] = text;
    return 0;
}

/* The id of a featureset. One that can't be read is empty, and `wrong` says
 * so; else that is "". */
static int cluster_add_features(struct plan_cluster *c, const char *s,
                                const char *field, uint32_t *r, char *wrong,
                                size_t len)
{
    struct plan_features f = { .n = 0 };
    uint32_t id;

    *r = NONE;
    *wrong = '\0';
    if (!s)
        return 0;
    id = intern_str(&c->fset, s);
    if (id == NONE)
        return -ENOMEM;
    if (*s && plan_features_parse(&f, s)) {
        f = (struct plan_features){ .n = 0 };
        snprintf(wrong, len,
                 "%s is no featureset (up to %d words of 8 hex digits, with "
                 "commas)",
                 field, PLAN_FEATURE_WORDS);
    }
    *r = id;
    if (id < c->nfeatures)
        return 0;
    if (array_grow(&c->features, &c->features_room, id + 1u, sizeof f))
        return -ENOMEM;
    c->nfeatures = id + 1;
    c->features[id] = f;
    return 0;
}

/* A bridge of Open vSwitch may be followed by what its port is to carry:
 * ovsbr0.10:20. The host has the bridge. */
static size_t network_len(const char *s)
{
    return strcspn(s, strchr(s, ':') && *s != '@' ? ".:" : "");
}

/* Appends words to the pool, as ids; a word that is listed twice counts
 * once. */
static int cluster_add_words(struct plan_cluster *c,
                             const struct plan_words *w, bool networks,
                             struct span *r)
{
    r->at = c->npool;
    for (size_t i = 0; i < w->n; i++) {
        size_t len = networks ? network_len(w->s[i]) : strlen(w->s[i]);
        uint32_t id = intern_key(&c->word, w->s[i], len);

        if (id == NONE || array_grow(&c->pool, &c->pool_room, c->npool + 1u,
                                     sizeof *c->pool))
            return -ENOMEM;
        for (uint32_t k = r->at; k < c->npool && id != NONE; k++)
            if (c->pool[k] == id)
                id = NONE;
        if (id != NONE)
            c->pool[c->npool++] = id;
    }
    r->n = c->npool - r->at;
    return 0;
}

static int word_by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

/* The id of a set of words, whose key is the sorted ids. NONE: not known. */
static int cluster_add_set(struct plan_cluster *c, const struct plan_words *w,
                           bool networks, uint32_t *r)
{
    struct span s;
    int rc;

    *r = NONE;
    if (!w->known)
        return 0;
    rc = cluster_add_words(c, w, networks, &s);
    if (rc)
        return rc;
    if (s.n)
        qsort(c->pool + s.at, s.n, sizeof *c->pool, word_by_id);
    *r = intern_key(&c->wordset, s.n ? (void *)(c->pool + s.at) : "",
                    s.n * sizeof *c->pool);
    c->npool = s.at; /* the set has its own copy */
    return *r == NONE ? -ENOMEM : 0;
}

uint32_t plan_xen_order(const char *s)
{
    unsigned long major, minor;
    char *end;

    if (!s)
        return NONE;
    major = strtoul(s, &end, 10);
    if (end == s || *end != '.' || major > 1000)
        return NONE;
    s = end + 1;
    minor = strtoul(s, &end, 10);
    return end == s || minor > 999 ? NONE : (uint32_t)(major * 1000 + minor);
}

/* A host whose features cannot be read takes no guests. */
static int host_add_features(struct plan_cluster *c, struct host *h,
                             const struct plan_host *in)
{
    static const char *const field[] = { "cpu_max.pv", "cpu_max.hvm",
                                         "cpu_default.pv", "cpu_default.hvm" };
    const char *s[] = { in->max_pv, in->max_hvm, in->default_pv,
                        in->default_hvm };
    uint32_t *to[] = { &h->offer.max_pv, &h->offer.max_hvm, &h->dfl_pv,
                       &h->dfl_hvm };
    char wrong[120];
    int rc = 0;

    for (int i = 0; i < 4 && !rc; i++) {
        rc = cluster_add_features(c, s[i], field[i], to[i], wrong,
                                  sizeof wrong);
        if (rc || !*wrong)
            continue;
        if (h->state == PLAN_UP)
            h->state = PLAN_UNSOUND;
        rc = cluster_note(c, h->name, NONE, "host %s: %s: it takes no guests",
                          in->name, wrong);
    }
    return rc;
}

int plan_add_host(struct plan_cluster *c, const struct plan_host *in)
{
    struct host h = { .state = in->state,
                      .memory = in->memory_mib,
                      .reserved = in->reserved_mib,
                      .cap = in->memory_mib - in->reserved_mib,
                      .listed_cap = in->memory_mib - in->reserved_mib,
                      .room = in->knows_room ? in->room_mib : -1,
                      .cpus = in->cpus,
                      .cpu_sample_ms = in->cpu_sample_ms,
                      .tsc_khz = in->tsc_khz,
                      .xsave_pv = in->xsave_pv,
                      .xsave_hvm = in->xsave_hvm,
                      .rack = NONE,
                      .nic = in->nic_mbps,
                      .node = NONE,
                      .cls = NONE };
    int rc;

    if (c->indexed)
        return -EINVAL;
    h.name = intern_str(&c->host_name, in->name);
    if (h.name == NONE)
        return -ENOMEM;
    if (h.name != c->nhost)
        return cluster_note_problem(
            c, plan_asprintf("host %s: is listed twice", in->name));
    memset(&h.offer, 0xff, sizeof h.offer);
    rc = host_add_features(c, &h, in);
    if (!rc)
        rc = cluster_add_set(c, &in->networks, true, &h.offer.networks);
    if (!rc)
        rc = cluster_add_set(c, &in->storage, false, &h.offer.storage);
    if (!rc)
        rc = cluster_add_set(c, &in->cpupools, false, &h.offer.cpupools);
    if (rc)
        return rc;
    if (in->cpu_vendor)
        h.offer.vendor = intern_str(&c->word, in->cpu_vendor);
    h.offer.xen = plan_xen_order(in->xen);
    if (array_grow(&c->host, &c->host_room, c->nhost + 1u, sizeof h))
        return -ENOMEM;
    c->host[c->nhost++] = h;
    return devices_add_host(c, h.name, in);
}

static int domain_add_traffic(struct plan_cluster *c, struct dom *v,
                              const struct plan_domain *in)
{
    v->traffic = c->ntraffic;
    for (size_t i = 0; i < in->traffic_n; i++) {
        uint32_t with = intern_str(&c->wanted, in->traffic[i].uuid);

        if (with == NONE || array_grow(&c->traffic, &c->traffic_room,
                                       c->ntraffic + 1u, sizeof *c->traffic))
            return -ENOMEM;
        c->traffic[c->ntraffic].uuid = with;
        c->traffic[c->ntraffic++].mbps = in->traffic[i].mbps;
        v->traffic_n++;
    }
    return 0;
}

/* A dying domain is no guest any more. */
static int domain_add_gone(struct plan_cluster *c,
                           const struct plan_domain *in)
{
    struct listed_gone g = { .host_name = intern_str(&c->wanted, in->host),
                             .name = intern_str(&c->word, in->name),
                             .uuid = intern_str(&c->word, in->uuid),
                             .mib = in->memory_mib };

    if (g.host_name == NONE || g.name == NONE || g.uuid == NONE ||
        array_grow(&c->gone, &c->gone_room, c->ngone + 1u, sizeof g))
        return -ENOMEM;
    c->gone[c->ngone++] = g;
    return 0;
}

/* Why the guest stays where it is, and whether a drain has to mind that. */
static int domain_add_reason(struct plan_cluster *c, struct dom *v,
                             const struct plan_domain *in, const char *wrong)
{
    const char *odd = in->odd                   ? in->odd
                      : wrong                   ? wrong
                      : in->memory_mib <= 0     ? "it has no memory yet"
                      : (int32_t)in->vcpus <= 0 ? "its vCPUs are not up yet"
                                                : NULL;
    const char *why = odd ? odd : in->pinned;

    v->odd = odd;
    v->pinned = why ? intern_str(&c->word, why) : NONE;
    return why && v->pinned == NONE ? -ENOMEM : 0;
}

static int domain_add_lists(struct plan_cluster *c, struct dom *v,
                            const struct plan_domain *in)
{
    int rc = cluster_add_set(c, &in->networks, true, &v->networks);

    if (!rc)
        rc = cluster_add_set(c, &in->storage, false, &v->storage);
    if (!rc)
        rc = cluster_add_set(c, &in->cpupool, false, &v->cpupool);
    if (!rc)
        rc = cluster_add_words(c, &in->apart, false, &v->apart);
    if (!rc)
        rc = cluster_add_words(c, &in->together, false, &v->together);
    if (!rc)
        rc = cluster_add_words(c, &in->apart_racks, false, &v->apart_racks);
    if (!rc)
        rc = cluster_add_set(c, &in->only, false, &v->only);
    if (!rc)
        rc = devices_add_domain(c, v, in);
    return rc ? rc : domain_add_traffic(c, v, in);
}

static int domain_fill(struct plan_cluster *c, struct dom *v,
                       const struct plan_domain *in)
{
    char wrong[120];
    int rc;

    v->name = intern_str(&c->name, in->name);
    v->host_name = v->listed_on = intern_str(&c->wanted, in->host);
    v->home = intern_str(&c->wanted, in->home);
    if (v->name == NONE || v->host_name == NONE ||
        (in->home && v->home == NONE))
        return -ENOMEM;
    rc = cluster_add_features(c, in->cpu_policy, "cpu_policy", &v->policy,
                              wrong, sizeof wrong);
    if (!rc)
        rc = domain_add_reason(c, v, in, *wrong ? wrong : NULL);
    return rc ? rc : domain_add_lists(c, v, in);
}

int plan_add_domain(struct plan_cluster *c, const struct plan_domain *in)
{
    int64_t held = in->memory_mib > 0 ? in->memory_mib : 0;
    struct dom v = { .type = in->type,
                     .host = NONE,
                     .mem = in->need_mib > held ? in->need_mib : held,
                     .held = held,
                     .listed_mib = held,
                     .vcpus = (int32_t)in->vcpus,
                     .cpu = in->cpu_used,
                     .cpu_day = in->cpu_day,
                     .dirty = in->dirty_mib_s,
                     .writable = in->writable_mib,
                     .wire_first = in->wire_first,
                     .wire_again = in->wire_again,
                     .tsc_khz = in->tsc_khz,
                     .xsave = in->xsave,
                     .priority = in->priority,
                     .pinned = NONE,
                     .torn = NONE,
                     .twin = NONE,
                     .pci_n = (uint32_t)in->pci.n };
    uint32_t id;
    int rc;

    if (c->indexed)
        return -EINVAL;
    if (in->dying)
        return domain_add_gone(c, in);
    id = intern_str(&c->uuid, in->uuid);
    if (id == NONE)
        return -ENOMEM;
    rc = domain_fill(c, &v, in);
    if (rc)
        return rc;
    if (id != c->ndom) {
        if (array_grow(&c->twice, &c->twice_room, c->ntwice + 1u,
                       sizeof *c->twice))
            return -ENOMEM;
        c->twice[c->ntwice++] = (struct listed_twice){ .dom = id, .v = v };
        return 0;
    }
    if (array_grow(&c->dom, &c->dom_room, c->ndom + 1u, sizeof v))
        return -ENOMEM;
    c->dom[c->ndom++] = v;
    return 0;
}
