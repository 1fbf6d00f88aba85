/* SPDX-License-Identifier: LGPL-2.1-only */
/* Lets the boot entries of a guest go where the guest goes. */
#include "tools/move/autostart_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"
#include "tools/deadline.h"
#include "tools/move/autostart_files.h"
#include "tools/paths.h"

/* --- to the target host ------------------------------------------------------- */

/* The document stays the caller's. */
static void follow_send(const struct record *r, const struct autostart *a,
                        const struct autostart_tell *t)
{
    struct autostart_parcel p = { .r = *r, .a = *a };

    autostart_send(&p, 1, t);
}

void autostart_follow(const struct record *r, const struct autostart_tell *t)
{
    struct autostart a;
    char dir[PATH_MAX];
    int rc = autostart_find(&a, r->name, r->uuid);

    if (!rc && a.n) /* first: what goes aside must not be forgotten there */
        autostart_set_unsent(r->uuid, true);
    for (unsigned i = 0; i < a.n && !rc; i++)
        rc = autostart_aside(r->uuid, a.entry[i].name);
    autostart_dir(dir);
    if (rc)
        autostart_say(
            t, true,
            "%s runs at %s, and may still be started at boot by this host as "
            "well: %s: %s. Remove its entry there",
            r->name, r->host, dir, strerror(-rc));
    else if (a.n)
        follow_send(r, &a, t);
    autostart_dispose(&a);
}

void autostart_return(const char *uuid, const char *guest,
                      const struct autostart_tell *t)
{
    struct strlist names = { .n = 0 };
    char dir[PATH_MAX];
    int rc = autostart_back(uuid, &names);

    autostart_dir(dir);
    for (size_t i = 0; i < names.n; i++)
        autostart_say(t, false,
                      "%s is started at boot by this host again: %s/%s", guest,
                      dir, names.s[i]);
    if (rc)
        autostart_say(t, true, "%s: its entry in %s could not be put back: %s",
                      guest, dir, strerror(-rc));
    strlist_dispose(&names);
}

/* --- from the source host --------------------------------------------------------- */

static int accept_guest(struct xlx *x, const struct autostart *a,
                        struct msg *err)
{
    struct xlx_domain *list;
    unsigned n;
    bool here = false;
    int rc = xlx_domain_list(x, &list, &n);

    if (rc) {
        msg_set(err, "Xen does not report what runs on this host: %s",
                strerror(-rc));
        return rc;
    }
    for (unsigned i = 0; i < n; i++)
        here |= !list[i].dying && !strcmp(list[i].uuid, a->uuid);
    xlx_domain_list_free(list, n);
    if (!here)
        msg_set(err, "%s is not on this host", a->guest);
    return here ? 0 : -ESRCH;
}

int autostart_accept(struct xlx *x, const char *text, size_t len,
                     struct strlist *kept, struct msg *err)
{
    struct autostart a;
    int rc = autostart_parse(&a, "stdin", text, len, err);

    if (rc)
        return rc;
    rc = accept_guest(x, &a, err);
    if (!rc)
        rc = autostart_take(&a, kept, err);
    autostart_dispose(&a);
    return rc;
}

/* --- at boot ------------------------------------------------------------------------- */

struct settle {
    struct store *store;
    struct seen seen;
    struct strlist aside; /* entries of guests that are elsewhere, by turns */
    struct strlist uuids; /* with the UUIDs of these guests */
    struct autostart_parcel *parcel; /* what is still to be sent */
    size_t parcels, room;
};

static int settle_entry(void *arg, const struct autostart_found *f)
{
    struct settle *s = arg;
    struct record r;
    int rc;

    if (autostart_elsewhere(s->store, f->guest, f->uuid, &r) ||
        seen_here(&s->seen, *f->uuid ? NULL : f->guest, &r))
        return 0;
    rc = strlist_add(&s->aside, f->name);
    return rc ? rc : strlist_add(&s->uuids, r.uuid);
}

static void settle_one_away(struct settle *s, const char *uuid,
                            const char *name, const struct autostart_tell *t)
{
    char dir[PATH_MAX];
    struct record r;
    int rc;

    if (record_of_guest(s->store, "", uuid, &r))
        return;
    autostart_dir(dir);
    /* first: what goes aside must not be forgotten there */
    autostart_set_unsent(uuid, r.role == HO_SOURCE && !r.taken);
    rc = autostart_aside(uuid, name);
    if (rc)
        autostart_say(
            t, true,
            "%s was moved to %s, and may be started by this host as well "
            "when that boots: %s/%s could not be put aside: %s",
            r.name, r.host, dir, name, strerror(-rc));
    else
        autostart_say(
            t, false,
            "%s is not started at boot by this host: it was moved to %s "
            "(%s/%s is put aside in %s/autostart)",
            r.name, r.host, dir, name, path_state());
}

/* The entries of guests that are elsewhere go aside. */
static void settle_away(struct settle *s, const struct autostart_tell *t)
{
    struct strlist unread = { .n = 0 };
    char dir[PATH_MAX];
    int rc = autostart_each(settle_entry, s, &unread);

    autostart_dir(dir);
    for (size_t i = 0; i < s->uuids.n; i++)
        settle_one_away(s, s->uuids.s[i], s->aside.s[i], t);
    for (size_t i = 0; i < unread.n; i++)
        autostart_say(
            t, true,
            "%s/%s can't be read now: whether its guest was moved away is "
            "not known",
            dir, unread.s[i]);
    if (rc)
        autostart_say(
            t, true,
            "%s: %s; guests that were moved away may be started here when "
            "this host boots",
            dir, strerror(-rc));
    strlist_dispose(&unread);
}

static void settle_aside(struct settle *s, const char *uuid, bool follow,
                         const struct autostart_tell *t)
{
    struct autostart_parcel p = { .rc = 0 };
    struct record r;

    if (record_of_guest(s->store, "", uuid, &r))
        return;
    if (record_is_home(&r) || seen_here(&s->seen, NULL, &r)) {
        autostart_return(uuid, r.name, t);
        return;
    }
    if (!follow || !autostart_unsent(uuid) || r.role != HO_SOURCE ||
        r.state != HO_DONE || autostart_find_aside(&p.a, r.name, uuid))
        return;
    p.r = r;
    if (p.a.n && !array_grow(&s->parcel, &s->room, s->parcels + 1, sizeof p))
        s->parcel[s->parcels++] = p;
    else /* without memory it is for the next time */
        autostart_dispose(&p.a);
}

static void settle_begin(struct settle *s, struct xlx *x, struct store *store)
{
    *s = (struct settle){ .store = store };
    seen_begin(&s->seen, x);
}

static void settle_end(struct settle *s)
{
    strlist_dispose(&s->aside);
    strlist_dispose(&s->uuids);
    for (size_t i = 0; i < s->parcels; i++)
        autostart_dispose(&s->parcel[i].a);
    free(s->parcel);
    seen_end(&s->seen);
}

void autostart_settle_away(struct xlx *x, struct store *store,
                           const struct autostart_tell *t)
{
    struct settle s;

    settle_begin(&s, x, store);
    settle_away(&s, t);
    settle_end(&s);
}

void autostart_settle_back(struct xlx *x, struct store *store, bool follow,
                           const struct autostart_tell *t)
{
    struct settle s;
    struct strlist uuids = { .n = 0 };

    deadline_begin(DEADLINE_SETTLE_S, RC_DOUBT,
                   "this host's guests were looked at");
    settle_begin(&s, x, store);
    deadline_end();
    autostart_list(&uuids);
    for (size_t i = 0; i < uuids.n; i++)
        settle_aside(&s, uuids.s[i], follow, t);
    autostart_send(s.parcel, s.parcels, t);
    strlist_dispose(&uuids);
    settle_end(&s);
}
