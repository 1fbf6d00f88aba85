/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What must hold before anything moves. Each check is a row; a refusal is
 * one sentence with what is in the way and what to do.
 */
#ifndef RACKHOP_MOVE_PREFLIGHT_H
#define RACKHOP_MOVE_PREFLIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/facts.h"
#include "libxl-ext/migrate.h"
#include "tools/move/target.h"

struct preflight {
    const struct xlx_domain *dom;
    const struct xlx_host *here;   /* the source host */
    const char *here_vendor;       /* of its CPU */
    const struct target_host *far; /* the target host; NULL: not asked yet */
    const char *host;              /* what the user calls the target host */
    bool same_tsc;                 /* its counter has the guest's frequency */
    bool pci_moves;                /* PCI devices are changed for others, .. */
    unsigned pci_tied;             /* .. but for so many of the guest's */
};

enum { PREFLIGHT_TEXT = 1024 };

/* The first check that fails writes its sentence: its rule's name, or NULL
 * when all hold. Pure. */
const char *preflight_refuse(const struct preflight *p, char *buf, size_t len);
/* The next warning, of a check in row *row of the table or after it: what does
 * not prevent the move, and goes wrong later. False when there is none. Pure.
 */
bool preflight_warn(const struct preflight *p, size_t *row, char *buf,
                    size_t len);
/* The planners' rules that forbid this move: bits of enum plan_rule. The map
 * is not asked. 0 or -ENOMEM. */
int preflight_rules(const struct preflight *p, uint32_t *rules_r);
/* What could not be checked, for a warning: true if there is anything. */
bool preflight_unknown(const struct preflight *p, char *buf, size_t len);

#endif
