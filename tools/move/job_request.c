/* SPDX-License-Identifier: LGPL-2.1-only */
/* Starts a move for an executor, if its run has claimed the guest. */
#include "tools/move/job_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/exit.h"
#include "tools/move/claim.h"
#include "tools/move/job.h"
#include "tools/move/records.h"
#include "tools/paths.h"

/* 0, or -EPERM and a sentence: only the run that has claimed the guest may
 * move it. */
static int check_claim(const struct job_request *q, struct msg *err)
{
    struct store *s = NULL;
    struct claim c;
    int rc = store_open(&s, path_state(), err);

    if (rc)
        return rc;
    rc = claim_get(s, q->uuid, &c);
    store_close(s);
    if (!rc && claim_covers(&c, q->id))
        return 0;
    if (rc)
        msg_set(err,
                "move %s was not started: the guest is not claimed by its "
                "run",
                q->id);
    else
        msg_set(err,
                "move %s was not started: the guest is claimed by run %s of "
                "%s",
                q->id, c.run, c.executor);
    return -EPERM;
}

/*
 * Was the job ever started on this host? Its files end with a reboot, or after
 * a week; then the handover record knows the move, and `migrate --id` tells
 * what became of it.
 */
static bool was_started(const struct job *j)
{
    struct store *s = NULL;
    struct record r;
    struct msg err;
    int rc;

    if (job_known(j))
        return true;
    if (store_open(&s, path_state(), &err))
        return true; /* can't tell: assume it was started */
    rc = records_find_id(s, j->id, &r);
    store_close(s);
    return rc != -ENOENT;
}

/*
 * How a move ended whose end could not be written to the run directory (it is
 * full), or has been settled since. The record is on the disk before a move
 * ends; while it is open, or its last effect is missing, the doubt stays.
 */
static int recorded_end(const struct job *j, struct msg *err)
{
    struct store *s = NULL;
    struct record r = { .state = HO_NONE };
    struct msg why;
    int rc = store_open(&s, path_state(), &why);

    if (!rc)
        rc = records_find_id(s, j->id, &r);
    store_close(s);
    if (rc || (r.state != HO_DONE && (r.state != HO_ABORTED || !r.over)))
        return RC_DOUBT;
    if (r.state == HO_DONE)
        return RC_OK;
    msg_set(err,
            "move %s: its record says that the guest stayed; what prevented "
            "the move is not known, as %s could not keep it",
            j->id, j->dir);
    return RC_FAILED;
}

/* The program that runs now, or what RACKHOP_SELF names. */
static const char *program(char *buf, size_t len)
{
    const char *s = getenv("RACKHOP_SELF");
    ssize_t n;

    if (s && *s)
        return s;
    n = readlink("/proc/self/exe", buf, len - 1);
    if (n <= 0)
        return "rackhop";
    buf[n] = '\0';
    return buf;
}

enum { WORDS_MAX = 20 };

/* The command line of the move, NULL at its end. */
static void move_words(const struct job_request *q, const char *self,
                       const char *words[WORDS_MAX])
{
    int n = 0;

    words[n++] = self;
    if (!access(q->config, R_OK)) {
        words[n++] = "--config";
        words[n++] = q->config;
    }
    words[n++] = "migrate";
    words[n++] = "--json";
    words[n++] = "--yes";
    words[n++] = "--id";
    words[n++] = q->id;
    if (q->rate) {
        words[n++] = "--rate";
        words[n++] = q->rate;
    }
    if (q->hold) {
        words[n++] = "--hold";
        words[n++] = q->hold;
    }
    if (q->lanes) {
        words[n++] = "--lanes";
        words[n++] = q->lanes;
    }
    if (q->downtime) {
        words[n++] = "--downtime";
        words[n++] = q->downtime;
    }
    words[n++] = q->uuid;
    words[n++] = q->host;
    words[n] = NULL;
}

int job_request(const struct job_request *q, struct msg *err)
{
    const char *words[WORDS_MAX];
    char self[512], dir[JOB_DIR];
    struct job j = {
        .id = q->id,
        .dir = dir,
        .argv = words,
        .held = q->hold,
        .joined = q->known,
    };
    int rc;

    job_dir(dir, path_run());
    move_words(q, program(self, sizeof self), words);
    if (q->known && !was_started(&j)) {
        msg_set(err, "move %s was not started", q->id);
        return RC_FAILED;
    }
    rc = job_answers(&j) ? 0 : check_claim(q, err);
    if (!rc)
        rc = job_run(&j, err);
    if (rc == RC_DOUBT)
        rc = recorded_end(&j, err);
    if (rc == RC_UNSTARTED && q->known) {
        msg_set(err, "move %s was not started", q->id);
        return RC_FAILED;
    }
    return rc < 0 ? RC_FAILED : rc;
}
