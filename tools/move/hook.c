/* SPDX-License-Identifier: LGPL-2.1-only */
/* Decides whether a hook is started, joined, or only told of; follows it. */
#include "tools/move/hook_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/clock.h"
#include "tools/base/sha256.h"
#include "tools/boot.h"
#include "tools/move/detach.h"
#include "tools/paths.h"

/* No id of a hook begins so (hook_id_ok()). */
#define BEGIN_LOCK "+begin"

enum {
    LOOK_MS = 100,
    TELL_MS = 4000, /* a sign of life for the one who asked */
    TAIL_WHILE_RUNNING = 1024,
};

struct hook_follow {
    const struct hook_job *j;
    struct store *s;
    char dir[HOOK_DIR], boot[40], sha256[65];
    unsigned seen; /* how often it had been started when this was asked */
    bool joined;   /* it was seen to run: its end is what was asked for */
    struct hook_record now;
    uint64_t rev;
    bool told; /* and when: */
    int64_t told_ms;
};

/* --- starting ------------------------------------------------------------------ */

/* May what is on record be started, or started anew? The lock is held. */
static bool hook_may_start(const struct hook_follow *f, bool there)
{
    const struct hook_record *r = &f->now;

    if (!there)
        return !f->seen;
    if (f->joined || r->runs != f->seen || r->state == HOOK_RUNNING)
        return false;
    if (f->j->runs)
        return r->state == HOOK_LOST && r->runs < f->j->runs;
    return f->j->again && (r->state == HOOK_LOST || r->code);
}

static void hook_record_new(const struct hook_follow *f, struct hook_record *r)
{
    *r = (struct hook_record){ .state = HOOK_RUNNING,
                               .code = -1,
                               .runs = f->seen + 1,
                               .deadline_s = f->j->deadline_s,
                               .began = (int64_t)time(NULL) };
    strcpy(r->id, f->j->id);
    strcpy(r->sha256, f->sha256);
    strcpy(r->boot, f->boot);
}

/* What the worker has to say: 0 if it began, or its sentence. */
static int hook_hear(int fd, struct msg *err)
{
    char said[sizeof err->text];
    size_t n = 0;
    ssize_t r = 1;

    while (n < sizeof said - 1 && r > 0) {
        r = read(fd, said + n, sizeof said - 1 - n);
        n += r > 0 ? (size_t)r : 0;
    }
    said[n] = '\0';
    if (!strcmp(said, "+"))
        return 0;
    msg_set(err, "%s", n ? said : "its worker ended before it could start");
    return -EIO;
}

/* The lock goes to the worker. The store is closed meanwhile: a process that
 * is forked must not have it open. */
static int hook_begin(struct hook_follow *f, int begin, struct msg *err)
{
    struct hook_start h = {
        .j = f->j, .dir = f->dir, .rev = f->rev, .begin = begin
    };
    int pipes[2] = { -1, -1 }, rc = 0;

    hook_record_new(f, &h.record);
    hook_prune(f->s, f->dir);
    hook_output_remove(f->dir, f->j->id);
    store_close(f->s);
    f->s = NULL;
    if (pipe2(pipes, O_CLOEXEC))
        rc = -errno;
    h.told = pipes[1];
    if (!rc)
        rc = detach(hook_work, &h);
    if (rc)
        msg_set(err, "hook %s can't be started: %s", f->j->id, strerror(-rc));
    close(pipes[1]);
    if (!rc)
        rc = hook_hear(pipes[0], err);
    close(pipes[0]);
    return rc ? rc : store_open(&f->s, f->j->statedir, err);
}

/* One at a time on this host, so that what may_start() sees stays so until the
 * record is written. 0 also when it is another's turn. */
static int hook_begin_alone(struct hook_follow *f, struct msg *err)
{
    bool mine = false;
    int begin, rc = 0;

    if (!f->j->may_start)
        return hook_begin(f, -1, err);
    begin = hook_lock(f->dir, BEGIN_LOCK, &mine);
    if (begin < 0) {
        msg_set(err, "%s/%s.lock can't be opened: %s", f->dir, BEGIN_LOCK,
                strerror(-begin));
        return begin;
    }
    if (mine)
        rc = f->j->may_start(f->j->may_arg, err);
    if (mine && !rc)
        rc = hook_begin(f, begin, err);
    close(begin);
    return rc;
}

/* --- following ----------------------------------------------------------------- */

static bool hook_tell(struct hook_follow *f)
{
    bool runs = f->now.state == HOOK_RUNNING;
    char *output = NULL;
    bool heard;

    if (runs && f->told && clock_ms() - f->told_ms < TELL_MS)
        return true;
    f->told = true;
    f->told_ms = clock_ms();
    output = hook_output(f->j->statedir, f->j->id,
                         runs ? TAIL_WHILE_RUNNING : HOOK_TAIL);
    heard = f->j->tell(f->j->arg, &f->now, output ? output : "");
    free(output);
    return heard;
}

/* An id stands for one command. */
static int hook_check_same(const struct hook_follow *f, struct msg *err)
{
    if (!strcmp(f->now.sha256, f->sha256))
        return 0;
    msg_set(err,
            "hook %s was not started: another command was started by that id; "
            "take another id",
            f->j->id);
    return -EEXIST;
}

/* Does it run? If it does not although its record says so, and no worker has
 * the lock to write how it ended, it is lost. */
static int hook_settle(struct hook_follow *f, bool mine, struct msg *err)
{
    struct hook_record r = f->now;
    bool gone = hook_judge(&r, f->boot);

    f->joined |= r.state == HOOK_RUNNING;
    if (mine && !gone)
        hook_end_late(&r, f->j->grace_ms ? f->j->grace_ms : HOOK_GRACE_MS);
    if (!gone || !mine)
        return 0;
    f->now = r;
    return hook_put(f->s, &f->now, f->rev, &f->rev, err);
}

/* One look under the lock, or without it while another has it. 0: look again;
 * 1: it is over; or a negative errno. */
static int hook_look(struct hook_follow *f, bool mine, struct msg *err)
{
    int rc = hook_get(f->s, f->j->id, &f->now, &f->rev, err);
    bool there = !rc;

    if (rc == -ENOENT && f->seen) {
        msg_set(err, "the record of hook %s has gone while it was waited for",
                f->j->id);
        return rc;
    }
    if (rc == -ENOENT)
        rc = 0;
    if (!rc && there)
        rc = hook_check_same(f, err);
    if (!rc && there)
        rc = hook_settle(f, mine, err);
    if (rc)
        return rc;
    if (hook_may_start(f, there))
        return mine ? hook_begin_alone(f, err) : 0;
    if (!there)
        return 0;
    return !hook_tell(f) || f->now.state != HOOK_RUNNING;
}

static int hook_turn(struct hook_follow *f, struct msg *err)
{
    bool mine = false;
    int lock = hook_lock(f->dir, f->j->id, &mine), rc;

    if (lock < 0) {
        msg_set(err, "%s/%s.lock can't be opened: %s", f->dir, f->j->id,
                strerror(-lock));
        return lock;
    }
    rc = hook_look(f, mine, err);
    close(lock);
    return rc;
}

static int hook_open(struct hook_follow *f, struct msg *err)
{
    int rc = store_open(&f->s, f->j->statedir, err);

    if (rc)
        return rc;
    hook_dir(f->dir, f->j->statedir);
    sha256_hex(f->j->command, strlen(f->j->command), f->sha256);
    rc = path_make(f->dir);
    if (rc)
        msg_set(err, "%s can't be made: %s", f->dir, strerror(-rc));
    if (rc)
        return rc;
    rc = boot_id(f->boot);
    if (rc) {
        msg_set(err, "the id of this host's boot can't be read: %s",
                strerror(-rc));
        return rc;
    }
    rc = hook_get(f->s, f->j->id, &f->now, &f->rev, err);
    f->seen = rc ? 0 : f->now.runs;
    return rc == -ENOENT ? 0 : rc;
}

int hook_run(const struct hook_job *j, struct hook_record *r, struct msg *err)
{
    struct hook_follow f = { .j = j };
    int rc = hook_open(&f, err);

    while (!rc) {
        rc = hook_turn(&f, err);
        if (!rc)
            poll(NULL, 0, LOOK_MS);
    }
    store_close(f.s);
    *r = f.now;
    return rc < 0 ? rc : 0;
}
