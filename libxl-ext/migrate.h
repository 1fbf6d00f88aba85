/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * libxl-ext's public header: a handle on this host's Xen, its domains, and
 * both ends of a move. Nothing here knows of plans or hosts' names: the
 * caller brings descriptors that lead to the far end.
 *
 * Functions return 0 or a negative errno and, where they take err, one
 * sentence in it. Strings that come back belong to the struct they are in
 * until its _dispose.
 */
#ifndef XLX_MIGRATE_H
#define XLX_MIGRATE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/handover.h"
#include "libxl-ext/policy.h"
#include "tools/base/msg.h"

struct xentoollog_logger;
struct xlx; /* opaque */

/* Opens libxl and libxc; lg stays the caller's and must outlive the handle. */
int xlx_open(struct xlx **x_r, struct xentoollog_logger *lg, struct msg *err);
void xlx_close(struct xlx *x); /* NULL is fine */

/* --- domains --------------------------------------------------------------- */

enum xlx_type { XLX_PV, XLX_HVM, XLX_PVH };
const char *xlx_type_name(enum xlx_type t); /* "pv", "hvm", "pvh" */

enum { XLX_UUID_LEN = 36, XLX_FEATURE_WORDS = 32 };

/* A CPU featureset: 32-bit words in Xen's order (facts.h names the bits). */
struct xlx_features {
    uint32_t word[XLX_FEATURE_WORDS];
    unsigned n; /* words that this Xen knows */
};

struct xlx_strings {
    char **s;
    unsigned n;
};

struct xlx_domain {
    uint32_t domid;
    char uuid[XLX_UUID_LEN + 1];
    char *name; /* NULL: none in xenstore */
    enum xlx_type type;
    bool paused, dying, shutdown;
    int shutdown_reason; /* Xen's SHUTDOWN_*, when shutdown */
    uint64_t memory_kib; /* held now */
    uint64_t need_kib;   /* what a target must have free (with its config) */
    unsigned vcpus;
    struct xlx_features policy; /* what its CPUs show */
    /* from its configuration; only with XLX_DOMAIN_CONFIG */
    char *config_json; /* as libxl writes it, for the far end */
    struct xlx_strings bridges, disks; /* disks: paths on this host */
    struct xlx_strings pci;            /* "0000:03:10.0" */
    bool vnuma, nested;
};

enum { XLX_DOMAIN_CONFIG = 1, XLX_DOMAIN_KEEP_DOMID = 2 };

/* By name, by number or by UUID. -ESRCH: none of that name. */
int xlx_domain_find(struct xlx *x, const char *which, int flags,
                    struct xlx_domain *d, struct msg *err);
/* All but domain 0. The array and each element are to be disposed of. */
int xlx_domain_list(struct xlx *x, struct xlx_domain **list_r, unsigned *n_r);
void xlx_domain_dispose(struct xlx_domain *d);
void xlx_domain_list_free(struct xlx_domain *list, unsigned n);

/* Another configuration in place of the domain's own (xl's -C), as JSON. The
 * UUID stays the running guest's. */
int xlx_domain_reconfigure(struct xlx *x, struct xlx_domain *d,
                           const char *json, int flags, struct msg *err);

/*
 * One lock a domain, shared by all that touch its log-dirty mode: a sampler
 * beside a migration would take dirty bits that the migration needs. Returns
 * a descriptor to close, -EBUSY and who holds it in err, or another errno.
 */
int xlx_lock(const char *rundir, const char *uuid, const char *what,
             struct msg *err);

/* Turns log-dirty off if it is on; 0 also when it was not. */
int xlx_logdirty_off(struct xlx *x, uint32_t domid);

/* --- the sending end ----------------------------------------------------------- */

enum xlx_outcome {
    XLX_STAYED, /* the guest runs (or ended by itself) here */
    XLX_MOVED,  /* it runs there; the copy here is gone */
    XLX_DOUBT,  /* neither: see the verdict */
};

enum xlx_event_type {
    XLX_EV_ROUND,       /* a round, or a wait after one */
    XLX_EV_TICK,        /* some time has passed; bytes is new */
    XLX_EV_SUSPEND,     /* the guest is being suspended */
    XLX_EV_COPIED,      /* the last byte is on its way */
    XLX_EV_READY,       /* the far end holds the whole guest */
    XLX_EV_GO,          /* it was told to start: no way back */
    XLX_EV_TARGET_TEXT, /* a line that the far end printed */
    XLX_EV_TOO_LATE,    /* a cancel came after the point of no return */
    XLX_EV_CANCEL,      /* a cancel was taken up */
    XLX_EV_ASK,         /* no report: the far end's record is asked */
};

struct xlx_event {
    enum xlx_event_type type;
    uint64_t now_us, bytes; /* of the stream, on the wire so far */
    uint64_t acked;         /* of these, at the far end; 0: it does not say */
    /* XLX_EV_ROUND */
    unsigned round;
    bool after;
    uint64_t pages;                       /* sent so far */
    int64_t dirty;                        /* pages, -1: unknown */
    uint64_t rate, dirty_rate, dirty_set; /* pages/s, pages/s, pages */
    int64_t pause_ms, next_ms, eta_ms;    /* -1: unknown */
    enum xlx_verdict verdict;
    enum xlx_reason why;
    const char *text; /* XLX_EV_TARGET_TEXT */
};

/* When things happened: monotonic us of the end that saw them, 0: did not. */
struct xlx_times {
    uint64_t start, suspend, suspended, saved, flushed, ready, go, report;
    /* at a rackhop far end, by its clock */
    uint64_t target_last, target_built, target_restored, target_go,
        target_unpaused, target_done;
};

struct xlx_send {
    /* the caller fills in */
    struct xlx *x;
    const struct xlx_domain *dom; /* with its configuration */
    const char *config_json;
    int wire_out, wire_in; /* to and from the far end, past the banner */
    int wire_err;          /* its stderr, or -1 */
    const char *helper;    /* path of our save helper */
    struct xlx_policy policy;
    uint64_t rate;  /* bytes/s on the wire, 0: no limit */
    bool debug;     /* send all again while suspended, to verify */
    bool acks;      /* the far end is a rackhop and counts bytes */
    int ctl_listen; /* a listening socket for commands, or -1 */
    const struct xlx_handover *handover; /* NULL: no records */
    /* What a target host that keeps records is told before the
     * configuration: a line of word_move_format(), or NULL. */
    const char *move_line;
    unsigned wire; /* the version of docs/wire that both hosts speak */
    const volatile sig_atomic_t *cancel; /* counts up with each cancel */
    const sigset_t *wait_mask;
    void (*event)(void *arg, const struct xlx_event *ev);
    void *arg;
    /* filled in by the move */
    enum xlx_outcome outcome;
    enum ho_verdict verdict;
    bool copy_left; /* it runs there, and the empty copy would not go */
    struct xlx_times times;
    uint64_t bytes;  /* of the stream */
    unsigned rounds; /* pre-copy rounds, the last copy not among them */
    uint64_t pages;
    uint64_t rate_pps, dirty_pps, dirty_set; /* what was learned; pages */
    uint64_t last_pages;   /* dirty when it was suspended, -1: unknown */
    enum xlx_reason why;   /* of the stop */
    char target_said[256]; /* its last line: often the cause */
    /* Asked once the guest runs there, when acks is set: one line for the far
     * end to keep, with its line feed. NULL, or an empty line: nothing. */
    void (*learned)(const struct xlx_send *s, char *buf, size_t len);
};

/*
 * What the far end says before its banner (handshake.h), waited for at most
 * so many seconds; *greeting_r is to be freed. `said` gets the last line that
 * it wrote on its stderr, which is often why there is no banner.
 */
int xlx_greeting(int in, int far_err, unsigned seconds,
                 const volatile sig_atomic_t *cancel,
                 const sigset_t *wait_mask, char **greeting_r, char *said,
                 size_t saidlen);

/*
 * Sends a domain. Returns 0 with XLX_MOVED, a negative errno with XLX_STAYED
 * (the guest runs on here, log-dirty is off, nothing is left) or XLX_DOUBT.
 */
int xlx_send_run(struct xlx_send *s, struct msg *err);

/* What `xlx_guest_stays` needs to know. */
struct xlx_stay {
    uint32_t domid;
    const char *name, *away; /* away: what it was renamed to, NULL: it was
                                not */
    unsigned late_s;         /* it was asked to suspend and may do so yet */
};
/*
 * A guest that stays: log-dirty off, its name back, resumed if it is
 * suspended. 0; -ECANCELED, -ESRCH and a sentence: it ended by itself, or was
 * destroyed; -EAGAIN: it is suspended and would not resume, or Xen would not
 * tell.
 */
int xlx_guest_stays(struct xlx *x, const struct xlx_stay *h, struct msg *err);

/* Behind the guest's name: a copy that a receiver is building. */
#define XLX_INCOMING "--incoming"

/* The copy of a guest that is on this host. */
struct xlx_copy {
    enum ho_copy state; /* HO_COPY_NONE: there is none */
    uint32_t domid;
    char name[256];
};
/* 0, also when there is none; else it is not known. */
int xlx_copy_find(struct xlx *x, const char *uuid, struct xlx_copy *c);
/* Programs that move or save a domain, as far as /proc tells. */
enum xlx_holder {
    XLX_HELD_BY_NOBODY,
    XLX_HELD_BY_ORPHAN, /* a save helper whose program was killed: it ends */
    XLX_HELD_BY_OTHERS, /* xl, or a helper that lives with its program */
};
enum xlx_holder xlx_held_by(uint32_t domid, const char *name);
/* Unpauses it unless it is to stay paused. 0 when it runs, also when libxl
 * was not content with all of it. */
int xlx_copy_start(struct xlx *x, uint32_t domid, bool paused,
                   struct msg *err);
int xlx_copy_rename(struct xlx *x, const struct xlx_copy *c, const char *name);
int xlx_copy_drop(struct xlx *x, uint32_t domid);

/* Downtime as far as this end can tell, ms: from the suspend to the far end's
 * report, less what it did after the unpause. < 0: unknown. */
double xlx_downtime_ms(const struct xlx_times *t);

/* --- the receiving end ---------------------------------------------------------- */

struct xlx_receive {
    /* the caller fills in */
    struct xlx *x;
    int in, out;  /* from and to the sender */
    bool control; /* the sender is a rackhop: acks and times on stderr */
    /* The first error that libxl logged, "" if none: it goes to the sender,
     * who sees no log of this host. NULL: nobody keeps it. */
    const char *(*first_error)(void *log);
    void *log;
    bool paused;        /* leave it paused (-p) */
    bool balloon;       /* take memory from dom0 when too little is free */
    const char *helper; /* our helper, to time the build; NULL: stock */
    const struct xlx_handover *handover;
    bool move_first; /* the sender says first which move it is */
    const volatile sig_atomic_t *cancel;
    const sigset_t *wait_mask;
    /* filled in */
    bool config_came; /* false: the sender only asked, nothing happened */
    bool copy_left;   /* a copy would not go: it is for `recover` */
    bool unfinished;  /* libxl is not done with it: x must not be closed */
    enum ho_verdict verdict;
    char move_line[256]; /* what it said, without the line feed */
    unsigned wire;       /* the version of docs/wire that it chose */
    uint32_t domid;
    char *name;
    char uuid[XLX_UUID_LEN + 1];
    char *config_json;
    char learned[128]; /* a line that a rackhop sender adds at the end, of
                          what it learned of the guest; "": none */
    struct xlx_times times;
};

/* Receives a domain after saying the banner. 0: it runs here (or is paused,
 * as asked); else nothing is left of it. */
int xlx_receive_run(struct xlx_receive *r, struct msg *err);
void xlx_receive_dispose(struct xlx_receive *r);

/*
 * Stays with a domain until it ends for good, as xl's daemon does: on
 * poweroff, reboot, crash, watchdog and soft reset it does what the
 * domain's configuration says. Returns when there is nothing left to watch.
 */
int xlx_watch(struct xlx *x, uint32_t domid, struct msg *err);

#endif
