/* SPDX-License-Identifier: LGPL-2.1-only */
/* Empties a drive when the guest ejects what is in it, as xl's daemon does. */
#ifndef XLX_WATCH_EJECT_H
#define XLX_WATCH_EJECT_H

#include <libxl_event.h>

struct xlx;

struct xlx_ejects {
    libxl_evgen_disk_eject **gen; /* one for each drive */
    int n;
};

/* Has libxl tell of ejects of these drives; those that it can't watch stay as
 * they are. */
void xlx_ejects_open(struct xlx_ejects *e, struct xlx *x, uint32_t domid,
                     const libxl_domain_config *c);
/* Acts on an event of that type. */
void xlx_ejects_event(struct xlx *x, const libxl_event *ev);
void xlx_ejects_close(struct xlx_ejects *e, struct xlx *x);

#endif
