/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds, starts, keeps and drops a guest's copy on this host.
 */
#ifndef XLX_COPY_H
#define XLX_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "libxl-ext/domain.h"
#include "libxl-ext/handover.h"

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

/* Behind the guest's name: a copy that is being built on the target host. */
#define XLX_INCOMING "--incoming"

/*
 * Where xenstore keeps, below a domain's own path, which move built it
 * (struct xlx_handover, mark). libxl writes it in the transaction that makes
 * the domain, so that no moment is without it; a guest can read it and not
 * write it.
 */
#define XLX_MARK "rackhop/move"

/* A copy of a guest that is on this host. */
struct xlx_copy {
    enum ho_copy state; /* HO_COPY_NONE: there is none */
    uint32_t domid;
    char name[256];
    char mark[128]; /* "": none, so rackhop has not built it */
};
/* Finds the first copy with that UUID that `is` says yes to (NULL: any), but
 * for those that Xen is destroying. 0, also when there is none; else it is
 * not known. */
int xlx_copy_find(struct xlx *x, const char *uuid,
                  bool (*is)(void *arg, const struct xlx_copy *c), void *arg,
                  struct xlx_copy *c);
/* Programs that move or save a domain, as far as /proc tells. */
enum xlx_holder {
    XLX_HELD_BY_NOBODY,
    XLX_HELD_BY_ORPHAN, /* a helper whose program was killed: it ends */
    XLX_HELD_BY_OTHERS, /* xl, or a helper that lives with its program */
};
/* Only programs of root count: others can call themselves what they like, and
 * can't move a domain. */
enum xlx_holder xlx_held_by(uint32_t domid, const char *name);
/* Does an `xl migrate-receive` run? It does not say which guest it builds. */
bool xlx_xl_receives(void);
/* Unpauses it unless it is to stay paused. 0 when it runs, also when libxl
 * was not content with all of it. */
int xlx_copy_start(struct xlx *x, uint32_t domid, bool paused,
                   struct msg *err);
int xlx_copy_rename(struct xlx *x, const struct xlx_copy *c, const char *name);
int xlx_copy_drop(struct xlx *x, uint32_t domid);

#endif
