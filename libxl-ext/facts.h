/* SPDX-License-Identifier: LGPL-2.1-only */
/* What Xen says of this host. */
#ifndef XLX_FACTS_H
#define XLX_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "libxl-ext/migrate.h"
#include "tools/base/msg.h"

struct xlx_host {
    unsigned xen_major, xen_minor;
    char xen_extra[32]; /* ".7" */
    uint64_t total_kib, free_kib;
    uint64_t dom0_kib; /* dom0 holds this much */
    bool dom0_fixed;   /* dom0_mem= is on Xen's command line */
    unsigned cpus;     /* physical threads */
    uint64_t cpu_khz;
    bool hap, shadow; /* hardware-assisted and shadow paging */
    bool no_iommu;    /* no guest gets a PCI device */
    struct xlx_features pv_max, hvm_max, pv_default, hvm_default;
    struct xlx_xsave pv_xsave, hvm_xsave; /* at most */
};

int xlx_host_facts(struct xlx *x, struct xlx_host *h, struct msg *err);

/* CPU time that each domain, dom0 too, has used since it started, ns: two of
 * these tell how many threads it had in use between them. */
struct xlx_cpu_sample {
    uint64_t at_ns; /* CLOCK_MONOTONIC */
    struct xlx_cpu {
        uint32_t domid;
        uint64_t used_ns;
    } * dom; /* to be freed */
    unsigned n;
};
/* 0 or a negative errno. */
int xlx_cpu_sample(struct xlx *x, struct xlx_cpu_sample *s);

/* --- features (cpu.c) ---------------------------------------------------------- */

/* "178bfbff,f6fa3203,..", and back (0 or -EINVAL). */
char *xlx_features_format(const struct xlx_features *f, char *buf, size_t len);
int xlx_features_parse(const char *s, struct xlx_features *f);

enum { XLX_FEATURES_TEXT = XLX_FEATURE_WORDS * 9 + 1 };

#endif
