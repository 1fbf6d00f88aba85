/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * CPU featuresets: what a guest's CPUs show, and what a host can offer.
 *
 * Xen does not compare them on a restore: it drops the bits that the target
 * host lacks without a word, and the guest dies of an invalid opcode. So the
 * comparison is ours (rackhop-formats(5), cpu_policy; scheduler/cpu.h).
 */
#ifndef XLX_CPU_H
#define XLX_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/migrate.h"

enum xlx_cpu_set {
    XLX_CPU_PV_MAX,
    XLX_CPU_HVM_MAX,
    XLX_CPU_PV_DEFAULT,
    XLX_CPU_HVM_DEFAULT
};

/* What this host's Xen can offer. 0 or a negative errno. */
int xlx_cpu_host_features(struct xlx *x, enum xlx_cpu_set set,
                          struct xlx_features *f);
/* What a domain's CPUs show, of the bits that code may depend on: those that
 * follow from the platform (htt, osxsave, hypervisor, ..) are left out. */
int xlx_cpu_domain_policy(struct xlx *x, uint32_t domid,
                          struct xlx_features *f, struct xlx_xsave *xsave);
/* The most that guests of this host can have of XSAVE; what Xen does not tell
 * is not known. */
void xlx_cpu_host_xsave(struct xlx *x, struct xlx_xsave *pv,
                        struct xlx_xsave *hvm);

/*
 * The frequency of the time stamp counter that the guest sees, kHz. 0: it does
 * not matter, since Xen emulates the counter for it on any host, or it is not
 * known. UINT32_MAX: that of the host on which the guest is (tsc_mode=native).
 */
uint32_t xlx_cpu_tsc_khz(struct xlx *x, uint32_t domid);

/* "178bfbff,f6fa3203,..": to text and back. 0 or -EINVAL. */
char *xlx_cpu_format(const struct xlx_features *f, char *buf, size_t len);
int xlx_cpu_parse(const char *s, struct xlx_features *f);

/* The leaves of a policy as a featureset; pure, for tests. */
struct xlx_cpu_leaf {
    uint32_t leaf, subleaf; /* subleaf UINT32_MAX: none */
    uint32_t a, b, c, d;
};
void xlx_cpu_from_leaves(const struct xlx_cpu_leaf *l, unsigned n,
                         struct xlx_features *f);
void xlx_cpu_xsave_from_leaves(const struct xlx_cpu_leaf *l, unsigned n,
                               struct xlx_xsave *xsave);

#endif
