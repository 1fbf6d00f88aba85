/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files share that carry a roll out: roll_run.c drives it; the others
 * do one thing each for the hosts that are at the step for it. Each such
 * function returns when these are at another step, or when nothing more is to
 * be waited for.
 */
#ifndef RACKHOP_RUN_ROLL_IMPL_H
#define RACKHOP_RUN_ROLL_IMPL_H

#include "tools/doc/host_state.h"
#include "tools/remote/gather.h"
#include "tools/remote/remote.h"
#include "tools/run/roll_run.h"
#include "tools/run/soak_watch.h"

struct rolling {
    const struct roll_request *q;
    const struct roll_events *ev;
    struct store *store;
    struct remote remote;
    struct plan_settings set; /* of the request, with the roll's weights */
    struct roll *r;
    enum cancel_wish wish;
    int64_t looked_ms;           /* for a wish in the store */
    volatile sig_atomic_t inner; /* interrupts of the run within it */
    bool going_home;             /* that run's goal */
    bool paused;                 /* it was told */
    bool open;                   /* ended here: it is to be resumed */
    bool doubt;                  /* and a guest is in doubt */
    struct soak_watch *watch;    /* of each host, while some are watched */
    struct msg err;
};

/* --- roll_tell.c: the record, and who hears of it --- */

void roll_note(struct rolling *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The host has done its step, or has failed: written, and told. A journal that
 * cannot be written leaves the roll open. */
void roll_passes(struct rolling *d, uint32_t host);
void roll_fails(struct rolling *d, uint32_t host, const char *why);
void roll_keep_host(struct rolling *d, uint32_t host);
void roll_keep_head(struct rolling *d);
/* Reads the wishes of others. */
void roll_heed(struct rolling *d);
/* roll_run.c: may a wave begin at this time of the day? */
bool roll_is_open_now(const struct rolling *d);
/* Is nothing waited for any more? */
bool roll_leaves(const struct rolling *d);
bool roll_any_at(const struct rolling *d, enum roll_do what);
/* Seconds since 1970. */
double roll_now(void);

/* --- roll_ask.c: commands on hosts, at once --- */

/* Runs the jobs, each at most so long, while wishes are heeded. false: it was
 * left before all had ended. */
bool roll_ask(struct rolling *d, struct gather_job *job, size_t n,
              unsigned timeout_ms);
/* Waits, or until nothing is waited for. */
void roll_sleep(struct rolling *d, unsigned ms);

/* What to do with a host that was asked for its facts; late: it will not be
 * asked again. */
typedef void roll_facts_fn(struct rolling *d, uint32_t host,
                           const struct gather_job *j, bool late);
/* Asks the hosts that are at this again and again, until none is, or so many
 * seconds have passed. */
void roll_poll(struct rolling *d, enum roll_do what, double seconds,
               roll_facts_fn *fn);

/* --- roll_before.c --- */

/* What the host is before the work on it. 0 or -ENOMEM. */
int roll_keep_before(struct roll_host *h, const struct host_state *s);
/* What that was; s is to be disposed of either way. 0, or a negative errno:
 * nothing is known. */
int roll_before(const struct roll_host *h, struct host_state *s);
/* The CPU features that hosts come back without, in f; or NULL. */
const struct plan_features *roll_without(const struct roll_limits *l,
                                         struct plan_features *f);

/* --- roll_mark.c: the maintenance of hosts --- */

/* Holds it of all hosts that are looked at, as far as they answer. */
void roll_hold(struct rolling *d);
enum roll_held {
    ROLL_HELD,
    ROLL_UNHELD,  /* it does not answer */
    ROLL_REFUSED, /* somebody else has it, or nobody */
};
enum roll_held roll_hold_one(struct rolling *d, uint32_t host,
                             struct msg *why);
/* Hosts that failed stay in maintenance; from now on anybody may end it, but of
 * those that may be about to boot. */
void roll_release(struct rolling *d);

/* --- what is done --- */

/* roll_look.c: has the host been silent for so long that it must be off? Asked
 * after each look at it. */
bool roll_is_silent(struct roll_host *h, const struct gather_job *j);
/* roll_look.c: of hosts whose hook runs on this host and has not begun yet: do
 * they still rest? Those that do not fail. */
void roll_look_again(struct rolling *d);
/* roll_hook.c: has this host a record of the hook for that host? */
bool roll_hook_is_known(const struct rolling *d, uint32_t host);
/* roll_moves.c: a run that was cut off is ended before its hosts are given
 * back, since it would go on with them. false: it is open still. */
bool roll_settle_moves(struct rolling *d);

/* roll_soak.c: keeps in the record how the guests of these hosts run, so that
 * they can be compared when they are back. A host that does not answer has
 * none that are compared. */
void roll_soak_before(struct rolling *d, const uint32_t *host, uint32_t n);

void roll_do_wave(struct rolling *d);      /* roll_wave.c */
void roll_do_drain(struct rolling *d);     /* roll_moves.c */
void roll_do_home(struct rolling *d);      /* roll_moves.c */
void roll_do_hook(struct rolling *d);      /* roll_hook.c */
void roll_do_check(struct rolling *d);     /* roll_hook.c */
void roll_check_soaked(struct rolling *d); /* roll_hook.c */
void roll_do_look(struct rolling *d);      /* roll_look.c */
void roll_do_off(struct rolling *d);       /* roll_look.c */
void roll_do_await(struct rolling *d);     /* roll_look.c */
void roll_do_soak(struct rolling *d);      /* roll_soak.c */
void roll_do_undrain(struct rolling *d);   /* roll_mark.c */

#endif
