/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the neighbours of one port that are one device: it speaks LLDP and
 * CDP, or its NIC's firmware speaks beside it. They tell of one cable.
 *
 * What is found here holds for this port alone, so that a frame cannot change
 * what other ports hear. Rows with one chassis ID are left: which of them
 * counts is known when the other node's table was looked at.
 */
#include "topology/merge_impl.h"

#include <string.h>

bool merge_is_lldp(const struct topo_neighbor *n)
{
    return !n->protocol || !strcmp(n->protocol, "LLDP");
}

static bool id_equal(const struct topo_id *a, const struct topo_id *b)
{
    return a->value && b->value && *a->value && !strcmp(a->type, b->type) &&
           !strcmp(a->value, b->value);
}

static bool names_equal(const char *a, const char *b)
{
    return a && b && *a && *b &&
           (ident_same_name(a, b) || ident_same_name(b, a));
}

/* Whether the row knows its device by name only, as CDP does. */
static bool row_has_name_only(const struct topo_neighbor *n)
{
    return !merge_is_lldp(n) || !ident_has_chassis(n) ||
           ident_chassis_is_weak(n) ||
           names_equal(n->chassis.value, n->sysname);
}

static bool share_address(const struct topo_neighbor *a,
                          const struct topo_neighbor *b)
{
    for (unsigned i = 0; i < a->n_mgmt; i++)
        for (unsigned k = 0; k < b->n_mgmt; k++)
            if (a->mgmt[i] && b->mgmt[k] && !strcmp(a->mgmt[i], b->mgmt[k]))
                return true;
    return false;
}

static const char *row_name(const struct topo_neighbor *n)
{
    return n->sysname && *n->sysname ? n->sysname : n->chassis.value;
}

static bool rows_are_one_device(const struct topo_neighbor *a,
                                const struct topo_neighbor *b)
{
    if (!strcmp(a->port_id.type, "mac") && id_equal(&a->port_id, &b->port_id))
        return true;
    return names_equal(row_name(a), row_name(b)) &&
           (row_has_name_only(a) || row_has_name_only(b) ||
            share_address(a, b));
}

/* How much a row tells of its node: of a view most, of a name least. */
static int row_rank(const struct merge *m, const struct topo_neighbor *n)
{
    return (ident_view(m->ident, n) >= 0 ? 4 : 0) +
           (merge_is_lldp(n) ? 2 : 0) + (row_has_name_only(n) ? 0 : 1);
}

/* Other protocols' rows (CDP, EDP, FDP ..) count only where LLDP has none, and
 * of them only those of the first: one cable would be two. */
static size_t keep_one_protocol(const struct topo_neighbor **n, size_t count)
{
    const struct topo_neighbor *other = NULL;
    bool lldp = false;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        lldp |= merge_is_lldp(n[i]);
    for (size_t i = 0; i < count; i++) {
        if (!merge_is_lldp(n[i])) {
            if (lldp || (other && strcmp(other->protocol, n[i]->protocol)))
                continue;
            other = n[i];
        }
        n[kept++] = n[i];
    }
    return kept;
}

/* Whether another row tells of the same device, and tells more of it. */
static bool row_is_worse(const struct merge *m, const struct topo_neighbor **n,
                         size_t count, size_t i)
{
    for (size_t k = 0; k < count; k++) {
        int more;

        if (k == i || id_equal(&n[i]->chassis, &n[k]->chassis) ||
            !rows_are_one_device(n[i], n[k]))
            continue;
        more = row_rank(m, n[k]) - row_rank(m, n[i]);
        if (more > 0 || (!more && k < i))
            return true;
    }
    return false;
}

size_t merge_devices(const struct merge *m, const struct topo_neighbor **n,
                     size_t count)
{
    bool worse[TOPO_PORT_NEIGHBORS];
    size_t kept = 0;

    count = keep_one_protocol(n, count);
    for (size_t i = 0; i < count; i++)
        worse[i] = row_is_worse(m, n, count, i);
    for (size_t i = 0; i < count; i++)
        if (!worse[i])
            n[kept++] = n[i];
    return kept;
}
