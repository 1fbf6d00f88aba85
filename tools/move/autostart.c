/* SPDX-License-Identifier: LGPL-2.1-only */
/* Lets the boot entries of a guest go where the guest goes. */
#include "tools/move/autostart_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/file.h"
#include "tools/deadline.h"
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
    struct gather g = {
        .job = &job, .n = 1, .at_once = 1, .timeout_ms = SEND_MS
    };
    int rc;

    if (!job.command) {
        msg_set(why, "it could not be asked");
        return -ENOMEM;
    }
    gather_run(&g);
    rc = job.rc;
    msg_set(why, "%s",
            *job.said          ? job.said
            : rc == -ETIMEDOUT ? "it did not answer in time"
                               : "it did not answer");
    gather_dispose(&job, 1);
    return rc;
}

/* JSON can't hold a text that is not in UTF-8. */
static bool format_keeps(const struct autostart *a, const char *text)
{
    struct autostart same;
    struct msg err;
    bool keeps;

    if (autostart_parse(&same, "it", text, strlen(text), &err))
        return false;
    keeps = same.n == a->n;
    for (unsigned i = 0; i < same.n && keeps; i++)
        keeps = !strcmp(same.entry[i].text, a->entry[i].text);
    autostart_dispose(&same);
    return keeps;
}

static int send_to(const struct record *r, const struct autostart *a,
                   struct msg *why)
{
    char file[600], *text;
    mode_t mask;
    int rc;

    if (r->xl || !*r->ssh) {
        msg_set(why, "it has no rackhop");
        return -ENOTSUP;
    }
    text = autostart_format(a);
    if (text && !format_keeps(a, text)) {
        free(text);
        msg_set(why, "its configuration is not in UTF-8");
        return -EILSEQ;
    }
    snprintf(file, sizeof file, "%s/autostart-%s", path_run(), a->uuid);
    rc = text ? path_make(path_run()) : -ENOMEM;
    mask = umask(077); /* it may hold a password for VNC */
    if (!rc)
        rc = file_replace(file, text, strlen(text));
    umask(mask);
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
    char dir[PATH_MAX];
    int rc = autostart_find(&a, r->name, r->uuid);

    if (!rc && a.n) /* first: what goes aside must not be forgotten there */
        autostart_set_unsent(r->uuid, true);
    for (unsigned i = 0; i < a.n && !rc; i++)
        rc = autostart_aside(r->uuid, a.entry[i].name);
    autostart_dir(dir);
    if (rc)
        tell(t, true,
             "%s runs at %s, and may still be started at boot by this host as "
             "well: %s: %s. Remove its entry there",
             r->name, r->host, dir, strerror(-rc));
    else if (a.n)
        send_or_say(r, &a, t);
    autostart_dispose(&a);
}

void autostart_return(const char *uuid, const char *guest,
                      const struct autostart_tell *t)
{
    struct strlist names = { .n = 0 };
    char dir[PATH_MAX];
    int rc = autostart_back(uuid, &names);

    autostart_dir(dir);
    for (size_t i = 0; i < names.n; i++)
        tell(t, false, "%s is started at boot by this host again: %s/%s",
             guest, dir, names.s[i]);
    if (rc)
        tell(t, true, "%s: its entry in %s could not be put back: %s", guest,
             dir, strerror(-rc));
    strlist_dispose(&names);
}

/* --- from the source host --------------------------------------------------------- */

static int accept_guest(struct xlx *x, const struct autostart *a,
                        struct msg *err)
{
    struct xlx_domain *list;
    unsigned n;
    bool here = false;
    int rc = xlx_domain_list(x, &list, &n);

    if (rc) {
        msg_set(err, "Xen does not report what runs on this host: %s",
                strerror(-rc));
        return rc;
    }
    for (unsigned i = 0; i < n; i++)
        here |= !list[i].dying && !strcmp(list[i].uuid, a->uuid);
    xlx_domain_list_free(list, n);
    if (!here)
        msg_set(err, "%s is not on this host", a->guest);
    return here ? 0 : -ESRCH;
}

int autostart_accept(struct xlx *x, const char *text, size_t len,
                     struct strlist *kept, struct msg *err)
{
    struct autostart a;
    int rc = autostart_parse(&a, "stdin", text, len, err);

    if (rc)
        return rc;
    rc = accept_guest(x, &a, err);
    if (!rc)
        rc = autostart_take(&a, kept, err);
    autostart_dispose(&a);
    return rc;
}

/* --- at boot ------------------------------------------------------------------------- */

struct settle {
    struct store *store;
    struct seen seen;
    struct strlist aside; /* entries of guests that are elsewhere, by turns */
    struct strlist uuids; /* with the UUIDs of these guests */
};

static int settle_entry(void *arg, const struct autostart_found *f)
{
    struct settle *s = arg;
    struct record r;
    int rc;

    if (autostart_elsewhere(s->store, f->guest, f->uuid, &r) ||
        seen_here(&s->seen, *f->uuid ? NULL : f->guest, &r))
        return 0;
    rc = strlist_add(&s->aside, f->name);
    return rc ? rc : strlist_add(&s->uuids, r.uuid);
}

static void settle_one_away(struct settle *s, const char *uuid,
                            const char *name, const struct autostart_tell *t)
{
    char dir[PATH_MAX];
    struct record r;
    int rc;

    if (record_of_guest(s->store, "", uuid, &r))
        return;
    autostart_dir(dir);
    /* first: what goes aside must not be forgotten there */
    autostart_set_unsent(uuid, r.role == HO_SOURCE && !r.taken);
    rc = autostart_aside(uuid, name);
    if (rc)
        tell(t, true,
             "%s was moved to %s, and may be started by this host as well "
             "when that boots: %s/%s could not be put aside: %s",
             r.name, r.host, dir, name, strerror(-rc));
    else
        tell(t, false,
             "%s is not started at boot by this host: it was moved to %s "
             "(%s/%s is put aside in %s/autostart)",
             r.name, r.host, dir, name, path_state());
}

/* The entries of guests that are elsewhere go aside. */
static void settle_away(struct settle *s, const struct autostart_tell *t)
{
    struct strlist unread = { .n = 0 };
    char dir[PATH_MAX];
    int rc = autostart_each(settle_entry, s, &unread);

    autostart_dir(dir);
    for (size_t i = 0; i < s->uuids.n; i++)
        settle_one_away(s, s->uuids.s[i], s->aside.s[i], t);
    for (size_t i = 0; i < unread.n; i++)
        tell(t, true,
             "%s/%s can't be read now: whether its guest was moved away is "
             "not known",
             dir, unread.s[i]);
    if (rc)
        tell(t, true,
             "%s: %s; guests that were moved away may be started here when "
             "this host boots",
             dir, strerror(-rc));
    strlist_dispose(&unread);
}

static void settle_aside(struct settle *s, const char *uuid, bool follow,
                         const struct autostart_tell *t)
{
    struct autostart a;
    struct record r;

    if (record_of_guest(s->store, "", uuid, &r))
        return;
    if (record_is_home(&r) || seen_here(&s->seen, NULL, &r)) {
        autostart_return(uuid, r.name, t);
        return;
    }
    if (!follow || !autostart_unsent(uuid) || r.role != HO_SOURCE ||
        r.state != HO_DONE || autostart_find_aside(&a, r.name, uuid))
        return;
    if (a.n)
        send_or_say(&r, &a, t);
    autostart_dispose(&a);
}

static void settle_begin(struct settle *s, struct xlx *x, struct store *store)
{
    *s = (struct settle){ .store = store };
    seen_begin(&s->seen, x);
}

static void settle_end(struct settle *s)
{
    strlist_dispose(&s->aside);
    strlist_dispose(&s->uuids);
    seen_end(&s->seen);
}

void autostart_settle_away(struct xlx *x, struct store *store,
                           const struct autostart_tell *t)
{
    struct settle s;

    settle_begin(&s, x, store);
    settle_away(&s, t);
    settle_end(&s);
}

void autostart_settle_back(struct xlx *x, struct store *store, bool follow,
                           const struct autostart_tell *t)
{
    struct settle s;
    struct strlist uuids = { .n = 0 };

    deadline_begin(DEADLINE_SETTLE_S, RC_DOUBT,
                   "this host's guests were looked at");
    settle_begin(&s, x, store);
    deadline_end();
    autostart_list(&uuids);
    for (size_t i = 0; i < uuids.n; i++)
        settle_aside(&s, uuids.s[i], follow, t);
    strlist_dispose(&uuids);
    settle_end(&s);
}
