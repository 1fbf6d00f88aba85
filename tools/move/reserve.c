/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes, renews, reads and gives back the reservations of runs on a host. */
#include "tools/move/reserve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/move/admission.h"
#include "tools/move/claim.h"
#include "tools/move/run_lock.h"

#define RESERVE_PREFIX "reserve/"

static void reserve_key(char *key, size_t len, const char *run)
{
    snprintf(key, len, RESERVE_PREFIX "%s", run);
}

int reserve_seen_parse(const char *text, struct reserve_seen *s)
{
    const char *at = strrchr(text, '@');
    unsigned long long stamp;
    int end = 0;

    *s = (struct reserve_seen){ .stamp = 0 };
    if (!at || at == text || (size_t)(at - text) >= sizeof s->run ||
        at[1] < '0' || at[1] > '9' || /* sscanf takes a sign */
        sscanf(at + 1, "%18llu%n", &stamp, &end) != 1 || at[1 + end])
        return -EINVAL;
    memcpy(s->run, text, (size_t)(at - text));
    s->stamp = stamp;
    return 0;
}

/* A clock that was set back makes a reservation of the future: it is alive
 * until the clock gets there, but no longer than a lease. */
static bool reserve_is_over(const struct reservation *r)
{
    uint64_t now = (uint64_t)time(NULL);
    uint64_t age = now > r->renewed ? now - r->renewed : r->renewed - now;

    return age > RESERVE_LEASE_S || !run_name_ok(r->run) ||
           run_is_dead(r->run);
}

/* --- reading ---------------------------------------------------------------- */

void reserve_list_free(struct reservation *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        reservation_dispose(&list[i]);
    free(list);
}

static int reserve_read_all(struct store *s, const struct store_entry *e,
                            unsigned n, struct reservation *list, size_t *n_r)
{
    int rc = 0;

    for (unsigned i = 0; i < n && !rc; i++) {
        struct reservation *r = &list[*n_r];

        rc = reservation_parse(e[i].value, r);
        if (rc == -ENOMEM)
            return rc;
        if (rc || reserve_is_over(r)) {
            /* another process may be taking it away as well */
            reservation_dispose(r);
            rc = store_cas(s, e[i].key, e[i].rev, NULL, NULL);
            if (rc == -ESTALE)
                rc = 0;
            continue;
        }
        ++*n_r;
    }
    return rc;
}

int reserve_list(struct store *s, struct reservation **list_r, size_t *n_r)
{
    struct store_entry *e = NULL;
    unsigned n = 0;
    int rc = store_list(s, RESERVE_PREFIX, &e, &n);

    *n_r = 0;
    *list_r = calloc((size_t)n + 1, sizeof **list_r);
    if (!rc)
        rc = *list_r ? reserve_read_all(s, e, n, *list_r, n_r) : -ENOMEM;
    store_list_free(e, n);
    return rc;
}

int reserve_load(const char *statedir, struct reservation **list_r,
                 size_t *n_r)
{
    struct store *s = NULL;
    struct msg why;
    int rc;

    *list_r = NULL;
    *n_r = 0;
    rc = store_open_if_there(&s, statedir, &why);
    if (s)
        rc = reserve_list(s, list_r, n_r);
    store_close(s);
    return rc;
}

/* --- writing ---------------------------------------------------------------- */

static int reserve_write(struct store *s, struct reservation *r, uint64_t rev)
{
    char key[STORE_KEY_MAX], *text = reservation_format(r);
    int rc;

    if (!text)
        return -ENOMEM;
    reserve_key(key, sizeof key, r->run);
    rc = store_cas(s, key, rev, text, NULL);
    free(text);
    return rc;
}

static int reserve_get(struct store *s, const char *run, struct reservation *r,
                       uint64_t *rev)
{
    char key[STORE_KEY_MAX], *text = NULL;
    int rc;

    *r = (struct reservation){ .run = "" };
    *rev = 0;
    reserve_key(key, sizeof key, run);
    rc = store_get(s, key, &text, rev);
    if (!rc)
        rc = reservation_parse(text, r);
    free(text);
    return rc;
}

static const struct reserve_seen *seen_find(const struct reserve_seen *seen,
                                            size_t n, const char *run)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(seen[i].run, run))
            return &seen[i];
    return NULL;
}

/* Was all that other runs have reserved planned with? */
static int reserve_check_seen(struct store *s, const struct reservation *r,
                              const struct reserve_seen *seen, size_t n,
                              struct msg *err)
{
    struct reservation *list;
    size_t had;
    int rc = reserve_list(s, &list, &had);

    for (size_t i = 0; i < had && !rc; i++) {
        const struct reserve_seen *k = seen_find(seen, n, list[i].run);

        if (!strcmp(list[i].run, r->run) ||
            (k && k->stamp == list[i].stamp && !k->dead))
            continue;
        if (k && k->dead && k->stamp == list[i].stamp) {
            rc = reserve_release(s, list[i].run);
            continue;
        }
        msg_set(err, "run %s of %s has just reserved memory here", list[i].run,
                list[i].executor);
        rc = -ESTALE;
    }
    reserve_list_free(list, had);
    return rc;
}

static int reserve_replace(struct store *s, struct reservation *r)
{
    struct reservation old;
    struct timespec ts;
    uint64_t rev;
    int rc = reserve_get(s, r->run, &old, &rev);

    clock_gettime(CLOCK_REALTIME, &ts);
    r->renewed = (uint64_t)ts.tv_sec;
    r->stamp = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
    if (r->stamp <= old.stamp)
        r->stamp = old.stamp + 1;
    reservation_dispose(&old);
    if (rc && rc != -ENOENT && rc != -EINVAL)
        return rc;
    return reserve_write(s, r, rev);
}

int reserve_take(struct store *s, struct reservation *r,
                 const struct reserve_seen *seen, size_t n, struct msg *err)
{
    int lock = admission_lock(err), rc;

    if (lock < 0)
        return lock;
    rc = reserve_check_seen(s, r, seen, n, err);
    if (!rc)
        rc = reserve_replace(s, r);
    if (rc && rc != -ESTALE)
        msg_set(err, "the reservation can't be written: %s", store_error(s));
    close(lock);
    return rc;
}

int reserve_renew(struct store *s, const char *run)
{
    struct reservation r;
    uint64_t rev;
    int rc = reserve_get(s, run, &r, &rev);

    if (!rc) {
        r.renewed = (uint64_t)time(NULL);
        rc = reserve_write(s, &r, rev);
    }
    reservation_dispose(&r);
    return rc;
}

int reserve_release(struct store *s, const char *run)
{
    char key[STORE_KEY_MAX], *text = NULL;
    uint64_t rev = 0;
    int rc;

    reserve_key(key, sizeof key, run);
    rc = store_get(s, key, &text, &rev);
    free(text);
    if (!rc)
        rc = store_cas(s, key, rev, NULL, NULL);
    return rc == -ENOENT || rc == -ESTALE ? 0 : rc;
}
