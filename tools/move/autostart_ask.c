/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Asks other hosts for guests that stock xl may have moved to them.
 *
 * Stock xl leaves no record: by ours, the guest is on this host still. Asked is
 * at first the other host of the guest's last move, for stock xl most likely
 * took the guest back to where it came from; then every other host that this
 * one knows, each once about all guests that were not found. Nobody is asked
 * about a guest that is seen on this host, or that it would not start at boot.
 */
#include "tools/move/autostart_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/words.h"
#include "tools/base/grow.h"
#include "tools/base/strlist.h"
#include "tools/deadline.h"
#include "tools/move/autostart_files.h"
#include "tools/move/records.h"
#include "tools/remote/gather.h"
#include "tools/remote/ssh.h"

enum {
    ASK_MS = 10000,
    ASK_AT_ONCE = 8,
    ASK_MOST = 4096,
    /* Of the other hosts: a boot waits for them, also where a whole cluster
     * has lost its power and nobody answers. */
    OTHERS_MS = 8000,
    OTHERS_AT_ONCE = 64,
    OTHERS_MOST = 256,
    OTHERS_GUESTS = 200, /* a command line is not endless */
};

struct asking {
    struct store *store;
    struct seen seen;
    struct record *list; /* of the guests to ask for */
    size_t n, room;
    struct strlist silent; /* hosts that did not answer */
};

static bool asking_has(const struct asking *a, const char *uuid)
{
    for (size_t i = 0; i < a->n; i++)
        if (!strcmp(a->list[i].uuid, uuid))
            return true;
    return false;
}

/* Without memory a guest is not asked for, as if its host gave no answer. */
static void asking_add(struct asking *a, const char *guest, const char *uuid)
{
    struct record r;

    if (record_of_guest(a->store, guest, uuid, &r) || asking_has(a, r.uuid) ||
        !ho_closed(r.state) || !(r.taken || record_is_home(&r)) || r.xl ||
        !*r.host)
        return;
    if (seen_here(&a->seen, *uuid ? NULL : guest, &r)) {
        if (r.taken) /* it came back, by xl again */
            records_taken(a->store, &r, NULL);
        return;
    }
    if (!array_grow(&a->list, &a->room, a->n + 1, sizeof *a->list))
        a->list[a->n++] = r;
}

static int asking_entry(void *arg, const struct autostart_found *f)
{
    asking_add(arg, f->guest, f->uuid);
    return 0;
}

/* Guests for which an entry is here, or is aside. */
static void asking_begin(struct asking *a, struct xlx *x, struct store *store)
{
    struct strlist uuids = { .n = 0 };

    *a = (struct asking){ .store = store };
    deadline_begin(DEADLINE_SETTLE_S, RC_DOUBT,
                   "this host's guests were looked at");
    seen_begin(&a->seen, x);
    deadline_end();
    autostart_each(asking_entry, a, NULL);
    autostart_list(&uuids);
    for (size_t i = 0; i < uuids.n; i++)
        asking_add(a, "", uuids.s[i]);
    strlist_dispose(&uuids);
}

static char *ask_command(const struct record *r, const char *ssh)
{
    char script[300];

    snprintf(script, sizeof script,
             "PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin; "
             "export PATH; exec rackhop autostart here %.36s",
             r->uuid);
    return ssh_command(*r->ssh ? r->ssh : ssh, r->host, script);
}

/*
 * What a host said of one guest; no answer changes nothing. Nor does "away"
 * when it had the guest before: a guest that reboots there is on no host for a
 * moment. Only when it is seen here is it known to be back (asking_add()).
 */
static void ask_learn(struct store *store, struct record *r,
                      const struct gather_job *job)
{
    int here = job->out ? word_guest_parse(job->out, r->uuid) : -ENOENT;

    if (here > 0 && !r->taken)
        records_taken(store, r, r->host);
    r->taken |= here > 0;
}

/* Is it the first of the list that this host is asked for? */
static bool ask_is_first(const struct asking *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(a->list[i].host, a->list[n].host))
            return false;
    return true;
}

/* Asks for the guests that are the first of their hosts, or for the others but
 * those of silent hosts. */
static void ask_some(struct asking *a, const char *ssh, bool first)
{
    struct gather g = { .at_once = ASK_AT_ONCE, .timeout_ms = ASK_MS };
    size_t *index = calloc(a->n + 1, sizeof *index);

    g.job = calloc(a->n + 1, sizeof *g.job);
    for (size_t i = 0; i < a->n && g.job && index; i++) {
        if (ask_is_first(a, i) != first ||
            strlist_has(&a->silent, a->list[i].host))
            continue;
        g.job[g.n].command = ask_command(&a->list[i], ssh);
        g.job[g.n].most = ASK_MOST;
        if (!g.job[g.n].command)
            break;
        index[g.n++] = i;
    }
    if (g.n)
        gather_run(&g);
    for (size_t i = 0; i < g.n; i++) {
        ask_learn(a->store, &a->list[index[i]], &g.job[i]);
        if (g.job[i].rc == -ETIMEDOUT || g.job[i].code == 255)
            strlist_add(&a->silent, a->list[index[i]].host);
    }
    if (g.job)
        gather_dispose(g.job, g.n);
    free(g.job);
    free(index);
}

/* --- the other hosts ------------------------------------------------------- */

/* The configured hosts, and those of all moves on record. */
static void others_find(const struct asking *a, const struct strlist *hosts,
                        struct strlist *others)
{
    struct store_entry *list = NULL;
    struct record r;
    struct msg err;
    unsigned n = 0;

    for (size_t i = 0; hosts && i < hosts->n && others->n < OTHERS_MOST; i++)
        if (!strlist_has(&a->silent, hosts->s[i]) &&
            !strlist_has(others, hosts->s[i]))
            strlist_add(others, hosts->s[i]);
    if (store_list(a->store, "handover/", &list, &n))
        return;
    for (unsigned i = 0; i < n && others->n < OTHERS_MOST; i++)
        if (!record_parse(&r, list[i].key, list[i].value, &err) && *r.host &&
            !r.xl && !strlist_has(&a->silent, r.host) &&
            !strlist_has(others, r.host))
            strlist_add(others, r.host);
    store_list_free(list, n);
}

/* About all guests that were not found, and that the host was not asked about
 * already; NULL: there are none, or no memory. */
static char *others_command(const struct asking *a, const char *ssh,
                            const char *host)
{
    char uuids[OTHERS_GUESTS * 37 + 1] = "", *script = NULL, *command;
    size_t len = 0;

    for (size_t i = 0; i < a->n && len + 38 < sizeof uuids; i++)
        if (!a->list[i].taken && strcmp(a->list[i].host, host) != 0)
            len += (size_t)snprintf(uuids + len, sizeof uuids - len, " %.36s",
                                    a->list[i].uuid);
    if (!len ||
        asprintf(&script,
                 "PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin; "
                 "export PATH; exec rackhop autostart here%s",
                 uuids) < 0)
        return NULL;
    command = ssh_command(ssh, host, script);
    free(script);
    return command;
}

static void others_learn(struct asking *a, const char *host,
                         const struct gather_job *job)
{
    for (size_t i = 0; i < a->n && job->out; i++) {
        struct record *r = &a->list[i];

        if (r->taken || word_guest_parse(job->out, r->uuid) <= 0)
            continue;
        records_taken(a->store, r, host);
        r->taken = true;
    }
}

/* An older rackhop answers about one guest only, and so not at all. */
static void ask_others(struct asking *a, const char *ssh,
                       const struct strlist *hosts)
{
    struct gather g = { .at_once = OTHERS_AT_ONCE, .timeout_ms = OTHERS_MS };
    struct strlist others = { .n = 0 };
    size_t *of;

    others_find(a, hosts, &others);
    g.job = calloc(others.n + 1, sizeof *g.job);
    of = calloc(others.n + 1, sizeof *of);
    for (size_t i = 0; g.job && of && i < others.n; i++) {
        char *command = others_command(a, ssh, others.s[i]);

        if (!command)
            continue;
        g.job[g.n].command = command;
        g.job[g.n].most = OTHERS_GUESTS * 80;
        of[g.n++] = i;
    }
    if (g.n)
        gather_run(&g);
    for (size_t i = 0; i < g.n; i++)
        others_learn(a, others.s[of[i]], &g.job[i]);
    if (g.job)
        gather_dispose(g.job, g.n);
    free(g.job);
    free(of);
    strlist_dispose(&others);
}

/* Of each host one guest at first: one that is down is waited for once. */
void autostart_ask(struct xlx *x, struct store *store, const char *ssh,
                   const struct strlist *hosts)
{
    struct asking a;

    asking_begin(&a, x, store);
    ask_some(&a, ssh, true);
    ask_some(&a, ssh, false);
    ask_others(&a, ssh, hosts);
    strlist_dispose(&a.silent);
    free(a.list);
    seen_end(&a.seen);
}
