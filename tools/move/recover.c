/* SPDX-License-Identifier: LGPL-2.1-only */
/* Settles one guest's move that was cut off: its record, its copy, the other
 * host's record, and what follows from them. */
#include "tools/move/recover_impl.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/cap.h"
#include "libxl-ext/context.h"
#include "tools/base/msg.h"
#include "tools/paths.h"

enum {
    LATE_S = 3,  /* a killed move may have asked the guest to suspend */
    SAVED_S = 5, /* its save helper ends soon after it */
    BACK_S = 10, /* xl starts a guest that reboots again after 2 s (Xen:
                    tools/xl/xl_vmcontrol.c) */
};

/* Is it a copy that was being built on this host? Such a copy has
 * NAME--incoming for its name, or no name yet. */
static bool copy_is_incoming(const struct xlx_copy *c)
{
    size_t n = strlen(c->name), k = sizeof XLX_INCOMING - 1;

    return !n || (n > k && !strcmp(c->name + n - k, XLX_INCOMING));
}

static bool copy_is_meant(void *arg, const struct xlx_copy *c)
{
    return records_copy_is(arg, c);
}

static bool copy_is_to_start(const struct settling *s)
{
    return s->r->rec.role == HO_TARGET && s->r->rec.state == HO_ACCEPTED &&
           s->copy.state == HO_COPY_PAUSED;
}

/* A copy that can't be started is given back, for good. What only can't be read
 * now settles nothing: -EAGAIN. */
static int copy_look_at_context(struct settling *s)
{
    struct msg why = MSG_NONE;
    int rc = xlx_context_look(s->r->x, path_contexts(), s->r->rec.uuid,
                              s->copy.domid, &why);

    if (!rc || rc == -ENOENT)
        return 0;
    snprintf(s->r->text, sizeof s->r->text, "%s: nothing was settled: %s",
             s->r->rec.name, why.text);
    return -EAGAIN;
}

/* Finds the copy that the record is about. */
static int copy_find(struct settling *s)
{
    struct record *rec = &s->r->rec;
    int rc = 0;

    if (s->boot != HO_BOOT_OTHER)
        rc = xlx_copy_find(s->r->x, rec->uuid, copy_is_meant, rec, &s->copy);
    if (!rc && copy_is_to_start(s))
        rc = copy_look_at_context(s);
    if (rc == -EAGAIN)
        return rc;
    if (rc) {
        snprintf(s->r->text, sizeof s->r->text,
                 "%s: nothing was settled: Xen does not report what runs on "
                 "this host (%s)",
                 rec->name, strerror(-rc));
        return rc;
    }
    return 0;
}

/* Could it be one that `xl migrate-receive` builds right now? */
static bool copy_may_be_xls(const struct settling *s)
{
    const struct record *rec = &s->r->rec;

    return rec->role == HO_TARGET && s->copy.state == HO_COPY_PAUSED &&
           (rec->marked ? !*s->copy.mark : !rec->domid) && xlx_xl_receives();
}

/*
 * Does another program save, move or build the copy, such as xl, since our
 * move was killed? If we resumed the guest then, it would run twice. The
 * helper of a killed move ends by itself, and is waited for.
 */
static bool copy_is_held(const struct settling *s)
{
    enum xlx_holder by = XLX_HELD_BY_NOBODY;

    if (s->copy.state == HO_COPY_NONE)
        return false;
    if (copy_may_be_xls(s))
        return true;
    for (int i = 0; i < 10 * SAVED_S; i++) {
        by = xlx_held_by(s->copy.domid, s->r->rec.name);
        if (by != XLX_HELD_BY_ORPHAN)
            break;
        poll(NULL, 0, 100);
    }
    return by != XLX_HELD_BY_NOBODY;
}

/* --- effects ------------------------------------------------------------------ */

/* The move may have limited the guest's CPU time; it had noted that before. */
static void copy_uncap(struct settling *s, uint32_t domid)
{
    const struct xlx_cap *cap = &s->r->rec.cap;
    int rc = xlx_cap_put_back(s->r->x, domid, cap);

    s->r->acted = true;
    if (!rc)
        return;
    s->left = s->r->cap_left = true;
    snprintf(s->copy_text, sizeof s->copy_text,
             "its CPU time is still limited, since Xen did not lift that "
             "(%s): `xl sched-credit2 -d %u -c %u` does, or `xl sched-credit` "
             "under that scheduler",
             strerror(-rc), domid, cap->own);
}

struct uncap {
    struct settling *s;
    bool found, paused;
};

/*
 * For xlx_copy_find(), which shows all of them if none is the one. One that is
 * paused may be in the making: libxl sets its cap when it has its memory.
 */
static bool copy_uncap_this(void *arg, const struct xlx_copy *c)
{
    struct uncap *u = arg;

    if (c->state == HO_COPY_PAUSED) {
        u->paused = true;
        return false;
    }
    copy_uncap(u->s, c->domid);
    u->found = true;
    return false;
}

/*
 * The domain that the move was of is gone. A guest that has rebooted is another
 * domain, and who started that, such as xl's daemon, took its cap as Xen had
 * it: the move's. Between the two domains there is none for a few seconds.
 */
static void copy_uncap_anew(struct settling *s)
{
    struct uncap u = { .s = s };
    struct xlx_copy none;
    int rc = 0;

    for (int i = 0; i < 10 * BACK_S && !rc && !u.found; i++) {
        if (i)
            poll(NULL, 0, 100);
        u.paused = false;
        rc =
            xlx_copy_find(s->r->x, s->r->rec.uuid, copy_uncap_this, &u, &none);
    }
    if (!rc && (u.found || !u.paused))
        return;
    s->left = s->r->cap_left = true;
    snprintf(s->copy_text, sizeof s->copy_text,
             "its CPU time may still be limited: %s; once it runs, `rackhop "
             "recover %s` looks again",
             rc ? "Xen does not report what runs on this host"
                : "it is being started again, or is paused",
             s->r->rec.name);
}

/* The guest has ended by itself. It may be about to be started again, with the
 * cap that Xen had. */
static void copy_ended(struct settling *s)
{
    if (!s->r->rec.capped) {
        snprintf(s->copy_text, sizeof s->copy_text, "%s", s->cause.text);
        return;
    }
    s->left = s->r->cap_left = true;
    snprintf(s->copy_text, sizeof s->copy_text,
             "%s; once it is started again, `rackhop recover %s` looks "
             "whether its CPU time is still limited",
             s->cause.text, s->r->rec.name);
}

static enum ho_input copy_resume(struct settling *s)
{
    char away[300];
    struct xlx_stay h = {
        .domid = s->copy.domid,
        .name = s->r->rec.name,
        .late_s = LATE_S,
    };
    int rc;

    if (s->copy.state == HO_COPY_NONE) {
        if (s->boot == HO_BOOT_SAME)
            snprintf(s->copy_text, sizeof s->copy_text,
                     "it is not on this host any more");
        if (s->r->rec.capped && s->boot != HO_BOOT_OTHER)
            copy_uncap_anew(s);
        return HO_OK;
    }
    if (copy_is_held(
            s)) { /* again: some time has passed since the first look */
        msg_set(&s->cause, "another program is saving or moving it");
        return HO_FAILED;
    }
    if (*s->copy.name && strcmp(s->copy.name, s->r->rec.name)) {
        snprintf(away, sizeof away, "%s", s->copy.name);
        h.away = away;
    }
    s->r->acted |= s->copy.state == HO_COPY_SUSPENDED || h.away;
    if (s->r->rec.capped)
        copy_uncap(s, s->copy.domid);
    rc = xlx_guest_stays(s->r->x, &h, &s->cause);
    if (rc == -EAGAIN)
        return HO_FAILED;
    if (rc)
        copy_ended(s);
    return HO_OK;
}

static enum ho_input copy_drop(struct settling *s)
{
    enum ho_copy only =
        s->r->rec.role == HO_SOURCE ? HO_COPY_SUSPENDED : HO_COPY_PAUSED;

    if (s->copy.state != only)
        return HO_OK;
    s->r->acted = true;
    s->left = xlx_copy_drop(s->r->x, s->copy.domid);
    if (s->left)
        snprintf(s->copy_text, sizeof s->copy_text,
                 "its empty copy %s is left on this host: `xl destroy %u` "
                 "removes it",
                 s->copy.name, s->copy.domid);
    return HO_OK;
}

static enum ho_input copy_start(struct settling *s)
{
    int rc;

    s->r->acted = true;
    rc = xlx_context_load(s->r->x, path_contexts(), s->m.mine.uuid,
                          s->copy.domid, &s->cause);
    if (!rc)
        rc = xlx_copy_start(s->r->x, s->copy.domid, false, &s->cause);
    return rc ? HO_FAILED : HO_OK;
}

static enum ho_input settling_effect(struct settling *s)
{
    enum ho_input in;

    switch (s->ho.doing) {
    case HO_STORE:
        in = records_store(&s->m, &s->ho, s->m.mine.uuid, NULL, 0);
        s->r->acted |= in == HO_STORED;
        s->r->unrecorded = in == HO_UNSTORED;
        if (in != HO_STORED)
            msg_set(&s->cause, "%s", s->m.err.text);
        return in;
    case HO_ASK:
        in = records_ask(&s->m, s->r->ask_s);
        s->peer_open = in == HO_ANS_OPEN;
        if (in == HO_ANS_NONE || in == HO_ANS_OPEN || in == HO_ANS_UNKNOWN)
            msg_set(&s->cause, "%s", s->m.err.text);
        return in;
    case HO_RESUME: return copy_resume(s);
    case HO_DROP: return copy_drop(s);
    case HO_START: return copy_start(s);
    case HO_REPORT: return HO_OK;
    case HO_STREAM:
    case HO_SAY_GO:
    case HO_BUILD:
    case HO_SAY_READY:
    case HO_END: break;
    }
    return HO_FAILED; /* no restart leads to these */
}

/* Does what a target host does after its report: the guest gets its name. */
static void copy_arrive(struct settling *s)
{
    struct recover *r = s->r;

    if (s->copy.state == HO_COPY_NONE || !copy_is_incoming(&s->copy) ||
        !*s->copy.name)
        return;
    r->acted = r->started = true;
    r->domid = s->copy.domid;
    if (xlx_copy_rename(r->x, &s->copy, r->rec.name))
        snprintf(s->copy_text, sizeof s->copy_text, "it is still called %s",
                 s->copy.name);
}

/* --- one guest --------------------------------------------------------------------- */

static void settling_run(struct settling *s, const struct ho_found *f)
{
    enum ho_effect todo = ho_restart(&s->ho, f);

    while (todo != HO_END)
        todo = ho_next(&s->ho, settling_effect(s));
    s->r->verdict = s->ho.verdict;
}

/*
 * A move that ended well, or before this host's last boot, leaves nothing to
 * do. The state of the copy does not tell: it may be suspended now because
 * another program is moving the guest.
 */
static bool settling_is_over(const struct settling *s)
{
    const struct record *rec = &s->r->rec;

    return ho_closed(rec->state) && !s->r->asked &&
           (rec->over || s->boot == HO_BOOT_OTHER);
}

static void settling_settle(struct settling *s, bool owner)
{
    struct recover *r = s->r;
    struct ho_found f = {
        .role = r->rec.role,
        .state = r->rec.state,
        .boot = s->boot,
        .owner = owner,
        .asked = r->asked,
        .paused = r->rec.paused,
        .lost = r->rec.lost,
        .copy = s->copy.state,
        .word = r->decided,
    };

    s->m.store = r->store;
    s->m.mine = r->rec;
    settling_run(s, &f);
    s->here_fits = ho_word_fits(&f, HO_ABORTED);
    s->there_fits = ho_word_fits(&f, HO_DONE);
    if (r->decided && r->rec.role == HO_SOURCE && !s->peer_open &&
        (r->verdict == HO_DOUBT || r->verdict == HO_LOST)) {
        f.decided = r->decided;
        s->given_up = r->decided == HO_DONE;
        s->m.mine.given_up = s->given_up;
        settling_run(s, &f);
    }
    if (r->rec.role == HO_TARGET && r->verdict == HO_RUNS_HERE && !owner)
        copy_arrive(s);
    if (!owner && !s->left)
        records_over(&s->m, r->verdict);
    if (r->rec.role == HO_TARGET && !owner &&
        (r->verdict == HO_RUNS_HERE || r->verdict == HO_REFUSED))
        xlx_context_forget(path_contexts(), r->rec.uuid);
    if (r->rec.role == HO_SOURCE)
        recover_text_source(s);
    else
        recover_text_target(s);
    if (s->r->unrecorded) {
        /* the guest is safe; the next `recover` records it */
        size_t n = strlen(r->text);

        snprintf(r->text + n, sizeof r->text - n,
                 "; that could not be recorded: %s", s->cause.text);
        r->acted = true;
    }
}

static void recover_answer(struct recover *r, const char *uuid)
{
    struct record now;
    enum ho_state state;
    bool lost;
    struct msg err;

    r->answer = HO_ANS_NONE;
    if (records_get(r->store, uuid, &now, &err))
        return;
    state = records_past(&now, r->epoch, &lost);
    r->answer = ho_answer(state, lost);
}

int recover_guest(struct recover *r, const char *uuid)
{
    struct settling s = { .r = r };
    struct msg why = MSG_NONE;
    int lock = -1, rc;

    r->verdict = HO_UNDECIDED;
    r->acted = r->started = r->unrecorded = r->busy = r->cap_left = false;
    *r->text = '\0';
    rc = r->locked ? 0 : xlx_lock(r->rundir, uuid, "recover", &why);
    if (rc < 0 && rc != -EBUSY) {
        snprintf(r->text, sizeof r->text, "%s", why.text);
        return rc;
    }
    if (rc > 0)
        lock = rc;
    /* read under the lock, so that it does not change meanwhile */
    rc = records_get(r->store, uuid, &r->rec, &why);
    if (rc) {
        snprintf(r->text, sizeof r->text, "%s", why.text);
        goto out;
    }
    /* A source host asks after it has said GO, and it said GO because this
     * host had the guest and had recorded that. If the record is not to be
     * found, nothing is known of the guest; in particular not that it never
     * came. */
    if (r->asked && r->rec.epoch != r->epoch) {
        recover_answer(r, uuid);
        goto out;
    }
    if (!r->rec.epoch)
        goto out;
    s.boot = records_boot_of(&r->rec, &s.cause);
    rc = copy_find(&s);
    if (rc)
        goto out;
    if (lock < 0 && !r->locked && !r->asked) {
        snprintf(r->text, sizeof r->text, "%s: %s", r->rec.name, why.text);
        r->verdict = HO_NOT_OURS;
    } else if (!settling_is_over(&s) && (lock >= 0 || r->locked) &&
               copy_is_held(&s)) {
        snprintf(
            r->text, sizeof r->text,
            "%s: nothing was settled: another program is saving or moving "
            "it; when that has ended, run `rackhop recover %s`",
            r->rec.name, r->rec.name);
        r->verdict = HO_NOT_OURS;
        r->busy = true;
    } else if (!settling_is_over(&s)) {
        settling_settle(&s, lock < 0 && !r->locked);
    }
    if (r->asked)
        recover_answer(r, uuid);
out:
    if (lock >= 0)
        close(lock);
    return rc;
}
