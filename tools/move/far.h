/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The far end before a move: one ssh connection asks what the host is and
 * then becomes the receiver, so that a look costs no second connection.
 *
 * With rackhop there, `rackhop receive --greet` prints its facts in front of
 * xl's banner. With xl alone, a shell script prints what xl and Xen's tools
 * know, and then becomes `xl migrate-receive`. Behind an -s command that
 * runs something else there is only the banner, and nothing is known.
 */
#ifndef RACKHOP_MOVE_FAR_H
#define RACKHOP_MOVE_FAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/facts.h"
#include "tools/base/msg.h"

enum far_kind { FAR_UNKNOWN, FAR_RACKHOP, FAR_XL, FAR_NOTHING };

struct far_list {
    char **s;
    size_t n;
};

struct far_host {
    enum far_kind kind;
    char name[64];
    bool has_xl;
    bool maintenance;                    /* it takes no guests */
    unsigned xen_major, xen_minor;       /* 0.0: unknown */
    bool records;                        /* it keeps handover records */
    uint64_t epoch;                      /* the guest's highest there */
    int64_t free_mib;                    /* -1: unknown */
    int64_t balloon_mib;                 /* more that dom0 could give */
    char vendor[32];                     /* "": unknown */
    struct xlx_features pv_max, hvm_max; /* n == 0: unknown */
    bool knows_networks;
    struct far_list networks;
    struct far_list names, uuids; /* of its domains */
    struct far_list missing;      /* of the paths asked for */
};

/* What the far end is asked, and how it will receive. */
struct far_question {
    const char *const *paths; /* that must exist there */
    size_t n_paths;
    const char *uuid; /* of the guest, or NULL */
    bool xl_only;     /* ask as if rackhop were not known (tests, -x) */
    bool no_watch;    /* -e: nobody waits for the domain's death there */
    bool debug;       /* -d for stock xl */
    bool paused;      /* -p */
    int verbose;      /* -v, for stock xl */
    bool check_only;  /* --dry-run: look, receive nothing */
};

/* The script for the far end's sh. To be freed; NULL: no memory. */
char *far_script(const struct far_question *q);

/* Reads what stood before the banner. 0, or -EINVAL and the reason. */
int far_parse(struct far_host *f, const char *greeting, struct msg *err);
void far_dispose(struct far_host *f);
bool far_has(const struct far_list *l, const char *s);

#endif
