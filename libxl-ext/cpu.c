/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads CPU featuresets from Xen, and as text; scheduler/cpu.c knows their
 * names.
 */
#include "libxl-ext/cpu.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>
#include <xenguest.h>

#include "libxl-ext/xlx_impl.h"

/* --- text ---------------------------------------------------------------- */

char *xlx_cpu_format(const struct xlx_features *f, char *buf, size_t len)
{
    size_t at = 0;

    if (len)
        *buf = '\0';
    for (unsigned i = 0; i < f->n && at < len; i++)
        at += (size_t)snprintf(buf + at, len - at, "%s%08x", i ? "," : "",
                               f->word[i]);
    return buf;
}

int xlx_cpu_parse(const char *s, struct xlx_features *f)
{
    *f = (struct xlx_features){ .n = 0 };
    for (;;) {
        uint32_t w = 0;
        int digits = 0;

        for (; isxdigit((unsigned char)*s); s++, digits++) {
            int c = tolower((unsigned char)*s);

            w = w << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        if (!digits || digits > 8 || f->n == XLX_FEATURE_WORDS)
            return -EINVAL;
        f->word[f->n++] = w;
        if (!*s)
            return 0;
        if (*s++ != ',')
            return -EINVAL;
    }
}

/* --- from Xen ------------------------------------------------------------ */

/* Which register of which leaf is which word (cpufeatureset.h's headings);
 * words 16 and 17 are an MSR, which tells of mitigations, not of code. */
static const struct {
    uint32_t leaf, subleaf;
    char reg;
} words[] = {
    { 1, UINT32_MAX, 'd' },
    { 1, UINT32_MAX, 'c' },
    { 0x80000001, UINT32_MAX, 'd' },
    { 0x80000001, UINT32_MAX, 'c' },
    { 0xd, 1, 'a' },
    { 7, 0, 'b' },
    { 7, 0, 'c' },
    { 0x80000007, UINT32_MAX, 'd' },
    { 0x80000008, UINT32_MAX, 'b' },
    { 7, 0, 'd' },
    { 7, 1, 'a' },
    { 0x80000021, UINT32_MAX, 'a' },
    { 7, 1, 'b' },
    { 7, 2, 'd' },
    { 7, 1, 'c' },
    { 7, 1, 'd' },
};
enum { WORDS = sizeof words / sizeof words[0], COMMON_1D = 0x0183f3ff };

/* Bits that say what the platform is or what the guest's kernel switched on,
 * not what code may use. */
static const unsigned platform_bits[] = {
    0 * 32 + 9,  /* apic */
    0 * 32 + 28, /* htt */
    1 * 32 + 21, /* x2apic: emulated */
    1 * 32 + 27, /* osxsave */
    1 * 32 + 31, /* hypervisor */
    3 * 32 + 1,  /* cmp_legacy */
    3 * 32 + 3,  /* extapic */
    6 * 32 + 4,  /* ospke */
};

void xlx_cpu_from_leaves(const struct xlx_cpu_leaf *l, unsigned n,
                         struct xlx_features *f)
{
    *f = (struct xlx_features){ .n = WORDS };
    for (unsigned i = 0; i < n; i++)
        for (unsigned w = 0; w < WORDS; w++) {
            uint32_t v;

            if (l[i].leaf != words[w].leaf ||
                (l[i].subleaf != words[w].subleaf &&
                 !(words[w].subleaf == UINT32_MAX && !l[i].subleaf)))
                continue;
            switch (words[w].reg) {
            case 'a': v = l[i].a; break;
            case 'b': v = l[i].b; break;
            case 'c': v = l[i].c; break;
            default: v = l[i].d;
            }
            f->word[w] = v;
        }
    /* AMD repeats leaf 1's bits here; Xen's sets hold them once */
    f->word[2] &= ~(uint32_t)COMMON_1D;
    for (size_t i = 0; i < sizeof platform_bits / sizeof platform_bits[0]; i++)
        f->word[platform_bits[i] / 32] &= ~(1u << platform_bits[i] % 32);
}

/* Leaf 0xd: the low and the high half of XCR0, and the size of all of it. A CPU
 * without XSAVE has zeroes there, or no such leaf. */
void xlx_cpu_xsave_from_leaves(const struct xlx_cpu_leaf *l, unsigned n,
                               struct xlx_xsave *xsave)
{
    *xsave = (struct xlx_xsave){ .known = n > 0 };
    for (unsigned i = 0; i < n; i++)
        if (l[i].leaf == 0xd && !l[i].subleaf) {
            xsave->xcr0 = (uint64_t)l[i].d << 32 | l[i].a;
            xsave->bytes = l[i].c;
        }
}

/* The leaves of a domain's policy, or (domid DOMID_INVALID) of one of Xen's own,
 * to be freed. 0 or a negative errno. */
static int policy_leaves(struct xlx *x, uint32_t domid, unsigned index,
                         struct xlx_cpu_leaf **l_r, unsigned *n_r)
{
    xc_cpu_policy_t *p = NULL;
    xen_cpuid_leaf_t *raw = NULL;
    xen_msr_entry_t *msrs = NULL;
    uint32_t nr_leaves = 0, nr_msrs = 0;
    int rc = -EIO;

    *l_r = NULL;
    *n_r = 0;
    if (xc_cpu_policy_get_size(x->xch, &nr_leaves, &nr_msrs))
        return rc;
    rc = -ENOMEM;
    p = xc_cpu_policy_init();
    raw = calloc(nr_leaves, sizeof *raw);
    msrs = calloc(nr_msrs, sizeof *msrs);
    *l_r = calloc(nr_leaves, sizeof **l_r);
    if (!p || !raw || !msrs || !*l_r)
        goto out;
    rc = -EIO;
    if (domid == DOMID_INVALID ? xc_cpu_policy_get_system(x->xch, index, p)
                               : xc_cpu_policy_get_domain(x->xch, domid, p))
        goto out;
    if (xc_cpu_policy_serialise(x->xch, p, raw, &nr_leaves, msrs, &nr_msrs))
        goto out;
    for (uint32_t i = 0; i < nr_leaves; i++)
        (*l_r)[i] =
            (struct xlx_cpu_leaf){ raw[i].leaf, raw[i].subleaf, raw[i].a,
                                   raw[i].b,    raw[i].c,       raw[i].d };
    *n_r = nr_leaves;
    rc = 0;
out:
    if (p)
        xc_cpu_policy_destroy(p);
    free(raw);
    free(msrs);
    return rc;
}

int xlx_cpu_domain_policy(struct xlx *x, uint32_t domid,
                          struct xlx_features *f, struct xlx_xsave *xsave)
{
    struct xlx_cpu_leaf *l;
    unsigned n;
    int rc = policy_leaves(x, domid, 0, &l, &n);

    *f = (struct xlx_features){ .n = 0 };
    *xsave = (struct xlx_xsave){ .known = false };
    if (!rc) {
        xlx_cpu_from_leaves(l, n, f);
        xlx_cpu_xsave_from_leaves(l, n, xsave);
    }
    free(l);
    return rc;
}

void xlx_cpu_host_xsave(struct xlx *x, struct xlx_xsave *pv,
                        struct xlx_xsave *hvm)
{
    static const unsigned index[] = { XEN_SYSCTL_cpu_policy_pv_max,
                                      XEN_SYSCTL_cpu_policy_hvm_max };
    struct xlx_xsave *to[] = { pv, hvm };

    for (int i = 0; i < 2; i++) {
        struct xlx_cpu_leaf *l;
        unsigned n;

        *to[i] = (struct xlx_xsave){ .known = false };
        if (!policy_leaves(x, DOMID_INVALID, index[i], &l, &n))
            xlx_cpu_xsave_from_leaves(l, n, to[i]);
        free(l);
    }
}

uint32_t xlx_cpu_tsc_khz(struct xlx *x, uint32_t domid)
{
    enum { ALWAYS_EMULATE = 1, NEVER_EMULATE = 2 }; /* Xen's asm-x86/time.h */
    uint32_t mode, khz, incarnation;
    uint64_t elapsed_ns;

    if (xc_domain_get_tsc_info(x->xch, domid, &mode, &elapsed_ns, &khz,
                               &incarnation) ||
        mode == ALWAYS_EMULATE)
        return 0;
    return mode == NEVER_EMULATE ? UINT32_MAX : khz;
}

int xlx_cpu_host_features(struct xlx *x, enum xlx_cpu_set set,
                          struct xlx_features *f)
{
    static const unsigned index[] = {
        [XLX_CPU_PV_MAX] = XEN_SYSCTL_cpu_featureset_pv_max,
        [XLX_CPU_HVM_MAX] = XEN_SYSCTL_cpu_featureset_hvm_max,
        [XLX_CPU_PV_DEFAULT] = XEN_SYSCTL_cpu_featureset_pv,
        [XLX_CPU_HVM_DEFAULT] = XEN_SYSCTL_cpu_featureset_hvm,
    };
    uint32_t words_[64], nr = 64;

    *f = (struct xlx_features){ .n = 0 };
    memset(words_, 0, sizeof words_);
    if (xc_get_cpu_featureset(x->xch, index[set], &nr, words_))
        return -errno;
    f->n = nr < XLX_FEATURE_WORDS ? nr : XLX_FEATURE_WORDS;
    memcpy(f->word, words_, f->n * sizeof f->word[0]);
    return 0;
}
