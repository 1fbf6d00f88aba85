/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Checks before a move: devices of the guest that a move would lose.
 *
 * What would break the guest, or leave a part of it behind, refuses. What only
 * has to be plugged in anew, or may be alike on both hosts, warns.
 */
#include "tools/move/preflight_impl.h"

#include <stdio.h>
#include <string.h>

/*
 * libxl looks at none of these when it saves a guest, and makes each device
 * anew at the target host from the configuration (Xen 4.17: device_type_tbl
 * and the loops before it in libxl_create.c). So what counts is whether the
 * guest's driver connects to the new backend. In Linux 6 those of 9pfs
 * (net/9p/trans_xen.c: "suspend/resume unsupported"), pvcalls, USB (xen-hcd.c),
 * vdispl (xen_drm_front.c) and vsnd (xen_snd_front.c) have no resume that does.
 */
static const struct bound_row {
    enum xlx_bound bit;
    bool warns;
    const char *what;   /* the guest .. */
    const char *remedy; /* NULL: a command, which takes the guest's name */
} bound_rows[] = {
    { XLX_BOUND_NOMIGRATE, false,
      "is configured never to move (nomigrate=), because its processes may "
      "count on this host's clock",
      "start it without nomigrate= first" },
    { XLX_BOUND_VTPM, false,
      "has a virtual TPM, whose secrets are in another domain of this host "
      "and would stay there",
      "start it without vtpm= first" },
    { XLX_BOUND_9PFS, false,
      "has a 9pfs share, which the guest can't connect again after a move",
      "start it without p9= first" },
    { XLX_BOUND_USBCTRL, false,
      "has a USB controller or device of its own, which would be lost", NULL },
    { XLX_BOUND_USBHOST, false,
      "uses a USB device of this host (usbdevice=\"host:..\"), which can't "
      "move",
      "start it without that usbdevice= first" },
    { XLX_BOUND_PVCALLS, false,
      "has sockets in this host's network (pvcalls=), which would be lost",
      "start it without pvcalls= first" },
    { XLX_BOUND_DTDEV, false,
      "has a device of this host (dtdev=), which can't move",
      "start it without dtdev= first" },
    { XLX_BOUND_VDISPL, true,
      "has a paravirtual display (vdispl=), whose driver may not find it "
      "again after the move",
      "restart what uses it if it stays dark" },
    { XLX_BOUND_VSND, true,
      "has a paravirtual sound device (vsnd=), whose driver may not find it "
      "again after the move",
      "restart what uses it if it stays silent" },
    { XLX_BOUND_IO, true,
      "may use hardware of this host (ioports=, irqs= or iomem=), and will "
      "have the same numbers on the target host",
      "see that they stand for the same hardware" },
};

static bool bound_say(const struct preflight *p, bool warns, char *b, size_t n)
{
    for (size_t i = 0; i < sizeof bound_rows / sizeof bound_rows[0]; i++) {
        const struct bound_row *row = &bound_rows[i];

        if (row->warns != warns || !(p->dom->needs.bound & row->bit))
            continue;
        if (!row->remedy)
            snprintf(b, n,
                     "%s %s; `xl usb-list %s` shows the DEVID for `xl "
                     "usbctrl-detach %s DEVID`, which comes first",
                     preflight_name(p), row->what, preflight_name(p),
                     preflight_name(p));
        else
            snprintf(b, n, "%s %s; %s", preflight_name(p), row->what,
                     row->remedy);
        return true;
    }
    return false;
}

bool preflight_bound(const struct preflight *p, char *b, size_t n)
{
    return bound_say(p, false, b, n);
}

bool preflight_bound_warn(const struct preflight *p, char *b, size_t n)
{
    return bound_say(p, true, b, n);
}

/* As XAPI has it: the state of a hypervisor inside the guest is not in Xen's
 * stream, and whether one runs is not to be seen from outside. */
bool preflight_nested(const struct preflight *p, char *b, size_t n)
{
    if (!p->dom->nested)
        return false;
    snprintf(b, n,
             "%s may run a hypervisor of its own (nestedhvm=), whose guests "
             "would not survive a move; start it without nestedhvm= first",
             preflight_name(p));
    return true;
}

/* Of "127.0.0.1:5907". */
static size_t display_host(const char *at)
{
    const char *colon = strrchr(at, ':');

    return colon ? (size_t)(colon - at) : strlen(at);
}

static bool display_any(const char *at, size_t host)
{
    return (host == 7 && !strncmp(at, "0.0.0.0", 7)) ||
           (host == 4 && !strncmp(at, "[::]", 4));
}

/* Whether two sockets can't listen at both. */
static bool displays_meet(const char *a, const char *b)
{
    size_t host_a = display_host(a), host_b = display_host(b);

    if (strcmp(a + host_a, b + host_b))
        return false;
    return display_any(a, host_a) || display_any(b, host_b) || !strcmp(a, b);
}

bool preflight_display(const struct preflight *p, char *b, size_t n)
{
    const struct strlist *wanted = &p->dom->needs.displays;
    const struct strlist *used = &p->far->listening;

    for (size_t i = 0; i < wanted->n; i++)
        for (size_t j = 0; j < used->n; j++) {
            if (!displays_meet(wanted->s[i], used->s[j]))
                continue;
            snprintf(b, n,
                     "%s has something that listens at %.80s, where a VNC "
                     "display of %s has to (vncunused=0); end that, or give "
                     "a configuration with another vncdisplay= with -C",
                     p->host, used->s[j], preflight_name(p));
            return true;
        }
    return false;
}
