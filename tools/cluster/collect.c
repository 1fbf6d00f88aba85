/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Collects a snapshot: `rackhop facts` on every host, by ssh, at once. What a
 * host says of itself and its domains goes into the snapshot as it is, under
 * the host's name in the configuration. Copies of guests that are on the move
 * are the exception: their memory is reserved, and the guest stays on its
 * source host. A host that does not answer is left out and named. The map
 * comes from the same sources as `rackhop topology`.
 */
#include "tools/cluster/collect.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/base/msg.h"
#include "tools/cluster/duplicates.h"
#include "tools/cluster/guest_rules.h"
#include "tools/cluster/link_load.h"
#include "tools/cluster/racks_seen.h"
#include "tools/cluster/views.h"
#include "tools/doc/facts.h"
#include "tools/doc/json.h"
#include "tools/doc/snapshot_write.h"
#include "tools/paths.h"
#include "tools/remote/gather.h"
#include "tools/remote/remote.h"
#include "tools/remote/ssh.h"
#include "tools/base/text.h"

enum { TURNS_MS = 15000 }; /* of all samples, one after the other */

struct answers {
    struct collect *k;
    size_t n;
    struct gather_job *job;
    const struct gather *gather; /* which runs them */
    struct json_doc **doc;       /* NULL: the host is left out */
    const struct json **domains; /* of doc */
    struct duplicates duplicates;
    struct guest_rules rules;
};

unsigned collect_level_ms(size_t hosts)
{
    size_t at_once = gather_at_once(hosts);
    size_t turns = (hosts + at_once - 1) / at_once;
    unsigned ms = TURNS_MS / (unsigned)(turns ? turns : 1);

    if (ms > COLLECT_SAMPLE_LEVEL_MS)
        return COLLECT_SAMPLE_LEVEL_MS;
    return ms < COLLECT_SAMPLE_MS ? COLLECT_SAMPLE_MS : ms;
}

static unsigned sample_ms(const struct collect *k)
{
    return k->sample_ms ? k->sample_ms : COLLECT_SAMPLE_MS;
}

static const struct host_row *host_of(const struct answers *a, size_t i)
{
    return &a->k->conf->hosts.row[i];
}

/* --- asking ---------------------------------------------------------------- */

/* This host answers for itself, without ssh. */
static char *facts_command(const struct answers *a, const struct host_row *h)
{
    bool self = remote_is_self(h->name);
    char script[460];

    snprintf(script, sizeof script, "exec %s facts --compact --sample %u",
             self ? path_self() : "rackhop", sample_ms(a->k));
    return self ? strdup(script)
                : ssh_short_command(a->k->conf->ssh_command, path_run(),
                                    h->address, script);
}

static const struct off_host *off_of(const struct answers *a, size_t i)
{
    return a->k->off ? off_find(a->k->off, host_of(a, i)->name) : NULL;
}

/* It is off, and nobody asks it. */
static bool rests(const struct answers *a, size_t i)
{
    return !a->k->ask_off && off_rests(off_of(a, i));
}

static int answers_init(struct answers *a)
{
    a->n = a->k->conf->hosts.n;
    a->job = calloc(a->n + 1, sizeof *a->job);
    a->doc = calloc(a->n + 1, sizeof *a->doc);
    a->domains = calloc(a->n + 1, sizeof *a->domains);
    if (!a->job || !a->doc || !a->domains ||
        guest_rules_init(&a->rules, a->k->conf))
        return -ENOMEM;
    for (size_t i = 0; i < a->n; i++) {
        a->job[i].command =
            rests(a, i) ? strdup("exit 1") : facts_command(a, host_of(a, i));
        a->job[i].address = host_of(a, i)->address;
        a->job[i].most = json_most_bytes(&facts_limits);
        if (!a->job[i].command)
            return -ENOMEM;
    }
    return 0;
}

static void answers_dispose(struct answers *a)
{
    if (a->job)
        gather_dispose(a->job, a->n);
    for (size_t i = 0; a->doc && i < a->n; i++)
        json_free(a->doc[i]);
    free(a->job);
    free(a->doc);
    free(a->domains);
    duplicates_dispose(&a->duplicates);
    guest_rules_dispose(&a->rules);
}

static void tell_progress(void *arg, size_t ended)
{
    struct answers *a = arg;

    if (a->k->progress)
        a->k->progress(a->k->arg, a->gather->answered, ended, a->n);
}

/* --- answers --------------------------------------------------------------- */

static void leave_out(struct answers *a, size_t i, bool answered,
                      const char *why)
{
    char shown[300];

    json_free(a->doc[i]);
    a->doc[i] = NULL;
    a->domains[i] = NULL;
    a->k->dead++;
    if (a->k->failed)
        a->k->failed(a->k->arg, host_of(a, i)->name, answered,
                     text_printable(shown, sizeof shown, why, strlen(why)));
}

/* Is it another host of the configuration? To plan for one host and to move
 * the guests of another would be worse than to do nothing. */
static int check_who(const struct answers *a, size_t i, struct msg *err)
{
    const char *node = json_get_str(json_root(a->doc[i]), "node", "");
    const char *name = host_of(a, i)->name;
    const char *other = host_rows_other(&a->k->conf->hosts, name, node);

    if (!other)
        return 0;
    msg_set(err,
            "%s answers at its address, another host of rackhop.conf; correct "
            "the addresses in `hosts`",
            other);
    return -EINVAL;
}

static int parse_answer(struct answers *a, size_t i, struct msg *err)
{
    const struct gather_job *j = &a->job[i];
    const char *name = host_of(a, i)->name;
    int rc = json_parse(&a->doc[i], name, j->out ? j->out : "", j->len, NULL,
                        &facts_limits, err);

    if (!rc)
        rc = json_check_format(a->doc[i], name, "rackhop-facts/1", err);
    if (rc)
        return rc;
    a->domains[i] = json_get(json_root(a->doc[i]), "domains");
    if (a->domains[i] && json_get(json_root(a->doc[i]), "host"))
        return check_who(a, i, err);
    msg_set(err, "its facts have no host or no domains");
    return -EINVAL;
}

/* It does not answer: does its record stand for it? */
static bool stand_in(struct answers *a, size_t i)
{
    const struct off_host *h = off_of(a, i);
    struct msg ignored;

    if (!off_is_expected(h, (double)time(NULL)) ||
        json_parse(&a->doc[i], h->p.host, h->p.facts, strlen(h->p.facts), NULL,
                   &facts_limits, &ignored))
        return false;
    a->domains[i] = json_get(json_root(a->doc[i]), "domains");
    a->k->asked--;
    return true;
}

static void read_answer(struct answers *a, size_t i)
{
    const struct gather_job *j = &a->job[i];
    struct msg err;

    if (j->rc && stand_in(a, i))
        return;
    if (j->rc == -EIO && j->code == REASON_NO_COMMAND)
        leave_out(a, i, true, j->said);
    else if (j->rc)
        leave_out(a, i, false, *j->said ? j->said : strerror(-j->rc));
    else if (parse_answer(a, i, &err))
        leave_out(a, i, true, err.text);
}

/* --- the document ---------------------------------------------------------- */

static bool is_migration_port(const struct json *root, const char *port)
{
    const struct json *list = json_get(root, "migration_ports");

    JSON_FOREACH(p, list)
        if (p->type == JSON_STR && !strcmp(p->str, port))
            return true;
    return !list && strcmp(json_get_str(root, "mgmt_port", ""), port) != 0;
}

/* The rate of the fastest port that carries migrations; 0: it is not known. A
 * move is one flow, and uses one port. */
static double nic_mbps(const struct json *root)
{
    double most = 0;

    JSON_FOREACH(p, json_get(root, "ports")) {
        double mbps = json_get_num(p, "speed_mbps", 0);

        if (mbps > most && mbps < 1e9 && json_get_bool(p, "up", true) &&
            is_migration_port(root, p->key))
            most = mbps;
    }
    return most;
}

static int collect_host(const struct answers *a, size_t i, struct json_out *o)
{
    struct snapshot_host h = {
        .name = host_of(a, i)->name,
        .facts = json_get(json_root(a->doc[i]), "host"),
        .arriving_mib = duplicates_mib(&a->duplicates, i),
        .coming_mib = duplicates_coming_mib(&a->duplicates, i),
        .nic_mbps = nic_mbps(json_root(a->doc[i])),
    };
    int rc = duplicates_arriving(&a->duplicates, i, &h.arriving);

    snapshot_write_host(o, &h);
    strlist_dispose(&h.arriving);
    return rc;
}

/* Where a guest of that host belongs; NULL: there, or where it is now. */
static const char *home_of_guest(const struct answers *a, size_t i,
                                 const struct json *dom)
{
    const struct home *h =
        homes_find(a->k->homes, json_get_str(dom, "uuid", ""));

    return h && home_is_away(h, host_of(a, i)->name) ? h->host : NULL;
}

static int collect_domain(struct answers *a, size_t i, const struct json *dom,
                          struct json_out *o)
{
    struct snapshot_domain d = {
        .host = host_of(a, i)->name,
        .facts = dom,
        .name_len = duplicates_name_len(dom),
        .home = home_of_guest(a, i, dom),
    };
    int rc = guest_rules_of(&a->rules, &d);

    snapshot_write_domain(o, &d);
    strlist_dispose(&d.apart);
    strlist_dispose(&d.apart_racks);
    strlist_dispose(&d.together);
    strlist_dispose(&d.only);
    return rc;
}

static int write_snapshot(struct answers *a, const struct topo *map)
{
    struct json_out *o = json_text_new(!a->k->compact);
    int rc = 0;

    if (!o)
        return -ENOMEM;
    snapshot_write_begin(o, time(NULL), map);
    for (size_t i = 0; i < a->n && !rc; i++)
        if (a->doc[i])
            rc = collect_host(a, i, o);
    snapshot_write_domains(o);
    for (size_t i = 0; i < a->n; i++)
        JSON_FOREACH(d, a->domains[i])
            if (!rc && !duplicates_has(&a->duplicates, d))
                rc = collect_domain(a, i, d, o);
    snapshot_write_end(o);
    a->k->text = json_text_free(o, &a->k->len);
    return rc || !a->k->text ? -ENOMEM : 0;
}

static void tell_changed_racks(struct answers *a, const struct topo_map *m)
{
    for (size_t i = 0; a->k->note && i < m->warnings; i++)
        if (!strcmp(m->warning[i].code, "rack-changed"))
            a->k->note(a->k->arg, m->warning[i].text);
}

static int add_map(struct answers *a, struct views *v, struct msg *err)
{
    int rc = views_merge(v, &a->k->conf->racks, err);

    if (!rc && !a->k->no_load)
        rc = link_load_seen(v);
    if (!rc)
        rc = views_add_hosts(v, &a->k->conf->hosts, &a->k->conf->racks);
    if (!rc)
        rc = racks_seen(&v->map, !a->k->conf->racks.n, true);
    if (rc)
        return rc;
    tell_changed_racks(a, &v->map);
    rc = write_snapshot(a, v->map.topo);
    if (!rc && a->k->note)
        guest_rules_tell(&a->rules, v->map.topo, a->k->dead, a->k->note,
                         a->k->arg);
    return rc;
}

/* Hosts and guests alone. */
static int add_no_map(struct answers *a)
{
    struct topo *none = topo_new();
    int rc = none ? write_snapshot(a, none) : -ENOMEM;

    topo_free(none);
    return rc;
}

/* Facts, and the map at the same time: a login each is most of what they
 * take. */
static int ask_all(struct answers *a, struct views *v, struct msg *err)
{
    struct collect *k = a->k;
    struct gather g = { .job = a->job,
                        .n = a->n,
                        .at_once = gather_at_once(a->n),
                        .timeout_ms = k->timeout_ms + sample_ms(k),
                        .told = tell_progress,
                        .arg = a };
    int rc = 0;

    a->gather = &g;
    if (k->no_map) {
        gather_run(&g);
    } else {
        v->off = k->ask_off ? NULL : k->off;
        v->beside = &g;
        rc = views_live(v, k->conf, err);
        v->beside = NULL;
    }
    a->gather = NULL;
    return rc;
}

static int ask_and_write(struct answers *a, struct views *v, struct msg *err)
{
    struct collect *k = a->k;
    int rc = answers_init(a);

    if (!rc)
        rc = ask_all(a, v, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < a->n; i++)
        read_answer(a, i);
    rc = duplicates_find(&a->duplicates, a->domains, a->n);
    if (rc)
        return rc;
    if (k->dead < k->asked)
        return k->no_map ? add_no_map(a) : add_map(a, v, err);
    msg_set(err, "none of the %zu hosts answered", k->asked);
    return -EHOSTUNREACH;
}

int collect_run(struct collect *k, struct msg *err)
{
    struct answers a = { .k = k };
    struct views v;
    int rc;

    k->text = NULL;
    k->asked = k->conf->hosts.n;
    k->dead = 0;
    if (!k->asked) {
        msg_set(err, "%s", config_no_hosts);
        return -EDESTADDRREQ;
    }
    msg_set(err, "out of memory");
    views_init(&v);
    rc = ask_and_write(&a, &v, err);
    views_dispose(&v);
    answers_dispose(&a);
    if (rc) {
        free(k->text);
        k->text = NULL;
    }
    return rc;
}
