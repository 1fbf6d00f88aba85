/* SPDX-License-Identifier: LGPL-2.1-only */
/* Asks hosts and switches for a check of the cluster. */
#include "tools/cluster/check_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/near.h"
#include "tools/cluster/views.h"
#include "tools/doc/facts.h"
#include "tools/remote/gather.h"
#include "tools/remote/remote.h"

enum { AT_ONCE = 64, HERE_MS = 60000 };

/* --- the rows -------------------------------------------------------------------- */

static const struct host_row *check_find(const struct check *k,
                                         const char *name, struct msg *err)
{
    const struct host_row *h = host_rows_find(&k->conf->hosts, name);
    char hint[NEAR_HINT];
    struct near n;

    if (h)
        return h;
    near_init(&n, name);
    for (size_t i = 0; i < k->conf->hosts.n; i++)
        near_try(&n, k->conf->hosts.row[i].name);
    msg_set(err, "the configuration has no host %s%s", name,
            near_hint(&n, "", hint));
    return NULL;
}

static int check_rows(struct check *k, struct msg *err)
{
    const struct config *c = k->conf;
    size_t hosts = k->host_n ? k->host_n : c->hosts.n;

    if (!c->hosts.n) {
        msg_set(err, "%s", config_no_hosts);
        return -EINVAL;
    }
    k->row = calloc(hosts + c->switches.n + 1, sizeof *k->row);
    if (!k->row)
        return -ENOMEM;
    for (; k->hosts < hosts; k->hosts++) {
        const struct host_row *h = k->host_n
                                       ? check_find(k, k->host[k->hosts], err)
                                       : &c->hosts.row[k->hosts];

        if (!h)
            return -EINVAL;
        k->row[k->n].name = h->name;
        k->row[k->n++].address = h->address;
    }
    /* who names a host wants to know of it, off or not */
    for (size_t i = 0; i < k->n; i++)
        k->row[i].off = !k->host_n && off_is_left_out(&k->off, k->row[i].name);
    for (size_t i = 0; !k->host_n && i < c->switches.n; i++) {
        k->row[k->n].name = c->switches.row[i].name;
        k->row[k->n++].is_switch = true;
    }
    return 0;
}

void check_dispose(struct check *k)
{
    for (size_t i = 0; i < k->n; i++) {
        struct check_row *r = &k->row[i];

        for (size_t f = 0; f < r->fault_n; f++) {
            free(r->fault[f].text);
            free(r->fault[f].help);
        }
        free(r->fault);
        json_free(r->facts);
        if (r->has_here)
            hostcheck_dispose(&r->here);
    }
    free(k->row);
    off_dispose(&k->off);
    k->row = NULL;
    k->n = k->hosts = 0;
}

/* --- asking hosts ---------------------------------------------------------------- */

struct check_asking {
    struct check *k;
    struct gather_job *job; /* facts of each host, then its own check */
};

static void check_told(void *arg, size_t ended)
{
    struct check_asking *a = arg;
    size_t answered = 0, over = 0;

    for (size_t i = 0; i < a->k->hosts; i++) {
        const struct gather_job *f = &a->job[i], *h = f + a->k->hosts;

        over += f->done && h->done;
        answered += f->done && h->done && (!f->rc || !h->rc);
    }
    if (a->k->progress)
        a->k->progress(a->k->arg, answered, over, a->k->hosts);
}

/* `rackhop check --here NAME=ADDRESS..`: those hosts that follow it and are
 * on. */
static char *check_here_command(const struct check *k, const struct remote *r,
                                const char *name)
{
    const struct host_rows *all = &k->conf->hosts;
    const char *args[CHECK_PEERS + 3] = { "check", "--here", NULL };
    char *peer[CHECK_PEERS] = { NULL }, *command;
    size_t at = 0, n = 0;

    while (at < all->n && strcmp(all->row[at].name, name))
        at++;
    for (size_t i = 1; i < all->n && n < CHECK_PEERS; i++) {
        const struct host_row *next = &all->row[(at + i) % all->n];

        if (off_is_left_out(&k->off, next->name))
            continue;
        peer[n] = host_row_text(next);
        if (!peer[n])
            break;
        args[2 + n] = peer[n];
        n++;
    }
    command = remote_command(r, name, args);
    for (size_t i = 0; i < n; i++)
        free(peer[i]);
    return command;
}

static int check_commands(const struct check *k, struct gather_job *job)
{
    static const char *facts[] = { "facts", "--compact", "--sample", "0",
                                   NULL };
    struct remote r = { k->conf, k->conf_path };

    for (size_t i = 0; i < k->hosts; i++) {
        const char *name = k->row[i].name;
        bool off = k->row[i].off;

        job[i].command =
            off ? strdup("exit 1") : remote_command(&r, name, facts);
        job[i].address = remote_address(k->conf, name);
        job[i].most = json_most_bytes(&facts_limits);
        job[k->hosts + i].command =
            off ? strdup("exit 1") : check_here_command(k, &r, name);
        if (!job[i].command || !job[k->hosts + i].command)
            return -ENOMEM;
    }
    return 0;
}

static int check_read_facts(struct check_row *r, const struct gather_job *j)
{
    char help[300];
    struct msg err;
    int rc;

    if (j->rc == -EIO && j->code == REASON_NO_COMMAND)
        return check_add(r, "rackhop", false,
                         "install the rackhop package on it", "%s", j->said);
    if (j->rc && (j->rc != -EIO || j->code == REASON_SSH)) {
        snprintf(help, sizeof help,
                 "`ssh %s` must work without a question, as this user",
                 j->address ? j->address : r->name);
        return check_add(r, "ssh", false, help, "%s", j->said);
    }
    r->answered = true;
    if (j->rc)
        return check_add(r, "facts", false,
                         "`rackhop facts` on it must print its facts", "%s",
                         j->said);
    rc = json_parse(&r->facts, r->name, j->out ? j->out : "", j->len, NULL,
                    &facts_limits, &err);
    if (!rc)
        rc = json_check_format(r->facts, r->name, "rackhop-facts/1", &err);
    if (!rc)
        return 0;
    json_free(r->facts);
    r->facts = NULL;
    return check_add(r, "facts", false,
                     "nothing may print on its standard output when ssh runs "
                     "a command there: look at its shell's startup files",
                     "%s", err.text);
}

static int check_read_here(struct check_row *r, const struct gather_job *j)
{
    struct msg err;

    if (!r->answered)
        return 0;
    if (j->rc)
        return check_add(r, "rackhop", false,
                         "install the same rackhop on all hosts",
                         "its rackhop could not check it: %s", j->said);
    if (!hostcheck_parse(&r->here, r->name, j->out ? j->out : "", j->len,
                         &err)) {
        r->has_here = true;
        r->began_s = j->began_s;
        r->ended_s = j->ended_s;
        return 0;
    }
    return check_add(r, "rackhop", false,
                     "install the same rackhop on all hosts", "%s", err.text);
}

static int check_ask(struct check *k)
{
    struct check_asking a = { .k = k,
                              .job = calloc(2 * k->hosts + 1, sizeof *a.job) };
    struct gather g = { .job = a.job,
                        .n = 2 * k->hosts,
                        .at_once = AT_ONCE,
                        .timeout_ms =
                            (unsigned)k->conf->ssh_timeout_s * 1000 + HERE_MS,
                        .told = check_told,
                        .arg = &a };
    int rc = a.job ? check_commands(k, a.job) : -ENOMEM;

    if (!rc)
        gather_run(&g);
    for (size_t i = 0; i < k->hosts && !rc; i++) {
        if (k->row[i].off)
            continue;
        rc = check_read_facts(&k->row[i], &a.job[i]);
        if (!rc)
            rc = check_read_here(&k->row[i], &a.job[k->hosts + i]);
    }
    if (!rc)
        rc = check_judge(k);
    if (a.job)
        gather_dispose(a.job, 2 * k->hosts);
    free(a.job);
    return rc;
}

/* --- switches --------------------------------------------------------------------- */

static int check_switches(struct check *k, struct msg *err)
{
    struct views v;
    int rc = 0;

    if (k->host_n || !k->conf->switches.n)
        return 0;
    views_init(&v);
    v.off = &k->off;
    rc = views_live(&v, k->conf, err);
    for (size_t s = k->hosts; s < k->n && !rc; s++) {
        struct check_row *r = &k->row[s];

        r->answered = true;
        for (size_t i = 0; i < v.map.warnings && !rc; i++) {
            const struct topo_warning *w = &v.map.warning[i];

            if (!w->node || strcmp(w->node, r->name) ||
                (strcmp(w->code, "unreachable") &&
                 strcmp(w->code, "unreadable")))
                continue;
            r->answered = false;
            rc = check_add(r, "switch", false,
                           "its row of `switches` must say how its LLDP "
                           "table is read: rackhop.conf(5)",
                           "%s", w->text);
        }
    }
    views_dispose(&v);
    return rc;
}

/* A record that can't be read stands for no host that is off. */
static void check_find_off(struct check *k)
{
    struct msg ignored;

    k->off = (struct off_list){ .n = 0 };
    if (off_read_here(&k->off, NULL, NULL, &ignored))
        off_dispose(&k->off);
}

int check_run(struct check *k, struct msg *err)
{
    int rc;

    k->row = NULL;
    k->n = k->hosts = 0;
    check_find_off(k);
    msg_set(err, "out of memory");
    rc = check_rows(k, err);
    if (!rc)
        rc = check_ask(k);
    if (!rc)
        rc = check_compare(k);
    if (!rc)
        rc = check_switches(k, err);
    if (rc)
        check_dispose(k);
    return rc;
}
