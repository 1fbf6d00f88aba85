/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads this host's own ports and what its lldpd knows. */
#include "tools/cluster/views.h"
#include "topology/source.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "topology/source.h"

void views_own_name(char *buf, size_t size)
{
    if (gethostname(buf, size))
        snprintf(buf, size, "localhost");
    buf[size - 1] = '\0';
    buf[strcspn(buf, ".")] = '\0';
}

int views_local(struct topo_view *v, const struct config *c, char **address,
                size_t n, struct msg *err)
{
    char name[256];
    struct msg why;
    int rc;

    if (!v->name) {
        views_own_name(name, sizeof name);
        topo_str(v, &v->name, name);
    }
    v->role_known = true;
    rc = topo_ports_read(v, err);
    if (rc)
        return rc;
    /* the route is known then, even if no port of ours carries it */
    if (topo_ports_towards(v, address, n, &why) == 0 && n)
        v->has_migration = true;
    /* without lldpd the ports are still worth telling */
    return topo_lldpd_read(v, c->lldpd_socket, err) ? 1 : 0;
}
