/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The functions of libxenctrl and libxenforeignmemory that libxenguest saves
 * and restores an HVM domain with, over the memory of a fakexen. A mapping is a
 * real one of the same pages: what the guest writes while it is sent is seen.
 */
#include "tests/lib/fakexen_impl.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xenguest.h>

#include "libxl-ext/helper_holes.h"
#include "tests/lib/fakexen.h"

enum { TURN_MS = 60000 };
enum { LOOKS_MS = 51 }; /* helper_again.h: 50 */
enum { COPIES = 4, COPY_PAGES = 1024 };

/* --- the domain ------------------------------------------------------------------- */

/* The handle is libxenctrl's own, with nothing behind it. */
xc_interface *xc_interface_open(xentoollog_logger *logger,
                                xentoollog_logger *dombuild_logger,
                                unsigned flags)
{
    xc_interface *(*real)(xentoollog_logger *, xentoollog_logger *, unsigned);

    fakexen_prepare(fakexen_here());
    *(void **)&real = dlsym(RTLD_NEXT, "xc_interface_open");
    return real ? real(logger, dombuild_logger, XC_OPENFLAG_DUMMY) : NULL;
}

static void xc_domain_info(uint32_t domid, xc_domaininfo_t *i)
{
    struct fakexen *x = fakexen_here();

    memset(i, 0, sizeof *i);
    i->domain = (domid_t)domid;
    i->max_pages = x->pages;
    i->tot_pages = fakexen_owned(x);
    i->flags = XEN_DOMINF_hvm_guest;
    if (x->crashed)
        i->flags |= XEN_DOMINF_shutdown | SHUTDOWN_crash
                                              << XEN_DOMINF_shutdownshift;
    if (x->suspended)
        i->flags |= XEN_DOMINF_shutdown | SHUTDOWN_suspend
                                              << XEN_DOMINF_shutdownshift;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned max,
                          xc_domaininfo_t *info)
{
    xc_domain_info(first, info);
    return 1;
}

#if XEN_DOMCTL_INTERFACE_VERSION < 0x16
int xc_domain_getinfo(xc_interface *xch, uint32_t first, unsigned max,
                      xc_dominfo_t *info)
{
    struct fakexen *x = fakexen_here();

    memset(info, 0, sizeof *info);
    info->domid = first;
    info->hvm = 1;
    info->nr_pages = x->pages;
    info->shutdown = x->suspended & 1;
    info->shutdown_reason = x->suspended ? SHUTDOWN_suspend : 0;
    return 1;
}
#else
int xc_domain_getinfo_single(xc_interface *xch, uint32_t domid,
                             xc_domaininfo_t *info)
{
    xc_domain_info(domid, info);
    return 0;
}
#endif

int xc_version(xc_interface *xch, int cmd, void *arg)
{
    return 4 << 16 | 17;
}

int xc_domain_get_pod_target(xc_interface *xch, uint32_t domid,
                             uint64_t *pages, uint64_t *cache,
                             uint64_t *on_demand)
{
    *pages = fakexen_here()->pages;
    *cache = 0;
    *on_demand = fakexen_here()->on_demand;
    return 0;
}

int xc_domain_nr_gpfns(xc_interface *xch, uint32_t domid, xen_pfn_t *n)
{
    *n = fakexen_here()->pages;
    return 0;
}

/* --- log-dirty -------------------------------------------------------------------- */

int xc_shadow_control(xc_interface *xch, uint32_t domid, unsigned op,
                      unsigned *mb, unsigned mode)
{
    struct fakexen *x = fakexen_here();

    x->logdirty = op == XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY;
    if (x->logdirty)
        fakexen_guest_go(x);
    return 0;
}

static uint64_t *xc_bitmap(xc_hypercall_buffer_t *b)
{
    if (!b)
        return NULL;
    return b->param_shadow ? b->param_shadow->hbuf : b->hbuf;
}

/* A look at all pages. */
static bool xc_peek(struct fakexen *x)
{
    errno = ENOMEM;
    return ++x->peeks != x->peek_fails;
}

long long xc_logdirty_control(xc_interface *xch, uint32_t domid, unsigned op,
                              xc_hypercall_buffer_t *b, unsigned long pages,
                              unsigned mode, xc_shadow_op_stats_t *st)
{
    struct fakexen *x = fakexen_here();
    _Atomic uint64_t *dirty = fakexen_dirty(x);
    uint64_t *to = xc_bitmap(b);
    int n = 0;

    if (op == XEN_DOMCTL_SHADOW_OP_PEEK && to && !xc_peek(x))
        return -1;
    for (uint64_t i = 0; i < x->pages / 64; i++) {
        uint64_t bits = op == XEN_DOMCTL_SHADOW_OP_CLEAN
                            ? atomic_exchange(&dirty[i], 0)
                            : dirty[i];

        n += __builtin_popcountll(bits);
        if (to)
            to[i] = bits;
    }
    if (st)
        st->dirty_count = (uint32_t)n;
    if (op == XEN_DOMCTL_SHADOW_OP_CLEAN) {
        x->cleans++;
        x->dirtied += (uint64_t)n;
        fakexen_guest_go(x);
    }
    return (long long)pages;
}

/* --- memory ----------------------------------------------------------------------- */

static void types_await(const _Atomic uint64_t *asked, uint64_t n)
{
    for (unsigned i = 0; *asked < n && i < TURN_MS; i++)
        poll(NULL, 0, 1);
}

/* Returns whether it is the thread that began the process, as libxc's is. */
static bool types_in_turn(struct fakexen *x, unsigned n)
{
    bool first = getpid() == (pid_t)syscall(SYS_gettid);

    if (first)
        types_await(&x->asked_beside, x->after_beside);
    else
        types_await(&x->asked, x->beside_after);
    *(first ? &x->asked : &x->asked_beside) += n;
    return first;
}

/* The save helper has libxc's name, and asks this. */
int xlx_types_of_xen(xc_interface *xch, uint32_t domid, unsigned n,
                     xen_pfn_t *pfns)
{
    static uint64_t seed = 77;
    struct fakexen *x = fakexen_here();

    if (types_in_turn(x, n) && x->guest.again && x->cleans && !x->suspended) {
        fakexen_guest_write(x, x->guest.again, &seed);
        poll(NULL, 0, LOOKS_MS);
    }
    for (unsigned i = 0; i < n; i++)
        pfns[i] = (xen_pfn_t)*fakexen_type(x, pfns[i])
                  << XEN_DOMCTL_PFINFO_LTAB_SHIFT;
    return 0;
}

int xc_domain_populate_physmap_exact(xc_interface *xch, uint32_t domid,
                                     unsigned long n, unsigned order,
                                     unsigned flags, xen_pfn_t *pfns)
{
    struct fakexen *x = fakexen_here();

    if (order && x->whole_only) {
        errno = ENOMEM;
        return -1;
    }
    x->chunks += order ? (uint32_t)n : 0;
    for (unsigned long i = 0; i < n; i++)
        for (uint64_t k = 0; k < 1ull << order; k++)
            if (!fakexen_populate(x, pfns[i] + k)) {
                errno = ENOMEM;
                return -1;
            }
    return 0;
}

int xc_clear_domain_pages(xc_interface *xch, uint32_t domid, unsigned long pfn,
                          int n)
{
    memset(fakexen_page(fakexen_here(), pfn), 0, (size_t)n * FAKEXEN_PAGE);
    return 0;
}

void *xlx_buffer_of_xen(xc_interface *xch, xc_hypercall_buffer_t *b, int n)
{
    b->hbuf = aligned_alloc(FAKEXEN_PAGE, (size_t)n * FAKEXEN_PAGE);
    if (b->hbuf)
        memset(b->hbuf, 0, (size_t)n * FAKEXEN_PAGE);
    return b->hbuf;
}

void xlx_buffer_free_of_xen(xc_interface *xch, xc_hypercall_buffer_t *b, int n)
{
    free(b->hbuf);
}

/* One mapping a run of pages that follow each other. */
static int map_runs(struct fakexen *x, uint8_t *at, int prot, size_t n,
                    const xen_pfn_t *pfns)
{
    for (size_t i = 0, k; i < n; i = k) {
        for (k = i + 1; k < n && pfns[k] == pfns[k - 1] + 1; k++)
            ;
        if (mmap(at + i * FAKEXEN_PAGE, (k - i) * FAKEXEN_PAGE, prot,
                 MAP_SHARED | MAP_FIXED, fakexen_fd(),
                 (off_t)fakexen_offset(x, pfns[i])) == MAP_FAILED)
            return -1;
    }
    return 0;
}

/* The restore helper's own handle; nothing is behind it either. */
xenforeignmemory_handle *xenforeignmemory_open(xentoollog_logger *logger,
                                               unsigned flags)
{
    static int handle;

    return (xenforeignmemory_handle *)&handle;
}

int xenforeignmemory_close(xenforeignmemory_handle *h)
{
    return 0;
}

/* All of them are there; how many follow the first one in a row. */
static size_t map_check(struct fakexen *x, size_t n, const xen_pfn_t *pfns,
                        int *err)
{
    size_t row = 0;

    for (size_t i = 0; i < n; i++) {
        if (!fakexen_is_populated(x, pfns[i]))
            return 0;
        if (err)
            err[i] = 0;
        row += row == i && pfns[i] == pfns[0] + i;
    }
    return row;
}

/* Copies that stand for mappings, of a timed domain. */
static struct copy {
    uint8_t *pages;
    bool used;
    int prot;
    size_t n;
    xen_pfn_t pfns[COPY_PAGES];
} copies[COPIES];

static void *copy_map(struct fakexen *x, int prot, size_t n,
                      const xen_pfn_t *pfns)
{
    struct copy *c = copies;

    while (c < copies + COPIES && c->used)
        c++;
    if (c == copies + COPIES || n > COPY_PAGES)
        return NULL;
    if (!c->pages)
        c->pages = aligned_alloc(FAKEXEN_PAGE, COPY_PAGES * FAKEXEN_PAGE);
    if (!c->pages)
        return NULL;
    c->used = true;
    c->prot = prot;
    c->n = n;
    memcpy(c->pfns, pfns, n * sizeof *pfns);
    for (size_t i = 0; !(prot & PROT_WRITE) && i < n; i++)
        memcpy(c->pages + i * FAKEXEN_PAGE, fakexen_page(x, pfns[i]),
               FAKEXEN_PAGE);
    return c->pages;
}

/* Who maps pages to be written to writes to all of them. */
static bool copy_unmap(struct fakexen *x, const uint8_t *at)
{
    struct copy *c = copies;

    while (c < copies + COPIES && !(c->used && c->pages == at))
        c++;
    if (c == copies + COPIES)
        return false;
    for (size_t i = 0; c->prot & PROT_WRITE && i < c->n; i++)
        memcpy(fakexen_page(x, c->pfns[i]), at + i * FAKEXEN_PAGE,
               FAKEXEN_PAGE);
    c->used = false;
    return true;
}

/* Pages in a row are mapped already: a benchmark would measure mmap(). */
void *xenforeignmemory_map(xenforeignmemory_handle *h, uint32_t domid,
                           int prot, size_t n, const xen_pfn_t pfns[],
                           int err[])
{
    struct fakexen *x = fakexen_here();
    size_t row = map_check(x, n, pfns, err);
    void *at;

    if (!row) {
        errno = EINVAL;
        return NULL;
    }
    if (prot & PROT_WRITE)
        x->arrived += n;
    if (row == n)
        return fakexen_page(x, pfns[0]);
    at = x->timed ? copy_map(x, prot, n, pfns) : NULL;
    if (at)
        return at;
    at = mmap(NULL, n * FAKEXEN_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
              -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    return map_runs(x, at, prot, n, pfns) ? NULL : at;
}

int xenforeignmemory_unmap(xenforeignmemory_handle *h, void *at, size_t n)
{
    struct fakexen *x = fakexen_here();

    if ((uint8_t *)at >= fakexen_page(x, 0) &&
        (uint8_t *)at < fakexen_page(x, x->pages))
        return 0;
    if (copy_unmap(x, at))
        return 0;
    return munmap(at, n * FAKEXEN_PAGE);
}

/* The grant table, of which a restore fills in the daemons' entries. */
struct xenforeignmemory_resource_handle {
    uint8_t page[FAKEXEN_PAGE];
};

xenforeignmemory_resource_handle *xenforeignmemory_map_resource(
    xenforeignmemory_handle *f, domid_t domid, unsigned type, unsigned id,
    unsigned long frame, unsigned long nr, void **at, int prot, int flags)
{
    static xenforeignmemory_resource_handle table;

    *at = table.page;
    return &table;
}

int xenforeignmemory_unmap_resource(xenforeignmemory_handle *f,
                                    xenforeignmemory_resource_handle *r)
{
    return 0;
}

/* --- CPU and parameters ------------------------------------------------------------- */

int xc_cpu_policy_get_size(xc_interface *xch, uint32_t *leaves, uint32_t *msrs)
{
    *leaves = 16;
    *msrs = 2;
    return 0;
}

int xc_cpu_policy_get_domain(xc_interface *xch, uint32_t domid,
                             xc_cpu_policy_t *p)
{
    return 0;
}

int xc_cpu_policy_serialise(xc_interface *xch, const xc_cpu_policy_t *p,
                            xen_cpuid_leaf_t *leaves, uint32_t *n_leaves,
                            xen_msr_entry_t *msrs, uint32_t *n_msrs)
{
    memset(leaves, 1, *n_leaves * sizeof *leaves);
    memset(msrs, 2, *n_msrs * sizeof *msrs);
    return 0;
}

int xc_set_domain_cpu_policy(xc_interface *xch, uint32_t domid,
                             uint32_t n_leaves, xen_cpuid_leaf_t *leaves,
                             uint32_t n_msrs, xen_msr_entry_t *msrs,
                             uint32_t *leaf, uint32_t *subleaf, uint32_t *msr)
{
    return 0;
}

int xc_domain_get_tsc_info(xc_interface *xch, uint32_t domid, uint32_t *mode,
                           uint64_t *elapsed, uint32_t *khz,
                           uint32_t *incarnation)
{
    *mode = *khz = *incarnation = 0;
    *elapsed = 1;
    return 0;
}

int xc_domain_set_tsc_info(xc_interface *xch, uint32_t domid, uint32_t mode,
                           uint64_t elapsed, uint32_t khz,
                           uint32_t incarnation)
{
    return 0;
}

int xc_domain_claim_pages(xc_interface *xch, uint32_t domid,
                          unsigned long pages)
{
    struct fakexen *x = fakexen_here();

    if (pages)
        x->claimed = pages;
    return 0;
}

int xc_domain_hvm_getcontext(xc_interface *xch, uint32_t domid, uint8_t *buf,
                             uint32_t size)
{
    uint8_t c[FAKEXEN_CONTEXT];

    fakexen_context(c);
    if (buf)
        memcpy(buf, c, size < sizeof c ? size : sizeof c);
    return FAKEXEN_CONTEXT;
}

/* A head and an end. */
enum { CONTEXT_FENCE = 8 + FAKEXEN_CONTEXT_HEAD + 8 };

/* As Xen does: all CPUs are down, but for those whose record it loads. */
int xc_domain_hvm_setcontext(xc_interface *xch, uint32_t domid, uint8_t *buf,
                             uint32_t size)
{
    struct fakexen *x = fakexen_here();
    uint8_t c[FAKEXEN_CONTEXT];

    fakexen_context(c);
    if (size == CONTEXT_FENCE && !memcmp(buf, c, size - 8) &&
        !memcmp(buf + size - 8, c + sizeof c - 8, 8)) {
        x->fences++;
        x->up = 0;
        return 0;
    }
    if (size != sizeof c || memcmp(buf, c, size) ||
        x->contexts + 1 == x->refuses) {
        errno = EINVAL;
        return -1;
    }
    x->contexts++;
    x->up = 1;
    if (x->contexts == x->crashes)
        x->crashed = 1;
    x->ran += !x->pauses;
    return 0;
}

int xc_domain_pause(xc_interface *xch, uint32_t domid)
{
    fakexen_here()->pauses++;
    return 0;
}

int xc_domain_unpause(xc_interface *xch, uint32_t domid)
{
    struct fakexen *x = fakexen_here();

    if (!x->pauses) {
        errno = EINVAL;
        return -1;
    }
    x->pauses--;
    x->ran += !x->pauses && x->up;
    return 0;
}

int xc_vcpu_getinfo(xc_interface *xch, uint32_t domid, uint32_t vcpu,
                    xc_vcpuinfo_t *info)
{
    memset(info, 0, sizeof *info);
    info->online = fakexen_here()->up & 1;
    return 0;
}

int xc_hvm_param_get(xc_interface *xch, uint32_t domid, uint32_t param,
                     uint64_t *value)
{
    *value = fakexen_param(fakexen_here(), param);
    return 0;
}

int xc_hvm_param_set(xc_interface *xch, uint32_t domid, uint32_t param,
                     uint64_t value)
{
    return 0;
}
