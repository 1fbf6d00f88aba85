/* SPDX-License-Identifier: LGPL-2.1-only */
/* Copies what liblldpctl made of lldpd's answers to a view. */
#include "topology/source_lldpd_impl.h"

#include <string.h>
#include <time.h>

enum { CAP_BRIDGE = 0x04, CAP_ROUTER = 0x10 };
enum { MGMT_MOST = 256 }; /* of one chassis: of what is none there is no end */

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
    unsigned left = MGMT_MOST;

    if (!list)
        return;
    lldpctl_atom_foreach(list, a)
    {
        const char *ip = lldpctl_atom_get_str(a, lldpctl_k_mgmt_ip);

        if (!left--) {
            lldpctl_atom_dec_ref(a);
            break;
        }
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

/* Why there is no atom, which is an error even if the library tells none. */
static lldpctl_error_t conn_error(lldpctl_conn_t *conn)
{
    lldpctl_error_t r = lldpctl_last_error(conn);

    return r == LLDPCTL_NO_ERROR ? LLDPCTL_ERR_FATAL : r;
}

/* An interface that has gone since lldpd listed it has no neighbours; any
 * other error ends the reading. */
static lldpctl_error_t view_copy_interface(struct topo_view *v,
                                           lldpctl_conn_t *conn,
                                           lldpctl_atom_t *iface)
{
    const char *name = lldpctl_atom_get_str(iface, lldpctl_k_interface_name);
    lldpctl_atom_t *port = lldpctl_get_port(iface), *list;
    lldpctl_error_t r = port ? LLDPCTL_NO_ERROR : conn_error(conn);

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

lldpctl_error_t lldpd_atoms_to_view(struct topo_view *v, lldpctl_conn_t *conn)
{
    lldpctl_error_t broke = LLDPCTL_NO_ERROR;
    lldpctl_atom_t *all, *iface;

    if (!view_copy_chassis(v, conn))
        return conn_error(conn);
    all = lldpctl_get_interfaces(conn);
    if (!all)
        return conn_error(conn);
    lldpctl_atom_foreach(all, iface)
    {
        if (broke == LLDPCTL_NO_ERROR)
            broke = view_copy_interface(v, conn, iface);
    }
    lldpctl_atom_dec_ref(all);
    return broke;
}
