/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads what a host found when it checked itself. */
#include "tools/doc/hostcheck.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"

static const char format[] = "rackhop-hostcheck/1";

int hostcheck_add_peer(struct hostcheck *h, const char *host, const char *why)
{
    struct hostcheck_peer *p;
    int rc =
        array_grow(&h->peer, &h->peer_room, h->peer_n + 1, sizeof *h->peer);

    if (rc)
        return rc;
    p = &h->peer[h->peer_n++];
    *p = (struct hostcheck_peer){ .host = strdup(host),
                                  .why = why ? strdup(why) : NULL };
    return p->host && (!why || p->why) ? 0 : -ENOMEM;
}

int hostcheck_set_way(struct hostcheck_peer *p, enum hostcheck_way way,
                      const char *why_ssh)
{
    char *why = why_ssh ? strdup(why_ssh) : NULL;

    free(p->why_ssh);
    p->why_ssh = why;
    p->way = way;
    return why_ssh && !why ? -ENOMEM : 0;
}

int hostcheck_add_entry(struct hostcheck *h, const char *file,
                        const char *guest, const char *uuid)
{
    struct hostcheck_entry *e;
    int rc = array_grow(&h->entry, &h->entry_room, h->entry_n + 1,
                        sizeof *h->entry);

    if (rc)
        return rc;
    e = &h->entry[h->entry_n++];
    *e = (struct hostcheck_entry){ strdup(file), strdup(guest), strdup(uuid) };
    return e->file && e->guest && e->uuid ? 0 : -ENOMEM;
}

void hostcheck_dispose(struct hostcheck *h)
{
    for (size_t i = 0; i < h->peer_n; i++) {
        free(h->peer[i].host);
        free(h->peer[i].why);
        free(h->peer[i].why_ssh);
    }
    for (size_t i = 0; i < h->entry_n; i++) {
        free(h->entry[i].file);
        free(h->entry[i].guest);
        free(h->entry[i].uuid);
    }
    free(h->peer);
    free(h->entry);
    free(h->rackhop);
    free(h->state);
    free(h->lldpd);
    *h = (struct hostcheck){ .rackhop = NULL };
}

/* NULL: it is not known. */
static const char *hostcheck_way_name(enum hostcheck_way way)
{
    switch (way) {
    case HOSTCHECK_LANES: return "lanes";
    case HOSTCHECK_SSH: return "ssh";
    case HOSTCHECK_NONE: return "none";
    case HOSTCHECK_UNKNOWN: break;
    }
    return NULL;
}

/* --- out ------------------------------------------------------------------------ */

/* How the hosts of lanes know each other. */
static void hostcheck_write_proof(struct json_out *o,
                                  const struct hostcheck_peer *p)
{
    if (p->way != HOSTCHECK_LANES)
        return;
    json_kv_str(o, "proof", p->by_pki ? "certificates" : "key");
    if (!p->by_pki)
        return;
    json_kv_int(o, "own_ends_s", p->own_ends_s);
    json_kv_int(o, "other_ends_s", p->other_ends_s);
}

void hostcheck_write(struct json_out *o, const struct hostcheck *h)
{
    json_obj(o);
    json_kv_str(o, "format", format);
    json_kv_str(o, "rackhop", h->rackhop);
    json_kv_num(o, "clock_s", h->clock_s);
    json_kv_str(o, "state", h->state);
    json_kv_known_int(o, "free_mib", h->free_mib);
    json_kv_str(o, "lldpd", h->lldpd);
    json_kv_int(o, "neighbours", h->neighbours);
    json_key(o, "ssh");
    json_arr(o);
    for (size_t i = 0; i < h->peer_n; i++) {
        json_obj(o);
        json_kv_str(o, "host", h->peer[i].host);
        json_kv_str(o, "why", h->peer[i].why);
        json_kv_str(o, "way", hostcheck_way_name(h->peer[i].way));
        json_kv_str(o, "why_ssh", h->peer[i].why_ssh);
        hostcheck_write_proof(o, &h->peer[i]);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_key(o, "autostart");
    json_arr(o);
    for (size_t i = 0; i < h->entry_n; i++) {
        json_obj(o);
        json_kv_str(o, "file", h->entry[i].file);
        json_kv_str(o, "guest", h->entry[i].guest);
        json_kv_str(o, "uuid", h->entry[i].uuid);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_obj_end(o);
}

/* --- in ------------------------------------------------------------------------- */

/* A text or null. */
static int hostcheck_text(const struct json *o, const char *key, char **to)
{
    const char *s = json_get_str(o, key, NULL);

    *to = s ? strdup(s) : NULL;
    return s && !*to ? -ENOMEM : 0;
}

/* To the year 9999. */
#define ENDS_MOST INT64_C(253402300799)

static int hostcheck_read_proof(struct hostcheck_peer *p, const struct json *o)
{
    int rc;

    if (p->way != HOSTCHECK_LANES)
        return 0;
    p->by_pki = !strcmp(json_get_str(o, "proof", ""), "certificates");
    if (!p->by_pki)
        return 0;
    rc = json_copy_int(o, "own_ends_s", 0, ENDS_MOST, ENDS_MOST,
                       &p->own_ends_s);
    return rc ? rc
              : json_copy_int(o, "other_ends_s", 0, ENDS_MOST, ENDS_MOST,
                              &p->other_ends_s);
}

static int hostcheck_read_peer(struct hostcheck *h, const struct json *o)
{
    const char *way = json_get_str(o, "way", "");
    int rc = hostcheck_add_peer(h, json_get_str(o, "host", "?"),
                                json_get_str(o, "why", NULL));

    for (int w = HOSTCHECK_LANES; w <= HOSTCHECK_NONE && !rc; w++)
        if (!strcmp(way, hostcheck_way_name(w)))
            rc = hostcheck_set_way(&h->peer[h->peer_n - 1], w,
                                   json_get_str(o, "why_ssh", NULL));
    return rc ? rc : hostcheck_read_proof(&h->peer[h->peer_n - 1], o);
}

static int hostcheck_read(struct hostcheck *h, const struct json *o)
{
    int rc = hostcheck_text(o, "rackhop", &h->rackhop);

    if (!rc)
        rc = hostcheck_text(o, "state", &h->state);
    if (!rc)
        rc = hostcheck_text(o, "lldpd", &h->lldpd);
    h->clock_s = json_get_num(o, "clock_s", NAN);
    if (!rc)
        rc = json_copy_int(o, "free_mib", -1, INT64_MAX, -1, &h->free_mib);
    if (!rc)
        rc = json_copy_int(o, "neighbours", 0, 1000000, 0, &h->neighbours);
    JSON_FOREACH(v, json_get(o, "ssh"))
        if (!rc)
            rc = hostcheck_read_peer(h, v);
    JSON_FOREACH(v, json_get(o, "autostart"))
        if (!rc)
            rc = hostcheck_add_entry(h, json_get_str(v, "file", "?"),
                                     json_get_str(v, "guest", ""),
                                     json_get_str(v, "uuid", ""));
    return rc;
}

int hostcheck_parse(struct hostcheck *h, const char *name, const void *text,
                    size_t len, struct msg *err)
{
    static const struct json_limits limits = {
        .bytes = 4 << 20, .depth = 8, .values = 200000, .string = 4096
    };
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, name, text, len, NULL, &limits, err);

    *h = (struct hostcheck){ .free_mib = -1 };
    if (!rc)
        rc = json_check_format(doc, name, format, err);
    if (!rc) {
        rc = hostcheck_read(h, json_root(doc));
        if (rc)
            msg_set(err, "%s: %s", name,
                    rc == -EINVAL ? "a number in it is none" : strerror(-rc));
    }
    json_free(doc);
    if (rc)
        hostcheck_dispose(h);
    return rc;
}
