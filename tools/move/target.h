/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The target host before a move: what it is asked, and what it answers.
 *
 * One ssh connection asks the host about itself and then takes the guest in,
 * so that the question costs no second connection. A host with rackhop runs
 * `rackhop receive --greet`, which prints its facts in front of xl's banner.
 * On a host with xl alone, a shell script prints what xl and Xen's tools know
 * and then becomes `xl migrate-receive`. An -s command may run something else:
 * then only the banner comes, and nothing is known of the host.
 */
#ifndef RACKHOP_MOVE_TARGET_H
#define RACKHOP_MOVE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/facts.h"
#include "libxl-ext/pools.h"
#include "libxl-ext/wire/words.h"
#include "tools/base/msg.h"
#include "tools/base/strlist.h"

enum target_kind { TARGET_UNKNOWN, TARGET_RACKHOP, TARGET_XL, TARGET_NOTHING };

struct target_host {
    enum target_kind kind;
    unsigned wire; /* version of docs/wire that it speaks; 0: an older one */
    struct word_codec codec; /* of the frames that it takes; version 0: none */
    unsigned arms; /* version of @arm: it arms guests; 0: it does not */
    /* it gives guests devices for those that they had: 1, VFs and vifs; 2,
       whole cards as well, and it tells what is free; 0, it does not */
    unsigned devices;
    struct word_lanes lanes; /* that it offers; version 0: none */
    char no_lanes[256];      /* why it has none; "": it does not know them */
    char name[64];
    bool has_xl;
    bool maintenance;                    /* it takes no guests */
    unsigned xen_major, xen_minor;       /* 0.0: unknown */
    bool records;                        /* it keeps handover records */
    uint64_t epoch;                      /* the guest's highest epoch on it */
    int64_t free_mib;                    /* -1: unknown */
    int64_t balloon_mib;                 /* more that its dom0 could give */
    int64_t promised_mib;                /* of both, to other guests */
    char vendor[32];                     /* "": unknown */
    struct xlx_features pv_max, hvm_max; /* n == 0: unknown */
    struct xlx_xsave pv_xsave, hvm_xsave;
    double tsc_khz; /* 0: unknown */
    bool knows_networks;
    struct strlist networks;
    struct xlx_pools pools;      /* n == 0: unknown */
    struct strlist names, uuids; /* of its domains, but for those that are: */
    struct strlist dying;        /* UUIDs; such a domain keeps its memory */
    struct strlist missing;      /* of the paths asked for */
    struct strlist listening;    /* "127.0.0.1:5907": displays in use */
};

/* What the target host is asked, and how it will receive. */
struct target_question {
    const char *const *paths; /* that must exist on it */
    size_t n_paths;
    const char *uuid; /* of the guest, or NULL */
    bool xl_only;     /* --xl: ask as if it had no rackhop */
    bool no_watch;    /* -e: no process stays to handle the guest's end */
    bool debug;       /* -d for stock xl */
    bool paused;      /* -p */
    int verbose;      /* -v, for what receives there */
    bool check_only;  /* --dry-run: answer, receive nothing */
};

/* The script for the target host's sh. To be freed; NULL: no memory. */
char *target_script(const struct target_question *q);

/* Reads what came before the banner. 0, or -EINVAL and the reason. */
int target_parse(struct target_host *f, const char *greeting, struct msg *err);
void target_dispose(struct target_host *f);

#endif
