/* SPDX-License-Identifier: LGPL-2.1-only */
/* Lists the hooks that this host has on record, each as it is now. */
#include "tools/move/hook_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/msg.h"
#include "tools/boot.h"

struct hook_list {
    struct store *s;
    char dir[HOOK_DIR], boot[40];
};

/* A worker that is about to write the end has the lock: without it, a process
 * that has gone does not mean that its job is lost. */
static void hook_update(struct hook_list *l, struct hook_record *r)
{
    struct hook_record now;
    struct msg err;
    uint64_t rev;
    bool mine = false;
    int lock;

    if (r->state != HOOK_RUNNING)
        return;
    lock = hook_lock(l->dir, r->id, &mine);
    if (lock < 0)
        return;
    if (mine && !hook_get(l->s, r->id, &now, &rev, &err)) {
        *r = now;
        hook_judge(r, l->boot);
    }
    close(lock);
}

static int by_begin(const void *a, const void *b)
{
    const struct hook_record *x = a, *y = b;

    return x->began != y->began ? (x->began > y->began) - (x->began < y->began)
                                : strcmp(x->id, y->id);
}

/* Those of the wanted id, or all; what can't be read is left out. How many. */
static unsigned hook_records(const struct store_entry *list, unsigned n,
                             const char *id, struct hook_record *r)
{
    unsigned m = 0;
    struct msg err;

    for (unsigned i = 0; i < n; i++)
        if (!hook_record_parse(&r[m], list[i].key, list[i].value, &err) &&
            (!id || !strcmp(id, r[m].id)))
            m++;
    qsort(r, m, sizeof *r, by_begin);
    return m;
}

static int hook_list_each(struct hook_list *l, const char *id,
                          int (*fn)(void *arg, const struct hook_record *r),
                          void *arg, struct msg *err)
{
    struct store_entry *list;
    struct hook_record *r;
    unsigned n = 0, m;
    int rc = store_list(l->s, "hook/", &list, &n);

    if (rc) {
        msg_set(err, "%s", store_error(l->s));
        return rc;
    }
    r = calloc(n + 1, sizeof *r);
    m = r ? hook_records(list, n, id, r) : 0;
    store_list_free(list, n);
    if (!r)
        msg_set(err, "out of memory");
    else if (id && !m)
        msg_set(err, "this host has no record of a hook %s", id);
    rc = !r ? -ENOMEM : id && !m ? -ENOENT : 0;
    for (unsigned i = 0; i < m && !rc; i++) {
        hook_update(l, &r[i]);
        rc = fn(arg, &r[i]);
    }
    free(r);
    return rc;
}

int hook_each(const char *statedir, const char *id,
              int (*fn)(void *arg, const struct hook_record *r), void *arg,
              struct msg *err)
{
    struct hook_list l = { .s = NULL };
    int rc = store_open(&l.s, statedir, err);

    if (rc)
        return rc;
    hook_dir(l.dir, statedir);
    rc = boot_id(l.boot);
    if (rc)
        msg_set(err, "the id of this host's boot can't be read: %s",
                strerror(-rc));
    else
        rc = hook_list_each(&l, id, fn, arg, err);
    store_close(l.s);
    return rc;
}
