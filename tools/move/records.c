/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and writes this host's handover records; asks for another host's. */
#include "tools/move/records.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "libxl-ext/wire/words.h"
#include "tools/boot.h"
#include "tools/remote/gather.h"
#include "tools/remote/ssh.h"
#include "tools/base/clock.h"
#include "tools/base/msg.h"

enum { TRIES = 5, ASK_AGAIN_MS = 2000, ASK_ONCE_MS = 25000 };

static void record_key(const char *uuid, char key[64])
{
    snprintf(key, 64, "handover/%.36s", uuid);
}

static int record_get_rev(struct store *s, const char *uuid, struct record *r,
                          uint64_t *rev, struct msg *err)
{
    char key[64], *text;
    int rc;

    memset(r, 0, sizeof *r);
    *rev = 0;
    record_key(uuid, key);
    rc = store_get(s, key, &text, rev);
    if (rc == -ENOENT)
        return 0;
    if (rc) {
        msg_set(err, "%s", store_error(s));
        return rc;
    }
    rc = record_parse(r, key, text, err);
    free(text);
    return rc;
}

int records_get(struct store *s, const char *uuid, struct record *r,
                struct msg *err)
{
    uint64_t rev;

    return record_get_rev(s, uuid, r, &rev, err);
}

/* Is it an older move of this guest? Then only its end is on record. */
static bool record_was_id(struct record *r, const char *id)
{
    for (unsigned i = 0; i < r->n_past; i++)
        if (r->past[i].role == HO_SOURCE && !strcmp(r->past[i].id, id)) {
            r->epoch = r->past[i].epoch;
            r->role = HO_SOURCE;
            r->state = r->past[i].state;
            *r->host = '\0';
            r->over = true; /* or no later one had begun */
            return true;
        }
    return false;
}

int records_find_id(struct store *s, const char *id, struct record *r)
{
    struct store_entry *list;
    unsigned n;
    struct msg err;
    int rc = store_list(s, "handover/", &list, &n);

    if (rc)
        return rc;
    rc = -ENOENT;
    for (unsigned i = 0; i < n && rc; i++)
        if (!record_parse(r, list[i].key, list[i].value, &err) &&
            ((r->role == HO_SOURCE && !strcmp(r->id, id)) ||
             record_was_id(r, id)))
            rc = 0;
    store_list_free(list, n);
    return rc;
}

enum ho_state records_past(const struct record *r, uint64_t epoch,
                           bool *lost_r)
{
    *lost_r = false;
    if (r->epoch == epoch) {
        *lost_r = r->lost;
        return r->state;
    }
    for (unsigned i = 0; i < r->n_past; i++)
        if (r->past[i].epoch == epoch) {
            *lost_r = r->past[i].lost;
            return r->past[i].state;
        }
    return HO_NONE;
}

static bool record_is_made_up(const struct record *r)
{
    return r->epoch >= RECORDS_EPOCH_MOST && ho_closed(r->state);
}

uint64_t records_last_epoch(const struct record *r)
{
    /* far below, so that the numbers that follow are not used yet */
    static const uint64_t surely = RECORDS_EPOCH_MOST / 1000;

    if (!record_is_made_up(r))
        return r->epoch;
    for (unsigned i = 0; i < r->n_past; i++)
        if (r->past[i].epoch < surely)
            return r->past[i].epoch;
    return 0;
}

/* What a write has to respect of the record as it is. */
static struct ho_record record_seen(const struct record *now,
                                    const struct record *mine)
{
    struct ho_record seen = { .epoch = now->epoch,
                              .state = now->epoch ? now->state : HO_NONE,
                              .mine = !strcmp(now->id, mine->id) &&
                                      now->role == mine->role };
    bool lost;

    if (now->epoch != mine->epoch && record_is_made_up(now)) {
        seen.epoch = records_last_epoch(now);
        seen.state = records_past(now, seen.epoch, &lost);
        seen.mine = false;
    }
    return seen;
}

/* --- writing ----------------------------------------------------------------- */

/* The old record becomes the newest of the past ones. */
static void record_push_past(struct record *to, const struct record *old)
{
    unsigned n = 0;

    if (!old->epoch)
        return;
    to->past[n].epoch = old->epoch;
    to->past[n].role = old->role;
    to->past[n].state = old->state;
    memcpy(to->past[n].id, old->id, sizeof old->id);
    to->past[n++].lost = old->lost;
    for (unsigned i = 0; i < old->n_past && n < RECORD_PAST; i++)
        to->past[n++] = old->past[i];
    to->n_past = n;
}

static enum ho_input record_write_once(struct records *m, const struct ho *h,
                                       struct record *now, uint64_t rev,
                                       int *rc_r)
{
    struct record next = m->mine;
    char key[64], *text;

    if (now->epoch == m->mine.epoch) {
        /* it keeps the boot in which the move began: a copy of an earlier boot
         * is gone, however often the move is settled */
        memcpy(next.boot, now->boot, sizeof next.boot);
        next.n_past = now->n_past;
        memcpy(next.past, now->past, sizeof next.past);
    } else {
        *rc_r = boot_id(next.boot);
        if (*rc_r) {
            msg_set(&m->err, "the id of this host's boot can't be read: %s",
                    strerror(-*rc_r));
            return HO_UNSTORED;
        }
        next.n_past = 0;
        record_push_past(&next, now);
    }
    next.state = h->next;
    next.lost = h->lost;
    next.over = next.taken = false;
    next.when = (int64_t)time(NULL);
    text = record_format(&next);
    if (!text) {
        *rc_r = -ENOMEM;
        msg_set(&m->err, "out of memory");
        return HO_UNSTORED;
    }
    record_key(m->mine.uuid, key);
    *rc_r = store_cas(m->store, key, rev, text, NULL);
    free(text);
    if (*rc_r) {
        msg_set(&m->err, "%s", store_error(m->store));
        m->tried = h->next;
        return HO_UNSTORED;
    }
    m->tried = HO_NONE;
    m->mine = next;
    return HO_STORED;
}

enum ho_input records_store(void *arg, const struct ho *h, const char *uuid,
                            const char *name, uint32_t domid)
{
    struct records *m = arg;
    enum ho_input in = HO_UNSTORED;

    if (uuid != m->mine.uuid)
        snprintf(m->mine.uuid, sizeof m->mine.uuid, "%.36s", uuid);
    if (name && !*m->mine.name)
        snprintf(m->mine.name, sizeof m->mine.name, "%s", name);
    if (domid)
        m->mine.domid = domid;
    for (int i = 0; i < TRIES; i++) {
        struct record now;
        struct ho_record seen;
        uint64_t rev;
        int rc = record_get_rev(m->store, uuid, &now, &rev, &m->err);

        if (rc)
            return HO_UNSTORED;
        seen = record_seen(&now, &m->mine);
        in = ho_fence(h, m->mine.epoch, m->tried, &seen);
        if (in != HO_STORED) {
            msg_set(&m->err,
                    "the record of epoch %" PRIu64 " says %s, so this move "
                    "(epoch %" PRIu64 ") may not go on",
                    now.epoch, ho_state_name(now.state), m->mine.epoch);
            return in;
        }
        in = record_write_once(m, h, &now, rev, &rc);
        if (rc != -ESTALE)
            return in;
        m->tried = HO_NONE; /* another process was quicker: look again */
    }
    return in;
}

/* Writes the record as it is now once more, with a change. */
static int record_rewrite(struct store *s, const struct record *now,
                          uint64_t rev)
{
    char key[64], *text = record_format(now);
    int rc = text ? 0 : -ENOMEM;

    record_key(now->uuid, key);
    if (text)
        rc = store_cas(s, key, rev, text, NULL);
    free(text);
    return rc;
}

void records_taken(struct store *s, const struct record *r, const char *host)
{
    struct record now;
    struct msg err;
    uint64_t rev;

    if (record_get_rev(s, r->uuid, &now, &rev, &err) ||
        now.epoch != r->epoch || strcmp(now.id, r->id) ||
        !ho_closed(now.state))
        return;
    now.taken = host;
    if (host)
        snprintf(now.host, sizeof now.host, "%s", host);
    /* if it is not written, it is looked at again the next time */
    (void)record_rewrite(s, &now, rev);
}

/* Is this the record of the very move, so that it may be changed? */
static bool record_is_mine(struct records *m, struct record *now,
                           uint64_t *rev)
{
    return !record_get_rev(m->store, m->mine.uuid, now, rev, &m->err) &&
           now->epoch == m->mine.epoch && !strcmp(now->id, m->mine.id);
}

void records_over(struct records *m, enum ho_verdict v)
{
    struct record now;
    uint64_t rev;

    if (v != HO_RUNS_HERE && v != HO_RUNS_THERE && v != HO_REFUSED &&
        v != HO_GONE && (v != HO_LOST || m->mine.role == HO_SOURCE))
        return;
    if (!record_is_mine(m, &now, &rev) || !ho_closed(now.state) || now.over)
        return;
    now.over = true;
    (void)record_rewrite(m->store, &now, rev);
}

int records_capped(void *arg, const struct xlx_cap *cap)
{
    struct records *m = arg;
    struct record now;
    uint64_t rev;
    int rc;

    if (!record_is_mine(m, &now, &rev) || now.state != HO_PREPARED ||
        now.role != HO_SOURCE || cap->own > RECORD_CAP)
        return -ESTALE;
    now.capped = true;
    now.cap = *cap;
    rc = record_rewrite(m->store, &now, rev);
    if (!rc) { /* what is written from here on says it as well */
        m->mine.capped = true;
        m->mine.cap = *cap;
    }
    return rc;
}

const char *records_why(void *arg)
{
    return ((struct records *)arg)->err.text;
}

/* --- asking ------------------------------------------------------------------ */

static enum ho_input records_ask_once(const struct record *r, char *said,
                                      size_t len)
{
    char script[400];
    struct gather_job job = { .command = NULL };
    struct gather g = {
        .job = &job, .n = 1, .at_once = 1, .timeout_ms = ASK_ONCE_MS
    };
    enum ho_input in = HO_ANS_NONE;

    snprintf(script, sizeof script,
             "PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin; "
             "export PATH; exec rackhop recover --settle %.36s %" PRIu64,
             r->uuid, r->epoch);
    job.command = ssh_command(r->ssh, r->host, script);
    if (!job.command)
        return in;
    gather_run(&g);
    if (job.out)
        in = word_settled_parse(job.out, r->uuid, r->epoch);
    if (in == HO_ANS_UNKNOWN)
        snprintf(said, len,
                 "it has no record of this move: its /var/lib/rackhop was "
                 "lost, or it is another machine than before");
    else if (in == HO_ANS_OPEN)
        snprintf(said, len,
                 "a `rackhop receive` on it has taken the guest, and is about "
                 "to start it or hangs");
    else
        snprintf(said, len, "%s",
                 *job.said              ? job.said
                 : job.rc == -ETIMEDOUT ? "it did not answer in time"
                 : job.rc               ? "it did not answer"
                                        : "it has not decided yet");
    gather_dispose(&job, 1);
    return in;
}

enum ho_input records_ask(void *arg, unsigned seconds)
{
    struct records *m = arg;
    int64_t until = clock_ms() + seconds * 1000;
    enum ho_input in;

    if (m->mine.xl || !*m->mine.ssh) {
        msg_set(&m->err, "%s has no rackhop that could be asked",
                m->mine.host);
        return HO_ANS_NONE;
    }
    for (;;) {
        in = records_ask_once(&m->mine, m->err.text, sizeof m->err.text);
        if ((in != HO_ANS_NONE && in != HO_ANS_OPEN) ||
            clock_ms() + ASK_AGAIN_MS >= until)
            return in;
        poll(NULL, 0, ASK_AGAIN_MS);
    }
}

/* --- small things -------------------------------------------------------------- */

enum ho_boot records_boot_of(const struct record *r, struct msg *why)
{
    char boot[40];
    int rc = boot_id(boot);

    if (rc) {
        msg_set(why, "the id of this host's present boot can't be read: %s",
                strerror(-rc));
        return HO_BOOT_UNKNOWN;
    }
    if (!*r->boot) {
        msg_set(why, "its record does not say in which boot of this host the "
                     "move began");
        return HO_BOOT_UNKNOWN;
    }
    return strcmp(boot, r->boot) ? HO_BOOT_OTHER : HO_BOOT_SAME;
}

void records_mark(const struct record *r, char mark[RECORD_MARK])
{
    snprintf(mark, RECORD_MARK, "%" PRIu64 " %s", r->epoch, r->id);
}

/* As rackhop before 0.3 had it, whose records and copies do not tell more. */
static bool copy_may_be(const struct record *r, const struct xlx_copy *c)
{
    size_t n = strlen(c->name), k = sizeof XLX_INCOMING - 1;

    return r->state == HO_ACCEPTED || r->state == HO_DONE || !n ||
           (n > k && !strcmp(c->name + n - k, XLX_INCOMING));
}

/*
 * Within a boot a domid is given to one domain only, until all of them were
 * used. The target host's record has it from READY on; before that there is
 * the mark alone. A domain that has no name yet has no mark either.
 */
bool records_copy_is(const struct record *r, const struct xlx_copy *c)
{
    char mark[RECORD_MARK];

    if (r->role == HO_SOURCE || r->domid) {
        if (c->domid != r->domid)
            return false;
    } else if (!r->marked) {
        return copy_may_be(r, c);
    } else if (!*c->name && !*c->mark) {
        return true;
    }
    records_mark(r, mark);
    return !r->marked || !strcmp(c->mark, mark);
}

void records_new_id(char id[RECORD_ID + 1])
{
    uint8_t b[12];

    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
        memset(b, 0, sizeof b); /* the epoch tells moves apart as well */
    strcpy(id, "hand-");
    for (size_t i = 0; i < sizeof b; i++)
        snprintf(id + 5 + 2 * i, 3, "%02x", b[i]);
}

void move_line_format(const struct record *r, const char *host, char *buf,
                      size_t len)
{
    struct word_move m = { .epoch = r->epoch };
    char line[WORD_LINE];

    memcpy(m.uuid, r->uuid, sizeof m.uuid);
    memcpy(m.id, r->id, sizeof m.id);
    snprintf(m.host, sizeof m.host, "%.63s", host);
    word_move_format(&m, line);
    snprintf(buf, len, "%s", line);
}

int move_line_parse(const char *line, struct record *r)
{
    struct word_move m;
    int rc = word_move_parse(line, &m);

    if (rc)
        return rc;
    memcpy(r->uuid, m.uuid, sizeof m.uuid);
    r->epoch = m.epoch;
    memcpy(r->id, m.id, sizeof m.id);
    strcpy(r->host, m.host);
    return 0;
}
