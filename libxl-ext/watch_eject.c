/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Empties a drive when the guest ejects what is in it.
 *
 * A guest asks for that in xenstore, and libxl passes the wish on to whoever
 * watches the guest. Without an answer the guest finds its drive full for
 * ever, and the image on the host can't be released.
 */
#include "libxl-ext/watch_eject.h"

#include <stdlib.h>

#include "libxl-ext/xlx_impl.h"

void xlx_ejects_open(struct xlx_ejects *e, struct xlx *x, uint32_t domid,
                     const libxl_domain_config *c)
{
    *e = (struct xlx_ejects){ .n = 0 };
    e->gen = calloc((size_t)c->num_disks + 1, sizeof *e->gen);
    for (int i = 0; e->gen && i < c->num_disks; i++)
        if (c->disks[i].removable && c->disks[i].vdev &&
            !libxl_evenable_disk_eject(x->ctx, domid, c->disks[i].vdev, 0,
                                       &e->gen[e->n]))
            e->n++;
}

void xlx_ejects_event(struct xlx *x, const libxl_event *ev)
{
    /* the disk of the event is the drive, with nothing in it */
    libxl_device_disk disk = ev->u.disk_eject.disk;
    int r = libxl_cdrom_insert(x->ctx, ev->domid, &disk, NULL);

    if (r)
        xtl_log(x->lg, XTL_WARN, -1, "rackhop",
                "domain %u has ejected what is in %s, and the drive could not "
                "be emptied: %s",
                ev->domid, disk.vdev ? disk.vdev : "a drive",
                xlx_libxl_text(r));
}

void xlx_ejects_close(struct xlx_ejects *e, struct xlx *x)
{
    for (int i = 0; i < e->n; i++)
        libxl_evdisable_disk_eject(x->ctx, e->gen[i]);
    free(e->gen);
    *e = (struct xlx_ejects){ .n = 0 };
}
