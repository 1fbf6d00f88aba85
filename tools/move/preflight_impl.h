/* SPDX-License-Identifier: LGPL-2.1-only */
/* The rows of the checks before a move, for the table in preflight.c. */
#ifndef RACKHOP_MOVE_PREFLIGHT_IMPL_H
#define RACKHOP_MOVE_PREFLIGHT_IMPL_H

#include "tools/move/preflight.h"

/* True when the check refuses or warns; it has written its sentence then. */
typedef bool refuse_fn(const struct preflight *p, char *b, size_t n);

/* What the guest is called. */
static inline const char *preflight_name(const struct preflight *p)
{
    return p->dom->name ? p->dom->name : p->dom->uuid;
}

/* preflight_files.c. Whether the path that the target host has missed as its
 * i-th is one of a disk. */
bool preflight_lacks_disk(const struct preflight *p, size_t i);
void preflight_tell_disk(const struct preflight *p, char *b, size_t n);
refuse_fn preflight_no_model, preflight_no_script, preflight_no_start;
/* preflight_cpus.c */
refuse_fn preflight_no_pool, preflight_other_sched, preflight_no_cpus;
refuse_fn preflight_no_pin, preflight_pins_cut;
/* preflight_clock.c */
refuse_fn preflight_tsc, preflight_tsc_warn;
/* preflight_devices.c */
refuse_fn preflight_nested, preflight_bound, preflight_bound_warn;
refuse_fn preflight_display;

#endif
