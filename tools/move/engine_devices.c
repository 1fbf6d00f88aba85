/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Moves a guest whose devices are changed for others: they are taken, it moves
 * without them, and it is given those of the target host.
 */
#include "tools/move/engine_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/move/device_ask.h"
#include "tools/move/device_here.h"
#include "tools/move/records.h"

int move_find_devices(struct move *m, struct msg *err)
{
    const struct config *conf = m->rq->conf;
    struct msg why = MSG_NONE;
    int rc;

    if (strcmp(conf->pci_moves, "on") != 0 || !conf->pci_class.n)
        return 0;
    rc = device_read(m->x, &m->dom, conf, &m->devices, &why);
    if (rc)
        msg_set(err, "%s can't be moved: %s", m->rq->domain, why.text);
    for (unsigned i = 0; i < m->devices.list.n; i++)
        m->has_pci |= *m->devices.list.item[i].pci != 0;
    return rc;
}

/* What is asked of the target host. */
static void devices_record(const struct move *m, struct device_record *r)
{
    memcpy(r->uuid, m->dom.uuid, sizeof r->uuid);
    snprintf(r->name, sizeof r->name, "%s",
             m->dom.name ? m->dom.name : m->dom.uuid);
    snprintf(r->host, sizeof r->host, "%s", m->address);
    snprintf(r->ssh, sizeof r->ssh, "%s", m->rq->ssh_command);
    r->list = m->devices.list;
}

/* A move that is only checked keeps none: another may take them meanwhile. */
static int devices_are_free(const struct move *m, struct msg *err)
{
    struct device_record r = { .state = DM_NONE };
    struct msg why = MSG_NONE;

    devices_record(m, &r);
    records_new_id(r.move);
    if (device_ask(&r, "free", NULL, &why) == DM_OK)
        return 0;
    msg_set(err, "%s can't be moved: %s", m->rq->domain, why.text);
    return -ENOSPC;
}

static bool devices_have_card(const struct device_list *l)
{
    for (unsigned i = 0; i < l->n; i++)
        if (device_is_card(&l->item[i]))
            return true;
    return false;
}

int move_check_devices(const struct move *m, struct msg *err)
{
    const struct move_request *rq = m->rq;
    unsigned least = devices_have_card(&m->devices.list) ? 2 : 1;

    if (!m->devices.list.n)
        return 0;
    if (rq->config_file || rq->xl_only || !*rq->ssh_command ||
        m->target.kind != TARGET_RACKHOP || m->target.devices < least) {
        msg_set(err,
                "%s has devices, which %s has to change for its own: that "
                "takes a rackhop on it that can, and works without -C, --xl "
                "and -s \"\"",
                rq->domain, m->host);
        return -EPERM;
    }
    if (rq->dry_run)
        return m->target.devices < 2 ? 0 : devices_are_free(m, err);
    if (!rq->hold_s)
        return 0;
    /* nothing may be changed before it is told to start */
    msg_set(err, "%s has devices, and can't be prepared to move", rq->domain);
    return -EPERM;
}

/* Its configuration lists no device any more. Who was told of the guest has its
 * name. */
static int devices_read_again(struct move *m, struct msg *err)
{
    char *name = m->dom.name;
    int rc;

    m->dom.name = NULL;
    rc = move_read_guest(m, err);
    free(m->dom.name);
    m->dom.name = name;
    return rc;
}

/* enum dm_effect's DM_MIGRATE */
static enum dm_input devices_migrate(void *arg)
{
    struct move *m = arg;
    struct msg err = MSG_NONE;

    if (devices_read_again(m, &err)) {
        move_fail(m, RC_FAILED, "%s was not moved: %s", m->rq->domain,
                  err.text);
        return DM_FAILED;
    }
    move_send(m);
    switch (m->result->code) {
    case RC_OK: return DM_OK;
    case RC_DOUBT: return DM_OPEN;
    default: return DM_FAILED;
    }
}

/* What the move itself says of its end comes first. */
static void devices_conclude(struct move *m, enum dm_verdict v,
                             const struct msg *err)
{
    bool told = *m->result->text.text;

    switch (v) {
    case DM_AT_TARGET: break;
    case DM_GONE: /* by itself, perhaps when it had moved */
    case DM_GIVEN_UP:
        if (m->result->code == RC_OK && m->ev->complaint)
            m->ev->complaint(m->ev->arg, m->host, err->text);
        if (!told && m->result->code != RC_OK)
            move_fail(m, RC_FAILED, "%s", err->text);
        break;
    case DM_WITHOUT: move_fail(m, RC_DOUBT, "%s", err->text); break;
    case DM_DOUBT:
        if (!told)
            move_fail(m, RC_DOUBT, "%s", err->text);
        break;
    case DM_AT_SOURCE:
    case DM_LEFT:
    case DM_UNDECIDED:
        if (!told || v == DM_LEFT)
            move_fail(m, RC_FAILED, "%s", err->text);
        break;
    }
}

void move_with_devices(struct move *m)
{
    struct msg err = MSG_NONE;
    struct device_here h = {
        .x = m->x,
        .store = m->session.rec.store,
        .cancels = m->rq->cancels,
        .migrate = devices_migrate,
        .arg = m,
    };

    devices_record(m, &h.rec);
    devices_conclude(m, device_begin(&h, &err), &err);
}
