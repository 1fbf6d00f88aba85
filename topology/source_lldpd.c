/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads and watches this host's lldpd through liblldpctl.
 *
 * The library gives raw octets; lldpcli's JSON can be broken by a neighbour's
 * name. The connection is made here and never waits by itself: one deadline is
 * for all that is asked, so an lldpd that hangs, whose queue of clients is full
 * or that sends a byte now and then delays a read by seconds only. A table that
 * breaks off is none: what is missing of it would be taken for pulled cables.
 */
#include "topology/source.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <lldpctl.h>

#include "tools/base/clock.h"
#include "tools/base/msg.h"

enum {
    ANSWER_MS = 5000, /* for one answer */
    ALL_MS = 20000,   /* for all of a read: a host may have many interfaces */
    RETRY_MS = 20,    /* between two tries to connect */
    SETTLE_MS = 150,
    CAP_BRIDGE = 0x04,
    CAP_ROUTER = 0x10
};

struct lldpd_link {
    const char *path;
    int fd;
    int64_t deadline_ms; /* of this answer */
    int64_t last_ms;     /* of all of them; INT64_MAX: none */
    bool late;
    lldpctl_error_t broke; /* what ended the reading of the table */
};

/* Waits until the socket is ready (0: until some time has gone). false: the
 * deadline has passed. */
static bool link_wait(struct lldpd_link *l, short events)
{
    for (;;) {
        int64_t left = l->deadline_ms - clock_ms();
        struct pollfd p = { l->fd, events, 0 };
        int ms = left > 1000 ? 1000 : (int)left;

        l->late = left <= 0;
        if (l->late)
            return false;
        if (!events)
            ms = ms < RETRY_MS ? ms : RETRY_MS;
        if (poll(&p, events ? 1 : 0, ms) > 0 || !events)
            return true;
    }
}

/* A full queue of clients is no event that poll() knows of. */
static int link_try(struct lldpd_link *l, const struct sockaddr_un *to)
{
    while (connect(l->fd, (const struct sockaddr *)to, sizeof *to)) {
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
        if (!link_wait(l, 0))
            return -ETIMEDOUT;
    }
    return 0;
}

static int link_connect(struct lldpd_link *l)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int rc;

    if (l->fd >= 0)
        return 0;
    if (strlen(l->path) >= sizeof to.sun_path)
        return -ENAMETOOLONG;
    strcpy(to.sun_path, l->path);
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0)
        return -errno;
    rc = link_try(l, &to);
    if (rc) {
        close(l->fd);
        l->fd = -1;
    }
    return rc;
}

static ssize_t link_on_send(lldpctl_conn_t *conn, const uint8_t *data,
                            size_t length, void *arg)
{
    struct lldpd_link *l = arg;
    ssize_t n;

    if (link_connect(l))
        return LLDPCTL_ERR_CANNOT_CONNECT;
    if (l->last_ms != INT64_MAX) {
        l->deadline_ms = clock_ms() + ANSWER_MS;
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

static lldpctl_conn_t *link_open(struct lldpd_link *l, const char *path)
{
    lldpctl_log_callback(lldpd_no_log);
    *l = (struct lldpd_link){
        .path = path ? path : lldpctl_get_default_transport(),
        .fd = -1,
        .deadline_ms = clock_ms() + ANSWER_MS,
        .last_ms = clock_ms() + ALL_MS,
    };
    return lldpctl_new(link_on_send, link_on_recv, l);
}

static void link_close(struct lldpd_link *l, lldpctl_conn_t *conn)
{
    if (conn)
        lldpctl_release(conn);
    if (l->fd >= 0)
        close(l->fd);
}

static int link_failed(const struct lldpd_link *l, lldpctl_conn_t *conn,
                       struct msg *err)
{
    msg_set(err,
            "lldpd does not answer at %s: %s; is it running, and may this "
            "user ask it?",
            l->path,
            !conn      ? "out of memory"
            : l->late  ? "no answer in time"
            : l->broke ? lldpctl_strerror(l->broke)
                       : lldpctl_strerror(lldpctl_last_error(conn)));
    return -EIO;
}

/* --- atoms to a view ----------------------------------------------------- */

static void view_copy_id(struct topo_view *v, struct topo_id *id, bool chassis,
                         lldpctl_atom_t *a, lldpctl_key_t type,
                         lldpctl_key_t key)
{
    long subtype = lldpctl_atom_get_int(a, type);
    size_t len = 0;
    const uint8_t *p = lldpctl_atom_get_buffer(a, key, &len);

    if (p && subtype > 0)
        topo_id_octets(v, id, chassis, (unsigned)subtype, p, len);
}

static int64_t atom_number(lldpctl_atom_t *a, lldpctl_key_t key)
{
    long n = lldpctl_atom_get_int(a, key);

    return n < 0 ? TOPO_UNKNOWN : n;
}

static void view_copy_mgmt(struct topo_view *v, struct topo_neighbor *n,
                           char **first, lldpctl_atom_t *chassis)
{
    lldpctl_atom_t *list = lldpctl_atom_get(chassis, lldpctl_k_chassis_mgmt),
                   *a;

    if (!list)
        return;
    lldpctl_atom_foreach(list, a)
    {
        const char *ip = lldpctl_atom_get_str(a, lldpctl_k_mgmt_ip);

        if (!ip)
            continue;
        if (n)
            topo_view_add_mgmt(v, n, ip, strlen(ip));
        else if (!*first)
            topo_str(v, first, ip);
    }
    lldpctl_atom_dec_ref(list);
}

static int64_t seconds_since(int64_t epoch)
{
    time_t now = time(NULL);

    return epoch < 0 ? TOPO_UNKNOWN : now > epoch ? now - epoch : 0;
}

static void view_copy_neighbor(struct topo_view *v, const char *port,
                               lldpctl_atom_t *a)
{
    lldpctl_atom_t *chassis = lldpctl_atom_get(a, lldpctl_k_port_chassis);
    struct topo_neighbor *n = topo_view_neighbor(v, port, strlen(port));
    long caps;

    if (n) {
        topo_str(v, &n->protocol,
                 lldpctl_atom_get_str(a, lldpctl_k_port_protocol));
        view_copy_id(v, &n->port_id, false, a, lldpctl_k_port_id_subtype,
                     lldpctl_k_port_id);
        topo_str(v, &n->port_descr,
                 lldpctl_atom_get_str(a, lldpctl_k_port_descr));
        n->ttl_s = atom_number(a, lldpctl_k_port_ttl);
        n->age_s = seconds_since(atom_number(a, lldpctl_k_port_age));
        n->mfs = atom_number(a, lldpctl_k_port_dot3_mfs);
        n->aggregation = atom_number(a, lldpctl_k_port_dot3_aggregid);
    }
    if (n && chassis) {
        view_copy_id(v, &n->chassis, true, chassis,
                     lldpctl_k_chassis_id_subtype, lldpctl_k_chassis_id);
        topo_str(v, &n->sysname,
                 lldpctl_atom_get_str(chassis, lldpctl_k_chassis_name));
        view_copy_mgmt(v, n, NULL, chassis);
        caps = lldpctl_atom_get_int(chassis, lldpctl_k_chassis_cap_enabled);
        if (caps >= 0) {
            n->bridge = (caps & CAP_BRIDGE) != 0;
            n->router = (caps & CAP_ROUTER) != 0;
        }
    }
    if (chassis)
        lldpctl_atom_dec_ref(chassis);
}

static void view_copy_neighbors(struct topo_view *v, const char *port,
                                lldpctl_atom_t *list)
{
    lldpctl_atom_t *a;

    lldpctl_atom_foreach(list, a)
    {
        /* hidden: another protocol's row of a neighbour that is shown */
        if (lldpctl_atom_get_int(a, lldpctl_k_port_hidden) <= 0)
            view_copy_neighbor(v, port, a);
    }
}

/* An interface that has gone since lldpd listed it has no neighbours; any
 * other error ends the reading. */
static lldpctl_error_t view_copy_interface(struct topo_view *v,
                                           lldpctl_conn_t *conn,
                                           lldpctl_atom_t *iface)
{
    const char *name = lldpctl_atom_get_str(iface, lldpctl_k_interface_name);
    lldpctl_atom_t *port = lldpctl_get_port(iface), *list;
    lldpctl_error_t r = lldpctl_last_error(conn);

    if (!port)
        return r == LLDPCTL_ERR_NOT_EXIST ? LLDPCTL_NO_ERROR : r;
    list = lldpctl_atom_get(port, lldpctl_k_port_neighbors);
    if (list && name)
        view_copy_neighbors(v, name, list);
    if (list)
        lldpctl_atom_dec_ref(list);
    lldpctl_atom_dec_ref(port);
    return LLDPCTL_NO_ERROR;
}

static bool view_copy_chassis(struct topo_view *v, lldpctl_conn_t *conn)
{
    lldpctl_atom_t *c = lldpctl_get_local_chassis(conn);

    if (!c)
        return false;
    view_copy_id(v, &v->chassis, true, c, lldpctl_k_chassis_id_subtype,
                 lldpctl_k_chassis_id);
    topo_str(v, &v->sysname, lldpctl_atom_get_str(c, lldpctl_k_chassis_name));
    view_copy_mgmt(v, NULL, &v->mgmt, c);
    lldpctl_atom_dec_ref(c);
    return true;
}

int topo_lldpd_read(struct topo_view *v, const char *socket_, struct msg *err)
{
    lldpctl_atom_t *all = NULL, *iface;
    struct lldpd_link l;
    lldpctl_conn_t *conn = link_open(&l, socket_);
    int rc = 0;

    if (!conn || !view_copy_chassis(v, conn)) {
        rc = link_failed(&l, conn, err);
        goto out;
    }
    all = lldpctl_get_interfaces(conn);
    if (!all) {
        rc = link_failed(&l, conn, err);
        goto out;
    }
    lldpctl_atom_foreach(all, iface)
    {
        if (l.broke == LLDPCTL_NO_ERROR)
            l.broke = view_copy_interface(v, conn, iface);
    }
    if (l.late || l.broke != LLDPCTL_NO_ERROR) {
        topo_view_clear_table(v);
        rc = link_failed(&l, conn, err);
        goto out;
    }
    v->has_table = true;
    rc = topo_view_check(v);
    if (rc)
        msg_set(err, "lldpd's table: out of memory");
out:
    if (all)
        lldpctl_atom_dec_ref(all);
    link_close(&l, conn);
    return rc;
}

/* --- watching ------------------------------------------------------------ */

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

int topo_lldpd_watch(const char *socket_, int (*fn)(void *arg), void *arg,
                     struct msg *err)
{
    struct lldpd_link l;
    lldpctl_conn_t *conn = link_open(&l, socket_);
    int rc = 0;

    if (!conn || lldpctl_watch_callback2(conn, watch_on_change, NULL) !=
                     LLDPCTL_NO_ERROR) {
        rc = link_failed(&l, conn, err);
        goto out;
    }
    l.deadline_ms = l.last_ms = INT64_MAX;
    while (!rc) {
        do
            if (lldpctl_watch(conn) < 0) {
                msg_set(err, "lldpd at %s has gone away", l.path);
                rc = -EPIPE;
                goto out;
            }
        while (watch_more_soon(&l));
        rc = fn(arg);
    }
out:
    link_close(&l, conn);
    return rc;
}
