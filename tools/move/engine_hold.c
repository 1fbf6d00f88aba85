/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Starts a move that was held: at the rate that it is told, if the guest is
 * still what was checked and described to the target host. A move whose hook
 * took its time starts under the same condition.
 */
#include "tools/move/engine_impl.h"

#include <errno.h>
#include <string.h>

#include "tools/move/startline.h"

/* It may have been rebooted, or got another disk, since it was looked at. */
static bool guest_is_same(const struct move *m, const struct xlx_domain *now)
{
    const struct xlx_domain *was = &m->dom;

    return now->domid == was->domid && now->config_json &&
           (m->rq->config_file || !strcmp(now->config_json, was->config_json));
}

int move_check_again(struct move *m, struct msg *err)
{
    struct xlx_domain now = { .domid = 0 };
    struct msg why = MSG_NONE;
    int rc =
        xlx_domain_find(m->x, m->dom.uuid, move_domain_flags(m), &now, &why);

    if (!rc && !guest_is_same(m, &now))
        rc = -ESTALE;
    /* `xl save` takes no lock of ours, and two savers share one log-dirty map */
    if (!rc && xlx_held_by(now.domid, now.name) == XLX_HELD_BY_OTHERS)
        rc = -EBUSY;
    if (rc == -ESTALE)
        msg_set(err, "%s has changed since its move was prepared",
                m->dom.name);
    else if (rc == -EBUSY)
        msg_set(err,
                "another program, such as xl, began to save or move %s after "
                "its move was prepared",
                m->dom.name);
    else if (rc)
        msg_set(err, "%s", why.text);
    xlx_domain_dispose(&now);
    return rc;
}

/* struct xlx_hold's start. */
int move_hold_start(void *arg, struct xlx_send *s, const char *line,
                    struct msg *err)
{
    struct move *m = arg;
    double mbps;

    if (startline_parse(line, &mbps)) {
        msg_set(err, "the line that was to start it is none");
        return -EPROTO;
    }
    s->rate = (uint64_t)(mbps * 1e6 / 8);
    s->policy.bandwidth = s->rate;
    return move_check_again(m, err);
}
