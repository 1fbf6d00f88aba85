/* SPDX-License-Identifier: LGPL-2.1-only */
/* Gives each side of a move its lock on the guest and its records. */
#include "tools/move/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/move/device_here.h"
#include "tools/move/maintenance.h"
#include "tools/paths.h"
#include "tools/move/recover.h"
#include "tools/base/msg.h"

enum { ASK_S = 30 };

int session_open(struct session *s, struct xlx *x, struct msg *err)
{
    struct msg why = MSG_NONE;
    int rc = store_open(&s->rec.store, path_state(), &why);

    s->x = x;
    s->lock = -1;
    if (rc)
        msg_set(err,
                "no record of the move can be kept (%s), so nothing is moved",
                why.text);
    return rc;
}

/*
 * For tests of what happens when a process is lost at a given moment. The file
 * stop-at in the run directory (which is root's) names moments, one a line,
 * such as "target accepted after" or "source go before". The process that
 * comes to one of them stops until it is continued, or killed.
 */
static void stop_at(const struct ho *h, const char *when)
{
    char path[512], line[64], want[64];
    FILE *f;

    snprintf(path, sizeof path, "%s/stop-at", path_run());
    f = fopen(path, "re");
    if (!f)
        return;
    snprintf(want, sizeof want, "%s %s %s\n",
             h->role == HO_SOURCE ? "source" : "target",
             ho_state_name(h->next), when);
    while (fgets(line, sizeof line, f))
        if (!strcmp(line, want))
            raise(SIGSTOP);
    fclose(f);
}

static bool recover_settled(const struct recover *r)
{
    if (r->cap_left)
        return false;
    switch (r->verdict) {
    case HO_UNDECIDED:
    case HO_RUNS_HERE:
    case HO_RUNS_THERE:
    case HO_REFUSED:
    case HO_GONE: return true;
    case HO_PAUSED:
    case HO_DOUBT:
    case HO_LOST:
    case HO_NOT_OURS:
    case HO_UNKNOWN: break;
    }
    return false;
}

/* A source host ends what is left of the devices of an earlier move, before the
 * next. Without the guest's lock, another process is at it. */
static int session_settle_devices(struct session *s, const char *uuid,
                                  struct msg *err)
{
    struct msg text = MSG_NONE;
    enum dm_verdict v;

    if (s->receive || s->lock < 0 || !s->x)
        return 0;
    v = device_recover(s->x, s->rec.store, uuid, false, &text);
    /* what a host that is down still keeps for the guest ends with its next
     * reservation there */
    if (device_is_left(v) && v != DM_LEFT) {
        msg_set(err, "%s", text.text);
        return -EBUSY;
    }
    if (*text.text && s->tell)
        s->tell(s->tell_arg, text.text);
    return 0;
}

static int session_settle(struct session *s, const char *uuid, struct msg *err)
{
    struct recover r = { .x = s->x,
                         .store = s->rec.store,
                         .rundir = path_run(),
                         .locked = s->lock >= 0,
                         .ask_s = ASK_S };
    int rc = recover_guest(&r, uuid);

    msg_set(err, "%s", r.text);
    if (rc)
        return rc;
    if (r.acted && s->tell)
        s->tell(s->tell_arg, r.text);
    return recover_settled(&r) ? session_settle_devices(s, uuid, err) : -EBUSY;
}

int session_settle_named(struct session *s, const char *domain,
                         struct msg *err)
{
    struct store_entry *list;
    struct record r;
    unsigned n;
    int rc = store_list(s->rec.store, "handover/", &list, &n);

    if (rc) {
        msg_set(err, "%s", store_error(s->rec.store));
        return rc;
    }
    for (unsigned i = 0; i < n && !rc; i++)
        if (!record_parse(&r, list[i].key, list[i].value, err) && !r.over &&
            (!strcmp(r.name, domain) || !strcmp(r.uuid, domain)))
            rc = session_settle(s, r.uuid, err);
    store_list_free(list, n);
    return rc;
}

/*
 * A move that is decided, and not over, has something left on this host: its
 * copy, or a limit of the guest's CPU time. That is looked after here, too; but
 * its result is known, whatever comes of that.
 */
static int session_settle_asked(struct session *s,
                                struct xentoollog_logger *lg, const char *id,
                                struct record *r, struct msg *text)
{
    int rc = xlx_open(&s->x, lg, text);

    if (!rc)
        rc = session_settle(s, r->uuid, text);
    xlx_close(s->x);
    s->x = NULL;
    if (rc && rc != -EBUSY && !ho_closed(r->state))
        return rc;
    return records_find_id(s->rec.store, id, r); /* the text says why it is
                                                    open, if it still is */
}

/* The process that made the move may have been lost before the guest had its
 * devices again. What can't be done now stays on record for `recover`, and is
 * said in `left`. */
static void session_settle_asked_devices(struct session *s,
                                         struct xentoollog_logger *lg,
                                         const char *uuid, struct msg *left)
{
    struct device_record r;
    struct msg why = MSG_NONE;

    if (device_record_get(s->rec.store, uuid, &r, left) || !*r.uuid ||
        dm_closed(r.state) || xlx_open(&s->x, lg, left))
        return;
    s->lock = xlx_lock(path_run(), uuid, "migrate", left);
    if (s->lock >= 0 &&
        device_is_left(device_recover(s->x, s->rec.store, uuid, false, &why)))
        *left = why;
    xlx_close(s->x);
    s->x = NULL;
}

int session_asked_before(struct xentoollog_logger *lg, const char *id,
                         enum ho_state *state_r, struct msg *text)
{
    struct session s = { .lock = -1 };
    struct record r = { .over = false };
    struct msg left = MSG_NONE;
    int rc = session_open(&s, NULL, text);

    if (!rc)
        rc = records_find_id(s.rec.store, id, &r);
    if (!rc && (!ho_closed(r.state) || !r.over))
        rc = session_settle_asked(&s, lg, id, &r, text);
    if (!rc && ho_closed(r.state))
        session_settle_asked_devices(&s, lg, r.uuid, &left);
    if (!rc) {
        *state_r = r.state;
        if (r.state == HO_DONE)
            msg_set(text, "%s was moved%s%s by this move before", r.name,
                    *r.host ? " to " : "", r.host);
        else if (r.state == HO_ABORTED)
            msg_set(text,
                    "%s stayed on this host when this move was tried before",
                    r.name);
        if (*left.text)
            msg_add(text, "; of its devices: %s", left.text);
    }
    session_end(&s, HO_UNDECIDED);
    return rc;
}

int session_take(struct session *s, const char *uuid, const char *what,
                 struct msg *err)
{
    int rc = xlx_lock(path_run(), uuid, what, err);

    if (rc < 0)
        return rc;
    s->lock = rc;
    return session_settle(s, uuid, err);
}

static uint64_t session_last_epoch(struct session *s, const char *uuid)
{
    struct record now;
    struct msg err;

    return records_get(s->rec.store, uuid, &now, &err)
               ? 0
               : records_last_epoch(&now);
}

static enum ho_input session_store(void *arg, const struct ho *h,
                                   const char *uuid, const char *name,
                                   uint32_t domid)
{
    enum ho_input in;

    stop_at(h, "before");
    in = records_store(&((struct session *)arg)->rec, h, uuid, name, domid);
    stop_at(h, "after");
    return in;
}

static enum ho_input session_ask(void *arg, unsigned seconds)
{
    return records_ask(&((struct session *)arg)->rec, seconds);
}

static int session_capped(void *arg, const struct xlx_cap *cap)
{
    return records_capped(&((struct session *)arg)->rec, cap);
}

static const char *session_why(void *arg)
{
    return records_why(&((struct session *)arg)->rec);
}

static const char *session_mark(void *arg)
{
    struct session *s = arg;

    records_mark(&s->rec.mine, s->mark);
    return s->mark;
}

static void session_keep_records(struct session *s)
{
    s->table.arg = s;
    s->table.store = session_store;
    s->table.why = session_why;
}

static void session_begin_record(struct session *s, const char *uuid)
{
    memset(&s->rec.mine, 0, sizeof s->rec.mine);
    snprintf(s->rec.mine.uuid, sizeof s->rec.mine.uuid, "%.36s", uuid);
}

void session_source(struct session *s, const struct xlx_domain *d,
                    const char *id, const char *ssh, const char *host,
                    uint64_t target_epoch, bool xl)
{
    struct record *m = &s->rec.mine;
    uint64_t known;

    session_begin_record(s, d->uuid);
    known = session_last_epoch(s, d->uuid);
    m->epoch = 1 + (known > target_epoch ? known : target_epoch);
    m->role = HO_SOURCE;
    m->domid = d->domid;
    m->xl = xl;
    if (id)
        snprintf(m->id, sizeof m->id, "%s", id);
    else
        records_new_id(m->id);
    snprintf(m->name, sizeof m->name, "%s", d->name ? d->name : d->uuid);
    snprintf(m->host, sizeof m->host, "%s", host);
    snprintf(m->ssh, sizeof m->ssh, "%s", ssh);
    session_keep_records(s);
    s->table.capped = session_capped;
    if (!xl)
        s->table.ask = session_ask;
}

/* struct xlx_handover's enter. */
static int session_enter(void *arg, const char *uuid, struct msg *err)
{
    struct session *s = arg;
    struct record *m = &s->rec.mine;
    int rc = maintenance_check(path_state(), err);

    if (!rc)
        rc = session_take(s, uuid, "receive", err);
    if (rc)
        return rc;
    session_begin_record(s, uuid);
    m->role = HO_TARGET;
    m->marked = true;
    m->paused = s->receive->paused;
    if (!s->receive->move_first) { /* stock xl: its moves have no name */
        m->epoch = 1 + session_last_epoch(s, uuid);
        records_new_id(m->id);
        snprintf(m->host, sizeof m->host, "a host with xl");
        return 0;
    }
    rc = move_line_parse(s->receive->move_line, m);
    if (!rc && strcmp(m->uuid, uuid))
        rc = -EINVAL;
    if (rc)
        msg_set(err, "the source host does not say which move it is");
    return rc;
}

void session_target(struct session *s, const struct xlx_receive *r)
{
    s->receive = r;
    session_keep_records(s);
    s->table.enter = session_enter;
    s->table.mark = session_mark;
}

void session_end(struct session *s, enum ho_verdict v)
{
    if (s->rec.store && s->rec.mine.epoch)
        records_over(&s->rec, v);
    store_close(s->rec.store);
    s->rec.store = NULL;
    if (s->lock >= 0)
        close(s->lock);
    s->lock = -1;
}
