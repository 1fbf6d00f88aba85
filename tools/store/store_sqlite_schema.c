/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The tables of a store in SQLite: makes them, upgrades those of an older
 * rackhop, and checks that all in them is as it was written.
 *
 * A process of an older rackhop may have the store open while it is upgraded,
 * and goes on writing without sums. The triggers see to that: an entry whose
 * revision changes and whose sum does not loses its sum, and the number of
 * entries is right whoever writes.
 */
#include "tools/store/store_sqlite_schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/sha256.h"

static const char made[] =
    "CREATE TABLE counter (one INTEGER PRIMARY KEY CHECK (one = 1), "
    "rev INTEGER NOT NULL);"
    "INSERT INTO counter VALUES (1, 1);"
    "CREATE TABLE entry (key TEXT NOT NULL PRIMARY KEY, "
    "rev INTEGER NOT NULL, value TEXT NOT NULL);"
    "CREATE TABLE gone (rev INTEGER PRIMARY KEY, key TEXT NOT NULL);"
    "PRAGMA application_id = 0x72686f70;";

/* [N]: from version N + 1 to N + 2 */
static const char *const steps[STORE_SCHEMA - 1] = {
    "ALTER TABLE entry ADD COLUMN sum TEXT;"
    "ALTER TABLE counter ADD COLUMN entries INTEGER NOT NULL DEFAULT 0;"
    "UPDATE entry SET sum = store_sum(key, rev, value);"
    "UPDATE counter SET entries = (SELECT count(*) FROM entry);"
    "CREATE TRIGGER entry_old AFTER UPDATE OF rev ON entry "
    "WHEN NEW.sum IS OLD.sum BEGIN "
    "UPDATE entry SET sum = NULL WHERE key = NEW.key; END;"
    "CREATE TRIGGER entry_more AFTER INSERT ON entry BEGIN "
    "UPDATE counter SET entries = entries + 1; END;"
    "CREATE TRIGGER entry_less AFTER DELETE ON entry BEGIN "
    "UPDATE counter SET entries = entries - 1; END;"
    "PRAGMA user_version = 2;",
};

static void sum_of(sqlite3_context *ctx, int n, sqlite3_value **arg)
{
    char hex[65], *text = NULL;
    const char *key = (const char *)sqlite3_value_text(arg[0]);
    const char *value = (const char *)sqlite3_value_text(arg[2]);
    int len =
        asprintf(&text, "%s\n%lld\n%s", key ? key : "",
                 (long long)sqlite3_value_int64(arg[1]), value ? value : "");

    if (len < 0) {
        sqlite3_result_error_nomem(ctx);
        return;
    }
    sha256_hex(text, (size_t)len, hex);
    free(text);
    sqlite3_result_text(ctx, hex, -1, SQLITE_TRANSIENT);
}

int store_schema_functions(sqlite3 *db)
{
    return sqlite3_create_function(db, "store_sum", 3,
                                   SQLITE_UTF8 | SQLITE_DETERMINISTIC |
                                       SQLITE_DIRECTONLY,
                                   NULL, sum_of, NULL, NULL);
}

/* --- made and upgraded ------------------------------------------------------- */

static int all_steps(sqlite3 *db, int from)
{
    int r = SQLITE_OK;

    for (int i = 0; i < STORE_SCHEMA - 1 && r == SQLITE_OK; i++)
        if (i + 1 >= from)
            r = sqlite3_exec(db, steps[i], NULL, NULL, NULL);
    return r;
}

/* The version of the file. Within the transaction, for another process may
 * have upgraded it since it was opened. */
static int version_now(sqlite3 *db, int *version_r)
{
    sqlite3_stmt *st = NULL;
    int r = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL);

    if (r == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        *version_r = sqlite3_column_int(st, 0);
    return st ? sqlite3_finalize(st) : r;
}

static int in_transaction(sqlite3 *db, const char *first)
{
    int r = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), from = 1;

    if (r == SQLITE_OK && first)
        r = sqlite3_exec(db, first, NULL, NULL, NULL);
    else if (r == SQLITE_OK)
        r = version_now(db, &from);
    if (r == SQLITE_OK)
        r = all_steps(db, from);
    if (r == SQLITE_OK)
        r = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (r != SQLITE_OK && !sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return r;
}

int store_schema_make(sqlite3 *db)
{
    return in_transaction(db, made);
}

int store_schema_upgrade(sqlite3 *db)
{
    int r =
        sqlite3_exec(db, "DROP VIEW IF EXISTS temp.entry", NULL, NULL, NULL);

    return r == SQLITE_OK ? in_transaction(db, NULL) : r;
}

int store_schema_read_old(sqlite3 *db)
{
    return sqlite3_exec(db,
                        "PRAGMA temp_store = MEMORY;"
                        "CREATE TEMP VIEW entry AS SELECT key, rev, value, "
                        "NULL AS sum FROM main.entry",
                        NULL, NULL, NULL);
}

/* --- checked ------------------------------------------------------------------- */

struct checking {
    void (*tell)(void *arg, const char *text);
    void *arg;
    unsigned bad;
};

static void check_tell(struct checking *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void check_tell(struct checking *c, const char *fmt, ...)
{
    char text[600];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    c->bad++;
    c->tell(c->arg, text);
}

/* Tells the first column of each row, after what is said of it. */
static int check_rows(struct checking *c, sqlite3 *db, const char *sql,
                      const char *what)
{
    sqlite3_stmt *st = NULL;
    int r = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

    while (r == SQLITE_OK || r == SQLITE_ROW) {
        r = sqlite3_step(st);
        if (r == SQLITE_ROW) {
            const char *s = (const char *)sqlite3_column_text(st, 0);

            check_tell(c, "%s%s", s ? s : "", what);
        }
    }
    sqlite3_finalize(st);
    return r == SQLITE_DONE ? SQLITE_OK : r;
}

int store_schema_check(sqlite3 *db, void (*tell)(void *arg, const char *text),
                       void *arg, unsigned *bad_r)
{
    static const struct {
        const char *sql, *what;
    } looks[] = {
        { "SELECT * FROM pragma_integrity_check WHERE "
          "integrity_check <> 'ok'",
          "" },
        { "SELECT key FROM entry WHERE sum IS NOT NULL AND "
          "sum <> store_sum(key, rev, value)",
          " is not as it was written: its checksum differs" },
        { "SELECT key FROM entry WHERE rev > (SELECT rev FROM counter)",
          " has a revision that was never given out" },
        { "SELECT abs(n - entries) FROM counter, (SELECT count(*) AS n FROM "
          "entry) WHERE n <> entries",
          " entries are missing, or are there too many" },
    };
    struct checking c = { tell, arg, 0 };
    int r = SQLITE_OK;

    for (size_t i = 0; i < sizeof looks / sizeof *looks && r == SQLITE_OK; i++)
        r = check_rows(&c, db, looks[i].sql, looks[i].what);
    *bad_r = c.bad;
    return r;
}
