/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds which way moves would take from this host to others. */
#include "tools/move/ways.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/carrier.h"
#include "tools/base/clock.h"
#include "tools/base/loop.h"
#include "tools/base/text.h"
#include "tools/move/lanes.h"
#include "tools/paths.h"
#include "tools/remote/ssh.h"

enum {
    ALL_S = 15,    /* for logins, and what follows them */
    TRY_S = 5,     /* to connect: a firewall may say nothing */
    END_MS = 500,  /* for those that end by themselves */
    LISTEN_S = 20, /* longer than who asks waits */
    WAY_PATIENCE_S = 5,
};

/* To one host. What is not there when it is over is not known. */
struct way {
    struct ways *all;
    struct hostcheck_peer *peer;
    const char *address; /* of that, for ssh */
    struct child ssh;
    struct loop_fd *said;
    struct loop_timer *late;
    struct xlx_carrier carrier;
    char line[WORD_LINE]; /* that has not ended yet; what is longer is cut */
    size_t n;
    unsigned port; /* that it listens on; 0: it has not said so */
    bool required; /* lanes are: by this host, or by that */
    bool over;
};

struct ways {
    const struct config *conf;
    struct loop loop;
    struct way *way;
    size_t n, open;
    int rc;
};

/* --- over ------------------------------------------------------------------------ */

static void way_over(struct way *w, enum hostcheck_way found, const char *why)
{
    bool none = found == HOSTCHECK_SSH && w->required;
    int rc = hostcheck_set_way(w->peer, none ? HOSTCHECK_NONE : found, why);

    if (rc)
        w->all->rc = rc;
    loop_remove(w->said);
    loop_timer_remove(w->late);
    w->said = NULL;
    w->late = NULL;
    xlx_carrier_leave(&w->carrier);
    xlx_carrier_kill(&w->carrier);
    w->over = true;
    w->all->open--;
}

static void way_not_reached(struct way *w, const char *why)
{
    struct msg text;

    lanes_not_up(&text, w->port, w->peer->host, w->carrier.by_pki, why);
    way_over(w, HOSTCHECK_SSH, text.text);
}

/* --- connecting ------------------------------------------------------------------ */

static void way_changed(void *arg)
{
    struct way *w = arg;
    const struct xlx_carrier *c = &w->carrier;

    if (xlx_carrier_is_up(c)) {
        w->peer->by_pki = c->by_pki;
        w->peer->own_ends_s = c->own_ends_s;
        w->peer->other_ends_s = c->other_ends_s;
        way_over(w, HOSTCHECK_LANES, NULL);
    } else if (xlx_carrier_has_tried(c)) {
        way_not_reached(w, *c->why ? c->why : "it does not answer");
    }
}

static void way_late(void *arg)
{
    struct way *w = arg;

    way_not_reached(w,
                    *w->carrier.why ? w->carrier.why : "it does not answer");
}

static void way_connect(struct way *w, struct word_lanes *offer)
{
    struct lanes_wish wish = { .program = path_wire(),
                               .lanes = 1,
                               .patience_s = WAY_PATIENCE_S,
                               .pki = pki_wish(w->all->conf) };
    struct msg why = MSG_NONE;
    int rc;

    wish.pki.host = w->peer->host;
    wish.pki.address = w->address;
    w->required |= offer->only;
    rc = lanes_connect(&wish, &w->carrier, offer, &why);
    w->port = offer->port;
    if (rc) {
        way_over(w, HOSTCHECK_SSH, why.text);
        return;
    }
    w->late = loop_timer_add(
        &w->all->loop, clock_us() + TRY_S * UINT64_C(1000000), way_late, w);
    if (!w->late ||
        xlx_carrier_join(&w->carrier, &w->all->loop, way_changed, w))
        way_over(w, HOSTCHECK_UNKNOWN, NULL);
    else
        way_changed(w);
}

/* --- what the other host says ---------------------------------------------------- */

static void way_takes_none(struct way *w, const char *said)
{
    char shown[256];
    struct msg text;

    msg_set(&text, "%s takes no lanes: %s", w->peer->host,
            text_printable(shown, sizeof shown, said, strlen(said)));
    way_over(w, HOSTCHECK_SSH, text.text);
}

/* The first of these counts; others are a login's. */
static void way_line(struct way *w)
{
    struct word_lanes offer = { .version = 0 };
    const char *rest;

    switch (word_mark_parse(w->line, &rest)) {
    case WORD_LANE:
    case WORD_PKI:
        if (!w->port && !word_lanes_parse(w->line, &offer) && offer.version)
            way_connect(w, &offer);
        break;
    case WORD_NO_LANE:
        if (!w->port)
            way_takes_none(w, rest);
        break;
    default: break;
    }
    explicit_bzero(&offer, sizeof offer);
}

static void way_take(struct way *w, const char *text, size_t n)
{
    for (size_t i = 0; i < n && !w->over; i++) {
        if (text[i] != '\n') {
            if (w->n + 1 < sizeof w->line)
                w->line[w->n++] = text[i];
            continue;
        }
        w->line[w->n] = '\0';
        way_line(w);
        explicit_bzero(w->line, sizeof w->line); /* a key was in it */
        w->n = 0;
    }
}

static void way_said(void *arg, short revents)
{
    struct way *w = arg;
    char buf[4096];
    ssize_t n = read(w->ssh.from, buf, sizeof buf);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0)
        way_take(w, buf, (size_t)n);
    else if (!w->port)
        way_over(w, HOSTCHECK_UNKNOWN, NULL);
    else { /* it is being connected */
        loop_remove(w->said);
        w->said = NULL;
    }
    explicit_bzero(buf, sizeof buf);
}

/* --- all ------------------------------------------------------------------------- */

static char *way_command(const struct config *conf, const char *address)
{
    char *ssh = ssh_short_command(conf->ssh_command, path_run(), address,
                                  "exec rackhop check --listen");
    char *command = NULL;

    /* an older rackhop complains about the option */
    if (ssh && asprintf(&command, "%s 2>/dev/null", ssh) < 0)
        command = NULL;
    free(ssh);
    return command;
}

static int way_start(struct ways *all, struct way *w,
                     struct hostcheck_peer *peer, const char *address)
{
    char *command = way_command(all->conf, address);
    int rc = command ? child_start(&w->ssh, command,
                                   CHILD_IN | CHILD_OUT | CHILD_GROUP)
                     : -ENOMEM;

    free(command);
    w->all = all;
    w->peer = peer;
    w->address = address;
    w->required = !strcmp(all->conf->wire_pki, "require");
    if (rc)
        return rc;
    w->said = loop_add(&all->loop, w->ssh.from, POLLIN, way_said, w);
    if (!w->said)
        return -ENOMEM;
    all->open++;
    return 0;
}

static bool ways_done(void *arg)
{
    const struct ways *all = arg;

    return !all->open || all->rc;
}

/* What all of them were told first, so that they end at the same time. */
static void ways_end(struct ways *all)
{
    for (size_t i = 0; i < all->n; i++) {
        struct way *w = &all->way[i];

        if (w->ssh.to >= 0)
            close(w->ssh.to);
        w->ssh.to = -1;
        xlx_carrier_leave(&w->carrier);
        xlx_carrier_kill(&w->carrier);
    }
    for (size_t i = 0; i < all->n; i++) {
        struct way *w = &all->way[i];

        xlx_carrier_end(&w->carrier, END_MS);
        child_end(&w->ssh, END_MS);
        explicit_bzero(w->line, sizeof w->line);
    }
    loop_dispose(&all->loop);
    free(all->way);
}

static int ways_over_ssh(struct hostcheck *h)
{
    int rc = 0;

    for (size_t i = 0; i < h->peer_n && !rc; i++)
        if (!h->peer[i].why)
            rc = hostcheck_set_way(&h->peer[i], HOSTCHECK_SSH, NULL);
    return rc;
}

int ways_find(const struct config *conf, struct hostcheck *h,
              char *const *address)
{
    struct ways all = { .conf = conf };
    int rc = 0;

    if (!strcmp(conf->wire, "off"))
        return ways_over_ssh(h);
    all.way = calloc(h->peer_n + 1, sizeof *all.way);
    if (!all.way)
        return -ENOMEM;
    loop_init(&all.loop);
    for (size_t i = 0; i < h->peer_n; i++) {
        all.way[i].ssh = (struct child)CHILD_NONE;
        all.way[i].carrier = (struct xlx_carrier)XLX_CARRIER_NONE;
    }
    for (all.n = 0; all.n < h->peer_n && !rc; all.n++)
        if (!h->peer[all.n].why)
            rc = way_start(&all, &all.way[all.n], &h->peer[all.n],
                           address[all.n]);
    if (!rc)
        rc = loop_run(&all.loop, ways_done, &all,
                      clock_us() + ALL_S * UINT64_C(1000000));
    ways_end(&all);
    return all.rc ? all.rc : rc == -ETIMEDOUT ? 0 : rc;
}

/* --- the other host -------------------------------------------------------------- */

/* As the greeting of a move does. */
static size_t ways_offer(const struct config *conf, struct xlx_carrier *c,
                         char line[2 * WORD_LINE])
{
    const struct lanes_wish wish = { .program = path_wire(),
                                     .network = conf->migration_network,
                                     .ports = conf->wire_ports,
                                     .pki = pki_wish(conf) };
    struct word_lanes offer = { .version = 0 };
    struct msg why = MSG_NONE;
    size_t n;

    if (!strcmp(conf->wire, "off"))
        n = word_no_lanes_format("its setting wire is \"off\"", line);
    else if (lanes_listen(&wish, c, &offer, &why))
        n = word_no_lanes_format(why.text, line);
    else
        n = word_lanes_format(&offer, line);
    if (offer.pki)
        n += word_no_lanes_format(lanes_pki_only, line + n);
    explicit_bzero(&offer, sizeof offer);
    return n;
}

int ways_listen(const struct config *conf, int from, int to)
{
    struct xlx_carrier c = XLX_CARRIER_NONE;
    uint64_t until = clock_us() + LISTEN_S * UINT64_C(1000000);
    char line[2 * WORD_LINE], ignored[256];
    size_t n = ways_offer(conf, &c, line);
    int rc = write(to, line, n) == (ssize_t)n ? 0 : -EPIPE;
    ssize_t r = 1;

    explicit_bzero(line, sizeof line);
    while (!rc && r && clock_us() < until) {
        struct pollfd p = { .fd = from, .events = POLLIN };

        if (poll(&p, 1, 1000) > 0)
            r = read(from, ignored, sizeof ignored);
        if (r < 0 && errno != EINTR && errno != EAGAIN)
            break;
    }
    xlx_carrier_kill(&c);
    xlx_carrier_end(&c, END_MS);
    return rc;
}
