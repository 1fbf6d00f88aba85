/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * This host's lldpd through liblldpctl: raw octets, not the JSON that a
 * neighbour's name can spoil. The connection is our own, so that an lldpd that
 * hangs costs seconds, not for ever.
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

#include "tools/base/msg.h"

enum {
    ANSWER_MS = 5000,
    SETTLE_MS = 150,
    CAP_BRIDGE = 0x04,
    CAP_ROUTER = 0x10
};

struct link {
    const char *path;
    int fd;
    int patience_ms; /* -1: for ever */
};

static int dial(struct link *l)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };

    if (l->fd >= 0)
        return 0;
    if (strlen(l->path) >= sizeof to.sun_path)
        return -ENAMETOOLONG;
    strcpy(to.sun_path, l->path);
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->fd < 0)
        return -errno;
    if (connect(l->fd, (struct sockaddr *)&to, sizeof to)) {
        int rc = -errno;

        close(l->fd);
        l->fd = -1;
        return rc;
    }
    return 0;
}

static ssize_t on_send(lldpctl_conn_t *conn, const uint8_t *data,
                       size_t length, void *arg)
{
    struct link *l = arg;
    ssize_t n;

    if (dial(l))
        return LLDPCTL_ERR_CANNOT_CONNECT;
    n = send(l->fd, data, length, MSG_NOSIGNAL);
    return n < 0 ? LLDPCTL_ERR_CALLBACK_FAILURE : n;
}

static ssize_t on_recv(lldpctl_conn_t *conn, const uint8_t *data,
                       size_t length, void *arg)
{
    struct link *l = arg;
    struct pollfd p = { l->fd, POLLIN, 0 };
    ssize_t n;
    int r;

    do
        r = poll(&p, 1, l->patience_ms);
    while (r < 0 && errno == EINTR);
    if (r <= 0)
        return LLDPCTL_ERR_CALLBACK_FAILURE;
    n = recv(l->fd, (void *)data, length, 0);
    return n < 0 ? LLDPCTL_ERR_CALLBACK_FAILURE : n ? n : LLDPCTL_ERR_EOF;
}

static void say_nothing(int severity, const char *msg)
{
}

static lldpctl_conn_t *open_link(struct link *l, const char *path)
{
    lldpctl_log_callback(say_nothing);
    *l = (struct link){ path ? path : lldpctl_get_default_transport(), -1,
                        ANSWER_MS };
    return lldpctl_new(on_send, on_recv, l);
}

static void close_link(struct link *l, lldpctl_conn_t *conn)
{
    if (conn)
        lldpctl_release(conn);
    if (l->fd >= 0)
        close(l->fd);
}

static int failed(const struct link *l, lldpctl_conn_t *conn, struct msg *err)
{
    msg_set(err,
            "lldpd does not answer at %s: %s; is it running, and may this "
            "user ask it?",
            l->path,
            conn ? lldpctl_strerror(lldpctl_last_error(conn))
                 : "out of memory");
    return -EIO;
}

/* --- atoms to a view ----------------------------------------------------- */

static void copy_id(struct topo_view *v, struct topo_id *id, bool chassis,
                    lldpctl_atom_t *a, lldpctl_key_t type, lldpctl_key_t key)
{
    long subtype = lldpctl_atom_get_int(a, type);
    size_t len = 0;
    const uint8_t *p = lldpctl_atom_get_buffer(a, key, &len);

    if (p && subtype > 0)
        topo_id_octets(v, id, chassis, (unsigned)subtype, p, len);
}

static int64_t number(lldpctl_atom_t *a, lldpctl_key_t key)
{
    long n = lldpctl_atom_get_int(a, key);

    return n < 0 ? TOPO_UNKNOWN : n;
}

static void copy_mgmt(struct topo_view *v, struct topo_neighbor *n,
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

static int64_t since(int64_t epoch)
{
    time_t now = time(NULL);

    return epoch < 0 ? TOPO_UNKNOWN : now > epoch ? now - epoch : 0;
}

static void copy_neighbor(struct topo_view *v, const char *port,
                          lldpctl_atom_t *a)
{
    lldpctl_atom_t *chassis = lldpctl_atom_get(a, lldpctl_k_port_chassis);
    struct topo_neighbor *n = topo_view_neighbor(v, port, strlen(port));
    long caps;

    if (n) {
        topo_str(v, &n->protocol,
                 lldpctl_atom_get_str(a, lldpctl_k_port_protocol));
        copy_id(v, &n->port_id, false, a, lldpctl_k_port_id_subtype,
                lldpctl_k_port_id);
        topo_str(v, &n->port_descr,
                 lldpctl_atom_get_str(a, lldpctl_k_port_descr));
        n->ttl_s = number(a, lldpctl_k_port_ttl);
        n->age_s = since(number(a, lldpctl_k_port_age));
        n->mfs = number(a, lldpctl_k_port_dot3_mfs);
        n->aggregation = number(a, lldpctl_k_port_dot3_aggregid);
    }
    if (n && chassis) {
        copy_id(v, &n->chassis, true, chassis, lldpctl_k_chassis_id_subtype,
                lldpctl_k_chassis_id);
        topo_str(v, &n->sysname,
                 lldpctl_atom_get_str(chassis, lldpctl_k_chassis_name));
        copy_mgmt(v, n, NULL, chassis);
        caps = lldpctl_atom_get_int(chassis, lldpctl_k_chassis_cap_enabled);
        if (caps >= 0) {
            n->bridge = (caps & CAP_BRIDGE) != 0;
            n->router = (caps & CAP_ROUTER) != 0;
        }
    }
    if (chassis)
        lldpctl_atom_dec_ref(chassis);
}

static void copy_neighbors(struct topo_view *v, const char *port,
                           lldpctl_atom_t *list)
{
    lldpctl_atom_t *a;

    lldpctl_atom_foreach(list, a)
    {
        /* hidden: a second protocol's word for a neighbour that is shown */
        if (lldpctl_atom_get_int(a, lldpctl_k_port_hidden) <= 0)
            copy_neighbor(v, port, a);
    }
}

static void copy_interface(struct topo_view *v, lldpctl_atom_t *iface)
{
    const char *name = lldpctl_atom_get_str(iface, lldpctl_k_interface_name);
    lldpctl_atom_t *port = lldpctl_get_port(iface), *list = NULL;

    if (port)
        list = lldpctl_atom_get(port, lldpctl_k_port_neighbors);
    if (list && name)
        copy_neighbors(v, name, list);
    if (list)
        lldpctl_atom_dec_ref(list);
    if (port)
        lldpctl_atom_dec_ref(port);
}

static bool copy_chassis(struct topo_view *v, lldpctl_conn_t *conn)
{
    lldpctl_atom_t *c = lldpctl_get_local_chassis(conn);

    if (!c)
        return false;
    copy_id(v, &v->chassis, true, c, lldpctl_k_chassis_id_subtype,
            lldpctl_k_chassis_id);
    topo_str(v, &v->sysname, lldpctl_atom_get_str(c, lldpctl_k_chassis_name));
    copy_mgmt(v, NULL, &v->mgmt, c);
    lldpctl_atom_dec_ref(c);
    return true;
}

int topo_lldpd_read(struct topo_view *v, const char *socket_, struct msg *err)
{
    lldpctl_atom_t *all = NULL, *iface;
    struct link l;
    lldpctl_conn_t *conn = open_link(&l, socket_);
    int rc = 0;

    if (!conn || !copy_chassis(v, conn)) {
        rc = failed(&l, conn, err);
        goto out;
    }
    all = lldpctl_get_interfaces(conn);
    if (!all) {
        rc = failed(&l, conn, err);
        goto out;
    }
    lldpctl_atom_foreach(all, iface)
    {
        copy_interface(v, iface);
    }
    v->has_table = true;
    rc = topo_view_check(v);
    if (rc)
        msg_set(err, "lldpd's table: out of memory");
out:
    if (all)
        lldpctl_atom_dec_ref(all);
    close_link(&l, conn);
    return rc;
}

/* --- watching ------------------------------------------------------------ */

static void on_change(lldpctl_change_t type, lldpctl_atom_t *interface,
                      lldpctl_atom_t *neighbor, void *arg)
{
}

/* A port that comes up brings several events: one look at the end is enough */
static bool more_soon(const struct link *l)
{
    struct pollfd p = { l->fd, POLLIN, 0 };

    return poll(&p, 1, SETTLE_MS) > 0;
}

int topo_lldpd_watch(const char *socket_, int (*fn)(void *arg), void *arg,
                     struct msg *err)
{
    struct link l;
    lldpctl_conn_t *conn = open_link(&l, socket_);
    int rc = 0;

    if (!conn ||
        lldpctl_watch_callback2(conn, on_change, NULL) != LLDPCTL_NO_ERROR) {
        rc = failed(&l, conn, err);
        goto out;
    }
    l.patience_ms = -1;
    while (!rc) {
        do
            if (lldpctl_watch(conn) < 0) {
                msg_set(err, "lldpd at %s has gone away", l.path);
                rc = -EPIPE;
                goto out;
            }
        while (more_soon(&l));
        rc = fn(arg);
    }
out:
    close_link(&l, conn);
    return rc;
}
