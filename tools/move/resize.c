/* SPDX-License-Identifier: LGPL-2.1-only */
/* Gives a guest of this host more memory, or less, and remembers what it had. */
#include "tools/move/resize.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libxl-ext/balloon.h"
#include "libxl-ext/domain.h"
#include "libxl-ext/migrate.h"
#include "tools/base/clock.h"
#include "tools/deadline.h"
#include "tools/exit.h"
#include "tools/paths.h"

#define RESIZE_KEYS "resized/"

enum { RESIZE_KEY = 64, RESIZE_LOOK_MS = 200, RESIZE_DEADLINE_S = 60 };

/* --- may it be? -------------------------------------------------------------- */

static int resize_check_less(const struct resize_case *c, struct msg *err)
{
    int64_t least = (int64_t)(c->floor / 100 * (double)c->most_mib);

    if (c->wanted_mib >= c->before_mib && c->before_mib)
        return 0;
    if (!(c->floor > 0)) {
        msg_set(err, "it gives no memory: memory_floor is not set here");
        return -EPERM;
    }
    if (c->wanted_mib >= least)
        return 0;
    msg_set(err, "it keeps %lld MiB at least, %.0f%% of %lld (memory_floor)",
            (long long)least, c->floor, (long long)c->most_mib);
    return -ERANGE;
}

int resize_check(const struct resize_case *c, struct msg *err)
{
    int64_t more = c->wanted_mib - c->target_mib;

    if (!c->most_mib) {
        msg_set(err, "nobody knows what memory it may have at most");
        return -EPERM;
    }
    if (c->wanted_mib > c->most_mib) {
        msg_set(err, "it may have %lld MiB at most", (long long)c->most_mib);
        return -ERANGE;
    }
    if (more < 0)
        return resize_check_less(c, err);
    if (!more || c->free_mib - RESIZE_LEFT_MIB >= more)
        return 0;
    msg_set(err,
            "this host has %lld MiB free, of which %d are left; %lld are "
            "needed",
            (long long)c->free_mib, RESIZE_LEFT_MIB, (long long)more);
    return -EAGAIN;
}

/* --- the record ---------------------------------------------------------------- */

struct resizing {
    const struct resize_request *q;
    struct xlx *x;
    struct xlx_domain dom;
    struct store *store;
    int lock;
    struct resized r;
    uint64_t rev;
};

static void resize_key(char key[RESIZE_KEY], const char *uuid)
{
    snprintf(key, RESIZE_KEY, RESIZE_KEYS "%s", uuid);
}

static int resize_read(struct resizing *z, struct msg *err)
{
    char key[RESIZE_KEY], *text = NULL;
    int rc;

    resize_key(key, z->dom.uuid);
    rc = store_get(z->store, key, &text, &z->rev);
    if (!rc && resized_parse(&z->r, text, strlen(text)))
        z->r = (struct resized){ .from_mib = 0 }; /* none of ours: anew */
    free(text);
    if (rc == -ENOENT)
        z->rev = 0;
    else if (rc)
        msg_set(err, "%s", store_error(z->store));
    return rc == -ENOENT ? 0 : rc;
}

/* What it had before is kept until it has that again. */
static int resize_keep(struct resizing *z, int64_t now_mib, int64_t to_mib,
                       struct msg *err)
{
    char key[RESIZE_KEY], *text = NULL;
    int rc = -ENOMEM;

    resize_key(key, z->dom.uuid);
    if (!z->r.from_mib)
        z->r.from_mib = now_mib;
    z->r.to_mib = to_mib;
    z->r.at_s = (double)time(NULL);
    snprintf(z->r.uuid, sizeof z->r.uuid, "%s", z->dom.uuid);
    snprintf(z->r.name, sizeof z->r.name, "%s",
             z->dom.name ? z->dom.name : "");
    snprintf(z->r.by, sizeof z->r.by, "%s", z->q->by);
    text = resized_format(&z->r);
    if (text)
        rc = store_cas(z->store, key, z->rev, text, &z->rev);
    if (rc)
        msg_set(err, "nothing is changed, for it could not be kept: %s",
                text ? store_error(z->store) : "out of memory");
    free(text);
    return rc;
}

static int resize_forget(struct resizing *z, struct msg *err)
{
    char key[RESIZE_KEY];
    int rc;

    resize_key(key, z->dom.uuid);
    rc = store_cas(z->store, key, z->rev, NULL, NULL);
    if (rc)
        msg_set(err, "%s", store_error(z->store));
    return rc;
}

/* --- the change ---------------------------------------------------------------- */

/* What it was given since, and is not to be taken back, it keeps. */
static int64_t resize_wanted(const struct resizing *z, int64_t target_mib)
{
    int64_t back = z->q->back_mib;

    if (z->q->mib)
        return z->q->mib;
    return back && target_mib - back > z->r.from_mib ? target_mib - back
                                                     : z->r.from_mib;
}

static int resize_case_of(struct resizing *z, struct resize_case *c,
                          struct msg *err)
{
    struct xlx_balloon b;
    int rc = xlx_balloon_get(z->x, z->dom.domid, &b, err);

    *c = (struct resize_case){ .target_mib = (int64_t)(b.target_kib >> 10),
                               .most_mib = (int64_t)(b.most_kib >> 10),
                               .free_mib = (int64_t)(b.free_kib >> 10),
                               .floor = z->q->floor,
                               .before_mib = z->r.from_mib };
    c->wanted_mib = resize_wanted(z, c->target_mib);
    return rc;
}

/* Guests that were asked for theirs give it within seconds. */
static int resize_wait(struct resizing *z, struct resize_case *c,
                       struct msg *err)
{
    uint64_t until = clock_us() + (uint64_t)z->q->wait_ms * 1000;
    int rc;

    for (;;) {
        rc = resize_case_of(z, c, err);
        if (!rc)
            rc = resize_check(c, err);
        if (rc != -EAGAIN || clock_us() >= until)
            return rc;
        poll(NULL, 0, RESIZE_LOOK_MS);
    }
}

static int resize_do(struct resizing *z, struct msg *err)
{
    struct resize_case c;
    int rc;

    if (!z->q->mib && !z->r.from_mib) {
        msg_set(err, "it has what it had: nothing is on record");
        return -ENOENT;
    }
    rc = resize_wait(z, &c, err);
    if (!rc)
        rc = resize_keep(z, c.target_mib, c.wanted_mib, err);
    if (!rc && c.wanted_mib != c.target_mib)
        rc = xlx_balloon_set(z->x, z->dom.domid, (uint64_t)c.wanted_mib << 10,
                             err);
    if (!rc && c.wanted_mib == z->r.from_mib)
        rc = resize_forget(z, err);
    return rc;
}

/* A guest that is moved, or is no guest yet or any more, is left alone. */
static int resize_take(struct resizing *z, struct msg *err)
{
    int rc = xlx_domain_find(z->x, z->q->domain, 0, &z->dom, err);

    if (rc)
        return rc;
    if (!z->dom.domid || z->dom.dying || z->dom.shutdown || z->dom.paused) {
        msg_set(err, "only a running guest's memory is changed");
        return -EINVAL;
    }
    z->lock = xlx_lock(path_run(), z->dom.uuid, "memory", err);
    return z->lock < 0 ? z->lock : 0;
}

int resize_guest(const struct resize_request *q, struct resized *r_r,
                 struct msg *err)
{
    struct resizing z = { .q = q, .lock = -1 };
    int rc;

    deadline_begin(RESIZE_DEADLINE_S, RC_FAILED,
                   "the guest's memory was changed");
    rc = xlx_open(&z.x, q->log, err);
    if (!rc)
        rc = store_open(&z.store, path_state(), err);
    if (!rc)
        rc = resize_take(&z, err);
    if (!rc)
        rc = resize_read(&z, err);
    if (!rc)
        rc = resize_do(&z, err);
    deadline_end();
    *r_r = z.r;
    if (z.lock >= 0)
        close(z.lock);
    xlx_domain_dispose(&z.dom);
    store_close(z.store);
    xlx_close(z.x);
    return rc;
}

int resize_list(struct store *s, struct resized **list_r, unsigned *n_r,
                struct msg *err)
{
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc = store_list(s, RESIZE_KEYS, &list, &n);

    *list_r = rc ? NULL : calloc((size_t)n + 1, sizeof **list_r);
    *n_r = 0;
    if (rc || !*list_r) {
        msg_set(err, "%s", rc ? store_error(s) : "out of memory");
        rc = rc ? rc : -ENOMEM;
    }
    for (unsigned i = 0; i < n && !rc; i++)
        *n_r += !resized_parse(&(*list_r)[*n_r], list[i].value,
                               strlen(list[i].value));
    store_list_free(list, n);
    return rc;
}

int resize_load(const char *statedir, struct resized **list_r, unsigned *n_r,
                struct msg *err)
{
    struct store *s = NULL;
    int rc;

    *list_r = NULL;
    *n_r = 0;
    rc = store_open_if_there(&s, statedir, err);
    if (s)
        rc = resize_list(s, list_r, n_r, err);
    store_close(s);
    return rc;
}
