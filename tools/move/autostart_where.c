/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells where a guest is: by its record, and by what runs on this host. */
#include "tools/move/autostart_impl.h"

#include <errno.h>
#include <string.h>

#include "tools/move/records.h"

bool record_is_away(const struct record *r)
{
    if (r->taken)
        return true;
    if (r->role == HO_TARGET) /* the source host has its memory from before */
        return r->state == HO_DONE && r->lost;
    return !r->given_up && (r->state == HO_GO || r->state == HO_DONE);
}

bool record_is_home(const struct record *r)
{
    if (r->taken)
        return false;
    if (r->role == HO_SOURCE)
        return r->given_up || r->state == HO_PREPARED ||
               r->state == HO_ABORTED;
    return r->state == HO_DONE && !r->lost;
}

int record_of_guest(struct store *store, const char *guest, const char *uuid,
                    struct record *found)
{
    struct store_entry *list;
    struct record r;
    struct msg err;
    unsigned n;
    int rc = store_list(store, "handover/", &list, &n);

    if (rc)
        return rc;
    rc = -ENOENT;
    for (unsigned i = 0; i < n; i++) {
        if (record_parse(&r, list[i].key, list[i].value, &err) ||
            (*uuid ? strcmp(r.uuid, uuid) : strcmp(r.name, guest)) ||
            (!rc && r.when < found->when))
            continue;
        *found = r;
        rc = 0;
    }
    store_list_free(list, n);
    return rc;
}

int autostart_elsewhere(struct store *store, const char *guest,
                        const char *uuid, struct record *r)
{
    int rc = record_of_guest(store, guest, uuid, r);

    return rc ? rc : record_is_away(r) ? 0 : -ENOENT;
}

/* --- this host ---------------------------------------------------------------- */

int seen_begin(struct seen *s, struct xlx *x)
{
    int rc;

    *s = (struct seen){ .n = 0 };
    rc = xlx_domain_list(x, &s->domains, &s->n);
    if (rc)
        *s = (struct seen){ .n = 0 };
    return rc;
}

void seen_end(struct seen *s)
{
    xlx_domain_list_free(s->domains, s->n);
    *s = (struct seen){ .n = 0 };
}

bool seen_here(const struct seen *s, const char *guest, const struct record *r)
{
    struct msg why;
    bool same = records_boot_of(r, &why) == HO_BOOT_SAME;

    for (unsigned i = 0; i < s->n; i++) {
        const struct xlx_domain *d = &s->domains[i];
        bool given = same && r->role == HO_SOURCE && d->domid == r->domid &&
                     (r->state == HO_GO || r->state == HO_DONE);

        if (!given && !d->dying &&
            (!strcmp(d->uuid, r->uuid) ||
             (guest && d->name && !strcmp(d->name, guest))))
            return true;
    }
    return false;
}

/* Is it a copy that is still being built on this host? */
static bool is_incoming(const struct xlx_domain *d)
{
    size_t k = sizeof XLX_INCOMING - 1, n = d->name ? strlen(d->name) : 0;

    return !n || (n > k && !strcmp(d->name + n - k, XLX_INCOMING));
}

/* Is it on this host, by what runs there and by the guest's record? */
static bool where_is_here(struct seen *s, struct store *store,
                          const char *uuid)
{
    struct record r = { .epoch = 0 };
    struct seen one = { .n = 1 };
    bool here = false;

    if (record_of_guest(store, "", uuid, &r))
        memcpy(r.uuid, uuid, sizeof r.uuid);
    for (unsigned i = 0; i < s->n; i++) {
        one.domains = &s->domains[i];
        here |= !is_incoming(one.domains) && seen_here(&one, NULL, &r);
    }
    return here;
}

int autostart_here(struct xlx *x, struct store *store, char *const *uuid,
                   size_t n, bool *here)
{
    struct seen s;
    int rc = seen_begin(&s, x);

    for (size_t i = 0; i < n; i++)
        here[i] = where_is_here(&s, store, uuid[i]);
    seen_end(&s);
    return rc;
}
