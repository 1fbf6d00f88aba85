/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads records and claims of devices. */
#include "tools/doc/devicerecord.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/uuid.h"

static const char record_form[] = "rackhop-device/1";
static const char claim_form[] = "rackhop-device-claim/1";

static const struct json_limits limits = { .bytes = 256 << 10,
                                           .depth = 8,
                                           .values = 1000 };

static const char *const claim_names[] = { [CLAIM_NONE] = "none",
                                           [CLAIM_KEPT] = "kept",
                                           [CLAIM_GIVEN] = "given",
                                           [CLAIM_RELEASED] = "released" };

const char *device_claim_state_name(enum device_claim_state s)
{
    return claim_names[s];
}

bool device_mac_ok(const char *mac)
{
    size_t n = strlen(mac);

    if (n != DEVICE_MAC - 1 || !strchr("02468ace", mac[1]))
        return false;
    for (size_t i = 0; i < n; i++)
        if (i % 3 == 2 ? mac[i] != ':' : !strchr("0123456789abcdef", mac[i]))
            return false;
    return true;
}

bool device_is_vf(const struct device_item *d)
{
    return *d->pci && *d->port;
}

bool device_is_card(const struct device_item *d)
{
    return *d->pci && !*d->port;
}

/* --- writing ----------------------------------------------------------------- */

static void item_write(struct json_out *o, const struct device_item *d)
{
    json_obj(o);
    json_kv_str(o, "class", d->class);
    if (*d->pci) {
        json_kv_str(o, "pci", d->pci);
        if (device_is_vf(d)) {
            json_kv_str(o, "port", d->port);
            json_kv_int(o, "vf", d->vf);
        }
    } else {
        json_kv_int(o, "vif", d->vif);
        json_kv_str(o, "nic", d->nic);
    }
    json_kv_str(o, "mac", d->mac);
    if (d->vlan)
        json_kv_int(o, "vlan", d->vlan);
    json_obj_end(o);
}

static void list_write(struct json_out *o, const struct device_list *l)
{
    json_key(o, "devices");
    json_arr(o);
    for (unsigned i = 0; i < l->n; i++)
        item_write(o, &l->item[i]);
    json_arr_end(o);
}

char *device_list_format(const struct device_list *l)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    list_write(o, l);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

char *device_record_format(const struct device_record *r)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", record_form);
    json_kv_str(o, "uuid", r->uuid);
    json_kv_str(o, "move", r->move);
    json_kv_str(o, "state", dm_state_name(r->state));
    json_kv_str(o, "name", r->name);
    json_kv_str(o, "host", r->host);
    json_kv_str(o, "ssh", r->ssh);
    json_kv_str(o, "boot", r->boot);
    json_kv_int(o, "when", r->when);
    list_write(o, &r->list);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

void device_claim_write(struct json_out *o, const struct device_claim *c)
{
    json_obj(o);
    json_kv_str(o, "format", claim_form);
    json_kv_str(o, "uuid", c->uuid);
    json_kv_str(o, "move", c->move);
    json_kv_str(o, "state", claim_names[c->state]);
    json_kv_str(o, "from", c->from);
    json_kv_int(o, "when", c->when);
    list_write(o, &c->list);
    json_key(o, "past");
    json_arr(o);
    for (unsigned i = 0; i < c->n_past; i++)
        json_str(o, c->past[i]);
    json_arr_end(o);
    json_obj_end(o);
}

char *device_claim_format(const struct device_claim *c)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    device_claim_write(o, c);
    return json_text_free(o, NULL);
}

/* --- reading ----------------------------------------------------------------- */

bool device_port_ok(const char *port)
{
    return *port && *port != '-' &&
           strspn(port, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789._-@:") == strlen(port);
}

/* What libxl reads: it is no matter of ours, but for its bounds. */
static bool nic_ok(const char *nic)
{
    return *nic == '{';
}

/* What another kind of device has is none of its own. */
static bool item_ok(const struct device_item *d)
{
    if (!class_name_ok(d->class) || !device_mac_ok(d->mac))
        return false;
    if (!*d->pci)
        return nic_ok(d->nic) && !*d->port && !d->vf;
    if (!pci_address_ok(d->pci) || *d->nic || d->vif)
        return false;
    return device_is_card(d) ? !d->vf && !d->vlan : device_port_ok(d->port);
}

static int item_read(const struct json *v, struct device_item *d)
{
    int64_t vf, vif, vlan;

    if (json_copy_str(v, "class", d->class, sizeof d->class) ||
        json_copy_str(v, "pci", d->pci, sizeof d->pci) ||
        json_copy_str(v, "port", d->port, sizeof d->port) ||
        json_copy_str(v, "nic", d->nic, sizeof d->nic) ||
        json_copy_str(v, "mac", d->mac, sizeof d->mac) ||
        json_copy_int(v, "vf", 0, 65535, 0, &vf) ||
        json_copy_int(v, "vif", 0, CLASS_VIFS - 1, 0, &vif) ||
        json_copy_int(v, "vlan", 0, DEVICE_VLAN_MOST, 0, &vlan))
        return -EINVAL;
    d->vf = (unsigned)vf;
    d->vif = (unsigned)vif;
    d->vlan = (unsigned)vlan;
    return item_ok(d) ? 0 : -EINVAL;
}

static int list_read(const struct json *v, struct device_list *l)
{
    l->n = 0;
    JSON_FOREACH(e, json_get(v, "devices")) {
        if (l->n == DEVICES_MOST || item_read(e, &l->item[l->n]))
            return -EINVAL;
        l->n++;
    }
    return 0;
}

static int record_read(const struct json *v, struct device_record *r)
{
    if (json_copy_str(v, "uuid", r->uuid, sizeof r->uuid) ||
        json_copy_str(v, "move", r->move, sizeof r->move) ||
        json_copy_str(v, "name", r->name, sizeof r->name) ||
        json_copy_str(v, "host", r->host, sizeof r->host) ||
        json_copy_str(v, "ssh", r->ssh, sizeof r->ssh) ||
        json_copy_str(v, "boot", r->boot, sizeof r->boot) ||
        json_copy_int(v, "when", 0, INT64_C(1) << 50, 0, &r->when))
        return -EINVAL;
    r->state = dm_state_parse(json_get_str(v, "state", ""));
    if (r->state == DM_NONE || !uuid_ok(r->uuid) || !record_id_ok(r->move))
        return -EINVAL;
    return list_read(v, &r->list);
}

static int claim_read(const struct json *v, struct device_claim *c)
{
    const char *state = json_get_str(v, "state", "");

    if (json_copy_str(v, "uuid", c->uuid, sizeof c->uuid) ||
        json_copy_str(v, "move", c->move, sizeof c->move) ||
        json_copy_str(v, "from", c->from, sizeof c->from) ||
        json_copy_int(v, "when", 0, INT64_C(1) << 50, 0, &c->when))
        return -EINVAL;
    for (int i = CLAIM_KEPT; i <= CLAIM_RELEASED; i++)
        if (!strcmp(state, claim_names[i]))
            c->state = (enum device_claim_state)i;
    if (c->state == CLAIM_NONE || !uuid_ok(c->uuid) || !record_id_ok(c->move))
        return -EINVAL;
    JSON_FOREACH(p, json_get(v, "past")) {
        if (c->n_past == DEVICE_PAST)
            break;
        if (p->type != JSON_STR || !record_id_ok(p->str))
            return -EINVAL;
        strcpy(c->past[c->n_past++], p->str);
    }
    return list_read(v, &c->list);
}

/* The text's tree, if it is of that form. */
static int document(struct json_doc **doc, const char *name, const char *text,
                    const char *form, struct msg *err)
{
    int rc = json_parse(doc, name, text, strlen(text), NULL, &limits, err);

    if (!rc && form)
        rc = json_check_format(*doc, name, form, err);
    if (rc) {
        json_free(*doc);
        *doc = NULL;
    }
    return rc;
}

int device_record_parse(struct device_record *r, const char *name,
                        const char *text, struct msg *err)
{
    struct json_doc *doc = NULL;
    int rc = document(&doc, name, text, record_form, err);

    memset(r, 0, sizeof *r);
    if (!rc && record_read(json_root(doc), r)) {
        msg_set(err, "%s: it is no record of a device", name);
        memset(r, 0, sizeof *r);
        rc = -EINVAL;
    }
    json_free(doc);
    return rc;
}

int device_claim_parse(struct device_claim *c, const char *name,
                       const char *text, struct msg *err)
{
    struct json_doc *doc = NULL;
    int rc = document(&doc, name, text, claim_form, err);

    memset(c, 0, sizeof *c);
    if (!rc && claim_read(json_root(doc), c)) {
        msg_set(err, "%s: it is no claim on devices", name);
        memset(c, 0, sizeof *c);
        rc = -EINVAL;
    }
    json_free(doc);
    return rc;
}

int device_list_parse(struct device_list *l, const char *name,
                      const char *text, struct msg *err)
{
    struct json_doc *doc = NULL;
    int rc = document(&doc, name, text, NULL, err);

    memset(l, 0, sizeof *l);
    if (!rc && (list_read(json_root(doc), l) || !l->n)) {
        msg_set(err, "%s: it is no list of devices", name);
        rc = -EINVAL;
    }
    json_free(doc);
    return rc;
}
