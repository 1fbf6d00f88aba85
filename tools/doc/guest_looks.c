/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads how guests run from a host's facts, and keeps it in a roll's record. */
#include "tools/doc/guest_looks.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/uuid.h"
#include "tools/doc/facts.h"

void guest_looks_dispose(struct guest_looks *l)
{
    free(l->look);
    *l = (struct guest_looks){ .look = NULL };
}

const struct guest_look *guest_looks_find(const struct guest_looks *l,
                                          const char *uuid)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->look[i].uuid, uuid))
            return &l->look[i];
    return NULL;
}

/* A number that cannot be is one that is not known. */
static double look_number(const struct json *v, const char *key, double most)
{
    double n = json_get_num(v, key, -1);

    return isfinite(n) && n >= 0 && n <= most ? n : -1;
}

static int look_add(struct guest_looks *l, const struct json *v)
{
    const char *uuid = json_get_str(v, "uuid", "");
    struct guest_look *more, look = {
        .steal = look_number(v, "steal", 1),
        .dirty_mib_s = look_number(v, "dirty_mib_s", 1e9),
        .tx_bytes_s = look_number(v, "tx_bytes_s", 1e15),
    };

    if (!uuid_ok(uuid) ||
        json_copy_int(v, "tx_bytes", 0, INT64_MAX, -1, &look.tx_bytes))
        return -EINVAL;
    snprintf(look.uuid, sizeof look.uuid, "%s", uuid);
    snprintf(look.name, sizeof look.name, "%s",
             json_get_str(v, "name", look.uuid));
    more = reallocarray(l->look, l->n + 1, sizeof *more);
    if (!more)
        return -ENOMEM;
    l->look = more;
    l->look[l->n++] = look;
    return 0;
}

/* --- facts ----------------------------------------------------------------- */

static int look_domain(void *arg, uint32_t index, const struct json *v,
                       struct msg *err)
{
    struct guest_looks *l = arg;
    int rc;

    if (l->n == GUEST_LOOKS_MAX) {
        msg_set(err, "the facts have more than %d guests", GUEST_LOOKS_MAX);
        return -E2BIG;
    }
    if (json_get_bool(v, "dying", false) ||
        facts_is_copy(json_get_str(v, "name", "")))
        return 0;
    rc = look_add(l, v);
    if (rc == -EINVAL)
        msg_set(err,
                "domain %u of the facts has no UUID, or has sent a number "
                "of bytes that cannot be",
                index);
    return rc;
}

int guest_looks_parse(struct guest_looks *l, const void *text, size_t len,
                      struct msg *err)
{
    const struct json_split splits[] = { { "domains", look_domain, l },
                                         { NULL, NULL, NULL } };
    struct json_doc *doc = NULL;
    double cpus;
    int rc = json_parse(&doc, "facts", text, len, splits, &facts_limits, err);

    if (!rc)
        rc = json_check_format(doc, "facts", "rackhop-facts/1", err);
    if (!rc) {
        cpus = look_number(json_get(json_root(doc), "host"), "cpus", 1e6);
        l->cpus = cpus > 0 ? (unsigned)cpus : 0;
    }
    /* what a move has learned may be of another host, and of long ago */
    for (size_t i = 0; i < l->n; i++)
        l->look[i].dirty_mib_s = -1;
    json_free(doc);
    return rc;
}

double guest_dirty_parse(const char *uuid, const void *text, size_t len)
{
    struct json_doc *doc = NULL;
    struct msg ignored;
    double rate = -1;

    if (!json_parse(&doc, "dirty", text, len, NULL, NULL, &ignored) &&
        !strcmp(json_get_str(json_root(doc), "uuid", ""), uuid))
        rate = look_number(json_root(doc), "dirty_mib_s", 1e9);
    json_free(doc);
    return rate;
}

/* --- the record ------------------------------------------------------------ */

void guest_looks_write(struct json_out *o, const struct guest_looks *l)
{
    json_arr(o);
    for (size_t i = 0; i < l->n; i++) {
        const struct guest_look *k = &l->look[i];

        json_obj(o);
        json_kv_str(o, "uuid", k->uuid);
        json_kv_str(o, "name", k->name);
        json_kv_known(o, "steal", k->steal);
        json_kv_known(o, "dirty_mib_s", k->dirty_mib_s);
        json_kv_known(o, "tx_bytes_s", k->tx_bytes_s);
        json_obj_end(o);
    }
    json_arr_end(o);
}

int guest_looks_read(struct guest_looks *l, const struct json *v)
{
    int rc = 0;

    JSON_FOREACH(look, v)
        if (!rc)
            rc = look_add(l, look);
    return rc;
}
