/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-save-helper: saves a domain for libxl, and ends the pre-copy well.
 *
 * libxl runs it through LIBXL_SAVE_HELPER. xc_domain_save blocks, so it has a
 * process of its own. libxl never sets its precopy_policy callback, so that
 * callback lives here, in the same process, and asks xlx_policy_decide().
 *
 *   fd 0   replies from libxl, one int32 each
 *   fd 1   messages to libxl (helper_msg.h)
 *   FD     the stream, inherited; its number is an argument
 *   $RACKHOP_CTL_FD  reports to the move, commands from it (ctl.h); optional
 *   $RACKHOP_POLICY  the policy as text; without it the defaults
 *   $RACKHOP_CODEC   how memory is packed; without it libxc's stream goes as
 *                    it is, and a restore is the stock helper's
 *   $RACKHOP_TAIL    what libxl writes behind it is the move's to carry: libxl
 *                    is told when the move says so
 *
 * SIGTERM means abort, as in the stock helper: the stream's descriptor is
 * replaced by one that can't be written, so that libxc fails at its next write
 * and takes its own way out, which turns log-dirty off; what is waited for
 * between two rounds is not waited for any more. SIGINT is the move's business:
 * a ^C reaches every process of the terminal, and must not end this one in the
 * middle of a page. SIGPIPE is ignored: a target host that is gone must not
 * leave the guest in log-dirty mode.
 *
 * Every mode but --save-domain, and --restore-domain of frames, is handed to
 * the stock helper. If rackhop on
 * the target host wants to know when the memory was built, the stock helper
 * runs as a child, which dies with this process, as libxl expects when it
 * kills its helper.
 */
#include "libxl-ext/helper_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/helper_holes.h"
#include "tools/base/clock.h"

static int stream_fd = -1, unwritable_fd = -1;

/* --- libxc's callbacks that libxl answers -------------------------------------------- */

static int cb_suspend(void *user)
{
    struct helper *h = user;
    int r;

    xlx_helper_tell_phase(h, XLX_PHASE_SUSPEND);
    r = xlx_helper_ask(&(struct xlx_helper_msg){ .type = HM_SUSPEND });
    if (r)
        xlx_helper_tell_phase(h, XLX_PHASE_SUSPENDED);
    if (h->codec) /* the last copy, after a wait that was no work */
        xlx_save_codec_round(h->codec, 1);
    return r;
}

static int cb_postcopy(void *user)
{
    return xlx_helper_ask(&(struct xlx_helper_msg){ .type = HM_POSTCOPY });
}

static int cb_checkpoint(void *user)
{
    return xlx_helper_ask(&(struct xlx_helper_msg){ .type = HM_CHECKPOINT });
}

static int cb_wait_checkpoint(void *user)
{
    return xlx_helper_ask(
        &(struct xlx_helper_msg){ .type = HM_WAIT_CHECKPOINT });
}

static int cb_qemu_logdirty(uint32_t domid, unsigned enable, void *user)
{
    return xlx_helper_ask(&(struct xlx_helper_msg){
        .type = HM_SWITCH_QEMU_LOGDIRTY, .u32 = { domid, enable } });
}

/* libxl says in a bit mask which of them it can answer. */
static void helper_callbacks(struct save_callbacks *cb, unsigned flags)
{
    cb->suspend = flags & 1u << HM_SUSPEND ? cb_suspend : NULL;
    cb->postcopy = flags & 1u << HM_POSTCOPY ? cb_postcopy : NULL;
    cb->checkpoint = flags & 1u << HM_CHECKPOINT ? cb_checkpoint : NULL;
    cb->wait_checkpoint =
        flags & 1u << HM_WAIT_CHECKPOINT ? cb_wait_checkpoint : NULL;
    cb->switch_qemu_logdirty =
        flags & 1u << HM_SWITCH_QEMU_LOGDIRTY ? cb_qemu_logdirty : NULL;
}

/* --- start ---------------------------------------------------------------------------- */

static void helper_on_term(int sig)
{
    int e = errno;

    xlx_helper_ended = 1;
    if (dup2(unwritable_fd, stream_fd) != stream_fd)
        abort();
    errno = e;
}

static void helper_signals(void)
{
    struct sigaction term = { .sa_handler = helper_on_term };
    sigset_t set;

    unwritable_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (unwritable_fd < 0)
        xlx_helper_fail("/dev/null can't be opened");
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&term.sa_mask);
    sigaction(SIGTERM, &term, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void helper_find_policy(struct helper *h)
{
    const char *policy = getenv(XLX_ENV_POLICY);

    xlx_policy_init(&h->policy);
    if (policy && xlx_policy_parse(&h->policy, policy))
        xlx_helper_fail("%s can't be read", XLX_ENV_POLICY);
}

/* Frames, if the move asks for them, and the stream is none that is sent again
 * and again. To verify, all pages are sent once more, and whole. */
static void helper_find_codec(struct helper *h, char **argv)
{
    const char *text = getenv(XLX_ENV_CODEC);
    unsigned long flags = xlx_helper_number(argv[5]);
    enum codec_wish wish = CODEC_OFF;

    if (text && codec_wish_parse(text, &wish))
        xlx_helper_fail("%s can't be read", XLX_ENV_CODEC);
    if (wish != CODEC_OFF && !xlx_helper_number(argv[7]))
        h->codec = xlx_save_codec_open(stream_fd, wish, h->history.guest_pages,
                                       !(flags & XCFLAGS_DEBUG));
    if (h->codec)
        xlx_save_codec_limit(h->codec, h->policy.bandwidth);
}

/* Pages that are dirty again are left out where there are frames: libxc's own
 * stream is none of ours. */
static void helper_find_again(struct helper *h)
{
    struct record_enc_again pages;

    if (h->codec && h->policy.leave_out)
        h->again = xlx_again_new(h->xch, h->domid);
    if (!h->again)
        return;
    pages = xlx_again_pages(h->again);
    xlx_save_codec_leave_out(h->codec, &pages);
}

int main(int argc, char **argv)
{
    static struct helper h;
    struct save_callbacks cb = { .precopy_policy = xlx_helper_precopy,
                                 .data = &h };
    xc_domaininfo_t dom;
    int r, e;

    if (xlx_helper_restores(argc, argv))
        return xlx_helper_restore(argv);
    if (argc != 8 || strcmp(argv[1], "--save-domain"))
        return xlx_helper_run_stock(argv);
    stream_fd = (int)xlx_helper_number(argv[2]);
    h.domid = (uint32_t)xlx_helper_number(argv[4]);
    xlx_helper_find_ctl(&h);
    helper_find_policy(&h);
    helper_callbacks(&cb, (unsigned)xlx_helper_number(argv[6]));
    helper_signals();
    h.xch = xc_interface_open(&xlx_helper_logger, &xlx_helper_logger, 0);
    if (!h.xch)
        xlx_helper_fail("Xen can't be reached");
    if (xc_domain_getinfolist(h.xch, h.domid, 1, &dom) != 1 ||
        dom.domain != h.domid)
        xlx_helper_fail("domain %u is gone", h.domid);
    xlx_history_init(&h.history, dom.tot_pages);
    link_window_tell(&h.window, true, clock_us());
    helper_find_codec(&h, argv);
    helper_find_again(&h);
    xlx_holes_begin(h.xch, &dom);
    xlx_helper_tell_phase(&h, XLX_PHASE_STARTED);

    r = xc_domain_save(h.xch, stream_fd, h.domid,
                       (uint32_t)xlx_helper_number(argv[5]), &cb,
                       (xc_stream_type_t)xlx_helper_number(argv[7]),
                       (int)xlx_helper_number(argv[3]));
    e = r ? errno : 0;
    xlx_helper_tell_phase(&h, r ? XLX_PHASE_FAILED : XLX_PHASE_COMPLETE);
    if (!r) {
        xlx_helper_await_tail(&h);
        xlx_helper_leave_stream(stream_fd);
    }
    xlx_helper_ask(&(struct xlx_helper_msg){
        .type = HM_COMPLETE, .u32 = { (uint32_t)r, (uint32_t)e } });
    xlx_save_codec_close(h.codec);
    xlx_again_free(h.again);
    xlx_holes_end();
    xc_interface_close(h.xch);
    return 0;
}
