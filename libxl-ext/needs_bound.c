/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the devices of a guest that a move would lose. */
#include "libxl-ext/needs_impl.h"

#include <string.h>

static unsigned bound_if(bool is, enum xlx_bound bit)
{
    return is ? bit : 0;
}

static bool bound_usb(const char *device)
{
    return device && !strncmp(device, "host:", 5);
}

static bool bound_usbhost(const libxl_domain_build_info *b)
{
    bool is;

    if (b->type != LIBXL_DOMAIN_TYPE_HVM)
        return false;
    is = bound_usb(b->u.hvm.usbdevice);
    for (char **s = b->u.hvm.usbdevice_list; !is && s && *s; s++)
        is = bound_usb(*s);
    return is;
}

unsigned xlx_needs_bound(const libxl_domain_config *c)
{
    const libxl_domain_build_info *b = &c->b_info;

    return bound_if(!libxl_defbool_is_default(b->disable_migrate) &&
                        libxl_defbool_val(b->disable_migrate),
                    XLX_BOUND_NOMIGRATE) |
           bound_if(c->num_vtpms, XLX_BOUND_VTPM) |
           bound_if(c->num_p9s, XLX_BOUND_9PFS) |
           bound_if(c->num_usbctrls || c->num_usbdevs, XLX_BOUND_USBCTRL) |
           bound_if(bound_usbhost(b), XLX_BOUND_USBHOST) |
           bound_if(c->num_pvcallsifs, XLX_BOUND_PVCALLS) |
           bound_if(c->num_dtdevs, XLX_BOUND_DTDEV) |
           bound_if(c->num_vdispls, XLX_BOUND_VDISPL) |
           bound_if(c->num_vsnds, XLX_BOUND_VSND) |
           bound_if(b->num_ioports || b->num_irqs || b->num_iomem,
                    XLX_BOUND_IO);
}

const char *xlx_bound_text(unsigned bound)
{
    static const struct {
        enum xlx_bound bit;
        const char *text;
    } rows[] = {
        { XLX_BOUND_NOMIGRATE, "it is configured never to move (nomigrate=)" },
        { XLX_BOUND_VTPM, "it has a virtual TPM" },
        { XLX_BOUND_9PFS, "it has a 9pfs share" },
        { XLX_BOUND_USBCTRL, "it has a USB controller or device of its own" },
        { XLX_BOUND_USBHOST, "it uses a USB device of this host" },
        { XLX_BOUND_PVCALLS, "it has sockets in this host's network" },
        { XLX_BOUND_DTDEV, "it has a device of this host (dtdev=)" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (bound & rows[i].bit)
            return rows[i].text;
    return NULL;
}
