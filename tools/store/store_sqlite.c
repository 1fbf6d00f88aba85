/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps the store of one host in SQLite. The file is DIR/state.db, in WAL mode
 * with synchronous=FULL: a commit is on the disk before it is seen. SQLite
 * leaves two gaps that matter to a fencing number, closed here:
 *
 * - A commit whose sync failed, or that was killed after it while others have
 *   the store open, has left whole frames in the WAL. Readers do not see them,
 *   but the recovery after all are gone would. settle() writes over them
 *   before this handle reads (again), so what was read stays true.
 * - A commit that was killed before its sync is found by the next process in
 *   the page cache, and would be believed without being on the disk.
 *   make_durable() checkpoints a WAL that was left behind, at open.
 *
 * Revisions come from one row that only grows, so none is given twice, not
 * even after a delete. Deletes are remembered, the last 1000 of them, for
 * watchers; one that asks from further back is told to look.
 *
 * The WAL stays when the last process closes the store (cut to nothing), so
 * that a store on a full disk can still be opened and read.
 *
 * It is long because the statements and the order of their syncs are one
 * argument: a call can't be read without the gaps above.
 */
#include "tools/store/store_impl.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tools/base/msg.h"
#include "tools/store/store_sqlite_schema.h"

enum {
    APP_ID = 0x72686f70, /* "rhop", see file(1) */
};

enum query {
    Q_BEGIN,
    Q_COMMIT,
    Q_ROLLBACK,
    Q_GET,
    Q_REV,
    Q_LAST,
    Q_NEXT,
    Q_PUT,
    Q_DELETE,
    Q_GONE,
    Q_FORGET,
    Q_LIST,
    Q_LIST_FLAT,
    Q_CHANGED,
    Q_VERSION,
    Q_MAX
};

/* Is the entry as it was written, as far as that is known? */
#define UNHARMED "sum IS NULL OR sum = store_sum(key, rev, value)"

/* ?1 key or prefix, ?2 revision, or where in a key the rest begins, ?3 value or
 * end of the prefix */
static const char *const text_of[Q_MAX] = {
    [Q_BEGIN] = "BEGIN IMMEDIATE",
    [Q_COMMIT] = "COMMIT",
    [Q_ROLLBACK] = "ROLLBACK",
    [Q_GET] = "SELECT key, rev, value, " UNHARMED " FROM entry WHERE key = ?1",
    [Q_REV] = "SELECT key, rev FROM entry WHERE key = ?1",
    [Q_LAST] = "SELECT '', rev FROM counter",
    [Q_NEXT] = "UPDATE counter SET rev = rev + 1",
    [Q_PUT] = "INSERT INTO entry (key, rev, value, sum) "
              "VALUES (?1, ?2, ?3, store_sum(?1, ?2, ?3)) "
              "ON CONFLICT (key) DO UPDATE SET rev = ?2, value = ?3, "
              "sum = excluded.sum",
    [Q_DELETE] = "DELETE FROM entry WHERE key = ?1",
    [Q_GONE] = "INSERT INTO gone (rev, key) VALUES (?2, ?1)",
    [Q_FORGET] = "DELETE FROM gone WHERE rev <= (SELECT rev FROM gone "
                 "ORDER BY rev DESC LIMIT 1 OFFSET 1000)",
    [Q_LIST] = "SELECT key, rev, value, " UNHARMED " FROM entry "
               "WHERE key >= ?1 AND key < ?3 ORDER BY key",
    [Q_LIST_FLAT] = "SELECT key, rev, value, " UNHARMED " FROM entry "
                    "WHERE key >= ?1 AND key < ?3 "
                    "AND NOT instr(substr(key, ?2), '/') ORDER BY key",
    [Q_CHANGED] = "SELECT '', EXISTS (SELECT 1 FROM entry "
                  "WHERE key >= ?1 AND key < ?3 AND rev > ?2) OR "
                  "EXISTS (SELECT 1 FROM gone "
                  "WHERE key >= ?1 AND key < ?3 AND rev > ?2) OR "
                  "((SELECT count(*) FROM gone) >= 1000 AND "
                  "(SELECT min(rev) FROM gone) > ?2)",
    [Q_VERSION] = "PRAGMA data_version",
};

struct sql {
    struct store s;
    char path[PATH_MAX];
    sqlite3 *db;
    sqlite3_stmt *stmt[Q_MAX];
    int64_t version;      /* PRAGMA data_version, as last seen */
    bool unsettled;       /* a commit has failed on its way to the disk */
    bool behind;          /* its tables are those of an older rackhop: there
                             was no room to upgrade them */
    struct timespec busy; /* when this wait for a lock began */
};

static struct sql *of(struct store *s)
{
    return (struct sql *)s;
}

/* --- errors ------------------------------------------------------------- */

/* The errno for SQLite's result code. */
static int to_errno(struct sql *q, int r)
{
    int e = q->db ? sqlite3_system_errno(q->db) : 0;

    switch (r & 0xff) {
    case SQLITE_FULL: return -ENOSPC;
    case SQLITE_IOERR: return e == ENOSPC || e == EDQUOT ? -ENOSPC : -EIO;
    case SQLITE_CANTOPEN: return e ? -e : -EIO;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return -EBUSY;
    case SQLITE_READONLY: return -EROFS;
    case SQLITE_PERM: return -EACCES;
    case SQLITE_NOMEM: return -ENOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* no such table: the file is no store */
    case SQLITE_MISMATCH: return -EBADMSG;
    }
    return -EIO;
}

/* Writes the message: what was tried, what prevents it, what helps. */
static int complain(struct sql *q, int r, const char *what)
{
    int rc = to_errno(q, r);
    const char *why = sqlite3_errstr(r), *todo = "";

    switch (-rc) {
    case ENOSPC:
        why = "the disk is full";
        todo = "; make room there";
        break;
    case EBUSY: why = STORE_BUSY_WHY; break;
    case EBADMSG:
        why = "the file is damaged or not rackhop's";
        todo = "; move it away, with its -wal, or restore it";
        break;
    case EROFS: why = "the file system or the file is read-only"; break;
    case EACCES: why = "permission denied"; break;
    case ENOMEM: why = "out of memory"; break;
    case EIO: todo = "; see the kernel's log"; break;
    default: why = strerror(-rc); break;
    }
    return store_fail(&q->s, rc, "cannot %s %s: %s%s", what, q->path, why,
                      todo);
}

static int damaged(struct sql *q)
{
    return complain(q, SQLITE_CORRUPT, "read");
}

static int harmed(struct sql *q, const char *key)
{
    return store_fail(&q->s, -EBADMSG,
                      "cannot read %s: %s is not as it was written (its "
                      "checksum differs); `rackhop recover --check` lists "
                      "what is damaged. Restore the file, or move it away "
                      "with its -wal",
                      q->path, key);
}

/* --- statements ----------------------------------------------------------- */

static void done(struct sql *q, enum query id)
{
    if (q->stmt[id]) {
        sqlite3_reset(q->stmt[id]);
        sqlite3_clear_bindings(q->stmt[id]);
    }
}

/* Prepares a statement and binds its parameters; a and c must live until it is
 * done. */
static int start(struct sql *q, enum query id, const char *a, uint64_t b,
                 const char *c)
{
    sqlite3_stmt *st = q->stmt[id];
    int r = SQLITE_OK, n;

    if (!st) {
        r = sqlite3_prepare_v3(q->db, text_of[id], -1,
                               SQLITE_PREPARE_PERSISTENT, &st, NULL);
        q->stmt[id] = st;
    }
    n = r == SQLITE_OK ? sqlite3_bind_parameter_count(st) : 0;
    if (r == SQLITE_OK && n >= 1)
        r = sqlite3_bind_text(st, 1, a, -1, SQLITE_STATIC);
    if (r == SQLITE_OK && n >= 2)
        r = sqlite3_bind_int64(st, 2, (sqlite3_int64)b);
    if (r == SQLITE_OK && n >= 3)
        r = sqlite3_bind_text(st, 3, c, -1, SQLITE_STATIC);
    return r;
}

/* Runs a statement that has no result. */
static int run(struct sql *q, enum query id, const char *a, uint64_t b,
               const char *c)
{
    int r = start(q, id, a, b, c);

    if (r == SQLITE_OK)
        r = sqlite3_step(q->stmt[id]);
    done(q, id);
    return r == SQLITE_DONE ? SQLITE_OK : r;
}

/* Reads the number in the second column of the first row; 0 without a row. */
static int sqlite_number(struct sql *q, enum query id, const char *a,
                         uint64_t b, const char *c, uint64_t *n_r)
{
    int r = start(q, id, a, b, c);

    *n_r = 0;
    if (r == SQLITE_OK)
        r = sqlite3_step(q->stmt[id]);
    if (r == SQLITE_ROW)
        *n_r = (uint64_t)sqlite3_column_int64(q->stmt[id], 1);
    done(q, id);
    return r == SQLITE_ROW || r == SQLITE_DONE ? SQLITE_OK : r;
}

/* Ends the transaction in every case: where ROLLBACK fails, SQLite has ended
 * it itself. */
static void roll_back(struct sql *q)
{
    if (!sqlite3_get_autocommit(q->db))
        run(q, Q_ROLLBACK, NULL, 0, NULL);
}

/* See the top of the file. Where such frames are, there is room to write over
 * them; so on a full disk there are none. */
static int settle(struct sql *q)
{
    int r, rc = 0;

    if (!q->unsettled)
        return 0;
    r = run(q, Q_BEGIN, NULL, 0, NULL);
    if (r == SQLITE_OK)
        r = run(q, Q_NEXT, NULL, 0, NULL);
    if (r == SQLITE_OK)
        r = run(q, Q_COMMIT, NULL, 0, NULL);
    if (r == SQLITE_OK) {
        q->unsettled = false;
        return 0;
    }
    if (r != SQLITE_FULL)
        rc = complain(q, r, "read");
    roll_back(q);
    return rc;
}

/* --- the calls ---------------------------------------------------------- */

/* The upper end of the keys that begin with prefix; all of them are ASCII. */
static void end_of(const char *prefix, char end[STORE_KEY_MAX + 1])
{
    size_t n = strlen(prefix);

    snprintf(end, STORE_KEY_MAX + 1, "%s", n ? prefix : "\x7f");
    if (n)
        end[n - 1]++;
}

/* Reads and checks the current row of a statement: somebody may have edited
 * the file. */
static int row(struct sql *q, sqlite3_stmt *st, char **key_r, char **value_r,
               uint64_t *rev_r)
{
    sqlite3_int64 rev = sqlite3_column_int64(st, 1);
    const char *text[2] = { (const char *)sqlite3_column_text(st, 0),
                            (const char *)sqlite3_column_text(st, 2) };
    size_t len[2] = { (size_t)sqlite3_column_bytes(st, 0),
                      (size_t)sqlite3_column_bytes(st, 2) };

    if (!text[0] || !text[1] || rev <= 0 || len[0] > STORE_KEY_MAX ||
        len[1] > STORE_VALUE_MAX || strlen(text[0]) != len[0] ||
        strlen(text[1]) != len[1])
        return damaged(q);
    if (!sqlite3_column_int(st, 3))
        return harmed(q, text[0]);
    *rev_r = (uint64_t)rev;
    *value_r = strdup(text[1]);
    *key_r = key_r && *value_r ? strdup(text[0]) : NULL;
    if (!*value_r || !*key_r) {
        free(*value_r);
        *value_r = NULL;
        return complain(q, SQLITE_NOMEM, "read");
    }
    return 0;
}

static int sql_get(struct store *s, const char *key, char **value_r,
                   uint64_t *rev_r)
{
    struct sql *q = of(s);
    char *k = NULL;
    int r, rc;

    rc = settle(q);
    if (rc)
        return rc;
    r = start(q, Q_GET, key, 0, NULL);
    if (r == SQLITE_OK)
        r = sqlite3_step(q->stmt[Q_GET]);
    if (r == SQLITE_ROW)
        rc = row(q, q->stmt[Q_GET], &k, value_r, rev_r);
    else if (r == SQLITE_DONE)
        rc = store_fail(s, -ENOENT, "there is no %s", key);
    else
        rc = complain(q, r, "read");
    free(k);
    done(q, Q_GET);
    return rc;
}

/* Before what needs the tables of today: upgrades those that could only be
 * read. Room may have been made since. */
static int catch_up(struct sql *q)
{
    int r;

    if (!q->behind)
        return SQLITE_OK;
    r = store_schema_upgrade(q->db);
    q->behind = r != SQLITE_OK;
    if (q->behind) {
        q->unsettled = true;
        store_schema_read_old(q->db);
    }
    return r;
}

/* Does a write inside its transaction. */
static int change(struct sql *q, const char *key, const char *value,
                  uint64_t *new_r)
{
    int r;

    r = run(q, Q_NEXT, NULL, 0, NULL);
    if (r == SQLITE_OK)
        r = sqlite_number(q, Q_LAST, NULL, 0, NULL, new_r);
    if (r != SQLITE_OK)
        return r;
    if (value)
        return run(q, Q_PUT, key, *new_r, value);
    r = run(q, Q_DELETE, key, 0, NULL);
    if (r == SQLITE_OK)
        r = run(q, Q_GONE, key, *new_r, NULL);
    if (r == SQLITE_OK)
        r = run(q, Q_FORGET, NULL, 0, NULL);
    *new_r = 0;
    return r;
}

static int sql_cas(struct store *s, const char *key, uint64_t rev,
                   const char *value, uint64_t *new_r)
{
    struct sql *q = of(s);
    uint64_t have, new = 0;
    int r, rc;

    r = catch_up(q);
    if (r == SQLITE_OK)
        r = run(q, Q_BEGIN, NULL, 0, NULL);
    if (r == SQLITE_OK)
        r = sqlite_number(q, Q_REV, key, 0, NULL, &have);
    if (r != SQLITE_OK)
        goto failed;
    if (have != rev || (!value && !have)) {
        bool absent = !value && !have;

        roll_back(q);
        rc = settle(q);
        if (rc)
            return rc;
        if (!absent)
            return store_stale(s, key, rev, have);
        *new_r = 0;
        return 0;
    }
    r = change(q, key, value, &new);
    if (r != SQLITE_OK)
        goto failed;
    r = run(q, Q_COMMIT, NULL, 0, NULL);
    if (r != SQLITE_OK) {
        q->unsettled = true;
        goto failed;
    }
    q->unsettled = false;
    *new_r = new;
    return 0;
failed:
    rc = complain(q, r, "write");
    roll_back(q);
    return rc;
}

static int sql_list(struct store *s, const char *prefix, bool flat,
                    struct store_entry **list_r, unsigned *n_r)
{
    const enum query id = flat ? Q_LIST_FLAT : Q_LIST;
    struct sql *q = of(s);
    char end[STORE_KEY_MAX + 1], *key, *value;
    uint64_t rev;
    int r, rc;

    rc = settle(q);
    if (rc)
        return rc;
    end_of(prefix, end);
    r = start(q, id, prefix, strlen(prefix) + 1, end);
    while (r == SQLITE_OK || r == SQLITE_ROW) {
        r = sqlite3_step(q->stmt[id]);
        if (r != SQLITE_ROW)
            break;
        rc = row(q, q->stmt[id], &key, &value, &rev);
        if (!rc && store_list_add(list_r, n_r, key, value, rev))
            rc = complain(q, SQLITE_NOMEM, "read");
        if (rc)
            goto out;
    }
    if (r != SQLITE_DONE)
        rc = complain(q, r, "read");
out:
    done(q, id);
    return rc;
}

/* data_version does not change with writes of this handle; that is no harm,
 * since store_watch() asks for changes itself before it waits. */
static int sql_stirred(struct store *s, bool *stirred_r)
{
    struct sql *q = of(s);
    int64_t version = 0;
    int r = start(q, Q_VERSION, NULL, 0, NULL);

    if (r == SQLITE_OK)
        r = sqlite3_step(q->stmt[Q_VERSION]);
    if (r == SQLITE_ROW)
        version = sqlite3_column_int64(q->stmt[Q_VERSION], 0);
    done(q, Q_VERSION);
    if (r != SQLITE_ROW)
        return complain(q, r, "read");
    *stirred_r = version != q->version;
    q->version = version;
    return 0;
}

static int sql_changed(struct store *s, const char *prefix, uint64_t since,
                       bool *changed_r, uint64_t *last_r)
{
    struct sql *q = of(s);
    char end[STORE_KEY_MAX + 1];
    uint64_t changed = 0;
    int r, rc;

    rc = settle(q);
    if (rc)
        return rc;
    end_of(prefix, end);
    /* the newest revision is read first, so that a write in between is
     * reported again and not lost */
    r = sqlite_number(q, Q_LAST, NULL, 0, NULL, last_r);
    if (r == SQLITE_OK)
        r = sqlite_number(q, Q_CHANGED, prefix, since, end, &changed);
    if (r != SQLITE_OK)
        return complain(q, r, "read");
    if (!*last_r)
        return damaged(q);
    *changed_r = changed;
    return 0;
}

static int sql_check(struct store *s,
                     void (*tell)(void *arg, const char *text), void *arg,
                     unsigned *bad_r)
{
    struct sql *q = of(s);
    int rc = settle(q), r;

    if (rc)
        return rc;
    r = catch_up(q);
    if (r == SQLITE_OK)
        r = store_schema_check(q->db, tell, arg, bad_r);
    return r == SQLITE_OK ? 0 : complain(q, r, "check");
}

static void sql_close(struct store *s)
{
    struct sql *q = of(s);

    for (unsigned i = 0; i < Q_MAX; i++)
        sqlite3_finalize(q->stmt[i]);
    sqlite3_close(q->db);
    free(q);
}

static const struct store_ops sql_ops = {
    .get = sql_get,
    .cas = sql_cas,
    .list = sql_list,
    .stirred = sql_stirred,
    .changed = sql_changed,
    .check = sql_check,
    .close = sql_close,
};

/* --- opening ------------------------------------------------------------ */

/* SQLite's own handler sleeps longer and longer, so that a process which
 * writes without a pause would keep all others out. */
static int on_busy(void *arg, int times)
{
    struct timespec now, nap = { .tv_nsec = 500000 + times % 7 * 300000 };
    struct sql *q = arg;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!times)
        q->busy = now;
    if (times >= STORE_BUSY_TRIES &&
        (now.tv_sec - q->busy.tv_sec) * 1000 +
                (now.tv_nsec - q->busy.tv_nsec) / 1000000 >
            STORE_BUSY_MS)
        return 0;
    nanosleep(&nap, NULL);
    return 1;
}

/* Runs a pragma and reads the first column of its first row. What a pragma
 * changes is committed only when its statement ends. */
static int pragma(struct sql *q, const char *text, char *out, size_t outlen)
{
    sqlite3_stmt *st = NULL;
    int r = sqlite3_prepare_v2(q->db, text, -1, &st, NULL);

    out[0] = 0;
    if (r == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
        const char *s = (const char *)sqlite3_column_text(st, 0);

        snprintf(out, outlen, "%s", s ? s : "");
    }
    return st ? sqlite3_finalize(st) : r;
}

/* Where there is no room for it, the store can still be read. */
static int upgrade(struct sql *q)
{
    int r = store_schema_upgrade(q->db);

    q->behind = r != SQLITE_OK && to_errno(q, r) == -ENOSPC;
    return q->behind ? store_schema_read_old(q->db) : r;
}

/* Checks that the file is a store; makes one of an empty file, and upgrades
 * that of an older rackhop. */
static int check_schema(struct sql *q)
{
    char app[32], version[32], tables[32], mode[32];
    int r;

    r = pragma(q, "PRAGMA application_id", app, sizeof app);
    if (r == SQLITE_OK)
        r = pragma(q, "PRAGMA user_version", version, sizeof version);
    if (r == SQLITE_OK)
        r = pragma(q, "SELECT count(*) FROM sqlite_master", tables,
                   sizeof tables);
    if (r != SQLITE_OK)
        return complain(q, r, "open");
    if (atoi(app) == APP_ID && atoi(version) > STORE_SCHEMA)
        return store_fail(&q->s, -ENOTSUP,
                          "cannot open %s: a newer rackhop has written it "
                          "(version %s, this one knows %d); use that one",
                          q->path, version, STORE_SCHEMA);
    if (atoi(app) == APP_ID ? atoi(version) < 1
                            : atoi(app) || atoi(version) || atoi(tables))
        return complain(q, SQLITE_NOTADB, "open");
    r = pragma(q, "PRAGMA journal_mode=WAL", mode, sizeof mode);
    if (r == SQLITE_OK && strcmp(mode, "wal"))
        return store_fail(&q->s, -ENOTSUP,
                          "cannot open %s: its file system has no shared "
                          "memory, which a write-ahead log needs; keep it "
                          "on a local disk",
                          q->path);
    if (r == SQLITE_OK && atoi(app) != APP_ID)
        r = store_schema_make(q->db);
    else if (r == SQLITE_OK && atoi(version) < STORE_SCHEMA)
        r = upgrade(q);
    return r == SQLITE_OK ? 0 : complain(q, r, "open");
}

/* See the top of the file. A checkpoint syncs the WAL before it writes
 * anything: when the disk is full after that, what is read is still safe. */
static int make_durable(struct sql *q)
{
    char wal[PATH_MAX + 8];
    struct stat st;
    uint64_t last;
    int r;

    r = sqlite_number(q, Q_LAST, NULL, 0, NULL, &last); /* reads the WAL */
    if (r != SQLITE_OK)
        return complain(q, r, "open");
    if (!last)
        return damaged(q);
    snprintf(wal, sizeof wal, "%s-wal", q->path);
    if (stat(wal, &st) || !st.st_size)
        return 0;
    q->unsettled = true;
    r = sqlite3_wal_checkpoint_v2(q->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
                                  NULL);
    if (r != SQLITE_OK && r != SQLITE_BUSY && r != SQLITE_FULL)
        return complain(q, r, "open");
    return 0;
}

static int set_up(struct sql *q)
{
    static const char settings[] = "PRAGMA synchronous=FULL;"
                                   "PRAGMA trusted_schema=OFF;"
                                   "PRAGMA cell_size_check=ON;";
    int on = 1, r, rc;

    r = sqlite3_open_v2(q->path, &q->db, SQLITE_OPEN_READWRITE, NULL);
    if (r != SQLITE_OK)
        return complain(q, r, "open");
    sqlite3_extended_result_codes(q->db, 1);
    sqlite3_busy_handler(q->db, on_busy, q);
    sqlite3_file_control(q->db, NULL, SQLITE_FCNTL_PERSIST_WAL, &on);
    r = sqlite3_exec(q->db, settings, NULL, NULL, NULL);
    if (r == SQLITE_OK)
        r = store_schema_functions(q->db);
    if (r != SQLITE_OK)
        return complain(q, r, "open");
    rc = check_schema(q);
    if (rc)
        return rc;
    sqlite3_exec(q->db, "PRAGMA journal_size_limit=4194304", NULL, NULL, NULL);
    return make_durable(q);
}

int store_open(struct store **s_r, const char *dir, struct msg *err)
{
    struct sql *q = calloc(1, sizeof *q);
    int fd = -1, n, rc;

    *s_r = NULL;
    if (!q) {
        msg_set(err, "out of memory");
        return -ENOMEM;
    }
    q->s.ops = &sql_ops;
    n = snprintf(q->path, sizeof q->path, "%s/state.db", dir);
    if (n < 0 || (size_t)n >= sizeof q->path - 8)
        rc = store_fail(&q->s, -ENAMETOOLONG,
                        "cannot open a store in %.100s..: the name is too "
                        "long",
                        dir);
    else
        rc = store_dir_make(&q->s, dir, q->path);
    if (!rc)
        rc = store_dir_lock(&q->s, dir, q->path, &fd);
    if (!rc)
        rc = set_up(q);
    /* The file was made with a rollback journal. If the removal of the journal
     * were not on the disk, a power cut would bring it back, and the next open
     * would undo everything with it. */
    if (!rc)
        rc = store_dir_sync(&q->s, dir, fd);
    if (fd >= 0)
        close(fd);
    if (rc) {
        msg_set(err, "%s", q->s.err);
        store_close(&q->s);
        return rc;
    }
    *s_r = &q->s;
    return 0;
}
