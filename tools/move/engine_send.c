/* SPDX-License-Identifier: LGPL-2.1-only */
/* Sends a guest over the open connection and says what came of it. */
#include "tools/move/engine_impl.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libxl-ext/wire/words.h"
#include "tools/base/clock.h"
#include "tools/cluster/learned.h"
#include "tools/log.h"
#include "tools/movelog.h"
#include "tools/paths.h"

enum { PAGE = 4096, RATIO_PAGES = 256 };

/* Where `rackhop status` and `cancel`, or socat, find this move. */
struct control {
    int fd; /* -1: there is none, and the move goes on without */
    struct sockaddr_un at;
};

static void control_open(struct control *c, const char *uuid)
{
    *c = (struct control){ .at.sun_family = AF_UNIX };
    c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        return;
    snprintf(c->at.sun_path, sizeof c->at.sun_path, "%s/%s.ctl", path_run(),
             uuid);
    unlink(c->at.sun_path); /* no living process: the guest's lock is ours */
    if (bind(c->fd, (struct sockaddr *)&c->at, sizeof c->at) ||
        chmod(c->at.sun_path, 0600) || listen(c->fd, 4)) {
        close(c->fd);
        c->fd = -1;
    }
}

static void control_close(struct control *c)
{
    if (c->fd < 0)
        return;
    close(c->fd);
    unlink(c->at.sun_path);
}

static void send_event(void *arg, const struct xlx_event *ev)
{
    struct move *m = arg;

    if (ev->type == XLX_EV_CANCEL)
        log_mute(m->rq->log);
    if (ev->type == XLX_EV_WAY)
        move_lanes_tell(m, ev);
    if (m->ev->progress)
        m->ev->progress(m->ev->arg, ev);
}

/* Bytes on the wire for one of memory; 0: too few pages to tell. */
static double send_ratio(uint64_t bytes, uint64_t pages)
{
    return pages < RATIO_PAGES ? 0 : (double)bytes / ((double)pages * PAGE);
}

/* What this move's codec made of the guest's memory. What is around the pages
 * is reckoned with those that came again. */
static void send_learned_wire(const struct move *m, const struct xlx_send *s,
                              struct learned *l)
{
    struct learned before = learned_load(path_state(), m->dom.uuid);
    uint64_t last = s->last_pages == UINT64_MAX ? 0 : s->last_pages;
    double again = 0;

    if (!m->target.codec.ratio)
        return;
    if (s->first_bytes && s->bytes > s->first_bytes)
        again = send_ratio(s->bytes - s->first_bytes,
                           s->pages + last - s->first_pages);
    l->wire_first = learned_ratio(before.wire_first,
                                  send_ratio(s->first_bytes, s->first_pages));
    l->wire_again = learned_ratio(before.wire_again, again);
}

/* What this move measured of the guest goes to the target host with it. */
static void send_learned(const struct xlx_send *s, char *buf, size_t len)
{
    struct learned l = {
        .dirty_mib_s = (double)s->dirty_pps * PAGE / 1048576,
        .writable_mib = (double)s->dirty_set * PAGE / 1048576,
    };

    send_learned_wire(s->arg, s, &l);
    learned_format(&l, buf, len - 1);
    strcat(buf, "\n");
}

/* The guest runs at neither host: what is known, and the next command. */
static void send_doubt(struct move *m, const struct xlx_send *s,
                       const char *err)
{
    const char *name = m->dom.name, *host = m->host;

    switch (s->verdict) {
    case HO_PAUSED:
        move_fail(m, RC_DOUBT,
                  "%s was not moved to %s. It is suspended on this host: %s. "
                  "Solve that, then `rackhop recover %s` resumes it",
                  name, host, err, name);
        break;
    case HO_LOST:
        move_fail(
            m, RC_DOUBT,
            "%s: %s. %s went down while it took the guest over, and may have "
            "run it for a moment; `rackhop recover %s` tells what can be done",
            name, err, host, name);
        break;
    case HO_NOT_OURS:
    case HO_UNKNOWN:
        move_fail(m, RC_DOUBT,
                  "%s: %s; `rackhop recover %s` tells what is known", name,
                  err, name);
        break;
    case HO_DOUBT:
    case HO_UNDECIDED:
    case HO_RUNS_HERE:
    case HO_RUNS_THERE:
    case HO_REFUSED:
    case HO_GONE:
        move_fail(m, RC_DOUBT,
                  "%s: %s, and can't be asked now. The guest is suspended on "
                  "this host. When %s answers again, `rackhop recover %s` "
                  "settles the move",
                  name, err, host, name);
        break;
    }
}

static void send_conclude(struct move *m, const struct xlx_send *s,
                          const char *err)
{
    switch (s->outcome) {
    case XLX_MOVED: m->result->code = RC_OK; break;
    case XLX_STAYED:
        move_fail(
            m, RC_FAILED,
            "%s was not moved to %s and goes on running on this host: %s",
            m->dom.name, m->host, err);
        break;
    case XLX_DOUBT: send_doubt(m, s, err); break;
    }
}

static void send_log(const struct move *m, const struct xlx_send *s,
                     double seconds, const char *err)
{
    static const enum movelog_end ends[] = {
        [XLX_MOVED] = MOVELOG_DONE,
        [XLX_STAYED] = MOVELOG_FAILED,
        [XLX_DOUBT] = MOVELOG_DOUBT,
    };
    char self[65] = "";

    if (!m->rq->log_move)
        return;
    if (gethostname(self, sizeof self - 1))
        strcpy(self, "this host");
    movelog_tell(&(struct movelog){
        .end = ends[s->outcome],
        .guest = m->dom.name,
        .uuid = m->dom.uuid,
        .from = self,
        .to = m->host,
        .id = m->rq->id,
        .why = s->outcome == XLX_MOVED ? NULL : err,
        .way = s->over_lanes ? "lanes" : "ssh",
        .no_lanes = m->lanes_why.text,
        .seconds = seconds,
        .downtime_ms =
            s->outcome == XLX_MOVED ? xlx_downtime_ms(&s->times) : -1,
        .bytes = (double)s->bytes });
}

/* The record of this move, and what the target host is told of it. */
static void send_record(struct move *m, char *line, size_t len)
{
    bool records = m->target.kind == TARGET_RACKHOP && m->target.records;
    char source[64] = "";

    session_source(&m->session, &m->dom, m->rq->id, m->rq->ssh_command,
                   m->address, m->target.epoch, !records);
    *line = '\0';
    if (!records)
        return;
    if (gethostname(source, sizeof source - 1))
        *source = '\0';
    move_line_format(&m->session.rec.mine, source, line, len);
}

/* How memory is packed, if both hosts want it so; else NULL. */
static const char *send_codec(const struct move *m)
{
    const char *codec = m->rq->conf->codec;

    return m->target.codec.version && strcmp(codec, "off") ? codec : NULL;
}

static void send_guest(struct move *m, int ctl_listen)
{
    const struct move_request *rq = m->rq;
    const struct xlx_hold hold = { STDIN_FILENO, rq->hold_s, move_hold_start,
                                   m };
    char line[256];
    struct xlx_send s = {
        .x = m->x,
        .dom = &m->dom,
        .config_json = m->dom.config_json,
        .wire_out = m->ssh.to,
        .wire_in = m->ssh.from,
        .wire_err = m->ssh.err,
        .helper = rq->helper,
        .policy = rq->policy,
        .rate = rq->rate,
        .debug = rq->debug,
        .acks = m->target.kind == TARGET_RACKHOP,
        .wire = word_wire_agree(m->target.wire),
        .codec = send_codec(m),
        .tail = m->target.codec.tail,
        .arm = m->target.arms == WORD_ARMS && rq->conf->arm && !rq->no_arm &&
               !m->has_pci,
        .carrier = m->carrier.pid > 0 ? &m->carrier : NULL,
        .lanes_only = move_lanes_required(m),
        .patience_s = rq->patience_s,
        .ctl_listen = ctl_listen,
        .handover = &m->session.table,
        .hold = rq->hold_s ? &hold : NULL,
        .cancel = rq->cancels,
        .wait_mask = rq->wait_mask,
        .event = send_event,
        .arg = m,
        .learned = send_learned,
    };
    struct msg err = MSG_NONE;
    int64_t began_ms = clock_ms();
    int rc;

    send_record(m, line, sizeof line);
    if (*line)
        s.move_line = line;
    rc = xlx_send_run(&s, &err);
    /* a copy that is left is for the next command, or for `recover` */
    m->verdict = s.copy_left || s.cap_left ? HO_UNDECIDED : s.verdict;
    if (s.over_lanes)
        move_lanes_take(m, &s);
    else
        m->ssh.to = s.wire_out; /* closed after a failure */
    if (s.unstarted) {
        move_fail(m, RC_UNSTARTED, "%s was not moved to %s: %s", m->dom.name,
                  m->host, err.text);
        return;
    }
    if (m->ev->ended)
        m->ev->ended(m->ev->arg, &s, rc ? err.text : NULL);
    send_conclude(m, &s, err.text);
    /* of a move that was held, when it began is not known here */
    send_log(m, &s, rq->hold_s ? -1 : (double)(clock_ms() - began_ms) / 1000,
             err.text);
}

void move_send(struct move *m)
{
    struct control control;

    if (access(m->rq->helper, X_OK)) {
        move_fail(m, m->rq->hold_s ? RC_UNSTARTED : RC_FAILED,
                  "%s can't be moved: the save helper %s is missing; `make "
                  "install` installs it",
                  m->rq->domain, m->rq->helper);
        return;
    }
    control_open(&control, m->dom.uuid);
    send_guest(m, control.fd);
    control_close(&control);
}
