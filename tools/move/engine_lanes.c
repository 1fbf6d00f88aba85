/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Begins to connect the lanes of a move as soon as the target host has offered
 * some, so that they are up when all is checked; and tells why a move goes over
 * ssh that was to go over lanes.
 */
#include "tools/move/engine_impl.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/wire/words.h"
#include "tools/base/clock.h"
#include "tools/move/lanes.h"
#include "tools/paths.h"

enum { LOOK_MS = 10 };

_Static_assert((int)LANES_MAX == (int)CHUNK_LANES, "docs/wire allows as many");

static unsigned lanes_number(const struct move_request *rq)
{
    if (rq->lanes)
        return rq->lanes;
    return rq->conf->lanes ? (unsigned)rq->conf->lanes : 1;
}

static bool lanes_wanted(const struct move *m)
{
    const struct move_request *rq = m->rq;

    return !rq->no_wire && strcmp(rq->conf->wire, "off") &&
           m->target.records && m->target.wire;
}

bool move_lanes_required(const struct move *m)
{
    return !strcmp(m->rq->conf->wire_pki, "require") || m->target.lanes.only;
}

int move_lanes_missing(const struct move *m, struct msg *err)
{
    const struct move_request *rq = m->rq;

    if (!move_lanes_required(m))
        return 0;
    if (*m->lanes_why.text)
        msg_set(err, "%s", m->lanes_why.text);
    else if (rq->no_wire || !strcmp(rq->conf->wire, "off"))
        msg_set(err, "the guest was to go over ssh");
    else
        msg_set(err, "%s takes no lanes", m->host);
    msg_add(err, "; ssh is ruled out by wire_pki = \"require\" of %s",
            m->target.lanes.only ? m->host : "this host");
    return -EPERM;
}

int move_lanes_begin(struct move *m, struct msg *err)
{
    struct lanes_wish w = { .program = path_wire(),
                            .lanes = lanes_number(m->rq),
                            .patience_s = m->rq->patience_s,
                            .pki = pki_wish(m->rq->conf) };
    struct word_lanes *offer = &m->target.lanes;

    w.pki.host = m->host;
    w.pki.address = m->address;
    m->lanes_port = offer->port;
    if (lanes_wanted(m) && offer->version)
        (void)lanes_connect(&w, &m->carrier, offer, &m->lanes_why);
    else if (lanes_wanted(m) && *m->target.no_lanes)
        msg_set(&m->lanes_why, "%s takes no lanes: %s", m->host,
                m->target.no_lanes);
    explicit_bzero(offer->key, sizeof offer->key);
    return m->carrier.pid > 0 ? 0 : move_lanes_missing(m, err);
}

void move_lanes_tell(struct move *m, const struct xlx_event *ev)
{
    struct msg text = m->lanes_why;

    if (ev->over_lanes)
        return;
    if (*ev->text)
        lanes_not_up(&text, m->lanes_port, m->host, m->carrier.by_pki,
                     ev->text);
    if (!*text.text)
        return; /* it was not to go over lanes */
    m->lanes_why = text;
    if (move_lanes_required(m))
        return; /* which is the end of it */
    msg_add(&text, "; sent over ssh");
    if (m->ev->warning)
        m->ev->warning(m->ev->arg, text.text);
}

/* As xlx_send() does. */
static uint64_t lanes_try_until(const struct move *m)
{
    const struct xlx_carrier *c = &m->carrier;

    if (c->dialed_us && !c->reached && !move_lanes_required(m))
        return c->dialed_us + XLX_CARRIER_UP_MS * UINT64_C(1000);
    return c->started_us + XLX_CARRIER_UP_MUST_MS * UINT64_C(1000);
}

const char *move_lanes_try(struct move *m)
{
    struct xlx_carrier *c = &m->carrier;

    while (c->pid > 0 && !xlx_carrier_has_tried(c) &&
           clock_us() < lanes_try_until(m)) {
        poll(NULL, 0, LOOK_MS);
        xlx_carrier_hear(c);
    }
    if (xlx_carrier_is_up(c))
        return "lanes";
    move_lanes_tell(
        m, &(struct xlx_event){ .text = c->pid < 0 ? ""
                                        : *c->why  ? c->why
                                                   : "it does not answer" });
    return "ssh";
}

/* From here on the streams are in the place of those of ssh, which ends by
 * itself when the target host's rackhop does. */
void move_lanes_take(struct move *m, const struct xlx_send *s)
{
    int *of[] = { &m->ssh.to, &m->ssh.from, &m->ssh.err };

    m->over_lanes = true;
    for (int i = 0; i < 3; i++)
        if (*of[i] >= 0)
            close(*of[i]);
    m->ssh.to = s->wire_out;
    m->ssh.from = s->wire_in;
    m->ssh.err = s->wire_err;
}
