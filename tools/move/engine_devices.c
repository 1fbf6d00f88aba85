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

#include "tools/move/device_here.h"

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

int move_check_devices(const struct move *m, struct msg *err)
{
    const struct move_request *rq = m->rq;

    if (!m->devices.list.n)
        return 0;
    if (rq->config_file || rq->xl_only || !*rq->ssh_command ||
        m->target.kind != TARGET_RACKHOP || !m->target.devices) {
        msg_set(err,
                "%s has devices, which %s has to change for its own: that "
                "takes a rackhop on it that can, and works without -C, --xl "
                "and -s \"\"",
                rq->domain, m->host);
        return -EPERM;
    }
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

    memcpy(h.rec.uuid, m->dom.uuid, sizeof h.rec.uuid);
    snprintf(h.rec.name, sizeof h.rec.name, "%s",
             m->dom.name ? m->dom.name : m->dom.uuid);
    snprintf(h.rec.host, sizeof h.rec.host, "%s", m->address);
    snprintf(h.rec.ssh, sizeof h.rec.ssh, "%s", m->rq->ssh_command);
    h.rec.list = m->devices.list;
    devices_conclude(m, device_begin(&h, &err), &err);
}
