/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads rackhop-talks/1, and what facts have of it. */
#include "tools/doc/talks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/mac.h"

static const double MBPS_MOST = 1e7;

void talks_dispose(struct talks *t)
{
    free(t->mac);
    free(t->pair);
    *t = (struct talks){ .mac = NULL };
}

/* --- out ----------------------------------------------------------------- */

static void talks_mac(struct json_out *o, const char *key, uint64_t mac)
{
    char text[MAC_TEXT];

    mac_format(text, mac);
    if (key)
        json_key(o, key);
    json_str(o, text);
}

static void talks_rates(struct json_out *o, const struct talks_pair *p)
{
    json_kv_num(o, "mbps", p->mbps);
    json_kv_known(o, "mbps_p25", p->mbps_p25);
}

static const char by_nft[] = "nftables", by_ovs[] = "openvswitch";

static void talks_by(struct json_out *o, const struct talks *t)
{
    json_key(o, "by");
    json_arr(o);
    if (t->nft)
        json_str(o, by_nft);
    if (t->ovs)
        json_str(o, by_ovs);
    json_arr_end(o);
}

char *talks_format(const struct talks *t, size_t *len_r)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", "rackhop-talks/1");
    json_kv_num(o, "at_s", t->at_s);
    talks_by(o, t);
    json_key(o, "guests");
    json_arr(o);
    for (size_t i = 0; i < t->macs; i++) {
        json_obj(o);
        json_kv_str(o, "uuid", t->mac[i].uuid);
        talks_mac(o, "mac", t->mac[i].mac);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_key(o, "talks");
    json_arr(o);
    for (size_t i = 0; i < t->pairs; i++) {
        json_obj(o);
        talks_mac(o, "from", t->pair[i].from);
        talks_mac(o, "to", t->pair[i].to);
        talks_rates(o, &t->pair[i]);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_obj_end(o);
    return json_text_free(o, len_r);
}

static bool talks_is(const struct talks *t, const char *uuid, uint64_t mac)
{
    for (size_t i = 0; i < t->macs; i++)
        if (t->mac[i].mac == mac && !strcmp(t->mac[i].uuid, uuid))
            return true;
    return false;
}

void talks_facts_write(struct json_out *o, const struct talks *t,
                       const char *uuid)
{
    bool any = false;

    for (size_t i = 0; i < t->macs; i++) {
        if (strcmp(t->mac[i].uuid, uuid) != 0)
            continue;
        if (!any) {
            json_key(o, "macs");
            json_arr(o);
        }
        any = true;
        talks_mac(o, NULL, t->mac[i].mac);
    }
    if (!any)
        return;
    json_arr_end(o);
    json_key(o, "talks");
    json_arr(o);
    for (size_t i = 0; i < t->pairs; i++) {
        if (!talks_is(t, uuid, t->pair[i].from))
            continue;
        json_obj(o);
        talks_mac(o, "mac", t->pair[i].to);
        talks_rates(o, &t->pair[i]);
        json_obj_end(o);
    }
    json_arr_end(o);
}

/* --- in ------------------------------------------------------------------ */

/* A row that is none is left out: the agent of another version wrote it. */
static void talks_read_mac(struct talks *t, const struct json *v)
{
    struct talks_mac *m = &t->mac[t->macs];

    *m = (struct talks_mac){ .uuid = "" };
    if (!json_copy_str(v, "uuid", m->uuid, sizeof m->uuid) && *m->uuid &&
        mac_parse(json_get_str(v, "mac", ""), &m->mac))
        t->macs++;
}

static void talks_read_pair(struct talks *t, const struct json *v)
{
    struct talks_pair *p = &t->pair[t->pairs];

    p->mbps = json_get_num(v, "mbps", -1);
    p->mbps_p25 = json_get_num(v, "mbps_p25", -1);
    if (mac_parse(json_get_str(v, "from", ""), &p->from) &&
        mac_parse(json_get_str(v, "to", ""), &p->to) && p->mbps >= 0 &&
        p->mbps <= MBPS_MOST && p->mbps_p25 <= MBPS_MOST)
        t->pairs++;
}

static int talks_read(struct talks *t, const struct json *o)
{
    t->mac = calloc(TALKS_MACS, sizeof *t->mac);
    t->pair = calloc(TALKS_PAIRS, sizeof *t->pair);
    if (!t->mac || !t->pair)
        return -ENOMEM;
    t->at_s = json_get_num(o, "at_s", -1);
    JSON_FOREACH(v, json_get(o, "by")) {
        t->nft |= v->type == JSON_STR && !strcmp(v->str, by_nft);
        t->ovs |= v->type == JSON_STR && !strcmp(v->str, by_ovs);
    }
    JSON_FOREACH(v, json_get(o, "guests"))
        if (t->macs < TALKS_MACS)
            talks_read_mac(t, v);
    JSON_FOREACH(v, json_get(o, "talks"))
        if (t->pairs < TALKS_PAIRS)
            talks_read_pair(t, v);
    return 0;
}

int talks_parse(struct talks *t, const char *text, size_t len, struct msg *err)
{
    static const struct json_limits limits = { .bytes = 1 << 20,
                                               .values = 1 << 16 };
    struct json_doc *doc = NULL;
    int rc;

    *t = (struct talks){ .mac = NULL };
    rc = json_parse(&doc, "what guests send each other", text, len, NULL,
                    &limits, err);
    if (!rc)
        rc = json_check_format(doc, "what guests send each other",
                               "rackhop-talks/1", err);
    if (!rc)
        rc = talks_read(t, json_root(doc));
    json_free(doc);
    if (rc)
        talks_dispose(t);
    return rc == -ENOMEM ? rc : rc ? -EINVAL : 0;
}
