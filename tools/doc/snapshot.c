/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads rackhop-snapshot/1 into a cluster. Hosts and domains are handed over
 * one by one while the text is parsed; the map is small and is read from the
 * tree afterwards. One function a member's type; a member that is wrong is
 * told, with the host or domain, the field and the reason, and reading goes
 * on.
 */
#include "tools/doc/snapshot.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/sha256.h"
#include "topology/topology.h"
#include "tools/text.h"
#include "tools/base/msg.h"

#define MIB_MAX    (1ll << 40)
#define MOST_BYTES ((size_t)1 << 30)

struct words {
    const char **s;
    size_t cap;
};

struct reader {
    struct snapshot *s;
    const struct snapshot_problems *p;
    unsigned told;
    char what[400]; /* "host r1h1", "domain web1" */
    /* lists of the element at hand; their room stays */
    struct words networks, storage, pci, apart, together;
    struct plan_traffic *traffic;
    size_t traffic_cap;
    const char *const *none;
};

static void tell(void *arg, const char *text)
{
    struct reader *r = arg;
    char shown[1024];

    r->told++;
    if (r->p && r->p->tell)
        r->p->tell(r->p->arg,
                   text_printable(shown, sizeof shown, text, strlen(text)));
}

__attribute__((format(printf, 2, 3))) static void tellf(struct reader *r,
                                                        const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    int n = snprintf(text, sizeof text, "%s: ", r->what);

    va_start(ap, fmt);
    vsnprintf(text + n, sizeof text - (size_t)n, fmt, ap);
    va_end(ap);
    tell(r, text);
}

/* --- members ------------------------------------------------------------------ */

static bool is_text(const struct json *v)
{
    return v->type == JSON_STR && strlen(v->str) == v->len;
}

/* NULL: absent, null, or told. */
static const char *text_of(struct reader *r, const struct json *v,
                           const char *key, bool needed)
{
    if (!v || v->type == JSON_NULL) {
        if (needed)
            tellf(r, "%s is missing", key);
        return NULL;
    }
    if (!is_text(v) || (needed && !v->len)) {
        tellf(r, "%s is %s, not a text", key,
              v->type == JSON_STR ? "empty or has a NUL"
                                  : json_type_name(v->type));
        return NULL;
    }
    return v->str;
}

/* dflt when absent or null; a NaN default: it has to be there */
static double number_of(struct reader *r, const struct json *v,
                        const char *key, double max, double dflt)
{
    bool needed = isnan(dflt);

    if (!v || v->type == JSON_NULL) {
        if (needed)
            tellf(r, "%s is missing", key);
        return needed ? 0 : dflt;
    }
    if (v->type != JSON_INT && v->type != JSON_NUM) {
        tellf(r, "%s is %s, not a number", key, json_type_name(v->type));
        return needed ? 0 : dflt;
    }
    if (v->num < 0 || v->num > max) {
        tellf(r, "%s is %g, not within 0 and %g", key, v->num, max);
        return needed ? 0 : dflt;
    }
    return v->num;
}

static int64_t whole_of(struct reader *r, const struct json *v,
                        const char *key, int64_t max)
{
    double x = number_of(r, v, key, (double)max, NAN);

    if (x != floor(x))
        tellf(r, "%s is %g, not a whole number", key, x);
    return (int64_t)x;
}

static bool reserve(struct words *w, size_t n)
{
    const char **bigger;

    if (n <= w->cap)
        return true;
    bigger = realloc(w->s, n * sizeof *w->s);
    if (!bigger)
        return false;
    w->s = bigger;
    w->cap = n;
    return true;
}

static int words_of(struct reader *r, const struct json *v, const char *key,
                    struct words *w, struct plan_words *out)
{
    *out = (struct plan_words){ .known = false };
    if (!v || v->type == JSON_NULL)
        return 0;
    if (v->type != JSON_ARR) {
        tellf(r, "%s is %s, not an array", key, json_type_name(v->type));
        return 0;
    }
    if (!reserve(w, v->len + 1))
        return -ENOMEM;
    out->known = true;
    JSON_FOREACH(e, v) {
        if (is_text(e))
            w->s[out->n++] = e->str;
        else
            tellf(r, "%s has %s in it, not a text", key,
                  json_type_name(e->type));
    }
    out->s = w->s;
    return 0;
}

static const char *member(struct reader *r, const struct json *obj,
                          const char *outer, const char *key)
{
    const struct json *v = json_get(obj, key);
    char name[64];

    snprintf(name, sizeof name, "%s.%s", outer, key);
    return text_of(r, v, name, false);
}

static void features_of(struct reader *r, const struct json *v,
                        const char *key, const char **pv, const char **hvm)
{
    if (!v || v->type == JSON_NULL)
        return;
    if (v->type != JSON_OBJ) {
        tellf(r, "%s is %s, not an object", key, json_type_name(v->type));
        return;
    }
    *pv = member(r, v, key, "pv");
    *hvm = member(r, v, key, "hvm");
}

/* --- a host ----------------------------------------------------------------------- */

static bool begin(struct reader *r, const char *kind, uint32_t index,
                  const struct json *v, const char **name)
{
    snprintf(r->what, sizeof r->what, "%s %u of the list", kind, index + 1);
    if (v->type != JSON_OBJ) {
        tellf(r, "is %s, not an object", json_type_name(v->type));
        return false;
    }
    *name = text_of(r, json_get(v, "name"), "name", true);
    if (*name)
        snprintf(r->what, sizeof r->what, "%s %s", kind, *name);
    return *name;
}

static void state_of(struct reader *r, const struct json *v,
                     enum plan_host_state *state)
{
    static const char *const names[] = { "up", "maintenance", "offline" };
    const char *s = text_of(r, v, "state", true);

    for (unsigned i = 0; s && i < 3; i++)
        if (!strcmp(s, names[i])) {
            *state = (enum plan_host_state)i;
            return;
        }
    if (s)
        tellf(r, "state is %s, none of up, maintenance, offline", s);
}

static int read_arriving(struct reader *r, const struct json *list)
{
    struct snapshot *s = r->s;

    JSON_FOREACH(v, list) {
        struct snapshot_arrival *bigger =
            reallocarray(s->arrival, s->arrival_n + 1, sizeof *s->arrival);

        if (!bigger)
            return -ENOMEM;
        s->arrival = bigger;
        if (!is_text(v))
            continue;
        bigger[s->arrival_n] =
            (struct snapshot_arrival){ plan_hosts(s->cluster) - 1,
                                       strdup(v->str) };
        if (!bigger[s->arrival_n++].uuid)
            return -ENOMEM;
    }
    return 0;
}

/* Members in the order in which they come: one walk, whatever their number. */
static int read_host(void *arg, uint32_t index, const struct json *v,
                     struct msg *err)
{
    struct reader *r = arg;
    struct plan_host h = { .name = NULL };
    unsigned before = r->told;
    int rc;

    if (!begin(r, "host", index, v, &h.name))
        return 0;
    state_of(r, json_get(v, "state"), &h.state);
    h.memory_mib =
        whole_of(r, json_get(v, "memory_mib"), "memory_mib", MIB_MAX);
    h.reserved_mib =
        whole_of(r, json_get(v, "reserved_mib"), "reserved_mib", MIB_MAX);
    h.cpus = (unsigned)whole_of(r, json_get(v, "cpus"), "cpus", 1 << 20);
    /* plans go by what its guests use */
    number_of(r, json_get(v, "cpu_used"), "cpu_used", 1 << 20, -1);
    h.cpu_sample_ms =
        number_of(r, json_get(v, "cpu_sample_ms"), "cpu_sample_ms", 1e12, 0);
    h.xen = text_of(r, json_get(v, "xen"), "xen", false);
    h.cpu_vendor = text_of(r, json_get(v, "cpu_vendor"), "cpu_vendor", false);
    features_of(r, json_get(v, "cpu_max"), "cpu_max", &h.max_pv, &h.max_hvm);
    features_of(r, json_get(v, "cpu_default"), "cpu_default", &h.default_pv,
                &h.default_hvm);
    rc = words_of(r, json_get(v, "networks"), "networks", &r->networks,
                  &h.networks);
    if (!rc)
        rc = words_of(r, json_get(v, "storage"), "storage", &r->storage,
                      &h.storage);
    if (!rc && r->told == before) {
        rc = plan_add_host(r->s->cluster, &h);
        if (!rc)
            rc = read_arriving(r, json_get(v, "arriving"));
    }
    if (rc)
        msg_set(err, "out of memory");
    return rc;
}

/* --- a domain ----------------------------------------------------------------------- */

static void type_of(struct reader *r, const struct json *v,
                    enum plan_type *type)
{
    static const char *const names[] = { "pv", "pvh", "hvm" };
    const char *s = text_of(r, v, "type", true);

    for (unsigned i = 0; s && i < 3; i++)
        if (!strcmp(s, names[i])) {
            *type = (enum plan_type)i;
            return;
        }
    if (s)
        tellf(r, "type is %s, none of pv, pvh, hvm", s);
}

static int traffic_of(struct reader *r, const struct json *v,
                      struct plan_domain *d)
{
    struct plan_traffic *bigger;

    if (!v || v->type == JSON_NULL)
        return 0;
    if (v->type != JSON_ARR) {
        tellf(r, "traffic is %s, not an array", json_type_name(v->type));
        return 0;
    }
    if (v->len > r->traffic_cap) {
        bigger = realloc(r->traffic, v->len * sizeof *bigger);
        if (!bigger)
            return -ENOMEM;
        r->traffic = bigger;
        r->traffic_cap = v->len;
    }
    JSON_FOREACH(e, v) {
        const char *with =
            text_of(r, json_get(e, "with"), "traffic: with", true);
        double mbps =
            number_of(r, json_get(e, "mbps"), "traffic: mbps", 1e9, NAN);

        if (with)
            r->traffic[d->traffic_n++] = (struct plan_traffic){ with, mbps };
    }
    d->traffic = r->traffic;
    return 0;
}

static void pinned_of(struct reader *r, const struct json *obj,
                      struct plan_domain *d)
{
    const struct json *v = json_get(obj, "pinned");
    const char *why =
        text_of(r, json_get(obj, "pinned_why"), "pinned_why", false);

    if (!v || v->type == JSON_NULL)
        return;
    if (v->type == JSON_STR) /* the reason in its place */
        d->pinned = v->str;
    else if (v->type != JSON_BOOL)
        tellf(r, "pinned is %s, neither true nor false",
              json_type_name(v->type));
    else if (v->flag)
        d->pinned = why ? why : "";
}

static int domain_lists(struct reader *r, const struct json *v,
                        struct plan_domain *d)
{
    int rc = words_of(r, json_get(v, "networks"), "networks", &r->networks,
                      &d->networks);

    if (!rc)
        rc = words_of(r, json_get(v, "storage"), "storage", &r->storage,
                      &d->storage);
    if (!rc)
        rc = words_of(r, json_get(v, "pci"), "pci", &r->pci, &d->pci);
    if (!rc)
        rc = words_of(r, json_get(v, "apart"), "apart", &r->apart, &d->apart);
    if (!rc)
        rc = words_of(r, json_get(v, "together"), "together", &r->together,
                      &d->together);
    return rc ? rc : traffic_of(r, json_get(v, "traffic"), d);
}

static int read_domain(void *arg, uint32_t index, const struct json *v,
                       struct msg *err)
{
    struct reader *r = arg;
    struct plan_domain d = { .vcpus = 0 };
    unsigned before = r->told;
    int rc;

    if (!begin(r, "domain", index, v, &d.name))
        return 0;
    d.uuid = text_of(r, json_get(v, "uuid"), "uuid", true);
    d.host = text_of(r, json_get(v, "host"), "host", true);
    type_of(r, json_get(v, "type"), &d.type);
    d.memory_mib =
        whole_of(r, json_get(v, "memory_mib"), "memory_mib", MIB_MAX);
    d.vcpus = (unsigned)whole_of(r, json_get(v, "vcpus"), "vcpus", 1 << 16);
    d.cpu_used =
        number_of(r, json_get(v, "cpu_used"), "cpu_used", 1 << 20, -1);
    d.dirty_mib_s =
        number_of(r, json_get(v, "dirty_mib_s"), "dirty_mib_s", 1e9, -1);
    d.writable_mib = number_of(r, json_get(v, "writable_mib"), "writable_mib",
                               (double)MIB_MAX, -1);
    d.cpu_policy = text_of(r, json_get(v, "cpu_policy"), "cpu_policy", false);
    pinned_of(r, v, &d);
    rc = domain_lists(r, v, &d);
    if (!rc && r->told == before)
        rc = plan_add_domain(r->s->cluster, &d);
    if (rc)
        msg_set(err, "out of memory");
    return rc;
}

/* --- the map ---------------------------------------------------------------------------- */

static int read_node(struct reader *r, uint32_t index, const struct json *v)
{
    enum topo_kind kind = TOPO_HOST;
    const char *name, *word, *rack;
    int node;

    if (!begin(r, "node", index, v, &name))
        return 0;
    word = text_of(r, json_get(v, "kind"), "kind", true);
    if (word && topo_kind_parse(word, &kind)) {
        tellf(r, "kind is %s, none of host, switch, segment", word);
        return 0;
    }
    rack = text_of(r, json_get(v, "rack"), "rack", false);
    node = topo_add_node(r->s->map, name, kind);
    if (node == -EEXIST)
        tellf(r, "is listed twice");
    if (node < 0)
        return node == -ENOMEM ? node : 0;
    return topo_set_rack(r->s->map, (uint32_t)node, rack);
}

static bool end_of(struct reader *r, const struct json *v, const char *key,
                   uint32_t *node)
{
    const char *name = text_of(r, json_get(v, key), key, true);
    int n = name ? topo_find(r->s->map, name) : -1;

    if (name && n < 0)
        tellf(r, "%s is %s, which is no node", key, name);
    *node = n < 0 ? 0 : (uint32_t)n;
    return n >= 0;
}

static int read_link(struct reader *r, uint32_t index, const struct json *v)
{
    const struct json *mbps = json_get(v, "mbps");
    struct topo_link l = { .mbps = TOPO_UNKNOWN, .age_s = TOPO_UNKNOWN };
    const char *word;
    int n;

    snprintf(r->what, sizeof r->what, "link %u of the list", index + 1);
    if (v->type != JSON_OBJ) {
        tellf(r, "is %s, not an object", json_type_name(v->type));
        return 0;
    }
    if (!end_of(r, v, "a", &l.a) || !end_of(r, v, "b", &l.b) || l.a == l.b)
        return 0;
    l.a_port = text_of(r, json_get(v, "a_port"), "a_port", false);
    l.b_port = text_of(r, json_get(v, "b_port"), "b_port", false);
    if (mbps && mbps->type != JSON_NULL)
        l.mbps =
            (int64_t)number_of(r, mbps, "mbps", TOPO_MAX_MBPS, TOPO_UNKNOWN);
    l.load_mbps =
        number_of(r, json_get(v, "load_mbps"), "load_mbps", TOPO_MAX_MBPS, 0);
    word = text_of(r, json_get(v, "evidence"), "evidence", false);
    if (word && topo_evidence_parse(word, &l.evidence))
        tellf(r, "evidence is %s, none of both, switch, host, declared", word);
    n = topo_add_link(r->s->map, &l);
    return n == -ENOMEM ? n : 0;
}

static int read_list(struct reader *r, const struct json *topology,
                     const char *key,
                     int (*one)(struct reader *r, uint32_t index,
                                const struct json *v))
{
    const struct json *list = json_get(topology, key);
    uint32_t i = 0;
    int rc = 0;

    snprintf(r->what, sizeof r->what, "topology");
    if (!list || list->type != JSON_ARR) {
        tellf(r, "%s is %s", key,
              list ? json_type_name(list->type) : "missing");
        return 0;
    }
    JSON_FOREACH(v, list) {
        if (!rc)
            rc = one(r, i++, v);
    }
    return rc;
}

static int read_map(struct reader *r, const struct json *root)
{
    const struct json *t = json_get(root, "topology");
    int rc;

    snprintf(r->what, sizeof r->what, "snapshot");
    if (!t || t->type != JSON_OBJ) {
        tellf(r, "topology is %s", t ? json_type_name(t->type) : "missing");
        return 0;
    }
    rc = read_list(r, t, "nodes", read_node);
    if (!rc)
        rc = read_list(r, t, "links", read_link);
    return rc ? rc : topo_derive_racks(r->s->map);
}

/* --- the whole ------------------------------------------------------------------------------ */

static void need_list(struct reader *r, const struct json *root,
                      const char *key)
{
    const struct json *v = json_get(root, key);

    snprintf(r->what, sizeof r->what, "snapshot");
    if (!v || v->type != JSON_ARR)
        tellf(r, "%s is %s, not an array", key,
              v ? json_type_name(v->type) : "missing");
}

static void reader_dispose(struct reader *r)
{
    free(r->networks.s);
    free(r->storage.s);
    free(r->pci.s);
    free(r->apart.s);
    free(r->together.s);
    free(r->traffic);
}

int snapshot_parse_under(struct snapshot *s, const char *name,
                         const void *text, size_t len,
                         const struct plan_settings *set,
                         const struct snapshot_overlay *over,
                         const struct snapshot_problems *p, struct msg *err)
{
    struct reader r = { .s = s, .p = p };
    const struct json_split splits[] = { { "hosts", read_host, &r },
                                         { "domains", read_domain, &r },
                                         { NULL, NULL, NULL } };
    struct json_doc *doc = NULL;
    const char *taken;
    int rc;

    *s = (struct snapshot){ .map = topo_new() };
    msg_set(err, "%s: out of memory", name);
    rc = -ENOMEM;
    if (!s->map)
        goto out;
    s->cluster = plan_cluster_new(s->map);
    if (!s->cluster)
        goto out;
    rc = json_parse(&doc, name, text, len, splits, NULL, err);
    if (!rc)
        rc = json_check_format(doc, name, "rackhop-snapshot/1", err);
    if (rc)
        goto out;
    sha256_hex(text, len, s->sha256);
    need_list(&r, json_root(doc), "hosts");
    need_list(&r, json_root(doc), "domains");
    taken = json_get_str(json_root(doc), "taken", NULL);
    s->taken = taken ? strdup(taken) : NULL;
    rc = read_map(&r, json_root(doc));
    json_free(doc);
    doc = NULL;
    if (!rc && over)
        rc = over->apply(over->arg, s);
    if (!rc)
        rc = plan_cluster_index(s->cluster, set, tell, &r);
    if (rc < 0)
        msg_set(err, "%s: out of memory", name);
    else if (r.told)
        rc = -EINVAL;
    else
        rc = 0;
    if (r.told)
        msg_set(err, "%s: %u thing%s in it cannot be right", name, r.told,
                r.told == 1 ? "" : "s");
out:
    json_free(doc);
    reader_dispose(&r);
    if (rc)
        snapshot_dispose(s);
    return rc;
}

int snapshot_parse(struct snapshot *s, const char *name, const void *text,
                   size_t len, const struct plan_settings *set,
                   const struct snapshot_problems *p, struct msg *err)
{
    return snapshot_parse_under(s, name, text, len, set, NULL, p, err);
}

int snapshot_load(struct snapshot *s, const char *path,
                  const struct plan_settings *set,
                  const struct snapshot_problems *p, struct msg *err)
{
    const char *name;
    size_t len;
    char *text;
    int rc;

    *s = (struct snapshot){ .cluster = NULL };
    rc = json_file_text(path, MOST_BYTES, &name, &text, &len, err);
    if (!rc)
        rc = snapshot_parse(s, name, text, len, set, p, err);
    free(text);
    return rc;
}

void snapshot_dispose(struct snapshot *s)
{
    plan_cluster_free(s->cluster);
    topo_free(s->map);
    free(s->taken);
    for (size_t i = 0; i < s->arrival_n; i++)
        free(s->arrival[i].uuid);
    free(s->arrival);
    *s = (struct snapshot){ .cluster = NULL };
}
