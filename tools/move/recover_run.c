/* SPDX-License-Identifier: LGPL-2.1-only */
/* Settles the moves on record at this host that were cut off, in turn. */
#include "tools/move/recover_run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/text.h"
#include "tools/deadline.h"
#include "tools/move/autostart.h"
#include "tools/move/device_here.h"
#include "tools/move/recover_claims.h"
#include "tools/paths.h"

enum {
    ASK_S = 10,
};

struct recovery {
    const struct recover_request *rq;
    struct recover_started *started;
    struct xlx *x;
    struct store *store;
    char uuid[XLX_UUID_LEN + 1]; /* of the guest on this host that has the
                                    given name or number; "": none has */
    unsigned open, failed;
};

static void recovery_tell(struct recovery *v, bool trouble, const char *fmt,
                          ...) __attribute__((format(printf, 3, 4)));

static void recovery_tell(struct recovery *v, bool trouble, const char *fmt,
                          ...)
{
    char text[sizeof((struct recover *)0)->text + 300], shown[sizeof text];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (v->rq->told)
        v->rq->told(v->rq->arg,
                    text_printable(shown, sizeof shown, text, strlen(text)),
                    trouble);
}

static int recovery_open(struct recovery *v)
{
    struct msg err = MSG_NONE;
    int rc;

    deadline_begin(DEADLINE_READ_S, RC_DOUBT, "Xen was opened");
    rc = xlx_open(&v->x, v->rq->log, &err);
    deadline_end();
    if (rc) {
        recovery_tell(v, true, "%s", err.text);
        return rc;
    }
    rc = store_open(&v->store, path_state(), &err);
    if (rc)
        recovery_tell(v, true, "nothing can be settled: %s", err.text);
    return rc;
}

static void recovery_close(struct recovery *v)
{
    store_close(v->store);
    xlx_close(v->x);
}

void recover_started_dispose(struct recover_started *s)
{
    free(s->domid);
    *s = (struct recover_started){ .n = 0 };
}

static int started_add(struct recover_started *s, uint32_t domid)
{
    uint32_t *more = realloc(s->domid, (s->n + 1) * sizeof *s->domid);

    if (!more)
        return -ENOMEM;
    s->domid = more;
    s->domid[s->n++] = domid;
    return 0;
}

static void recovery_started(struct recovery *v, const struct recover *r)
{
    if (!r->started || !started_add(v->started, r->domid))
        return;
    recovery_tell(v, true,
                  "%s runs on this host and is not watched: out of memory",
                  r->rec.name);
    v->failed++;
}

/* --- one guest --------------------------------------------------------------------- */

/* always: also a guest of which nothing was to be done. */
static void tell_end(struct recovery *v, const struct recover *r, bool always)
{
    bool lost_target = r->rec.role == HO_TARGET && r->verdict == HO_LOST;

    switch (r->verdict) {
    case HO_UNDECIDED:
        if (always)
            recovery_tell(v, false,
                          "%s: its last move, %s %s, is settled; there is "
                          "nothing to do",
                          r->rec.name,
                          r->rec.role == HO_SOURCE ? "to" : "from",
                          r->rec.host);
        break;
    case HO_RUNS_HERE:
    case HO_RUNS_THERE:
    case HO_REFUSED:
    case HO_GONE:
        if (r->acted || always)
            recovery_tell(v, false, "%s", r->text);
        v->failed += r->unrecorded || r->cap_left;
        break;
    case HO_NOT_OURS: /* it is being moved right now */
        if (r->busy || always)
            recovery_tell(v, r->busy, "%s", r->text);
        v->failed += r->busy;
        break;
    case HO_UNKNOWN:
        recovery_tell(v, true, "%s", r->text);
        v->failed++;
        break;
    case HO_PAUSED:
    case HO_DOUBT:
    case HO_LOST:
        /* a guest that arrived and went down with this host: that is all */
        recovery_tell(v, !lost_target, "%s", r->text);
        v->open += !lost_target;
        break;
    }
}

/* What is on record is true at each moment, so that the next `rackhop recover`
 * goes on where this one was cut off. */
static int recovery_guest(struct recover *r, const char *uuid)
{
    int rc;

    deadline_begin(DEADLINE_SETTLE_S, RC_DOUBT, "a move was settled");
    rc = recover_guest(r, uuid);
    deadline_end();
    return rc;
}

static void recover_one(struct recovery *v, const char *uuid, bool always)
{
    struct recover r = { .x = v->x,
                         .store = v->store,
                         .rundir = path_run(),
                         .ask_s = ASK_S,
                         .decided = v->rq->decided };

    int rc = recovery_guest(&r, uuid);

    if (rc) {
        recovery_tell(v, true, "%s", r.text);
        v->failed++;
        return;
    }
    recovery_started(v, &r);
    tell_end(v, &r, always);
}

/* --- all records ------------------------------------------------------------------- */

static bool is_meant(const struct recovery *v, const struct record *r)
{
    const char *domain = v->rq->domain;

    return !strcmp(r->name, domain) || !strcmp(r->uuid, domain) ||
           !strcmp(r->id, domain) || (*v->uuid && !strcmp(r->uuid, v->uuid));
}

/* What the administrator decides must be about one guest. */
static bool is_ambiguous(struct recovery *v, const struct store_entry *list,
                         unsigned n)
{
    struct record r;
    unsigned found = 0;
    struct msg err;

    for (unsigned i = 0; i < n && v->rq->decided; i++)
        if (!record_parse(&r, list[i].key, list[i].value, &err) && !r.over &&
            is_meant(v, &r))
            found++;
    if (found > 1)
        recovery_tell(v, true,
                      "%u moves of guests called %s are open: give the UUID "
                      "of the one that is meant",
                      found, v->rq->domain);
    return found > 1;
}

/* How many of the records are of the guest that was named. */
static unsigned recover_each(struct recovery *v,
                             const struct store_entry *list, unsigned n)
{
    unsigned found = 0;
    struct record r;
    struct msg err;

    for (unsigned i = 0; i < n; i++) {
        if (record_parse(&r, list[i].key, list[i].value, &err)) {
            recovery_tell(v, true, "%s", err.text);
            v->failed++;
        } else if (!v->rq->domain) {
            if (!r.over)
                recover_one(v, r.uuid, false);
        } else if (is_meant(v, &r)) {
            found++;
            recover_one(v, r.uuid, true);
        }
    }
    return found;
}

/* --- devices ----------------------------------------------------------------------- */

struct recover_devices {
    struct recovery *v;
    unsigned found;
};

static bool devices_are_meant(const struct recovery *v,
                              const struct device_record *r)
{
    const char *domain = v->rq->domain;

    return !domain || !strcmp(r->name, domain) || !strcmp(r->uuid, domain) ||
           (*v->uuid && !strcmp(r->uuid, v->uuid));
}

/* What an administrator gives up must be one guest's. */
static int recover_count(void *arg, const struct device_record *r)
{
    struct recover_devices *d = arg;

    d->found += !dm_closed(r->state) && devices_are_meant(d->v, r);
    return 0;
}

/* What a move has left of a guest's devices, once the move itself is settled. A
 * guest that has a lock is just being moved. */
static int recover_devices_of(void *arg, const struct device_record *r)
{
    struct recover_devices *d = arg;
    struct recovery *v = d->v;
    struct msg text = MSG_NONE;
    enum dm_verdict verdict;
    int lock;

    if (dm_closed(r->state) || !devices_are_meant(v, r))
        return 0;
    d->found++;
    lock = xlx_lock(path_run(), r->uuid, "recover", &text);
    if (lock < 0) {
        if (v->rq->domain)
            recovery_tell(v, true, "%s: %s", r->name, text.text);
        return 0;
    }
    verdict = device_recover(v->x, v->store, r->uuid, v->rq->lost, &text);
    close(lock);
    if (*text.text)
        recovery_tell(v, device_is_left(verdict), "%s", text.text);
    v->open += verdict == DM_WITHOUT || verdict == DM_DOUBT;
    v->failed += verdict == DM_LEFT;
    return 0;
}

static unsigned recover_devices(struct recovery *v)
{
    struct recover_devices d = { .v = v };
    struct msg err = MSG_NONE;

    if (v->rq->lost) /* one that can't be read is told of below */
        (void)device_record_each(v->store, recover_count, &d, &err);
    if (d.found > 1) {
        recovery_tell(v, true,
                      "%u guests called %s have devices that are not settled: "
                      "give the UUID of the one that is meant",
                      d.found, v->rq->domain);
        v->failed++;
        return d.found;
    }
    d.found = 0;
    if (device_record_each(v->store, recover_devices_of, &d, &err)) {
        recovery_tell(v, true, "%s", err.text);
        v->failed++;
    }
    return d.found;
}

static void claims_told(void *arg, const char *text)
{
    recovery_tell(arg, false, "%s", text);
}

/* What this host keeps for guests that were to come. Their source hosts end that:
 * here nothing is left undone. */
static unsigned recover_kept(struct recovery *v)
{
    struct recover_claims c = {
        .x = v->x, .store = v->store, .told = claims_told, .arg = v
    };
    struct msg err = MSG_NONE;
    int n;

    if (v->rq->domain)
        c.uuid = *v->uuid ? v->uuid : v->rq->domain;
    n = recover_claims(&c, &err);
    if (n >= 0)
        return (unsigned)n;
    recovery_tell(v, true, "%s", err.text);
    v->failed++;
    return 0;
}

static enum exit_code recover_records(struct recovery *v)
{
    struct store_entry *list;
    unsigned n, found;

    if (store_list(v->store, "handover/", &list, &n)) {
        recovery_tell(v, true, "%s", store_error(v->store));
        return RC_FAILED;
    }
    if (is_ambiguous(v, list, n)) {
        store_list_free(list, n);
        return RC_USAGE;
    }
    found = recover_each(v, list, n);
    store_list_free(list, n);
    found += recover_devices(v);
    found += recover_kept(v);
    if (v->rq->domain && !found)
        recovery_tell(v, false, "%s: this host has no record of a move of it",
                      v->rq->domain);
    return v->open ? RC_DOUBT : v->failed ? RC_FAILED : RC_OK;
}

static void recovery_autostart_told(void *arg, const char *text, bool trouble)
{
    struct recovery *v = arg;

    recovery_tell(v, trouble, "%s", text);
    v->failed += trouble;
}

/* Which guest is meant, and which autostart entries wait for theirs. */
static void recovery_look(struct recovery *v,
                          const struct autostart_tell *tell)
{
    struct xlx_domain d = { .domid = 0 };
    struct msg err;

    deadline_begin(DEADLINE_SETTLE_S, RC_DOUBT,
                   "this host's guests were looked at");
    /* a guest that is gone is known by its records alone */
    if (v->rq->domain && !xlx_domain_find(v->x, v->rq->domain, 0, &d, &err))
        memcpy(v->uuid, d.uuid, sizeof v->uuid);
    /* what is known comes first: other hosts may keep this one waiting, and
     * the boot may go on meanwhile */
    autostart_settle_away(v->x, v->store, tell);
    deadline_end();
    if (v->rq->ssh) {
        autostart_ask(v->x, v->store, v->rq->ssh, v->rq->hosts);
        deadline_begin(DEADLINE_SETTLE_S, RC_DOUBT,
                       "autostart entries were put aside");
        autostart_settle_away(v->x, v->store, tell);
        deadline_end();
    }
    xlx_domain_dispose(&d);
}

enum exit_code recover_run(const struct recover_request *rq,
                           struct recover_started *started)
{
    struct recovery v = { .rq = rq, .started = started };
    struct autostart_tell tell = { recovery_autostart_told, &v };
    enum exit_code rc = RC_FAILED;

    if (!recovery_open(&v)) {
        recovery_look(&v, &tell);
        rc = recover_records(&v);
        autostart_settle_back(v.x, v.store, rq->autostart, &tell);
        if (rc == RC_OK && v.failed)
            rc = RC_FAILED;
    }
    recovery_close(&v);
    return rc;
}

enum exit_code recover_asked(const struct recover_request *rq,
                             const char *uuid, uint64_t epoch,
                             char line[WORD_LINE],
                             struct recover_started *started)
{
    struct recovery v = { .rq = rq, .started = started };
    struct recover r = { .rundir = path_run(), .asked = true, .epoch = epoch };

    if (recovery_open(&v)) {
        recovery_close(&v);
        return RC_FAILED;
    }
    r.x = v.x;
    r.store = v.store;
    if (recovery_guest(&r, uuid)) {
        recovery_tell(&v, true, "%s", r.text);
        v.failed++;
    } else {
        word_settled_format(uuid, epoch, r.answer, line);
        if (r.acted && *r.text)
            recovery_tell(&v, true, "%s", r.text);
        recovery_started(&v, &r);
    }
    recovery_close(&v);
    return v.failed ? RC_FAILED : RC_OK;
}
