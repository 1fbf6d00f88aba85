/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Checks a move before anything is sent: finds the guest and the host, and
 * refuses what could not go well (preflight.c).
 */
#include "tools/move/engine_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/dirty.h"
#include "libxl-ext/facts.h"
#include "tools/cluster/host_cpu.h"
#include "tools/move/claim.h"
#include "tools/move/preflight.h"
#include "tools/move/xlconfig.h"
#include "tools/paths.h"

/* -C: the configuration in this file instead of the guest's own. */
static int guest_reconfigure(struct move *m, int flags, struct msg *err)
{
    const char *file = m->rq->config_file;
    char *json = xlconfig_read(file, err);
    struct msg why = MSG_NONE;
    int rc;

    if (!json)
        return -EINVAL;
    rc = xlx_domain_reconfigure(m->x, &m->dom, json, flags, &why);
    free(json);
    if (rc)
        msg_set(err, "%s: %s", file, why.text);
    return rc;
}

int move_domain_flags(const struct move *m)
{
    return XLX_DOMAIN_CONFIG |
           (m->rq->keep_domid ? XLX_DOMAIN_KEEP_DOMID : 0) |
           (m->rq->store_data ? XLX_DOMAIN_STORE : 0) |
           (m->has_pci ? XLX_DOMAIN_PCI : 0);
}

/*
 * Its configuration, read under the lock: what an earlier move had changed of
 * the guest, such as the cap of its CPU time, is put back by now, and would
 * else go to the target host as the guest's own.
 */
int move_read_guest(struct move *m, struct msg *err)
{
    int flags = move_domain_flags(m), rc;
    uint32_t domid = m->dom.domid;
    char uuid[sizeof m->dom.uuid];

    memcpy(uuid, m->dom.uuid, sizeof uuid);
    xlx_domain_dispose(&m->dom);
    rc = xlx_domain_get(m->x, domid, flags, &m->dom, err);
    if (rc || !strcmp(m->dom.uuid, uuid))
        return rc;
    msg_set(err, "it has just gone, and another guest has its number");
    return -ESRCH;
}

/* Who it is, and its lock; what an earlier move left is settled first. */
static int guest_take(struct move *m, struct msg *err)
{
    int rc = xlx_domain_find(m->x, m->rq->domain, 0, &m->dom, err);

    if (!rc)
        rc = session_take(&m->session, m->dom.uuid, "migrate", err);
    return rc ? rc : move_read_guest(m, err);
}

/* Who claims it says more than who has its lock: a run may have its next move
 * prepared. */
static int guest_is_claimed(const struct move *m, int busy, struct msg *why)
{
    struct msg claimed = MSG_NONE;
    int rc = claim_check(path_state(), m->dom.uuid, m->rq->id, &claimed);

    if (rc)
        *why = claimed;
    return rc ? rc : busy;
}

/* The guest as it is now, with its lock. */
static int guest_find(struct move *m, struct msg *err)
{
    const struct move_request *rq = m->rq;
    struct msg why = MSG_NONE;
    int rc;

    rc = session_open(&m->session, m->x, err);
    /* in the midst of a move, the guest has another name */
    if (!rc)
        rc = session_settle_named(&m->session, rq->domain, err);
    if (rc)
        return rc;
    rc = guest_take(m, &why);
    if (!rc && rq->config_file) {
        rc = guest_reconfigure(m, move_domain_flags(m), err);
        if (rc)
            return rc;
    }
    if (!rc && xlx_held_by(m->dom.domid, m->dom.name) == XLX_HELD_BY_OTHERS) {
        msg_set(&why, "another program, such as xl, is saving or moving it");
        rc = -EBUSY;
    }
    /* a run that claims it from now on waits for the lock, which is ours */
    if (!rc || rc == -EBUSY)
        rc = guest_is_claimed(m, rc, &why);
    if (rc)
        msg_set(err, "%s can't be moved: %s", rq->domain, why.text);
    return rc;
}

static int host_choose(struct move *m, struct msg *err)
{
    struct msg why = MSG_NONE;
    int rc = choose_host_live(m->rq->conf, m->rq->settings, m->dom.uuid,
                              &m->choice, &why);

    if (rc) {
        msg_set(err, "no host can be chosen for %s: %s", m->rq->domain,
                why.text);
        return rc;
    }
    m->host = m->choice.host;
    m->address = *m->choice.address ? m->choice.address : m->choice.host;
    if (m->ev->chosen)
        m->ev->chosen(m->ev->arg, &m->choice);
    return 0;
}

/* The record keeps both, for the process that asks after this move. */
static int host_fits_record(const struct move *m, struct msg *err)
{
    const struct record *r = NULL;

    if (strlen(m->rq->ssh_command) < sizeof r->ssh &&
        strlen(m->address) < sizeof r->host)
        return 0;
    msg_set(err, "ssh_command and the host's name may have 255 characters");
    return -ENAMETOOLONG;
}

static struct preflight move_preflight(const struct move *m,
                                       const struct target_host *target)
{
    return (struct preflight){ .dom = &m->dom,
                               .here = &m->source,
                               .here_vendor = m->vendor,
                               .far = target,
                               .same_tsc =
                                   !strcmp(m->rq->conf->other_tsc, "refuse"),
                               .pci_moves =
                                   !strcmp(m->rq->conf->pci_moves, "on"),
                               .pci_tied = m->devices.tied,
                               .host = m->host ? m->host : "another host" };
}

/* Without the target host's answer, only what this host can tell. */
static int move_refuse(struct move *m, const struct target_host *target,
                       struct msg *err)
{
    struct preflight p = move_preflight(m, target);

    _Static_assert(sizeof err->text >= PREFLIGHT_TEXT, "a refusal is not cut");
    return preflight_refuse(&p, err->text, sizeof err->text) ? -EPERM : 0;
}

int move_find(struct move *m, struct msg *err)
{
    int rc = xlx_host_facts(m->x, &m->source, err);

    if (rc)
        return rc;
    host_cpu_vendor(m->vendor, sizeof m->vendor);
    rc = guest_find(m, err);
    if (!rc)
        xlx_dirty_recover(m->x, &m->dom, path_run());
    return rc;
}

int move_choose(struct move *m, struct msg *err)
{
    int rc = move_refuse(m, NULL, err);

    if (!rc && !m->host)
        rc = host_choose(m, err);
    return rc ? rc : host_fits_record(m, err);
}

/* The host that was named has to be the one that answers. */
static int target_is_other(const struct move *m, struct msg *err)
{
    const char *other =
        host_rows_other(&m->rq->conf->hosts, m->host, m->target.name);

    if (!other)
        return 0;
    msg_set(err,
            "%s answers at the address of %s, another host of rackhop.conf; "
            "correct the addresses in `hosts`",
            other, m->host);
    return -EPERM;
}

static void move_warn(struct move *m, const struct preflight *p)
{
    char text[PREFLIGHT_TEXT];
    size_t row = 0;

    while (m->ev->warning && preflight_warn(p, &row, text, sizeof text))
        m->ev->warning(m->ev->arg, text);
}

int move_check(struct move *m, struct msg *err)
{
    struct preflight p = move_preflight(m, &m->target);
    struct move_parties parties = move_parties(m);
    char unknown[256];

    if (target_is_other(m, err) || move_refuse(m, &m->target, err))
        return -EPERM;
    move_warn(m, &p);
    if (!preflight_unknown(&p, unknown, sizeof unknown) || m->rq->dry_run ||
        m->ev->unchecked(m->ev->arg, &parties, unknown))
        return 0;
    msg_set(err, "not moved");
    return -ECANCELED;
}
