/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-power/1: a host that rackhopd has switched off, or is about to switch
 * off or on. While it is off, what it said of itself last stands for it.
 */
#ifndef RACKHOP_DOC_POWER_H
#define RACKHOP_DOC_POWER_H

#include <stddef.h>

#include "tools/base/msg.h"
#include "tools/doc/json.h"

enum power_state {
    POWER_EMPTYING, /* it is put in maintenance; nothing was switched */
    POWER_OFF,      /* the hook that switches it off was begun */
    POWER_STARTING, /* the hook that switches it on was begun */
    POWER_STATES,
};
const char *power_state_name(enum power_state s); /* "off" */

enum { POWER_TRIES = 1000 }; /* more are not counted */

struct power {
    char host[65];
    enum power_state state;
    double since_s; /* 1970; of this state */
    int tries;      /* how often the hook of this state was begun; 0: an older
                         rackhop has not counted */
    double asked_s; /* when it was asked last whether it is off; 0: never */
    bool done;      /* the hook of this state has ended well */
    char reason[900]; /* why it was switched off */
    char boot[40];    /* the id of the boot that ends with it; "": not known */
    char *facts;      /* a rackhop-facts/1 without guests, state offline */
};

void power_dispose(struct power *p);
/* To be freed; NULL: no memory. */
char *power_format(const struct power *p);
/* 0; -EINVAL: it is none, with a sentence; or -ENOMEM. */
int power_parse(struct power *p, const char *text, size_t len,
                struct msg *err);

/*
 * The facts that stand for a host of a snapshot's text, and its boot's id. To
 * be freed; NULL: it is not there, or no memory.
 */
char *power_facts(const char *snapshot, size_t len, const char *host,
                  char boot[40]);

#endif
