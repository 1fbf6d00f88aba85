/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * `rackhop facts` on every host, by ssh, at once. What a host says of itself
 * and its domains goes into the snapshot as it is, under the name that the
 * configuration has for the host, but for the copies of guests that are on the
 * move: their memory is reserved, and the guest stays where it came from. A
 * host that says nothing is left out and named. The map comes from the same sources as `rackhop topology`.
 */
#include "tools/run/collect.h"

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
#include "tools/run/gather.h"
#include "tools/run/paths.h"
#include "tools/run/ssh.h"
#include "tools/run/views.h"

enum { AT_ONCE = 64, NAME_LEN = 256 };

/* A copy under construction: libxl names it NAME--incoming. */
struct arrival {
    const struct json *dom;
    const char *uuid;
    size_t to;  /* host */
    bool other; /* the guest itself is listed as well */
};

struct answers {
    struct collect *k;
    struct gather_job *job;
    char (*name)[NAME_LEN];
    struct json_doc **doc;
    size_t n;
    struct arrival *arrival;
    size_t arrival_n;
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
    free(a->arrival);
}

/* --- what they said --------------------------------------------------------------- */

static void dead(struct answers *a, size_t i, const char *why)
{
    char shown[300];

    a->k->dead++;
    if (a->k->failed)
        a->k->failed(a->k->arg, a->name[i],
                     json_sanitise(shown, sizeof shown, why, strlen(why)));
}

static void read_answer(struct answers *a, size_t i)
{
    const struct gather_job *j = &a->job[i];
    char err[300];
    int rc;

    if (j->rc) {
        dead(a, i, *j->said ? j->said : strerror(-j->rc));
        return;
    }
    rc = json_parse(&a->doc[i], a->name[i], j->out ? j->out : "", j->len, NULL,
                    NULL, err, sizeof err);
    if (!rc)
        rc = json_check_format(a->doc[i], a->name[i], "rackhop-facts/1", err,
                               sizeof err);
    if (!rc && (!json_get(json_root(a->doc[i]), "host") ||
                !json_get(json_root(a->doc[i]), "domains"))) {
        snprintf(err, sizeof err, "its facts have no host or no domains");
        rc = -EINVAL;
    }
    if (rc) {
        dead(a, i, err);
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

/* --- the document ------------------------------------------------------------------- */

/* Is it one of the words behind the "="? */
static bool in_group(const char *row, const char *guest)
{
    size_t n = guest ? strlen(guest) : 0, len;

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
    const char *name = json_get_str(dom, "name", NULL);
    const char *uuid = json_get_str(dom, "uuid", NULL);
    char group[NAME_LEN];
    bool any = false;

    for (size_t i = 0; i < groups->n; i++) {
        const char *row = groups->s[i];

        if (!in_group(row, name) && !in_group(row, uuid))
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
                        char *err, size_t errlen)
{
    for (size_t i = 0; i < groups->n; i++) {
        const char *row = groups->s[i];
        size_t n = strcspn(row, "=");
        char shown[100];

        if (n && n < NAME_LEN && row[n] && row[n + 1])
            continue;
        snprintf(err, errlen,
                 "rackhop.conf: %s takes GROUP=GUEST,GUEST, not %s", key,
                 json_sanitise(shown, sizeof shown, row, strlen(row)));
        return -EINVAL;
    }
    return 0;
}

/* --- moves that are under way -------------------------------------------------------- */

static const struct json *domains_of(const struct answers *a, size_t i)
{
    return a->doc[i] ? json_get(json_root(a->doc[i]), "domains") : NULL;
}

static bool is_copy(const struct json *dom)
{
    static const char suffix[] = "--incoming";
    const char *name = json_get_str(dom, "name", "");
    size_t n = strlen(name);

    return n > sizeof suffix - 1 &&
           !strcmp(name + n - (sizeof suffix - 1), suffix);
}

static int find_copies(struct answers *a)
{
    size_t room = 0;

    for (size_t i = 0; i < a->n; i++)
        JSON_FOREACH(d, domains_of(a, i))
            room += is_copy(d);
    a->arrival = calloc(room + 1, sizeof *a->arrival);
    if (!a->arrival)
        return -ENOMEM;
    for (size_t i = 0; i < a->n; i++)
        JSON_FOREACH(d, domains_of(a, i))
            if (is_copy(d))
                a->arrival[a->arrival_n++] =
                    (struct arrival){ d, json_get_str(d, "uuid", ""), i,
                                      false };
    return 0;
}

static int by_uuid(const void *a, const void *b)
{
    return strcmp(((const struct arrival *)a)->uuid,
                  ((const struct arrival *)b)->uuid);
}

/* The first of those with a domain's uuid; the others follow it. */
static struct arrival *arrivals_of(const struct answers *a,
                                   const struct json *dom)
{
    const char *uuid = json_get_str(dom, "uuid", "");
    size_t from = 0, to = a->arrival_n;

    while (from < to) {
        size_t mid = from + (to - from) / 2;

        if (strcmp(a->arrival[mid].uuid, uuid) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return &a->arrival[from];
}

static bool is_of(const struct answers *a, const struct arrival *v,
                  const struct json *dom)
{
    return v < a->arrival + a->arrival_n &&
           !strcmp(v->uuid, json_get_str(dom, "uuid", ""));
}

/* The guest that a copy is of. A copy whose guest no host lists stays a
 * domain of the snapshot: it may be all that there is of it. */
static int find_arrivals(struct answers *a)
{
    int rc = find_copies(a);

    if (rc)
        return rc;
    qsort(a->arrival, a->arrival_n, sizeof *a->arrival, by_uuid);
    for (size_t i = 0; i < a->n; i++)
        JSON_FOREACH(d, domains_of(a, i))
            for (struct arrival *v = arrivals_of(a, d);
                 !is_copy(d) && is_of(a, v, d); v++)
                v->other = true;
    return 0;
}

static bool is_second(const struct answers *a, const struct json *dom)
{
    for (struct arrival *v = arrivals_of(a, dom); is_of(a, v, dom); v++)
        if (v->dom == dom)
            return v->other;
    return false;
}

/* --- the document: its hosts and domains ------------------------------------------------ */

/* What arrives has its memory, also that which has not come yet. */
static void write_host(const struct answers *a, size_t i, struct json_out *o)
{
    const struct json *h = json_get(json_root(a->doc[i]), "host");
    double mib = 0;
    bool any = false;

    for (size_t k = 0; k < a->arrival_n; k++)
        if (a->arrival[k].other && a->arrival[k].to == i)
            mib += fmax(json_get_num(a->arrival[k].dom, "memory_mib", 0),
                        json_get_num(a->arrival[k].dom, "need_mib", 0));
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
    for (size_t k = 0; k < a->arrival_n; k++) {
        if (!a->arrival[k].other || a->arrival[k].to != i)
            continue;
        if (!any) {
            json_key(o, "arriving");
            json_arr(o);
        }
        any = true;
        json_str(o, a->arrival[k].uuid);
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

static int add_map(struct answers *a, char *err, size_t errlen)
{
    struct views v;
    int rc;

    views_init(&v);
    rc = views_live(&v, a->k->conf, err, errlen);
    if (!rc)
        rc = views_merge(&v, &a->k->conf->racks, err, errlen);
    if (!rc)
        rc = write_snapshot(a, v.map.topo);
    views_dispose(&v);
    return rc;
}

int collect_run(struct collect *k, char *err, size_t errlen)
{
    struct answers a = { .k = k };
    int rc;

    k->text = NULL;
    k->asked = k->conf->hosts.n;
    k->dead = 0;
    if (!k->asked) {
        snprintf(err, errlen,
                 "no hosts are configured: rackhop.conf needs "
                 "hosts = [ \"NAME=ADDRESS\", .. ]");
        return -EINVAL;
    }
    rc = check_groups("apart", &k->conf->apart, err, errlen);
    if (!rc)
        rc = check_groups("together", &k->conf->together, err, errlen);
    if (rc)
        return rc;
    snprintf(err, errlen, "out of memory");
    rc = make_jobs(&a);
    if (rc)
        goto out;
    gather_watch(a.job, a.n, AT_ONCE, k->timeout_ms + sample_ms(k),
                 tell_progress, &a);
    for (size_t i = 0; i < a.n; i++)
        read_answer(&a, i);
    rc = find_arrivals(&a);
    if (rc)
        goto out;
    if (k->dead == k->asked) {
        rc = -EHOSTUNREACH;
        snprintf(err, errlen, "none of the %zu hosts answered", k->asked);
        goto out;
    }
    rc = add_map(&a, err, errlen);
out:
    dispose(&a);
    if (rc) {
        free(k->text);
        k->text = NULL;
    }
    return rc;
}
