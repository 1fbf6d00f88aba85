/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads which of a guest's devices can be changed for others. */
#include "tools/move/device_here.h"

#include <errno.h>
#include <string.h>

#include "libxl-ext/device.h"
#include "tools/cluster/host_classes.h"
#include "tools/cluster/host_devices.h"
#include "tools/cluster/views.h"
#include "tools/move/vf.h"

/* A VF of a class: what the network has of it. */
static int read_vf(const struct devicefact *d, struct device_item *to,
                   struct msg *err)
{
    struct vfinfo info;
    int rc = vf_read(d->port, (unsigned)d->vf, &info, err);

    if (rc)
        return rc;
    strcpy(to->class, d->of->name);
    strcpy(to->pci, d->address);
    strcpy(to->port, d->port);
    to->vf = (unsigned)d->vf;
    memcpy(to->mac, info.mac, sizeof to->mac);
    to->vlan = info.vlan;
    return 0;
}

/* A whole card of a class. Its MAC address is in the guest's hands: its bond
 * gives it that of the vif beside it, which domain 0 knows. Of several vifs it
 * is not known which the bond has.
 *
 * A PV guest keeps a card's interrupt when the card is taken. When it resumes
 * elsewhere, Xen does not let it have that again, and Linux drops it from the
 * list that it walks, which is its end (restore_pirqs in
 * drivers/xen/events/events_base.c, 6.1). VFs have none of that kind.
 *
 * An HVM guest takes the line of a card that is gone for one of an emulated device
 * when it resumes, in the same function. A card that interrupts by that line then
 * is never done: Xen sends its interrupt again at each end of it
 * (PHYSDEVOP_eoi in xen/arch/x86/physdev.c, 4.17). Messages come another way. */
static int read_card(struct xlx *x, const struct xlx_domain *dom,
                     const struct devicefact *d, struct device_item *to,
                     struct msg *err)
{
    char nic[DEVICE_NIC];

    if (dom->type == XLX_PV) {
        msg_set(err,
                "it is a PV guest with the network card %s: Linux crashes "
                "when such a guest resumes on another host, even if the card "
                "was taken from it; shut it down and start it there",
                d->address);
        return -EPERM;
    }
    if (d->line_only) {
        msg_set(err,
                "it has the network card %s, which has neither MSI nor MSI-X: "
                "Linux hangs when it gets such a card after a move; shut it "
                "down and start it there",
                d->address);
        return -EPERM;
    }
    if (!dom->vifs || dom->vifs & (dom->vifs - 1)) {
        msg_set(err,
                "it has the network card %s, and not just one virtual "
                "interface, to which its bond could go over",
                d->address);
        return -ENODEV;
    }
    strcpy(to->class, d->of->name);
    strcpy(to->pci, d->address);
    return xlx_device_read_vif(x, dom->domid,
                               (unsigned)__builtin_ctzll(dom->vifs), nic,
                               sizeof nic, to->mac, err);
}

/* What has no class, is neither VF nor card, or is one too many ties the
 * guest. */
static int read_pci(struct xlx *x, const struct xlx_domain *dom,
                    const char *address, struct devicefacts *devices,
                    struct device_wish *w, struct msg *err)
{
    const struct devicefact *d = devicefacts_find(devices, address);
    struct device_item *to = &w->list.item[w->list.n];
    int rc;

    if (!d || !d->of ||
        (!d->of->card && (d->vf < 0 || !device_port_ok(d->port))) ||
        w->list.n == DEVICES_MOST) {
        w->tied++;
        return 0;
    }
    rc = d->of->card ? read_card(x, dom, d, to, err) : read_vf(d, to, err);
    if (!rc)
        w->list.n++;
    return rc;
}

static int read_vif(struct xlx *x, uint32_t domid, unsigned vif,
                    const struct class_row *row, struct device_list *l,
                    struct msg *err)
{
    struct device_item *to = &l->item[l->n];
    int rc;

    if (l->n == DEVICES_MOST) {
        msg_set(err, "it has more than %d devices of a class", DEVICES_MOST);
        return -E2BIG;
    }
    rc = xlx_device_read_vif(x, domid, vif, to->nic, sizeof to->nic, to->mac,
                             err);
    if (rc)
        return rc;
    strcpy(to->class, row->name);
    to->vif = vif;
    l->n++;
    return 0;
}

static int find_devices(const struct config *conf, struct devicefacts *devices)
{
    struct topo_view view;
    struct msg why;
    int rc;

    topo_view_init(&view);
    /* without LLDP, devices of a class that names a switch are in none */
    (void)views_local(&view, conf, NULL, 0, &why);
    rc = host_devices(devices, "/sys");
    if (!rc)
        rc = host_classes(devices, &conf->pci_class, &view);
    topo_view_dispose(&view);
    return rc;
}

int device_read(struct xlx *x, const struct xlx_domain *dom,
                const struct config *conf, struct device_wish *w,
                struct msg *err)
{
    struct devicefacts devices = { .d = NULL };
    int rc = dom->pci.n ? find_devices(conf, &devices) : 0;

    memset(w, 0, sizeof *w);
    if (rc)
        msg_set(err, "this host's devices can't be listed");
    for (size_t i = 0; i < dom->pci.n && !rc; i++)
        rc = read_pci(x, dom, dom->pci.s[i], &devices, w, err);
    for (unsigned i = 0; i < XLX_VIFS && !rc; i++) {
        const struct class_row *row = class_of_vif(&conf->pci_class, i);

        if (dom->vifs >> i & 1 && row)
            rc = read_vif(x, dom->domid, i, row, &w->list, err);
    }
    devicefacts_dispose(&devices);
    return rc;
}
