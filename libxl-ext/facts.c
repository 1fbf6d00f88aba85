/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads from Xen what this host is: memory, CPUs, version, features. */
#include "libxl-ext/facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/cpu.h"
#include "libxl-ext/xlx_impl.h"
#include "tools/base/clock.h"
#include "tools/base/msg.h"

/* dom0_mem= as a word of its own: then dom0 is not to be ballooned (the rule
 * of xl.conf's autoballoon="auto"). */
static bool has_dom0_mem(const char *commandline)
{
    const char *p = commandline;

    while (p && (p = strstr(p, "dom0_mem="))) {
        if (p == commandline || p[-1] == ' ')
            return true;
        p++;
    }
    return false;
}

int xlx_host_facts(struct xlx *x, struct xlx_host *h, struct msg *err)
{
    const libxl_version_info *v = libxl_get_version_info(x->ctx);
    xc_domaininfo_t dom0;
    libxl_physinfo p;
    int rc = -EIO;

    *h = (struct xlx_host){ .xen_major = 0 };
    libxl_physinfo_init(&p);
    if (!v || libxl_get_physinfo(x->ctx, &p)) {
        msg_set(err, "Xen reports nothing about this host");
        goto out;
    }
    h->xen_major = (unsigned)v->xen_version_major;
    h->xen_minor = (unsigned)v->xen_version_minor;
    snprintf(h->xen_extra, sizeof h->xen_extra, "%s",
             v->xen_version_extra ? v->xen_version_extra : "");
    h->total_kib = p.total_pages * 4;
    h->free_kib = p.free_pages * 4 + p.scrub_pages * 4;
    if (p.outstanding_pages * 4 < h->free_kib)
        h->free_kib -= p.outstanding_pages * 4;
    h->cpus = p.nr_cpus;
    h->cpu_khz = p.cpu_khz;
    h->hap = p.cap_hap;
    h->shadow = p.cap_shadow;
    h->no_iommu = !p.cap_hvm_directio; /* of PV guests as well */
    h->dom0_fixed = has_dom0_mem(v->commandline);
    if (xc_domain_getinfolist(x->xch, 0, 1, &dom0) == 1 && !dom0.domain)
        h->dom0_kib = dom0.tot_pages * 4;
    xlx_cpu_host_xsave(x, &h->pv_xsave, &h->hvm_xsave);
    rc = xlx_cpu_host_features(x, XLX_CPU_PV_MAX, &h->pv_max);
    if (!rc)
        rc = xlx_cpu_host_features(x, XLX_CPU_HVM_MAX, &h->hvm_max);
    if (!rc)
        rc = xlx_cpu_host_features(x, XLX_CPU_PV_DEFAULT, &h->pv_default);
    if (!rc)
        rc = xlx_cpu_host_features(x, XLX_CPU_HVM_DEFAULT, &h->hvm_default);
    if (rc)
        msg_set(err, "Xen does not report its CPU features: %s",
                strerror(-rc));
out:
    libxl_physinfo_dispose(&p);
    return rc;
}

int xlx_cpu_sample(struct xlx *x, struct xlx_cpu_sample *s)
{
    libxl_dominfo *list;
    int n;

    *s = (struct xlx_cpu_sample){ .dom = NULL };
    list = libxl_list_domain(x->ctx, &n);
    s->at_ns = clock_ns();
    if (!list)
        return -EIO;
    s->dom = calloc((size_t)n + 1, sizeof *s->dom);
    for (int i = 0; s->dom && i < n; i++)
        s->dom[s->n++] = (struct xlx_cpu){ list[i].domid, list[i].cpu_time };
    libxl_dominfo_list_free(list, n);
    return s->dom ? 0 : -ENOMEM;
}

char *xlx_features_format(const struct xlx_features *f, char *buf, size_t len)
{
    return xlx_cpu_format(f, buf, len);
}

int xlx_features_parse(const char *s, struct xlx_features *f)
{
    return xlx_cpu_parse(s, f);
}
