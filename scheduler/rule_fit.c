/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Rules on what a guest needs and a host offers: CPU, Xen, networks, storage,
 * and on the hosts that a guest may be on.
 *
 * What a snapshot does not say forbids nothing.
 */
#include "scheduler/rule_impl.h"

#include <stdio.h>

/* --- CPU ----------------------------------------------------------------- */

static bool cpu_vendor_differs(const struct rule_case *q)
{
    return q->needs->vendor != NONE && q->offers->vendor != NONE &&
           q->needs->vendor != q->offers->vendor;
}

/* The features that the guest was started with and the host does not have. */
static bool cpu_lacks(const struct rule_case *q, struct plan_features *missing)
{
    uint32_t max = q->needs->pv ? q->offers->max_pv : q->offers->max_hvm;

    if (q->needs->policy == NONE || max == NONE)
        return false;
    return plan_features_missing(&q->c->features[q->needs->policy],
                                 &q->c->features[max], missing);
}

bool rule_cpu(const struct rule_case *q)
{
    struct plan_features missing;

    return cpu_vendor_differs(q) || cpu_lacks(q, &missing);
}

void rule_cpu_why(const struct rule_case *q, char *text, size_t len)
{
    enum { NAMED = 8 };
    struct plan_features missing;
    char names[320];

    if (cpu_vendor_differs(q))
        snprintf(text, len, "its CPU is of another vendor: %s, not %s",
                 intern_get(&q->c->word, q->offers->vendor),
                 intern_get(&q->c->word, q->needs->vendor));
    else if (cpu_lacks(q, &missing))
        snprintf(text, len, "its CPU lacks %s",
                 plan_features_names(&missing, NAMED, names, sizeof names));
}

/* --- Xen ----------------------------------------------------------------- */

bool rule_xen(const struct rule_case *q)
{
    return q->needs->xen != NONE && q->offers->xen != NONE &&
           q->offers->xen < q->needs->xen;
}

void rule_xen_why(const struct rule_case *q, char *text, size_t len)
{
    snprintf(text, len,
             "its Xen is %u.%u, older than %u.%u, on which the guest runs",
             q->offers->xen / 1000, q->offers->xen % 1000,
             q->needs->xen / 1000, q->needs->xen % 1000);
}

/* --- networks and storage ------------------------------------------------ */

/* A set of words of the cluster: sorted ids. */
struct word_set {
    const uint32_t *word;
    uint32_t n;
};

static struct word_set word_set(const struct rule_case *q, uint32_t id)
{
    const struct intern_entry *e = q->c->wordset.entry[id];

    return (struct word_set){ (const void *)e->key, e->len / 4 };
}

static bool word_in(struct word_set set, uint32_t word)
{
    uint32_t lo = 0, hi = set.n;

    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;

        if (set.word[mid] < word)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < set.n && set.word[lo] == word;
}

/* Does the host lack a word of what the guest needs? */
static bool words_lack(const struct rule_case *q, uint32_t need,
                       uint32_t offer)
{
    struct word_set want, have;

    if (need == NONE || offer == NONE || need == offer)
        return false;
    want = word_set(q, need);
    have = word_set(q, offer);
    for (uint32_t i = 0; i < want.n; i++)
        if (!word_in(have, want.word[i]))
            return true;
    return false;
}

/* Of "@NAME", a driver domain (libxl-ext/network.h), the reader wants the
 * name. */
static size_t word_why(const char *word, bool first, char *text, size_t len)
{
    return (size_t)snprintf(text, len, "%s %s%s", first ? "" : ",",
                            *word == '@' ? "of driver domain " : "",
                            *word == '@' ? word + 1 : word);
}

static void words_why(const struct rule_case *q, const char *what,
                      uint32_t need, uint32_t offer, char *text, size_t len)
{
    size_t at = (size_t)snprintf(text, len, "it has no %s", what);
    struct word_set want = word_set(q, need), have = word_set(q, offer);
    bool first = true;

    for (uint32_t i = 0; i < want.n && at < len; i++) {
        if (word_in(have, want.word[i]))
            continue;
        at += word_why(intern_get(&q->c->word, want.word[i]), first, text + at,
                       len - at);
        first = false;
    }
}

bool rule_network(const struct rule_case *q)
{
    return words_lack(q, q->needs->networks, q->offers->networks);
}

void rule_network_why(const struct rule_case *q, char *text, size_t len)
{
    words_why(q, "network", q->needs->networks, q->offers->networks, text,
              len);
}

bool rule_storage(const struct rule_case *q)
{
    return words_lack(q, q->needs->storage, q->offers->storage);
}

void rule_storage_why(const struct rule_case *q, char *text, size_t len)
{
    words_why(q, "storage", q->needs->storage, q->offers->storage, text, len);
}

/* --- the hosts that may have it ------------------------------------------ */

bool rule_only(const struct rule_case *q)
{
    struct word_set want, have;

    if (q->needs->only == NONE)
        return false;
    want = word_set(q, q->needs->only);
    have = word_set(q, q->offers->only);
    for (uint32_t i = 0; i < want.n; i++)
        if (word_in(have, want.word[i]))
            return false;
    return true;
}

void rule_only_why(const struct rule_case *q, char *text, size_t len)
{
    struct word_set want = word_set(q, q->needs->only);
    size_t at = (size_t)snprintf(text, len, "the guest may only be on");

    for (uint32_t i = 0; i < want.n && at < len; i++)
        at += (size_t)snprintf(text + at, len - at, "%s %s",
                               !i               ? ""
                               : i + 1 < want.n ? ","
                                                : " or",
                               intern_get(&q->c->word, want.word[i]));
}
