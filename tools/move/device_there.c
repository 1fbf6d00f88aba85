/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps, sets up and gives devices of this host for a guest that comes. */
#include "tools/move/device_there.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/copy.h"
#include "libxl-ext/device.h"
#include "tools/base/clock.h"
#include "tools/cluster/host_classes.h"
#include "tools/cluster/host_devices.h"
#include "tools/cluster/views.h"
#include "tools/move/admission.h"
#include "tools/move/device_pick.h"
#include "tools/move/maintenance.h"
#include "tools/move/vf.h"
#include "tools/paths.h"

/* The process that took the guest in has its lock until its connection ends. */
enum { LOCK_MS = 30000, LOCK_AGAIN_MS = 200 };

static struct xlx_device device_of(const struct device_item *d)
{
    return (struct xlx_device){ .pci = *d->pci ? d->pci : NULL,
                                .vif = d->vif,
                                .nic = d->nic };
}

/* --- reserve --------------------------------------------------------------- */

static bool has_pci(const struct device_list *l)
{
    for (unsigned i = 0; i < l->n; i++)
        if (*l->item[i].pci)
            return true;
    return false;
}

static int reserve_pick(struct device_there *t, const struct device_list *want,
                        struct device_list *got, struct msg *err)
{
    struct device_pick p = { .classes = &t->conf->pci_class,
                             .store = t->store,
                             .uuid = t->uuid };
    struct devicefacts devices = { .d = NULL };
    struct xlx_domain *list = NULL;
    struct topo_view view;
    struct msg why;
    int rc;

    topo_view_init(&view);
    /* without LLDP, devices of a class that names a switch are in none */
    (void)views_local(&view, t->conf, NULL, 0, &why);
    rc = host_devices(&devices, "/sys");
    if (!rc)
        rc = host_classes(&devices, p.classes, &view);
    if (!rc)
        rc = xlx_domain_list(t->x, &list, &p.domains);
    p.devices = &devices;
    p.domain = list;
    if (rc)
        msg_set(err, "its devices can't be listed: %s", strerror(-rc));
    else
        rc = device_pick(&p, want, got, err);
    /* what was a vif may become a VF here */
    if (!rc && has_pci(got))
        rc = xlx_device_can_give(t->x, err);
    xlx_domain_list_free(list, p.domains);
    devicefacts_dispose(&devices);
    topo_view_dispose(&view);
    return rc;
}

/* Under the lock by which reservations of this host are made. */
static int reserve_locked(struct device_there *t, const char *from,
                          const struct device_list *want, struct msg *err)
{
    struct device_claim c;
    struct device_list got;
    int rc = device_claim_get(t->store, t->uuid, &c, err);

    if (rc)
        return rc;
    if (device_claim_ended(&c, t->move)) {
        msg_set(err, "that move has ended already");
        return -ESTALE;
    }
    if (*c.uuid && !strcmp(c.move, t->move))
        return 0;
    /* a host has one move of a guest at a time: its newer one ends the older */
    if (c.state == CLAIM_KEPT && strcmp(c.from, from) != 0) {
        msg_set(err,
                "its devices are kept for another move of the guest, from "
                "%s; `rackhop recover` there ends that",
                c.from);
        return -EBUSY;
    }
    rc = reserve_pick(t, want, &got, err);
    if (rc)
        return rc;
    device_claim_begin(&c, t->uuid, t->move, from);
    c.state = CLAIM_KEPT;
    c.list = got;
    return device_claim_put(t->store, &c, err);
}

enum device_answer device_reserve(struct device_there *t, const char *from,
                                  const struct device_list *want,
                                  struct msg *err)
{
    int lock, rc = maintenance_check(path_state(), err);

    if (rc)
        return DEVICE_FAILED;
    lock = admission_lock(err);
    if (lock < 0)
        return DEVICE_FAILED;
    rc = reserve_locked(t, from, want, err);
    close(lock);
    return rc ? DEVICE_FAILED : DEVICE_DONE;
}

enum device_answer device_free(struct device_there *t,
                               const struct device_list *want, struct msg *err)
{
    struct device_list got;

    return reserve_pick(t, want, &got, err) ? DEVICE_FAILED : DEVICE_DONE;
}

/* --- the claimed ones ------------------------------------------------------ */

/* The claim, if it is this move's and not released. *claimed_r: it is. */
static int claim_of(struct device_there *t, struct device_claim *c,
                    bool *claimed_r, struct msg *err)
{
    int rc = device_claim_get(t->store, t->uuid, c, err);

    *claimed_r = !rc && *c->uuid && !strcmp(c->move, t->move) &&
                 c->state != CLAIM_RELEASED;
    return rc;
}

bool device_guest_runs(const struct xlx_domain *d)
{
    size_t n = d->name ? strlen(d->name) : 0, k = sizeof XLX_INCOMING - 1;
    bool incoming = !n || (n > k && !strcmp(d->name + n - k, XLX_INCOMING));

    return !d->dying && !d->shutdown && !(d->paused && incoming);
}

/* Is there a domain of it here? 1, 0, or a negative errno. */
static int guest_find(struct device_there *t, uint32_t *domid, bool *runs_r,
                      struct msg *err)
{
    struct xlx_domain d = { .domid = 0 };
    int rc = xlx_domain_find(t->x, t->uuid, 0, &d, err);
    bool lives = !rc && !d.dying && !d.shutdown;

    *domid = d.domid;
    *runs_r = !rc && device_guest_runs(&d);
    xlx_domain_dispose(&d);
    return rc == -ESRCH ? 0 : rc ? rc : lives;
}

/* Does the guest run here? Likewise. One that may yet is not gone. */
static int guest_here(struct device_there *t, uint32_t *domid, struct msg *err)
{
    bool runs;
    int rc = guest_find(t, domid, &runs, err);

    if (rc <= 0 || runs)
        return rc;
    msg_set(err, "its copy here is paused and was not handed over: `rackhop "
                 "recover` on both hosts settles that first");
    return -EBUSY;
}

enum device_answer device_setup(struct device_there *t, struct msg *err)
{
    struct device_claim c;
    uint32_t domid;
    bool claimed;
    int rc = claim_of(t, &c, &claimed, err);

    if (!rc && !claimed) {
        rc = guest_here(t, &domid, err);
        if (!rc)
            return DEVICE_GONE;
        if (rc > 0)
            msg_set(err, "no device is kept for it");
        return DEVICE_FAILED;
    }
    for (unsigned i = 0; i < c.list.n && !rc && c.state == CLAIM_KEPT; i++) {
        const struct device_item *d = &c.list.item[i];
        struct vfinfo info = { .vlan = d->vlan };

        memcpy(info.mac, d->mac, sizeof info.mac);
        if (device_is_vf(d))
            rc = vf_set(d->port, d->vf, &info, err);
    }
    return rc ? DEVICE_FAILED : DEVICE_DONE;
}

static int give_all(struct device_there *t, const struct device_list *l,
                    uint32_t domid, struct msg *err)
{
    int rc = 0;

    for (unsigned i = 0; i < l->n && !rc; i++) {
        struct xlx_device d = device_of(&l->item[i]);

        rc = xlx_device_give(t->x, domid, &d, err);
    }
    return rc;
}

static int guest_lock(struct device_there *t, struct msg *err)
{
    int64_t until = clock_ms() + LOCK_MS;
    int lock;

    while ((lock = xlx_lock(path_run(), t->uuid, "device", err)) == -EBUSY &&
           clock_ms() < until)
        poll(NULL, 0, LOCK_AGAIN_MS);
    return lock;
}

/* With the guest's lock: it is not just being moved on. */
static enum device_answer give_locked(struct device_there *t, struct msg *err)
{
    struct device_claim c;
    uint32_t domid;
    bool claimed;
    int rc = claim_of(t, &c, &claimed, err);

    if (!rc && !claimed) {
        msg_set(err, "no device is kept for it");
        rc = -ENOENT;
    }
    if (rc)
        return DEVICE_FAILED;
    if (c.state == CLAIM_GIVEN) /* it may have been taken again since */
        return DEVICE_DONE;
    rc = guest_here(t, &domid, err);
    if (!rc)
        return DEVICE_GONE;
    rc = rc < 0 ? rc : give_all(t, &c.list, domid, err);
    c.state = CLAIM_GIVEN;
    if (!rc)
        rc = device_claim_put(t->store, &c, err);
    return rc ? DEVICE_FAILED : DEVICE_DONE;
}

enum device_answer device_give(struct device_there *t, struct msg *err)
{
    enum device_answer a = DEVICE_FAILED;
    int lock = guest_lock(t, err);

    if (lock < 0)
        return a;
    a = give_locked(t, err);
    close(lock);
    return a;
}

enum device_answer device_up(struct device_there *t, struct msg *err)
{
    struct device_claim c;
    bool claimed;
    int rc = claim_of(t, &c, &claimed, err);

    if (!rc && !claimed) {
        msg_set(err, "no device is kept for it");
        return DEVICE_FAILED;
    }
    /* a vif comes up by its hotplug script, a card by the guest */
    for (unsigned i = 0; i < c.list.n && !rc; i++)
        if (device_is_vf(&c.list.item[i]))
            rc = vf_link(c.list.item[i].port, c.list.item[i].vf, true, err);
    return rc ? DEVICE_FAILED : DEVICE_DONE;
}

enum device_answer device_finish(struct device_there *t, struct msg *err)
{
    enum device_answer a = device_setup(t, err);

    if (a == DEVICE_DONE)
        a = device_give(t, err);
    return a == DEVICE_DONE ? device_up(t, err) : a;
}

/* --- release --------------------------------------------------------------- */

/* 1: the guest has one of them. */
static int release_in_use(struct device_there *t, const struct device_list *l,
                          struct msg *err)
{
    uint32_t domid;
    bool runs;
    int has = guest_find(t, &domid, &runs, err);

    if (has != 1)
        return has;
    has = 0;
    for (unsigned i = 0; i < l->n && !has; i++) {
        struct xlx_device d = device_of(&l->item[i]);

        has = xlx_device_has(t->x, domid, &d, err);
    }
    if (has == 1)
        msg_set(err, "the guest has a device that was kept for it");
    return has;
}

static enum device_answer release_locked(struct device_there *t,
                                         struct msg *err)
{
    struct device_claim c;
    int rc = device_claim_get(t->store, t->uuid, &c, err);

    if (rc)
        return DEVICE_FAILED;
    if (device_claim_ended(&c, t->move))
        return DEVICE_DONE;
    if (*c.uuid && strcmp(c.move, t->move)) {
        /* it has no claim; it is to get none when it comes late */
        if (c.n_past == DEVICE_PAST)
            c.n_past--;
        memmove(c.past[1], c.past[0], c.n_past * sizeof c.past[0]);
        strcpy(c.past[0], t->move);
        c.n_past++;
    } else {
        if (c.list.n && release_in_use(t, &c.list, err))
            return DEVICE_FAILED;
        if (!*c.uuid)
            device_claim_begin(&c, t->uuid, t->move, "");
        c.state = CLAIM_RELEASED;
        c.list.n = 0;
    }
    return device_claim_put(t->store, &c, err) ? DEVICE_FAILED : DEVICE_DONE;
}

/* Nor is it being reserved meanwhile. */
enum device_answer device_release(struct device_there *t, struct msg *err)
{
    enum device_answer a;
    int lock = admission_lock(err);

    if (lock < 0)
        return DEVICE_FAILED;
    a = release_locked(t, err);
    close(lock);
    return a;
}
