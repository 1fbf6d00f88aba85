/* SPDX-License-Identifier: LGPL-2.1-only */
/* Arms a restore, and runs its placer (helper_arm.h). */
#include "libxl-ext/helper_arm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/helper_impl.h"
#include "libxl-ext/helper_place.h"
#include "libxl-ext/hvm_context.h"
#include "libxl-ext/wire/libxc.h"
#include "libxl-ext/wire/record_dec.h"

enum {
    HEADS = LIBXC_IMAGE_HEAD + LIBXC_DOMAIN_HEAD,
    SHORT = HVM_CONTEXT_MAX + (1 << 18),
    STATIC_MOST = 1 << 16, /* bytes of a record of static data */
};
/* A page that is to be made, and of which no data comes. */
#define ELEMENT_ALLOC ((uint64_t)LIBXC_ALLOC << 60)

struct arm {
    struct helper h;
    int stream, start_fd, result;
    struct arm_start start;
    uint8_t *context; /* of the guest when the move began */
    struct exact exact;
    struct record_dec *dec;
    struct place place;
    /* what libxc reads */
    uint8_t *given;
    size_t given_n, given_at;
};

/* --- what the receiver handed over --------------------------------------------- */

static void arm_find(struct arm *m)
{
    const char *text = getenv(XLX_ENV_ARM);

    if (sscanf(text, "%d %d %d", &m->stream, &m->start_fd, &m->result) != 3)
        xlx_helper_fail("%s can't be read", XLX_ENV_ARM);
    fcntl(m->stream, F_SETFD, FD_CLOEXEC);
    fcntl(m->start_fd, F_SETFD, FD_CLOEXEC);
    fcntl(m->result, F_SETFD, FD_CLOEXEC);
    if (xlx_exact_read(m->start_fd, &m->start, sizeof m->start) ||
        m->start.mark != ARM_START_MARK ||
        m->start.context > HVM_CONTEXT_MAX || m->start.arm.n > WORD_PARAMS)
        xlx_helper_fail("the receiver is of another version of rackhop");
    m->context = malloc(m->start.context);
    if (!m->context ||
        xlx_exact_read(m->start_fd, m->context, m->start.context) ||
        !hvm_context_ok(m->context, m->start.context))
        xlx_helper_fail("the guest's CPU state is malformed");
}

/* --- the short stream ------------------------------------------------------------ */

static void arm_add(struct arm *m, const void *data, size_t n)
{
    if (n > SHORT - m->given_n)
        xlx_helper_fail("the head of the source host's stream is too long");
    if (n)
        memcpy(m->given + m->given_n, data, n);
    m->given_n += n;
}

static void arm_add_record(struct arm *m, uint32_t type, const void *body,
                           uint32_t n)
{
    static const uint8_t zero[8];
    uint32_t head[2] = { type, n };

    arm_add(m, head, sizeof head);
    arm_add(m, body, n);
    arm_add(m, zero, -n & 7);
}

static void arm_read(struct arm *m, void *buf, size_t n)
{
    int rc = record_dec_read(m->dec, buf, n);

    if (rc)
        xlx_helper_fail("the head of the source host's stream can't be read "
                        "(%s)",
                        strerror(-rc));
}

/* The heads and the static data, which are the real ones. */
static void arm_add_heads(struct arm *m)
{
    static uint8_t body[STATIC_MOST + 8];
    uint32_t head[2];

    arm_read(m, body, HEADS);
    arm_add(m, body, HEADS);
    do {
        arm_read(m, head, sizeof head);
        if (head[0] == LIBXC_PAGE_DATA || head[1] > STATIC_MOST)
            xlx_helper_fail("the source host's stream has no static data");
        arm_read(m, body, (head[1] + 7) & ~7u);
        arm_add_record(m, head[0], body, head[1]);
    } while (head[0] != LIBXC_STATIC_DATA_END);
}

/* The pages that daemons on this host share with the guest, empty: libxc
 * clears them. */
static void arm_add_pages(struct arm *m)
{
    struct {
        uint32_t n, zero;
        uint64_t element[PLACE_DAEMON_PAGES];
    } r = { .n = 0 };

    for (uint32_t i = 0; i < m->start.arm.n; i++) {
        const struct word_param *p = &m->start.arm.param[i];

        if (r.n < PLACE_DAEMON_PAGES && xlx_place_is_daemons(p->index))
            r.element[r.n++] = p->value | ELEMENT_ALLOC;
    }
    if (!r.n)
        xlx_helper_fail("the guest has no page for xenstore");
    arm_add_record(m, LIBXC_PAGE_DATA, &r, 8 + 8 * r.n);
}

static void arm_add_params(struct arm *m)
{
    struct {
        uint32_t n, zero;
        struct word_param param[WORD_PARAMS];
    } r = { .n = m->start.arm.n };

    memcpy(r.param, m->start.arm.param, sizeof r.param);
    arm_add_record(m, LIBXC_HVM_PARAMS, &r,
                   8 + (uint32_t)sizeof r.param[0] * r.n);
}

static void arm_make_stream(struct arm *m)
{
    m->given = malloc(SHORT);
    if (!m->given)
        xlx_helper_fail("there is no memory for a restore");
    arm_add_heads(m);
    arm_add_pages(m);
    arm_add_record(m, LIBXC_HVM_CONTEXT, m->context, m->start.context);
    arm_add_params(m);
    arm_add_record(m, LIBXC_END, NULL, 0);
}

static int arm_give(void *arg, void *buf, size_t n)
{
    struct arm *m = arg;

    if (n > m->given_n - m->given_at)
        return -EPIPE;
    memcpy(buf, m->given + m->given_at, n);
    m->given_at += n;
    return 0;
}

/* --- the decoder's view of the guest ------------------------------------------------ */

static int arm_read_stream(void *arg, void *buf, size_t n)
{
    return xlx_exact_read(((struct arm *)arg)->stream, buf, n);
}

static int arm_map(void *arg, const uint64_t *pfns, size_t n,
                   const uint8_t **pages_r)
{
    return xlx_place_map(&((struct arm *)arg)->place, pfns, n, pages_r);
}

static void arm_unmap(void *arg, const uint8_t *pages, size_t n)
{
    xlx_place_unmap(&((struct arm *)arg)->place, pages, n);
}

static int arm_read_record(void *arg, void *buf, size_t n)
{
    return record_dec_read(((struct arm *)arg)->dec, buf, n);
}

/* --- the placer ------------------------------------------------------------------------ */

static int placer_write(int fd, const void *data, size_t n)
{
    struct iovec v = { (void *)data, n };

    return xlx_exact_write(fd, &v, 1);
}

static int placer_run(struct arm *m)
{
    struct place *p = &m->place;
    int rc;

    p->xch = xc_interface_open(&xlx_helper_logger, &xlx_helper_logger, 0);
    p->memory = xenforeignmemory_open(&xlx_helper_logger, 0);
    if (!p->xch || !p->memory) {
        msg_set(&p->why, "Xen can't be reached");
        return -EIO;
    }
    if (m->start.claim_pages) /* the receiver has found room; this is to keep
                                 others off, and some Xens know no claims */
        (void)xc_domain_claim_pages(p->xch, p->domid, m->start.claim_pages);
    rc = xlx_place_run(p);
    (void)xc_domain_claim_pages(p->xch, p->domid, 0);
    if (!rc)
        rc = placer_write(m->result, p->context, p->context_len);
    if (!rc && p->differ) /* to the receiver's stderr, which people read */
        fprintf(stderr,
                "rackhop: %" PRIu64 " pages are not what they were at "
                "the source host\n",
                p->differ);
    if (rc && !*p->why.text)
        msg_set(&p->why, "the guest's CPU state could not be kept (%s)",
                strerror(-rc));
    return rc;
}

/* What a fork leaves of libxc's handles is of no use: Xen's drivers do not
 * share their buffers with children. */
_Noreturn static void placer_main(struct arm *m, const struct restore_args *a)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), rc;

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(null, STDOUT_FILENO) < 0)
        _exit(1);
    xlx_exact_use(NULL);
    m->place.domid = a->domid;
    m->place.arm = &m->start.arm;
    m->place.read = arm_read_record;
    m->place.arg = m;
    rc = placer_run(m);
    if (rc && !ftruncate(m->result, 0) && !lseek(m->result, 0, SEEK_SET))
        (void)placer_write(m->result, m->place.why.text,
                           strlen(m->place.why.text));
    xlx_helper_tell_phase(&m->h, rc ? XLX_PHASE_FAILED : XLX_PHASE_COMPLETE);
    xlx_place_dispose(&m->place);
    _exit(rc != 0);
}

/* --- the helper ------------------------------------------------------------------------- */

static void arm_open(struct arm *m, const struct restore_args *a)
{
    const struct record_dec_setup s = {
        .read = arm_read_stream, .map = arm_map, .unmap = arm_unmap, .arg = m
    };

    m->h.domid = a->domid;
    m->h.xch = xc_interface_open(&xlx_helper_logger, &xlx_helper_logger, 0);
    if (!m->h.xch)
        xlx_helper_fail("Xen can't be reached");
    m->dec = record_dec_new(&s);
    if (!m->dec)
        xlx_helper_fail("there is no memory for a restore");
    m->exact = (struct exact){ .fd = a->fd, .read = arm_give, .arg = m };
    xlx_exact_use(&m->exact);
}

/* libxc's restore, which loads the CPU state; then no CPU is up any more. */
static int arm_restore(struct arm *m, const struct restore_args *a,
                       struct restored *d)
{
    struct msg why = MSG_NONE;
    int rc;

    if (xc_domain_pause(m->h.xch, a->domid))
        xlx_helper_fail("Xen does not pause the guest's domain");
    *d = xlx_helper_run_restore(m->h.xch, a);
    if (d->result)
        return 0;
    rc = xlx_place_fence(m->h.xch, a->domid, m->context, m->start.context,
                         &why);
    if (rc)
        xlx_helper_complain("%s", why.text);
    else if (xc_domain_unpause(m->h.xch, a->domid))
        xlx_helper_fail("Xen does not take its pause back");
    return rc;
}

/* libxl goes on, and a child sees to the rest. */
static int arm_leave_placer(struct arm *m, const struct restore_args *a)
{
    pid_t pid;

    xlx_helper_tell_phase(&m->h, XLX_PHASE_ARMED);
    pid = fork();
    if (!pid)
        placer_main(m, a);
    if (pid < 0)
        xlx_helper_complain("no process could be made");
    return pid < 0 ? -EAGAIN : 0;
}

int xlx_helper_arm(const struct restore_args *a)
{
    static struct arm m;
    struct restored d;
    int rc;

    xlx_helper_find_ctl(&m.h);
    xlx_helper_tell_phase(&m.h, XLX_PHASE_STARTED);
    arm_find(&m);
    arm_open(&m, a);
    arm_make_stream(&m);
    rc = arm_restore(&m, a, &d);
    if (!rc && !d.result)
        rc = arm_leave_placer(&m, a);
    if (rc) {
        d.result = -1;
        d.e = -rc;
    }
    xlx_helper_tell_restored(&d);
    xlx_exact_use(NULL);
    record_dec_free(m.dec);
    xc_interface_close(m.h.xch);
    free(m.given);
    free(m.context);
    return 0;
}
