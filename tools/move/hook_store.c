/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the records of hooks in this host's store, and forgets old ones. */
#include "tools/move/hook_impl.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/msg.h"
#include "tools/move/detach.h"
#include "tools/move/job_files.h"

/* By their number and not by a clock: a clock that jumps must not make this
 * host forget what it did, and do it again. */
enum { RECORDS_KEPT = 4096, OUTPUTS_KEPT = 256 };

static void hook_key(const char *id, char key[STORE_KEY_MAX + 1])
{
    snprintf(key, STORE_KEY_MAX + 1, "hook/%s", id);
}

int hook_get(struct store *s, const char *id, struct hook_record *r,
             uint64_t *rev_r, struct msg *err)
{
    char key[STORE_KEY_MAX + 1], *text = NULL;
    int rc;

    *rev_r = 0;
    hook_key(id, key);
    rc = store_get(s, key, &text, rev_r);
    if (rc == -ENOENT)
        return rc;
    if (rc)
        msg_set(err, "the record of hook %s can't be read: %s", id,
                store_error(s));
    else
        rc = hook_record_parse(r, key, text, err);
    free(text);
    return rc;
}

int hook_put(struct store *s, const struct hook_record *r, uint64_t rev,
             uint64_t *new_r, struct msg *err)
{
    char key[STORE_KEY_MAX + 1], *text = hook_record_format(r);
    int rc = -ENOMEM;

    hook_key(r->id, key);
    if (text)
        rc = store_cas(s, key, rev, text, new_r);
    if (rc)
        msg_set(err, "the record of hook %s can't be written: %s", r->id,
                text ? store_error(s) : "out of memory");
    free(text);
    return rc;
}

bool hook_judge(struct hook_record *r, const char *boot)
{
    if (r->state != HOOK_RUNNING)
        return false;
    if (strcmp(r->boot, boot))
        r->lost = HOOK_LOST_BOOT;
    else if (process_start((pid_t)r->pid) != r->start)
        r->lost = HOOK_LOST_PROCESS;
    else
        return false;
    r->state = HOOK_LOST;
    return true;
}

/* Seconds since it was started. The clock of the record may have been set. */
static double process_age_s(const struct hook_record *r)
{
    struct timespec now;

    if (clock_gettime(CLOCK_BOOTTIME, &now))
        return 0;
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9 -
           (double)r->start / (double)sysconf(_SC_CLK_TCK);
}

void hook_end_late(const struct hook_record *r, unsigned grace_ms)
{
    double allowed = r->deadline_s + grace_ms / 1000.0;

    if (r->state == HOOK_RUNNING && r->deadline_s &&
        process_age_s(r) > allowed)
        kill(-(pid_t)r->pid, SIGKILL);
}

/* --- forgetting -------------------------------------------------------------- */

static int by_age(const void *a, const void *b)
{
    const struct store_entry *x = a, *y = b;

    return x->rev < y->rev ? 1 : x->rev > y->rev ? -1 : 0;
}

void hook_state_name(const char *id, char name[HOOK_ID + 1])
{
    const char *dot = strrchr(id, '.');

    snprintf(name, HOOK_ID + 1, "%.*s", dot ? (int)(dot - id) : HOOK_ID, id);
}

/* A record that can't be read is kept: it may tell of a command that ran. */
static void hook_forget(struct store *s, const char *dir,
                        const struct store_entry *e)
{
    const char *id = e->key + strlen("hook/");
    char state[HOOK_ID + 1];
    struct hook_record r;
    struct msg err;

    if (hook_record_parse(&r, e->key, e->value, &err) ||
        r.state == HOOK_RUNNING || store_cas(s, e->key, e->rev, NULL, NULL))
        return;
    job_file_remove(dir, id, "lock");
    hook_state_name(id,
                    state); /* the hook's, and so the check's: it is as old */
    job_file_remove(dir, state, "state");
}

void hook_prune(struct store *s, const char *dir)
{
    struct store_entry *list;
    unsigned n;

    if (store_list(s, "hook/", &list, &n))
        return;
    if (n)
        qsort(list, n, sizeof *list, by_age);
    for (unsigned i = OUTPUTS_KEPT; i < n; i++)
        hook_output_remove(dir, list[i].key + strlen("hook/"));
    for (unsigned i = RECORDS_KEPT; i < n; i++)
        hook_forget(s, dir, &list[i]);
    store_list_free(list, n);
}
