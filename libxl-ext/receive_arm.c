/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Takes a guest in by an armed restore (helper_arm.h): libxl gets a pipe of its
 * own, with the head and the end of its stream, and finishes the domain while
 * the guest still runs at the source host; the placer reads the real stream.
 * What is done at the very end then, with the guest suspended, is the last of
 * its memory and its CPU state, which is checked and kept (context.h).
 */
#include "libxl-ext/receive_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "libxl-ext/context.h"
#include "libxl-ext/ctl.h"
#include "libxl-ext/handshake.h"
#include "libxl-ext/helper_arm.h"
#include "libxl-ext/hvm_context.h"
#include "libxl-ext/network.h"
#include "tools/base/file.h"

enum {
    HEAD_S = 60,      /* libxl at the source host has begun its save */
    LIBXL_HEAD = 24,  /* bytes of libxl's head and of LIBXC_CONTEXT */
    LIBXL_RECORD = 8, /* of a record without a body, such as END */
    LIBXC_CONTEXT = 1,
    PAGE_KIB = 4,
    LOOP_MAJOR = 7,
};

/* --- what the source host said ------------------------------------------------- */

int xlx_receive_arm_read(struct receiver *m, const char *line)
{
    int rc = word_arm_parse(line, &m->arm.told);
    uint32_t n = m->arm.told.context;

    if (rc)
        return rc == -ENOENT ? 0 : rc;
    if (m->arm.context || !n || n > HVM_CONTEXT_MAX)
        return -EPROTO;
    m->arm.context = malloc(n);
    if (!m->arm.context)
        return -ENOMEM;
    return xlx_hs_read(&m->loop, m->stream[0], m->arm.context, n,
                       clock_us() + HEAD_S * SECONDS);
}

/* --- whether it can be ----------------------------------------------------------- */

/*
 * A disk is opened at this host while the guest still writes to it at the
 * source host. That is safe where nothing here keeps what it reads of it: a
 * block device, given to the guest as it is. A file, or a loop device, has a
 * page cache in between.
 */
static bool arm_disk_ok(const libxl_device_disk *d)
{
    struct stat st;

    if (d->is_cdrom || d->backend_domid || d->backend_domname ||
        d->format != LIBXL_DISK_FORMAT_RAW ||
        d->specification == LIBXL_DISK_SPECIFICATION_VIRTIO ||
        (d->script && strcmp(d->script, "block")) ||
        (d->backend != LIBXL_DISK_BACKEND_PHY &&
         d->backend != LIBXL_DISK_BACKEND_UNKNOWN))
        return false;
    return d->pdev_path && !stat(d->pdev_path, &st) && S_ISBLK(st.st_mode) &&
           major(st.st_rdev) != LOOP_MAJOR;
}

/* A bridge learns where the guest is from the guest's own packets. A script that
 * routes to it would take them away from it while it still runs elsewhere. */
static bool arm_nic_ok(const libxl_device_nic *n)
{
    return !n->backend_domid && !n->backend_domname &&
           !xlx_network_routes(n->script);
}

/* libxl's default is what the host can. Without HAP, Xen looks at the guest's
 * page tables when it gets its CPU state, and they are not there yet. */
static bool arm_has_hap(const struct receiver *m)
{
    const libxl_defbool *wanted = &m->config.c_info.hap;
    libxl_physinfo p;
    bool can;

    libxl_physinfo_init(&p);
    can = !libxl_get_physinfo(m->r->x->ctx, &p) && p.cap_hap;
    libxl_physinfo_dispose(&p);
    return can &&
           (libxl_defbool_is_default(*wanted) || libxl_defbool_val(*wanted));
}

/* Devices that nobody has seen wait for their guest. */
static bool arm_devices_ok(const libxl_domain_config *c)
{
    return !c->num_pcidevs && !c->num_vfbs && !c->num_vkbs && !c->num_vtpms &&
           !c->num_usbctrls && !c->num_usbdevs && !c->num_p9s &&
           !c->num_pvcallsifs && !c->num_vdispls && !c->num_vsnds &&
           !c->num_channels && !c->num_rdms && !c->num_dtdevs;
}

static const char *arm_obstacle(const struct receiver *m)
{
    const libxl_domain_config *c = &m->config;

    if (!m->r->contexts)
        return "this host arms no guests";
    if (!m->arm.mark)
        return "this move has no record";
    if (m->r->paused)
        return "it is to stay paused";
    if (!m->r->helper || !m->ctl_watch)
        return "the save helper can't be heard";
    if (c->c_info.type != LIBXL_DOMAIN_TYPE_PVH)
        return "it is no PVH guest";
    if (!hvm_context_ok(m->arm.context, m->arm.told.context))
        return "its CPU state is malformed";
    if (!arm_devices_ok(c))
        return "it has devices that might not wait for it";
    for (int i = 0; i < c->num_disks; i++)
        if (!arm_disk_ok(&c->disks[i]))
            return "it has a disk that is no plain block device";
    for (int i = 0; i < c->num_nics; i++)
        if (!arm_nic_ok(&c->nics[i]))
            return "it has a network interface that is on no bridge of dom0";
    if (!arm_has_hap(m))
        return "it has no hardware-assisted paging (HAP)";
    if (xlx_context_try(m->r->contexts, m->r->uuid, m->arm.told.context))
        return "there is no room for its CPU state";
    return NULL;
}

bool xlx_receive_arm_wanted(struct receiver *m)
{
    const char *why;

    if (!m->arm.context)
        return false;
    why = arm_obstacle(m);
    if (why)
        xtl_log(m->r->x->lg, XTL_INFO, -1, "rackhop",
                "libxl builds the guest when all of it is here: %s", why);
    return !why;
}

/* --- what libxl and the helper get -------------------------------------------------- */

/* libxl's head and its record LIBXC_CONTEXT from the source host, as they are;
 * its record END behind them, since the rest is not for libxl. */
static int arm_libxl_pipe(struct receiver *m)
{
    static const char magic[8] = "LibxlFmt";
    uint32_t record;
    uint8_t head[LIBXL_HEAD + LIBXL_RECORD] = { 0 };
    int rc = xlx_hs_read(&m->loop, m->stream[0], head, LIBXL_HEAD,
                         clock_us() + HEAD_S * SECONDS);

    if (rc) {
        msg_set(m->err, rc == -EINTR ? "cancelled at the target host"
                                     : "the source host sent no guest");
        return rc;
    }
    memcpy(&record, head + LIBXL_HEAD - LIBXL_RECORD, sizeof record);
    if (memcmp(head, magic, sizeof magic) || record != LIBXC_CONTEXT) {
        msg_set(m->err, "the source host's stream is not libxl's");
        return -EPROTO;
    }
    if (pipe2(m->arm.pipe, O_CLOEXEC) ||
        write(m->arm.pipe[1], head, sizeof head) != sizeof head) {
        msg_set(m->err, "no pipe for libxl could be made");
        return -EIO;
    }
    return 0;
}

static int arm_start_file(struct receiver *m)
{
    struct arm_start s = {
        .mark = ARM_START_MARK,
        .context = m->arm.told.context,
        .claim_pages = m->config.b_info.target_memkb / PAGE_KIB,
        .arm = m->arm.told,
    };
    int fd = memfd_create("start", 0);

    if (fd >= 0 &&
        (write(fd, &s, sizeof s) != sizeof s ||
         write(fd, m->arm.context, s.context) != (ssize_t)s.context ||
         lseek(fd, 0, SEEK_SET))) {
        close(fd);
        return -1;
    }
    return fd;
}

/* libxl starts the helper, so what it needs goes through the environment. */
int xlx_receive_arm_begin(struct receiver *m)
{
    char text[64];
    int rc = arm_libxl_pipe(m);

    if (rc)
        return rc;
    m->arm.start = arm_start_file(m);
    m->arm.result = memfd_create("context", 0);
    m->arm.stream = dup(m->stream[0]);
    if (m->arm.start < 0 || m->arm.result < 0 || m->arm.stream < 0) {
        msg_set(m->err, "the restore could not be set up");
        return -EIO;
    }
    snprintf(text, sizeof text, "%d %d %d", m->arm.stream, m->arm.start,
             m->arm.result);
    if (setenv(XLX_ENV_ARM, text, 1)) {
        msg_set(m->err, "out of memory");
        return -ENOMEM;
    }
    m->arm.on = true;
    return 0;
}

static void arm_shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The helper has them; with our ends of them closed, its end is seen. */
static void arm_started(struct receiver *m)
{
    arm_shut(&m->ctl_helper);
    if (m->arm.result >= 0) /* it has a guest's registers */
        fcntl(m->arm.result, F_SETFD, FD_CLOEXEC);
    arm_shut(&m->arm.stream);
    arm_shut(&m->arm.start);
}

void xlx_receive_arm_hear(struct receiver *m, const struct xlx_ctl *c)
{
    switch ((enum xlx_phase)c->value) {
    case XLX_PHASE_STARTED: arm_started(m); break;
    case XLX_PHASE_ARMED:
        m->arm.armed = true;
        xtl_log(m->r->x->lg, XTL_INFO, -1, "rackhop",
                "armed: libxl finishes the guest's domain while it runs");
        break;
    case XLX_PHASE_COMPLETE: m->arm.placed = true; break;
    case XLX_PHASE_FAILED: m->arm.failed = true; break;
    case XLX_PHASE_SUSPEND:
    case XLX_PHASE_SUSPENDED: break;
    }
}

/* --- its end ------------------------------------------------------------------------ */

bool xlx_receive_arm_over(const struct receiver *m)
{
    bool gone = !m->ctl_watch;

    return m->arm.placed || m->arm.failed || (m->arm.armed && gone);
}

/* The helper's last word: the CPU state, or why there is none. */
static char *arm_result(struct receiver *m, size_t *n_r)
{
    if (lseek(m->arm.result, 0, SEEK_SET))
        return NULL;
    return file_read_fd(m->arm.result, HVM_CONTEXT_MAX, n_r);
}

static int arm_explain(struct receiver *m)
{
    size_t n = 0;
    char *why = m->arm.failed ? arm_result(m, &n) : NULL;

    if (why && n)
        msg_set(m->err, "%s", why);
    else
        msg_set(m->err, "the process that places the guest's memory ended");
    free(why);
    return -EIO;
}

static int arm_keep(struct receiver *m)
{
    size_t n = 0;
    char *context = arm_result(m, &n);
    int rc = context && hvm_context_ok((uint8_t *)context, n)
                 ? xlx_context_keep(m->r->contexts, m->r->uuid, m->arm.mark,
                                    (uint8_t *)context, n)
                 : -EIO;

    free(context);
    if (rc)
        msg_set(m->err, "the guest's CPU state can't be kept in %s: %s",
                m->r->contexts, strerror(-rc));
    return rc;
}

/* Behind what the placer read there is only libxl's END. */
static int arm_read_end(struct receiver *m)
{
    static const uint8_t end[LIBXL_RECORD];
    uint8_t record[LIBXL_RECORD];
    int rc = xlx_hs_read(&m->loop, m->stream[0], record, sizeof record,
                         clock_us() + HEAD_S * SECONDS);

    if (!rc && memcmp(record, end, sizeof end))
        rc = -EPROTO;
    if (rc)
        msg_set(m->err, "the end of the source host's stream did not come");
    return rc;
}

int xlx_receive_arm_end(struct receiver *m)
{
    int rc = m->arm.placed ? 0 : arm_explain(m);

    if (!rc)
        rc = arm_read_end(m);
    return rc ? rc : arm_keep(m);
}

static bool arm_placer_gone(void *arg)
{
    return !((struct receiver *)arg)->ctl_watch;
}

/* The placer ends with its stream. It is waited for, so that it has nothing of
 * the domain mapped when that is destroyed. */
void xlx_receive_arm_stop(struct receiver *m)
{
    if (!m->arm.on || m->arm.placed || !m->ctl_watch)
        return;
    xlx_pump_stop(&m->pump);
    arm_shut(&m->stream[1]);
    arm_started(m);
    loop_run(&m->loop, arm_placer_gone, m, clock_us() + 5 * SECONDS);
}

void xlx_receive_arm_dispose(struct receiver *m)
{
    arm_shut(&m->arm.pipe[0]);
    arm_shut(&m->arm.pipe[1]);
    arm_shut(&m->arm.stream);
    arm_shut(&m->arm.start);
    arm_shut(&m->arm.result);
    free(m->arm.context);
    unsetenv(XLX_ENV_ARM);
}
