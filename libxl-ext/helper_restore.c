/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Restores a domain from the frames of another host's save helper: runs
 * xc_domain_restore as the stock helper does, with the codec in the place of
 * its reads (helper_codec.h). A stream that libxc itself wrote is restored as
 * well: the first bytes tell.
 */
#include "libxl-ext/helper_impl.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xenforeignmemory.h>

#include "libxl-ext/helper_arm.h"
#include "libxl-ext/helper_codec.h"
#include "libxl-ext/wire/frame.h"
#include "libxl-ext/wire/record_dec.h"

struct restore {
    struct helper h;
    struct exact exact;
    struct record_dec *dec;
    xenforeignmemory_handle *memory;
};

/* --- the codec's view of the guest ----------------------------------------------- */

static int restore_read_stream(void *arg, void *buf, size_t n)
{
    return xlx_exact_read(((struct restore *)arg)->exact.fd, buf, n);
}

static int restore_map(void *arg, const uint64_t *pfns, size_t n,
                       const uint8_t **pages_r)
{
    struct restore *r = arg;
    xen_pfn_t list[FRAME_RECORD] = { 0 };
    int errors[FRAME_RECORD];
    void *at;

    for (size_t i = 0; i < n; i++)
        list[i] = pfns[i];
    at = xenforeignmemory_map(r->memory, r->h.domid, PROT_READ, n, list,
                              errors);
    if (!at)
        return -errno;
    for (size_t i = 0; i < n; i++)
        if (errors[i]) {
            xenforeignmemory_unmap(r->memory, at, n);
            return -EFAULT;
        }
    *pages_r = at;
    return 0;
}

static void restore_unmap(void *arg, const uint8_t *pages, size_t n)
{
    xenforeignmemory_unmap(((struct restore *)arg)->memory, (void *)pages, n);
}

/* The first error that is logged here is what the source host is told. */
static int restore_read(void *arg, void *buf, size_t n)
{
    int rc = record_dec_read(((struct restore *)arg)->dec, buf, n);

    if (rc == -EBADMSG || rc == -EPROTO || rc == -EFAULT)
        xlx_helper_complain(
            "the guest's memory did not arrive as it was sent (%s); if "
            "another try fails, set codec = \"off\" on either host",
            strerror(-rc));
    return rc;
}

/* --- libxc's callbacks that libxl answers ------------------------------------------ */

static int restore_static_data(unsigned missing, void *user)
{
    return xlx_helper_ask(&(struct xlx_helper_msg){
        .type = HM_STATIC_DATA_DONE, .u32 = { missing } });
}

/* --- the restore ------------------------------------------------------------------- */

static void restore_open(struct restore *r, const struct restore_args *a)
{
    const struct record_dec_setup s = { .read = restore_read_stream,
                                        .map = restore_map,
                                        .unmap = restore_unmap,
                                        .arg = r };

    r->h.domid = a->domid;
    r->h.xch = xc_interface_open(&xlx_helper_logger, &xlx_helper_logger, 0);
    r->memory = xenforeignmemory_open(&xlx_helper_logger, 0);
    if (!r->h.xch || !r->memory)
        xlx_helper_fail("Xen can't be reached");
    r->dec = record_dec_new(&s);
    if (!r->dec)
        xlx_helper_fail("there is no memory for a restore");
    r->exact = (struct exact){ .fd = a->fd, .read = restore_read, .arg = r };
    xlx_exact_use(&r->exact);
}

struct restored xlx_helper_run_restore(xc_interface *xch,
                                       const struct restore_args *a)
{
    struct restore_callbacks cb = { .data = NULL };
    struct restored d = { .e = 0 };

    if (a->callbacks & 1u << HM_STATIC_DATA_DONE)
        cb.static_data_done = restore_static_data;
    d.result = xc_domain_restore(xch, a->fd, a->domid, a->store_port, &d.store,
                                 a->store_domid, a->console_port, &d.console,
                                 a->console_domid, a->type, &cb, a->back_fd);
    if (d.result)
        d.e = errno;
    return d;
}

void xlx_helper_tell_restored(const struct restored *d)
{
    xlx_helper_send(&(struct xlx_helper_msg){
        .type = HM_RESTORE_RESULTS, .u64 = { d->store, d->console } });
    xlx_helper_ask(&(struct xlx_helper_msg){
        .type = HM_COMPLETE, .u32 = { (uint32_t)d->result, (uint32_t)d->e } });
}

/* libxl ends a restore by SIGTERM, which is to end the process. */
static void restore_signals(void)
{
    sigset_t set;

    signal(SIGTERM, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

bool xlx_helper_restores(int argc, char **argv)
{
    /* no frames, or a checkpointed stream: the stock helper's */
    return (getenv(XLX_ENV_CODEC) || getenv(XLX_ENV_ARM)) && argc == 11 &&
           !strcmp(argv[1], "--restore-domain") && !strcmp(argv[10], "0");
}

int xlx_helper_restore(char **argv)
{
    static struct restore r;
    const struct restore_args a = {
        .fd = (int)xlx_helper_number(argv[2]),
        .back_fd = atoi(argv[3]), /* -1: there is none */
        .domid = (uint32_t)xlx_helper_number(argv[4]),
        .store_port = (unsigned)xlx_helper_number(argv[5]),
        .store_domid = (uint32_t)xlx_helper_number(argv[6]),
        .console_port = (unsigned)xlx_helper_number(argv[7]),
        .console_domid = (uint32_t)xlx_helper_number(argv[8]),
        .callbacks = (unsigned)xlx_helper_number(argv[9]),
        .type = (xc_stream_type_t)xlx_helper_number(argv[10]),
    };

    struct restored d;

    restore_signals();
    if (getenv(XLX_ENV_ARM))
        return xlx_helper_arm(&a);
    xlx_helper_find_ctl(&r.h);
    restore_open(&r, &a);
    d = xlx_helper_run_restore(r.h.xch, &a);
    xlx_helper_tell_phase(&r.h,
                          d.result ? XLX_PHASE_FAILED : XLX_PHASE_COMPLETE);
    if (!d.result) {
        xlx_helper_await_tail(&r.h);
        xlx_helper_leave_stream(a.fd);
    }
    xlx_helper_tell_restored(&d);
    xlx_exact_use(NULL);
    record_dec_free(r.dec);
    xenforeignmemory_close(r.memory);
    xc_interface_close(r.h.xch);
    return 0;
}
