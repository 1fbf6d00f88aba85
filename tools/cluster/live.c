/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * All sources of the configuration at once:
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

#include "tools/doc/facts.h"
#include "tools/doc/json0.h"
#include "tools/remote/gather.h"
#include "tools/base/msg.h"

enum { SSH_AT_ONCE = 64, ADDRESSES_TOLD = 1000 };

/* One node that is asked over ssh or by SNMP. */
struct ask {
    size_t view;  /* in views */
    char *secret; /* the part before '@', cut into words */
    struct topo_snmp_target snmp;
    bool is_snmp, is_switch;
};

struct live {
    struct views *v;
    const struct config *c;
    struct ask *ask;
    struct gather_job *job; /* of ask[i]; argv NULL: it is SNMP's */
    size_t n;
    char self[256];
};

/* --- words of the configuration ---------------------------------------------------- */

/* "NAME=REST": the name into buf; the rest, or the name itself. */
static const char *split(const char *row, char *buf, size_t size)
{
    size_t n = strcspn(row, "=");

    snprintf(buf, size, "%.*s", (int)n, row);
    return row[n] ? row + n + 1 : row;
}

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
    char text[1100];

    snprintf(text, sizeof text, "%s: %s", name, why);
    views_fail(l->v, code, name, text);
}

/* --- ssh --------------------------------------------------------------------------------- */

/* ssh_command may have options of its own, so a shell takes it apart; what
 * comes from elsewhere is an argument and never part of the script. */
static char **ssh_argv(const struct config *c, const char *address,
                       const char *command)
{
    char **argv = calloc(7, sizeof *argv);

    if (!argv)
        return NULL;
    argv[0] = strdup("sh");
    argv[1] = strdup("-c");
    if (asprintf(&argv[2], "exec %s \"$@\"", c->ssh_command) < 0)
        argv[2] = NULL;
    argv[3] = strdup("sh");
    argv[4] = strdup(address);
    argv[5] = strdup(command);
    return argv;
}

static const char lldpcli[] =
    "lldpcli -f json0 show neighbors details && echo @chassis && "
    "lldpcli -f json0 show chassis && echo @ports && cd /sys/class/net && "
    "for p in *; do echo $p $(cat $p/speed 2>/dev/null || echo 0) "
    "$(cat $p/carrier 2>/dev/null || echo 0) $(cat $p/address); done";

/* What comes behind the last line that is `mark`; cuts it off there. A name
 * in the table could hold such a line; what stands behind ours could not. */
static char *cut(char *text, const char *mark)
{
    char *found = NULL;

    for (char *p = text; (p = strstr(p, mark)); p += strlen(mark))
        if (p > text && p[-1] == '\n')
            found = p;
    if (!found)
        return NULL;
    *found = '\0';
    return found + strlen(mark);
}

static void switch_port(struct topo_view *w, const char *line)
{
    char name[64], mac[32];
    struct topo_port *p;
    long speed, carrier;
    struct topo_id id = { .value = NULL };

    if (sscanf(line, "%63s %ld %ld %31s", name, &speed, &carrier, mac) != 4 ||
        !strcmp(name, "lo"))
        return;
    p = topo_view_port(w, name);
    if (!p)
        return;
    p->up = carrier == 1;
    if (p->up && speed > 0 && speed <= TOPO_MAX_MBPS)
        p->speed_mbps = speed;
    topo_id_text(w, &id, "mac", mac, strlen(mac));
    free(p->mac);
    p->mac = id.value;
}

static int switch_answer(struct topo_view *w, char *text, struct msg *err)
{
    char *ports = cut(text, "@ports\n"), *chassis = cut(text, "@chassis\n");
    char *save = NULL;

    if (chassis &&
        json0_parse_chassis(w, w->name, chassis, strlen(chassis), err))
        return -EINVAL;
    for (char *line = ports ? strtok_r(ports, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save))
        switch_port(w, line);
    return json0_parse(w, w->name, text, strlen(text), err);
}

/* The far host may say what it likes of itself, but not who it is. */
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

/* Addresses of other hosts: what the far end looks for a way to. A command line
 * has its limits, and so many tell of every network that there is. */
static char *facts_command(const struct live *l, const char *but)
{
    char *cmd = NULL, name[256];
    size_t len, told = 0;
    FILE *f = open_memstream(&cmd, &len);

    if (!f)
        return NULL;
    fputs("rackhop topology --facts", f);
    for (size_t i = 0; i < l->c->hosts.n && told < ADDRESSES_TOLD; i++) {
        const char *a = split(l->c->hosts.s[i], name, sizeof name);

        a = strrchr(a, '@') ? strrchr(a, '@') + 1 : a;
        if (!strcmp(name, but) || !plain_address(a))
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

    if (!plain_address(address))
        fail(l, a->view, "unreachable", "its address is not one of a host");
    else
        l->job[l->n - 1].argv = ssh_argv(l->c, address, command);
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

static void ask_switch(struct live *l, const char *row)
{
    char name[256];
    const char *how = split(row, name, sizeof name);
    struct topo_view *w = add_view(l, name, true);

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
        ask_by_ssh(l, w, how, lldpcli);
    } else {
        fail(l, (size_t)(w - l->v->view), "unreachable",
             "the configuration should say snmp:, snmp3:, ssh: or file:");
    }
}

static void ask_self(struct live *l, struct topo_view *w)
{
    char **address = calloc(l->c->hosts.n + 1, sizeof *address);
    char name[256];
    struct msg err;
    size_t n = 0, view = (size_t)(w - l->v->view);
    int rc;

    for (size_t i = 0; address && i < l->c->hosts.n; i++) {
        const char *a = split(l->c->hosts.s[i], name, sizeof name);

        if (strcmp(name, w->name))
            address[n++] = (char *)a;
    }
    l->v->asked++;
    rc = views_local(w, l->c, address, n, &err);
    if (rc)
        fail(l, view, "unreachable", err.text);
    free(address);
}

static void ask_host(struct live *l, const char *row)
{
    char name[256], *command;
    const char *address = split(row, name, sizeof name);
    struct topo_view *w = add_view(l, name, false);

    if (!w)
        return;
    if (!strcmp(name, l->self)) {
        ask_self(l, w);
        return;
    }
    topo_str(w, &w->mgmt, address);
    command = facts_command(l, name);
    if (command)
        ask_by_ssh(l, w, address, command);
    free(command);
}

/* --- answers ------------------------------------------------------------------------------------- */

static int walk_all(struct live *l)
{
    struct topo_snmp_target *t = calloc(l->n + 1, sizeof *t);
    size_t *of = calloc(l->n + 1, sizeof *of), n = 0;
    int rc = t && of ? 0 : -ENOMEM;

    for (size_t i = 0; i < l->n && !rc; i++)
        if (l->ask[i].is_snmp) {
            t[n] = l->ask[i].snmp;
            t[n].view = &l->v->view[l->ask[i].view];
            of[n++] = i;
        }
    if (!rc && n)
        rc = topo_snmp_walk(t, n, (unsigned)l->c->snmp_timeout_ms,
                            (unsigned)l->c->snmp_tries);
    for (size_t i = 0; i < n && !rc; i++)
        if (t[i].rc)
            fail(l, l->ask[of[i]].view, "unreachable", t[i].err);
    free(t);
    free(of);
    return rc;
}

static void take_answer(struct live *l, size_t i)
{
    struct topo_view *w = &l->v->view[l->ask[i].view];
    struct gather_job *j = &l->job[i];
    struct msg err;
    int rc;

    if (!j->argv)
        return;
    if (j->rc || !j->out) {
        fail(l, l->ask[i].view, "unreachable",
             *j->said ? j->said : "the command said nothing");
        return;
    }
    rc = l->ask[i].is_switch ? switch_answer(w, j->out, &err)
                             : host_answer(w, j->out, j->len, &err);
    if (rc) {
        topo_view_clear_table(w);
        views_fail(l->v, "unreadable", w->name, err.text);
    }
}

static void hostname_(char *buf, size_t size)
{
    if (gethostname(buf, size))
        snprintf(buf, size, "localhost");
    buf[size - 1] = '\0';
    buf[strcspn(buf, ".")] = '\0';
}

int views_local(struct topo_view *v, const struct config *c, char **address,
                size_t n, struct msg *err)
{
    char name[256];
    struct msg why;
    int rc;

    if (!v->name) {
        hostname_(name, sizeof name);
        topo_str(v, &v->name, name);
    }
    v->role_known = true;
    rc = topo_ports_read(v, err);
    if (rc)
        return rc;
    if (topo_ports_towards(v, address, n, &why) == 0 && n)
        v->has_migration = true; /* to none of them, which is known */
    /* without lldpd the ports are still worth telling */
    return topo_lldpd_read(v, c->lldpd_socket, err) ? 1 : 0;
}

static int ask_all(struct live *l)
{
    const struct config *c = l->c;
    size_t most = c->hosts.n + c->switches.n;

    l->ask = calloc(most + 1, sizeof *l->ask);
    l->job = calloc(most + 1, sizeof *l->job);
    if (!l->ask || !l->job)
        return -ENOMEM;
    hostname_(l->self, sizeof l->self);
    if (!c->hosts.n) {
        struct topo_view *w = add_view(l, l->self, false);

        if (!w)
            return -ENOMEM;
        ask_self(l, w);
    }
    for (size_t i = 0; i < c->hosts.n; i++)
        ask_host(l, c->hosts.s[i]);
    for (size_t i = 0; i < c->switches.n; i++)
        ask_switch(l, c->switches.s[i]);
    return 0;
}

int views_live(struct views *v, const struct config *c, struct msg *err)
{
    struct live l = { .v = v, .c = c };
    unsigned timeout = (unsigned)c->ssh_timeout_s * 1000;
    struct gather_job *job;
    size_t jobs = 0;
    int rc = ask_all(&l);

    /* SNMP's rows have no command: only the others are run */
    job = calloc(l.n + 1, sizeof *job);
    if (!job)
        rc = -ENOMEM;
    for (size_t i = 0; !rc && i < l.n; i++)
        if (l.job[i].argv)
            job[jobs++].argv = l.job[i].argv;
    if (!rc) {
        gather_begin(job, jobs, SSH_AT_ONCE, timeout);
        rc = walk_all(&l);
        gather_end(job, jobs, SSH_AT_ONCE, timeout);
    }
    jobs = 0;
    for (size_t i = 0; job && i < l.n; i++)
        if (l.job[i].argv) {
            l.job[i] = job[jobs++];
            if (!rc)
                take_answer(&l, i);
        }
    if (!rc && c->topology_plan && *c->topology_plan)
        views_plan(v, c->topology_plan);
    if (rc)
        msg_set(err, "the sources cannot be asked: %s", strerror(-rc));
    for (size_t i = 0; i < l.n; i++)
        free(l.ask[i].secret);
    gather_dispose(l.job, l.n);
    free(job);
    free(l.ask);
    free(l.job);
    return rc;
}
