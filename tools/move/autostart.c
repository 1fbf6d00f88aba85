/* SPDX-License-Identifier: LGPL-2.1-only */
/* Lets the boot entries of a guest go where the guest goes. */
#include "tools/move/autostart.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/file.h"
#include "tools/move/autostart_files.h"
#include "tools/paths.h"
#include "tools/remote/gather.h"
#include "tools/remote/ssh.h"

enum { SEND_MS = 25000 };

static void tell(const struct autostart_tell *t, bool trouble, const char *fmt,
                 ...) __attribute__((format(printf, 3, 4)));

static void tell(const struct autostart_tell *t, bool trouble, const char *fmt,
                 ...)
{
    char text[1500];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (t->told)
        t->told(t->arg, text, trouble);
}

/* --- to the target host ------------------------------------------------------- */

/* The command that hands the document in `file` to rackhop on the other host;
 * to be freed. */
static char *send_command(const struct record *r, const char *file)
{
    char *ssh = ssh_command(r->ssh, r->host,
                            "PATH=$PATH:/usr/local/sbin:/usr/local/bin:"
                            "/usr/sbin:/sbin; export PATH; "
                            "exec rackhop autostart take");
    char *from = ssh_quote(file), *out = NULL;

    if (ssh && from && asprintf(&out, "%s < %s", ssh, from) < 0)
        out = NULL;
    free(ssh);
    free(from);
    return out;
}

/* 0; else it was not taken, and the reason is in why. */
static int send_file(const struct record *r, const char *file, struct msg *why)
{
    struct gather_job job = { .command = send_command(r, file) };
    int rc;

    if (!job.command) {
        msg_set(why, "it could not be asked");
        return -ENOMEM;
    }
    gather_begin(&job, 1, 1, SEND_MS);
    gather_end(&job, 1, 1, SEND_MS);
    rc = job.rc;
    msg_set(why, "%s",
            *job.said          ? job.said
            : rc == -ETIMEDOUT ? "it did not answer in time"
                               : "it did not answer");
    gather_dispose(&job, 1);
    return rc;
}

static int send_to(const struct record *r, const struct autostart *a,
                   struct msg *why)
{
    char file[600], *text;
    int rc;

    if (r->xl || !*r->ssh) {
        msg_set(why, "it has no rackhop");
        return -ENOTSUP;
    }
    text = autostart_format(a);
    snprintf(file, sizeof file, "%s/autostart-%s", path_run(), a->uuid);
    rc = text ? path_make(path_run()) : -ENOMEM;
    if (!rc)
        rc = file_replace(file, text, strlen(text));
    free(text);
    if (rc)
        msg_set(why, "%s can't be written: %s", file, strerror(-rc));
    else
        rc = send_file(r, file, why);
    unlink(file);
    return rc;
}

/* Tells the host of the guest how to start it. */
static void send_or_say(const struct record *r, const struct autostart *a,
                        const struct autostart_tell *t)
{
    struct msg why = MSG_NONE;
    int rc = send_to(r, a, &why);

    autostart_set_unsent(a->uuid, rc && rc != -ENOTSUP);
    if (!rc)
        return;
    tell(t, true,
         "%s is not started at boot by any host now: its entry in "
         "/etc/xen/auto is put aside on this host, and %s did not take it: "
         "%s. %s",
         a->guest, r->host, why.text,
         rc == -ENOTSUP ? "Set it up there yourself"
                        : "`rackhop recover` tries once more");
}

void autostart_follow(const struct record *r, const struct autostart_tell *t)
{
    struct autostart a;
    int rc = autostart_find(&a, r->name, r->uuid);

    for (unsigned i = 0; i < a.n && !rc; i++)
        rc = autostart_aside(r->uuid, a.entry[i].name);
    if (rc)
        tell(t, true,
             "%s runs at %s, and may still be started at boot by this host as "
             "well: %s/auto: %s. Remove its entry there",
             r->name, r->host, path_xen(), strerror(-rc));
    else if (a.n)
        send_or_say(r, &a, t);
    autostart_dispose(&a);
}

void autostart_return(const char *uuid, const char *guest,
                      const struct autostart_tell *t)
{
    struct strlist names = { .n = 0 };
    int rc = autostart_back(uuid, &names);

    for (size_t i = 0; i < names.n; i++)
        tell(t, false, "%s is started at boot by this host again: %s/auto/%s",
             guest, path_xen(), names.s[i]);
    if (rc)
        tell(t, true, "%s: its entry in %s/auto could not be put back: %s",
             guest, path_xen(), strerror(-rc));
    strlist_dispose(&names);
}

/* --- where guests are -------------------------------------------------------------- */

/* What a record says: is the guest, or may it be, on the other host? */
static bool record_is_away(const struct record *r)
{
    return r->role == HO_SOURCE && (r->state == HO_GO || r->state == HO_DONE);
}

/* .. or is it on this one? A target host that went down with a guest that had
 * just come may have lost it: nobody knows. */
static bool record_is_home(const struct record *r)
{
    if (r->role == HO_SOURCE)
        return r->state == HO_PREPARED || r->state == HO_ABORTED;
    return (r->state == HO_DONE && !r->lost) || r->state == HO_ACCEPTED;
}

/* The newest record of that guest. Names can be given to another guest. */
static int record_of(struct store *store, const char *guest, const char *uuid,
                     struct record *found)
{
    struct store_entry *list;
    struct record r;
    struct msg err;
    unsigned n;
    int rc = store_list(store, "handover/", &list, &n);

    if (rc)
        return rc;
    rc = -ENOENT;
    for (unsigned i = 0; i < n; i++) {
        if (record_parse(&r, list[i].key, list[i].value, &err) ||
            (*uuid ? strcmp(r.uuid, uuid) : strcmp(r.name, guest)) ||
            (!rc && r.when < found->when))
            continue;
        *found = r;
        rc = 0;
    }
    store_list_free(list, n);
    return rc;
}

int autostart_elsewhere(struct store *store, const char *guest,
                        const char *uuid, struct record *r)
{
    int rc = record_of(store, guest, uuid, r);

    return rc ? rc : record_is_away(r) ? 0 : -ENOENT;
}

/* --- at boot ------------------------------------------------------------------------- */

struct settle {
    struct store *store;
    struct xlx_domain *domains;
    unsigned n_domains;
    struct strlist aside; /* entries of guests that are elsewhere, by turns */
    struct strlist uuids; /* with the UUIDs of these guests */
};

/* Is it on this host, whatever the records say? A source host's copy that is
 * given away stays suspended until the move is settled. */
static bool runs_here(const struct settle *s, const char *guest,
                      const char *uuid, const struct record *r)
{
    for (unsigned i = 0; i < s->n_domains; i++) {
        const struct xlx_domain *d = &s->domains[i];
        bool given =
            r->role == HO_SOURCE && r->state == HO_GO && d->domid == r->domid;

        if (!given && !d->dying &&
            (!strcmp(d->uuid, uuid) || (d->name && !strcmp(d->name, guest))))
            return true;
    }
    return false;
}

static int settle_entry(void *arg, const struct autostart_found *f)
{
    struct settle *s = arg;
    struct record r;
    int rc;

    if (autostart_elsewhere(s->store, f->guest, f->uuid, &r) ||
        runs_here(s, f->guest, r.uuid, &r))
        return 0;
    rc = strlist_add(&s->aside, f->name);
    return rc ? rc : strlist_add(&s->uuids, r.uuid);
}

/* The entries of guests that are elsewhere go aside. */
static void settle_away(struct settle *s, const struct autostart_tell *t)
{
    int rc = autostart_each(settle_entry, s);

    for (size_t i = 0; i < s->uuids.n && !rc; i++) {
        struct record r;

        rc = autostart_aside(s->uuids.s[i], s->aside.s[i]);
        if (rc || record_of(s->store, "", s->uuids.s[i], &r))
            continue;
        autostart_set_unsent(s->uuids.s[i], r.state == HO_DONE);
        tell(t, false,
             "%s is not started at boot by this host: it was moved to %s "
             "(%s/auto/%s is put aside in %s/autostart)",
             r.name, r.host, path_xen(), s->aside.s[i], path_state());
    }
    if (rc)
        tell(t, true,
             "%s/auto: %s; guests that were moved away may be started here "
             "when this host boots",
             path_xen(), strerror(-rc));
}

static void settle_aside(struct settle *s, const char *uuid, bool follow,
                         const struct autostart_tell *t)
{
    struct autostart a;
    struct record r;

    if (record_of(s->store, "", uuid, &r))
        return;
    if (record_is_home(&r) || runs_here(s, r.name, uuid, &r)) {
        autostart_return(uuid, r.name, t);
        return;
    }
    if (!follow || !autostart_unsent(uuid) || r.state != HO_DONE ||
        autostart_find_aside(&a, r.name, uuid))
        return;
    if (a.n)
        send_or_say(&r, &a, t);
    autostart_dispose(&a);
}

void autostart_settle(struct xlx *x, struct store *store, bool follow,
                      const struct autostart_tell *t)
{
    struct settle s = { .store = store };
    struct strlist uuids = { .n = 0 };

    if (xlx_domain_list(x, &s.domains, &s.n_domains))
        return; /* what runs here can't be told */
    settle_away(&s, t);
    autostart_list(&uuids);
    for (size_t i = 0; i < uuids.n; i++)
        settle_aside(&s, uuids.s[i], follow, t);
    strlist_dispose(&uuids);
    strlist_dispose(&s.aside);
    strlist_dispose(&s.uuids);
    xlx_domain_list_free(s.domains, s.n_domains);
}
