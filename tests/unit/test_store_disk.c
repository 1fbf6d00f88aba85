/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The store on disk among others: who may read its files, files that are not
 * a store, many processes at once, one of them killed, one that watches, and
 * a disk that is really full.
 */
#include "tests/lib/tmpdir.h"
#include "tools/base/file.h"
#include "tools/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "tools/base/msg.h"

static struct store *opened(const char *dir)
{
    struct store *s;
    struct msg err = MSG_NONE;

    if (store_open(&s, dir, &err)) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    return s;
}

/* For children: cmocka's assertions belong to the parent. */
#define MUST(x)                                                               \
    do {                                                                      \
        if (!(x)) {                                                           \
            fprintf(stderr, "line %d: %s\n", __LINE__, #x);                   \
            _exit(1);                                                         \
        }                                                                     \
    } while (0)

static void reap(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static int setup(void **state)
{
    *state = tmpdir_make("test_store");
    return 0;
}

static int teardown(void **state)
{
    tmpdir_remove(*state);
    return 0;
}

static void test_modes(void **state)
{
    static const char *const names[] = { "", "/state.db", "/state.db-wal",
                                         "/state.db-shm" };
    char dir[256], path[512];
    mode_t mask = umask(0);
    struct stat st;

    snprintf(dir, sizeof dir, "%s/new", (char *)*state);
    store_close(opened(dir));
    umask(mask);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s%s", dir, names[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, i ? 0600 : 0700);
    }
    /* closed, it keeps nothing in the log */
    snprintf(path, sizeof path, "%s/state.db-wal", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 0);
}

/* Who only reads makes no store; one that is there and can't be read is not taken for
 * none. */
static void test_if_there(void **state)
{
    struct msg err = MSG_NONE;
    char dir[256];
    struct store *s;

    snprintf(dir, sizeof dir, "%s/new", (char *)*state);
    assert_int_equal(store_open_if_there(&s, dir, &err), 0);
    assert_null(s);
    assert_int_equal(access(dir, F_OK), -1);
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(store_open_if_there(&s, dir, &err), 0);
    assert_null(s);
    store_close(opened(dir));
    assert_int_equal(store_open_if_there(&s, dir, &err), 0);
    assert_non_null(s);
    store_close(s);
    snprintf(dir, sizeof dir, "%s/new/state.db/no", (char *)*state);
    assert_int_equal(store_open_if_there(&s, dir, &err), -ENOTDIR);
    assert_null(s);
}

/* Refused with a sentence that names the file, which stays as it is. */
static void refused(const char *dir, int want, const char *why)
{
    char path[512];
    struct msg err = MSG_NONE;
    struct stat before, after;
    struct store *s;
    int rc;

    snprintf(path, sizeof path, "%s/state.db", dir);
    assert_int_equal(lstat(path, &before), 0);
    rc = store_open(&s, dir, &err);
    if (!rc)
        fail_msg("%s is opened", path);
    assert_null(s);
    if (rc != want || !strstr(err.text, path) || !strstr(err.text, why))
        fail_msg("%d: \"%s\", not \"%s\"", rc, err.text, why);
    assert_int_equal(lstat(path, &after), 0);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    assert_int_equal(before.st_size, after.st_size);
}

static void spoil(const char *dir, off_t at, const char *bytes, size_t n)
{
    char path[512];
    int fd;

    snprintf(path, sizeof path, "%s/state.db", dir);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, at), n);
    close(fd);
}

static void sql(const char *dir, const char *text)
{
    char path[512];
    sqlite3 *db;

    snprintf(path, sizeof path, "%s/state.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_foreign(void **state)
{
    char *dir = *state, path[512];

    spoil(dir, 0, "not a database, but long enough to look like a file", 51);
    refused(dir, -EBADMSG, "damaged or not rackhop's");
    snprintf(path, sizeof path, "%s/state.db", dir);
    unlink(path);
    sql(dir, "CREATE TABLE bookmarks (url TEXT)");
    refused(dir, -EBADMSG, "damaged or not rackhop's");
    unlink(path);
    sql(dir, "PRAGMA application_id = 77; PRAGMA user_version = 1");
    refused(dir, -EBADMSG, "damaged or not rackhop's");
    unlink(path);
    assert_int_equal(symlink("elsewhere", path), 0);
    refused(dir, -EBADMSG, "not a plain file");
    unlink(path);
    mkdir(path, 0700);
    refused(dir, -EBADMSG, "not a plain file");
}

static void test_newer(void **state)
{
    store_close(opened(*state));
    sql(*state, "PRAGMA user_version = 3");
    refused(*state, -ENOTSUP, "a newer rackhop");
}

static void count_told(void *arg, const char *text)
{
    char *said = arg;

    snprintf(said + strlen(said), 500 - strlen(said), "%s\n", text);
}

/* The number of things that are wrong with the store; they are in said. */
static unsigned checked(const char *dir, char said[500])
{
    struct store *s = opened(dir);
    unsigned bad;

    said[0] = '\0';
    assert_int_equal(store_check(s, count_told, said, &bad), 0);
    store_close(s);
    return bad;
}

/* One entry is not as it was written: it is not believed, and is named. One
 * that a process of 0.3 writes into an upgraded store is. */
static void test_sums(void **state)
{
    char *dir = *state, said[500], *v;
    struct store_entry *list;
    struct store *s = opened(dir);
    unsigned n;

    assert_int_equal(store_cas(s, "a", 0, "1", NULL), 0);
    assert_int_equal(store_cas(s, "b", 0, "2", NULL), 0);
    assert_int_equal(store_cas(s, "c", 0, "3", NULL), 0);
    assert_int_equal(store_cas(s, "c", 4, NULL, NULL), 0);
    store_close(s);
    assert_int_equal(checked(dir, said), 0);
    sql(dir, "UPDATE entry SET value = 'x' WHERE key = 'a'");
    assert_int_equal(checked(dir, said), 1);
    assert_non_null(strstr(said, "a is not as it was written"));
    s = opened(dir);
    assert_int_equal(store_get(s, "a", &v, NULL), -EBADMSG);
    assert_non_null(strstr(store_error(s), "a is not as it was written"));
    assert_int_equal(store_list(s, "", &list, &n), -EBADMSG);
    assert_int_equal(store_get(s, "b", &v, NULL), 0);
    free(v);
    store_close(s);
    sql(dir, "UPDATE entry SET rev = 9, value = 'x' WHERE key = 'a'; "
             "UPDATE counter SET rev = 9");
    assert_int_equal(checked(dir, said), 0);
    sql(dir, "PRAGMA writable_schema = ON; DROP TRIGGER entry_less; "
             "DELETE FROM entry WHERE key = 'b'");
    assert_int_equal(checked(dir, said), 1);
    assert_non_null(strstr(said, "1 entries are missing"));
}

/* tests/data/store/schema-1.db was written by rackhop 0.3.0, which left the two
 * other files as well. */
static void put_old(const char *dir)
{
    static const char *const ends[] = { "", "-wal", "-shm" };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char path[512], *old;
        size_t len;

        snprintf(path, sizeof path, "tests/data/store/schema-1.db%s", ends[i]);
        old = file_read(path, 1 << 20, &len);
        MUST(old);
        snprintf(path, sizeof path, "%s/state.db%s", dir, ends[i]);
        MUST(!file_replace(path, old, len));
        free(old);
    }
}

static void test_upgrade(void **state)
{
    char *dir = *state, said[500], *v;
    struct store_entry *list;
    struct store *s;
    uint64_t rev;
    unsigned n;

    put_old(dir);
    s = opened(dir);
    assert_int_equal(store_list(s, "", &list, &n), 0);
    assert_int_equal(n, 4);
    assert_string_equal(list[0].key,
                        "claim/11111111-2222-3333-4444-555555555555");
    assert_int_equal(list[0].rev, 10);
    assert_non_null(strstr(list[3].value, "since"));
    store_list_free(list, n);
    assert_int_equal(store_cas(s, "new", 0, "1", &rev), 0);
    assert_true(rev > 12); /* the counter went on */
    assert_int_equal(store_get(s, "maintenance", &v, &rev), 0);
    assert_int_equal(store_cas(s, "maintenance", rev, v, NULL), 0);
    free(v);
    store_close(s);
    assert_int_equal(checked(dir, said), 0);
    sql(dir, "UPDATE entry SET value = 'x' WHERE key LIKE 'claim/%'");
    assert_int_equal(checked(dir, said), 1);
}

static void test_damaged(void **state)
{
    static const char *const edits[] = {
        "DROP TABLE counter",
        "DELETE FROM counter",
        "UPDATE counter SET rev = 0",
    };
    static const char *const rows[] = {
        "UPDATE entry SET rev = -5",
        "UPDATE entry SET value = x'410042'",
        "UPDATE entry SET value = zeroblob(16 * 1024 * 1024 + 1)",
    };
    struct store *s;
    char *dir = *state, path[512], *v;
    struct store_entry *list;
    unsigned n;

    for (unsigned i = 0; i < sizeof edits / sizeof *edits; i++) {
        snprintf(path, sizeof path, "%s/state.db", dir);
        unlink(path);
        store_close(opened(dir));
        sql(dir, edits[i]);
        refused(dir, -EBADMSG, "damaged");
    }
    unlink(path);
    s = opened(dir);
    assert_int_equal(store_cas(s, "k", 0, "v", NULL), 0);
    store_close(s);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        sql(dir, rows[i]);
        s = opened(dir);
        assert_int_equal(store_get(s, "k", &v, NULL), -EBADMSG);
        assert_null(v);
        assert_non_null(strstr(store_error(s), path));
        assert_int_equal(store_list(s, "", &list, &n), -EBADMSG);
        assert_null(list);
        store_close(s);
        sql(dir, "UPDATE entry SET rev = 2, value = 'v'");
    }
    /* all pages but the first torn: what is found wrong is said */
    for (off_t at = 4096; at < 5 * 4096; at += 4096)
        spoil(dir, at, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    refused(dir, -EBADMSG, "damaged");
    spoil(dir, 16, "\x01\x01", 2);
    refused(dir, -EBADMSG, "damaged");
}

/* Another process that holds the lock for good is named as what it is. */
static void test_locked(void **state)
{
    struct msg err = MSG_NONE;
    struct store *s;
    int fd;

    store_close(opened(*state));
    fd = open(*state, O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(store_open(&s, *state, &err), -EBUSY);
    assert_non_null(strstr(err.text, "kept it locked"));
    close(fd);
    store_close(opened(*state));
}

/* A process that stood still for as long as others are waited for. */
static _Atomic time_t clock_ahead_s;

int clock_gettime(clockid_t id, struct timespec *t)
{
    int r = (int)syscall(SYS_clock_gettime, id, t);

    if (!r && id == CLOCK_MONOTONIC)
        t->tv_sec += clock_ahead_s;
    return r;
}

static void *later(void *arg)
{
    int *go = arg;
    char c;

    MUST(read(go[0], &c, 1) == 1);
    poll(NULL, 0, 20); /* it has asked before, and asks again after */
    clock_ahead_s = 60;
    poll(NULL, 0, 20);
    MUST(write(go[1], "x", 1) == 1);
    return NULL;
}

static void test_stood_still(void **state)
{
    struct store *s = opened(*state);
    int held[2], go[2], both[2];
    uint64_t rev;
    pthread_t t;
    pid_t pid;
    char c;
    int rc;

    assert_int_equal(pipe(held), 0);
    assert_int_equal(pipe(go), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        char path[512];
        sqlite3 *db;

        snprintf(path, sizeof path, "%s/state.db", (char *)*state);
        MUST(sqlite3_open(path, &db) == SQLITE_OK);
        MUST(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) ==
             SQLITE_OK);
        MUST(write(held[1], "xx", 2) == 2);
        MUST(read(go[0], &c, 1) == 1);
        MUST(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK);
        sqlite3_close(db);
        _exit(0);
    }
    assert_int_equal(read(held[0], &c, 1), 1);
    both[0] = held[0];
    both[1] = go[1];
    assert_int_equal(pthread_create(&t, NULL, later, both), 0);
    rc = store_cas(s, "still", 0, "x", &rev);
    pthread_join(t, NULL);
    clock_ahead_s = 0;
    reap(pid);
    store_close(s);
    assert_int_equal(rc, 0);
    for (int i = 0; i < 2; i++) {
        close(held[i]);
        close(go[i]);
    }
}

enum { PROCESSES = 4 };

/* Each process adds one to a number, again and again; whoever is refused
 * reads and tries again. won: who got each revision. */
struct race {
    unsigned rounds; /* for each process */
    unsigned char won[200000];
    unsigned refused;
};

static void racer(const char *dir, struct race *race, unsigned me)
{
    struct store *s = opened(dir);

    for (unsigned done = 0; done < race->rounds;) {
        uint64_t rev, new;
        char *v = NULL, text[32];
        unsigned long n = 0;
        int rc = store_get(s, "n", &v, &rev);

        MUST(!rc || rc == -ENOENT);
        if (!rc)
            n = strtoul(v, NULL, 10);
        free(v);
        snprintf(text, sizeof text, "%lu by %u", n + 1, me);
        rc = store_cas(s, "n", rev, text, &new);
        if (rc == -ESTALE) {
            __atomic_fetch_add(&race->refused, 1, __ATOMIC_RELAXED);
            continue;
        }
        if (rc == -EBUSY) /* on a machine whose disk is busy */
            continue;
        if (rc)
            fprintf(stderr, "%s\n", store_error(s));
        MUST(!rc && new > rev &&new < sizeof race->won);
        __atomic_fetch_add(&race->won[new], 1, __ATOMIC_RELAXED);
        done++;
    }
    store_close(s);
    _exit(0);
}

static void test_race(void **state)
{
    struct race *race = mmap(NULL, sizeof *race, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned total = 0, all;
    const char *wrap = getenv("WRAP"); /* valgrind: fewer */
    struct store *s;
    pid_t pid[PROCESSES];
    char *v;

    assert_true(race != MAP_FAILED);
    race->rounds = wrap && *wrap ? 50 : 1000;
    all = PROCESSES * race->rounds;
    for (unsigned i = 0; i < PROCESSES; i++) {
        pid[i] = fork();
        assert_true(pid[i] >= 0);
        if (!pid[i])
            racer(*state, race, i);
    }
    for (unsigned i = 0; i < PROCESSES; i++)
        reap(pid[i]);
    for (unsigned i = 0; i < sizeof race->won; i++) {
        assert_true(race->won[i] <= 1);
        total += race->won[i];
    }
    assert_int_equal(total, all);
    assert_true(race->refused > 0);
    s = opened(*state);
    assert_int_equal(store_get(s, "n", &v, NULL), 0);
    assert_int_equal(strtoul(v, NULL, 10), all);
    free(v);
    store_close(s);
    munmap(race, sizeof *race);
}

/* Two that write without a pause can keep each other out for long on a machine
 * whose disk is busy. */
static int write_at_last(struct store *s, const char *key, uint64_t *rev)
{
    int rc;

    while ((rc = store_cas(s, key, *rev, "x", rev)) == -EBUSY)
        ;
    return rc;
}

static void rev_at_last(struct store *s, const char *key, uint64_t *rev)
{
    char *v = NULL;
    int rc;

    while ((rc = store_get(s, key, &v, rev)) == -EBUSY)
        ;
    MUST(!rc || rc == -ENOENT);
    free(v);
    if (rc)
        *rev = 0;
}

/* One writer is killed again and again, at any point; the others go on, and
 * nothing it was promised is lost. */
static void test_killed_among_others(void **state)
{
    uint64_t *promised = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct store *s;
    uint64_t mine = 0, rev;
    char *v;

    assert_true(promised != MAP_FAILED);
    for (unsigned i = 0; i < 20; i++) {
        uint64_t start = *promised, last;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (!pid) {
            struct store *own;

            prctl(PR_SET_PDEATHSIG, SIGKILL);
            own = opened(*state);
            rev_at_last(own, "theirs", &last);
            for (;;) {
                int rc = write_at_last(own, "theirs", &last);

                if (rc)
                    fprintf(stderr, "%d: %s\n", rc, store_error(own));
                MUST(!rc);
                __atomic_store_n(promised, last, __ATOMIC_SEQ_CST);
            }
        }
        s = opened(*state);
        /* until it has written i times at least */
        while (__atomic_load_n(promised, __ATOMIC_SEQ_CST) < start + i + 1) {
            assert_int_equal(write_at_last(s, "mine", &mine), 0);
            assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
        }
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        assert_int_equal(write_at_last(s, "mine", &mine), 0);
        assert_int_equal(store_get(s, "theirs", &v, &rev), 0);
        assert_true(rev >= *promised);
        free(v);
        store_close(s);
    }
    munmap(promised, 4096);
}

/* Woken by another process; and waiting costs next to nothing. */
static void test_watch(void **state)
{
    const char *wrap = getenv("WRAP");
    struct store *s;
    struct rusage before, after;
    uint64_t since = 0;
    long used;
    pid_t pid;
    int go[2];

    assert_int_equal(pipe(go), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        struct store *own = opened(*state);
        char c;

        MUST(read(go[0], &c, 1) == 1);
        MUST(!store_cas(own, "other/1", 0, "x", NULL));
        MUST(!store_cas(own, "move/1", 0, "x", NULL));
        store_close(own);
        _exit(0);
    }
    s = opened(*state); /* not before the fork: it belongs to one process */
    assert_int_equal(store_watch(s, "move/", &since, 0), -ETIMEDOUT);
    assert_int_equal(write(go[1], "", 1), 1);
    assert_int_equal(store_watch(s, "move/", &since, -1), 0);
    reap(pid);
    assert_int_equal(store_watch(s, "move/", &since, 0), -ETIMEDOUT);
    close(go[0]);
    close(go[1]);

    getrusage(RUSAGE_SELF, &before);
    assert_int_equal(store_watch(s, "move/", &since, 1000), -ETIMEDOUT);
    getrusage(RUSAGE_SELF, &after);
    used = (after.ru_utime.tv_sec - before.ru_utime.tv_sec +
            after.ru_stime.tv_sec - before.ru_stime.tv_sec) *
               1000000 +
           after.ru_utime.tv_usec - before.ru_utime.tv_usec +
           after.ru_stime.tv_usec - before.ru_stime.tv_usec;
    if (!wrap || !*wrap) /* valgrind costs more than waiting does */
        assert_in_range(used, 0, 300000); /* of a second: not spinning */
    store_close(s);
}

/* Fills the file system to its last byte; the name of the ballast. */
static void fill(const char *dir, char path[512])
{
    static char block[4096];
    int fd;

    snprintf(path, 512, "%s/ballast", dir);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    MUST(fd >= 0);
    while (write(fd, block, sizeof block) > 0)
        ;
    MUST(errno == ENOSPC);
    close(fd);
}

static void on_full_disk(const char *dir)
{
    static char big[65536];
    struct store *s = opened(dir);
    uint64_t rev, r;
    char *v, ballast[512], empty[300];
    struct msg err;

    memset(big, 'b', sizeof big - 1);
    MUST(!store_cas(s, "k", 0, "small", &rev));
    store_close(s);
    fill(dir, ballast);
    /* it can be opened and read; what is written is refused with a reason */
    s = opened(dir);
    MUST(!store_get(s, "k", &v, &r) && r == rev && !strcmp(v, "small"));
    free(v);
    for (int i = 0; i < 3; i++) {
        MUST(store_cas(s, "k", rev, big, NULL) == -ENOSPC);
        MUST(strstr(store_error(s), "full") && strstr(store_error(s), dir));
        MUST(!store_get(s, "k", &v, &r) && r == rev && !strcmp(v, "small"));
        free(v);
    }
    store_close(s);
    /* a new one is refused as well, and leaves nothing that is in the way */
    snprintf(empty, sizeof empty, "%s/new", dir);
    MUST(store_open(&s, empty, &err) == -ENOSPC);
    MUST(unlink(ballast) == 0);
    store_close(opened(empty));
    s = opened(dir);
    MUST(!store_get(s, "k", &v, &r) && r == rev && !strcmp(v, "small"));
    free(v);
    MUST(!store_cas(s, "k", rev, big, NULL));
    store_close(s);
}

/* An older rackhop's store, upgraded when there is no room for it: what is on
 * record can be read, and the upgrade comes with the first write that fits. */
static void upgrade_on_full_disk(const char *dir)
{
    char *v, ballast[512], said[500] = "";
    struct store_entry *list;
    uint64_t rev;
    unsigned n, bad;
    struct store *s;

    put_old(dir);
    fill(dir, ballast);
    for (int twice = 0; twice < 2; twice++) {
        s = opened(dir);
        MUST(!store_list(s, "", &list, &n) && n == 4);
        store_list_free(list, n);
        MUST(store_cas(s, "new", 0, "1", NULL) == -ENOSPC);
        MUST(strstr(store_error(s), "full"));
        MUST(store_check(s, count_told, said, &bad) == -ENOSPC);
        MUST(!store_get(s, "maintenance", &v, &rev));
        free(v);
        if (!twice)
            store_close(s);
    }
    MUST(unlink(ballast) == 0);
    MUST(!store_cas(s, "new", 0, "1", &rev) && rev > 12);
    MUST(!store_list(s, "", &list, &n) && n == 5);
    store_list_free(list, n);
    MUST(!store_check(s, count_told, said, &bad) && !bad);
    store_close(s);
    sql(dir, "UPDATE entry SET value = 'x' WHERE key = 'new'");
    s = opened(dir);
    MUST(store_get(s, "new", &v, &rev) == -EBADMSG);
    store_close(s);
}

static void full_disk(void **state, void (*on)(const char *dir))
{
    int status;
    pid_t pid;

    if (geteuid()) {
        fprintf(stderr, "skip: a disk that is really full: root only\n");
        skip();
    }
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        if (unshare(CLONE_NEWNS) ||
            mount("none", "/", "none", MS_REC | MS_PRIVATE, "") ||
            mount("rackhop-test", *state, "tmpfs", 0, "size=1m"))
            _exit(77);
        on(*state);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status == 77 << 8) {
        fprintf(stderr, "skip: a disk that is really full: no mounts here\n");
        skip();
    }
    assert_int_equal(status, 0);
}

static void test_full_disk(void **state)
{
    full_disk(state, on_full_disk);
}

static void test_upgrade_on_full_disk(void **state)
{
    full_disk(state, upgrade_on_full_disk);
}

#define ON_DISK(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DISK(test_modes),       ON_DISK(test_if_there),
        ON_DISK(test_foreign),     ON_DISK(test_newer),
        ON_DISK(test_damaged),     ON_DISK(test_locked),
        ON_DISK(test_stood_still), ON_DISK(test_race),
        ON_DISK(test_watch),       ON_DISK(test_killed_among_others),
        ON_DISK(test_full_disk),   ON_DISK(test_sums),
        ON_DISK(test_upgrade),     ON_DISK(test_upgrade_on_full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
