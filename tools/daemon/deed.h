/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What comes of a decision: a plan in a file, which a run carries out, or of
 * which somebody is told.
 */
#ifndef RACKHOP_DAEMON_DEED_H
#define RACKHOP_DAEMON_DEED_H

#include <signal.h>
#include <stdbool.h>

#include "tools/base/msg.h"
#include "tools/config.h"
#include "tools/daemon/decide.h"
#include "tools/exit.h"

/* Whose the maintenance is that a drain has found, or made. */
enum deed_mark {
    DEED_NOT_BEGUN, /* the run did not begin */
    DEED_OPEN,      /* it has not ended */
    DEED_THEIRS, /* the hosts were in maintenance, or could not be put there */
    DEED_OURS,   /* it has put them there, or one of them */
};

struct deed {
    const struct config *conf;
    const char *conf_path;
    const volatile sig_atomic_t *stops; /* ends a run between two events */
    const sigset_t *wait_mask;
    void (*tell)(const char *text);
    void (*beat)(void *arg); /* called while a run or a hook goes on */
    void *arg;
    enum deed_mark *mark; /* of the run at hand; or NULL */
};

/* The file of a run's plan, below the state directory. */
void deed_path(char *buf, size_t len, const char *run);
/* Writes it. digest, unless NULL, gets that of the moves alone. 0, or a
 * negative errno and a sentence. */
int deed_write(const char *path, struct plan_cluster *c,
               const struct decide_moves *m, const char *sha256,
               struct msg *err);
/* Names the moves, without their figures: what was advised twice is the same. */
int deed_digest(struct plan_cluster *c, const struct decide_moves *m,
                char digest[65]);

/* The digest of the names of hosts. */
int deed_digest_hosts(struct plan_cluster *c, const struct decide_hosts *h,
                      char digest[65]);

/* Carries a written plan out as the run of that name, or goes on with it. */
enum exit_code deed_run(const struct deed *d, const char *run, bool resume);
/* Empties hosts, by a drain that is planned for fresh facts, as the run of that
 * name, each host for its own reason. What can't leave is told, and stays.
 * mark_r may be NULL. */
enum exit_code deed_drain(const struct deed *d, const char *run,
                          char *const *host, int n, const char *const *reason,
                          enum deed_mark *mark_r);
/* Tells of a plan that may be carried out: a line in the log, and the program
 * `advise` of hooks_dir, which gets the file in RACKHOP_PLAN, and the sentence in
 * RACKHOP_ADVICE. */
void deed_advise(const struct deed *d, const char *path, size_t moves);
/* Tells of what no plan can carry and was not told: each sentence is a line in the log, and the
 * program gets as many of them as its environment takes, a line each, and how many
 * more there are. */
void deed_advise_tips(const struct deed *d, const struct loops_doc *doc,
                      const struct decide_tip *t, size_t n);
/* Cuts a text at the end of a line, so that at most `most` bytes are left, and a
 * last line, which says how many more there were. */
void deed_cut(char *text, size_t most);

#endif
