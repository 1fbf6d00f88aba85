/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The public handle on this host's Xen, and its domains.
 *
 * Functions of this folder return 0 or a negative errno and, where they take
 * err, one sentence in it. Strings that come back belong to the struct they
 * are in until its _dispose.
 */
#ifndef XLX_DOMAIN_H
#define XLX_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/needs.h"
#include "tools/base/msg.h"
#include "tools/base/strlist.h"

struct xentoollog_logger;
struct xlx; /* opaque */

/* Opens libxl and libxc; lg stays the caller's and must outlive the handle. */
int xlx_open(struct xlx **x_r, struct xentoollog_logger *lg, struct msg *err);
void xlx_close(struct xlx *x); /* NULL is fine */

/* --- domains --------------------------------------------------------------- */

enum xlx_type { XLX_PV, XLX_HVM, XLX_PVH };
const char *xlx_type_name(enum xlx_type t); /* "pv", "hvm", "pvh" */

enum { XLX_UUID_LEN = 36, XLX_FEATURE_WORDS = 32, XLX_VIFS = 64 };

/* A CPU featureset: 32-bit words in Xen's order; scheduler/cpu.c has the names
 * of the bits. */
struct xlx_features {
    uint32_t word[XLX_FEATURE_WORDS];
    unsigned n; /* words that this Xen knows */
};

/* What XSAVE saves of a CPU: bits of XCR0, and the size of that, not compacted.
 */
struct xlx_xsave {
    bool known;
    uint64_t xcr0;
    uint32_t bytes;
};

struct xlx_domain {
    uint32_t domid;
    char uuid[XLX_UUID_LEN + 1];
    char *name; /* NULL: none in xenstore */
    enum xlx_type type;
    bool paused, dying, shutdown;
    int shutdown_reason; /* Xen's SHUTDOWN_*, when shutdown */
    uint64_t memory_kib; /* held now */
    uint64_t stub_kib;   /* held by its stub domain, on top of that */
    uint64_t above_kib;  /* held above what libxl would restore it with */
    uint64_t need_kib;   /* what a target must have free (with its config) */
    unsigned vcpus;
    struct xlx_features policy; /* what its CPUs show */
    struct xlx_xsave xsave;     /* and may have in use */
    uint32_t tsc_khz;           /* as xlx_cpu_tsc_khz() has it: cpu.h */
    /* from its configuration; only with XLX_DOMAIN_CONFIG */
    char *config_json; /* as libxl writes it, for the target host */
    /* bridges, and driver domains as network.h has them; paths on this host */
    struct strlist bridges, disks;
    struct strlist pci; /* "0000:03:10.0" */
    uint64_t vifs;      /* bit n: it has the vif n; of the first XLX_VIFS */
    struct xlx_needs needs;
    bool vnuma, nested;
    bool driver_domain; /* it may be the backend of others */
};

enum {
    XLX_DOMAIN_CONFIG = 1,
    XLX_DOMAIN_KEEP_DOMID = 2,
    XLX_DOMAIN_STORE = 4, /* data/ and vm-data/ of xenstore go along */
    XLX_DOMAIN_PCI = 8,   /* it is to be given PCI devices later */
};

/* By name, by number or by UUID. -ESRCH: none of that name. */
int xlx_domain_find(struct xlx *x, const char *which, int flags,
                    struct xlx_domain *d, struct msg *err);
/* The same of one whose number is known, whatever others are called. */
int xlx_domain_get(struct xlx *x, uint32_t domid, int flags,
                   struct xlx_domain *d, struct msg *err);
/* All but domain 0 and stub domains, which go with their guests. The array and
 * each element are to be disposed of. */
int xlx_domain_list(struct xlx *x, struct xlx_domain **list_r, unsigned *n_r);
void xlx_domain_dispose(struct xlx_domain *d);
void xlx_domain_list_free(struct xlx_domain *list, unsigned n);

/* Another configuration in place of the domain's own (xl's -C), as JSON. The
 * UUID stays the running guest's. */
int xlx_domain_reconfigure(struct xlx *x, struct xlx_domain *d,
                           const char *json, int flags, struct msg *err);

/*
 * One lock a domain, shared by all that touch its log-dirty mode: a sampler
 * beside a migration would take dirty bits that the migration needs. Returns
 * a descriptor to close, -EBUSY with the holder's name in err, or another
 * errno.
 */
int xlx_lock(const char *rundir, const char *uuid, const char *what,
             struct msg *err);

/* Turns log-dirty off if it is on; 0 also when it was not. */
int xlx_logdirty_off(struct xlx *x, uint32_t domid);

#endif
