/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The process that asks lldpd, through liblldpctl, for the program that started
 * it. Standard input is a connection to lldpd, standard output a pipe to that
 * program; there is nothing else that it may use (tools/base/confine.h). So an
 * lldpd that was broken into can end it or make it lie, and no more.
 *
 * The library gives raw octets; lldpcli's JSON can be broken by a neighbour's
 * name. One deadline is for all that is asked, so an lldpd that hangs or that
 * sends a byte now and then delays a read by seconds only. A table that breaks
 * off is none: what is missing of it would be taken for pulled cables.
 */
#include "topology/source_lldpd_impl.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/base/clock.h"
#include "tools/base/confine.h"
#include "topology/lldpd_table.h"
#include "topology/source.h"

enum {
    SETTLE_MS = 150,
    MEMORY = 256 << 20, /* a full view, twice, and its text */
};

/* --- the connection --------------------------------------------------------- */

struct lldpd_link {
    int fd;
    int64_t deadline_ms; /* of this answer */
    int64_t last_ms;     /* of all of them; INT64_MAX: none */
    bool late;
};

/* Waits until the socket is ready. False: the deadline has passed. */
static bool link_wait(struct lldpd_link *l, short events)
{
    for (;;) {
        int64_t left = l->deadline_ms - clock_ms();
        struct pollfd p = { l->fd, events, 0 };

        l->late = left <= 0;
        if (l->late)
            return false;
        if (poll(&p, 1, left > 1000 ? 1000 : (int)left) > 0)
            return true;
    }
}

static ssize_t link_on_send(lldpctl_conn_t *conn, const uint8_t *data,
                            size_t length, void *arg)
{
    struct lldpd_link *l = arg;
    ssize_t n;

    if (l->last_ms != INT64_MAX) {
        l->deadline_ms = clock_ms() + LLDPD_ANSWER_MS;
        if (l->deadline_ms > l->last_ms)
            l->deadline_ms = l->last_ms;
    }
    if (!link_wait(l, POLLOUT))
        return LLDPCTL_ERR_CALLBACK_FAILURE;
    n = send(l->fd, data, length, MSG_NOSIGNAL);
    return n < 0 ? LLDPCTL_ERR_CALLBACK_FAILURE : n;
}

static ssize_t link_on_recv(lldpctl_conn_t *conn, const uint8_t *data,
                            size_t length, void *arg)
{
    struct lldpd_link *l = arg;
    ssize_t n;

    if (!link_wait(l, POLLIN))
        return LLDPCTL_ERR_CALLBACK_FAILURE;
    n = recv(l->fd, (void *)data, length, 0);
    return n < 0 ? LLDPCTL_ERR_CALLBACK_FAILURE : n ? n : LLDPCTL_ERR_EOF;
}

static void lldpd_no_log(int severity, const char *msg)
{
}

static lldpctl_conn_t *link_open(struct lldpd_link *l, int fd)
{
    lldpctl_log_callback(lldpd_no_log);
    *l = (struct lldpd_link){
        .fd = fd,
        .deadline_ms = clock_ms() + LLDPD_ANSWER_MS,
        .last_ms = clock_ms() + LLDPD_ALL_MS,
    };
    return lldpctl_new(link_on_send, link_on_recv, l);
}

static void link_close(lldpctl_conn_t *conn)
{
    if (conn)
        lldpctl_release(conn);
}

static int link_failed(const struct lldpd_link *l, lldpctl_error_t broke,
                       struct msg *why)
{
    msg_set(why, "%s", l->late ? LLDPD_LATE : lldpctl_strerror(broke));
    return -EIO;
}

/* --- reading once ------------------------------------------------------------ */

int lldpd_read_here(struct topo_view *v, int fd, struct msg *why)
{
    struct lldpd_link l;
    lldpctl_conn_t *conn = link_open(&l, fd);
    lldpctl_error_t broke =
        conn ? lldpd_atoms_to_view(v, conn) : LLDPCTL_ERR_NOMEM;
    int rc = 0;

    v->has_table = true;
    if (l.late || broke != LLDPCTL_NO_ERROR)
        rc = link_failed(&l, broke, why);
    else if (topo_view_check(v))
        rc = link_failed(&l, LLDPCTL_ERR_NOMEM, why);
    if (rc)
        topo_view_clear_table(v);
    link_close(conn);
    return rc;
}

/* Tells it as one text, so that no half of it is ever told. */
static void reader_tell(const char *text, size_t len)
{
    while (len) {
        ssize_t n = write(STDOUT_FILENO, text, len);

        if (n < 0)
            return;
        text += n;
        len -= (size_t)n;
    }
}

static void reader_tell_failure(const struct msg *why)
{
    struct msg text;

    msg_set(&text, "failed %s\n", why->text);
    reader_tell(text.text, strlen(text.text));
}

static int reader_read(void)
{
    struct msg why = MSG_NONE;
    struct topo_view v;
    char *text = NULL;
    size_t len = 0;
    FILE *f;

    topo_view_init(&v);
    if (lldpd_read_here(&v, STDIN_FILENO, &why)) {
        reader_tell_failure(&why);
        return 0;
    }
    f = open_memstream(&text, &len);
    if (!f)
        return 1;
    lldpd_table_write(f, &v);
    if (fclose(f))
        return 1;
    reader_tell(text, len);
    return 0; /* the process ends, and its memory with it */
}

/* --- watching ---------------------------------------------------------------- */

static void watch_on_change(lldpctl_change_t type, lldpctl_atom_t *interface,
                            lldpctl_atom_t *neighbor, void *arg)
{
}

/* A port that comes up brings several events, and one look after them is
 * enough. */
static bool watch_more_soon(const struct lldpd_link *l)
{
    struct pollfd p = { l->fd, POLLIN, 0 };

    return poll(&p, 1, SETTLE_MS) > 0;
}

/* Tells "watching", and "changed" after each change until lldpd goes away. */
static int reader_watch(void)
{
    struct msg why = MSG_NONE;
    struct lldpd_link l;
    lldpctl_conn_t *conn = link_open(&l, STDIN_FILENO);
    lldpctl_error_t broke =
        conn ? lldpctl_watch_callback2(conn, watch_on_change, NULL)
             : LLDPCTL_ERR_NOMEM;

    if (broke != LLDPCTL_NO_ERROR) {
        link_failed(&l, broke, &why);
        reader_tell_failure(&why);
        return 0;
    }
    reader_tell(LLDPD_WATCHING, strlen(LLDPD_WATCHING));
    l.deadline_ms = l.last_ms = INT64_MAX;
    for (;;) {
        do
            if (lldpctl_watch(conn) < 0)
                return 0;
        while (watch_more_soon(&l));
        reader_tell(LLDPD_CHANGED, strlen(LLDPD_CHANGED));
    }
}

/* --- the process -------------------------------------------------------------- */

bool topo_lldpd_is_reader(int argc, char **argv)
{
    return argc == 3 && !strcmp(argv[1], LLDPD_READER);
}

_Noreturn void topo_lldpd_reader(char **argv)
{
    struct msg why;
    int rc = confine_self(MEMORY);

    if (rc) {
        msg_set(&why, "its reader cannot be confined: %s", strerror(-rc));
        reader_tell_failure(&why);
        _exit(0);
    }
    /* without what runs at a usual exit, which may make other calls */
    _exit(strcmp(argv[2], LLDPD_WATCH) ? reader_read() : reader_watch());
}
