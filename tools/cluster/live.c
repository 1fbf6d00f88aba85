/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Asks all sources of the map that the configuration names, at once:
 *
 *   hosts      this one by lldpd and netlink, the others by ssh, where
 *              `rackhop topology --facts` does the same
 *   switches   NAME=snmp:COMMUNITY@ADDRESS      version 2c
 *              NAME=snmp3:USER[:AUTH:PASSWORD[:PRIV:PASSWORD]]@ADDRESS
 *              NAME=ssh:[USER@]ADDRESS          lldpcli on a Linux switch
 *              NAME=file:PATH                   a saved json0 or snmpwalk
 *   topology_plan
 *
 * The name is the configuration's, whatever a node calls itself.
 */
#include "tools/cluster/views.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/msg.h"
#include "tools/cluster/lldpcli.h"
#include "tools/doc/facts.h"
#include "tools/doc/json0.h"
#include "tools/remote/gather.h"
#include "tools/remote/ssh.h"
#include "topology/source.h"

enum {
    ADDRESSES_TOLD = 1000,
    ANSWER_MOST = 20 << 20, /* bytes: the cables of the largest chassis */
};

/* One node that is asked over ssh or by SNMP. */
struct ask {
    size_t view;  /* in views */
    char *secret; /* the part before '@', cut into words */
    struct topo_snmp_target snmp;
    struct gather_job *job; /* one of live's; NULL: it is not asked by ssh */
    bool is_snmp, is_switch;
};

struct live {
    struct views *v;
    const struct config *c;
    struct ask *ask;
    struct gather_job *job;
    size_t n, jobs;
    char self[256];
};

/* --- sources --------------------------------------------------------------- */

/* An address goes to ssh and to a remote shell. */
static bool plain_address(const char *s)
{
    if (!*s || *s == '-')
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && !strchr(".:_-@%", *s))
            return false;
    return true;
}

static struct topo_view *add_view(struct live *l, const char *name,
                                  bool is_switch)
{
    struct topo_view *w;

    if (views_find(l->v, name)) {
        views_fail(l->v, "unreadable", name,
                   "the configuration names it twice; the first counts");
        return NULL;
    }
    w = views_add(l->v, name);
    if (w) {
        w->is_switch = is_switch;
        w->role_known = true;
    }
    return w;
}

static void fail(struct live *l, size_t view, const char *code,
                 const char *why)
{
    const char *name = l->v->view[view].name;
    char text[1400];

    snprintf(text, sizeof text, "%s: %s", name, why);
    views_fail(l->v, code, name, text);
}

/* --- ssh --------------------------------------------------------------------------------- */

/* A host tells everything of itself but its name and its address, which the
 * configuration has. */
static int host_answer(struct topo_view *w, const char *text, size_t len,
                       struct msg *err)
{
    struct topo_view said;
    char *name = w->name, *mgmt = w->mgmt;
    int rc;

    topo_view_init(&said);
    rc = facts_parse_view(&said, w->name, text, len, err);
    if (rc) {
        topo_view_dispose(&said);
        return rc;
    }
    free(said.name);
    *w = said;
    w->name = name;
    w->is_switch = false;
    if (mgmt) {
        free(w->mgmt);
        w->mgmt = mgmt;
    }
    return 0;
}

/* --- asking ---------------------------------------------------------------------------------- */

static struct ask *new_ask(struct live *l, struct topo_view *w)
{
    struct ask *a = &l->ask[l->n++];

    a->view = (size_t)(w - l->v->view);
    a->is_switch = w->is_switch;
    l->v->asked++;
    return a;
}

/* The other host finds out which of its ports lead to the addresses that it is
 * given. A command line has its limits, and a thousand addresses show every
 * network that there is. */
static char *facts_command(const struct live *l, const char *but)
{
    char *cmd = NULL;
    size_t len, told = 0;
    FILE *f = open_memstream(&cmd, &len);

    if (!f)
        return NULL;
    fputs("rackhop topology --facts", f);
    for (size_t i = 0; i < l->c->hosts.n && told < ADDRESSES_TOLD; i++) {
        const struct host_row *h = &l->c->hosts.row[i];
        const char *a = h->address;

        a = strrchr(a, '@') ? strrchr(a, '@') + 1 : a;
        if (!strcmp(h->name, but) || !plain_address(a))
            continue;
        fprintf(f, " %s", a);
        told++;
    }
    fclose(f);
    return cmd;
}

static void ask_by_ssh(struct live *l, struct topo_view *w,
                       const char *address, const char *command)
{
    struct ask *a = new_ask(l, w);

    if (!plain_address(address)) {
        fail(l, a->view, "unreachable", "its address is not one of a host");
        return;
    }
    a->job = &l->job[l->jobs++];
    a->job->most = ANSWER_MOST;
    a->job->address = address;
    a->job->command = ssh_command(l->c->ssh_command, address, command);
}

/* "a:b:c" into at most n words; empty ones are NULL. */
static void words(char *s, const char **w, size_t n)
{
    for (size_t i = 0; i < n && s; i++) {
        char *colon = i + 1 < n ? strchr(s, ':') : NULL;

        if (colon)
            *colon = '\0';
        w[i] = *s ? s : NULL;
        s = colon ? colon + 1 : NULL;
    }
}

static void ask_by_snmp(struct live *l, struct topo_view *w, const char *how,
                        bool v3)
{
    struct ask *a = new_ask(l, w);
    const char *at = strrchr(how, '@'), *word[5] = { NULL };

    if (!at) {
        fail(l, a->view, "unreachable",
             "the configuration should say COMMUNITY@ADDRESS behind snmp:");
        return;
    }
    a->secret = strndup(how, (size_t)(at - how));
    a->is_snmp = true;
    a->snmp.address = at + 1;
    if (v3) {
        words(a->secret, word, 5);
        a->snmp.user = word[0] ? word[0] : "";
        a->snmp.auth = word[1];
        a->snmp.auth_password = word[2];
        a->snmp.priv = word[3];
        a->snmp.priv_password = word[4];
    } else {
        a->snmp.community = a->secret ? a->secret : "";
    }
    topo_str(w, &w->mgmt, at + 1);
}

static void read_switch_file(struct live *l, struct topo_view *w,
                             const char *path)
{
    char *text;
    struct msg err;
    size_t view = (size_t)(w - l->v->view), len, skip;
    int rc = -EIO;

    l->v->asked++;
    text = views_file(path, &len, &err);
    if (text) {
        for (skip = 0; skip < len && isspace((unsigned char)text[skip]);)
            skip++;
        rc = skip < len && text[skip] == '{'
                 ? json0_parse(w, path, text, len, &err)
                 : topo_snmptext_parse(w, path, text, len, &err);
    }
    if (rc) {
        topo_view_clear_table(w);
        fail(l, view, "unreadable", err.text);
    }
    free(text);
}

static bool after(const char **s, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(*s, word, n))
        return false;
    *s += n;
    return true;
}

static void ask_switch(struct live *l, const struct switch_row *row)
{
    const char *how = row->how;
    struct topo_view *w = add_view(l, row->name, true);

    if (!w)
        return;
    if (after(&how, "snmp:"))
        ask_by_snmp(l, w, how, false);
    else if (after(&how, "snmp3:"))
        ask_by_snmp(l, w, how, true);
    else if (after(&how, "file:"))
        read_switch_file(l, w, how);
    else if (after(&how, "ssh:")) {
        const char *at = strrchr(how, '@');

        topo_str(w, &w->mgmt, at ? at + 1 : how);
        ask_by_ssh(l, w, how, lldpcli_script);
    } else {
        fail(l, (size_t)(w - l->v->view), "unreachable",
             "the configuration should say snmp:, snmp3:, ssh: or file:");
    }
}

static void ask_self(struct live *l, struct topo_view *w)
{
    char **address = calloc(l->c->hosts.n + 1, sizeof *address);
    struct msg err;
    size_t n = 0, view = (size_t)(w - l->v->view);
    int rc;

    for (size_t i = 0; address && i < l->c->hosts.n; i++) {
        const struct host_row *h = &l->c->hosts.row[i];

        if (strcmp(h->name, w->name))
            address[n++] = h->address;
    }
    l->v->asked++;
    rc = views_local(w, l->c, address, n, &err);
    if (rc)
        fail(l, view, "unreachable", err.text);
    free(address);
}

static void ask_host(struct live *l, const struct host_row *row)
{
    struct topo_view *w = add_view(l, row->name, false);
    char *command;

    if (!w)
        return;
    if (!strcmp(row->name, l->self)) {
        ask_self(l, w);
        return;
    }
    topo_str(w, &w->mgmt, row->address);
    if (off_is_left_out(l->v->off, row->name)) {
        topo_map_warn(&l->v->map, "off", row->name, NULL,
                      "%s is switched off by rackhopd, and was not asked",
                      row->name);
        return;
    }
    command = facts_command(l, row->name);
    if (command)
        ask_by_ssh(l, w, row->address, command);
    free(command);
}

/* --- answers ------------------------------------------------------------------------------------- */

/* The switches that are asked by SNMP: their targets, which the caller frees,
 * and which of l->ask each is. */
static int snmp_targets(struct live *l, struct topo_snmp_target **t_r,
                        size_t **of_r, size_t *n_r)
{
    struct topo_snmp_target *t = calloc(l->n + 1, sizeof *t);
    size_t *of = calloc(l->n + 1, sizeof *of), n = 0;

    *t_r = t;
    *of_r = of;
    if (!t || !of)
        return -ENOMEM;
    for (size_t i = 0; i < l->n; i++)
        if (l->ask[i].is_snmp) {
            t[n] = l->ask[i].snmp;
            t[n].view = &l->v->view[l->ask[i].view];
            of[n++] = i;
        }
    *n_r = n;
    return 0;
}

struct asking {
    struct gather *ssh, *beside;
    struct topo_snmp *snmp;
};

static bool asking_is_done(void *arg)
{
    const struct asking *a = arg;

    return gather_done(a->ssh) && topo_snmp_done(a->snmp) &&
           (!a->beside || gather_done(a->beside));
}

/* Hosts by ssh and switches by SNMP, on one loop. */
static int ask_on_loop(struct live *l, struct topo_snmp_target *t, size_t n)
{
    struct gather g = { .job = l->job,
                        .n = l->jobs,
                        .at_once = gather_at_once(l->jobs),
                        .timeout_ms = (unsigned)l->c->ssh_timeout_s * 1000 };
    struct asking a = { .ssh = &g, .beside = l->v->beside };
    struct loop loop;
    int rc = -ENOMEM;

    loop_init(&loop);
    a.snmp = topo_snmp_start(&loop, t, n, (unsigned)l->c->snmp_timeout_ms,
                             (unsigned)l->c->snmp_tries);
    if (a.snmp) {
        if (a.beside)
            gather_start(a.beside, &loop);
        gather_start(&g, &loop);
        rc = loop_run(&loop, asking_is_done, &a, UINT64_MAX);
        topo_snmp_end(a.snmp);
        gather_stop(&g);
        if (a.beside)
            gather_stop(a.beside);
    }
    loop_dispose(&loop);
    return rc;
}

static void take_answer(struct live *l, const struct ask *a)
{
    struct topo_view *w = &l->v->view[a->view];
    struct gather_job *j = a->job;
    struct msg err;
    int rc;

    if (j->rc || !j->out) {
        fail(l, a->view, "unreachable",
             *j->said ? j->said : "the command printed nothing");
        return;
    }
    rc = a->is_switch ? lldpcli_parse(w, j->out, &err)
                      : host_answer(w, j->out, j->len, &err);
    if (rc) {
        topo_view_clear_table(w);
        views_fail(l->v, "unreadable", w->name, err.text);
    }
}

static int ask_all(struct live *l)
{
    const struct config *c = l->c;
    size_t most = c->hosts.n + c->switches.n;

    l->ask = calloc(most + 1, sizeof *l->ask);
    l->job = calloc(most + 1, sizeof *l->job);
    if (!l->ask || !l->job)
        return -ENOMEM;
    views_own_name(l->self, sizeof l->self);
    if (!c->hosts.n) {
        struct topo_view *w = add_view(l, l->self, false);

        if (!w)
            return -ENOMEM;
        ask_self(l, w);
    }
    for (size_t i = 0; i < c->hosts.n; i++)
        ask_host(l, &c->hosts.row[i]);
    for (size_t i = 0; i < c->switches.n; i++)
        ask_switch(l, &c->switches.row[i]);
    return 0;
}

static int run_all(struct live *l)
{
    struct topo_snmp_target *t;
    size_t *of, n = 0;
    int rc = snmp_targets(l, &t, &of, &n);

    if (!rc)
        rc = ask_on_loop(l, t, n);
    for (size_t i = 0; i < n && !rc; i++)
        if (t[i].rc)
            fail(l, l->ask[of[i]].view, "unreachable", t[i].err.text);
    free(t);
    free(of);
    for (size_t i = 0; !rc && i < l->n; i++)
        if (l->ask[i].job)
            take_answer(l, &l->ask[i]);
    return rc;
}

int views_live(struct views *v, const struct config *c, struct msg *err)
{
    struct live l = { .v = v, .c = c };
    int rc = ask_all(&l);

    if (!rc)
        rc = run_all(&l);
    if (!rc && c->topology_plan && *c->topology_plan)
        views_cabling(v, c->topology_plan);
    if (rc)
        msg_set(err, "the sources cannot be asked: %s", strerror(-rc));
    for (size_t i = 0; i < l.n; i++)
        free(l.ask[i].secret);
    if (l.job)
        gather_dispose(l.job, l.jobs);
    free(l.ask);
    free(l.job);
    return rc;
}
