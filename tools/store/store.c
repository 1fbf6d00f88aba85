/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Does what all backends share: checks keys and values, writes errors, waits.
 * A wait asks the backend again every POLL_MS: a watch costs some twenty short
 * looks at shared memory a second, no more.
 */
#include "tools/store/store_impl.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POLL_MS = 50 };

int store_fail(struct store *s, int rc, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(s->err, sizeof s->err, fmt, ap);
    va_end(ap);
    return rc;
}

int store_stale(struct store *s, const char *key, uint64_t want, uint64_t have)
{
    if (!have)
        return store_fail(s, -ESTALE,
                          "%s is gone: it was read at revision %llu", key,
                          (unsigned long long)want);
    if (!want)
        return store_fail(s, -ESTALE, "%s is there already, at revision %llu",
                          key, (unsigned long long)have);
    return store_fail(s, -ESTALE,
                      "%s was changed meanwhile: it was read at revision "
                      "%llu and is at %llu",
                      key, (unsigned long long)want, (unsigned long long)have);
}

const char *store_error(const struct store *s)
{
    return s ? s->err : "";
}

void store_close(struct store *s)
{
    if (s)
        s->ops->close(s);
}

/* Whether it is printable ASCII, of at most max bytes. */
static bool plain(const char *s, size_t max)
{
    size_t n = strnlen(s, max + 1);

    if (n > max)
        return false;
    for (size_t i = 0; i < n; i++)
        if (s[i] < 0x20 || s[i] > 0x7e)
            return false;
    return true;
}

static int check_key(struct store *s, const char *key)
{
    size_t n = strnlen(key, STORE_KEY_MAX + 1);

    if (!n || !plain(key, STORE_KEY_MAX) || key[0] == '/' ||
        key[n - 1] == '/' || strstr(key, "//"))
        return store_fail(s, -EINVAL,
                          "state cannot be kept under a key that is not a "
                          "path of printable ASCII, up to %d bytes long",
                          STORE_KEY_MAX);
    return 0;
}

static int check_prefix(struct store *s, const char *prefix)
{
    if (!plain(prefix, STORE_KEY_MAX))
        return store_fail(s, -EINVAL,
                          "no key of the state can begin with this: it is "
                          "not printable ASCII up to %d bytes long",
                          STORE_KEY_MAX);
    return 0;
}

int store_get(struct store *s, const char *key, char **value_r,
              uint64_t *rev_r)
{
    uint64_t rev;
    int rc;

    *value_r = NULL;
    if (rev_r)
        *rev_r = 0;
    rc = check_key(s, key);
    if (rc)
        return rc;
    return s->ops->get(s, key, value_r, rev_r ? rev_r : &rev);
}

int store_cas(struct store *s, const char *key, uint64_t rev,
              const char *value, uint64_t *new_r)
{
    uint64_t new;
    int rc;

    rc = check_key(s, key);
    if (rc)
        return rc;
    if (value && strnlen(value, (size_t)STORE_VALUE_MAX + 1) > STORE_VALUE_MAX)
        return store_fail(s, -EFBIG,
                          "%s cannot be written: it is longer than %d MiB",
                          key, STORE_VALUE_MAX >> 20);
    return s->ops->cas(s, key, rev, value, new_r ? new_r : &new);
}

static int list_checked(struct store *s, const char *prefix, bool flat,
                        struct store_entry **list_r, unsigned *n_r)
{
    int rc;

    *list_r = NULL;
    *n_r = 0;
    rc = check_prefix(s, prefix);
    if (rc)
        return rc;
    rc = s->ops->list(s, prefix, flat, list_r, n_r);
    if (rc) {
        store_list_free(*list_r, *n_r);
        *list_r = NULL;
        *n_r = 0;
    }
    return rc;
}

int store_list(struct store *s, const char *prefix,
               struct store_entry **list_r, unsigned *n_r)
{
    return list_checked(s, prefix, false, list_r, n_r);
}

int store_list_flat(struct store *s, const char *prefix,
                    struct store_entry **list_r, unsigned *n_r)
{
    return list_checked(s, prefix, true, list_r, n_r);
}

void store_list_free(struct store_entry *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        free(list[i].key);
        free(list[i].value);
    }
    free(list);
}

int store_list_add(struct store_entry **list_r, unsigned *n_r, char *key,
                   char *value, uint64_t rev)
{
    struct store_entry *more = *list_r;
    unsigned n = *n_r;

    if (!key || !value)
        goto nomem;
    if (!(n & (n - 1))) { /* the list has room for 1, 2, 4, 8 .. entries */
        more = reallocarray(*list_r, n ? 2 * (size_t)n : 1, sizeof *more);
        if (!more)
            goto nomem;
        *list_r = more;
    }
    more[n] = (struct store_entry){ .key = key, .value = value, .rev = rev };
    *n_r = n + 1;
    return 0;
nomem:
    free(key);
    free(value);
    return -ENOMEM;
}

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Signals come in only while ppoll() sleeps, so none is missed between a look
 * and the next sleep. */
static int watch(struct store *s, const char *prefix, uint64_t *since,
                 int timeout_ms, const sigset_t *mask)
{
    int64_t end = now_ms() + timeout_ms;
    bool changed, stirred = true;
    uint64_t last;

    for (;;) {
        int64_t left = timeout_ms < 0 ? POLL_MS : end - now_ms();
        struct timespec ts = { .tv_nsec = POLL_MS * 1000000L };
        int rc;

        if (stirred) {
            rc = s->ops->changed(s, prefix, *since, &changed, &last);
            if (rc)
                return rc;
            if (*since && changed) {
                *since = last;
                return 0;
            }
            *since = last; /* no change up to `last` is below prefix */
        }
        if (left <= 0)
            return store_fail(s, -ETIMEDOUT,
                              "nothing has changed below \"%s\"", prefix);
        if (left < POLL_MS)
            ts.tv_nsec = (long)left * 1000000L;
        if (ppoll(NULL, 0, &ts, mask) < 0)
            return store_fail(s, -EINTR, "the wait for \"%s\" was cut short",
                              prefix);
        rc = s->ops->stirred(s, &stirred);
        if (rc)
            return rc;
    }
}

int store_watch(struct store *s, const char *prefix, uint64_t *since,
                int timeout_ms)
{
    sigset_t all, mask;
    int rc;

    rc = check_prefix(s, prefix);
    if (rc)
        return rc;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &mask);
    rc = watch(s, prefix, since, timeout_ms, &mask);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    return rc;
}

int store_check(struct store *s, void (*tell)(void *arg, const char *text),
                void *arg, unsigned *bad_r)
{
    *bad_r = 0;
    return s->ops->check(s, tell, arg, bad_r);
}
