/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads rackhop-snapshot/1 into a cluster. Hosts and domains are handed over
 * one by one while the text is parsed; the map is small and is read from the
 * tree afterwards.
 */
#include "tools/doc/snapshot_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/sha256.h"

#define MOST_BYTES ((size_t)1 << 30)

static void snap_need_list(struct snap_reader *r, const struct json *root,
                           const char *key)
{
    const struct json *v = json_get(root, key);

    snprintf(r->what, sizeof r->what, "snapshot");
    if (!v || v->type != JSON_ARR)
        snap_tell(r, "%s is %s, not an array", key,
                  v ? json_type_name(v->type) : "missing");
}

static void snap_reader_dispose(struct snap_reader *r)
{
    free(r->networks.s);
    free(r->storage.s);
    free(r->pci.s);
    free(r->devices.s);
    free(r->cards.s);
    free(r->stock);
    free(r->apart.s);
    free(r->together.s);
    free(r->apart_racks.s);
    free(r->only.s);
    free(r->traffic);
    snap_talks_dispose(r);
    strlist_dispose(&r->pools);
    strlist_dispose(&r->tells_runs);
    strlist_dispose(&r->runs);
}

/* A guest on the move counts where it comes from; of where it goes to, only
 * the memory counts. */
static int snap_note_arrivals(struct snapshot *s)
{
    int rc = 0;

    for (size_t i = 0; i < s->arrival_n && !rc; i++) {
        const struct snapshot_arrival *a = &s->arrival[i];
        uint32_t dom = plan_find_domain(s->cluster, a->uuid);
        struct plan_note n = { .host = plan_host_name(s->cluster, a->host),
                               .uuid = a->uuid };
        char text[700];

        if (dom != PLAN_NONE)
            n.name = plan_domain_name(s->cluster, dom);
        snprintf(text, sizeof text,
                 "%s is just arriving on %s: its memory counts there, and it "
                 "is planned as where it comes from",
                 n.name ? n.name : a->uuid, n.host);
        n.text = text;
        rc = plan_add_note(s->cluster, &n);
    }
    return rc;
}

/* of_hosts: what hosts say of themselves, under an overlay. */
static int snap_parse(struct snapshot *s, const char *name, const void *text,
                      size_t len, const struct plan_settings *set,
                      bool of_hosts, const struct snapshot_overlay *over,
                      const struct snapshot_problems *p, struct msg *err)
{
    struct snap_reader r = { .s = s, .p = p, .of_hosts = of_hosts };
    const struct json_split splits[] = { { "hosts", snap_host, &r },
                                         { "domains", snap_domain, &r },
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
    snap_need_list(&r, json_root(doc), "hosts");
    snap_need_list(&r, json_root(doc), "domains");
    taken = json_get_str(json_root(doc), "taken", NULL);
    s->taken = taken ? strdup(taken) : NULL;
    rc = snap_map(&r, json_root(doc));
    if (!rc)
        rc = snap_talks_end(&r);
    if (!rc)
        rc = snap_note_arrivals(s);
    json_free(doc);
    doc = NULL;
    if (!rc && over && over->apply)
        rc = over->apply(over->arg, s);
    snap_reserved_dead(&r);
    if (!rc)
        rc = snap_lay_reserved(s, over && over->run ? over->run : "");
    if (!rc)
        rc = plan_cluster_index(s->cluster, set, snap_told, &r);
    if (rc < 0)
        msg_set(err, "%s: out of memory", name);
    else if (rc || (r.told && !of_hosts))
        rc = -EINVAL;
    if (rc == -EINVAL)
        msg_set(err, "%s: %u thing%s in it cannot be right", name, r.told,
                r.told == 1 ? "" : "s");
out:
    json_free(doc);
    snap_reader_dispose(&r);
    if (rc)
        snapshot_dispose(s);
    return rc;
}

int snapshot_parse(struct snapshot *s, const char *name, const void *text,
                   size_t len, const struct plan_settings *set,
                   const struct snapshot_problems *p, struct msg *err)
{
    return snap_parse(s, name, text, len, set, false, NULL, p, err);
}

int snapshot_parse_facts(struct snapshot *s, const char *name,
                         const void *text, size_t len,
                         const struct plan_settings *set,
                         const struct snapshot_overlay *over,
                         const struct snapshot_problems *p, struct msg *err)
{
    return snap_parse(s, name, text, len, set, true, over, p, err);
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
    for (size_t i = 0; i < s->reserved_n; i++)
        free(s->reserved[i].link);
    free(s->reserved);
    *s = (struct snapshot){ .cluster = NULL };
}
