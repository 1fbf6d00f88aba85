/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Stands for all that asks Xen, in the program for hosts without Xen.
 *
 * Opening Xen fails with a sentence, so nothing else here is ever called with a
 * handle: the rest is there for the linker, and says that there is no device.
 */
#include <errno.h>
#include <features.h>
#include <stddef.h>
#include <stdlib.h>

#include "libxl-ext/balloon.h"
#include "libxl-ext/cap.h"
#include "libxl-ext/context.h"
#include "libxl-ext/copy.h"
#include "libxl-ext/device.h"
#include "libxl-ext/dirty.h"
#include "libxl-ext/domain.h"
#include "libxl-ext/facts.h"
#include "libxl-ext/image.h"
#include "libxl-ext/pools.h"
#include "libxl-ext/receive.h"
#include "libxl-ext/sample.h"
#include "libxl-ext/send.h"
#include "libxl-ext/share.h"
#include "libxl-ext/steal.h"
#include "libxl-ext/xlx_impl.h"

static int no_xen(struct msg *err)
{
    msg_set(
        err,
        "that takes Xen, and this is the rackhop for hosts without it; a Xen "
        "host needs the package rackhop");
    return -ENODEV;
}

/* --- domains --------------------------------------------------------------- */

int xlx_open(struct xlx **x_r, struct xentoollog_logger *lg, struct msg *err)
{
    *x_r = NULL;
    return no_xen(err);
}

void xlx_close(struct xlx *x)
{
}

const char *xlx_type_name(enum xlx_type t)
{
    return "";
}

int xlx_domain_find(struct xlx *x, const char *which, int flags,
                    struct xlx_domain *d, struct msg *err)
{
    return no_xen(err);
}

int xlx_domain_get(struct xlx *x, uint32_t domid, int flags,
                   struct xlx_domain *d, struct msg *err)
{
    return no_xen(err);
}

int xlx_domain_list(struct xlx *x, struct xlx_domain **list_r, unsigned *n_r)
{
    *list_r = NULL;
    *n_r = 0;
    return -ENODEV;
}

void xlx_domain_dispose(struct xlx_domain *d)
{
}

void xlx_domain_list_free(struct xlx_domain *list, unsigned n)
{
}

int xlx_domain_reconfigure(struct xlx *x, struct xlx_domain *d,
                           const char *json, int flags, struct msg *err)
{
    return no_xen(err);
}

int xlx_lock(const char *rundir, const char *uuid, const char *what,
             struct msg *err)
{
    return no_xen(err);
}

const char *xlx_bound_text(unsigned bound)
{
    return NULL;
}

bool xlx_needs_file(const struct xlx_needs *n, const char *path)
{
    return false;
}

int xlx_image_ratio(const struct xlx_domain *d, double *ratio_r)
{
    return -ENODEV;
}

/* --- the host ---------------------------------------------------------------- */

int xlx_host_facts(struct xlx *x, struct xlx_host *h, struct msg *err)
{
    return no_xen(err);
}

int xlx_cpu_sample(struct xlx *x, struct xlx_cpu_sample *s)
{
    return -ENODEV;
}

char *xlx_features_format(const struct xlx_features *f, char *buf, size_t len)
{
    if (len)
        *buf = '\0';
    return buf;
}

int xlx_features_parse(const char *s, struct xlx_features *f)
{
    return -EINVAL;
}

int xlx_pools_read(struct xlx *x, struct xlx_pools *p)
{
    return -ENODEV;
}

struct xlx_pool *xlx_pools_add(struct xlx_pools *p)
{
    return NULL;
}

const struct xlx_pool *xlx_pools_find(const struct xlx_pools *p,
                                      const char *name)
{
    return NULL;
}

void xlx_pools_dispose(struct xlx_pools *p)
{
}

int xlx_steal_look(struct xlx *x, struct xlx_steal *s)
{
    return -ENODEV;
}

double xlx_steal_share(const struct xlx_steal *s, uint32_t domid, double cpu)
{
    return -1;
}

int xlx_steal_pause_ms(void)
{
    return 50;
}

struct xlx_looker xlx_looker(struct xlx *x)
{
    return (struct xlx_looker){ .arg = NULL };
}

int xlx_store_read(struct xlx *x, uint32_t domid, const char *key, char *buf,
                   size_t size)
{
    return -ENODEV;
}

/* --- a move ------------------------------------------------------------------- */

int xlx_send_run(struct xlx_send *s, struct msg *err)
{
    return no_xen(err);
}

double xlx_downtime_ms(const struct xlx_times *t)
{
    return -1;
}

int xlx_receive_run(struct xlx_receive *r, struct msg *err)
{
    return no_xen(err);
}

void xlx_receive_dispose(struct xlx_receive *r)
{
}

int xlx_watch(struct xlx *x, uint32_t domid, struct msg *err)
{
    return no_xen(err);
}

int xlx_guest_stays(struct xlx *x, const struct xlx_stay *h, struct msg *err)
{
    return no_xen(err);
}

int xlx_copy_find(struct xlx *x, const char *uuid,
                  bool (*is)(void *arg, const struct xlx_copy *c), void *arg,
                  struct xlx_copy *c)
{
    return -ENODEV;
}

int xlx_copy_rename(struct xlx *x, const struct xlx_copy *c, const char *name)
{
    return -ENODEV;
}

int xlx_copy_start(struct xlx *x, uint32_t domid, bool paused, struct msg *err)
{
    return no_xen(err);
}

int xlx_copy_drop(struct xlx *x, uint32_t domid)
{
    return -ENODEV;
}

int xlx_context_look(struct xlx *x, const char *dir, const char *uuid,
                     uint32_t domid, struct msg *err)
{
    return no_xen(err);
}

int xlx_context_load(struct xlx *x, const char *dir, const char *uuid,
                     uint32_t domid, struct msg *err)
{
    return no_xen(err);
}

void xlx_context_forget(const char *dir, const char *uuid)
{
}

int xlx_dirty_sample(struct xlx *x, const struct xlx_domain *d,
                     const char *rundir, int lock, const uint64_t *times_us,
                     unsigned n, const volatile sig_atomic_t *cancel,
                     struct xlx_dirty *out, struct msg *err)
{
    return no_xen(err);
}

int xlx_dirty_recover(struct xlx *x, const struct xlx_domain *d,
                      const char *rundir)
{
    return -ENODEV;
}

int xlx_cap_get(struct xlx *x, uint32_t domid, unsigned *cap_r)
{
    return -ENODEV;
}

int xlx_cap_set(struct xlx *x, uint32_t domid, unsigned cap)
{
    return -ENODEV;
}

int xlx_cap_note(struct xlx *x, uint32_t domid, const struct xlx_cap *c)
{
    return -ENODEV;
}

void xlx_share_read(struct xlx *x, uint32_t domid, struct xlx_share *s)
{
    *s = (struct xlx_share){ .weight = 0 };
}

/* --- devices ---------------------------------------------------------------- */

int xlx_device_has(struct xlx *x, uint32_t domid, const struct xlx_device *d,
                   struct msg *err)
{
    return no_xen(err);
}

int xlx_device_take(struct xlx *x, uint32_t domid, const struct xlx_device *d,
                    struct msg *err)
{
    return no_xen(err);
}

int xlx_device_give(struct xlx *x, uint32_t domid, const struct xlx_device *d,
                    struct msg *err)
{
    return no_xen(err);
}

int xlx_device_read_vif(struct xlx *x, uint32_t domid, unsigned vif, char *nic,
                        size_t size, char mac[18], struct msg *err)
{
    return no_xen(err);
}

int xlx_device_can_give(struct xlx *x, struct msg *err)
{
    return no_xen(err);
}

uint64_t xlx_device_vifs_of(struct xlx *x, uint32_t domid, const char *mac)
{
    return 0;
}

/* --- memory ----------------------------------------------------------------- */

uint64_t xlx_balloon_most(struct xlx *x, uint32_t domid)
{
    return 0;
}

int xlx_balloon_get(struct xlx *x, uint32_t domid, struct xlx_balloon *b,
                    struct msg *err)
{
    return no_xen(err);
}

int xlx_balloon_set(struct xlx *x, uint32_t domid, uint64_t target_kib,
                    struct msg *err)
{
    return no_xen(err);
}

/* --- libc --------------------------------------------------------------------- */

/*
 * This program has libxlutil in itself, so that it needs none of Xen's libraries.
 * One that was compiled with glibc 2.38 or later, as in Debian 13, calls these two
 * by the names that they have there for C23; what they do differently, binary
 * numbers that begin with 0b, no configuration has.
 */
#ifdef __GLIBC_PREREQ
#if !__GLIBC_PREREQ(2, 38)
long __isoc23_strtol(const char *s, char **end, int base);
long __isoc23_strtol(const char *s, char **end, int base)
{
    return strtol(s, end, base);
}

unsigned long __isoc23_strtoul(const char *s, char **end, int base);
unsigned long __isoc23_strtoul(const char *s, char **end, int base)
{
    return strtoul(s, end, base);
}
#endif
#endif
