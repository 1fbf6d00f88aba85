/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The tables of a store in SQLite, and what shows that they are whole: each
 * entry has a checksum of its key, revision and value, and the counter has the
 * number of entries. For store_sqlite.c.
 */
#ifndef RACKHOP_STORE_STORE_SQLITE_SCHEMA_H
#define RACKHOP_STORE_STORE_SQLITE_SCHEMA_H

#include <sqlite3.h>

#define STORE_SCHEMA 2 /* user_version of the file */

/*
 * The SQL function store_sum(key, rev, value), which the statements use. An
 * entry whose sum is NULL was written by a process of rackhop 0.3 that ran on
 * while its store was upgraded; such an entry is not checked.
 */
int store_schema_functions(sqlite3 *db);
/* Makes the tables in an empty file. All of these return SQLite's codes. */
int store_schema_make(sqlite3 *db);
/* Brings the tables from whatever version they are to STORE_SCHEMA, or changes
 * nothing. */
int store_schema_upgrade(sqlite3 *db);
/*
 * Lets this process read tables that could not be upgraded by the statements
 * for those of today: a disk that is full must not hide where guests are.
 * store_schema_upgrade() ends that.
 */
int store_schema_read_old(sqlite3 *db);

/* Looks at all of the file, and tells each thing that is wrong. Their number
 * is *bad_r. */
int store_schema_check(sqlite3 *db, void (*tell)(void *arg, const char *text),
                       void *arg, unsigned *bad_r);

#endif
