/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-roll-record/1: a roll that is being carried out, or was: what it
 * does on which hosts, and how far each host is. A text that cannot be a roll
 * is refused: hosts would be rebooted by it.
 */
#ifndef RACKHOP_DOC_ROLL_RECORD_H
#define RACKHOP_DOC_ROLL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/base/strlist.h"
#include "tools/doc/guest_looks.h"
#include "tools/doc/json.h"
#include "tools/exit.h"

enum { ROLL_HOSTS_MAX = 100000, ROLL_FACTS_MAX = 8 << 20 };

/* What a host is at, in the order of a wave. Each is on record before what it
 * stands for is begun. */
enum roll_step {
    ROLL_PLANNED,  /* its turn has not come */
    ROLL_DRAINING, /* its guests leave, by the wave's run of goal drain */
    ROLL_EMPTY,    /* it is looked at, so that it can be known again */
    ROLL_HOOK,     /* the hook runs */
    ROLL_OFF,      /* it goes off, and stays so */
    ROLL_BACK,     /* it is waited for */
    ROLL_CHECK,    /* the check runs */
    ROLL_UNDRAIN,  /* it leaves maintenance */
    ROLL_HOME,     /* its guests return, by the wave's run of goal home */
    ROLL_SOAK,     /* it is watched */
    ROLL_DONE,
    ROLL_FAILED,
    ROLL_STEPS,
};

struct roll_host {
    char *name;
    enum roll_step step, failed_at;
    uint32_t wave; /* from 1; 0: none yet */
    bool canary;
    bool turned;           /* given back before its hook: no work is done */
    double since;          /* of the step, or of the soak: s since 1970 */
    char *facts;           /* what it said of itself when it was empty */
    struct strlist guests; /* UUIDs on it when the soak began */
    bool watched;          /* these are known */
    struct guest_looks before; /* of a canary that is to be watched: how its
                                  guests ran before the roll */
    char why[256];          /* it failed, or something is to be known of it */
    uint64_t rev, more_rev; /* of its two records */
    bool more; /* facts, guests, watched or before are others than on record */
    bool retried; /* its hook was lost, and may run once more */
    /* not kept, and only of this step: looks one after another that had no
     * answer, and since when (clock_ms()); since when nothing is heard of its
     * hook, 0: it was; was it ever? */
    unsigned silent;
    int64_t silent_ms, quiet_ms;
    bool heard;
    bool held; /* not kept: its maintenance is this roll's, as it said */
    /* not kept: what it is since it is back; "": unknown */
    char xen_now[64], boot_now[40];
};

/* What is done on each host. */
struct roll_work {
    char *hook, *check; /* commands for sh; NULL: none */
    bool at_admin;      /* they run on the host that carries the roll out */
    bool reboot;        /* a new boot id shows that the hook is through */
    bool off;           /* the hosts stay off */
    bool again;         /* a hook that was cut off may run once more */
    uint32_t hook_s, back_s, soak_s; /* deadlines; 0: no soak */
    int from_min, to_min; /* the window, minutes of the day here; -1: none */
};

/* How waves are planned: struct plan_roll_options (scheduler/roll.h). */
struct roll_limits {
    uint32_t parallel; /* 0: any number */
    uint32_t canary;
    double max_away_gib; /* INFINITY: any */
    bool home, same_domain;
    char to_xen[32];    /* "": what they have */
    char without[256];  /* CPU features that they lose, by name; "": none */
    double alpha, beta; /* of the moves, as all that follows */
    uint32_t downtime_ms;
};

struct roll {
    char name[41];
    bool ended;
    enum exit_code code; /* once it has ended */
    char executor[65], started[32];
    struct roll_work work;
    struct roll_limits limits;
    uint32_t wave; /* the last that was begun */
    bool stuck;    /* the hosts that are left cannot be rolled */
    char away_run[41], home_run[41]; /* of this wave */
    struct roll_host *host;
    uint32_t host_n;
    uint64_t rev;
};

/* "hook", as records and events have it. */
const char *roll_step_name(enum roll_step s);

void roll_record_dispose(struct roll *r);
/* Adds a host that is planned. 0 or -ENOMEM. */
int roll_add_host(struct roll *r, const char *name);

/* The records: of the roll, and two of a host of it: how far it is, and what
 * is only needed to go on (facts, guests, watched, before), which is longer and
 * hardly ever written. To be freed; NULL: no memory. */
char *roll_format(const struct roll *r);
char *roll_host_format(const struct roll_host *h);
char *roll_host_more_format(const struct roll_host *h);
/* 0, or a negative errno and a sentence in err; there is no roll then, and the
 * host is as it was. */
int roll_parse(struct roll *r, const char *text, size_t len, struct msg *err);
int roll_host_parse(struct roll_host *h, const char *text, size_t len,
                    struct msg *err);
int roll_host_more_parse(struct roll_host *h, const char *text, size_t len,
                         struct msg *err);

/* rackhop-roll-status/1, for programs. */
void roll_status_write(struct json_out *o, const struct roll *r, bool alive);

#endif
