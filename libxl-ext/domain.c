/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Opens Xen, and reads a domain's state and what its configuration needs of a
 * host.
 */
#include "libxl-ext/xlx_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libxl_utils.h>
#include <xenstore.h>

#include "libxl-ext/cpu.h"
#include "libxl-ext/needs_impl.h"
#include "libxl-ext/network.h"
#include "libxl-ext/pin.h"
#include "libxl-ext/store_data.h"
#include "tools/base/msg.h"

int xlx_open(struct xlx **x_r, xentoollog_logger *lg, struct msg *err)
{
    static const libxl_childproc_hooks hooks = {
        /* our children are reaped by pid; libxl must not reap them */
        .chldowner = libxl_sigchld_owner_libxl_always_selective_reap,
        .fork_replacement = xlx_child_fork,
    };
    struct xlx *x = calloc(1, sizeof *x);

    *x_r = NULL;
    if (!x)
        return -ENOMEM;
    if (!xlx_store_answers()) {
        msg_set(err, "xenstored does not answer, and without it nothing can "
                     "be said of any guest; is it stopped, or hanging?");
        free(x);
        return -ETIMEDOUT;
    }
    if (access("/dev/xen/privcmd", F_OK) &&
        access("/proc/xen/privcmd", F_OK)) {
        msg_set(err, "this host runs no Xen, or not as its dom0: there is "
                     "neither /dev/xen/privcmd nor /proc/xen/privcmd");
        free(x);
        return -ENODEV;
    }
    x->lg = lg;
    x->xch = xc_interface_open(lg, lg, 0);
    x->xsh = xs_open(0);
    if (!x->xch || !x->xsh || libxl_ctx_alloc(&x->ctx, LIBXL_VERSION, 0, lg)) {
        msg_set(err,
                "Xen can't be reached; is this a Xen host (dom0) and are you "
                "root?");
        xlx_close(x);
        return -ENODEV;
    }
    libxl_childproc_setmode(x->ctx, &hooks, NULL);
    *x_r = x;
    return 0;
}

void xlx_close(struct xlx *x)
{
    if (!x)
        return;
    if (x->ctx)
        libxl_ctx_free(x->ctx);
    if (x->xsh)
        xs_close(x->xsh);
    if (x->xch)
        xc_interface_close(x->xch);
    free(x);
}

const char *xlx_type_name(enum xlx_type t)
{
    switch (t) {
    case XLX_PV: return "pv";
    case XLX_HVM: return "hvm";
    case XLX_PVH: return "pvh";
    }
    return "?";
}

/* --- from the configuration ---------------------------------------------------- */

/* The name of the domain that is the backend of a device, to be freed; NULL:
 * it is domain 0. */
static char *backend_name(struct xlx *x, const char *name, libxl_domid domid)
{
    if (name && *name)
        return strcmp(name, "0") && strcmp(name, "Domain-0") ? strdup(name)
                                                             : NULL;
    return domid ? libxl_domid_to_name(x->ctx, domid) : NULL;
}

static int domain_add_network(struct xlx *x, struct xlx_domain *d,
                              const libxl_device_nic *nic)
{
    char *backend = backend_name(x, nic->backend_domname, nic->backend_domid);
    char buf[256];
    const char *need =
        xlx_network_need(nic->bridge, nic->script, backend, buf, sizeof buf);
    int rc = need && !strlist_has(&d->bridges, need)
                 ? strlist_add(&d->bridges, need)
                 : 0;

    free(backend);
    return rc;
}

/* A disk that a driver domain serves is no file of domain 0. */
static int domain_add_disk_backend(struct xlx *x, struct xlx_domain *d,
                                   const libxl_device_disk *k, bool *far_r)
{
    char *backend = backend_name(x, k->backend_domname, k->backend_domid);
    char buf[256];
    int rc = 0;

    *far_r = backend;
    if (backend && xlx_network_need(NULL, NULL, backend, buf, sizeof buf) &&
        !strlist_has(&d->bridges, buf))
        rc = strlist_add(&d->bridges, buf);
    free(backend);
    return rc;
}

/*
 * What libxl reckons from the balloon target: the guest may hold more than
 * that, and its stub domain comes with it. What Xen and the device model add
 * (page tables, video memory) comes on top either way.
 */
static uint64_t domain_need_kib(struct xlx *x, const struct xlx_domain *d,
                                libxl_domain_config *c)
{
    uint64_t need, target = c->b_info.target_memkb;

    /* it was started without a device, and given one: libxl calls that wrong */
    if (c->num_pcidevs && c->c_info.passthrough == LIBXL_PASSTHROUGH_DISABLED)
        c->c_info.passthrough = LIBXL_PASSTHROUGH_ENABLED;
    if (libxl_domain_need_memory(x->ctx, c, INVALID_DOMID, &need))
        return d->memory_kib + d->stub_kib;
    if (target != LIBXL_MEMKB_DEFAULT && d->memory_kib > target)
        need += d->memory_kib - target;
    return need + d->stub_kib;
}

static int domain_from_config(struct xlx *x, struct xlx_domain *d,
                              libxl_domain_config *c)
{
    int rc = xlx_needs_read(&d->needs, c);

    d->vifs = 0;
    for (int i = 0; !rc && i < c->num_nics; i++) {
        if (c->nics[i].devid >= 0 && c->nics[i].devid < XLX_VIFS)
            d->vifs |= UINT64_C(1) << c->nics[i].devid;
        rc = domain_add_network(x, d, &c->nics[i]);
    }
    for (int i = 0; !rc && i < c->num_disks; i++) {
        const libxl_device_disk *k = &c->disks[i];
        bool far;

        rc = domain_add_disk_backend(x, d, k, &far);
        if (rc || far)
            continue;
        /* an empty drive has no path; a name that is no path (rbd:..) is
         * looked up by the backend on the target host */
        if (k->format != LIBXL_DISK_FORMAT_EMPTY && k->pdev_path &&
            k->pdev_path[0] == '/')
            rc = strlist_add(&d->disks, k->pdev_path);
    }
    for (int i = 0; !rc && i < c->num_pcidevs; i++) {
        char bdf[32];

        snprintf(bdf, sizeof bdf, "%04x:%02x:%02x.%x", c->pcidevs[i].domain,
                 c->pcidevs[i].bus, c->pcidevs[i].dev, c->pcidevs[i].func);
        rc = strlist_add(&d->pci, bdf);
    }
    /* to Xen itself, a PVH guest looks like an HVM guest */
    if (c->c_info.type == LIBXL_DOMAIN_TYPE_PVH)
        d->type = XLX_PVH;
    d->vnuma = c->b_info.num_vnuma_nodes > 0;
    d->nested = !libxl_defbool_is_default(c->b_info.nested_hvm) &&
                libxl_defbool_val(c->b_info.nested_hvm);
    d->driver_domain = !libxl_defbool_is_default(c->c_info.driver_domain) &&
                       libxl_defbool_val(c->c_info.driver_domain);
    d->above_kib = xlx_needs_above_kib(d->memory_kib, c);
    if (!rc)
        d->need_kib = domain_need_kib(x, d, c);
    return rc;
}

static int domain_use_config(struct xlx *x, struct xlx_domain *d,
                             libxl_domain_config *c, int flags)
{
    char *json;
    int rc = xlx_store_data(x, d->domid, flags & XLX_DOMAIN_STORE, c);

    if (rc)
        return rc;
    /* If an earlier move was told to keep the domain's number, it is still in
     * the guest's configuration; it was meant for that move only. */
    c->c_info.domid = flags & XLX_DOMAIN_KEEP_DOMID ? d->domid : INVALID_DOMID;
    /* without a device, libxl would build it so that it can have none */
    if (flags & XLX_DOMAIN_PCI && !c->num_pcidevs &&
        (c->c_info.passthrough == LIBXL_PASSTHROUGH_DEFAULT ||
         c->c_info.passthrough == LIBXL_PASSTHROUGH_DISABLED))
        c->c_info.passthrough = LIBXL_PASSTHROUGH_ENABLED;
    /* comes before need_memory, which fills in defaults */
    json = libxl_domain_config_to_json(x->ctx, c);
    if (!json)
        return -ENOMEM;
    free(d->config_json);
    d->config_json = json;
    strlist_dispose(&d->bridges);
    strlist_dispose(&d->disks);
    strlist_dispose(&d->pci);
    xlx_needs_dispose(&d->needs);
    if (flags & XLX_DOMAIN_CONFIG)
        xlx_pins_read(x, d->domid, c, &d->needs);
    return domain_from_config(x, d, c);
}

/* `xl cpupool-migrate` leaves the configuration as it is, while its weight and
 * cap are those of the pool in which the guest is now. */
static void domain_use_pool(struct xlx *x, const struct xlx_domain *d,
                            libxl_domain_config *c)
{
    libxl_dominfo info;
    char *name = NULL;

    libxl_dominfo_init(&info);
    if (!libxl_domain_info(x->ctx, &info, d->domid) &&
        (info.cpupool || c->c_info.pool_name))
        name = libxl_cpupoolid_to_name(x->ctx, info.cpupool);
    libxl_dominfo_dispose(&info);
    if (!name)
        return;
    free(c->c_info.pool_name);
    c->c_info.pool_name = name;
}

static int domain_own_config(struct xlx *x, struct xlx_domain *d, int flags,
                             struct msg *err)
{
    libxl_domain_config c;
    int r, rc;

    libxl_domain_config_init(&c);
    r = libxl_retrieve_domain_configuration(x->ctx, d->domid, &c, NULL);
    if (r) {
        msg_set(err,
                "its configuration can't be retrieved (%s); give one with "
                "-C FILE",
                xlx_libxl_text(r));
        rc = xlx_libxl_errno(r);
    } else {
        domain_use_pool(x, d, &c);
        rc = domain_use_config(x, d, &c, flags);
        if (rc)
            msg_set(err, "out of memory");
    }
    libxl_domain_config_dispose(&c);
    return rc;
}

int xlx_domain_reconfigure(struct xlx *x, struct xlx_domain *d,
                           const char *json, int flags, struct msg *err)
{
    libxl_domain_config c;
    int rc = -EINVAL;

    libxl_domain_config_init(&c);
    if (libxl_domain_config_from_json(x->ctx, &c, json)) {
        msg_set(err, "libxl can't read that configuration");
        goto out;
    }
    if (libxl_uuid_from_string(&c.c_info.uuid, d->uuid))
        goto out;
    /* where that one pins, what the guest was pinned to by hand is over */
    if (c.b_info.num_vcpu_hard_affinity || c.b_info.num_vcpu_soft_affinity)
        flags &= ~XLX_DOMAIN_CONFIG;
    rc = domain_use_config(x, d, &c, flags);
    if (rc)
        msg_set(err, "out of memory");
out:
    libxl_domain_config_dispose(&c);
    return rc;
}

/* --- domains -------------------------------------------------------------------- */

/* What its stub domain holds; 0: it has none. */
static uint64_t domain_stub_kib(struct xlx *x, uint32_t domid)
{
    int stub = libxl_get_stubdom_id(x->ctx, (int)domid);
    libxl_dominfo info;
    uint64_t kib = 0;

    libxl_dominfo_init(&info);
    if (stub > 0 && !libxl_domain_info(x->ctx, &info, (uint32_t)stub))
        kib = info.current_memkb + info.outstanding_memkb;
    libxl_dominfo_dispose(&info);
    return kib;
}

static int domain_fill(struct xlx *x, const libxl_dominfo *i,
                       struct xlx_domain *d)
{
    *d = (struct xlx_domain){
        .domid = i->domid,
        .type = i->domain_type == LIBXL_DOMAIN_TYPE_PV ? XLX_PV : XLX_HVM,
        .paused = i->paused,
        .dying = i->dying,
        .shutdown = i->shutdown,
        .shutdown_reason = (int)i->shutdown_reason,
        .memory_kib = i->current_memkb + i->outstanding_memkb,
        .need_kib = i->max_memkb,
        .vcpus = i->vcpu_online,
    };
    snprintf(d->uuid, sizeof d->uuid, LIBXL_UUID_FMT,
             LIBXL_UUID_BYTES(i->uuid));
    d->name = libxl_domid_to_name(x->ctx, i->domid);
    if (i->domid && d->type == XLX_HVM && !i->dying)
        d->stub_kib = domain_stub_kib(x, i->domid);
    if (!i->dying)
        d->tsc_khz = xlx_cpu_tsc_khz(x, i->domid);
    return xlx_cpu_domain_policy(x, i->domid, &d->policy, &d->xsave);
}

static bool domain_all_digits(const char *s)
{
    return *s && strspn(s, "0123456789") == strlen(s);
}

static int domain_which(struct xlx *x, const char *which, uint32_t *domid_r)
{
    libxl_uuid uuid;
    libxl_dominfo *list;
    int n, found = -ESRCH;

    if (!libxl_name_to_domid(x->ctx, which, domid_r))
        return 0;
    if (domain_all_digits(which) && strlen(which) < 6) {
        *domid_r = (uint32_t)strtoul(which, NULL, 10);
        return 0;
    }
    if (strlen(which) != XLX_UUID_LEN || libxl_uuid_from_string(&uuid, which))
        return -ESRCH;
    list = libxl_list_domain(x->ctx, &n);
    for (int i = 0; list && i < n; i++)
        if (!libxl_uuid_compare(&list[i].uuid, &uuid)) {
            *domid_r = list[i].domid;
            found = 0;
        }
    if (list)
        libxl_dominfo_list_free(list, n);
    return found;
}

static void domain_missing(struct msg *err)
{
    msg_set(err, "there is no such domain on this host; `xl list` shows those "
                 "that are");
}

int xlx_domain_get(struct xlx *x, uint32_t domid, int flags,
                   struct xlx_domain *d, struct msg *err)
{
    libxl_dominfo info;
    int rc = 0;

    *d = (struct xlx_domain){ .domid = 0 };
    libxl_dominfo_init(&info);
    if (libxl_domain_info(x->ctx, &info, domid)) {
        domain_missing(err);
        rc = -ESRCH;
        goto out;
    }
    rc = domain_fill(x, &info, d);
    if (rc)
        msg_set(err, "its CPU policy can't be read: %s", strerror(-rc));
    if (!rc && flags & XLX_DOMAIN_CONFIG && d->domid && !d->dying)
        rc = domain_own_config(x, d, flags, err);
    if (rc)
        xlx_domain_dispose(d);
out:
    libxl_dominfo_dispose(&info);
    return rc;
}

int xlx_domain_find(struct xlx *x, const char *which, int flags,
                    struct xlx_domain *d, struct msg *err)
{
    uint32_t domid;
    int rc = domain_which(x, which, &domid);

    if (!rc)
        return xlx_domain_get(x, domid, flags, d, err);
    *d = (struct xlx_domain){ .domid = 0 };
    domain_missing(err);
    return rc;
}

int xlx_domain_list(struct xlx *x, struct xlx_domain **list_r, unsigned *n_r)
{
    int n = 0;
    unsigned kept = 0;
    libxl_dominfo *list = libxl_list_domain(x->ctx, &n);
    struct xlx_domain *out;

    *list_r = NULL;
    *n_r = 0;
    if (!list)
        return -EIO;
    out = calloc(n > 0 ? (size_t)n : 1, sizeof *out);
    for (int i = 0; out && i < n; i++) {
        if (!list[i].domid || libxl_is_stubdom(x->ctx, list[i].domid, NULL))
            continue;
        if (domain_fill(x, &list[i], &out[kept])) { /* it has just ended */
            xlx_domain_dispose(&out[kept]);
            continue;
        }
        struct msg err = MSG_NONE;

        if (!out[kept].dying)
            domain_own_config(x, &out[kept], 0, &err);
        kept++;
    }
    libxl_dominfo_list_free(list, n);
    if (!out)
        return -ENOMEM;
    *list_r = out;
    *n_r = kept;
    return 0;
}

void xlx_domain_dispose(struct xlx_domain *d)
{
    free(d->name);
    free(d->config_json);
    strlist_dispose(&d->bridges);
    strlist_dispose(&d->disks);
    strlist_dispose(&d->pci);
    xlx_needs_dispose(&d->needs);
    d->name = d->config_json = NULL;
}

void xlx_domain_list_free(struct xlx_domain *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        xlx_domain_dispose(&list[i]);
    free(list);
}

/* --- the lock -------------------------------------------------------------------- */

int xlx_lock(const char *rundir, const char *uuid, const char *what,
             struct msg *err)
{
    char path[512], holder[128] = "";
    int fd, rc;
    ssize_t n;

    if (mkdir(rundir, 0755) && errno != EEXIST) {
        rc = -errno;
        msg_set(err, "%s can't be made: %s", rundir, strerror(-rc));
        return rc;
    }
    snprintf(path, sizeof path, "%s/%s.lock", rundir, uuid);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        rc = -errno;
        msg_set(err, "%s can't be opened: %s", path, strerror(-rc));
        return rc;
    }
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        n = read(fd, holder, sizeof holder - 1);
        holder[n > 0 ? n : 0] = '\0';
        close(fd);
        msg_set(err, "another rackhop is working on it (%s)",
                *holder ? holder : "unknown");
        return -EBUSY;
    }
    if (ftruncate(fd, 0) ||
        dprintf(fd, "%s, pid %ld", what, (long)getpid()) < 0) {
        /* the lock is what counts; the text in it is for people */
    }
    return fd;
}

int xlx_logdirty_off(struct xlx *x, uint32_t domid)
{
    if (xc_shadow_control(x->xch, domid, XEN_DOMCTL_SHADOW_OP_OFF, NULL, 0) <
        0)
        return errno == EINVAL ? 0 : -errno;
    return 0;
}
