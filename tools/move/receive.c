/* SPDX-License-Identifier: LGPL-2.1-only */
/* Receives one guest on this host: greeting, stream, and what was learned. */
#include "tools/move/receive.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/wire/words.h"
#include "libxl-ext/migrate.h"
#include "tools/cluster/host_collect.h"
#include "tools/cluster/host_listen.h"
#include "tools/cluster/host_memory.h"
#include "tools/cluster/learned.h"
#include "tools/deadline.h"
#include "tools/doc/facts.h"
#include "tools/log.h"
#include "tools/move/admission.h"
#include "tools/move/autostart.h"
#include "tools/move/maintenance.h"
#include "tools/move/reserve.h"
#include "tools/move/session.h"
#include "tools/paths.h"

/* --- the greeting ---------------------------------------------------------------- */

/* The last move of this guest that is on record on this host. */
static uint64_t greeting_epoch(struct session *s, const char *uuid)
{
    struct record r;
    struct msg err;

    if (!uuid || records_get(s->rec.store, uuid, &r, &err))
        return 0;
    return records_last_epoch(&r);
}

/* Listens for lanes, if they are wanted, and tells where; or why not. */
static void greeting_lanes(FILE *f, const struct receive_request *rq)
{
    struct word_lanes offer = { .version = 0 };
    struct msg why = MSG_NONE;
    char line[WORD_LINE];

    if (!rq->carrier || !rq->lanes.program || !rq->handover)
        return;
    if (lanes_listen(&rq->lanes, rq->carrier, &offer, &why))
        word_no_lanes_format(why.text, line);
    else
        word_lanes_format(&offer, line);
    fputs(line, f);
    if (offer.pki) { /* for a source host that does not know that line */
        word_no_lanes_format(lanes_pki_only, line);
        fputs(line, f);
    }
    explicit_bzero(&offer, sizeof offer);
    explicit_bzero(line, sizeof line);
}

static int greeting_write(FILE *f, const struct receive_request *rq,
                          const struct hostfacts *h, uint64_t epoch)
{
    char wire[WORD_LINE];
    struct facts_greeting g = { .version = RACKHOP_VERSION,
                                .handover = rq->handover,
                                .epoch = epoch };
    struct json_out *o;
    int rc = 0;

    word_wire_format(WORD_VERSION, wire);
    fputs(wire, f);
    if (rq->codec && !access(rq->helper, X_OK)) {
        word_codec_format(&(struct word_codec){ .version = WORD_FRAMES,
                                                .ratio = true,
                                                .tail = true },
                          wire);
        fputs(wire, f);
    }
    if (rq->arm && !access(rq->helper, X_OK)) {
        word_arms_format(WORD_ARMS, wire);
        fputs(wire, f);
    }
    greeting_lanes(f, rq);
    o = json_out_new(f, false);
    if (!o)
        return -ENOMEM;
    for (size_t i = 0; i < rq->n_paths && !rc; i++)
        if (access(rq->paths[i], F_OK))
            rc = strlist_add(&g.missing, rq->paths[i]);
    if (!rc)
        rc = host_listening(&g.listening);
    facts_write_greeting(o, &g, h);
    strlist_dispose(&g.missing);
    strlist_dispose(&g.listening);
    if (json_out_free(o))
        rc = -EIO;
    return rc;
}

/* How much of this host's memory is not for this guest. What can't be read is
 * no reason to refuse it before it has asked (admission.h). */
static void greeting_promised(struct hostfacts *h, const char *guest)
{
    struct reservation_domains d = { h->domains, h->n_domains, guest };
    const struct reservation *run;

    if (!reserve_load(path_state(), &h->reservation, &h->reservations))
        h->promised_kib =
            admission_promised_kib(h->reservation, h->reservations, &d, &run);
}

/* Writes the greeting (docs/wire): this host's facts before xl's banner. */
static int greeting_send(const struct receive_request *rq, struct session *s,
                         struct xlx *x, struct msg *err)
{
    struct hostfacts h;
    struct msg why;
    int rc = hostfacts_collect(&h, x, path_state(), 0, err);
    int fd = rc ? -1 : dup(rq->out);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    int failed = f ? 0 : -errno;

    if (rc)
        return rc;
    /* told now, the source host refuses the move before it sends anything */
    h.maintenance = maintenance_check(path_state(), &why);
    greeting_promised(&h, rq->handover);
    rc = f ? greeting_write(f, rq, &h, greeting_epoch(s, rq->handover))
           : failed;
    hostfacts_dispose(&h);
    if (f && fclose(f))
        rc = -EIO;
    else if (!f && fd >= 0)
        close(fd);
    if (rc)
        msg_set(err, "the greeting could not be sent to the source host");
    return rc;
}

/* --- the guest -------------------------------------------------------------------- */

/* rackhop on the source host adds a line of what it measured of the guest. */
static void receive_learned(const struct xlx_receive *r)
{
    struct learned l;

    if (r->learned[0] && !learned_parse(&l, r->learned))
        learned_store(path_state(), r->uuid, &l);
}

static void receive_told(void *arg, const char *text, bool trouble)
{
    const struct receive_request *rq = arg;

    if (trouble && rq->settled)
        rq->settled(rq->arg, text);
}

/* It has been on this host before: how it was started at boot comes back. */
static void receive_autostart(const struct receive_request *rq,
                              const struct xlx_receive *r)
{
    struct autostart_tell tell = { receive_told, (void *)rq };

    autostart_return(r->uuid, r->name, &tell);
}

/* What dom0 has, and as much of it as the greeting promised. */
static void receive_dom0(struct xlx *x, struct xlx_room *room)
{
    struct xlx_host h;
    struct msg why;

    if (xlx_host_facts(x, &h, &why))
        return;
    host_take_autoballoon(&h);
    room->dom0_kib = h.dom0_kib;
    room->balloon_kib = hostfacts_balloon_kib(&h);
}

struct receiving {
    const struct xlx_receive *r;
    struct admission_place place;
};

static int receive_admit_begin(void *arg, struct msg *err)
{
    struct receiving *v = arg;

    return admission_turn(&v->place, err);
}

/* What is free on this host less what is promised to others has to do. */
static int receive_admit(void *arg, struct xlx_room *room, struct msg *err)
{
    struct receiving *v = arg;
    struct xlx_domain *list = NULL;
    unsigned n = 0;
    int rc = xlx_domain_list(v->r->x, &list, &n);
    struct admission a = {
        .statedir = path_state(),
        .domains = { list, n, room->uuid },
        .need_kib = room->need_kib,
    };

    /* of now: dom0 gives some while the guest waits */
    room->dom0_kib = room->balloon_kib = 0;
    receive_dom0(v->r->x, room);
    a.have_kib = room->free_kib + room->balloon_kib;

    if (rc)
        msg_set(err, "the target host's domains can't be listed");
    else
        rc = admission_ask(&v->place, &a, err);
    room->owed_kib = a.owed_kib;
    xlx_domain_list_free(list, n);
    return rc;
}

static void receive_admit_end(void *arg)
{
    struct receiving *v = arg;

    admission_found(&v->place);
}

static void receive_built(void *arg)
{
    struct receiving *v = arg;

    admission_taken(&v->place);
}

/* sshd, or what looks after its sessions, may end them with the connection. */
static void receive_detach(void)
{
    setsid();
    signal(SIGHUP, SIG_IGN);
}

static int receive_guest(const struct receive_request *rq, struct session *s,
                         struct xlx_receive *r, struct msg *err)
{
    int rc;

    r->in = rq->in;
    r->out = rq->out;
    r->control = rq->greet;
    r->first_error = log_first_error;
    r->log = rq->log;
    r->paused = rq->paused;
    r->helper = access(rq->helper, X_OK) ? NULL : rq->helper;
    r->contexts = rq->arm ? path_contexts() : NULL;
    r->carrier = rq->carrier && rq->carrier->pid > 0 ? rq->carrier : NULL;
    r->lanes_only = rq->lanes.pki.required;
    r->detach = receive_detach;
    session_target(s, r);
    r->handover = &s->table;
    r->move_first = rq->handover;
    r->cancel = rq->cancels;
    r->wait_mask = rq->wait_mask;
    rc = xlx_receive_run(r, err);
    if (!rc) {
        receive_learned(r);
        receive_autostart(rq, r);
    }
    return rc;
}

static int receive_steps(const struct receive_request *rq, struct session *s,
                         struct xlx_receive *r, struct msg *err)
{
    struct msg why;
    int rc;

    /* the source host is told nothing yet, and does without an answer */
    deadline_begin(DEADLINE_SETTLE_S, RC_FAILED,
                   "this host prepared to receive a guest");
    rc = xlx_open(&r->x, rq->log, err);
    if (!rc)
        rc = session_open(s, r->x, err);
    if (rc)
        goto out;
    /* What an earlier move left on this host is no reason to refuse this one.
     * If it could not be settled, session_take() says why when it matters. */
    if (rq->handover)
        (void)session_settle_named(s, rq->handover, &why);
    if (rq->greet)
        rc = greeting_send(rq, s, r->x, err);
out:
    deadline_end();
    return rc ? rc : receive_guest(rq, s, r, err);
}

/* The end of this stream tells the source host that the name is back, and the
 * lock free. */
static void receive_hang_up(const struct receive_request *rq)
{
    int *out = rq->carrier ? &rq->carrier->stream[1] : NULL;

    if (!out || *out < 0)
        return;
    close(*out);
    *out = -1;
}

enum exit_code receive_run(const struct receive_request *rq,
                           struct receive_result *res)
{
    struct xlx_receive r = { .in = -1, .out = -1 };
    struct session s = { .lock = -1,
                         .tell = rq->settled,
                         .tell_arg = rq->arg };
    struct receiving v = { .r = &r, .place = ADMISSION_NONE };
    struct msg err = MSG_NONE;
    int rc;

    r.admit_begin = receive_admit_begin;
    r.admit = receive_admit;
    r.admit_end = receive_admit_end;
    r.built = receive_built;
    r.admit_arg = &v;
    rc = receive_steps(rq, &s, &r, &err);
    admission_end(&v.place, r.uuid);

    session_end(&s, r.copy_left ? HO_UNDECIDED : r.verdict);
    receive_hang_up(rq);
    if (!r.unfinished) /* else libxl would abort */
        xlx_close(r.x);
    *res = (struct receive_result){ .code = rc ? RC_FAILED : RC_OK,
                                    .arrived = !rc,
                                    .domid = r.domid };
    if (rc && (r.config_came || !rq->greet))
        res->text = err;
    xlx_receive_dispose(&r);
    return res->code;
}
