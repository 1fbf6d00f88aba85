/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sends a guest to a target host. Nothing here knows of plans or of hosts'
 * names: the caller brings descriptors that lead to the target host.
 */
#ifndef XLX_SEND_H
#define XLX_SEND_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/carrier.h"
#include "libxl-ext/domain.h"
#include "libxl-ext/handover.h"
#include "libxl-ext/policy.h"
#include "libxl-ext/times.h"

enum xlx_outcome {
    XLX_STAYED, /* the guest runs, or ended by itself, on this host */
    XLX_MOVED,  /* it runs on the target host; the copy here is gone */
    XLX_DOUBT,  /* neither: see the verdict */
};

enum xlx_event_type {
    XLX_EV_HELD,        /* it is ready, and waits to be started */
    XLX_EV_ROUND,       /* a round, or a wait after one */
    XLX_EV_TICK,        /* some time has passed; bytes is new */
    XLX_EV_SUSPEND,     /* the guest is being suspended */
    XLX_EV_COPIED,      /* the last byte is on its way */
    XLX_EV_READY,       /* the target host holds the whole guest */
    XLX_EV_GO,          /* it was told to start: no way back */
    XLX_EV_TARGET_TEXT, /* a line that the target host printed */
    XLX_EV_TOO_LATE,    /* a cancel came after the point of no return */
    XLX_EV_CANCEL,      /* a cancel was taken up */
    XLX_EV_ASK,         /* no report: the target host's record is asked */
    XLX_EV_WAY,         /* it goes over lanes; or over ssh, and why */
};

struct xlx_event {
    enum xlx_event_type type;
    uint64_t now_us, bytes; /* of the stream, on the wire so far */
    uint64_t acked;         /* of these, at the target host; 0: unknown */
    /* XLX_EV_ROUND */
    unsigned round;
    bool after;
    uint64_t pages, left_out; /* sent so far; dirty again before their turn,
                                 and so left out of a round */
    int64_t dirty;            /* pages, -1: unknown */
    uint64_t rate, dirty_rate, dirty_set; /* pages/s, pages/s, pages */
    int64_t pause_ms, next_ms, eta_ms;    /* -1: unknown */
    unsigned throttle; /* percent of its CPU use that the guest is left */
    enum xlx_verdict verdict;
    enum xlx_reason why;
    bool over_lanes;  /* XLX_EV_WAY */
    const char *text; /* XLX_EV_TARGET_TEXT; XLX_EV_WAY: why there is no lane,
                         "" if none was wanted */
};

struct xlx_send;

/* A move that waits, once all is ready and before anything is recorded or
 * sent, until it is told to start. */
struct xlx_hold {
    int in;           /* the line that starts it comes from there */
    unsigned seconds; /* the most that it waits */
    /* Takes that line; it may change the rate and the policy. 0; or a negative
     * errno and a sentence: the move is not started. */
    int (*start)(void *arg, struct xlx_send *s, const char *line,
                 struct msg *err);
    void *arg;
};

struct xlx_send {
    /* the caller fills in */
    struct xlx *x;
    const struct xlx_domain *dom; /* with its configuration */
    const char *config_json;
    int wire_out, wire_in; /* to and from the target host, past the banner */
    int wire_err;          /* its stderr, or -1 */
    const char *helper;    /* path of our save helper */
    struct xlx_policy policy;
    uint64_t rate;  /* bytes/s on the wire, 0: no limit */
    bool debug;     /* send all again while suspended, to verify */
    bool acks;      /* the target host has rackhop and counts bytes */
    int ctl_listen; /* a listening socket for commands, or -1 */
    const struct xlx_handover *handover; /* NULL: no records */
    /* What a target host that keeps records is told before the
     * configuration: a line of word_move_format(), or NULL. */
    const char *move_line;
    unsigned wire; /* the version of docs/wire that both hosts speak */
    /* How memory is packed, a value of the setting `codec`; NULL: the stream
     * goes as libxc writes it. */
    const char *codec;
    bool tail; /* the target host takes the tail of a stream in frames */
    bool arm;  /* the target host arms guests, and may this one (PVH only) */
    /* It is connecting, or has. The streams go over it if it has a lane within
     * a second; it stays the caller's. NULL: they go over ssh. */
    struct xlx_carrier *carrier;
    bool lanes_only;             /* without a lane there is no move */
    unsigned patience_s;         /* how long pre-copy waits for a lane */
    const struct xlx_hold *hold; /* NULL: it begins at once */
    const volatile sig_atomic_t *cancel; /* counts up with each cancel */
    const sigset_t *wait_mask;
    void (*event)(void *arg, const struct xlx_event *ev);
    void *arg;
    /* filled in by the move */
    bool over_lanes; /* then wire_* are the carrier's, to be closed as well */
    char cipher[64]; /* of the lanes; "": it went over ssh */
    unsigned lanes;  /* the most that were up at once */
    unsigned lanes_lost; /* how often one was lost */
    uint64_t resent;     /* bytes that went over lanes more than once */
    bool unstarted; /* the hold ended without a start; nothing was begun */
    enum xlx_outcome outcome;
    enum ho_verdict verdict;
    bool copy_left;     /* it moved, and the empty copy would not go */
    bool cap_left;      /* it stayed, and its CPU time is still limited */
    unsigned throttled; /* to so many percent of its CPU use; 0: it was not */
    struct xlx_times times;
    uint64_t bytes;  /* of the stream */
    unsigned rounds; /* pre-copy rounds, the last copy not among them */
    uint64_t pages;
    uint64_t left_out; /* pages that were dirty again before their turn, and so
                          left out of their rounds */
    uint64_t rate_pps, dirty_pps, dirty_set; /* what was learned; pages */
    uint64_t last_pages; /* dirty when it was suspended, -1: unknown */
    /* of the first pass, where there is a codec: its pages, its bytes; else 0 */
    uint64_t first_pages, first_bytes;
    enum xlx_reason why;   /* of the stop */
    char target_said[256]; /* its last line: often the cause */
    /* Asked once the guest has moved, if acks is set: one line for the target
     * host to keep, with its line feed. NULL, or an empty line: nothing. */
    void (*learned)(const struct xlx_send *s, char *buf, size_t len);
};

/*
 * Reads what the target host says before its banner (handshake.h, docs/wire),
 * for at most so many seconds; *greeting_r is to be freed. `said` gets the
 * last line on its stderr, which is often the reason if there is no banner.
 */
int xlx_greeting(int in, int far_err, unsigned seconds,
                 const volatile sig_atomic_t *cancel,
                 const sigset_t *wait_mask, char **greeting_r, char *said,
                 size_t saidlen);

/*
 * Sends a domain. Returns 0 with XLX_MOVED, a negative errno with XLX_STAYED
 * (the guest runs on this host, log-dirty is off, nothing is left) or
 * XLX_DOUBT.
 */
int xlx_send_run(struct xlx_send *s, struct msg *err);

/* The downtime in ms, as far as the source host can tell: from the suspend to
 * the report, less what the target host did after the unpause. Negative:
 * unknown. */
double xlx_downtime_ms(const struct xlx_times *t);

#endif
