/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads rackhop-handover/1, the record of a move at each host. */
#include "tools/doc/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/words.h"
#include "tools/doc/json.h"
#include "tools/base/msg.h"

static const char format[] = "rackhop-handover/1";

static const char *role_name(enum ho_role r)
{
    return r == HO_SOURCE ? "source" : "target";
}

bool record_id_ok(const char *id)
{
    return word_id_ok(id);
}

/* --- writing ----------------------------------------------------------------- */

static void put_state(struct json_out *o, uint64_t epoch, enum ho_role role,
                      enum ho_state state, bool lost)
{
    json_kv_int(o, "epoch", (int64_t)epoch);
    json_kv_str(o, "role", role_name(role));
    json_kv_str(o, "state", ho_state_name(state));
    if (lost)
        json_kv_bool(o, "lost", true);
}

static void put_cap(struct json_out *o, const struct xlx_cap *c)
{
    json_kv_int(o, "cap", c->own);
    if (c->set[0])
        json_kv_int(o, "cap_set", c->set[0]);
    if (c->set[1])
        json_kv_int(o, "cap_set_before", c->set[1]);
}

char *record_format(const struct record *r)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", format);
    json_kv_str(o, "uuid", r->uuid);
    put_state(o, r->epoch, r->role, r->state, r->lost);
    if (r->given_up)
        json_kv_bool(o, "given_up", true);
    if (r->over)
        json_kv_bool(o, "over", true);
    if (r->taken)
        json_kv_bool(o, "taken", true);
    if (r->paused)
        json_kv_bool(o, "paused", true);
    json_kv_str(o, "id", r->id);
    json_kv_str(o, "name", r->name);
    json_kv_str(o, "host", r->host);
    if (r->role == HO_SOURCE) {
        json_kv_str(o, "ssh", r->ssh);
        json_kv_bool(o, "xl", r->xl);
    }
    if (r->domid || r->role == HO_SOURCE)
        json_kv_int(o, "domid", r->domid);
    if (r->capped)
        put_cap(o, &r->cap);
    if (r->marked)
        json_kv_bool(o, "marked", true);
    json_kv_str(o, "boot", r->boot);
    json_kv_int(o, "when", r->when);
    json_key(o, "past");
    json_arr(o);
    for (unsigned i = 0; i < r->n_past; i++) {
        json_obj(o);
        put_state(o, r->past[i].epoch, r->past[i].role, r->past[i].state,
                  r->past[i].lost);
        json_kv_str(o, "id", r->past[i].id);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

/* --- reading ----------------------------------------------------------------- */

static int get_state(const struct json *v, uint64_t *epoch, enum ho_role *role,
                     enum ho_state *state, bool *lost)
{
    const char *r = json_get_str(v, "role", "");
    double e = json_get_num(v, "epoch", -1);

    if (!(e >= 1 && e < 9e15))
        return -EINVAL;
    *epoch = (uint64_t)e;
    *state = ho_state_parse(json_get_str(v, "state", ""));
    *role = !strcmp(r, "source") ? HO_SOURCE : HO_TARGET;
    *lost = json_get_bool(v, "lost", false);
    return *state == HO_NONE || strcmp(r, role_name(*role)) ? -EINVAL : 0;
}

static int get_cap(struct record *r, const struct json *v)
{
    int64_t own, set, before;

    if (json_copy_int(v, "cap", 0, RECORD_CAP, -1, &own) ||
        json_copy_int(v, "cap_set", 1, RECORD_CAP, 0, &set) ||
        json_copy_int(v, "cap_set_before", 1, RECORD_CAP, 0, &before))
        return -EINVAL;
    r->capped = own >= 0 && r->role == HO_SOURCE;
    if (r->capped)
        r->cap =
            (struct xlx_cap){ .own = (unsigned)own,
                              .set = { (unsigned)set, (unsigned)before } };
    return 0;
}

static int get_all(struct record *r, const struct json *v)
{
    double domid = json_get_num(v, "domid", 0);
    double when = json_get_num(v, "when", 0);
    int rc = get_state(v, &r->epoch, &r->role, &r->state, &r->lost);

    if (!rc)
        rc = json_copy_str(v, "uuid", r->uuid, sizeof r->uuid);
    if (!rc)
        rc = json_copy_str(v, "id", r->id, sizeof r->id);
    if (!rc)
        rc = json_copy_str(v, "name", r->name, sizeof r->name);
    if (!rc)
        rc = json_copy_str(v, "host", r->host, sizeof r->host);
    if (!rc)
        rc = json_copy_str(v, "ssh", r->ssh, sizeof r->ssh);
    if (!rc)
        rc = json_copy_str(v, "boot", r->boot, sizeof r->boot);
    if (rc || !(domid >= 0 && domid < 65536) || !(when >= 0 && when < 9e15) ||
        get_cap(r, v))
        return -EINVAL;
    r->domid = (uint32_t)domid;
    r->when = (int64_t)when;
    r->over = json_get_bool(v, "over", false);
    r->taken = json_get_bool(v, "taken", false);
    r->paused = json_get_bool(v, "paused", false);
    r->xl = json_get_bool(v, "xl", false);
    r->given_up = json_get_bool(v, "given_up", false);
    r->marked = json_get_bool(v, "marked", false);
    JSON_FOREACH(p, json_get(v, "past")) {
        unsigned i = r->n_past;

        if (i == RECORD_PAST)
            break;
        rc = get_state(p, &r->past[i].epoch, &r->past[i].role,
                       &r->past[i].state, &r->past[i].lost);
        if (!rc)
            rc = json_copy_str(p, "id", r->past[i].id, sizeof r->past[i].id);
        if (rc)
            return rc;
        r->n_past++;
    }
    return 0;
}

int record_parse(struct record *r, const char *name, const char *text,
                 struct msg *err)
{
    static const struct json_limits limits = { .bytes = 1 << 20,
                                               .values = 10000 };
    struct json_doc *doc;
    int rc;

    memset(r, 0, sizeof *r);
    rc = json_parse(&doc, name, text, strlen(text), NULL, &limits, err);
    if (rc)
        return rc;
    rc = json_check_format(doc, name, format, err);
    if (!rc && get_all(r, json_root(doc))) {
        msg_set(err, "%s: it is no handover record", name);
        rc = -EINVAL;
    }
    json_free(doc);
    return rc;
}
