/* SPDX-License-Identifier: LGPL-2.1-only */
/* Stands for what asks this host's lldpd, in the program for hosts that are not
 * on the map: there is no lldpd to ask. */
#include <errno.h>
#include <stdlib.h>

#include "topology/source.h"

static int no_lldpd(struct msg *err)
{
    msg_set(
        err,
        "this is the rackhop for hosts without Xen, which asks no lldpd of "
        "its own host; rackhop.conf needs hosts = [ .. ]");
    return -ENODEV;
}

int topo_lldpd_read(struct topo_view *v, const char *socket, struct msg *err)
{
    return no_lldpd(err);
}

int topo_lldpd_watch(const char *socket, int (*fn)(void *arg), void *arg,
                     struct msg *err)
{
    return no_lldpd(err);
}

bool topo_lldpd_is_reader(int argc, char **argv)
{
    return false;
}

_Noreturn void topo_lldpd_reader(char **argv)
{
    abort(); /* nobody starts one */
}
