/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Moves one guest from this host, the source, to a target host.
 *
 * move_run() finds the guest, settles what an earlier move of it left,
 * connects to the target host, checks both, and sends the guest over the same
 * connection. It prints nothing: all that happens goes to a table of
 * callbacks, so that a command and a daemon can call it alike. Until the
 * target host is told GO every failure leaves the guest running at the source.
 */
#ifndef RACKHOP_MOVE_ENGINE_H
#define RACKHOP_MOVE_ENGINE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "libxl-ext/migrate.h"
#include "scheduler/scheduler.h"
#include "tools/base/msg.h"
#include "tools/cluster/choose.h"
#include "tools/config.h"
#include "tools/exit.h"
#include "tools/move/target.h"

/* What is asked for. Plain data, borrowed while move_run() runs. */
struct move_request {
    const char *domain;      /* the guest's name, number or UUID */
    const char *host;        /* the target host; NULL: the best one */
    const char *id;          /* of the move; NULL: a person's */
    const char *ssh_command; /* "": host is the shell command, as in xl */
    const char *config_file; /* -C; NULL: the guest's own configuration */
    struct xlx_policy policy;
    uint64_t rate; /* bytes/s on the wire; 0: no limit */
    bool no_watch; /* at the target host no process waits for its end */
    bool paused;   /* it stays paused at the target host */
    bool keep_domid;
    bool debug;          /* send all memory once more while it is suspended */
    bool no_arm;         /* the classic order, whatever the setting */
    bool no_wire;        /* over ssh, whatever the setting */
    unsigned lanes;      /* 0: as set, or 1 */
    unsigned patience_s; /* for how long a lane is waited for */
    bool xl_only;        /* treat the target host as if it had no rackhop */
    bool autostart;      /* its entry in /etc/xen/auto goes with it */
    bool store_data;     /* data/ and vm-data/ in xenstore go with it */
    bool log_move;       /* its end is a line in the system's log */
    bool dry_run;        /* check only */
    int verbose;         /* for what receives at the target host */
    /* Programs to run before and after the move (move_hook.h), or NULL. */
    const char *hooks_dir;
    /* Once all is ready it waits so long for a line on standard input that
     * starts it (startline.h). 0: it starts at once. */
    unsigned hold_s;
    /* for host NULL: where to choose from, and by which weights */
    const struct config *conf;
    const struct plan_settings *settings;
    /* of the caller's process */
    struct xentoollog_logger *log;        /* log_new() */
    const char *helper;                   /* path of the save helper */
    const volatile sig_atomic_t *cancels; /* counts up with each cancel */
    const sigset_t *wait_mask;
};

/* What is known of a move once the guest and the target host are. */
struct move_parties {
    const struct xlx_domain *dom;
    const char *host; /* as people call the target host */
    /* NULL before it has answered */
    const struct target_host *target;
    /* of would_move alone */
    const char *way; /* "lanes" or "ssh" */
    bool devices;    /* it has to change some, and there are free ones */
};

/*
 * What happens on the way, in this order; `unchecked` must be set, the others
 * may be NULL. Texts are whole sentences without a line feed.
 */
struct move_events {
    void *arg;
    /* The move with this id was made before; its result is the answer. */
    void (*already)(void *arg, enum ho_state state, const char *text);
    /* Something that an earlier move had left was settled. */
    void (*settled)(void *arg, const char *text);
    /* No host was named, and this one was chosen. */
    void (*chosen)(void *arg, const struct choice *c);
    /* The guest and the host are known. */
    void (*found)(void *arg, const struct move_parties *p);
    /* The guest can move, but this will go wrong later. */
    void (*warning)(void *arg, const char *text);
    /* These things could not be checked at the target host: move anyway? */
    bool (*unchecked)(void *arg, const struct move_parties *p,
                      const char *what);
    /* dry_run: all checks have passed. */
    void (*would_move)(void *arg, const struct move_parties *p);
    void (*progress)(void *arg, const struct xlx_event *ev);
    /* The transfer has ended; err: why it failed, NULL after a move. */
    void (*ended)(void *arg, const struct xlx_send *s, const char *err);
    /* The guest was moved, and the target host reports a problem, such as
     * that no process on it watches the guest. */
    void (*complaint)(void *arg, const char *host, const char *text);
    /* The guest was moved, and this is to be known of how hosts start it. */
    void (*autostart)(void *arg, const char *text);
    /* A program of hooks_dir failed after the move: this changes nothing. */
    void (*after_hook)(void *arg, const char *text);
    /* Why the guest was not moved. It comes before the connection is taken
     * down, which may take some seconds; never together with `already` or
     * with a result of `not_here`. */
    void (*failed)(void *arg, const char *text);
};

struct move_result {
    enum exit_code code; /* RC_OK, RC_FAILED, RC_DOUBT or RC_UNSTARTED */
    bool not_here;       /* there is no Xen on this host: ask the cluster */
    struct msg text;     /* why it was not moved; "" if it was */
};

enum exit_code move_run(const struct move_request *rq,
                        const struct move_events *ev, struct move_result *r);

#endif
