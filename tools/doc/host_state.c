/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes what is compared of a host from its facts; keeps it in a document. */
#include "tools/doc/host_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/text.h"
#include "tools/doc/facts.h"

enum { WORD = 768, LIST_MAX = 4096 };

static const int64_t mib_max = INT64_C(1) << 40;

void host_state_init(struct host_state *h)
{
    *h = (struct host_state){ .memory_mib = -1, .cpus = -1 };
}

void host_state_dispose(struct host_state *h)
{
    strlist_dispose(&h->networks);
    strlist_dispose(&h->storage);
    strlist_dispose(&h->used);
    strlist_dispose(&h->ports);
    strlist_dispose(&h->neighbours);
    host_state_init(h);
}

/* --- values ------------------------------------------------------------------ */

static void state_text(const struct json *o, const char *key, char *buf,
                       size_t len)
{
    const struct json *v = json_get(o, key);

    if (v && v->type == JSON_STR)
        text_printable(buf, len, v->str, v->len);
}

/* A word of a list, once. No host has so many of anything that is compared
 * here, and each is looked for among all before it. */
static int state_add(struct strlist *l, const char *s)
{
    if (strlist_has(l, s))
        return 0;
    return l->n < LIST_MAX ? strlist_add(l, s) : -E2BIG;
}

static int state_list(const struct json *o, const char *key, struct strlist *l)
{
    char word[WORD];
    int rc = 0;

    JSON_FOREACH(v, json_get(o, key)) {
        if (!rc && v->type == JSON_STR)
            rc = state_add(l, text_printable(word, WORD, v->str, v->len));
    }
    return rc;
}

static int state_number(const struct json *o, const char *key, int64_t *to)
{
    return json_copy_int(o, key, 0, mib_max, -1, to);
}

/* The members that facts and the kept object have alike. */
static int state_members(struct host_state *h, const struct json *o)
{
    const struct json *max = json_get(o, "cpu_max");
    int rc = state_number(o, "memory_mib", &h->memory_mib);

    state_text(o, "name", h->name, sizeof h->name);
    state_text(o, "boot", h->boot, sizeof h->boot);
    state_text(o, "xen", h->xen, sizeof h->xen);
    state_text(max, "pv", h->max_pv, sizeof h->max_pv);
    state_text(max, "hvm", h->max_hvm, sizeof h->max_hvm);
    if (!rc)
        rc = state_number(o, "cpus", &h->cpus);
    if (!rc)
        rc = state_list(o, "networks", &h->networks);
    if (!rc)
        rc = state_list(o, "storage", &h->storage);
    return rc;
}

/* --- cables ------------------------------------------------------------------ */

/* A bridge has a carrier only while a guest hangs on it. */
static int state_port(struct host_state *h, const struct topo_port *p)
{
    if (!p->name || p->up != 1 || strlist_has(&h->networks, p->name))
        return 0;
    return state_add(&h->ports, p->name);
}

/* Of switches alone: guests and other hosts come and go. */
static int state_neighbour(struct host_state *h, const struct topo_neighbor *n)
{
    const char *name = n->sysname ? n->sysname : n->chassis.value;
    char word[WORD];

    if (n->bridge == 0 || !n->port || !name)
        return 0;
    snprintf(word, sizeof word, "%s %s %s", n->port, name,
             n->port_id.value ? n->port_id.value : "");
    return state_add(&h->neighbours, word);
}

static int state_cables(struct host_state *h, const struct topo_view *v)
{
    int rc = 0;

    h->knows_ports = v->ports > 0;
    h->knows_neighbours = v->has_table;
    for (size_t i = 0; i < v->ports && !rc; i++)
        rc = state_port(h, &v->port[i]);
    for (size_t i = 0; i < v->neighbors && !rc; i++)
        rc = state_neighbour(h, &v->neighbor[i]);
    return rc;
}

/* --- facts ------------------------------------------------------------------- */

static int state_facts(struct host_state *h, const char *name,
                       const struct json *root, struct msg *err)
{
    struct topo_view view;
    int rc = state_members(h, json_get(root, "host"));

    JSON_FOREACH(d, json_get(root, "domains")) {
        if (!rc)
            rc = state_list(d, "storage", &h->used);
    }
    if (rc) {
        msg_set(err, "%s: what it says of the host can't be read", name);
        return rc;
    }
    topo_view_init(&view);
    rc = facts_read_view(&view, name, root, err);
    if (!rc && !*h->name) /* its Xen does not answer: the node is known */
        snprintf(h->name, sizeof h->name, "%s", view.name);
    if (!rc && (rc = state_cables(h, &view)))
        msg_set(err, "%s: its ports and neighbours can't be kept: %s", name,
                strerror(-rc));
    topo_view_dispose(&view);
    return rc;
}

int host_state_parse(struct host_state *h, const char *name, const void *text,
                     size_t len, struct msg *err)
{
    struct json_doc *doc;
    int rc = json_parse(&doc, name, text, len, NULL, &facts_limits, err);

    if (rc)
        return rc;
    rc = json_check_format(doc, name, "rackhop-facts/1", err);
    if (!rc)
        rc = state_facts(h, name, json_root(doc), err);
    json_free(doc);
    return rc;
}

/* --- the kept object --------------------------------------------------------- */

static void state_put_list(struct json_out *o, const char *key,
                           const struct strlist *l)
{
    json_key(o, key);
    json_arr(o);
    for (size_t i = 0; i < l->n; i++)
        json_str(o, l->s[i]);
    json_arr_end(o);
}

void host_state_write(struct json_out *o, const struct host_state *h)
{
    json_obj(o);
    json_kv_str(o, "name", h->name);
    json_kv_str(o, "boot", h->boot);
    json_kv_str(o, "xen", h->xen);
    json_kv_known_int(o, "memory_mib", h->memory_mib);
    json_kv_known_int(o, "cpus", h->cpus);
    json_key(o, "cpu_max");
    json_obj(o);
    json_kv_str(o, "pv", h->max_pv);
    json_kv_str(o, "hvm", h->max_hvm);
    json_obj_end(o);
    state_put_list(o, "networks", &h->networks);
    state_put_list(o, "storage", &h->storage);
    state_put_list(o, "used", &h->used);
    if (h->knows_ports)
        state_put_list(o, "ports_up", &h->ports);
    if (h->knows_neighbours)
        state_put_list(o, "neighbours", &h->neighbours);
    json_obj_end(o);
}

int host_state_read(struct host_state *h, const struct json *v)
{
    int rc = v && v->type == JSON_OBJ ? state_members(h, v) : -EINVAL;

    h->knows_ports = json_get(v, "ports_up") != NULL;
    h->knows_neighbours = json_get(v, "neighbours") != NULL;
    if (!rc)
        rc = state_list(v, "used", &h->used);
    if (!rc)
        rc = state_list(v, "ports_up", &h->ports);
    if (!rc)
        rc = state_list(v, "neighbours", &h->neighbours);
    return rc;
}
