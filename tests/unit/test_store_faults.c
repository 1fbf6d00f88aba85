/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The store on a disk that fails. Each operation that changes a file fails
 * once, found by counting until none is left to fail; the process is killed
 * before each; the power goes before each. What must hold after all of it:
 * the old value or the new one, never another; nothing that was promised is
 * gone; what was read after a failure is what the next process reads; the
 * store opens, and a retry works.
 */
#include "tests/lib/fault_vfs.h"
#include "tests/lib/tmpdir.h"
#include "tools/store/store.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/base/file.h"
#include "tools/base/msg.h"

enum { CUTS = 7, STEPS = 4 };

/* Written by rackhop 0.3.0, with so many entries. */
static const char old_store[] = "tests/data/store/schema-1.db";
enum { OLD_ENTRIES = 4 };

/* What the process that met the fault knows; shared, as it may be killed. */
struct seen {
    unsigned promised; /* steps that returned 0 */
    unsigned begun;
    int read;    /* the step whose value was read afterwards; -1: none */
    bool opened; /* the first open worked */
    bool harmed; /* something returned an error */
    bool ended;  /* and was not killed */
    bool fired;
    uint64_t rev; /* the newest revision that was given */
};

struct scene {
    char *dir, *shadow;
    struct seen *seen;
    bool fresh;   /* no store was there before */
    bool old;     /* .. or one of rackhop 0.3.0, which is upgraded */
    bool witness; /* another process has it open all the time */
    size_t pad;   /* bytes in each value */
    unsigned n;
    enum fault fault;
};

static char *value_of(const struct scene *sc, unsigned step)
{
    char *v = malloc(sc->pad + 16);

    assert_non_null(v);
    snprintf(v, 16, "%u ", step);
    memset(v + 2, 'a' + (int)step, sc->pad);
    v[2 + sc->pad] = 0;
    return v;
}

static void put(struct store *s, const struct scene *sc, unsigned step,
                uint64_t *rev)
{
    char *v = value_of(sc, step);
    int rc = store_cas(s, "handover/k", *rev, v, rev);

    free(v);
    if (rc)
        fail_msg("%s", store_error(s));
}

/* The step whose value is there, 0: no key. Fails if it is anything else. */
static int step_in(struct store *s, const struct scene *sc, uint64_t *rev)
{
    char *v, *want;
    int step, rc = store_get(s, "handover/k", &v, rev);

    if (rc == -ENOENT)
        return 0;
    if (rc)
        return rc;
    step = v[0] - '0';
    assert_in_range(step, 1, 9);
    want = value_of(sc, (unsigned)step);
    assert_string_equal(v, want);
    free(want);
    free(v);
    return step;
}

/* Writes step after step until one fails, then reads. */
static void act(const struct scene *sc)
{
    struct seen *seen = sc->seen;
    struct store *s;
    struct msg err;
    uint64_t rev;
    int rc;

    fault_vfs_arm(sc->n, sc->fault);
    rc = store_open(&s, sc->dir, &err);
    if (rc) {
        assert_true(strlen(err.text) > 20 && strstr(err.text, sc->dir));
        seen->harmed = true;
        goto out;
    }
    seen->opened = true;
    rc = step_in(s, sc, &rev);
    for (unsigned step = seen->begun + 1; rc >= 0 && step <= STEPS; step++) {
        char *v = value_of(sc, step);

        seen->begun = step;
        rc = store_cas(s, "handover/k", rev, v, &rev);
        free(v);
        if (rc)
            break;
        assert_true(rev > seen->rev);
        seen->promised = step;
        seen->rev = rev;
    }
    if (rc < 0) {
        seen->harmed = true;
        assert_true(rc == -EIO || rc == -ENOSPC);
        assert_non_null(strstr(store_error(s), sc->dir));
    }
    rc = step_in(s, sc, &rev);
    if (rc < 0) { /* the fault came in settling; the next one works */
        seen->harmed = true;
        rc = step_in(s, sc, &rev);
    }
    if (rc < 0)
        fail_msg("n %u: reading again: %s", sc->n, store_error(s));
    seen->read = rc;
    store_close(s);
out:
    seen->fired = fault_vfs_fired();
    seen->ended = true;
}

/* All that the older rackhop had written is there. */
static void check_old(struct store *s, unsigned more)
{
    struct store_entry *list;
    unsigned n;

    assert_int_equal(store_list(s, "", &list, &n), 0);
    assert_int_equal(n, OLD_ENTRIES + more);
    store_list_free(list, n);
}

/* After any of it, with nothing failing any more. Returns the step found. */
static unsigned check(const struct scene *sc, const char *dir,
                      const char *after)
{
    const struct seen *seen = sc->seen;
    unsigned first = sc->fresh || sc->old ? 0 : 1, step;
    struct msg err = MSG_NONE;
    uint64_t rev, new;
    struct store *s;
    int rc;

    fault_vfs_arm(0, FAULT_EIO);
    rc = store_open(&s, dir, &err);
    if (rc)
        fail_msg("%s at %u, %s: %s", fault_name(sc->fault), sc->n, after,
                 err.text);
    rc = step_in(s, sc, &rev);
    if (rc < 0)
        fail_msg("%s at %u, %s: %s", fault_name(sc->fault), sc->n, after,
                 store_error(s));
    step = (unsigned)rc;
    if (step < first || step < seen->promised || step > seen->begun ||
        (seen->read >= 0 && step != (unsigned)seen->read))
        fail_msg("%s at %u, %s: step %u is there; %u was promised, %u begun, "
                 "%d read",
                 fault_name(sc->fault), sc->n, after, step, seen->promised,
                 seen->begun, seen->read);
    if (sc->old)
        check_old(s, step > 0);
    new = rev;
    put(s, sc, 9, &new);
    assert_true(new > seen->rev &&new > rev);
    assert_int_equal(store_cas(s, "handover/k", new, NULL, NULL), 0);
    store_close(s);
    return step;
}

static void put_old(const char *dir)
{
    char path[300], *text;
    size_t len;

    text = file_read(old_store, 1 << 20, &len);
    assert_non_null(text);
    snprintf(path, sizeof path, "%s/state.db", dir);
    assert_int_equal(file_replace(path, text, len), 0);
    free(text);
}

static void scene_begin(struct scene *sc)
{
    uint64_t rev = 0;
    struct store *s;
    struct msg err;

    sc->dir = tmpdir_make("store");
    sc->shadow = tmpdir_make("shadow");
    *sc->seen = (struct seen){ .read = -1 };
    fault_vfs_install(sc->dir, sc->shadow);
    if (sc->old) { /* it has been on the disk for long */
        put_old(sc->dir);
        put_old(sc->shadow);
    }
    if (sc->fresh || sc->old)
        return;
    if (store_open(&s, sc->dir, &err))
        fail_msg("%s", err.text);
    put(s, sc, 1, &rev);
    store_close(s);
    sc->seen->begun = sc->seen->promised = 1;
    sc->seen->rev = rev;
}

static void check_cuts(const struct scene *sc)
{
    for (unsigned seed = 0; seed < CUTS; seed++) {
        char *to = tmpdir_make("cut"), after[64];

        fault_vfs_power_cut(to, seed);
        snprintf(after, sizeof after, "then a power cut (%u)", seed);
        check(sc, to, after);
        tmpdir_remove(to);
    }
}

static void scene_end(struct scene *sc)
{
    tmpdir_remove(sc->dir);
    tmpdir_remove(sc->shadow);
    sc->dir = sc->shadow = NULL;
}

static void shared(struct scene *sc)
{
    sc->seen = mmap(NULL, sizeof *sc->seen, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(sc->seen != MAP_FAILED);
}

/* Under valgrind, or with RACKHOP_STORE_STRIDE, not each operation, but some. */
static unsigned wider(unsigned stride)
{
    const char *wrap = getenv("WRAP"), *n = getenv("RACKHOP_STORE_STRIDE");
    long by = n ? strtol(n, NULL, 10) : 1;

    if (wrap && *wrap)
        by = 7;
    return by > 1 && by < 100 ? (unsigned)by * stride : stride;
}

/* One operation fails, the process goes on. */
static void fails_at_each(struct scene *sc, unsigned stride)
{
    unsigned harmed = 0;

    stride = wider(stride);
    shared(sc);
    for (int f = 0; f < FAULT_KILL; f++) {
        bool fired = true;

        sc->fault = f;
        for (sc->n = 1; fired; sc->n += stride) {
            scene_begin(sc);
            act(sc);
            fired = sc->seen->fired;
            harmed += sc->seen->harmed;
            if (!fired && (sc->seen->harmed || sc->seen->promised != STEPS))
                fail_msg("without a fault, %u steps", sc->seen->promised);
            check_cuts(sc);
            check(sc, sc->dir, "reopened");
            scene_end(sc);
        }
    }
    assert_true(harmed > 10 / stride);
    munmap(sc->seen, sizeof *sc->seen);
}

/* In a process of its own, which may be killed. */
static void act_apart(const struct scene *sc)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (!pid) {
        act(sc);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, SIGKILL);
}

/* What the next process reads after a kill must survive a power cut. */
static void reader(const struct scene *sc)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (!pid) {
        struct store *s;
        struct msg err;
        uint64_t rev;

        fault_vfs_arm(0, FAULT_EIO);
        if (store_open(&s, sc->dir, &err))
            _exit(1);
        sc->seen->read = step_in(s, sc, &rev);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, SIGKILL);
    assert_true(sc->seen->read >= 0);
}

/* A process that has the store open and reads it once; to be killed. */
static pid_t witness(const struct scene *sc)
{
    int ready[2];
    pid_t pid;
    char c;

    if (!sc->witness)
        return 0;
    assert_int_equal(pipe(ready), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        struct store *s;
        struct msg err;
        uint64_t rev;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        fault_vfs_arm(0, FAULT_EIO);
        if (store_open(&s, sc->dir, &err) || step_in(s, sc, &rev) < 0 ||
            write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    return pid;
}

/* The process is killed before each operation; then a power cut, or another
 * process, or another process and a power cut. */
static void killed_at_each(struct scene *sc, unsigned stride)
{
    unsigned kept = 0, later = 0;
    bool ended = false;

    stride = wider(stride);
    shared(sc);
    sc->fault = FAULT_KILL;
    for (sc->n = 1; !ended; sc->n += stride) {
        pid_t other;

        scene_begin(sc);
        other = witness(sc);
        act_apart(sc);
        ended = sc->seen->ended;
        check_cuts(sc);
        reader(sc);
        if (other) {
            kill(other, SIGKILL);
            waitpid(other, NULL, 0);
        }
        kept += sc->seen->read == (int)sc->seen->promised;
        later += sc->seen->read > (int)sc->seen->promised;
        check_cuts(sc);
        check(sc, sc->dir, "reopened");
        scene_end(sc);
    }
    /* both were seen; beside others, what was cut off is undone */
    assert_true(kept && (later || sc->witness || stride > 1));
    munmap(sc->seen, sizeof *sc->seen);
}

static void test_fails(void **state)
{
    fails_at_each(&(struct scene){ .pad = 10 }, 1);
}

static void test_fails_fresh(void **state)
{
    fails_at_each(&(struct scene){ .pad = 10, .fresh = true }, 1);
}

/* Values so long that the WAL is checkpointed while they are written. */
static void test_fails_long(void **state)
{
    fails_at_each(&(struct scene){ .pad = 1200 << 10 }, 997);
}

static void test_fails_old(void **state)
{
    fails_at_each(&(struct scene){ .pad = 10, .old = true }, 1);
}

static void test_killed_old(void **state)
{
    killed_at_each(&(struct scene){ .pad = 10, .old = true }, 1);
}

static void test_killed(void **state)
{
    killed_at_each(&(struct scene){ .pad = 10 }, 1);
}

static void test_killed_beside(void **state)
{
    killed_at_each(&(struct scene){ .pad = 10, .witness = true }, 1);
}

static void test_killed_fresh(void **state)
{
    killed_at_each(&(struct scene){ .pad = 10, .fresh = true }, 1);
}

static void test_killed_long(void **state)
{
    killed_at_each(&(struct scene){ .pad = 1200 << 10 }, 997);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fails),
        cmocka_unit_test(test_fails_fresh),
        cmocka_unit_test(test_fails_long),
        cmocka_unit_test(test_fails_old),
        cmocka_unit_test(test_killed_old),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_killed_beside),
        cmocka_unit_test(test_killed_fresh),
        cmocka_unit_test(test_killed_long),
    };

    /* the disk is played: where it is fast to play is best */
    if (!access("/dev/shm", W_OK))
        setenv("TMPDIR", "/dev/shm", 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
