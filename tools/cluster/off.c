/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the records of hosts that were switched off in the store. */
#include "tools/cluster/off.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/paths.h"

#define OFF_KEYS "power/"

enum { OFF_KEY = 80 };

void off_dispose(struct off_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        power_dispose(&l->host[i].p);
    free(l->host);
    *l = (struct off_list){ .n = 0 };
}

static void off_take(struct off_list *l, const struct store_entry *e,
                     void (*note)(void *arg, const char *text), void *arg)
{
    struct off_host *h = &l->host[l->n];
    struct msg err, line;

    h->rev = e->rev;
    if (!power_parse(&h->p, e->value, strlen(e->value), &err) &&
        !strcmp(h->p.host, e->key + strlen(OFF_KEYS))) {
        l->n++;
        return;
    }
    power_dispose(&h->p);
    msg_set(&line, "%s is not what rackhopd writes there, and is left alone",
            e->key);
    if (note)
        note(arg, line.text);
}

int off_read(struct store *s, struct off_list *l,
             void (*note)(void *arg, const char *text), void *arg,
             struct msg *err)
{
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc = store_list(s, OFF_KEYS, &list, &n);

    *l = (struct off_list){ .n = 0 };
    if (!rc) {
        l->host = calloc((size_t)n + 1, sizeof *l->host);
        rc = l->host ? 0 : -ENOMEM;
    }
    if (rc)
        msg_set(err, "which hosts are off could not be read: %s",
                store_error(s));
    for (unsigned i = 0; i < n && !rc; i++)
        off_take(l, &list[i], note, arg);
    store_list_free(list, n);
    return rc;
}

int off_read_here(struct off_list *l,
                  void (*note)(void *arg, const char *text), void *arg,
                  struct msg *err)
{
    struct store *s = NULL;
    char path[512];
    int rc;

    *l = (struct off_list){ .n = 0 };
    snprintf(path, sizeof path, "%s/state.db", path_state());
    if (access(path, R_OK))
        return 0; /* it has switched nothing off, or is not this user's */
    rc = store_open(&s, path_state(), err);
    if (rc)
        return rc;
    rc = off_read(s, l, note, arg, err);
    store_close(s);
    return rc;
}

struct off_host *off_find(const struct off_list *l, const char *host)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->host[i].p.host, host))
            return &l->host[i];
    return NULL;
}

bool off_rests(const struct off_host *h)
{
    return h && h->p.state == POWER_OFF && h->p.done && *h->p.facts;
}

bool off_is_left_out(const struct off_list *l, const char *host)
{
    return l && off_rests(off_find(l, host));
}

bool off_is_expected(const struct off_host *h, double now_s)
{
    if (!h || !*h->p.facts)
        return false;
    return h->p.state == POWER_OFF ||
           (h->p.state == POWER_STARTING && now_s - h->p.since_s < OFF_BACK_S);
}

bool off_comes(const struct off_host *h)
{
    return h && h->p.state == POWER_STARTING && h->p.tries <= 1;
}

static void off_key(char key[OFF_KEY], const struct off_host *h)
{
    snprintf(key, OFF_KEY, OFF_KEYS "%s", h->p.host);
}

static int off_write(struct store *s, struct off_host *h, const char *text,
                     struct msg *err)
{
    char key[OFF_KEY];
    int rc;

    off_key(key, h);
    rc = store_cas(s, key, h->rev, text, &h->rev);
    if (rc)
        msg_set(err, "%s: nothing is switched, for it could not be kept: %s",
                h->p.host, store_error(s));
    return rc;
}

int off_save(struct store *s, struct off_host *h, struct msg *err)
{
    char *text = power_format(&h->p);
    int rc = text ? off_write(s, h, text, err) : -ENOMEM;

    if (!text)
        msg_set(err, "out of memory");
    free(text);
    return rc;
}

int off_drop(struct store *s, struct off_host *h, struct msg *err)
{
    return off_write(s, h, NULL, err);
}
