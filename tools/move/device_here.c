/* SPDX-License-Identifier: LGPL-2.1-only */
/* Drives the change of a guest's devices at its source host. */
#include "tools/move/device_here.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libxl-ext/device.h"
#include "tools/base/clock.h"
#include "tools/boot.h"
#include "tools/deadline.h"
#include "tools/move/device_ask.h"
#include "tools/move/records.h"
#include "tools/move/vf.h"
#include "tools/paths.h"

enum {
    OVER_MS = 30000, /* bonds look every 0.1 s or so */
    OVER_AGAIN_MS = 50,
};
#define SYS_NET "/sys/class/net"

static struct xlx_device device_of(const struct device_item *d)
{
    return (struct xlx_device){ .pci = *d->pci ? d->pci : NULL,
                                .vif = d->vif,
                                .nic = d->nic };
}

/* --- the target host ------------------------------------------------------- */

static enum dm_input there(struct device_here *h, const char *verb)
{
    return device_ask(&h->rec, verb, NULL, &h->why);
}

static enum dm_input here_reserve(void *arg)
{
    return there(arg, "reserve");
}

/* Of a host that is lost for good no answer is one: it runs no guest, and keeps
 * no claim. One that answers is not lost. */
static enum dm_input there_or_lost(struct device_here *h, const char *verb,
                                   enum dm_input lost)
{
    bool silent;
    enum dm_input in = device_ask(&h->rec, verb, &silent, &h->why);

    if (!h->lost || !silent)
        return in;
    h->silent = true;
    return lost;
}

/* Before the guest has arrived, that it has no claim there is a failure. */
static enum dm_input here_setup(void *arg)
{
    return there_or_lost(arg, "setup", DM_LOST);
}

static enum dm_input here_give(void *arg)
{
    return there(arg, "give");
}

static enum dm_input here_release(void *arg)
{
    return there_or_lost(arg, "release", DM_OK);
}

/* --- this host ------------------------------------------------------------- */

static enum dm_input here_store(void *arg, enum dm_state next)
{
    struct device_here *h = arg;
    enum dm_state was = h->rec.state;

    h->rec.state = next;
    if (!device_record_put(h->store, &h->rec, &h->why))
        return DM_OK;
    h->rec.state = was;
    return DM_FAILED;
}

/* 1: it runs here; 0: it does not; or a negative errno. */
static int guest_look(struct device_here *h)
{
    struct xlx_domain d = { .domid = 0 };
    int rc = xlx_domain_find(h->x, h->rec.uuid, 0, &d, &h->why);
    bool lives = !rc && !d.dying && !d.shutdown;

    h->domid = d.domid;
    xlx_domain_dispose(&d);
    return rc == -ESRCH ? 0 : rc ? rc : lives;
}

/* Its vifs that are devices of the record, and are taken as well. */
static uint64_t own_vifs(const struct device_here *h)
{
    uint64_t own = 0;

    for (unsigned i = 0; i < h->rec.list.n; i++)
        if (!*h->rec.list.item[i].pci)
            own |= UINT64_C(1) << h->rec.list.item[i].vif;
    return own;
}

static int link_of(struct device_here *h, const struct device_item *d, bool up)
{
    if (device_is_card(d))
        return 0; /* a guest's own: it is taken as it is */
    return *d->pci ? vf_link(d->port, d->vf, up, &h->why)
                   : vif_link(h->domid, d->vif, up, &h->why);
}

/* The vifs that the bond of each goes over to, those with its MAC address, and
 * what it has sent over them before its link is taken. Other networks of the
 * guest tell nothing of it. */
static int bond_look(struct device_here *h)
{
    for (unsigned i = 0; i < h->rec.list.n; i++) {
        const struct device_item *d = &h->rec.list.item[i];

        h->vifs[i] = xlx_device_vifs_of(h->x, h->domid, d->mac) & ~own_vifs(h);
        h->sent[i] = vif_sent(SYS_NET, h->domid, h->vifs[i]);
        if (h->sent[i] >= 0)
            continue;
        msg_set(&h->why,
                "it has no virtual interface with the MAC address of its "
                "device (%s), to which a bond could go over",
                d->mac);
        return -ENODEV;
    }
    return 0;
}

static enum dm_input here_link(void *arg, bool at_target, bool up)
{
    struct device_here *h = arg;
    int rc;

    if (at_target)
        return there(h, "up");
    rc = guest_look(h);
    if (rc <= 0) {
        if (!rc)
            msg_set(&h->why, "it does not run any more");
        return DM_FAILED;
    }
    if (!up && bond_look(h))
        return DM_FAILED;
    rc = 0;
    for (unsigned i = 0; i < h->rec.list.n && !rc; i++)
        rc = link_of(h, &h->rec.list.item[i], up);
    return rc ? DM_FAILED : DM_OK;
}

/* Whether one is a card: the guest goes over when it is taken, not before. */
static bool has_card(const struct device_here *h)
{
    for (unsigned i = 0; i < h->rec.list.n; i++)
        if (device_is_card(&h->rec.list.item[i]))
            return true;
    return false;
}

/* Is it of all its devices? */
static bool is_over(const struct device_here *h)
{
    for (unsigned i = 0; i < h->rec.list.n; i++)
        if (vif_sent(SYS_NET, h->domid, h->vifs[i]) <= h->sent[i])
            return false;
    return true;
}

/* A guest that goes over says so to the network, if nothing else. */
static enum dm_input wait_over(struct device_here *h)
{
    int64_t until = clock_ms() + OVER_MS;
    sig_atomic_t cancels = h->cancels ? *h->cancels : 0;

    while (clock_ms() < until) {
        if (is_over(h))
            return DM_OK;
        if (h->cancels && *h->cancels != cancels) {
            msg_set(&h->why, "cancelled");
            return DM_FAILED;
        }
        poll(NULL, 0, OVER_AGAIN_MS);
    }
    msg_set(&h->why,
            "it sent nothing over its virtual interface within %d s; has it a "
            "bond of both? See rackhop-devices(7)",
            OVER_MS / 1000);
    return DM_FAILED;
}

static enum dm_input here_wait(void *arg)
{
    struct device_here *h = arg;

    return has_card(h) ? DM_OK : wait_over(h);
}

/* libxl may wait for the guest, and for ever for a xenstore that hangs: what is
 * on record lets `rackhop recover` go on from anywhere. */
static int each_device(struct device_here *h,
                       int (*call)(struct xlx *, uint32_t,
                                   const struct xlx_device *, struct msg *))
{
    int rc = 0;

    deadline_begin(DEADLINE_SETTLE_S, RC_DOUBT,
                   "a guest's device was changed");
    for (unsigned i = 0; i < h->rec.list.n && !rc; i++) {
        struct xlx_device d = device_of(&h->rec.list.item[i]);

        rc = call(h->x, h->domid, &d, &h->why);
    }
    deadline_end();
    return rc;
}

static enum dm_input here_detach(void *arg)
{
    return each_device(arg, xlx_device_take) ? DM_FAILED : DM_OK;
}

static enum dm_input here_look(void *arg)
{
    struct device_here *h = arg;
    int has = each_device(h, xlx_device_has);

    if (has > 0)
        msg_set(&h->why, "it has it still");
    if (has)
        return DM_FAILED;
    return has_card(h) ? wait_over(h) : DM_OK;
}

/* Its VF has the MAC address and the VLAN that it had: nobody else changed
 * them, but its card may have been reset. */
static int put_back_setup(struct device_here *h)
{
    int rc = 0;

    for (unsigned i = 0; i < h->rec.list.n && !rc; i++) {
        const struct device_item *d = &h->rec.list.item[i];
        struct vfinfo info = { .vlan = d->vlan };

        memcpy(info.mac, d->mac, sizeof info.mac);
        if (device_is_vf(d))
            rc = vf_set(d->port, d->vf, &info, &h->why);
    }
    return rc;
}

static enum dm_input here_put_back(void *arg)
{
    struct device_here *h = arg;
    int rc = guest_look(h);

    if (!rc)
        return DM_NO_GUEST;
    rc = rc < 0 ? rc : put_back_setup(h);
    if (!rc)
        rc = each_device(h, xlx_device_give);
    return rc ? DM_FAILED : DM_OK;
}

static enum dm_input here_migrate(void *arg)
{
    struct device_here *h = arg;

    return h->migrate ? h->migrate(h->arg) : DM_FAILED;
}

/* Its move is settled as far as it can be: its record and Xen tell. */
static enum dm_input here_ask(void *arg)
{
    struct device_here *h = arg;
    struct record rec;
    int here;

    if (records_get(h->store, h->rec.uuid, &rec, &h->why))
        return DM_OPEN;
    if (rec.epoch && !ho_closed(rec.state))
        return DM_OPEN;
    here = guest_look(h);
    if (here < 0)
        return DM_OPEN;
    if (here)
        return DM_HERE;
    return rec.role == HO_SOURCE && rec.state == HO_DONE &&
                   !strcmp(rec.host, h->rec.host)
               ? DM_THERE
               : DM_NO_GUEST;
}

static const char *here_why(void *arg)
{
    struct device_here *h = arg;

    return *h->why.text ? h->why.text : NULL;
}

static const struct device_ops here_ops = {
    .store = here_store,
    .reserve = here_reserve,
    .setup = here_setup,
    .give = here_give,
    .release = here_release,
    .detach = here_detach,
    .look = here_look,
    .put_back = here_put_back,
    .link = here_link,
    .wait = here_wait,
    .migrate = here_migrate,
    .ask = here_ask,
    .why = here_why,
};

static enum dm_verdict here_drive(struct device_here *h, struct dm *m,
                                  enum dm_effect first, struct msg *err)
{
    struct device_ops ops = here_ops;

    ops.arg = h;
    return device_drive(m, first, &ops, h->rec.name, err);
}

enum dm_verdict device_begin(struct device_here *h, struct msg *err)
{
    struct dm m;

    records_new_id(h->rec.move);
    (void)boot_id(h->rec.boot);
    h->rec.when = time(NULL);
    return here_drive(h, &m, dm_begin(&m), err);
}

bool device_is_left(enum dm_verdict v)
{
    switch (v) {
    case DM_LEFT:
    case DM_WITHOUT:
    case DM_DOUBT: return true;
    case DM_UNDECIDED:
    case DM_AT_TARGET:
    case DM_AT_SOURCE:
    case DM_GONE:
    case DM_GIVEN_UP: break;
    }
    return false;
}

/* A lost host may come back, with the claim, and its guests as well if it was the
 * network that was lost. */
static void tell_lost(const struct device_here *h, enum dm_verdict v,
                      struct msg *text)
{
    const struct device_record *r = &h->rec;

    if (v == DM_GIVEN_UP)
        msg_add(text,
                "; should %s come back and the guest run there, `rackhop "
                "device finish %s %s` there gives it what is kept for it, and "
                "else `rackhop device release %s %s` ends that",
                r->host, r->uuid, r->move, r->uuid, r->move);
    else
        msg_add(text,
                "; %s does not answer: should it come back, `rackhop device "
                "release %s %s` there ends what it keeps",
                r->host, r->uuid, r->move);
}

enum dm_verdict device_recover(struct xlx *x, struct store *store,
                               const char *uuid, bool lost, struct msg *text)
{
    struct device_here h = { .x = x, .store = store, .lost = lost };
    char boot[BOOT_ID] = "";
    enum dm_verdict v;
    struct dm m;
    bool other;

    if (device_record_get(store, uuid, &h.rec, text))
        return DM_WITHOUT; /* it can't be read: nothing is known */
    if (!*h.rec.uuid || dm_closed(h.rec.state))
        return DM_UNDECIDED;
    if (boot_id(boot)) {
        msg_set(text, "%s: whether this host has been down is not known",
                h.rec.name);
        return DM_DOUBT;
    }
    other = strcmp(boot, h.rec.boot) != 0;
    v = here_drive(&h, &m, dm_restart(&m, h.rec.state, other), text);
    if (h.silent && !device_is_left(v))
        tell_lost(&h, v, text);
    return v;
}
