/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Settling a move by its record: which copy on the host it is about, and what
 * is done to it. The calls into Xen are replaced by a list of copies and a log
 * of what was done to them; the record, the store and the machine are real.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "libxl-ext/cap.h"
#include "libxl-ext/context.h"
#include "tools/boot.h"
#include "tools/move/recover.h"

#define UUID "7c0e1d2a-1111-2222-3333-444455556666"
#define MARK "5 hand-1"

enum { COPIES = 2 };

/* --- Xen ------------------------------------------------------------------- */

static struct xlx_copy copies[COPIES];
static char done[200];
static bool xl_receives;

static void done_add(const char *what, uint32_t domid)
{
    size_t n = strlen(done);

    snprintf(done + n, sizeof done - n, "%s%s %u", n ? ", " : "", what, domid);
}

static struct xlx_copy *copy_at(uint32_t domid)
{
    for (int i = 0; i < COPIES; i++)
        if (copies[i].domid == domid)
            return &copies[i];
    fail_msg("there is no domain %u", domid);
    return NULL;
}

int xlx_copy_find(struct xlx *x, const char *uuid,
                  bool (*is)(void *arg, const struct xlx_copy *c), void *arg,
                  struct xlx_copy *c)
{
    memset(c, 0, sizeof *c);
    for (int i = 0; i < COPIES; i++)
        if (copies[i].state != HO_COPY_NONE && (!is || is(arg, &copies[i]))) {
            *c = copies[i];
            break;
        }
    return 0;
}

enum xlx_holder xlx_held_by(uint32_t domid, const char *name)
{
    return XLX_HELD_BY_NOBODY;
}

bool xlx_xl_receives(void)
{
    return xl_receives;
}

/* Nothing is waited for. */
int poll(struct pollfd *fds, nfds_t n, int ms)
{
    return 0;
}

/* The guest's CPU time, and whether Xen refuses to change it. */
static unsigned guest_cap;
static int cap_fails;

int xlx_cap_get(struct xlx *x, uint32_t domid, unsigned *cap_r)
{
    *cap_r = guest_cap;
    return 0;
}

int xlx_cap_note(struct xlx *x, uint32_t domid, const struct xlx_cap *c)
{
    return 0;
}

int xlx_cap_set(struct xlx *x, uint32_t domid, unsigned cap)
{
    done_add("cap", domid);
    if (!cap_fails)
        guest_cap = cap;
    return cap_fails;
}

static bool guest_ended;

int xlx_guest_stays(struct xlx *x, const struct xlx_stay *h, struct msg *err)
{
    done_add("resume", h->domid);
    if (guest_ended)
        return -ECANCELED;
    copy_at(h->domid)->state = HO_COPY_RUNS;
    return 0;
}

/* The CPU state of an armed copy; of others there is none to load. */
static int context_fails;

int xlx_context_load(struct xlx *x, const char *dir, const char *uuid,
                     uint32_t domid, struct msg *err)
{
    assert_string_equal(uuid, UUID);
    done_add("load", domid);
    return context_fails;
}

/* A file or a store that can't be read just now. */
static int context_hidden;

int xlx_context_look(struct xlx *x, const char *dir, const char *uuid,
                     uint32_t domid, struct msg *err)
{
    if (context_hidden)
        msg_set(err, "it can't be read");
    return context_hidden;
}

void xlx_context_forget(const char *dir, const char *uuid)
{
    assert_string_equal(uuid, UUID);
}

int xlx_copy_start(struct xlx *x, uint32_t domid, bool paused, struct msg *err)
{
    done_add("start", domid);
    copy_at(domid)->state = HO_COPY_RUNS;
    return 0;
}

int xlx_copy_rename(struct xlx *x, const struct xlx_copy *c, const char *name)
{
    done_add("rename", c->domid);
    return 0;
}

int xlx_copy_drop(struct xlx *x, uint32_t domid)
{
    done_add("drop", domid);
    copy_at(domid)->state = HO_COPY_NONE;
    return 0;
}

/* --- cases ------------------------------------------------------------------ */

struct way {
    const char *name;
    enum ho_role role;
    enum ho_state state;
    uint32_t domid;
    bool marked, no_boot, xl_receives;
    enum ho_state word;  /* the administrator's */
    bool capped;         /* to 30; it was 50 */
    unsigned others_cap; /* .. and this was set since */
    bool ended;          /* the guest, by itself */
    bool open;           /* it is for the next time as well */
    int cap_fails, context_fails, context_hidden;
    struct xlx_copy copies[COPIES];
    const char *done;
    const char *says; /* NULL: whatever */
    enum ho_verdict verdict;
    enum ho_state end;
};

#define OURS                                                                  \
    {                                                                         \
        .state = HO_COPY_PAUSED, .domid = 12, .name = "web1--incoming",       \
        .mark = MARK                                                          \
    }
#define XLS                                                                   \
    {                                                                         \
        .state = HO_COPY_PAUSED, .domid = 14, .name = "web1--incoming"        \
    }
/* stock xl passes on the configuration, and the mark of an earlier move */
#define XLS_MARKED                                                            \
    {                                                                         \
        .state = HO_COPY_PAUSED, .domid = 14, .name = "web1--incoming",       \
        .mark = MARK                                                          \
    }

static const struct way ways[] = {
    { .name = "accepted: its copy is started",
      .role = HO_TARGET,
      .state = HO_ACCEPTED,
      .domid = 12,
      .marked = true,
      .copies = { XLS, OURS },
      .done = "load 12, start 12, rename 12",
      .verdict = HO_RUNS_HERE,
      .end = HO_DONE },
    { .name = "accepted, and its CPU state is gone: the source has the guest",
      .role = HO_TARGET,
      .state = HO_ACCEPTED,
      .domid = 12,
      .marked = true,
      .context_fails = -ENOENT,
      .copies = { XLS, OURS },
      .done = "load 12, drop 12",
      .verdict = HO_REFUSED,
      .end = HO_ABORTED },
    { .name = "accepted, and its CPU state can't be read now",
      .role = HO_TARGET,
      .state = HO_ACCEPTED,
      .domid = 12,
      .marked = true,
      .context_hidden = -ETIMEDOUT,
      .copies = { XLS, OURS },
      .done = "",
      .says = "nothing was settled: it can't be read",
      .verdict = HO_UNDECIDED,
      .end = HO_ACCEPTED },
    { .name = "accepted, ran and went: a copy that stock xl builds is not it",
      .role = HO_TARGET,
      .state = HO_ACCEPTED,
      .domid = 12,
      .marked = true,
      .copies = { XLS },
      .done = "",
      .verdict = HO_RUNS_HERE,
      .end = HO_DONE },
    { .name = "the same when it came with our mark",
      .role = HO_TARGET,
      .state = HO_ACCEPTED,
      .domid = 12,
      .marked = true,
      .copies = { XLS_MARKED },
      .done = "",
      .verdict = HO_RUNS_HERE,
      .end = HO_DONE },
    { .name = "ready: its own copy goes, not xl's",
      .role = HO_TARGET,
      .state = HO_READY,
      .domid = 12,
      .marked = true,
      .copies = { XLS, OURS },
      .done = "drop 12",
      .verdict = HO_REFUSED,
      .end = HO_ABORTED },
    { .name = "receiving: known by its mark",
      .role = HO_TARGET,
      .state = HO_RECEIVING,
      .marked = true,
      .copies = { XLS, OURS },
      .done = "drop 12",
      .verdict = HO_REFUSED,
      .end = HO_ABORTED },
    { .name = "receiving: killed before it had a name",
      .role = HO_TARGET,
      .state = HO_RECEIVING,
      .marked = true,
      .copies = { { .state = HO_COPY_PAUSED, .domid = 12 } },
      .done = "drop 12",
      .verdict = HO_REFUSED,
      .end = HO_ABORTED },
    { .name = "receiving: it may be xl's that has no name yet",
      .role = HO_TARGET,
      .state = HO_RECEIVING,
      .marked = true,
      .xl_receives = true,
      .copies = { { .state = HO_COPY_PAUSED, .domid = 14 } },
      .done = "",
      .verdict = HO_NOT_OURS,
      .end = HO_RECEIVING },
    { .name = "a record of an older rackhop, and xl at work",
      .role = HO_TARGET,
      .state = HO_ACCEPTED,
      .xl_receives = true,
      .copies = { XLS },
      .done = "",
      .verdict = HO_NOT_OURS,
      .end = HO_ACCEPTED },
    { .name = "a record of an older rackhop",
      .role = HO_TARGET,
      .state = HO_READY,
      .copies = { XLS },
      .done = "drop 14",
      .verdict = HO_REFUSED,
      .end = HO_ABORTED },
    { .name = "prepared: the source's own domain is resumed",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .copies = { XLS,
                  { .state = HO_COPY_SUSPENDED,
                    .domid = 7,
                    .name = "web1--migratedaway",
                    .mark = "4 hand-0" } },
      .done = "resume 7",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "slowed down in pre-copy: it is as fast as before",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .capped = true,
      .copies = { { .state = HO_COPY_RUNS, .domid = 7, .name = "web1" } },
      .done = "cap 7, resume 7",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name =
          "the same, suspended, and aborted by a process that was lost then",
      .role = HO_SOURCE,
      .state = HO_ABORTED,
      .domid = 7,
      .capped = true,
      .copies = { { .state = HO_COPY_SUSPENDED,
                    .domid = 7,
                    .name = "web1--migratedaway" } },
      .done = "cap 7, resume 7",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "the same, and an administrator has set another cap since",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .capped = true,
      .others_cap = 35,
      .copies = { { .state = HO_COPY_RUNS, .domid = 7, .name = "web1" } },
      .done = "resume 7",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "lost between the record and the step: the one before counts",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .capped = true,
      .others_cap = 40,
      .copies = { { .state = HO_COPY_RUNS, .domid = 7, .name = "web1" } },
      .done = "cap 7, resume 7",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "the guest has rebooted since, and took the cap along",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .capped = true,
      .copies = { { .state = HO_COPY_RUNS, .domid = 9, .name = "web1" } },
      .done = "cap 9",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "it has rebooted, and an administrator has set another",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .capped = true,
      .others_cap = 35,
      .copies = { { .state = HO_COPY_RUNS, .domid = 9, .name = "web1" } },
      .done = "",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "it has rebooted, and Xen does not lift it",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .capped = true,
      .cap_fails = -EPERM,
      .copies = { { .state = HO_COPY_RUNS, .domid = 9, .name = "web1" } },
      .done = "cap 9",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "it is about to reboot, with the cap that was read",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .capped = true,
      .ended = true,
      .open = true,
      .copies = { { .state = HO_COPY_RUNS, .domid = 7, .name = "web1" } },
      .done = "cap 7, resume 7",
      .says = "once it is started again, `rackhop recover web1` looks",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "it is being built again: the cap comes last",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .capped = true,
      .open = true,
      .copies = { { .state = HO_COPY_PAUSED, .domid = 9, .name = "web1" } },
      .done = "",
      .says = "once it runs, `rackhop recover web1` looks again",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "it has ended for good",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .capped = true,
      .copies = { { .state = HO_COPY_NONE } },
      .done = "",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "Xen does not lift it: it is not over",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .capped = true,
      .cap_fails = -EPERM,
      .copies = { { .state = HO_COPY_RUNS, .domid = 7, .name = "web1" } },
      .done = "cap 7, resume 7",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "a record without its boot settles nothing at a source",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .no_boot = true,
      .copies = { { .state = HO_COPY_SUSPENDED, .domid = 7 } },
      .done = "",
      .verdict = HO_UNKNOWN,
      .end = HO_PREPARED },
    { .name = "nor at a target",
      .role = HO_TARGET,
      .state = HO_ACCEPTED,
      .domid = 12,
      .marked = true,
      .no_boot = true,
      .copies = { OURS },
      .done = "",
      .says = "does not run on r2h1, `rackhop recover --resume web1`",
      .verdict = HO_UNKNOWN,
      .end = HO_ACCEPTED },
    { .name = "its boot is not on record: a person says that it is here",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .no_boot = true,
      .word = HO_ABORTED,
      .copies = { { .state = HO_COPY_SUSPENDED, .domid = 7 } },
      .done = "resume 7",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "the same, and another domain of the guest runs",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .no_boot = true,
      .word = HO_ABORTED,
      .copies = { { .state = HO_COPY_RUNS, .domid = 9, .name = "web1" } },
      .done = "",
      .says = "nothing of that move is left on this host",
      .verdict = HO_GONE,
      .end = HO_ABORTED },
    { .name = "what was not given away is not dropped",
      .role = HO_SOURCE,
      .state = HO_PREPARED,
      .domid = 7,
      .no_boot = true,
      .word = HO_DONE,
      .copies = { { .state = HO_COPY_SUSPENDED, .domid = 7 } },
      .done = "",
      .says = "`rackhop recover --resume web1` ends its move",
      .verdict = HO_UNKNOWN,
      .end = HO_PREPARED },
    { .name = "given away, and a person says that it is here",
      .role = HO_SOURCE,
      .state = HO_GO,
      .domid = 7,
      .no_boot = true,
      .word = HO_ABORTED,
      .copies = { { .state = HO_COPY_SUSPENDED, .domid = 7 } },
      .done = "resume 7",
      .verdict = HO_RUNS_HERE,
      .end = HO_ABORTED },
    { .name = "given away, and a person says that it is elsewhere",
      .role = HO_SOURCE,
      .state = HO_GO,
      .domid = 7,
      .no_boot = true,
      .word = HO_DONE,
      .copies = { { .state = HO_COPY_SUSPENDED, .domid = 7 } },
      .done = "drop 7",
      .verdict = HO_RUNS_THERE,
      .end = HO_DONE },
    { .name = "given away: both words are named",
      .role = HO_SOURCE,
      .state = HO_GO,
      .domid = 7,
      .no_boot = true,
      .copies = { { .state = HO_COPY_SUSPENDED, .domid = 7 } },
      .done = "",
      .says = "`rackhop recover --resume web1` ends its move; if on r2h1, "
              "`rackhop recover --drop web1` does",
      .verdict = HO_UNKNOWN,
      .end = HO_GO },
    { .name = "accepted, and a person says that it is here",
      .role = HO_TARGET,
      .state = HO_ACCEPTED,
      .domid = 12,
      .marked = true,
      .no_boot = true,
      .word = HO_ABORTED,
      .copies = { XLS, OURS },
      .done = "load 12, start 12, rename 12",
      .verdict = HO_RUNS_HERE,
      .end = HO_DONE },
    { .name = "the same, and what is here is what stock xl builds",
      .role = HO_TARGET,
      .state = HO_ACCEPTED,
      .domid = 12,
      .marked = true,
      .no_boot = true,
      .word = HO_ABORTED,
      .copies = { XLS_MARKED },
      .done = "",
      .says = "is not on this host any more",
      .verdict = HO_LOST,
      .end = HO_DONE },
    { .name = "accepted and paused is not dropped",
      .role = HO_TARGET,
      .state = HO_ACCEPTED,
      .domid = 12,
      .marked = true,
      .no_boot = true,
      .word = HO_DONE,
      .copies = { OURS },
      .done = "",
      .verdict = HO_UNKNOWN,
      .end = HO_ACCEPTED },
    { .name = "never accepted: what was built of it goes",
      .role = HO_TARGET,
      .state = HO_READY,
      .domid = 12,
      .marked = true,
      .no_boot = true,
      .word = HO_DONE,
      .copies = { XLS, OURS },
      .done = "drop 12",
      .verdict = HO_REFUSED,
      .end = HO_ABORTED },
};

static void keep_record(struct store *store, const struct way *t)
{
    struct record r = { .epoch = 5,
                        .role = t->role,
                        .state = t->state,
                        .domid = t->domid,
                        .marked = t->marked,
                        .capped = t->capped,
                        .cap = { 50, { 30, 40 } },
                        .when = 1 };
    char *text;

    strcpy(r.uuid, UUID);
    strcpy(r.id, "hand-1");
    strcpy(r.name, "web1");
    strcpy(r.host, "r2h1");
    if (!t->no_boot)
        assert_int_equal(boot_id(r.boot), 0);
    text = record_format(&r);
    assert_non_null(text);
    assert_int_equal(store_cas(store, "handover/" UUID, 0, text, NULL), 0);
    free(text);
}

static void ways_by_table(void **state)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct way *t = &ways[i];
        struct recover r = { .rundir = "/nowhere",
                             .locked = true,
                             .decided = t->word };
        struct record now;
        struct msg err;

        assert_int_equal(store_open_mem(&r.store), 0);
        keep_record(r.store, t);
        memcpy(copies, t->copies, sizeof copies);
        xl_receives = t->xl_receives;
        guest_cap = t->others_cap ? t->others_cap : 30;
        guest_ended = t->ended;
        cap_fails = t->cap_fails;
        context_fails = t->context_fails;
        context_hidden = t->context_hidden;
        *done = '\0';
        assert_int_equal(recover_guest(&r, UUID),
                         t->context_hidden ? -EAGAIN : 0);
        assert_int_equal(records_get(r.store, UUID, &now, &err), 0);
        if (strcmp(done, t->done) || r.verdict != t->verdict ||
            now.state != t->end)
            fail_msg("%s: did \"%s\", says %s, record %s: %s", t->name, done,
                     ho_verdict_name(r.verdict), ho_state_name(now.state),
                     r.text);
        if (t->says && !strstr(r.text, t->says))
            fail_msg("%s: \"%s\" is not in: %s", t->name, t->says, r.text);
        assert_int_equal(guest_cap, strstr(t->done, "cap") && !t->cap_fails
                                        ? 50
                                    : t->others_cap ? t->others_cap
                                                    : 30);
        assert_int_equal(r.cap_left, t->cap_fails || t->open);
        if (t->capped) /* else the next one looks again */
            assert_int_equal(now.over, !r.cap_left);
        if (t->cap_fails)
            assert_non_null(strstr(r.text, "CPU time is still limited"));
        if (r.verdict == HO_UNKNOWN)
            assert_non_null(strstr(r.text, "nothing was settled"));
        store_close(r.store);
    }
}

/* The other host asks, and this one can't tell in which boot it is. */
static void asked_without_boot(void **state)
{
    struct way t = ways[0];
    struct recover r = {
        .rundir = "/nowhere", .locked = true, .asked = true, .epoch = 5
    };

    t.no_boot = true;
    memcpy(copies, t.copies, sizeof copies);
    *done = '\0';
    assert_int_equal(store_open_mem(&r.store), 0);
    keep_record(r.store, &t);
    assert_int_equal(recover_guest(&r, UUID), 0);
    assert_int_equal(r.answer, HO_ANS_OPEN);
    assert_string_equal(done, "");
    store_close(r.store);
}

/* No descriptor is left for /proc. */
static void boot_unreadable(void **state)
{
    struct rlimit were, none;
    struct record r = { .epoch = 5 };
    struct msg why = MSG_NONE;
    char boot[40];
    int rc;

    assert_int_equal(boot_id(r.boot), 0);
    assert_int_equal(strlen(r.boot), 36);
    assert_int_equal(records_boot_of(&r, &why), HO_BOOT_SAME);
    r.boot[0] = r.boot[0] == '0' ? '1' : '0';
    assert_int_equal(records_boot_of(&r, &why), HO_BOOT_OTHER);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &were), 0);
    none = were;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    rc = boot_id(boot);
    assert_int_equal(records_boot_of(&r, &why), HO_BOOT_UNKNOWN);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &were), 0);
    assert_int_equal(rc, -EMFILE);
    assert_string_equal(boot, "");
    assert_non_null(strstr(why.text, "can't be read"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_by_table),
        cmocka_unit_test(asked_without_boot),
        cmocka_unit_test(boot_unreadable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
