/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * `rackhop facts` on every host, by ssh, at once. What a host says of itself
 * and its domains goes into the snapshot as it is, under the name that the
 * configuration has for the host, but for the copies of guests that are on the
 * move: their memory is reserved, and the guest stays where it came from. A
 * host that says nothing is left out and named. The map comes from the same sources as `rackhop topology`.
 */
#include "tools/cluster/collect.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/doc/json.h"
#include "tools/doc/topology.h"
#include "tools/remote/gather.h"
#include "tools/paths.h"
#include "tools/remote/ssh.h"
#include "tools/cluster/views.h"
#include "tools/text.h"
#include "tools/base/msg.h"

enum { AT_ONCE = 64, NAME_LEN = 256 };

/* A copy under construction: libxl names it NAME--incoming. */
/* A domain as a host lists it. */
struct listing {
    const struct json *dom;
    const char *uuid;
    size_t host;
    bool second; /* the guest itself is listed elsewhere */
};

struct answers {
    struct collect *k;
    struct gather_job *job;
    char (*name)[NAME_LEN];
    struct json_doc **doc;
    size_t n;
    struct listing *second; /* by uuid */
    size_t second_n;
};

/* "NAME=ADDRESS" or "NAME": the name into buf, the address back. */
static const char *split_host(const char *row, char *buf)
{
    size_t n = strcspn(row, "=");

    snprintf(buf, NAME_LEN, "%.*s", (int)n, row);
    return row[n] ? row + n + 1 : row;
}

static bool is_self(const char *name)
{
    char self[NAME_LEN];

    return !gethostname(self, sizeof self) && !strcmp(self, name);
}

static unsigned sample_ms(const struct collect *k)
{
    return k->sample_ms ? k->sample_ms : COLLECT_SAMPLE_MS;
}

/* This host answers for itself, without ssh. */
static int make_job(struct answers *a, size_t i, const char *address)
{
    const char *ssh = a->k->conf->ssh_command;
    char **argv = calloc(4, sizeof *argv);
    char own[460], there[80];

    if (!argv)
        return -ENOMEM;
    snprintf(there, sizeof there, "exec rackhop facts --compact --sample %u",
             sample_ms(a->k));
    snprintf(own, sizeof own, "exec %s facts --compact --sample %u",
             path_self(), sample_ms(a->k));
    a->job[i].argv = argv;
    argv[0] = strdup("sh");
    argv[1] = strdup("-c");
    argv[2] =
        is_self(a->name[i]) ? strdup(own) : ssh_rune(ssh, address, there);
    return argv[0] && argv[1] && argv[2] ? 0 : -ENOMEM;
}

static int make_jobs(struct answers *a)
{
    const struct strlist *hosts = &a->k->conf->hosts;

    a->n = hosts->n;
    a->job = calloc(a->n + 1, sizeof *a->job);
    a->name = calloc(a->n + 1, sizeof *a->name);
    a->doc = calloc(a->n + 1, sizeof *a->doc);
    if (!a->job || !a->name || !a->doc)
        return -ENOMEM;
    for (size_t i = 0; i < a->n; i++) {
        int rc = make_job(a, i, split_host(hosts->s[i], a->name[i]));

        if (rc)
            return rc;
    }
    return 0;
}

static void dispose(struct answers *a)
{
    if (a->job)
        gather_dispose(a->job, a->n);
    for (size_t i = 0; a->doc && i < a->n; i++)
        json_free(a->doc[i]);
    free(a->job);
    free(a->name);
    free(a->doc);
    free(a->second);
}

/* --- what they said --------------------------------------------------------------- */

static void dead(struct answers *a, size_t i, const char *why)
{
    char shown[300];

    a->k->dead++;
    if (a->k->failed)
        a->k->failed(a->k->arg, a->name[i],
                     text_printable(shown, sizeof shown, why, strlen(why)));
}

static void read_answer(struct answers *a, size_t i)
{
    const struct gather_job *j = &a->job[i];
    struct msg err;
    int rc;

    if (j->rc) {
        dead(a, i, *j->said ? j->said : strerror(-j->rc));
        return;
    }
    rc = json_parse(&a->doc[i], a->name[i], j->out ? j->out : "", j->len, NULL,
                    NULL, &err);
    if (!rc)
        rc = json_check_format(a->doc[i], a->name[i], "rackhop-facts/1", &err);
    if (!rc && (!json_get(json_root(a->doc[i]), "host") ||
                !json_get(json_root(a->doc[i]), "domains"))) {
        msg_set(&err, "its facts have no host or no domains");
        rc = -EINVAL;
    }
    if (rc) {
        dead(a, i, err.text);
        json_free(a->doc[i]);
        a->doc[i] = NULL;
    }
}

static void tell_progress(void *arg, size_t ended)
{
    struct answers *a = arg;

    if (a->k->progress)
        a->k->progress(a->k->arg, ended, a->n);
}

/* --- guests that are listed twice ---------------------------------------------------- */

/*
 * Xen lists a copy under construction with its guest's uuid, and so it does a
 * suspended guest that another host may have by now, and one that is dying
 * while its successor runs. The guest is the one that runs; of the others the
 * snapshot has the memory. Two that run are no business of ours to hide.
 */
static const char copy_suffix[] = "--incoming";

static const struct json *domains_of(const struct answers *a, size_t i)
{
    return a->doc[i] ? json_get(json_root(a->doc[i]), "domains") : NULL;
}

static bool is_copy(const struct json *dom)
{
    const char *name = json_get_str(dom, "name", "");
    size_t n = strlen(name), suffix = strlen(copy_suffix);

    return n > suffix && !strcmp(name + n - suffix, copy_suffix);
}

/* Facts pin what is paused, shut down (suspended is that) or dying. */
static int rank(const struct json *dom)
{
    return !json_get_bool(dom, "pinned", false) ? 0 : is_copy(dom) ? 2 : 1;
}

/* A guest that has just started has its copy's name for a moment. */
static size_t name_len(const struct json *dom)
{
    size_t n = strlen(json_get_str(dom, "name", ""));

    return !rank(dom) && is_copy(dom) ? n - strlen(copy_suffix) : n;
}

static int by_uuid(const void *a, const void *b)
{
    return strcmp(((const struct listing *)a)->uuid,
                  ((const struct listing *)b)->uuid);
}

static void mark_group(struct listing *l, size_t n)
{
    struct listing *guest = l;

    /* hosts are not asked at one instant: both may have been seen running */
    for (size_t i = 1; i < n; i++)
        if (rank(l[i].dom) < rank(guest->dom) ||
            (rank(l[i].dom) == rank(guest->dom) && is_copy(guest->dom)))
            guest = &l[i];
    for (size_t i = 0; i < n; i++)
        l[i].second = &l[i] != guest && (rank(l[i].dom) || is_copy(l[i].dom));
}

static int find_seconds(struct answers *a)
{
    struct listing *l;
    size_t n = 0, to;

    for (size_t i = 0; i < a->n; i++)
        JSON_FOREACH(d, domains_of(a, i))
            n += !!d;
    a->second = l = calloc(n + 1, sizeof *l);
    if (!l)
        return -ENOMEM;
    n = 0;
    for (size_t i = 0; i < a->n; i++)
        JSON_FOREACH(d, domains_of(a, i))
            l[n++] =
                (struct listing){ d, json_get_str(d, "uuid", ""), i, false };
    qsort(l, n, sizeof *l, by_uuid);
    for (size_t i = 0; i < n; i = to) {
        for (to = i + 1; to < n && !strcmp(l[to].uuid, l[i].uuid);)
            to++;
        if (*l[i].uuid)
            mark_group(l + i, to - i);
    }
    for (size_t i = 0; i < n; i++)
        if (l[i].second)
            l[a->second_n++] = l[i];
    return 0;
}

static bool is_second(const struct answers *a, const struct json *dom)
{
    struct listing key = { .uuid = json_get_str(dom, "uuid", "") }, *l;

    if (!a->second_n)
        return false;
    l = bsearch(&key, a->second, a->second_n, sizeof *l, by_uuid);
    while (l && l > a->second && !by_uuid(l - 1, &key))
        l--;
    for (; l && l < a->second + a->second_n && !by_uuid(l, &key); l++)
        if (l->dom == dom)
            return true;
    return false;
}

/* --- the document ------------------------------------------------------------------- */

/* Is it one of the words behind the "="? */
static bool in_group(const char *row, const char *guest, size_t n)
{
    size_t len;

    for (row += strcspn(row, "="); n && *row; row += len) {
        row++; /* "=" or "," */
        len = strcspn(row, ",");
        if (len == n && !memcmp(row, guest, n))
            return true;
    }
    return false;
}

/* The groups that the configuration has for a guest, by its name or uuid. */
static void write_groups(struct json_out *o, const char *key,
                         const struct strlist *groups, const struct json *dom)
{
    const char *name = json_get_str(dom, "name", "");
    const char *uuid = json_get_str(dom, "uuid", "");
    char group[NAME_LEN];
    bool any = false;

    for (size_t i = 0; i < groups->n; i++) {
        const char *row = groups->s[i];

        if (!in_group(row, name, name_len(dom)) &&
            !in_group(row, uuid, strlen(uuid)))
            continue;
        if (!any) {
            json_key(o, key);
            json_arr(o);
        }
        any = true;
        split_host(row, group);
        json_str(o, group);
    }
    if (any)
        json_arr_end(o);
}

static int check_groups(const char *key, const struct strlist *groups,
                        struct msg *err)
{
    for (size_t i = 0; i < groups->n; i++) {
        const char *row = groups->s[i];
        size_t n = strcspn(row, "=");
        char shown[100];

        if (n && n < NAME_LEN && row[n] && row[n + 1])
            continue;
        msg_set(err, "rackhop.conf: %s takes GROUP=GUEST,GUEST, not %s", key,
                text_printable(shown, sizeof shown, row, strlen(row)));
        return -EINVAL;
    }
    return 0;
}

/* --- the document: its hosts and domains ------------------------------------------------ */

/* What arrives has its memory, also that which has not come yet. */
static void write_host(const struct answers *a, size_t i, struct json_out *o)
{
    const struct json *h = json_get(json_root(a->doc[i]), "host");
    double mib = 0;
    bool any = false;

    for (size_t k = 0; k < a->second_n; k++)
        if (a->second[k].host == i)
            mib += fmax(json_get_num(a->second[k].dom, "memory_mib", 0),
                        json_get_num(a->second[k].dom, "need_mib", 0));
    json_obj(o);
    json_kv_str(o, "name", a->name[i]);
    JSON_FOREACH(m, h) {
        if (!strcmp(m->key, "name"))
            continue;
        json_key(o, m->key);
        if (mib > 0 && !strcmp(m->key, "reserved_mib"))
            json_int(o, (int64_t)(fmax(0, m->num) + fmin(mib, 1e12)));
        else
            json_value(o, m);
    }
    for (size_t k = 0; k < a->second_n; k++) {
        if (a->second[k].host != i || !is_copy(a->second[k].dom))
            continue;
        if (!any) {
            json_key(o, "arriving");
            json_arr(o);
        }
        any = true;
        json_str(o, a->second[k].uuid);
    }
    if (any)
        json_arr_end(o);
    json_obj_end(o);
}

static void write_domain(const struct answers *a, size_t i,
                         const struct json *d, struct json_out *o)
{
    json_obj(o);
    json_kv_str(o, "host", a->name[i]);
    JSON_FOREACH(m, d) {
        if (!strcmp(m->key, "host"))
            continue;
        json_key(o, m->key);
        if (!strcmp(m->key, "name") && m->type == JSON_STR)
            json_strn(o, m->str, name_len(d));
        else
            json_value(o, m);
    }
    write_groups(o, "apart", &a->k->conf->apart, d);
    write_groups(o, "together", &a->k->conf->together, d);
    json_obj_end(o);
}

static void write_hosts(const struct answers *a, struct json_out *o)
{
    json_key(o, "hosts");
    json_arr(o);
    for (size_t i = 0; i < a->n; i++)
        if (a->doc[i])
            write_host(a, i, o);
    json_arr_end(o);
    json_key(o, "domains");
    json_arr(o);
    for (size_t i = 0; i < a->n; i++)
        JSON_FOREACH(d, domains_of(a, i))
            if (!is_second(a, d))
                write_domain(a, i, d, o);
    json_arr_end(o);
}

static int write_snapshot(struct answers *a, const struct topo *map)
{
    char taken[32];
    time_t now = time(NULL);
    struct tm tm;
    FILE *f = open_memstream(&a->k->text, &a->k->len);
    struct json_out *o = f ? json_out_new(f, true) : NULL;
    int rc;

    if (!o) {
        if (f)
            fclose(f);
        return -ENOMEM;
    }
    strftime(taken, sizeof taken, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    json_obj(o);
    json_kv_str(o, "format", "rackhop-snapshot/1");
    json_kv_str(o, "taken", taken);
    json_key(o, "topology");
    json_obj(o);
    topology_write_graph(o, map);
    json_obj_end(o);
    write_hosts(a, o);
    json_obj_end(o);
    rc = json_out_free(o);
    return fclose(f) ? -ENOMEM : rc;
}

static int add_map(struct answers *a, struct msg *err)
{
    struct views v;
    int rc;

    views_init(&v);
    rc = views_live(&v, a->k->conf, err);
    if (!rc)
        rc = views_merge(&v, &a->k->conf->racks, err);
    if (!rc)
        rc = write_snapshot(a, v.map.topo);
    views_dispose(&v);
    return rc;
}

int collect_run(struct collect *k, struct msg *err)
{
    struct answers a = { .k = k };
    int rc;

    k->text = NULL;
    k->asked = k->conf->hosts.n;
    k->dead = 0;
    if (!k->asked) {
        msg_set(err, "no hosts are configured: rackhop.conf needs "
                     "hosts = [ \"NAME=ADDRESS\", .. ]");
        return -EINVAL;
    }
    rc = check_groups("apart", &k->conf->apart, err);
    if (!rc)
        rc = check_groups("together", &k->conf->together, err);
    if (rc)
        return rc;
    msg_set(err, "out of memory");
    rc = make_jobs(&a);
    if (rc)
        goto out;
    gather_watch(a.job, a.n, AT_ONCE, k->timeout_ms + sample_ms(k),
                 tell_progress, &a);
    for (size_t i = 0; i < a.n; i++)
        read_answer(&a, i);
    rc = find_seconds(&a);
    if (rc)
        goto out;
    if (k->dead == k->asked) {
        rc = -EHOSTUNREACH;
        msg_set(err, "none of the %zu hosts answered", k->asked);
        goto out;
    }
    rc = add_map(&a, err);
out:
    dispose(&a);
    if (rc) {
        free(k->text);
        k->text = NULL;
    }
    return rc;
}
