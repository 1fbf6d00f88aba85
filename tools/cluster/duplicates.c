/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds guests that several hosts list, and which of these is the guest. */
#include "tools/cluster/duplicates.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/migrate.h"

/* A copy under construction: libxl names it NAME--incoming. */
static const char copy_suffix[] = XLX_INCOMING;

static bool is_copy(const struct json *dom)
{
    const char *name = json_get_str(dom, "name", "");
    size_t n = strlen(name), suffix = strlen(copy_suffix);

    return n > suffix && !strcmp(name + n - suffix, copy_suffix);
}

/* A dying domain is no guest any more, and no copy that will be one. */
static bool is_dying(const struct json *dom)
{
    return json_get_bool(dom, "dying", false) ||
           !strcmp(json_get_str(dom, "pinned_why", ""), "it is dying");
}

/* The lower, the more likely is this the guest. Facts pin what is paused or
 * shut down (a suspended guest is). */
static int listing_rank(const struct json *dom)
{
    return !json_get_bool(dom, "pinned", false) ? 0 : is_copy(dom) ? 2 : 1;
}

size_t duplicates_name_len(const struct json *dom)
{
    size_t n = strlen(json_get_str(dom, "name", ""));

    return !listing_rank(dom) && is_copy(dom) ? n - strlen(copy_suffix) : n;
}

static int by_uuid(const void *a, const void *b)
{
    return strcmp(((const struct listing *)a)->uuid,
                  ((const struct listing *)b)->uuid);
}

/* Of the n listings of one UUID, the copies that are not the guest are
 * duplicates. What else is listed twice is for the planner to make the best
 * of. */
static void mark_duplicates(struct listing *l, size_t n)
{
    struct listing *guest = l;

    /* hosts are not asked at one instant: both may have been seen running */
    for (size_t i = 1; i < n; i++) {
        int rank = listing_rank(l[i].dom), least = listing_rank(guest->dom);

        if (rank < least || (rank == least && is_copy(guest->dom)))
            guest = &l[i];
    }
    for (size_t i = 0; i < n; i++)
        l[i].duplicate = &l[i] != guest && is_copy(l[i].dom);
}

static size_t list_all(struct listing *l, const struct json *const *domains,
                       size_t hosts)
{
    size_t n = 0;

    for (size_t i = 0; i < hosts; i++)
        JSON_FOREACH(d, domains[i]) {
            if (is_dying(d))
                continue;
            if (l)
                l[n] = (struct listing){ .dom = d,
                                         .uuid = json_get_str(d, "uuid", ""),
                                         .host = i };
            n++;
        }
    return n;
}

int duplicates_find(struct duplicates *d, const struct json *const *domains,
                    size_t hosts)
{
    size_t n = list_all(NULL, domains, hosts), to;
    struct listing *l = calloc(n + 1, sizeof *l);

    *d = (struct duplicates){ .l = l };
    if (!l)
        return -ENOMEM;
    list_all(l, domains, hosts);
    qsort(l, n, sizeof *l, by_uuid);
    for (size_t i = 0; i < n; i = to) {
        for (to = i + 1; to < n && !strcmp(l[to].uuid, l[i].uuid);)
            to++;
        if (*l[i].uuid)
            mark_duplicates(l + i, to - i);
    }
    for (size_t i = 0; i < n; i++)
        if (l[i].duplicate)
            l[d->n++] = l[i];
    return 0;
}

void duplicates_dispose(struct duplicates *d)
{
    free(d->l);
    *d = (struct duplicates){ .l = NULL };
}

bool duplicates_has(const struct duplicates *d, const struct json *dom)
{
    struct listing key = { .uuid = json_get_str(dom, "uuid", "") }, *l;

    if (!d->n)
        return false;
    l = bsearch(&key, d->l, d->n, sizeof *l, by_uuid);
    while (l && l > d->l && !by_uuid(l - 1, &key))
        l--;
    for (; l && l < d->l + d->n && !by_uuid(l, &key); l++)
        if (l->dom == dom)
            return true;
    return false;
}

/* Memory of a domain; what no host can have counts as nothing. */
static double listed_mib(const struct json *dom, const char *key)
{
    double mib = json_get_num(dom, key, 0);

    return mib >= 0 && mib < 1e12 ? mib : 0;
}

/* A copy will need more than it has; what was left suspended will not. */
static double listed_most_mib(const struct json *dom)
{
    double held = listed_mib(dom, "memory_mib");

    return is_copy(dom) ? fmax(held, listed_mib(dom, "need_mib")) : held;
}

double duplicates_mib(const struct duplicates *d, size_t host)
{
    double mib = 0;

    for (size_t i = 0; i < d->n; i++)
        if (d->l[i].host == host)
            mib += listed_most_mib(d->l[i].dom);
    return mib;
}

double duplicates_coming_mib(const struct duplicates *d, size_t host)
{
    double mib = 0;

    for (size_t i = 0; i < d->n; i++)
        if (d->l[i].host == host)
            mib += listed_most_mib(d->l[i].dom) -
                   listed_mib(d->l[i].dom, "memory_mib");
    return mib;
}

int duplicates_arriving(const struct duplicates *d, size_t host,
                        struct strlist *uuids)
{
    int rc = 0;

    for (size_t i = 0; i < d->n && !rc; i++)
        if (d->l[i].host == host && is_copy(d->l[i].dom))
            rc = strlist_add(uuids, d->l[i].uuid);
    return rc;
}
