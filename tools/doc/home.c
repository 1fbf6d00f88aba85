/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads rackhop-home/1, where a guest belongs that was moved. */
#include "tools/doc/home.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"
#include "tools/base/text.h"

/* A record is small: what else is in its place is none. */
static const struct json_limits home_limits = { .bytes = 16 << 10,
                                                .depth = 4,
                                                .values = 64 };

bool home_knows(const struct home *h, const char *host)
{
    return !strcmp(h->host, host) || !strcmp(h->from, host) ||
           !strcmp(h->to, host);
}

bool home_is_away(const struct home *h, const char *host)
{
    return home_knows(h, host) && strcmp(h->host, host) != 0;
}

char *home_format(const struct home *h)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", "rackhop-home/1");
    json_kv_str(o, "name", h->name);
    json_kv_str(o, "home", h->host);
    json_kv_str(o, "from", h->from);
    json_kv_str(o, "to", h->to);
    json_kv_str(o, "run", h->run);
    json_kv_str(o, "since", h->since);
    if (h->missed_s)
        json_kv_int(o, "missed", h->missed_s);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

/* --- in ------------------------------------------------------------------ */

/* A name without blanks, as those of hosts and runs are. */
static bool home_word_ok(const char *s)
{
    for (const char *p = s; *p; p++)
        if (*p <= ' ' || *p > '~')
            return false;
    return *s;
}

static int home_word(const struct json *o, const char *key, char *buf,
                     size_t len, struct msg *err)
{
    const char *s = json_get_str(o, key, "");

    if (!home_word_ok(s) || strlen(s) >= len) {
        msg_set(err, "home: %s is missing or no name", key);
        return -EINVAL;
    }
    memcpy(buf, s, strlen(s) + 1);
    return 0;
}

static int home_read(struct home *h, const struct json *o, struct msg *err)
{
    const char *name = json_get_str(o, "name", "");
    double missed = json_get_num(o, "missed", 0);
    int rc = home_word(o, "home", h->host, sizeof h->host, err);

    if (!rc)
        rc = home_word(o, "from", h->from, sizeof h->from, err);
    if (!rc)
        rc = home_word(o, "to", h->to, sizeof h->to, err);
    if (!rc)
        rc = home_word(o, "run", h->run, sizeof h->run, err);
    if (!rc)
        rc = home_word(o, "since", h->since, sizeof h->since, err);
    text_printable(h->name, sizeof h->name, name, strlen(name));
    if (missed > 0 && missed < 1e15)
        h->missed_s = (int64_t)missed;
    return rc;
}

int home_parse(struct home *h, const char *uuid, const char *text, size_t len,
               struct msg *err)
{
    struct json_doc *doc = NULL;
    int rc;

    *h = (struct home){ .missed_s = 0 };
    if (!uuid_ok(uuid)) {
        msg_set(err, "home: its key is no UUID");
        return -EINVAL;
    }
    memcpy(h->uuid, uuid, sizeof h->uuid);
    rc = json_parse(&doc, "home", text, len, NULL, &home_limits, err);
    if (!rc)
        rc = json_check_format(doc, "home", "rackhop-home/1", err);
    if (!rc)
        rc = home_read(h, json_root(doc), err);
    json_free(doc);
    return rc;
}

/* --- shown --------------------------------------------------------------- */

void home_write(struct json_out *o, const struct home *h, const char *at)
{
    json_obj(o);
    json_kv_str(o, "domain", h->uuid);
    json_kv_str(o, "name", h->name);
    json_kv_str(o, "home", h->host);
    json_kv_str(o, "at", at);
    json_kv_str(o, "run", h->run);
    json_kv_str(o, "since", h->since);
    json_obj_end(o);
}

/* --- a list -------------------------------------------------------------- */

int homes_add(struct homes *l, const struct home *h)
{
    if (array_grow(&l->home, &l->room, l->n + 1, sizeof *l->home))
        return -ENOMEM;
    l->home[l->n++] = *h;
    return 0;
}

static int home_by_uuid(const void *uuid, const void *home)
{
    return strcmp(uuid, ((const struct home *)home)->uuid);
}

const struct home *homes_find(const struct homes *l, const char *uuid)
{
    return l && l->n
               ? bsearch(uuid, l->home, l->n, sizeof *l->home, home_by_uuid)
               : NULL;
}

void homes_dispose(struct homes *l)
{
    free(l->home);
    *l = (struct homes){ .home = NULL };
}
